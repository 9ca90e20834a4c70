//! What each price makes of a total, as a figure for each dataflow: the table `tornado` of the report, drawn.

use crate::error::CliError;
use klr_energy::Swing;
use klr_experiments::pipeline::{HardwareRun, Run};
use klr_experiments::plan::Plan;
use klr_figure::{Axis, Bar, Content, Figure};
use klr_sim::Dataflow;
use klr_units::RunId;

/// Bars from which on a figure has no room for names: those that move the total least are left out.
const MOST: usize = 24;

/// The files of the figures of `run`: for each dataflow of which something has a price `tornado.DATAFLOW.svg`, `.csv` and
/// `.png`.
pub(crate) fn files(plan: &Plan, run: &Run, id: &RunId) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let mut files = Vec::new();
    for hardware in &run.hardware {
        if let Some(figure) = figure(plan, hardware) {
            files.extend(figure.files(id)?);
        }
    }
    Ok(files)
}

fn figure(plan: &Plan, hardware: &HardwareRun) -> Option<Figure> {
    let bars = bars(&hardware.ledger.tornado());
    let end = |of: fn(&Bar) -> f64| bars.iter().map(of);
    let (low, high) = (end(|bar| bar.low).fold(0.0, f64::min), end(|bar| bar.high).fold(0.0, f64::max));
    if low >= high {
        return None;
    }
    let room = 0.04 * (high - low);
    let dataflow = hardware.dataflow;
    let bound = if hardware.ledger.complete() { "" } else { " of what has a price" };
    Some(Figure {
        name: name(dataflow),
        title: format!("What the prices make of the energy of {}", dataflow.name()),
        setting: format!(
            "Prices of {}. Each bar: the low and the high figure of one source of prices, all others nominal; below it \
             the same of each of its prices.",
            plan.hardware.prices.name()
        ),
        x: Axis::linear(&format!("change of the nominal total{bound}, %"), low - room, high + room),
        y: Axis::linear("", 0.0, 1.0),
        content: Content::Bars { bars, middle: 0.0 },
    })
}

/// Each source and below it its prices, in percent; of more than there is room for those that move the total most.
fn bars(tornado: &[Swing]) -> Vec<Bar> {
    let rows = tornado.iter().flat_map(|source| {
        let alone = source.terms.len() == 1 && source.terms[0].width() >= source.width();
        let prices = source.terms.iter().filter(move |_| !alone);
        std::iter::once((source.name.clone(), source))
            .chain(prices.map(|term| (format!("- {}", term.name), term)))
    });
    let rows: Vec<_> = rows.filter(|(_, swing)| swing.width() > 0.0).collect();
    let mut widths: Vec<f64> = rows.iter().map(|(_, swing)| swing.width()).collect();
    widths.sort_by(|a, b| b.total_cmp(a));
    let least = widths.get(MOST - 1).copied().unwrap_or(0.0);
    let drawn = rows.into_iter().filter(|(_, swing)| swing.width() >= least).take(MOST);
    drawn.map(|(label, swing)| Bar { label, low: percent(swing.low), high: percent(swing.high) }).collect()
}

/// A share in percent, to the digits that shares have.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

const fn name(dataflow: Dataflow) -> &'static str {
    match dataflow {
        Dataflow::Synchronous => "tornado.synchronous",
        Dataflow::Sweep => "tornado.sweep",
        Dataflow::Delta => "tornado.delta",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swing(name: &str, low: f64, high: f64, terms: Vec<Swing>) -> Swing {
        Swing { name: name.to_owned(), shrinks: String::new(), low, high, terms }
    }

    #[test]
    fn a_source_stands_above_its_prices_and_a_price_that_is_its_source_stands_once() {
        let memory =
            vec![swing("weight_read", -0.1, 0.5, Vec::new()), swing("table_read", 0.0, 0.0, Vec::new())];
        let clock = vec![swing("clock_cycle", -0.1, 0.2, Vec::new())];
        let tornado = [swing("memory", -0.1, 0.5, memory), swing("clock", -0.1, 0.2, clock)];
        let drawn = bars(&tornado);
        let labels: Vec<&str> = drawn.iter().map(|bar| bar.label.as_str()).collect();
        assert_eq!(labels, ["memory", "- weight_read", "clock"], "a price without a band is not drawn");
        assert_eq!((drawn[0].low, drawn[0].high), (-10.0, 50.0), "in percent");
    }

    #[test]
    fn what_moves_the_total_least_is_left_out() {
        let many: Vec<Swing> =
            (0..40).map(|at| swing(&format!("s{at}"), 0.0, f64::from(40 - at), Vec::new())).collect();
        let drawn = bars(&many);
        assert_eq!(drawn.len(), MOST);
        assert!(drawn.iter().all(|bar| bar.high >= 1_700.0), "{drawn:?}");
    }
}

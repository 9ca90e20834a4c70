//! How sure the energies are, which source of prices that hangs on, and what would make them surer.

use super::{per_retrieval, ratio};
use crate::pipeline::{BestShape, Run};
use crate::sureness::{Sure, Sureness};
use klr_energy::{Ratio, Swing};
use klr_sim::Dataflow;
use klr_units::text::{percent, wrap};
use std::fmt::{self, Write};

/// A line for each dataflow, then its dominating source, then what would shrink each source that was named.
pub(super) fn section(run: &Run, sure: &Sureness, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n{:<22}{:>10} {:>10} {:>26} {:>26}",
        "90 of 100 draws", "from", "to", "x less than best sync.", "x one look"
    )?;
    for (h, sure) in run.hardware.iter().zip(&sure.own) {
        let Sure { likely, less_than_best: less, times_one_look: one_look, .. } = sure;
        writeln!(
            out,
            "  {:<20}{:>10} {:>10} {:>26} {:>26}",
            h.dataflow.name(),
            per_retrieval(likely.map(|likely| likely.low), run.recall.cues),
            per_retrieval(likely.map(|likely| likely.high), run.recall.cues),
            ratio(less.map(|less| (less.nominal, less.likely))),
            ratio(one_look.map(|one_look| (one_look.nominal, one_look.likely)))
        )?;
    }
    against_synchronous(run, sure, out);
    against_dense(run, sure, out);
    let named: Vec<(&str, Swing)> =
        run.hardware.iter().filter_map(|h| Some((h.dataflow.name(), h.ledger.dominating()?))).collect();
    for (dataflow, swing) in &named {
        out.push_str(&wrap("  ", 4, &format!("{dataflow}: {}", dominating(swing))));
    }
    let mut said = Vec::new();
    for (_, Swing { name, shrinks, .. }) in &named {
        if !shrinks.is_empty() && !said.contains(&name) {
            out.push_str(&wrap("  ", 4, &format!("what would shrink {name}: {shrinks}")));
            said.push(name);
        }
    }
    Ok(())
}

/// The best shapes, how best stands to best, and the plan's own to the plan's own.
fn against_synchronous(run: &Run, sure: &Sureness, out: &mut String) {
    if run.best.iter().any(|shape| !shape.is_own) {
        let shape = |shape: &BestShape| format!("{} {}", shape.dataflow.name(), shape.shape());
        let shapes: Vec<String> = run.best.iter().map(shape).collect();
        let text = format!(
            "best shape of weight memory: {}; levers, lanes, ports and bytes as here",
            shapes.join("; ")
        );
        out.push_str(&wrap("  ", 4, &text));
    } else if !run.best.is_empty() {
        out.push_str("  best shape of weight memory: the plan's own, for every dataflow\n");
    }
    if run.best_synchronous().is_none_or(|best| best.is_own) {
        return;
    }
    let best = run.best.iter().map(|shape| shape.dataflow).zip(&sure.best);
    let own = run.hardware.iter().map(|h| h.dataflow).zip(&sure.own);
    let times = [
        ("best against best synchronous", times(best, |sure| sure.less_than_best)),
        ("the plan's own against its own synchronous", times(own, |sure| sure.less_than_own)),
    ];
    for (what, times) in times.into_iter().filter(|(_, times)| !times.is_empty()) {
        out.push_str(&wrap("  ", 4, &format!("x less, {what}: {times}")));
    }
}

/// The dense machine by name, and whether it is the better baseline.
fn against_dense(run: &Run, sure: &Sureness, out: &mut String) {
    let Some(less) = sure.dense.as_ref().and_then(|sure| sure.less_than_best) else { return };
    let best = run.best.iter().map(|shape| shape.dataflow).zip(&sure.best);
    let times = times(best, |sure| sure.less_than_dense);
    let is = if less.nominal > 1.0 {
        "costs less than the best synchronous core and is the better baseline"
    } else {
        "does not cost less than the best synchronous core"
    };
    let against =
        if times.is_empty() { String::new() } else { format!("; x less, best against it: {times}") };
    let text = format!(
        "dense digital: synchronous hardware that reads whole rows, with a multiplier for each neuron \
         (docs/compare.md), {is}{against}"
    );
    out.push_str(&wrap("  ", 4, &text));
}

/// How many times less each dataflow but the baseline costs, as far as that is known.
fn times<'a>(
    sums: impl Iterator<Item = (Dataflow, &'a Sure)>,
    less: impl Fn(&Sure) -> Option<Ratio>,
) -> String {
    let others = sums.filter(|(dataflow, _)| *dataflow != Dataflow::BASELINE);
    let shown = others.filter_map(|(dataflow, sure)| {
        let Ratio { nominal, interval, .. } = less(sure)?;
        Some(format!("{} {}", dataflow.name(), ratio(Some((nominal, interval)))))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// How far a source moves the total, and which of its prices does so most.
fn dominating(swing: &Swing) -> String {
    let range = |swing: &Swing| {
        let change = |share: f64| percent(share.abs(), 0);
        format!("-{} to +{} %", change(swing.low), change(swing.high))
    };
    let mut text = format!("the band hangs most on {}, {}", swing.name, range(swing));
    if let [first, _, ..] = &swing.terms[..] {
        text.push_str(&format!(", of it {} {}", first.name, range(first)));
    }
    text
}

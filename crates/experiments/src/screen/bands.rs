//! How sure the energies are, which source of prices that hangs on, and what would make them surer.

use super::{per_retrieval, ratio};
use crate::pipeline::Run;
use klr_energy::Swing;
use klr_sim::Dataflow;
use klr_units::text::{percent, wrap};
use std::fmt::{self, Write};

/// A line for each dataflow, then its dominating source, then what would shrink each source that was named.
pub(super) fn section(run: &Run, out: &mut String) -> fmt::Result {
    let best = run.best_synchronous.as_ref();
    writeln!(
        out,
        "\n{:<22}{:>10} {:>10} {:>26} {:>26}",
        "90 of 100 draws", "from", "to", "x less than best sync.", "x one look"
    )?;
    for h in &run.hardware {
        let likely = h.ledger.likely();
        let less = best.and_then(|best| best.ledger.ratio(&h.ledger));
        let one_look = h.ledger.ratio(&run.one_look);
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
    against_synchronous(run, out);
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

/// Which core the best synchronous one is, and how the others stand to the plan's own.
fn against_synchronous(run: &Run, out: &mut String) {
    let Some(best) = &run.best_synchronous else { return };
    let of = if best.is_own { "the plan's own shape is the cheapest" } else { "levers and memory as here" };
    out.push_str(&wrap("  ", 4, &format!("best synchronous: {}; {of}", best.shape())));
    let Some(own) = run.hardware.iter().find(|h| h.dataflow == Dataflow::BASELINE) else { return };
    let others = run.hardware.iter().filter(|h| h.dataflow != Dataflow::BASELINE);
    let times = others.filter_map(|h| Some((h.dataflow.name(), own.ledger.ratio(&h.ledger)?)));
    let times: Vec<String> = times
        .map(|(name, times)| format!("{name} {}", ratio(Some((times.nominal, times.interval)))))
        .collect();
    if !(best.is_own || times.is_empty()) {
        let text = format!("x less than the plan's own synchronous core: {}", times.join(", "));
        out.push_str(&wrap("  ", 4, &text));
    }
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

//! What the float model does beyond fixed points: retrieval in continuous time, and a walk along the patterns.

use crate::pipeline::{Run, SequenceRun};
use crate::report::fit_outcome;
use klr_analysis::sequence::WalkEnd;
use klr_units::text::{fixed, share};
use std::fmt::{self, Write};

/// Lines below the recall of the float models; none if the plan asks for nothing.
pub(super) fn recalls(run: &Run, out: &mut String) -> fmt::Result {
    if let Some(flow) = &run.flow {
        let share = |count: usize| share(count as f64 / flow.cues as f64, 3);
        writeln!(
            out,
            "{:<22}continuous time {}, {} settled, mean {} tau and {} evaluations",
            "",
            share(flow.recalled),
            share(flow.settled),
            fixed(flow.mean_time, 1),
            fixed(flow.mean_evaluations, 0)
        )?;
    }
    run.sequence.as_ref().map_or(Ok(()), |sequence| walk(sequence, out))
}

fn walk(sequence: &SequenceRun, out: &mut String) -> fmt::Result {
    let SequenceRun { fit, transitions, recall } = sequence;
    writeln!(
        out,
        "{:<22}sequence: {} of the steps lead to the next pattern, {} of their bits are right",
        "",
        share(transitions.exact, 3),
        share(transitions.bit_accuracy, 4)
    )?;
    writeln!(
        out,
        "{:<22}walk: {} in time, {} before the first error; {} ({})",
        "",
        share(recall.in_time, 3),
        share(recall.error_free_prefix, 3),
        ends(recall.walks.first().map(|walk| walk.end)),
        fit_outcome(fit.outcome)
    )
}

fn ends(end: Option<WalkEnd>) -> String {
    match end {
        Some(WalkEnd::Cycle { stored: true, .. }) => "ends in the stored cycle".to_owned(),
        Some(WalkEnd::Cycle { period, .. }) => format!("ends in another cycle of {period}"),
        Some(WalkEnd::StepLimit) | None => "no cycle found".to_owned(),
    }
}

//! What the float model does beyond fixed points: retrieval in continuous time, and a walk along the patterns.

use crate::pipeline::{Run, SequenceRun};
use crate::report::fit_outcome;
use klr_analysis::sequence::WalkEnd;
use std::fmt::{self, Write};

/// Lines below the recall of the float models; none if the plan asks for nothing.
pub(super) fn recalls(run: &Run, out: &mut String) -> fmt::Result {
    if let Some(flow) = &run.flow {
        let share = |count: usize| count as f64 / flow.cues as f64;
        writeln!(
            out,
            "{:<22}continuous time {:.3}, {:.3} settled, mean {:.1} tau and {:.0} evaluations",
            "",
            share(flow.recalled),
            share(flow.settled),
            flow.mean_time,
            flow.mean_evaluations
        )?;
    }
    run.sequence.as_ref().map_or(Ok(()), |sequence| walk(sequence, out))
}

fn walk(sequence: &SequenceRun, out: &mut String) -> fmt::Result {
    let SequenceRun { fit, transitions, recall } = sequence;
    writeln!(
        out,
        "{:<22}sequence: {:.3} of the steps lead to the next pattern, {:.4} of their bits are right",
        "", transitions.exact, transitions.bit_accuracy
    )?;
    writeln!(
        out,
        "{:<22}walk: {:.3} in time, {:.3} before the first error; {} ({})",
        "",
        recall.in_time,
        recall.error_free_prefix,
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

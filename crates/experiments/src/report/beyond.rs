//! The sections of what goes beyond fixed points, which are there if the plan asks for it.

use super::fit::model;
use crate::pipeline::SequenceRun;
use crate::plan::Plan;
use klr_analysis::flow::FlowRecall;
use klr_analysis::sequence::WalkEnd;
use serde_json::{Value, json};

pub(super) fn flow(plan: &Plan, flow: &FlowRecall) -> Value {
    let share = |count: usize| count as f64 / flow.cues as f64;
    json!({
        "beta": plan.retrieval.flow,
        "recall": share(flow.recalled),
        "settled": share(flow.settled),
        "time_mean": flow.mean_time,
        "evaluations_mean": flow.mean_evaluations,
    })
}

pub(super) fn sequence(SequenceRun { fit, transitions, recall }: &SequenceRun) -> Value {
    let (end, period) = match recall.walks.first().map(|walk| walk.end) {
        Some(WalkEnd::Cycle { stored, period, .. }) => {
            (if stored { "stored-cycle" } else { "other-cycle" }, Some(period))
        }
        Some(WalkEnd::StepLimit) | None => ("step-limit", None),
    };
    json!({
        "model": model(fit),
        "bit_accuracy": transitions.bit_accuracy,
        "exact": transitions.exact,
        "in_time": recall.in_time,
        "error_free_prefix": recall.error_free_prefix,
        "end": end,
        "period": period,
    })
}

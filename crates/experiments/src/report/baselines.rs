//! The other memories on the same cues: each as tuned, and as it is at the plan's width.

use crate::pipeline::Run;
use klr_model::baselines::{Outcome, Setting, TriedSetting, TunedBaseline};
use serde_json::{Map, Value, json};

/// The figures of the tuned baseline, and behind them what it was tuned to, on what, and what it gives as the plan has it.
pub(super) fn entry(run: &Run, result: &TunedBaseline) -> Value {
    let mut entry = Map::from_iter([("name".to_owned(), Value::from(result.name))]);
    entry.extend(outcome(run, &result.tuned));
    let has_settings = !result.given.settings.is_empty();
    let given = has_settings.then(|| Value::Object(outcome(run, &result.given)));
    entry.insert("at_plan".to_owned(), given.into());
    let tuning = (!result.tried.is_empty()).then(|| {
        json!({
            "cues": result.tuning_cues,
            "tried": result.tried.iter().map(tried).collect::<Vec<_>>(),
        })
    });
    entry.insert("tuning".to_owned(), tuning.into());
    Value::Object(entry)
}

fn outcome(run: &Run, outcome: &Outcome) -> Map<String, Value> {
    let counts = outcome.counts.as_ref().ok();
    let per_cue = |count: u64| count as f64 / run.recall.cues as f64;
    let figures = json!({
        "settings": settings(&outcome.settings),
        "recall": counts.map(|c| per_cue(c.hits)),
        "bits_right": counts.map(|c| per_cue(c.bits_right) / run.patterns.n() as f64),
        "flips_mean": counts.map(|c| per_cue(c.flips)),
        "evaluations_mean": counts.map(|c| per_cue(c.evaluations)),
        "converged": counts.map(|c| c.converged),
        "two_cycles": counts.map(|c| c.two_cycles),
        "step_limits": counts.map(|c| c.step_limits),
        "refused": outcome.counts.as_ref().err().map(ToString::to_string),
    });
    match figures {
        Value::Object(figures) => figures,
        _ => Map::new(),
    }
}

fn settings(settings: &[Setting]) -> Map<String, Value> {
    settings.iter().map(|setting| (setting.name().to_owned(), value(*setting))).collect()
}

fn value(setting: Setting) -> Value {
    match setting {
        Setting::Gamma(value) | Setting::Beta(value) | Setting::Lambda(value) => value.into(),
        Setting::Degree(degree) => degree.into(),
        Setting::Diagonal(diagonal) => diagonal.name().into(),
    }
}

fn tried(TriedSetting { setting, recall }: &TriedSetting) -> Value {
    let mut tried = settings(&[*setting]);
    tried.insert("recall".to_owned(), recall.value().into());
    Value::Object(tried)
}

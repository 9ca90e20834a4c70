//! The overlap with the pattern, step by step.

use super::{Analysed, AnalysisPart, CONFIDENCE};
use crate::error::CliError;
use klr_analysis::AnalysisError;
use klr_analysis::overlap::{OverlapPair, overlap_pairs};
use klr_figure::{Axis, Content, DataPoint, Figure, Look, Series};
use klr_statistics::Summary;
use klr_units::text::share;
use serde_json::json;

/// The most steps shown.
const STEPS: u32 = 8;

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let cues = subject.cues(subject.plan.retrieval.noise);
    let steps = subject.plan.retrieval.max_steps.min(STEPS);
    let pairs = overlap_pairs(subject.model, &cues, steps, subject.streams, subject.threads)?;
    let synchronous = means(&pairs, |pair| &pair.synchronous)?;
    let asynchronous = means(&pairs, |pair| &pair.asynchronous)?;
    let mut lines = vec![
        format!("  mean overlap m with the pattern, {} cues", cues.count),
        format!("  {:<10}{:>14} {:>14}", "step", "synchronous", "asynchronous"),
    ];
    for (step, (sync, one)) in synchronous.iter().zip(&asynchronous).enumerate() {
        lines.push(format!("  {step:<10}{:>14} {:>14}", share(sync.y, 4), share(one.y, 4)));
    }
    let values = |curve: &[DataPoint]| curve.iter().map(|point| point.y).collect::<Vec<_>>();
    let numbers = json!({
        "cues": cues.count,
        "noise": cues.noise,
        "synchronous": values(&synchronous),
        "asynchronous": values(&asynchronous),
    });
    let lowest = synchronous.iter().chain(&asynchronous).map(|point| point.low).fold(1.0, f64::min);
    let curve = |label: &str, points| Series { label: label.to_owned(), look: Look::Banded, points };
    let figure = Figure {
        name: "overlap",
        title: "Overlap with the stored pattern, step by step".to_owned(),
        setting: format!(
            "{}; {} cues with {} % of the bits flipped. Bands: 95 % interval of the mean.",
            subject.setting(),
            cues.count,
            100.0 * cues.noise
        ),
        x: Axis::linear("steps (synchronous) or sweeps (asynchronous)", 0.0, f64::from(steps)),
        y: Axis::linear("mean overlap m", (lowest * 10.0).floor() / 10.0 - 0.05, 1.02),
        content: Content::Curves {
            series: vec![
                curve("synchronous", synchronous),
                curve("asynchronous, random order", asynchronous),
            ],
            guides: Vec::new(),
        },
    };
    Ok(AnalysisPart { lines, figures: vec![figure], numbers })
}

fn means(pairs: &[OverlapPair], of: fn(&OverlapPair) -> &[f64]) -> Result<Vec<DataPoint>, AnalysisError> {
    let steps = pairs.first().map_or(0, |pair| of(pair).len());
    let at = |step: usize| {
        let values: Vec<f64> = pairs.iter().map(|pair| of(pair)[step]).collect();
        let summary = Summary::of(&values)?;
        let (x, y) = (step as f64, summary.mean);
        if values.len() < 2 {
            return Ok(DataPoint::exact(x, y));
        }
        let interval = summary.interval(CONFIDENCE)?;
        Ok(DataPoint { x, y, low: interval.low, high: interval.high.min(1.0) })
    };
    (0..steps).map(at).collect()
}

//! Signal and noise of the fields, against the noise of the cues.

use super::{Analysed, AnalysisPart, CONFIDENCE, cell, finite};
use crate::error::CliError;
use klr_analysis::CueConfig;
use klr_analysis::snr::{FieldStatistics, crosstalk_bias, field_statistics};
use klr_figure::{Axis, Content, DataPoint, Figure, Look, Series};
use klr_model::NoiseModel;
use klr_units::text::{percent, share};
use serde_json::{Value, json};

/// The levels of noise.
const LEVELS: [f64; 6] = [0.0, 0.05, 0.1, 0.2, 0.3, 0.4];

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let mut found = Vec::new();
    for noise in LEVELS {
        // Exactly as many bits in every cue: the closed form assumes it, and the kernel makes the fields of a cue that is
        // some bits nearer larger by orders of magnitude, which is no noise.
        let cues = CueConfig { model: NoiseModel::Exact, ..subject.cues(noise) };
        let fields = field_statistics(subject.model, &cues, CONFIDENCE, subject.streams, subject.threads)?;
        found.push((noise, fields));
    }
    let (n, p) = (subject.model.n(), subject.model.p());
    let bias = subject.model.kernel().gamma().map(|gamma| crosstalk_bias(n, p, gamma));
    let count = subject.cues(0.0).count;
    let mut lines = vec![
        format!(
            "  fields turned towards the pattern, t h, at {count} cues of each noise, exactly as many bits"
        ),
        format!(
            "  {:<8}{:>11} {:>11} {:>10} {:>12} {:>10} {:>14} {:>11}",
            "noise", "mean", "spread", "ratio", "closed form", "right", "one-step hits", "predicted"
        ),
    ];
    lines.extend(found.iter().map(|(noise, fields)| {
        format!(
            "  {:<8}{:>11} {:>11} {:>10} {:>12} {:>10} {:>14} {:>11}",
            format!("{} %", percent(*noise, 0)),
            cell(fields.fields.mean),
            cell(fields.fields.standard_deviation),
            cell(fields.snr),
            fields.estimate.map_or("-".to_owned(), cell),
            share(fields.right.value(), 4),
            share(fields.recalled_at_once.value(), 3),
            share(fields.predicted_recall, 3)
        )
    }));
    if let Some(bias) = bias {
        lines.push(format!(
            "  mean crosstalk that holds a neuron where it is, for alpha = xi: {}",
            cell(bias)
        ));
    }
    let numbers = json!({
        "cues": count,
        "crosstalk_bias": bias.map(finite),
        "levels": found.iter().map(numbers).collect::<Vec<_>>(),
    });
    Ok(AnalysisPart { lines, figures: figure(subject, &found).into_iter().collect(), numbers })
}

fn numbers((noise, fields): &(f64, FieldStatistics)) -> Value {
    json!({
        "noise": noise,
        "mean": fields.fields.mean,
        "standard_deviation": fields.fields.standard_deviation,
        "snr": finite(fields.snr),
        "closed_form": fields.estimate.map(finite),
        "right": fields.right.value(),
        "one_step_recall": fields.recalled_at_once.value(),
        "predicted_recall": finite(fields.predicted_recall),
    })
}

/// The ratios that are above 0 and finite, on a logarithmic axis; none if there are fewer than two.
fn figure(subject: &Analysed<'_>, found: &[(f64, FieldStatistics)]) -> Option<Figure> {
    let curve = |label: &str, value: &dyn Fn(&FieldStatistics) -> Option<f64>| {
        let points = found.iter().filter_map(|(noise, fields)| {
            let ratio = value(fields).filter(|ratio| ratio.is_finite() && *ratio > 0.0)?;
            Some(DataPoint::exact(100.0 * noise, ratio))
        });
        Series { label: label.to_owned(), look: Look::Marked, points: points.collect() }
    };
    let series = vec![
        curve("measured", &|fields| Some(fields.snr)),
        curve("closed form, α = ξ on random patterns", &|fields| fields.estimate),
    ];
    let series: Vec<Series> = series.into_iter().filter(|series| series.points.len() > 1).collect();
    let values = || series.iter().flat_map(|series| &series.points).map(|point| point.y);
    let (low, high) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    Some(Figure {
        name: "fields",
        title: "Signal-to-noise ratio of the fields".to_owned(),
        setting: format!(
            "{}; {} cues of each noise, exactly as many bits flipped.",
            subject.setting(),
            subject.cues(0.0).count
        ),
        x: Axis::linear("bits flipped in the cue (%)", 0.0, 41.0),
        y: Axis::logarithmic("mean over spread of t h", low * 0.7, high * 1.4),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

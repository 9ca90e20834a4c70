//! The forces at the stored patterns.

use super::{Analysed, AnalysisPart, cell};
use crate::error::CliError;
use klr_analysis::AnalysisError;
use klr_analysis::sharpness::{Continuation, Sharpness, sharpness};
use klr_figure::{Axis, Content, DataPoint, Figure, Look, Series};
use klr_statistics::{Summary, quantile};
use serde_json::{Value, json};

/// The most patterns that are looked at.
const PATTERNS: usize = 300;

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let patterns = subject.sample(PATTERNS);
    let mut lines = vec![
        format!("  squared norm of grad V at {}", subject.sampled(patterns.len())),
        format!(
            "  {:<26}{:>12} {:>12} {:>12} {:>12} {:>12}",
            "kernel continued by", "mean", "median", "largest", "direct", "indirect"
        ),
    ];
    let mut series = Vec::new();
    let mut numbers = serde_json::Map::new();
    for (name, words, continuation) in [
        ("distance", "its distance", Continuation::Distance),
        ("overlap", "its overlap", Continuation::Overlap),
    ] {
        let found = sharpness(subject.model, &patterns, continuation, subject.threads)?;
        let (line, values) = summary(words, &found)?;
        lines.push(line);
        numbers.insert(name.to_owned(), values);
        series.push(curve(format!("kernel continued by {words}"), &found));
    }
    let figures = figure(subject, series, patterns.len()).into_iter().collect();
    Ok(AnalysisPart { lines, figures, numbers: Value::Object(numbers) })
}

fn summary(words: &str, found: &[Sharpness]) -> Result<(String, Value), AnalysisError> {
    let list = |value: fn(&Sharpness) -> f64| found.iter().map(value).collect::<Vec<f64>>();
    let all = list(|memory| memory.sharpness);
    let mean = Summary::of(&all)?.mean;
    let (median, largest) = (quantile(&all, 0.5)?, quantile(&all, 1.0)?);
    let direct = Summary::of(&list(|memory| memory.direct))?.mean;
    let indirect = Summary::of(&list(|memory| memory.indirect))?.mean;
    let line = format!(
        "  {words:<26}{:>12} {:>12} {:>12} {:>12} {:>12}",
        cell(mean),
        cell(median),
        cell(largest),
        cell(direct),
        cell(indirect)
    );
    let values = json!({
        "patterns": found.len(),
        "mean": mean,
        "median": median,
        "largest": largest,
        "direct": direct,
        "indirect": indirect,
    });
    Ok((line, values))
}

/// The values above 0, sorted, over the share of patterns below.
fn curve(label: String, found: &[Sharpness]) -> Series {
    let mut values: Vec<f64> = found.iter().map(|memory| memory.sharpness).collect();
    values.sort_by(f64::total_cmp);
    let share = |rank: usize| 100.0 * (rank as f64 + 0.5) / found.len() as f64;
    let points = values.iter().enumerate().filter(|(_, value)| **value > 0.0);
    let points = points.map(|(rank, &value)| DataPoint::exact(share(rank), value)).collect();
    Series { label, look: Look::Plain, points }
}

fn figure(subject: &Analysed<'_>, series: Vec<Series>, count: usize) -> Option<Figure> {
    let values = || series.iter().flat_map(|series| &series.points).map(|point| point.y);
    let (low, high) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    Some(Figure {
        name: "sharpness",
        title: "Sharpness of the stored patterns".to_owned(),
        setting: format!("{}; {}, sorted.", subject.setting(), subject.sampled(count)),
        x: Axis::linear("patterns that are less sharp (%)", 0.0, 100.0),
        y: Axis::logarithmic("squared norm of the gradient of V", low * 0.7, high * 1.4),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

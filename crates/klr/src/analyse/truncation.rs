//! Crosstalk against the patterns that take part, for tables of few bits and few words.

use super::{Analysed, AnalysisPart, cell};
use crate::error::CliError;
use klr_analysis::truncation::{Truncated, truncations};
use klr_figure::{Axis, Content, DataPoint, Figure, Look, Series};
use klr_model::form::WordsError;
use klr_quantize::QuantizeError;
use klr_units::Bits;
use serde_json::{Value, json};

/// Bits of a kernel word.
const BITS: [u8; 4] = [1, 2, 4, 8];

/// Words of a table; those beyond its own last word change nothing and are left out.
const WINDOWS: [usize; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/// Terms of fields that all cues together may have: some seconds.
const WORK: usize = 2_000_000_000;

/// A table of some width, cut at some windows.
struct Curve {
    bits: u8,
    points: Vec<Truncated>,
}

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let (model, form) = (subject.model, subject.plan.quantize.kernel_table());
    let mut cues = subject.cues(subject.plan.retrieval.noise);
    let most = u32::try_from(WORK / (model.n() * model.p())).unwrap_or(u32::MAX);
    cues.count = cues.count.min(most.max(10));
    let mut curves = Vec::new();
    for bits in BITS {
        let width = Bits::new(bits).expect("1 to 16");
        let found = truncations(model, &cues, (width, form), &WINDOWS, subject.streams, subject.threads)?;
        let mut points = found.map_err(no_table)?;
        // A window that adds no pattern is beyond the last word.
        points.dedup_by(|later, earlier| later.active == earlier.active);
        curves.push(Curve { bits, points });
    }
    let mut lines = vec![
        format!("  {form} tables cut to their first words, {} cues; fields of the float model", cues.count),
        format!("  {:<8}{:>8} {:>16} {:>20}", "bits", "words", "active patterns", "crosstalk / signal"),
    ];
    for curve in &curves {
        lines.extend(curve.points.iter().map(|point| {
            let crosstalk = cell(point.crosstalk.unwrap_or(f64::NAN));
            format!("  {:<8}{:>8} {:>16} {crosstalk:>20}", curve.bits, point.window, cell(point.active))
        }));
    }
    let numbers = json!({
        "cues": cues.count,
        "kernel_table": form.name(),
        "tables": curves.iter().map(numbers).collect::<Vec<_>>(),
    });
    Ok(AnalysisPart { lines, figures: figure(subject, &curves, cues.count).into_iter().collect(), numbers })
}

fn no_table(error: WordsError) -> CliError {
    CliError::Experiment(QuantizeError::from(error).into())
}

fn numbers(curve: &Curve) -> Value {
    let point = |point: &Truncated| json!({ "words": point.window, "active": point.active, "crosstalk": point.crosstalk });
    json!({ "bits": curve.bits, "windows": curve.points.iter().map(point).collect::<Vec<_>>() })
}

/// `None` where no word adds crosstalk.
fn figure(subject: &Analysed<'_>, curves: &[Curve], cues: u32) -> Option<Figure> {
    let series: Vec<Series> = curves
        .iter()
        .map(|curve| {
            let point = |point: &Truncated| {
                let crosstalk = point.crosstalk.filter(|&crosstalk| crosstalk > 0.0)?;
                Some(DataPoint::exact(point.active, crosstalk))
            };
            let bits = if curve.bits == 1 { "1 bit".to_owned() } else { format!("{} bits", curve.bits) };
            let points = curve.points.iter().filter_map(point).filter(|point| point.x > 0.0).collect();
            Series { label: bits, look: Look::Marked, points }
        })
        .collect();
    let all = || series.iter().flat_map(|series| &series.points);
    let least = |of: fn(&DataPoint) -> f64| all().map(of).reduce(f64::min);
    let most = |of: fn(&DataPoint) -> f64| all().map(of).reduce(f64::max);
    let (left, right) = (least(|point| point.x)?, most(|point| point.x)?);
    let (low, high) = (least(|point| point.y)?, most(|point| point.y)?);
    Some(Figure {
        name: "truncation",
        title: "What a truncated kernel leaves of crosstalk, and of the work".to_owned(),
        setting: format!(
            "{}; {} tables of 1 to 8 bits, each mark the first 1, 2, 3, 4, 6, 8, 12, ... words of one; {cues} cues with {} % of \
             the bits flipped, fields of the float model through these words.",
            subject.setting(),
            subject.plan.quantize.kernel_table(),
            100.0 * subject.plan.retrieval.noise
        ),
        x: Axis::logarithmic(
            "patterns with a word above 0, in the mean of the cues",
            left * 0.8,
            right * 1.25,
        ),
        y: Axis::logarithmic("crosstalk (rms) over signal (mean)", low * 0.7, high * 1.4),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

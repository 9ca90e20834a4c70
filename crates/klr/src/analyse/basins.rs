//! Recall against the distance at which retrieval starts, and where failures end.

use super::{Analysed, AnalysisPart, CONFIDENCE, cell};
use crate::error::CliError;
use klr_analysis::AnalysisError;
use klr_analysis::basin::{Basin, BasinConfig, BasinPoint, basins, pooled_success};
use klr_figure::{Axis, Content, DataPoint, Figure, Look, Series};
use klr_units::text::share;
use serde_json::{Value, json};

/// Retrievals from each distance of each pattern.
const CUES: u32 = 10;

/// Distances are this many steps, from 0 to half of the neurons.
const STEPS: usize = 10;

/// The most patterns, and the fewest if there are as many.
const PATTERNS: (usize, usize) = (32, 8);

/// Multiply-adds that all retrievals together may take, at four sweeps each: some ten seconds.
const WORK: usize = 10_000_000_000;

/// What all basins together give at one distance.
struct AtDistance {
    distance: usize,
    /// The share recalled, and its interval.
    recalled: DataPoint,
    /// The shares that end at another stored pattern, at a state that is none, and on the way.
    failures: [f64; 3],
}

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let n = subject.model.n();
    let mut distances: Vec<usize> = (0..=STEPS).map(|step| step * n / (2 * STEPS)).collect();
    distances.dedup();
    let retrievals = WORK / (4 * n * subject.model.p()).max(1);
    let most = (retrievals / (distances.len() * CUES as usize)).clamp(PATTERNS.1, PATTERNS.0);
    let config = BasinConfig {
        memories: subject.sample(most),
        distances,
        cues: CUES,
        retrieval: subject.retrieval(),
        confidence: CONFIDENCE,
        threads: subject.threads,
    };
    let found = basins(subject.model, &config, subject.streams)?;
    let pooled = pool(&found)?;
    Ok(AnalysisPart {
        lines: lines(subject, &found, &pooled),
        numbers: numbers(&found, &pooled),
        figures: vec![figure(subject, &found, &pooled)],
    })
}

fn pool(found: &[Basin]) -> Result<Vec<AtDistance>, AnalysisError> {
    let shares = match found {
        // A pattern alone says nothing of others: its own interval.
        [only] => only.points.iter().map(|p| (p.success.value(), p.success.interval)).collect(),
        several => {
            let pooled = pooled_success(several, CONFIDENCE)?;
            pooled.iter().map(|(_, share)| (share.value(), share.interval)).collect::<Vec<_>>()
        }
    };
    let trials = (found.len() * CUES as usize) as f64;
    let pooled = shares.into_iter().enumerate().map(|(at, (share, interval))| {
        let count = |of: fn(&BasinPoint) -> u64| {
            found.iter().map(|basin| of(&basin.points[at])).sum::<u64>() as f64 / trials
        };
        let distance = found[0].points[at].distance;
        AtDistance {
            distance,
            recalled: DataPoint { x: distance as f64, y: share, low: interval.low, high: interval.high },
            failures: [
                count(|point| point.stored.iter().sum()),
                count(|point| point.spurious),
                count(|point| point.two_cycles + point.step_limit),
            ],
        }
    });
    Ok(pooled.collect())
}

fn lines(subject: &Analysed<'_>, found: &[Basin], pooled: &[AtDistance]) -> Vec<String> {
    let mut lines = vec![
        format!("  {}, {CUES} cues at each distance", subject.sampled(found.len())),
        format!(
            "  {:<10}{:>10} {:>18} {:>16} {:>14} {:>12}",
            "bits off", "recalled", "interval", "other pattern", "no pattern", "unsettled"
        ),
    ];
    for point in pooled {
        let [stored, spurious, unsettled] = point.failures.map(|failed| share(failed, 3));
        let interval = format!("{} to {}", share(point.recalled.low, 3), share(point.recalled.high, 3));
        lines.push(format!(
            "  {:<10}{:>10} {interval:>18} {stored:>16} {spurious:>14} {unsettled:>12}",
            point.distance,
            share(point.recalled.y, 3)
        ));
    }
    let radii: Vec<f64> = found.iter().filter_map(|basin| basin.radius).collect();
    lines.push(match radii.iter().copied().reduce(f64::min) {
        Some(least) => format!(
            "  radius, where half are recalled: mean {} bits, smallest {}, of {} basins",
            cell(radii.iter().sum::<f64>() / radii.len() as f64),
            cell(least),
            radii.len()
        ),
        None => "  no basin falls to one half inside these distances".to_owned(),
    });
    lines
}

fn numbers(found: &[Basin], pooled: &[AtDistance]) -> Value {
    let point = |point: &AtDistance| {
        let [stored, spurious, unsettled] = point.failures.map(|failed| share(failed, 3));
        json!({
            "distance": point.distance,
            "recalled": point.recalled.y,
            "interval": [point.recalled.low, point.recalled.high],
            "other_pattern": stored,
            "no_pattern": spurious,
            "unsettled": unsettled,
        })
    };
    let radius = |basin: &Basin| json!({ "pattern": basin.mu, "radius": basin.radius });
    json!({
        "cues": CUES,
        "points": pooled.iter().map(point).collect::<Vec<_>>(),
        "radii": found.iter().map(radius).collect::<Vec<_>>(),
    })
}

fn figure(subject: &Analysed<'_>, found: &[Basin], pooled: &[AtDistance]) -> Figure {
    let recalled = Series {
        label: "recalled exactly".to_owned(),
        look: Look::Marked,
        points: pooled.iter().map(|point| point.recalled).collect(),
    };
    let labels = ["ends at another stored pattern", "ends at no stored pattern", "does not settle"];
    let failures = labels.into_iter().enumerate().map(|(kind, label)| Series {
        label: label.to_owned(),
        look: Look::Plain,
        points: pooled.iter().map(|p| DataPoint::exact(p.distance as f64, p.failures[kind])).collect(),
    });
    let last = pooled.last().map_or(1, |point| point.distance.max(1));
    Figure {
        name: "basins",
        title: "Basins of attraction: recall against the initial distance".to_owned(),
        setting: format!(
            "{}; {}, {CUES} cues at each distance, asynchronous. Whiskers: 95 % Wilson intervals, by patterns.",
            subject.setting(),
            subject.sampled(found.len())
        ),
        x: Axis::linear("initial Hamming distance (bits)", 0.0, last as f64),
        y: Axis::linear("share of retrievals", 0.0, 1.02),
        content: Content::Curves {
            series: std::iter::once(recalled).chain(failures).collect(),
            guides: Vec::new(),
        },
    }
}

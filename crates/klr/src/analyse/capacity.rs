//! How many of the patterns could be stored: recall of random selections of them, each trained as the plan says.

use super::{Analysed, AnalysisPart, cell};
use crate::error::CliError;
use klr_analysis::capacity::{Capacity, CapacityConfig, CapacityPoint, Decision, capacity};
use klr_analysis::{AnalysisError, NoisyPattern};
use klr_experiments::pipeline;
use klr_figure::{Axis, Content, DataPoint, Figure, Guide, Look, Series};
use klr_model::{KlrModel, PatternSet, Stream, retrieve};
use klr_statistics::Cluster;
use klr_units::text::{number, share};
use klr_units::threads::map_in_order;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

/// The share of cues to be recalled exactly.
const THRESHOLD: f64 = 0.9;

/// Cues of one selection.
const CUES: u64 = 50;

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let p = subject.model.p();
    let config = CapacityConfig {
        threshold: THRESHOLD,
        start: p,
        min: 1,
        max: p,
        resolution: 0.25,
        confidence: 0.95,
        min_batches: 2,
        max_batches: 4,
    };
    let found = capacity(&config, |p, batch| selection(subject, p, batch))?;
    let noise = number(100.0 * subject.plan.retrieval.noise, 6);
    let mut lines = vec![
        format!(
            "  recall of random selections, {CUES} cues each with {noise} % of the bits flipped; criterion {THRESHOLD}"
        ),
        format!("  {:<12}{:>10} {:>18} {:>14}", "patterns", "recalled", "interval", "criterion"),
    ];
    lines.extend(found.points.iter().map(|point| {
        let interval =
            format!("{} to {}", share(point.share.interval.low, 3), share(point.share.interval.high, 3));
        let (p, value, word) = (point.p, share(point.share.value(), 3), word(point.decision));
        format!("  {p:<12}{value:>10} {interval:>18} {word:>14}")
    }));
    lines.push(conclusion(&found, p));
    let numbers = json!({
        "threshold": THRESHOLD,
        "noise": subject.plan.retrieval.noise,
        "estimate": found.estimate,
        "points": found.points.iter().map(numbers).collect::<Vec<_>>(),
    });
    Ok(AnalysisPart { lines, figures: vec![figure(subject, &found)], numbers })
}

const fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Holds => "holds",
        Decision::Fails => "fails",
        Decision::Undecided => "undecided",
    }
}

fn conclusion(found: &Capacity, p: usize) -> String {
    match found.estimate {
        Some(estimate) => format!("  capacity at this noise: about {} patterns", cell(estimate.round())),
        None if found.points.last().is_some_and(|last| last.decision != Decision::Fails) => {
            format!("  capacity at this noise: not seen below the {p} patterns there are")
        }
        None => "  capacity at this noise: below one pattern".to_owned(),
    }
}

fn numbers(point: &CapacityPoint) -> Value {
    json!({
        "patterns": point.p,
        "recalled": point.share.value(),
        "interval": [point.share.interval.low, point.share.interval.high],
        "criterion": word(point.decision),
    })
}

/// Hits of a memory of `p` of the patterns; of all of them it is the memory that is there.
fn selection(subject: &Analysed<'_>, p: usize, batch: u64) -> Result<Cluster, CliError> {
    let index = (p as u64) << 32 | batch << 16;
    if p == subject.model.p() {
        return Ok(hits(subject, subject.model, index));
    }
    let patterns = subject.model.patterns();
    let mut rows: Vec<usize> = (0..patterns.p()).collect();
    rows.shuffle(&mut subject.streams.indexed(Stream::Patterns, index));
    let words: Vec<u64> = rows[..p].iter().flat_map(|&mu| patterns.row_words(mu)).copied().collect();
    let chosen = PatternSet::from_words(patterns.n(), p, words).map_err(AnalysisError::from)?;
    let kernel = subject.model.kernel().clone();
    let Some(model) = pipeline::train_on(subject.plan, &chosen, kernel, subject.threads)? else {
        return Err(CliError::CannotTrain("capacity"));
    };
    Ok(hits(subject, &model, index))
}

fn hits(subject: &Analysed<'_>, model: &KlrModel, index: u64) -> Cluster {
    let retrieval = &subject.plan.retrieval;
    let recalled = map_in_order((0..CUES).collect(), subject.threads, |cue| {
        let index = index | cue;
        let cue = NoisyPattern::draw(
            model.patterns(),
            retrieval.noise,
            retrieval.noise_model,
            subject.streams,
            index,
        );
        let mut order = subject.streams.indexed(Stream::Order, index);
        retrieve(model, &cue.state, subject.retrieval(), &mut order).is_ok_and(|end| end.state == cue.pattern)
    });
    Cluster { successes: recalled.into_iter().filter(|&hit| hit).count() as u64, trials: CUES }
}

fn figure(subject: &Analysed<'_>, found: &Capacity) -> Figure {
    let at = |point: &CapacityPoint| DataPoint {
        x: point.p as f64,
        y: point.share.value(),
        low: point.share.interval.low,
        high: point.share.interval.high,
    };
    let points: Vec<DataPoint> = found.points.iter().map(at).collect();
    let first = points.first().map_or(1.0, |point| point.x);
    let p = subject.model.p() as f64;
    // At least a decade, so that numbers stand at the axis where all patterns hold at once.
    let (from, to) = (f64::min(first * 0.8, p / 20.0), p * 1.25);
    Figure {
        name: "capacity",
        title: "Recall against the number of patterns stored".to_owned(),
        setting: format!(
            "{}; random selections of the patterns, each trained, {} % of the bits flipped. Whiskers: 95 %, by selections.",
            subject.setting(),
            100.0 * subject.plan.retrieval.noise
        ),
        x: Axis::logarithmic("patterns stored", from, to),
        y: Axis::linear("share of cues recalled exactly", 0.0, 1.02),
        content: Content::Curves {
            series: vec![Series { label: "recalled exactly".to_owned(), look: Look::Marked, points }],
            guides: vec![Guide {
                label: "criterion".to_owned(),
                points: vec![(from, THRESHOLD), (to, THRESHOLD)],
            }],
        },
    }
}

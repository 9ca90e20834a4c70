//! Recall against the rate of flips at a read, one memory of the core at a time.

use super::faults::table_row;
use super::{Analysed, AnalysisPart};
use crate::error::CliError;
use klr_analysis::NoisyPattern;
use klr_experiments::pipeline::{Upsets, over_cores, retrieve_with_upsets};
use klr_figure::{Axis, Content, DataPoint, Figure, Guide, Look, Series};
use klr_image::{CoreImage, Memory};
use klr_statistics::Cluster;
use klr_units::threads::map_in_order;
use serde_json::{Map, Value, json};

/// Cues at each rate, at most and at least.
const CUES: (usize, usize) = (100, 10);

/// Pattern bits that all retrievals together may read, at [`STEPS`] steps each: about a minute.
const WORK: usize = 3_000_000_000;

/// Steps of a retrieval, of which most take fewer.
const STEPS: usize = 10;

/// Probabilities that a bit flips when it is read.
const RATES: [f64; 8] = [1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1];

const MEMORIES: [(Memory, &str); 4] = [
    (Memory::Weights, "weights"),
    (Memory::Columns, "patterns"),
    (Memory::Counters, "counters"),
    (Memory::Table, "table"),
];

/// What is recalled where reads of one memory flip, by rate: bits that flipped in a retrieval in the mean, and recall.
struct Curve {
    name: &'static str,
    points: Vec<(f64, DataPoint)>,
}

/// The lines, the figure and the numbers.
pub(super) fn part(subject: &Analysed<'_>, image: &CoreImage) -> Result<AnalysisPart, CliError> {
    let (plan, model) = (subject.plan, subject.model);
    let each = STEPS * model.n() * model.p() * RATES.len() * MEMORIES.len();
    let count = (WORK / each.max(1)).clamp(CUES.1, CUES.0);
    let (noise, kind) = (plan.retrieval.noise, plan.retrieval.noise_model);
    let cue = |index| NoisyPattern::draw(model.patterns(), noise, kind, subject.streams, index);
    let cues: Vec<NoisyPattern> = (0..count as u64).map(cue).collect();
    let sound = at(subject, image, &cues, Upsets { memory: Memory::Weights, rate: 0.0 }, 0)?.1.y;
    let mut curves = Vec::new();
    for (number, (memory, name)) in (0u64..).zip(MEMORIES) {
        let points = (0u64..).zip(RATES).map(|(rank, rate)| {
            let first = (number * RATES.len() as u64 + rank + 1) * count as u64;
            at(subject, image, &cues, Upsets { memory, rate }, first)
        });
        curves.push(Curve { name, points: points.collect::<Result<_, CliError>>()? });
    }
    let by_memory: Map<String, Value> = curves.iter().map(|c| (c.name.to_owned(), c.numbers())).collect();
    Ok(AnalysisPart {
        lines: lines(&curves, count, sound),
        figures: vec![figure(subject, &curves, count, sound)],
        numbers: json!({ "cues": count, "sound": sound, "memories": by_memory }),
    })
}

/// Flips of a retrieval in the mean and recall; `first` is the number of the first retrieval.
fn at(
    subject: &Analysed<'_>,
    image: &CoreImage,
    cues: &[NoisyPattern],
    upsets: Upsets,
    first: u64,
) -> Result<(f64, DataPoint), CliError> {
    let most = subject.plan.retrieval.max_steps.into();
    let jobs = (first..).zip(cues).collect();
    let one = |(index, cue): (u64, &NoisyPattern)| {
        retrieve_with_upsets(image, upsets, subject.streams, index, &cue.state, most)
            .map(|(state, flipped)| (u64::from(state == cue.pattern), flipped))
            .map_err(klr_experiments::Error::from)
    };
    let found: Vec<(u64, u64)> =
        map_in_order(jobs, subject.threads, one).into_iter().collect::<Result<_, _>>()?;
    let (successes, trials) = (found.iter().map(|one| one.0).sum(), cues.len() as u64);
    let flipped = found.iter().map(|one| one.1).sum::<u64>() as f64 / trials as f64;
    let y = successes as f64 / trials as f64;
    let interval = over_cores(&[Cluster { successes, trials }]);
    let (low, high) = interval.map_or((y, y), |interval| (interval.low, interval.high));
    Ok((flipped, DataPoint { x: upsets.rate, y, low, high }))
}

impl Curve {
    fn numbers(&self) -> Value {
        let point = |(flipped, recalled): &(f64, DataPoint)| {
            json!({
                "rate": recalled.x,
                "flips_mean": flipped,
                "recalled": recalled.y,
                "interval": [recalled.low, recalled.high],
            })
        };
        self.points.iter().map(point).collect()
    }
}

fn lines(curves: &[Curve], count: usize, sound: f64) -> Vec<String> {
    let mut lines = vec![
        format!("  flips for one read, synchronous steps, {count} cues at each rate; without any {sound:.3}"),
        format!("  {:<10}{:>10} {:>12} {:>10} {:>18}", "memory", "rate", "flips", "recalled", "interval"),
    ];
    for curve in curves {
        lines.extend(curve.points.iter().map(|(flips, recalled)| table_row(curve.name, *flips, recalled)));
    }
    lines
}

fn figure(subject: &Analysed<'_>, curves: &[Curve], count: usize, sound: f64) -> Figure {
    let series = curves.iter().map(|curve| Series {
        label: format!("flips at reads of the {}", curve.name),
        look: Look::Marked,
        points: curve.points.iter().map(|point| point.1).collect(),
    });
    let ends = (RATES[0] * 0.8, RATES[RATES.len() - 1] * 1.25);
    Figure {
        name: "read-flips",
        title: "Recall against the rate of flips at a read".to_owned(),
        setting: format!(
            "{}; {} % of the bits of a cue flipped, {count} cues, in integers, synchronous, each datum read once in a step. \
             Whiskers: 95 %, Wilson.",
            subject.setting(),
            100.0 * subject.plan.retrieval.noise
        ),
        x: Axis::logarithmic("probability that a bit flips when it is read", ends.0, ends.1),
        y: Axis::linear("share of cues recalled exactly", 0.0, 1.02),
        content: Content::Curves {
            series: series.collect(),
            guides: vec![Guide {
                label: "no flips".to_owned(),
                points: vec![(ends.0, sound), (ends.1, sound)],
            }],
        },
    }
}

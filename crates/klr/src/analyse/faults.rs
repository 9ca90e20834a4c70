//! Recall against the rate of stuck bits, one memory of the core at a time; that against flips for one read is in `upsets.rs`.

use super::{Analysed, AnalysisPart, cell, upsets};
use crate::error::CliError;
use klr_analysis::NoisyPattern;
use klr_experiments::pipeline::{self, over_cores, stuck_core};
use klr_experiments::plan::FaultPlan;
use klr_figure::{Axis, Content, DataPoint, Figure, Guide, Look, Series};
use klr_image::reference::Reference;
use klr_image::{CopiesDiffer, CoreImage, Order, PatternOrder, Update};
use klr_model::{Stream, VisitOrder};
use klr_statistics::Cluster;
use klr_units::text::share;
use klr_units::threads::map_in_order;
use rand::Rng;
use serde_json::{Value, json};

/// Cores at each rate, with stuck bits of their own.
const CORES: u32 = 10;

/// Cues on each core, at most and at least.
const CUES: (usize, usize) = (100, 10);

/// Weights that all retrievals together may read, at four sweeps each: some ten seconds.
const WORK: usize = 10_000_000_000;

/// Rates of stuck bits.
const RATES: [f64; 8] = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1];

/// A memory whose bits are stuck.
#[derive(Clone, Copy)]
struct Stuck {
    name: &'static str,
    label: &'static str,
    /// The faults of the plan with this rate for the memory.
    faults: fn(FaultPlan, f64) -> FaultPlan,
}

const MEMORIES: [Stuck; 3] = [
    Stuck {
        name: "weights",
        label: "stuck bits in the weights",
        faults: |faults, weights| FaultPlan { weights, ..faults },
    },
    Stuck {
        name: "patterns",
        label: "stuck bits in the patterns",
        faults: |faults, patterns| FaultPlan { patterns, ..faults },
    },
    Stuck {
        name: "table",
        label: "stuck bits in the kernel table",
        faults: |faults, table| FaultPlan { table, ..faults },
    },
];

/// Recall with the stuck bits of one memory.
struct Curve {
    memory: Stuck,
    points: Vec<AtRate>,
}

/// What cores at one rate recall.
struct AtRate {
    /// Stuck bits of a core in the mean.
    stuck: f64,
    recalled: DataPoint,
}

/// The retrievals that every core makes.
struct Retrievals {
    cues: Vec<(NoisyPattern, Update)>,
    max_steps: u64,
}

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let image = pipeline::image_of(subject.plan, subject.model, subject.threads)?;
    let retrievals = Retrievals::of(subject);
    let sound = retrievals.on(&image);
    let twice = image.geometry().storage().patterns == PatternOrder::Both;
    let memories = MEMORIES.into_iter().filter(|memory| !(twice && memory.name == "patterns"));
    let curves: Vec<Curve> = memories
        .map(|memory| curve(subject, &image, &retrievals, memory))
        .collect::<Result<_, CliError>>()?;
    let sound = sound.successes as f64 / sound.trials as f64;
    let count = retrievals.cues.len();
    let mut lines = lines(subject, &curves, count, sound);
    if twice {
        lines.push(
            "  patterns are stored twice, and the copies of a bit would fail apart: left out".to_owned(),
        );
    }
    let mut part = upsets::part(subject, &image)?;
    lines.append(&mut part.lines);
    let at = |curve: &Curve| (curve.memory.name.to_owned(), curve.points.iter().map(numbers).collect());
    let memories: serde_json::Map<String, Value> = curves.iter().map(at).collect();
    let numbers = json!({
        "cores": CORES,
        "cues": count,
        "stuck_at": subject.plan.faults.stuck_at.name(),
        "sound": sound,
        "memories": memories,
        "read_flips": part.numbers,
    });
    let mut figures = vec![figure(subject, &curves, count, sound)];
    figures.append(&mut part.figures);
    Ok(AnalysisPart { lines, figures, numbers })
}

impl Retrievals {
    fn of(subject: &Analysed<'_>) -> Self {
        let (plan, model) = (subject.plan, subject.model);
        let all = RATES.len() * MEMORIES.len() * CORES as usize;
        let count = (WORK / (4 * model.n() * model.p() * all).max(1)).clamp(CUES.1, CUES.0);
        let retrieval = &plan.retrieval;
        let cue = |index: u64| {
            let streams = subject.streams;
            let noisy =
                NoisyPattern::draw(model.patterns(), retrieval.noise, retrieval.noise_model, streams, index);
            let order = match retrieval.order {
                VisitOrder::Sequential => Order::Sequential,
                VisitOrder::Random => Order::Random(streams.indexed(Stream::Order, index).next_u64()),
                VisitOrder::MostViolated => Order::MostViolated,
            };
            (noisy, Update::Asynchronous(order))
        };
        Self { cues: (0..count as u64).map(cue).collect(), max_steps: retrieval.max_steps.into() }
    }

    /// How many of the cues end exactly in their pattern, as integers have it.
    fn on(&self, image: &CoreImage) -> Cluster {
        let reference = Reference::new(image);
        let hits = self.cues.iter().filter(|(cue, update)| {
            reference.retrieve(&cue.state, *update, self.max_steps).is_ok_and(|run| run.state == cue.pattern)
        });
        Cluster { successes: hits.count() as u64, trials: self.cues.len() as u64 }
    }
}

fn curve(
    subject: &Analysed<'_>,
    image: &CoreImage,
    retrievals: &Retrievals,
    memory: Stuck,
) -> Result<Curve, CliError> {
    let sound = FaultPlan { weights: 0.0, patterns: 0.0, table: 0.0, ..subject.plan.faults };
    let jobs = RATES.iter().flat_map(|&rate| (0..CORES).map(move |core| (rate, core))).collect();
    let cores: Result<Vec<(Cluster, u64)>, CopiesDiffer> =
        map_in_order(jobs, subject.threads, |(rate, core)| {
            let faults = (memory.faults)(sound, rate);
            let (read, bits) = stuck_core(image, &faults, subject.streams, core)?;
            Ok((retrievals.on(&read), bits.map(|bits| bits.stuck).total()))
        })
        .into_iter()
        .collect();
    let cores = cores.map_err(klr_experiments::Error::from)?;
    let points = RATES.iter().zip(cores.chunks(CORES as usize)).map(|(&rate, cores)| {
        let clusters: Vec<Cluster> = cores.iter().map(|core| core.0).collect();
        let hits: u64 = clusters.iter().map(|core| core.successes).sum();
        let y = hits as f64 / clusters.iter().map(|core| core.trials).sum::<u64>() as f64;
        let (low, high) = over_cores(&clusters).map_or((y, y), |interval| (interval.low, interval.high));
        let stuck = cores.iter().map(|core| core.1).sum::<u64>() as f64 / f64::from(CORES);
        AtRate { stuck, recalled: DataPoint { x: rate, y, low, high } }
    });
    Ok(Curve { memory, points: points.collect() })
}

fn lines(subject: &Analysed<'_>, curves: &[Curve], count: usize, sound: f64) -> Vec<String> {
    let mut lines = vec![
        format!(
            "  the integers of the core, {CORES} cores at each rate, {count} cues on each; stuck at {}",
            subject.plan.faults.stuck_at.name()
        ),
        format!(
            "  {:<10}{:>10} {:>12} {:>10} {:>18}",
            "memory", "rate", "stuck bits", "recalled", "interval"
        ),
        format!("  {:<10}{:>10} {:>12} {:>10}", "none", "0", "0", share(sound, 3)),
    ];
    for curve in curves {
        let row = |AtRate { stuck, recalled }: &AtRate| table_row(curve.memory.name, *stuck, recalled);
        lines.extend(curve.points.iter().map(row));
    }
    lines
}

/// A row of the table of a memory: its rate, so many bits, and what is recalled.
pub(super) fn table_row(memory: &str, bits: f64, recalled: &DataPoint) -> String {
    let interval = format!("{} to {}", share(recalled.low, 3), share(recalled.high, 3));
    let (rate, bits, recalled) = (cell(recalled.x), cell(bits), share(recalled.y, 3));
    format!("  {memory:<10}{rate:>10} {bits:>12} {recalled:>10} {interval:>18}")
}

fn numbers(AtRate { stuck, recalled }: &AtRate) -> Value {
    json!({
        "rate": recalled.x,
        "stuck_bits": stuck,
        "recalled": recalled.y,
        "interval": [recalled.low, recalled.high],
    })
}

fn figure(subject: &Analysed<'_>, curves: &[Curve], count: usize, sound: f64) -> Figure {
    let series = curves.iter().map(|curve| Series {
        label: curve.memory.label.to_owned(),
        look: Look::Marked,
        points: curve.points.iter().map(|point| point.recalled).collect(),
    });
    let ends = (RATES[0] * 0.8, RATES[RATES.len() - 1] * 1.25);
    Figure {
        name: "faults",
        title: "Recall against the rate of stuck bits".to_owned(),
        setting: format!(
            "{}; {} % of the bits of a cue flipped, {count} cues on each of {CORES} cores with stuck bits of their own, in \
             integers, asynchronous. Whiskers: 95 %, by cores.",
            subject.setting(),
            100.0 * subject.plan.retrieval.noise
        ),
        x: Axis::logarithmic("probability that a bit is stuck", ends.0, ends.1),
        y: Axis::linear("share of cues recalled exactly", 0.0, 1.02),
        content: Content::Curves {
            series: series.collect(),
            guides: vec![Guide {
                label: "no stuck bits".to_owned(),
                points: vec![(ends.0, sound), (ends.1, sound)],
            }],
        },
    }
}

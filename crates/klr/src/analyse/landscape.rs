//! The pseudo-energy along retrievals, states that alternate, and the margins of the stored patterns.

use super::{Analysed, AnalysisPart, CONFIDENCE, cell};
use crate::error::CliError;
use klr_analysis::landscape::{EnergyReport, energy_report, energy_walk, two_cycles};
use klr_analysis::{AnalysisError, CueConfig, NoisyPattern};
use klr_figure::{Axis, Content, DataPoint, Figure, Look, Series};
use klr_model::Stream;
use klr_statistics::{Summary, quantile};
use klr_units::threads::map_in_order;
use serde_json::json;

/// The most retrievals that are followed flip by flip: each flip takes a field of every neuron.
const WALKS: u32 = 50;

/// Retrievals that the figure shows.
const SHOWN: u64 = 6;

/// The most patterns whose margins are taken.
const PATTERNS: usize = 500;

pub(super) fn section(subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
    let (model, threads, streams) = (subject.model, subject.threads, subject.streams);
    let retrieval = &subject.plan.retrieval;
    let cues = subject.cues(retrieval.noise);
    let walks = CueConfig { count: cues.count.min(WALKS), ..cues };
    let energy = energy_report(model, &walks, retrieval.max_steps, CONFIDENCE, streams, threads)?;
    let alternating = two_cycles(model, &cues, retrieval.max_steps, CONFIDENCE, streams, threads)?;
    let patterns = subject.sample(PATTERNS);
    let count = patterns.len();
    let margins = map_in_order(patterns, threads, |mu| model.margins(&model.patterns().state(mu))).concat();
    let summary = Summary::of(&margins).map_err(AnalysisError::from)?;
    let at = |level| quantile(&margins, level).map_err(AnalysisError::from);
    let (least, percent, median) = (at(0.0)?, at(0.01)?, at(0.5)?);
    let (rises, flips) = energy.rising.map_or((0, 0), |share| (share.successes, share.trials));
    let lines = vec![
        format!(
            "  pseudo-energy V = -sum s h: {rises} of {flips} flips raise it, in {} retrievals",
            walks.count
        ),
        format!("  {}", largest(&energy)),
        format!(
            "  synchronous retrievals that end alternating: {} of {}",
            alternating.successes, alternating.trials
        ),
        format!(
            "  margins xi h of {}: mean {}, median {}, 1 % {}, smallest {}",
            subject.sampled(count),
            cell(summary.mean),
            cell(median),
            cell(percent),
            cell(least)
        ),
    ];
    let numbers = json!({
        "retrievals": walks.count,
        "flips": flips,
        "rising_flips": rises,
        "largest_change": energy.largest_change,
        "alternating": { "count": alternating.successes, "retrievals": alternating.trials },
        "margins": {
            "patterns": count,
            "mean": summary.mean,
            "standard_deviation": summary.standard_deviation,
            "median": median,
            "one_percent": percent,
            "smallest": least,
        },
    });
    Ok(AnalysisPart { lines, figures: figure(subject, walks)?.into_iter().collect(), numbers })
}

fn largest(energy: &EnergyReport) -> String {
    match energy.largest_change {
        Some(change) => format!("largest change of a flip: {} (below 0: every flip lowers V)", cell(change)),
        None => "no cue flips a neuron".to_owned(),
    }
}

/// V along the first retrievals, in units of its size at the pattern; none if nothing flips.
fn figure(subject: &Analysed<'_>, walks: CueConfig) -> Result<Option<Figure>, AnalysisError> {
    let model = subject.model;
    let mut series = Vec::new();
    for index in 0..SHOWN.min(walks.count.into()) {
        let cue = NoisyPattern::draw(model.patterns(), walks.noise, walks.model, subject.streams, index);
        let mut order = subject.streams.indexed(Stream::Order, index);
        let (flips, _) = energy_walk(model, &cue.state, subject.plan.retrieval.max_steps, &mut order)?;
        let unit = model.pseudo_energy(&cue.pattern).abs();
        let (Some(first), true) = (flips.first(), unit > 0.0) else { continue };
        let energies = std::iter::once(first.before).chain(flips.iter().map(|f| f.before + f.change));
        let points = energies.enumerate().map(|(flip, v)| DataPoint::exact(flip as f64, v / unit));
        series.push(Series { label: format!("cue {index}"), look: Look::Plain, points: points.collect() });
    }
    let points = || series.iter().flat_map(|series: &Series| &series.points);
    let Some(most) = points().map(|point| point.x).reduce(f64::max) else { return Ok(None) };
    let (low, high) = points().fold((-1.0_f64, 0.0_f64), |(l, h), p| (l.min(p.y), h.max(p.y)));
    Ok(Some(Figure {
        name: "landscape",
        title: "Pseudo-energy along asynchronous retrievals".to_owned(),
        setting: format!(
            "{}; {} % of the bits flipped, random order, one point per flip.",
            subject.setting(),
            100.0 * walks.noise
        ),
        x: Axis::linear("flips", 0.0, most.max(1.0)),
        y: Axis::linear("V over its size at the pattern", low * 1.05, high + 0.05),
        content: Content::Curves { series, guides: Vec::new() },
    }))
}

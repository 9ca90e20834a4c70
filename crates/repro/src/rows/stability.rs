//! Row 12: does the pseudo-energy fall, and do synchronous updates alternate?

use super::retrieval::{LEVELS, cues_at, letter_sets};
use super::{Judged, ResultRow, mean_of_sets, scale_words};
use crate::Config;
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{EnergyDescent, Morphing, MorphingFound, PLACES, Place, Results, Settled, tasks};
use klr_figure::{Axis, Content, Figure, Look, Series};

pub(super) fn rows() -> Vec<ResultRow> {
    vec![ResultRow {
        number: 12,
        what: "The pseudo-energy falls at every flip; synchronous updates do not alternate",
        source: "arXiv:2605.05978, Section 3 and Appendix A",
        work: |config| {
            let mut units = tasks(descents(config));
            units.extend(tasks(letter_sets(config)));
            units.extend(tasks(morphings(config)));
            units
        },
        judge,
    }]
}

fn descents(config: &Config) -> Vec<EnergyDescent> {
    let (cues, seed) = (config.scale.pick(25, 50), config.seed);
    let descent = |set| EnergyDescent { seed, n: 50, p: 150, gamma: 0.1, noise: 0.2, cues, set };
    (0..config.scale.pick(4, 20)).map(descent).collect()
}

/// Whether a retrieval ended in some way.
type Ending = fn(&Settled) -> bool;

fn judge(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let found = results.all(&descents(config))?;
    let flips: u64 = found.iter().map(|set| set.flips).sum();
    let raised: u64 = found.iter().map(|set| set.raised).sum();
    let mut checks = vec![
        Check::new(
            "asynchronous flips that raised V, 20 % noise",
            Estimate::exact(raised as f64, &format!("{flips} flips")),
        )
        .in_words("V is not strictly a Lyapunov function")
        .expected("0 of 3936"),
    ];
    let letter = results.all(&letter_sets(config))?;
    let endings: [(&str, Ending); 2] =
        [("2-cycles", |end| end.two_cycle), ("runs out of steps", |end| end.step_limit)];
    for noise in [0.2, 0.4] {
        let ends = || cues_at(&letter, &LEVELS, noise).flatten().map(|cue| &cue.synchronous);
        for (what, ending) in endings {
            let count = ends().filter(|end| ending(end)).count() as f64;
            let what = format!("synchronous retrievals, {:.0} % noise: {what}", noise * 100.0);
            let check = Check::new(what, Estimate::exact(count, &format!("{} retrievals", ends().count())));
            let check = check.in_words_read_as("no oscillation", Bounds::at_most(0.0));
            checks.push(if noise < 0.3 { check.expected("0 of 400") } else { check });
        }
    }
    checks.extend(boundary(config, results)?);
    Ok(Judged::of(checks)
        .with_figure(morphing_figure(config, results)?)
        .remark("Flips that raise V are counted and not judged: nothing says there must be none."))
}

fn morphings(config: &Config) -> Vec<Morphing> {
    let (orders, seed) = (config.scale.pick(10, 40), config.seed);
    let morphing = |set| Morphing { seed, n: 50, p: 150, gamma: 0.1, orders, set };
    (0..config.scale.pick(6, 40)).map(morphing).collect()
}

/// Place and sharpness of the boundary between two memories, of which arXiv:2605.00366 publishes words only.
fn boundary(config: &Config, results: &Results) -> Result<Vec<Check>, ReproError> {
    let found = results.all(&morphings(config))?;
    let figure = |value: fn(&MorphingFound) -> Option<f64>| {
        let values: Vec<f64> = found.iter().filter_map(value).collect();
        mean_of_sets(&values, "pairs", config)
    };
    Ok(vec![
        Check::new("morphing: share of bits switched at the boundary", figure(|way| way.boundary)?),
        Check::new("morphing: width of the boundary, as a share of the way", figure(|way| way.width)?)
            .in_words("sharp, like a phase transition (arXiv:2605.00366)"),
        Check::new(
            "morphing: steps at the boundary over steps at the ends",
            figure(|way| Some(way.slowing))?,
        )
        .in_words_read_as("critical slowing down (arXiv:2605.00366)", Bounds::at_least(1.0)),
    ])
}

/// What is measured along the way.
type Measured = fn(&Place) -> f64;

fn morphing_figure(config: &Config, results: &Results) -> Result<Figure, ReproError> {
    let units = morphings(config);
    let found = results.all(&units)?;
    let mut series = Vec::new();
    let curves: [(&str, Measured); 3] = [
        ("ends at the first pattern", |place| place.to_first),
        ("ends at the second pattern", |place| place.to_second),
        ("sweeps to the end, in tens", |place| place.sweeps * 0.1),
    ];
    for (label, value) in curves {
        let mut points = Vec::new();
        for place in 0..PLACES {
            let values: Vec<f64> = found.iter().map(|way| value(&way.places[place])).collect();
            let mean = mean_of_sets(&values, "pairs", config)?;
            points.push(mean.at(place as f64 / (PLACES - 1) as f64));
        }
        series.push(Series { label: label.to_owned(), look: Look::Banded, points });
    }
    Ok(Figure {
        name: "morphing",
        title: "Retrieval on the way from one stored pattern to another".to_owned(),
        setting: format!(
            "KLR, N = 50, P = 150, γ = 0.1, asynchronous; bits that differ are switched in random order, {} pairs of {} orders. \
             Bands: 95 % bootstrap over pairs.{}",
            units.len(),
            units[0].orders,
            scale_words(config.scale)
        ),
        x: Axis::linear("share of the differing bits that are switched", 0.0, 1.0),
        y: Axis::linear("share of retrievals (sweeps: in tens)", 0.0, 1.02),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

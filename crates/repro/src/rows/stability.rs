//! Row 12: does the pseudo-energy fall, and do synchronous updates alternate?

use super::retrieval::letter_sets;
use super::{Judged, Row, boxed, scale_words};
use crate::Config;
use crate::check::Check;
use crate::error::Error;
use crate::estimate::Estimate;
use crate::work::{EnergyDescent, Morphing, PLACES, Results, Work, level};
use klr_figure::{Axis, Content, Figure, Look, Sample, Series};

pub(super) fn rows() -> Vec<Row> {
    vec![Row {
        number: 12,
        what: "The pseudo-energy falls at every flip; synchronous updates do not alternate",
        source: "arXiv:2605.05978, Section 3 and Appendix A",
        work: |config| {
            let mut units: Vec<Box<dyn Work>> = boxed(descents(config));
            units.extend(boxed(letter_sets(config)));
            units.extend(boxed(morphings(config)));
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

fn judge(config: &Config, results: &Results) -> Result<Judged, Error> {
    let (mut flips, mut raised) = (0.0, 0.0);
    for unit in &descents(config) {
        let record = results.of(unit)?;
        flips += record.one("flips")?;
        raised += record.one("raised")?;
    }
    let mut checks = vec![
        Check::new(
            "asynchronous flips that raised V, 20 % noise",
            Estimate::exact(raised, &format!("{flips} flips")),
        )
        .published("V is not strictly a Lyapunov function")
        .expected("0 of 3936"),
    ];
    let units = letter_sets(config);
    for noise in [0.2, 0.4] {
        for (what, name) in [("2-cycles", "two_cycle"), ("runs out of steps", "step_limit")] {
            let (mut count, mut runs) = (0.0, 0);
            for unit in &units {
                let flags = results.of(unit)?.get(&level(noise, &format!("sync/{name}")))?;
                count += flags.iter().sum::<f64>();
                runs += flags.len();
            }
            let what = format!("synchronous retrievals, {:.0} % noise: {what}", noise * 100.0);
            let check = Check::new(what, Estimate::exact(count, &format!("{runs} retrievals")));
            checks.push(check.published("no oscillation").expected(if noise < 0.3 {
                "0 of 400"
            } else {
                "-"
            }));
        }
    }
    checks.extend(boundary(config, results)?);
    Ok(Judged::of(checks)
        .with_figure(morphing_figure(config, results)?)
        .remark("Counts are reported, not judged: nothing says they must be 0."))
}

fn morphings(config: &Config) -> Vec<Morphing> {
    let (orders, seed) = (config.scale.pick(10, 40), config.seed);
    let morphing = |set| Morphing { seed, n: 50, p: 150, gamma: 0.1, orders, set };
    (0..config.scale.pick(6, 40)).map(morphing).collect()
}

/// Place and sharpness of the boundary between two memories, of which arXiv:2605.00366 publishes words only.
fn boundary(config: &Config, results: &Results) -> Result<Vec<Check>, Error> {
    let figure = |name: &str| -> Result<Estimate, Error> {
        let units = morphings(config);
        let lists = units.iter().map(|unit| {
            let value = results.of(unit)?.one(name)?;
            Ok(if value.is_nan() { Vec::new() } else { vec![value] })
        });
        Estimate::mean(&lists.collect::<Result<Vec<_>, Error>>()?, "pairs", config.seed)
    };
    Ok(vec![
        Check::new("morphing: share of bits switched at the boundary", figure("boundary")?),
        Check::new("morphing: width of the boundary, as a share of the way", figure("width")?)
            .published("sharp, like a phase transition (arXiv:2605.00366)"),
        Check::new("morphing: steps at the boundary over steps at the ends", figure("slowing")?)
            .published("critical slowing down (arXiv:2605.00366)"),
    ])
}

fn morphing_figure(config: &Config, results: &Results) -> Result<Figure, Error> {
    let units = morphings(config);
    let mut series = Vec::new();
    for (name, label, scale) in [
        ("to_first", "ends at the first pattern", 1.0),
        ("to_second", "ends at the second pattern", 1.0),
        ("steps", "sweeps to the end, in tens", 0.1),
    ] {
        let mut points = Vec::new();
        for place in 0..PLACES {
            let lists = units.iter().map(|unit| Ok(vec![results.of(unit)?.get(name)?[place] * scale]));
            let e = Estimate::mean(&lists.collect::<Result<Vec<_>, Error>>()?, "pairs", config.seed)?;
            let x = place as f64 / (PLACES - 1) as f64;
            points.push(Sample { x, y: e.value, low: e.low, high: e.high });
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

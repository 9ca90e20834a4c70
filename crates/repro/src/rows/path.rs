//! Rows 13 and 19: the edge of stability, and how straight training goes (arXiv:2609.16827, arXiv:2609.16805).

use super::{Judged, Row, boxed, scale_words};
use crate::Config;
use crate::check::{Band, Check};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::work::{Paths, Results, Way};
use klr_analysis::path::{Metric, stays_below};
use klr_figure::{Axis, Content, Figure, Guide, Look, Sample, Series};

/// Step sizes of the published trajectories.
const ETAS: [f64; 3] = [0.05, 0.1, 0.2];

/// Epochs of the published trajectories.
const EPOCHS: u32 = 300;

/// Epochs that the figure shows: what happens, happens in the first.
const SHOWN: usize = 120;

/// Neurons of a set that are followed.
const NEURONS: usize = 5;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 13,
            what: "Edge of stability: N=50, P/N=2, gamma=0.02",
            source: "arXiv:2609.16827",
            work: |config| boxed(ETAS.into_iter().flat_map(|eta| edge(config, eta))),
            judge: judge_edge,
        },
        Row {
            number: 19,
            what: "Path length: gradient descent against natural gradient, N=50, P=100, gamma=0.02",
            source: "arXiv:2609.16805",
            work: |config| boxed(WAYS.into_iter().flat_map(|(_, way)| straightness(config, way))),
            judge: judge_straightness,
        },
    ]
}

fn edge(config: &Config, eta: f64) -> Vec<Paths> {
    let path = |set| Paths {
        seed: config.seed,
        n: 50,
        p: 100,
        gamma: 0.02,
        way: Way::Gradient,
        eta,
        epochs: EPOCHS,
        neurons: NEURONS,
        curvature: true,
        set,
    };
    (0..config.scale.pick(2, 10)).map(path).collect()
}

/// The trajectories of the largest eigenvalue, one list per set.
fn trajectories(config: &Config, results: &Results, eta: f64) -> Result<Vec<Vec<Vec<f64>>>, Error> {
    let of_set = |unit: &Paths| -> Result<Vec<Vec<f64>>, Error> {
        let record = results.of(unit)?;
        (0..NEURONS).map(|i| Ok(record.get(&format!("lambda_max/{i}"))?.to_vec())).collect()
    };
    edge(config, eta).iter().map(of_set).collect()
}

fn judge_edge(config: &Config, results: &Results) -> Result<Judged, Error> {
    let mut judged = Judged::default();
    let mut series = Vec::new();
    let mut guides = Vec::new();
    for eta in ETAS {
        let sets = trajectories(config, results, eta)?;
        let at = |epoch: usize| -> Result<Estimate, Error> {
            let lists: Vec<Vec<f64>> =
                sets.iter().map(|set| set.iter().map(|path| path[epoch]).collect()).collect();
            Estimate::mean(&lists, "paths", config.seed)
        };
        if judged.checks.is_empty() {
            judged.checks.push(
                Check::new("largest eigenvalue of H at the start", at(0)?)
                    .published("above 50")
                    .expected("55.5")
                    .within(Band::between(54.0, 57.0), config.scale),
            );
        }
        let limit = 2.0 / eta;
        let left = |path: &Vec<f64>| stays_below(path, limit).map_or(f64::from(EPOCHS), |epoch| epoch as f64);
        let epochs: Vec<Vec<f64>> = sets.iter().map(|set| set.iter().map(left).collect()).collect();
        let what = format!("epoch from which it stays below 2/eta = {limit}, eta={eta}");
        judged.checks.push(
            Check::new(what, Estimate::mean(&epochs, "paths", config.seed)?)
                .published("leaves the boundary at 30 to 40")
                .claimed(Band::at_most(40.0), "some neurons come back to the boundary after epoch 40"),
        );
        let mut points = Vec::new();
        for epoch in 0..=SHOWN {
            let e = at(epoch)?;
            points.push(Sample { x: epoch as f64, y: e.value, low: e.low, high: e.high });
        }
        series.push(Series { label: format!("η = {eta}"), look: Look::Banded, points });
        guides.push(Guide {
            label: format!("2/η = {limit}"),
            points: vec![(0.0, limit), (SHOWN as f64, limit)],
        });
    }
    let figure = Figure {
        name: "edge-of-stability",
        title: "Curvature along gradient descent".to_owned(),
        setting: format!(
            "N = 50, P = 100, γ = 0.02, λ = 0.01: mean over {NEURONS} neurons of each of {} sets, 95 % bootstrap over sets.{}",
            edge(config, 0.1).len(),
            scale_words(config.scale)
        ),
        x: Axis::linear("epoch (updates of gradient descent)", 0.0, SHOWN as f64),
        y: Axis::linear("largest eigenvalue of the Hessian", 0.0, 60.0),
        content: Content::Curves { series, guides },
    };
    Ok(judged.with_figure(figure).remark(
        "With eta=0.05 the boundary is last crossed early, and the oscillation goes on below it; with every step size it ends soon after epoch 40.",
    ))
}

/// The ways that are compared; the paper's damping is 1e-3.
const WAYS: [(&str, Way); 4] = [
    ("gradient descent", Way::Gradient),
    ("natural gradient, metric of the dual variables", Way::Natural(Metric::Dual, 1e-3)),
    ("natural gradient, with the penalty's curvature", Way::Natural(Metric::DualWithPenalty, 1e-3)),
    ("natural gradient, metric of the fields", Way::Natural(Metric::Function, 1e-3)),
];

fn straightness(config: &Config, way: Way) -> Vec<Paths> {
    let path = |set| Paths {
        seed: config.seed,
        n: 50,
        p: 100,
        gamma: 0.02,
        way,
        eta: 0.1,
        epochs: EPOCHS,
        neurons: config.scale.pick(2, NEURONS),
        curvature: false,
        set,
    };
    (0..config.scale.pick(2, 10)).map(path).collect()
}

fn judge_straightness(config: &Config, results: &Results) -> Result<Judged, Error> {
    let ratio = |way: Way, name: &str| -> Result<Estimate, Error> {
        let units = straightness(config, way);
        let lists = units.iter().map(|unit| Ok(results.of(unit)?.get(name)?.to_vec()));
        Estimate::mean(&lists.collect::<Result<Vec<_>, Error>>()?, "paths", config.seed)
    };
    let mut checks = Vec::new();
    for (words, way) in WAYS {
        for (space, name) in [("dual variables", "dual_ratio"), ("fields", "field_ratio")] {
            let check = Check::new(format!("path over distance of the {space}, {words}"), ratio(way, name)?);
            checks.push(match (way, name) {
                (Way::Gradient, "dual_ratio") => {
                    check.published("8.9").within(Band::between(7.0, 11.0), config.scale)
                }
                (Way::Natural(Metric::Dual, _), "dual_ratio") => {
                    check.published("1.0").within(Band::at_most(1.2), config.scale)
                }
                _ => check,
            });
        }
    }
    Ok(Judged::of(checks).remark(format!(
        "{EPOCHS} epochs at eta=0.1 from zero. The paper holds a fifth of the patterns out and does not say in which space it measures."
    )))
}

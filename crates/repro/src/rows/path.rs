//! Rows 13 and 19: the edge of stability, and how straight training goes (arXiv:2609.16827, arXiv:2609.16805).

use super::{Judged, ResultRow, scale_words};
use crate::Config;
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{PathFound, Paths, Results, Way, tasks};
use klr_analysis::path::{Metric, stays_below};
use klr_figure::{Axis, Content, Figure, Guide, Look, Series};

/// Step sizes of the published trajectories.
const ETAS: [f64; 3] = [0.05, 0.1, 0.2];

/// Epochs of the published trajectories.
const EPOCHS: u32 = 300;

/// Epochs that the figure shows: what happens, happens in the first.
const SHOWN: usize = 120;

/// Neurons of a set that are followed.
const NEURONS: usize = 5;

pub(super) fn rows() -> Vec<ResultRow> {
    vec![
        ResultRow {
            number: 13,
            what: "Edge of stability: N=50, P/N=2, gamma=0.02",
            source: "arXiv:2609.16827",
            work: |config| tasks(ETAS.into_iter().flat_map(|eta| edge(config, eta))),
            judge: judge_edge,
        },
        ResultRow {
            number: 19,
            what: "Path length: gradient descent against natural gradient, N=50, P=100, gamma=0.02",
            source: "arXiv:2609.16805",
            work: |config| tasks(WAYS.into_iter().flat_map(|(_, way)| straightness(config, way))),
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

/// The mean of a value over the paths of all sets.
fn mean(
    sets: &[Vec<PathFound>],
    value: impl Fn(&PathFound) -> f64,
    config: &Config,
) -> Result<Estimate, ReproError> {
    let lists: Vec<Vec<f64>> = sets.iter().map(|set| set.iter().map(&value).collect()).collect();
    Estimate::mean(&lists, "paths", config.seed)
}

fn judge_edge(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let mut judged = Judged::default();
    let mut series = Vec::new();
    let mut guides = Vec::new();
    for eta in ETAS {
        let sets = results.all(&edge(config, eta))?;
        let at = |epoch: usize| mean(&sets, |path| path.lambda_max[epoch], config);
        if judged.checks.is_empty() {
            judged.checks.push(
                Check::new("largest eigenvalue of H at the start", at(0)?)
                    .published("above 50", Bounds::at_least(50.0))
                    .expected("55.5")
                    .within(Bounds::between(54.0, 57.0), config.scale),
            );
        }
        let limit = 2.0 / eta;
        let left = |path: &PathFound| {
            stays_below(&path.lambda_max, limit).map_or(f64::from(EPOCHS), |epoch| epoch as f64)
        };
        let what = format!("epoch from which it stays below 2/eta = {limit}, eta={eta}");
        judged.checks.push(
            Check::new(what, mean(&sets, left, config)?)
                .published("leaves the boundary at 30 to 40", Bounds::between(30.0, 40.0))
                .because("at this step size the boundary is left at another time"),
        );
        let mut points = Vec::new();
        for epoch in 0..=SHOWN {
            points.push(at(epoch)?.at(epoch as f64));
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

fn judge_straightness(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let mut checks = Vec::new();
    for (words, way) in WAYS {
        let sets = results.all(&straightness(config, way))?;
        let check = |space: &str, ratio: fn(&PathFound) -> f64| -> Result<Check, ReproError> {
            let what = format!("path over distance of the {space}, {words}");
            Ok(Check::new(what, mean(&sets, ratio, config)?))
        };
        let duals = check("dual variables", |path| path.dual_ratio)?;
        checks.push(match way {
            Way::Gradient => duals
                .published("8.9", Bounds::around(8.9, 0.05))
                .within(Bounds::between(7.0, 11.0), config.scale)
                .chosen("the length is taken in the space of the dual variables; in that of the fields it is ten times this"),
            Way::Natural(Metric::Dual, _) => duals
                .published("1.0", Bounds::around(1.0, 0.05))
                .within(Bounds::at_most(1.2), config.scale),
            Way::Natural(..) => duals,
        });
        checks.push(check("fields", |path| path.field_ratio)?);
    }
    Ok(Judged::of(checks).remark(format!(
        "{EPOCHS} epochs at eta=0.1 from zero. The paper holds a fifth of the patterns out and does not say in which space it measures."
    )))
}

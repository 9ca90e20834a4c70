//! Row 20: the phase diagram over kernel width and load (arXiv:2609.16827).

use super::{Judged, ResultRow, scale_words};
use crate::Config;
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{PhaseAt, Results, tasks};
use klr_analysis::phase::GridPoint;
use klr_figure::{Axis, Cell, Content, DataPoint, Figure, Look, Series};

const GAMMAS: (f64, f64) = (1e-4, 10.0);
const LOADS: (f64, f64) = (0.1, 6.0);

pub(super) fn rows() -> Vec<ResultRow> {
    vec![ResultRow {
        number: 20,
        what: "Phase diagram over gamma and P/N, N=50",
        source: "arXiv:2609.16827",
        work: |config| tasks(points(config)),
        judge,
    }]
}

/// Points per axis.
const fn side(config: &Config) -> usize {
    config.scale.pick(8, 30)
}

fn gammas(config: &Config) -> Vec<f64> {
    let last = (side(config) - 1) as f64;
    (0..side(config)).map(|k| GAMMAS.0 * (GAMMAS.1 / GAMMAS.0).powf(k as f64 / last)).collect()
}

fn loads(config: &Config) -> Vec<f64> {
    let last = (side(config) - 1) as f64;
    (0..side(config)).map(|k| LOADS.0 + (LOADS.1 - LOADS.0) * k as f64 / last).collect()
}

fn points(config: &Config) -> Vec<PhaseAt> {
    let at = |gamma, load| PhaseAt {
        seed: config.seed,
        n: 50,
        gammas: gammas(config),
        loads: loads(config),
        at: GridPoint { gamma, load },
    };
    (0..side(config)).flat_map(|gamma| (0..side(config)).map(move |load| at(gamma, load))).collect()
}

/// A point with what was found there.
struct Found {
    gamma: f64,
    load: f64,
    recall: f64,
}

fn judge(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let (gammas, loads) = (gammas(config), loads(config));
    let find = |unit: &PhaseAt| -> Result<Found, ReproError> {
        let recall = results.of(unit)?;
        Ok(Found { gamma: gammas[unit.at.gamma], load: loads[unit.at.load], recall })
    };
    let found: Vec<Found> = points(config).iter().map(find).collect::<Result<_, ReproError>>()?;
    let region = |what: &str, inside: &dyn Fn(&Found) -> bool| {
        let values: Vec<f64> = found.iter().filter(|f| inside(f)).map(|f| f.recall).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sample = format!("{} points of the grid, 10 cues each", values.len());
        Check::new(format!("mean recall where {what}"), Estimate::exact(mean, &sample))
    };
    let functional =
        region("gamma is 0.1 to 1 and P/N at most 3", &|f| (0.1..=1.0).contains(&f.gamma) && f.load <= 3.0);
    let collapsed =
        region("gamma is at most 0.005 and P/N at least 1", &|f| f.gamma <= 0.005 && f.load >= 1.0);
    let mut onset = Vec::new();
    for &load in &loads {
        let row = || found.iter().filter(move |f| f.load.to_bits() == load.to_bits());
        onset.extend(row().find(|f| f.recall >= 0.5).map(|f| DataPoint::exact(f.gamma, load)));
    }
    let boundary = onset.iter().filter(|s| s.y >= 1.0).map(|s| s.x.log10());
    let boundary: Vec<f64> = boundary.collect();
    let mean = 10_f64.powf(boundary.iter().sum::<f64>() / boundary.len() as f64);
    let where_it_begins = Check::new(
        "gamma at which half the cues are recalled, geometric mean over loads from 1",
        Estimate::exact(mean, &format!("{} loads", boundary.len())),
    )
    .in_words("a boundary, without numbers");
    let checks = vec![
        functional.in_words("functional").within(Bounds::at_least(0.9), config.scale),
        collapsed.in_words("collapsed").within(Bounds::at_most(0.1), config.scale),
        where_it_begins,
    ];
    let figure = figure(config, &found, onset);
    Ok(Judged::of(checks).with_figure(figure).remark(
        "Solved to the optimum, as the paper's static maps are (L-BFGS there, Newton here); one pattern set and ten cues per point.",
    ))
}

fn figure(config: &Config, found: &[Found], onset: Vec<DataPoint>) -> Figure {
    let last = (side(config) - 1) as f64;
    let ratio = (GAMMAS.1 / GAMMAS.0).powf(0.5 / last);
    let half = 0.5 * (LOADS.1 - LOADS.0) / last;
    let cell = |f: &Found| Cell {
        x: (f.gamma / ratio, f.gamma * ratio),
        y: (f.load - half, f.load + half),
        value: Some(f.recall),
    };
    Figure {
        name: "phase-diagram",
        title: "Where KLR recalls: phase diagram over kernel width and load".to_owned(),
        setting: format!(
            "N = 50, λ = 0.01, solved to the optimum; 10 cues per point with 10 of 50 bits flipped, synchronous, at most 30 steps; {0} x {0} points.{1}",
            side(config),
            scale_words(config.scale)
        ),
        x: Axis::logarithmic("kernel parameter γ (larger is narrower)", GAMMAS.0 / ratio, GAMMAS.1 * ratio),
        y: Axis::linear("load P/N (patterns per neuron)", LOADS.0 - half, LOADS.1 + half),
        content: Content::Map {
            legend: "share of cues recalled exactly".to_owned(),
            cells: found.iter().map(cell).collect(),
            series: vec![Series {
                label: "smallest γ with recall of at least one half".to_owned(),
                look: Look::Marked,
                points: onset,
            }],
        },
    }
}

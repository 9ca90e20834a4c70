//! Row 14: the cliff of sequence capacity (arXiv:2605.00366).

use super::{Judged, Row, boxed};
use crate::error::Error;
use crate::repro::Config;
use crate::repro::check::{Band, Check};
use crate::repro::estimate::Estimate;
use crate::repro::work::{Results, Sequence, Solver};

pub(super) const N: usize = 100;

pub(super) fn rows() -> Vec<Row> {
    vec![Row {
        number: 14,
        what: "Sequences: the cliff near P/N=16 with gradient descent, N=100, gamma=0.02",
        source: "arXiv:2605.00366 (abstract; N and gamma are not published)",
        work: |config| boxed(walks(config, Solver::Descent)),
        judge: judge_descent,
    }]
}

pub(super) fn loads(config: &Config) -> &'static [usize] {
    config.scale.pick(&[15, 17], &[10, 12, 14, 15, 16, 17, 18, 20])
}

pub(super) fn walks(config: &Config, solver: Solver) -> Vec<Sequence> {
    loads(config).iter().flat_map(|&load| at(config, solver, load)).collect()
}

fn at(config: &Config, solver: Solver, load: usize) -> Vec<Sequence> {
    let seed = config.seed;
    let walk = |set| Sequence { seed, n: N, p: N * load, gamma: 0.02, solver, set };
    (0..config.scale.pick(1, 5)).map(walk).collect()
}

pub(super) fn figure_of(
    config: &Config,
    results: &Results,
    (solver, load): (Solver, usize),
    name: &str,
) -> Result<Estimate, Error> {
    let units = at(config, solver, load);
    let per_set = units.iter().map(|unit| Ok(vec![results.of(unit)?.one(name)?]));
    Estimate::mean(&per_set.collect::<Result<Vec<_>, Error>>()?, "sequences", config.seed)
}

fn judge_descent(config: &Config, results: &Results) -> Result<Judged, Error> {
    let measured = |load, name: &str| figure_of(config, results, (Solver::Descent, load), name);
    let mut checks = Vec::new();
    for &load in loads(config) {
        let check = Check::new(format!("error-free prefix at P/N={load}, gradient descent"), measured(load, "prefix")?);
        checks.push(match load {
            15 => check.expected("1.0 (5 of 5 seeds)").within(Band::at_least(1.0), config.scale),
            16 => check.published("the limit is near 16").expected("0 to 0.13"),
            17 => check.published("collapse").expected("0").within(Band::at_most(0.2), config.scale),
            _ => check,
        });
        let diverged = measured(load, "diverged")?;
        checks.push(Check::new(
            format!("share of trainings at P/N={load} that ended oscillating or diverged"),
            diverged,
        ));
    }
    Ok(Judged::of(checks))
}

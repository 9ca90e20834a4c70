//! Rows 14 and 15: the cliff of sequence capacity (arXiv:2605.00366), and what becomes of it with a solver that
//! converges.

use super::{Judged, Row, boxed, scale_words};
use crate::Config;
use crate::check::{Band, Check};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::work::{Results, Sequence, Solver};
use klr_figure::{Axis, Content, Figure, Look, Sample, Series};

const N: usize = 100;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 14,
            what: "Sequences: the cliff near P/N=16 with gradient descent, N=100, gamma=0.02",
            source: "arXiv:2605.00366 (abstract; N and gamma are not published)",
            work: |config| {
                // The figure shows both solvers.
                let mut units = boxed(walks(config, Solver::Descent));
                units.extend(boxed(walks(config, Solver::Newton)));
                units
            },
            judge: judge_descent,
        },
        Row {
            number: 15,
            what: "The same sequences with a convergent solver",
            source: "not in a paper; independent simulation",
            work: |config| boxed(walks(config, Solver::Newton)),
            judge: judge_newton,
        },
    ]
}

fn loads(config: &Config, solver: Solver) -> &'static [usize] {
    match solver {
        Solver::Descent => config.scale.pick(&[15, 17], &[10, 12, 14, 15, 16, 17, 18, 20]),
        Solver::Newton => config.scale.pick(&[18], &[15, 16, 17, 18, 20]),
    }
}

fn walks(config: &Config, solver: Solver) -> Vec<Sequence> {
    loads(config, solver).iter().flat_map(|&load| at(config, solver, load)).collect()
}

fn at(config: &Config, solver: Solver, load: usize) -> Vec<Sequence> {
    let seed = config.seed;
    let walk = |set| Sequence { seed, n: N, p: N * load, gamma: 0.02, solver, set };
    (0..config.scale.pick(1, 5)).map(walk).collect()
}

fn figure_of(
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
    for &load in loads(config, Solver::Descent) {
        let check = Check::new(
            format!("error-free prefix at P/N={load}, gradient descent"),
            measured(load, "prefix")?,
        );
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
    Ok(Judged::of(checks)
        .with_figure(figure(config, results)?)
        .remark("Beyond P/N=16 gradient descent at eta=0.1 has not converged after 500 updates; what is measured there is an oscillation."))
}

fn judge_newton(config: &Config, results: &Results) -> Result<Judged, Error> {
    let measured = |load, name: &str| figure_of(config, results, (Solver::Newton, load), name);
    let mut checks = Vec::new();
    for &load in loads(config, Solver::Newton) {
        let what = format!("transitions in time at P/N={load}, Newton");
        let check = Check::new(what, measured(load, "in_time")?).expected("1.0");
        checks.push(if load == 18 { check.within(Band::at_least(1.0), config.scale) } else { check });
        let what = format!("share of solutions at P/N={load} certified at the optimum");
        checks.push(Check::new(what, measured(load, "converged")?));
    }
    Ok(Judged::of(checks).remark("Where gradient descent breaks down, the same kernel, patterns and penalty hold: the published cliff is that of the step size, not of the memory. Figure: row 14."))
}

fn figure(config: &Config, results: &Results) -> Result<Figure, Error> {
    let mut series = Vec::new();
    for (solver, name, label) in [
        (Solver::Descent, "prefix", "gradient descent (η = 0.1, 500 updates): error-free prefix"),
        (Solver::Descent, "bit_accuracy", "gradient descent: right bits after one step"),
        (Solver::Newton, "prefix", "Newton to the optimum: error-free prefix"),
    ] {
        let mut points = Vec::new();
        for &load in loads(config, solver) {
            let e = figure_of(config, results, (solver, load), name)?;
            points.push(Sample { x: load as f64, y: e.value, low: e.low, high: e.high });
        }
        series.push(Series { label: label.to_owned(), look: Look::Marked, points });
    }
    Ok(Figure {
        name: "sequence-cliff",
        title: "Cyclic sequences of random patterns: the cliff is the solver's".to_owned(),
        setting: format!(
            "N = {N}, γ = 0.02, λ = 0.01, targets are the next patterns; one walk round the cycle, {} sets. Whiskers: 95 % bootstrap over sets.{}",
            config.scale.pick(1, 5),
            scale_words(config.scale)
        ),
        x: Axis::linear("load P/N (patterns per neuron)", 9.0, 21.0),
        y: Axis::linear("share of transitions, or of bits", 0.0, 1.02),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

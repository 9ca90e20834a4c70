//! Rows 14 and 15: the cliff of sequence capacity (arXiv:2605.00366), and what becomes of it with a solver that
//! converges.

use super::{EVERY_ONE, Judged, ResultRow, half_way, mean_of_sets, scale_words};
use crate::Config;
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{Results, Sequence, SequenceFound, Solver, tasks};
use klr_figure::{Axis, Content, Figure, Look, Series};

const N: usize = 100;

pub(super) fn rows() -> Vec<ResultRow> {
    vec![
        ResultRow {
            number: 14,
            what: "Sequences: the cliff near P/N=16 with gradient descent, N=100, gamma=0.02",
            source: "arXiv:2605.00366 (abstract; N and gamma are not published)",
            work: |config| {
                // The figure shows both solvers.
                let mut units = tasks(walks(config, Solver::Descent));
                units.extend(tasks(walks(config, Solver::Newton)));
                units
            },
            judge: judge_descent,
        },
        ResultRow {
            number: 15,
            what: "The same sequences with a convergent solver",
            source: "not in a paper; independent simulation",
            work: |config| tasks(walks(config, Solver::Newton)),
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

/// What had to be guessed of the setting.
const GUESSED: &str = "N = 100 and gamma = 0.02, at which the cliff is where it is published";

/// One figure of a sequence.
type Measure = fn(&SequenceFound) -> f64;

fn figure_of(
    config: &Config,
    results: &Results,
    (solver, load): (Solver, usize),
    value: Measure,
) -> Result<Estimate, ReproError> {
    let found = results.all(&at(config, solver, load))?;
    let values: Vec<f64> = found.iter().map(value).collect();
    mean_of_sets(&values, "sequences", config)
}

fn judge_descent(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let measured = |load, value: Measure| figure_of(config, results, (Solver::Descent, load), value);
    let mut checks = Vec::new();
    for &load in loads(config, Solver::Descent) {
        let check = Check::new(
            format!("error-free prefix at P/N={load}, gradient descent"),
            measured(load, |walk| walk.prefix)?,
        );
        checks.push(match load {
            15 => check
                .in_words_read_as("near-perfect below the limit", EVERY_ONE)
                .expected("1.0 (5 of 5 seeds)")
                .within(Bounds::at_least(1.0), config.scale)
                .chosen(GUESSED),
            16 => check.in_words("the limit is near here").expected_between(0.0, 0.13),
            17 => check
                .in_words("complete collapse beyond the limit")
                .expected("0")
                .within(Bounds::at_most(0.2), config.scale)
                .chosen(GUESSED),
            _ => check,
        });
        let diverged = measured(load, |walk| walk.diverged.into())?;
        checks.push(Check::new(
            format!("share of trainings at P/N={load} that ended oscillating or diverged"),
            diverged,
        ));
    }
    let mut prefixes = Vec::new();
    for &load in loads(config, Solver::Descent) {
        prefixes.push((load as f64, measured(load, |walk| walk.prefix)?));
    }
    let sets = format!("{} sets per load", config.scale.pick(1, 5));
    checks.insert(
        0,
        Check::new("load at which half the cycle is walked without an error", half_way(&prefixes, &sets))
            .published("P/N of about 16", Bounds::around(16.0, 0.5))
            .chosen(GUESSED),
    );
    Ok(Judged::of(checks)
        .with_figure(figure(config, results)?)
        .remark("Beyond P/N=16 gradient descent at eta=0.1 has not converged after 500 updates; what is measured there is an oscillation."))
}

fn judge_newton(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let measured = |load, value: Measure| figure_of(config, results, (Solver::Newton, load), value);
    let mut checks = Vec::new();
    for &load in loads(config, Solver::Newton) {
        let what = format!("transitions in time at P/N={load}, Newton");
        let check = Check::new(what, measured(load, |walk| walk.in_time)?).expected("1.0");
        checks.push(if load == 18 { check.within(Bounds::at_least(1.0), config.scale) } else { check });
        let what = format!("share of solutions at P/N={load} certified at the optimum");
        checks.push(Check::new(what, measured(load, |walk| walk.converged.into())?));
    }
    Ok(Judged::of(checks).remark("Where gradient descent breaks down, the same kernel, patterns and penalty hold: the published cliff is that of the step size, not of the memory. Figure: row 14."))
}

fn figure(config: &Config, results: &Results) -> Result<Figure, ReproError> {
    let mut series = Vec::new();
    let curves: [(Solver, Measure, &str); 3] = [
        (Solver::Descent, |walk| walk.prefix, "gradient descent (η = 0.1, 500 updates): error-free prefix"),
        (Solver::Descent, |walk| walk.bit_accuracy, "gradient descent: right bits after one step"),
        (Solver::Newton, |walk| walk.prefix, "Newton to the optimum: error-free prefix"),
    ];
    for (solver, value, label) in curves {
        let mut points = Vec::new();
        for &load in loads(config, solver) {
            points.push(figure_of(config, results, (solver, load), value)?.at(load as f64));
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

//! Rows 1 and 2: the gradient, and what training gives on random patterns.

use super::retrieval::letter_sets;
use super::{Judged, ResultRow, mean_of_sets};
use crate::Config;
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{GradientCheck, Results, RetrievalsFound, Spectrum, tasks};

pub(super) fn rows() -> Vec<ResultRow> {
    vec![
        ResultRow {
            number: 1,
            what: "The gradient is that of the objective (Eq. 2)",
            source: "arXiv:2605.05978, Eq. 2",
            work: |config| tasks(gradients(config)),
            judge: judge_gradient,
        },
        ResultRow {
            number: 2,
            what: "What training gives: N=50, P=150, gamma=0.1",
            source: "independent simulation; the paper prints no such numbers",
            work: |config| {
                let mut units = tasks(letter_sets(config));
                units.extend(tasks(spectra(config)));
                units
            },
            judge: judge_model,
        },
    ]
}

fn gradients(config: &Config) -> Vec<GradientCheck> {
    let gradient = |set| GradientCheck { seed: config.seed, n: 12, p: 9, gamma: 0.05, lambda: 0.01, set };
    (0..config.scale.pick(4, 20)).map(gradient).collect()
}

fn judge_gradient(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let found = results.all(&gradients(config))?;
    let sample = format!("{} random points, N=12, P=9", found.len());
    let check = |words: &str, errors: Vec<f64>| {
        let worst = errors.into_iter().fold(0.0, f64::max);
        let what = format!("largest relative error against central differences, {words}");
        Check::new(what, Estimate::exact(worst, &sample)).within(Bounds::at_most(1e-6), config.scale)
    };
    Ok(Judged::of(vec![
        check("lambda/2 alpha'K alpha", found.iter().map(|errors| errors.kernel_norm).collect()),
        check("lambda/2 alpha'alpha", found.iter().map(|errors| errors.l2).collect()),
    ]))
}

fn spectra(config: &Config) -> Vec<Spectrum> {
    let spectrum = |set| Spectrum { seed: config.seed, n: 50, p: 150, gamma: 0.1, set };
    (0..config.scale.pick(10, 40)).map(spectrum).collect()
}

fn judge_model(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let models = results.all(&letter_sets(config))?;
    let of_models = |value: fn(&RetrievalsFound) -> f64| models.iter().map(value).collect();
    let check = |what: &str, values: Vec<f64>, expected: f64, reach: f64| -> Result<Check, ReproError> {
        Ok(Check::new(what, mean_of_sets(&values, "models", config)?)
            .expected(&expected.to_string())
            .within(Bounds::around(expected, reach), config.scale))
    };
    Ok(Judged::of(vec![
        check("largest eigenvalue of K", results.all(&spectra(config))?, 1.02, 0.02)?,
        check("mean magnitude of alpha", of_models(|model| model.mean_abs_alpha), 3.19, 0.05)?,
        check("mean margin xi h(xi)", of_models(|model| model.mean_margin), 3.20, 0.05)?,
    ])
    .remark("K is nearly the identity here, and alpha is nearly 3.19 xi: what is recalled is what the untrained alpha = xi recalls (row 21)."))
}

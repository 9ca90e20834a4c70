//! Rows 1 and 2: the gradient, and what training gives on random patterns.

use super::retrieval::letter_sets;
use super::{Judged, Row, boxed};
use crate::Config;
use crate::check::{Band, Check};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::work::{GradientCheck, Results, Spectrum};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 1,
            what: "The gradient is that of the objective (Eq. 2)",
            source: "arXiv:2605.05978, Eq. 2",
            work: |config| boxed(gradients(config)),
            judge: judge_gradient,
        },
        Row {
            number: 2,
            what: "What training gives: N=50, P=150, gamma=0.1",
            source: "independent simulation; the paper prints no such numbers",
            work: |config| {
                let mut units = boxed(letter_sets(config));
                units.extend(boxed(spectra(config)));
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

fn judge_gradient(config: &Config, results: &Results) -> Result<Judged, Error> {
    let units = gradients(config);
    let sample = format!("{} random points, N=12, P=9", units.len());
    let mut checks = Vec::new();
    for (penalty, words) in [("kernel-norm", "lambda/2 alpha'K alpha"), ("l2", "lambda/2 alpha'alpha")] {
        let mut worst: f64 = 0.0;
        for unit in &units {
            worst = worst.max(results.of(unit)?.one(penalty)?);
        }
        checks.push(
            Check::new(
                format!("largest relative error against central differences, {words}"),
                Estimate::exact(worst, &sample),
            )
            .within(Band::at_most(1e-6), config.scale),
        );
    }
    Ok(Judged::of(checks))
}

fn spectra(config: &Config) -> Vec<Spectrum> {
    let spectrum = |set| Spectrum { seed: config.seed, n: 50, p: 150, gamma: 0.1, set };
    (0..config.scale.pick(10, 40)).map(spectrum).collect()
}

fn judge_model(config: &Config, results: &Results) -> Result<Judged, Error> {
    let models = boxed(letter_sets(config));
    let spectra = boxed(spectra(config));
    let figure = |name: &str| -> Result<Estimate, Error> {
        let units = if name == "largest_eigenvalue" { &spectra } else { &models };
        let per_set = units.iter().map(|unit| Ok(vec![results.of(&**unit)?.one(name)?]));
        Estimate::mean(&per_set.collect::<Result<Vec<_>, Error>>()?, "models", config.seed)
    };
    let check = |what: &str, name: &str, expected: f64, reach: f64| -> Result<Check, Error> {
        Ok(Check::new(what, figure(name)?)
            .expected(&expected.to_string())
            .within(Band::around(expected, reach), config.scale))
    };
    Ok(Judged::of(vec![
        check("largest eigenvalue of K", "largest_eigenvalue", 1.02, 0.02)?,
        check("mean magnitude of alpha", "mean_abs_alpha", 3.19, 0.05)?,
        check("mean margin xi h(xi)", "mean_margin", 3.20, 0.05)?,
    ])
    .remark("K is nearly the identity here, and alpha is nearly 3.19 xi: what is recalled is what the untrained alpha = xi recalls (row 21)."))
}

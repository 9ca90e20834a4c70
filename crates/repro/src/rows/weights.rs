//! Rows 16 to 18: quantized, pruned and bimodal dual variables (arXiv:2604.20333).

use super::{Judged, Row, boxed, scale_words};
use crate::check::{Band, Check};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::work::{BITS, PRUNED, Results, Weights};
use crate::{Config, Scale};
use klr_figure::{Axis, Content, Figure, Look, Sample, Series};

/// The size at which the published numbers fit; the paper does not state N.
const N: usize = 128;

/// The sizes at which a full run looks.
const SIZES: [usize; 6] = [50, 64, 80, 100, 128, 200];

pub(super) fn rows() -> Vec<Row> {
    let row = |number, what, work, judge| Row {
        number,
        what,
        source: "arXiv:2604.20333 (N is not stated)",
        work,
        judge,
    };
    vec![
        row(16, "2-bit weights: gamma=0.02, P/N=3, N=128", |config| boxed(all(config)), judge_bits),
        row(17, "Pruning 10 % of the weights", |config| boxed(sets(config, N)), judge_pruning),
        row(18, "The dual variables are bimodal at about +-3", |config| boxed(sets(config, N)), judge_modes),
    ]
}

fn sets(config: &Config, n: usize) -> Vec<Weights> {
    let weights = |set| Weights { seed: config.seed, n, p: 3 * n, gamma: 0.02, set };
    (0..config.scale.pick(3, 20)).map(weights).collect()
}

fn sizes(scale: Scale) -> &'static [usize] {
    scale.pick(&[50, N], &SIZES)
}

fn all(config: &Config) -> Vec<Weights> {
    sizes(config.scale).iter().flat_map(|&n| sets(config, n)).collect()
}

fn mean(config: &Config, results: &Results, n: usize, name: &str) -> Result<Estimate, Error> {
    let units = sets(config, n);
    let per_set = units.iter().map(|unit| Ok(vec![results.of(unit)?.one(name)?]));
    Estimate::mean(&per_set.collect::<Result<Vec<_>, Error>>()?, "models", config.seed)
}

/// What gradient descent was doing when the updates ran out.
fn training(config: &Config, results: &Results, n: usize) -> Result<String, Error> {
    let diverged = mean(config, results, n, "diverged")?;
    Ok(format!(
        "At gamma=0.02 the published step size is beyond the edge of stability at the start: at N={n} {:.0} % of the trainings were \
         still oscillating after 500 updates ({}).",
        100.0 * diverged.value,
        diverged.sample
    ))
}

fn judge_bits(config: &Config, results: &Results) -> Result<Judged, Error> {
    let mut checks = vec![
        Check::new("bit accuracy, 2 bits, N=128", mean(config, results, N, "2-bit")?)
            .published("1.0")
            .expected("1.0000")
            .within(Band::at_least(0.999), config.scale),
        Check::new("bit accuracy, 1 bit, N=128", mean(config, results, N, "1-bit")?)
            .published("near perfect"),
        Check::new("bit accuracy, float, N=128", mean(config, results, N, "float")?).published("1.0"),
    ];
    for &n in sizes(config.scale).iter().filter(|&&n| n != N) {
        let expected = match n {
            50 => "0.82 to 0.86",
            64 => "0.94 to 0.99",
            80 => "0.70 to 0.80",
            100 => "0.92",
            200 => "1.0000",
            _ => "-",
        };
        let what = format!("bit accuracy, 2 bits, N={n}");
        checks.push(Check::new(what, mean(config, results, n, "2-bit")?).published("1.0").expected(expected));
    }
    let judged = Judged::of(checks)
        .with_figure(figure(config, results)?)
        .remark("Two lossless bits fit N of about 128 and more, not N of 100 and less: the claim depends on a size that is not stated.");
    Ok(judged.remark(training(config, results, N)?))
}

fn figure(config: &Config, results: &Results) -> Result<Figure, Error> {
    let names = BITS.iter().map(|bits| {
        (
            format!("{bits}-bit"),
            if *bits == 1 { "1 bit (sign about the median)".to_owned() } else { format!("{bits} bits") },
        )
    });
    let pruned = (String::from("pruned"), format!("float, {:.0} % pruned", 100.0 * PRUNED));
    let mut series = Vec::new();
    for (name, label) in names.chain([pruned]) {
        let mut points = Vec::new();
        for &n in sizes(config.scale) {
            let e = mean(config, results, n, &name)?;
            points.push(Sample { x: n as f64, y: e.value, low: e.low, high: e.high });
        }
        series.push(Series { label, look: Look::Marked, points });
    }
    Ok(Figure {
        name: "quantization-by-size",
        title: "One step from the stored patterns with rounded or pruned weights".to_owned(),
        setting: format!(
            "KLR, γ = 0.02, P/N = 3, min-max quantiser over all dual variables, {} sets per N. Whiskers: 95 % bootstrap over sets.{}",
            sets(config, N).len(),
            scale_words(config.scale)
        ),
        x: Axis::linear("neurons N", 40.0, 210.0),
        y: Axis::linear("bit accuracy (share of right bits)", 0.6, 1.02),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

fn judge_pruning(config: &Config, results: &Results) -> Result<Judged, Error> {
    let judged = Judged::of(vec![
        Check::new("bit accuracy, 10 % pruned, N=128", mean(config, results, N, "pruned")?)
            .published("significant drop")
            .expected("0.91 to 0.93")
            .within(Band::between(0.85, 0.95), config.scale),
    ]);
    Ok(judged.remark(training(config, results, N)?))
}

fn judge_modes(config: &Config, results: &Results) -> Result<Judged, Error> {
    let judged = Judged::of(vec![
        Check::new("mean magnitude of alpha, N=128", mean(config, results, N, "mean_abs_alpha")?)
            .published("modes at about +-3.0")
            .expected("3.02")
            .within(Band::around(3.02, 0.15), config.scale),
        Check::new(
            "share of alpha in the valley, |alpha| below half the mean",
            mean(config, results, N, "in_valley")?,
        ),
        Check::new(
            "Sarle's bimodality coefficient (above 5/9: bimodal)",
            mean(config, results, N, "bimodality")?,
        )
        .published("bimodal")
        .within(Band::at_least(5.0 / 9.0), config.scale),
    ]);
    Ok(judged.remark(training(config, results, N)?))
}

//! Rows 16 to 18: quantized, pruned and bimodal dual variables (arXiv:2604.20333).

use super::{EVERY_ONE, Judged, ResultRow, scale_words};
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{BITS, PRUNED, Results, RoundedWeights, WeightsFound, tasks};
use crate::{Config, Scale};
use klr_figure::{Axis, Content, Figure, Look, Series};

/// The size at which the published numbers fit; the paper does not state N.
const N: usize = 128;

/// What had to be guessed of the setting.
const GUESSED: &str = "N = 128, which fits; the paper does not state N";

/// The sizes at which a full run looks.
const SIZES: [usize; 6] = [50, 64, 80, 100, 128, 200];

pub(super) fn rows() -> Vec<ResultRow> {
    let row = |number, what, work, judge| ResultRow {
        number,
        what,
        source: "arXiv:2604.20333 (N is not stated)",
        work,
        judge,
    };
    vec![
        row(16, "2-bit weights: gamma=0.02, P/N=3, by N", |config| tasks(all(config)), judge_bits),
        row(17, "Pruning 10 % of the weights", |config| tasks(models(config, N)), judge_pruning),
        row(
            18,
            "The dual variables are bimodal at about +-3",
            |config| tasks(models(config, N)),
            judge_modes,
        ),
    ]
}

/// The models of each seed. Two-bit accuracy at N of 100 and less has a long tail of bad sets: the twenty of one seed
/// can all but miss it, so that seeds are the clusters here.
fn seeds(config: &Config, n: usize) -> Vec<Vec<RoundedWeights>> {
    // Training takes time as N^4, and no set of N=200 has lost a bit.
    let (seeds, sets) = config.scale.pick((3, 1), (4, if n == 200 { 3 } else { 20 }));
    let of_seed = |seed| {
        let weights = |set| RoundedWeights { seed: config.seed + seed, n, p: 3 * n, gamma: 0.02, set };
        (0..sets).map(weights).collect()
    };
    (0..seeds).map(of_seed).collect()
}

/// All models of a size.
fn models(config: &Config, n: usize) -> Vec<RoundedWeights> {
    seeds(config, n).into_iter().flatten().collect()
}

fn sizes(scale: Scale) -> &'static [usize] {
    scale.pick(&[50, N], &SIZES)
}

fn all(config: &Config) -> Vec<RoundedWeights> {
    sizes(config.scale).iter().flat_map(|&n| models(config, n)).collect()
}

fn mean(
    config: &Config,
    results: &Results,
    n: usize,
    value: impl Fn(&WeightsFound) -> f64,
) -> Result<Estimate, ReproError> {
    let mut of_seeds: Vec<Vec<f64>> = Vec::new();
    for models in seeds(config, n) {
        of_seeds.push(results.all(&models)?.iter().map(&value).collect());
    }
    let sample = format!("{} models, {} seeds", of_seeds.iter().map(Vec::len).sum::<usize>(), of_seeds.len());
    Ok(Estimate { sample, ..Estimate::mean(&of_seeds, "models", config.seed)? })
}

/// The accuracy with weights of so many bits.
fn rounded_to(bits: u32) -> impl Fn(&WeightsFound) -> f64 {
    let at = BITS.iter().position(|&width| width == bits);
    move |found| at.map_or(f64::NAN, |at| found.rounded[at])
}

/// What gradient descent was doing when the updates ran out.
fn training(config: &Config, results: &Results, n: usize) -> Result<String, ReproError> {
    let diverged = mean(config, results, n, |found| found.diverged.into())?;
    Ok(format!(
        "At gamma=0.02 the published step size is beyond the edge of stability at the start: at N={n} {:.0} % of the trainings were \
         still oscillating after 500 updates ({}).",
        100.0 * diverged.value,
        diverged.sample
    ))
}

fn judge_bits(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let mut checks = vec![
        Check::new("bit accuracy, 2 bits, N=128", mean(config, results, N, rounded_to(2))?)
            .published("1.0", EVERY_ONE)
            .expected("1.0000")
            .within(Bounds::at_least(0.999), config.scale)
            .chosen(GUESSED),
        Check::new("bit accuracy, 1 bit, N=128", mean(config, results, N, rounded_to(1))?)
            .in_words("near perfect"),
        Check::new("bit accuracy, float, N=128", mean(config, results, N, |found| found.float)?)
            .published("1.0", EVERY_ONE),
    ];
    for &n in sizes(config.scale).iter().filter(|&&n| n != N) {
        let what = format!("bit accuracy, 2 bits, N={n}");
        let check = Check::new(what, mean(config, results, n, rounded_to(2))?)
            .published("1.0", EVERY_ONE)
            .because("two bits lose nothing at N of about 128 and more, and do at this N; the paper does not state N");
        checks.push(match n {
            50 => check.expected_between(0.82, 0.86),
            64 => check.expected_between(0.94, 0.99),
            80 => check.expected_between(0.70, 0.80),
            100 => check.expected("0.92"),
            200 => check.expected("1.0000"),
            _ => check,
        });
    }
    let judged = Judged::of(checks)
        .with_figure(figure(config, results)?)
        .remark("Two lossless bits fit N of about 128 and more, not N of 100 and less: the claim depends on a size that is not stated.");
    Ok(judged.remark(training(config, results, N)?))
}

fn figure(config: &Config, results: &Results) -> Result<Figure, ReproError> {
    let curve = |label: String, value: &dyn Fn(&WeightsFound) -> f64| -> Result<Series, ReproError> {
        let at = |&n: &usize| Ok(mean(config, results, n, value)?.at(n as f64));
        let points = sizes(config.scale).iter().map(at).collect::<Result<_, ReproError>>()?;
        Ok(Series { label, look: Look::Marked, points })
    };
    let mut series = Vec::new();
    for bits in BITS {
        let label =
            if bits == 1 { "1 bit (sign about the median)".to_owned() } else { format!("{bits} bits") };
        series.push(curve(label, &rounded_to(bits))?);
    }
    series.push(curve(format!("float, {:.0} % pruned", 100.0 * PRUNED), &|found| found.pruned)?);
    Ok(Figure {
        name: "quantization-by-size",
        title: "One step from the stored patterns with rounded or pruned weights".to_owned(),
        setting: format!(
            "KLR, γ = 0.02, P/N = 3, min-max quantiser over all dual variables, {} sets per N up to {N}. Whiskers: 95 % bootstrap over seeds.{}",
            models(config, N).len(),
            scale_words(config.scale)
        ),
        x: Axis::linear("neurons N", 40.0, 210.0),
        y: Axis::linear("bit accuracy (share of right bits)", 0.6, 1.02),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

fn judge_pruning(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let judged = Judged::of(vec![
        Check::new("bit accuracy, 10 % pruned, N=128", mean(config, results, N, |found| found.pruned)?)
            .in_words("significant drop")
            .expected_between(0.91, 0.93)
            .within(Bounds::between(0.85, 0.95), config.scale)
            .chosen(GUESSED),
    ]);
    Ok(judged.remark(training(config, results, N)?))
}

fn judge_modes(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let judged = Judged::of(vec![
        Check::new("mean magnitude of alpha, N=128", mean(config, results, N, |found| found.mean_abs_alpha)?)
            .published("modes at about +-3.0", Bounds::around(3.0, 0.05))
            .expected("3.02")
            .within(Bounds::around(3.02, 0.15), config.scale)
            .chosen(GUESSED),
        Check::new(
            "share of alpha in the valley, |alpha| below half the mean",
            mean(config, results, N, |found| found.in_valley)?,
        ),
        Check::new(
            "Sarle's bimodality coefficient (above 5/9: bimodal)",
            mean(config, results, N, |found| found.bimodality.unwrap_or(f64::NAN))?,
        )
        .in_words("bimodal")
        .within(Bounds::at_least(5.0 / 9.0), config.scale)
        .chosen(GUESSED),
    ]);
    Ok(judged.remark(training(config, results, N)?))
}

//! The tables of `docs/results/2026-11-22-noise-aware.md` on training for noise, by patterns, form and gammas:
//!
//! ```text
//! cargo run --release -p klr-model --example noise_aware -- fixtures/digits64/digits64.npy float 0.05 0.1 0.2
//! cargo run --release -p klr-model --example noise_aware -- random 2 0.1
//! ```
//!
//! The patterns are a NumPy file or `random` (N = 64, P = 1,750); the form is `float` or the bits of a nearest-relative
//! table. For each gamma: recall of `alpha = xi`, of plain training (the same solver without copies), of training for
//! noise at 3 flips, each also with rounded weights; on 2,000 cues of a stream that no training draws from.
#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use klr_model::form::{FormModel, Hits, KernelForm, recall, recall_nearest};
use klr_model::noise::corrupt;
use klr_model::noise_aware::{NoiseAwareConfig, NoiseAwareReport, train_noise_aware};
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams};
use klr_units::{Bits, State, TableForm, WeightRounding};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;

const SEED: u64 = 1;
const CUES: usize = 2000;
const THREADS: NonZeroUsize = NonZeroUsize::new(2).expect("not zero");

fn bits(width: u8) -> Bits {
    Bits::new(width).expect("the widths below are 1 to 16")
}

/// Cues of one kind, and the patterns they come from.
struct Cues {
    name: String,
    states: Vec<State>,
    targets: Vec<usize>,
}

fn cues(patterns: &PatternSet, noise: f64, model: NoiseModel) -> Cues {
    let streams = Streams::new(SEED);
    let targets: Vec<usize> = (0..CUES).map(|cue| cue % patterns.p()).collect();
    let draw = |(at, &mu): (usize, &usize)| {
        corrupt(&patterns.state(mu), noise, model, &mut streams.indexed(Stream::Noise, at as u64))
    };
    let states = targets.iter().enumerate().map(draw).collect();
    let name = match model {
        NoiseModel::Exact => format!("{} flips", noise * patterns.n() as f64),
        NoiseModel::Bernoulli => format!("{} %", 100.0 * noise),
    };
    Cues { name, states, targets }
}

fn score(model: &KlrModel, form: KernelForm, weights: Option<Bits>, cues: &Cues) -> f64 {
    let model = FormModel::new(model, form, weights.map(WeightRounding::unclipped));
    let model = model.expect("a radial basis function has words in every form");
    let ends = recall(&model, &cues.states, &cues.targets, 30, THREADS);
    Hits::of(&ends.iter().map(|end| end.exact).collect::<Vec<_>>()).value()
}

fn trained(
    patterns: &PatternSet,
    gamma: f64,
    copies: u32,
    form: KernelForm,
    lambda: f64,
) -> Result<(KlrModel, NoiseAwareReport), Box<dyn Error>> {
    let base = NoiseAwareConfig::new(3.0 / patterns.n() as f64, NoiseModel::Exact, Streams::new(SEED));
    let config = NoiseAwareConfig { cues_per_pattern: copies, form, lambda, threads: THREADS, ..base };
    // Plain training knows nothing of noise, so recall does not decide when it stops.
    let config = if copies == 0 { NoiseAwareConfig { validation_cues: 0, ..config } } else { config };
    Ok(train_noise_aware(patterns, Kernel::rbf(gamma)?, &config, &mut |_| {})?)
}

fn row(name: &str, values: impl Iterator<Item = f64>) {
    let cells: Vec<String> = values.map(|value| format!("{value:.3}")).collect();
    println!("| {name} | {} |", cells.join(" | "));
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, form, gammas @ ..] = arguments.as_slice() else {
        return Err("wanted: a NumPy file of patterns or random, a form, and gammas".into());
    };
    let patterns = match path.as_str() {
        "random" => PatternSet::random(64, 1750, &mut Streams::new(SEED).stream(Stream::Patterns))?,
        path => klr_model::npy::read_patterns(Path::new(path))?.without_duplicates(),
    };
    let form = match form.as_str() {
        "float" => KernelForm::Float,
        bits => {
            let bits = Bits::new(bits.parse()?).ok_or("a table has 1 to 16 bits")?;
            KernelForm::Words { bits, table: TableForm::NearestRelative, window: None }
        }
    };
    let n = patterns.n() as f64;
    let exact = [0.0, 2.0, 3.0, 4.0, 6.0].map(|flips| cues(&patterns, flips / n, NoiseModel::Exact));
    let bernoulli = [0.05, 0.1].map(|noise| cues(&patterns, noise, NoiseModel::Bernoulli));
    let sets: Vec<Cues> = exact.into_iter().chain(bernoulli).collect();

    println!("N = {n}, P = {}, {CUES} cues, seed {SEED}\n", patterns.p());
    println!("| | {} |", sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(sets.len()));
    row(
        "nearest pattern",
        sets.iter()
            .map(|set| Hits::of(&recall_nearest(&patterns, &set.states, &set.targets, THREADS)).value()),
    );
    for gamma in gammas {
        figures(&patterns, form, gamma.parse()?, &sets)?;
    }
    Ok(())
}

/// The rows of one form and one gamma.
fn figures(patterns: &PatternSet, form: KernelForm, gamma: f64, sets: &[Cues]) -> Result<(), Box<dyn Error>> {
    let recalls = |model: &KlrModel, name: String, weights: Option<Bits>| {
        row(
            &format!("{form}, gamma {gamma}, {name}"),
            sets.iter().map(|set| score(model, form, weights, set)),
        );
    };
    let untrained = KlrModel::untrained(patterns.clone(), Kernel::rbf(gamma)?);
    recalls(&untrained, "`alpha = xi`".into(), None);
    for (name, copies, lambda) in
        [("plain", 0, 0.01), ("R = 4", 4, 0.003), ("R = 16", 16, 0.003), ("R = 16, lambda 0.03", 16, 0.03)]
    {
        let (model, report) = trained(patterns, gamma, copies, form, lambda)?;
        recalls(&model, name.into(), None);
        for width in [8, 4] {
            recalls(&model, format!("{name}, {width}-bit weights"), Some(bits(width)));
        }
        let FitFigures { agreement, spread, margin, updates, kept } = FitFigures::of(&report);
        println!(
            "<!-- {form}, gamma {gamma}, {name}: sign agreement {agreement:.4}, weight spread {spread:.2}, \
             relative margin {margin:.4}, {updates} updates, kept {kept} -->"
        );
    }
    Ok(())
}

/// What a report says beside recall.
struct FitFigures {
    agreement: f64,
    spread: f64,
    margin: f64,
    updates: u32,
    kept: u32,
}

impl FitFigures {
    fn of(report: &NoiseAwareReport) -> Self {
        Self {
            agreement: report.fit.sign_agreement,
            spread: report.weight_spread,
            margin: report.relative_margin,
            updates: report.fit.iterations,
            kept: report.history[report.kept].iteration,
        }
    }
}

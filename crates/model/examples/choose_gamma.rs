//! The tables of `docs/results/2026-11-22-noise-aware.md` on choosing gamma:
//! `cargo run --release -p klr-model --example choose_gamma -- fixtures/digits64/digits64.npy`.
//!
//! First recall at five gammas in seven forms on random patterns (N = 100, P = 3,000, 20 % noise, `alpha = xi`), then
//! what [`choose_gamma`] chooses there and on the file's patterns.
#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use klr_model::form::{FormModel, Hits, KernelForm, WordsError, recall, recall_nearest};
use klr_model::noise::corrupt;
use klr_model::noise_aware::NoiseAwareConfig;
use klr_model::tune::{GammaChoice, Trainer, TuneConfig, choose_gamma};
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, SolveConfig, Stream, Streams};
use klr_units::{Bits, State, TableForm};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;

const SEED: u64 = 1;
const NOISE: f64 = 0.2;
const CUES: usize = 1000;
const THREADS: NonZeroUsize = NonZeroUsize::new(2).expect("not zero");

fn words(bits: u8, table: TableForm) -> KernelForm {
    KernelForm::Words { bits: Bits::new(bits).expect("the widths below are 1 to 16"), table, window: None }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("the first argument is a NumPy file of patterns")?;
    let random = PatternSet::random(100, 3000, &mut Streams::new(SEED).stream(Stream::Patterns))?;
    let absolute = [16, 12, 8].map(|bits| words(bits, TableForm::Absolute));
    let relative = [8, 4, 2].map(|bits| words(bits, TableForm::NearestRelative));
    let forms: Vec<KernelForm> = [KernelForm::Float].into_iter().chain(absolute).chain(relative).collect();
    recall_by_form(&random, &forms)?;

    println!(
        "\n| patterns | noise | trainer | form | gamma | recall | flat from | flat to | verdict | nearest |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let base =
        TuneConfig { threads: THREADS, ..TuneConfig::new(NOISE, NoiseModel::Bernoulli, Streams::new(SEED)) };
    for form in forms {
        line(
            "random",
            "none",
            &choose_gamma(&random, &TuneConfig { form, ..base }, &mut |_, _| {})?,
            form,
            "20 %",
        );
    }
    let digits = klr_model::npy::read_patterns(Path::new(&path))?.without_duplicates();
    let noise = 3.0 / digits.n() as f64;
    let base = TuneConfig { noise, noise_model: NoiseModel::Exact, ..base };
    let aware = NoiseAwareConfig {
        threads: THREADS,
        ..NoiseAwareConfig::new(noise, NoiseModel::Exact, base.streams)
    };
    for form in [
        KernelForm::Float,
        words(8, TableForm::Absolute),
        words(4, TableForm::NearestRelative),
        words(2, TableForm::NearestRelative),
    ] {
        let plain = SolveConfig { threads: THREADS, ..SolveConfig::literature() };
        let trainers = [
            ("none", Trainer::Untrained),
            ("plain", Trainer::Plain(plain)),
            ("for noise", Trainer::NoiseAware(NoiseAwareConfig { form, ..aware })),
        ];
        for (name, trainer) in trainers {
            let config = TuneConfig { form, trainer, ..base };
            line("digits64", name, &choose_gamma(&digits, &config, &mut |_, _| {})?, form, "3 flips");
        }
    }
    Ok(())
}

fn line(patterns: &str, trainer: &str, choice: &GammaChoice, form: KernelForm, noise: &str) {
    let (low, high) = choice.recall.interval();
    println!(
        "| {patterns} | {noise} | {trainer} | {form} | {:.4} | {:.3} ({low:.3} to {high:.3}) | {:.4} | {:.4} | {:?} | {:.3} |",
        choice.gamma,
        choice.recall.value(),
        choice.flat_from,
        choice.flat_to,
        choice.verdict,
        choice.oracle.value()
    );
}

fn recall_by_form(patterns: &PatternSet, forms: &[KernelForm]) -> Result<(), Box<dyn Error>> {
    let streams = Streams::new(SEED);
    let targets: Vec<usize> = (0..CUES).map(|cue| cue % patterns.p()).collect();
    let cue = |(at, &mu): (usize, &usize)| {
        corrupt(
            &patterns.state(mu),
            NOISE,
            NoiseModel::Bernoulli,
            &mut streams.indexed(Stream::Noise, at as u64),
        )
    };
    let cues: Vec<State> = targets.iter().enumerate().map(cue).collect();
    let nearest = Hits::of(&recall_nearest(patterns, &cues, &targets, THREADS));
    println!("nearest pattern: {:.3}\n", nearest.value());
    println!("| gamma | {} |", forms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(forms.len()));
    for gamma in [0.03, 0.05, 0.07, 0.1, 0.15] {
        let model = KlrModel::untrained(patterns.clone(), Kernel::rbf(gamma)?);
        let score = |&form: &KernelForm| {
            let ends = recall(&FormModel::new(&model, form, None)?, &cues, &targets, 30, THREADS);
            let hits = Hits::of(&ends.iter().map(|end| end.exact).collect::<Vec<_>>());
            Ok::<_, WordsError>(format!("{:.3}", hits.value()))
        };
        println!("| {gamma} | {} |", forms.iter().map(score).collect::<Result<Vec<_>, _>>()?.join(" | "));
    }
    Ok(())
}

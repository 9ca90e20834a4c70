//! Is gamma chosen where recall is best, and is it said how sure that is?

use klr_model::form::KernelForm;
use klr_model::noise_aware::NoiseAwareConfig;
use klr_model::tune::{
    GammaChoice, GammaVerdict, Trainer, TuneConfig, choose_gamma, crosstalk_gamma, crosstalk_ratio,
    default_bracket,
};
use klr_model::{NoiseModel, PatternSet, SolveConfig, Stream, Streams};
use klr_units::{Bits, TableForm};
use std::num::NonZeroUsize;

fn random(n: usize, p: usize) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(1).stream(Stream::Patterns)).unwrap()
}

fn config(noise: f64) -> TuneConfig {
    TuneConfig { cues: 300, ..TuneConfig::new(noise, NoiseModel::Bernoulli, Streams::new(1)) }
}

fn choose(patterns: &PatternSet, config: &TuneConfig) -> GammaChoice {
    choose_gamma(patterns, config, &mut |_, _| {}).unwrap()
}

fn table(bits: u8, table: TableForm) -> KernelForm {
    KernelForm::Words { bits: Bits::new(bits).unwrap(), table, window: None }
}

#[test]
fn the_closed_maximum_of_the_crosstalk_estimate_is_that_of_brute_force() {
    for noise in [0.02, 0.1, 0.2, 0.35] {
        let steps = (1..20_000).map(|step| f64::from(step) * 5e-5);
        let ratio = |gamma: &f64| crosstalk_ratio(*gamma, noise, 100, 3000);
        let best = steps.max_by(|a, b| ratio(a).total_cmp(&ratio(b))).unwrap();
        assert!((best - crosstalk_gamma(noise)).abs() < 1e-4, "noise {noise}: {best}");
    }
    // 4.7 and 0.63 at 20 % and 30 % noise, N = 50, P = 150, gamma = 0.1, as measured on arXiv:2605.05978's setting.
    assert!((crosstalk_ratio(0.1, 0.2, 50, 150) - 4.7).abs() < 0.05, "20 %");
    assert!((crosstalk_ratio(0.1, 0.3, 50, 150) - 0.63).abs() < 0.01, "30 %");
    let (from, to) = default_bracket(0.0, 64);
    assert!(from > 0.0 && to.is_finite(), "without noise: {from} to {to}");
}

#[test]
fn an_absolute_table_has_two_cliffs_and_gamma_stays_between_them() {
    let patterns = random(100, 400);
    let chosen = choose(&patterns, &TuneConfig { form: table(8, TableForm::Absolute), ..config(0.2) });
    assert_eq!(chosen.verdict, GammaVerdict::Interior, "recall falls on both sides");
    assert!((0.02..0.07).contains(&chosen.gamma), "gamma {}", chosen.gamma);
    assert!(chosen.recall.value() > 0.95, "recall {}", chosen.recall.value());
    assert!(chosen.flat_from <= chosen.gamma && chosen.gamma <= chosen.flat_to, "inside the flat region");
    let last = chosen.curve.last().unwrap();
    assert_eq!((last.recall.hits, last.dead), (0, 300), "the narrowest kernel is dead at every cue");
    assert!(chosen.curve.is_sorted_by(|a, b| a.gamma < b.gamma), "gamma ascends");
}

#[test]
fn a_plateau_that_does_not_end_is_said_to_be_open() {
    let patterns = random(64, 60);
    let chosen = choose(&patterns, &config(0.05));
    assert_eq!(
        chosen.verdict,
        GammaVerdict::OpenAbove,
        "a float kernel only narrows towards the nearest pattern"
    );
    assert_eq!(chosen.recall.value(), 1.0, "recall at gamma {}", chosen.gamma);
    assert!(chosen.flat_to / chosen.flat_from > 4.0, "wide: {} to {}", chosen.flat_from, chosen.flat_to);
    assert!((chosen.gamma.powi(2) / (chosen.flat_from * chosen.flat_to) - 1.0).abs() < 1e-9, "its middle");
}

#[test]
fn noise_that_nothing_survives_is_said_so() {
    let chosen = choose(&random(20, 400), &config(0.45));
    assert_eq!(chosen.verdict, GammaVerdict::NothingRecalled, "recall {}", chosen.recall.value());
    assert!(chosen.oracle.value() < 0.05, "not even the nearest pattern: {}", chosen.oracle.value());
}

#[test]
fn real_trainers_run_within_their_budget_and_on_any_number_of_threads() {
    let patterns = random(40, 200);
    let aware = NoiseAwareConfig {
        cues_per_pattern: 2,
        iterations: 6,
        ..NoiseAwareConfig::new(0.15, NoiseModel::Bernoulli, Streams::new(2))
    };
    for trainer in [Trainer::Plain(SolveConfig::literature()), Trainer::NoiseAware(aware)] {
        let on = |threads| {
            let threads = NonZeroUsize::new(threads).unwrap();
            let form = table(2, TableForm::NearestRelative);
            choose(&patterns, &TuneConfig { trainer, form, budget: 3, grid: 5, threads, ..config(0.15) })
        };
        let one = on(1);
        assert_eq!(on(3), one, "the same bytes on three threads");
        assert!((1..=6).contains(&one.curve.len()), "{} real trainings", one.curve.len());
        let middle = (one.flat_from * one.flat_to).sqrt();
        assert!((one.gamma / middle - 1.0).abs() < 1e-9, "gamma {} of {middle}", one.gamma);
        assert!(one.surrogate.len() >= 5, "the grid was scored by the surrogate");
        if let Trainer::Plain(_) = trainer {
            let [real] = one.curve[..] else { panic!("one training confirms the choice: {:?}", one.curve) };
            assert_eq!((real.gamma, real.recall), (one.gamma, one.recall), "at the gamma chosen");
        }
        assert!(one.recall.value() > 0.5, "recall {}", one.recall.value());
    }
}

#[test]
fn nonsense_is_refused_by_name() {
    let patterns = random(10, 5);
    let refuse = |config: TuneConfig, expected: &str| {
        assert_eq!(choose_gamma(&patterns, &config, &mut |_, _| {}).unwrap_err().to_string(), expected);
    };
    refuse(config(0.5), "noise is 0.5; it must be at least 0 and below 0.5");
    refuse(config(-0.1), "noise is -0.1; it must be at least 0 and below 0.5");
    refuse(TuneConfig { cues: 0, ..config(0.1) }, "cues is 0; it must be 1 or more");
    refuse(TuneConfig { grid: 2, ..config(0.1) }, "grid is 2; it must be 3 or more");
    refuse(TuneConfig { budget: 0, ..config(0.1) }, "budget is 0; it must be 1 or more");
    let bracket = |from, to| TuneConfig { bracket: Some((from, to)), ..config(0.1) };
    refuse(bracket(0.0, 1.0), "the lower end of the bracket is 0; it must be finite and above 0");
    refuse(
        bracket(0.2, 0.1),
        "the upper end of the bracket is 0.1; it must be finite and above the lower end",
    );
}

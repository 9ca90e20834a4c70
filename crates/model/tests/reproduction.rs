//! Do the published numbers come out? arXiv:2605.05978, Fig. 3: N = 50, P = 150, gamma = 0.1, step size 0.1,
//! lambda = 0.01, 500 updates; and what an independent simulation of the same setting measured.

use klr_model::dynamics::{RetrievalConfig, UpdateRule, VisitOrder, retrieve};
use klr_model::kernel::largest_eigenvalue;
use klr_model::measure::is_exact;
use klr_model::noise::corrupt;
use klr_model::{FitReport, Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams, TrainConfig, train};
use rand::RngExt;

const SETS: u64 = 20;
const CUES_PER_SET: u64 = 60;

fn kernel() -> Kernel {
    Kernel::rbf(0.1).unwrap()
}

fn trained(set: u64) -> (KlrModel, FitReport) {
    let mut rng = Streams::new(2605).indexed(Stream::Patterns, set);
    let patterns = PatternSet::random(50, 150, &mut rng).unwrap();
    train(&patterns, kernel(), &TrainConfig::literature(), &mut |_| {}).unwrap()
}

/// The share of cues from which the stored pattern is recalled exactly.
fn recall(models: &[KlrModel], noise: f64, update: UpdateRule) -> f64 {
    let streams = Streams::new(5978);
    let config = RetrievalConfig { update, max_steps: 30 };
    let hit = |cue: u64| {
        let model = &models[usize::try_from(cue % SETS).unwrap()];
        let mu = streams.indexed(Stream::Cues, cue).random_range(0..model.p());
        let target = model.patterns().state(mu);
        let start = corrupt(&target, noise, NoiseModel::Bernoulli, &mut streams.indexed(Stream::Noise, cue));
        let end = retrieve(model, &start, config, &mut streams.indexed(Stream::Order, cue)).unwrap();
        is_exact(&end.state, &target)
    };
    let cues = SETS * CUES_PER_SET;
    (0..cues).filter(|&cue| hit(cue)).count() as f64 / cues as f64
}

#[test]
fn recall_under_noise_is_that_of_figure_3() {
    let models: Vec<KlrModel> = (0..SETS).map(|set| trained(set).0).collect();
    let orders =
        [VisitOrder::Sequential, VisitOrder::Random, VisitOrder::MostViolated].map(UpdateRule::Asynchronous);
    for update in [UpdateRule::Synchronous].into_iter().chain(orders) {
        let at_20 = recall(&models, 0.2, update);
        assert!((0.92..=0.98).contains(&at_20), "{update:?}: recall at 20 % noise is {at_20}");
        let at_40 = recall(&models, 0.4, update);
        assert!((0.05..=0.15).contains(&at_40), "{update:?}: recall at 40 % noise is {at_40}");
    }
}

#[test]
fn dual_variables_margins_and_the_spectrum_are_those_measured() {
    let fits: Vec<(KlrModel, FitReport)> = (0..SETS).map(trained).collect();
    let mean =
        |value: &dyn Fn(&(KlrModel, FitReport)) -> f64| fits.iter().map(value).sum::<f64>() / SETS as f64;
    let alpha = mean(&|fit| fit.1.mean_abs_alpha);
    assert!((alpha - 3.19).abs() <= 0.05, "mean magnitude of the dual variables: {alpha}");
    let margin = mean(&|fit| fit.1.mean_margin);
    assert!((margin - 3.20).abs() <= 0.05, "mean margin: {margin}");
    let lambda = mean(&|fit| largest_eigenvalue(fit.0.patterns(), &kernel()));
    assert!((lambda - 1.02).abs() <= 0.02, "largest eigenvalue of the Gram matrix: {lambda}");
}

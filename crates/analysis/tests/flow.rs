//! Does the continuous variant do what its theory says, and end where the discrete dynamics ends?

use klr_analysis::flow::{
    Extension, Flow, FlowConfig, FlowError, FlowOutcome, recall_by_flow, retrieve_by_flow,
    retrieve_by_flow_observed,
};
use klr_model::cue::{CueKind, Fill, make_cue};
use klr_model::noise::corrupt;
use klr_model::{
    Kernel, KlrModel, NoiseModel, PatternSet, RetrievalConfig, State, Stream, Streams, Targets, TrainConfig,
    UpdateRule, retrieve, train,
};
use std::num::NonZeroUsize;

fn patterns(n: usize, p: usize) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(21).stream(Stream::Patterns)).unwrap()
}

fn untrained(n: usize, p: usize, gamma: f64) -> KlrModel {
    KlrModel::untrained(patterns(n, p), Kernel::rbf(gamma).unwrap())
}

fn trained(n: usize, p: usize, gamma: f64) -> KlrModel {
    let config = TrainConfig::literature();
    train(&patterns(n, p), Kernel::rbf(gamma).unwrap(), &config, &mut |_| {}).unwrap().0
}

fn cue(model: &KlrModel, mu: usize, noise: f64) -> State {
    let mut rng = Streams::new(22).indexed(Stream::Noise, mu as u64);
    corrupt(&model.patterns().state(mu), noise, NoiseModel::Exact, &mut rng)
}

fn corner(state: &State) -> Vec<f64> {
    state.signs().map(f64::from).collect()
}

/// A point inside the cube.
fn inside(n: usize) -> Vec<f64> {
    (0..n).map(|i| (i as f64 * 2.3 + 0.4).sin() * 0.9).collect()
}

/// Steep enough that the tanh of all but the smallest fields is a sign.
fn steep(extension: Extension) -> FlowConfig {
    let beta = if extension == Extension::Normalised { 30.0 } else { 1e5 };
    FlowConfig { extension, ..FlowConfig::normalised(beta) }
}

#[test]
fn the_fields_are_those_of_their_definitions() {
    let (n, p, gamma) = (70, 9, 0.02);
    let model = trained(n, p, gamma);
    let s = inside(n);
    let kernel = |mu: usize, extension| {
        let xi = corner(&model.patterns().state(mu));
        match extension {
            Extension::InnerProduct => {
                (2.0 * gamma * (s.iter().zip(&xi).map(|(a, b)| a * b).sum::<f64>() - n as f64)).exp()
            }
            _ => (-gamma * s.iter().zip(&xi).map(|(a, b)| (a - b).powi(2)).sum::<f64>()).exp(),
        }
    };
    for extension in Extension::ALL {
        let sum: f64 = (0..p).map(|mu| kernel(mu, extension)).sum();
        let scale = if extension == Extension::Normalised { sum } else { 1.0 };
        let fields = Flow::new(&model, extension).unwrap().fields(&s);
        for (i, &h) in fields.iter().enumerate() {
            let expected: f64 =
                (0..p).map(|mu| model.alpha(mu, i) * kernel(mu, extension)).sum::<f64>() / scale;
            assert!(
                (h - expected).abs() <= 1e-12 * expected.abs().max(1e-3),
                "{extension:?}, neuron {i}: {h}"
            );
        }
    }
}

#[test]
fn at_the_corners_the_fields_are_those_of_the_model() {
    let model = trained(40, 60, 0.05);
    for mu in 0..10 {
        let state = cue(&model, mu, 0.2);
        let sum: f64 = model.kernel_values(&state).iter().sum();
        for extension in Extension::ALL {
            let scale = if extension == Extension::Normalised { sum } else { 1.0 };
            let fields = Flow::new(&model, extension).unwrap().fields(&corner(&state));
            for (i, (h, expected)) in fields.into_iter().zip(model.fields(&state)).enumerate() {
                let off = (h * scale - expected).abs();
                assert!(off <= 1e-12 * sum * 10.0, "{extension:?}, cue {mu}, neuron {i}: off by {off}");
            }
        }
    }
}

#[test]
fn fields_of_the_untrained_memory_are_the_gradient_of_its_energy() {
    // At beta so large that the entropy is nothing, -dE/ds = h: central differences, error about 1e-10 here.
    let model = untrained(30, 12, 0.04);
    let s = inside(30);
    let step = 1e-5;
    for extension in [Extension::InnerProduct, Extension::Normalised] {
        let flow = Flow::new(&model, extension).unwrap();
        let fields = flow.fields(&s);
        for i in 0..30 {
            let energy = |shift: f64| {
                let mut moved = s.clone();
                moved[i] += shift;
                flow.untrained_energy(&moved, 1e30).unwrap()
            };
            let slope = (energy(-step) - energy(step)) / (2.0 * step);
            assert!((slope - fields[i]).abs() < 1e-8, "{extension:?}, neuron {i}: {slope} for {}", fields[i]);
        }
    }
    let distance = Flow::new(&model, Extension::Distance).unwrap();
    assert_eq!(distance.untrained_energy(&s, 1.0), None, "no potential");
}

#[test]
fn the_energy_of_the_untrained_memory_never_rises() {
    let model = untrained(30, 60, 0.06);
    for (extension, beta) in [(Extension::InnerProduct, 50.0), (Extension::Normalised, 2.0)] {
        let config = FlowConfig { extension, tolerance: 1e-8, ..FlowConfig::normalised(beta) };
        let flow = Flow::new(&model, extension).unwrap();
        for mu in 0..20 {
            let mut energies = Vec::new();
            let mut observe = |_: f64, s: &[f64]| energies.push(flow.untrained_energy(s, beta).unwrap());
            let end =
                retrieve_by_flow_observed(&model, &cue(&model, mu, 0.3), &config, &mut observe).unwrap();
            assert_eq!(end.outcome, FlowOutcome::Settled, "{extension:?}, cue {mu}");
            for (at, pair) in energies.windows(2).enumerate() {
                let rise = pair[1] - pair[0];
                assert!(rise <= 1e-7, "{extension:?}, cue {mu}, step {at}: rises by {rise}");
            }
            let fall = energies[0] - energies[energies.len() - 1];
            assert!(fall > 1e-3, "{extension:?}, cue {mu}: falls by {fall} in all");
        }
    }
}

#[test]
fn a_stored_pattern_has_a_fixed_point_beside_it() {
    let model = trained(50, 100, 0.1);
    for extension in Extension::ALL {
        for mu in 0..20 {
            let stored = model.patterns().state(mu);
            let end = retrieve_by_flow(&model, &stored, &steep(extension)).unwrap();
            assert_eq!(
                (end.outcome, &end.state),
                (FlowOutcome::Settled, &stored),
                "{extension:?}, pattern {mu}"
            );
            let off =
                end.components.iter().zip(corner(&stored)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 2e-3, "{extension:?}, pattern {mu}: a component is {off} from its corner");
        }
    }
    // Not steep: fixed points move inwards to x = tanh(beta h), h about 3.2 at its own pattern.
    let end = retrieve_by_flow(&model, &model.patterns().state(0), &FlowConfig::normalised(0.5)).unwrap();
    let flow = Flow::new(&model, Extension::Normalised).unwrap();
    for (x, h) in end.components.iter().zip(flow.fields(&end.components)) {
        assert!((x - (0.5 * h).tanh()).abs() <= 1e-3, "a fixed point to within the criterion");
        assert!((0.85..0.95).contains(&x.abs()), "{x}: tanh(1.6) = 0.92");
    }
}

#[test]
fn a_steep_flow_ends_where_the_discrete_dynamics_does() {
    let model = trained(50, 60, 0.1);
    let config = RetrievalConfig { update: UpdateRule::Synchronous, max_steps: 30 };
    for extension in Extension::ALL {
        for mu in 0..60 {
            let start = cue(&model, mu, 0.16);
            let mut rng = Streams::new(0).stream(Stream::Order);
            let discrete = retrieve(&model, &start, config, &mut rng).unwrap();
            let end = retrieve_by_flow(&model, &start, &steep(extension)).unwrap();
            assert_eq!(end.outcome, FlowOutcome::Settled, "{extension:?}, cue {mu}");
            assert_eq!(end.state, discrete.state, "{extension:?}, cue {mu}");
            assert!(
                model.margins(&end.state).iter().all(|&m| m > 0.0),
                "{extension:?}, cue {mu}: a fixed point"
            );
        }
    }
}

#[test]
fn excluded_bits_start_with_the_signs_of_the_fields_where_they_are_zero() {
    // The claim of `Fill::Excluded`, against an independent computation of it.
    let model = trained(40, 50, 0.05);
    let kind = CueKind::Erasures { share: 0.4, model: NoiseModel::Exact, fill: Fill::Excluded };
    for mu in 0..20 {
        let mut rng = Streams::new(23).indexed(Stream::Noise, mu);
        let cue = make_cue(usize::try_from(mu).unwrap(), kind, model.patterns(), &mut rng).unwrap();
        let mut s = corner(&cue.state);
        (0..40).filter(|&i| cue.hidden.get(i)).for_each(|i| s[i] = 0.0);
        let start = cue.start(&model);
        for extension in Extension::ALL {
            let fields = Flow::new(&model, extension).unwrap().fields(&s);
            let agree = (0..40).all(|i| !cue.hidden.get(i) || (fields[i] > 0.0) == start.get(i));
            assert!(agree, "{extension:?}, cue {mu}");
        }
    }
}

#[test]
fn effort_is_counted_and_limits_are_kept() {
    let model = trained(30, 30, 0.1);
    let start = cue(&model, 3, 0.2);
    let mut observed = 0;
    let config = FlowConfig::normalised(2.0);
    let end = retrieve_by_flow_observed(&model, &start, &config, &mut |_, _| observed += 1).unwrap();
    assert_eq!(end.evaluations, 1 + 6 * (end.steps + end.rejected), "six for each step tried");
    assert_eq!(observed, end.steps + 1, "the start and each step taken");
    // From -1 to 1 a component comes within 1e-3 of the end no sooner than after ln(2 / 1e-3) = 7.6 tau.
    assert!((7.0..30.0).contains(&end.time), "{} tau", end.time);
    let short = FlowConfig { max_time: 0.3, ..config };
    let cut = retrieve_by_flow(&model, &start, &short).unwrap();
    assert_eq!(cut.outcome, FlowOutcome::TimeLimit);
    assert!((cut.time - 0.3).abs() < 1e-12, "stopped at {}", cut.time);
    let few = FlowConfig { max_evaluations: 10, ..config };
    let cut = retrieve_by_flow(&model, &start, &few).unwrap();
    assert_eq!((cut.outcome, cut.evaluations), (FlowOutcome::EvaluationLimit, 13), "the step is finished");
    assert_eq!(retrieve_by_flow(&model, &start, &config), Ok(end), "the same again");
}

#[test]
fn flows_that_cannot_be_made_are_refused() {
    let model = untrained(6, 3, 0.1);
    let start = model.patterns().state(0);
    let good = FlowConfig::normalised(1.0);
    for (bad, name) in [
        (FlowConfig { beta: 0.0, ..good }, "beta"),
        (FlowConfig { tolerance: f64::NAN, ..good }, "tolerance"),
        (FlowConfig { settled: -1.0, ..good }, "settled"),
        (FlowConfig { max_time: f64::INFINITY, ..good }, "max_time"),
    ] {
        let message = retrieve_by_flow(&model, &start, &bad).unwrap_err().to_string();
        assert!(message.starts_with(name) && message.ends_with("it must be finite and above 0"), "{message}");
    }
    let message = retrieve_by_flow(&model, &State::all_minus(5), &good).unwrap_err().to_string();
    assert_eq!(message, "a cue of 5 neurons does not fit patterns of 6");
    let linear = KlrModel::untrained(patterns(6, 3), Kernel::linear());
    let refused = retrieve_by_flow(&linear, &start, &good);
    assert_eq!(refused, Err(FlowError::Kernel(Kernel::linear())));
}

#[test]
fn many_flows_are_counted_as_each_of_them_ends() {
    let model = trained(40, 60, 0.05);
    let cues: Vec<(State, Targets)> = (0..30).map(|mu| (cue(&model, mu, 0.3), Targets::row(mu))).collect();
    let config = FlowConfig { max_time: 4.0, ..FlowConfig::normalised(3.0) };
    let [one, two] = [1, 2].map(|threads| {
        recall_by_flow(&model, &cues[..], &config, NonZeroUsize::new(threads).unwrap()).unwrap()
    });
    assert_eq!(one, two, "on any number of threads");
    let ends: Vec<_> = cues.iter().map(|(cue, _)| retrieve_by_flow(&model, cue, &config).unwrap()).collect();
    let recalled = ends
        .iter()
        .zip(&cues)
        .filter(|(end, (_, targets))| targets.contain(model.patterns(), &end.state))
        .count();
    let settled = ends.iter().filter(|end| end.outcome == FlowOutcome::Settled).count();
    assert_eq!((one.cues, one.recalled, one.settled), (30, recalled, settled));
    assert!((1..30).contains(&recalled), "some and not all: {recalled}");
    let time = ends.iter().map(|end| end.time).sum::<f64>() / 30.0;
    let evaluations = ends.iter().map(|end| end.evaluations).sum::<u64>();
    assert_eq!((one.mean_time, one.mean_evaluations), (time, evaluations as f64 / 30.0));
    let none = recall_by_flow(&model, &[][..], &config, NonZeroUsize::MIN).unwrap();
    assert_eq!((none.cues, none.mean_time), (0, 0.0), "no cue, no mean");
}

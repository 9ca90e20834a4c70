//! The table of `docs/results/2026-11-22-continuous.md`: `cargo run --release -p klr-analysis --example continuous`.
//!
//! N = 50, P = 150, gamma = 0.1, trained as in the literature; 20 sets of patterns with 60 cues each, the same cues for
//! every way of retrieving. Gained and lost are cues recalled here and not by synchronous retrieval, and the other way
//! round; the share with the same end is compared with it too.

#![allow(clippy::print_stdout, reason = "an example prints its table")]

use klr_analysis::flow::{Extension, FlowConfig, FlowOutcome, retrieve_by_flow};
use klr_model::noise::corrupt;
use klr_model::{
    Kernel, KlrModel, NoiseModel, PatternSet, RetrievalConfig, RetrievalOutcome, State, Stream, Streams,
    TrainConfig, UpdateRule, VisitOrder, retrieve, train,
};
use rand::RngExt;
use std::error::Error;

type Fallible<T> = Result<T, Box<dyn Error>>;

const N: usize = 50;
const P: usize = 150;
const SETS: u64 = 20;
const CUES_PER_SET: u64 = 60;

#[derive(Clone, Copy)]
enum Way {
    Nearest,
    Discrete(UpdateRule),
    Flow(FlowConfig),
}

/// What one retrieval gave.
struct End {
    state: State,
    settled: bool,
    /// Evaluations of all N fields.
    evaluations: f64,
    /// In tau; 0 for discrete dynamics.
    time: f64,
}

fn main() -> Fallible<()> {
    let models = (0..SETS).map(trained).collect::<Fallible<Vec<KlrModel>>>()?;
    println!(
        "| noise | retrieval | beta | recalled | gained / lost | same end | settled | evaluations of N fields | time / tau |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for noise in [0.1, 0.2, 0.3, 0.4] {
        for (name, beta, way) in ways() {
            row(&models, noise, &format!("{noise} | {name} | {beta}"), way)?;
        }
    }
    Ok(())
}

fn ways() -> Vec<(&'static str, String, Way)> {
    let plain = |name, way| (name, "-".to_owned(), way);
    let mut ways = vec![
        plain("nearest pattern", Way::Nearest),
        plain("synchronous", Way::Discrete(UpdateRule::Synchronous)),
        plain("asynchronous", Way::Discrete(UpdateRule::Asynchronous(VisitOrder::Random))),
    ];
    for (name, extension, betas) in [
        ("flow, normalised", Extension::Normalised, [0.5, 1.0, 3.0, 10.0]),
        ("flow, distance", Extension::Distance, [1.0, 10.0, 100.0, 1e4]),
        ("flow, inner product", Extension::InnerProduct, [1.0, 10.0, 100.0, 1e4]),
    ] {
        for beta in betas {
            let config = FlowConfig { extension, ..FlowConfig::normalised(beta) };
            ways.push((name, beta.to_string(), Way::Flow(config)));
        }
    }
    ways
}

fn trained(set: u64) -> Fallible<KlrModel> {
    let mut rng = Streams::new(2605).indexed(Stream::Patterns, set);
    let patterns = PatternSet::random(N, P, &mut rng)?;
    Ok(train(&patterns, Kernel::rbf(0.1)?, &TrainConfig::literature(), &mut |_| {})?.0)
}

fn row(models: &[KlrModel], noise: f64, heading: &str, way: Way) -> Fallible<()> {
    let streams = Streams::new(5978);
    let (mut recalled, mut gained, mut lost, mut same, mut settled) = (0, 0, 0, 0, 0);
    let (mut evaluations, mut time) = (0.0, 0.0);
    let cues = SETS * CUES_PER_SET;
    for cue in 0..cues {
        let model = &models[usize::try_from(cue % SETS)?];
        let mu = streams.indexed(Stream::Cues, cue).random_range(0..P);
        let target = model.patterns().state(mu);
        let start = corrupt(&target, noise, NoiseModel::Bernoulli, &mut streams.indexed(Stream::Noise, cue));
        let end = retrieved(model, mu, &start, way, streams, cue)?;
        let synchronous = retrieved(model, mu, &start, Way::Discrete(UpdateRule::Synchronous), streams, cue)?;
        recalled += u32::from(end.state == target);
        gained += u32::from(end.state == target && synchronous.state != target);
        lost += u32::from(end.state != target && synchronous.state == target);
        same += u32::from(end.state == synchronous.state);
        settled += u32::from(end.settled);
        evaluations += end.evaluations;
        time += end.time;
    }
    let cues = cues as f64;
    println!(
        "| {heading} | {:.3} | {gained} / {lost} | {:.3} | {:.3} | {:.1} | {:.1} |",
        f64::from(recalled) / cues,
        f64::from(same) / cues,
        f64::from(settled) / cues,
        evaluations / cues,
        time / cues
    );
    Ok(())
}

/// From `start`, a copy of pattern `mu` with noise.
fn retrieved(
    model: &KlrModel,
    mu: usize,
    start: &State,
    way: Way,
    streams: Streams,
    cue: u64,
) -> Fallible<End> {
    Ok(match way {
        Way::Nearest => {
            let rows = model.patterns().nearest(start).rows;
            // A tie counts as a hit: which of the rows comes first says nothing.
            let nearest = if rows.contains(&mu) { mu } else { rows[0] };
            End { state: model.patterns().state(nearest), settled: true, evaluations: 0.0, time: 0.0 }
        }
        Way::Discrete(update) => {
            let config = RetrievalConfig { update, max_steps: 30 };
            let end = retrieve(model, start, config, &mut streams.indexed(Stream::Order, cue))?;
            let settled = end.outcome == RetrievalOutcome::Converged;
            End { state: end.state, settled, evaluations: end.evaluations as f64 / N as f64, time: 0.0 }
        }
        Way::Flow(config) => {
            let end = retrieve_by_flow(model, start, &config)?;
            let settled = end.outcome == FlowOutcome::Settled;
            End { state: end.state, settled, evaluations: end.evaluations as f64, time: end.time }
        }
    })
}

//! The landscape as retrieval sees it: does the pseudo-energy fall, do synchronous states alternate, how large are the
//! margins?

use super::{AnalysisError, CueConfig};
use klr_model::KlrModel;
use klr_model::dynamics::{RetrievalConfig, RetrievalOutcome, UpdateRule, retrieve};
use klr_model::{Stream, Streams};
use klr_statistics::{Share, Summary, quantile};
use klr_units::State;
use klr_units::threads::map_in_order;
use rand::Rng;
use rand::seq::SliceRandom;
use std::num::NonZeroUsize;

/// A rise below this share of the pseudo-energy is rounding: two sums of some thousand terms differ by about 1e-13.
const ROUNDING: f64 = 1e-11;

/// One asynchronous flip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flip {
    /// The neuron.
    pub neuron: usize,
    /// The pseudo-energy before the flip.
    pub before: f64,
    /// The pseudo-energy after the flip minus that before.
    pub change: f64,
}

impl Flip {
    /// Whether the pseudo-energy rises by more than rounding.
    #[must_use]
    pub fn rises(&self) -> bool {
        self.change > ROUNDING * self.before.abs()
    }
}

/// Flip by flip, asynchronous retrieval in random order: the same flips as [`retrieve`] makes with the same `rng`, and
/// the change of the pseudo-energy at each. Returns the flips and the final state.
///
/// # Errors
/// [`AnalysisError`] if the cue has another number of neurons than the model.
pub fn energy_walk(
    model: &KlrModel,
    cue: &State,
    max_sweeps: u32,
    rng: &mut (impl Rng + ?Sized),
) -> Result<(Vec<Flip>, State), AnalysisError> {
    model.patterns().require_fits(cue, "cue")?;
    let mut state = cue.clone();
    let mut kernel = model.kernel_values(&state);
    let mut energy = model.pseudo_energy(&state);
    let mut order: Vec<usize> = (0..model.n()).collect();
    let mut flips = Vec::new();
    for _ in 0..max_sweeps {
        order.shuffle(rng);
        let before = flips.len();
        for &neuron in &order {
            if f64::from(state.sign(neuron)) * model.field_from(neuron, &kernel) < 0.0 {
                state.flip(neuron);
                kernel = model.kernel_values(&state);
                let now = model.pseudo_energy(&state);
                flips.push(Flip { neuron, before: energy, change: now - energy });
                energy = now;
            }
        }
        if flips.len() == before {
            break;
        }
    }
    Ok((flips, state))
}

/// Flips that raise the pseudo-energy, over retrievals from many cues.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnergyReport {
    /// The share of flips that raise it. Wilson's interval; flips of one retrieval are not quite independent.
    /// `None` if nothing flipped.
    pub rising: Option<Share>,
    /// The largest change of a flip; `None` if nothing flipped.
    pub largest_change: Option<f64>,
    /// The share of retrievals with such a flip.
    pub retrievals: Share,
}

/// How often asynchronous flips raise the pseudo-energy.
///
/// # Errors
/// [`AnalysisError`] if a setting of the cues is out of range, or the confidence is not between 0 and 1.
pub fn energy_report(
    model: &KlrModel,
    cues: &CueConfig,
    max_sweeps: u32,
    confidence: f64,
    streams: Streams,
    threads: NonZeroUsize,
) -> Result<EnergyReport, AnalysisError> {
    let walks = cues.for_each(model, streams, threads, |cue| {
        let mut rng = streams.indexed(Stream::Order, cue.index);
        energy_walk(model, &cue.state, max_sweeps, &mut rng).map(|(flips, _)| flips)
    })?;
    let walks: Vec<Vec<Flip>> = walks.into_iter().collect::<Result<_, _>>()?;
    let flips = walks.iter().map(Vec::len).sum::<usize>() as u64;
    let rising = walks.iter().flatten().filter(|flip| flip.rises()).count() as u64;
    let retrievals = walks.iter().filter(|walk| walk.iter().any(Flip::rises)).count() as u64;
    Ok(EnergyReport {
        rising: (flips > 0).then(|| Share::new(rising, flips, confidence)).transpose()?,
        largest_change: walks.iter().flatten().map(|flip| flip.change).max_by(f64::total_cmp),
        retrievals: Share::new(retrievals, cues.count.into(), confidence)?,
    })
}

/// The share of synchronous retrievals that end alternating between two states.
///
/// # Errors
/// [`AnalysisError`] if a setting of the cues is out of range, or the confidence is not between 0 and 1.
pub fn two_cycles(
    model: &KlrModel,
    cues: &CueConfig,
    max_steps: u32,
    confidence: f64,
    streams: Streams,
    threads: NonZeroUsize,
) -> Result<Share, AnalysisError> {
    let config = RetrievalConfig { update: UpdateRule::Synchronous, max_steps };
    let cycles = cues.for_each(model, streams, threads, |cue| {
        let mut rng = streams.indexed(Stream::Order, cue.index);
        let end = retrieve(model, &cue.state, config, &mut rng).expect("a cue made from a pattern fits");
        end.outcome == RetrievalOutcome::TwoCycle
    })?;
    let cycles = cycles.into_iter().filter(|&cycle| cycle).count() as u64;
    Ok(Share::new(cycles, cues.count.into(), confidence)?)
}

/// The margins `xi_i h_i(xi)` of all stored patterns.
#[derive(Clone, Debug, PartialEq)]
pub struct MarginReport {
    /// Number, mean and spread.
    pub summary: Summary,
    /// The smallest.
    pub min: f64,
    /// The quantiles asked for, in their order.
    pub quantiles: Vec<f64>,
    /// The smallest margin of each pattern, P values: how close it is to losing a bit.
    pub min_of_pattern: Vec<f64>,
}

/// The margins of all stored patterns, with the quantiles `levels`.
///
/// # Errors
/// [`AnalysisError`] if a level is not between 0 and 1.
pub fn margins(
    model: &KlrModel,
    levels: &[f64],
    threads: NonZeroUsize,
) -> Result<MarginReport, AnalysisError> {
    let rows: Vec<Vec<f64>> = map_in_order((0..model.p()).collect(), threads, |mu: usize| {
        model.margins(&model.patterns().state(mu))
    });
    let min_of_pattern: Vec<f64> =
        rows.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).collect();
    let all = rows.concat();
    let quantiles = levels.iter().map(|&level| quantile(&all, level)).collect::<Result<_, _>>()?;
    let min = min_of_pattern.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(MarginReport { summary: Summary::of(&all)?, min, quantiles, min_of_pattern })
}

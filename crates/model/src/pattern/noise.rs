//! Noise: stored patterns with bits flipped. Other cues are in [`crate::retrieve::cue`].

use klr_units::State;
use rand::{Rng, RngExt};

/// Which bits a noise level flips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseModel {
    /// Each bit on its own with the given probability: what the figures of arXiv:2605.05978 imply.
    Bernoulli,
    /// Exactly `round(noise * N)` distinct bits (halves up).
    Exact,
}

/// A copy of `state` with bits flipped at the level `noise`, a probability or share from 0 to 1.
///
/// # Panics
/// If `noise` is not between 0 and 1.
#[must_use]
pub fn corrupt(state: &State, noise: f64, model: NoiseModel, rng: &mut (impl Rng + ?Sized)) -> State {
    assert!((0.0..=1.0).contains(&noise), "a noise level of {noise} is not between 0 and 1");
    let mut cue = state.clone();
    match model {
        NoiseModel::Bernoulli => flip_each(&mut cue, noise, rng),
        NoiseModel::Exact => flip_exactly(&mut cue, exact_flips(noise, state.n()), rng),
    }
    cue
}

/// The number of bits [`NoiseModel::Exact`] flips: `round(noise * n)`, halves up.
///
/// # Panics
/// If `noise` is not between 0 and 1.
#[must_use]
pub fn exact_flips(noise: f64, n: usize) -> usize {
    assert!((0.0..=1.0).contains(&noise), "a noise level of {noise} is not between 0 and 1");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and n, which is a usize"
    )]
    let flips = (noise * n as f64).round() as usize;
    flips
}

fn flip_each(cue: &mut State, probability: f64, rng: &mut (impl Rng + ?Sized)) {
    for i in 0..cue.n() {
        // One draw per bit whatever the level, so that levels share their random numbers and compare pairwise.
        if rng.random::<f64>() < probability {
            cue.flip(i);
        }
    }
}

/// The first `flips` places of a Fisher-Yates shuffle.
fn flip_exactly(cue: &mut State, flips: usize, rng: &mut (impl Rng + ?Sized)) {
    let n = cue.n();
    let mut order: Vec<usize> = (0..n).collect();
    for place in 0..flips {
        order.swap(place, rng.random_range(place..n));
        cue.flip(order[place]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};

    #[test]
    fn exact_noise_flips_exactly_that_many_bits() {
        let state = State::from_signs(&[1; 70]).unwrap();
        let mut rng = Streams::new(1).stream(Stream::Noise);
        for (noise, flips) in [(0.0, 0), (0.05, 4), (0.2, 14), (0.5, 35), (1.0, 70)] {
            for _ in 0..20 {
                let cue = corrupt(&state, noise, NoiseModel::Exact, &mut rng);
                assert_eq!(cue.hamming(&state), flips, "noise {noise} of 70 bits");
            }
        }
    }

    #[test]
    fn every_bit_is_flipped_equally_often() {
        // 4,000 cues at 0.25: 1,000 flips expected per bit, standard deviation 27.4; 5 of them allowed.
        let state = State::from_signs(&[-1; 40]).unwrap();
        for model in [NoiseModel::Bernoulli, NoiseModel::Exact] {
            let mut rng = Streams::new(2).stream(Stream::Noise);
            let mut flips = [0i32; 40];
            for _ in 0..4000 {
                let cue = corrupt(&state, 0.25, model, &mut rng);
                (0..40).for_each(|i| flips[i] += i32::from(cue.get(i)));
            }
            for (bit, count) in flips.into_iter().enumerate() {
                assert!(
                    (count - 1000).abs() < 137,
                    "{model:?}: bit {bit} was flipped {count} times of 4,000"
                );
            }
        }
    }

    #[test]
    #[should_panic(expected = "not between 0 and 1")]
    fn a_noise_level_above_one_is_a_bug_of_the_caller() {
        let state = State::from_signs(&[1]).unwrap();
        let _ = corrupt(&state, 1.5, NoiseModel::Bernoulli, &mut Streams::new(0).stream(Stream::Noise));
    }
}

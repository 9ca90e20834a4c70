//! The modern Hopfield network with continuous states.

use crate::baselines::{BaselineError, above_zero, signs};
use crate::pattern::{PatternError, PatternSet};
use klr_units::State;

/// The network of Ramsauer et al., "Hopfield networks is all you need" (arXiv:2008.02217, 2020): a continuous state x goes
/// to `X' softmax(beta X x)`, X the patterns as rows.
///
/// The state lies between the patterns, not on the corners of the cube, so this is no [`AssociativeMemory`](crate::AssociativeMemory) of
/// neurons with two values. Its first step from a binary state has the signs of the exponential correlation memory
/// ([`crate::KlrModel::untrained`] with [`crate::Kernel::exponential`] and the same beta), since the softmax divides all
/// neurons by the same positive number; later steps differ, because the state is no longer rounded to signs.
#[derive(Clone, Debug, PartialEq)]
pub struct ModernHopfield {
    n: usize,
    beta: f64,
    /// P x N, row-major.
    patterns: Vec<f64>,
}

/// Where a continuous retrieval went.
#[derive(Clone, Debug, PartialEq)]
pub struct ContinuousRetrieval {
    /// The final state, N values between -1 and +1.
    pub continuous: Vec<f64>,
    /// Its signs; a neuron at exactly 0 keeps the sign it had a step before.
    pub state: State,
    /// Whether the last step moved no neuron by more than the tolerance.
    pub converged: bool,
    /// Steps taken.
    pub steps: u32,
    /// Neurons whose sign changed, summed over the steps.
    pub flips: u64,
    /// Fields evaluated: N per step.
    pub evaluations: u64,
}

impl ModernHopfield {
    /// The largest change of a neuron at which the state has come to rest.
    pub const TOLERANCE: f64 = 1e-9;

    /// The network that stores `patterns` at the inverse temperature `beta`, which multiplies the plain scalar product of
    /// two states (from -N to N).
    ///
    /// # Errors
    /// [`BaselineError::Parameter`] if `beta` is not finite and above 0.
    pub fn new(patterns: &PatternSet, beta: f64) -> Result<Self, BaselineError> {
        above_zero("beta", beta)?;
        let rows = (0..patterns.p()).flat_map(|mu| signs(&patterns.state(mu))).collect();
        Ok(Self { n: patterns.n(), beta, patterns: rows })
    }

    /// `softmax(beta X x)`: how much of each pattern there is in `x`, P values that sum to 1.
    ///
    /// # Panics
    /// If `x` has not N values.
    #[must_use]
    pub fn attention(&self, x: &[f64]) -> Vec<f64> {
        assert_eq!(x.len(), self.n, "a state and the patterns of one network have one length");
        let dot = |row: &[f64]| row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
        let overlaps: Vec<f64> = self.patterns.chunks_exact(self.n).map(dot).collect();
        // The differences to the largest are at most 0, so that no exponential overflows.
        let largest = overlaps.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = overlaps.into_iter().map(|x| (self.beta * (x - largest)).exp()).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / sum).collect()
    }

    /// One step: `X' softmax(beta X x)`.
    ///
    /// # Panics
    /// If `x` has not N values.
    #[must_use]
    pub fn step(&self, x: &[f64]) -> Vec<f64> {
        let mut next = vec![0.0; self.n];
        for (row, weight) in self.patterns.chunks_exact(self.n).zip(self.attention(x)) {
            next.iter_mut().zip(row).for_each(|(to, xi)| *to += weight * xi);
        }
        next
    }

    /// The energy `-1/beta log sum_mu exp(beta xi^mu . x) + 1/2 x . x` (the paper's Eq. 2 without its constants), which no
    /// step raises.
    ///
    /// # Panics
    /// If `x` has not N values.
    #[must_use]
    pub fn energy(&self, x: &[f64]) -> f64 {
        assert_eq!(x.len(), self.n, "a state and the patterns of one network have one length");
        let dot = |row: &[f64]| self.beta * row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
        let exponents: Vec<f64> = self.patterns.chunks_exact(self.n).map(dot).collect();
        let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = exponents.iter().map(|x| (x - largest).exp()).sum();
        -(largest + sum.ln()) / self.beta + 0.5 * x.iter().map(|x| x * x).sum::<f64>()
    }

    /// Steps from `cue` until no neuron moves by more than [`Self::TOLERANCE`], at most `max_steps` times.
    ///
    /// # Errors
    /// [`PatternError::Dimension`] if the cue has another number of neurons.
    pub fn retrieve(&self, cue: &State, max_steps: u32) -> Result<ContinuousRetrieval, PatternError> {
        if cue.n() != self.n {
            return Err(PatternError::Dimension { what: "cue", found: cue.n(), expected: self.n });
        }
        let (mut x, mut state) = (signs(cue), cue.clone());
        let (mut steps, mut flips, mut converged) = (0, 0, false);
        while steps < max_steps && !converged {
            let next = self.step(&x);
            steps += 1;
            converged = x.iter().zip(&next).all(|(a, b)| (a - b).abs() <= Self::TOLERANCE);
            for (i, &value) in next.iter().enumerate() {
                if value * f64::from(state.sign(i)) < 0.0 {
                    state.flip(i);
                    flips += 1;
                }
            }
            x = next;
        }
        let evaluations = u64::from(steps) * self.n as u64;
        Ok(ContinuousRetrieval { continuous: x, state, converged, steps, flips, evaluations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::random::{Stream, Streams};
    use crate::retrieve::model::KlrModel;

    fn patterns(n: usize, p: usize) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(1).stream(Stream::Patterns)).unwrap()
    }

    fn noisy(patterns: &PatternSet, mu: usize, noise: f64) -> State {
        let mut rng = Streams::new(2).indexed(Stream::Noise, mu as u64);
        corrupt(&patterns.state(mu), noise, NoiseModel::Exact, &mut rng)
    }

    #[test]
    fn one_step_retrieves_at_high_beta() {
        // All other patterns have an overlap with the cue lower by at least `gap`, so each neuron is within
        // 2 P exp(-beta gap) of the pattern (Ramsauer et al., Theorem 4, for this case).
        let (patterns, beta) = (patterns(64, 20), 0.5);
        let network = ModernHopfield::new(&patterns, beta).unwrap();
        for mu in 0..20 {
            let cue = noisy(&patterns, mu, 0.1);
            let overlap = |nu| 64.0 - 2.0 * patterns.hamming(&cue, nu) as f64;
            let gap = (0..20).filter(|&nu| nu != mu).map(|nu| overlap(mu) - overlap(nu)).fold(64.0, f64::min);
            let bound = 2.0 * 20.0 * (-beta * gap).exp();
            assert!(bound < 0.1, "pattern {mu}: the bound {bound} must say something");
            let x = network.step(&signs(&cue));
            for (i, x) in x.into_iter().enumerate() {
                let error = (x - f64::from(patterns.sign(mu, i))).abs();
                assert!(error <= bound, "pattern {mu}, neuron {i}: {error} above {bound}");
            }
        }
    }

    #[test]
    fn the_first_step_has_the_signs_of_the_exponential_correlation_memory() {
        let (patterns, beta) = (patterns(40, 30), 0.1);
        let network = ModernHopfield::new(&patterns, beta).unwrap();
        let correlation = KlrModel::untrained(patterns.clone(), Kernel::exponential(beta).unwrap());
        for mu in 0..30 {
            let cue = noisy(&patterns, mu, 0.3);
            let (x, h) = (network.step(&signs(&cue)), correlation.fields(&cue));
            let sum: f64 = correlation.kernel_values(&cue).into_iter().sum();
            for i in 0..40 {
                assert!(
                    (x[i] - h[i] / sum).abs() < 1e-13,
                    "cue {mu}, neuron {i}: the field over the softmax sum"
                );
            }
        }
    }

    #[test]
    fn energy_never_rises_and_low_beta_ends_at_the_mean() {
        let patterns = patterns(30, 10);
        for beta in [1e-4, 0.02, 0.05, 0.3] {
            let network = ModernHopfield::new(&patterns, beta).unwrap();
            let mut x = signs(&noisy(&patterns, 0, 0.2));
            for step in 0..50 {
                let next = network.step(&x);
                assert!(
                    network.energy(&next) <= network.energy(&x) + 1e-9 / beta,
                    "beta {beta}, step {step}: the energy rose"
                );
                x = next;
            }
        }
        let network = ModernHopfield::new(&patterns, 1e-9).unwrap();
        for (i, x) in network.step(&signs(&patterns.state(0))).into_iter().enumerate() {
            let mean = (0..10).map(|mu| f64::from(patterns.sign(mu, i))).sum::<f64>() / 10.0;
            assert!((x - mean).abs() < 1e-6, "no inverse temperature: every pattern counts alike");
        }
    }

    #[test]
    fn counts_and_outcomes_are_told() {
        let patterns = patterns(64, 20);
        let network = ModernHopfield::new(&patterns, 1.0).unwrap();
        let cue = noisy(&patterns, 3, 0.1);
        let got = network.retrieve(&cue, 10).unwrap();
        assert_eq!(
            (got.state.clone(), got.flips, got.converged),
            (patterns.state(3), 6, true),
            "6 wrong bits"
        );
        assert_eq!((got.steps, got.evaluations), (2, 128), "one step there and one to see that it stays");
        let cut = network.retrieve(&cue, 1).unwrap();
        assert!(!cut.converged, "one step cannot tell");
        let error = network.retrieve(&State::all_minus(3), 1).unwrap_err();
        assert_eq!(error.to_string(), "a cue of 3 neurons does not fit patterns of 64");
        let message = ModernHopfield::new(&patterns, f64::INFINITY).unwrap_err().to_string();
        assert_eq!(message, "beta is inf; it must be finite and above 0");
    }
}

//! Memories of pairwise weights: `h_i(s) = sum_j W_ij s_j`.

use crate::baselines::signs;
use crate::pattern::PatternSet;
use crate::retrieve::memory::AssociativeMemory;
use klr_units::State;

/// Partial sums of a field, for the vector registers.
const LANES: usize = 8;

/// A part of a pattern that is shorter than this share of the pattern counts as rounding: the pattern is a combination
/// of those before it. Signs have integer scalar products, so what is left of an independent pattern is far longer.
const DEPENDENT: f64 = 1e-8;

/// What becomes of the weight from a neuron to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagonal {
    /// It stays: every state near the span of the patterns is held fast.
    Kept,
    /// It is set to 0, which makes basins wider (Kanter & Sompolinsky, "Associative recall of memory without errors",
    /// Physical Review A 35, 380, 1987).
    Zero,
}

impl Diagonal {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Zero => "zero",
        }
    }
}

/// A network of pairwise weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairwise {
    n: usize,
    /// N x N, row-major: the weights into one neuron side by side.
    weights: Vec<f64>,
}

impl Pairwise {
    /// The network with the given weights, N x N row-major; `None` if there are not N x N finite ones.
    #[must_use]
    pub fn from_weights(n: usize, weights: Vec<f64>) -> Option<Self> {
        let fits = n > 0 && n.checked_mul(n) == Some(weights.len());
        (fits && weights.iter().all(|w| w.is_finite())).then_some(Self { n, weights })
    }

    /// The Hebbian rule `W_ij = sum_mu xi_i^mu xi_j^mu` with a diagonal of zeros (Hopfield, "Neural networks and physical
    /// systems with emergent collective computational abilities", PNAS 79, 2554, 1982).
    ///
    /// The usual factor 1/N changes no sign and is left out: weights and fields are integers then, exact in floating
    /// point, and a tie is a tie.
    #[must_use]
    pub fn hebbian(patterns: &PatternSet) -> Self {
        let n = patterns.n();
        let mut weights = vec![0.0; n * n];
        for mu in 0..patterns.p() {
            let xi = signs(&patterns.state(mu));
            add_outer(&mut weights, &xi, &xi);
        }
        zero_diagonal(&mut weights, n);
        Self { n, weights }
    }

    /// The pseudo-inverse rule: W projects a state on the span of the patterns, so that `W xi = xi` (Personnaz, Guyon &
    /// Dreyfus, "Information storage and retrieval in spin-glass like neural networks", Journal de Physique Lettres 46,
    /// L359, 1985).
    ///
    /// The projection is built from an orthonormal basis of the span (Gram-Schmidt, each vector orthogonalised twice), so
    /// patterns may repeat or depend on each other. Once they span all N dimensions W is the identity: every state is a
    /// fixed point with the diagonal kept, and every field is 0 (to rounding) without it.
    #[must_use]
    pub fn pseudo_inverse(patterns: &PatternSet, diagonal: Diagonal) -> Self {
        let n = patterns.n();
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for mu in 0..patterns.p() {
            if basis.len() == n {
                break;
            }
            let mut rest = signs(&patterns.state(mu));
            for _ in 0..2 {
                for q in &basis {
                    let along = dot(q, &rest);
                    rest.iter_mut().zip(q).for_each(|(r, q)| *r -= along * q);
                }
            }
            let length = dot(&rest, &rest).sqrt();
            if length > DEPENDENT * (n as f64).sqrt() {
                basis.push(rest.into_iter().map(|r| r / length).collect());
            }
        }
        let mut weights = vec![0.0; n * n];
        for q in &basis {
            add_outer(&mut weights, q, q);
        }
        if diagonal == Diagonal::Zero {
            zero_diagonal(&mut weights, n);
        }
        Self { n, weights }
    }

    /// The weights, N x N row-major: row i holds those into neuron i.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The energy `-1/2 sum_ij W_ij s_i s_j`: with symmetric weights and a diagonal of zeros, no flip of a neuron against
    /// its field raises it (Hopfield 1982).
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    #[must_use]
    pub fn energy(&self, state: &State) -> f64 {
        let mut s = self.track(state);
        -0.5 * self.fields_at(state, &mut s).iter().zip(&s).map(|(h, s)| h * s).sum::<f64>()
    }
}

impl AssociativeMemory for Pairwise {
    /// The signs of the state as numbers.
    type Track = Vec<f64>;

    fn n(&self) -> usize {
        self.n
    }

    fn track(&self, state: &State) -> Vec<f64> {
        assert_eq!(state.n(), self.n, "a state and the weights of one network have one length");
        signs(state)
    }

    fn follow(&self, track: &mut Vec<f64>, _: &State, i: usize) {
        track[i] = -track[i];
    }

    fn field_at(&self, i: usize, _: &State, track: &mut Vec<f64>) -> f64 {
        dot(&self.weights[i * self.n..][..self.n], track)
    }
}

fn add_outer(weights: &mut [f64], x: &[f64], y: &[f64]) {
    for (row, x) in weights.chunks_exact_mut(y.len()).zip(x) {
        row.iter_mut().zip(y).for_each(|(w, y)| *w += x * y);
    }
}

fn zero_diagonal(weights: &mut [f64], n: usize) {
    weights.iter_mut().step_by(n + 1).for_each(|w| *w = 0.0);
}

/// The scalar product, in [`LANES`] partial sums.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (x, last_x) = x.as_chunks::<LANES>();
    let (y, last_y) = y.as_chunks::<LANES>();
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let tail: f64 = last_x.iter().zip(last_y).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::random::{Stream, Streams};
    use crate::retrieve::dynamics::{RetrievalConfig, RetrievalOutcome, UpdateRule, VisitOrder, retrieve};

    fn patterns(n: usize, p: usize, seed: u64) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).unwrap()
    }

    #[test]
    fn hebbian_fields_are_signal_and_crosstalk() {
        // h_i(xi^nu) = (N - 1) xi_i^nu + sum over the other patterns of xi_i^mu sum_{j != i} xi_j^mu xi_j^nu.
        let patterns = patterns(37, 9, 1);
        let memory = Pairwise::hebbian(&patterns);
        for nu in 0..9 {
            for (i, h) in memory.fields_of(&patterns.state(nu)).into_iter().enumerate() {
                let s = |mu: usize, j: usize| f64::from(patterns.sign(mu, j));
                let overlap = |mu| (0..37).filter(|&j| j != i).map(|j| s(mu, j) * s(nu, j)).sum::<f64>();
                let crosstalk: f64 = (0..9).filter(|&mu| mu != nu).map(|mu| s(mu, i) * overlap(mu)).sum();
                assert_eq!(h, 36.0 * s(nu, i) + crosstalk, "pattern {nu}, neuron {i}: exact in integers");
            }
        }
    }

    #[test]
    fn the_projection_keeps_patterns_and_removes_what_is_orthogonal() {
        let patterns = patterns(40, 25, 2);
        let memory = Pairwise::pseudo_inverse(&patterns, Diagonal::Kept);
        let w = nalgebra::DMatrix::from_row_slice(40, 40, memory.weights());
        assert!((&w * &w - &w).amax() < 1e-12, "a projection applied twice is applied once");
        assert!((w.transpose() - &w).amax() < 1e-14, "an orthogonal projection is symmetric");
        assert!((w.trace() - 25.0).abs() < 1e-11, "its trace is the rank");
        // Against the formula of the rule: X' (X X')^-1 X, the inverse by another algorithm.
        let x = nalgebra::DMatrix::from_fn(25, 40, |mu, i| f64::from(patterns.sign(mu, i)));
        let inverse = (&x * x.transpose()).try_inverse().unwrap();
        assert!((x.transpose() * inverse * &x - &w).amax() < 1e-11, "the published formula");
        for mu in 0..25 {
            for (h, s) in memory.fields_of(&patterns.state(mu)).into_iter().zip(patterns.state(mu).signs()) {
                assert!((h - f64::from(s)).abs() < 1e-12, "W xi = xi, pattern {mu}: {h}");
            }
        }
    }

    #[test]
    fn without_its_diagonal_the_projection_still_stores_every_pattern_below_n() {
        for p in [1, 20, 38, 39] {
            let patterns = patterns(40, p, 3);
            let whole = Pairwise::pseudo_inverse(&patterns, Diagonal::Kept);
            let memory = Pairwise::pseudo_inverse(&patterns, Diagonal::Zero);
            for mu in 0..p {
                for (i, h) in memory.fields_of(&patterns.state(mu)).into_iter().enumerate() {
                    let expected = (1.0 - whole.weights()[i * 41]) * f64::from(patterns.sign(mu, i));
                    assert!((h - expected).abs() < 1e-12, "P = {p}, pattern {mu}, neuron {i}");
                }
                assert!(memory.is_stable(&patterns.state(mu)), "P = {p}, pattern {mu}");
            }
        }
    }

    #[test]
    fn dependent_patterns_span_no_more() {
        let two = PatternSet::from_signs(4, &[1, 1, -1, 1, 1, -1, 1, 1]).unwrap();
        let again =
            PatternSet::from_signs(4, &[1, 1, -1, 1, 1, -1, 1, 1, -1, -1, 1, -1, 1, 1, -1, 1]).unwrap();
        let (a, b) = (
            Pairwise::pseudo_inverse(&two, Diagonal::Kept),
            Pairwise::pseudo_inverse(&again, Diagonal::Kept),
        );
        assert_eq!(a, b, "a negative and a repetition add nothing");
        let all = Pairwise::pseudo_inverse(&patterns(10, 200, 4), Diagonal::Kept);
        for (at, w) in all.weights().iter().enumerate() {
            let identity = if at % 11 == 0 { 1.0 } else { 0.0 };
            assert!((w - identity).abs() < 1e-12, "patterns that span everything give the identity: {w}");
        }
    }

    #[test]
    fn one_flip_updates_the_track_and_energy_never_rises() {
        let patterns = patterns(60, 12, 5);
        for memory in [Pairwise::hebbian(&patterns), Pairwise::pseudo_inverse(&patterns, Diagonal::Zero)] {
            let cue = corrupt(
                &patterns.state(3),
                0.4,
                NoiseModel::Exact,
                &mut Streams::new(6).stream(Stream::Noise),
            );
            let (mut state, mut track) = (cue.clone(), memory.track(&cue));
            let mut energy = memory.energy(&cue);
            for step in 0..600 {
                let i = step * 7 % 60;
                let h = memory.field_at(i, &state, &mut track);
                if h * f64::from(state.sign(i)) < 0.0 {
                    state.flip(i);
                    memory.follow(&mut track, &state, i);
                    assert_eq!(track, memory.track(&state), "flip of neuron {i}");
                    let now = memory.energy(&state);
                    assert!((now - energy + 2.0 * h.abs()).abs() < 1e-10, "a flip lowers it by 2|h|");
                    energy = now;
                }
            }
            let config =
                RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Sequential), max_steps: 99 };
            let mut rng = Streams::new(0).stream(Stream::Order);
            let got = retrieve(&memory, &state, config, &mut rng).unwrap();
            assert_eq!((got.outcome, got.flips), (RetrievalOutcome::Converged, 0), "it had come to rest");
        }
    }

    #[test]
    fn weights_that_are_none_are_refused() {
        assert!(Pairwise::from_weights(2, vec![0.0; 4]).is_some(), "four finite ones");
        assert!(Pairwise::from_weights(2, vec![0.0; 3]).is_none(), "one short");
        assert!(Pairwise::from_weights(1, vec![f64::NAN]).is_none(), "not a number");
        assert!(Pairwise::from_weights(0, vec![]).is_none(), "no neuron");
    }
}

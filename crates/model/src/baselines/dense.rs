//! Dense associative memories: `E(s) = -sum_mu F(xi^mu . s)` with an F steeper than a square.

use crate::baselines::{BaselineError, above_zero};
use crate::kernel::MAX_DEGREE;
use crate::pattern::PatternSet;
use crate::retrieve::memory::AssociativeMemory;
use klr_units::{OutOfRange, State};

/// The function F of the energy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Interaction {
    /// `x^degree` (Krotov & Hopfield, "Dense associative memory for pattern recognition", NIPS 2016). An even degree
    /// stores the negative of each pattern too, and degree 2 is the Hebbian rule.
    Polynomial {
        /// n, 1 to [`MAX_DEGREE`].
        degree: u16,
    },
    /// `x^degree` above 0, else 0 (the rectified polynomial of the same paper).
    RectifiedPolynomial {
        /// n, 1 to [`MAX_DEGREE`].
        degree: u16,
    },
    /// `exp(beta x)` (Demircigil, Heusel, Loewe, Upgang & Vermet, "On a model of associative memory with huge storage
    /// capacity", Journal of Statistical Physics 168, 288, 2017, with beta = 1).
    Exponential {
        /// beta, finite and above 0.
        beta: f64,
    },
}

impl Interaction {
    fn check(self) -> Result<(), BaselineError> {
        match self {
            Self::Polynomial { degree } | Self::RectifiedPolynomial { degree } => {
                if (1..=MAX_DEGREE).contains(&degree) {
                    return Ok(());
                }
                Err(BaselineError::Parameter(OutOfRange::new("degree", degree, "1 to 10000")))
            }
            Self::Exponential { beta } => {
                above_zero("beta", beta)?;
                above_zero("2 beta", 2.0 * beta).map(|_| ())
            }
        }
    }

    /// F at each overlap `n - 2d`, d = 0 to n, up to a common positive factor.
    fn values(self, n: usize) -> Vec<f64> {
        let overlaps = (0..=n).map(|d| n as f64 - 2.0 * d as f64);
        match self {
            Self::Polynomial { degree } => powers(overlaps, n, degree),
            Self::RectifiedPolynomial { degree } => powers(overlaps.map(|x| x.max(0.0)), n, degree),
            Self::Exponential { beta } => (0..=n).map(|d| (-2.0 * beta * d as f64).exp()).collect(),
        }
    }
}

/// The powers of overlaps between -n and n: exact integers where they fit a double, else relative to that of n.
fn powers(overlaps: impl Iterator<Item = f64>, n: usize, degree: u16) -> Vec<f64> {
    let exact = (n as f64).powi(degree.into()) < 2f64.powi(53);
    let unit = if exact { 1.0 } else { n as f64 };
    overlaps.map(|x| (x / unit).powi(degree.into())).collect()
}

/// A dense associative memory. The field of neuron i is the energy with `s_i = -1` minus that with `s_i = +1`, the other
/// neurons as they are:
///
/// `h_i(s) = sum_mu F(xi_i + x_i) - F(-xi_i + x_i)`, with `x_i = sum_{j != i} xi_j s_j` (Krotov & Hopfield 2016, Eq. 2,
/// and Demircigil et al. 2017), so that an update of one neuron never raises the energy.
///
/// This is a kernel memory in which no neuron sees itself: `h_i = sum_mu xi_i G(d_i)` with `d_i` the Hamming distance over
/// the N-1 other neurons and `G(d) = F(N - 2d) - F(N - 2 - 2d)`. For the polynomial G is a polynomial of the overlap of
/// degree n-1. For the exponential `G(d) = (1 - exp(-2 beta)) exp(beta N) exp(-2 beta d)`: the exponential correlation
/// memory ([`crate::KlrModel::untrained`] with [`crate::Kernel::exponential`]) except for the neuron itself, whose match
/// or mismatch that one counts too.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseMemory {
    patterns: PatternSet,
    interaction: Interaction,
    /// F at each distance, N+1 entries.
    values: Vec<f64>,
    /// G at each distance over the other neurons, N entries.
    steps: Vec<f64>,
}

impl DenseMemory {
    /// The memory that stores `patterns` with the energy of `interaction`.
    ///
    /// # Errors
    /// [`BaselineError::Parameter`] if a degree is not 1 to [`MAX_DEGREE`], or beta or 2 beta not finite and above 0.
    pub fn new(patterns: PatternSet, interaction: Interaction) -> Result<Self, BaselineError> {
        interaction.check()?;
        let values = interaction.values(patterns.n());
        let steps = values.windows(2).map(|pair| pair[0] - pair[1]).collect();
        Ok(Self { patterns, interaction, values, steps })
    }

    /// The function of the energy.
    #[must_use]
    pub const fn interaction(&self) -> Interaction {
        self.interaction
    }

    /// `G(d)` for d = 0 to N-1, the kernel over the distance of the other neurons, up to a common positive factor: exact
    /// integers for a polynomial whose largest value `N^n` is below `2^53`, else relative to F at full overlap.
    #[must_use]
    pub fn kernel(&self) -> &[f64] {
        &self.steps
    }

    /// The energy `-sum_mu F(xi^mu . s)`, in the units of [`Self::kernel`].
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    #[must_use]
    pub fn energy(&self, state: &State) -> f64 {
        -self.patterns.distances(state).into_iter().map(|d| self.values[d as usize]).sum::<f64>()
    }
}

impl AssociativeMemory for DenseMemory {
    /// The Hamming distance of the state from each pattern.
    type Track = Vec<u32>;

    fn n(&self) -> usize {
        self.patterns.n()
    }

    fn track(&self, state: &State) -> Vec<u32> {
        self.patterns.distances(state)
    }

    fn follow(&self, track: &mut Vec<u32>, state: &State, i: usize) {
        follow_distances(&self.patterns, track, state, i);
    }

    fn field_at(&self, i: usize, state: &State, track: &mut Vec<u32>) -> f64 {
        let own = state.get(i);
        let term = |(mu, &d): (usize, &u32)| {
            let bit = self.patterns.bit(mu, i);
            let others = d as usize - usize::from(bit != own);
            if bit { self.steps[others] } else { -self.steps[others] }
        };
        track.iter().enumerate().map(term).sum()
    }

    /// Pattern by pattern, which reads the bits of each in a row; every field adds the patterns in the same order.
    fn fields_at(&self, state: &State, track: &mut Vec<u32>) -> Vec<f64> {
        let mut fields = vec![0.0; self.n()];
        for (mu, &d) in track.iter().enumerate() {
            let (agrees, differs) = (self.steps.get(d as usize), (d as usize).checked_sub(1));
            let words = self.patterns.row_words(mu).iter().zip(state.words());
            for (fields, (&xi, &s)) in fields.chunks_mut(64).zip(words) {
                for (bit, field) in fields.iter_mut().enumerate() {
                    let step = if (xi ^ s) >> bit & 1 == 0 {
                        agrees.copied()
                    } else {
                        differs.map(|d| self.steps[d])
                    };
                    let step = step.expect("no neuron agrees at distance N, and none differs at 0");
                    *field += if xi >> bit & 1 == 1 { step } else { -step };
                }
            }
        }
        fields
    }
}

/// Brings distances up to date: neuron `i` of `state` has just been turned over.
pub(super) fn follow_distances(patterns: &PatternSet, distances: &mut [u32], state: &State, i: usize) {
    let now = state.get(i);
    for (mu, d) in distances.iter_mut().enumerate() {
        if patterns.bit(mu, i) == now {
            *d -= 1;
        } else {
            *d += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::Pairwise;
    use crate::kernel::Kernel;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::random::{Stream, Streams};
    use crate::retrieve::dynamics::{RetrievalConfig, UpdateRule, VisitOrder, retrieve_observed};
    use crate::retrieve::model::KlrModel;

    fn patterns(n: usize, p: usize, seed: u64) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).unwrap()
    }

    const INTERACTIONS: [Interaction; 6] = [
        Interaction::Polynomial { degree: 2 },
        Interaction::Polynomial { degree: 3 },
        Interaction::Polynomial { degree: 4 },
        Interaction::RectifiedPolynomial { degree: 3 },
        Interaction::Polynomial { degree: 40 },
        Interaction::Exponential { beta: 0.3 },
    ];

    fn noisy(patterns: &PatternSet, mu: usize) -> State {
        let mut rng = Streams::new(7).indexed(Stream::Noise, mu as u64);
        corrupt(&patterns.state(mu), 0.3, NoiseModel::Exact, &mut rng)
    }

    /// The energy by its definition, relative to F at full overlap for large values.
    fn plain_energy(patterns: &PatternSet, interaction: Interaction, state: &State) -> f64 {
        let n = patterns.n() as f64;
        let f = |x: f64| match interaction {
            Interaction::Polynomial { degree } => (x / n).powi(degree.into()),
            Interaction::RectifiedPolynomial { degree } => (x / n).max(0.0).powi(degree.into()),
            Interaction::Exponential { beta } => (beta * (x - n)).exp(),
        };
        let dot =
            |mu| -> f64 { (0..patterns.n()).map(|i| f64::from(patterns.sign(mu, i) * state.sign(i))).sum() };
        -(0..patterns.p()).map(|mu| f(dot(mu))).sum::<f64>()
    }

    #[test]
    fn a_field_is_the_difference_of_two_energies() {
        let patterns = patterns(30, 20, 1);
        for interaction in INTERACTIONS {
            let memory = DenseMemory::new(patterns.clone(), interaction).unwrap();
            let unit = memory.values[0];
            let state = noisy(&patterns, 4);
            for (i, h) in memory.fields_of(&state).into_iter().enumerate() {
                let with = |up: bool| {
                    let mut state = state.clone();
                    if state.get(i) != up {
                        state.flip(i);
                    }
                    plain_energy(&patterns, interaction, &state)
                };
                let expected = with(false) - with(true);
                assert!((h / unit - expected).abs() < 1e-12, "{interaction:?}, neuron {i}: {h} {expected}");
            }
        }
    }

    #[test]
    fn degree_two_is_the_hebbian_rule() {
        let patterns = patterns(25, 8, 2);
        let memory = DenseMemory::new(patterns.clone(), Interaction::Polynomial { degree: 2 }).unwrap();
        let hebbian = Pairwise::hebbian(&patterns);
        for mu in 0..8 {
            let state = noisy(&patterns, mu);
            let expected: Vec<f64> = hebbian.fields_of(&state).into_iter().map(|h| 4.0 * h).collect();
            assert_eq!(memory.fields_of(&state), expected, "(x + 1)^2 - (x - 1)^2 = 4 x, exactly");
        }
    }

    #[test]
    fn the_exponential_is_the_correlation_memory_without_the_neuron_itself() {
        let (patterns, beta) = (patterns(20, 15, 3), 0.25);
        let memory = DenseMemory::new(patterns.clone(), Interaction::Exponential { beta }).unwrap();
        let correlation = KlrModel::untrained(patterns.clone(), Kernel::exponential(beta).unwrap());
        let factor = 1.0 - (-2.0 * beta).exp();
        let state = noisy(&patterns, 0);
        for (i, h) in memory.fields_of(&state).into_iter().enumerate() {
            // A pattern that differs at neuron i counts exp(2 beta) times more when the neuron is left out.
            let kernel = correlation.kernel_values(&state);
            let term = |mu: usize| {
                let weight = if patterns.bit(mu, i) == state.get(i) { 1.0 } else { (2.0 * beta).exp() };
                f64::from(patterns.sign(mu, i)) * weight * kernel[mu]
            };
            let expected: f64 = factor * (0..15).map(term).sum::<f64>();
            assert!((h - expected).abs() < 1e-13, "neuron {i}: {h} against {expected}");
        }
    }

    #[test]
    fn energy_never_rises_along_asynchronous_updates() {
        let patterns = patterns(40, 60, 4);
        for interaction in INTERACTIONS {
            let memory = DenseMemory::new(patterns.clone(), interaction).unwrap();
            let config =
                RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::MostViolated), max_steps: 50 };
            let mut flips = 0;
            for mu in 0..20 {
                let cue = noisy(&patterns, mu);
                let mut energy = memory.energy(&cue);
                let mut rng = Streams::new(0).stream(Stream::Order);
                let got = retrieve_observed(&memory, &cue, config, &mut rng, &mut |state| {
                    let now = memory.energy(state);
                    assert!(now <= energy, "{interaction:?}, cue {mu}: {energy} to {now}");
                    energy = now;
                });
                flips += got.unwrap().flips;
            }
            assert!(flips > 50, "{interaction:?}: the runs must move, made {flips} flips");
        }
    }

    #[test]
    fn one_field_and_all_fields_agree_to_the_last_bit() {
        // More than a word of neurons; states at distance 0 and N from a pattern, and between.
        let patterns = patterns(70, 9, 8);
        let memory = DenseMemory::new(patterns.clone(), INTERACTIONS[5]).unwrap();
        let mut opposite = patterns.state(2);
        (0..70).for_each(|i| opposite.flip(i));
        for state in [patterns.state(2), opposite, noisy(&patterns, 4)] {
            let mut track = memory.track(&state);
            let fields: Vec<f64> = (0..70).map(|i| memory.field_at(i, &state, &mut track)).collect();
            assert_eq!(
                memory.fields_at(&state, &mut track),
                fields,
                "pattern by pattern, and neuron by neuron"
            );
        }
    }

    #[test]
    fn the_track_follows_every_flip() {
        let patterns = patterns(70, 10, 5);
        let memory = DenseMemory::new(patterns.clone(), INTERACTIONS[1]).unwrap();
        let mut state = patterns.state(3);
        let mut track = memory.track(&state);
        for i in [0, 69, 64, 0, 5] {
            state.flip(i);
            memory.follow(&mut track, &state, i);
            assert_eq!(track, patterns.distances(&state), "after flipping neuron {i}");
        }
    }

    #[test]
    fn high_degrees_neither_overflow_nor_vanish() {
        let patterns = patterns(200, 5, 6);
        let interaction = Interaction::Polynomial { degree: MAX_DEGREE };
        let memory = DenseMemory::new(patterns.clone(), interaction).unwrap();
        assert!((0..5).all(|mu| memory.is_stable(&patterns.state(mu))), "200^10000 is beyond any double");
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        let message = |interaction| DenseMemory::new(patterns(4, 2, 1), interaction).unwrap_err().to_string();
        assert_eq!(message(Interaction::Polynomial { degree: 0 }), "degree is 0; it must be 1 to 10000");
        let zero = Interaction::Exponential { beta: 0.0 };
        assert_eq!(message(zero), "beta is 0; it must be finite and above 0");
    }
}

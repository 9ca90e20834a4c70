//! A trained network: stored patterns, kernel and dual variables, and the fields they give.

use crate::kernel::product::transpose;
use crate::kernel::{Kernel, KernelError};
use crate::pattern::{PatternError, PatternSet};
use crate::retrieve::coarse::CoarseMemory;
use klr_units::State;
use std::borrow::Cow;

/// Partial sums of a field: pattern `mu` is added to sum `mu mod LANES`, so that the compiler can use vector registers.
const LANES: usize = 8;

/// Why dual variables do not make a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// There are too few or too many dual variables.
    #[error("{found} dual variables do not fit {p} patterns of {n} neurons")]
    Size {
        /// Dual variables given.
        found: usize,
        /// P.
        p: usize,
        /// N.
        n: usize,
    },
    /// A dual variable is infinite or not a number.
    #[error("the dual variable of pattern {mu}, neuron {i} is {value}; it must be finite")]
    NotFinite {
        /// Pattern.
        mu: usize,
        /// Neuron.
        i: usize,
        /// The value found.
        value: f64,
    },
    /// The kernel does not fit the patterns.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// A state does not fit the model.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// A kernel associative memory: `h_i(s) = sum_mu alpha_i^mu K(s, xi^mu)`, `s_i <- sign h_i`
/// (arXiv:2605.05978).
#[derive(Clone, Debug, PartialEq)]
pub struct KlrModel {
    patterns: PatternSet,
    kernel: Kernel,
    table: Vec<f64>,
    duals: Duals,
    /// What most signs of fields are told by.
    coarse: CoarseMemory,
}

/// The dual variables, N x P: all patterns of one neuron side by side, as its field needs them.
#[derive(Clone, Debug, PartialEq)]
enum Duals {
    /// Whatever they are.
    Given(Vec<f64>),
    /// The stored bits as -1 and +1, which [`CoarseMemory::bits_of`] has: one byte each instead of eleven.
    StoredBits,
}

impl KlrModel {
    /// The model with the given dual variables, P x N row-major.
    ///
    /// # Errors
    /// [`ModelError`] if there are not P x N of them, one is not finite, or the kernel does not fit.
    pub fn from_duals(patterns: PatternSet, kernel: Kernel, duals: &[f64]) -> Result<Self, ModelError> {
        let (p, n) = (patterns.p(), patterns.n());
        if p.checked_mul(n) != Some(duals.len()) {
            return Err(ModelError::Size { found: duals.len(), p, n });
        }
        if let Some(at) = duals.iter().position(|value| !value.is_finite()) {
            return Err(ModelError::NotFinite { mu: at / n, i: at % n, value: duals[at] });
        }
        kernel.require_fits(n)?;
        if duals.iter().enumerate().all(|(at, &alpha)| alpha == f64::from(patterns.sign(at / n, at % n))) {
            return Ok(Self::untrained(patterns, kernel));
        }
        let duals = transpose(duals, n);
        let table = kernel.table(n);
        let coarse = CoarseMemory::new(&patterns, &duals);
        Ok(Self { patterns, kernel, table, duals: Duals::Given(duals), coarse })
    }

    /// The untrained baseline `alpha = xi`: the exponential correlation associative memory
    /// (Chiueh & Goodman, "High-capacity exponential associative memories", ICNN 1988).
    ///
    /// # Panics
    /// If the kernel is a table that does not fit the patterns ([`Kernel::require_fits`]).
    #[must_use]
    pub fn untrained(patterns: PatternSet, kernel: Kernel) -> Self {
        let table = kernel.table(patterns.n());
        let coarse = CoarseMemory::of_stored_bits(&patterns);
        Self { patterns, kernel, table, duals: Duals::StoredBits, coarse }
    }

    /// Whether the dual variables are the stored bits as -1 and +1, as those of [`Self::untrained`].
    #[must_use]
    pub const fn is_untrained(&self) -> bool {
        matches!(self.duals, Duals::StoredBits)
    }

    /// The stored patterns.
    #[must_use]
    pub const fn patterns(&self) -> &PatternSet {
        &self.patterns
    }

    /// The kernel.
    #[must_use]
    pub const fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The kernel value at each Hamming distance, N+1 entries.
    #[must_use]
    pub fn table(&self) -> &[f64] {
        &self.table
    }

    /// N, the number of neurons.
    #[must_use]
    pub const fn n(&self) -> usize {
        self.patterns.n()
    }

    /// P, the number of patterns.
    #[must_use]
    pub const fn p(&self) -> usize {
        self.patterns.p()
    }

    /// The dual variable of pattern `mu` and neuron `i`.
    ///
    /// # Panics
    /// If `mu` is not below P or `i` not below N.
    #[must_use]
    pub fn alpha(&self, mu: usize, i: usize) -> f64 {
        match &self.duals {
            Duals::Given(duals) => duals[i * self.p()..][..self.p()][mu],
            Duals::StoredBits => self.patterns.sign(mu, i).into(),
        }
    }

    /// All dual variables, P x N row-major, as [`Self::from_duals`] takes them and files hold them.
    #[must_use]
    pub fn duals(&self) -> Vec<f64> {
        match &self.duals {
            Duals::Given(duals) => transpose(duals, self.p()),
            Duals::StoredBits => {
                let mut duals = Vec::with_capacity(self.p() * self.n());
                (0..self.p()).for_each(|mu| duals.extend(self.patterns.signs(mu).map(f64::from)));
                duals
            }
        }
    }

    /// The dual variables of neuron `i`, P values.
    ///
    /// # Panics
    /// If `i` is not below N.
    #[must_use]
    pub fn duals_of(&self, i: usize) -> Cow<'_, [f64]> {
        match &self.duals {
            Duals::Given(duals) => Cow::Borrowed(&duals[i * self.p()..][..self.p()]),
            Duals::StoredBits => self.coarse.bits_of(i).iter().map(|&bit| f64::from(bit)).collect(),
        }
    }

    /// The kernel between `state` and every pattern, P values.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    #[must_use]
    pub fn kernel_values(&self, state: &State) -> Vec<f64> {
        self.patterns.distances(state).into_iter().map(|d| self.table[d as usize]).collect()
    }

    /// The field of neuron `i`.
    ///
    /// # Panics
    /// If `state` has another number of neurons, or `i` is not below N.
    #[must_use]
    pub fn field(&self, i: usize, state: &State) -> f64 {
        self.field_from(i, &self.kernel_values(state))
    }

    /// The fields of all N neurons, equal to [`Self::field`] of each to the last bit.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    #[must_use]
    pub fn fields(&self, state: &State) -> Vec<f64> {
        self.fields_from(&self.kernel_values(state))
    }

    /// The margins `s_i h_i(s)`, N values; the state is a fixed point where all are positive.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    #[must_use]
    pub fn margins(&self, state: &State) -> Vec<f64> {
        self.fields(state).into_iter().zip(state.signs()).map(|(h, s)| f64::from(s) * h).collect()
    }

    /// The pseudo-energy `V(s) = -sum_i s_i h_i(s)` (arXiv:2605.05978): it usually falls along a retrieval,
    /// but is not a Lyapunov function.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    #[must_use]
    pub fn pseudo_energy(&self, state: &State) -> f64 {
        -self.margins(state).into_iter().sum::<f64>()
    }

    /// What most signs of fields are told by.
    pub(super) const fn coarse(&self) -> &CoarseMemory {
        &self.coarse
    }

    /// The field of neuron `i` from P kernel values, of a state or of any point between states.
    ///
    /// # Panics
    /// If `i` is not below N.
    #[must_use]
    pub fn field_from(&self, i: usize, kernel: &[f64]) -> f64 {
        match &self.duals {
            Duals::Given(duals) => product(&duals[i * self.p()..][..self.p()], kernel),
            Duals::StoredBits => product(self.coarse.bits_of(i), kernel),
        }
    }

    /// The fields of all N neurons from P kernel values, of a state or of any point between states.
    #[must_use]
    pub fn fields_from(&self, kernel: &[f64]) -> Vec<f64> {
        (0..self.n()).map(|i| self.field_from(i, kernel)).collect()
    }
}

/// The scalar product of dual variables and kernel values, in [`LANES`] partial sums.
fn product<A: Copy + Into<f64>>(duals: &[A], kernel: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (duals, last_duals) = duals.as_chunks::<LANES>();
    let (kernel, last_kernel) = kernel.as_chunks::<LANES>();
    for (a, k) in duals.iter().zip(kernel) {
        for lane in 0..LANES {
            sums[lane] += a[lane].into() * k[lane];
        }
    }
    for (sum, (&a, k)) in sums.iter_mut().zip(last_duals.iter().zip(last_kernel)) {
        *sum += a.into() * k;
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};
    use crate::retrieve::memory::AssociativeMemory;
    use rand::RngExt;

    fn model(n: usize, p: usize) -> KlrModel {
        let mut rng = Streams::new(8).stream(Stream::Patterns);
        let patterns = PatternSet::random(n, p, &mut rng).unwrap();
        let duals: Vec<f64> = (0..p * n).map(|_| rng.random_range(-3.0..3.0)).collect();
        KlrModel::from_duals(patterns, Kernel::rbf(0.05).unwrap(), &duals).unwrap()
    }

    #[test]
    fn one_field_and_all_fields_agree_to_the_last_bit() {
        for (n, p) in [(3, 1), (20, 7), (33, 8), (65, 43)] {
            let model = model(n, p);
            let state = model.patterns().state(p / 2);
            let one_by_one: Vec<f64> = (0..n).map(|i| model.field(i, &state)).collect();
            assert_eq!(model.fields(&state), one_by_one, "N = {n}, P = {p}");
        }
    }

    #[test]
    fn a_field_is_the_sum_of_its_definition() {
        let model = model(20, 7);
        let mut state = model.patterns().state(2);
        state.flip(5);
        let mut energy = 0.0;
        for (i, h) in model.fields(&state).into_iter().enumerate() {
            let term = |mu| model.alpha(mu, i) * (-0.2 * model.patterns().hamming(&state, mu) as f64).exp();
            let plain: f64 = (0..7).map(term).sum();
            assert!((h - plain).abs() < 1e-13, "neuron {i}: {h} against {plain}");
            energy -= f64::from(state.sign(i)) * plain;
        }
        assert!((model.pseudo_energy(&state) - energy).abs() < 1e-12, "pseudo-energy");
    }

    #[test]
    fn the_untrained_baseline_has_the_patterns_as_dual_variables() {
        let model = KlrModel::untrained(model(10, 4).patterns().clone(), Kernel::rbf(0.1).unwrap());
        for mu in 0..4 {
            for i in 0..10 {
                assert_eq!(
                    model.alpha(mu, i),
                    f64::from(model.patterns().sign(mu, i)),
                    "pattern {mu}, neuron {i}"
                );
                assert_eq!(model.duals()[mu * 10 + i], model.alpha(mu, i), "the other layout");
            }
        }
    }

    /// One byte or eleven: whatever is asked of them, the answers are the same to the last bit.
    #[test]
    fn stored_bits_are_dual_variables_like_others() {
        for (n, p) in [(3, 1), (20, 7), (65, 43)] {
            let patterns = model(n, p).patterns().clone();
            let bits = KlrModel::untrained(patterns.clone(), Kernel::rbf(0.05).unwrap());
            let mut duals = bits.duals();
            assert_eq!(
                KlrModel::from_duals(patterns.clone(), bits.kernel().clone(), &duals).unwrap(),
                bits,
                "N = {n}, P = {p}: recognised"
            );
            duals[0] *= 2.0;
            let given = KlrModel::from_duals(patterns, bits.kernel().clone(), &duals).unwrap();
            assert!(bits.is_untrained() && !given.is_untrained(), "one bit is another number");
            // All neurons but the first have the same dual variables, one as bits and one as numbers.
            let mut state = bits.patterns().state(p / 2);
            state.flip(n / 2);
            let (mut a, mut b) = (bits.track(&state), given.track(&state));
            for i in 1..n {
                assert_eq!(bits.duals_of(i), given.duals_of(i), "neuron {i}");
                assert_eq!(bits.field(i, &state), given.field(i, &state), "field {i}");
                assert_eq!(bits.sure_sign(i, &mut a), given.sure_sign(i, &mut b), "sign {i}");
            }
        }
    }

    #[test]
    fn dual_variables_that_do_not_fit_are_refused() {
        let with = |duals: &[f64]| {
            KlrModel::from_duals(model(2, 2).patterns().clone(), Kernel::rbf(0.1).unwrap(), duals)
        };
        assert_eq!(with(&[1.0; 3]), Err(ModelError::Size { found: 3, p: 2, n: 2 }));
        let message = with(&[1.0, 1.0, f64::INFINITY, 1.0]).unwrap_err().to_string();
        assert_eq!(message, "the dual variable of pattern 1, neuron 0 is inf; it must be finite");
    }
}

//! How well a retrieval did.

use klr_units::State;

/// The overlap `m = (1/N) s . xi`, from -1 to 1; 1 is exact recall.
///
/// # Panics
/// If the numbers of neurons differ.
#[must_use]
pub fn overlap(state: &State, target: &State) -> f64 {
    1.0 - 2.0 * state.hamming(target) as f64 / target.n() as f64
}

/// Whether every neuron agrees: the success criterion of arXiv:2605.05978.
///
/// # Panics
/// If the numbers of neurons differ.
#[must_use]
pub fn is_exact(state: &State, target: &State) -> bool {
    state.hamming(target) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flip_costs_two_over_n() {
        let target = State::from_signs(&[1, -1, 1, 1, -1]).unwrap();
        let mut state = target.clone();
        assert_eq!(overlap(&state, &target), 1.0, "the target itself");
        state.flip(2);
        assert!((overlap(&state, &target) - 0.6).abs() < 1e-15, "one flip of five");
        assert!(!is_exact(&state, &target), "one flip is not exact recall");
        (0..5).for_each(|i| {
            if i != 2 {
                state.flip(i)
            }
        });
        assert_eq!(overlap(&state, &target), -1.0, "the negative of the target");
    }
}

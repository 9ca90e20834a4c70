//! How well a retrieval did, and what the nearest-pattern oracle makes of its cue.
//!
//! Nothing here depends on the order in which patterns are stored: where several are equally near to a cue, none of them
//! is preferred.

use crate::pattern::PatternSet;
use klr_units::State;

/// The stored patterns in which a retrieval counts as recalled: the one that its cue was made from or should end in, or,
/// where nobody has said, all that are nearest to the cue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// Their rows, at least one.
    rows: Box<[usize]>,
}

impl Targets {
    /// The pattern in row `mu` alone.
    #[must_use]
    pub fn row(mu: usize) -> Self {
        Self { rows: Box::new([mu]) }
    }

    /// All of `patterns` that are nearest to `state`.
    ///
    /// # Panics
    /// If the numbers of neurons differ.
    #[must_use]
    pub fn nearest(patterns: &PatternSet, state: &State) -> Self {
        Self { rows: patterns.nearest(state).rows.into() }
    }

    /// The rows of the patterns, at least one.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Whether `state` is one of the patterns, in every bit: the success criterion of arXiv:2605.05978. A row that repeats
    /// a target is that target.
    ///
    /// # Panics
    /// If the numbers of neurons differ, or a row is not one of `patterns`.
    #[must_use]
    pub fn contain(&self, patterns: &PatternSet, state: &State) -> bool {
        self.distance(patterns, state) == 0
    }

    /// The Hamming distance of `state` from the nearest of the targets.
    ///
    /// # Panics
    /// If the numbers of neurons differ, or a row is not one of `patterns`.
    #[must_use]
    pub fn distance(&self, patterns: &PatternSet, state: &State) -> usize {
        let distances = self.rows.iter().map(|&mu| patterns.hamming(state, mu));
        distances.min().expect("at least one target")
    }
}

/// Cues by their numbers, each beside the patterns it may end in. Each is made when it is asked for, and is the same each
/// time, so that many take no room.
pub trait Cues: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The cue `index` with its targets.
    ///
    /// # Panics
    /// If `index` is not below [`Self::count`].
    fn cue(&self, index: usize) -> (State, Targets);
}

impl Cues for [(State, Targets)] {
    fn count(&self) -> usize {
        self.len()
    }

    fn cue(&self, index: usize) -> (State, Targets) {
        self[index].clone()
    }
}

/// What the nearest-pattern oracle makes of one cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleHit {
    /// Whether a target is among the patterns nearest to the cue.
    pub hit: bool,
    /// Whether other patterns are as near to the cue as that target: whoever knows the cue alone has to guess, so the hit
    /// is the most that can be hoped for.
    pub tie: bool,
}

impl OracleHit {
    /// What the oracle of `patterns` makes of `cue`.
    ///
    /// # Panics
    /// If the numbers of neurons differ, or a target is not one of `patterns`.
    #[must_use]
    pub fn of(patterns: &PatternSet, cue: &State, targets: &Targets) -> Self {
        let nearest = patterns.nearest(cue);
        let hit = targets.distance(patterns, cue) == nearest.distance as usize;
        // Rows that repeat each other are one pattern.
        let first = patterns.row_words(nearest.rows[0]);
        Self { hit, tie: hit && nearest.rows.iter().any(|&mu| patterns.row_words(mu) != first) }
    }
}

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

    /// Rows 0 and 3 are both one bit from the first cue; row 2 repeats row 0.
    fn patterns(order: [usize; 4]) -> PatternSet {
        let rows: [[i8; 4]; 4] = [[1, 1, 1, 1], [-1, -1, -1, -1], [1, 1, 1, 1], [1, 1, -1, -1]];
        PatternSet::from_signs(4, &order.map(|mu| rows[mu]).concat()).unwrap()
    }

    #[test]
    fn patterns_that_are_equally_near_are_all_targets_in_any_order_of_rows() {
        let cue = State::from_signs(&[1, 1, 1, -1]).unwrap();
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let patterns = patterns(order);
            let targets = Targets::nearest(&patterns, &cue);
            let at = |row: usize| order.iter().position(|&mu| mu == row).unwrap();
            for row in [0, 2, 3] {
                assert!(targets.contain(&patterns, &patterns.state(at(row))), "{order:?}, row {row}");
            }
            assert!(!targets.contain(&patterns, &patterns.state(at(1))), "{order:?}: far away");
            assert_eq!(targets.distance(&patterns, &cue), 1, "{order:?}");
            for target in [0, 3] {
                let oracle = OracleHit::of(&patterns, &cue, &Targets::row(at(target)));
                assert_eq!(oracle, OracleHit { hit: true, tie: true }, "{order:?}, target {target}");
            }
            let far = OracleHit::of(&patterns, &cue, &Targets::row(at(1)));
            assert_eq!(far, OracleHit { hit: false, tie: false }, "{order:?}: no tie of the target");
        }
    }

    #[test]
    fn a_row_that_repeats_the_target_is_the_target_and_no_tie() {
        let patterns = patterns([0, 1, 2, 3]);
        let cue = State::from_signs(&[-1, 1, 1, 1]).unwrap();
        for target in [0, 2] {
            let targets = Targets::row(target);
            assert!(
                targets.contain(&patterns, &patterns.state(2 - target)),
                "the other row is the same state"
            );
            let oracle = OracleHit::of(&patterns, &cue, &targets);
            assert_eq!(oracle, OracleHit { hit: true, tie: false }, "target {target}");
        }
    }

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

//! Which pattern follows which, and the targets of training that say so.

use klr_model::pattern::{PatternError, PatternSet};

/// Why patterns do not make the sequences asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// There is no pattern.
    #[error("a sequence needs at least one pattern")]
    Empty,
    /// A pattern is followed by one that does not exist.
    #[error("pattern {from} is followed by pattern {to}, but there are only {p}")]
    OutOfRange {
        /// The pattern.
        from: usize,
        /// What should follow it.
        to: usize,
        /// P.
        p: usize,
    },
    /// A pattern follows two others, so that two sequences would merge.
    #[error("pattern {to} follows both {first} and {second}; it may follow one other pattern")]
    Merge {
        /// The pattern.
        to: usize,
        /// The first it follows.
        first: usize,
        /// The second.
        second: usize,
    },
    /// Sequences of another number than asked for.
    #[error("{p} patterns do not make {count} sequences; 1 to {p} are possible")]
    Count {
        /// Sequences asked for.
        count: usize,
        /// P.
        p: usize,
    },
    /// There is not one successor for each pattern.
    #[error("successors of {found} patterns do not fit {p} patterns")]
    Length {
        /// Successors given.
        found: usize,
        /// P.
        p: usize,
    },
    /// A walk should start at a pattern that does not exist.
    #[error("a walk cannot start at pattern {from}: there are only {p}")]
    Start {
        /// The pattern.
        from: usize,
        /// P.
        p: usize,
    },
    /// A state does not fit the patterns.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// Which pattern follows which, P entries. Sequences are disjoint: each is a cycle, or a chain whose last pattern follows
/// itself and so holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successors {
    next: Vec<usize>,
}

impl Successors {
    /// One cycle: 0, 1, ..., P-1, and 0 again.
    ///
    /// # Errors
    /// [`SequenceError::Empty`] if `p` is 0.
    pub fn cycle(p: usize) -> Result<Self, SequenceError> {
        Self::interleaved(p, 1)
    }

    /// One chain: 0, 1, ..., P-1, which holds.
    ///
    /// # Errors
    /// [`SequenceError::Empty`] if `p` is 0.
    pub fn chain(p: usize) -> Result<Self, SequenceError> {
        Self::from_map((0..p).map(|mu| if mu + 1 < p { mu + 1 } else { mu }).collect())
    }

    /// `count` cycles through every `count`-th pattern: the first is 0, `count`, 2 `count`, ...
    ///
    /// # Errors
    /// [`SequenceError`] if `p` is 0, or `count` is not 1 to `p`.
    pub fn interleaved(p: usize, count: usize) -> Result<Self, SequenceError> {
        if p > 0 && !(1..=p).contains(&count) {
            return Err(SequenceError::Count { count, p });
        }
        // `count` is at most `p`, so neither sum overflows unless P patterns themselves would not fit memory.
        Self::from_map((0..p).map(|mu| if count < p - mu { mu + count } else { mu % count }).collect())
    }

    /// Pattern `next[mu]` follows pattern `mu`: a permutation, or one with chains in it.
    ///
    /// # Errors
    /// [`SequenceError`] if there is no pattern, one is out of range, or one follows two others.
    pub fn from_map(next: Vec<usize>) -> Result<Self, SequenceError> {
        let p = next.len();
        if p == 0 {
            return Err(SequenceError::Empty);
        }
        let mut before = vec![None; p];
        for (from, &to) in next.iter().enumerate() {
            if to >= p {
                return Err(SequenceError::OutOfRange { from, to, p });
            }
            if from != to
                && let Some(first) = before[to].replace(from)
            {
                return Err(SequenceError::Merge { to, first, second: from });
            }
        }
        Ok(Self { next })
    }

    /// P, the number of patterns.
    #[must_use]
    pub const fn p(&self) -> usize {
        self.next.len()
    }

    /// The pattern that follows pattern `mu`.
    ///
    /// # Panics
    /// If `mu` is not below P.
    #[must_use]
    pub fn after(&self, mu: usize) -> usize {
        self.next[mu]
    }

    /// The sequences, each from its start to its last pattern: chains start where nothing leads to, cycles at their lowest
    /// pattern. They hold every pattern once; ordered by their starts, chains first.
    #[must_use]
    pub fn sequences(&self) -> Vec<Vec<usize>> {
        let mut led_to = vec![false; self.p()];
        self.next.iter().enumerate().filter(|&(from, &to)| from != to).for_each(|(_, &to)| led_to[to] = true);
        let mut seen = vec![false; self.p()];
        let mut sequences = Vec::new();
        let chains = (0..self.p()).filter(|&mu| !led_to[mu]);
        for start in chains.chain(0..self.p()) {
            let mut sequence = Vec::new();
            let mut mu = start;
            while !seen[mu] {
                seen[mu] = true;
                sequence.push(mu);
                mu = self.next[mu];
            }
            if !sequence.is_empty() {
                sequences.push(sequence);
            }
        }
        sequences
    }

    pub(super) fn require_fits(&self, patterns: &PatternSet) -> Result<(), SequenceError> {
        let (found, p) = (self.p(), patterns.p());
        if found == p { Ok(()) } else { Err(SequenceError::Length { found, p }) }
    }
}

/// The targets of training: row mu is the pattern that follows pattern mu.
///
/// # Errors
/// [`SequenceError::Length`] if there are not P successors.
pub fn successors(patterns: &PatternSet, successors: &Successors) -> Result<PatternSet, SequenceError> {
    successors.require_fits(patterns)?;
    let words = successors.next.iter().flat_map(|&mu| patterns.row_words(mu).iter().copied()).collect();
    Ok(PatternSet::from_words(patterns.n(), patterns.p(), words)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_model::{Stream, Streams};

    fn map(next: &[usize]) -> Successors {
        Successors::from_map(next.to_vec()).unwrap()
    }

    #[test]
    fn named_sequences_are_the_maps_they_say() {
        assert_eq!(Successors::cycle(4), Ok(map(&[1, 2, 3, 0])), "a cycle");
        assert_eq!(Successors::chain(4), Ok(map(&[1, 2, 3, 3])), "a chain holds at its end");
        assert_eq!(Successors::interleaved(5, 2), Ok(map(&[2, 3, 4, 1, 0])), "0, 2, 4 and 1, 3");
        assert_eq!(Successors::interleaved(3, 3), Ok(map(&[0, 1, 2])), "three of one pattern each");
        assert_eq!(Successors::cycle(1), Successors::chain(1), "one pattern holds either way");
    }

    #[test]
    fn sequences_come_apart_again() {
        let mixed = map(&[4, 2, 1, 3, 5, 5, 7, 6]);
        let expected = [vec![0, 4, 5], vec![3], vec![1, 2], vec![6, 7]];
        assert_eq!(mixed.sequences(), expected, "chains first, then cycles from their lowest");
        assert_eq!(Successors::interleaved(5, 2).unwrap().sequences(), [vec![0, 2, 4], vec![1, 3]]);
    }

    #[test]
    fn maps_that_are_no_sequences_are_refused() {
        use SequenceError as E;
        assert_eq!(Successors::cycle(0), Err(E::Empty));
        assert_eq!(Successors::chain(0), Err(E::Empty));
        assert_eq!(Successors::interleaved(3, 0), Err(E::Count { count: 0, p: 3 }));
        assert_eq!(Successors::interleaved(3, 4), Err(E::Count { count: 4, p: 3 }));
        assert_eq!(Successors::from_map(vec![1, 2]), Err(E::OutOfRange { from: 1, to: 2, p: 2 }));
        let merged = Successors::from_map(vec![2, 2, 0]);
        assert_eq!(merged, Err(E::Merge { to: 2, first: 0, second: 1 }), "two lead to 2");
        let message = merged.unwrap_err().to_string();
        assert_eq!(message, "pattern 2 follows both 0 and 1; it may follow one other pattern");
        let patterns = PatternSet::from_signs(1, &[1, -1]).unwrap();
        let three = successors(&patterns, &map(&[1, 2, 0]));
        assert_eq!(three, Err(E::Length { found: 3, p: 2 }));
    }

    #[test]
    fn targets_are_the_rows_that_follow() {
        let patterns = PatternSet::random(70, 5, &mut Streams::new(1).stream(Stream::Patterns)).unwrap();
        let targets = successors(&patterns, &map(&[3, 0, 2, 4, 1])).unwrap();
        for (mu, next) in [3, 0, 2, 4, 1].into_iter().enumerate() {
            assert_eq!(targets.row_words(mu), patterns.row_words(next), "the target of pattern {mu}");
        }
    }
}

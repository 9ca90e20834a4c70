//! States from which a memory is to find a pattern, and the kernel words of each.

use klr_image::KernelTable;
use klr_units::State;
use klr_units::hamming::PackedRows;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// States with the pattern that each is to lead to, and the kernel words at each, centre by centre.
#[derive(Debug)]
pub(crate) struct Examples {
    /// The pattern that state `e` is to lead to.
    targets: Vec<u32>,
    /// Where the words of centre `mu` begin.
    starts: Vec<usize>,
    /// Where those of states that count end.
    ends: Vec<usize>,
    /// The words of each centre that are not zero, in the order of the states.
    words: Vec<Word>,
    /// States that count: the first ones. The others are watched.
    counted: usize,
}

/// A kernel word that is not zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// The state.
    pub(crate) state: u32,
    /// The word; whole, at most 2^16 - 1.
    pub(crate) word: f32,
}

impl Examples {
    /// The kernel words of `states` with the `patterns` as centres, through `table`; state `e` is to lead to pattern
    /// `targets[e]`. `None` if more than `most` words are not zero. The result does not depend on `threads`.
    ///
    /// # Panics
    /// If there are not as many targets as states, or there are more than 2^32 states.
    pub(crate) fn new(
        patterns: &[State],
        states: &[State],
        targets: Vec<u32>,
        table: &KernelTable,
        most: usize,
        threads: NonZeroUsize,
    ) -> Option<Self> {
        assert_eq!(states.len(), targets.len(), "one target per state");
        let width = patterns.first().map_or(1, |pattern| pattern.words().len());
        let rows: Vec<u64> = patterns.iter().flat_map(State::words).copied().collect();
        let rows = PackedRows::new(&rows, width);
        let found = AtomicUsize::new(0);
        let live = map_in_order((0..states.len()).collect(), threads, |at: usize| {
            // Whether there are too many does not depend on who is first.
            let live =
                (found.load(Ordering::Relaxed) <= most).then(|| live_words(rows, &states[at], table))?;
            (found.fetch_add(live.len(), Ordering::Relaxed) + live.len() <= most).then_some(live)
        });
        let live = live.into_iter().collect::<Option<Vec<_>>>()?;
        let mut starts = vec![0usize; patterns.len() + 1];
        live.iter().flatten().for_each(|&(centre, _)| starts[centre as usize + 1] += 1);
        for centre in 0..patterns.len() {
            starts[centre + 1] += starts[centre];
        }
        let mut words = vec![Word { state: 0, word: 0.0 }; starts[patterns.len()]];
        let mut next = starts.clone();
        for (state, live) in (0u32..).zip(&live) {
            for &(centre, word) in live {
                words[next[centre as usize]] = Word { state, word: word.into() };
                next[centre as usize] += 1;
            }
        }
        let counted = targets.len();
        let ends = starts[1..].to_vec();
        Some(Self { targets, starts, ends, words, counted })
    }

    /// The same where the first `counted` states count, and the others are watched only.
    pub(crate) fn counting(mut self, counted: usize) -> Self {
        self.counted = counted.min(self.count());
        for centre in 0..self.centres() {
            let of = self.of(centre);
            let count = of.partition_point(|word| (word.state as usize) < self.counted);
            self.ends[centre] = self.starts[centre] + count;
        }
        self
    }

    /// How many states there are.
    pub(crate) fn count(&self) -> usize {
        self.targets.len()
    }

    /// The centres: the stored patterns.
    pub(crate) fn centres(&self) -> usize {
        self.starts.len() - 1
    }

    /// The pattern that each state is to lead to.
    pub(crate) fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// How many words are not zero.
    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// How many states count.
    pub(crate) fn counted(&self) -> usize {
        self.counted
    }

    /// How many words of states that count are not zero.
    pub(crate) fn counted_words(&self) -> usize {
        (0..self.centres()).map(|centre| self.counted_of(centre).len()).sum()
    }

    /// The words of `centre` that are not zero, of states that count.
    pub(crate) fn counted_of(&self, centre: usize) -> &[Word] {
        &self.words[self.starts[centre]..self.ends[centre]]
    }

    /// The words of `centre` that are not zero.
    pub(crate) fn of(&self, centre: usize) -> &[Word] {
        &self.words[self.starts[centre]..self.starts[centre + 1]]
    }
}

/// The centres whose word at `state` is not zero, with it.
fn live_words(rows: PackedRows<'_>, state: &State, table: &KernelTable) -> Vec<(u32, u16)> {
    let mut distances = Vec::new();
    rows.distances(state.words(), &mut distances);
    let nearest = distances.iter().copied().min().unwrap_or(0);
    let words = (0u32..).zip(&distances).map(|(centre, &d)| (centre, table.lookup(d, nearest)));
    words.filter(|&(_, word)| word != 0).collect()
}

//! How the memories of a core are cut into banks, and what the fullest bank of each holds.

use crate::geometry::{Geometry, ImageSizes};
use crate::memories::{Memories, Memory};
use crate::occupancy::{Layout, Occupancy};

/// What the knobs of a core add to its geometry: the banks and words that its memories are cut into, and their ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banking {
    /// Slices S that blocks of patterns are dealt to in turn, each with a bank of pattern and of counter memory.
    pub slices: u32,
    /// Banks K of weight memory.
    pub weight_banks: u32,
    /// Weights w of consecutive neurons in a word of weight memory.
    pub weight_word: u32,
    /// Ports of a bank of counter memory.
    pub counter_ports: u32,
    /// Ports of the kernel table.
    pub table_ports: u32,
}

impl Banking {
    /// One slice, a bank of single weights for every MAC lane of `geometry`, one port: the cut that an image's
    /// [`crate::Layout`] is worked out for.
    #[must_use]
    pub const fn plain(geometry: &Geometry) -> Self {
        let weight_banks = geometry.spec().mac_lanes;
        Self { slices: 1, weight_banks, weight_word: 1, counter_ports: 1, table_ports: 1 }
    }
}

/// The numbers in the address table of `docs/placement.md`, all at least one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// Neurons N.
    pub(crate) n: usize,
    /// Patterns P.
    pub(crate) p: usize,
    /// Distance lanes L.
    pub(crate) lanes: usize,
    /// Slices S of the columns and counters.
    pub(crate) slices: usize,
    /// Slices that the rows are dealt to: S, or 1 beside columns.
    pub(crate) row_slices: usize,
    /// Words of a pattern by row, ceil(N/L).
    pub(crate) row_words: usize,
    /// Banks K of weight memory.
    pub(crate) banks: usize,
    /// Weights w in a word.
    pub(crate) word: usize,
    /// Rows of a weight bank that a pattern takes, ceil(ceil(N/w)/K).
    pub(crate) weight_rows: usize,
    /// Kernel words.
    entries: u64,
}

impl Cut {
    /// The cut of an image of `sizes` in memories of `geometry`; what is 0 in `banking` counts as 1.
    pub(crate) fn new(geometry: &Geometry, sizes: &ImageSizes, banking: &Banking) -> Self {
        let (n, lanes) = (sizes.n as usize, geometry.distance_lanes());
        let [slices, banks, word] =
            [banking.slices, banking.weight_banks, banking.weight_word].map(|size| size.max(1) as usize);
        Self {
            n,
            p: sizes.p as usize,
            lanes,
            slices,
            row_slices: if geometry.storage().patterns.has_columns() { 1 } else { slices },
            row_words: n.div_ceil(lanes),
            banks,
            word,
            weight_rows: n.div_ceil(word).div_ceil(banks),
            entries: sizes.entries,
        }
    }

    /// The slice, of `slices`, that holds `pattern`, and where it stands among the patterns of that slice.
    pub(crate) const fn dealt(&self, pattern: usize, slices: usize) -> (usize, usize) {
        let block = pattern / self.lanes;
        (block % slices, block / slices * self.lanes + pattern % self.lanes)
    }

    /// The pattern that stands at `local` in `slice`: the inverse of [`Self::dealt`].
    pub(crate) const fn pattern(&self, slice: usize, local: usize, slices: usize) -> usize {
        (local / self.lanes * slices + slice) * self.lanes + local % self.lanes
    }

    /// The memories of `layout`, which is that of the plain cut, in the banks of this one: of each bank the rows that the
    /// fullest uses, whether or not there are so many.
    pub(crate) fn arrays(&self, layout: &Layout) -> Memories<Occupancy> {
        Memories::from_fn(|memory| {
            let whole = layout[memory];
            let (banks, words, rows) = self.of(memory);
            let size = |size| u32::try_from(size).unwrap_or(u32::MAX);
            if whole.is_built() { whole.cut(size(banks), size(words), rows) } else { whole }
        })
    }

    /// Banks, words of the plain cut in a word, and rows of the fullest bank of `memory`.
    fn of(&self, memory: Memory) -> (usize, usize, u64) {
        let blocks = self.p.div_ceil(self.lanes);
        match memory {
            Memory::Columns => (self.slices, 1, (blocks.div_ceil(self.slices) * self.n) as u64),
            Memory::Rows => (self.row_slices, 1, (self.patterns_of_first_slice() * self.row_words) as u64),
            Memory::Weights => (self.banks, self.word, (self.p * self.weight_rows) as u64),
            Memory::Counters => (self.slices, 1, blocks.div_ceil(self.slices) as u64),
            Memory::Table => (1, 1, self.entries),
        }
    }

    /// Patterns by row in the first slice, which none has more of.
    fn patterns_of_first_slice(&self) -> usize {
        let whole = self.p / self.lanes;
        let rest = if whole.is_multiple_of(self.row_slices) { self.p % self.lanes } else { 0 };
        whole.div_ceil(self.row_slices) * self.lanes + rest
    }
}

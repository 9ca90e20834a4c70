//! The image itself: the integers one core is loaded with.

use crate::certificate::{Certified, PatternCertificate};
use crate::code;
use crate::columns::{check_stray_bits, columns_of, rows_of};
use crate::error::ImageError;
use crate::geometry::{Geometry, ImageSizes, MAX_NEURONS, counter_bits};
use crate::memories::Memories;
use crate::occupancy::{Layout, Occupancy};
use crate::provenance::Provenance;
use crate::sizing::Sizing;
use crate::table::KernelTable;
use klr_units::fixed::signed_width;
use klr_units::{NeuronIdx, PatternIdx, SignedFormat, State};

/// What one core is loaded with: pattern bits, weights and kernel table, placed in the memories of a [`Geometry`].
///
/// Every constructor checks that the parts fit together and fit the memories; a `CoreImage` that exists is consistent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreImage {
    geometry: Geometry,
    layout: Layout,
    n: u32,
    p: u32,
    /// The patterns by row, whatever their order in memory.
    patterns: Vec<State>,
    /// The same bits by column: word `b N + i` holds bit `i` of the patterns of block `b`, lane 0 in bit 0.
    columns: Vec<u64>,
    weight_format: SignedFormat,
    /// Row-major P x N.
    weights: Vec<i16>,
    table: KernelTable,
    certified: Certified,
    provenance: Provenance,
}

impl CoreImage {
    /// An image of `patterns` with `weights` (row-major P x N, of `format`, or of so many
    /// bits in two's complement) and `table` on a core, a [`Geometry`] or
    /// one whose capacities are open: the image has a number for each.
    ///
    /// # Errors
    /// [`ImageError`] if sizes disagree, a weight is outside its format, a memory is too small, or a weight has another
    /// sign than its stored bit where the patterns hold the signs.
    pub fn new(
        core: impl Into<Sizing>,
        patterns: &[State],
        format: impl Into<SignedFormat>,
        weights: Vec<i16>,
        table: KernelTable,
    ) -> Result<Self, ImageError> {
        let format = format.into();
        let n = patterns.first().map_or(0, State::n);
        if let Some(pattern) = patterns.iter().position(|s| s.n() != n) {
            return Err(ImageError::Ragged { pattern, found: patterns[pattern].n(), expected: n });
        }
        let room = Room::new(core.into(), n as u64, patterns.len() as u64, format, &table)?;
        expect_words("weights", weights.len(), (n * patterns.len()) as u64)?;
        let columns = columns_of(patterns, n, room.geometry.distance_lanes());
        Self::checked(room, patterns.to_vec(), columns, format, weights, table)
    }

    /// An image from its patterns by column, as [`Self::columns`] gives them.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn from_columns(
        geometry: Geometry,
        n: u32,
        p: u64,
        columns: Vec<u64>,
        format: SignedFormat,
        weights: Vec<i16>,
        table: KernelTable,
    ) -> Result<Self, ImageError> {
        let room = Room::new(geometry.into(), n.into(), p, format, &table)?;
        let lanes = geometry.distance_lanes();
        expect_words("pattern memory", columns.len(), p.div_ceil(lanes as u64) * u64::from(n))?;
        expect_words("weights", weights.len(), u64::from(n) * p)?;
        let (n, p) = (n as usize, room.p as usize);
        check_stray_bits(&columns, n, p, lanes)?;
        let patterns = rows_of(&columns, n, p, lanes);
        Self::checked(room, patterns, columns, format, weights, table)
    }

    /// The image of parts whose sizes agree.
    fn checked(
        room: Room,
        patterns: Vec<State>,
        columns: Vec<u64>,
        format: SignedFormat,
        weights: Vec<i16>,
        table: KernelTable,
    ) -> Result<Self, ImageError> {
        let Room { core, geometry, layout, n, p } = room;
        check_weights(&weights, n as usize, format)?;
        let certified = Certified::default();
        let image = Self {
            geometry,
            layout,
            n,
            p,
            patterns,
            columns,
            weight_format: format,
            weights,
            table,
            certified,
            provenance: Provenance::default(),
        };
        if geometry.storage().shares_signs() {
            image.check_signs()?;
        }
        let geometry = core.with_accumulators(geometry, image.required_accumulator_bits());
        Ok(Self { geometry, ..image })
    }

    fn check_signs(&self) -> Result<(), ImageError> {
        let n = self.n as usize;
        for (at, &found) in self.weights.iter().enumerate() {
            let (pattern, neuron) = (at / n, at % n);
            let bit = self.bit(PatternIdx::from_usize(pattern), NeuronIdx::from_usize(neuron));
            if found != 0 && (found > 0) != bit {
                return Err(ImageError::Sign { pattern, neuron, found, bit });
            }
        }
        Ok(())
    }

    /// The same patterns, weights and table on another `core`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn on(&self, core: impl Into<Sizing>) -> Result<Self, ImageError> {
        let format = self.weight_format;
        let image = Self::new(core, &self.patterns, format, self.weights.clone(), self.table.clone())?;
        let (certified, provenance) = (self.certified.clone(), self.provenance.clone());
        Ok(Self { certified, provenance, ..image })
    }

    /// The same image with what it was made with, in the place of what it said before.
    #[must_use]
    pub fn made_with(self, provenance: Provenance) -> Self {
        Self { provenance, ..self }
    }

    /// What it was made with; empty if nobody said.
    #[must_use]
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The core the image is for.
    #[must_use]
    #[inline]
    pub const fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// The sizes on which the room that it takes depends.
    #[must_use]
    pub fn sizes(&self) -> ImageSizes {
        sizes(self.n, self.p, self.weight_format, &self.table)
    }

    /// What it occupies of each memory.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Bits it occupies of each memory, padding of partly filled words included.
    #[must_use]
    pub fn sram_bits(&self) -> Memories<u64> {
        self.layout.map(Occupancy::bits_used)
    }

    /// Neurons N.
    #[must_use]
    #[inline]
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// Stored patterns P.
    #[must_use]
    #[inline]
    pub const fn p(&self) -> u32 {
        self.p
    }

    /// Blocks of patterns: rows of the counter memory.
    #[must_use]
    #[inline]
    pub const fn blocks(&self) -> usize {
        (self.p as usize).div_ceil(self.geometry.distance_lanes())
    }

    /// Patterns in block `block`: the number of lanes in use.
    #[must_use]
    #[inline]
    pub fn lanes(&self, block: usize) -> usize {
        let l = self.geometry.distance_lanes();
        l.min(self.p as usize - block * l)
    }

    /// Groups of neurons that the MAC array takes at once.
    #[must_use]
    pub const fn groups(&self) -> usize {
        (self.n as usize).div_ceil(self.geometry.mac_lanes())
    }

    /// Bit `neuron` of the patterns of `block`, one word of the columns; lane `l` is bit `l`, 1 for +1.
    #[must_use]
    #[inline]
    pub fn column(&self, block: usize, neuron: NeuronIdx) -> u64 {
        self.columns[block * self.n as usize + neuron.get()]
    }

    /// All patterns by column, block by block and in each neuron by neuron.
    #[must_use]
    pub fn columns(&self) -> &[u64] {
        &self.columns
    }

    /// Words that hold one pattern where patterns lie by row: ceil(N/L).
    #[must_use]
    #[inline]
    pub const fn row_words(&self) -> usize {
        (self.n as usize).div_ceil(self.geometry.distance_lanes())
    }

    /// Bit `neuron` of `pattern`; true for +1.
    #[must_use]
    #[inline]
    pub fn bit(&self, pattern: PatternIdx, neuron: NeuronIdx) -> bool {
        self.pattern(pattern).get(neuron.get())
    }

    /// Stored pattern `pattern`.
    #[must_use]
    #[inline]
    pub fn pattern(&self, pattern: PatternIdx) -> &State {
        &self.patterns[pattern.get()]
    }

    /// All stored patterns, in order.
    #[must_use]
    #[inline]
    pub fn patterns(&self) -> &[State] {
        &self.patterns
    }

    /// The format of the weights.
    #[must_use]
    pub const fn weight_format(&self) -> SignedFormat {
        self.weight_format
    }

    /// The weights of `pattern`, one per neuron.
    #[must_use]
    #[inline]
    pub fn weight_row(&self, pattern: PatternIdx) -> &[i16] {
        let n = self.n as usize;
        &self.weights[pattern.get() * n..][..n]
    }

    /// All weights, row-major P x N.
    #[must_use]
    pub fn weights(&self) -> &[i16] {
        &self.weights
    }

    /// The one of `banks` banks of weight memory that holds the weight of `pattern` and `neuron`, with `word` weights of
    /// consecutive neurons in a word.
    #[must_use]
    pub const fn weight_bank(pattern: PatternIdx, neuron: NeuronIdx, word: usize, banks: usize) -> usize {
        (pattern.get() + neuron.get() / word) % banks
    }

    /// Bits that weight memory holds of a weight: none for weights of one bit whose signs the patterns hold.
    #[must_use]
    pub fn stored_weight_bits(&self) -> u32 {
        self.geometry.stored_weight_bits(self.weight_format.bits())
    }

    /// The weight of `pattern` and `neuron` as a core reads it: the stored word, with the stored bit for its sign where
    /// the patterns hold the signs.
    #[must_use]
    #[inline]
    pub fn weight_as_read(&self, pattern: PatternIdx, neuron: NeuronIdx) -> i64 {
        let weight = i64::from(self.weight_row(pattern)[neuron.get()]);
        match (self.geometry.storage().shares_signs(), self.bit(pattern, neuron)) {
            (false, _) => weight,
            (true, true) => weight.abs(),
            (true, false) => -weight.abs(),
        }
    }

    /// The weight of `pattern` and `neuron` as weight memory holds it, in [`Self::stored_weight_bits`] bits: a code of
    /// [`Self::weight_format`], or of its magnitude where the patterns hold the sign.
    #[must_use]
    pub fn weight_code(&self, pattern: PatternIdx, neuron: NeuronIdx) -> u16 {
        let weight = self.weight_row(pattern)[neuron.get()];
        code::code_of(self.weight_format, self.geometry.storage().shares_signs(), weight)
    }

    /// The weight that a core reads where weight memory gives `code` and the stored bit is `bit`: the inverse of
    /// [`Self::weight_code`], for every code there is.
    #[must_use]
    pub fn weight_of(&self, code: u16, bit: bool) -> i16 {
        code::weight_of(self.weight_format, self.geometry.storage().shares_signs(), code, bit)
    }

    /// An image of the same sizes on the same core with these bits, whatever they mean.
    pub(crate) fn holding(&self, patterns: Vec<State>, weights: Vec<i16>, table: KernelTable) -> Self {
        let columns = columns_of(&patterns, self.n as usize, self.geometry.distance_lanes());
        let certified = Certified::default();
        Self { patterns, columns, weights, table, certified, ..self.clone() }
    }

    /// The kernel table.
    #[must_use]
    #[inline]
    pub const fn table(&self) -> &KernelTable {
        &self.table
    }

    /// The image's certificate, which `find` works out the first time anybody asks: it is a fact of patterns, weights and
    /// table.
    pub(crate) fn certificate(&self, find: impl FnOnce() -> PatternCertificate) -> PatternCertificate {
        self.certified.get_or_find(find)
    }

    /// Bits of a distance counter.
    #[must_use]
    pub fn counter_bits(&self) -> u32 {
        counter_bits(self.n)
    }

    /// The largest magnitude any field or partial sum of one can reach, whatever the state and the order of addition:
    /// the larger of the sums of positive and of negative weights of a neuron, times the largest kernel word.
    #[must_use]
    pub fn worst_case_field(&self) -> u64 {
        let n = self.n as usize;
        let (mut positive, mut negative) = (vec![0u64; n], vec![0u64; n]);
        for row in self.weights.chunks_exact(n) {
            for (i, &w) in row.iter().enumerate() {
                let sum = if w > 0 { &mut positive[i] } else { &mut negative[i] };
                *sum += u64::from(w.unsigned_abs());
            }
        }
        let largest = positive.iter().chain(&negative).copied().max().unwrap_or(0);
        let kernel = self.table.entries().iter().copied().max().unwrap_or(0);
        largest * u64::from(kernel)
    }

    /// Bits an accumulator needs so that no field can overflow; see [`Self::worst_case_field`].
    #[must_use]
    pub fn required_accumulator_bits(&self) -> u32 {
        signed_width(self.worst_case_field())
    }
}

/// A core with room for an image of `n` neurons and `p` patterns.
#[derive(Clone, Copy)]
struct Room {
    core: Sizing,
    geometry: Geometry,
    layout: Layout,
    n: u32,
    p: u32,
}

impl Room {
    fn new(
        core: Sizing,
        n: u64,
        p: u64,
        format: SignedFormat,
        table: &KernelTable,
    ) -> Result<Self, ImageError> {
        let size = |found| u32::try_from(found).ok().filter(|&found| found > 0);
        let (Some(neurons), Some(patterns)) = (size(n).filter(|&n| n <= MAX_NEURONS), size(p)) else {
            return Err(ImageError::Size { n, p });
        };
        let (geometry, layout) = core.place(&sizes(neurons, patterns, format, table))?;
        Ok(Self { core, geometry, layout, n: neurons, p: patterns })
    }
}

fn sizes(n: u32, p: u32, format: SignedFormat, table: &KernelTable) -> ImageSizes {
    ImageSizes {
        n,
        p,
        weight_bits: format.bits(),
        entries: table.window() as u64,
        kernel_bits: table.format().bits(),
    }
}

fn expect_words(what: &'static str, found: usize, expected: u64) -> Result<(), ImageError> {
    let found = found as u64;
    if found == expected { Ok(()) } else { Err(ImageError::Words { what, found, expected }) }
}

fn check_weights(weights: &[i16], n: usize, format: SignedFormat) -> Result<(), ImageError> {
    let Some(at) = weights.iter().position(|&w| !format.contains(w.into())) else { return Ok(()) };
    Err(ImageError::Weight {
        pattern: at / n,
        neuron: at % n,
        found: weights[at],
        bits: format.bits().get(),
        range: format.values(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_units::Bits;

    fn state(signs: &[i8]) -> State {
        State::from_signs(signs).unwrap()
    }

    fn table() -> KernelTable {
        KernelTable::nearest_relative(Bits::new(2).unwrap(), &[3, 1]).unwrap()
    }

    fn build(patterns: &[State], weights: Vec<i16>) -> Result<CoreImage, ImageError> {
        CoreImage::new(Geometry::tiny(), patterns, Bits::new(2).unwrap(), weights, table())
    }

    #[test]
    fn patterns_come_back_from_the_column_layout() {
        let patterns: Vec<State> = (0..6u32)
            .map(|mu| {
                state(&(0..5u32).map(|i| if (mu * 7 + i * 3) % 4 < 2 { 1 } else { -1 }).collect::<Vec<_>>())
            })
            .collect();
        let image = build(&patterns, vec![1; 30]).unwrap();
        for (mu, pattern) in patterns.iter().enumerate() {
            assert_eq!(image.pattern(PatternIdx::from_usize(mu)), pattern, "pattern {mu}");
        }
        assert_eq!([image.lanes(0), image.lanes(1)], [4, 2], "6 patterns in lanes of 4");
    }

    #[test]
    fn skewed_banks_serve_rows_and_columns_without_conflict() {
        let distinct = |banks: Vec<usize>| (0..4).all(|b| banks.iter().filter(|&&x| x == b).count() == 1);
        let bank = |mu: usize, i: usize| {
            CoreImage::weight_bank(PatternIdx::from_usize(mu), NeuronIdx::from_usize(i), 1, 4)
        };
        for fixed in 0..7 {
            assert!(distinct((4..8).map(|i| bank(fixed, i)).collect()), "four neurons of pattern {fixed}");
            assert!(distinct((0..4).map(|mu| bank(mu, fixed)).collect()), "four patterns of neuron {fixed}");
        }
    }

    /// Words of two weights in two banks: four neurons of a pattern lie in both banks, two patterns of a neuron too.
    #[test]
    fn wide_words_are_skewed_by_word() {
        let bank = |mu: usize, i: usize| {
            CoreImage::weight_bank(PatternIdx::from_usize(mu), NeuronIdx::from_usize(i), 2, 2)
        };
        assert_eq!([4, 5, 6, 7].map(|i| bank(3, i)), [1, 1, 0, 0], "four neurons of pattern 3");
        assert_eq!([0, 1].map(|mu| bank(mu, 5)), [0, 1], "two patterns of neuron 5");
    }

    #[test]
    fn a_weight_against_its_bit_is_refused_where_patterns_hold_the_signs() {
        let patterns = [state(&[1, -1]), state(&[-1, 1])];
        let shared = crate::Storage { signs: crate::Signs::InPatterns, ..crate::Storage::default() };
        let build = |weights| {
            let geometry = Geometry::tiny().storing(shared);
            CoreImage::new(geometry, &patterns, Bits::new(2).unwrap(), weights, table())
        };
        assert_eq!(
            build(vec![1, -1, 0, -1]).unwrap_err().to_string(),
            "weight (pattern 1, neuron 1) is -1, its stored bit is +1: where the patterns hold the signs, a weight has the \
             sign of its bit",
            "message"
        );
        let image = build(vec![1, -1, 0, 1]).unwrap();
        for (at, &weight) in image.weights().iter().enumerate() {
            let read = image.weight_as_read(PatternIdx::from_usize(at / 2), NeuronIdx::from_usize(at % 2));
            assert_eq!(read, i64::from(weight), "weight {at}: magnitude and bit make the weight");
        }
        let plain = image.on(Geometry::tiny()).unwrap();
        assert_eq!(
            (plain.weights(), plain.stored_weight_bits()),
            (image.weights(), 2),
            "signs back in the weights"
        );
    }

    #[test]
    fn the_worst_case_field_is_the_larger_one_sided_sum() {
        let patterns = [state(&[1, -1]), state(&[-1, 1]), state(&[1, 1])];
        let image = build(&patterns, vec![1, -1, 1, -1, -1, -1]).unwrap();
        // Neuron 0: +1 +1 -1, neuron 1: -1 -1 -1; the largest kernel word is 3.
        assert_eq!(image.worst_case_field(), 9, "three times three");
        assert_eq!(image.required_accumulator_bits(), 5, "-9..=9");
    }

    #[test]
    fn parts_that_do_not_fit_are_refused_by_name() {
        let two = [state(&[1, -1]), state(&[-1, 1])];
        let message = |r: Result<CoreImage, ImageError>| r.unwrap_err().to_string();
        assert_eq!(
            message(build(&two, vec![1, 1, 1, -2])),
            "weight (pattern 1, neuron 1) is -2; 2 bits hold -1 to 1",
            "weight"
        );
        assert_eq!(
            message(build(&two, vec![1; 3])),
            "weights: found 3 words, expected 4",
            "number of weights"
        );
        assert_eq!(
            message(build(&[two[0].clone(), state(&[1])], vec![])),
            "pattern 1 has 1 bits, pattern 0 has 2",
            "ragged"
        );
        assert!(matches!(build(&[], vec![]), Err(ImageError::Size { .. })), "empty");
    }
}

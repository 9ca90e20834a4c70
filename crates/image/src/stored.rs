//! What becomes of stored patterns when each is the state, by the pairs of them that are near each other: a kernel word is
//! zero beyond the window of its table, and adds nothing.
//!
//! `crates/image/tests/reference.rs` compares it with the definition, which looks at every pattern.

use crate::certificate::{PatternCertificate, PatternSample};
use crate::image::CoreImage;
use klr_units::hamming::{Near, PackedRows};
use klr_units::threads::map_in_order;
use klr_units::{PatternIdx, State};
use std::num::NonZeroUsize;

/// Patterns of a job.
const BLOCK: usize = 128;

/// Entries of the list of near patterns, at most: 8 bytes each.
const ENTRIES: usize = 1 << 25;

/// The patterns of an image in one piece.
pub(crate) struct Patterns<'a> {
    image: &'a CoreImage,
    words: Vec<u64>,
}

/// Patterns, how many of them are kept and how many fixed, and their smallest margin.
#[derive(Clone, Copy)]
struct Found {
    patterns: u64,
    kept: u64,
    fixed: u64,
    min_margin: i64,
}

impl Found {
    const NONE: Self = Self { patterns: 0, kept: 0, fixed: 0, min_margin: i64::MAX };

    fn with(self, other: Self) -> Self {
        Self {
            patterns: self.patterns + other.patterns,
            kept: self.kept + other.kept,
            fixed: self.fixed + other.fixed,
            min_margin: self.min_margin.min(other.min_margin),
        }
    }

    const fn certificate(self) -> PatternCertificate {
        PatternCertificate { kept: self.kept, fixed: self.fixed, min_margin: self.min_margin }
    }
}

impl<'a> Patterns<'a> {
    pub(crate) fn of(image: &'a CoreImage) -> Self {
        Self { image, words: image.patterns().iter().flat_map(State::words).copied().collect() }
    }

    fn rows(&self) -> PackedRows<'_> {
        PackedRows::new(&self.words, (self.image.n() as usize).div_ceil(64))
    }

    /// The largest distance at which the kernel word of a stored pattern may not be zero, when the state is a stored pattern:
    /// with either form of the table, since the nearest one is then at distance 0.
    fn reach(&self) -> u32 {
        u32::try_from(self.image.table().window()).unwrap_or(u32::MAX).saturating_sub(1)
    }

    /// All patterns; `None` if so many are near each other that there is no room for the list.
    pub(crate) fn all_near(&self, threads: NonZeroUsize) -> Option<PatternCertificate> {
        let near = self.rows().near(self.reach(), ENTRIES, threads)?;
        let found = self.each(self.image.p() as usize, threads, |mu| self.one(mu, near.of(mu)));
        Some(found.certificate())
    }

    /// All patterns, one after the other.
    pub(crate) fn all(&self, threads: NonZeroUsize) -> PatternCertificate {
        let found = self.each(self.image.p() as usize, threads, |mu| self.one(mu, &self.near(mu)));
        found.certificate()
    }

    /// The patterns `rows`.
    pub(crate) fn some(&self, rows: &[usize], threads: NonZeroUsize) -> PatternSample {
        let found = self.each(rows.len(), threads, |at| self.one(rows[at], &self.near(rows[at])));
        let Found { patterns, kept, fixed, min_margin } = found;
        PatternSample { patterns, kept, fixed, min_margin_at_most: min_margin }
    }

    /// The patterns whose kernel words may not be zero when `mu` is the state.
    pub(crate) fn near(&self, mu: usize) -> Vec<Near> {
        self.rows().within(self.rows().row(mu), self.reach())
    }

    fn each(&self, count: usize, threads: NonZeroUsize, one: impl Fn(usize) -> Found + Sync) -> Found {
        let blocks = (0..count).step_by(BLOCK).collect();
        let parts = map_in_order(blocks, threads, |from: usize| {
            (from..count.min(from + BLOCK)).map(&one).fold(Found::NONE, Found::with)
        });
        parts.into_iter().fold(Found::NONE, Found::with)
    }

    fn one(&self, mu: usize, near: &[Near]) -> Found {
        let image = self.image;
        let mut fields = vec![0i64; image.n() as usize];
        for near in near {
            let k = i64::from(image.table().lookup(near.distance, 0));
            if k != 0 {
                let weights = image.weight_row(PatternIdx::from_usize(near.row as usize));
                fields.iter_mut().zip(weights).for_each(|(field, &w)| *field += i64::from(w) * k);
            }
        }
        let pattern = image.pattern(PatternIdx::from_usize(mu));
        let margins = fields.into_iter().zip(pattern.signs()).map(|(h, sign)| h * i64::from(sign));
        let min_margin = margins.min().unwrap_or(0);
        Found { patterns: 1, kept: u64::from(min_margin >= 0), fixed: u64::from(min_margin > 0), min_margin }
    }
}

//! The bits of an image as the search reads them.

use klr_image::{CoreImage, TableForm};
use klr_units::hamming::PackedRows;
use klr_units::{PatternIdx, State};

/// An image with its patterns in one piece.
pub(super) struct Memory<'a> {
    pub(super) image: &'a CoreImage,
    words: Vec<u64>,
    /// Kernel words over distance minus origin, with zeros up to N.
    pub(super) table: Vec<i64>,
}

impl<'a> Memory<'a> {
    pub(super) fn of(image: &'a CoreImage) -> Self {
        let words = image.patterns().iter().flat_map(State::words).copied().collect();
        let mut table: Vec<i64> = image.table().entries().iter().map(|&k| i64::from(k)).collect();
        // Flips of pattern memory can move a distance up to N, and never beyond.
        table.resize(table.len().max(image.n() as usize + 1), 0);
        Self { image, words, table }
    }

    pub(super) fn n(&self) -> usize {
        self.image.n() as usize
    }

    /// Stored kernel words.
    pub(super) fn window(&self) -> u32 {
        u32::try_from(self.image.table().window()).unwrap_or(u32::MAX)
    }

    /// The neurons in which pattern `nu` differs from `state`.
    pub(super) fn differing<'b>(&'b self, nu: usize, state: &'b State) -> impl Iterator<Item = usize> + 'b {
        let stride = self.n().div_ceil(64);
        let words = self.words[nu * stride..][..stride].iter().zip(state.words());
        words.enumerate().flat_map(|(at, (a, b))| {
            let mut left = a ^ b;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }

    pub(super) fn is_absolute(&self) -> bool {
        self.image.table().form() == TableForm::Absolute
    }

    pub(super) fn pattern(&self, mu: usize) -> &State {
        self.image.pattern(PatternIdx::from_usize(mu))
    }

    pub(super) fn weights(&self, mu: usize) -> &[i16] {
        self.image.weight_row(PatternIdx::from_usize(mu))
    }

    /// Distances of all patterns from `state`, in the place of what `distances` holds.
    pub(super) fn distances(&self, state: &State, distances: &mut Vec<u32>) {
        PackedRows::new(&self.words, self.n().div_ceil(64)).distances(state.words(), distances);
    }

    /// The kernel word of each pattern whose word is not zero, at these distances.
    pub(super) fn live(&self, distances: &[u32]) -> Vec<(usize, i64)> {
        let nearest = if self.is_absolute() { 0 } else { distances.iter().copied().min().unwrap_or(0) };
        let window = self.image.table().window();
        let inside = distances.iter().enumerate().filter(|&(_, &d)| ((d - nearest) as usize) < window);
        inside.map(|(nu, &d)| (nu, self.table[(d - nearest) as usize])).filter(|&(_, k)| k > 0).collect()
    }

    /// The fields that these patterns give.
    pub(super) fn fields(&self, live: &[(usize, i64)]) -> Vec<i64> {
        let mut fields = vec![0; self.n()];
        for &(nu, k) in live {
            fields.iter_mut().zip(self.weights(nu)).for_each(|(h, &w)| *h += i64::from(w) * k);
        }
        fields
    }
}

/// An index as certificates hold it.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 of them")
}

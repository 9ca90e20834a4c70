//! The kernel as integers over Hamming distance.

use klr_units::{Bits, TableForm, UnsignedFormat};

/// Kernel words of 1 to 16 bits; an index at or beyond the last entry reads zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelTable {
    form: TableForm,
    format: UnsignedFormat,
    entries: Vec<u16>,
}

/// A table that no core can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KernelTableError {
    /// Every entry is zero.
    #[error("every kernel word is zero: no field would ever leave zero")]
    AllZero,
    /// An entry needs more bits than the format has.
    #[error("kernel word {index} is {found}; {bits} bits hold 0 to {max}")]
    OutOfRange {
        /// Index of the entry.
        index: usize,
        /// The entry.
        found: u16,
        /// Width of the format.
        bits: u8,
        /// Largest value of the format.
        max: u16,
    },
    /// The nearest pattern would not count.
    #[error("kernel word 0 of a nearest-relative table is zero: the nearest pattern would not count")]
    NearestIsZero,
}

impl KernelTable {
    /// A table of `form` with words of `bits`; zeros at its end are dropped, since beyond the end a table reads zero.
    ///
    /// # Errors
    /// [`KernelTableError`] if an entry does not fit, if all are zero, or if entry 0 of a nearest-relative table is zero.
    pub fn new(form: TableForm, bits: Bits, entries: &[u16]) -> Result<Self, KernelTableError> {
        let format = UnsignedFormat::new(bits);
        let max = format.max();
        if let Some(index) = entries.iter().position(|&k| k > max) {
            return Err(KernelTableError::OutOfRange { index, found: entries[index], bits: bits.get(), max });
        }
        let used = entries.iter().rposition(|&k| k > 0).ok_or(KernelTableError::AllZero)? + 1;
        if form == TableForm::NearestRelative && entries[0] == 0 {
            return Err(KernelTableError::NearestIsZero);
        }
        Ok(Self { form, format, entries: entries[..used].to_vec() })
    }

    /// A table indexed by distance.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn absolute(bits: Bits, entries: &[u16]) -> Result<Self, KernelTableError> {
        Self::new(TableForm::Absolute, bits, entries)
    }

    /// A table indexed by distance minus the smallest distance.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn nearest_relative(bits: Bits, entries: &[u16]) -> Result<Self, KernelTableError> {
        Self::new(TableForm::NearestRelative, bits, entries)
    }

    /// The same memory with `entries`, one for each stored word, as its content, whatever they are: zeros at its end stay.
    pub(crate) fn holding(&self, entries: Vec<u16>) -> Self {
        debug_assert_eq!(entries.len(), self.entries.len(), "one word each");
        Self { entries, ..self.clone() }
    }

    /// What indexes the table.
    #[must_use]
    pub const fn form(&self) -> TableForm {
        self.form
    }

    /// The format of its words.
    #[must_use]
    pub const fn format(&self) -> UnsignedFormat {
        self.format
    }

    /// The stored words; the last is not zero, unless it is read so from a faulty memory ([`crate::CoreImage::as_read`]).
    #[must_use]
    pub fn entries(&self) -> &[u16] {
        &self.entries
    }

    /// Number of stored words: an index below it is inside the kernel window.
    #[must_use]
    pub fn window(&self) -> usize {
        self.entries.len()
    }

    /// The distance that index 0 stands for, when the smallest distance is `d_min`.
    #[must_use]
    #[inline]
    pub const fn origin(&self, d_min: u32) -> u32 {
        self.form.origin(d_min)
    }

    /// The kernel word of a pattern at distance `d`, when the smallest distance to any pattern is `d_min`.
    #[must_use]
    #[inline]
    pub fn lookup(&self, d: u32, d_min: u32) -> u16 {
        let index = d - self.origin(d_min);
        self.entries.get(index as usize).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(b: u8) -> Bits {
        Bits::new(b).unwrap()
    }

    #[test]
    fn lookups_start_at_the_origin_and_end_at_the_window() {
        let absolute = KernelTable::absolute(bits(4), &[15, 5, 1, 0, 0]).unwrap();
        assert_eq!(absolute.window(), 3, "trailing zeros are not stored");
        assert_eq!([absolute.lookup(1, 1), absolute.lookup(9, 1)], [5, 0], "by distance");
        let relative = KernelTable::nearest_relative(bits(4), &[15, 5]).unwrap();
        assert_eq!(
            [relative.lookup(9, 9), relative.lookup(10, 9), relative.lookup(11, 9)],
            [15, 5, 0],
            "by d - d_min"
        );
    }

    #[test]
    fn tables_that_could_not_work_are_refused() {
        assert_eq!(
            KernelTable::absolute(bits(4), &[0, 0]),
            Err(KernelTableError::AllZero),
            "dead everywhere"
        );
        assert_eq!(
            KernelTable::nearest_relative(bits(4), &[0, 3]),
            Err(KernelTableError::NearestIsZero),
            "dead nearby"
        );
        let wide = KernelTable::absolute(bits(4), &[15, 16]).unwrap_err();
        assert_eq!(wide.to_string(), "kernel word 1 is 16; 4 bits hold 0 to 15", "range");
    }
}

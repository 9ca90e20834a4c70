//! What can be wrong with the header of a NumPy file.

/// The most characters a header may have: the limit NumPy itself sets (`numpy.lib.format`, `max_header_size`).
pub(super) const MAX_HEADER: usize = 10_000;

/// Why the bytes at the start of a file are no header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The file does not start with the six bytes of the format.
    #[error("the file does not begin as `numpy.save` begins one")]
    Magic,
    /// The file is an archive of arrays.
    #[error("the file is an archive, as of `numpy.savez`; save the one array in it with `numpy.save`")]
    Archive,
    /// The version is none there is.
    #[error("the format version is {major}.{minor}, allowed are 1.0, 2.0 and 3.0")]
    Version {
        /// Its first number.
        major: u8,
        /// Its second number.
        minor: u8,
    },
    /// The file is shorter than its header.
    #[error("the file ends within its header")]
    Short,
    /// The header is longer than NumPy reads.
    #[error("the header has {found} bytes, allowed are at most {MAX_HEADER}, as in NumPy")]
    Long {
        /// Its bytes.
        found: usize,
    },
    /// A header of version 3.0 that is not UTF-8.
    #[error("the header is not UTF-8, as format version 3.0 needs it")]
    Encoding,
    /// Something that is no Python literal.
    #[error("character {at} of the header: expected {expected}")]
    Syntax {
        /// The character, counted from 1.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// A number that no array needs.
    #[error("character {at} of the header: the number does not fit 128 bits")]
    Number {
        /// Its first character, counted from 1.
        at: usize,
    },
    /// Brackets within brackets within brackets.
    #[error("the header is nested too deep")]
    Nesting,
    /// The literal is not a dictionary with the three keys.
    #[error("the header is not a dictionary with the keys descr, fortran_order and shape, and no others")]
    Keys,
    /// `fortran_order` is not a truth value.
    #[error("fortran_order in the header is neither True nor False")]
    FortranOrder,
    /// `shape` is not a tuple of sizes.
    #[error("shape in the header is not a tuple of whole numbers from 0 to 2^63 - 1")]
    Shape,
    /// `descr` names no type.
    #[error("descr in the header names no dtype that NumPy reads")]
    Descr,
}

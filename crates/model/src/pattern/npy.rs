//! NumPy files in and out: patterns, cues and dual variables.
//!
//! A pattern file is a 2-D array, one row per pattern, of dtype `int8` (-1 and +1, or 0 and 1), `bool` or `uint8`
//! (0 and 1), in C or Fortran order. Row indices are a 1-D array of whole numbers. Dual variables are `float32` or
//! `float64`, one row per pattern and one column per neuron. A header is read as `numpy.load` reads it, by whichever
//! name it calls the dtype. Nothing in a file, however broken, makes reading panic or take more memory than a few times
//! the file.

mod advice;
mod dtype;
mod header;
mod indices;
mod literal;
mod malformed;
mod values;

pub use advice::Advice;
pub use indices::{parse_indices, read_indices};
pub use malformed::HeaderError;

use crate::pattern::{PatternError, PatternSet};
use advice::{Purpose, advise};
use dtype::{Dtype, Kind, Scalar};
use header::Header;
use klr_units::State;
use klr_units::file::{self, FileError};
use npyz::WriterBuilder;
use std::path::{Path, PathBuf};
use values::Number;

/// Why an array cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrayError {
    /// The header is not that of a NumPy file.
    #[error("not a NumPy array: {0}")]
    Header(#[from] HeaderError),
    /// The elements have a type that is not read.
    #[error("the dtype is {found}, allowed are {allowed}; {advice}")]
    Type {
        /// The dtype, as NumPy writes it.
        found: String,
        /// The dtypes allowed.
        allowed: &'static str,
        /// What to do in NumPy.
        advice: Advice,
    },
    /// The array is not two-dimensional.
    #[error("the shape is ({}), expected two dimensions: (rows, neurons); {advice}", list(shape))]
    Rank {
        /// The shape.
        shape: Vec<u64>,
        /// What to do in NumPy.
        advice: Advice,
    },
    /// An array that is no list of row indices.
    #[error(
        "the dtype is {found} and the shape ({}); allowed are whole numbers in one dimension, a row index for each cue",
        list(shape)
    )]
    Indices {
        /// The dtype, as NumPy writes it.
        found: String,
        /// The shape.
        shape: Vec<u64>,
    },
    /// There are too few or too many bytes for the shape.
    #[error(
        "the array holds {found} bytes, its shape ({}) needs {expected}: it is truncated or has bytes added",
        list(shape)
    )]
    Length {
        /// The shape.
        shape: Vec<u64>,
        /// Bytes after the header.
        found: u64,
        /// Bytes the shape needs, at most the largest 64-bit number.
        expected: u64,
    },
    /// A value is not one of those allowed.
    #[error("row {row}, column {column}: found {found}, allowed are {allowed}; {advice}")]
    Value {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value found.
        found: i64,
        /// The values allowed.
        allowed: &'static str,
        /// What to do in NumPy.
        advice: Advice,
    },
    /// Both 0 and -1 occur, so that it is unclear which of them stands for -1.
    #[error(
        "row {}, column {} is 0 but row {}, column {} is -1; allowed are {SIGNS}; {advice}",
        zero.0, zero.1, negative.0, negative.1
    )]
    Mixed {
        /// Row and column of the first 0.
        zero: (usize, usize),
        /// Row and column of the first -1.
        negative: (usize, usize),
        /// What to do in NumPy.
        advice: Advice,
    },
    /// A dual variable is infinite or not a number.
    #[error("row {row}, column {column}: found {found}, allowed are finite numbers")]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value, as text.
        found: String,
    },
    /// The values are not patterns.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// Why a NumPy file could not be read or written; the message names the file.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The content is of no use.
    #[error("{}: {source}", klr_units::text::path(path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<ArrayError>,
    },
}

/// What `int8` patterns may hold.
const SIGNS: &str = "-1 and +1, or 0 and 1";
/// What `uint8` and `bool` patterns may hold.
const BITS: &str = "0 and 1";

/// Dual variables read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Duals {
    /// P, the number of rows.
    pub p: usize,
    /// N, the number of columns.
    pub n: usize,
    /// P x N values, row-major, all finite.
    pub values: Vec<f64>,
}

/// The patterns in the file at `path`, in file order, repeated rows included
/// ([`PatternSet::require_distinct`] and [`PatternSet::without_duplicates`] deal with those).
///
/// # Errors
/// [`NpyError`] naming the file, and where it applies the row and column, what was found and what is allowed.
pub fn read_patterns(path: &Path) -> Result<PatternSet, NpyError> {
    read_with(path, parse_patterns)
}

/// The patterns in the bytes of a NumPy file.
///
/// # Errors
/// [`ArrayError`] as for [`read_patterns`].
pub fn parse_patterns(bytes: &[u8]) -> Result<PatternSet, ArrayError> {
    let array = Array::parse(bytes, Purpose::Bits)?;
    let values = array.pattern_values()?;
    let negative = array.negative_value(&values)?;
    let signs: Vec<i8> = values.into_iter().map(|v| if v == negative { -1 } else { 1 }).collect();
    Ok(PatternSet::from_signs(array.columns, &array.row_major(&signs))?)
}

/// The cues in the file at `path`, one state per row; the format is that of patterns.
///
/// # Errors
/// [`NpyError`] as for [`read_patterns`].
pub fn read_cues(path: &Path) -> Result<Vec<State>, NpyError> {
    read_with(path, parse_cues)
}

/// The cues in the bytes of a NumPy file.
///
/// # Errors
/// [`ArrayError`] as for [`read_patterns`].
pub fn parse_cues(bytes: &[u8]) -> Result<Vec<State>, ArrayError> {
    let rows = parse_patterns(bytes)?;
    Ok((0..rows.p()).map(|row| rows.state(row)).collect())
}

/// The dual variables in the file at `path`.
///
/// # Errors
/// [`NpyError`] naming the file, and where it applies the row and column.
pub fn read_duals(path: &Path) -> Result<Duals, NpyError> {
    read_with(path, parse_duals)
}

/// The dual variables in the bytes of a NumPy file.
///
/// # Errors
/// [`ArrayError`] as for [`read_duals`].
pub fn parse_duals(bytes: &[u8]) -> Result<Duals, ArrayError> {
    let array = Array::parse(bytes, Purpose::Duals)?;
    let values = array.floats();
    if let Some(at) = values.iter().position(|v| !v.is_finite()) {
        let (row, column) = array.place(at);
        return Err(ArrayError::NotFinite { row, column, found: values[at].to_string() });
    }
    Ok(Duals { p: array.rows, n: array.columns, values: array.row_major(&values) })
}

/// Writes `patterns` to `path` as `int8` -1 and +1, one row per pattern.
///
/// # Errors
/// [`NpyError::File`] if the file cannot be written.
pub fn write_patterns(path: &Path, patterns: &PatternSet) -> Result<(), NpyError> {
    Ok(file::write_atomically(path, &encode_patterns(path, patterns)?)?)
}

/// The bytes that [`write_patterns`] writes to `path`.
///
/// # Errors
/// [`NpyError::File`] if the serializer refuses, which it does for no pattern.
pub fn encode_patterns(path: &Path, patterns: &PatternSet) -> Result<Vec<u8>, NpyError> {
    let signs = (0..patterns.p()).flat_map(|mu| (0..patterns.n()).map(move |i| patterns.sign(mu, i)));
    encode_array(path, &[patterns.p(), patterns.n()], signs)
}

/// Writes `states` to `path` as `int8` -1 and +1, one row per state.
///
/// # Errors
/// [`NpyError`] if there is none, their lengths differ, or the file cannot be written.
pub fn write_states(path: &Path, states: &[State]) -> Result<(), NpyError> {
    let content =
        |source: PatternError| NpyError::Content { path: path.to_owned(), source: Box::new(source.into()) };
    let n = states.first().ok_or_else(|| content(PatternError::Empty { rows: 0, columns: 0 }))?.n();
    if let Some(other) = states.iter().find(|state| state.n() != n) {
        return Err(content(PatternError::Dimension { what: "state", found: other.n(), expected: n }));
    }
    let bytes = encode_array(path, &[states.len(), n], states.iter().flat_map(State::signs))?;
    Ok(file::write_atomically(path, &bytes)?)
}

/// Row indices, counted from 0, as the bytes of a file of `uint64` in one dimension; [`read_indices`] reads it.
///
/// # Errors
/// [`NpyError::File`] naming `path` if the serializer refuses, which it does for no index.
pub fn encode_indices(path: &Path, indices: &[usize]) -> Result<Vec<u8>, NpyError> {
    encode_array(path, &[indices.len()], indices.iter().map(|&index| index as u64))
}

/// Writes dual variables, row-major with rows of `n`, to `path` as `float64`.
///
/// # Errors
/// [`NpyError`] if they do not fill whole rows, or the file cannot be written.
pub fn write_duals(path: &Path, n: usize, duals: &[f64]) -> Result<(), NpyError> {
    Ok(file::write_atomically(path, &encode_duals(path, n, duals)?)?)
}

/// The bytes that [`write_duals`] writes to `path`.
///
/// # Errors
/// [`NpyError`] if they do not fill whole rows.
pub fn encode_duals(path: &Path, n: usize, duals: &[f64]) -> Result<Vec<u8>, NpyError> {
    if n == 0 || !duals.len().is_multiple_of(n) {
        let source = Box::new(PatternError::Ragged { found: duals.len(), columns: n }.into());
        return Err(NpyError::Content { path: path.to_owned(), source });
    }
    encode_array(path, &[duals.len() / n, n], duals.iter().copied())
}

fn read_with<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, ArrayError>) -> Result<T, NpyError> {
    let bytes = file::read(path)?;
    parse(&bytes).map_err(|source| NpyError::Content { path: path.to_owned(), source: Box::new(source) })
}

fn encode_array<T: npyz::AutoSerialize>(
    path: &Path,
    shape: &[usize],
    values: impl Iterator<Item = T>,
) -> Result<Vec<u8>, NpyError> {
    let header = 128;
    let mut bytes = Vec::with_capacity(header + shape.iter().product::<usize>() * size_of::<T>());
    let shape: Vec<u64> = shape.iter().map(|&length| length as u64).collect();
    let written =
        npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes).begin_nd().and_then(
            |mut writer| {
                writer.extend(values)?;
                writer.finish()
            },
        );
    written.map_err(|source| FileError { path: path.to_owned(), action: "write", source })?;
    Ok(bytes)
}

/// A two-dimensional array of a type that is read, whose bytes have been checked to be as many as its shape needs.
struct Array<'a> {
    header: Header,
    scalar: Scalar,
    rows: usize,
    columns: usize,
    /// The bytes after the header.
    data: &'a [u8],
}

impl<'a> Array<'a> {
    fn parse(bytes: &'a [u8], purpose: Purpose) -> Result<Self, ArrayError> {
        let (header, data) = Header::split(bytes)?;
        require_length(&header, data)?;
        let shape = || header.shape.clone();
        let &[rows, columns] = header.shape.as_slice() else {
            return Err(ArrayError::Rank { shape: shape(), advice: advise(&header, data, purpose) });
        };
        if rows == 0 || columns == 0 {
            return Err(PatternError::Empty { rows: fit(rows), columns: fit(columns) }.into());
        }
        let scalar = match header.dtype {
            Dtype::Scalar(scalar) if purpose.reads(scalar) => scalar,
            _ => {
                let (found, advice) = (header.dtype.to_string(), advise(&header, data, purpose));
                return Err(ArrayError::Type { found, allowed: purpose.types(), advice });
            }
        };
        Ok(Self { header, scalar, rows: fit(rows), columns: fit(columns), data })
    }

    /// Row and column of the element at place `at` of the file.
    fn place(&self, at: usize) -> (usize, usize) {
        if self.header.fortran_order {
            (at % self.rows, at / self.rows)
        } else {
            (at / self.columns, at % self.columns)
        }
    }

    /// `values` in file order as rows.
    fn row_major<T: Copy>(&self, values: &[T]) -> Vec<T> {
        if self.header.fortran_order {
            (0..values.len()).map(|at| values[at % self.columns * self.rows + at / self.columns]).collect()
        } else {
            values.to_vec()
        }
    }

    fn advice(&self) -> Advice {
        advise(&self.header, self.data, Purpose::Bits)
    }

    /// The elements in file order, each checked to be one its type may hold; signs and zeros not yet told apart.
    fn pattern_values(&self) -> Result<Vec<i8>, ArrayError> {
        let signed = self.scalar.kind == Kind::Int;
        self.data.iter().enumerate().map(|(at, &byte)| self.pattern_value(at, byte, signed)).collect()
    }

    fn pattern_value(&self, at: usize, byte: u8, signed: bool) -> Result<i8, ArrayError> {
        match (byte, signed) {
            (0, _) => Ok(0),
            (1, _) => Ok(1),
            (u8::MAX, true) => Ok(-1),
            _ => {
                let (row, column) = self.place(at);
                let found = if signed { i64::from(byte.cast_signed()) } else { i64::from(byte) };
                let allowed = if signed { SIGNS } else { BITS };
                Err(ArrayError::Value { row, column, found, allowed, advice: self.advice() })
            }
        }
    }

    /// Which of 0 and -1 stands for -1.
    fn negative_value(&self, values: &[i8]) -> Result<i8, ArrayError> {
        let first = |value| values.iter().position(|&v| v == value);
        match (first(0), first(-1)) {
            (Some(zero), Some(negative)) => {
                let (zero, negative) = (self.place(zero), self.place(negative));
                Err(ArrayError::Mixed { zero, negative, advice: self.advice() })
            }
            (Some(_), None) => Ok(0),
            (None, _) => Ok(-1),
        }
    }

    /// The elements in file order as floating-point numbers.
    fn floats(&self) -> Vec<f64> {
        let size = fit(self.scalar.size);
        let float = |bytes: &[u8]| Number::read(self.scalar, bytes).map_or(f64::NAN, Number::real);
        self.data.chunks_exact(size).map(float).collect()
    }
}

/// Refuses `data` that is not as many bytes as the shape of `header` needs.
fn require_length(header: &Header, data: &[u8]) -> Result<(), ArrayError> {
    let elements = header.shape.iter().fold(1, |product: u64, &size| product.saturating_mul(size));
    let expected = elements.saturating_mul(header.dtype.bytes().unwrap_or(u64::MAX));
    let found = data.len() as u64;
    // The bytes of a pickle follow no shape.
    if header.dtype.has_objects() || found == expected {
        return Ok(());
    }
    Err(ArrayError::Length { shape: header.shape.clone(), found, expected })
}

/// A dimension as a `usize`. One that does not fit cannot belong to bytes that are in memory.
fn fit(dimension: u64) -> usize {
    usize::try_from(dimension).unwrap_or(usize::MAX)
}

fn list(shape: &[u64]) -> String {
    shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

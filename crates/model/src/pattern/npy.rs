//! NumPy files in and out: patterns, cues and dual variables.
//!
//! A pattern file is a 2-D array, one row per pattern, of dtype `int8` (-1 and +1, or 0 and 1), `bool` or `uint8`
//! (0 and 1), in C or Fortran order. Dual variables are `float32` or `float64`, one row per pattern and one column per
//! neuron. Nothing in a file, however broken, makes reading panic or take more memory than a few times the file.

use crate::pattern::{PatternError, PatternSet};
use klr_units::State;
use klr_units::file::{self, FileError};
use npyz::{DType, NpyFile, NpyHeader, TypeChar, WriterBuilder};
use std::path::{Path, PathBuf};

/// The most characters a header may have: the limit NumPy itself sets (`numpy.lib.format`, `max_header_size`).
const MAX_HEADER: usize = 10_000;

/// The deepest nesting of brackets in a header of ours is two; the parser recurses, so more is refused.
const MAX_NESTING: u32 = 8;

/// Why an array cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrayError {
    /// The header is not that of a NumPy file.
    #[error("not a NumPy array: {reason}")]
    Header {
        /// What is wrong with it.
        reason: String,
    },
    /// The elements have a type that is not read.
    #[error("the dtype is {found}, allowed are {allowed}; in NumPy, convert it with .astype({example})")]
    Type {
        /// The dtype, as NumPy writes it.
        found: String,
        /// The dtypes allowed.
        allowed: &'static str,
        /// One of them, as an argument in Python.
        example: &'static str,
    },
    /// The array is not two-dimensional.
    #[error("the shape is ({}), expected two dimensions: (rows, neurons)", list(shape))]
    Rank {
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
    /// Both 0 and -1 occur, so that it is unclear which of them stands for -1.
    #[error(
        "row {}, column {} is 0 but row {}, column {} is -1; allowed are {SIGNS}",
        zero.0, zero.1, negative.0, negative.1
    )]
    Mixed {
        /// Row and column of the first 0.
        zero: (usize, usize),
        /// Row and column of the first -1.
        negative: (usize, usize),
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
        source: ArrayError,
    },
}

/// What `int8` patterns may hold.
const SIGNS: &str = "-1 and +1, or 0 and 1";
/// What `uint8` and `bool` patterns may hold.
const BITS: &str = "0 and 1";
const PATTERN_TYPES: &str = "int8, uint8 and bool";
const DUAL_TYPES: &str = "float32 and float64";

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
    let array = Array::parse(bytes)?;
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
    let array = Array::parse(bytes)?;
    let values = array.floats()?;
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
    let signs = (0..patterns.p()).flat_map(|mu| (0..patterns.n()).map(move |i| patterns.sign(mu, i)));
    write_array(path, [patterns.p(), patterns.n()], signs)
}

/// Writes `states` to `path` as `int8` -1 and +1, one row per state.
///
/// # Errors
/// [`NpyError`] if there is none, their lengths differ, or the file cannot be written.
pub fn write_states(path: &Path, states: &[State]) -> Result<(), NpyError> {
    let content = |source: PatternError| NpyError::Content { path: path.to_owned(), source: source.into() };
    let n = states.first().ok_or_else(|| content(PatternError::Empty { rows: 0, columns: 0 }))?.n();
    if let Some(other) = states.iter().find(|state| state.n() != n) {
        return Err(content(PatternError::Dimension { what: "state", found: other.n(), expected: n }));
    }
    write_array(path, [states.len(), n], states.iter().flat_map(State::signs))
}

/// Writes dual variables, row-major with rows of `n`, to `path` as `float64`.
///
/// # Errors
/// [`NpyError`] if they do not fill whole rows, or the file cannot be written.
pub fn write_duals(path: &Path, n: usize, duals: &[f64]) -> Result<(), NpyError> {
    if n == 0 || !duals.len().is_multiple_of(n) {
        let source = PatternError::Ragged { found: duals.len(), columns: n }.into();
        return Err(NpyError::Content { path: path.to_owned(), source });
    }
    write_array(path, [duals.len() / n, n], duals.iter().copied())
}

fn read_with<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, ArrayError>) -> Result<T, NpyError> {
    let bytes = file::read(path)?;
    parse(&bytes).map_err(|source| NpyError::Content { path: path.to_owned(), source })
}

fn write_array<T: npyz::AutoSerialize>(
    path: &Path,
    [rows, columns]: [usize; 2],
    values: impl Iterator<Item = T>,
) -> Result<(), NpyError> {
    let mut bytes = Vec::new();
    let written = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&[rows as u64, columns as u64])
        .writer(&mut bytes)
        .begin_nd()
        .and_then(|mut writer| {
            writer.extend(values)?;
            writer.finish()
        });
    written.map_err(|source| FileError { path: path.to_owned(), action: "write", source })?;
    Ok(file::write_atomically(path, &bytes)?)
}

/// A two-dimensional array whose bytes have been checked to be as many as its shape needs.
struct Array<'a> {
    header: NpyHeader,
    rows: usize,
    columns: usize,
    /// The bytes after the header.
    data: &'a [u8],
}

impl<'a> Array<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, ArrayError> {
        screen_header(bytes)?;
        let mut data = bytes;
        let header = NpyHeader::from_reader(&mut data).map_err(|e| header_error(&e))?;
        let shape = header.shape().to_vec();
        let &[rows, columns] = shape.as_slice() else { return Err(ArrayError::Rank { shape }) };
        let item = header.dtype().num_bytes().unwrap_or(0) as u64;
        let expected = rows.saturating_mul(columns).saturating_mul(item);
        let found = data.len() as u64;
        if item > 0 && found != expected {
            return Err(ArrayError::Length { shape, found, expected });
        }
        if rows == 0 || columns == 0 {
            return Err(PatternError::Empty { rows: fit(rows), columns: fit(columns) }.into());
        }
        Ok(Self { header, rows: fit(rows), columns: fit(columns), data })
    }

    /// Row and column of the element at place `at` of the file.
    fn place(&self, at: usize) -> (usize, usize) {
        match self.header.order() {
            npyz::Order::C => (at / self.columns, at % self.columns),
            npyz::Order::Fortran => (at % self.rows, at / self.rows),
        }
    }

    /// `values` in file order as rows.
    fn row_major<T: Copy>(&self, values: &[T]) -> Vec<T> {
        match self.header.order() {
            npyz::Order::C => values.to_vec(),
            npyz::Order::Fortran => (0..values.len())
                .map(|at| values[at % self.columns * self.rows + at / self.columns])
                .collect(),
        }
    }

    /// The type character and size in bytes, if the elements are plain numbers.
    fn scalar(&self) -> Option<(TypeChar, u64)> {
        match self.header.dtype() {
            DType::Plain(ty) => Some((ty.type_char(), ty.size_field())),
            _ => None,
        }
    }

    fn type_error(&self, allowed: &'static str, example: &'static str) -> ArrayError {
        ArrayError::Type { found: self.header.dtype().descr(), allowed, example }
    }

    /// The elements in file order, each checked to be one its type may hold; signs and zeros not yet told apart.
    fn pattern_values(&self) -> Result<Vec<i8>, ArrayError> {
        let signed = match self.scalar() {
            Some((TypeChar::Int, 1)) => true,
            Some((TypeChar::Uint | TypeChar::Bool, 1)) => false,
            _ => return Err(self.type_error(PATTERN_TYPES, "numpy.int8")),
        };
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
                Err(PatternError::Value { row, column, found, allowed }.into())
            }
        }
    }

    /// Which of 0 and -1 stands for -1.
    fn negative_value(&self, values: &[i8]) -> Result<i8, ArrayError> {
        let first = |value| values.iter().position(|&v| v == value);
        match (first(0), first(-1)) {
            (Some(zero), Some(negative)) => {
                Err(ArrayError::Mixed { zero: self.place(zero), negative: self.place(negative) })
            }
            (Some(_), None) => Ok(0),
            (None, _) => Ok(-1),
        }
    }

    /// The elements in file order, if they are floating-point numbers.
    fn floats(&self) -> Result<Vec<f64>, ArrayError> {
        let file = NpyFile::with_header(self.header.clone(), self.data);
        match self.scalar() {
            Some((TypeChar::Float, 4)) => {
                Ok(file.into_vec::<f32>().map_err(|e| header_error(&e))?.into_iter().map(f64::from).collect())
            }
            Some((TypeChar::Float, 8)) => file.into_vec().map_err(|e| header_error(&e)),
            _ => Err(self.type_error(DUAL_TYPES, "numpy.float64")),
        }
    }
}

/// A dimension as a `usize`. One that does not fit cannot belong to bytes that are in memory.
fn fit(dimension: u64) -> usize {
    usize::try_from(dimension).unwrap_or(usize::MAX)
}

/// What `npyz` says is wrong: its first line, for the rest draws the header with an arrow at a column.
fn header_error(error: &std::io::Error) -> ArrayError {
    let text = error.to_string();
    ArrayError::Header { reason: text.lines().next().unwrap_or_default().to_owned() }
}

/// Refuses headers the parser behind `npyz` would choke on: longer than the file or than NumPy allows, nested so deep
/// that it runs out of stack, or with a shape whose product overflows.
fn screen_header(bytes: &[u8]) -> Result<(), ArrayError> {
    let text = header_text(bytes).ok_or("the file ends within its header");
    text.and_then(screen_text).map_err(|reason| ArrayError::Header { reason: reason.to_owned() })
}

fn screen_text(text: &[u8]) -> Result<(), &'static str> {
    if text.len() > MAX_HEADER {
        return Err("the header is longer than NumPy allows");
    }
    let mut screen = Screen { depth: 0, elements: 1, number: None };
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = if matches!(byte, b'\'' | b'"') { skip_string(byte, after)? } else { after };
        screen.read(byte)?;
    }
    screen.read(b' ')
}

/// What follows a string that began with `quote`. Strings in a header are names, so one that is empty or has an escape
/// is refused: telling where it ends would take the parser's own rules.
fn skip_string(quote: u8, text: &[u8]) -> Result<&[u8], &'static str> {
    let end = text.iter().position(|&byte| byte == quote).ok_or("a string in the header does not end")?;
    if end == 0 || text[..end].contains(&b'\\') {
        return Err("a string in the header is not a plain name");
    }
    Ok(&text[end + 1..])
}

/// What the screening of a header has seen.
struct Screen {
    /// Brackets open.
    depth: u32,
    /// The product of all numbers but zeros: no smaller than the product of any part of the shape.
    elements: u64,
    /// The number being read.
    number: Option<u64>,
}

impl Screen {
    fn read(&mut self, byte: u8) -> Result<(), &'static str> {
        if byte.is_ascii_digit() {
            return self.digit(byte - b'0');
        }
        let factor = self.number.take().unwrap_or(1).max(1);
        self.elements =
            self.elements.checked_mul(factor).ok_or("the shape has more elements than fit 64 bits")?;
        match byte {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            b'\'' | b'"' | b' ' | b'\n' | b'\t' | b'\r' | b',' | b':' | b'-' => {}
            // The letters of True and False.
            b'T' | b'r' | b'u' | b'e' | b'F' | b'a' | b'l' | b's' => {}
            _ => return Err("the header is not a Python dictionary of plain values"),
        }
        if self.depth > MAX_NESTING { Err("the header is nested too deep") } else { Ok(()) }
    }

    fn digit(&mut self, digit: u8) -> Result<(), &'static str> {
        let longer =
            self.number.unwrap_or(0).checked_mul(10).and_then(|value| value.checked_add(digit.into()));
        self.number = Some(longer.ok_or("a dimension does not fit 64 bits")?);
        Ok(())
    }
}

/// The text of the header, if the file is long enough to hold all of it. Files with another magic or version are passed
/// on with no text: `npyz` names that problem.
fn header_text(bytes: &[u8]) -> Option<&[u8]> {
    let Some((b"\x93NUMPY", rest)) = bytes.split_first_chunk::<6>() else { return Some(&[]) };
    let (&[major, _], rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = match major {
        1 => rest.split_first_chunk::<2>().map(|(l, rest)| (u32::from(u16::from_le_bytes(*l)), rest)),
        2 | 3 => rest.split_first_chunk::<4>().map(|(l, rest)| (u32::from_le_bytes(*l), rest)),
        _ => return Some(&[]),
    }?;
    rest.get(..usize::try_from(length).ok()?)
}

fn list(shape: &[u64]) -> String {
    shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

//! Row indices: which pattern each cue should end in.

use super::dtype::{Dtype, Kind, Scalar};
use super::header::Header;
use super::values::Number;
use super::{ArrayError, NpyError, fit, read_with, require_length};
use crate::pattern::PatternError;
use std::path::Path;

/// The whole numbers in the file at `path`, one per entry of a 1-D array; whether there are such rows is not asked.
///
/// # Errors
/// [`NpyError`] naming the file.
pub fn read_indices(path: &Path) -> Result<Vec<i128>, NpyError> {
    read_with(path, parse_indices)
}

/// The whole numbers in the bytes of a NumPy file.
///
/// # Errors
/// [`ArrayError`] if the array is not one-dimensional, holds other numbers than whole ones, or has no entry.
pub fn parse_indices(bytes: &[u8]) -> Result<Vec<i128>, ArrayError> {
    let (header, data) = Header::split(bytes)?;
    require_length(&header, data)?;
    let (&[length], &Dtype::Scalar(scalar @ Scalar { kind: Kind::Int | Kind::Uint, .. })) =
        (header.shape.as_slice(), &header.dtype)
    else {
        return Err(ArrayError::Indices { found: header.dtype.to_string(), shape: header.shape });
    };
    if length == 0 {
        return Err(PatternError::Empty { rows: 0, columns: 1 }.into());
    }
    let whole = |bytes: &[u8]| match Number::read(scalar, bytes) {
        Some(Number::Whole(value)) => Some(value),
        _ => None,
    };
    let values: Option<Vec<i128>> = data.chunks_exact(fit(scalar.size).max(1)).map(whole).collect();
    values.ok_or_else(|| ArrayError::Indices { found: header.dtype.to_string(), shape: header.shape })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a NumPy file, version 1.0.
    fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
    }

    #[test]
    fn every_whole_type_is_read_in_both_byte_orders() {
        let cases: [(&str, &[u8]); 9] = [
            ("|i1", &[3, 0xff]),
            ("<i2", &[3, 0, 0xff, 0xff]),
            (">i2", &[0, 3, 0xff, 0xff]),
            ("<i4", &[3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
            (">i4", &[0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff]),
            ("<i8", &[3, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            ("|u1", &[3, 0xff]),
            ("<u2", &[3, 0, 0xff, 0xff]),
            (">u8", &[0, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        let last = [-1, -1, -1, -1, -1, -1, 255, 65_535, i128::from(u64::MAX)];
        for ((descr, data), last) in cases.into_iter().zip(last) {
            assert_eq!(parse_indices(&npy(descr, "(2,)", data)), Ok(vec![3, last]), "{descr}");
        }
    }

    #[test]
    fn what_is_no_list_of_whole_numbers_is_refused() {
        let message = |descr, shape, data| parse_indices(&npy(descr, shape, data)).unwrap_err().to_string();
        let whole = "; allowed are whole numbers in one dimension, a row index for each cue";
        assert_eq!(message("<f8", "(1,)", &[0; 8]), format!("the dtype is '<f8' and the shape (1){whole}"));
        assert_eq!(
            message("|i1", "(1, 2)", &[0; 2]),
            format!("the dtype is '|i1' and the shape (1, 2){whole}")
        );
        assert!(message("|b1", "(1,)", &[0]).ends_with(whole), "true is no row");
        assert!(message("<i8", "(2,)", &[0; 15]).contains("truncated"), "a byte is missing");
        assert!(message("<i8", "(0,)", &[]).contains("at least one"), "no entry");
    }
}

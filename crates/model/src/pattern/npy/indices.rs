//! Row indices: which pattern each cue should end in.

use super::{ArrayError, NpyError, header_error, read_header, read_with, require_length};
use crate::pattern::PatternError;
use npyz::{DType, Deserialize, NpyFile, TypeChar};
use std::path::Path;

const INDEX_TYPES: &str = "int8 to int64 and uint8 to uint64";

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
    let (header, data) = read_header(bytes)?;
    let &[length] = header.shape() else {
        let expected = "one dimension: a row index for each cue";
        return Err(ArrayError::Rank { shape: header.shape().to_vec(), expected });
    };
    let scalar = match header.dtype() {
        DType::Plain(ty) => Some((ty.type_char(), ty.size_field())),
        _ => None,
    };
    let found = header.dtype().descr();
    require_length(&header, data)?;
    if length == 0 {
        return Err(PatternError::Empty { rows: 0, columns: 1 }.into());
    }
    let file = NpyFile::with_header(header, data);
    match scalar {
        Some((TypeChar::Int, 1)) => whole::<i8>(file),
        Some((TypeChar::Int, 2)) => whole::<i16>(file),
        Some((TypeChar::Int, 4)) => whole::<i32>(file),
        Some((TypeChar::Int, 8)) => whole::<i64>(file),
        Some((TypeChar::Uint, 1)) => whole::<u8>(file),
        Some((TypeChar::Uint, 2)) => whole::<u16>(file),
        Some((TypeChar::Uint, 4)) => whole::<u32>(file),
        Some((TypeChar::Uint, 8)) => whole::<u64>(file),
        _ => Err(ArrayError::Type { found, allowed: INDEX_TYPES, example: "numpy.int64" }),
    }
}

fn whole<T: Deserialize + Into<i128>>(file: NpyFile<&[u8]>) -> Result<Vec<i128>, ArrayError> {
    let values: Vec<T> = file.into_vec().map_err(|e| header_error(&e))?;
    Ok(values.into_iter().map(Into::into).collect())
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
        assert_eq!(
            message("<f8", "(1,)", &[0; 8]),
            "the dtype is '<f8', allowed are int8 to int64 and uint8 to uint64; in NumPy, convert it with \
             .astype(numpy.int64)"
        );
        assert_eq!(
            message("|i1", "(1, 2)", &[0; 2]),
            "the shape is (1, 2), expected one dimension: a row index for each cue"
        );
        assert!(message("|b1", "(1,)", &[0]).starts_with("the dtype is "), "true is no row");
        assert!(message("<i8", "(2,)", &[0; 15]).contains("truncated"), "a byte is missing");
        assert!(message("<i8", "(0,)", &[]).contains("at least one"), "no entry");
    }
}

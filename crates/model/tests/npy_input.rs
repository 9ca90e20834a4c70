//! Does a bad file give a message that says where and what, and never a panic?

use klr_model::npy::{self, ArrayError};
use klr_model::{PatternError, PatternSet, State};

/// A version 1 file with the given dictionary and data.
fn file_with(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut text = dictionary.to_owned();
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn array(dtype: &str, shape: &str, fortran: bool, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    file_with(&format!("{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}"), data)
}

fn set(n: usize, signs: &[i8]) -> PatternSet {
    PatternSet::from_signs(n, signs).unwrap()
}

#[test]
fn every_type_and_order_gives_the_same_patterns() {
    let expected = set(3, &[1, -1, -1, 1, 1, -1]);
    let good = [
        ("int8 signs", array("|i1", "(2, 3)", false, &[1, 255, 255, 1, 1, 255])),
        ("int8 bits", array("|i1", "(2, 3)", false, &[1, 0, 0, 1, 1, 0])),
        ("uint8", array("|u1", "(2, 3)", false, &[1, 0, 0, 1, 1, 0])),
        ("bool", array("|b1", "(2, 3)", false, &[1, 0, 0, 1, 1, 0])),
        ("Fortran order", array("|i1", "(2, 3)", true, &[1, 1, 255, 1, 255, 255])),
    ];
    for (name, bytes) in good {
        assert_eq!(npy::parse_patterns(&bytes), Ok(expected.clone()), "{name}");
    }
}

#[test]
fn a_bad_array_is_refused_with_a_message_that_helps() {
    let bad = [
        (
            array("|i1", "(2, 3)", false, &[1, 255, 1, 1, 5, 1]),
            "row 1, column 1: found 5, allowed are -1 and +1, or 0 and 1",
        ),
        (
            array("|i1", "(2, 3)", true, &[1, 255, 1, 1, 254, 1]),
            "row 0, column 2: found -2, allowed are -1 and +1, or 0 and 1",
        ),
        (
            array("|u1", "(2, 3)", false, &[1, 0, 255, 1, 1, 1]),
            "row 0, column 2: found 255, allowed are 0 and 1",
        ),
        (array("|b1", "(1, 2)", false, &[1, 7]), "row 0, column 1: found 7, allowed are 0 and 1"),
        (
            array("|i1", "(2, 2)", false, &[1, 0, 255, 1]),
            "row 0, column 1 is 0 but row 1, column 0 is -1; allowed are -1 and +1, or 0 and 1",
        ),
        (
            array("<f8", "(1, 1)", false, &[0; 8]),
            "the dtype is '<f8', allowed are int8, uint8 and bool; in NumPy, convert it with .astype(numpy.int8)",
        ),
        (
            array("<i8", "(1, 1)", false, &[0; 8]),
            "the dtype is '<i8', allowed are int8, uint8 and bool; in NumPy, convert it with .astype(numpy.int8)",
        ),
        (array("|i1", "(4,)", false, &[1; 4]), "the shape is (4), expected two dimensions: (rows, neurons)"),
        (
            array("|i1", "(1, 2, 2)", false, &[1; 4]),
            "the shape is (1, 2, 2), expected two dimensions: (rows, neurons)",
        ),
        (array("|i1", "(0, 5)", false, &[]), "at least one row and one column are needed, found 0 x 5"),
        (array("|i1", "(5, 0)", false, &[]), "at least one row and one column are needed, found 5 x 0"),
        (
            array("|i1", "(2, 3)", false, &[1; 5]),
            "the array holds 5 bytes, its shape (2, 3) needs 6: it is truncated or has bytes added",
        ),
        (
            array("|i1", "(2, 3)", false, &[1; 7]),
            "the array holds 7 bytes, its shape (2, 3) needs 6: it is truncated or has bytes added",
        ),
        (b"PK\x03\x04, a zip file".to_vec(), "not a NumPy array: magic not found for NPY file"),
        (Vec::new(), "not a NumPy array: magic not found for NPY file"),
    ];
    for (bytes, expected) in bad {
        assert_eq!(npy::parse_patterns(&bytes).unwrap_err().to_string(), expected);
    }
}

#[test]
fn dual_variables_are_checked_too() {
    let nan: Vec<u8> = [1.0, 2.0, f64::NAN, 4.0].into_iter().flat_map(f64::to_le_bytes).collect();
    let message = npy::parse_duals(&array("<f8", "(2, 2)", false, &nan)).unwrap_err().to_string();
    assert_eq!(message, "row 1, column 0: found NaN, allowed are finite numbers");
    let message = npy::parse_duals(&array("|i1", "(1, 1)", false, &[1])).unwrap_err().to_string();
    assert!(message.contains("allowed are float32 and float64"), "{message}");
    let big_endian: Vec<u8> = [1.5f32, -2.0].into_iter().flat_map(f32::to_be_bytes).collect();
    let duals = npy::parse_duals(&array(">f4", "(2, 1)", false, &big_endian)).unwrap();
    assert_eq!(duals.values, [1.5, -2.0], "big-endian numbers are numbers");
}

#[test]
fn a_forged_header_neither_panics_nor_takes_memory() {
    let forged = [
        array("|i1", "(18446744073709551615, 18446744073709551615)", false, &[1]),
        array("|i1", "(4294967296, 4294967296)", false, &[1]),
        array("|i1", "(99999999999999999999999, 1)", false, &[1]),
        array("|i1", "(9223372036854775807, 1)", false, &[1]),
        array("<f8", "(9223372036854775807, 1)", false, &[1]),
        array("|i1", "(0, 18446744073709551615, 18446744073709551615)", false, &[]),
        array("|S99999999999999999999", "(1, 1)", false, &[1]),
        array("|S0", "(4000000000, 4000000000)", false, &[]),
        array("|O", "(1, 1)", false, &[1]),
        array("|i1", "(1.5, 1e9)", false, &[1]),
        array("|i1", "(-1, -1)", false, &[1]),
        array("|i1", "(0x7fffffffffffffff, 0x7fffffffffffffff)", false, &[1]),
        file_with(&"(".repeat(9000), &[]),
        file_with(&format!("'''a' '''{}' '", "(".repeat(9000)), &[]),
        file_with(
            "{'descr': [('a', '|i1', (4000000000, 4000000000, 4000000000))], 'fortran_order': False, 'shape': (1, 1)}",
            &[1],
        ),
        file_with(&" ".repeat(20_000), &[]),
        // A version 2 file that claims a header of 4 GB.
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}".to_vec(),
        b"\x93NUMPY\x09\x00\x00\x00".to_vec(),
    ];
    for bytes in forged {
        assert!(npy::parse_patterns(&bytes).is_err(), "{}", bytes.escape_ascii());
        assert!(npy::parse_duals(&bytes).is_err(), "{}", bytes.escape_ascii());
    }
}

#[test]
fn no_cut_and_no_changed_byte_makes_reading_panic() {
    let good = array("|i1", "(2, 3)", false, &[1, 255, 255, 1, 1, 255]);
    let floats = array("<f8", "(1, 2)", false, &[0; 16]);
    for bytes in [good, floats] {
        for length in 0..bytes.len() {
            assert!(npy::parse_patterns(&bytes[..length]).is_err(), "cut to {length} bytes");
            assert!(npy::parse_duals(&bytes[..length]).is_err(), "cut to {length} bytes");
        }
        for at in 0..bytes.len() {
            for value in 0..=u8::MAX {
                let mut broken = bytes.clone();
                broken[at] = value;
                let _ = npy::parse_patterns(&broken);
                let _ = npy::parse_duals(&broken);
            }
        }
    }
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patterns.npy");
    let patterns = set(5, &[1, -1, -1, 1, 1, -1, -1, 1, 1, -1]);
    npy::write_patterns(&path, &patterns).unwrap();
    assert_eq!(npy::read_patterns(&path).unwrap(), patterns, "patterns");
    let states: Vec<State> = (0..2).map(|mu| patterns.state(mu)).collect();
    npy::write_states(&path, &states).unwrap();
    assert_eq!(npy::read_cues(&path).unwrap(), states, "states");
    npy::write_duals(&path, 3, &[0.5, -1e300, 3.0, 4.0, 5.0, f64::MIN_POSITIVE]).unwrap();
    let duals = npy::read_duals(&path).unwrap();
    assert_eq!((duals.p, duals.n), (2, 3), "shape");
    assert_eq!(duals.values, [0.5, -1e300, 3.0, 4.0, 5.0, f64::MIN_POSITIVE], "dual variables, to the bit");
    assert!(npy::write_duals(&path, 4, &[0.0; 6]).is_err(), "6 values are no rows of 4");
    assert!(npy::write_states(&path, &[]).is_err(), "no states are no array");
}

#[test]
fn the_message_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.npy");
    std::fs::write(&path, array("|i1", "(1, 1)", false, &[3])).unwrap();
    let message = npy::read_patterns(&path).unwrap_err().to_string();
    assert!(
        message.ends_with("broken.npy: row 0, column 0: found 3, allowed are -1 and +1, or 0 and 1"),
        "{message}"
    );
    let message = npy::read_patterns(&folder.path().join("absent.npy")).unwrap_err().to_string();
    assert!(message.contains("absent.npy: failed to read"), "{message}");
}

#[test]
fn repeated_rows_are_kept_and_can_be_asked_for() {
    let bytes = array("|u1", "(4, 2)", false, &[1, 0, 0, 1, 1, 0, 1, 0]);
    let patterns = npy::parse_patterns(&bytes).unwrap();
    assert_eq!(patterns.duplicates(), [(2, 0), (3, 0)], "rows 2 and 3 repeat row 0");
    let error = patterns.require_distinct().unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 of 4 rows repeat an earlier one: row 2 repeats row 0, row 3 repeats row 0"
    );
    assert!(matches!(ArrayError::from(error), ArrayError::Pattern(PatternError::Duplicates { .. })));
    assert_eq!(npy::parse_cues(&bytes).unwrap().len(), 4, "a cue may come twice");
}

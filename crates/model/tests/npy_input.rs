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
            "row 1, column 1: found 5, allowed are -1 and +1, or 0 and 1; its values are -1 to 5: in NumPy, \
             (x > 2).astype(numpy.int8) makes bits of them",
        ),
        (
            array("|i1", "(2, 3)", true, &[1, 255, 1, 1, 254, 1]),
            "row 0, column 2: found -2, allowed are -1 and +1, or 0 and 1; its values are -2 to 1: in NumPy, \
             (x > -1).astype(numpy.int8) makes bits of them",
        ),
        (
            array("|u1", "(2, 3)", false, &[1, 0, 255, 1, 1, 1]),
            "row 0, column 2: found 255, allowed are 0 and 1; its values are 0 to 255: in NumPy, \
             (x > 127).astype(numpy.int8) makes bits of them",
        ),
        (
            array("|b1", "(1, 2)", false, &[1, 7]),
            "row 0, column 1: found 7, allowed are 0 and 1; its values are 1 to 7: in NumPy, \
             (x.view(numpy.uint8) > 4).astype(numpy.int8) makes bits of them",
        ),
        (
            array("|i1", "(2, 2)", false, &[1, 0, 255, 1]),
            "row 0, column 1 is 0 but row 1, column 0 is -1; allowed are -1 and +1, or 0 and 1; its values are -1 to \
             1: in NumPy, (x > 0).astype(numpy.int8) makes bits of them",
        ),
        (
            array("<f8", "(1, 1)", false, &[0; 8]),
            "the dtype is '<f8', allowed are int8, uint8 and bool; in NumPy, convert it with x.astype(numpy.int8)",
        ),
        (
            array("<i8", "(1, 1)", false, &[0; 8]),
            "the dtype is '<i8', allowed are int8, uint8 and bool; in NumPy, convert it with x.astype(numpy.int8)",
        ),
        (
            array("|i1", "(4,)", false, &[1; 4]),
            "the shape is (4), expected two dimensions: (rows, neurons); in NumPy, convert it with x.reshape(1, -1)",
        ),
        (
            array("|i1", "(1, 2, 2)", false, &[1; 4]),
            "the shape is (1, 2, 2), expected two dimensions: (rows, neurons); in NumPy, convert it with \
             x.reshape(1, -1)",
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
        (
            b"PK\x03\x04, a zip file".to_vec(),
            "not a NumPy array: the file is an archive, as of `numpy.savez`; save the one array in it with \
             `numpy.save`",
        ),
        (Vec::new(), "not a NumPy array: the file does not begin as `numpy.save` begins one"),
    ];
    for (bytes, expected) in bad {
        assert_eq!(npy::parse_patterns(&bytes).unwrap_err().to_string(), expected);
    }
}

/// Values of two or more bytes, little-endian.
fn bytes_of<const SIZE: usize>(values: impl IntoIterator<Item = [u8; SIZE]>) -> Vec<u8> {
    values.into_iter().flatten().collect()
}

fn floats(values: &[f32]) -> Vec<u8> {
    bytes_of(values.iter().map(|value| value.to_le_bytes()))
}

fn record(fields: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    file_with(&format!("{{'descr': {fields}, 'fortran_order': False, 'shape': {shape}}}"), data)
}

/// What each expression makes of its array was tried in NumPy 2.4.6: patterns that are read.
#[test]
fn advice_keeps_what_the_values_say() {
    let two = |dtype: &str, data: &[u8]| array(dtype, "(1, 2)", false, data);
    let four = |dtype: &str, data: &[u8]| array(dtype, "(2, 2)", false, data);
    let cases = [
        ("signs as floats", four("<f4", &floats(&[-1.0, 1.0, 1.0, -1.0])), "x.astype(numpy.int8)"),
        ("bits as floats", four("<f4", &floats(&[0.0, 1.0, 1.0, -0.0])), "x.astype(numpy.int8)"),
        ("gray from 0 to 1", four("<f4", &floats(&[0.1, 0.9, 0.0, 0.7])), "(x > 0.5).astype(numpy.int8)"),
        ("dark", four("<f4", &floats(&[0.1, 0.3, 0.0, 0.2])), "(x > 0.15).astype(numpy.int8)"),
        ("gray from -1 to 1", four("<f4", &floats(&[-0.9, 0.9, 0.1, -0.2])), "(x > 0).astype(numpy.int8)"),
        ("0 among signs", four("<f4", &floats(&[-1.0, 1.0, 0.0, 1.0])), "(x > 0).astype(numpy.int8)"),
        (
            "an image as floats",
            four("<f4", &floats(&[0.0, 255.0, 16.0, 200.0])),
            "(x > 127).astype(numpy.int8)",
        ),
        ("no scale", four("<f4", &floats(&[-3.0, 90.0, 2.0, 5.5])), "(x > 43.5).astype(numpy.int8)"),
        ("not a number", four("<f4", &floats(&[0.1, f32::NAN, 0.0, 0.7])), "(x > 0.5).astype(numpy.int8)"),
        ("infinite", two("<f4", &floats(&[f32::NEG_INFINITY, f32::INFINITY])), "(x > 0).astype(numpy.int8)"),
        (
            "half precision",
            two("<f2", &bytes_of([0x3400u16, 0x3b00].map(u16::to_le_bytes))),
            "(x > 0.5).astype(numpy.int8)",
        ),
        ("16 bits, big-endian", two(">i2", &[0, 1, 255, 255]), "x.astype(numpy.int8)"),
        (
            "16 bits",
            two("<i2", &bytes_of([-300i16, 400].map(i16::to_le_bytes))),
            "(x > 50).astype(numpy.int8)",
        ),
        (
            "64 bits without a sign",
            two("uint64", &bytes_of([0u64, 1].map(u64::to_le_bytes))),
            "x.astype(numpy.int8)",
        ),
        ("-1 without a sign", two("|u1", &[1, 255]), "x.astype(numpy.int8)"),
        (
            "-1 without a sign, 32 bits",
            two("<u4", &bytes_of([1, u32::MAX].map(u32::to_le_bytes))),
            "x.astype(numpy.int8)",
        ),
        ("an image", two("|u1", &[0, 255]), "(x > 127).astype(numpy.int8)"),
        ("gray from 0 to 16", two("|u1", &[0, 16]), "(x > 8).astype(numpy.int8)"),
        ("0 and -1", two("|i1", &[0, 255]), "(x > -1).astype(numpy.int8)"),
        ("complex", two("<c8", &floats(&[1.0, 0.0, -1.0, 0.0])), "x.real.astype(numpy.int8)"),
        ("phases", two("<c8", &floats(&[0.8, 0.6, -0.6, 0.8])), "(x.real > 0).astype(numpy.int8)"),
        (
            "digits as text",
            two("<U2", &bytes_of(['1', '\0', '-', '1'].map(|c| u32::from(c).to_le_bytes()))),
            "x.astype(float).astype(numpy.int8)",
        ),
        ("signs as text", two("|S1", b"+-"), "(x == b'+').astype(numpy.int8)"),
        ("words", two("|S5", b"FalseTrue\0"), "(x == b'True').astype(numpy.int8)"),
        ("gray as text", two("|S4", b"0.300.9\0"), "(x.astype(float) > 0.5).astype(numpy.int8)"),
        ("bytes", two("|V1", &[1, 255]), "x.view(numpy.int8)"),
        ("truth of other bytes", two("|b1", &[0, 2]), "(x.view(numpy.uint8) > 1).astype(numpy.int8)"),
        ("long double", two("<f16", &[0; 32]), "x.astype(float)"),
        ("objects", two("|O", b"a pickle"), "x.astype(float)"),
        ("rows as objects", array("|O", "(3,)", false, b"a pickle"), "numpy.stack(x).astype(float)"),
        (
            "one dimension",
            array("<f4", "(2,)", false, &floats(&[0.1, 0.9])),
            "(x.reshape(1, -1) > 0.5).astype(numpy.int8)",
        ),
        (
            "images",
            array("|u1", "(2, 2, 1)", false, &[0, 255, 3, 9]),
            "(x.reshape(2, -1) > 127).astype(numpy.int8)",
        ),
        ("a field", record("[('x', '|i1')]", "(1, 2)", &[1, 255]), "x['x']"),
        (
            "a gray field",
            record("[('x', '<f4')]", "(1, 2)", &floats(&[0.1, 0.9])),
            "(x['x'] > 0.5).astype(numpy.int8)",
        ),
        ("a field of rows", record("[('bits', '|i1', (2,))]", "(2,)", &[1, 255, 255, 1]), "x['bits']"),
        ("a padded field", record("[('x', '|u1'), ('', '|V2')]", "(1, 2)", &[1, 9, 9, 0, 9, 9]), "x['x']"),
        (
            "columns",
            record("[('a', '|i1'), ('b', '<f4')]", "(1,)", &[1, 0, 0, 128, 191]),
            "numpy.array(x.tolist()).astype(numpy.int8)",
        ),
        ("several fields", record("[('a', '|i1'), ('b', '|i1')]", "(1, 2)", &[1, 7, 0, 7]), "x['a']"),
    ];
    for (name, bytes, expression) in cases {
        let message = npy::parse_patterns(&bytes).expect_err(name).to_string();
        let words: Vec<&str> = message.split(" in NumPy, ").collect();
        let advice = words.get(1).copied().unwrap_or_else(|| panic!("{name}: no advice in {message}"));
        let end = [" makes bits of them", ", whose values can then be looked at"];
        let advice = end.iter().fold(advice, |text, end| text.split(end).next().unwrap_or(text));
        assert_eq!(
            advice.trim_start_matches("convert it with ").trim_start_matches("save "),
            expression,
            "{name}"
        );
    }
}

#[test]
fn where_no_conversion_helps_the_message_says_why() {
    let cases = [
        (array("<f4", "(1, 2)", false, &floats(&[5.0, 5.0])), "all its values are equal"),
        (array("|i1", "(1, 2)", false, &[7, 7]), "all its values are equal"),
        (array("<f4", "(1, 2)", false, &floats(&[f32::NAN; 2])), "all its values are equal"),
        (array("<M8[ns]", "(1, 1)", false, &[0; 8]), "times are no numbers"),
        (array("|S1", "(1, 3)", false, b"abc"), "texts of more than two kinds are neither bits nor signs"),
        (array("|S1", "(1, 2)", false, b"aa"), "all its texts are equal"),
        (array("|S1", "(1, 1)", false, b"'"), "its texts are no numbers"),
        (array("|V2", "(1, 1)", false, b"ab"), "its elements are bytes without a meaning"),
        (array("|V0", "(4, 1000000000)", false, b""), "its elements are empty"),
        (array("|i1", "(0,)", false, b""), "it is empty"),
        (record("[]", "(2, 3)", b""), "its records have no fields"),
        (record("[('x', [('y', '|i1')])]", "(1, 1)", b"a"), "take a field of it that has plain values"),
    ];
    for (bytes, expected) in cases {
        let message = npy::parse_patterns(&bytes).unwrap_err().to_string();
        assert!(message.contains(expected), "expected {expected}: {message}");
    }
}

#[test]
fn advice_for_dual_variables_makes_floats() {
    let cases = [
        (array("<i4", "(1, 1)", false, &[1, 0, 0, 0]), "convert it with x.astype(numpy.float64)"),
        (array("<f2", "(1, 1)", false, &[0; 2]), "convert it with x.astype(numpy.float64)"),
        (array("<c8", "(1, 1)", false, &floats(&[1.5, 0.0])), "convert it with x.real.astype(numpy.float64)"),
        (array("<c8", "(1, 1)", false, &floats(&[1.5, 1.0])), "dual variables are real"),
        (array("|S3", "(1, 1)", false, b"1.5"), "convert it with x.astype(float)"),
        (array("<f4", "(1, 1, 1)", false, &[0; 4]), "convert it with x.reshape(1, -1)"),
        (array("<f4", "(1,)", false, &[0; 4]), "it needs a row per pattern and a column per neuron"),
        (record("[('a', '<f8')]", "(1, 1)", &[0; 8]), "convert it with x['a']"),
    ];
    for (bytes, expected) in cases {
        let message = npy::parse_duals(&bytes).unwrap_err().to_string();
        assert!(message.ends_with(expected), "expected {expected}: {message}");
    }
}

#[test]
fn whatever_numpy_calls_a_type_is_that_type() {
    let signs = [1, 255, 255, 1, 1, 255];
    let expected = set(3, &[1, -1, -1, 1, 1, -1]);
    for dtype in ["|i1", "i1", "<i1", ">i1", "=i1", "int8", "byte", "b"] {
        assert_eq!(
            npy::parse_patterns(&array(dtype, "(2, 3)", false, &signs)),
            Ok(expected.clone()),
            "{dtype}"
        );
    }
    for dtype in ["|u1", "uint8", "B", "ubyte", "|b1", "b1", "bool", "?", "=?", ">b1"] {
        let bits = array(dtype, "(2, 3)", false, &[1, 0, 0, 1, 1, 0]);
        assert_eq!(npy::parse_patterns(&bits), Ok(expected.clone()), "{dtype}");
    }
    for header in [
        "{'descr': u'|i1', 'fortran_order': False, 'shape': (2L, 3L), }",
        "{\"shape\": (2,3,), \"descr\": \"i1\", # two patterns\n \"fortran_order\": False}",
        "{'descr': ('|i1', ()), 'fortran_order': (False), 'shape': (0x2, +3)}",
    ] {
        assert_eq!(npy::parse_patterns(&file_with(header, &signs)), Ok(expected.clone()), "{header}");
    }
    let eight = bytes_of([1.5f64, -2.0].map(f64::to_le_bytes));
    for dtype in ["<f8", "f8", "float64", "float", "double", "d", "=f8"] {
        assert_eq!(
            npy::parse_duals(&array(dtype, "(1, 2)", false, &eight)).unwrap().values,
            [1.5, -2.0],
            "{dtype}"
        );
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
        record(
            "[('a', 'O'), ('b', '|V18446744073709551615'), ('c', '|V18446744073709551615')]",
            "(2,)",
            b"pickle",
        ),
        record("[('a', '|i1'), ('b', 'O')]", "(2, 2)", b"pickle"),
        record("[('a', '|i1', (0,))]", "(2, 2)", b""),
        record("[('a', '|V18446744073709551615', (0,)), ('b', '|i1')]", "(1,)", &[1]),
        array("|i1", "(9223372036854775807, 0, 9223372036854775807)", false, &[]),
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
    let indices = npy::encode_indices(&path, &[0, 7, usize::MAX]).unwrap();
    assert_eq!(npy::parse_indices(&indices).unwrap(), [0, 7, usize::MAX as i128], "row indices");
}

#[test]
fn the_message_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.npy");
    std::fs::write(&path, array("|i1", "(1, 1)", false, &[3])).unwrap();
    let message = npy::read_patterns(&path).unwrap_err().to_string();
    assert!(
        message.contains("broken.npy: row 0, column 0: found 3, allowed are -1 and +1, or 0 and 1; "),
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

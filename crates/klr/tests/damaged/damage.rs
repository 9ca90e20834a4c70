//! How a valid file is damaged: every function draws what it does from the random numbers it is given.
//!
//! A binary file has a checksum, a NumPy file the length of its header: damage that does not mend them would be noticed
//! there and reach nothing behind. So most of it mends them.

use crate::readers::{CHECKSUM, HEADER, seal};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::ops::Range;

/// Numbers at which readers go wrong.
const NUMBERS: [u64; 20] = [
    0,
    1,
    2,
    7,
    8,
    16,
    17,
    63,
    64,
    65,
    255,
    1024,
    1 << 16,
    1 << 20,
    (1 << 31) - 1,
    1 << 32,
    1 << 40,
    1 << 61,
    1 << 63,
    u64::MAX,
];

/// One of `items`.
fn one<'a, T: ?Sized>(rng: &mut Pcg64Mcg, items: &[&'a T]) -> &'a T {
    items[rng.random_range(0..items.len())]
}

/// A part of `length` places, of at most `most`.
fn part(rng: &mut Pcg64Mcg, length: usize, most: usize) -> Range<usize> {
    let start = rng.random_range(0..=length);
    start..(start + rng.random_range(0..=most)).min(length)
}

/// Bytes as bytes: bits, numbers and runs change, and a part of `other` may come in.
pub(crate) fn bytes(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..rng.random_range(1..=3u32) {
        change(rng, file, other);
    }
}

fn change(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8]) {
    let at = rng.random_range(0..=file.len());
    match rng.random_range(0..9u32) {
        0 | 1 => file[at..].iter_mut().take(1).for_each(|byte| *byte ^= 1 << rng.random_range(0..8u32)),
        2 => file[at..].iter_mut().take(1).for_each(|byte| *byte = rng.random()),
        3 => {
            let width = one(rng, &[&1, &2, &4, &8]);
            let number = NUMBERS[rng.random_range(0..NUMBERS.len())].to_le_bytes();
            file[at..].iter_mut().zip(&number[..*width]).for_each(|(byte, new)| *byte = *new);
        }
        4 => {
            let up: bool = rng.random();
            let near = |byte: u8| if up { byte.wrapping_add(1) } else { byte.wrapping_sub(1) };
            file[at..].iter_mut().take(1).for_each(|byte| *byte = near(*byte));
        }
        5 => file.truncate(at),
        6 => drop(file.drain(part(rng, file.len(), 32))),
        7 => {
            let run = file[part(rng, file.len(), 32)].to_vec();
            drop(file.splice(at..at, run));
        }
        _ => {
            let from = at.min(other.len());
            drop(file.splice(at.., other[from..].iter().copied()));
        }
    }
}

/// A binary file: its payload changes, and length and checksum are made right again.
pub(crate) fn framed(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8]) {
    if rng.random_ratio(1, 8) {
        return bytes(rng, file, other);
    }
    let inside = |file: &[u8]| file[HEADER..file.len() - CHECKSUM].to_vec();
    let mut payload = inside(file);
    bytes(rng, &mut payload, &inside(other));
    file.truncate(HEADER);
    if rng.random_ratio(1, 16) {
        file[8] = rng.random_range(0..4);
    }
    file.extend_from_slice(&payload);
    file.extend_from_slice(&[0; CHECKSUM]);
    seal(file);
}

const DTYPES: [&str; 16] = [
    "'|i1'",
    "'<i1'",
    "'|u1'",
    "'|b1'",
    "'i1'",
    "'int8'",
    "'=i1'",
    "'<f4'",
    "'<f8'",
    "'>f8'",
    "'<i8'",
    "'<U4'",
    "'|O'",
    "'|V0'",
    "[('x', '|i1')]",
    "u'|i1'",
];
const SHAPES: [&str; 14] = [
    "(2, 3)",
    "(3, 2)",
    "(6, 1)",
    "(1, 6)",
    "(6,)",
    "()",
    "(1, 2, 3)",
    "(0, 3)",
    "(2L, 3L)",
    "(18446744073709551615, 1)",
    "(4294967296, 4294967296)",
    "(-1, 6)",
    "((((((((((2))))))))), 3)",
    "[2, 3]",
];
const HEADER_WORDS: [&str; 12] =
    ["'descr'", "'fortran_order'", "'shape'", "True", "False", "None", "{", "}", ",", ":", "\\", "'"];

/// A NumPy file: its header changes as text or its data as bytes; the length of the header stays right.
pub(crate) fn array(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8]) {
    if rng.random_ratio(1, 6) {
        return bytes(rng, file, other);
    }
    let (mut header, mut data) = parts(file);
    match rng.random_range(0..6u32) {
        0 => bytes(rng, &mut data, &parts(other).1),
        1 => bytes(rng, &mut header, &parts(other).0),
        2 => words(rng, &mut header, &HEADER_WORDS),
        3 => header = dictionary(rng),
        4 => {
            header = dictionary(rng);
            data = (0..6).map(|_| *one(rng, &[&0, &1, &1, &255])).collect();
        }
        _ => data.resize(rng.random_range(0..=2 * data.len()), 1),
    }
    file.truncate(6);
    let version = one(rng, &[&1u8, &1, &1, &2, &3, &4]);
    file.extend_from_slice(&[*version, 0]);
    let length = u32::try_from(header.len()).expect("a short header").to_le_bytes();
    file.extend_from_slice(if *version == 1 { &length[..2] } else { &length });
    file.extend_from_slice(&header);
    file.extend_from_slice(&data);
}

/// Header and data of a NumPy file of version 1.
fn parts(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
    let (header, data) = file[10..].split_at(length);
    (header.to_vec(), data.to_vec())
}

fn dictionary(rng: &mut Pcg64Mcg) -> Vec<u8> {
    let (dtype, shape) = (one(rng, &DTYPES), one(rng, &SHAPES));
    let order = one(rng, &["False", "True"]);
    format!("{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, }}\n").into_bytes()
}

/// Values that a key of a plan or of a price table may be given.
const VALUES: [&str; 44] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "64",
    "65",
    "1000000",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "0x10",
    "1_000",
    "0.0",
    "-0.0",
    "0.5",
    "1.0",
    "1e-20",
    "5e-324",
    "1e300",
    "1.7976931348623157e308",
    "1e400",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "true",
    "false",
    "\"\"",
    "\"auto\"",
    "\"file\"",
    "\"\\u0000\\n\\u001b[31m\"",
    "\"\u{1f980}\"",
    "[]",
    "[1, 0.5]",
    "[1.0, 2.0, 3.0]",
    "[[1], [2]]",
    "[\"delta\", \"delta\"]",
    "{}",
    "{ a = 1 }",
    "1979-05-27",
    "'''\n'''",
    "[",
];
const KEYS: [&str; 12] = [
    "[core]",
    "[model]",
    "[sram]",
    "[[sram.rung]]",
    "[multiply]",
    "[[multiply]]",
    "a.b.c = 1",
    "\"\" = 1",
    "pj = 1.0",
    "free = \"why\"",
    "included = [\"multiply\"]",
    "name = \"x\"",
];

/// A TOML file: lines, keys and values change.
pub(crate) fn toml(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8]) {
    if rng.random_ratio(1, 8) {
        return bytes(rng, file, other);
    }
    for _ in 0..rng.random_range(1..=3u32) {
        if rng.random_ratio(1, 3) { lines(rng, file, other, &KEYS) } else { value(rng, file, other) }
    }
}

/// Another value for one key.
fn value(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8]) {
    let values = values_of(file);
    if values.is_empty() {
        return;
    }
    let place = values[rng.random_range(0..values.len())].clone();
    let theirs = values_of(other);
    let new = if theirs.is_empty() || rng.random_ratio(2, 3) {
        one(rng, &VALUES).as_bytes()
    } else {
        &other[theirs[rng.random_range(0..theirs.len())].clone()]
    };
    drop(file.splice(place, new.iter().copied()));
}

/// Where the values of a TOML text stand, those that take one line.
fn values_of(text: &[u8]) -> Vec<Range<usize>> {
    let starts = (0..text.len()).filter(|&at| text[at..].starts_with(b" = ")).map(|at| at + 3);
    let end = |start: usize| text[start..].iter().position(|&b| b == b'\n').map_or(text.len(), |n| start + n);
    starts.map(|start| start..end(start)).collect()
}

/// A text of lines: they are lost, doubled, swapped, or come from elsewhere.
fn lines(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8], pool: &[&str]) {
    let mut lines: Vec<&[u8]> = file.split_inclusive(|&byte| byte == b'\n').collect();
    let theirs: Vec<&[u8]> = other.split_inclusive(|&byte| byte == b'\n').collect();
    let (at, to) = (rng.random_range(0..=lines.len()), rng.random_range(0..=lines.len()));
    match rng.random_range(0..5u32) {
        0 => drop(lines.drain(at..(at + 1).min(lines.len()))),
        1 => {
            let doubled = lines[at..].iter().take(1).copied().collect::<Vec<_>>();
            drop(lines.splice(to..to, doubled));
        }
        2 if at < lines.len() && to < lines.len() => lines.swap(at, to),
        3 if !theirs.is_empty() => lines.insert(to, theirs[rng.random_range(0..theirs.len())]),
        _ => {
            lines.insert(to, b"\n");
            lines.insert(to, one(rng, pool).as_bytes());
        }
    }
    *file = lines.concat();
}

const EVENT_LINES: [&str; 12] = [
    "# klr text trace, version 1",
    "# klr text trace, version 2",
    "# klr text trace, version ",
    "# run: klr 0.1.0",
    "# dataflow: sweep",
    "# cue: 1",
    "#",
    "",
    "\r",
    "000000 seq   step 1",
    "000000 seq   ",
    "18446744073709551615 core  fault dead-field",
];
const EVENT_WORDS: [&str; 14] = [
    "seq ",
    "dist ",
    "mac ",
    "core ",
    "spiral ",
    "# ",
    "000000 ",
    "-1 ",
    "18446744073709551616 ",
    "\n",
    "\r\n",
    " ",
    "",
    "\u{1f980} ",
];

/// A text trace: its lines and words change.
pub(crate) fn events(rng: &mut Pcg64Mcg, file: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..rng.random_range(1..=3u32) {
        match rng.random_range(0..8u32) {
            0 => change(rng, file, other),
            1..=4 => lines(rng, file, other, &EVENT_LINES),
            _ => words(rng, file, &EVENT_WORDS),
        }
    }
}

/// A text of words: one becomes another of the text or of `pool`.
fn words(rng: &mut Pcg64Mcg, text: &mut Vec<u8>, pool: &[&str]) {
    let words: Vec<&[u8]> = text.split_inclusive(|&byte| b" =\n,:".contains(&byte)).collect();
    if words.is_empty() {
        return;
    }
    let at = rng.random_range(0..words.len());
    let new = if rng.random() { one(rng, pool).as_bytes() } else { words[rng.random_range(0..words.len())] };
    *text = [words[..at].concat(), new.to_vec(), words[at + 1..].concat()].concat();
}

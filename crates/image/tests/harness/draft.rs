//! Image files put together from the table in `docs/image-format.md`, without the codec and without a library: the
//! document is an independent account of the format only as long as something follows it literally.

use std::collections::BTreeMap;

const DOCUMENT: &str = include_str!("../../../../docs/image-format.md");

/// What stands in one field of the payload.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    /// A number.
    Number(i128),
    /// A list with its length before it.
    List(Vec<i128>),
    /// A list that claims a length of its own.
    Claiming(u64, Vec<i128>),
}

/// A payload, field by field; any field may hold nonsense.
#[derive(Clone, Debug)]
pub(crate) struct Draft(BTreeMap<&'static str, Field>);

impl Draft {
    /// A small image that is right: 6 patterns of 5 neurons in lanes of 4, weights and kernel words of 3 bits.
    pub(crate) fn valid() -> Self {
        use Field::{List, Number};
        let weights = (0..30).map(|at| at % 7 - 3).collect();
        Self(BTreeMap::from([
            ("pattern_bytes", Number(256)),
            ("weight_bytes", Number(1024)),
            ("counter_bytes", Number(64)),
            ("table_bytes", Number(64)),
            ("distance_lanes", Number(4)),
            ("mac_lanes", Number(2)),
            ("accumulator_bits", Number(24)),
            ("n", Number(5)),
            ("p", Number(6)),
            ("weight_bits", Number(3)),
            ("kernel_bits", Number(3)),
            ("kernel_form", Number(1)),
            ("pattern_rows", List(vec![0b0001, 0b0110, 0b1111, 0, 0b1000, 0b01, 0b10, 0b11, 0, 0b01])),
            ("weights", List(weights)),
            ("table", List(vec![7, 3, 1])),
            ("signs", Number(0)),
            ("pattern_order", Number(0)),
            ("weight_coding", Number(0)),
            ("provenance", List(vec![])),
        ]))
    }

    /// The same with weights that have the signs of their stored bits.
    pub(crate) fn with_signs_of_bits(self) -> Self {
        let (Field::List(rows), Field::List(weights)) =
            (self.0["pattern_rows"].clone(), self.0["weights"].clone())
        else {
            panic!("rows and weights are lists");
        };
        let signed = |(at, weight): (usize, i128)| {
            let (mu, i) = (at / 5, at % 5);
            let up = rows[mu / 4 * 5 + i] >> (mu % 4) & 1 == 1;
            if up { weight.abs() } else { -weight.abs() }
        };
        self.with("weights", Field::List(weights.into_iter().enumerate().map(signed).collect()))
    }

    /// The same with another `field`.
    pub(crate) fn with(mut self, name: &'static str, field: Field) -> Self {
        assert!(self.0.insert(name, field).is_some(), "{name} is not a field");
        self
    }

    /// The payload: the fields in the order and with the types of the document.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let rows = documented_fields();
        assert_eq!(rows.len(), self.0.len(), "the document and the draft have different fields");
        rows.iter().flat_map(|(name, kind)| encode(kind, &self.0[name])).collect()
    }

    /// The whole file, with the right length and checksum.
    pub(crate) fn file(&self) -> Vec<u8> {
        frame(&self.payload())
    }

    /// The whole file as version 1 had it: without the last four fields, of 4, 4, 4 and 8 bytes.
    pub(crate) fn file_of_version_1(&self) -> Vec<u8> {
        let payload = self.payload();
        frame_of_version(1, &payload[..payload.len() - 20])
    }

    /// The whole file as version 2 had it: without the last two fields, of 4 and 8 bytes.
    pub(crate) fn file_of_version_2(&self) -> Vec<u8> {
        let payload = self.payload();
        frame_of_version(2, &payload[..payload.len() - 12])
    }
}

/// Name and type of every field of version 3, from the document's table.
fn documented_fields() -> Vec<(&'static str, &'static str)> {
    let section = DOCUMENT.split("## Core image, version 3").nth(1).expect("the document has the section");
    let section = section.split("\n## ").next().unwrap_or(section);
    let cells = |row: &'static str| -> Option<(&str, &str)> {
        let mut cells = row.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?, cells.next()?))
    };
    section.lines().filter_map(cells).filter(|&(name, _)| name != "field").collect()
}

fn encode(kind: &str, field: &Field) -> Vec<u8> {
    let (element, is_list) = match kind.strip_prefix("list of ") {
        Some(element) => (element, true),
        None => (kind, false),
    };
    let (length, numbers) = match field {
        Field::Number(number) => (None, std::slice::from_ref(number)),
        Field::List(numbers) => (Some(numbers.len() as u64), numbers.as_slice()),
        Field::Claiming(length, numbers) => (Some(*length), numbers.as_slice()),
    };
    assert_eq!(is_list, length.is_some(), "{field:?} is not a {kind}");
    let mut bytes: Vec<u8> = length.map_or(Vec::new(), |length| length.to_le_bytes().to_vec());
    let width = width(element);
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes()[..width]);
    }
    bytes
}

/// Bytes of a number.
fn width(kind: &str) -> usize {
    match kind {
        "u8" => 1,
        "i16" | "u16" => 2,
        "u32" => 4,
        "u64" => 8,
        "pairs of texts" => 0, // of an empty list
        _ => panic!("the document has a type `{kind}` that no test knows"),
    }
}

/// A payload in the frame of a core image as it is written today.
pub(crate) fn frame(payload: &[u8]) -> Vec<u8> {
    frame_of_version(3, payload)
}

/// A payload in the frame of a core image of any version, those that never were included.
pub(crate) fn frame_of_version(version: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"KLRIMAGE".to_vec();
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(payload);
    let checksum = crc32(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// CRC-32 of IEEE 802.3, one bit at a time.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut remainder = u32::MAX;
    for &byte in bytes {
        remainder ^= u32::from(byte);
        for _ in 0..8 {
            let low = remainder & 1;
            remainder = remainder >> 1 ^ (0xEDB8_8320 * low);
        }
    }
    !remainder
}

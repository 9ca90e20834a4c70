//! The frame around every binary file the project writes, and the only place that calls bincode.
//!
//! ```text
//! offset  size  content
//!      0     8  magic: names the kind of file
//!      8     4  version, u32 little-endian
//!     12     8  length of the payload in bytes, u64 little-endian
//!     20     n  payload: bincode 2, little-endian, fixed-width integers
//!   20+n     4  CRC-32 (IEEE) of everything before it, u32 little-endian
//! ```
//!
//! Magic, version and checksum stand outside bincode, so that a file names itself whatever becomes of that library
//! (`docs/decisions/0002-bincode.md`).

use bincode::error::DecodeError;
use serde::{Serialize, de::DeserializeOwned};

const HEADER: usize = 20;
const CHECKSUM: usize = 4;

/// The kind of file: its magic, the versions there are, and the name used in messages.
#[derive(Clone, Copy, Debug)]
pub struct FileKind {
    /// The first eight bytes.
    pub magic: [u8; 8],
    /// The oldest version of the payload's layout that is still read.
    pub oldest: u32,
    /// The version that is written.
    pub version: u32,
    /// What the file is called in messages, such as `core image`.
    pub name: &'static str,
}

/// Why a file could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The file starts with other bytes.
    #[error("not a {name}: it starts with {found}, expected {expected}")]
    Magic {
        /// What the file should have been.
        name: &'static str,
        /// Its first bytes, escaped.
        found: String,
        /// The magic of the kind, escaped.
        expected: String,
    },
    /// The file was written by a version this program does not read.
    #[error(
        "{name} has version {found}; this program reads version {}",
        if oldest == newest { newest.to_string() } else { format!("{oldest} to {newest}") }
    )]
    Version {
        /// The kind of file.
        name: &'static str,
        /// The version in the file.
        found: u32,
        /// The oldest version this program reads.
        oldest: u32,
        /// The newest version this program reads.
        newest: u32,
    },
    /// The file is shorter or longer than its header says.
    #[error("{name} is {found} bytes long, expected {expected}: it is truncated or has bytes added")]
    Length {
        /// The kind of file.
        name: &'static str,
        /// Bytes in the file.
        found: u64,
        /// Bytes its header asks for.
        expected: u64,
    },
    /// A byte changed since the file was written.
    #[error("{name} is damaged: its checksum is {found:08x}, its bytes give {expected:08x}")]
    Checksum {
        /// The kind of file.
        name: &'static str,
        /// The checksum in the file.
        found: u32,
        /// The checksum of its bytes.
        expected: u32,
    },
    /// The payload does not decode, although its checksum is right: it was written by something else.
    #[error("{name} does not decode: {reason}")]
    Payload {
        /// The kind of file.
        name: &'static str,
        /// What bincode said.
        reason: String,
    },
}

fn escape(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

/// Frames `payload` as a file of `kind`.
///
/// # Errors
/// [`FrameError::Payload`] if the payload has a type that bincode cannot write.
pub fn encode<T: Serialize>(kind: FileKind, payload: &T) -> Result<Vec<u8>, FrameError> {
    let config = bincode::config::standard().with_fixed_int_encoding();
    let body = bincode::serde::encode_to_vec(payload, config)
        .map_err(|e| FrameError::Payload { name: kind.name, reason: e.to_string() })?;
    let mut bytes = Vec::with_capacity(HEADER + body.len() + CHECKSUM);
    bytes.extend_from_slice(&kind.magic);
    bytes.extend_from_slice(&kind.version.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&body);
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// A file whose frame is right: the payload is still to be read, by whoever knows its version.
#[derive(Clone, Copy, Debug)]
pub struct Framed<'a> {
    name: &'static str,
    /// The version of the payload's layout: one of those the kind reads.
    pub version: u32,
    payload: &'a [u8],
}

/// Checks the frame of a file of `kind`, of any version that is read.
///
/// # Errors
/// A [`FrameError`] that says whether magic, version, length or checksum is wrong, checked in that order.
pub fn open(kind: FileKind, bytes: &[u8]) -> Result<Framed<'_>, FrameError> {
    let name = kind.name;
    let magic = &bytes[..bytes.len().min(kind.magic.len())];
    if magic != kind.magic {
        return Err(FrameError::Magic { name, found: escape(magic), expected: escape(&kind.magic) });
    }
    let found = bytes.len() as u64;
    if bytes.len() < HEADER + CHECKSUM {
        return Err(FrameError::Length { name, found, expected: (HEADER + CHECKSUM) as u64 });
    }
    let version = u32::from_le_bytes(array(bytes, 8));
    if !(kind.oldest..=kind.version).contains(&version) {
        return Err(FrameError::Version { name, found: version, oldest: kind.oldest, newest: kind.version });
    }
    let expected = u64::from_le_bytes(array(bytes, 12)).saturating_add((HEADER + CHECKSUM) as u64);
    if found != expected {
        return Err(FrameError::Length { name, found, expected });
    }
    let (content, tail) = bytes.split_at(bytes.len() - CHECKSUM);
    let stored = u32::from_le_bytes(array(tail, 0));
    let computed = crc32fast::hash(content);
    if stored != computed {
        return Err(FrameError::Checksum { name, found: stored, expected: computed });
    }
    Ok(Framed { name, version, payload: &content[HEADER..] })
}

impl Framed<'_> {
    /// The payload, which has to be a `T` and nothing more.
    ///
    /// # Errors
    /// [`FrameError::Payload`] if it is not.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, FrameError> {
        let fail = |reason: String| FrameError::Payload { name: self.name, reason };
        // A limit of a few times the payload keeps a forged length inside it from asking for more memory than the file could
        // fill: a text takes its room before it is read. The library has limits that are known when it is compiled.
        let decoded = match self.payload.len() {
            ..0x4000 => decode_within::<T, 0x1_0000>(self.payload),
            0x4000..0x10_0000 => decode_within::<T, 0x40_0000>(self.payload),
            0x10_0000..0x400_0000 => decode_within::<T, 0x1000_0000>(self.payload),
            _ => decode_within::<T, 0x1_0000_0000>(self.payload),
        };
        let (value, used) = decoded.map_err(|error| fail(words(&error)))?;
        if used == self.payload.len() {
            Ok(value)
        } else {
            Err(fail(format!("{} bytes are left over", self.payload.len() - used)))
        }
    }
}

/// A value at the start of `payload`, and the bytes that it takes; of lengths that ask for more than `LIMIT` bytes, none.
fn decode_within<T: DeserializeOwned, const LIMIT: usize>(payload: &[u8]) -> Result<(T, usize), DecodeError> {
    let config = bincode::config::standard().with_fixed_int_encoding().with_limit::<LIMIT>();
    bincode::serde::decode_from_slice(payload, config)
}

/// What is wrong with a payload, in words: the library shows its own types.
fn words(error: &DecodeError) -> String {
    match error {
        DecodeError::UnexpectedEnd { .. } => "it ends within a value".to_owned(),
        DecodeError::LimitExceeded | DecodeError::OutsideUsizeRange(_) => {
            "a length in it is more than a file can hold".to_owned()
        }
        DecodeError::InvalidBooleanValue(found) => {
            format!("a yes or no in it is {found}; allowed are 0 and 1")
        }
        DecodeError::UnexpectedVariant { found, .. } => {
            format!("a choice in it is {found}, and there is none of this number")
        }
        DecodeError::Utf8 { .. } => "a text in it is not UTF-8".to_owned(),
        DecodeError::Other(reason) => (*reason).to_owned(),
        DecodeError::OtherString(reason) => reason.clone(),
        // Of times, characters and numbers that no payload has.
        _ => "a value in it is none of its kind".to_owned(),
    }
}

/// Reads a file of `kind` back, for a kind of which there has been one version only.
///
/// # Errors
/// A [`FrameError`] that says whether magic, version, length, checksum or payload is wrong, checked in that order.
pub fn decode<T: DeserializeOwned>(kind: FileKind, bytes: &[u8]) -> Result<T, FrameError> {
    open(kind, bytes)?.payload()
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the slice has N bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: FileKind = FileKind { magic: *b"KLRTEST\n", oldest: 3, version: 3, name: "test file" };

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = encode(KIND, &vec![1u32, 2, 3]).unwrap();
        assert_eq!(decode::<Vec<u32>>(KIND, &bytes).unwrap(), [1, 2, 3], "round trip");
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<Vec<u32>>(KIND, &broken).is_err(), "bit {bit} was flipped unnoticed");
        }
        for length in 0..bytes.len() {
            assert!(decode::<Vec<u32>>(KIND, &bytes[..length]).is_err(), "cut to {length} bytes unnoticed");
        }
    }

    #[test]
    fn the_message_says_what_is_wrong() {
        let bytes = encode(KIND, &7u8).unwrap();
        let other = FileKind { magic: *b"KLROTHER", ..KIND };
        let message = decode::<u8>(other, &bytes).unwrap_err().to_string();
        assert_eq!(message, r#"not a test file: it starts with "KLRTEST\n", expected "KLROTHER""#, "magic");
        let newer = FileKind { oldest: 4, version: 4, ..KIND };
        let message = decode::<u8>(newer, &bytes).unwrap_err().to_string();
        assert_eq!(message, "test file has version 3; this program reads version 4", "version");
        let both = FileKind { oldest: 1, version: 2, ..KIND };
        let message = decode::<u8>(both, &bytes).unwrap_err().to_string();
        assert_eq!(message, "test file has version 3; this program reads version 1 to 2", "versions");
    }

    #[test]
    fn an_older_version_is_opened_and_names_itself() {
        let bytes = encode(KIND, &7u8).unwrap();
        let newer = FileKind { version: 4, ..KIND };
        let framed = open(newer, &bytes).unwrap();
        assert_eq!((framed.version, framed.payload::<u8>().unwrap()), (3, 7), "version and payload");
    }

    #[test]
    fn a_forged_length_of_a_text_asks_for_no_more_than_the_file_could_fill() {
        let mut payload = u64::MAX.to_le_bytes().to_vec();
        for length in [1 << 20, 1 << 31, u64::MAX] {
            payload[..8].copy_from_slice(&u64::to_le_bytes(length));
            let framed = Framed { name: "test file", version: 3, payload: &payload };
            let message = framed.payload::<String>().unwrap_err().to_string();
            assert_eq!(
                message, "test file does not decode: a length in it is more than a file can hold",
                "{length}"
            );
        }
    }
}

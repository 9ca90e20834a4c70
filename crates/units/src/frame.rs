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

use serde::{Serialize, de::DeserializeOwned};

const HEADER: usize = 20;
const CHECKSUM: usize = 4;

/// The kind of file: its magic, the version written today, and the name used in messages.
#[derive(Clone, Copy, Debug)]
pub struct FileKind {
    /// The first eight bytes.
    pub magic: [u8; 8],
    /// The version of the payload's layout; older ones are read by whoever owns the kind.
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
    #[error("{name} has version {found}; this program reads version {supported}")]
    Version {
        /// The kind of file.
        name: &'static str,
        /// The version in the file.
        found: u32,
        /// The version this program reads.
        supported: u32,
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

/// Reads a file of `kind` back.
///
/// # Errors
/// A [`FrameError`] that says whether magic, version, length, checksum or payload is wrong, checked in that order.
pub fn decode<T: DeserializeOwned>(kind: FileKind, bytes: &[u8]) -> Result<T, FrameError> {
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
    if version != kind.version {
        return Err(FrameError::Version { name, found: version, supported: kind.version });
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
    let payload = |reason: String| FrameError::Payload { name, reason };
    // The limit keeps a forged length inside the payload from asking for more memory than the file could fill.
    let config = bincode::config::standard().with_fixed_int_encoding().with_limit::<{ 1 << 32 }>();
    let body = &content[HEADER..];
    let (value, used) =
        bincode::serde::decode_from_slice(body, config).map_err(|e| payload(e.to_string()))?;
    if used == body.len() {
        Ok(value)
    } else {
        Err(payload(format!("{} bytes are left over", body.len() - used)))
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the slice has N bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: FileKind = FileKind { magic: *b"KLRTEST\n", version: 3, name: "test file" };

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
        let newer = FileKind { version: 4, ..KIND };
        let message = decode::<u8>(newer, &bytes).unwrap_err().to_string();
        assert_eq!(message, "test file has version 3; this program reads version 4", "version");
    }
}

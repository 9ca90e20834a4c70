//! The header of a NumPy file (`numpy.lib.format`, versions 1.0 to 3.0), read as `numpy.load` reads it.

use super::dtype::Dtype;
use super::literal::Literal;
use super::malformed::{HeaderError, MAX_HEADER};

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) dtype: Dtype,
    /// The first index runs fastest.
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<u64>,
}

impl Header {
    /// The header at the start of `file`, and the bytes behind it.
    ///
    /// # Errors
    /// [`HeaderError`] if there is none.
    pub(super) fn split(file: &[u8]) -> Result<(Self, &[u8]), HeaderError> {
        let Some((b"\x93NUMPY", rest)) = file.split_first_chunk::<6>() else {
            return Err(if file.starts_with(b"PK\x03\x04") {
                HeaderError::Archive
            } else {
                HeaderError::Magic
            });
        };
        let (&[major, minor], rest) = rest.split_first_chunk::<2>().ok_or(HeaderError::Short)?;
        let (length, rest) = match (major, minor) {
            (1, 0) => {
                rest.split_first_chunk::<2>().map(|(l, rest)| (u32::from(u16::from_le_bytes(*l)), rest))
            }
            (2 | 3, 0) => rest.split_first_chunk::<4>().map(|(l, rest)| (u32::from_le_bytes(*l), rest)),
            _ => return Err(HeaderError::Version { major, minor }),
        }
        .ok_or(HeaderError::Short)?;
        let length = usize::try_from(length).map_err(|_| HeaderError::Short)?;
        let (text, data) = rest.split_at_checked(length).ok_or(HeaderError::Short)?;
        if length > MAX_HEADER {
            return Err(HeaderError::Long { found: length });
        }
        let text = match major {
            3 => std::str::from_utf8(text).map_err(|_| HeaderError::Encoding)?.to_owned(),
            // Latin 1: each byte is the character of its number.
            _ => text.iter().copied().map(char::from).collect(),
        };
        Ok((Self::parse(&text, major < 3)?, data))
    }

    fn parse(text: &str, long_suffix: bool) -> Result<Self, HeaderError> {
        let Literal::Dict(entries) = Literal::parse(text, long_suffix)? else {
            return Err(HeaderError::Keys);
        };
        let (mut descr, mut order, mut shape) = (None, None, None);
        for (key, value) in entries {
            let Literal::Text(key) = key else { return Err(HeaderError::Keys) };
            let place = match key.as_str() {
                "descr" => &mut descr,
                "fortran_order" => &mut order,
                "shape" => &mut shape,
                _ => return Err(HeaderError::Keys),
            };
            // Of a key that comes twice the last counts.
            *place = Some(value);
        }
        let (Some(descr), Some(order), Some(shape)) = (descr, order, shape) else {
            return Err(HeaderError::Keys);
        };
        let Literal::Tuple(sizes) = shape else { return Err(HeaderError::Shape) };
        let shape = sizes.iter().map(size).collect::<Option<_>>().ok_or(HeaderError::Shape)?;
        let Literal::Truth(fortran_order) = order else { return Err(HeaderError::FortranOrder) };
        Ok(Self { dtype: Dtype::parse(&descr).ok_or(HeaderError::Descr)?, fortran_order, shape })
    }
}

/// A size of a dimension, which NumPy keeps in 64 bits with a sign.
fn size(value: &Literal) -> Option<u64> {
    match value {
        Literal::Whole(size) => u64::try_from(i64::try_from(*size).ok()?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dtype::{Kind, Scalar};
    use super::*;

    /// A file of format version `version`.0 without data.
    fn file(version: u8, header: &str) -> Vec<u8> {
        let text: Vec<u8> = match version {
            3 => header.into(),
            _ => header.chars().map(|c| u8::try_from(c).expect("a character of Latin 1")).collect(),
        };
        let length = u32::try_from(text.len()).expect("a short header").to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length };
        [b"\x93NUMPY", [version, 0].as_slice(), length, &text].concat()
    }

    /// The text that Python's `unicode_escape` wrote.
    fn unescape(text: &str) -> String {
        let mut rest = text.chars();
        let mut out = String::new();
        while let Some(c) = rest.next() {
            let escape = if c == '\\' { rest.next() } else { None };
            out.push(match escape {
                None => c,
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('x') => {
                    let digits: String = rest.by_ref().take(2).collect();
                    char::from(u8::from_str_radix(&digits, 16).expect("two digits"))
                }
                Some('\\') => '\\',
                Some(other) => panic!("an escape that is not expected: {other}"),
            });
        }
        out
    }

    /// What is read, in the words of `fixtures/npy/README.md`.
    fn says(version: u8, header: &str) -> String {
        let Ok((header, _)) = Header::split(&file(version, header)) else { return "refused".to_owned() };
        let kind = match &header.dtype {
            dtype if dtype.has_objects() => return "pickled".to_owned(),
            Dtype::Record(_) => "record".to_owned(),
            Dtype::Scalar(Scalar { kind: Kind::Time, .. }) => "time".to_owned(),
            Dtype::Scalar(scalar) => scalar.to_string().trim_matches('\'').to_owned(),
        };
        let is_one_order =
            header.shape.iter().filter(|&&size| size != 1).count() < 2 || header.shape.contains(&0);
        let order = match header.fortran_order {
            _ if is_one_order => "any",
            true => "F",
            false => "C",
        };
        let shape: Vec<String> = header.shape.iter().map(u64::to_string).collect();
        format!("{kind} {order} ({})", shape.join(", "))
    }

    #[test]
    fn headers_are_read_as_numpy_reads_them() {
        let lines = include_str!("../../../../../fixtures/npy/headers.txt").lines().skip(1);
        let (mut complaints, mut headers) = (Vec::new(), 0);
        for line in lines {
            let mut parts = line.splitn(3, '\t');
            let (version, expected) =
                (parts.next().expect("a version"), parts.next().expect("what NumPy says"));
            let header = unescape(parts.next().expect("a header"));
            let found = says(version.parse().expect("a number"), &header);
            if found != expected {
                complaints.push(format!("{expected}, here {found}: version {version}, {header:?}"));
            }
            headers += 1;
        }
        assert!(complaints.is_empty(), "{} of {headers}:\n{}", complaints.len(), complaints.join("\n"));
        assert!(headers > 500, "the list is whole");
    }
}

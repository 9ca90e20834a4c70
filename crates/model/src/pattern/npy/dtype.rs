//! The types of array elements, by all the names that `numpy.dtype` has for them.

use super::literal::Literal;
use std::fmt;

/// The type of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dtype {
    Scalar(Scalar),
    /// A record of several values.
    Record(Vec<Field>),
}

/// One value of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    /// Values in it, along dimensions of its own; empty if it is a single one.
    pub(super) shape: Vec<u64>,
}

/// A type that is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) kind: Kind,
    /// Its size as NumPy writes it: bytes, or characters of text.
    pub(super) size: u64,
    pub(super) big_endian: bool,
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    Bytes,
    Text,
    Void,
    Object,
    /// A date, or a span between two.
    Time,
}

impl Dtype {
    /// The type that the value of `descr` describes, if NumPy knows it.
    pub(super) fn parse(descr: &Literal) -> Option<Self> {
        match descr {
            Literal::Text(text) if text.contains(',') && !text.starts_with('(') => records(text),
            Literal::Text(text) => match counted(text)? {
                (shape, rest) if elements(&shape)? == 1 => Scalar::parse(rest).map(Self::Scalar),
                // NumPy has no array of arrays: it reads none of these.
                _ => None,
            },
            Literal::Tuple(parts) => match parts.as_slice() {
                [base, shape] if elements(&sizes(shape)?)? == 1 => Self::parse(base),
                _ => None,
            },
            Literal::List(fields) => fields.iter().map(Field::parse).collect::<Option<_>>().map(Self::Record),
            _ => None,
        }
    }

    /// Whether any value of it is a Python object: such an array is a pickle.
    pub(super) fn has_objects(&self) -> bool {
        match self {
            Self::Scalar(scalar) => scalar.kind == Kind::Object,
            Self::Record(fields) => fields.iter().any(|field| field.dtype.has_objects()),
        }
    }

    /// Bytes of an element; `None` if they are more than 64 bits count.
    pub(super) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Scalar(scalar) => scalar.bytes(),
            Self::Record(fields) => {
                fields.iter().try_fold(0u64, |sum, field| sum.checked_add(field.bytes()?))
            }
        }
    }
}

impl Field {
    fn parse(literal: &Literal) -> Option<Self> {
        let Literal::Tuple(parts) = literal else { return None };
        let (name, descr, shape) = match parts.as_slice() {
            [name, descr] => (name, descr, Vec::new()),
            [name, descr, shape] => (name, descr, sizes(shape)?),
            _ => return None,
        };
        // A title may stand before the name.
        let name = match name {
            Literal::Text(name) => name,
            Literal::Tuple(names) => match names.as_slice() {
                [Literal::Text(_), Literal::Text(name)] => name,
                _ => return None,
            },
            _ => return None,
        };
        let (descr, shape) = match descr {
            Literal::Tuple(parts) => match parts.as_slice() {
                [base, inner] => (base, [shape, sizes(inner)?].concat()),
                _ => return None,
            },
            plain => (plain, shape),
        };
        elements(&shape)?;
        Some(Self { name: name.clone(), dtype: Dtype::parse(descr)?, shape })
    }

    /// Bytes of all its values.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.dtype.bytes()?.checked_mul(elements(&self.shape)?)
    }

    /// Bytes between fields that NumPy wrote to keep their places.
    pub(super) fn is_padding(&self) -> bool {
        self.name.is_empty() && matches!(self.dtype, Dtype::Scalar(Scalar { kind: Kind::Void, .. }))
    }
}

/// A size or a tuple of sizes.
fn sizes(literal: &Literal) -> Option<Vec<u64>> {
    let size = |literal: &Literal| match literal {
        Literal::Whole(size) => u64::try_from(*size).ok(),
        _ => None,
    };
    match literal {
        Literal::Tuple(sizes) => sizes.iter().map(size).collect(),
        one => Some(vec![size(one)?]),
    }
}

fn elements(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1u64, |product, &size| product.checked_mul(size))
}

/// The fields `f0`, `f1`, ... of types between commas.
fn records(text: &str) -> Option<Dtype> {
    let parts = text.strip_suffix(',').unwrap_or(text).split(',').enumerate();
    let field = |(index, part): (usize, &str)| {
        let (shape, rest) = counted(part.trim())?;
        Some(Field { name: format!("f{index}"), dtype: Dtype::Scalar(Scalar::parse(rest)?), shape })
    };
    parts.map(field).collect::<Option<_>>().map(Dtype::Record)
}

/// How many of a type there are, as a number or in parentheses before it; and the rest of the text.
fn counted(text: &str) -> Option<(Vec<u64>, &str)> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    if let Some(inner) = text.strip_prefix('(') {
        let (inner, rest) = inner.split_once(')')?;
        let inner = inner.trim().strip_suffix(',').unwrap_or(inner);
        return Some((inner.split(',').map(number).collect::<Option<_>>()?, rest));
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text.split_at(digits) {
        ("", rest) => Some((Vec::new(), rest)),
        (count, rest) => Some((vec![number(count)?], rest)),
    }
}

/// Types by name: their kind and bytes on a 64-bit system where C's `long` has 64 bits.
const NAMES: [(&str, Kind, u64); 52] = [
    ("bool", Kind::Bool, 1),
    ("bool_", Kind::Bool, 1),
    ("?", Kind::Bool, 1),
    ("byte", Kind::Int, 1),
    ("b", Kind::Int, 1),
    ("int8", Kind::Int, 1),
    ("int16", Kind::Int, 2),
    ("short", Kind::Int, 2),
    ("h", Kind::Int, 2),
    ("int32", Kind::Int, 4),
    ("intc", Kind::Int, 4),
    ("i", Kind::Int, 4),
    ("int64", Kind::Int, 8),
    ("int", Kind::Int, 8),
    ("int_", Kind::Int, 8),
    ("intp", Kind::Int, 8),
    ("long", Kind::Int, 8),
    ("longlong", Kind::Int, 8),
    ("l", Kind::Int, 8),
    ("q", Kind::Int, 8),
    ("p", Kind::Int, 8),
    ("n", Kind::Int, 8),
    ("ubyte", Kind::Uint, 1),
    ("B", Kind::Uint, 1),
    ("uint8", Kind::Uint, 1),
    ("uint16", Kind::Uint, 2),
    ("ushort", Kind::Uint, 2),
    ("H", Kind::Uint, 2),
    ("uint32", Kind::Uint, 4),
    ("uintc", Kind::Uint, 4),
    ("I", Kind::Uint, 4),
    ("uint64", Kind::Uint, 8),
    ("uint", Kind::Uint, 8),
    ("uintp", Kind::Uint, 8),
    ("ulong", Kind::Uint, 8),
    ("ulonglong", Kind::Uint, 8),
    ("L", Kind::Uint, 8),
    ("Q", Kind::Uint, 8),
    ("P", Kind::Uint, 8),
    ("N", Kind::Uint, 8),
    ("float16", Kind::Float, 2),
    ("half", Kind::Float, 2),
    ("e", Kind::Float, 2),
    ("float32", Kind::Float, 4),
    ("single", Kind::Float, 4),
    ("f", Kind::Float, 4),
    ("float64", Kind::Float, 8),
    ("float", Kind::Float, 8),
    ("double", Kind::Float, 8),
    ("d", Kind::Float, 8),
    ("longdouble", Kind::Float, 16),
    ("g", Kind::Float, 16),
];

/// More types by name, of which no pattern is made without another step.
const OTHER_NAMES: [(&str, Kind, u64); 20] = [
    ("float128", Kind::Float, 16),
    ("complex64", Kind::Complex, 8),
    ("csingle", Kind::Complex, 8),
    ("F", Kind::Complex, 8),
    ("complex128", Kind::Complex, 16),
    ("complex", Kind::Complex, 16),
    ("cdouble", Kind::Complex, 16),
    ("D", Kind::Complex, 16),
    ("complex256", Kind::Complex, 32),
    ("clongdouble", Kind::Complex, 32),
    ("G", Kind::Complex, 32),
    ("str", Kind::Text, 0),
    ("str_", Kind::Text, 0),
    ("bytes", Kind::Bytes, 0),
    ("bytes_", Kind::Bytes, 0),
    ("c", Kind::Bytes, 1),
    ("void", Kind::Void, 0),
    ("object", Kind::Object, 8),
    ("object_", Kind::Object, 8),
    ("O", Kind::Object, 8),
];

impl Scalar {
    fn parse(text: &str) -> Option<Self> {
        let (big_endian, rest) = match text.chars().next()? {
            '<' | '|' => (false, &text[1..]),
            '>' => (true, &text[1..]),
            '=' => (cfg!(target_endian = "big"), &text[1..]),
            _ => (cfg!(target_endian = "big"), text),
        };
        // An order of bytes goes with types of one letter, not with names.
        let prefixed = rest.len() != text.len();
        let named = NAMES.iter().chain(&OTHER_NAMES).find(|(name, ..)| *name == rest);
        if let Some(&(name, kind, size)) = named.filter(|(name, ..)| !prefixed || name.len() == 1) {
            let little = size == 1 || name.len() > 1 && !cfg!(target_endian = "big");
            return Some(Self { kind, size, big_endian: big_endian && !little });
        }
        let letter = rest.chars().next()?;
        if let 'M' | 'm' = letter {
            let unit = rest[1..].strip_prefix('8').unwrap_or(&rest[1..]);
            let is_unit = unit.is_empty() || unit.starts_with('[') && unit.ends_with(']');
            return is_unit.then_some(Self { kind: Kind::Time, size: 8, big_endian });
        }
        if matches!(rest, "datetime64" | "timedelta64") && !prefixed {
            return Some(Self { kind: Kind::Time, size: 8, big_endian });
        }
        let (kind, allowed): (Kind, &[u64]) = match letter {
            'b' => (Kind::Bool, &[1]),
            'i' => (Kind::Int, &[1, 2, 4, 8]),
            'u' => (Kind::Uint, &[1, 2, 4, 8]),
            'f' => (Kind::Float, &[2, 4, 8, 16]),
            'c' => (Kind::Complex, &[8, 16, 32]),
            'O' => (Kind::Object, &[8]),
            'S' | 'a' => (Kind::Bytes, &[]),
            'U' => (Kind::Text, &[]),
            'V' => (Kind::Void, &[]),
            _ => return None,
        };
        let digits = &rest[1..];
        // Text without a length has none.
        let size =
            if digits.is_empty() && allowed.is_empty() { 0 } else { digits.trim_start().parse().ok()? };
        (allowed.is_empty() || allowed.contains(&size)).then_some(Self { kind, size, big_endian })
    }

    /// Bytes of an element; `None` if they are more than 64 bits count.
    pub(super) fn bytes(self) -> Option<u64> {
        match self.kind {
            Kind::Text => self.size.checked_mul(4),
            _ => Some(self.size),
        }
    }
}

/// As `numpy.dtype(..).str` writes it, in quotes.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.kind {
            Kind::Bool => 'b',
            Kind::Int => 'i',
            Kind::Uint => 'u',
            Kind::Float => 'f',
            Kind::Complex => 'c',
            Kind::Bytes => 'S',
            Kind::Text => 'U',
            Kind::Void => 'V',
            Kind::Object => return f.write_str("'|O'"),
            Kind::Time => 'M',
        };
        let ordered =
            self.size > 1 && !matches!(self.kind, Kind::Bytes | Kind::Void) || self.kind == Kind::Text;
        let order = match (ordered, self.big_endian) {
            (false, _) => '|',
            (true, false) => '<',
            (true, true) => '>',
        };
        write!(f, "'{order}{letter}{}'", self.size)
    }
}

/// As `numpy.dtype(..).descr` writes it.
impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Fields listed before the rest is only hinted at.
        const LISTED: usize = 3;
        let fields = match self {
            Self::Scalar(scalar) => return scalar.fmt(f),
            Self::Record(fields) => fields,
        };
        f.write_str("[")?;
        for (index, field) in fields.iter().take(LISTED).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}('{}', {})", field.name.escape_debug(), field.dtype)?;
        }
        f.write_str(if fields.len() > LISTED { ", ..]" } else { "]" })
    }
}

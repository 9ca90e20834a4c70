//! What to do in NumPy with an array that is not read as it is: an expression that keeps what its values say.
//!
//! `x` is the array as `numpy.load` gives it. The values themselves are looked at, for a conversion that is right for
//! some is wrong for others: `x.astype(numpy.int8)` makes every gray value between 0 and 1 a 0.

use super::dtype::{Dtype, Field, Kind, Scalar};
use super::header::Header;
use super::values::{Number, Survey, text};
use std::fmt;

/// What an array is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Patterns, cues or targets: -1 and +1, or 0 and 1.
    Bits,
    /// Dual variables.
    Duals,
}

/// What to do with an array that is not read as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// The array holds what is wanted, in another form.
    Convert {
        /// The array as it is read.
        expression: String,
    },
    /// Its numbers are more than two, or others than those allowed.
    Threshold {
        /// The smallest.
        from: String,
        /// The largest.
        to: String,
        /// Bits that tell the larger values from the smaller.
        expression: String,
        /// Some are not a number; they become 0.
        nan: bool,
        /// They are complex, and only their real parts are looked at.
        imaginary: bool,
    },
    /// It holds two texts.
    Texts {
        /// The two.
        texts: [String; 2],
        /// Bits that tell them apart.
        expression: String,
    },
    /// Its elements are of a kind that only NumPy can look into.
    First {
        /// An array of plain numbers, for which the advice can be better.
        expression: String,
    },
    /// No conversion helps.
    None {
        /// Why.
        because: &'static str,
    },
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Convert { expression } => write!(f, "in NumPy, convert it with {expression}"),
            Self::Threshold { from, to, expression, nan, imaginary } => {
                let parts = if *imaginary { "real parts" } else { "values" };
                write!(f, "its {parts} are {from} to {to}: in NumPy, {expression} makes bits of them")?;
                f.write_str(if *nan { ", 0 where one is not a number" } else { "" })
            }
            Self::Texts { texts: [a, b], expression } => {
                write!(f, "its texts are '{a}' and '{b}': in NumPy, {expression} makes bits of them")
            }
            Self::First { expression } => {
                write!(f, "in NumPy, save {expression}, whose values can then be looked at")
            }
            Self::None { because } => f.write_str(because),
        }
    }
}

const fn none(because: &'static str) -> Advice {
    Advice::None { because }
}

/// What to do with the array of `header` and `data`, whose bytes are as many as its shape needs.
pub(super) fn advise(header: &Header, data: &[u8], purpose: Purpose) -> Advice {
    if header.shape.contains(&0) {
        return none("it is empty");
    }
    let mut view = match View::of(header, data) {
        Ok(view) => view,
        Err(because) => return none(because),
    };
    if header.dtype.has_objects() {
        // No pickle is looked into. One dimension of objects is what rows become that are arrays themselves.
        let is_row = view.shape.len() == 1 && view.expression == "x";
        let table = if is_row { "numpy.stack(x)".to_owned() } else { view.expression };
        return Advice::First { expression: table + ".astype(float)" };
    }
    if view.parts.iter().any(|part| part.scalar.bytes() == Some(0)) {
        return none("its elements are empty");
    }
    if let Err(advice) = view.make_table(purpose) {
        return advice;
    }
    match view.parts[0].scalar {
        Scalar { kind: Kind::Bytes | Kind::Text, .. } => view.advise_on_texts(purpose),
        Scalar { kind: Kind::Time, .. } => none("times are no numbers"),
        _ => view.advise_on_numbers(purpose),
    }
}

/// Elements that lie at the same place of every record.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Bytes before them.
    offset: usize,
    scalar: Scalar,
    /// How many there are, one behind the other.
    count: usize,
}

/// The part of an array that is worth looking at, and how to get it from `x`.
#[derive(Debug)]
struct View<'a> {
    expression: String,
    shape: Vec<u64>,
    data: &'a [u8],
    /// Bytes of a record, or of an element.
    stride: usize,
    parts: Vec<Part>,
}

impl<'a> View<'a> {
    fn of(header: &Header, data: &'a [u8]) -> Result<Self, &'static str> {
        let shape = header.shape.clone();
        let stride = header.dtype.bytes().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
        let whole = Self { expression: "x".to_owned(), shape, data, stride, parts: Vec::new() };
        match &header.dtype {
            &Dtype::Scalar(scalar) => Ok(Self { parts: vec![Part { offset: 0, scalar, count: 1 }], ..whole }),
            Dtype::Record(fields) => whole.of_records(fields),
        }
    }

    /// Records are a table if they are in a row and all their fields are numbers; else one field has to be chosen.
    fn of_records(self, fields: &[Field]) -> Result<Self, &'static str> {
        const CHOOSE: &str = "take a field of it that has plain values";
        let size =
            |field: &Field| field.bytes().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut offset = 0;
        for field in fields {
            let count = usize::try_from(field.shape.iter().product::<u64>()).unwrap_or(usize::MAX);
            match field.dtype {
                Dtype::Scalar(scalar) => parts.push((field, Part { offset, scalar, count })),
                Dtype::Record(_) => return Err(CHOOSE),
            }
            offset = offset.saturating_add(size(field));
        }
        parts.retain(|(field, _)| !field.is_padding());
        let are_numbers = parts.iter().all(|(field, part)| part.scalar.is_number() && field.shape.is_empty());
        if parts.len() > 1 && self.shape.len() == 1 && are_numbers {
            let shape = vec![self.shape[0], parts.len() as u64];
            let parts = parts.into_iter().map(|(_, part)| part).collect();
            return Ok(Self { expression: "numpy.array(x.tolist())".to_owned(), shape, parts, ..self });
        }
        let (field, part) = *parts.first().ok_or("its records have no fields")?;
        let is_plain = |c: char| c != '\'' && c != '\\' && !c.is_control();
        if field.shape.contains(&0) || !field.name.chars().all(is_plain) {
            return Err(CHOOSE);
        }
        let shape = [self.shape, field.shape.clone()].concat();
        Ok(Self { expression: format!("x['{}']", field.name), shape, parts: vec![part], ..self })
    }

    /// Two dimensions, of a kind of element that can be looked at here.
    fn make_table(&mut self, purpose: Purpose) -> Result<(), Advice> {
        let scalar = self.parts[0].scalar;
        match self.shape.as_slice() {
            [_, _] => {}
            [] | [_] if purpose == Purpose::Duals => {
                return Err(none("it needs a row per pattern and a column per neuron"));
            }
            [] | [_] => self.expression += ".reshape(1, -1)",
            [rows, ..] => self.expression += &format!(".reshape({rows}, -1)"),
        }
        match (scalar.kind, scalar.size) {
            (Kind::Complex, 17..) => {
                Err(Advice::First { expression: format!("{}.real.astype(float)", self.expression) })
            }
            (Kind::Float, 9..) => {
                Err(Advice::First { expression: format!("{}.astype(float)", self.expression) })
            }
            (Kind::Void, 1) => {
                // The bytes of -1, 0 and 1, or of gray values.
                let signed = self.elements().all(|(_, bytes)| matches!(bytes[0], 0 | 1 | u8::MAX));
                let (kind, name) = if signed { (Kind::Int, "int8") } else { (Kind::Uint, "uint8") };
                self.parts[0].scalar = Scalar { kind, ..scalar };
                self.expression += &format!(".view(numpy.{name})");
                Ok(())
            }
            (Kind::Void, _) => Err(none("its elements are bytes without a meaning")),
            _ => Ok(()),
        }
    }

    /// All elements, in the order of the file.
    fn elements(&self) -> impl Iterator<Item = (Scalar, &'a [u8])> {
        let records = self.data.chunks_exact(self.stride);
        records.flat_map(|record| {
            self.parts.iter().flat_map(move |part| {
                let size =
                    part.scalar.bytes().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
                let bytes = &record[part.offset..];
                bytes.chunks_exact(size).take(part.count).map(|element| (part.scalar, element))
            })
        })
    }

    fn advise_on_numbers(mut self, purpose: Purpose) -> Advice {
        let scalar = self.parts[0].scalar;
        let mut survey = Survey::new();
        let mut imaginary = false;
        let mut wrapped = scalar.kind == Kind::Uint && self.parts.len() == 1;
        for (scalar, bytes) in self.elements() {
            let Some(number) = Number::read(scalar, bytes) else {
                return none("its values are no plain numbers");
            };
            survey.see(number);
            // Either sign of a zero has bits below the highest that are all zero.
            imaginary |= scalar.kind == Kind::Complex && {
                let half = Scalar { kind: Kind::Float, size: scalar.size / 2, ..scalar };
                Number::read(half, &bytes[bytes.len() / 2..]).is_none_or(|part| part.real() != 0.0)
            };
            wrapped &= bytes.iter().all(|&byte| byte == u8::MAX) || number == Number::Whole(1);
        }
        if scalar.kind == Kind::Complex {
            self.expression += ".real";
        }
        match purpose {
            Purpose::Duals if imaginary => none("dual variables are real"),
            Purpose::Duals if self.is_read_as(scalar, purpose) => {
                Advice::Convert { expression: self.expression }
            }
            Purpose::Duals => Advice::Convert { expression: self.expression + ".astype(numpy.float64)" },
            // Both occur: -1 was taken for the largest number without a sign.
            Purpose::Bits if wrapped && survey.min < survey.max => {
                Advice::Convert { expression: self.expression + ".astype(numpy.int8)" }
            }
            Purpose::Bits => {
                let read = self.is_read_as(scalar, purpose);
                self.bits_of(&survey, imaginary, read)
            }
        }
    }

    /// Whether an array of such elements is read once it has two dimensions.
    fn is_read_as(&self, scalar: Scalar, purpose: Purpose) -> bool {
        self.parts.len() == 1 && purpose.reads(scalar)
    }

    fn bits_of(mut self, survey: &Survey, imaginary: bool, read: bool) -> Advice {
        if survey.are_signs_or_bits() && !imaginary {
            return Advice::Convert {
                expression: self.expression + if read { "" } else { ".astype(numpy.int8)" },
            };
        }
        if self.parts[0].scalar.kind == Kind::Bool {
            // A truth value of another byte than 0 and 1 is compared as it is only by its bytes.
            self.expression += ".view(numpy.uint8)";
        }
        let Some(threshold) = survey.threshold() else {
            return none("all its values are equal, so that none stands for -1 and another for +1");
        };
        let (from, to) = survey.extent();
        let expression = format!("({} > {threshold}).astype(numpy.int8)", self.expression);
        Advice::Threshold { from, to, expression, nan: survey.nan, imaginary }
    }

    fn advise_on_texts(mut self, purpose: Purpose) -> Advice {
        const NO_BITS: &str = "texts of more than two kinds are neither bits nor signs";
        let (mut texts, mut survey) = (Vec::<String>::new(), Some(Survey::new()));
        let mut bytes = false;
        for (scalar, element) in self.elements() {
            bytes = scalar.kind == Kind::Bytes;
            let Some(text) = text(scalar, element) else { return none("its texts are no numbers") };
            // Python reads what Rust reads, blanks around it apart.
            survey = survey.zip(text.trim().parse().ok()).map(|(mut survey, value)| {
                survey.see(Number::Real(value));
                survey
            });
            if texts.len() < 3 && !texts.contains(&text) {
                texts.push(text);
            }
        }
        match (survey, purpose) {
            (Some(_), Purpose::Duals) => Advice::Convert { expression: self.expression + ".astype(float)" },
            (None, Purpose::Duals) => none("its texts are no numbers"),
            (Some(survey), Purpose::Bits) => {
                self.expression += ".astype(float)";
                self.bits_of(&survey, false, false)
            }
            (None, Purpose::Bits) => match <[String; 2]>::try_from(texts) {
                Ok(texts) => {
                    let plus = &texts[usize::from(!stands_for_plus(&texts[0], &texts[1]))];
                    let prefix = if bytes { "b" } else { "" };
                    let expression = format!("({} == {prefix}'{plus}').astype(numpy.int8)", self.expression);
                    Advice::Texts { texts, expression }
                }
                Err(texts) if texts.len() < 2 => none("all its texts are equal, so that none stands for -1"),
                Err(_) => none(NO_BITS),
            },
        }
    }
}

/// Whether the first of two texts is the one that means +1.
fn stands_for_plus(one: &str, other: &str) -> bool {
    const PLUS: [&str; 12] = ["1", "+1", "+", "true", "t", "yes", "y", "on", "up", "x", "#", "*"];
    let rank =
        |text: &str| PLUS.iter().position(|&plus| plus == text.trim().to_lowercase()).unwrap_or(PLUS.len());
    rank(one) < rank(other) || rank(one) == rank(other) && one > other
}

impl Scalar {
    /// Whether [`Number::read`] reads it and Python's `tolist` keeps its value.
    const fn is_number(self) -> bool {
        matches!((self.kind, self.size), (Kind::Bool | Kind::Int | Kind::Uint | Kind::Float, ..=8))
    }
}

impl Purpose {
    /// Whether elements of this type are read.
    pub(super) const fn reads(self, scalar: Scalar) -> bool {
        match self {
            Self::Bits => matches!((scalar.kind, scalar.size), (Kind::Int | Kind::Uint | Kind::Bool, 1)),
            Self::Duals => matches!((scalar.kind, scalar.size), (Kind::Float, 4 | 8)),
        }
    }

    /// The types that are read, in words.
    pub(super) const fn types(self) -> &'static str {
        match self {
            Self::Bits => "int8, uint8 and bool",
            Self::Duals => "float32 and float64",
        }
    }
}

//! The Python literals that a header of a NumPy file may consist of, as `ast.literal_eval` reads them.
//!
//! The grammar is that of the Python language reference, as far as a header can need it: dictionaries, tuples, lists,
//! strings with prefixes and escapes, whole numbers, `True`, `False` and `None`, with comments and blanks between them.

use super::malformed::HeaderError;
use std::iter::Peekable;
use std::str::Chars;

/// A header of NumPy nests its brackets two deep, one of nested records a little more; the parser recurses, so more is
/// refused.
const MAX_NESTING: u32 = 8;

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Whole(i128),
    Truth(bool),
    None,
    Tuple(Vec<Self>),
    List(Vec<Self>),
    Dict(Vec<(Self, Self)>),
}

impl Literal {
    /// The only literal in `text`. `long_suffix`: a whole number may end in `L`, as Python 2 wrote it.
    ///
    /// # Errors
    /// [`HeaderError`] if the text is anything else.
    pub(super) fn parse(text: &str, long_suffix: bool) -> Result<Self, HeaderError> {
        let mut parser = Parser { rest: text.chars().peekable(), at: 1, long_suffix };
        let value = parser.value(0)?;
        parser.skip()?;
        match parser.rest.peek() {
            None => Ok(value),
            Some(_) => Err(parser.expected("the end of the header")),
        }
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    /// The character that comes next, counted from 1.
    at: usize,
    long_suffix: bool,
}

impl Parser<'_> {
    fn expected(&self, expected: &'static str) -> HeaderError {
        HeaderError::Syntax { at: self.at, expected }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.at += usize::from(next.is_some());
        next
    }

    /// Takes the next character if it is `wanted`.
    fn take(&mut self, wanted: char) -> bool {
        let is = self.rest.peek() == Some(&wanted);
        if is {
            self.next();
        }
        is
    }

    /// Passes over blanks, comments and joined lines.
    fn skip(&mut self) -> Result<(), HeaderError> {
        while let Some(&next) = self.rest.peek() {
            match next {
                ' ' | '\t' | '\n' | '\r' | '\x0c' => drop(self.next()),
                '#' => while self.rest.peek().is_some_and(|&c| c != '\n') && self.next().is_some() {},
                '\\' => {
                    self.next();
                    if !self.line_end() || self.rest.peek().is_none() {
                        return Err(self.expected("a line joined to the next by a backslash"));
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Takes the end of a line, if it comes next.
    fn line_end(&mut self) -> bool {
        let returned = self.take('\r');
        self.take('\n') || returned
    }

    fn value(&mut self, depth: u32) -> Result<Literal, HeaderError> {
        if depth > MAX_NESTING {
            return Err(HeaderError::Nesting);
        }
        self.skip()?;
        match self.rest.peek().copied() {
            Some('{') => self.dict(depth),
            Some('[') => {
                self.next();
                Ok(Literal::List(self.items(']', depth)?.0))
            }
            Some('(') => self.tuple(depth),
            Some('\'' | '"') => self.strings(String::new()),
            Some('0'..='9' | '+' | '-') => self.number(),
            Some(c) if is_word(c) => self.word(),
            _ => Err(self.expected("a value")),
        }
    }

    fn dict(&mut self, depth: u32) -> Result<Literal, HeaderError> {
        self.next();
        let mut entries = Vec::new();
        loop {
            self.skip()?;
            if self.take('}') {
                return Ok(Literal::Dict(entries));
            }
            let key = self.value(depth + 1)?;
            self.skip()?;
            if !self.take(':') {
                return Err(self.expected("a colon after a key"));
            }
            entries.push((key, self.value(depth + 1)?));
            self.skip()?;
            if !self.take(',') && self.rest.peek() != Some(&'}') {
                return Err(self.expected("a comma or the closing brace"));
            }
        }
    }

    /// The items up to the closing bracket, and whether a comma followed any of them.
    fn items(&mut self, close: char, depth: u32) -> Result<(Vec<Literal>, bool), HeaderError> {
        let (mut items, mut comma) = (Vec::new(), false);
        loop {
            self.skip()?;
            if self.take(close) {
                return Ok((items, comma));
            }
            items.push(self.value(depth + 1)?);
            self.skip()?;
            if self.take(',') {
                comma = true;
            } else if self.rest.peek() != Some(&close) {
                return Err(self.expected("a comma or the closing bracket"));
            }
        }
    }

    /// A tuple, or a value in parentheses.
    fn tuple(&mut self, depth: u32) -> Result<Literal, HeaderError> {
        self.next();
        let (mut items, comma) = self.items(')', depth)?;
        Ok(match items.pop() {
            Some(only) if items.is_empty() && !comma => only,
            last => {
                items.extend(last);
                Literal::Tuple(items)
            }
        })
    }

    /// A name that Python knows, or a string with a prefix.
    fn word(&mut self) -> Result<Literal, HeaderError> {
        let start = self.at;
        let mut word = String::new();
        while let Some(&c) = self.rest.peek().filter(|&&c| is_word(c)) {
            word.push(c);
            self.next();
        }
        if matches!(self.rest.peek(), Some('\'' | '"')) {
            return self.strings(word);
        }
        match word.as_str() {
            "True" => Ok(Literal::Truth(true)),
            "False" => Ok(Literal::Truth(false)),
            "None" => Ok(Literal::None),
            _ => Err(HeaderError::Syntax { at: start, expected: "a value" }),
        }
    }

    /// A string, and those that follow it, which Python joins; `prefix` is that of the first.
    fn strings(&mut self, prefix: String) -> Result<Literal, HeaderError> {
        let mut text = String::new();
        let mut prefix = prefix;
        loop {
            let raw = match prefix.as_str() {
                "" | "u" | "U" => false,
                "r" | "R" => true,
                _ => return Err(self.expected("a string without a prefix, or with u or r")),
            };
            self.string(raw, &mut text)?;
            self.skip()?;
            prefix.clear();
            // A string that follows may have a prefix too.
            while let Some(&c) = self.rest.peek().filter(|&&c| is_word(c)) {
                prefix.push(c);
                self.next();
            }
            if !matches!(self.rest.peek(), Some('\'' | '"')) {
                return if prefix.is_empty() {
                    Ok(Literal::Text(text))
                } else {
                    Err(self.expected("a comma"))
                };
            }
        }
    }

    /// A string from its opening quote to its closing one, or three of each.
    fn string(&mut self, raw: bool, text: &mut String) -> Result<(), HeaderError> {
        let quote = self.next().unwrap_or('\'');
        let mut long = false;
        if self.take(quote) {
            if !self.take(quote) {
                return Ok(());
            }
            long = true;
        }
        loop {
            let unfinished = self.expected("the end of a string");
            match self.next().ok_or(unfinished.clone())? {
                c if c == quote && !long => return Ok(()),
                c if c == quote => match self.quotes_after(quote) {
                    2 => return Ok(()),
                    more => text.extend(std::iter::repeat_n(quote, 1 + more)),
                },
                '\n' | '\r' if !long => return Err(unfinished),
                '\\' if raw => {
                    text.push('\\');
                    text.push(self.next().ok_or(unfinished)?);
                }
                '\\' => self.escape(text)?,
                c => text.push(c),
            }
        }
    }

    /// Takes quotes that follow the first of three, at most two.
    fn quotes_after(&mut self, quote: char) -> usize {
        let second = self.take(quote);
        usize::from(second) + usize::from(second && self.take(quote))
    }

    /// What follows a backslash.
    fn escape(&mut self, text: &mut String) -> Result<(), HeaderError> {
        if self.line_end() {
            return Ok(());
        }
        let wrong = self.expected("an escape that Python knows");
        let c = self.next().ok_or(wrong.clone())?;
        let plain = match c {
            '\\' | '\'' | '"' => c,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => self.code(0, 16, 2..=2, wrong)?,
            'u' => self.code(0, 16, 4..=4, wrong)?,
            'U' => self.code(0, 16, 8..=8, wrong)?,
            '0'..='7' => self.code(c.to_digit(8).unwrap_or(0), 8, 0..=2, wrong)?,
            // Python keeps the backslash of an escape that it does not know; a character by its name is no dtype.
            'N' => return Err(wrong),
            _ => {
                text.push('\\');
                c
            }
        };
        text.push(plain);
        Ok(())
    }

    /// A character from digits of its number, after those that made `value`.
    fn code(
        &mut self,
        mut value: u32,
        radix: u32,
        digits: std::ops::RangeInclusive<u32>,
        wrong: HeaderError,
    ) -> Result<char, HeaderError> {
        for found in 0..*digits.end() {
            match self.rest.peek().and_then(|c| c.to_digit(radix)) {
                Some(digit) => {
                    value = value.saturating_mul(radix).saturating_add(digit);
                    self.next();
                }
                None if found >= *digits.start() => break,
                None => return Err(wrong),
            }
        }
        char::from_u32(value).ok_or(wrong)
    }

    /// A whole number with at most one sign.
    fn number(&mut self) -> Result<Literal, HeaderError> {
        let negative = self.rest.peek() == Some(&'-');
        if negative || self.rest.peek() == Some(&'+') {
            self.next();
            self.skip()?;
        }
        let start = self.at;
        let mut digits = String::new();
        while let Some(&c) = self.rest.peek().filter(|&&c| is_word(c) && c != 'L') {
            digits.push(c);
            self.next();
        }
        let wrong = HeaderError::Syntax { at: start, expected: "a whole number" };
        if self.rest.peek() == Some(&'.') {
            return Err(wrong);
        }
        self.long_end(wrong.clone())?;
        let value = whole(&digits).ok_or(wrong)?;
        let value = i128::from_str_radix(&value.1, value.0).map_err(|_| HeaderError::Number { at: start })?;
        Ok(Literal::Whole(if negative { -value } else { value }))
    }

    /// The `L` that Python 2 wrote behind long numbers, blanks before it or not.
    fn long_end(&mut self, wrong: HeaderError) -> Result<(), HeaderError> {
        while matches!(self.rest.peek(), Some(' ' | '\t' | '\x0c')) {
            self.next();
        }
        if !self.take('L') {
            return Ok(());
        }
        let ends = !self.rest.peek().is_some_and(|&c| is_word(c));
        if self.long_suffix && ends { Ok(()) } else { Err(wrong) }
    }
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The radix and the digits of a number, without the underscores that may stand between two digits.
fn whole(text: &str) -> Option<(u32, String)> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)?.strip_prefix('_').unwrap_or(lower.get(2..)?)),
        Some("0o") => (8, lower.get(2..)?.strip_prefix('_').unwrap_or(lower.get(2..)?)),
        Some("0b") => (2, lower.get(2..)?.strip_prefix('_').unwrap_or(lower.get(2..)?)),
        _ => (10, lower.as_str()),
    };
    let groups: Vec<&str> = digits.split('_').collect();
    let are_digits = |group: &&str| !group.is_empty() && group.chars().all(|c| c.is_digit(radix));
    let plain = groups.concat();
    // Python 3 knows no octal numbers that start with 0, but allows zeros.
    let octal = radix == 10 && plain.len() > 1 && plain.starts_with('0') && plain.bytes().any(|b| b != b'0');
    (groups.iter().all(are_digits) && !octal).then_some((radix, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Literal {
        Literal::parse(source, false).unwrap_or_else(|error| panic!("{source}: {error}"))
    }

    #[test]
    fn strings_are_what_python_makes_of_them() {
        let same = [
            (r"'|i1'", "|i1"),
            (r#"u"|i1""#, "|i1"),
            (r"'''a'b''c'''", "a'b''c"),
            (r"'' 'a' r'\x' U'b'", r"a\xb"),
            (r"'\x7c\174\u007c\U0000007c'", "||||"),
            (r"'\q\'\\\n'", "\\q'\\\n"),
            (r"'\0'", "\0"),
            ("'a\\\nb'", "ab"),
        ];
        for (source, expected) in same {
            assert_eq!(text(source), Literal::Text(expected.to_owned()), "{source}");
        }
        for wrong in
            ["'a", "'a\n'", "b'a'", "ur'a'", r"'\x7'", r"'\N{DIGIT ONE}'", "'a' x", "'''a''", r"'\Uffffffff'"]
        {
            assert!(Literal::parse(wrong, true).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_what_python_makes_of_them() {
        let same = [
            ("7", 7),
            ("+7", 7),
            ("- 7", -7),
            ("1_000", 1000),
            ("0x_1F", 31),
            ("0O17", 15),
            ("0b1", 1),
            ("00", 0),
        ];
        for (source, expected) in same {
            assert_eq!(text(source), Literal::Whole(expected), "{source}");
        }
        for wrong in ["07", "7_", "7__0", "_7", "0x", "--7", "7.0", "7e0", "7j", "7l", "1+1"] {
            assert!(Literal::parse(wrong, true).is_err(), "{wrong}");
        }
        assert_eq!(Literal::parse("7L", true), Ok(Literal::Whole(7)), "as Python 2 wrote it");
        assert!(Literal::parse("7L", false).is_err(), "where Python 2 never wrote");
        let error = Literal::parse(&"9".repeat(60), false).unwrap_err();
        assert_eq!(error, HeaderError::Number { at: 1 }, "a number of any length");
    }

    #[test]
    fn brackets_are_tuples_lists_and_values() {
        let one = || Literal::Whole(1);
        assert_eq!(text("(1)"), one(), "a value");
        assert_eq!(text("(1,)"), Literal::Tuple(vec![one()]), "a tuple");
        assert_eq!(text("( # none\n)"), Literal::Tuple(vec![]), "an empty tuple");
        assert_eq!(text("[1, 1,]"), Literal::List(vec![one(), one()]), "a list");
        assert_eq!(text("{1: None, }"), Literal::Dict(vec![(one(), Literal::None)]), "a dictionary");
        for wrong in ["(,)", "(1,,)", "(1 1)", "{1}", "{1: 1", "[1)", "{1: 1}}"] {
            assert!(Literal::parse(wrong, true).is_err(), "{wrong}");
        }
        assert_eq!(Literal::parse(&"(".repeat(9000), false), Err(HeaderError::Nesting), "the stack holds");
    }
}

//! Reads a cell library in the Liberty format: groups, attributes and where they stand.
//!
//! The subset: a file is one group; a statement is `name : value ;` (the `;` may be missing at the end of a line), `name (values) ;` or `name (values) { statements }`;
//! values are words, numbers and strings; comments are those of C, and a line may go on after a backslash. What a cell
//! means is not known here (`crates/rtl/src/gates/library.rs`).

use std::fmt;
use std::ops::Range;

/// Groups that hold nothing which energies, slews or mapping need; they make up most of a file with current sources.
const LEFT_OUT: [&str; 5] = [
    "output_current_rise",
    "output_current_fall",
    "receiver_capacitance",
    "normalized_driver_waveform",
    "test_cell",
];

/// A group: `name (arguments) { .. }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// What it is: `cell`, `pin`, `rise_power`.
    pub name: String,
    /// What stands in its parentheses.
    pub arguments: Vec<String>,
    /// The line it begins in, from 1.
    pub line: usize,
    /// Attributes with one value or, in parentheses, several.
    pub attributes: Vec<Attribute>,
    /// The groups in it.
    pub groups: Vec<Self>,
    /// Its bytes in the file.
    pub bytes: Range<usize>,
}

/// `name : value ;` or `name (values) ;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What it is.
    pub name: String,
    /// Its values, without quotes.
    pub values: Vec<String>,
    /// Its line, from 1.
    pub line: usize,
}

impl Attribute {
    /// Its first value; nothing where it has none, as in `name ();`.
    #[must_use]
    pub fn first(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }
}

impl Group {
    /// The first value of the attribute `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name)?.values.first().map(String::as_str)
    }

    /// The attribute `name`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The groups called `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.groups.iter().filter(move |group| group.name == name)
    }

    /// Its first argument, which is its own name.
    #[must_use]
    pub fn own_name(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }
}

/// Where a library is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct LibertyError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What was found, and what is allowed.
    pub message: String,
}

impl fmt::Display for LibertyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A file as it was read, and what of it no tool here needs.
#[derive(Clone, Debug)]
pub struct Liberty {
    /// The name in messages.
    pub file: String,
    /// Its group.
    pub library: Group,
    /// Bytes of the groups that were left out.
    pub left_out: Vec<Range<usize>>,
}

/// Reads `text`, the contents of `file`.
///
/// # Errors
/// [`LibertyError`] with the line, what was found and what is allowed.
pub fn read(file: &str, text: &str) -> Result<Liberty, LibertyError> {
    let mut reader = Reader { file, text, at: 0, line: 1, left_out: Vec::new(), depth: 0 };
    let (start, name) = reader.expect_word("`library (NAME) {`")?;
    if name != "library" {
        return Err(reader.error(format!("found `{name}`, expected `library (NAME) {{`")));
    }
    match reader.statement(start, name)? {
        Statement::Group(library) => {
            Ok(Liberty { file: file.to_owned(), library, left_out: reader.left_out })
        }
        Statement::Attribute(_) => Err(reader.error("a library without `{ .. }`".to_owned())),
    }
}

enum Statement {
    Attribute(Attribute),
    Group(Group),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Mark(char),
    End,
}

/// Groups within groups; libraries have eight at most.
const DEEPEST: usize = 32;

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    at: usize,
    line: usize,
    left_out: Vec<Range<usize>>,
    depth: usize,
}

impl Reader<'_> {
    fn error(&self, message: String) -> LibertyError {
        LibertyError { file: self.file.to_owned(), line: self.line, message }
    }

    /// Skips blanks, comments and continued lines.
    fn skip(&mut self) -> Result<(), LibertyError> {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            match rest {
                [b'\n', ..] => {
                    self.line += 1;
                    self.at += 1;
                }
                [b' ' | b'\t' | b'\r' | b'\\', ..] => self.at += 1,
                [b'/', b'/', ..] => self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
                [b'/', b'*', ..] => {
                    let end = self.text[self.at + 2..].find("*/");
                    let end = end.ok_or_else(|| self.error("a comment that does not end".to_owned()))?;
                    self.line += self.text[self.at..self.at + end].matches('\n').count();
                    self.at += end + 4;
                }
                _ => return Ok(()),
            }
        }
    }

    /// The next token and where it begins.
    fn next(&mut self) -> Result<(usize, Token), LibertyError> {
        self.skip()?;
        let start = self.at;
        let rest = &self.text[start..];
        let Some(first) = rest.chars().next() else { return Ok((start, Token::End)) };
        if "(){}:;,".contains(first) {
            self.at += 1;
            return Ok((start, Token::Mark(first)));
        }
        if first == '"' {
            let end = rest[1..].find('"');
            let end = end.ok_or_else(|| self.error("a string that does not end".to_owned()))?;
            self.at += end + 2;
            let inside = &rest[1..=end];
            self.line += inside.matches('\n').count();
            return Ok((start, Token::Word(inside.replace("\\\n", " "))));
        }
        let end = rest.find(|c: char| c.is_whitespace() || "(){}:;,\"".contains(c)).unwrap_or(rest.len());
        self.at += end;
        Ok((start, Token::Word(rest[..end].to_owned())))
    }

    fn expect_word(&mut self, allowed: &str) -> Result<(usize, String), LibertyError> {
        match self.next()? {
            (start, Token::Word(word)) => Ok((start, word)),
            (_, Token::Mark(mark)) => Err(self.error(format!("found `{mark}`, expected {allowed}"))),
            (_, Token::End) => Err(self.error(format!("the file ends, expected {allowed}"))),
        }
    }

    /// The statement that begins with `name`.
    fn statement(&mut self, start: usize, name: String) -> Result<Statement, LibertyError> {
        let line = self.line;
        match self.next()?.1 {
            Token::Mark(':') => {
                let values = self.values(';')?;
                // An expression without quotes, or a number with its unit, is one value.
                Ok(Statement::Attribute(Attribute { name, values: vec![values.join(" ")], line }))
            }
            Token::Mark('(') => {
                let values = self.values(')')?;
                let before = (self.at, self.line);
                match self.next()?.1 {
                    Token::Mark('{') => self.group(start, name, values, line).map(Statement::Group),
                    token => {
                        if token != Token::Mark(';') {
                            (self.at, self.line) = before;
                        }
                        Ok(Statement::Attribute(Attribute { name, values, line }))
                    }
                }
            }
            _ => Err(self.error(format!("expected `:` or `(` after `{name}`"))),
        }
    }

    /// Words up to `end`; commas between them are dropped.
    fn values(&mut self, end: char) -> Result<Vec<String>, LibertyError> {
        let mut values = Vec::new();
        loop {
            let before = (self.at, self.line);
            let token = self.next()?.1;
            // A value without its `;` ends with its line, as some libraries have it.
            if end == ';' && !values.is_empty() && self.line > before.1 && token != Token::Mark(';') {
                (self.at, self.line) = before;
                return Ok(values);
            }
            match token {
                Token::Word(word) => values.push(word),
                Token::Mark(mark) if mark == end => return Ok(values),
                Token::Mark(',') => {}
                // In a value that is not quoted: `(A + B)`.
                Token::Mark(mark @ ('(' | ')')) if end == ';' => values.push(mark.to_string()),
                Token::Mark(mark) => return Err(self.error(format!("found `{mark}`, expected `{end}`"))),
                Token::End => return Err(self.error(format!("the file ends, expected `{end}`"))),
            }
        }
    }

    fn group(
        &mut self,
        start: usize,
        name: String,
        arguments: Vec<String>,
        line: usize,
    ) -> Result<Group, LibertyError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(format!("more than {DEEPEST} groups within each other")));
        }
        let mut group = Group { name, arguments, line, ..Group::default() };
        loop {
            match self.next()? {
                (_, Token::Mark('}')) => break,
                (_, Token::Mark(';')) => {}
                (start, Token::Word(name)) => match self.statement(start, name)? {
                    Statement::Attribute(attribute) => group.attributes.push(attribute),
                    Statement::Group(inner) if LEFT_OUT.contains(&inner.name.as_str()) => {
                        self.left_out.push(inner.bytes);
                    }
                    Statement::Group(inner) => group.groups.push(inner),
                },
                (_, Token::Mark(mark)) => {
                    return Err(self.error(format!("found `{mark}`, expected a statement or `}}`")));
                }
                (_, Token::End) => {
                    let message = format!("`{}` of line {line} does not end, expected `}}`", group.name);
                    return Err(self.error(message));
                }
            }
        }
        self.depth -= 1;
        group.bytes = start..self.at;
        Ok(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_attributes_and_lines() {
        let text = "/* a\n b */ library (small) {\n  voltage_unit : \"1V\";\n  capacitive_load_unit (1, pf);\n  cell (inv) { area : 1.5\n pin (Y) { function : \"!A\"; } }\n  values ( \"1, 2\", \\\n    \"3, 4\");\n}\n";
        let read = read("small.lib", text).unwrap();
        let library = read.library;
        assert_eq!((library.own_name(), library.value("voltage_unit")), ("small", Some("1V")));
        assert_eq!(library.attribute("capacitive_load_unit").unwrap().values, ["1", "pf"]);
        assert_eq!(library.attribute("values").unwrap().values, ["1, 2", "3, 4"]);
        let cell = library.all("cell").next().unwrap();
        assert_eq!((cell.line, cell.own_name(), cell.value("area")), (5, "inv", Some("1.5")));
        assert_eq!(cell.groups[0].value("function"), Some("!A"));
        assert!(
            text[cell.bytes.clone()].starts_with("cell (inv) {") && text[cell.bytes.clone()].ends_with('}')
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, said) in [
            ("", "a.lib:1: the file ends, expected `library (NAME) {`"),
            ("cell (a) {}", "a.lib:1: found `cell`, expected `library (NAME) {`"),
            ("library (a) {\n area 3;\n}", "a.lib:2: expected `:` or `(` after `area`"),
            ("library (a) {\n cell (b) {\n", "a.lib:3: `cell` of line 2 does not end, expected `}`"),
            ("library (a) {\n b : \"c", "a.lib:2: a string that does not end"),
            ("library (a) {\n /* c", "a.lib:2: a comment that does not end"),
            ("library (a) {\n ) }", "a.lib:2: found `)`, expected a statement or `}`"),
            ("library (a);", "a.lib:1: a library without `{ .. }`"),
        ] {
            assert_eq!(read("a.lib", text).unwrap_err().to_string(), said, "{text}");
        }
        let deep = "library (a) {".to_owned() + &"g () {".repeat(40);
        assert!(read("a.lib", &deep).unwrap_err().message.starts_with("more than 32 groups"));
    }
}

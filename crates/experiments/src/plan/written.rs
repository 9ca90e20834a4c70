//! Plans as TOML: dotted keys with their values and the lines they stand in.

use crate::plan::error::PlanError;
use klr_units::document::Document;
use klr_units::text;
use toml::de::DeTable;
use toml::{Table, Value};

/// A key as it was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// With its section, separated by a dot.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// The line it stands in, from 1.
    pub line: usize,
}

/// A value as TOML, in one line and without a character that a terminal would obey; numbers have an exponent where zeros
/// would be counted.
#[must_use]
pub fn show(value: &Value) -> String {
    match value {
        Value::Float(number) => text::value(value_of(*number)),
        Value::String(words) => {
            format!("\"{}\"", text::escaped(&words.replace('\\', "\\\\").replace('"', "\\\"")))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A number of TOML, which has a point or an exponent.
fn value_of(number: f64) -> String {
    Value::Float(number).to_string()
}

/// [`show`], with a list or a text that does not fit a line behind `name = ` in several.
pub(super) fn in_lines(name: &str, value: &Value) -> String {
    let line = show(value);
    if name.len() + " = ".len() + line.chars().count() <= text::WIDTH {
        return line;
    }
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| format!("{},", show(item))).collect();
            format!("[\n{}]", text::wrap("    ", 4, &items.join(" ")))
        }
        Value::String(_) => folded(name, &line[1..line.len() - 1]),
        _ => line,
    }
}

/// An escaped text behind `name = ` in lines that TOML joins again: after a backslash, it skips the break and the blanks of
/// the next line. So no line begins with a blank of the text, and none ends within an escape.
fn folded(name: &str, escaped: &str) -> String {
    const INDENT: usize = 4;
    let mut out = "\"\"\"".to_owned();
    let mut columns = name.len() + " = ".len() + out.len();
    let mut rest = escaped;
    while let Some(first) = rest.chars().next() {
        let characters = match (first, rest.as_bytes().get(1)) {
            ('\\', Some(b'u')) => 6,
            ('\\', _) => 2,
            _ => 1,
        };
        let length: usize = rest.chars().take(characters).map(char::len_utf8).sum();
        let (unit, after) = rest.split_at(length);
        // Three quotes end the text.
        if columns + characters + 3 > text::WIDTH && !first.is_whitespace() {
            out.push_str("\\\n");
            out.extend(std::iter::repeat_n(' ', INDENT));
            columns = INDENT;
        }
        out.push_str(unit);
        columns += characters;
        rest = after;
    }
    out.push_str("\"\"\"");
    out
}

/// The keys of a text, in order. A section without keys is kept, since it may be misspelt.
///
/// # Errors
/// [`PlanError::NotToml`] with the line.
pub(super) fn keys(document: Document<'_>) -> Result<Vec<Written>, PlanError> {
    let values: Table = document.text.parse().map_err(|error| not_toml(document, &error))?;
    let places = DeTable::parse(document.text).map_err(|error| not_toml(document, &error))?;
    let mut keys = Vec::new();
    flatten(document, "", &values, places.get_ref(), &mut keys);
    Ok(keys)
}

/// The message of the TOML parser on one line, with the line it is about.
fn not_toml(document: Document<'_>, error: &toml::de::Error) -> PlanError {
    let reason: Vec<&str> = error.message().lines().collect();
    PlanError::NotToml {
        file: document.file.to_owned(),
        line: document.line(error.span().map_or(0, |span| span.start)),
        reason: reason.join(", "),
    }
}

/// The keys of a section and of those in it. `places` is the same section with the places of its keys.
fn flatten(
    document: Document<'_>,
    section: &str,
    values: &Table,
    places: &DeTable<'_>,
    keys: &mut Vec<Written>,
) {
    for (name, value) in values {
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        let place = places.get_key_value(name.as_str());
        match (value, place.and_then(|(_, value)| value.get_ref().as_table())) {
            (Value::Table(inner), Some(places)) if !inner.is_empty() => {
                flatten(document, &key, inner, places, keys);
            }
            (value, _) => {
                let line = document.line(place.map_or(0, |(key, _)| key.span().start));
                keys.push(Written { key, value: value.clone(), line });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_the_lines_they_were_written_in() {
        let text =
            "seed = 1\n\n[model]\n# why\ngamma = 0.1\nkernel_values = [\n  1,\n]\ninner.x = 2\n\n[core]\n";
        let keys = keys(Document { file: "mine.toml", text }).expect("it is TOML");
        let found: Vec<(&str, usize)> = keys.iter().map(|k| (k.key.as_str(), k.line)).collect();
        let expected =
            [("seed", 1), ("model.gamma", 5), ("model.kernel_values", 6), ("model.inner.x", 9), ("core", 11)];
        assert_eq!(found, expected);
        assert_eq!(keys[1].value, Value::Float(0.1), "with its value");
    }

    #[test]
    fn a_text_of_any_length_is_read_back_from_short_lines() {
        let texts = [
            "x".repeat(300),
            format!("/{}", "a folder with blanks/".repeat(20)),
            "\u{1b}\\\"".repeat(80),
            format!("{}{}", " ".repeat(250), "end"),
            "größe/".repeat(50),
        ];
        for text in texts {
            let toml = format!("name = {}\n", in_lines("name", &Value::String(text.clone())));
            let found = keys(Document { file: "mine.toml", text: &toml }).expect("it is TOML");
            assert_eq!(found[0].value.as_str(), Some(text.as_str()), "{toml}");
            let fits = |line: &str| line.chars().count() <= text::WIDTH;
            assert!(toml.lines().all(fits) || text.starts_with("   "), "{toml}");
        }
        assert_eq!(in_lines("name", &Value::String("short".to_owned())), "\"short\"");
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        for (text, line) in
            [("a = 1\nb c\n", 2), ("a = 1\na = 2\n", 2), ("\n\na = 99999999999999999999\n", 3)]
        {
            let error = keys(Document { file: "mine.toml", text }).expect_err("it is not TOML").to_string();
            assert!(error.starts_with(&format!("mine.toml:{line}: not TOML: ")), "{text:?}: {error}");
        }
    }
}

//! TOML sections that know where they stand, so that every refusal names a file, a line and a key.

use crate::error::{TableError, meant};
use klr_units::document::Document;
use klr_units::suggest::nearest;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// `problem` with `key`, which stands at `offset` of the document.
pub(crate) fn refuse(document: Document<'_>, offset: usize, key: &str, problem: String) -> TableError {
    TableError::Refused {
        file: document.file.to_owned(),
        line: document.line(offset),
        key: key.to_owned(),
        problem,
    }
}

/// A table of the document, or the document itself (with an empty path).
#[derive(Clone, Debug)]
pub(crate) struct Section<'a> {
    document: Document<'a>,
    path: String,
    offset: usize,
    table: &'a DeTable<'a>,
}

/// A value, and the key under which it stands.
#[derive(Clone, Debug)]
pub(crate) struct KeyedValue<'a> {
    document: Document<'a>,
    key: String,
    offset: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Section<'a> {
    pub(crate) const fn root(document: Document<'a>, table: &'a DeTable<'a>) -> Self {
        Self { document, path: String::new(), offset: 0, table }
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Refuses the section as a whole.
    pub(crate) fn refuse(&self, problem: impl Into<String>) -> TableError {
        refuse(self.document, self.offset, &self.path, problem.into())
    }

    /// Refuses every key that is not in `allowed`.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<(), TableError> {
        for (key, value) in self.table {
            let name: &str = key.get_ref();
            if !allowed.contains(&name) {
                let meant = meant(nearest(name, allowed.iter().copied()));
                let problem = format!("unknown key{meant}, allowed: {}", allowed.join(", "));
                // A dotted or bracketed table has its own line; its value's span starts there.
                return Err(refuse(
                    self.document,
                    key.span().start.min(value.span().start),
                    &self.key(name),
                    problem,
                ));
            }
        }
        Ok(())
    }

    /// Every entry with its key.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, KeyedValue<'a>)> {
        self.table.iter().map(|(key, value)| {
            let name: &'a str = key.get_ref();
            (name, KeyedValue::new(self.document, self.key(name), value))
        })
    }

    pub(crate) fn get(&self, key: &str) -> Option<KeyedValue<'a>> {
        self.table.get(key).map(|value| KeyedValue::new(self.document, self.key(key), value))
    }

    /// The entry `key`, which must be there; `why` completes the message.
    pub(crate) fn require(&self, key: &str, why: &str) -> Result<KeyedValue<'a>, TableError> {
        self.get(key)
            .ok_or_else(|| refuse(self.document, self.offset, &self.key(key), format!("missing, {why}")))
    }
}

impl<'a> KeyedValue<'a> {
    fn new(document: Document<'a>, key: String, value: &'a Spanned<DeValue<'a>>) -> Self {
        let Range { start, .. } = value.span();
        Self { document, key, offset: start, value: value.get_ref() }
    }

    pub(crate) fn refuse(&self, problem: impl Into<String>) -> TableError {
        refuse(self.document, self.offset, &self.key, problem.into())
    }

    fn wrong(&self, allowed: &str) -> TableError {
        self.refuse(format!("found {}, allowed: {allowed}", shown(self.value)))
    }

    pub(crate) fn section(&self) -> Result<Section<'a>, TableError> {
        let table = self.value.as_table().ok_or_else(|| self.wrong("a section"))?;
        Ok(Section { document: self.document, path: self.key.clone(), offset: self.offset, table })
    }

    pub(crate) fn list(&self, allowed: &str) -> Result<Vec<Self>, TableError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong(allowed))?;
        let entry = |(i, item)| Self::new(self.document, format!("{}[{i}]", self.key), item);
        Ok(items.iter().enumerate().map(entry).collect())
    }

    /// Text that is not blank, with single spaces between its words: how a file wraps its lines is not part of it.
    pub(crate) fn text(&self, allowed: &str) -> Result<String, TableError> {
        let words: Vec<_> = self.value.as_str().unwrap_or_default().split_whitespace().collect();
        if words.is_empty() { Err(self.wrong(allowed)) } else { Ok(words.join(" ")) }
    }

    pub(crate) fn flag(&self) -> Result<bool, TableError> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number from 1 to `max`.
    pub(crate) fn positive(&self, max: u64) -> Result<u64, TableError> {
        let whole = self.value.as_integer();
        let number = whole.and_then(|i| u64::from_str_radix(i.as_str(), i.radix()).ok());
        number
            .filter(|number| (1..=max).contains(number))
            .ok_or_else(|| self.wrong(&format!("a whole number from 1 to {max}")))
    }

    /// A number from `low` to `high`; `unit` describes it in a refusal.
    pub(crate) fn between(&self, low: f64, high: f64, unit: &str) -> Result<f64, TableError> {
        let found = number(self.value).and_then(|text| text.parse::<f64>().ok());
        found
            .filter(|found| (low..=high).contains(found))
            .ok_or_else(|| self.wrong(&format!("{unit} from {low} to {high}")))
    }

    /// Three numbers, as they are written; `allowed` describes them in a refusal.
    pub(crate) fn three_numbers(&self, allowed: &str) -> Result<[&'a str; 3], TableError> {
        let items = self.value.as_array().map(|array| array.iter().map(|item| number(item.get_ref())));
        let numbers: Option<Vec<&str>> = items.and_then(Iterator::collect);
        numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| self.wrong(allowed))
    }

    /// The value as it stands in the file.
    pub(crate) fn shown(&self) -> String {
        shown(self.value)
    }
}

fn number<'a>(value: &'a DeValue<'_>) -> Option<&'a str> {
    match value {
        DeValue::Integer(whole) if whole.radix() == 10 => Some(whole.as_str()),
        DeValue::Float(float) => Some(float.as_str()),
        _ => None,
    }
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(whole) => whole.to_string(),
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| shown(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(_) => "a section".to_owned(),
    }
}

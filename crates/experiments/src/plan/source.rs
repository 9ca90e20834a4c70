//! A plan as written: keys laid over the keys of the default plan, each with where it came from.

use crate::error::Error;
use crate::plan::resolve::{self, Plan};
use klr_units::file;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// The plans that come with the program, by name.
const EMBEDDED: [(&str, &str); 2] = [
    ("default", include_str!("../../plans/default.toml")),
    ("digits", include_str!("../../plans/digits.toml")),
];

/// A plan under construction.
#[derive(Clone, Debug)]
pub struct PlanSource {
    keys: BTreeMap<String, Entry>,
    /// Keys in the order of the default plan, for printing.
    order: Vec<String>,
}

#[derive(Clone, Debug)]
struct Entry {
    value: Value,
    origin: String,
}

impl PlanSource {
    /// The default plan.
    ///
    /// # Panics
    /// Never: the default plan is part of the program, and a test reads it.
    #[must_use]
    pub fn default_plan() -> Self {
        let table: Table = EMBEDDED[0].1.parse().expect("the default plan is TOML");
        let mut source = Self { keys: BTreeMap::new(), order: Vec::new() };
        for (key, value) in flatten(&table) {
            source.order.push(key.clone());
            source.keys.insert(key, Entry { value, origin: "the default plan".to_owned() });
        }
        source
    }

    /// The plan called `name` if there is one, else the file of that name, laid over the default plan.
    ///
    /// # Errors
    /// [`Error::File`] if there is no such file; [`Error::Plan`] if it is not a plan.
    pub fn load(name: &str) -> Result<Self, Error> {
        let mut plan = Self::default_plan();
        if let Some((_, text)) = EMBEDDED.iter().find(|(embedded, _)| *embedded == name) {
            plan.overlay(text, &format!("plan {name}"))?;
            return Ok(plan);
        }
        let path = Path::new(name);
        if !path.exists() {
            let names: Vec<&str> = EMBEDDED.iter().map(|e| e.0).collect();
            return Err(Error::Plan(format!(
                "--plan {name}: there is no such file, and the plans that come with klr are {}",
                names.join(", ")
            )));
        }
        let bytes = file::read(path)?;
        let text = String::from_utf8(bytes).map_err(|_| Error::Plan(format!("{name}: not a text file")))?;
        plan.overlay(&text, name)?;
        Ok(plan)
    }

    /// Lays the keys of `text` over this plan.
    ///
    /// # Errors
    /// [`Error::Plan`] for text that is not TOML, an unknown key (with the nearest one), or a value of another type.
    pub fn overlay(&mut self, text: &str, origin: &str) -> Result<(), Error> {
        let table: Table = text.parse().map_err(|e| Error::Plan(format!("{origin}: not TOML: {e}")))?;
        flatten(&table).into_iter().try_for_each(|(key, value)| self.put(&key, value, origin))
    }

    /// Sets one key from `key=value`; a value that is no TOML is taken as a text.
    ///
    /// # Errors
    /// [`Error::Plan`] if there is no `=`, for an unknown key, or for a value of another type.
    pub fn set(&mut self, setting: &str) -> Result<(), Error> {
        let Some((key, value)) = setting.split_once('=') else {
            return Err(Error::Plan(format!("--set {setting}: expected KEY=VALUE")));
        };
        let value = value.trim();
        let parsed: Result<Table, _> = format!("value = {value}").parse();
        let value = match parsed {
            Ok(mut table) => table.remove("value").unwrap_or_else(|| Value::String(value.to_owned())),
            Err(_) => Value::String(value.to_owned()),
        };
        self.put(key.trim(), value, "--set")
    }

    fn put(&mut self, key: &str, value: Value, origin: &str) -> Result<(), Error> {
        let Some(entry) = self.keys.get_mut(key) else {
            return Err(Error::Plan(format!("{origin}: there is no key {key}{}", self.nearest(key))));
        };
        let value = match (&entry.value, value) {
            // A whole number where a fraction may stand.
            (Value::Float(_), Value::Integer(i)) => Value::Float(i as f64),
            (_, value) => value,
        };
        if !value.same_type(&entry.value) {
            return Err(Error::Plan(format!(
                "{origin}: {key} is {value}, {}; expected {}",
                kind(&value),
                kind(&entry.value)
            )));
        }
        *entry = Entry { value, origin: origin.to_owned() };
        Ok(())
    }

    fn nearest(&self, key: &str) -> String {
        let distance = |known: &&String| strsim::damerau_levenshtein(key, known);
        // A bare name such as `weight_bits` is meant as the key that ends with it.
        let by_name = self.order.iter().find(|known| known.rsplit('.').next() == Some(key));
        let nearest = by_name.or_else(|| self.order.iter().min_by_key(distance).filter(|k| distance(k) <= 5));
        nearest.map_or(String::new(), |known| format!("; the nearest is {known}"))
    }

    /// Checks every key and turns texts into choices.
    ///
    /// # Errors
    /// [`Error::Plan`] with the key, where it was set, what was found and what is allowed.
    pub fn resolve(&self) -> Result<Plan, Error> {
        resolve::resolve(self)
    }

    /// The plan as TOML, every key in the order of the default plan.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for key in &self.order {
            let (part, name) = key.split_once('.').unwrap_or(("", key));
            if part != section {
                out.push_str(&format!("\n[{part}]\n"));
                section = part;
            }
            out.push_str(&format!("{name} = {}\n", self.keys[key].value));
        }
        out
    }

    /// Keys and values, in the order of the default plan.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.order.iter().map(|key| (key.as_str(), &self.keys[key].value))
    }

    pub(crate) fn value(&self, key: &str) -> &Value {
        &self.keys[key].value
    }

    /// A message about `key` that says where its value was set.
    pub(crate) fn wrong(&self, key: &str, allowed: &str) -> Error {
        let entry = &self.keys[key];
        Error::Plan(format!("{}: {key} is {}; {allowed}", entry.origin, entry.value))
    }

    /// Adds to a message of another crate where the key it starts with was set.
    pub(crate) fn located(&self, message: &str) -> Error {
        let key = message.split(' ').next().unwrap_or_default();
        match self.keys.get(key) {
            Some(entry) => Error::Plan(format!("{}: {message}", entry.origin)),
            None => Error::Plan(message.to_owned()),
        }
    }
}

/// Dotted keys and their values, in order.
fn flatten(table: &Table) -> Vec<(String, Value)> {
    let mut keys = Vec::new();
    for (name, value) in table {
        match value {
            Value::Table(inner) => {
                keys.extend(flatten(inner).into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            value => keys.push((name.clone(), value.clone())),
        }
    }
    keys
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

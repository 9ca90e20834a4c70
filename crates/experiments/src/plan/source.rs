//! A plan as written: keys laid over the keys of the default plan, each with where it came from.

use crate::error::Error;
use crate::plan::resolve::{self, Plan};
use klr_units::{file, suggest};
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// The plans that come with the program, by name.
const EMBEDDED: [(&str, &str); 2] = [
    ("default", include_str!("../../plans/default.toml")),
    ("digits", include_str!("../../plans/digits.toml")),
];

/// The cores that `core.preset` names: other values for the keys of `[core]` that nobody has set.
const CORES: [(&str, &str); 5] = [
    ("generic", ""),
    ("tiny", include_str!("../../plans/core-tiny.toml")),
    ("edge", include_str!("../../plans/core-edge.toml")),
    ("loihi-core", include_str!("../../plans/core-loihi.toml")),
    ("truenorth-core", include_str!("../../plans/core-truenorth.toml")),
];

/// The key that names a core.
const PRESET: &str = "core.preset";

/// The word for a number that is chosen from the data, and the keys that take it.
pub(super) const AUTO: &str = "auto";
const AUTOMATIC: [&str; 1] = ["model.gamma"];

/// Where the values of the default plan come from.
const DEFAULT: &str = "the default plan";

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
            source.keys.insert(key, Entry { value, origin: DEFAULT.to_owned() });
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
        let table: Table = text.parse().map_err(|e| not_toml(text, origin, &e))?;
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
        let parsed: Option<Table> = format!("value = {value}").parse().ok();
        // A line break in the value could smuggle in more keys; such a value is no TOML value.
        let parsed = parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
        self.put(key.trim(), value, "--set")
    }

    fn put(&mut self, key: &str, value: Value, origin: &str) -> Result<(), Error> {
        let inside = |known: &String| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        if value.as_table().is_some_and(Table::is_empty) && self.order.iter().any(inside) {
            // A section without keys changes nothing.
            return Ok(());
        }
        let Some(entry) = self.keys.get_mut(key) else {
            return Err(Error::Plan(format!("{origin}: there is no key {key}{}", self.nearest(key))));
        };
        let value = match (&entry.value, value) {
            // A whole number where a fraction may stand.
            (_, Value::Integer(i)) if entry.value.is_float() || AUTOMATIC.contains(&key) => {
                Value::Float(i as f64)
            }
            (_, value) => value,
        };
        let automatic = value.as_str() == Some(AUTO) && AUTOMATIC.contains(&key);
        // What was automatic takes a number again.
        let was_number = entry.value.as_str() == Some(AUTO) && matches!(value, Value::Float(_));
        if !value.same_type(&entry.value) && !automatic && !was_number {
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
        let nearest = suggest::nearest(key, self.order.iter().map(String::as_str));
        nearest.map_or(String::new(), |known| format!("; the nearest is {known}"))
    }

    /// Checks every key and turns texts into choices.
    ///
    /// # Errors
    /// [`Error::Plan`] with the key, where it was set, what was found and what is allowed.
    pub fn resolve(&self) -> Result<Plan, Error> {
        resolve::resolve(&self.with_preset()?)
    }

    /// The plan with the values of its core preset in the place of defaults.
    fn with_preset(&self) -> Result<Self, Error> {
        let name = self.value(PRESET).as_str().unwrap_or_default().to_owned();
        let Some((_, text)) = CORES.iter().find(|(core, _)| *core == name) else {
            let names: Vec<&str> = CORES.iter().map(|core| core.0).collect();
            return Err(self.wrong(PRESET, &format!("allowed are {}", names.join(", "))));
        };
        let origin = format!("{PRESET} = {name}");
        let table: Table = text.parse().map_err(|e| not_toml(text, &origin, &e))?;
        let mut plan = self.clone();
        for (key, value) in flatten(&table) {
            if plan.keys.get(&key).is_none_or(|entry| entry.origin == DEFAULT) {
                plan.put(&key, value, &origin)?;
            }
        }
        Ok(plan)
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
        let value = match &entry.value {
            Value::Array(items) if items.len() > 8 => format!("a list of {} values", items.len()),
            value => value.to_string(),
        };
        Error::Plan(format!("{}: {key} is {value}; {allowed}", entry.origin))
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

/// The message of the TOML parser on one line, with the line it is about.
fn not_toml(text: &str, origin: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let reason: Vec<&str> = error.message().lines().collect();
    Error::Plan(format!("{origin}:{line}: not TOML: {}", reason.join(", ")))
}

/// Dotted keys and their values, in order. A section without keys is kept, since it may be misspelt.
fn flatten(table: &Table) -> Vec<(String, Value)> {
    let mut keys = Vec::new();
    for (name, value) in table {
        match value {
            Value::Table(inner) if !inner.is_empty() => {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn message(result: Result<(), Error>) -> String {
        result.expect_err("refused").to_string()
    }

    fn nearest(key: &str) -> Option<String> {
        let message = message(PlanSource::default_plan().set(&format!("{key}=1")));
        message.split_once("the nearest is ").map(|found| found.1.to_owned())
    }

    #[test]
    fn the_nearest_key_is_the_one_that_was_meant() {
        let cases = [
            ("quantise.weight_bits", Some("quantize.weight_bits")),
            ("model.gama", Some("model.gamma")),
            ("modelgamma", Some("model.gamma")),
            ("gamma", Some("model.gamma")),
            ("gama", Some("model.gamma")),
            ("retrieval.gamma", Some("model.gamma")),
            ("energ.file", Some("energy.file")),
            ("patern.file", Some("patterns.file")),
            ("sed", Some("seed")),
            ("x", None),
            ("", None),
            ("brainscales", None),
        ];
        for (key, expected) in cases {
            assert_eq!(nearest(key).as_deref(), expected, "meant by {key:?}");
        }
    }

    #[test]
    fn a_plan_changes_the_keys_it_names_and_no_other() {
        let mut plan = PlanSource::default_plan();
        plan.overlay("[model]\ngamma = 2\n\n[core]\n", "mine").expect("a plan");
        assert_eq!(
            plan.value("model.gamma"),
            &Value::Float(2.0),
            "a whole number where a fraction may stand"
        );
        plan.set("model.gamma=0.1").expect("a number");
        let values = |plan: &PlanSource| -> Vec<Value> { plan.entries().map(|e| e.1.clone()).collect() };
        assert_eq!(values(&plan), values(&PlanSource::default_plan()), "as it was");
    }

    #[test]
    fn the_last_setting_wins_and_is_blamed() {
        let mut plan = PlanSource::default_plan();
        plan.overlay("[model]\ngamma = -1.0", "mine.toml").expect("a number");
        let blamed = |plan: &PlanSource| plan.resolve().expect_err("gamma is negative").to_string();
        assert!(blamed(&plan).starts_with("mine.toml: model.gamma is -1.0; "), "{}", blamed(&plan));
        plan.set("model.gamma=-2").expect("a number");
        assert!(blamed(&plan).starts_with("--set: model.gamma is -2.0; "), "{}", blamed(&plan));
    }

    #[test]
    fn a_type_is_kept() {
        let cases = [
            ("seed=1.5", "seed is 1.5, a number; expected a whole number"),
            ("model.gamma=x", "model.gamma is \"x\", a text; expected a number"),
            ("core.zero_skip=1", "core.zero_skip is 1, a whole number; expected true or false"),
            ("patterns.source=3", "patterns.source is 3, a whole number; expected a text"),
            ("retrieval.dataflows=true", "retrieval.dataflows is true, true or false; expected a list"),
            ("seed={}", "seed is {}, a section; expected a whole number"),
            ("seed=2020-01-01", "seed is 2020-01-01, a date; expected a whole number"),
        ];
        for (setting, expected) in cases {
            let found = message(PlanSource::default_plan().set(setting));
            assert_eq!(found, format!("--set: {expected}"), "{setting}");
        }
    }

    #[test]
    fn what_is_no_toml_is_a_text() {
        let mut plan = PlanSource::default_plan();
        for (setting, expected) in [
            ("patterns.file=/data/p.npy", "/data/p.npy"),
            ("patterns.file=\"quoted\"", "quoted"),
            ("patterns.file=", ""),
            (" patterns.file = spaced ", "spaced"),
            ("patterns.file=a=b", "a=b"),
            ("patterns.file='a'\nseed = 3", "'a'\nseed = 3"),
        ] {
            plan.set(setting).expect("a text");
            assert_eq!(plan.value("patterns.file").as_str(), Some(expected), "{setting}");
        }
        assert_eq!(plan.value("seed"), &Value::Integer(1), "no setting reaches another key");
    }

    #[test]
    fn a_printed_plan_is_the_same_plan_in_the_same_order() {
        let mut plan = PlanSource::default_plan();
        for setting in ["patterns.file=a\"b\\c", "model.tolerance=1e-300", "retrieval.dataflows=['delta']"] {
            plan.set(setting).expect("a setting");
        }
        let printed = plan.to_toml();
        let mut again = PlanSource::default_plan();
        again.overlay(&printed, "printed").expect("a plan");
        assert_eq!(again.to_toml(), printed, "nothing is lost");
        assert!(printed.starts_with("seed = 1\n\n[patterns]\nsource = \"random\"\n"), "{printed}");
    }

    #[test]
    fn every_embedded_plan_resolves() {
        for (core, _) in CORES {
            let mut plan = PlanSource::default_plan();
            plan.set(&format!("core.preset={core}")).expect("the key exists");
            plan.resolve().unwrap_or_else(|e| panic!("{core}: {e}"));
            plan.set("core.mac_lanes=1").expect("the key exists");
            let lanes = plan.resolve().expect("one lane fits every core").geometry.mac_lanes();
            assert_eq!(lanes, 1, "{core}: what is set stands above the preset");
        }
        for (name, _) in EMBEDDED {
            let plan = PlanSource::load(name).expect("it is a plan");
            plan.resolve().unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}

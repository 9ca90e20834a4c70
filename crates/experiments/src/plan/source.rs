//! A plan as written: what somebody has set, over the core that `core.preset` names, over the default plan.

use crate::error::Error;
use crate::plan::effect::{self, Condition};
use crate::plan::error::{Place, PlanError};
use crate::plan::written::{self, Written};
use klr_units::document::Document;
use klr_units::{file, suggest};
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// The name of the plan that every other lies over.
const DEFAULT: &str = "default";

/// The plans that come with the program, by name.
const EMBEDDED: [(&str, &str); 2] = [
    (DEFAULT, include_str!("../../plans/default.toml")),
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

/// The word for a number that is worked out from the rest, and the keys that take it, each with a number of its type.
pub(super) const AUTO: &str = "auto";
static AUTOMATIC: [(&str, Value); 13] = [
    ("model.gamma", Value::Float(0.0)),
    ("quantize.kernel_window", Value::Integer(0)),
    ("core.pattern_bytes", Value::Integer(0)),
    ("core.weight_bytes", Value::Integer(0)),
    ("core.counter_bytes", Value::Integer(0)),
    ("core.table_bytes", Value::Integer(0)),
    ("core.accumulator_bits", Value::Integer(0)),
    ("core.mac_latency", Value::Integer(0)),
    ("core.clock_mhz", Value::Integer(0)),
    ("core.counter_ports", Value::Integer(0)),
    ("core.table_ports", Value::Integer(0)),
    ("core.weight_banks", Value::Integer(0)),
    ("core.weight_word", Value::Integer(0)),
];

/// The keys whose values are paths. In a plan that is a file they are relative to its folder.
const PATHS: [&str; 5] =
    ["patterns.file", "model.alpha_file", "retrieval.cue_file", "retrieval.target_file", "energy.file"];

/// A plan under construction.
#[derive(Clone, Debug)]
pub struct PlanSource {
    /// Every key there is, in the order of the default plan, for printing.
    order: Vec<String>,
    defaults: BTreeMap<String, Value>,
    /// What the named core has in the place of defaults.
    preset: BTreeMap<String, Value>,
    settings: BTreeMap<String, Setting>,
}

/// What somebody has set, and where.
#[derive(Clone, Debug)]
struct Setting {
    value: Value,
    place: Place,
}

impl PlanSource {
    /// The option that sets one key.
    pub(super) const SET: &str = "--set";

    /// The default plan.
    ///
    /// # Panics
    /// Never: the default plan is part of the program, and a test reads it.
    #[must_use]
    pub fn default_plan() -> Self {
        let keys = embedded(EMBEDDED[0].1);
        Self {
            order: keys.iter().map(|written| written.key.clone()).collect(),
            defaults: keys.into_iter().map(|written| (written.key, written.value)).collect(),
            preset: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }

    /// The plan called `name` if there is one, else the file of that name, laid over the default plan.
    ///
    /// # Errors
    /// [`Error::File`] if there is no such file; [`Error::Plan`] if it is not a plan.
    pub fn load(name: &str) -> Result<Self, Error> {
        let mut plan = Self::default_plan();
        if name == DEFAULT {
            return Ok(plan);
        }
        if let Some((_, text)) = EMBEDDED.iter().find(|(embedded, _)| *embedded == name) {
            plan.overlay(text, &format!("plan {name}"))?;
            return Ok(plan);
        }
        let path = Path::new(name);
        if !path.exists() {
            let known = EMBEDDED.iter().map(|e| e.0).collect();
            return Err(PlanError::NoPlan { name: name.to_owned(), known }.into());
        }
        plan.lay(name, written::keys(Document { file: name, text: &text_of(path)? })?)?;
        Ok(plan)
    }

    /// The plan in the file `name`, laid over the default plan, and the keys of a table of it called `table`, which are no
    /// keys of a plan: without its name, in the order in which they stand.
    ///
    /// # Errors
    /// As [`Self::load`], and if the file has no such table.
    pub fn load_with(name: &str, table: &str) -> Result<(Self, Vec<Written>), Error> {
        let text = text_of(Path::new(name))?;
        let of_table = |written: &Written| {
            written.key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let (others, own): (Vec<_>, Vec<_>) = {
            let all = written::keys(Document { file: name, text: &text })?;
            all.into_iter().partition(|written| !of_table(written))
        };
        if own.is_empty() {
            return Err(PlanError::NoTable { file: name.to_owned(), table: table.to_owned() }.into());
        }
        let mut plan = Self::default_plan();
        plan.lay(name, others)?;
        let inner = |written: Written| {
            let key = written.key.strip_prefix(table)?.strip_prefix('.')?.to_owned();
            Some(Written { key, ..written })
        };
        Ok((plan, own.into_iter().filter_map(inner).collect()))
    }

    /// Lays the keys of the file `name`, whose paths are relative to its folder, over this plan.
    fn lay(&mut self, name: &str, keys: Vec<Written>) -> Result<(), PlanError> {
        keys.into_iter().try_for_each(|Written { key, value, line }| {
            let value = Self::value_in(name, &key, value);
            self.put(&key, value, Place::Line { file: name.to_owned(), line })
        })
    }

    /// The value of `key` that stands in the plan file `name`: a path, if it is one, as it is reached from the working
    /// folder.
    #[must_use]
    pub fn value_in(name: &str, key: &str, value: Value) -> Value {
        let path = value.as_str().filter(|path| PATHS.contains(&key) && !path.is_empty());
        match path.and_then(|path| path_in(name, path)) {
            Some(path) => Value::String(path),
            None => value,
        }
    }

    /// The keys of all paths that somebody has set and that have an effect, in a fixed order.
    pub fn named_files(&self) -> impl Iterator<Item = &'static str> {
        let is_named = |key: &&str| self.value(key).as_str().is_some_and(|path| !path.is_empty());
        PATHS.into_iter().filter(is_named).filter(|key| self.has_effect(key))
    }

    /// The same plan with other paths: what `name` says for the key of each that somebody has set.
    #[must_use]
    pub fn naming<'a>(&self, name: impl Fn(&str) -> &'a str) -> Self {
        let mut plan = self.clone();
        plan.move_paths(|key, _| Some(name(key).to_owned()));
        plan
    }

    /// Passes every path that somebody has set, with its key, through `moved`; where that gives none, it stays.
    fn move_paths(&mut self, moved: impl Fn(&str, &str) -> Option<String>) {
        for key in PATHS {
            let Some(setting) = self.settings.get_mut(key) else { continue };
            let path = setting.value.as_str().filter(|path| !path.is_empty());
            if let Some(path) = path.and_then(|path| moved(key, path)) {
                setting.value = Value::String(path);
            }
        }
    }

    /// Lays the keys of `text`, which is in `file`, over this plan.
    ///
    /// # Errors
    /// [`PlanError`] for text that is not TOML, an unknown key (with the nearest one), or a value of another type.
    pub fn overlay(&mut self, text: &str, file: &str) -> Result<(), PlanError> {
        written::keys(Document { file, text })?.into_iter().try_for_each(|Written { key, value, line }| {
            self.put(&key, value, Place::Line { file: file.to_owned(), line })
        })
    }

    /// Sets one key from `key=value`; a value that is no TOML is taken as a text.
    ///
    /// # Errors
    /// [`PlanError`] if there is no `=`, for an unknown key, or for a value of another type.
    pub fn set(&mut self, setting: &str) -> Result<(), PlanError> {
        let Some((key, value)) = setting.split_once('=') else {
            return Err(PlanError::Setting(setting.to_owned()));
        };
        let value = value.trim();
        let parsed: Option<Table> = format!("value = {value}").parse().ok();
        // A line break in the value could smuggle in more keys; such a value is no TOML value.
        let parsed = parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
        self.put(key.trim(), value, Place::Option(Self::SET))
    }

    /// Sets `key` to what `option` of a command line says.
    ///
    /// # Errors
    /// [`PlanError`] for an unknown key, or for a value of another type.
    pub fn set_by(
        &mut self,
        option: &'static str,
        key: &str,
        value: impl Into<Value>,
    ) -> Result<(), PlanError> {
        self.put(key, value.into(), Place::Option(option))
    }

    /// Sets `key` to what stands at `place`.
    ///
    /// # Errors
    /// As [`Self::set_by`].
    pub fn put(&mut self, key: &str, value: Value, place: Place) -> Result<(), PlanError> {
        let inside = |known: &String| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        if value.as_table().is_some_and(Table::is_empty) && self.order.iter().any(inside) {
            // A section without keys changes nothing.
            return Ok(());
        }
        let Some(default) = self.defaults.get(key) else {
            return Err(PlanError::UnknownKey { place, key: key.to_owned(), nearest: self.nearest(key) });
        };
        let automatic = AUTOMATIC.iter().find(|(automatic, _)| *automatic == key).map(|(_, number)| number);
        let example = automatic.unwrap_or(default);
        let value = match value {
            // A whole number where a fraction may stand.
            Value::Integer(i) if example.is_float() => Value::Float(i as f64),
            value => value,
        };
        let is_allowed = value.same_type(example) || (automatic.is_some() && value.as_str() == Some(AUTO));
        if !is_allowed {
            let expected = match automatic {
                Some(Value::Integer(_)) => "a whole number, or auto",
                Some(_) => "a number, or auto",
                None => kind(default),
            };
            let (key, found) = (key.to_owned(), kind(&value));
            return Err(PlanError::Type { place, key, value: written::show(&value), found, expected });
        }
        if key == PRESET {
            self.preset = named_core(value.as_str().unwrap_or_default()).unwrap_or_default();
        }
        self.settings.insert(key.to_owned(), Setting { value, place });
        Ok(())
    }

    fn nearest(&self, key: &str) -> Option<String> {
        suggest::nearest(key, self.order.iter().map(String::as_str)).map(str::to_owned)
    }

    /// That the named core exists, and that naming it on the command line changes something.
    pub(super) fn check_preset(&self) -> Result<(), PlanError> {
        let name = self.value(PRESET).as_str().unwrap_or_default();
        let Some(core) = named_core(name) else {
            let names: Vec<&str> = CORES.iter().map(|core| core.0).collect();
            return Err(self.wrong(PRESET, format!("allowed are {}", names.join(", "))));
        };
        let is_hidden = |(key, value): (&String, &Value)| {
            self.settings.get(key).filter(|_| self.value(key) != value).map(|setting| &setting.place)
        };
        // What has no effect may be left out of a plan.
        let is_left = |key: &&String| !self.settings.contains_key(*key) && self.has_effect(key);
        match core.iter().find_map(is_hidden) {
            Some(place)
                if matches!(self.place(PRESET), Place::Option(_))
                    && !core.keys().any(|key| is_left(&key)) =>
            {
                let reason =
                    format!("it changes nothing: every key that it stands for is set, as in {place}");
                Err(self.wrong(PRESET, reason))
            }
            _ => Ok(()),
        }
    }

    /// The plan as TOML, every key in the order of the default plan. One without effect is a comment, with the value it
    /// has where nobody sets it: the same plan, whatever somebody once had there.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for (key, value) in self.entries() {
            let (part, name) = key.split_once('.').unwrap_or(("", key));
            if part != section {
                out.push_str(&format!("\n[{part}]\n"));
                section = part;
            }
            match self.without_effect(key) {
                None => out.push_str(&format!("{name} = {}\n", written::in_lines(name, value))),
                Some(by) => {
                    let value = written::show(self.unset(key));
                    out.push_str(&format!("# {name} = {value}  # no effect with this {by}\n"));
                }
            }
        }
        out
    }

    /// Keys and values, in the order of the default plan.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.order.iter().map(|key| (key.as_str(), self.value(key)))
    }

    pub(super) fn value(&self, key: &str) -> &Value {
        self.settings.get(key).map_or_else(|| self.unset(key), |setting| &setting.value)
    }

    /// The value of `key` where nobody sets it.
    fn unset(&self, key: &str) -> &Value {
        self.preset.get(key).unwrap_or_else(|| &self.defaults[key])
    }

    /// Whether somebody has set `key` to more than nothing, which is what it is where nobody sets it: no file, no lever.
    pub(super) fn is_set(&self, key: &str) -> bool {
        let is_nothing = match self.value(key) {
            Value::String(text) => text.is_empty(),
            Value::Boolean(flag) => !flag,
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        self.settings.contains_key(key) && !(is_nothing && self.value(key) == self.unset(key))
    }

    /// Whether a plan file has for `key` what it is where nobody sets it.
    pub(super) fn is_repeated(&self, key: &str) -> bool {
        matches!(self.place(key), Place::Line { .. }) && self.value(key) == self.unset(key)
    }

    /// Whether `key` has an effect where nobody sets any.
    pub(super) fn has_effect_unset(&self, key: &str) -> bool {
        effect::of(key).holds(&|key| self.unset(key))
    }

    /// Whether `key` has an effect, as the other keys are.
    pub(crate) fn has_effect(&self, key: &str) -> bool {
        effect::of(key).holds(&|key| self.value(key))
    }

    /// The key that leaves `key` without effect, if one does.
    fn without_effect(&self, key: &str) -> Option<&'static str> {
        let effect = effect::of(key);
        let values = |key: &str| self.value(key);
        if effect.holds(&values) { None } else { effect.missing(&values).first().map(Condition::key) }
    }

    /// Where the value of `key` was written.
    pub(super) fn place(&self, key: &str) -> Place {
        match self.settings.get(key) {
            Some(setting) => setting.place.clone(),
            None if self.preset.contains_key(key) => {
                Place::Preset(self.value(PRESET).as_str().unwrap_or_default().to_owned())
            }
            None => Place::Default,
        }
    }

    /// The value of `key` is not `allowed`.
    pub(super) fn wrong(&self, key: &str, allowed: impl Into<String>) -> PlanError {
        let (place, found) = (self.place(key), self.found(key));
        PlanError::Value { place, key: key.to_owned(), found, allowed: allowed.into() }
    }

    /// The value of `key` as a message shows it.
    pub(super) fn found(&self, key: &str) -> String {
        match self.value(key) {
            Value::Array(items) if items.len() > 8 => format!("a list of {} values", items.len()),
            value => written::show(value),
        }
    }
}

/// The keys of a plan that comes with the program.
fn embedded(text: &str) -> Vec<Written> {
    let document = Document { file: "a plan of the program", text };
    written::keys(document).expect("the plans that come with the program are TOML")
}

/// The keys of the core called `name`. The generic core is that of the default plan.
fn named_core(name: &str) -> Option<BTreeMap<String, Value>> {
    let (_, text) = CORES.iter().find(|(core, _)| *core == name)?;
    let keys = if text.is_empty() { embedded(EMBEDDED[0].1) } else { embedded(text) };
    let of_core = |written: &Written| written.key.starts_with("core.") && written.key != PRESET;
    Some(keys.into_iter().filter(of_core).map(|written| (written.key, written.value)).collect())
}

/// The plan file at `path`.
fn text_of(path: &Path) -> Result<String, Error> {
    let text = String::from_utf8(file::read(path)?);
    Ok(text.map_err(|_| PlanError::NotText(path.display().to_string()))?)
}

/// `path`, written in the plan `plan`, as it is reached from the working folder.
fn path_in(plan: &str, path: &str) -> Option<String> {
    let folder = Path::new(plan).parent()?;
    folder.join(path).to_str().map(str::to_owned)
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
    use crate::plan::resolve;

    fn message(result: Result<(), PlanError>) -> String {
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
        let blamed = |plan: &PlanSource| resolve(plan).expect_err("gamma is negative").to_string();
        assert!(blamed(&plan).starts_with("mine.toml:2: model.gamma is -1.0; "), "{}", blamed(&plan));
        plan.set("model.gamma=-2").expect("a number");
        assert!(blamed(&plan).starts_with("--set: model.gamma is -2.0; "), "{}", blamed(&plan));
    }

    #[test]
    fn a_type_is_kept() {
        let cases = [
            ("seed=1.5", "seed is 1.5, a number; expected a whole number"),
            ("model.gamma=x", "model.gamma is \"x\", a text; expected a number, or auto"),
            ("core.table_bytes=x", "core.table_bytes is \"x\", a text; expected a whole number, or auto"),
            ("core.table_bytes=1.5", "core.table_bytes is 1.5, a number; expected a whole number, or auto"),
            ("core.spike_queue=auto", "core.spike_queue is \"auto\", a text; expected a whole number"),
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
}

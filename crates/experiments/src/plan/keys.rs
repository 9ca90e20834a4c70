//! Typed access to the keys of a plan.

use crate::plan::error::PlanError;
use crate::plan::source::PlanSource;
use klr_units::{Bits, WholeField};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use toml::Value;

/// Typed access to the keys of a plan; the types were checked when the keys were set.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a>(pub(super) &'a PlanSource);

impl Keys<'_> {
    pub(super) fn wrong(&self, key: &str, allowed: impl Into<String>) -> PlanError {
        self.0.wrong(key, allowed)
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.0.value(key).as_str().unwrap_or_default()
    }

    pub(super) fn number(&self, key: &str) -> f64 {
        self.0.value(key).as_float().unwrap_or(f64::NAN)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.0.value(key).as_bool().unwrap_or_default()
    }

    /// A whole number, 0 or above.
    pub(super) fn natural(&self, key: &str) -> Result<u64, PlanError> {
        let value = self.0.value(key).as_integer().and_then(|value| u64::try_from(value).ok());
        value.ok_or_else(|| self.wrong(key, "allowed is a whole number, 0 or above"))
    }

    /// A whole number within `range`.
    pub(super) fn whole<T>(&self, key: &str, range: RangeInclusive<T>) -> Result<T, PlanError>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        let value = self.0.value(key).as_integer().and_then(|value| T::try_from(value).ok());
        value
            .filter(|value| range.contains(value))
            .ok_or_else(|| self.wrong(key, format!("allowed are {} to {}", range.start(), range.end())))
    }

    /// Fills a field of `spec` from `key`.
    pub(super) fn fill<S, T>(
        &self,
        key: &str,
        field: &WholeField<S, T>,
        spec: &mut S,
    ) -> Result<(), PlanError>
    where
        T: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        *(field.of)(spec) = self.whole(key, field.low..=field.high)?;
        Ok(())
    }

    pub(super) fn share(&self, key: &str) -> Result<f64, PlanError> {
        let value = self.number(key);
        if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(self.wrong(key, "allowed are 0 to 1")) }
    }

    pub(super) fn positive(&self, key: &str) -> Result<f64, PlanError> {
        let value = self.number(key);
        if value.is_finite() && value > 0.0 {
            Ok(value)
        } else {
            Err(self.wrong(key, "allowed is a finite number above 0"))
        }
    }

    pub(super) fn not_negative(&self, key: &str) -> Result<f64, PlanError> {
        let value = self.number(key);
        if value.is_finite() && value >= 0.0 {
            Ok(value)
        } else {
            Err(self.wrong(key, "allowed is a finite number, 0 or above"))
        }
    }

    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Result<T, PlanError> {
        let found = self.text(key);
        choices.iter().find(|(name, _)| *name == found).map(|choice| choice.1).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|choice| choice.0).collect();
            self.wrong(key, format!("allowed are {}", names.join(", ")))
        })
    }

    /// A list of words, whatever they are.
    pub(super) fn names<'k>(&'k self, key: &str) -> impl Iterator<Item = &'k str> + use<'k> {
        let values = self.0.value(key).as_array().into_iter().flatten();
        values.map(|value| value.as_str().unwrap_or_default())
    }

    /// A list of choices, each at most once.
    pub(super) fn choices<T>(&self, key: &str, choices: &[(&str, T)]) -> Result<Vec<T>, PlanError>
    where
        T: Copy + PartialEq,
    {
        let mut chosen = Vec::new();
        for name in self.names(key) {
            match choices.iter().find(|choice| choice.0 == name) {
                Some((_, one)) if !chosen.contains(one) => chosen.push(*one),
                _ => return Err(self.wrong(key, allowed_list(choices))),
            }
        }
        Ok(chosen)
    }

    /// A list of choices as in [`Self::choices`], at least one.
    pub(super) fn some_choices<T>(&self, key: &str, choices: &[(&str, T)]) -> Result<Vec<T>, PlanError>
    where
        T: Copy + PartialEq,
    {
        let chosen = self.choices(key, choices)?;
        if chosen.is_empty() { Err(self.wrong(key, allowed_list(choices))) } else { Ok(chosen) }
    }

    /// A list of numbers.
    pub(super) fn numbers(&self, key: &str) -> Result<Vec<f64>, PlanError> {
        let number = |(at, value): (usize, &Value)| {
            value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).ok_or_else(|| {
                self.wrong(key, format!("entry {at} is {value}; allowed is a list of numbers"))
            })
        };
        self.0.value(key).as_array().into_iter().flatten().enumerate().map(number).collect()
    }

    pub(super) fn bits(&self, key: &str) -> Result<Bits, PlanError> {
        let wrong = || self.wrong(key, "allowed are 1 to 16");
        let bits: u8 = self.whole(key, 1..=16)?;
        Bits::new(bits).ok_or_else(wrong)
    }

    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        let text = self.text(key);
        (!text.is_empty()).then(|| PathBuf::from(text))
    }
}

/// The key of a field of the core's structs.
pub(super) fn key_of(field: &str) -> String {
    match field {
        "max_steps" => "retrieval.max_steps".to_owned(),
        field => format!("core.{field}"),
    }
}

fn allowed_list<T>(choices: &[(&str, T)]) -> String {
    let all: Vec<&str> = choices.iter().map(|choice| choice.0).collect();
    format!("allowed is a list of {}, each at most once", all.join(", "))
}

//! Typed access to the keys of a plan.

use crate::error::Error;
use crate::plan::source::PlanSource;
use klr_units::Bits;
use std::path::PathBuf;
use toml::Value;

/// Typed access to the keys of a plan; the types were checked when the keys were set.
pub(super) struct Keys<'a>(pub(super) &'a PlanSource);

impl Keys<'_> {
    pub(super) fn text(&self, key: &str) -> &str {
        self.0.value(key).as_str().unwrap_or_default()
    }

    pub(super) fn number(&self, key: &str) -> f64 {
        self.0.value(key).as_float().unwrap_or(f64::NAN)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.0.value(key).as_bool().unwrap_or_default()
    }

    /// A whole number within the range of `T`; the rest of its range is checked by whoever owns it.
    pub(super) fn whole<T: TryFrom<i64>>(&self, key: &str, allowed: &str) -> Result<T, Error> {
        let value = self.0.value(key).as_integer().unwrap_or(-1);
        T::try_from(value).map_err(|_| self.0.wrong(key, allowed))
    }

    pub(super) fn share(&self, key: &str) -> Result<f64, Error> {
        let value = self.number(key);
        if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(self.0.wrong(key, "allowed are 0 to 1")) }
    }

    pub(super) fn positive(&self, key: &str) -> Result<f64, Error> {
        let value = self.number(key);
        if value.is_finite() && value > 0.0 {
            Ok(value)
        } else {
            Err(self.0.wrong(key, "allowed is a finite number above 0"))
        }
    }

    pub(super) fn not_negative(&self, key: &str) -> Result<f64, Error> {
        let value = self.number(key);
        if value.is_finite() && value >= 0.0 {
            Ok(value)
        } else {
            Err(self.0.wrong(key, "allowed is a finite number, 0 or above"))
        }
    }

    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Result<T, Error> {
        let found = self.text(key);
        choices.iter().find(|(name, _)| *name == found).map(|choice| choice.1).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|choice| choice.0).collect();
            self.0.wrong(key, &format!("allowed are {}", names.join(", ")))
        })
    }

    /// A list of numbers.
    pub(super) fn numbers(&self, key: &str) -> Result<Vec<f64>, Error> {
        let number = |(at, value): (usize, &Value)| {
            value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).ok_or_else(|| {
                self.0.wrong(key, &format!("entry {at} is {value}; allowed is a list of numbers"))
            })
        };
        self.0.value(key).as_array().into_iter().flatten().enumerate().map(number).collect()
    }

    pub(super) fn bits(&self, key: &str) -> Result<Bits, Error> {
        let wrong = || self.0.wrong(key, "allowed are 1 to 16");
        let bits: u8 = self.whole(key, "allowed are 1 to 16")?;
        Bits::new(bits).ok_or_else(wrong)
    }

    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        let text = self.text(key);
        (!text.is_empty()).then(|| PathBuf::from(text))
    }
}

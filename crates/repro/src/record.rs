//! What a unit of work found: named series of numbers.

use crate::error::Error;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Named series of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    series: BTreeMap<String, Vec<f64>>,
}

impl Record {
    /// Adds a series, or replaces it.
    pub(crate) fn set(&mut self, name: impl Into<String>, values: Vec<f64>) {
        self.series.insert(name.into(), values);
    }

    /// Adds a single number.
    pub(crate) fn set_one(&mut self, name: impl Into<String>, value: f64) {
        self.set(name, vec![value]);
    }

    /// Appends to a series.
    pub(crate) fn push(&mut self, name: impl Into<String>, value: f64) {
        self.series.entry(name.into()).or_default().push(value);
    }

    /// A series.
    ///
    /// # Errors
    /// [`Error::Reproduction`] naming the series, if there is none of that name.
    pub(crate) fn get(&self, name: &str) -> Result<&[f64], Error> {
        let missing = || Error::Reproduction(format!("a stored result has no series `{name}`"));
        Ok(self.series.get(name).ok_or_else(missing)?)
    }

    /// The first number of a series.
    ///
    /// # Errors
    /// [`Error::Reproduction`] naming the series, if there is none of that name or it is empty.
    pub(crate) fn one(&self, name: &str) -> Result<f64, Error> {
        let empty = || Error::Reproduction(format!("the stored series `{name}` is empty"));
        self.get(name)?.first().copied().ok_or_else(empty)
    }

    /// The record as JSON; what is no number becomes `null`.
    pub(crate) fn to_json(&self) -> Value {
        let series = self.series.iter().map(|(name, values)| (name.clone(), json!(values)));
        Value::Object(series.collect::<Map<_, _>>())
    }

    /// The record that [`Self::to_json`] wrote, or `None` for anything else.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let number = |value: &Value| if value.is_null() { Some(f64::NAN) } else { value.as_f64() };
        let series = |(name, values): (&String, &Value)| {
            let values = values.as_array()?.iter().map(number).collect::<Option<Vec<f64>>>()?;
            Some((name.clone(), values))
        };
        let series = value.as_object()?.iter().map(series).collect::<Option<_>>()?;
        Some(Self { series })
    }
}

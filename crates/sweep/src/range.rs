//! Ranges: `{ from, to }` with a step, a factor or a count.

use toml::Value;

/// The keys of a range.
pub(crate) const KEYS: [&str; 5] = ["from", "to", "step", "factor", "count"];

/// The most values that a range gives.
const MOST: usize = 65_536;

/// A range, as far as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Range {
    values: [Option<Value>; KEYS.len()],
}

impl Range {
    /// Sets the key at `index` of [`KEYS`].
    pub(crate) fn set(&mut self, index: usize, value: Value) {
        self.values[index] = Some(value);
    }

    /// The range as it was written.
    pub(crate) fn shown(&self) -> String {
        let written = KEYS.iter().zip(&self.values);
        let written =
            written.filter_map(|(key, value)| value.as_ref().map(|value| format!("{key} = {value}")));
        format!("{{ {} }}", written.collect::<Vec<_>>().join(", "))
    }

    /// Its values: whole numbers if all that describes it are, and no more digits than somebody would write.
    ///
    /// # Errors
    /// What is allowed, as a sentence.
    pub(crate) fn values(&self) -> Result<Vec<Value>, String> {
        let [from, to, step, factor, count] = &self.values;
        let (Some(from), Some(to)) = (from, to) else {
            return Err("allowed is a range with from and to".to_owned());
        };
        if [step, factor, count].into_iter().flatten().count() > 1 {
            return Err("allowed is one of step, factor and count".to_owned());
        }
        let (low, high) = (number(from)?, number(to)?);
        let is_whole = [Some(from), Some(to), step.as_ref(), factor.as_ref()]
            .into_iter()
            .flatten()
            .all(|value| value.as_integer().is_some());
        if high < low {
            return Err("allowed is a range whose to is not below its from".to_owned());
        }
        let numbers = match (step, factor, count) {
            (_, Some(factor), _) => multiplied(low, high, number(factor)?)?,
            (_, _, Some(count)) => spread(low, high, count)?,
            (step, ..) => {
                let step = step.as_ref().map_or(Ok(1.0), number)?;
                added(low, high, step)?
            }
        };
        Ok(numbers.into_iter().map(|number| if is_whole { whole(number) } else { short(number) }).collect())
    }
}

fn number(value: &Value) -> Result<f64, String> {
    let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    // Above this not every whole number has a double of its own.
    let is_exact = |number: &f64| number.abs() <= 9_007_199_254_740_992.0;
    number
        .filter(|number| number.is_finite())
        .filter(is_exact)
        .ok_or_else(|| "allowed is a range of finite numbers".to_owned())
}

fn added(low: f64, high: f64, step: f64) -> Result<Vec<f64>, String> {
    if step <= 0.0 {
        return Err("allowed is a step above 0".to_owned());
    }
    // A step that leads to the end up to rounding leads to the end.
    let steps = ((high - low) / step + 1e-9).floor();
    (0..few(steps + 1.0)?).map(|at| Ok(low + at as f64 * step)).collect()
}

fn multiplied(low: f64, high: f64, factor: f64) -> Result<Vec<f64>, String> {
    if factor <= 1.0 || low <= 0.0 {
        return Err("allowed is a factor above 1, from a number above 0".to_owned());
    }
    let steps = ((high / low).ln() / factor.ln() + 1e-9).floor();
    (0..few(steps + 1.0)?).map(|at| Ok(low * factor.powf(at as f64))).collect()
}

fn spread(low: f64, high: f64, count: &Value) -> Result<Vec<f64>, String> {
    let count = count.as_integer().filter(|count| *count >= 2);
    let count = count.ok_or("allowed is a count of 2 or more")?;
    let count = few(count as f64)?;
    Ok((0..count).map(|at| low + (high - low) * at as f64 / (count - 1) as f64).collect())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is checked to be between 1 and MOST"
)]
fn few(count: f64) -> Result<usize, String> {
    if count <= MOST as f64 { Ok(count as usize) } else { Err(format!("allowed are {MOST} values")) }
}

#[expect(clippy::cast_possible_truncation, reason = "numbers of a range are exact as doubles")]
fn whole(number: f64) -> Value {
    Value::Integer(number.round() as i64)
}

/// The number with twelve digits: 0.3 and not 0.30000000000000004.
fn short(number: f64) -> Value {
    Value::Float(format!("{number:.11e}").parse().unwrap_or(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Result<Vec<Value>, String> {
        let table: toml::Table = format!("range = {text}").parse().expect("TOML");
        let mut range = Range::default();
        for (key, value) in table["range"].as_table().expect("a table") {
            range.set(KEYS.iter().position(|known| known == key).expect("a key of a range"), value.clone());
        }
        range.values()
    }

    fn shown(text: &str) -> String {
        let values = range(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        values.iter().map(Value::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ranges_have_the_values_that_somebody_would_write() {
        for (text, expected) in [
            ("{ from = 1, to = 4 }", "1 2 3 4"),
            ("{ from = 1, to = 8, step = 3 }", "1 4 7"),
            ("{ from = 0.1, to = 0.5, step = 0.1 }", "0.1 0.2 0.3 0.4 0.5"),
            ("{ from = 1, to = 16, factor = 2 }", "1 2 4 8 16"),
            ("{ from = 0.01, to = 1, factor = 10 }", "0.01 0.1 1.0"),
            ("{ from = 0.0, to = 0.3, count = 4 }", "0.0 0.1 0.2 0.3"),
            ("{ from = -2, to = 2, step = 2 }", "-2 0 2"),
            ("{ from = 5, to = 5 }", "5"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused_with_what_is_allowed() {
        for (text, expected) in [
            ("{ from = 1 }", "from and to"),
            ("{ from = 1, to = 2, step = 1, count = 2 }", "one of step, factor and count"),
            ("{ from = 2, to = 1 }", "not below its from"),
            ("{ from = 1, to = 2, step = 0 }", "step above 0"),
            ("{ from = 0, to = 2, factor = 2 }", "from a number above 0"),
            ("{ from = 1, to = 2, factor = 1 }", "factor above 1"),
            ("{ from = 1, to = 2, count = 1 }", "count of 2 or more"),
            ("{ from = 1, to = 2, count = 1.5 }", "count of 2 or more"),
            ("{ from = 0, to = 1e300, step = 1.0 }", "finite numbers"),
            ("{ from = 0, to = 1000000 }", "65536 values"),
            ("{ from = nan, to = 1.0 }", "finite numbers"),
            ("{ from = 'a', to = 1.0 }", "finite numbers"),
        ] {
            let why = range(text).expect_err(text);
            assert!(why.contains(expected), "{text}: {why}");
        }
    }
}

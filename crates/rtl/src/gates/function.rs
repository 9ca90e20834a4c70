//! Boolean functions of a cell's pins, as Liberty writes them, and as tables.

/// The value of a function for every combination of its variables; bit `i` of an index is variable `i`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    bits: Vec<u64>,
}

/// Variables that a table can have: cells with more pins are not used.
pub const MOST_VARIABLES: usize = 12;

/// Negations and parentheses within each other that a function can have.
const DEEPEST: usize = 64;

impl Truth {
    /// The value at `index`.
    #[must_use]
    pub fn at(&self, index: usize) -> bool {
        self.bits[index / 64] >> (index % 64) & 1 == 1
    }

    /// The table of `text`, a function of `variables`: `!A`, `A'`, `A * B`, `A & B`, `A B`, `A + B`, `A | B`, `A ^ B`,
    /// parentheses, `0` and `1`; a negation binds strongest, then an exclusive or, then a product, then a sum.
    ///
    /// # Errors
    /// A sentence about what cannot be read.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Self, String> {
        if variables.len() > MOST_VARIABLES {
            return Err(format!("{} pins; at most {MOST_VARIABLES} are read", variables.len()));
        }
        let mut bits = vec![0; (1_usize << variables.len()).div_ceil(64)];
        for index in 0..1_usize << variables.len() {
            let mut parser = Parser { rest: text.trim_start(), variables, index, depth: 0 };
            let value = parser.sum()?;
            if !parser.rest.is_empty() {
                return Err(format!("`{text}`: `{}` is not understood", parser.rest));
            }
            bits[index / 64] |= u64::from(value) << (index % 64);
        }
        Ok(Self { bits })
    }
}

struct Parser<'a> {
    rest: &'a str,
    variables: &'a [&'a str],
    index: usize,
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, marks: &str) -> bool {
        let found = self.rest.starts_with(|c: char| marks.contains(c));
        if found {
            self.rest = self.rest[1..].trim_start();
        }
        found
    }

    fn sum(&mut self) -> Result<bool, String> {
        let mut value = self.product()?;
        while self.take("+|") {
            value |= self.product()?;
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<bool, String> {
        let mut value = self.exclusive()?;
        // A product may be written without a mark between its factors.
        while self.take("*&") || self.rest.starts_with(|c: char| c.is_alphanumeric() || "_!(".contains(c)) {
            value &= self.exclusive()?;
        }
        Ok(value)
    }

    fn exclusive(&mut self) -> Result<bool, String> {
        let mut value = self.factor()?;
        while self.take("^") {
            value ^= self.factor()?;
        }
        Ok(value)
    }

    fn factor(&mut self) -> Result<bool, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("more than {DEEPEST} negations and parentheses within each other"));
        }
        let value = self.factor_within();
        self.depth -= 1;
        value
    }

    fn factor_within(&mut self) -> Result<bool, String> {
        if self.take("!") {
            return Ok(!self.factor()?);
        }
        let mut value = if self.take("(") {
            let value = self.sum()?;
            if !self.take(")") {
                return Err("a parenthesis that is not closed".to_owned());
            }
            value
        } else {
            self.name()?
        };
        while self.take("'") {
            value = !value;
        }
        Ok(value)
    }

    fn name(&mut self) -> Result<bool, String> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        match (name, self.variables.iter().position(|&variable| variable == name)) {
            (_, Some(place)) => Ok(self.index >> place & 1 == 1),
            ("0", _) => Ok(false),
            ("1", _) => Ok(true),
            _ => Err(format!("`{name}` is no pin; allowed: {}", self.variables.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_every_notation() {
        let of = |text: &str| -> Vec<bool> {
            let truth = Truth::parse(text, &["A", "B", "C"]).unwrap();
            (0..8).map(|index| truth.at(index)).collect()
        };
        let by = |f: fn(bool, bool, bool) -> bool| -> Vec<bool> {
            (0..8_u8).map(|i| f(i & 1 == 1, i & 2 == 2, i & 4 == 4)).collect()
        };
        assert_eq!(of("!(A*B)+C"), by(|a, b, c| !(a && b) || c));
        assert_eq!(of("(A&!B) | (!A B)"), by(|a, b, _| a != b));
        assert_eq!(of("A' ^ B * C"), by(|a, b, c| (!a ^ b) && c));
        assert_eq!(of("1"), vec![true; 8]);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let error = |text: &str| Truth::parse(text, &["A"]).unwrap_err();
        assert_eq!(error("A & D"), "`D` is no pin; allowed: A");
        assert_eq!(error("(A"), "a parenthesis that is not closed");
        assert_eq!(error("A )"), "`A )`: `)` is not understood");
        for deep in ["(", "!"] {
            assert_eq!(
                error(&deep.repeat(100_000)),
                "more than 64 negations and parentheses within each other",
                "{deep}"
            );
        }
        assert!(Truth::parse("A", &["A"; 13]).unwrap_err().starts_with("13 pins"));
    }
}

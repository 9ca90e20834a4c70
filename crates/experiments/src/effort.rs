//! What a run of many patterns takes before its first retrieval, said before it begins.
//!
//! An estimate, from measurements on one kind of machine (`docs/benchmarks.md`): it tells seconds from minutes, and what
//! fits a machine from what does not.

use crate::plan::{PatternSource, Plan, Training};
use klr_model::stored::{Look, sample_size};
use klr_units::text::number;
use std::fmt;
use std::num::NonZeroUsize;

/// Nobody waits for less, or runs out of less.
const WORTH_SAYING: Effort = Effort { seconds: 5.0, bytes: 1e9 };

/// Multiply-adds of a product with the Gram matrix per second and thread.
const PRODUCTS: f64 = 2.5e10;
/// Words of patterns compared per second and thread.
const COMPARISONS: f64 = 1e9;
/// Dual variables drawn, rounded and placed per second.
const ROUNDED: f64 = 6e7;

/// Time and memory of what comes before the first retrieval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Seconds.
    pub seconds: f64,
    /// Bytes at the peak.
    pub bytes: f64,
}

impl Effort {
    /// That of `plan` on `threads` threads, if it is worth saying and can be told: its patterns are drawn, its dual variables
    /// not trained here, and its cores have room for them.
    #[must_use]
    pub fn of(plan: &Plan, threads: NonZeroUsize) -> Option<Self> {
        let PatternSource::Generated { n, p, .. } = plan.patterns else { return None };
        let untrained = match plan.model.training {
            Training::None => true,
            Training::File(_) | Training::Saved(_) => false,
            Training::Klr(_) | Training::NoiseAware(_) | Training::KernelRidge => return None,
        };
        // What is refused at once takes nothing.
        plan.require_room(n, p).ok()?;
        let effort = Self::at(n, p, untrained, threads);
        let is_worth_it = effort.seconds > WORTH_SAYING.seconds || effort.bytes > WORTH_SAYING.bytes;
        is_worth_it.then_some(effort)
    }

    /// That of `p` patterns of `n` neurons with a narrow kernel.
    fn at(n: usize, p: usize, untrained: bool, threads: NonZeroUsize) -> Self {
        let (duals, words) = (p as f64 * n as f64, n.div_ceil(64) as f64);
        let products = if untrained { 2.0 } else { 3.0 };
        // Every two patterns are compared twice, for the fit of the float model and for that of the image.
        let (work, held) = match Look::at(n, p) {
            Look::Whole => (products * p as f64 * duals / PRODUCTS, 80.0),
            Look::Compare => (p as f64 * p as f64 * words / COMPARISONS, 30.0),
            Look::Sample => {
                let rows = sample_size(n, p, false) as f64;
                (2.0 * rows * p as f64 * words / COMPARISONS, 6.0)
            }
        };
        // What is read from a file is held in both orders, and rounded.
        let held = held + if untrained { 0.0 } else { 19.0 };
        let seconds = work / threads.get() as f64 + duals / ROUNDED;
        Self { seconds, bytes: held * duals + 2e7 }
    }
}

/// About how much, in one digit: it is no more than an estimate.
impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = if self.seconds < 90.0 {
            format!("{} s", number(self.seconds, 1))
        } else {
            format!("{} min", number(self.seconds / 60.0, 1))
        };
        write!(f, "about {time} and {} GB of memory before the first retrieval", number(self.bytes / 1e9, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanSource, resolve};

    fn of(settings: &[&str]) -> Option<Effort> {
        let mut source = PlanSource::default_plan();
        // A clock that memories of any size keep up with.
        source.set("core.clock_mhz=50").unwrap();
        settings.iter().for_each(|setting| source.set(setting).unwrap());
        Effort::of(&resolve(&source).unwrap(), NonZeroUsize::new(2).unwrap())
    }

    #[test]
    fn an_effort_is_told_where_it_is_worth_it() {
        assert_eq!(of(&["model.training=none"]), None, "the default size takes no time");
        assert_eq!(of(&["patterns.p=100000"]), None, "of training nothing is said");
        let hundred_thousand = of(&["model.training=none", "patterns.n=256", "patterns.p=100000"]).unwrap();
        assert!((10.0..40.0).contains(&hundred_thousand.seconds), "{hundred_thousand:?}");
        let million = of(&["model.training=none", "patterns.n=256", "patterns.p=1000000"]).unwrap();
        assert!(million.bytes > 1e9 && million.bytes < 8e9, "{million:?}");
        assert!(million.seconds < 60.0, "{million:?}: a sample");
        let text = Effort { seconds: 21.0, bytes: 8.1e8 }.to_string();
        assert_eq!(text, "about 20 s and 0.8 GB of memory before the first retrieval");
        assert!(Effort { seconds: 240.0, bytes: 1e9 }.to_string().starts_with("about 4 min and 1 GB"));
    }
}

//! How long a run took: kept apart from its results, which do not depend on it.
#![expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]

use serde_json::{Value, json};
use std::time::Instant;

pub(crate) struct Stopwatch {
    start: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    pub(crate) fn report(&self, threads: usize) -> Value {
        json!({ "seconds": self.start.elapsed().as_secs_f64(), "threads": threads })
    }
}

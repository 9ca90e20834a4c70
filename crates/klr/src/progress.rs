//! Progress bars on a terminal; nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use klr_experiments::pipeline::Progress;
use std::sync::{Mutex, PoisonError};

/// One bar, renamed for each stage. It draws on standard error, and only if that is a terminal.
pub(crate) struct Bars {
    bar: Mutex<ProgressBar>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()) }
    }

    pub(crate) fn finish(&self) {
        self.bar().finish_and_clear();
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Bars {
    fn stage(&self, name: &str, steps: u64) {
        let mut bar = self.bar();
        bar.finish_and_clear();
        *bar = ProgressBar::new(steps);
        if let Ok(style) = ProgressStyle::with_template("{msg:<12} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
    }

    fn step(&self, done: u64) {
        self.bar().set_position(done);
    }
}

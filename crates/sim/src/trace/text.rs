//! The trace as text: `000003 seq   flip neuron=2 to=+1`, one line per event.

use super::{Sink, TextHeader, TraceEvent};
use klr_units::Cycle;
use std::fmt::Write;

/// Collects lines.
#[derive(Clone, Debug, Default)]
pub struct TextTrace {
    text: String,
}

impl TextTrace {
    /// The lines so far, each ended by a newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines so far as a file: under `header`, which says what they are of.
    #[must_use]
    pub fn file(&self, header: &TextHeader<'_>) -> String {
        format!("{header}{}", self.text)
    }
}

impl Sink for TextTrace {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{cycle} {event}");
    }
}

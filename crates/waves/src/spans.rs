//! Spans of simulated time on a track: nested by construction, and none overlaps its neighbour.

/// What a unit did from one cycle to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first cycle.
    pub start: u64,
    /// The first cycle after it.
    pub end: u64,
    /// 0 for a span in no other.
    pub level: usize,
    /// What it is.
    pub name: String,
}

/// The spans of one unit. A span is open until another of its level or a lower one begins, or it is ended.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    done: Vec<Span>,
    open: Vec<Span>,
}

impl Spans {
    /// Begins a span in cycle `now`, and ends what is open at `level` and above.
    pub(crate) fn begin(&mut self, level: usize, now: u64, name: impl Into<String>) {
        self.end(level, now);
        self.open.push(Span { start: now, end: now, level, name: name.into() });
    }

    /// Ends what is open at `level` and above before cycle `now`. A span that ends where it began was none.
    pub(crate) fn end(&mut self, level: usize, now: u64) {
        while let Some(span) = self.open.pop_if(|span| span.level >= level) {
            if span.start < now {
                self.done.push(Span { end: now, ..span });
            }
        }
    }

    /// Whether a span of `level` is open.
    pub(crate) fn is_open(&self, level: usize) -> bool {
        self.open.iter().any(|span| span.level == level)
    }

    /// All spans, by start, the longer first.
    pub(crate) fn finish(mut self, now: u64) -> Vec<Span> {
        self.end(0, now);
        self.done.sort_by_key(|span| (span.start, span.level));
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_ends_with_the_one_it_is_in() {
        let mut track = Spans::default();
        track.begin(0, 1, "job");
        track.begin(1, 2, "a");
        track.begin(2, 3, "in a");
        track.begin(1, 5, "b");
        track.begin(1, 5, "c");
        track.begin(0, 9, "next");
        let spans = track.finish(11);
        let seen: Vec<_> = spans.iter().map(|s| (s.start, s.end, s.level, s.name.as_str())).collect();
        let expected =
            [(1, 9, 0, "job"), (2, 5, 1, "a"), (3, 5, 2, "in a"), (5, 9, 1, "c"), (9, 11, 0, "next")];
        assert_eq!(seen, expected, "b lasted for no cycle");
    }
}

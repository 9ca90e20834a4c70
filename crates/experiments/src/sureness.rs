//! How sure figures are: shares of what was tried, and the totals of a run, every ledger of which is drawn once.

use crate::pipeline::Run;
use klr_energy::{Cost, Drawn, Likely, Ratio};
use klr_sim::Dataflow;
use klr_statistics::Share;

/// The confidence of every interval.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// The share that `found` of `tried` are, with Wilson's interval; `None` of nothing tried.
#[must_use]
pub fn share_of(found: u64, tried: u64) -> Option<Share> {
    Share::new(found, tried, CONFIDENCE).ok()
}

/// The totals of a run with their ranges.
#[derive(Debug)]
pub(crate) struct Sureness {
    /// The plan's dataflows, in the order of the run.
    pub(crate) own: Vec<Sure>,
    /// The same in the shapes that cost least, in the order of the run's.
    pub(crate) best: Vec<Sure>,
    /// Dense hardware, if it was run.
    pub(crate) dense: Option<Sure>,
}

/// A total, and how many times others are it.
#[derive(Debug)]
pub(crate) struct Sure {
    pub(crate) likely: Cost<Likely>,
    /// How many times it the plan's own synchronous core is.
    pub(crate) less_than_own: Option<Ratio>,
    /// How many times it the best synchronous core is.
    pub(crate) less_than_best: Option<Ratio>,
    /// How many times it dense hardware is.
    pub(crate) less_than_dense: Option<Ratio>,
    /// How many times one look it is.
    pub(crate) times_one_look: Option<Ratio>,
}

impl Sureness {
    /// Draws the ledgers of `run`.
    pub(crate) fn of(run: &Run) -> Self {
        let one_look = run.one_look.drawn();
        let own: Vec<_> = run.hardware.iter().map(|h| (h.dataflow, h.ledger.drawn())).collect();
        let best: Vec<_> = run.best.iter().map(|shape| (shape.dataflow, shape.ledger.drawn())).collect();
        let baseline = |drawn: &[(Dataflow, Drawn)]| {
            drawn.iter().position(|(dataflow, _)| *dataflow == Dataflow::BASELINE)
        };
        let (own_base, best_base) = (baseline(&own), baseline(&best));
        let dense = run.dense.as_ref().map(|dense| dense.ledger.drawn());
        let sure = |drawn: &Drawn| Sure {
            likely: drawn.likely(),
            less_than_own: own_base.and_then(|at| own[at].1.ratio(drawn)),
            less_than_best: best_base.and_then(|at| best[at].1.ratio(drawn)),
            less_than_dense: dense.as_ref().and_then(|dense| dense.ratio(drawn)),
            times_one_look: drawn.ratio(&one_look),
        };
        let all = |drawn: &[(Dataflow, Drawn)]| drawn.iter().map(|(_, drawn)| sure(drawn)).collect();
        Self { own: all(&own), best: all(&best), dense: dense.as_ref().map(sure) }
    }
}

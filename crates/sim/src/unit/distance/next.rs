//! How far a job of the distance unit has come.

use klr_units::Cycle;

/// What a job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It goes on in this cycle.
    Wake(Cycle),
    /// It goes on when a credit arrives.
    Sleep,
    /// It is over.
    Done,
}

impl Next {
    /// It goes on at the earliest of `times`; it sleeps if there is none.
    #[inline]
    pub(super) fn at(times: [Option<Cycle>; 3]) -> Self {
        let earlier = |next: Option<Cycle>, time: Option<Cycle>| match (next, time) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, None) | (None, one) => one,
        };
        times.into_iter().fold(None, earlier).map_or(Self::Sleep, Self::Wake)
    }
}

//! What a core has beyond the plain one. A lever that is off costs no logic.

use klr_sim::config::ConfigSpec;

/// The levers that a core is built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levers {
    /// Entries of the candidate list; 0 for none (K1 to K5).
    pub candidates: u32,
    /// A bitmap of violated neurons (S10).
    pub bitmap: bool,
}

impl Levers {
    /// The plain core.
    pub const NONE: Self = Self { candidates: 0, bitmap: false };

    /// Those that `spec` asks for.
    #[must_use]
    pub const fn of(spec: &ConfigSpec) -> Self {
        Self { candidates: spec.candidates, bitmap: spec.bitmap }
    }

    /// Names and values of the parameters, as the design has them.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, u32)> {
        vec![("CANDIDATES", self.candidates), ("BITMAP", self.bitmap.into())]
    }

    /// The knobs of a core without levers, with those of this one.
    #[must_use]
    pub const fn set(&self, spec: ConfigSpec) -> ConfigSpec {
        ConfigSpec { candidates: self.candidates, bitmap: self.bitmap, ..spec }
    }
}

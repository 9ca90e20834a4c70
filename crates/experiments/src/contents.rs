//! What the core of a plan contains, and the area of it as far as it is known.

use crate::memories::built;
use crate::plan::HardwarePlan;
use klr_energy::{Band, Cost, SquareNanometres};
use klr_image::CoreImage;
use klr_sim::Contents;

/// An area as far as it is known.
pub type Area = Cost<Band<SquareNanometres>>;

/// The contents of a core, with the area of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltCore {
    /// Flip-flops and gates.
    pub contents: Contents,
    /// All banks of all memories.
    pub memories: Area,
    /// Flip-flops and gates.
    pub logic: Area,
}

impl BuiltCore {
    /// The core of `plan` that `image` is placed in.
    #[must_use]
    pub fn of(plan: &HardwarePlan, image: &CoreImage) -> Self {
        let contents = Contents::of(image, &plan.config);
        let prices = &plan.prices;
        let areas = built(plan, image, &plan.config)
            .into_iter()
            .map(|memory| prices.memory_area(memory.memory, memory.macros));
        let memories = areas.map(|area| area.map_or(Cost::Unknown, Cost::Known)).reduce(Area::and);
        let logic = prices.cells().map_or(Cost::Unknown, |cells| Cost::Known(cells.logic(&contents)));
        Self { contents, memories: memories.unwrap_or(Cost::Unknown), logic }
    }

    /// Memories and logic.
    pub fn total(&self) -> Area {
        self.memories.and(self.logic)
    }
}

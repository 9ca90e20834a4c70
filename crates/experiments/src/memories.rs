//! The memories that a run was priced with: who said how large they are, what is used of them, and what their banks are
//! priced as.

use crate::plan::HardwarePlan;
use klr_energy::PricedAs;
use klr_image::CoreImage;
use klr_sim::{CoreConfig, Hardware, Memory, MemoryMacro};

/// One memory of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuiltMemory {
    /// Which one.
    pub(crate) memory: Memory,
    /// Whether it has sized itself.
    pub(crate) is_auto: bool,
    /// Capacity, all banks together, in bytes; where columns and rows share one, the part of it.
    pub(crate) bytes: u64,
    /// Bytes that the image occupies, padding included.
    pub(crate) bytes_used: u64,
    /// Its banks.
    pub(crate) macros: MemoryMacro,
    /// What one of them is priced as.
    pub(crate) priced: PricedAs,
}

/// The memories that `image`, which is placed in the core of `plan`, has anything for on that core with the knobs of `config`:
/// those of the plan, or what was chosen where it leaves them open.
pub(crate) fn built(plan: &HardwarePlan, image: &CoreImage, config: &CoreConfig) -> Vec<BuiltMemory> {
    let core = plan.sizing.banked(config.spec().banking(plan.sizing.mac_lanes()));
    let (layout, hardware) = match (core.place(&image.sizes()), Hardware::on(&core, image, config)) {
        (Ok((_, layout)), Ok(hardware)) => (layout, hardware),
        // What does not hold the image is never chosen.
        _ => (*image.layout(), Hardware::of(image, config)),
    };
    let layout = layout.iter().filter(|(_, occupancy)| occupancy.is_built());
    let built = layout.map(|(memory, occupancy)| BuiltMemory {
        memory,
        is_auto: plan.sizing.given(memory).is_none(),
        bytes: occupancy.bytes,
        bytes_used: occupancy.bytes_used(),
        macros: hardware.memories[memory],
        priced: plan.prices.priced_as(memory, hardware.memories[memory]),
    });
    built.collect()
}

/// Of each memory of [`built`], its capacity and what is used of it, in bytes.
#[must_use]
pub fn bytes(plan: &HardwarePlan, image: &CoreImage, config: &CoreConfig) -> Vec<(u64, u64)> {
    built(plan, image, config).iter().map(|memory| (memory.bytes, memory.bytes_used)).collect()
}

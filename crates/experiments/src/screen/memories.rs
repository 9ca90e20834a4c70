//! The memories of the core: how large they are and who said so, and which macros are paid for.

use crate::memories::{BuiltMemory, built};
use crate::pipeline::Run;
use crate::plan::Plan;
use klr_energy::PricedAs;
use klr_sim::Memory;
use std::fmt::{self, Write};

/// A line for each memory.
pub(super) fn section(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n{:<22}{:>12} {:>12} {:>7} {:>7} {:>12}",
        "memories, in bytes", "used", "capacity", "", "banks", "priced as"
    )?;
    let memories = built(&plan.hardware, &run.image);
    let has_columns = memories.iter().any(|built| built.memory == Memory::Columns);
    for BuiltMemory { memory, is_auto, bytes, bytes_used, macros, priced } in memories {
        let name = match memory {
            Memory::Rows if has_columns => "pattern, by row",
            _ => memory.capacity(),
        };
        let said = if is_auto { "auto" } else { "given" };
        let priced = match priced {
            PricedAs::Macro(bytes) => bytes.to_string(),
            PricedAs::TooLarge => "too large".to_owned(),
            PricedAs::AnySize => "any size".to_owned(),
        };
        let banks = macros.banks;
        writeln!(out, "  {name:<20}{bytes_used:>12} {bytes:>12} {said:<7} {banks:>7} {priced:>12}")?;
    }
    Ok(())
}

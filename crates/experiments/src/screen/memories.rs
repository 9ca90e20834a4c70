//! The memories of the core: how large they are and who said so, and what their banks cost.

use crate::memories::{BuiltMemory, built};
use crate::pipeline::Run;
use crate::plan::Plan;
use klr_energy::{NoMacro, PricedAs};
use klr_image::CoreImage;
use klr_sim::{CoreConfig, Memory};
use klr_units::text::{UNKNOWN, fixed, number};
use std::fmt::{self, Write};

/// The memories of the core of `plan`, and where it leaves shapes open, those that were chosen for each dataflow of `run`.
pub(super) fn sections(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    if !plan.hardware.open.is_any() {
        return section(plan, &run.image, &plan.hardware.config, out);
    }
    for h in &run.hardware {
        let chosen: Vec<String> =
            h.chosen(plan.hardware.open).map(|(name, number)| format!("{name} = {number}")).collect();
        writeln!(out, "\n{}, chosen by price: {}", h.dataflow.name(), chosen.join(", "))?;
        section(plan, &run.image, &h.config, out)?;
    }
    Ok(())
}

/// A line for each memory of the core of `plan` with the knobs of `config`.
pub(super) fn section(plan: &Plan, image: &CoreImage, config: &CoreConfig, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n{:<18}{:>10} {:>11} {:<6}{:>6} {:>6} {:>9} {:>8} {:>7} {:>9}",
        "memories", "used", "capacity", "", "banks", "word", "read", "write", "access", "area"
    )?;
    writeln!(
        out,
        "{:<18}{:>10} {:>11} {:<6}{:>6} {:>6} {:>9} {:>8} {:>7} {:>9}",
        "", "bytes", "bytes", "", "", "bits", "pJ", "pJ", "ns", "mm2"
    )?;
    let memories = built(&plan.hardware, image, config);
    let has_columns = memories.iter().any(|built| built.memory == Memory::Columns);
    for BuiltMemory { memory, is_auto, bytes, bytes_used, macros, priced } in memories {
        let name = match memory {
            Memory::Rows if has_columns => "pattern, by row",
            _ => memory.capacity(),
        };
        let said = if is_auto { "auto" } else { "given" };
        let word = macros.word_bits;
        let banks = match &priced {
            PricedAs::Built(bank) if bank.copies > 1 => format!("{}x{}", macros.banks, bank.copies),
            _ => macros.banks.to_string(),
        };
        write!(out, "  {name:<16}{bytes_used:>10} {bytes:>11} {said:<6}{banks:>6} {word:>6} ")?;
        writeln!(out, "{}", figures(&priced, macros.banks))?;
    }
    Ok(())
}

/// What an access to a bank costs and takes, and the area of all banks; or why that is not known.
fn figures(priced: &PricedAs, banks: u32) -> String {
    let bank = match priced {
        PricedAs::Built(bank) => bank,
        PricedAs::NoMacro(NoMacro::TooLarge { .. }) => return format!("{:>18}", "too large"),
        PricedAs::NoMacro(NoMacro::Ports(ports)) => return format!("{:>18}", format!("no {}", ports.name())),
        PricedAs::NoMacro(NoMacro::NotBuilt) => return format!("{UNKNOWN:>18}"),
        PricedAs::AnySize => return format!("{:>18}", "any size"),
    };
    let [read, write] = [bank.read, bank.write].map(|energy| number(energy.nominal().as_picojoules(), 3));
    let access = bank.access.map_or_else(|| UNKNOWN.to_owned(), |time| fixed(time.as_nanoseconds(), 2));
    let area = |um2: u64| fixed(um2 as f64 * f64::from(banks) * 1e-6, 4);
    let area = bank.area_um2.map_or_else(|| UNKNOWN.to_owned(), area);
    format!("{read:>9} {write:>8} {access:>7} {area:>9}")
}

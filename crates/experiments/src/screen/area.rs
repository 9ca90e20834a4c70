//! What the core of a plan contains: its memories, its flip-flops, and the area of both as far as it is known.

use super::memories;
use crate::memories::built;
use crate::plan::Plan;
use klr_energy::PricedAs;
use klr_image::CoreImage;
use klr_sim::Contents;
use klr_sim::contents::Unit;
use klr_units::text::{UNKNOWN, fixed, wrap};
use std::fmt::{self, Write};

/// The page for the core that `image` is placed in.
#[must_use]
pub fn area(plan: &Plan, image: &CoreImage) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = page(plan, image, &mut out);
    out
}

fn page(plan: &Plan, image: &CoreImage, out: &mut String) -> fmt::Result {
    let heading = format!("a core for N = {} neurons, P = {} patterns", image.n(), image.p());
    write!(out, "{}", wrap("", 2, &format!("{heading}, memories of {}", plan.hardware.prices.name())))?;
    memories::section(plan, image, &plan.hardware.config, out)?;
    let contents = Contents::of(image, &plan.hardware.config);
    writeln!(out, "\n{:<18}{:<26}{:>10}", "flip-flops", "", "number")?;
    for unit in Unit::ALL {
        let of_unit = || contents.registers.iter().filter(move |register| register.unit == unit);
        let sum: u64 = of_unit().map(|register| register.flip_flops).sum();
        writeln!(out, "  {:<16}{:<26}{sum:>10}", unit.module(), "")?;
        for register in of_unit() {
            writeln!(out, "  {:<16}{:<26}{:>10}", "", register.name, register.flip_flops)?;
        }
    }
    writeln!(out, "  {:<16}{:<26}{:>10}", "all", "", contents.flip_flops())?;
    writeln!(out, "\n{:<18}{:>10}", "area", "mm2")?;
    let areas: Option<Vec<f64>> =
        built(&plan.hardware, image, &plan.hardware.config).iter().map(|memory| memory.area_um2()).collect();
    let of_memories =
        areas.map_or_else(|| UNKNOWN.to_owned(), |areas| fixed(areas.iter().sum::<f64>() * 1e-6, 4));
    writeln!(out, "  {:<16}{of_memories:>10}", "memories")?;
    writeln!(out, "  {:<16}{UNKNOWN:>10}  no price table has an area for a gate or a flip-flop", "logic")
}

impl crate::memories::BuiltMemory {
    /// The area of all banks in square micrometres, where it is known.
    fn area_um2(&self) -> Option<f64> {
        match &self.priced {
            PricedAs::Built(bank) => Some(bank.area_um2? as f64 * f64::from(self.macros.banks)),
            PricedAs::NoMacro(_) | PricedAs::AnySize => None,
        }
    }
}

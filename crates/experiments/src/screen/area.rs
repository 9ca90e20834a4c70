//! What the core of a plan contains: its memories, flip-flops and gates, longest paths, and the area of all as far as it is
//! known.

use super::memories;
use crate::contents::{Area, BuiltCore};
use crate::plan::Plan;
use klr_energy::SquareNanometres;
use klr_image::CoreImage;
use klr_sim::Contents;
use klr_sim::contents::{GATES_PERCENT, PATH_PERCENT, Unit};
use klr_units::text::{fixed, wrap};
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
    let core = BuiltCore::of(&plan.hardware, image);
    let contents = &core.contents;
    let of = |unit: Unit| contents.registers.iter().filter(move |register| register.unit == unit);
    let rows = |unit: Unit| of(unit).map(|register| (register.name, register.flip_flops)).collect();
    table("flip-flops", rows, contents.flip_flops(), out)?;
    let of = |unit: Unit| contents.blocks.iter().filter(move |block| block.unit == unit);
    let rows = |unit: Unit| of(unit).map(|block| (block.name, block.gates)).collect();
    table("gates", rows, contents.gates(), out)?;
    paths(contents, out)?;
    writeln!(out, "\n{:<18}{:>10} {:>10} {:>10}", "area, mm2", "low", "nominal", "high")?;
    for (name, area) in [("memories", core.memories), ("logic", core.logic), ("all", core.total())] {
        writeln!(out, "  {name:<16}{}", figures(area))?;
    }
    let gates = format!(
        "Gates have two inputs or are inverters; they follow from the geometry, within {GATES_PERCENT} % of what yosys \
         makes of small cores, and those of the longest paths within {PATH_PERCENT} %. Activity counters and the \
         kernel table are not among them."
    );
    write!(out, "\n{}", wrap("", 0, &gates))
}

/// The parts of every unit below its sum, and the sum of all.
fn table(
    name: &str,
    rows: impl Fn(Unit) -> Vec<(&'static str, u64)>,
    all: u64,
    out: &mut String,
) -> fmt::Result {
    writeln!(out, "\n{name:<18}{:<36}{:>10}", "", "number")?;
    for unit in Unit::ALL {
        let rows = rows(unit);
        let sum: u64 = rows.iter().map(|row| row.1).sum();
        writeln!(out, "  {:<16}{:<36}{sum:>10}", unit.module(), "")?;
        for (name, number) in rows {
            writeln!(out, "  {:<16}{name:<36}{number:>10}", "")?;
        }
    }
    writeln!(out, "  {:<16}{:<36}{all:>10}", "all", "")
}

fn paths(contents: &Contents, out: &mut String) -> fmt::Result {
    writeln!(out, "\n{:<18}{:>5}", "longest path", "gates")?;
    for unit in Unit::ALL {
        let path = contents.path_of(unit);
        writeln!(out, "  {:<16}{:>5}  {}", unit.module(), path.gates, path.name)?;
    }
    Ok(())
}

/// Low, nominal and high figure in square millimetres; a lower bound is marked, and what is not known says so.
fn figures(area: Area) -> String {
    area.shown(|band| {
        let mm2 = |area: SquareNanometres| fixed(area.as_um2() * 1e-6, 4);
        format!("{:>10} {:>10} {:>10}", mm2(band.low()), mm2(band.nominal()), mm2(band.high()))
    })
}

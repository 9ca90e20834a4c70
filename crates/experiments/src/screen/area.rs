//! What the core of a plan contains: its memories, flip-flops and gates, longest paths, and the area of all as far as it is
//! known.

use super::memories;
use crate::contents::{Area, BuiltCore};
use crate::plan::Plan;
use klr_energy::SquareNanometres;
use klr_image::CoreImage;
use klr_sim::Contents;
use klr_sim::contents::{GATE_DELAYS, GATES_PERCENT, PATH_PERCENT, Unit};
use klr_units::ClockMhz;
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
    if let Ok(clock) = plan.hardware.clock_with(image) {
        write!(out, "{}", wrap("", 2, &clock_of_paths(contents, clock)))?;
    }
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

/// What the longest path of all leaves a gate at `clock`, and the clocks that it keeps in the processes of [`GATE_DELAYS`].
fn clock_of_paths(contents: &Contents, clock: ClockMhz) -> String {
    let gates = Unit::ALL.map(|unit| contents.path_of(unit).gates).into_iter().max().unwrap_or(0).max(1);
    let mhz = u64::from(clock.mhz());
    let each = 1e6 / mhz as f64 / gates as f64;
    let kept = GATE_DELAYS.map(|delay| (delay.fastest_mhz(gates), delay.process));
    let clocks: Vec<String> =
        kept.iter().map(|(fastest, process)| format!("{fastest} MHz at {process}")).collect();
    let verdict = if kept.iter().all(|&(fastest, _)| fastest < mhz) {
        "so no process measured keeps the clock of the plan"
    } else if kept.iter().all(|&(fastest, _)| fastest >= mhz) {
        "so the path keeps the clock of the plan"
    } else {
        "so whether a process between them keeps the clock of the plan is not known"
    };
    format!(
        "{mhz} MHz leave {} ps for each of {gates} gates. Without wires they keep {}, {verdict}.",
        fixed(each, 1),
        clocks.join(" and "),
    )
}

/// Low, nominal and high figure in square millimetres; a lower bound is marked, and what is not known says so.
fn figures(area: Area) -> String {
    area.shown(|band| {
        let mm2 = |area: SquareNanometres| fixed(area.as_um2() * 1e-6, 4);
        format!("{:>10} {:>10} {:>10}", mm2(band.low()), mm2(band.nominal()), mm2(band.high()))
    })
}

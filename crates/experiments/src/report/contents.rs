//! What the core contains: flip-flops and gates by unit, longest paths, and areas as far as they are known.

use super::{memories, plan_json};
use crate::contents::{Area, BuiltCore};
use crate::plan::{HardwarePlan, Plan, PlanSource};
use klr_energy::{Cost, SquareNanometres};
use klr_image::CoreImage;
use klr_sim::Contents;
use klr_sim::contents::{GATES_PERCENT, Held, PATH_PERCENT, Unit};
use serde_json::{Value, json};

/// The version of the layout of [`area`].
const SCHEMA: &str = "klr-area-1";

/// What the core of `plan` contains that `image` is placed in, as a document of its own; `source` is the plan as it was
/// written. `docs/command-line.md` describes it.
#[must_use]
pub fn area(source: &PlanSource, plan: &Plan, image: &CoreImage) -> Value {
    let prices = &plan.hardware.prices;
    json!({
        "schema": SCHEMA,
        "plan": plan_json(source),
        "n": image.n(),
        "p": image.p(),
        "prices": { "name": prices.name(), "version": prices.version() },
        "memories": memories::section(plan, image, &plan.hardware.config),
        "contents": section(&plan.hardware, image),
    })
}

/// The section of a report.
pub(super) fn section(plan: &HardwarePlan, image: &CoreImage) -> Value {
    let core = BuiltCore::of(plan, image);
    let contents = &core.contents;
    let units: Vec<Value> = Unit::ALL.iter().map(|&unit| one(contents, unit)).collect();
    json!({
        "units": units,
        "flip_flops": contents.flip_flops(),
        "gates": contents.gates(),
        "gates_within_percent": GATES_PERCENT,
        "path_within_percent": PATH_PERCENT,
        "area_um2": {
            "memories": figures(core.memories),
            "logic": figures(core.logic),
            "total": figures(core.total()),
        },
    })
}

fn one(contents: &Contents, unit: Unit) -> Value {
    let registers = contents.registers.iter().filter(|register| register.unit == unit);
    let blocks = contents.blocks.iter().filter(|block| block.unit == unit);
    let path = contents.path_of(unit);
    let held = [Held::Registers, Held::QueueEntries];
    let flip_flops: u64 = held.iter().map(|&held| contents.flip_flops_of(unit, held)).sum();
    let gates: u64 = held.iter().map(|&held| contents.gates_of(unit, held)).sum();
    let registers: Vec<Value> = registers
        .map(|register| json!({ "name": register.name, "flip_flops": register.flip_flops }))
        .collect();
    let blocks: Vec<Value> =
        blocks.map(|block| json!({ "name": block.name, "gates": block.gates })).collect();
    json!({
        "unit": unit.module(),
        "flip_flops": flip_flops,
        "gates": gates,
        "path_gates": path.gates,
        "path": path.name,
        "registers": registers,
        "blocks": blocks,
    })
}

/// Low, nominal and high figure, null if none is known, beside what is known.
fn figures(area: Area) -> Value {
    let um2 = match area {
        Cost::Known(band) | Cost::AtLeast(band) => {
            [band.low(), band.nominal(), band.high()].map(SquareNanometres::as_um2).to_vec().into()
        }
        Cost::Unknown => Value::Null,
    };
    json!({ "status": area.status(), "value": um2 })
}

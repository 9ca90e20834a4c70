//! The memories of the core: how large they are and who said so, of which macros they are built and what these cost.

use crate::memories::{BuiltMemory, built};
use crate::plan::Plan;
use klr_energy::{Bank, PricedAs};
use klr_image::{CoreImage, Memories, PatternOrder};
use klr_sim::CoreConfig;
use serde_json::{Value, json};

/// Every memory by name, null where the image has nothing for it: on the core of `plan` with the knobs of `config`.
pub(super) fn section(plan: &Plan, image: &CoreImage, config: &CoreConfig) -> Value {
    let memories = built(&plan.hardware, image, config);
    let entry = |memory| memories.iter().find(|built| built.memory == memory).map(one);
    by_name(Memories::from_fn(entry), image.geometry().storage().patterns)
}

fn one(memory: &BuiltMemory) -> Value {
    let BuiltMemory { is_auto, bytes, bytes_used, macros, priced, .. } = memory;
    let (priced_as, bank) = match priced {
        PricedAs::Built(bank) => ("macros", self::bank(bank)),
        PricedAs::NoMacro(_) => ("no-macro", Value::Null),
        PricedAs::AnySize => ("any-size", Value::Null),
    };
    json!({
        "capacity": if *is_auto { "auto" } else { "given" },
        "capacity_bytes": bytes,
        "used_bytes": bytes_used,
        "banks": macros.banks,
        "bank_bytes": macros.bank_bytes,
        "word_bits": macros.word_bits,
        "priced_as": priced_as,
        "bank": bank,
    })
}

/// One bank as it is built, with the low, nominal and high figure of what it costs.
fn bank(bank: &Bank) -> Value {
    let energy = |band: klr_energy::Band<klr_units::EnergyPerCount>| {
        [band.low(), band.nominal(), band.high()].map(|energy| energy.as_picojoules())
    };
    let leakage =
        bank.leakage.map(|band| [band.low(), band.nominal(), band.high()].map(|power| power.as_microwatts()));
    json!({
        "macros_beside": bank.beside,
        "copies": bank.copies,
        "macro_bytes": bank.bytes,
        "macro_word_bits": bank.word_bits,
        "read_pj": energy(bank.read),
        "write_pj": energy(bank.write),
        "leakage_uw": leakage,
        "area_um2": bank.area_um2,
        "access_ns": bank.access.map(|time| time.as_nanoseconds()),
        "cycle_ns": bank.cycle.map(|time| time.as_nanoseconds()),
    })
}

/// A figure for each memory, by the names of a report. `patterns` are the columns, or the rows where there are no columns;
/// `pattern_copy` are the rows beside columns.
pub(super) fn by_name<T: Default>(figures: Memories<T>, order: PatternOrder) -> Value
where
    Value: From<T>,
{
    let Memories { columns, rows, weights, counters, table } = figures;
    let (patterns, copy) = if order.has_columns() { (columns, rows) } else { (rows, T::default()) };
    json!({
        "patterns": Value::from(patterns),
        "pattern_copy": Value::from(copy),
        "weights": Value::from(weights),
        "counters": Value::from(counters),
        "table": Value::from(table),
    })
}

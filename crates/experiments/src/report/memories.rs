//! The memories of the core: how large they are and who said so, and which macros are paid for.

use crate::memories::{BuiltMemory, built};
use crate::pipeline::Run;
use crate::plan::Plan;
use klr_energy::PricedAs;
use klr_image::{Memories, PatternOrder};
use serde_json::{Value, json};

/// Every memory by name, null where the image has nothing for it.
pub(super) fn section(plan: &Plan, run: &Run) -> Value {
    let memories = built(&plan.hardware, &run.image);
    let entry = |memory| memories.iter().find(|built| built.memory == memory).map(one);
    by_name(Memories::from_fn(entry), run.image.geometry().storage().patterns)
}

fn one(memory: &BuiltMemory) -> Value {
    let BuiltMemory { is_auto, bytes, bytes_used, macros, priced, .. } = *memory;
    let (priced_as, bytes_priced) = match priced {
        PricedAs::Macro(bytes) => ("macro", Some(bytes)),
        PricedAs::TooLarge => ("too-large", None),
        PricedAs::AnySize => ("any-size", None),
    };
    json!({
        "capacity": if is_auto { "auto" } else { "given" },
        "capacity_bytes": bytes,
        "used_bytes": bytes_used,
        "banks": macros.banks,
        "bank_bytes": macros.bank_bytes,
        "word_bits": macros.word_bits,
        "priced_as": priced_as,
        "priced_bytes": bytes_priced,
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

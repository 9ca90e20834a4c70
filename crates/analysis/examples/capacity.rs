//! Prints the table of capacity laws as Markdown: `cargo run --release -p klr-analysis --example capacity`.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use klr_analysis::laws::{CapacityGroup, LawConfig};
use std::num::NonZeroUsize;

fn main() {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let number = |value: Option<f64>| match value {
        Some(value) if value < 10.0 => format!("{value:.3}"),
        Some(value) => format!("{value:.0}"),
        None => "-".to_owned(),
    };
    println!("| memory | quantity | setting | law | measured | source |\n|---|---|---|---|---|---|");
    for group in CapacityGroup::ALL {
        for row in group.rows(LawConfig { seed: 1, sets: 10, threads }) {
            let (law, measured) = (number(row.law), number(row.measured));
            println!(
                "| {} | {} | {} | {law} | {measured} | {} |",
                row.memory, row.quantity, row.setting, row.source
            );
        }
    }
}

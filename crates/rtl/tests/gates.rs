//! Is the longest path of every unit as short as `docs/rtl.md` says?

use klr_rtl::Shape;
use klr_rtl::families::family;
use klr_rtl::synthesis::{SynthesisError, Unit, synthesize};
use klr_units::threads::map_in_order;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;

/// The rows of the page's table: unit, gates measured, gates allowed.
fn allowed() -> Vec<(String, u32, u32)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rtl.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, below) = page.split_once("## Gates on the longest path").expect("the section");
    let (section, _) = below.split_once("\n## ").expect("another section below it");
    let row = |line: &str| -> Option<(String, u32, u32)> {
        let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [unit, measured, at_most, ..] = cells[..] else { return None };
        Some((unit.trim_matches('`').to_owned(), measured.parse().ok()?, at_most.parse().ok()?))
    };
    section.lines().filter_map(row).collect()
}

/// The core that is synthesized: the widths of the default plan, and fewer lanes and neurons, which yosys takes minutes for.
fn shape() -> Shape {
    Shape {
        lanes: 8,
        mac_lanes: 4,
        weight_banks: 4,
        max_n: 31,
        max_p: 255,
        sram_latency: 1,
        table_latency: 1,
        mac_latency: 3,
        counter_ports: 1,
        table_ports: 4,
        spike_queue: 8,
        activation_queue: 8,
        ..family("memory").expect("a family with the widths of the default plan").shape
    }
}

#[test]
fn no_unit_has_a_longer_path_than_the_page_allows() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gates");
    let rows = allowed();
    let names: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(names, Unit::ALL.map(Unit::module), "a row for every unit");
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let found = map_in_order(Unit::ALL.to_vec(), threads, |unit: Unit| {
        synthesize(unit, &shape(), &folder.join(unit.module()))
    });
    for (found, (name, measured, at_most)) in found.into_iter().zip(rows) {
        match found {
            Ok(found) => {
                assert!(found.path <= at_most, "{name}: {found}; docs/rtl.md allows {at_most}");
                assert!(
                    found.path >= measured - measured / 4,
                    "{name}: {found}; docs/rtl.md says {measured}"
                );
            }
            Err(error @ SynthesisError::NoYosys) => {
                // Captured output would hide it.
                let line = format!("\nnot tested: {error}\n");
                return std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

//! Are the memories of the plans that come with the program priced at the geometry that they have?

use klr_energy::{Bank, PriceTable, PricedAs, price};
use klr_experiments::pipeline::{self, NoProgress, Run};
use klr_experiments::plan::{ClockPlan, Plan, PlanSource, resolve};
use klr_image::ImageSizes;
use klr_sim::{Counter, Hardware, Memories, Memory, MemoryMacro, Ports};
use klr_units::Bits;
use std::collections::BTreeMap;

/// The grid of macros as it is stored, read here on its own.
const GRID: &str = include_str!("../../energy/grids/sram.csv");
const RECORD: &str = include_str!("../../../docs/results/2026-11-28-memory-prices.md");

/// Reads and writes in pJ of the macros of a node (low-standby-power devices), by capacity and word.
fn grid(node: &str, ports: &str) -> BTreeMap<(u64, u32), [f64; 2]> {
    let start = format!("{node},lstp,{ports},");
    let rows = GRID.lines().filter_map(|line| line.strip_prefix(start.as_str()));
    let read = |row: &str| {
        let fields: Vec<&str> = row.split(',').collect();
        let number = |at: usize| fields[at].parse::<f64>().expect("a number");
        ((fields[0].parse().expect("bytes"), fields[1].parse().expect("bits")), [number(4), number(5)])
    };
    rows.map(read).collect()
}

fn plan(name: &str, settings: &[&str]) -> Plan {
    let mut source = PlanSource::load(name).expect("the plan comes with the program");
    settings.iter().for_each(|setting| source.set(setting).expect("a setting"));
    resolve(&source).expect("a plan")
}

/// The memories of the plan's core for `p` patterns of `n` neurons and a kernel table of 16 words.
fn memories(plan: &Plan, n: u32, p: u32) -> Memories<MemoryMacro> {
    let kernel_bits = Bits::new(8).expect("a width");
    let sizes = ImageSizes { n, p, weight_bits: plan.quantize.weight_bits(), entries: 16, kernel_bits };
    let core = plan.hardware.core();
    MemoryMacro::all(&core.arrays(&sizes).expect("they fit"), core.banking())
}

fn bank(prices: &PriceTable, memory: Memory, macros: MemoryMacro) -> Bank {
    match prices.priced_as(memory, macros) {
        PricedAs::Built(bank) => *bank,
        other => panic!("{}: {other:?}", memory.name()),
    }
}

/// The figures of the macros of the grid around a bank: at most one step away in capacity and in word.
fn around(grid: &BTreeMap<(u64, u32), [f64; 2]>, macros: MemoryMacro) -> Vec<[f64; 2]> {
    let word = macros.word_bits.clamp(8, 512);
    let bytes = macros.bank_bytes.max(256).max(u64::from(word.next_power_of_two()) * 4);
    let near = |&(b, w): &(u64, u32)| b < 2 * bytes && 2 * b > bytes && w < 2 * word && 2 * w > word;
    grid.iter().filter(|(at, _)| near(at)).map(|(_, figures)| *figures).collect()
}

#[test]
fn every_memory_of_every_core_lies_between_the_nearest_macros_of_the_grid() {
    let cores = [("generic", 100, 3_000), ("generic", 64, 1_750), ("tiny", 16, 6), ("edge", 64, 100)];
    let cores = cores.into_iter().chain([("loihi-core", 128, 512), ("truenorth-core", 64, 32)]);
    let mut checked = 0;
    for (core, n, p) in cores {
        for ports in ["1", "2"] {
            let (preset, ports) = (format!("core.preset={core}"), format!("core.counter_ports={ports}"));
            let plan = plan("default", &[&preset, &ports]);
            for (memory, &macros) in memories(&plan, n, p).iter().filter(|(_, macros)| macros.banks > 0) {
                let kind = if macros.ports == Ports::ReadAndWrite { "1r1w" } else { "1rw" };
                for (name, nodes) in [
                    ("generic-22nm", ["22", "22"]),
                    ("generic-28nm", ["22", "32"]),
                    ("generic-45nm", ["45", "45"]),
                ] {
                    let bank = bank(&PriceTable::preset(name).expect("a preset"), memory, macros);
                    let near: Vec<_> =
                        nodes.iter().flat_map(|node| around(&grid(node, kind), macros)).collect();
                    let found = [bank.read, bank.write].map(|band| band.nominal().as_picojoules());
                    for (at, found) in found.into_iter().enumerate() {
                        let low = near.iter().map(|figures| figures[at]).fold(f64::INFINITY, f64::min);
                        let high = near.iter().map(|figures| figures[at]).fold(0.0, f64::max);
                        let place = format!("{name}, {core}, {}: {macros:?}", memory.name());
                        assert!(low * 0.999_999 <= found && found <= high * 1.000_001, "{place}: {found}");
                    }
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 6 * 2 * 4 * 3, "four memories of six cores, one and two ports, three tables");
}

fn run(plan: &Plan) -> Run {
    pipeline::run(plan, 2, &NoProgress).expect("a run")
}

/// Nanojoules per retrieval by dataflow, a cycle paid for the 4,239 flip-flops that its price was measured on, as the
/// calculation by hand did.
fn nanojoules(plan: &Plan, run: &Run) -> Vec<f64> {
    let hardware = Hardware { flip_flops: 4239, ..Hardware::of(&run.image, &plan.hardware.config) };
    let nominal =
        |h: &pipeline::HardwareRun| match price(&plan.hardware.prices, &h.activity, &hardware, run.clock)
            .total()
        {
            klr_energy::Cost::Known(band) => band.nominal().as_picojoules() / 1e3 / run.recall.cues as f64,
            other => panic!("{other:?}"),
        };
    run.hardware.iter().map(nominal).collect()
}

/// Counts of this program priced by hand, with direct runs of the model at the words that the core has: synchronous, sweep
/// and delta. The digits in the capacities that they had then.
///
/// Beside that what the logic of gates adds (prices of version 4), by hand too: 7 of 8 bits of 0.0131 pJ in place of
/// 0.00915 for each bit that is compared, of 0.0436 for each distance and of 0.0316 for each look-up, and 0.00928 in place
/// of 0.0305 for each evaluation. In `synchronous` of the default plan 607,602.5, 6,075, 42,525 and 202.5 of a retrieval:
/// 2.10 + 0.18 + 0.84 - 0.00 nJ; in `sweep` 300,000, 62,040, 604,500 and 201.5; in `delta` 300,000, 183,120, 100.88 and
/// 201.5. Of the digits 226,305.28, 3,535, 14,140 and 129.28; 112,000, 5,871.25, 219,520 and 125.44; 112,000, 15,863.75,
/// 1,638.01 and 125.44.
///
/// And what registers and the way of weights add (version 5): 0.041 pJ for each product, 0.00411 for each bit of counters
/// that is read, 32 bits of 0.0000875 for each sum that is written, and in `delta` 0.00711 and 0.00411 in place of 0.00095
/// for each bit of a field that is read and written; and 7 of 8 bits of 0.0873 pJ in place of 0.0316 for each look-up. In
/// `synchronous` of the default plan 607,500 products and sums and 298,469 bits: 24.9 + 1.2 + 1.7 + 2.1 nJ; in `sweep`
/// 604,500 products, 37,882 sums and 4,657,166 bits: 24.8 + 19.1 + 0.1 + 29.5; in `delta` 7,334, 849,820 and of fields
/// 241,136 and 234,688: 0.3 + 3.5 + 1.5 + 0.7 + 0.0. Of the digits 226,240 and 101,356; 219,520, 13,798 and 1,603,060;
/// 81,600, 71,626, 2,615,204 and 2,611,190.
#[test]
fn totals_are_those_of_a_calculation_by_hand() {
    let larger = ["core.pattern_bytes=65536", "core.weight_bytes=524288"];
    for (name, settings, memories, gates, registers) in [
        ("default", &[][..], [1464.1, 1635.1, 102.6], [3.1, 14.8, 6.6], [29.9, 73.5, 6.0]),
        ("digits", &larger[..], [539.9, 587.6, 206.0], [1.2, 4.9, 0.9], [11.0, 26.3, 28.1]),
    ] {
        let plan = plan(name, settings);
        let run = run(&plan);
        for (at, found) in nanojoules(&plan, &run).into_iter().enumerate() {
            let by_hand = memories[at] + gates[at] + registers[at];
            assert!((found / by_hand - 1.0).abs() < 0.05, "{name}: {found} nJ, {by_hand} by hand");
        }
        only_whole_words(&run);
    }
}

/// What is counted is every bit of whole words, so the price of a bit is that of an access over its word.
fn only_whole_words(run: &Run) {
    let memory = |counter| match counter {
        Counter::PatternBitsRead => Some(Memory::Columns),
        Counter::SignBitsRead => Some(Memory::Rows),
        Counter::WeightBitsRead => Some(Memory::Weights),
        Counter::CounterBitsRead | Counter::CounterBitsWritten => Some(Memory::Counters),
        Counter::TableBitsRead => Some(Memory::Table),
        _ => None,
    };
    let core = klr_sim::CoreConfig::tiny();
    for h in &run.hardware {
        for &counter in Counter::ALL {
            let Some(memory) = memory(counter) else { continue };
            // Words of the plain cut: those of the core are one or several of them.
            let word = u64::from(Hardware::of(&run.image, &core).memories[memory].word_bits).max(1);
            let bits = h.activity.get(counter);
            assert_eq!(bits % word, 0, "{} of {}: {bits} bits", counter.name(), h.dataflow.name());
        }
    }
}

#[test]
fn signs_and_rows_are_read_in_whole_words_too() {
    let small = ["patterns.n=40", "patterns.p=70", "retrieval.cues=3", "core.sign_sharing=true"];
    only_whole_words(&run(&plan("default", &[&small[..], &["core.pattern_order=both"]].concat())));
}

/// Weights of a group of 16 neurons are read from these banks: setting, bytes and bits of a bank, banks that are read, and
/// what the grid has for one, or for its neighbours where it has none.
#[test]
fn levers_move_the_price_of_weights_as_direct_runs_do() {
    let table = PriceTable::preset("generic-22nm").expect("a preset");
    let direct = grid("22", "1rw");
    for (settings, (bytes, word), reads) in [
        (&[][..], (32_768, 8), 16.0),
        (&["core.weight_word=2", "core.weight_banks=8"], (65_536, 16), 8.0),
        (&["core.weight_word=4", "core.weight_banks=4"], (131_072, 32), 4.0),
        (&["core.weight_word=8", "core.weight_banks=2"], (262_144, 64), 2.0),
        (&["quantize.weight_bits=16"], (65_536, 16), 16.0),
        (&["quantize.weight_bits=4"], (32_768, 8), 16.0),
        (&["quantize.weight_bits=1"], (8_192, 8), 16.0),
        (&["quantize.weight_bits=1", "core.weight_bytes=65536"], (4_096, 8), 16.0),
        (&["core.mac_lanes=8", "core.weight_banks=8"], (65_536, 8), 16.0),
        (&["core.mac_lanes=64", "core.weight_banks=64"], (8_192, 8), 16.0),
    ] {
        let macros = memories(&plan("default", settings), 100, 3_000).weights;
        let bank = bank(&table, Memory::Weights, macros);
        assert_eq!((bank.bytes, bank.word_bits), (bytes, u64::from(word)), "{settings:?}: {macros:?}");
        let [read, _] = direct[&(bytes, word)];
        let found = bank.read.nominal().as_picojoules();
        assert!((found / read - 1.0).abs() < 1e-6, "{settings:?}: {found} pJ, {read} in the grid");
        let area = bank.area_um2.expect("an area") as f64 * f64::from(macros.banks) * 1e-6;
        let access = bank.access.expect("a time").as_nanoseconds();
        let name =
            if settings.is_empty() { "as given".to_owned() } else { format!("`{}`", settings.join(" ")) };
        let row = format!(
            "| {name} | {} x {bytes} x {word} | {:.1} | {area:.3} | {access:.2} |",
            macros.banks,
            reads * read
        );
        assert!(RECORD.lines().any(|line| line == row), "the record lacks this row:\n{row}");
    }
}

/// Slices cut the memories of patterns and counters: each has a bank of every one.
#[test]
fn slices_move_the_price_of_patterns_as_direct_runs_do() {
    let table = PriceTable::preset("generic-22nm").expect("a preset");
    let direct = grid("22", "1rw");
    for (slices, bytes) in [(1, 65_536), (4, 32_768), (8, 8_192), (64, 1_024)] {
        let setting = format!("core.distance_slices={slices}");
        let macros = memories(&plan("default", &[&setting]), 100, 3_000).columns;
        let bank = bank(&table, Memory::Columns, macros);
        let [read, _] = direct[&(bytes, 64)];
        assert_eq!((macros.banks, bank.bytes), (slices, bytes), "{macros:?}");
        assert!((bank.read.nominal().as_picojoules() / read - 1.0).abs() < 1e-6, "{slices} slices");
        let area = bank.area_um2.expect("an area") as f64 * f64::from(slices) * 1e-6;
        let access = bank.access.expect("a time").as_nanoseconds();
        let row = format!("| `{setting}` | {slices} x {bytes} x 64 | {read:.2} | {area:.3} | {access:.2} |");
        assert!(RECORD.lines().any(|line| line == row), "the record lacks this row:\n{row}");
    }
}

#[test]
fn a_clock_that_is_left_open_is_the_fastest_of_the_slowest_memory() {
    let clock = |settings: &[&str]| {
        let small = ["patterns.n=16", "patterns.p=6", "retrieval.cues=1", "core.clock_mhz=auto"];
        let plan = plan("default", &[&small[..], settings].concat());
        assert_eq!(plan.hardware.clock, ClockPlan::Auto);
        run(&plan).clock.mhz()
    };
    // Macros of 1 KB have their data after 0.427 ns.
    assert_eq!(clock(&[]), 2_341, "1 / 0.427 ns");
    // With two cycles for each, an access every 0.341 ns is what is left to wait for; words of 320 bits take 0.414 ns.
    let two = clock(&["core.sram_latency=2", "core.table_latency=2"]);
    assert!((2_341..=2_932).contains(&two), "{two} MHz");
    assert!(clock(&["energy.preset=generic-22nm-hp"]) > 4 * 2_341, "high-performance devices");
    // 1 MiB x 64 bits: 2.447 ns.
    assert_eq!(clock(&["core.pattern_bytes=1048576"]), 408, "1 / 2.447 ns");
}

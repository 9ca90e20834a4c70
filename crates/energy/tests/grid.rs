//! Is a memory priced at its geometry, as the grid of macros has it?

use klr_energy::{Band, Bank, MacroPorts, NoMacro, PriceTable, Sram};
use klr_sim::{MemoryMacro, Ports};
use klr_units::EnergyPerCount;
use std::collections::BTreeMap;

/// The grid as it is stored, read here on its own.
const GRID: &str = include_str!("../grids/sram.csv");
const DOCS: &str = include_str!("../../../docs/energy.md");

/// The figures of a macro, in the order of the columns of the grid.
const FIGURES: [&str; 7] =
    ["access time", "cycle time", "read", "write", "subthreshold leakage", "gate leakage", "area"];

/// Node, device and ports; then capacity and word; then the figures.
type Slab = BTreeMap<(u64, u32), [f64; 7]>;

fn grid() -> BTreeMap<(u32, &'static str, &'static str), Slab> {
    let mut slabs: BTreeMap<_, Slab> = BTreeMap::new();
    let rows = GRID.lines().filter(|line| !line.starts_with('#')).skip(1);
    for row in rows {
        let fields: Vec<&str> = row.split(',').collect();
        let number = |at: usize| fields[at].parse::<f64>().expect("a number");
        let figures = [5, 6, 7, 8, 9, 10, 11].map(number);
        let at = (fields[3].parse().expect("bytes"), fields[4].parse().expect("bits"));
        let node = fields[0].parse().expect("a node");
        slabs.entry((node, fields[1], fields[2])).or_default().insert(at, figures);
    }
    slabs
}

fn preset(name: &str) -> PriceTable {
    PriceTable::preset(name).expect("a preset")
}

/// The table of 22 nm with another part of the grid.
fn table(node: u32, device: &str) -> PriceTable {
    let text = PriceTable::preset_text("generic-22nm").expect("a preset");
    let text = text.replace("node_nm = 22", &format!("node_nm = {node}"));
    let text = text.replace("device = \"lstp\"", &format!("device = \"{device}\""));
    PriceTable::from_toml(&text, "mine.toml").expect("a table")
}

fn sram(table: &PriceTable) -> &Sram {
    table.sram().expect("it has macros")
}

fn bank(sram: &Sram, bytes: u64, word_bits: u32) -> Bank {
    sram.bank(MemoryMacro::of_one_port(bytes, 1, word_bits)).expect("a bank of the grid")
}

fn nominal(band: Band<EnergyPerCount>) -> f64 {
    band.nominal().as_picojoules()
}

fn close(found: f64, expected: f64, part: f64) -> bool {
    (found / expected - 1.0).abs() <= part
}

#[test]
fn every_macro_of_the_grid_costs_what_the_grid_says() {
    let mut macros = 0;
    for ((node, device, ports), slab) in grid() {
        let table = table(node, device);
        for ((bytes, word), [access, cycle, read, write, subthreshold, gate, area]) in slab {
            let ports = if ports == "1rw" { Ports::One } else { Ports::ReadAndWrite };
            let memory = MemoryMacro { ports, ..MemoryMacro::of_one_port(bytes, 1, word) };
            let bank = sram(&table).bank(memory).expect("it is in the grid");
            let place = format!("{node} nm, {device}, {ports:?}, {bytes} bytes of {word} bits: {bank:?}");
            assert_eq!((bank.beside, bank.copies, bank.bytes, bank.word_bits), (1, 1, bytes, word.into()));
            assert!(close(nominal(bank.read), read, 1e-6), "{place}");
            assert!(close(nominal(bank.write), write, 1e-6), "{place}");
            let leakage = bank.leakage.expect("the grid leaks");
            assert!(close(leakage.nominal().as_microwatts(), subthreshold + gate, 1e-6), "{place}");
            assert!(leakage.low().as_microwatts() <= subthreshold * 1.000_001, "{place}: without the gates");
            let nanoseconds = |time: Option<klr_units::Picoseconds>| time.expect("a time").as_nanoseconds();
            assert!((nanoseconds(bank.access) - access).abs() <= 5.01e-4, "{place}");
            assert!((nanoseconds(bank.cycle) - cycle).abs() <= 5.01e-4, "{place}");
            assert!((bank.area_um2.expect("an area") as f64 - area).abs() <= 0.51, "{place}");
            macros += 1;
        }
    }
    assert_eq!(macros, 1188, "all of them");
}

/// Reads and writes in pJ of the same build of CACTI at geometries that the grid does not have: 22 nm, LSTP.
#[test]
fn a_word_between_those_of_the_grid_costs_what_a_run_of_its_own_gives() {
    let bank = bank(sram(&preset("generic-22nm")), 8192, 448);
    // Between 256 and 512 bits: 2.849 and 7.662 pJ, 6.164 and 10.90 pJ, at log2(448 / 256) = 0.80735 of the way.
    assert!(close(nominal(bank.read), 2.849 * (7.662_f64 / 2.849).powf(0.80735), 1e-3), "{bank:?}");
    assert!(close(nominal(bank.write), 6.164 * (10.90_f64 / 6.164).powf(0.80735), 1e-3), "{bank:?}");
    assert!(close(nominal(bank.read), 6.20, 0.03), "the run of its own reads for 6.20 pJ: {bank:?}");
    assert!(close(nominal(bank.write), 9.50, 0.03), "and writes for 9.50 pJ: {bank:?}");
}

#[test]
fn nodes_between_those_of_the_grid_lie_between_them() {
    let [fine, between, coarse] = [22, 28, 32].map(|node| bank(sram(&table(node, "lstp")), 32_768, 8));
    let share = (28.0_f64 / 22.0).ln() / (32.0_f64 / 22.0).ln();
    let expected = nominal(fine.read) * (nominal(coarse.read) / nominal(fine.read)).powf(share);
    assert!(close(nominal(between.read), expected, 1e-6), "{between:?}");
    assert!(fine.access < between.access && between.access < coarse.access, "{between:?}");
    assert!(fine.area_um2 < between.area_um2 && between.area_um2 < coarse.area_um2, "{between:?}");
}

#[test]
fn a_narrow_word_is_charged_as_eight_bits_and_a_wide_one_as_several_macros() {
    let table = preset("generic-22nm");
    let of = |bytes, word| bank(sram(&table), bytes, word);
    for word in 1..8 {
        assert_eq!(of(32_768, word), of(32_768, 8), "{word} bits: a byte is read, and a part of it used");
    }
    assert!(nominal(of(32_768, 9).read) > nominal(of(32_768, 8).read), "nine bits are no longer free");
    let (wide, half) = (of(65_536, 1024), of(32_768, 512));
    assert_eq!((wide.beside, wide.bytes, wide.word_bits), (2, 32_768, 512), "two macros");
    assert!(close(nominal(wide.read), 2.0 * nominal(half.read), 1e-6), "both are read");
    let area = |bank: &Bank| bank.area_um2.expect("an area");
    assert!(area(&wide).abs_diff(2 * area(&half)) <= 1 && wide.access == half.access, "at the same time");
    assert_eq!(
        (of(3_000, 1025).beside, of(3_000, 1025).word_bits),
        (3, 342),
        "three, none wider than need be"
    );
}

#[test]
fn a_bank_below_the_grid_is_charged_as_its_smallest_macro() {
    let table = preset("generic-22nm");
    let of = |bytes, word| bank(sram(&table), bytes, word);
    assert_eq!(of(1, 8), of(256, 8), "a byte");
    // CACTI solves no macro of fewer than 32 rows.
    assert_eq!(of(256, 128), of(512, 128), "32 rows of 128 bits");
    assert_eq!(of(256, 100).bytes, 512, "and of 100, which is between 64 and 128");
    assert_eq!(of(64, 512), of(2048, 512), "32 rows of 512 bits");
}

#[test]
fn a_bank_beyond_the_grid_has_no_price() {
    let table = preset("generic-22nm");
    let largest = 4 << 20;
    assert!(sram(&table).bank(MemoryMacro::of_one_port(largest, 1, 8)).is_ok(), "4 MiB");
    let beyond = sram(&table).bank(MemoryMacro::of_one_port(largest + 1, 1, 8)).expect_err("a byte more");
    assert_eq!(beyond, NoMacro::TooLarge { bytes: largest + 1, largest });
    let wide = sram(&table).bank(MemoryMacro::of_one_port(2 * largest, 1, 1024)).expect("two beside");
    assert_eq!((wide.beside, wide.bytes), (2, largest));
    assert_eq!(sram(&table).bank(MemoryMacro::NONE), Err(NoMacro::NotBuilt));
}

/// The separate run that the copies are judged by: one array of 1 KB x 8 with sixteen read ports reads for 1.15 pJ and has
/// 74 times the area of one port.
#[test]
fn read_ports_are_copies_and_two_ports_are_macros_of_two() {
    let table = preset("generic-22nm");
    let of = |ports| {
        let memory = MemoryMacro { ports, ..MemoryMacro::of_one_port(1024, 1, 8) };
        sram(&table).bank(memory).expect("a bank")
    };
    let (one, sixteen) = (of(Ports::One), of(Ports::Reads(16)));
    assert_eq!((one.copies, sixteen.copies), (1, 16));
    assert_eq!(sixteen.read, one.read, "a look-up reads one copy");
    assert!(nominal(sixteen.read) < 1.15, "less than one array of sixteen ports");
    let area = |bank: &Bank| bank.area_um2.expect("an area");
    assert_eq!(area(&sixteen), 16 * area(&one), "16 times, not 74 times");
    let leaks = |bank: &Bank| bank.leakage.expect("it leaks").nominal();
    assert_eq!(leaks(&sixteen), leaks(&one).times(16));
    let dual = of(Ports::ReadAndWrite);
    assert!(area(&dual) > area(&one) && nominal(dual.read) != nominal(one.read), "{dual:?}");
}

#[test]
fn a_band_contains_horowitz_and_the_other_devices() {
    for (node, factor) in [(45, 1.0), (28, 0.507), (22, 0.305)] {
        for (name, device) in [(format!("generic-{node}nm"), "lstp"), (format!("generic-{node}nm-hp"), "hp")]
        {
            let table = preset(&name);
            for (bytes, picojoules) in [(8 << 10, 10.0), (32 << 10, 20.0), (1 << 20, 100.0)] {
                let read = bank(sram(&table), bytes, 64).read;
                let horowitz = picojoules * factor;
                assert!(read.low() < read.nominal() && read.nominal() < read.high(), "{name}: {read:?}");
                assert!(read.high().as_picojoules() >= horowitz * 0.999, "{name}, {bytes} bytes: {read:?}");
                assert_eq!(table.sram().is_some(), !device.is_empty());
            }
        }
    }
}

#[test]
fn high_performance_macros_are_fast_and_leak() {
    let (slow, fast) = (preset("generic-22nm"), preset("generic-22nm-hp"));
    let of = |table, bytes, word| bank(sram(table), bytes, word);
    let (slow, fast) = (of(&slow, 32_768, 8), of(&fast, 32_768, 8));
    let leaks = |bank: &Bank| bank.leakage.expect("it leaks").nominal().as_microwatts();
    assert!(fast.access.expect("a time").get() * 3 < slow.access.expect("a time").get(), "{fast:?}");
    assert!(leaks(&fast) > 300.0 * leaks(&slow), "{fast:?}");
}

/// Errors of leaving a macro out and interpolating it from its two neighbours in capacity, and from those in word: the
/// factor that half of them stay within, 95 of 100, and all. The grid is used at half that distance.
#[test]
fn the_documentation_states_the_error_of_leaving_one_out() {
    let slabs = grid();
    for (at, name) in FIGURES.iter().enumerate() {
        let mut errors = Vec::new();
        for slab in slabs.values() {
            for (&(bytes, word), figures) in slab {
                for [low, high] in
                    [[(bytes / 2, word), (bytes * 2, word)], [(bytes, word / 2), (bytes, word * 2)]]
                {
                    if let (Some(low), Some(high)) = (slab.get(&low), slab.get(&high)) {
                        errors.push(((low[at] * high[at]).sqrt() / figures[at]).ln().abs());
                    }
                }
            }
        }
        errors.sort_by(f64::total_cmp);
        assert_eq!(errors.len(), 1848, "interior macros, in both directions");
        let share = |percent: usize| errors[(errors.len() - 1) * percent / 100].exp();
        let row = format!("| {name} | {:.2} | {:.2} | {:.2} |", share(50), share(95), share(100));
        assert!(DOCS.lines().any(|line| line == row), "docs/energy.md lacks this row:\n{row}");
    }
}

#[test]
fn ports_have_the_names_of_the_grid() {
    let names: Vec<_> = MacroPorts::ALL.iter().map(|ports| ports.name()).collect();
    let mut found: Vec<_> = grid().keys().map(|key| key.2).collect();
    found.sort_unstable_by_key(|name| name.len());
    found.dedup();
    assert_eq!(found, names);
}

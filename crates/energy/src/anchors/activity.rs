//! What the tables make of the activity of each published total.

use crate::cost::Cost;
use crate::crossbar::price_crossbar_over;
use crate::ledger::Ledger;
use crate::pricing::price_over;
use crate::table::PriceTable;
use klr_crossbar::{CrossbarConfig, CrossbarCore, CrossbarEvent, CrossbarHardware, CrossbarImage};
use klr_sim::{Activity, Hardware, Memories, MemoryMacro, NoTrace};
use klr_units::{NeuronIdx, Picoseconds};

/// The figure of the table called `table` for the activity of the point `id`, in the unit of that point: the nominal one, or
/// the high one if `figure` says so.
pub(super) fn modelled(id: &str, table: &str, figure: &str) -> Cost<f64> {
    let table = PriceTable::preset(table).expect("the tables of this crate are read by its tests");
    let energy = |ledger: Ledger| {
        ledger.total().map(|band| {
            let energy = if figure == "high" { band.high() } else { band.nominal() };
            energy.as_picojoules()
        })
    };
    let millijoules = |ledger| energy(ledger).map(|picojoules| picojoules / 1e9);
    match id {
        "odin-fast" => odin(&table, 75_000_000, 37_500_000),
        "odin-slow" => odin(&table, 1_300_000, 650_000),
        "crossbar-fast" => odin_crossbar(&table, 75_000),
        "crossbar-slow" => odin_crossbar(&table, 1_300),
        "truenorth-1158" => truenorth(&table, 1158),
        "truenorth-9593" => truenorth(&table, 9593),
        "truenorth-2007" => truenorth(&table, 2007),
        "truenorth-775" | "truenorth-750" => truenorth(&table, 2000),
        "loihi-667" | "loihi-667-high" => millijoules(search(&table, 667)),
        "loihi-750" | "loihi-750-high" => millijoules(search(&table, 750)),
        "sram-8k" => energy(read(&table, MemoryMacro::of_one_port(8 << 10, 1, 64), 64)),
        "sram-32k" => energy(read(&table, MemoryMacro::of_one_port(32 << 10, 1, 64), 64)),
        "sram-1m" => energy(read(&table, MemoryMacro::of_one_port(1 << 20, 1, 64), 64)),
        "truenorth-row" => energy(read(&table, MemoryMacro::of_one_port(256 * 410 / 8, 1, 410), 410)),
        "hd-cam" => energy(read(&table, MemoryMacro::of_one_port(16 << 10, 1, 64), 128 << 10)),
        "eyeriss" => millijoules(products(&table)),
        _ => panic!("no activity is called {id}"),
    }
}

/// A core with 8 KB macros and 8-bit widths, one bank each; `columns` is its pattern memory.
fn hardware(columns: MemoryMacro) -> Hardware {
    let memory = |bank_bytes| MemoryMacro::of_one_port(bank_bytes, 1, 64);
    Hardware {
        memories: Memories {
            columns,
            rows: MemoryMacro::NONE,
            weights: memory(8192),
            counters: memory(8192),
            table: memory(1024),
        },
        n: 256,
        p: 256,
        weight_bits: 8,
        kernel_bits: 8,
        counter_bits: 8,
        accumulator_bits: 32,
        flip_flops: 4239,
    }
}

fn ledger(table: &PriceTable, activity: &Activity, span: Picoseconds) -> Ledger {
    price_over(table, activity, &hardware(MemoryMacro::of_one_port(8192, 1, 64)), span)
}

const SECOND: u64 = 1_000_000_000_000;

/// Power in microwatts of the nominal energy spent in `seconds`.
fn microwatts(energy: Cost, seconds: f64) -> Cost<f64> {
    energy.map(|band| band.nominal().as_picojoules() / 1e6 / seconds)
}

/// Spikes of the run behind [`odin_crossbar`]: many, so that the cycles before the first one do not show.
const SPIKES: usize = 1_000;

/// Power in microwatts of a core of ODIN's prices and tinyODIN's cycles at `khz` while one spike follows the other, as fast
/// as the host's handshake lets them: neurons that integrate and do not fire.
fn odin_crossbar(table: &PriceTable, khz: u64) -> Cost<f64> {
    let config = CrossbarConfig::tiny_odin();
    let weights = vec![0; 256 * 256];
    let image = CrossbarImage::new(256, config.spec().weight_bits, weights).expect("zero fits any format");
    let core = CrossbarCore::new(&image, config).expect("the core has 256 neurons");
    let spike = CrossbarEvent::Spike(NeuronIdx::new(0));
    let run = core.run(&[spike; SPIKES], &mut NoTrace).expect("the neuron exists");
    // A cycle of a kilohertz takes 10^9 picoseconds.
    let span = Picoseconds::new(run.activity.cycles * 1_000_000_000 / khz);
    let ledger = price_crossbar_over(table, &run.activity, &CrossbarHardware::of(&config), span);
    microwatts(ledger.total(), span.get() as f64 / 1e12)
}

/// One second of an operating point of ODIN: cycles at the clock, and operations at the rate.
fn odin(table: &PriceTable, cycles: u64, macs: u64) -> Cost<f64> {
    let activity = Activity { cycles, macs, ..Activity::default() };
    microwatts(ledger(table, &activity, Picoseconds::new(SECOND)).total(), 1.0)
}

/// Milliwatts of 4,096 cores: 100 s of one core of 256 neurons with 128 synapses each, so that rates in hundredths of a hertz
/// are whole counts.
fn truenorth(table: &PriceTable, centihertz: u64) -> Cost<f64> {
    let activity = Activity { macs: 256 * 128 * centihertz, ..Activity::default() };
    let core = ledger(table, &activity, Picoseconds::new(100 * SECOND)).total();
    microwatts(core, 100.0).map(|microwatts| microwatts * 4096.0 / 1e3)
}

/// The patterns of the nearest-neighbour search, and its time steps.
const KNN_PATTERNS: u64 = 76_800;
const KNN_STEPS: u64 = 60;

/// Every spike of the query fans out to all patterns, and every pattern compartment is visited in every step. Dynamic energy
/// only, as published: no time passes.
fn search(table: &PriceTable, spikes: u64) -> Ledger {
    let activity = Activity {
        distance_updates: spikes * KNN_PATTERNS,
        distance_comparisons: KNN_STEPS * KNN_PATTERNS,
        ..Activity::default()
    };
    ledger(table, &activity, Picoseconds::default())
}

/// `bits` read from `memory`, and nothing else.
fn read(table: &PriceTable, memory: MemoryMacro, bits: u64) -> Ledger {
    let activity = Activity { pattern_bits_read: bits, ..Activity::default() };
    price_over(table, &activity, &hardware(memory), Picoseconds::default())
}

/// The multiply-accumulates of one `AlexNet` image (convolutional layers), 16 x 16 bits.
fn products(table: &PriceTable) -> Ledger {
    let activity = Activity { macs: 666_000_000, ..Activity::default() };
    let core =
        Hardware { weight_bits: 16, kernel_bits: 16, ..hardware(MemoryMacro::of_one_port(8192, 1, 64)) };
    price_over(table, &activity, &core, Picoseconds::default())
}

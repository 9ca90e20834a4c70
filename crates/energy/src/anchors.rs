//! Published totals, computed again from this crate's own tables: how far the prices can be trusted, misses included.

use crate::band::Band;
use crate::cost::Cost;
use crate::crossbar::price_crossbar_over;
use crate::ledger::Ledger;
use crate::pricing::price_over;
use crate::table::PriceTable;
use klr_crossbar::{CrossbarConfig, CrossbarCore, CrossbarEvent, CrossbarHardware, CrossbarImage};
use klr_sim::{Activity, Hardware, Memories, MemoryMacro, NoTrace};
use klr_units::{NeuronIdx, Picoseconds, Yoctojoules};

/// One published total beside what the tables make of the same activity.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// What was measured or published, and on what.
    pub name: &'static str,
    /// The price table, and which figure of its band if not the nominal one.
    pub table: &'static str,
    /// The unit of both figures.
    pub unit: &'static str,
    /// The published figure.
    pub published: f64,
    /// What the table gives, as far as it prices the activity.
    pub modelled: Cost<f64>,
    /// `modelled / published - 1`.
    pub relative_error: Cost<f64>,
    /// The relative errors expected, least and greatest: an error outside them means that a price has changed.
    pub band: (f64, f64),
    /// Who published it, and what the comparison shows.
    pub remark: &'static str,
}

impl Anchor {
    /// Whether the error, or its lower bound where a price is missing, lies where it is expected.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.relative_error {
            Cost::Known(error) | Cost::AtLeast(error) => (self.band.0..=self.band.1).contains(&error),
            Cost::Unknown => false,
        }
    }
}

/// Every anchor, computed through [`price_over`] from the presets: no constant of a chip is repeated here.
///
/// Points a table was fitted to are named as such; the others have no fitted parameter.
///
/// # Panics
/// Never with the presets as shipped, which the tests of this crate read.
#[must_use]
pub fn anchors() -> Vec<Anchor> {
    let mut anchors = odin();
    anchors.extend(truenorth());
    anchors.extend(loihi());
    anchors.extend(memories());
    anchors
}

/// What is published, before the model's figure is known.
struct Published {
    name: &'static str,
    table: &'static str,
    unit: &'static str,
    figure: f64,
    /// Expected errors in percent.
    percent: (f64, f64),
    remark: &'static str,
}

impl Published {
    fn beside(self, modelled: Cost<f64>) -> Anchor {
        Anchor {
            name: self.name,
            table: self.table,
            unit: self.unit,
            published: self.figure,
            modelled,
            relative_error: modelled.map(|modelled| modelled / self.figure - 1.0),
            band: (self.percent.0 / 100.0, self.percent.1 / 100.0),
            remark: self.remark,
        }
    }
}

fn shipped(name: &str) -> PriceTable {
    PriceTable::preset(name).expect("the tables of this crate are read by its tests")
}

/// A core with 8 KB macros and 8-bit widths, one bank each; `pattern_bytes` is the bank of its pattern memory.
fn hardware(pattern_bytes: u64) -> Hardware {
    let memory = |bank_bytes| MemoryMacro::of_one_port(bank_bytes, 1, 64);
    Hardware {
        memories: Memories {
            columns: memory(pattern_bytes),
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
    price_over(table, activity, &hardware(8192), span)
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

fn odin() -> Vec<Anchor> {
    let table = shipped("odin");
    // One second of each operating point: cycles at the clock, and operations at the rate.
    let power = |cycles, macs| {
        let activity = Activity { cycles, macs, ..Activity::default() };
        microwatts(ledger(&table, &activity, Picoseconds::new(SECOND)).total(), 1.0)
    };
    let point = |name, figure, percent, remark| Published {
        name,
        table: "odin",
        unit: "uW",
        figure,
        percent,
        remark,
    };
    let equation =
        "Frenkel 2019, Eq. 2: its three constants are this table, so the point checks the arithmetic";
    let both = (-0.3, 0.3);
    let rate = "Frenkel 2019; at the rate of the crossbar core, 256 operations in 519 cycles, and no price for an event";
    vec![
        point("ODIN, 75 MHz, 37.5 MSOP/s", 477.0, both, equation).beside(power(75_000_000, 37_500_000)),
        point("ODIN, 1.3 MHz, 650 kSOP/s", 35.0, both, equation).beside(power(1_300_000, 650_000)),
        point("ODIN, 75 MHz, spike after spike", 477.0, (-1.0, -0.85), rate)
            .beside(odin_crossbar(&table, 75_000)),
        point("ODIN, 1.3 MHz, spike after spike", 35.0, (0.03, 0.08), rate)
            .beside(odin_crossbar(&table, 1_300)),
    ]
}

fn truenorth() -> Vec<Anchor> {
    let table = shipped("truenorth");
    // 100 s of one core of 256 neurons with 128 synapses each, so that rates in hundredths of a hertz are whole counts.
    let power = |centihertz: u64| {
        let activity = Activity { macs: 256 * 128 * centihertz, ..Activity::default() };
        let core = ledger(&table, &activity, Picoseconds::new(100 * SECOND)).total();
        microwatts(core, 100.0).map(|microwatts| microwatts * 4096.0 / 1e3)
    };
    let point = |name, figure, percent, remark| Published {
        name,
        table: "truenorth",
        unit: "mW",
        figure,
        percent,
        remark,
    };
    let end = "Akopyan 2015, Fig. 17; the table is fitted to this point";
    vec![
        point("TrueNorth, 0.8 V, 11.58 Hz", 68.0, (-0.05, 0.05), end).beside(power(1158)),
        point("TrueNorth, 0.8 V, 95.93 Hz", 94.0, (-0.05, 0.05), end).beside(power(9593)),
        point("TrueNorth, 0.8 V, 20.07 Hz", 71.0, (-0.6, -0.5), "Akopyan 2015, Fig. 17; held out of the fit")
            .beside(power(2007)),
        point(
            "TrueNorth, 0.775 V, 20 Hz",
            72.0,
            (-2.0, -1.9),
            "Merolla 2014; another paper and another supply than the fit's",
        )
        .beside(power(2000)),
        point(
            "TrueNorth, 0.75 V, 20 Hz",
            65.0,
            (8.5, 8.7),
            "Merolla 2014; a miss, since the table knows no supply but 0.8 V",
        )
        .beside(power(2000)),
    ]
}

/// The patterns of the nearest-neighbour search, and its time steps.
const KNN_PATTERNS: u64 = 76_800;
const KNN_STEPS: u64 = 60;

fn loihi() -> Vec<Anchor> {
    let table = shipped("loihi");
    // Every spike of the query fans out to all patterns, and every pattern compartment is visited in every step.
    // Dynamic energy only, as published: no time passes.
    let search = |spikes: u64| {
        let activity = Activity {
            distance_updates: spikes * KNN_PATTERNS,
            distance_comparisons: KNN_STEPS * KNN_PATTERNS,
            ..Activity::default()
        };
        ledger(&table, &activity, Picoseconds::default()).total()
    };
    let nominal = |band: Band<Yoctojoules>| band.nominal().as_picojoules() / 1e9;
    let high = |band: Band<Yoctojoules>| band.high().as_picojoules() / 1e9;
    let point =
        |name, table, percent, remark| Published { name, table, unit: "mJ", figure: 1.33, percent, remark };
    let few = "Loihi, nearest neighbour of 76,800, 667 spikes";
    let many = "Loihi, nearest neighbour of 76,800, 750 spikes";
    let miss = "Frady 2020, Table 2; a miss: pre-silicon prices, no fitted parameter";
    let silicon = "the same with the high figure, 35.5 pJ as fitted by SANA-FE to other silicon data";
    vec![
        point(few, "loihi", (8.8, 9.0), miss).beside(search(667).map(nominal)),
        point(many, "loihi", (20.1, 20.3), miss).beside(search(750).map(nominal)),
        point(few, "loihi, high", (54.6, 54.9), silicon).beside(search(667).map(high)),
        point(many, "loihi, high", (71.6, 71.9), silicon).beside(search(750).map(high)),
    ]
}

fn memories() -> Vec<Anchor> {
    let table = shipped("generic-45nm");
    let read = |bytes| {
        let activity = Activity { pattern_bits_read: 64, ..Activity::default() };
        price_over(&table, &activity, &hardware(bytes), Picoseconds::default())
            .total()
            .map(|band| band.nominal().as_picojoules())
    };
    let point = |name, figure, percent| Published {
        name,
        table: "generic-45nm",
        unit: "pJ",
        figure,
        percent,
        remark: "Horowitz 2014 beside CACTI: two sources of one figure, and the reason for the band",
    };
    vec![
        point("SRAM, 8 KB, 64-bit read, 45 nm", 10.0, (-38.7, -38.5)).beside(read(8 << 10)),
        point("SRAM, 32 KB, 64-bit read, 45 nm", 20.0, (-14.9, -14.7)).beside(read(32 << 10)),
        point("SRAM, 1 MB, 64-bit read, 45 nm", 100.0, (-6.6, -6.4)).beside(read(1 << 20)),
    ]
}

//! Is a ledger the sum that a person with a calculator gets? Expected energies are computed by hand.

use klr_energy::{
    Band, Basis, Component, Cost, Grade, Ledger, Line, PriceTable, Term, one_look, price, price_over,
};
use klr_sim::{Activity, Counter, Hardware, Memories, Memory, MemoryMacro};
use klr_units::{ClockMhz, Picoseconds, Yoctojoules};

const fn memory(bank_bytes: u64, banks: u32) -> MemoryMacro {
    MemoryMacro::of_one_port(bank_bytes, banks, 64)
}

/// Four banks of 8 KB patterns, 128 KB of weights, 4 KB of counters, 512 bytes of table, all in words of 64 bits; 4-bit
/// weights, 8-bit kernel words.
const CORE: Hardware = Hardware {
    memories: MEMORIES,
    n: 100,
    p: 2000,
    weight_bits: 4,
    kernel_bits: 8,
    counter_bits: 7,
    accumulator_bits: 20,
    flip_flops: 4239,
};

const MEMORIES: Memories<MemoryMacro> = Memories {
    columns: memory(8 << 10, 4),
    rows: MemoryMacro::NONE,
    weights: memory(128 << 10, 1),
    counters: memory(4 << 10, 1),
    table: memory(512, 1),
};

/// The core with other memories.
const fn with(memories: Memories<MemoryMacro>) -> Hardware {
    Hardware { memories, ..CORE }
}

const NO_TIME: Picoseconds = Picoseconds::new(0);

fn preset(name: &str) -> PriceTable {
    PriceTable::preset(name).expect("a preset of this name")
}

/// Figures in yoctojoules.
fn exact(low: u128, nominal: u128, high: u128) -> Band<Yoctojoules> {
    Band::new(Yoctojoules::new(low), Yoctojoules::new(nominal), Yoctojoules::new(high)).expect("rising")
}

/// Figures in attojoules.
fn band(low: u64, nominal: u64, high: u64) -> Band<Yoctojoules> {
    let [low, nominal, high] = [low, nominal, high].map(|aj| u128::from(aj) * 1_000_000);
    exact(low, nominal, high)
}

fn clock(mhz: u32) -> ClockMhz {
    ClockMhz::new(mhz).expect("a clock that runs")
}

/// A sum of which every part has a price.
fn known(cost: Cost) -> Band<Yoctojoules> {
    match cost {
        Cost::Known(band) => band,
        other => panic!("{}: {other:?}", other.status()),
    }
}

/// The energy of the only line that pays `term`.
fn energy_of(ledger: &Ledger, term: Term) -> Band<Yoctojoules> {
    let lines: Vec<&Line> = ledger.lines.iter().filter(|line| line.term == term).collect();
    let [line] = lines[..] else { panic!("{} lines pay {}", lines.len(), term.key()) };
    line.energy()
}

#[test]
fn a_multiply_accumulate_is_priced_by_its_widths() {
    let activity = Activity { macs: 1000, ..Activity::default() };
    let ledger = price_over(&preset("generic-45nm"), &activity, &CORE, NO_TIME);
    // 4 x 8 of 8 x 8 bits halve 0.0749, 0.2 and 2.05 pJ. 20 of 32 bits of 0.00914, 0.1 and 0.488 pJ: 0.0057125, 0.0625 and
    // 0.305.
    assert_eq!(energy_of(&ledger, Term::Multiply), band(37_450_000, 100_000_000, 1_025_000_000), "multiply");
    assert_eq!(energy_of(&ledger, Term::Add), band(5_712_500, 62_500_000, 305_000_000), "add");
    assert_eq!(known(ledger.component(Component::Mac)), band(43_162_500, 162_500_000, 1_330_000_000), "both");
    assert_eq!(ledger.total(), ledger.component(Component::Mac), "and nothing else");
    let settled = &ledger.settled[..];
    assert_eq!(settled.len(), 1, "the synaptic operation is not charged beside its parts");
    assert_eq!(settled[0].term, Term::SynapticOperation, "it is the term that is settled");
    assert_eq!(
        settled[0].reason,
        "included in multiply or add: this core is priced by its parts: a multiplication, an addition, and the bits \
         of the weight",
        "and says why"
    );
    assert!(ledger.complete(), "nothing is missing");
}

#[test]
fn both_operands_widen_a_multiplication() {
    let activity = Activity { macs: 16, ..Activity::default() };
    let core = Hardware { weight_bits: 3, kernel_bits: 6, ..CORE };
    let ledger = price_over(&preset("generic-45nm"), &activity, &core, NO_TIME);
    // 3 x 6 of 64 bits of 0.2 pJ are 56,250 aJ.
    assert_eq!(
        energy_of(&ledger, Term::Multiply).nominal(),
        Yoctojoules::from_attojoules(900_000),
        "16 of them"
    );
}

#[test]
fn distances_are_priced_by_the_width_of_a_counter() {
    let activity = Activity {
        bit_comparisons: 8,
        distance_updates: 8,
        distance_comparisons: 8,
        kernel_lookups: 8,
        evaluations: 8,
        ..Activity::default()
    };
    let ledger = price_over(&preset("generic-45nm"), &activity, &CORE, NO_TIME);
    // Eight times 7 of 8 bits are seven prices. One of them is 45,937.5 aJ of 0.0525 pJ and 3,281.25 of 0.00375: parts of an
    // attojoule count.
    assert_eq!(energy_of(&ledger, Term::DistanceAdd), band(210_000, 210_000, 653_100), "update");
    assert_eq!(energy_of(&ledger, Term::DistanceCompare), band(210_000, 721_000, 1_729_000), "comparison");
    assert_eq!(energy_of(&ledger, Term::KernelLookup), band(210_000, 1_470_000, 9_520_000), "index");
    assert_eq!(energy_of(&ledger, Term::BitCompare), band(26_250, 226_100, 367_500), "first pass");
    // Eight times 20 of 32 bits are five prices, of 0.0208 and 0.21 pJ.
    assert_eq!(energy_of(&ledger, Term::NeuronEvaluation), band(0, 104_000, 1_050_000), "threshold");
}

#[test]
fn a_bit_costs_its_part_of_the_access_that_moves_it() {
    let activity = Activity {
        pattern_bits_read: 640,
        weight_bits_read: 640,
        table_bits_read: 640,
        counter_bits_written: 640,
        ..Activity::default()
    };
    let ledger = price_over(&preset("generic-45nm"), &activity, &CORE, NO_TIME);
    // Ten accesses of 64 bits. 8 KB read: 6.13702 pJ, low 0.79 of it, high 1.63 times, in yoctojoules.
    assert_eq!(
        energy_of(&ledger, Term::PatternRead),
        exact(48_482_458_000_000, 61_370_200_000_000, 100_033_426_000_000),
        "8 KB"
    );
    // 128 KB read: 32.2859 pJ; high 1.27 times.
    assert_eq!(
        energy_of(&ledger, Term::WeightRead),
        exact(255_058_610_000_000, 322_859_000_000_000, 410_030_930_000_000),
        "128 KB"
    );
    // 512 bytes read: 1.41365 pJ, 4 KB written: 6.45356 pJ; below 8 KB the factor is that of 8 KB.
    let of = |term| energy_of(&ledger, term);
    let expected = exact(11_167_835_000_000, 14_136_500_000_000, 23_042_495_000_000);
    assert_eq!(of(Term::TableRead), expected, "512 bytes");
    let expected = exact(50_983_124_000_000, 64_535_600_000_000, 105_193_028_000_000);
    assert_eq!(of(Term::CounterWrite), expected, "4 KB");
}

/// Eight bits are not an eighth of 64: an access is paid whole.
#[test]
fn the_same_bits_in_narrower_words_are_more_accesses() {
    let activity = Activity { weight_bits_read: 640, ..Activity::default() };
    let nominal = |word| {
        let weights = MemoryMacro::of_one_port(8192, 1, word);
        let ledger =
            price_over(&preset("generic-22nm"), &activity, &with(Memories { weights, ..MEMORIES }), NO_TIME);
        energy_of(&ledger, Term::WeightRead).nominal()
    };
    assert_eq!(nominal(64), Yoctojoules::new(10 * 1_590_260_000_000), "10 reads of 1.59026 pJ");
    assert_eq!(nominal(8), Yoctojoules::new(80 * 920_446_000_000), "80 reads of 0.920446 pJ");
    assert_eq!(nominal(4), Yoctojoules::new(160 * 920_446_000_000), "160 reads of a byte each");
}

#[test]
fn a_bank_beyond_the_largest_macro_has_no_price() {
    let core = with(Memories { columns: memory((4 << 20) + 1, 2), ..MEMORIES });
    let activity =
        Activity { cycles: 5, pattern_bits_read: 77, counter_bits_written: 1, ..Activity::default() };
    let ledger = price(&preset("generic-45nm"), &activity, &core, clock(100));
    assert_eq!(ledger.component(Component::Patterns), Cost::Unknown, "nothing is charged");
    assert_eq!(ledger.component(Component::Static).status(), "lower-bound", "some of the leakage is");
    assert_eq!(ledger.component(Component::Clock).status(), "known", "the cycles are");
    assert_eq!(ledger.component(Component::Mac), Cost::Known(Band::default()), "nothing was multiplied");
    assert_eq!(ledger.total().status(), "lower-bound", "and so is the total");
    assert!(!ledger.complete(), "the total is a lower bound");
    assert_eq!(ledger.unpriced.len(), 2, "the reads and the leakage are named");
    assert_eq!(
        (ledger.unpriced[0].term, ledger.unpriced[0].counter, ledger.unpriced[0].count),
        (Term::PatternRead, Some(Counter::PatternBitsRead), 77),
        "with their count"
    );
    assert_eq!(
        ledger.unpriced[0].reason,
        "a bank of the pattern memory holds 4194305 bytes and the largest macro of the table 4194304; a larger one \
         would be a guess: more distance_slices make its banks smaller",
        "and the reason, with the knob that would do"
    );
    assert_eq!(ledger.unpriced[1].term, Term::MemoryLeakage, "nor has the leakage");
    assert_eq!(ledger.unpriced[1].count, 50_000, "for 50 ns");
    assert_eq!(
        energy_of(&ledger, Term::CounterWrite).nominal(),
        Yoctojoules::new(100_836_875_000),
        "6.45356 pJ / 64"
    );
}

#[test]
fn a_clock_pays_for_every_cycle_and_leakage_for_every_picosecond() {
    let activity = Activity { cycles: 1000, mac_busy_cycles: 900, flips: 9, ..Activity::default() };
    let ledger = price(&preset("generic-45nm"), &activity, &CORE, clock(500));
    assert_eq!(
        energy_of(&ledger, Term::ClockCycle),
        band(3_470_000_000, 9_400_000_000, 45_000_000_000),
        "1,000 cycles of as many flip-flops as the price was measured on"
    );
    let more = Hardware { flip_flops: 3 * CORE.flip_flops, ..CORE };
    let of_more = price(&preset("generic-45nm"), &activity, &more, clock(500));
    assert_eq!(
        energy_of(&of_more, Term::ClockCycle).nominal(),
        Yoctojoules::from_attojoules(28_200_000_000),
        "of three times"
    );
    // 1,000 cycles of 2 ns: 13.2 and 27.3 uW over 2 us.
    assert_eq!(energy_of(&ledger, Term::StaticPower), band(0, 26_400_000, 54_600_000), "logic");
    let leaks: Vec<_> = ledger.lines.iter().filter(|line| line.term == Term::MemoryLeakage).collect();
    let of = |memory| {
        let leak = |line: &&&Line| matches!(line.basis, Basis::Drawn { memory: Some(m), .. } if m == memory);
        leaks.iter().find(leak).expect("a line per memory").energy()
    };
    // Subthreshold and gates of 8 KB, 128 KB, 4 KB and 512 bytes in uW, over 2 us. Low: 0.79 of that, which is less than
    // the subthreshold alone; high: that of high-performance devices, divided by 0.79.
    for (memory, banks, own, other) in [
        (Memory::Columns, 4.0, 0.689_49 + 0.085_261_1, 6_753.34 + 293.015),
        (Memory::Weights, 1.0, 9.374_84 + 1.008_38, 92_094.7 + 3_427.99),
        (Memory::Counters, 1.0, 0.373_325 + 0.047_561, 3_657.06 + 163.59),
        (Memory::Table, 1.0, 0.044_512_5 + 0.007_845_19, 438.811 + 27.1877),
    ] {
        let (leak, over) = (of(memory), |microwatts: f64| banks * microwatts * 2.0);
        let off = |(found, expected): &(Yoctojoules, f64)| (found.as_picojoules() / expected - 1.0).abs();
        let figures =
            [(leak.low(), over(own) * 0.79), (leak.nominal(), over(own)), (leak.high(), over(other) / 0.79)];
        assert!(figures.iter().all(|figure| off(figure) < 1e-6), "{memory:?}: {leak:?}");
    }
    assert_eq!(leaks.len(), 4, "no other");
    assert_eq!(ledger.lines.len(), 6, "busy cycles and flips are reported, not paid for");
}

/// A word of counters goes into a lane register: 64 bits of 0.00411 pJ beside the read of 4 KB.
#[test]
fn a_counter_that_is_read_is_kept_in_a_register() {
    let activity = Activity { counter_bits_read: 64, ..Activity::default() };
    let ledger = price_over(&preset("generic-22nm"), &activity, &CORE, NO_TIME);
    assert_eq!(energy_of(&ledger, Term::RegisterWrite).nominal(), Yoctojoules::from_attojoules(64 * 4_110));
    assert_eq!(ledger.lines.len(), 2, "the read and the register");
    assert_eq!(ledger.component(Component::Counters), ledger.total(), "both are the counters'");
}

/// The clock of a library has no tree in it: it is charged, and the total says that it is a lower bound.
#[test]
fn a_price_that_leaves_something_out_makes_a_lower_bound() {
    let activity = Activity { cycles: 10, ..Activity::default() };
    let ledger = price_over(&preset("sky130"), &activity, &CORE, NO_TIME);
    // 10 x 4,239 x 45,600 aJ.
    let expected = Band::flat(Yoctojoules::from_attojoules(1_932_984_000));
    assert_eq!(ledger.total(), Cost::AtLeast(expected));
    assert!(!ledger.complete(), "the tree is missing");
    let [item] = &ledger.unpriced[..] else { panic!("{:?}", ledger.unpriced) };
    assert_eq!((item.term, item.count), (Term::ClockCycle, 10));
    assert_eq!(item.reason, "charged but for the clock tree and its wires");
}

/// Signs are read from the macro of the rows, where there is one, and it leaks; else from the pattern memory itself.
#[test]
fn signs_are_paid_where_the_rows_are() {
    let activity = Activity { sign_bits_read: 1, ..Activity::default() };
    let table = preset("generic-22nm");
    let nominal = |core: &Hardware| known(price_over(&table, &activity, core, NO_TIME).total()).nominal();
    let columns = Memories { columns: memory(16_384, 1), ..MEMORIES };
    let core = with(columns);
    assert_eq!(
        nominal(&core),
        Yoctojoules::new(41_306_250_000),
        "2.6436 pJ / 64: the rows are the pattern memory"
    );
    let both = with(Memories { rows: memory(8192, 1), ..columns });
    assert_eq!(
        nominal(&both),
        Yoctojoules::new(24_847_812_500),
        "1.59026 pJ / 64: a smaller memory beside the columns"
    );
    let ledger = price_over(&table, &Activity::default(), &both, Picoseconds::new(1_000_000));
    let rows = |line: &&Line| matches!(line.basis, Basis::Drawn { memory: Some(Memory::Rows), .. });
    assert_eq!(ledger.lines.iter().filter(rows).count(), 1, "the rows leak on their own");
}

/// All other bits of patterns are read from the columns where there are any, and from the rows where there are no columns.
#[test]
fn pattern_bits_are_paid_where_the_patterns_are() {
    let activity = Activity { pattern_bits_read: 1, ..Activity::default() };
    let table = preset("generic-22nm");
    let nominal = |columns, rows| {
        let core = with(Memories { columns, rows, ..MEMORIES });
        known(price_over(&table, &activity, &core, NO_TIME).total()).nominal()
    };
    let (large, small) = (Yoctojoules::new(41_306_250_000), Yoctojoules::new(24_847_812_500));
    let [two, one] = [16_384, 8192].map(|bytes| memory(bytes, 1));
    assert_eq!(nominal(two, one), large, "2.6436 pJ / 64: both, the columns are read");
    assert_eq!(nominal(one, two), small, "1.59026 pJ / 64: whichever is the smaller");
    assert_eq!(nominal(MemoryMacro::NONE, two), large, "2.6436 pJ / 64: rows alone");
    assert_eq!(nominal(two, MemoryMacro::NONE), large, "2.6436 pJ / 64: columns alone");
}

#[test]
fn a_memory_that_is_not_there_does_not_leak() {
    for none in [memory(0, 0), memory(8192, 0), memory(0, 1)] {
        let core = with(Memories { weights: none, ..MEMORIES });
        let ledger =
            price_over(&preset("generic-22nm"), &Activity::default(), &core, Picoseconds::new(1_000_000));
        let weights = |line: &&Line| matches!(line.basis, Basis::Drawn { memory: Some(Memory::Weights), .. });
        assert_eq!(ledger.lines.iter().filter(weights).count(), 0, "sign weights alone need no memory");
        assert_eq!(ledger.lines.len(), 4, "static power and three memories: {none:?}");
    }
}

/// The rows are called so where there are columns too; alone they are the pattern memory.
#[test]
fn a_pattern_memory_without_a_price_is_called_what_the_plan_calls_it() {
    let large = memory((4 << 20) + 1, 1);
    for (columns, rows, name) in [
        (memory(8192, 1), large, "pattern memory by row"),
        (MemoryMacro::NONE, large, "pattern memory"),
        (large, MemoryMacro::NONE, "pattern memory"),
    ] {
        let core = with(Memories { columns, rows, ..MEMORIES });
        let activity = Activity { sign_bits_read: 1, ..Activity::default() };
        let ledger = price_over(&preset("generic-45nm"), &activity, &core, NO_TIME);
        let reasons: Vec<&str> = ledger.unpriced.iter().map(|item| item.reason.as_str()).collect();
        let [reason] = reasons[..] else { panic!("{name}: {reasons:?}") };
        assert!(reason.starts_with(&format!("a bank of the {name} holds 4194305 bytes ")), "{reason}");
    }
}

#[test]
fn an_all_in_price_is_charged_once_and_at_every_width() {
    // One evaluation of all fields of a core with N = 256 and P = 2,560.
    let activity =
        Activity { macs: 655_360, weight_bits_read: 2_621_440, field_bits_written: 7, ..Activity::default() };
    let ledger = price_over(&preset("loihi"), &activity, &CORE, NO_TIME);
    // 18.9, 23.6 and 35.5 pJ: 15.47 uJ nominal.
    let expected = band(12_386_304_000_000, 15_466_496_000_000, 23_265_280_000_000);
    assert_eq!(known(ledger.total()), expected, "655,360 synaptic operations and nothing beside them");
    let settled: Vec<_> = ledger.settled.iter().map(|item| (item.term, item.count)).collect();
    assert_eq!(
        settled,
        [
            (Term::WeightRead, 2_621_440),
            (Term::WeightTurn, 2_621_440),
            (Term::Multiply, 655_360),
            (Term::Add, 655_360),
            (Term::RegisterWrite, 7)
        ],
        "the rest is paid within, and still counted"
    );
    assert_eq!(ledger.weakest_grade(), Some(Grade::PreSilicon), "Davies' table was never measured");
    assert!(ledger.secondary(), "and was read through a secondary source");
}

#[test]
fn what_is_included_in_a_price_nobody_paid_is_not_free() {
    let activity = Activity { counter_bits_read: 14, ..Activity::default() };
    let ledger = price_over(&preset("odin"), &activity, &CORE, NO_TIME);
    assert_eq!(ledger.settled, [], "there is no synaptic operation to contain the read");
    assert_eq!(
        ledger.unpriced[0].reason,
        "included in bit_compare or distance_add, which this activity does not contain",
        "so it is unpriced"
    );
    let update = Activity { distance_updates: 2, ..activity };
    let ledger = price_over(&preset("odin"), &update, &CORE, NO_TIME);
    assert!(ledger.complete(), "with an update it is paid within");
    assert_eq!(known(ledger.total()), Band::flat(Yoctojoules::from_attojoules(16_860_000)), "2 x 8.43 pJ");
}

#[test]
fn the_unpriced_is_named_with_its_count_and_never_a_line_of_zero() {
    let activity = Activity { evaluations: 12, table_bits_read: 3, spikes_taken: 4, ..Activity::default() };
    let ledger = price_over(&preset("truenorth"), &activity, &CORE, NO_TIME);
    assert_eq!(ledger.lines, [], "none of the three has a price of its own");
    let unpriced: Vec<_> = ledger.unpriced.iter().map(|item| (item.term, item.count)).collect();
    assert_eq!(
        unpriced,
        [(Term::TableRead, 3), (Term::NeuronEvaluation, 12), (Term::Spike, 4)],
        "each with its count"
    );
    assert_eq!(ledger.unpriced_terms(), "neuron_evaluation, spike, table_read", "by name, in order");
    // Signs of neurons checked while updating are evaluations too: one term, two counters.
    let twice = Activity { violation_checks: 5, ..activity };
    let ledger = price_over(&preset("truenorth"), &twice, &CORE, NO_TIME);
    assert_eq!(ledger.unpriced.len(), 4, "two counters are not paid one price");
    assert_eq!(ledger.unpriced_terms(), "neuron_evaluation, spike, table_read", "each term once");
    assert_eq!(price_over(&preset("truenorth"), &Activity::default(), &CORE, NO_TIME).unpriced_terms(), "");
    assert!(!ledger.complete(), "the total is a lower bound");
    assert_eq!(ledger.weakest_grade(), None, "nothing was charged");
}

#[test]
fn what_is_free_says_so() {
    let activity = Activity { cycles: 100, ..Activity::default() };
    let ledger = price(&preset("loihi"), &activity, &CORE, clock(100));
    // 815.625 uW over 1 us.
    assert_eq!(
        known(ledger.total()),
        Band::flat(Yoctojoules::from_attojoules(815_625_000)),
        "static power alone"
    );
    let clock = &ledger.settled[0];
    assert_eq!((clock.term, clock.count), (Term::ClockCycle, 100), "the cycles are still shown");
    assert!(clock.reason.starts_with("free: the chip is asynchronous"), "with the reason: {}", clock.reason);
    assert_eq!(ledger.weakest_grade(), Some(Grade::Derived), "a chip's power over its cores");
}

#[test]
fn odin_idles_and_leaks_as_published() {
    let activity = Activity { cycles: 7, macs: 3, ..Activity::default() };
    let ledger = price(&preset("odin"), &activity, &CORE, clock(1));
    // 3 x 8.43 pJ + 7 x 1.78 pJ + 27.3 uW x 7 us.
    assert_eq!(
        known(ledger.total()),
        Band::flat(Yoctojoules::from_attojoules(25_290_000 + 12_460_000 + 191_100_000)),
        "sum"
    );
    assert_eq!(ledger.weakest_grade(), Some(Grade::Silicon), "all of it measured");
}

#[test]
fn what_is_included_in_static_power_needs_time_to_pass() {
    let activity = Activity { cycles: 5, ..Activity::default() };
    let still = price_over(&preset("truenorth"), &activity, &CORE, NO_TIME);
    assert_eq!(still.unpriced.len(), 1, "no static power was paid that could contain the cycles");
    let timed = price_over(&preset("truenorth"), &activity, &CORE, Picoseconds::new(1_000_000));
    assert!(timed.complete(), "with time it was");
    assert_eq!(
        known(timed.total()).nominal(),
        Yoctojoules::from_attojoules(15_730_000),
        "15.73 uW over 1 us"
    );
}

#[test]
fn every_count_is_booked_where_it_is_spent() {
    let none = Activity::default;
    let booked = [
        (Activity { cycles: 1, ..none() }, Component::Clock),
        (Activity { pattern_bits_read: 1, ..none() }, Component::Patterns),
        (Activity { weight_bits_read: 1, ..none() }, Component::Weights),
        (Activity { counter_bits_read: 1, ..none() }, Component::Counters),
        (Activity { counter_bits_written: 1, ..none() }, Component::Counters),
        (Activity { table_bits_read: 1, ..none() }, Component::KernelTable),
        (Activity { field_bits_read: 1, ..none() }, Component::Registers),
        (Activity { field_bits_written: 1, ..none() }, Component::Registers),
        (Activity { state_bits_written: 1, ..none() }, Component::Registers),
        (Activity { sum_bits_written: 1, ..none() }, Component::Registers),
        (Activity { bit_comparisons: 1, ..none() }, Component::Distance),
        (Activity { distance_updates: 1, ..none() }, Component::Distance),
        (Activity { distance_comparisons: 1, ..none() }, Component::Distance),
        (Activity { kernel_lookups: 1, ..none() }, Component::KernelTable),
        (Activity { macs: 1, ..none() }, Component::Mac),
        (Activity { evaluations: 1, ..none() }, Component::Threshold),
        (Activity { field_comparisons: 1, ..none() }, Component::Threshold),
        (Activity { spikes_taken: 1, ..none() }, Component::Queues),
        (Activity { activation_bits: 1, ..none() }, Component::Queues),
    ];
    for (activity, component) in booked {
        let ledger = price_over(&preset("generic-22nm"), &activity, &CORE, NO_TIME);
        assert!(
            known(ledger.total()).nominal() > Yoctojoules::ZERO,
            "{}: {activity:?} costs something",
            component.name()
        );
        assert_eq!(ledger.component(component), ledger.total(), "{}: {activity:?}", component.name());
    }
    let timed = price_over(&preset("generic-22nm"), &none(), &CORE, Picoseconds::new(1_000_000));
    assert_eq!(timed.component(Component::Static), timed.total(), "time alone is static");
}

#[test]
fn one_secondary_figure_makes_the_ledger_secondary() {
    let activity = Activity { cycles: 1, macs: 1, ..Activity::default() };
    let ledger = price_over(&preset("generic-22nm"), &activity, &CORE, NO_TIME);
    assert!(ledger.secondary(), "the clock is ODIN's, read elsewhere; the logic is not");
    let macs = Activity { cycles: 0, ..activity };
    assert!(!price_over(&preset("generic-22nm"), &macs, &CORE, NO_TIME).secondary(), "logic alone");
}

/// An activity in which every counter counts something of its own.
fn busy(step: u64) -> Activity {
    Activity {
        cycles: 1000 * step,
        pattern_bits_read: 1001 * step,
        weight_bits_read: 1003 * step,
        counter_bits_read: 1007 * step,
        counter_bits_written: 1009 * step,
        table_bits_read: 1013 * step,
        field_bits_read: 1019 * step,
        field_bits_written: 1021 * step,
        state_bits_written: 1031 * step,
        sum_bits_written: 1093 * step,
        bit_comparisons: 1033 * step,
        distance_updates: 1039 * step,
        distance_comparisons: 1049 * step,
        kernel_lookups: 1051 * step,
        macs: 1061 * step,
        evaluations: 1063 * step,
        spikes_taken: 1069 * step,
        activation_words: 1087 * step,
        activation_bits: 1091 * step,
        ..Activity::default()
    }
}

#[test]
fn pricing_a_sum_is_summing_the_prices() {
    for name in PriceTable::names() {
        let table = preset(name);
        let (one, other) = (busy(3), busy(5));
        // 7 MHz: no count of cycles but a multiple of 7 is a whole number of picoseconds.
        let [a, b, both] =
            [one, other, one.plus(&other)].map(|activity| price(&table, &activity, &CORE, clock(7)));
        let figure = |cost: Cost| match cost {
            Cost::Known(band) | Cost::AtLeast(band) => band.nominal().get(),
            Cost::Unknown => 0,
        };
        for component in Component::ALL {
            let (apart, together) =
                (a.component(component) + b.component(component), both.component(component));
            if component == Component::Static {
                // Two spans are rounded to a picosecond each, and every line to a yoctojoule: at 1 mW a picosecond
                // is 1,000 aJ.
                assert_eq!(apart.status(), together.status(), "{name}");
                let off = figure(apart).abs_diff(figure(together)) / 1_000_000;
                assert!(off <= 2000, "{name}: static power is off by {off} aJ");
            } else {
                // Two lines of a counter are rounded to a yoctojoule each, and their sum once.
                assert_eq!(apart.status(), together.status(), "{name}, {}", component.name());
                let off = figure(apart).abs_diff(figure(together));
                assert!(off <= 8, "{name}, {}: off by {off} yJ", component.name());
            }
        }
    }
}

#[test]
fn components_add_up_to_the_total_and_nothing_counted_is_lost() {
    for name in PriceTable::names() {
        let ledger = price(&preset(name), &busy(1), &CORE, clock(100));
        let components = ledger.by_component();
        assert_eq!(components.iter().map(|(_, energy)| *energy).sum::<Cost>(), ledger.total(), "{name}");
        assert!(components.iter().map(|(component, _)| *component).eq(Component::ALL), "{name}: fixed order");
        assert!(ledger.lines.is_sorted_by_key(|line| line.component), "{name}: lines by component");
        for &term in Term::ALL.iter().filter(|term| !term.is_of_crossbar() && !term.is_of_memristors()) {
            let charged = ledger.lines.iter().filter(|line| line.term == term).count();
            let listed =
                ledger.settled.iter().chain(&ledger.unpriced).filter(|item| item.term == term).count();
            assert!(charged + listed > 0, "{name}: {} was counted and is nowhere", term.key());
            let is_bound = matches!(preset(name).treatment(term), klr_energy::Treatment::Priced(price) if price.leaves_out.is_some());
            let is_both = charged > 0 && listed > 0;
            assert_eq!(
                is_both,
                is_bound,
                "{name}: {} is charged {charged} times, and {listed} not",
                term.key()
            );
        }
    }
}

#[test]
fn nothing_costs_nothing() {
    for name in PriceTable::names() {
        let ledger = price(&preset(name), &Activity::default(), &CORE, clock(100));
        assert_eq!((ledger.lines.len(), known(ledger.total())), (0, Band::default()), "{name}");
        assert!(ledger.complete(), "{name}: and nothing is missing from it");
    }
}

#[test]
fn one_look_reads_every_pattern_bit_once_and_writes_the_flips() {
    let ledger = one_look(&preset("generic-45nm"), &CORE, 3, 50);
    // 3 x 100 x 2,000 bits are 9,375 words of the 8 KB macro, and 50 register bits of 9,540 aJ, at most 64,500 aJ.
    assert_eq!(
        energy_of(&ledger, Term::PatternRead).nominal(),
        Yoctojoules::new(9_375 * 6_137_020_000_000),
        "bits"
    );
    assert_eq!(energy_of(&ledger, Term::RegisterWrite), band(0, 50 * 9_540, 50 * 64_500), "flips");
    assert_eq!(ledger.lines.len(), 2, "no clock, no leakage");
    assert!(ledger.complete(), "both have a price");
}

#[test]
fn one_look_of_an_all_in_machine_is_one_operation_per_bit() {
    let ledger = one_look(&preset("odin"), &CORE, 1, 0);
    assert_eq!(
        known(ledger.total()),
        Band::flat(Yoctojoules::from_attojoules(200_000 * 8_430_000)),
        "N x P synaptic operations"
    );
    assert!(ledger.complete(), "the read is paid within");
}

/// A bit that is paid with something else than its comparison is not compared for one look: that would invent a cost.
#[test]
fn one_look_compares_bits_only_where_the_comparison_pays_for_them() {
    let text = PriceTable::preset_text("odin").expect("a preset");
    let within = "[pattern_read]\nincluded = [\"bit_compare\", \"distance_add\"]";
    assert!(text.contains(within), "the preset's own treatment");
    let other = text.replace(within, "[pattern_read]\nincluded = [\"distance_add\"]");
    let table = PriceTable::from_toml(&other, "other.toml").expect("still a table");
    let ledger = one_look(&table, &CORE, 1, 0);
    assert_eq!(ledger.lines, [], "no comparison");
    assert_eq!((ledger.total(), ledger.unpriced_terms()), (Cost::Unknown, "pattern_read".to_owned()));
}

/// What has a price in a ledger in which something may have none.
fn charged(ledger: &Ledger) -> Band<Yoctojoules> {
    match ledger.total() {
        Cost::Known(band) | Cost::AtLeast(band) => band,
        Cost::Unknown => panic!("nothing of it has a price"),
    }
}

#[test]
fn one_look_is_below_any_run_that_reads_as_much() {
    for name in PriceTable::names() {
        let run = Activity {
            cycles: 100,
            pattern_bits_read: 200_000,
            bit_comparisons: 200_000,
            state_bits_written: 20,
            evaluations: 10,
            macs: 10,
            ..Activity::default()
        };
        let spent = charged(&price(&preset(name), &run, &CORE, clock(100)));
        let least = charged(&one_look(&preset(name), &CORE, 1, 20));
        assert!(least.low() <= spent.low() && least.high() <= spent.high(), "{name}");
    }
}

/// The preset with one section replaced.
fn preset_with(name: &str, section: &str, text: &str) -> PriceTable {
    let whole = PriceTable::preset_text(name).expect("a preset");
    let (head, tail) = whole.split_once(&format!("\n[{section}]\n")).expect("the section");
    let rest = tail.find("\n[").map_or("", |end| &tail[end..]);
    let table = format!("{head}\n[{section}]\n{text}\n{rest}");
    PriceTable::from_toml(&table, "mine.toml").unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_price_below_an_attojoule_is_summed_and_not_rounded() {
    let fine = preset_with(
        "generic-22nm",
        "multiply",
        "pj = [1e-12, 1e-7, 2.5e-7]\nat_bits = 64\ngrade = \"S\"\nsource = \"x\"",
    );
    let activity = Activity { macs: 1001, ..Activity::default() };
    let ledger = price_over(&fine, &activity, &CORE, NO_TIME);
    // Half of 64 bits: 0.5 yJ, 0.05 and 0.125 aJ, 1,001 times, rounded once.
    assert_eq!(energy_of(&ledger, Term::Multiply), exact(501, 50_050_000, 125_125_000));
}

#[test]
fn a_power_below_a_picowatt_is_summed_and_not_rounded() {
    let faint =
        preset_with("generic-22nm", "static_power", "uw = [0, 1e-9, 3e-9]\ngrade = \"S\"\nsource = \"x\"");
    let ledger = price_over(&faint, &Activity::default(), &CORE, Picoseconds::new(1_000_000_000));
    // A femtowatt over a millisecond is 1e-18 J.
    assert_eq!(energy_of(&ledger, Term::StaticPower), band(0, 1, 3));
}

#[test]
fn what_is_free_is_known_to_cost_nothing_and_what_is_unpriced_is_not() {
    let treated = |word: &str| {
        let section = |term: &Term| format!("[{}]\n{word} = \"a reason\"\n", term.key());
        let sections: String = Term::ALL.iter().map(section).collect();
        let text = format!("name = \"mine\"\nabout = \"a table\"\n{sections}");
        PriceTable::from_toml(&text, "mine.toml").expect("a table")
    };
    let free = price(&treated("free"), &busy(1), &CORE, clock(100));
    let unpriced = price(&treated("unpriced"), &busy(1), &CORE, clock(100));
    for component in Component::ALL {
        assert_eq!(free.component(component), Cost::Known(Band::default()), "{}", component.name());
        assert_eq!(unpriced.component(component), Cost::Unknown, "{}", component.name());
    }
    assert_eq!((free.total(), free.complete()), (Cost::Known(Band::default()), true), "nothing");
    assert_eq!((unpriced.total(), unpriced.complete()), (Cost::Unknown, false), "not known");
    assert_eq!(free.ratio(&free), None, "nothing is no measure of nothing");
}

#[test]
fn one_look_without_the_price_of_a_bit_measures_nothing() {
    let core = with(Memories { columns: memory((4 << 20) + 1, 1), ..MEMORIES });
    let least = one_look(&preset("generic-22nm"), &core, 1, 20);
    assert_eq!(least.total().status(), "lower-bound", "the flips have a price, the bits have none");
    let spent =
        price(&preset("generic-22nm"), &Activity { macs: 9, ..Activity::default() }, &CORE, clock(100));
    assert!(spent.complete(), "the run is known");
    assert_eq!(spent.ratio(&least), None, "but not how far above one look it is");
}

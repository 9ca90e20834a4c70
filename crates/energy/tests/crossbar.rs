//! Is the ledger of a crossbar core the sum that a person with a calculator gets? Every count of this run and every energy
//! is worked by hand from the rules of `docs/crossbar.md`.

use klr_crossbar::{
    CrossbarActivity, CrossbarConfig, CrossbarCore, CrossbarCounter, CrossbarEvent, CrossbarHardware,
    CrossbarImage, CrossbarMemory,
};
use klr_energy::{
    Basis, Charges, Component, Cost, CrossbarLedger, Grade, PriceTable, Term, Treatment, crossbar_charges,
    price_crossbar, price_crossbar_over,
};
use klr_sim::NoTrace;
use klr_units::{Bits, ClockMhz, NeuronIdx, Picoseconds, State, Yoctojoules};

const NO_TIME: Picoseconds = Picoseconds::new(0);

fn table(name: &str) -> PriceTable {
    PriceTable::preset(name).expect("a preset of this name")
}

fn hardware() -> CrossbarHardware {
    CrossbarHardware::of(&CrossbarConfig::tiny_odin())
}

/// Two neurons that store (+ +) and are shown (+ -), on the core `tiny-odin`.
///
/// Cue: 3 cycles until the first request is answered, then 2 rows of a push, 3 cycles of acknowledge, one of waiting,
/// 4 of scan and a pop, with a cycle of waiting between them. In the second row neuron 0, at +1, sees a field of -1 and
/// flips, and the read of neuron 1 waits 8 cycles for the handshake. The flip comes back after a cycle of waiting, as a
/// row of 4 + 1 cycles, in whose scan nobody is against its field. The state is (- -), the mirror image of what is stored.
fn retrieval() -> CrossbarActivity {
    let image = CrossbarImage::new(2, Bits::new(4).expect("a width"), vec![0, 1, 1, 0]).expect("well-formed");
    let core = CrossbarCore::new(&image, CrossbarConfig::tiny_odin()).expect("it fits");
    let cue = State::from_signs(&[1, -1]).expect("signs only");
    let run = core.retrieve(&cue, &mut NoTrace).expect("the cue fits");
    assert_eq!(run.state, State::all_minus(2), "the first neuron against its field flips");
    run.activity
}

#[test]
fn the_counts_are_those_that_a_hand_finds() {
    let expected = CrossbarActivity {
        cycles: 3 + 10 + 1 + (10 + 8) + 1 + 5,
        wait_cycles: 3 + 1 + 1 + 1 + 1,
        push_cycles: 2,
        acknowledge_cycles: 2 * 3,
        scan_cycles: 3 * 4 + 8,
        pop_cycles: 3,
        output_stall_cycles: 8,
        // One word per row, selected in both cycles of neuron 0; the wait is in the read of neuron 1.
        weight_select_cycles: 3 * 2,
        weight_words: 3,
        neuron_read_cycles: 3 * 2 + 8,
        neuron_write_cycles: 3 * 2,
        weight_bits_read: 6 * 32,
        neuron_bits_read: 14 * 13,
        neuron_bits_written: 6 * 13,
        synaptic_operations: 3 * 2,
        // In the last row of the cue, and in that of the flip.
        evaluations: 2 * 2,
        spikes: 1,
        host_events: 2,
        looped_events: 1,
        outputs_sent: 1,
        ..CrossbarActivity::default()
    };
    assert_eq!(retrieval(), expected);
}

/// The nominal energy of the only line that `counter` pays `term` with.
fn nominal(ledger: &CrossbarLedger, counter: CrossbarCounter, term: Term) -> Yoctojoules {
    let is_it = |basis: &Basis<CrossbarCounter, CrossbarMemory>| matches!(basis, Basis::Counted { counter: c, .. } if *c == counter);
    let lines: Vec<_> = ledger.lines.iter().filter(|l| l.term == term && is_it(&l.basis)).collect();
    let [line] = lines[..] else { panic!("{} lines of {} pay {}", lines.len(), counter.name(), term.key()) };
    line.energy().nominal()
}

/// An energy that is a whole number of thousandths of an attojoule.
fn in_thousandths(energy: Yoctojoules) -> u128 {
    assert_eq!(energy.get() % 1000, 0, "{energy}");
    energy.get() / 1000
}

#[test]
fn a_generic_core_pays_its_memories_by_the_word_and_its_adder_by_the_width() {
    let ledger =
        price_crossbar(&table("generic-45nm"), &retrieval(), &hardware(), ClockMhz::new(500).unwrap());
    // In thousandths of an attojoule, and no finer part is lost.
    let paid = |counter, term| in_thousandths(nominal(&ledger, counter, term));
    // Six words of 32 bits of 32 KB at 11.7855 pJ.
    let weights = paid(CrossbarCounter::WeightBitsRead, Term::WeightRead);
    assert_eq!(weights, 6 * 11_785_500_000, "weights");
    // 416 bytes in words of 13 bits: log2(13 / 8) = 0.70044 of the way between the capacities and the words of the grid.
    let between = |[a, b, c, d]: [f64; 4]| {
        let t = 0.700_44;
        let log = (1.0 - t) * ((1.0 - t) * a.ln() + t * b.ln()) + t * ((1.0 - t) * c.ln() + t * d.ln());
        log.exp()
    };
    let (read, write) = (
        between([0.476_779, 0.545_265, 0.651_529, 0.720_015]),
        between([0.519_195, 0.718_069, 0.752_351, 1.090_89]),
    );
    let nominal = |counter, term| nominal(&ledger, counter, term).as_picojoules();
    let neurons = nominal(CrossbarCounter::NeuronBitsRead, Term::NeuronRead);
    assert!((neurons / (14.0 * read) - 1.0).abs() < 1e-5, "14 neurons read for {read} pJ each: {neurons}");
    let written = nominal(CrossbarCounter::NeuronBitsWritten, Term::NeuronWrite);
    assert!((written / (6.0 * write) - 1.0).abs() < 1e-5, "6 written for {write} pJ each: {written}");
    // 12 of 32 bits of 0.1 pJ.
    assert_eq!(paid(CrossbarCounter::SynapticOperations, Term::Add), 6 * 37_500_000, "additions");
    // 12 of 32 bits of 0.0208 pJ.
    assert_eq!(paid(CrossbarCounter::Evaluations, Term::NeuronEvaluation), 4 * 7_800_000, "comparisons");
    // Two events of the host, one flip, one output: an entry of a queue each.
    let spikes = [CrossbarCounter::HostEvents, CrossbarCounter::LoopedEvents, CrossbarCounter::OutputsSent];
    assert_eq!(
        spikes.map(|counter| paid(counter, Term::Spike)),
        [2, 1, 1].map(|n| n * 3_389_000_000),
        "queues"
    );
    assert_eq!(paid(CrossbarCounter::Cycles, Term::ClockCycle), 38 * 9_400_000_000, "the clock");
    let expected = [
        (Component::Weights, weights),
        (Component::Mac, 6 * 37_500_000),
        (Component::Threshold, 4 * 7_800_000),
        (Component::Queues, 4 * 3_389_000_000),
        (Component::Clock, 38 * 9_400_000_000),
    ];
    let by_component = ledger.by_component();
    assert!(by_component.iter().map(|(component, _)| *component).eq(Component::CROSSBAR), "in fixed order");
    let exact = by_component.into_iter().filter(|(component, _)| *component != Component::Neurons);
    for ((component, energy), (named, expected)) in exact.zip(expected) {
        let energy = energy.map(|band| in_thousandths(band.nominal()));
        assert_eq!((component, energy), (named, Cost::Known(expected)), "{}", named.name());
    }
    assert_eq!(ledger.settled.len(), 1, "the synaptic operation is not charged beside its addition");
    assert!(ledger.complete(), "{:?}", ledger.unpriced);
}

#[test]
fn time_leaks_through_both_memories() {
    let table = table("generic-22nm");
    let span = Picoseconds::new(1_000_000);
    let ledger = price_crossbar_over(&table, &CrossbarActivity::default(), &hardware(), span);
    let drawn: Vec<_> = ledger
        .lines
        .iter()
        .filter_map(|line| match line.basis {
            Basis::Drawn { memory, .. } => Some((line.term, memory)),
            Basis::Counted { .. } => None,
        })
        .collect();
    let expected = [
        (Term::StaticPower, None),
        (Term::MemoryLeakage, Some(CrossbarMemory::Weights)),
        (Term::MemoryLeakage, Some(CrossbarMemory::Neurons)),
    ];
    assert_eq!(drawn, expected, "the logic, and each memory for itself");
    assert_eq!(ledger.component(Component::Static), ledger.total(), "time alone is static");
}

/// The three constants of Frenkel et al.: 8.43 pJ, 1.78 pJ, 27.3 uW. Whatever an event costs beyond its operations is
/// unpriced, so the total is a lower bound.
#[test]
fn odin_pays_its_published_figures_and_no_more() {
    let ledger = price_crossbar(&table("odin"), &retrieval(), &hardware(), ClockMhz::new(100).unwrap());
    // 38 cycles of 10 ns at 27.3 uW are 10.374 pJ.
    let expected = 6 * 8_430_000 + 38 * 1_780_000 + 10_374_000;
    let total = ledger.total().map(|band| band.nominal());
    assert_eq!(total, Cost::AtLeast(Yoctojoules::from_attojoules(expected)), "operations, cycles, time");
    assert_eq!(ledger.component(Component::Queues), Cost::Unknown, "events alone");
    assert_eq!(ledger.component(Component::Mac).status(), "known", "their operations");
    assert_eq!(ledger.weakest_grade(), Some(Grade::Silicon), "measured, all of it");
    let unpriced: Vec<_> = ledger.unpriced.iter().map(|u| (u.term, u.counter, u.count)).collect();
    let queued = |counter, count| (Term::Spike, Some(counter), count);
    assert_eq!(
        unpriced,
        [
            queued(CrossbarCounter::HostEvents, 2),
            queued(CrossbarCounter::LoopedEvents, 1),
            queued(CrossbarCounter::OutputsSent, 1)
        ],
        "what an event costs apart from its operations is not published"
    );
}

/// Spikes and leaks, so that every counter but those of lost spikes has something to count.
fn busy() -> CrossbarActivity {
    let image = CrossbarImage::new(2, Bits::new(4).expect("a width"), vec![0; 4]).expect("well-formed");
    let core = CrossbarCore::new(&image, CrossbarConfig::tiny_odin()).expect("it fits");
    let events = [CrossbarEvent::Spike(NeuronIdx::new(0)), CrossbarEvent::LeakAll];
    core.run(&events, &mut NoTrace).expect("the neuron exists").activity.plus(&retrieval())
}

#[test]
fn components_add_up_to_the_total_and_nothing_counted_is_lost() {
    let mut paid: Vec<Term> = vec![Term::StaticPower, Term::MemoryLeakage];
    for &counter in CrossbarCounter::ALL {
        if let Charges::Paid(charges) = crossbar_charges(counter) {
            paid.extend(charges.iter().map(|charge| charge.term));
        }
    }
    for name in PriceTable::names() {
        let ledger = price_crossbar(&table(name), &busy(), &hardware(), ClockMhz::new(100).unwrap());
        let sum = ledger.by_component().iter().map(|(_, energy)| *energy).sum::<Cost>();
        assert_eq!(sum, ledger.total(), "{name}");
        assert!(ledger.lines.is_sorted_by_key(|line| line.component), "{name}: lines by component");
        for term in &paid {
            let charged = ledger.lines.iter().filter(|line| line.term == *term).count();
            let listed = ledger.settled.iter().chain(&ledger.unpriced).filter(|u| u.term == *term).count();
            assert!(charged + listed > 0, "{name}: {} was counted and is nowhere", term.key());
            let is_bound = matches!(table(name).treatment(*term), Treatment::Priced(price) if price.leaves_out.is_some());
            assert_eq!(charged > 0 && listed > 0, is_bound, "{name}: {} is charged and not", term.key());
        }
    }
}

/// A leak is no synaptic operation, and nobody published what it costs: it must not vanish within one.
#[test]
fn a_leak_of_odin_is_unpriced_beside_operations_too() {
    let ledger = price_crossbar_over(&table("odin"), &busy(), &hardware(), NO_TIME);
    assert!(ledger.unpriced.iter().any(|u| u.term == Term::Leak && u.count == 2), "{:?}", ledger.unpriced);
    let priced = price_crossbar_over(&table("generic-45nm"), &busy(), &hardware(), NO_TIME);
    let leaks = nominal(&priced, CrossbarCounter::Leaks, Term::Leak);
    assert_eq!(leaks, Yoctojoules::from_attojoules(2 * 37_500), "as an addition");
}

#[test]
fn a_memory_beyond_the_largest_macro_is_named_and_has_no_price() {
    let odin = hardware();
    let large = |mut memory: klr_sim::MemoryMacro| {
        memory.bank_bytes = (4 << 20) + 1;
        memory
    };
    let weights = CrossbarHardware { weights: large(odin.weights), ..odin };
    let neurons = CrossbarHardware { neurons: large(odin.neurons), ..odin };
    for (core, name) in [(weights, "weight memory"), (neurons, "neuron memory")] {
        let ledger = price_crossbar_over(&table("generic-45nm"), &retrieval(), &core, NO_TIME);
        let start =
            format!("a bank of the {name} holds 4194305 bytes and the largest macro of the table 4194304");
        assert!(!ledger.unpriced.is_empty(), "{name}");
        assert!(ledger.unpriced.iter().all(|item| item.reason.starts_with(&start)), "{:?}", ledger.unpriced);
    }
}

/// Tables written before a term had prices go on to be read; what they do not price is never zero.
#[test]
fn a_table_from_before_a_term_leaves_it_unpriced() {
    let text = PriceTable::preset_text("generic-45nm").expect("a preset");
    let mut kept = String::new();
    let mut left_out = false;
    for line in text.lines() {
        if line.starts_with('[') {
            let key = line.trim_matches(['[', ']']);
            left_out = Term::from_key(key).is_some_and(Term::may_be_left_out);
        }
        if !left_out {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    assert!(kept.len() < text.len(), "something was left out");
    let old = PriceTable::from_toml(&kept, "old.toml").expect("it is a table still");
    for &term in Term::ALL {
        let is_unpriced = matches!(old.treatment(term), Treatment::Unpriced(_));
        assert_eq!(is_unpriced, term.may_be_left_out(), "{}", term.key());
    }
    let ledger = price_crossbar_over(&old, &retrieval(), &hardware(), NO_TIME);
    let terms: Vec<_> = ledger.unpriced.iter().map(|u| u.term).collect();
    assert_eq!(terms, [Term::NeuronRead, Term::NeuronWrite], "named, and the total is a lower bound");
    assert!(!ledger.complete(), "the total is a lower bound");
}

//! Does any memory serve more accesses in a cycle than it has ports, or read and write one word in the same cycle? Asked
//! of a watched run over all knobs and layouts, from the events alone.

mod harness;

use harness::{Case, memory_case, random_case};
use klr_image::{CoreImage, PatternOrder};
use klr_sim::config::ConfigSpec;
use klr_sim::{CoreConfig, Dataflow, Sink, TraceEvent};
use klr_units::Cycle;
use std::collections::BTreeMap;

/// A memory of the core with one bank per slice, or the rows of the patterns as the MAC array reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Memory {
    /// Columns of the patterns.
    Columns,
    /// Rows of the patterns.
    Rows,
    /// Distance counters.
    Counters,
}

/// What a bank is asked for in one cycle.
#[derive(Clone, Debug, Default)]
struct Accesses {
    reads: Vec<usize>,
    writes: Vec<usize>,
}

/// Every access of a run, by cycle, memory and bank, and what else takes a cycle.
struct Ports<'a> {
    image: &'a CoreImage,
    slices: usize,
    table_ports: u64,
    accesses: BTreeMap<(u64, Memory, usize), Accesses>,
    /// The first cycle in which the table's ports, and the MAC array's lanes, are free.
    table_free: u64,
    lanes_free: u64,
    /// The last packet's cycle and cycles: signs read for it take a word per cycle of these.
    taken: (u64, u64),
    last_insert: Option<u64>,
    faults: Vec<String>,
}

impl<'a> Ports<'a> {
    fn new(case: &'a Case) -> Self {
        let spec = case.config.spec();
        Self {
            image: &case.image,
            slices: spec.distance_slices as usize,
            table_ports: spec.table_ports.into(),
            accesses: BTreeMap::new(),
            table_free: 0,
            lanes_free: 0,
            taken: (0, 0),
            last_insert: None,
            faults: Vec::new(),
        }
    }

    fn of_block(&mut self, cycle: u64, memory: Memory, block: usize) -> &mut Accesses {
        self.accesses.entry((cycle, memory, block % self.slices)).or_default()
    }

    fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    /// Every breach of the discipline.
    fn breaches(mut self, counter_ports: u32) -> Vec<String> {
        for ((cycle, memory, bank), access) in std::mem::take(&mut self.accesses) {
            let (reads, writes) = (access.reads.len(), access.writes.len());
            let within = match (memory, counter_ports) {
                (Memory::Counters, 2) => reads <= 1 && writes <= 1,
                _ => reads + writes <= 1,
            };
            self.expect(within, || format!("cycle {cycle}: {memory:?} bank {bank}: {access:?}"));
            let same = access.reads.iter().find(|word| access.writes.contains(word));
            self.expect(same.is_none(), || {
                format!("cycle {cycle}: {memory:?} bank {bank}: word {same:?} read and written")
            });
        }
        self.faults
    }
}

impl Sink for Ports<'_> {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        let now = cycle.get();
        let lanes = self.image.geometry().distance_lanes();
        let n = self.image.n() as usize;
        match *event {
            TraceEvent::PatternRead { block, neuron } | TraceEvent::ColumnSigns { block, neuron } => {
                self.of_block(now, Memory::Columns, block).reads.push(block * n + neuron.get());
            }
            TraceEvent::RowRead { pattern, word } => {
                let words = self.image.row_words();
                let block = pattern.get() / lanes;
                self.of_block(now, Memory::Rows, block).reads.push(pattern.get() * words + word);
            }
            TraceEvent::CounterRead { block } => {
                self.of_block(now, Memory::Counters, block).reads.push(block);
            }
            TraceEvent::CounterWrite { block } => {
                self.of_block(now, Memory::Counters, block).writes.push(block);
            }
            TraceEvent::Lookup { words, .. } => {
                let (free, ports) = (self.table_free, self.table_ports);
                self.expect(now >= free, || format!("cycle {now}: the table is busy until {free}"));
                self.table_free = now + (words as u64).div_ceil(ports).max(1);
            }
            TraceEvent::MacTakes { cycles, .. } => {
                let free = self.lanes_free;
                self.expect(now >= free, || format!("cycle {now}: the lanes are busy until {free}"));
                self.lanes_free = now + cycles;
                self.taken = (now, cycles);
            }
            TraceEvent::RowSigns { pattern, words } => {
                let (taken, cycles) = self.taken;
                self.expect(taken == now && words <= cycles, || {
                    format!("cycle {now}: {words} words of signs in {cycles} cycles")
                });
                // The rows lie in the same memory as those of a first pass, unless columns are kept for that.
                let block = pattern.get() / lanes;
                for word in 0..words {
                    let read = pattern.get() * self.image.row_words()
                        + usize::try_from(word).expect("a word of a row");
                    self.of_block(now + word, Memory::Rows, block).reads.push(read);
                }
            }
            TraceEvent::Insert { .. } => {
                let last = self.last_insert.replace(now);
                self.expect(last != Some(now), || format!("cycle {now}: two insertions"));
            }
            _ => {}
        }
    }
}

/// The knobs that [`random_case`] leaves off, drawn from `seed`.
fn with_every_knob(case: &Case, seed: u64) -> Case {
    let bit = |at: u64| seed >> at & 1 == 1;
    let spec = ConfigSpec {
        pipelined: bit(1),
        bitmap: bit(2),
        early_stop: bit(3),
        tree_latency: if bit(4) { 5 } else { 0 },
        ..*case.config.spec()
    };
    Case { config: CoreConfig::new(spec).expect("within range"), ..case.clone() }
}

#[test]
fn no_memory_serves_more_than_its_ports() {
    let hostile = (0..1_500).map(|seed| (seed, random_case(seed)));
    let memories = (0..300).map(|seed| (seed, memory_case(seed)));
    // What was seen, so that a run without second parts, one-port writes or signs by row proves nothing.
    let (mut one_port_writes, mut second_parts, mut signs) = (0, 0, 0);
    for (seed, case) in hostile.chain(memories) {
        for dataflow in Dataflow::ALL {
            for case in [case.clone(), with_every_knob(&case, seed).stored_for(dataflow, seed)] {
                let spec = *case.config.spec();
                let mut ports = Ports::new(&case);
                let run = case.run(dataflow, &mut ports);
                let breaches = ports.breaches(spec.counter_ports);
                let first = breaches.first();
                assert_eq!(
                    first,
                    None,
                    "case {seed}, {}: {} breaches; {spec:?}",
                    dataflow.name(),
                    breaches.len()
                );
                let by_column = case.image.geometry().storage().patterns != PatternOrder::Row;
                one_port_writes +=
                    u64::from(spec.counter_ports == 1 && run.activity.counter_bits_written > 0);
                second_parts += u64::from(spec.partial_distance && spec.candidates > 0 && by_column);
                signs += run.activity.sign_bits_read;
            }
        }
    }
    assert!(one_port_writes > 1_000 && second_parts > 1_000 && signs > 1_000, "nothing was tried");
}

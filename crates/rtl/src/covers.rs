//! What a lockstep has to have seen, for its agreement to mean something: for each rule, how often it was at work.

mod listed;

use crate::case::Case;
use crate::results::{Run, cycle_of};
use klr_image::{Order, Outcome, TableForm};
use klr_sim::stages::least_mac_latency;
use klr_sim::trace::{Target, decode};
use klr_sim::{Dataflow, TraceEvent};

/// A retrieval with its events decoded.
#[derive(Debug)]
pub struct Seen<'a> {
    case: &'a Case,
    run: &'a Run,
    events: Vec<(u64, TraceEvent)>,
}

/// A rule of `docs/timing.md`, a situation in which it decides something, and how often that happened in a retrieval.
pub struct Cover {
    /// The rule.
    pub rule: &'static str,
    /// The situation.
    pub what: &'static str,
    hits: fn(&Seen<'_>) -> usize,
}

impl std::fmt::Debug for Cover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

impl<'a> Seen<'a> {
    /// The RTL's run of `case`.
    #[must_use]
    pub fn new(case: &'a Case, run: &'a Run) -> Self {
        let events =
            run.records.iter().filter_map(|record| Some((cycle_of(record), decode(record)?.first()?.1)));
        Self { case, run, events: events.collect() }
    }

    fn is(&self, dataflow: Dataflow) -> bool {
        self.case.schedule.dataflow == dataflow
    }

    fn count(&self, holds: impl Fn(&TraceEvent) -> bool) -> usize {
        self.events.iter().filter(|(_, event)| holds(event)).count()
    }

    fn flips(&self) -> usize {
        self.count(|event| matches!(event, TraceEvent::Flip { .. }))
    }

    fn looks_ahead(&self) -> bool {
        self.is(Dataflow::Delta) && self.case.image.table().form() == TableForm::NearestRelative
    }

    fn slices(&self) -> u32 {
        self.case.config.spec().distance_slices
    }

    /// Spikes, if the case is as `holds` says.
    fn spikes_if(&self, holds: bool) -> usize {
        if holds { self.count(|event| matches!(event, TraceEvent::SpikeTaken { .. })) } else { 0 }
    }

    /// The next neuron is found in the bitmap.
    fn by_bitmap(&self) -> bool {
        let sequential = self.case.schedule.order == Order::Sequential;
        self.case.config.spec().bitmap && self.is(Dataflow::Delta) && sequential
    }

    /// The neuron that flips is found by the comparator tree.
    fn searches_by_tree(&self) -> bool {
        let searches = self.case.schedule.order == Order::MostViolated && self.is(Dataflow::Delta);
        self.case.config.spec().tree_latency > 0 && searches
    }

    /// Flips after which a field is compared in the next cycle.
    fn compared_after_flips(&self) -> usize {
        let compares = |at: u64| {
            self.events.iter().any(|(cycle, e)| *cycle == at && matches!(e, TraceEvent::Field { .. }))
        };
        let flips = self.events.iter().filter(|(_, e)| matches!(e, TraceEvent::Flip { .. }));
        flips.filter(|(cycle, _)| compares(cycle + 1)).count()
    }

    /// The retrieval has ended at a stored pattern.
    fn stops_early(&self) -> bool {
        let stored = self.run.distances.contains(&Some(0));
        self.case.is_certified() && self.run.outcome == Some(Outcome::Converged) && stored
    }

    /// Neurons passed over between two that follow each other in a sweep.
    fn passed_over(&self) -> usize {
        let neurons = self.events.iter().filter_map(|(_, event)| match event {
            TraceEvent::Field { neuron, .. } => Some(neuron.get()),
            _ => None,
        });
        let neurons: Vec<_> = neurons.collect();
        neurons.windows(2).filter(|pair| pair[1] > pair[0] + 1).count()
    }

    fn ends_with(&self, outcome: Outcome) -> usize {
        usize::from(self.run.outcome == Some(outcome))
    }

    /// Empty packets that end a sum without a look-up.
    fn empty_packets(&self) -> usize {
        self.count(|event| matches!(event, TraceEvent::Lookup { first: None, last: true, .. }))
    }

    /// Events from the time in which a candidate list is in use.
    fn listed(&self, holds: impl Fn(&TraceEvent) -> bool) -> usize {
        if self.case.config.spec().candidates == 0 {
            return 0;
        }
        let events = self.events.iter().map(|(_, event)| event);
        let in_use = events.take_while(|event| !matches!(event, TraceEvent::ListOverflow));
        in_use.filter(|event| holds(event)).count()
    }

    /// First passes of the list have two parts.
    fn eliminates(&self) -> bool {
        self.case.settings().iter().any(|&(name, value)| name == "probe" && value > 0)
    }

    /// Second parts whose first counter word, after the last that was written, is not of the first block.
    fn other_spans_first(&self) -> usize {
        let counters = self.events.iter().filter_map(|(_, event)| match event {
            TraceEvent::CounterWrite { .. } => Some(None),
            TraceEvent::CounterRead { block } => Some(Some(*block)),
            _ => None,
        });
        let counters: Vec<Option<usize>> =
            counters
                .take(self.listed(|e| {
                    matches!(e, TraceEvent::CounterWrite { .. } | TraceEvent::CounterRead { .. })
                }))
                .collect();
        counters.windows(2).filter(|pair| pair[0].is_none() && pair[1].is_some_and(|block| block > 0)).count()
    }

    /// Candidates that come when every register is taken, by the candidate before.
    fn inserted_in_full_list(&self) -> usize {
        let capacity = self.case.config.spec().candidates as usize;
        let inserts = self.events.iter().filter_map(|(_, event)| match event {
            TraceEvent::Insert { entries } => Some(*entries),
            _ => None,
        });
        let inserts: Vec<usize> = inserts.collect();
        // The first candidate of a pass comes to an empty list, and leaves one.
        inserts.windows(2).filter(|pair| pair[0] == capacity && (pair[1] > 1 || capacity == 1)).count()
    }

    /// Cycles with an event of each kind.
    fn together(&self, a: impl Fn(&TraceEvent) -> bool, b: impl Fn(&TraceEvent) -> bool) -> usize {
        let cycles = |holds: &dyn Fn(&TraceEvent) -> bool| -> Vec<u64> {
            self.events.iter().filter(|(_, event)| holds(event)).map(|(cycle, _)| *cycle).collect()
        };
        let second = cycles(&b);
        cycles(&a).iter().filter(|cycle| second.binary_search(cycle).is_ok()).count()
    }
}

/// Every cover. The rules that have one are those that `docs/timing.md` calls confirmed by RTL.
pub const COVERS: &[Cover] = &[
    Cover {
        rule: "C1",
        what: "a packet enters in the cycle in which another is looked up",
        hits: |s| {
            s.together(
                |e| matches!(e, TraceEvent::ActivationEnters { .. }),
                |e| matches!(e, TraceEvent::Lookup { .. }),
            )
        },
    },
    Cover {
        rule: "C2",
        what: "a spike enters its queue",
        hits: |s| s.count(|e| matches!(e, TraceEvent::SpikeEnters { .. })),
    },
    Cover {
        rule: "C3",
        what: "a spike is taken in the cycle in which it enters",
        hits: |s| {
            s.together(
                |e| matches!(e, TraceEvent::SpikeEnters { .. }),
                |e| matches!(e, TraceEvent::SpikeTaken { .. }),
            )
        },
    },
    Cover {
        rule: "C4",
        what: "a cue of more than one word of the host port",
        hits: |s| usize::from(s.case.image.n() > 64),
    },
    Cover {
        rule: "C5",
        what: "a word with lanes that hold no pattern",
        hits: |s| {
            usize::from(
                s.case.image.lanes(s.case.image.blocks() - 1) < s.case.image.geometry().distance_lanes(),
            )
        },
    },
    Cover { rule: "P1", what: "more slices than one stage takes", hits: |s| usize::from(s.slices() > 4) },
    Cover { rule: "P2", what: "spikes with slices", hits: |s| s.spikes_if(s.slices() > 1) },
    Cover {
        rule: "P4",
        what: "sums through an adder tree with all its stages",
        hits: |s| {
            let lanes = s.case.image.geometry().mac_lanes();
            let staged = lanes > 4 && s.case.config.spec().mac_latency >= least_mac_latency(lanes);
            if staged && s.is(Dataflow::Sweep) {
                s.count(|e| matches!(e, TraceEvent::MacTakes { last: true, .. }))
            } else {
                0
            }
        },
    },
    Cover {
        rule: "P3",
        what: "spikes that move a list of more entries than one stage takes",
        hits: |s| {
            let staged = s.case.config.spec().candidates > 4;
            if staged { s.count(|e| matches!(e, TraceEvent::ListUpdate { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "K1",
        what: "candidates taken in",
        hits: |s| s.count(|e| matches!(e, TraceEvent::Insert { .. })),
    },
    Cover { rule: "K1", what: "candidates that come to a full list", hits: |s| s.inserted_in_full_list() },
    Cover {
        rule: "K2",
        what: "lists that are given up",
        hits: |s| s.count(|e| matches!(e, TraceEvent::ListOverflow)),
    },
    Cover {
        rule: "K3",
        what: "packets of several words from the list",
        hits: |s| s.listed(|e| matches!(e, TraceEvent::Lookup { words: 2.., .. })),
    },
    Cover {
        rule: "K3",
        what: "empty packets for a list without a candidate in the window",
        hits: |s| {
            let streams = !s.is(Dataflow::Delta);
            if streams { s.listed(|e| matches!(e, TraceEvent::Lookup { first: None, .. })) } else { 0 }
        },
    },
    Cover {
        rule: "K4",
        what: "spikes that move a list",
        hits: |s| s.count(|e| matches!(e, TraceEvent::ListUpdate { entries: 1.., .. })),
    },
    Cover {
        rule: "K5",
        what: "recounts after a spike",
        hits: |s| s.count(|e| matches!(e, TraceEvent::Refresh)),
    },
    Cover {
        rule: "K5",
        what: "fields loaded anew",
        hits: |s| if s.is(Dataflow::Delta) { s.count(|e| matches!(e, TraceEvent::Refresh)) } else { 0 },
    },
    Cover {
        rule: "K6",
        what: "rows read for the signs of a stream from the list",
        hits: |s| s.listed(|e| matches!(e, TraceEvent::ColumnSigns { .. })),
    },
    Cover {
        rule: "E1",
        what: "partial distances written",
        hits: |s| {
            if s.eliminates() { s.listed(|e| matches!(e, TraceEvent::CounterWrite { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "E2",
        what: "second parts that do not begin with the first span",
        hits: |s| if s.eliminates() { s.other_spans_first() } else { 0 },
    },
    Cover {
        rule: "E3",
        what: "blocks given up",
        hits: |s| s.count(|e| matches!(e, TraceEvent::Eliminated { .. })),
    },
    Cover {
        rule: "E3",
        what: "spans given up through stages between slices",
        hits: |s| {
            let staged = s.slices() > 1;
            if staged { s.count(|e| matches!(e, TraceEvent::Eliminated { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "D1",
        what: "rows of a first pass",
        hits: |s| s.count(|e| matches!(e, TraceEvent::PatternRead { .. })),
    },
    Cover {
        rule: "D2",
        what: "counter words read with more than one cycle of latency",
        hits: |s| {
            let slow = s.case.config.spec().sram_latency > 1;
            if slow { s.count(|e| matches!(e, TraceEvent::CounterRead { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "D3",
        what: "counter words written",
        hits: |s| s.count(|e| matches!(e, TraceEvent::CounterWrite { .. })),
    },
    Cover {
        rule: "D4",
        what: "counter words read in a stream",
        hits: |s| {
            let streams = s.is(Dataflow::Synchronous) || s.is(Dataflow::Sweep);
            if streams { s.count(|e| matches!(e, TraceEvent::CounterRead { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "D5",
        what: "packets of a chunk of several words",
        hits: |s| s.count(|e| matches!(e, TraceEvent::Lookup { words: 2.., .. })),
    },
    Cover {
        rule: "D6",
        what: "stalls for want of a credit",
        hits: |s| s.count(|e| matches!(e, TraceEvent::ActivationStall)),
    },
    Cover {
        rule: "D7",
        what: "packets with more than one cycle of table latency",
        hits: |s| {
            let slow = s.case.config.spec().table_latency > 1;
            if slow { s.count(|e| matches!(e, TraceEvent::ActivationEnters { .. })) } else { 0 }
        },
    },
    Cover { rule: "D8", what: "empty packets that end a sum", hits: |s| s.empty_packets() },
    Cover { rule: "D9", what: "spikes that move distances", hits: |s| s.spikes_if(true) },
    Cover {
        rule: "D10",
        what: "port conflicts",
        hits: |s| s.count(|e| matches!(e, TraceEvent::PortConflict)),
    },
    Cover { rule: "D11", what: "spikes taken", hits: |s| s.spikes_if(true) },
    Cover {
        rule: "D12",
        what: "look-ups in an update whose word has not changed",
        hits: |s| {
            if !s.is(Dataflow::Delta) {
                return 0;
            }
            s.count(|e| matches!(e, TraceEvent::Lookup { first: Some(_), words: 0, .. }))
        },
    },
    Cover { rule: "D13", what: "spikes with a look-ahead", hits: |s| s.spikes_if(s.looks_ahead()) },
    Cover { rule: "D14", what: "updates reported", hits: |s| s.spikes_if(true) },
    Cover {
        rule: "D15",
        what: "retrievals whose last span is not full",
        hits: |s| usize::from(!s.case.image.blocks().is_multiple_of(s.slices() as usize)),
    },
    Cover {
        rule: "D16",
        what: "packets with more look-ups than table ports",
        hits: |s| {
            let ports = s.case.config.spec().table_ports as usize;
            s.count(|e| matches!(e, TraceEvent::Lookup { words, .. } if *words > ports))
        },
    },
    Cover {
        rule: "D17",
        what: "words of patterns by row",
        hits: |s| s.count(|e| matches!(e, TraceEvent::RowRead { .. })),
    },
    Cover {
        rule: "D17",
        what: "second words of patterns by row",
        hits: |s| s.count(|e| matches!(e, TraceEvent::RowRead { word: 1, .. })),
    },
    Cover {
        rule: "D18",
        what: "rows read for the signs of a sweep",
        hits: |s| s.count(|e| matches!(e, TraceEvent::ColumnSigns { .. })),
    },
    Cover {
        rule: "M1",
        what: "packets taken in the cycle in which they enter",
        hits: |s| {
            s.together(
                |e| matches!(e, TraceEvent::ActivationEnters { depth: 1 }),
                |e| matches!(e, TraceEvent::MacTakes { .. }),
            )
        },
    },
    Cover {
        rule: "M2",
        what: "packets that wait for a bank",
        hits: |s| {
            let groups = s.case.image.groups() as u64;
            s.count(|e| match e {
                TraceEvent::MacTakes { target: Target::AllFields, cycles, .. } => *cycles > groups,
                TraceEvent::MacTakes { cycles, .. } => *cycles > 1,
                _ => false,
            })
        },
    },
    Cover {
        rule: "M2",
        what: "packets with several weights in a word",
        hits: |s| {
            let wide = s.case.config.spec().weight_word > 1;
            if wide { s.count(|e| matches!(e, TraceEvent::MacTakes { words: 1.., .. })) } else { 0 }
        },
    },
    Cover {
        rule: "M2",
        what: "packets of several words without a weight memory",
        hits: |s| {
            let none = s.case.image.stored_weight_bits() == 0;
            if none { s.count(|e| matches!(e, TraceEvent::MacTakes { words: 2.., .. })) } else { 0 }
        },
    },
    Cover {
        rule: "M3",
        what: "packets taken",
        hits: |s| s.count(|e| matches!(e, TraceEvent::MacTakes { .. })),
    },
    Cover {
        rule: "M4",
        what: "sums through more than one cycle of the MAC pipeline",
        hits: |s| {
            let slow = s.case.config.spec().mac_latency > 1;
            if slow { s.count(|e| matches!(e, TraceEvent::MacTakes { last: true, .. })) } else { 0 }
        },
    },
    Cover {
        rule: "M5",
        what: "packets whose signs lie in several words",
        hits: |s| s.count(|e| matches!(e, TraceEvent::RowSigns { words: 2.., .. })),
    },
    Cover {
        rule: "M5",
        what: "packets all of whose signs are held",
        hits: |s| {
            let shares = s.case.image.geometry().storage().shares_signs();
            if !shares || s.is(Dataflow::Sweep) {
                return 0;
            }
            s.count(|e| matches!(e, TraceEvent::MacTakes { words: 1, .. }))
                .saturating_sub(s.count(|e| matches!(e, TraceEvent::RowSigns { .. })))
        },
    },
    Cover {
        rule: "M6",
        what: "packets lost at a full queue",
        hits: |s| usize::try_from(s.run.activity.activations_dropped).unwrap_or(usize::MAX),
    },
    Cover {
        rule: "M6",
        what: "ends of sums that wait beside the queue",
        hits: |s| {
            s.count(|e| matches!(e, TraceEvent::MacTakes { .. }))
                .saturating_sub(s.count(|e| matches!(e, TraceEvent::ActivationEnters { .. })))
        },
    },
    Cover {
        rule: "S1",
        what: "fields that are ties",
        hits: |s| s.count(|e| matches!(e, TraceEvent::Field { field: 0, .. })),
    },
    Cover {
        rule: "S2",
        what: "flips of synchronous steps",
        hits: |s| {
            let together = s.is(Dataflow::Synchronous);
            if together { s.count(|e| matches!(e, TraceEvent::Flip { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "S3",
        what: "fields of sweeps",
        hits: |s| {
            let sweeps = s.is(Dataflow::Sweep);
            if sweeps { s.count(|e| matches!(e, TraceEvent::Field { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "S4",
        what: "field registers read",
        hits: |s| {
            let keeps = s.is(Dataflow::Delta);
            if keeps { s.count(|e| matches!(e, TraceEvent::Field { .. })) } else { 0 }
        },
    },
    Cover {
        rule: "S5",
        what: "spikes through a queue of one",
        hits: |s| s.spikes_if(s.case.config.spec().spike_queue == 1),
    },
    Cover {
        rule: "S2",
        what: "flips of synchronous steps that are offered as spikes",
        hits: |s| s.spikes_if(s.is(Dataflow::Synchronous)),
    },
    Cover {
        rule: "S5",
        what: "stalls for want of a credit",
        hits: |s| s.count(|e| matches!(e, TraceEvent::SpikeStall)),
    },
    Cover {
        rule: "S5",
        what: "spikes lost at a full queue",
        hits: |s| usize::try_from(s.run.activity.spikes_dropped).unwrap_or(usize::MAX),
    },
    Cover { rule: "S6", what: "flips waited for in delta", hits: |s| s.spikes_if(s.is(Dataflow::Delta)) },
    Cover {
        rule: "S7",
        what: "values that name no neuron",
        hits: |s| s.count(|e| matches!(e, TraceEvent::Skip)),
    },
    Cover {
        rule: "S8",
        what: "flips at the end of a search",
        hits: |s| s.spikes_if(s.case.schedule.order == Order::MostViolated),
    },
    Cover { rule: "S9", what: "retrievals that converge", hits: |s| s.ends_with(Outcome::Converged) },
    Cover { rule: "S9", what: "two-cycles", hits: |s| s.ends_with(Outcome::TwoCycle) },
    Cover { rule: "S9", what: "retrievals stopped at the limit", hits: |s| s.ends_with(Outcome::StepLimit) },
    Cover { rule: "S9", what: "dead fields", hits: |s| s.ends_with(Outcome::DeadField) },
    Cover {
        rule: "S10",
        what: "neurons that the bitmap passes over",
        hits: |s| if s.by_bitmap() { s.passed_over() } else { 0 },
    },
    Cover {
        rule: "S10",
        what: "sweeps that begin with a neuron behind",
        hits: |s| {
            let steps = s.count(|e| matches!(e, TraceEvent::Step { number: 2.. }));
            if s.by_bitmap() { steps } else { 0 }
        },
    },
    Cover {
        rule: "S11",
        what: "flips of the neuron that the comparator tree finds",
        hits: |s| s.spikes_if(s.searches_by_tree()),
    },
    Cover {
        rule: "S11",
        what: "searches of the comparator tree that find none",
        hits: |s| if s.searches_by_tree() { s.ends_with(Outcome::Converged) } else { 0 },
    },
    Cover {
        rule: "S12",
        what: "cues that are stored patterns",
        hits: |s| usize::from(s.stops_early() && s.count(|e| matches!(e, TraceEvent::Field { .. })) == 0),
    },
    Cover {
        rule: "S13",
        what: "flips of sweeps whose next stream waits for the spike",
        hits: |s| s.spikes_if(s.is(Dataflow::Sweep) && s.case.config.spec().pipelined),
    },
    Cover {
        rule: "S13",
        what: "fields compared in the cycle after a flip",
        hits: |s| {
            let goes_on = s.is(Dataflow::Delta) && s.case.config.spec().pipelined;
            if goes_on { s.compared_after_flips() } else { 0 }
        },
    },
    Cover {
        rule: "S12",
        what: "stored patterns that a flip has led to",
        hits: |s| usize::from(s.stops_early() && s.flips() > 0),
    },
    Cover {
        rule: "S12",
        what: "stored patterns that a list tells of",
        hits: |s| usize::from(s.keeps_list() && s.stops_early() && s.flips() > 0),
    },
    Cover {
        rule: "S13",
        what: "lists filled anew while a spike waits",
        hits: |s| s.refreshes_before_spikes(),
    },
    Cover {
        rule: "S5",
        what: "spikes lost before a list",
        hits: |s| s.lost_before_list(s.run.activity.spikes_dropped),
    },
    Cover {
        rule: "S5",
        what: "spikes to a list that name the value that is there",
        hits: |s| s.spikes_without_change(),
    },
    Cover {
        rule: "M6",
        what: "packets from a list lost at a full queue",
        hits: |s| s.lost_before_list(s.run.activity.activations_dropped),
    },
];

/// Hits of every cover, in the order of [`COVERS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits(Vec<usize>);

impl Default for Hits {
    fn default() -> Self {
        Self(vec![0; COVERS.len()])
    }
}

impl Hits {
    /// Adds what a retrieval has seen.
    pub fn add(&mut self, seen: &Seen<'_>) {
        for (hits, cover) in self.0.iter_mut().zip(COVERS) {
            *hits += (cover.hits)(seen);
        }
    }

    /// Adds those of other retrievals.
    pub fn add_all(&mut self, other: &Self) {
        for (hits, others) in self.0.iter_mut().zip(&other.0) {
            *hits += others;
        }
    }

    /// Every cover with its hits.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Cover, usize)> + '_ {
        COVERS.iter().zip(self.0.iter().copied())
    }
}

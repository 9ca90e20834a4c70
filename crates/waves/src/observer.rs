//! The observer: every event of a retrieval becomes changes of signals and spans on tracks, and the counts a course of energy.

mod distance;
mod mac;
mod sequencer;

use crate::landscape::Landscape;
use crate::meter::{EnergyCourse, Meter};
use crate::signals::{
    Board, Change, Signal, SignalValue, Wire, component, shown, state_word, unpriced_signals,
};
use crate::spans::{Span, Spans};
use distance::ShownJob;
use klr_energy::{Cost, Ledger};
use klr_image::CoreImage;
use klr_sim::config::ConfigSpec;
use klr_sim::{Activity, CoreConfig, CoreRun, Dataflow, Needs, Sink, TraceEvent, Unconfirmed, unconfirmed};
use klr_units::{ClockMhz, Cycle, Cycles, NeuronIdx, State, Yoctojoules};
use std::collections::BTreeMap;

/// A unit of the core, with a track of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreUnit {
    /// The sequencer.
    Sequencer,
    /// The distance unit.
    Distance,
    /// The MAC array.
    Mac,
}

impl CoreUnit {
    /// All three, in the order of their tracks.
    pub const ALL: [Self; 3] = [Self::Sequencer, Self::Distance, Self::Mac];

    /// The unit's name in traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequencer => "sequencer",
            Self::Distance => "distance unit",
            Self::Mac => "MAC array",
        }
    }
}

/// Something that takes no time: a flip or a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When it happened.
    pub cycle: u64,
    /// Where; `None` for the core as a whole.
    pub unit: Option<CoreUnit>,
    /// What happened.
    pub name: String,
}

/// A retrieval as signals, spans and marks over cycles; what the file formats are written from.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The dataflow.
    pub dataflow: Dataflow,
    /// The clock, which turns cycles into time.
    pub clock: ClockMhz,
    /// Cycles of the retrieval.
    pub cycles: u64,
    /// The signals.
    pub signals: Vec<Signal>,
    /// Their changes, in order of time.
    pub changes: Vec<Change>,
    /// The spans of each unit, in the order of [`CoreUnit::ALL`].
    pub tracks: [Vec<Span>; 3],
    /// Flips and faults, in order of time.
    pub marks: Vec<Mark>,
    /// Energy over time.
    pub energy: EnergyCourse,
    /// What the retrieval uses that no RTL confirms.
    pub unconfirmed: Vec<&'static Unconfirmed>,
}

impl Recording {
    /// When `cycle` begins, in picoseconds.
    #[must_use]
    pub fn picoseconds(&self, cycle: u64) -> u64 {
        self.clock.duration(Cycles::new(cycle)).get()
    }
}

/// What has to happen in a later cycle, before its events.
#[derive(Clone, Copy, Debug)]
enum Due {
    Clear(Wire),
    Stage(&'static str),
    SpikeStallEnds,
    LookUpEnds,
    DistanceIdle,
    MacIdle,
}

/// Watches one retrieval.
#[derive(Debug)]
pub struct Observer<'a> {
    image: &'a CoreImage,
    config: &'a ConfigSpec,
    dataflow: Dataflow,
    needs: Needs,
    now: u64,
    due: BTreeMap<u64, Vec<Due>>,
    board: Board,
    tracks: [Spans; 3],
    marks: Vec<Mark>,
    landscape: Landscape<'a>,
    meter: Meter,
    job: ShownJob,
    /// The first pass is over: rows of pattern memory are read for spikes.
    counted: bool,
    /// The candidate list serves, not the counter memory.
    listed: bool,
    mac_free_at: u64,
    /// The sum at hand waits for further packets.
    sum_open: bool,
    flips: u64,
    faults: u64,
    eliminated: u64,
}

impl<'a> Observer<'a> {
    /// An observer of a retrieval under `dataflow` from `cue`, on a core of `image` and `config`.
    #[must_use]
    pub fn new(image: &'a CoreImage, config: &'a CoreConfig, dataflow: Dataflow, cue: &State) -> Self {
        let config = config.spec();
        let mut observer = Self {
            image,
            config,
            dataflow,
            needs: dataflow.needs(),
            now: 0,
            due: BTreeMap::new(),
            board: Board::new(cue.n()),
            tracks: Default::default(),
            marks: Vec::new(),
            landscape: Landscape::new(image, cue),
            meter: Meter::default(),
            job: ShownJob::Idle,
            counted: true,
            listed: config.candidates > 0,
            mac_free_at: 0,
            sum_open: false,
            flips: 0,
            faults: 0,
            eliminated: 0,
        };
        observer.show_start();
        observer
    }

    /// The recording, once the retrieval is over; `ledger` is what it cost.
    #[must_use]
    pub fn finish(mut self, retrieval: &CoreRun, ledger: &Ledger, clock: ClockMhz) -> Recording {
        let cycles = retrieval.activity.cycles;
        self.advance(cycles.saturating_sub(1));
        self.close(true);
        let energy = self.meter.finish(ledger, clock);
        let unpriced_from = self.board.signals.len();
        self.board.say_what_is_known(&energy);
        let mut changes = self.board.changes;
        changes.extend(energy_changes(&energy, unpriced_from));
        // Stable: what happens in one cycle stays in order.
        changes.sort_by_key(|change| change.cycle);
        Recording {
            dataflow: self.dataflow,
            clock,
            cycles,
            signals: self.board.signals,
            changes,
            tracks: self.tracks.map(|track| track.finish(cycles)),
            marks: self.marks,
            energy,
            unconfirmed: unconfirmed(self.image, self.config, self.dataflow),
        }
    }

    fn show_start(&mut self) {
        for (index, &word) in self.landscape.state().words().iter().enumerate() {
            self.board.put(state_word(index), SignalValue::Number(word));
        }
        self.show_landscape();
        self.board.text(Wire::Stage, "start");
        self.board.text(Wire::Job, "idle");
        self.board.text(Wire::Target, "idle");
        self.board.text(Wire::Outcome, "running");
        for count in [Wire::Faults, Wire::Flips, Wire::Eliminated, Wire::Candidates] {
            self.board.number(count, 0);
        }
        self.board.text(Wire::Fault, "none");
    }

    fn show_landscape(&mut self) {
        self.board.number(Wire::DMin, self.landscape.d_min().into());
        self.board.number(Wire::Violated, self.landscape.violated());
    }

    /// Goes on to cycle `to`, through everything that was due before its events.
    fn advance(&mut self, to: u64) {
        while self.now < to {
            self.close(false);
            self.now += 1;
            for due in self.due.remove(&self.now).unwrap_or_default() {
                self.happen(due);
            }
        }
    }

    /// The cycle is over.
    fn close(&mut self, last: bool) {
        if self.landscape.refresh() {
            self.show_landscape();
        }
        self.meter.close(self.now, last);
        self.board.number(Wire::Cycle, self.now);
        self.board.close(self.now);
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Clear(wire) => self.board.number(wire, 0),
            Due::Stage(name) => self.stage(name),
            Due::SpikeStallEnds => self.spike_stall_ends(),
            Due::LookUpEnds => self.tracks[CoreUnit::Distance as usize].end(2, self.now),
            Due::DistanceIdle => self.distance_idle(),
            Due::MacIdle => self.mac_idle(),
        }
    }

    fn later(&mut self, cycles: u64, due: Due) {
        self.due.entry(self.now + cycles).or_default().push(due);
    }

    /// A flag that is up for this cycle.
    fn pulse(&mut self, wire: Wire) {
        self.board.number(wire, 1);
        self.later(1, Due::Clear(wire));
    }

    fn mark(&mut self, unit: Option<CoreUnit>, name: String) {
        self.marks.push(Mark { cycle: self.now, unit, name });
    }

    fn track(&mut self, unit: CoreUnit) -> &mut Spans {
        &mut self.tracks[unit as usize]
    }

    fn begin(&mut self, unit: CoreUnit, level: usize, name: impl Into<String>) {
        self.tracks[unit as usize].begin(level, self.now, name);
    }

    fn fault(&mut self, name: &'static str) {
        self.faults += 1;
        self.board.number(Wire::Faults, self.faults);
        self.board.text(Wire::Fault, name);
        self.mark(None, format!("fault {name}"));
    }
}

/// The one place where an event becomes something to look at.
impl Sink for Observer<'_> {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.advance(cycle.get());
        match *event {
            TraceEvent::Cue { .. } => self.meter.want_sample(),
            TraceEvent::Step { number } => self.step(number),
            TraceEvent::PatternRead { block, neuron } => self.pattern_read(block, neuron),
            TraceEvent::RowRead { pattern, word } => self.row_read(pattern, word),
            TraceEvent::ColumnSigns { block, neuron } => self.column_signs(block, neuron),
            TraceEvent::CounterRead { block } => self.counter_read(block),
            TraceEvent::CounterWrite { block } => self.counter_write(block),
            TraceEvent::PortConflict => self.pulse(Wire::PortConflict),
            TraceEvent::Lookup { first, last, .. } => self.look_up(first, last),
            TraceEvent::Insert { entries } => self.insert(entries),
            TraceEvent::Eliminated { .. } => self.eliminated(),
            TraceEvent::ListUpdate { entries, .. } => self.list_update(entries),
            TraceEvent::Refresh => self.refresh(),
            TraceEvent::ListOverflow => self.list_overflow(),
            TraceEvent::ActivationStall => self.activation_stall(),
            TraceEvent::ActivationEnters { depth } => self.packet_enters(depth),
            TraceEvent::MacTakes { words, target, last, cycles } => {
                self.mac_takes(words, target, last, cycles);
            }
            TraceEvent::RowSigns { .. } => {}
            TraceEvent::Field { neuron, field } => self.field(neuron, field),
            TraceEvent::Skip => self.skip(),
            TraceEvent::Flip { neuron, .. } => self.flip(neuron),
            TraceEvent::SpikeStall => self.spike_stall(),
            TraceEvent::SpikeEnters { depth, .. } => self.spike_enters(depth),
            TraceEvent::SpikeTaken { neuron } => self.spike_taken(neuron),
            TraceEvent::Fault { code } => self.fault(code.name()),
            TraceEvent::End { outcome } => self.end(outcome),
        }
    }

    fn counted(&mut self, cycle: Cycle, activity: &Activity) {
        self.advance(cycle.get());
        self.meter.counted = *activity;
    }
}

/// Sums of energy as far as they are known, power from the first cycle of the time over which it is measured, and what was
/// counted of what has no price. A signal of which nothing is known keeps saying so.
fn energy_changes(energy: &EnergyCourse, unpriced_from: usize) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut put = |cycle, signal, value| changes.push(Change { cycle, signal, value });
    for sample in &energy.samples {
        let cycle = sample.cycle;
        if let Some(power) = &sample.power {
            put(power.start, Wire::Power as usize, shown(power.total.map(|milliwatts| milliwatts * 1e3)));
        }
        let femtojoules = |cost: Cost<Yoctojoules>| shown(cost.map(|energy| energy.get() as f64 / 1e9));
        put(cycle, Wire::Energy as usize, femtojoules(sample.total));
        for (index, &sum) in sample.components.iter().enumerate() {
            put(cycle, component(index), femtojoules(sum));
        }
        for (signal, index) in (unpriced_from..).zip(unpriced_signals(energy)) {
            put(cycle, signal, SignalValue::Number(sample.unpriced[index]));
        }
    }
    changes
}

/// The word of the state register with `neuron` in it, and its place.
fn word_of(state: &State, neuron: NeuronIdx) -> (usize, u64) {
    let index = neuron.get() / 64;
    (index, state.words()[index])
}

//! The one loop, and the only owner of time.

mod shortcut;
mod units;

use crate::activity::Activity;
use crate::config::CoreConfig;
use crate::context::{Context, FaultLog};
use crate::dataflow::Schedule;
use crate::event::{EventQueue, Slot};
use crate::fault::{Fault, FaultKind};
use crate::message::{Message, UnitId};
use crate::stages::Stages;
use crate::trace::Sink;
use crate::unit::distance::DistanceUnit;
use crate::unit::mac::MacArray;
use crate::unit::sequencer::Sequencer;
use klr_image::reference::{CueSizeError, Reference};
use klr_image::{CoreImage, Outcome};
use klr_units::{Cycle, NeuronIdx, State};
use shortcut::Shortcut;
use std::fmt;
use units::Units;

/// One core: an image and the knobs of the hardware it runs on.
#[derive(Clone, Debug)]
pub struct Core<'a> {
    image: &'a CoreImage,
    config: CoreConfig,
    /// Every stored pattern is a fixed point, as far as anybody needs to know.
    certified: bool,
    /// A sum can leave its accumulator, from the image's worst case.
    may_overflow: bool,
}

/// One retrieval, as the hardware did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreRun {
    /// The state at the end.
    pub state: State,
    /// How it ended; `None` if the core got stuck, which is among the faults.
    pub outcome: Option<Outcome>,
    /// Every flip with its cycle, in order.
    pub flips: Vec<(Cycle, NeuronIdx)>,
    /// What was counted.
    pub activity: Activity,
    /// The first faults, in order of time.
    pub faults: Vec<Fault>,
    /// All faults, those that were not kept included.
    pub fault_count: u64,
}

impl<'a> Core<'a> {
    /// A core with `image` loaded. With `early_stop` every stored pattern is tried once: if all are fixed points, a
    /// retrieval may end as soon as it has reached one.
    #[must_use]
    pub fn new(image: &'a CoreImage, config: CoreConfig) -> Self {
        let certified =
            config.spec().early_stop && Reference::new(image).stored().fixed == u64::from(image.p());
        let may_overflow = image.required_accumulator_bits() > image.geometry().accumulator_bits();
        Self { image, config, certified, may_overflow }
    }

    /// Runs one retrieval from `cue` and tells `sink` what happens.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons than the image.
    pub fn retrieve<S: Sink>(
        &self,
        cue: &State,
        schedule: Schedule,
        sink: &mut S,
    ) -> Result<CoreRun, CueSizeError> {
        Ok(Machine::new(self, cue, schedule, sink)?.finish())
    }
}

/// A core in the middle of a retrieval: it can be stepped from event to event, and read between the steps.
///
/// Between two steps [`Machine::now`] is over and nothing of a later cycle has happened. What can be read is what stands in
/// the core then: the state register with the flips of this cycle, the depth of the queues after what entered and left them,
/// and the counts. Messages under way, the words of a first pass in the lanes and sums in the pipeline of the MAC array
/// cannot be read.
///
/// Steps go event by event, whoever watches. Only [`Machine::finish`] does work whose course is known in one go, if nobody
/// does, and tells a stream from its course, if somebody does; result, events, cycles and counts are the same.
///
/// ```
/// # use klr_image::{CoreImage, Geometry, KernelTable, Order};
/// # use klr_sim::{Core, CoreConfig, Dataflow, Machine, NoTrace, Schedule};
/// # use klr_units::{Bits, State};
/// # let patterns = [State::from_signs(&[1, 1, -1, -1]).unwrap(), State::from_signs(&[-1, 1, 1, -1]).unwrap()];
/// # let table = KernelTable::nearest_relative(Bits::new(4).unwrap(), &[15, 4, 1]).unwrap();
/// # let weights: Vec<i16> = patterns.iter().flat_map(|s| (0..4).map(|i| i16::from(s.sign(i)))).collect();
/// # let image = CoreImage::new(Geometry::tiny(), &patterns, Bits::new(1).unwrap(), weights, table).unwrap();
/// # let mut cue = patterns[0].clone();
/// # cue.flip(1);
/// let core = Core::new(&image, CoreConfig::tiny());
/// let schedule = Schedule { dataflow: Dataflow::Delta, order: Order::Sequential };
/// let mut machine = Machine::new(&core, &cue, schedule, NoTrace).unwrap();
/// while machine.flips().is_empty() {
///     machine.step().expect("a cue one bit off is repaired");
/// }
/// assert_eq!(machine.state(), &patterns[0]);
/// assert_eq!(machine.activity().flips, 1);
/// let run = machine.finish();
/// assert!(run.activity.cycles > run.flips[0].0.get());
/// ```
pub struct Machine<'a, S> {
    units: Units<S>,
    ctx: Context<'a, S>,
    shortcut: Shortcut,
    /// What happens in the cycle at hand; empty between steps, and kept for its allocation.
    slot: Slot,
}

impl<'a, S: Sink> Machine<'a, S> {
    /// `core` with `cue` in its state register, before its first cycle. `sink` is told what happens; a borrowed one will do.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons than the image.
    pub fn new(core: &'a Core<'_>, cue: &State, schedule: Schedule, sink: S) -> Result<Self, CueSizeError> {
        let (image, config, needs) = (core.image, core.config.spec(), schedule.dataflow.needs());
        CueSizeError::check(cue, image)?;
        let mac = MacArray::new(image, needs, config, core.may_overflow);
        let shortcut = Shortcut::new(image, needs, config, mac.operands(), core.may_overflow);
        let units = Units {
            sequencer: Sequencer::new(image, schedule, config, core.certified),
            distance: DistanceUnit::new(image, needs, config),
            mac,
        };
        let registers = if needs.keeps_fields { image.n() as usize } else { 0 };
        let mut ctx = Context {
            now: Cycle::ZERO,
            image,
            config,
            stages: Stages::of(image, config),
            activity: Activity::default(),
            faults: FaultLog::default(),
            queue: EventQueue::new(),
            sink,
            state: cue.clone(),
            fields: vec![0; registers],
            arriving: Vec::new(),
            pool: Vec::new(),
        };
        // The cue comes in through the port to the host, and is complete at the end of it (C4).
        ctx.queue.wake(UnitId::Sequencer, Cycle::new(ctx.stages.host - 1));
        Ok(Self { units, ctx, shortcut, slot: Slot::default() })
    }

    // ----- time ------------------------------------------------------------------------------------------------------

    /// Goes on to the next cycle in which something happens, and returns it: its messages have arrived, its units have
    /// acted, and the sink has been told of both and of the counts. `None`, and nothing has happened, if the retrieval has
    /// ended or the core is stuck.
    pub fn step(&mut self) -> Option<Cycle> {
        self.turn(false, UnitId::ALL, |_| true)
    }

    /// The cycle that the next step goes to.
    #[must_use]
    pub fn next_cycle(&self) -> Option<Cycle> {
        if self.outcome().is_some() { None } else { self.ctx.queue.next() }
    }

    /// Goes on to the end of the retrieval and returns what it gave.
    #[must_use]
    pub fn finish(self) -> CoreRun {
        self.finish_with(true, UnitId::ALL, |_| true)
    }

    /// The end of the retrieval with the units acting in the given order within a cycle, which has no effect, and without
    /// the messages that `arrives` refuses, which a core that works does not lose: both are for tests, event by event.
    fn finish_with(mut self, fast: bool, order: [UnitId; 3], arrives: impl Fn(&Message) -> bool) -> CoreRun {
        while self.turn(fast, order, &arrives).is_some() {}
        self.result()
    }

    /// One cycle; the numbers are those of `docs/timing.md`. `fast`: work whose course is known is done in one go.
    fn turn(&mut self, fast: bool, order: [UnitId; 3], arrives: impl Fn(&Message) -> bool) -> Option<Cycle> {
        if self.units.sequencer.outcome().is_some() {
            return None;
        }
        let Self { units, ctx, shortcut, slot } = self;
        // 1. Jump to the next cycle in which something happens.
        ctx.now = ctx.queue.advance()?;
        ctx.queue.take(slot);
        // 2. Arrive: messages reach their units in the order in which they were sent.
        for (unit, message) in slot.arrivals.drain(..) {
            if arrives(&message) && !(fast && shortcut.command(&message, units, ctx)) {
                units.deliver(unit, message, ctx);
            }
        }
        // Messages wake their unit in this very cycle, so the set of woken units is read after the arrivals.
        let woken = std::mem::take(&mut slot.woken) | ctx.queue.take_woken();
        // 3. Act: every woken unit once. No unit sees in this cycle what another does in it.
        for unit in order {
            if woken & unit.bit() != 0 && !(fast && unit == UnitId::Distance && shortcut.spike(units, ctx)) {
                units.act(unit, ctx);
            }
        }
        if S::ENABLED {
            ctx.sink.counted(ctx.now, &ctx.activity);
        }
        Some(ctx.now)
    }

    fn result(self) -> CoreRun {
        let Self { units, mut ctx, .. } = self;
        let mut outcome = units.sequencer.outcome();
        let (d_min, dead) = units.distance.observe(ctx.image);
        if outcome == Some(Outcome::Converged) && dead {
            outcome = Some(Outcome::DeadField);
            let window = ctx.image.table().window();
            ctx.fault(FaultKind::DeadField { d_min, window });
        }
        if outcome.is_none() {
            ctx.fault(FaultKind::Stuck { waiting: units.waiting() });
        }
        // The state goes out through the same port; a core that is stuck has none to give (C4).
        let goes_out = if outcome.is_some() { ctx.stages.host } else { 0 };
        ctx.activity.cycles = ctx.cycles() + goes_out;
        CoreRun {
            state: ctx.state,
            outcome,
            flips: units.sequencer.into_flips(),
            activity: ctx.activity,
            faults: ctx.faults.kept,
            fault_count: ctx.faults.total,
        }
    }

    // ----- what can be read between steps ----------------------------------------------------------------------------

    /// The cycle of the last step; the first before there was one.
    #[must_use]
    pub const fn now(&self) -> Cycle {
        self.ctx.now
    }

    /// The state register.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.ctx.state
    }

    /// The field registers, if the dataflow keeps fields: with all packets that the MAC array has taken, whose last products
    /// reach the registers only when the sum retires (M4).
    #[must_use]
    pub fn fields(&self) -> Option<&[i64]> {
        if self.ctx.fields.is_empty() { None } else { Some(&self.ctx.fields) }
    }

    /// What was counted up to the end of the last step's cycle.
    #[must_use]
    pub const fn activity(&self) -> Activity {
        let cycles = self.ctx.cycles();
        Activity { cycles, ..self.ctx.activity }
    }

    /// Spikes in the spike queue: those that entered and have not been taken.
    #[must_use]
    pub fn spike_queue(&self) -> usize {
        self.units.distance.queue_depth()
    }

    /// Packets in the activation queue: those that entered and have not been taken.
    #[must_use]
    pub fn activation_queue(&self) -> usize {
        self.units.mac.queue_depth()
    }

    /// Every flip so far with its cycle, in order.
    #[must_use]
    pub fn flips(&self) -> &[(Cycle, NeuronIdx)] {
        self.units.sequencer.flips()
    }

    /// How the retrieval ended, once it has; a dead field is told apart from convergence by [`Machine::finish`] only.
    #[must_use]
    pub const fn outcome(&self) -> Option<Outcome> {
        self.units.sequencer.outcome()
    }

    /// The first faults so far, in order of time.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.ctx.faults.kept
    }

    /// Whoever watches.
    #[must_use]
    pub const fn sink(&self) -> &S {
        &self.ctx.sink
    }
}

impl<S> fmt::Debug for Machine<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Context { now, state, activity, .. } = &self.ctx;
        f.debug_struct("Machine")
            .field("now", now)
            .field("state", state)
            .field("activity", activity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigSpec, QueuePolicy};
    use crate::dataflow::Dataflow;
    use crate::fault::FaultCode;
    use crate::trace::{BinaryTrace, TextTrace, TraceEvent, decode};
    use klr_image::{Geometry, KernelTable, Order};
    use klr_units::Bits;

    /// Six patterns of five neurons, weights equal to the signs, a cue one bit off.
    fn image() -> (CoreImage, State) {
        let patterns: Vec<State> = ["+++++", "-----", "+-+-+", "--+++", "+++--", "-+-+-"]
            .map(|signs| {
                let signs: Vec<i8> = signs.chars().map(|c| if c == '+' { 1 } else { -1 }).collect();
                State::from_signs(&signs).unwrap()
            })
            .to_vec();
        let weights = patterns.iter().flat_map(|s| s.signs().map(i16::from).collect::<Vec<_>>()).collect();
        let bits = Bits::new(4).unwrap();
        let table = KernelTable::nearest_relative(bits, &[15, 6, 2]).unwrap();
        let mut cue = patterns[0].clone();
        cue.flip(2);
        (CoreImage::new(Geometry::tiny(), &patterns, bits, weights, table).unwrap(), cue)
    }

    fn configs() -> [CoreConfig; 3] {
        let plain = *CoreConfig::tiny().spec();
        let lean =
            ConfigSpec { candidates: 3, partial_distance: true, pipelined: true, bitmap: true, ..plain };
        let lossy =
            ConfigSpec { queue_policy: QueuePolicy::Drop, incremental: true, spike_queue: 1, ..plain };
        [plain, lean, lossy].map(|spec| CoreConfig::new(spec).unwrap())
    }

    /// C1: what a unit does in a cycle cannot be seen by another in the same cycle.
    #[test]
    fn the_order_of_units_within_a_cycle_has_no_effect() {
        use UnitId::{Distance, Mac, Sequencer};
        let (image, cue) = image();
        let orders = [
            [Sequencer, Distance, Mac],
            [Sequencer, Mac, Distance],
            [Distance, Sequencer, Mac],
            [Distance, Mac, Sequencer],
            [Mac, Sequencer, Distance],
            [Mac, Distance, Sequencer],
        ];
        for config in configs() {
            for dataflow in Dataflow::ALL {
                let schedule = Schedule { dataflow, order: Order::Sequential };
                let core = Core::new(&image, config);
                // Lines of one cycle are sorted: the order of units shows there and nowhere else.
                let runs = orders.map(|order| {
                    let mut trace = TextTrace::default();
                    let machine = Machine::new(&core, &cue, schedule, &mut trace).unwrap();
                    let run = machine.finish_with(false, order, |_| true);
                    let mut lines: Vec<String> = trace.text().lines().map(str::to_owned).collect();
                    lines.sort();
                    (run, lines)
                });
                for run in &runs[1..] {
                    assert_eq!(run, &runs[0], "{}", dataflow.name());
                }
            }
        }
    }

    /// A core that loses a message stands still, and says who waits for what.
    #[test]
    fn a_stuck_core_names_what_each_unit_waits_for() {
        let (image, cue) = image();
        let core = Core::new(&image, configs()[0]);
        let lose = |dataflow, lost: fn(&Message) -> bool| {
            let schedule = Schedule { dataflow, order: Order::Sequential };
            // Under a watching sink, so that the work goes message by message.
            let mut sink = BinaryTrace::default();
            let machine = Machine::new(&core, &cue, schedule, &mut sink).unwrap();
            let run = machine.finish_with(false, UnitId::ALL, |message| !lost(message));
            assert_eq!(run.outcome, None, "it does not end");
            let events = decode(sink.bytes()).unwrap();
            let (_, last) = events.last().unwrap();
            assert_eq!(*last, TraceEvent::Fault { code: FaultCode::Stuck }, "in the binary trace too");
            run.faults[0].to_string()
        };
        assert_eq!(
            lose(Dataflow::Delta, |m| matches!(m, Message::DistancesReady { .. })),
            "cycle 12: stuck: sequencer: the end of a first pass; distance unit: a command (0 in the spike queue); \
             MAC array: a packet (0 in the activation queue)",
            "a lost report"
        );
        let fault = lose(Dataflow::Synchronous, |m| matches!(m, Message::ActivationCredit));
        assert!(
            fault.contains("distance unit: room in the activation queue, since cycle"),
            "a lost credit: {fault}"
        );
        let fault = lose(Dataflow::Delta, |m| matches!(m, Message::SpikeDone { .. }));
        assert!(
            fault.contains("sequencer: 0 spikes to enter the queue, 1 to be done"),
            "a lost report: {fault}"
        );
    }
}

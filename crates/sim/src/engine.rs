//! The one loop, and the only owner of time.

use crate::activity::Activity;
use crate::config::CoreConfig;
use crate::context::{Context, FaultLog};
use crate::dataflow::{Dataflow, Schedule};
use crate::event::{EventQueue, Slot};
use crate::fault::{Fault, FaultKind};
use crate::message::{Message, UnitId};
use crate::trace::Sink;
use crate::unit::distance::DistanceUnit;
use crate::unit::mac::MacArray;
use crate::unit::sequencer::Sequencer;
use klr_image::reference::{CueSizeError, Reference};
use klr_image::{CoreImage, Outcome};
use klr_units::{Cycle, Cycles, NeuronIdx, State};

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

/// The three units of a running core.
struct Units<'p> {
    sequencer: Sequencer,
    distance: DistanceUnit<'p>,
    mac: MacArray,
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
        CueSizeError::check(cue, self.image)?;
        Ok(self.run(cue, schedule, sink, UnitId::ALL, |_| true))
    }

    /// The retrieval with the units acting in the given order within a cycle, which has no effect, and without the
    /// messages that `arrives` refuses, which a core that works does not lose: both are for tests.
    fn run<S: Sink>(
        &self,
        cue: &State,
        schedule: Schedule,
        sink: &mut S,
        order: [UnitId; 3],
        arrives: impl Fn(&Message) -> bool,
    ) -> CoreRun {
        let config = self.config.spec();
        let mut units = Units {
            sequencer: Sequencer::new(self.image, schedule, config, self.certified),
            distance: DistanceUnit::new(
                self.image,
                self.image.patterns(),
                schedule.dataflow,
                config,
                self.may_overflow,
            ),
            mac: MacArray::new(self.image, schedule.dataflow, config, self.may_overflow),
        };
        let registers = if schedule.dataflow == Dataflow::Delta { self.image.n() as usize } else { 0 };
        let mut ctx = Context {
            now: Cycle::ZERO,
            image: self.image,
            config,
            activity: Activity::default(),
            faults: FaultLog::default(),
            queue: EventQueue::new(),
            sink,
            state: cue.clone(),
            fields: vec![0; registers],
            pool: Vec::new(),
        };
        ctx.queue.wake(UnitId::Sequencer, Cycle::ZERO);
        run(&mut units, &mut ctx, order, arrives);
        finish(units, ctx)
    }
}

/// Steps from cycle to cycle until the sequencer has ended the retrieval; the numbers are those of `docs/timing.md`.
fn run<S: Sink>(
    units: &mut Units<'_>,
    ctx: &mut Context<'_, S>,
    order: [UnitId; 3],
    arrives: impl Fn(&Message) -> bool,
) {
    let mut slot = Slot::default();
    while units.sequencer.outcome().is_none() {
        // 1. Jump to the next cycle in which something happens.
        let Some(now) = ctx.queue.advance() else { return };
        ctx.now = now;
        slot = ctx.queue.take(slot);
        // 2. Arrive: messages reach their units in the order in which they were sent.
        for (unit, message) in slot.arrivals.drain(..) {
            if arrives(&message) {
                units.deliver(unit, message, ctx);
            }
        }
        // Messages wake their unit in this very cycle, so the set of woken units is read after the arrivals.
        let woken = std::mem::take(&mut slot.woken) | ctx.queue.take_woken();
        // 3. Act: every woken unit once. No unit sees in this cycle what another does in it.
        for unit in order {
            if woken & unit.bit() != 0 {
                units.act(unit, ctx);
            }
        }
        if S::ENABLED {
            ctx.sink.counted(ctx.now, &ctx.activity);
        }
    }
}

impl Units<'_> {
    fn deliver<S: Sink>(&mut self, unit: UnitId, message: Message, ctx: &mut Context<'_, S>) {
        match (unit, message) {
            (UnitId::Distance, Message::FirstPass) => self.distance.first_pass(ctx),
            (UnitId::Distance, Message::Stream(stream)) => self.distance.stream(stream, ctx),
            (UnitId::Distance, Message::Spike(spike)) => self.distance.spike(spike, ctx),
            (UnitId::Distance, Message::ActivationCredit) => self.distance.credit(ctx),
            (UnitId::Mac, Message::Packet(packet)) => self.mac.enter(packet, ctx),
            (UnitId::Sequencer, message) => self.sequencer.hear(message, ctx),
            (unit, message) => unreachable!("{message:?} is not for {unit:?}"),
        }
    }

    fn act<S: Sink>(&mut self, unit: UnitId, ctx: &mut Context<'_, S>) {
        match unit {
            UnitId::Sequencer => self.sequencer.act(ctx),
            UnitId::Distance => self.distance.act(ctx),
            UnitId::Mac => self.mac.act(ctx),
        }
    }

    fn waiting(&self) -> Vec<String> {
        vec![self.sequencer.waits_for(), self.distance.waits_for(), self.mac.waits_for()]
    }
}

fn finish<S: Sink>(units: Units<'_>, mut ctx: Context<'_, S>) -> CoreRun {
    let mut outcome = units.sequencer.outcome();
    let (d_min, dead) = units.distance.observe(ctx.image.table());
    if outcome == Some(Outcome::Converged) && dead {
        outcome = Some(Outcome::DeadField);
        let window = ctx.image.table().window();
        ctx.fault(FaultKind::DeadField { d_min, window });
    }
    if outcome.is_none() {
        ctx.fault(FaultKind::Stuck { waiting: units.waiting() });
    }
    // A retrieval that ends in cycle t has occupied the cycles 0 to t.
    ctx.activity.cycles = (ctx.now + Cycles::ONE - Cycle::ZERO).get();
    CoreRun {
        state: ctx.state,
        outcome,
        flips: units.sequencer.into_flips(),
        activity: ctx.activity,
        faults: ctx.faults.kept,
        fault_count: ctx.faults.total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigSpec, QueuePolicy};
    use crate::trace::TextTrace;
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
                    let run = core.run(&cue, schedule, &mut trace, order, |_| true);
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
            let mut sink = TextTrace::default();
            let run = core.run(&cue, schedule, &mut sink, UnitId::ALL, |message| !lost(message));
            assert_eq!(run.outcome, None, "it does not end");
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

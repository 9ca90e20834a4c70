//! The one loop, and the only owner of time.

use crate::activity::Activity;
use crate::config::{CoreConfig, Dataflow, Schedule};
use crate::event::{EventQueue, Slot};
use crate::fault::{Fault, FaultKind};
use crate::trace::Sink;
use crate::unit::distance::DistanceUnit;
use crate::unit::mac::MacArray;
use crate::unit::sequencer::{self, Sequencer};
use crate::unit::{Context, FaultLog, Message, UnitId};
use klr_image::reference::{CueSizeError, Reference};
use klr_image::{CoreImage, Outcome};
use klr_units::{Cycle, Cycles, NeuronIdx, State};

/// One core: an image and the knobs of the hardware it runs on.
#[derive(Clone, Copy, Debug)]
pub struct Core<'a> {
    image: &'a CoreImage,
    config: CoreConfig,
    /// Every stored pattern is a fixed point, as far as anybody needs to know.
    certified: bool,
}

/// One retrieval, as the hardware did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrieval {
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
struct Units {
    sequencer: Sequencer,
    distance: DistanceUnit,
    mac: MacArray,
}

impl<'a> Core<'a> {
    /// A core with `image` loaded. With `early_stop` every stored pattern is tried once: if all are fixed points, a
    /// retrieval may end as soon as it has reached one.
    #[must_use]
    pub fn new(image: &'a CoreImage, config: CoreConfig) -> Self {
        let certified =
            config.spec().early_stop && Reference::new(image).stored().fixed == u64::from(image.p());
        Self { image, config, certified }
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
    ) -> Result<Retrieval, CueSizeError> {
        CueSizeError::check(cue, self.image)?;
        let config = self.config.spec();
        let mut units = Units {
            sequencer: Sequencer::new(self.image, schedule, config, self.certified),
            distance: DistanceUnit::new(self.image, schedule.dataflow, config),
            mac: MacArray::new(self.image, schedule.dataflow, config),
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
        run(&mut units, &mut ctx);
        Ok(finish(units, ctx))
    }
}

/// Steps from cycle to cycle until the sequencer has ended the retrieval; the numbers are those of `docs/timing.md`.
fn run<S: Sink>(units: &mut Units, ctx: &mut Context<'_, S>) {
    let mut slot = Slot::default();
    while units.sequencer.outcome().is_none() {
        // 1. Jump to the next cycle in which something happens.
        let Some(now) = ctx.queue.advance() else { return };
        ctx.now = now;
        slot = ctx.queue.take(slot);
        // 2. Arrive: messages reach their units in the order in which they were sent.
        for (unit, message) in slot.arrivals.drain(..) {
            units.deliver(unit, message, ctx);
        }
        // Messages wake their unit in this very cycle, so the set of woken units is read after the arrivals.
        let woken = std::mem::take(&mut slot.woken) | ctx.queue.take_woken();
        // 3. Act: every woken unit once. No unit sees in this cycle what another does in it.
        for unit in UnitId::ALL {
            if woken & unit.bit() != 0 {
                units.act(unit, ctx);
            }
        }
    }
}

impl Units {
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

fn finish<S: Sink>(units: Units, mut ctx: Context<'_, S>) -> Retrieval {
    let mut outcome = units.sequencer.outcome();
    let (d_min, dead) = units.distance.observe(ctx.image.table());
    if outcome == Some(Outcome::Converged) && dead {
        outcome = Some(Outcome::DeadField);
        sequencer::report_dead_field(d_min, &mut ctx);
    }
    if outcome.is_none() {
        ctx.fault(FaultKind::Stuck { waiting: units.waiting() });
    }
    // A retrieval that ends in cycle t has occupied the cycles 0 to t.
    ctx.activity.cycles = (ctx.now + Cycles::ONE - Cycle::ZERO).get();
    Retrieval {
        state: ctx.state,
        outcome,
        flips: units.sequencer.into_flips(),
        activity: ctx.activity,
        faults: ctx.faults.kept,
        fault_count: ctx.faults.total,
    }
}

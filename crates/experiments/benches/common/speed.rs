//! CPU seconds of retrievals, in the simulator and in the untimed reference by turns.

use super::case::{self, Case, Size};
use super::clock::{Clock, Samples};
use klr_image::Update;
use klr_image::reference::Reference;
use klr_sim::{Core, CoreConfig, CoreRun, Dataflow, Machine, NoTrace, Sink, TraceEvent};
use klr_units::Cycle;
use serde_json::{Value, json};
use std::hint::black_box;

/// A sample is at least this long, so that an error of 0.2 ms in the clock stays below one percent.
const SAMPLE_SECONDS: f64 = 0.06;

/// What the retrievals of all cues did together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    pub(crate) macs: u64,
    pub(crate) cycles: u64,
}

/// Something that is measured by turns with others.
pub(crate) struct Subject<'a> {
    run: Box<dyn Fn() -> Work + 'a>,
    /// What one run does.
    pub(crate) work: Work,
    /// Runs in a sample.
    runs: u32,
    /// Seconds of one run.
    pub(crate) samples: Samples,
}

impl<'a> Subject<'a> {
    /// Warms up with one run, which also tells how many make a sample long enough.
    pub(crate) fn new(clock: &Clock, run: impl Fn() -> Work + 'a) -> Self {
        let mut work = Work::default();
        let seconds = clock.seconds(|| work = run());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at least 1, and saturated"
        )]
        let runs = (SAMPLE_SECONDS / seconds.max(1e-9)).ceil().max(1.0) as u32;
        Self { run: Box::new(run), work, runs, samples: Samples::default() }
    }

    pub(crate) fn sample(&mut self, clock: &Clock) {
        let seconds = clock.seconds(|| {
            for _ in 0..self.runs {
                black_box((self.run)());
            }
        });
        self.samples.0.push(seconds / f64::from(self.runs));
    }
}

/// How a dataflow is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// No levers, and nobody watches: what has a closed form is counted by it.
    Plain,
    /// No levers, and a sink is told of every event.
    Watched,
    /// The same from cycle to cycle, so that the core can be read in between: every event goes through the queue of events.
    Stepped,
    /// Every lever on, and nobody watches.
    Levers,
}

impl How {
    /// What stands behind the dataflow's name.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Watched => ", watched",
            Self::Stepped => ", stepped",
            Self::Levers => ", levers",
        }
    }

    /// Whether a sink is told of every event.
    pub(crate) const fn is_watched(self) -> bool {
        matches!(self, Self::Watched | Self::Stepped)
    }
}

/// Hears every event and keeps none.
struct Watcher;

impl Sink for Watcher {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        black_box((cycle, event));
    }
}

/// One line of the table: a size and a dataflow.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) size: Size,
    pub(crate) dataflow: Dataflow,
    pub(crate) how: How,
    pub(crate) cues: usize,
    pub(crate) work: Work,
    pub(crate) simulator: Samples,
    pub(crate) reference: Samples,
}

impl Row {
    /// The dataflow, and how it was run.
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.dataflow.name(), self.how.suffix())
    }

    /// Synaptic operations per CPU second.
    pub(crate) fn operations_per_second(&self) -> f64 {
        self.work.macs as f64 / self.simulator.median()
    }

    /// Simulated cycles per CPU second.
    pub(crate) fn cycles_per_second(&self) -> f64 {
        self.work.cycles as f64 / self.simulator.median()
    }

    /// The simulator's time in times of the reference.
    pub(crate) fn slowdown(&self) -> f64 {
        self.simulator.over(&self.reference)
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "n": self.size.n,
            "p": self.size.p,
            "dataflow": self.dataflow.name(),
            "levers": self.how == How::Levers,
            "watched": self.how.is_watched(),
            "cues": self.cues,
            "synaptic_operations": self.work.macs,
            "cycles": self.work.cycles,
            "synaptic_operations_per_second": self.operations_per_second(),
            "cycles_per_second": self.cycles_per_second(),
            "times_reference": self.slowdown(),
            "seconds": self.simulator.0,
            "reference_seconds": self.reference.0,
        })
    }
}

/// Retrieves every cue of `case`.
pub(crate) fn simulate(case: &Case, core: &Core<'_>, dataflow: Dataflow, how: How) -> Work {
    match how {
        How::Plain | How::Levers => simulate_under(case, core, dataflow, how, &mut NoTrace),
        How::Watched | How::Stepped => simulate_under(case, core, dataflow, how, &mut Watcher),
    }
}

fn simulate_under<S: Sink>(case: &Case, core: &Core<'_>, dataflow: Dataflow, how: How, sink: &mut S) -> Work {
    let mut work = Work::default();
    for cue in &case.cues {
        let machine = Machine::new(core, cue, case::schedule(dataflow), &mut *sink);
        let mut machine = machine.expect("the cues have the size of the image");
        while how == How::Stepped && machine.step().is_some() {}
        let activity = black_box(machine.finish()).activity;
        work.macs += activity.macs;
        work.cycles += activity.cycles;
    }
    work
}

/// All dataflows of one size.
pub(crate) fn measure(case: &Case, clock: &Clock, repeats: u32) -> Vec<Row> {
    let reference = Reference::new(&case.image);
    let plain = Core::new(&case.image, case::plain());
    let levers = Core::new(&case.image, case::levers());
    let lines = [
        (Dataflow::Synchronous, How::Plain, &plain),
        (Dataflow::Synchronous, How::Watched, &plain),
        (Dataflow::Sweep, How::Plain, &plain),
        (Dataflow::Sweep, How::Watched, &plain),
        (Dataflow::Delta, How::Plain, &plain),
        (Dataflow::Delta, How::Watched, &plain),
        (Dataflow::Delta, How::Levers, &levers),
    ];
    for (dataflow, _, core) in lines {
        check(case, &reference, core, dataflow);
    }

    // Looked up here: resolving a plan takes ten times as long as a retrieval.
    let max_steps = u64::from(case::plain().spec().max_steps);
    let refer = |update: Update| {
        for cue in &case.cues {
            black_box(reference.retrieve(cue, update, max_steps).expect("the same cues"));
        }
        Work::default()
    };
    let mut references = [Dataflow::Synchronous, Dataflow::Sweep]
        .map(|d| Subject::new(clock, move || refer(case::schedule(d).update())));
    let mut simulators =
        lines.map(|(d, how, core)| Subject::new(clock, move || simulate(case, core, d, how)));
    for _ in 0..repeats {
        for subject in references.iter_mut().chain(&mut simulators) {
            subject.sample(clock);
        }
    }

    let [synchronous, asynchronous] = references.map(|subject| subject.samples);
    let rows = lines.into_iter().zip(simulators).map(|((dataflow, how, _), simulator)| Row {
        size: case.size,
        dataflow,
        how,
        cues: case.cues.len(),
        work: simulator.work,
        simulator: simulator.samples,
        reference: if dataflow == Dataflow::Synchronous { &synchronous } else { &asynchronous }.clone(),
    });
    rows.collect()
}

/// Times are comparable only if both do the same retrieval.
fn check(case: &Case, reference: &Reference<'_>, core: &Core<'_>, dataflow: Dataflow) {
    let schedule = case::schedule(dataflow);
    for (index, cue) in case.cues.iter().enumerate() {
        let run: CoreRun = core.retrieve(cue, schedule, &mut NoTrace).expect("the size of the image");
        let meant = reference
            .retrieve(cue, schedule.update(), case::plain().spec().max_steps.into())
            .expect("the size of the image");
        let place = format!("{}, {}, cue {index}", case.size, dataflow.name());
        assert_eq!(run.state, meant.state, "{place}: state");
        assert_eq!(run.outcome, Some(meant.outcome), "{place}: outcome");
        assert!(run.flips.iter().map(|flip| flip.1).eq(meant.flips), "{place}: flips");
    }
}

/// The configuration without levers, for whoever measures one dataflow only.
pub(crate) fn plain_core(case: &Case) -> Core<'_> {
    let config: CoreConfig = case::plain();
    Core::new(&case.image, config)
}

//! Is a machine that is stepped the core that runs, and is what can be read between the steps what the trace tells?

mod harness;

use harness::{Case, memory_case, random_case};
use klr_sim::config::ConfigSpec;
use klr_sim::{
    Activity, Core, CoreConfig, CoreRun, Dataflow, Machine, NoTrace, QueuePolicy, Sink, TraceEvent,
};
use klr_units::{Cycle, State};

/// Random cores and memories, each plain, lean, pipelined and with queues that lose events, in every dataflow.
fn runs() -> impl Iterator<Item = (u64, Case, Dataflow)> {
    let cases =
        (0..80).map(|seed| (seed, random_case(seed))).chain((0..20).map(|seed| (seed, memory_case(seed))));
    let levers: [fn(&mut ConfigSpec); 4] = [
        |c| (c.candidates, c.zero_skip, c.incremental) = (0, false, false),
        |c| {
            (c.candidates, c.partial_distance, c.zero_skip, c.incremental) = (8, true, true, true);
            (c.bitmap, c.tree_latency, c.early_stop, c.distance_slices) = (true, 2, true, 2);
        },
        |c| (c.pipelined, c.bitmap) = (true, true),
        |c| (c.queue_policy, c.spike_queue, c.activation_queue) = (QueuePolicy::Drop, 1, 1),
    ];
    cases.flat_map(move |(seed, case)| {
        levers.into_iter().flat_map(move |change| {
            let mut spec = *case.config.spec();
            change(&mut spec);
            let case = Case { config: CoreConfig::new(spec).expect("within range"), ..case.clone() };
            Dataflow::ALL.map(|dataflow| (seed, case.clone(), dataflow))
        })
    })
}

fn machine<'a, S: Sink>(core: &'a Core<'_>, case: &Case, dataflow: Dataflow, sink: S) -> Machine<'a, S> {
    Machine::new(core, &case.cue, case.schedule(dataflow), sink).expect("the cue has the size of the image")
}

fn run_out<S: Sink>(mut machine: Machine<'_, S>) -> (CoreRun, u64) {
    let mut steps = 0;
    while machine.step().is_some() {
        steps += 1;
    }
    (machine.finish(), steps)
}

/// Stepped to the end, stepped for a while and then run, watched or not: always the retrieval that runs in one go.
#[test]
fn a_machine_that_is_stepped_gives_what_a_core_gives() {
    for (seed, case, dataflow) in runs() {
        let core = Core::new(&case.image, case.config);
        let expected = case.run(dataflow, &mut NoTrace);
        let at = || format!("case {seed}, {}", dataflow.name());
        let (stepped, steps) = run_out(machine(&core, &case, dataflow, NoTrace));
        assert_eq!(stepped, expected, "{}: to the end", at());
        let (watched, watched_steps) = run_out(machine(&core, &case, dataflow, Watcher::default()));
        assert_eq!((watched, watched_steps), (expected.clone(), steps), "{}: watched", at());
        for part in [1, steps / 3, steps / 2, steps - 1] {
            let mut machine = machine(&core, &case, dataflow, NoTrace);
            for _ in 0..part {
                machine.step().expect("the retrieval takes more steps than these");
            }
            assert_eq!(machine.finish(), expected, "{}: run after {part} steps of {steps}", at());
        }
    }
}

/// Every event of the cycle at hand, and the counts that were told at its end.
#[derive(Debug, Default)]
struct Watcher {
    cycle: Option<Cycle>,
    events: Vec<TraceEvent>,
    counted: Option<(Cycle, Activity)>,
    /// Packets and spikes in their queues, by what has entered and left them.
    queues: [usize; 2],
    flips: usize,
}

impl Sink for Watcher {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        if self.cycle.replace(cycle) != Some(cycle) {
            self.events.clear();
        }
        self.events.push(*event);
        match event {
            TraceEvent::ActivationEnters { depth } => self.queues[0] = *depth,
            // An end that waits beside the queue is taken when that is empty (M6).
            TraceEvent::MacTakes { .. } => self.queues[0] = self.queues[0].saturating_sub(1),
            TraceEvent::SpikeEnters { depth, .. } => self.queues[1] = *depth,
            TraceEvent::SpikeTaken { .. } => self.queues[1] -= 1,
            TraceEvent::Flip { .. } => self.flips += 1,
            _ => {}
        }
    }

    fn counted(&mut self, cycle: Cycle, activity: &Activity) {
        self.counted = Some((cycle, *activity));
    }
}

/// The cue with the flips so far.
fn flipped<S: Sink>(cue: &State, machine: &Machine<'_, S>) -> State {
    let mut state = cue.clone();
    for (_, neuron) in machine.flips() {
        state.flip(neuron.get());
    }
    state
}

/// Compares what can be read after a step to `now` with what the sink was told; returns the fields that were compared.
fn check(machine: &Machine<'_, Watcher>, case: &Case, now: Cycle, at: &str) -> u64 {
    let watcher = machine.sink();
    assert_eq!(machine.now(), now, "{at}: the cycle of the step");
    assert_eq!(machine.state(), &flipped(&case.cue, machine), "{at}: the state register");
    assert_eq!(machine.flips().len(), watcher.flips, "{at}: flips");
    assert_eq!([machine.activation_queue(), machine.spike_queue()], watcher.queues, "{at}: queues");
    let counts = machine.activity();
    assert_eq!(counts.cycles, now.get() + 1, "{at}: clock cycles");
    assert_eq!(watcher.counted, Some((now, Activity { cycles: 0, ..counts })), "{at}: counts");
    let fields = machine.fields().filter(|_| watcher.cycle == Some(now) && !case.config.spec().pipelined);
    let Some(fields) = fields else { return 0 };
    let mut compared = 0;
    for event in &watcher.events {
        if let TraceEvent::Field { neuron, field } = event {
            assert_eq!(fields[neuron.get()], *field, "{at}: the field of neuron {neuron}");
            compared += 1;
        }
    }
    compared
}

/// After each step the state, the counts, the queues and the fields are those that the trace tells, and the next cycle is
/// known before it comes.
#[test]
fn what_is_read_between_steps_is_what_the_trace_tells() {
    let (mut fields, mut full) = (0, [0; 2]);
    for (seed, case, dataflow) in runs() {
        let core = Core::new(&case.image, case.config);
        let mut machine = machine(&core, &case, dataflow, Watcher::default());
        assert_eq!(
            (machine.next_cycle(), machine.fields().is_some()),
            (Some(Cycle::new(u64::from(case.image.n()).div_ceil(64) - 1)), dataflow.needs().keeps_fields)
        );
        let mut last = None;
        loop {
            let next = machine.next_cycle();
            let now = machine.step();
            assert_eq!(now, next, "case {seed}: the next cycle is known before");
            let Some(now) = now else { break };
            assert!(
                last.replace(now).is_none_or(|last| last < now),
                "case {seed}: every step goes on in time"
            );
            let at = format!("case {seed}, {}, cycle {now}", dataflow.name());
            fields += check(&machine, &case, now, &at);
            full[0] += usize::from(machine.activation_queue() > 1);
            full[1] += usize::from(machine.spike_queue() > 1);
        }
        let (now, outcome, faults) = (machine.now(), machine.outcome(), machine.faults().to_vec());
        assert_eq!(machine.step(), None, "case {seed}: nothing happens after the end");
        let run = machine.finish();
        let goes_out = if run.outcome.is_some() { u64::from(case.image.n()).div_ceil(64) } else { 0 };
        assert_eq!(run.activity.cycles, now.get() + 1 + goes_out, "case {seed}: the end");
        assert_eq!(
            run.outcome.map(|o| o.name() == "dead-field"),
            outcome.map(|_| run.faults.len() > faults.len()),
            "case {seed}: a dead field is told at the end"
        );
    }
    assert!(
        fields > 1000 && full.iter().all(|&steps| steps > 100),
        "{fields} fields, {full:?} steps with full queues"
    );
}

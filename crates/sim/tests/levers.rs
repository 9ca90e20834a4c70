//! Does each lever leave the result alone? Thousands of random cores, with each lever alone and all together, against the
//! plain core; and what a pipelined sequencer changes.

mod harness;

use harness::{Case, memory_case, random_case, shared};
use klr_image::reference::Reference;
use klr_image::{Order, Outcome, PatternOrder, Storage};
use klr_sim::config::ConfigSpec;
use klr_sim::{CoreConfig, CoreRun, Dataflow, NoTrace};

/// Hostile cores (nothing about them is well-behaved) and memories (cues near stored patterns).
fn cases() -> impl Iterator<Item = (u64, Case)> {
    (0..1200).map(|seed| (seed, random_case(seed))).chain((0..800).map(|seed| (seed, memory_case(seed))))
}

const PLAIN: fn(&mut ConfigSpec) = |c| {
    c.zero_skip = false;
    c.candidates = 0;
    c.partial_distance = false;
    c.bitmap = false;
    c.tree_latency = 0;
    c.early_stop = false;
    c.incremental = false;
    c.pipelined = false;
};

type Lever = (&'static str, fn(&mut ConfigSpec));

const LEVERS: [Lever; 9] = [
    ("zero_skip", |c| c.zero_skip = true),
    ("incremental", |c| c.incremental = true),
    ("candidates", |c| c.candidates = 8),
    ("short list", |c| c.candidates = 2),
    ("partial_distance", |c| (c.candidates, c.partial_distance) = (8, true)),
    ("bitmap", |c| c.bitmap = true),
    ("tree", |c| c.tree_latency = 3),
    ("early_stop", |c| c.early_stop = true),
    ("all", |c| {
        (c.zero_skip, c.incremental, c.candidates, c.partial_distance) = (true, true, 16, true);
        (c.bitmap, c.tree_latency, c.early_stop) = (true, 2, true);
    }),
];

fn run_with(case: &Case, dataflow: Dataflow, change: impl Fn(&mut ConfigSpec)) -> CoreRun {
    with(case, change).run(dataflow, &mut NoTrace)
}

fn with(case: &Case, change: impl Fn(&mut ConfigSpec)) -> Case {
    let mut spec = *case.config.spec();
    PLAIN(&mut spec);
    change(&mut spec);
    Case { config: CoreConfig::new(spec).expect("within range"), ..case.clone() }
}

/// A lever that skips the confirming sweep tells convergence where the plain core runs into the limit on sweeps. When it
/// does the reference says.
#[test]
fn every_lever_ends_as_the_reference_that_knows_it() {
    let (mut told, mut limits) = (0u64, 0u64);
    for (seed, case) in cases().step_by(4) {
        for dataflow in Dataflow::ALL {
            let plain = run_with(&case, dataflow, |_| ());
            for (name, lever) in LEVERS {
                for pipelined in [false, true] {
                    // Fields that updates under way may still change are no matter of the reference.
                    if pipelined && (dataflow == Dataflow::Delta || case.order == Order::MostViolated) {
                        continue;
                    }
                    let case = with(&case, |c| {
                        lever(c);
                        c.pipelined = pipelined;
                    });
                    let lean = case.run(dataflow, &mut NoTrace);
                    let at = format!("{name}, {}, case {seed}, pipelined {pipelined}", dataflow.name());
                    assert_eq!(lean.outcome, Some(case.reference(dataflow).outcome), "{at}: outcome");
                    told += u64::from(lean.outcome != plain.outcome);
                    limits += u64::from(lean.outcome == Some(Outcome::StepLimit));
                }
            }
        }
    }
    assert!(told > 20, "some lever must tell what the plain core cannot: {told}");
    assert!(limits > 100, "the limit must be reached: {limits}");
}

#[test]
fn every_lever_leaves_every_flip_where_it_was() {
    let mut saved = [0u64; LEVERS.len()];
    for (seed, case) in cases() {
        for dataflow in Dataflow::ALL {
            let plain = run_with(&case, dataflow, |_| ());
            let order: Vec<_> = plain.flips.iter().map(|f| f.1).collect();
            for (i, (name, lever)) in LEVERS.iter().enumerate() {
                let lean = run_with(&case, dataflow, lever);
                let at = || format!("{name}, {}, case {seed} of {} neurons", dataflow.name(), case.image.n());
                assert_eq!(lean.state, plain.state, "{}: state", at());
                assert!(lean.flips.iter().map(|f| f.1).eq(order.iter().copied()), "{}: flips", at());
                assert_eq!(lean.fault_count, plain.fault_count, "{}: faults", at());
                saved[i] += u64::from(lean.activity.cycles < plain.activity.cycles);
            }
        }
    }
    for ((name, _), saved) in LEVERS.iter().zip(saved) {
        assert!(saved > 100, "{name} saved cycles in {saved} runs only: the lever does nothing");
    }
}

/// Where the bits stand, and how many weights a word holds, changes no flip and no product: thousands of random images,
/// each with its signs in the weights, then in the patterns, in every order the dataflow works with, plain and lean.
#[test]
fn sharing_signs_leaves_every_flip_where_it_was() {
    let lean = LEVERS.last().expect("the last is all levers together").1;
    let mut runs = [0u64; 3];
    for (seed, case) in cases() {
        for (which, dataflow) in Dataflow::ALL.into_iter().enumerate() {
            for lever in [PLAIN, lean] {
                // Weights that follow the patterns, signs still in them.
                let follows = case.stored(shared(PatternOrder::Column));
                let follows = follows.stored(Storage::default());
                let before = run_with(&follows, dataflow, lever);
                for order in PatternOrder::ALL {
                    let after = follows.stored(shared(order));
                    let mut spec = *case.config.spec();
                    PLAIN(&mut spec);
                    lever(&mut spec);
                    let config = CoreConfig::new(spec).expect("within range");
                    if config.check_storage(*after.image.geometry(), dataflow).is_err() {
                        continue;
                    }
                    let run = run_with(&after, dataflow, lever);
                    let at = || format!("{}, {order:?}, case {seed}", dataflow.name());
                    assert_eq!(run.state, before.state, "{}: state", at());
                    let order_of = |run: &CoreRun| run.flips.iter().map(|f| f.1).collect::<Vec<_>>();
                    assert_eq!(order_of(&run), order_of(&before), "{}: flips", at());
                    assert_eq!(run.outcome, before.outcome, "{}: outcome", at());
                    assert_eq!(run.activity.macs, before.activity.macs, "{}: products", at());
                    let stored = u64::from(after.image.stored_weight_bits());
                    assert_eq!(
                        run.activity.weight_bits_read,
                        run.activity.macs * stored,
                        "{}: magnitudes",
                        at()
                    );
                    runs[which] += 1;
                }
            }
        }
    }
    assert!(runs.iter().all(|&runs| runs > 3000), "every dataflow has run with shared signs: {runs:?}");
}

#[test]
fn lists_are_refreshed_and_given_up_somewhere() {
    let (mut refreshed, mut given_up, mut eliminated) = (0, 0, 0);
    for (_, case) in cases() {
        let run = run_with(&case, Dataflow::Delta, |c| {
            (c.candidates, c.candidate_margin, c.partial_distance) = (6, 0, true);
        });
        refreshed += run.activity.list_refreshes;
        given_up += run.activity.list_overflows;
        let all = u64::from(case.image.n()) * u64::from(case.image.p());
        eliminated += u64::from(run.activity.bit_comparisons < all);
    }
    assert!(refreshed > 20, "the guarantee must wear out somewhere: {refreshed}");
    assert!(given_up > 20, "the list must overflow somewhere: {given_up}");
    assert!(eliminated > 100, "patterns must be ruled out early somewhere: {eliminated}");
}

/// A pipelined sequencer examines neurons before the updates of the last flip have drained. In `sweep` a stream waits for
/// the spike before it, so nothing changes but the time. In `delta` a field may be stale: the way can differ, and the
/// retrieval ends only in a state that a sweep without updates under way has confirmed.
#[test]
fn pipelining_keeps_sweeps_and_ends_delta_in_fixed_points() {
    let mut differs = 0;
    for (seed, case) in cases() {
        let strict = run_with(&case, Dataflow::Sweep, |_| ());
        let pipelined = run_with(&case, Dataflow::Sweep, |c| c.pipelined = true);
        if case.order != Order::MostViolated {
            assert_eq!(pipelined.state, strict.state, "case {seed}: sweep");
        }
        let strict = run_with(&case, Dataflow::Delta, |_| ());
        for bitmap in [false, true] {
            let pipelined = run_with(&case, Dataflow::Delta, |c| (c.pipelined, c.bitmap) = (true, bitmap));
            assert!(pipelined.outcome.is_some(), "case {seed}: it ends");
            differs += u64::from(pipelined.state != strict.state);
            if matches!(pipelined.outcome, Some(Outcome::Converged)) {
                let fields = Reference::new(&case.image).fields(&pipelined.state);
                let stable = |(i, h): (usize, i64)| h * i64::from(pipelined.state.sign(i)) >= 0;
                assert!(fields.into_iter().enumerate().all(stable), "case {seed}: a fixed point");
            }
        }
    }
    assert!(differs > 0, "stale fields must matter somewhere, or the knob does nothing");
}

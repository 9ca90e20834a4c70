//! Do the simulator and the untimed reference agree bit for bit, whatever the image and the knobs?

mod harness;

use harness::{Case, random_case};
use klr_image::Outcome;
use klr_sim::{Dataflow, NoTrace};

/// Random images per dataflow.
const CASES: u64 = 1500;

/// Runs every case as `lay_out` lays out its bits.
fn agree(dataflow: Dataflow, lay_out: impl Fn(Case, u64) -> Case) {
    let (mut flips, mut dead, mut cycles) = (0, 0, 0);
    for seed in 0..CASES {
        let case = lay_out(random_case(seed), seed);
        let run = case.run(dataflow, &mut NoTrace);
        let reference = case.reference(dataflow);
        let order: Vec<_> = run.flips.iter().map(|flip| flip.1).collect();
        assert_eq!(order, reference.flips, "case {seed}: flips");
        assert_eq!(run.state, reference.state, "case {seed}: state");
        assert_eq!(run.outcome, Some(reference.outcome), "case {seed}: outcome");
        assert_eq!(run.activity.evaluations, reference.evaluations, "case {seed}: evaluations");
        assert_eq!(run.activity.steps, reference.steps, "case {seed}: steps");
        flips += reference.flips.len();
        dead += u32::from(reference.outcome == Outcome::DeadField);
        cycles += u32::from(reference.outcome == Outcome::TwoCycle);
    }
    assert!(flips > 1000, "the cases must do something: {flips} flips");
    assert!(dead > 5, "some cases must be dead: {dead}");
    assert_eq!(
        cycles > 0,
        dataflow == Dataflow::Synchronous,
        "two-cycles are seen, and only there: {cycles}"
    );
}

#[test]
fn synchronous_agrees_with_the_reference() {
    agree(Dataflow::Synchronous, |case, _| case);
}

#[test]
fn sweep_agrees_with_the_reference() {
    agree(Dataflow::Sweep, |case, _| case);
}

#[test]
fn delta_agrees_with_the_reference() {
    agree(Dataflow::Delta, |case, _| case);
}

/// With every layout of bits that the dataflow works with, words of several weights, and every coding of them.
#[test]
fn every_layout_agrees_with_the_reference() {
    for dataflow in Dataflow::ALL {
        agree(dataflow, |case, seed| case.coded(seed / 3).stored_for(dataflow, seed));
    }
}

/// Memories in which any bit may be stuck hold what no quantizer writes: the code `-2^(bits-1)`, tables that rise or are
/// zero throughout, patterns that are alike.
#[test]
fn faulty_memories_agree_with_the_reference() {
    for dataflow in Dataflow::ALL {
        agree(dataflow, |case, seed| {
            let case = case.coded(seed / 3).stored_for(dataflow, seed);
            let image = harness::stuck(&case.image, seed);
            Case { image, ..case }
        });
    }
}

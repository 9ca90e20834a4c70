//! Does the program that is timed run the retrievals that it is asked for? Without Verilator a line says that nothing was
//! tested.

use klr_rtl::families::{FAMILIES, draw};
use klr_rtl::speed::Speed;
use klr_rtl::{Case, ModelError};
use klr_sim::{Core, Dataflow, NoTrace, Schedule};
use std::io::Write;
use std::path::Path;

/// Every retrieval takes the cycles of the simulator: nothing is left out, and the register at the inputs is not counted.
#[test]
fn a_retrieval_that_is_timed_takes_the_cycles_of_the_simulator() {
    let family = &FAMILIES[0];
    let drawn = draw(family, 1, Dataflow::Delta);
    let cases = Dataflow::ALL
        .map(|dataflow| Case { schedule: Schedule { dataflow, ..drawn.schedule }, ..drawn.clone() });
    let cycles = cases.each_ref().map(|case| {
        let core = Core::new(&case.image, case.config);
        let run = core.retrieve(&case.cue, case.schedule, &mut NoTrace);
        run.expect("a cue of the image's size").activity.cycles
    });
    let limited: Vec<_> = cases.iter().map(|case| (case, u64::MAX)).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed");
    let mut program = match Speed::start(&family.shape, &folder, &limited) {
        Ok(program) => program,
        Err(error @ ModelError::NoVerilator) => {
            // Captured output would hide it.
            let line = format!("\nnot tested: {error}\n");
            std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    for (at, (dataflow, cycles)) in Dataflow::ALL.into_iter().zip(cycles).enumerate() {
        assert_eq!(program.run(at..at + 1, 3).expect("an answer").cycles, cycles, "{dataflow:?}");
    }
}

//! Runs mutants of the simulator against the RTL: `FOLDER NUMBER:FAMILY..`, each number a mutant of this build. It stands
//! among the examples of a copy of the workspace, in which the mutants are compiled (`crates/rtl/tests/sim_mutants.rs`).

use klr_rtl::Case;
use klr_rtl::compare::first_difference;
use klr_rtl::families::family;
use klr_rtl::lockstep::cases;
use klr_rtl::model::{Model, Optimise};
use klr_rtl::{Run, simulated};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::path::Path;

const SEEDS: u64 = 20;

/// Retrievals in which the simulator, with the mutant that is chosen, is not what the RTL was. One that panics differs.
fn differing(cases: &[&Case], oracle: &[Run]) -> usize {
    let differs = |case: &Case, oracle: &Run| {
        let run = catch_unwind(AssertUnwindSafe(|| simulated::run(case)));
        run.map_or(true, |run| first_difference(&run, oracle).is_some())
    };
    cases.iter().zip(oracle).filter(|(case, oracle)| differs(case, oracle)).count()
}

fn main() {
    let mut words = std::env::args().skip(1);
    let folder = words.next().expect("a folder");
    let mut by_family: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for word in words {
        let (number, family) = word.split_once(':').expect("NUMBER:FAMILY");
        by_family.entry(family.to_owned()).or_default().push(number.parse().expect("a number"));
    }
    for (name, mutants) in by_family {
        let family = family(&name).expect("a family");
        let named = cases(family, 0..SEEDS);
        let cases: Vec<&Case> = named.iter().map(|named| &named.case).collect();
        let model = Model::build(&family.shape, &Path::new(&folder).join(&name), Optimise::Lenient);
        let cycles = |case: &Case| 3 * simulated::run(case).activity.cycles;
        let limited: Vec<(&Case, u64)> = cases.iter().map(|&case| (case, cycles(case))).collect();
        let oracle = model.expect("a model").run(&limited).expect("results of the RTL");
        assert_eq!(differing(&cases, &oracle), 0, "{name}: without a mutant the two agree");
        set_hook(Box::new(|_| ()));
        for number in mutants {
            klr_sim::mutant::choose(number);
            println!("{number} {} {}", differing(&cases, &oracle), cases.len());
        }
        klr_sim::mutant::choose(0);
        let _ = std::panic::take_hook();
    }
}

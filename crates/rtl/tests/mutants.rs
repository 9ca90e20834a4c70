//! Would the lockstep see a wrong core? Every mutant breaks one rule in one place of the design; each must differ in at
//! least three retrievals, or stands here with the reason why nobody could tell.

#[path = "mutants/dist.rs"]
mod dist;
#[path = "mutants/eliminate.rs"]
mod eliminate;
#[path = "mutants/formats.rs"]
mod formats;
#[path = "mutants/mac.rs"]
mod mac;
#[path = "mutants/plain.rs"]
mod plain;
#[path = "mutants/rows.rs"]
mod rows;

use klr_rtl::families::family;
use klr_rtl::lockstep::{Summary, cases};
use klr_rtl::model::{Model, Optimise};
use klr_rtl::sources::{BENCH, DESIGN};
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;
use std::path::Path;

/// A change of the design.
struct Mutant {
    /// The rule that it breaks.
    rule: &'static str,
    file: &'static str,
    /// Text that stands in the file once, and what stands there instead.
    from: &'static str,
    to: &'static str,
    /// The family whose cases have to see it.
    family: &'static str,
}

const fn mutant(
    rule: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    family: &'static str,
) -> Mutant {
    Mutant { rule, file, from, to, family }
}

/// Retrievals in which a mutant has to differ.
const KILLS: u64 = 3;
/// Seeds tried, three retrievals each.
const SEEDS: u64 = 20;

/// Mutants by what their cores have.
const MUTANTS: [&[Mutant]; 6] =
    [plain::MUTANTS, mac::MUTANTS, dist::MUTANTS, eliminate::MUTANTS, rows::MUTANTS, formats::MUTANTS];
/// Mutants that no retrieval can tell from the core.
const EQUIVALENT: [&[Mutant]; 1] = [plain::EQUIVALENT];

#[test]
fn every_mutant_still_applies() {
    let applies = |file: &str, from: &str| {
        let text = DESIGN.iter().find(|(name, _)| *name == file).expect("a file of the design").1;
        assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
    };
    let all = MUTANTS.into_iter().chain(EQUIVALENT).flatten();
    all.for_each(|mutant| applies(mutant.file, mutant.from));
    let mut rules: Vec<&str> = MUTANTS.into_iter().flatten().map(|mutant| mutant.rule).collect();
    rules.dedup();
    assert!(rules.len() >= 20, "a mutant for each of {} rules", rules.len());
}

fn sources(mutant: &Mutant) -> Vec<(&'static str, String)> {
    let change = |&(name, text): &(&'static str, &'static str)| {
        (name, if name == mutant.file { text.replace(mutant.from, mutant.to) } else { text.to_owned() })
    };
    DESIGN.iter().chain(&BENCH).map(change).collect()
}

/// Retrievals that tell the mutant from the core, and how many there were; the number makes a folder for it.
fn kills(number: usize, mutant: &Mutant) -> (u64, u64) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rtl-mutants").join(number.to_string());
    let family = family(mutant.family).expect("a family");
    let model = Model::build_from(&sources(mutant), &family.shape, &folder, Optimise::Lenient)
        .unwrap_or_else(|error| panic!("{} {}: {error}", mutant.rule, mutant.to));
    let mut summary = Summary::default();
    summary.compare(&model, &cases(family, 0..SEEDS), &folder.join("differences")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    (summary.mismatches, summary.retrievals)
}

/// Every mutant is built and run, one on each core of this machine; `KLR_RTL` names the rule of those to try.
#[test]
#[ignore = "started by cargo xtask rtl --mutants"]
#[allow(clippy::print_stdout, reason = "a run by hand is read as it goes")]
fn mutants() {
    let only = std::env::var("KLR_RTL").ok();
    let all =
        MUTANTS.map(|mutants| (mutants, true)).into_iter().chain(EQUIVALENT.map(|mutants| (mutants, false)));
    let chosen: Vec<(usize, (&Mutant, bool))> = all
        .flat_map(|(mutants, seen)| mutants.iter().map(move |mutant| (mutant, seen)))
        .filter(|(mutant, _)| only.as_deref().is_none_or(|rule| rule == mutant.rule))
        .enumerate()
        .collect();
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let wrong = map_in_order(chosen, threads, |(number, (mutant, seen))| {
        let (kills, of) = kills(number, mutant);
        let Mutant { rule, file, to, .. } = mutant;
        println!("{rule:<4} {file:<22} {kills:>2} of {of} differ: {to}");
        ((seen && kills < KILLS) || (!seen && kills > 0)).then_some((rule, to, kills))
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "seen too seldom, or not equivalent: {wrong:?}");
}

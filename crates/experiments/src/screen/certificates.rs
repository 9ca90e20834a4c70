//! What is proved of the image, beside what was measured.

use crate::certified::{Certified, CodedWord, MemoryBudget};
use crate::pipeline::Run;
use crate::plan::Plan;
use klr_units::text::{UNKNOWN, percent, wrap};

/// Lines of what is proved; none if nothing was.
pub(super) fn section(plan: &Plan, run: &Run, out: &mut String) {
    let Some(certified) = Certified::of(plan, run) else { return };
    out.push_str("\nproved of the image (docs/certificates.md)\n");
    let mut line = |text: &str| out.push_str(&wrap("  ", 4, text));
    line(&overflow(&certified));
    line(&radius(run, &certified));
    certified.budgets.iter().for_each(|budget| line(&faults(budget)));
}

fn overflow(certified: &Certified<'_>) -> String {
    let overflow = &certified.certificates.overflow;
    format!(
        "overflow: none with accumulators of {} bits, and a state was found that takes {}; counters of {} bits, and no fewer",
        overflow.accumulator_bits, certified.reached_bits, overflow.counter_bits
    )
}

fn radius(run: &Run, certified: &Certified<'_>) -> String {
    let counts = certified.certificates.radius_counts();
    let of_radius = counts.iter().enumerate().skip(1).filter(|&(_, &count)| count > 0);
    let list: Vec<String> = of_radius.map(|(at, count)| format!("{} ({count})", at - 1)).collect();
    let not_kept = if counts[0] == 0 { String::new() } else { format!("; {} not kept", counts[0]) };
    let beyond = certified.falsified.map_or(UNKNOWN.to_owned(), |[least, median, most]| {
        format!("{least} to {most} flips away, {median} in the median")
    });
    let (within, cues) = (certified.cues_within, run.recall.cues);
    format!(
        "radius: flips of a cue that one step, or one sweep, always corrects (patterns): {}{not_kept}; cues that are not \
         corrected, {beyond}; known exactly for {} of {}. {within} of the {cues} cues here ({} %) are within",
        if list.is_empty() { "none".to_owned() } else { list.join(", ") },
        certified.exact,
        certified.certificates.radii.len(),
        percent(within as f64 / cues as f64, 1),
    )
}

fn faults(of: &MemoryBudget<'_>) -> String {
    let coded = of.word.map_or_else(String::new, |word| format!("; {}", coded(word)));
    format!(
        "faults of the {} memory: {}{coded}",
        of.memory.capacity(),
        sides(of.budget.harmless, of.budget.unfixes())
    )
}

fn coded(word: CodedWord) -> String {
    format!(
        "with a SECDED code, {} check bits for each word of {} ({} in all), {}",
        word.check_bits,
        word.bits,
        word.extra_bits,
        sides(word.harmless, word.unfixes)
    )
}

fn sides(harmless: Option<u32>, unfixes: Option<usize>) -> String {
    let shown = match harmless {
        None => "no number of flips unfixes a pattern".to_owned(),
        Some(0) => "no number of flips is shown to be harmless".to_owned(),
        Some(1) => "any 1 flip is harmless".to_owned(),
        Some(most) => format!("any {most} flips are harmless"),
    };
    match unfixes {
        Some(1) => format!("{shown}, and 1 is found that unfixes one"),
        Some(count) => format!("{shown}, and {count} are found that unfix one"),
        None => shown,
    }
}

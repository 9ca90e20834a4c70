//! How well the dual variables fit, and what becomes of the stored patterns: figures of all of them, or intervals of a
//! sample, which are marked.

use crate::pipeline::Run;
use crate::sureness::share_of;
use klr_model::Fit;
use klr_model::stored::LeftOut;
use klr_quantize::{Choice, StoredPatterns, Verdict};
use klr_statistics::Share;
use klr_units::text::{UNKNOWN, number, percent, share, wrap};

/// The figures of a fit, in a sentence.
pub(super) fn figures(fit: &Fit) -> String {
    let report = match fit {
        Fit::Whole(report) | Fit::Near { report, .. } => report,
        Fit::Sampled(sampled) => {
            return format!(
                "objective {UNKNOWN}; patterns fixed: {}, smallest margin at most {}",
                sampled_share(&sampled.fixed),
                number(sampled.min_margin_at_most, 3)
            );
        }
    };
    let gap =
        report.gap.map_or(String::new(), |gap| format!(", at most {} above the optimum", number(gap, 2)));
    let left_out = match fit {
        Fit::Near { left_out, .. } => format!("; {}", bound(left_out)),
        Fit::Whole(_) | Fit::Sampled(_) => String::new(),
    };
    format!(
        "objective {}{gap}; {} % of the patterns fixed, smallest margin {}{left_out}",
        number(report.objective, 6),
        percent(report.stored_patterns_fixed, 1),
        number(report.min_margin, 3)
    )
}

/// The share of stored patterns that are fixed, in floating point and in integers, and of those that the core keeps.
pub(super) fn stored_patterns(run: &Run, out: &mut String) {
    let float = match &run.fit {
        Fit::Whole(report) | Fit::Near { report, .. } => share(report.stored_patterns_fixed, 4),
        Fit::Sampled(sampled) => sampled_share(&sampled.fixed),
    };
    let (kept, integers) = match &run.loss.stored {
        StoredPatterns::All { kept, fixed, .. } => (share(*kept, 4), share(*fixed, 4)),
        StoredPatterns::Sample(sample) => {
            let of = |found| {
                let share = share_of(found, sample.patterns);
                share.map_or_else(|| UNKNOWN.to_owned(), |share| sampled_share(&share))
            };
            (of(sample.kept), of(sample.fixed))
        }
    };
    let line =
        format!("stored patterns fixed: {float} in float, {integers} in integers; kept by the core: {kept}");
    out.push_str(&wrap("", 2, &line));
    if let Some(line) = weights(&run.loss.choice) {
        out.push_str(&wrap("", 2, &line));
    }
    if let Fit::Near { left_out, .. } = &run.fit {
        out.push_str(&wrap("", 2, &format!("figures of the float model: {}", bound(left_out))));
    }
}

/// How the weights were chosen, if there was a choice.
fn weights(choice: &Choice) -> Option<String> {
    let taken = choice.trials.get(choice.taken?)?;
    let margin = taken.target.map_or_else(String::new, |margin| format!(" with a margin of {margin}"));
    let (count, Verdict { kept, hits, cues }) = (choice.trials.len(), taken.verdict);
    Some(format!(
        "weights: {}{margin}, best of {count}: {hits} of {cues} held-out cues recalled, {kept} patterns kept",
        choice.method
    ))
}

/// A share of a sample: its interval alone, so that it is not taken for the share of all.
fn sampled_share(of: &Share) -> String {
    let (low, high) = (share(of.interval.low, 4), share(of.interval.high, 4));
    format!("{low} to {high} (95 % interval, {} sampled)", of.trials)
}

fn bound(left_out: &LeftOut) -> String {
    let (reach, margin) = (left_out.reach, number(left_out.margin, 2));
    format!(
        "pairs of patterns beyond distance {reach} are left out, and no margin is off by more than {margin}"
    )
}

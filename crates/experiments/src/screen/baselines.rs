//! The other memories on the same cues: each tuned for their noise, and beside it as it is at the plan's width.

use crate::pipeline::Run;
use klr_model::baselines::{BaselineError, Outcome, TunedBaseline};
use klr_units::text::{UNKNOWN, share, wrap};
use std::fmt::{self, Write};

/// Lines below the recall of the float models; none if the plan names no baseline.
pub(super) fn section(run: &Run, out: &mut String) -> fmt::Result {
    if run.baselines.is_empty() {
        return Ok(());
    }
    let own = match (run.model.kernel().gamma(), &run.choice) {
        (Some(_), Some(_)) => "at the plan's width (gamma: tuned)",
        (Some(_), None) => "at the plan's width (gamma: given)",
        (None, _) => "with the plan's kernel",
    };
    let cues = run.baselines.iter().map(|result| result.tuning_cues).max().unwrap_or(0);
    writeln!(out, "{:<20}{:<35}{own}", "others", format!("tuned on {cues} cues of their own"))?;
    for result in &run.baselines {
        writeln!(out, "  {}", line(run, result).trim_end())?;
    }
    for result in &run.baselines {
        // That there are no targets has been said of the oracle.
        let said = result.tuned.counts == Err(BaselineError::NoTargets);
        if let (Err(reason), false) = (&result.tuned.counts, said) {
            out.push_str(&wrap("  ", 4, &format!("{}: {reason}", result.name)));
        }
    }
    Ok(())
}

fn line(run: &Run, result: &TunedBaseline) -> String {
    let recall = |outcome: &Outcome| match &outcome.counts {
        Ok(counts) => share(counts.hits as f64 / run.recall.cues as f64, 3),
        Err(_) => UNKNOWN.to_owned(),
    };
    let settings = |outcome: &Outcome| {
        let settings: Vec<String> = outcome.settings.iter().map(ToString::to_string).collect();
        settings.join(", ")
    };
    let (tuned, given) = (&result.tuned, &result.given);
    let line = format!("{:<18}{:<7}{:<28}", result.name, recall(tuned), settings(tuned));
    // Where nothing can be tuned there is one figure.
    if given.settings.is_empty() { line } else { format!("{line}{:<7}{}", recall(given), settings(given)) }
}

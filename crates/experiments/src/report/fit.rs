//! How well the dual variables fit, and what becomes of the stored patterns: of all of them, or of a sample.

use crate::sureness::share_of;
use klr_image::PatternSample;
use klr_model::stored::{LeftOut, SampledFit};
use klr_model::{Fit, FitOutcome, FitReport};
use serde_json::{Value, json};

/// The fit of the float model: `left_out` is there if pairs of patterns were left out, `sample` if patterns were.
pub(super) fn section(fit: &Fit) -> Value {
    match fit {
        Fit::Whole(report) => model(report),
        Fit::Near { report, left_out } => {
            let mut section = model(report);
            section["left_out"] = bounds(left_out);
            section
        }
        Fit::Sampled(sampled) => sample(sampled),
    }
}

/// How training ended, as a word.
#[must_use]
pub const fn fit_outcome(outcome: FitOutcome) -> &'static str {
    match outcome {
        FitOutcome::Converged => "converged",
        FitOutcome::IterationLimit => "iteration-limit",
        FitOutcome::Stalled => "stalled",
        FitOutcome::Diverged => "diverged",
        FitOutcome::ClosedForm => "closed-form",
        FitOutcome::Untrained => "untrained",
    }
}

pub(super) fn model(fit: &FitReport) -> Value {
    json!({
        "outcome": fit_outcome(fit.outcome),
        "iterations": fit.iterations,
        "objective": fit.objective,
        "gradient_norm": fit.gradient_norm,
        "relative_gradient": fit.relative_gradient,
        "stored_patterns_fixed": fit.stored_patterns_fixed,
        "min_margin": fit.min_margin,
        "mean_margin": fit.mean_margin,
        "mean_abs_alpha": fit.mean_abs_alpha,
        "sign_agreement": fit.sign_agreement,
        "gap": fit.gap,
    })
}

/// The most by which the figures are off.
fn bounds(left_out: &LeftOut) -> Value {
    json!({
        "reach": left_out.reach,
        "pairs_summed": left_out.summed,
        "margin_at_most": left_out.margin,
        "mean_margin_at_most": left_out.mean_margin,
        "objective_at_most": left_out.objective,
        "gradient_norm_at_most": left_out.gradient_norm,
        "relative_gradient_at_most": left_out.relative_gradient,
    })
}

/// What a sample does not tell is null: nobody takes an estimate for the figure of all patterns.
fn sample(sampled: &SampledFit) -> Value {
    json!({
        "outcome": fit_outcome(FitOutcome::Untrained),
        "iterations": 0,
        "objective": null,
        "gradient_norm": null,
        "relative_gradient": null,
        "stored_patterns_fixed": null,
        "min_margin": null,
        "mean_margin": null,
        "mean_abs_alpha": sampled.mean_abs_alpha,
        "sign_agreement": sampled.sign_agreement,
        "gap": null,
        "sample": {
            "patterns": sampled.fixed.trials,
            "fixed": sampled.fixed.successes,
            "share_low": sampled.fixed.interval.low,
            "share_high": sampled.fixed.interval.high,
            "min_margin_at_most": sampled.min_margin_at_most,
            "mean_margin_low": sampled.mean_margin.low,
            "mean_margin_high": sampled.mean_margin.high,
        },
    })
}

/// What a sample of the patterns of an image tells.
pub(super) fn integers(sample: &PatternSample) -> Value {
    let interval = share_of(sample.fixed, sample.patterns).map(|share| share.interval);
    json!({
        "patterns": sample.patterns,
        "kept": sample.kept,
        "fixed": sample.fixed,
        "share_low": interval.map(|interval| interval.low),
        "share_high": interval.map(|interval| interval.high),
        "min_margin_at_most": sample.min_margin_at_most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sureness::CONFIDENCE;
    use klr_statistics::{Interval, Share};

    #[test]
    fn a_sample_is_no_figure_of_all_patterns() {
        let fixed = Share::new(990, 1000, CONFIDENCE).unwrap();
        let mean_margin = Interval { low: 0.5, high: 0.75 };
        let sampled = SampledFit {
            fixed,
            min_margin_at_most: -0.25,
            mean_margin,
            mean_abs_alpha: 1.0,
            sign_agreement: 1.0,
        };
        let json = section(&Fit::Sampled(sampled));
        for key in ["objective", "gradient_norm", "stored_patterns_fixed", "min_margin", "mean_margin"] {
            assert!(json[key].is_null(), "{key} is not known");
        }
        let sample = &json["sample"];
        assert_eq!((sample["patterns"].as_u64(), sample["fixed"].as_u64()), (Some(1000), Some(990)));
        let low = sample["share_low"].as_f64().unwrap();
        assert!(low < 0.99 && low > 0.98, "Wilson's interval: {low}");
        let image = PatternSample { patterns: 1000, kept: 995, fixed: 990, min_margin_at_most: -3 };
        assert_eq!(integers(&image)["share_low"].as_f64(), Some(low), "the same counts, the same interval");
        assert_eq!(integers(&image)["min_margin_at_most"], -3, "of those that were looked at");
    }

    #[test]
    fn figures_with_bounds_stand_beside_them() {
        let report = FitReport {
            iterations: 0,
            outcome: FitOutcome::Untrained,
            objective: 3.0,
            gradient_norm: 2.0,
            relative_gradient: 0.5,
            stored_patterns_fixed: 1.0,
            min_margin: 0.9,
            mean_margin: 1.0,
            mean_abs_alpha: 1.0,
            sign_agreement: 1.0,
            gap: None,
        };
        let left_out = LeftOut {
            reach: 98,
            summed: 12,
            margin: 1e-12,
            mean_margin: 1e-13,
            objective: 1e-9,
            gradient_norm: 1e-8,
            relative_gradient: 1e-7,
        };
        let whole = section(&Fit::Whole(report));
        assert!(whole.get("left_out").is_none(), "nothing was");
        let near = section(&Fit::Near { report, left_out });
        assert_eq!((near["objective"].as_f64(), near["left_out"]["reach"].as_u64()), (Some(3.0), Some(98)));
        assert_eq!(near["left_out"]["margin_at_most"].as_f64(), Some(1e-12), "the bound of a margin");
    }
}

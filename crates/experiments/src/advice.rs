//! What a reader of a run should know, with the setting that would do: for screen and report alike.

use crate::pipeline::Run;
use crate::plan::{Plan, Training};
use klr_image::TableForm;
use klr_quantize::{Setting, kernel_window};
use klr_units::text::{fixed, number, percent, share};

/// How far recall may be below that of the nearest pattern before another gamma is worth a word.
const FAR_BELOW: f64 = 0.05;

/// Advice on `run`, which is of `plan`: sentences, the most important first.
pub(crate) fn lines(plan: &Plan, run: &Run) -> Vec<String> {
    [kept(run), table(plan, run), gamma(plan, run)].into_iter().flatten().collect()
}

/// Integers that keep fewer patterns than others would.
fn kept(run: &Run) -> Option<String> {
    let advice = run.advice.as_ref()?;
    let weights = u64::from(run.image.p()) * u64::from(run.image.n());
    let (is_sparse, best) = (2 * advice.zeros > weights, advice.best());
    if best.is_none() && !is_sparse {
        return None;
    }
    let mut text = format!("the core keeps {} of {} patterns", advice.kept, run.image.p());
    if is_sparse {
        let zeros = percent(advice.zeros as f64 / weights as f64, 1);
        text += &format!("; {zeros} % of the weights are 0");
    }
    if let Some((bits, kept)) = advice.fewer_bits_keep_more() {
        text += &format!("; weights of {bits} bits, one less, would keep {kept}");
    }
    let would_do = match best {
        Some((setting, kept)) => format!("--set {} keeps {kept}", in_plan(setting)),
        None => "none of the other clips and methods that were tried keeps more".to_owned(),
    };
    Some(format!("{text}: {would_do}"))
}

/// A setting as a plan has it.
fn in_plan(setting: Setting) -> String {
    match setting {
        Setting::Bits(bits) => format!("quantize.weight_bits={bits}"),
        Setting::Clip(clip) => format!("quantize.weight_clip={}", number(clip, 3)),
        Setting::Method(method) => format!("quantize.method={method}"),
    }
}

/// A kernel table that is zero where the cues are.
fn table(plan: &Plan, run: &Run) -> Option<String> {
    let (table, far) = (run.image.table(), run.recall.cue_flips_mean);
    if table.form() != TableForm::Absolute || far < table.window() as f64 {
        return None;
    }
    let relative = plan.quantize.with_table(TableForm::NearestRelative);
    let has_relative = kernel_window(run.model.kernel(), run.model.n(), &relative).is_some();
    let would_do = if has_relative {
        "--set quantize.kernel_table=nearest-relative counts distances from the nearest pattern"
    } else {
        "a wider kernel or more quantize.kernel_bits would do"
    };
    let dead: u64 = run.hardware.iter().map(|h| h.dead_fields).sum();
    Some(format!(
        "the kernel table is zero from distance {} on, and the cues are {} bits off in the mean ({dead} fields without a \
         kernel word): {would_do}",
        table.window(),
        fixed(far, 1)
    ))
}

/// Recall far below that of the nearest pattern, with a gamma that nobody chose for these cues.
fn gamma(plan: &Plan, run: &Run) -> Option<String> {
    run.model.kernel().gamma().filter(|_| run.choice.is_none())?;
    let trains = matches!(plan.model.training, Training::Klr(_) | Training::NoiseAware(_));
    let cues = run.recall.cues as f64;
    let (best, oracle) =
        (run.hardware.iter().map(|h| h.hits).max()? as f64 / cues, run.recall.oracle? as f64 / cues);
    (trains && plan.retrieval.cue_file.is_none() && best + FAR_BELOW < oracle).then(|| {
        format!(
            "recall {} is far below that of the nearest pattern, {}: --set model.gamma=auto looks for the gamma that recalls \
             most of cues like these",
            share(best, 3),
            share(oracle, 3)
        )
    })
}

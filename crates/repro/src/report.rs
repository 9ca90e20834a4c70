//! The table, as Markdown and as JSON.

use super::check::{Bounds, Check, CheckVerdict};
use super::store::{CODE, COMPILER};
use super::{JudgedRow, Reproduction};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(super) fn json(run: &Reproduction) -> String {
    let rows: Vec<Value> = run.outcomes.iter().map(row).collect();
    let whole = json!({
        "schema": "klr-reproduction-1",
        "scale": run.scale.name(),
        "seed": run.seed,
        "commit": run.commit,
        "code": CODE,
        "toolchain": COMPILER,
        "rows": rows,
    });
    format!("{whole:#}\n")
}

fn row(outcome: &JudgedRow) -> Value {
    let JudgedRow { row, judged } = outcome;
    json!({
        "row": row.number,
        "what": row.what,
        "source": row.source,
        "verdict": judged.verdict().name(),
        "checks": judged.checks.iter().map(check).collect::<Vec<_>>(),
        "remarks": judged.remarks,
        "figures": judged.figures.iter().map(|figure| figure.name).collect::<Vec<_>>(),
    })
}

fn check(check: &Check) -> Value {
    let verdict = check.verdict();
    let why = if let CheckVerdict::Differs(why) = &verdict { json!(why) } else { Value::Null };
    let end = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
    json!({
        "quantity": check.quantity,
        "published": check.published,
        "expected": check.expected,
        "measured": check.measured.value,
        "interval": [check.measured.low, check.measured.high],
        "sample": check.measured.sample,
        "tolerance": check.tolerance.map(|bounds| json!([end(bounds.low), end(bounds.high)])),
        "widened": check.widened,
        "verdict": verdict.name(),
        "why": why,
    })
}

pub(super) fn summary(run: &Reproduction, folder: &Path) -> String {
    let mut out = String::new();
    for JudgedRow { row, judged } in &run.outcomes {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:>3}  {:<14} {}", row.number, judged.verdict().name(), row.what);
        for check in judged.checks.iter().filter(|check| check.verdict() == CheckVerdict::Fails) {
            let (measured, tolerance) = (measured(check), tolerance(check));
            let _ = writeln!(out, "       {}: {measured}, tolerance {tolerance}", check.quantity);
        }
    }
    let _ = writeln!(
        out,
        "{} units of work, {} of them from earlier runs; table and figures in {}",
        run.units,
        run.reused,
        klr_units::text::path(folder)
    );
    out
}

pub(super) fn markdown(run: &Reproduction) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_markdown(run, &mut out);
    out
}

fn write_markdown(run: &Reproduction, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# Published results, derived again ({})\n", run.scale.name())?;
    let commit = run.commit.as_deref().map_or("not named".to_owned(), klr_units::text::escaped);
    writeln!(out, "Seed {}, commit {commit}, computing code {CODE}, {COMPILER}.", run.seed)?;
    writeln!(
        out,
        "Intervals are 95 %, by sets of patterns; how they and the verdicts come about: `docs/reproduction.md`.\n"
    )?;
    writeln!(out, "| row | result | source | verdict |\n|---|---|---|---|")?;
    for JudgedRow { row, judged } in &run.outcomes {
        writeln!(
            out,
            "| {} | {} | {} | **{}** |",
            row.number,
            row.what,
            row.source,
            judged.verdict().name()
        )?;
    }
    for outcome in &run.outcomes {
        write_row(outcome, out)?;
    }
    Ok(())
}

fn write_row(JudgedRow { row, judged }: &JudgedRow, out: &mut String) -> std::fmt::Result {
    writeln!(out, "\n## {}. {}\n", row.number, row.what)?;
    writeln!(out, "| quantity | published | expected | measured | sample | tolerance | verdict |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for check in &judged.checks {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            check.quantity,
            check.published,
            check.expected,
            measured(check),
            check.measured.sample,
            tolerance(check),
            words(&check.verdict())
        )?;
    }
    for remark in &judged.remarks {
        writeln!(out, "\n* {remark}")?;
    }
    for figure in &judged.figures {
        writeln!(out, "\n![{}]({}.svg)", figure.title, figure.name)?;
    }
    Ok(())
}

fn words(verdict: &CheckVerdict) -> String {
    match verdict {
        CheckVerdict::Differs(why) => format!("differs: {why}"),
        other => other.name().to_owned(),
    }
}

fn measured(check: &Check) -> String {
    let (value, low, high) = (check.measured.value, check.measured.low, check.measured.high);
    if low == value && high == value {
        return number(value);
    }
    format!("{} [{}, {}]", number(value), number(low), number(high))
}

fn tolerance(check: &Check) -> String {
    let Some(Bounds { low, high }) = check.tolerance else { return "-".to_owned() };
    let words = match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{} to {}", number(low), number(high)),
        (true, false) => format!("at least {}", number(low)),
        _ => format!("at most {}", number(high)),
    };
    if check.widened > 0.0 { format!("{words}, widened by {}", number(check.widened)) } else { words }
}

/// Four significant digits, and never fewer than the whole part.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..6.0).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 7")]
    let decimals = (3.0 - magnitude).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_keep_four_digits_and_no_more() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (0.952, "0.952"),
            (0.98765432, "0.9877"),
            (114.04, "114"),
            (-0.02, "-0.02"),
            (12_345.6, "12346"),
            (3.2e-9, "3.20e-9"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value}");
        }
    }
}

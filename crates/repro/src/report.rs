//! The table as Markdown, and a run for the terminal.

use super::check::{Bounds, Check, CheckVerdict};
use super::table::{Provenance, Table, TableRow};
use super::{JudgedRow, Reproduction};
use std::fmt::Write;
use std::path::Path;

pub(super) fn summary(run: &Reproduction, folder: &Path) -> String {
    let mut out = String::new();
    for JudgedRow { row, judged } in &run.outcomes {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:>3}  {:<15} {}", row.number, short(judged.verdict()), row.what);
        for check in judged.checks.iter().filter(|check| check.verdict() == CheckVerdict::Fails) {
            let (measured, tolerance) = (measured(check), tolerance(check));
            let _ = writeln!(out, "       {}: {measured}, tolerance {tolerance}", check.quantity);
        }
    }
    if run.outcomes.iter().any(|outcome| outcome.judged.verdict() == CheckVerdict::HoldsAsChosen) {
        let words = CheckVerdict::HoldsAsChosen.name();
        let _ = writeln!(out, "{}: {words}", short(CheckVerdict::HoldsAsChosen));
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

/// A verdict in a narrow column.
const fn short(verdict: CheckVerdict) -> &'static str {
    match verdict {
        CheckVerdict::HoldsAsChosen => "holds (chosen)",
        other => other.name(),
    }
}

/// What the columns mean, for a reader who has nothing but the table.
const COLUMNS: &str = "\
| column | meaning |
|---|---|
| published | what the source prints; `-` if it prints nothing |
| read as | the values that would agree with it: those that round to what is printed, or what words are taken to mean |
| simulated before | what an independent simulation in NumPy gave; \"missed\" if the interval lies outside the range it spanned |
| measured | the figure with its 95 % interval |
| tolerance | where the figure itself has to be |
| verdict | the rule of `docs/reproduction.md`: **differs** if the interval misses what was published, whatever the tolerance; \
**does not hold** outside the tolerance; **chosen**: what of the setting is not published and stands as it does because it fits |
";

pub(super) fn markdown(table: &Table) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_markdown(table, &mut out);
    out
}

fn write_markdown(table: &Table, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# Published results, derived again\n")?;
    writeln!(out, "{}", table.counts())?;
    writeln!(out, "Intervals are 95 %, by sets of patterns; how they come about: `docs/reproduction.md`.\n")?;
    write_provenance(table, out)?;
    writeln!(out, "| row | result | source | published | verdict |\n|---|---|---|---|---|")?;
    for row in &table.rows {
        let (published, verdict) = (row.publication().name(), row.verdict().name());
        writeln!(out, "| {} | {} | {} | {published} | **{verdict}** |", row.row, row.what, row.source)?;
    }
    writeln!(out, "\n{COLUMNS}")?;
    for (index, row) in table.rows.iter().enumerate() {
        write_row(row, out)?;
        if index + 1 < table.rows.len() {
            writeln!(out)?;
        }
    }
    Ok(())
}

/// Which rows were computed by what: one line for each program.
fn write_provenance(table: &Table, out: &mut String) -> std::fmt::Result {
    let mut groups: Vec<(&Provenance, Vec<String>)> = Vec::new();
    for row in &table.rows {
        let number = row.row.to_string();
        match groups.iter_mut().find(|(provenance, _)| *provenance == &row.provenance) {
            Some((_, rows)) => rows.push(number),
            None => groups.push((&row.provenance, vec![number])),
        }
    }
    writeln!(
        out,
        "| rows | samples | seed | commit | computing code | compiler |\n|---|---|---|---|---|---|"
    )?;
    for (provenance, rows) in groups {
        let Provenance { scale, seed, commit, code, toolchain } = provenance;
        let commit = commit.as_deref().map_or_else(|| "not named".to_owned(), klr_units::text::escaped);
        writeln!(out, "| {} | {scale} | {seed} | {commit} | {code} | {toolchain} |", rows.join(", "))?;
    }
    writeln!(out)
}

fn write_row(row: &TableRow, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## {}. {}\n", row.row, row.what)?;
    writeln!(
        out,
        "| quantity | published | read as | simulated before | measured | sample | tolerance | verdict |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    for check in &row.checks {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            check.quantity,
            check.published.text(),
            check.published.read_as().map_or_else(|| "-".to_owned(), bounds),
            expected(check),
            measured(check),
            check.measured.sample,
            tolerance(check),
            words(check)
        )?;
    }
    for remark in &row.remarks {
        writeln!(out, "\n* {remark}")?;
    }
    for figure in &row.figures {
        writeln!(out, "\n![{}]({}.svg)", figure.title, figure.name)?;
    }
    Ok(())
}

fn words(check: &Check) -> String {
    let verdict = check.verdict().name();
    check.reason().map_or_else(|| verdict.to_owned(), |reason| format!("{verdict}: {reason}"))
}

fn expected(check: &Check) -> String {
    let Some(expected) = &check.expected else { return "-".to_owned() };
    let missed = if check.misses_expected() { ", missed" } else { "" };
    format!("{}{missed}", expected.text)
}

fn measured(check: &Check) -> String {
    let (value, low, high) = (check.measured.value, check.measured.low, check.measured.high);
    if value.is_nan() {
        return "not in the range tried".to_owned();
    }
    if low == value && high == value {
        return number(value);
    }
    format!("{} [{}, {}]", number(value), number(low), number(high))
}

fn bounds(Bounds { low, high }: Bounds) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) if low == high => number(low),
        (true, true) => format!("{} to {}", number(low), number(high)),
        (true, false) => format!("at least {}", number(low)),
        _ => format!("at most {}", number(high)),
    }
}

fn tolerance(check: &Check) -> String {
    let Some(allowed) = check.tolerance else { return "-".to_owned() };
    let words = bounds(allowed);
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

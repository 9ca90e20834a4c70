//! The front for the screen, in lines of at most 100 columns, and what was searched.

use super::{Format, Search, Tried, signs_name};
use crate::sureness::share_of;
use klr_image::Signs;
use klr_units::WeightCoding;
use klr_units::text::{UNKNOWN, number, share, wrap};
use std::fmt::{self, Write};

/// The table for the screen.
pub(super) fn text(search: &Search) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(search, &mut out);
    out
}

fn write_text(search: &Search, out: &mut String) -> fmt::Result {
    let ((n, p), cues) = (search.size, search.cues);
    let head = format!(
        "{p} patterns of {n} neurons, {} bits of a cue wrong: kernel, weights and gamma together, on {cues} held-out cues",
        search.flips
    );
    out.push_str(&wrap("", 2, &head));
    let of_cues = |hits: f64| share(hits / cues as f64, 3);
    let float_at = search.float.1.map_or_else(String::new, |gamma| format!(" at gamma {}", number(gamma, 3)));
    let oracle = format!(
        "recall: nearest pattern {}, {} with ties drawn by lot; double precision {}{float_at}, the most of all gammas",
        of_cues(search.nearest as f64),
        of_cues(search.by_lot),
        of_cues(search.float.0 as f64)
    );
    out.push_str(&wrap("", 2, &oracle));
    writeln!(
        out,
        "\n {:>7} {:<19} {:>6} {:>6} {:<8} {:>6} {:<11} {:>6} {:<14} {:>6}",
        "gamma",
        "kernel table",
        "window",
        "weight",
        "signs in",
        "bits /",
        "method",
        "recall",
        "below best,",
        "radius"
    )?;
    writeln!(
        out,
        " {:>7} {:<19} {:>6} {:>6} {:<8} {:>6} {:<11} {:>6} {:<14} {:>6}",
        "", "form, bits", "", "bits", "", "weight", "", "", "paired 95 %", "median"
    )?;
    for at in search.front() {
        line(search, at, out)?;
    }
    out.push('\n');
    out.push_str(&wrap("", 2, &meaning(search)));
    out.push_str(&wrap("", 2, &space(search)));
    if let Some(text) = advice(search) {
        out.push_str(&wrap("", 2, &text));
    }
    for row in &search.rows {
        if let Err(refused) = &row.outcome {
            let Format { bits, coding, signs } = row.format;
            let text = format!("weights of {bits} bits, {coding}, signs in {}: {refused}", signs_name(signs));
            out.push_str(&wrap("", 2, &text));
        }
    }
    Ok(())
}

fn line(search: &Search, at: usize, out: &mut String) -> fmt::Result {
    let row = &search.rows[at];
    let table = &search.tables[row.table];
    let Ok(tried) = &row.outcome else { return Ok(()) };
    let form = format!("{}, {}", table.form.name(), table.bits.get());
    let below = search.below_best(tried).map_or_else(
        || UNKNOWN.to_owned(),
        |(_, interval)| {
            format!("{} to {}", share(interval.low.max(0.0), 3), share(interval.high.max(0.0), 3))
        },
    );
    writeln!(
        out,
        " {:>7} {form:<19} {:>6} {:>6} {:<8} {:>6} {:<11} {:>6} {below:<14} {:>6}",
        table.gamma().map_or_else(|| UNKNOWN.to_owned(), |gamma| number(gamma, 3)),
        table.words.len(),
        weight(row.format),
        signs_name(row.format.signs),
        share(search.bits_per_weight(tried), 3),
        tried.method,
        share(tried.recalled() as f64 / search.cues as f64, 3),
        tried.median_radius.map_or_else(|| UNKNOWN.to_owned(), |radius| radius.to_string()),
    )
}

/// The width of a weight, marked where it is an odd integer.
fn weight(format: Format) -> String {
    // Of one bit all codings are the same.
    let coding = if format.bits.get() == 1 { WeightCoding::TwosComplement } else { format.coding };
    let name = match coding {
        WeightCoding::TwosComplement => "",
        WeightCoding::SignMagnitude => "s-m ",
        WeightCoding::Odd => "odd ",
        WeightCoding::Ternary => "ter ",
    };
    format!("{name}{}", format.bits.get())
}

fn meaning(search: &Search) -> String {
    format!(
        "Shown are those that no other beats in bits of weights and table, recall and median certified radius: flips that one \
         step always corrects, of {} patterns evenly spaced. Below the best: by how much less is recalled than by the most, cue \
         by cue.",
        search.radii
    )
}

/// What the optimum is the optimum of.
fn space(search: &Search) -> String {
    let list = |bits: &[klr_units::Bits]| {
        bits.iter().map(|bits| bits.get().to_string()).collect::<Vec<_>>().join(", ")
    };
    let gammas: Vec<String> = search
        .gammas
        .iter()
        .map(|gamma| gamma.map_or_else(|| "that of the model".to_owned(), |gamma| number(gamma, 3)))
        .collect();
    let forms: Vec<&str> = search.space.forms.iter().map(|form| form.name()).collect();
    let signs: Vec<&str> = search.space.signs.iter().map(|&signs| signs_name(signs)).collect();
    let codings: Vec<&str> = search.space.codings.iter().map(|coding| coding.name()).collect();
    let all = search.left_out.len();
    format!(
        "The space: gamma {}; kernel tables {} of {} bits; weights of {} bits, {}, signs in {}; all methods. {} different tables \
         had weights fitted, {} memories in all; {all} were left out: two of each form and width are taken, and none through which the \
         model recalls over 0.05 less than through the best.",
        gammas.join(", "),
        forms.join(" and "),
        list(&search.space.kernel_bits),
        list(&search.space.weight_bits),
        codings.join(" and "),
        signs.join(" and "),
        search.tables.len(),
        search.rows.len(),
    )
}

/// The smallest memory whose recall cannot be told from that of the best, and how a plan asks for it.
fn advice(search: &Search) -> Option<String> {
    let at = search.smallest()?;
    let (row, tried) = (&search.rows[at], search.tried(at)?);
    let table = &search.tables[row.table];
    let gamma = table.gamma().map_or_else(String::new, |gamma| format!("--set model.gamma={gamma} "));
    let interval = share_of(tried.recalled() as u64, search.cues as u64)?.interval;
    let coding = match row.format.coding {
        WeightCoding::TwosComplement => String::new(),
        other => format!("--set quantize.weight_format={other} "),
    };
    let order = search.order.filter(|_| row.format.signs == Signs::InPatterns);
    let order = order.map_or_else(String::new, |order| format!("--set core.pattern_order={} ", order.name()));
    Some(format!(
        "The fewest bits whose recall cannot be told from the most ({} to {}, 95 %, {} of {} patterns kept): {gamma}--set \
         quantize.kernel_table={} --set quantize.kernel_bits={} --set quantize.weight_bits={} {coding}--set \
         core.sign_sharing={} {order}--set quantize.method={}",
        share(interval.low, 3),
        share(interval.high, 3),
        tried.kept,
        search.size.1,
        table.form.name(),
        table.bits.get(),
        row.format.bits.get(),
        matches!(row.format.signs, Signs::InPatterns),
        method(tried),
    ))
}

fn method(tried: &Tried) -> &'static str {
    tried.method.name()
}

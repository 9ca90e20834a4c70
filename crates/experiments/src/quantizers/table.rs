//! The formats as a table for the screen, in lines of at most 100 columns.

use super::{Row, Study, Tried, signs};
use klr_quantize::Method;
use klr_units::text::{UNKNOWN, number, share, wrap};
use std::fmt::{self, Write};

/// What marks a row that no other beats.
const FRONT: char = '*';

/// The methods that have a column.
const METHODS: [Method; 6] =
    [Method::Nearest, Method::Clip, Method::Compensated, Method::Margins, Method::NoiseAware, Method::MinMax];

/// Columns: a format, what each of [`METHODS`] recalls, and the best of them.
const HEAD: [[&str; 12]; 3] = [
    ["", "", "", "", "recall", "", "", "", "", "", "", ""],
    [
        "weight",
        "signs in",
        "kernel",
        "weights +",
        "near-",
        "",
        "compen-",
        "mar-",
        "noise-",
        "min-",
        "95 % interval",
        "kept",
    ],
    ["bits", "", "bits", "table", "est", "clip", "sated", "gins", "aware", "max", "of the best", "%"],
];

/// What stands in the columns of the methods.
fn columns(texts: [&str; METHODS.len()]) -> String {
    texts.iter().map(|text| format!(" {text:>6}")).collect()
}

/// The table for the screen.
pub(super) fn text(study: &Study) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(study, &mut out);
    out
}

fn write_text(study: &Study, out: &mut String) -> fmt::Result {
    let ((n, p), cues) = (study.size, study.cues);
    let gamma = study.gamma.map_or_else(String::new, |gamma| format!(", gamma {}", number(gamma, 4)));
    let head =
        format!("{p} patterns of {n} neurons{gamma}: integers by format and method, on {cues} held-out cues");
    out.push_str(&wrap("", 2, &head));
    let of_cues = |hits: u64| share(hits as f64 / cues as f64, 3);
    writeln!(out, "recall: float {}, nearest pattern {}", of_cues(study.float), of_cues(study.nearest))?;
    for [weight, signs, kernel, bits, methods @ .., interval, kept] in HEAD {
        let start = format!("  {weight:>6}  {signs:<8}{kernel:>7}{bits:>10}");
        let row = format!("{start} {}  {interval:<14}{kept:>6}", columns(methods));
        writeln!(out, "{}", row.trim_end())?;
    }
    let front = study.front();
    for (at, row) in study.rows.iter().enumerate() {
        line(study, row, front.contains(&at), out)?;
    }
    if study.rows.len() > 1 {
        comparison(study, &front, out);
    }
    for row in &study.rows {
        if let Err(refused) = &row.outcome {
            let text = format!(
                "weights of {} bits with signs in {}, kernel words of {}: {refused}",
                row.weight_bits.get(),
                signs(row.signs),
                row.kernel_bits.get()
            );
            out.push_str(&wrap("", 2, &text));
        }
    }
    Ok(())
}

/// What the marks mean, and which format would do.
fn comparison(study: &Study, front: &[usize], out: &mut String) {
    let mark = format!(
        "{FRONT} no other format here recalls as much with fewer bits of weights and kernel table. All {} formats were tried \
         with all methods; of each method its best margin is shown.",
        study.rows.len()
    );
    out.push('\n');
    out.push_str(&wrap("", 2, &mark));
    if let Some(text) = advice(study, front) {
        out.push_str(&wrap("", 2, &text));
    }
}

fn line(study: &Study, row: &Row, on_front: bool, out: &mut String) -> fmt::Result {
    let mark = if on_front && study.rows.len() > 1 { FRONT } else { ' ' };
    write!(out, "{mark} {:>6}  {:<8}{:>7}", row.weight_bits.get(), signs(row.signs), row.kernel_bits.get())?;
    let Ok(tried) = &row.outcome else { return writeln!(out, "  refused, see below") };
    let hits = |method: Method| {
        let found = tried.by_method.iter().find(|(one, _)| *one == method);
        found.map_or_else(|| UNKNOWN.to_owned(), |(_, v)| share(v.hits as f64 / v.cues as f64, 3))
    };
    let texts = METHODS.map(hits);
    let best = tried.verdict();
    let interval = study
        .interval(best.hits)
        .map_or_else(|| UNKNOWN.to_owned(), |i| format!("{} to {}", share(i.low, 3), share(i.high, 3)));
    let kept = share(100.0 * best.kept as f64 / study.size.1 as f64, 1);
    let methods = columns(texts.each_ref().map(String::as_str));
    writeln!(out, "{:>10} {methods}  {interval:<14}{kept:>6}", tried.sram_bits)
}

/// The smallest format whose recall cannot be told from that of the best, and how a plan asks for it.
fn advice(study: &Study, front: &[usize]) -> Option<String> {
    let tried = |at: usize| study.rows[at].outcome.as_ref().ok();
    let best = front.iter().filter_map(|&at| tried(at)).map(|tried| tried.verdict().hits).max()?;
    let low = study.interval(best)?.low;
    let good = |tried: &Tried| tried.verdict().hits as f64 >= low * study.cues as f64;
    let at = *front.iter().find(|&&at| tried(at).is_some_and(good))?;
    let (row, found) = (&study.rows[at], tried(at)?);
    let sharing = matches!(row.signs, klr_image::Signs::InPatterns);
    let order = study.order.filter(|_| sharing).map_or_else(String::new, |order| {
        // Without it a dataflow of the plan would not run.
        format!("--set core.pattern_order={} ", order.name())
    });
    Some(format!(
        "The fewest bits within the interval of the best: --set quantize.weight_bits={} --set quantize.kernel_bits={} \
         --set core.sign_sharing={sharing} {order}--set quantize.method={}",
        row.weight_bits.get(),
        row.kernel_bits.get(),
        found.taken
    ))
}

//! A folder with which somebody else simulates and synthesizes the core, without this program: the design, what it is
//! loaded with, one retrieval, and what has to come of it, event by event (`docs/rtl.md`).

use crate::case::{Case, LoadedBank, banks};
use crate::compare::line;
use crate::results::{COUNTS, Record, Run, cycle_of};
use crate::shape::{NotInRtl, Shape};
use crate::simulated;
use crate::sources::{BENCH, DESIGN, TESTBENCH};
use klr_image::Outcome;
use klr_sim::{Activity, Counter};
use std::fmt::Write;

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What an export is of, in words.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The run, in one line.
    pub run: &'a str,
    /// The retrieval: dataflow and cue.
    pub what: &'a str,
}

/// A retrieval that takes so many times the expected cycles is stopped.
const PATIENCE: u64 = 3;
/// The code of the events that the core does not have: verdicts of whoever reads its counters.
const FAULT: u8 = 16;

/// The files of the export of `case`.
///
/// # Errors
/// [`NotInRtl`] if the design cannot run it.
pub fn export(case: &Case, about: About<'_>) -> Result<Vec<ExportedFile>, NotInRtl> {
    let shape = Shape::of(&case.image, &case.config);
    shape.check(case)?;
    let run = simulated::run(case);
    let (loaded, observer): (Vec<LoadedBank>, _) = (banks(case).collect(), &BENCH[0]);
    let sources =
        DESIGN.iter().chain([observer, &TESTBENCH]).map(|(name, text)| file(name, (*text).to_owned()));
    let mut files: Vec<ExportedFile> = sources.collect();
    files.extend(loaded.iter().filter(|bank| !bank.words.is_empty()).map(words));
    files.extend([
        file(
            "parameters.svh",
            list(shape.parameters().iter().map(|(name, value)| format!(".{name}({value})")), ",\n"),
        ),
        file(
            "settings.svh",
            list(case.settings().iter().map(|(name, value)| format!(".{name}(32'd{value}),")), "\n"),
        ),
        file("case.svh", constants(case, &loaded, &run)),
        file("memories.svh", loading(&loaded)),
        file("cue.hex", list(case.cue.words().iter().map(|word| format!("{word:016x}")), "\n")),
        file("events.txt", events(&run)),
        file("results.txt", results(case, &run)),
        file("activity.txt", activity(&run.activity)),
        file("synth.ys", synthesis(&shape)),
        file("Makefile", include_str!("export/Makefile").replace("@DESIGN@", &design(" "))),
        file("README.md", readme(case, about, &loaded, &run)),
    ]);
    Ok(files)
}

fn file(name: &str, text: String) -> ExportedFile {
    ExportedFile { name: name.to_owned(), text }
}

fn list(lines: impl Iterator<Item = String>, between: &str) -> String {
    lines.collect::<Vec<_>>().join(between) + "\n"
}

/// The names of the files of the design.
fn design(between: &str) -> String {
    DESIGN.map(|(name, _)| name).join(between)
}

fn bank_name(bank: &LoadedBank) -> String {
    format!("{}.{}.hex", bank.memory.name(), bank.bank)
}

/// The words of a bank, one a line, as `$readmemh` reads them.
fn words(bank: &LoadedBank) -> ExportedFile {
    file(&bank_name(bank), list(bank.words.iter().map(ToString::to_string), "\n"))
}

/// The numbers that the test bench is built with.
fn constants(case: &Case, loaded: &[LoadedBank], run: &Run) -> String {
    let rows = loaded.iter().map(|bank| bank.words.len()).max().unwrap_or(1);
    let widest =
        loaded.iter().flat_map(|bank| &bank.words).map(klr_image::placement::Word::bits).max().unwrap_or(1);
    let (words, limit) = (case.cue.words().len(), PATIENCE * run.activity.cycles);
    format!(
        "localparam int WORD_BITS = {};\nlocalparam int MOST_ROWS = {rows};\nlocalparam int HOST_WORDS = {words};\n\
         localparam logic [63:0] CYCLE_LIMIT = 64'd{limit};\n",
        widest.max(64)
    )
}

/// How the test bench loads the memories.
fn loading(loaded: &[LoadedBank]) -> String {
    let banks = loaded.iter().filter(|bank| !bank.words.is_empty());
    let one = |bank: &LoadedBank| {
        let rows = bank.words.len();
        format!(
            "$readmemh(\"{}\", words, 0, {});\nload_words({}, {}, {rows});",
            bank_name(bank),
            rows - 1,
            bank.number,
            bank.bank
        )
    };
    list(banks.map(one), "\n")
}

/// Every event of the core: cycle, code and operands, and the event as a trace shows it.
fn events(run: &Run) -> String {
    let of_core = run.records.iter().filter(|record| record[8] != FAULT);
    of_core.fold(String::new(), |mut text, record| {
        let operand = |at: usize| record[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
        let c = record[17..25].try_into().map_or(0, i64::from_le_bytes);
        let (code, words) = (record[8], in_words(record));
        let _ = writeln!(text, "{} {code} {} {} {c} {words}", cycle_of(record), operand(9), operand(13));
        text
    })
}

/// An event without its cycle.
fn in_words(record: &Record) -> String {
    line(record).split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

/// What is compared at the end: kind, index, value, name.
fn results(case: &Case, run: &Run) -> String {
    // What the core calls it: it cannot tell a dead field from convergence.
    let outcome = match run.outcome {
        Some(Outcome::TwoCycle) => 1,
        Some(Outcome::StepLimit) => 2,
        Some(Outcome::Converged | Outcome::DeadField) | None => 0,
    };
    let mut lines = vec![format!("0 0 {outcome:x} outcome")];
    let state = run.state.words().iter().enumerate();
    lines.extend(state.map(|(at, word)| format!("1 {at:x} {word:x} word {at} of the state")));
    let fields = run.fields.iter().flatten().enumerate();
    lines.extend(fields.map(|(i, field)| format!("2 {i:x} {field:x} field of neuron {i}")));
    let distances = run.distances.iter().enumerate().filter_map(|(mu, d)| d.map(|d| (mu, d)));
    lines.extend(distances.map(|(mu, d)| format!("3 {mu:x} {d:x} distance to pattern {mu}")));
    for (counter, mask) in readable() {
        lines.push(format!("4 {mask:x} {:x} counter {}", run.activity.get(counter), counter.name()));
    }
    debug_assert_eq!(run.distances.len(), case.image.p() as usize);
    list(lines.into_iter(), "\n")
}

/// The counters that the core shows, each with a mask of the places that it is the sum of.
fn readable() -> impl Iterator<Item = (Counter, u64)> {
    let mask = |counter: Counter| {
        let shows = |of: &fn(&mut Activity) -> &mut u64| {
            let mut one = Activity::default();
            *of(&mut one) = 1;
            one.get(counter)
        };
        COUNTS.iter().enumerate().map(|(at, of)| shows(of) << at).sum()
    };
    Counter::ALL.iter().map(move |&counter| (counter, mask(counter))).filter(|(_, mask)| *mask != 0)
}

/// Every counter, and what it is per cycle.
fn activity(activity: &Activity) -> String {
    let cycles = activity.cycles.max(1);
    let thousandths = |count: u64| u128::from(count) * 1000 / u128::from(cycles);
    let one = |counter: &Counter| {
        let count = activity.get(*counter);
        let share = thousandths(count);
        format!("{:<28} {count:>16} {:>10}.{:03}", counter.name(), share / 1000, share % 1000)
    };
    let head = format!("{:<28} {:>16} {:>14}", "counter", "count", "per cycle");
    list([head].into_iter().chain(Counter::ALL.iter().map(one)), "\n")
}

/// The script for yosys.
fn synthesis(shape: &Shape) -> String {
    let set =
        shape.parameters().iter().map(|(name, value)| format!(" -set {name} {value}")).collect::<String>();
    format!(
        "# yosys -s synth.ys\nread_verilog -sv {}\nchparam{set} core\nhierarchy -check -top core\n\
         # The memories are macros. Without the next line they are registers.\nblackbox *sram_1rw* *sram_1r1w*\n\
         proc\nflatten\nsynth -top core\ncheck -assert\n\
         select -assert-none t:$_DLATCH_* t:$dlatch\ntee -o synth.stat stat\nwrite_verilog -noattr netlist.v\n",
        design(" ")
    )
}

fn readme(case: &Case, about: About<'_>, loaded: &[LoadedBank], run: &Run) -> String {
    let mut memories =
        String::from("| memory | banks | words of a bank used | bits of a word |\n|---|---|---|---|\n");
    let of_bank_0 = loaded.iter().filter(|bank| bank.bank == 0);
    for first in of_bank_0 {
        let count = loaded.iter().filter(|bank| bank.memory == first.memory).count();
        let bits = first.words.first().map_or(0, klr_image::placement::Word::bits);
        let _ = writeln!(memories, "| {} | {count} | {} | {bits} |", first.memory.name(), first.words.len());
    }
    let values = [
        ("@RUN@", about.run.to_owned()),
        ("@WHAT@", about.what.to_owned()),
        ("@N@", case.image.n().to_string()),
        ("@P@", case.image.p().to_string()),
        ("@CYCLES@", run.activity.cycles.to_string()),
        ("@EVENTS@", run.records.iter().filter(|record| record[8] != FAULT).count().to_string()),
        ("@MEMORIES@", memories),
    ];
    let template = include_str!("export/README.md").to_owned();
    values.iter().fold(template, |text, (name, value)| text.replace(name, value))
}

//! The table on the screen: at most 100 columns, and first what the reader came for.

mod area;
mod bands;
mod baselines;
mod beyond;
mod certificates;
mod classical;
mod faults;
mod fit;
mod memories;

pub use area::area;

use crate::advice;
use crate::confirmed;
use crate::error::Error;
use crate::pipeline::{HardwareRun, Learned, Run};
use crate::plan::{Law, PatternSource, Plan, Training};
use crate::report::fit_outcome;
use crate::sureness::{Sure, Sureness};
use klr_energy::{Band, Component, Cost, InformationBound, KELVIN, Ledger, PriceTable, cam_picojoules};
use klr_model::baselines::BaselineError;
use klr_model::{CueKind, Fit, NoiseModel};
use klr_sim::Dataflow;
use klr_units::text::{UNKNOWN, duration, fixed, joules, number, share, shorten, wrap};
use klr_units::{SignedFormat, WeightCoding, Yoctojoules};
use std::collections::BTreeSet;
use std::fmt::{self, Write};

/// The table of `run`.
#[must_use]
pub fn table(plan: &Plan, run: &Run) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_table(plan, run, &mut out);
    out
}

/// The classical network on the crossbar cores of the plan, beside the kernel core on the same cues.
#[must_use]
pub fn crossbar(plan: &Plan, run: &Run) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = heading(plan, run, &mut out).and_then(|()| classical::section(run, &mut out));
    out
}

/// What training a model of `plan` gave.
#[must_use]
pub fn training(plan: &Plan, learned: &Learned) -> String {
    let (fit, patterns) = (&learned.fit, learned.model.patterns());
    let (n, p, load) = (patterns.n(), patterns.p(), fixed(patterns.load(), 1));
    let first = format!("{}: N = {n} neurons, P = {p} patterns (load {load}), ", source_name(plan));
    let kernel = match &learned.choice {
        Some(choice) => format!("gamma {} (chosen)", number(choice.gamma, 3)),
        None => learned.model.kernel().to_string(),
    };
    let fit = format!("{}, {}", origin(plan, fit), fit::figures(fit));
    format!("{}{}", wrap("", 2, &format!("{first}{kernel}")), wrap("", 0, &fit))
}

/// Where the dual variables come from: how training ended, or what stood in for it.
fn origin(plan: &Plan, fit: &Fit) -> String {
    match &plan.model.training {
        Training::File(path) => {
            format!("dual variables of {}, not trained here", shorten(&path.display().to_string(), 40))
        }
        Training::Saved(path) => {
            format!("as saved in {}, not trained here", shorten(&path.display().to_string(), 40))
        }
        Training::None => "alpha = xi, not trained".to_owned(),
        Training::KernelRidge => "solved in closed form".to_owned(),
        Training::Klr(_) | Training::NoiseAware(_) => {
            let iterations = fit.report().map_or(0, |report| report.iterations);
            format!("{} after {iterations} iterations", fit_outcome(fit.outcome()))
        }
    }
}

/// Where the patterns come from, in a few words.
fn source_name(plan: &Plan) -> String {
    match &plan.patterns {
        PatternSource::Generated { law: Law::Independent, .. } => "random patterns".to_owned(),
        other => shorten(&other.name(), 40),
    }
}

fn write_table(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    heading(plan, run, out)?;
    let sure = Sureness::of(run);
    energies(run, &sure, out)?;
    bands::section(run, &sure, out)?;
    recalls(plan, run, out)?;
    work(run, out)?;
    components(run, out)?;
    memories::sections(plan, run, out)?;
    certificates::section(plan, run, out);
    remarks(plan, run, out)?;
    if run.classical.is_empty() { Ok(()) } else { classical::section(run, out) }
}

fn heading(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    let source = source_name(plan);
    let (n, p, load) = (run.patterns.n(), run.patterns.p(), fixed(run.patterns.load(), 1));
    let kernel = match (&run.choice, run.model.kernel()) {
        (Some(choice), _) => format!("gamma {}", number(choice.gamma, 3)),
        (None, kernel) => kernel.to_string(),
    };
    let first = format!("{source}: N = {n} neurons, P = {p} patterns (load {load}), {kernel}");
    out.push_str(&wrap("", 2, &first));
    if let Some(choice) = &run.choice {
        let line = format!(
            "gamma was chosen: {} to {} are as good ({}), recall {} on cues of its own, oracle {}",
            number(choice.flat_from, 3),
            number(choice.flat_to, 3),
            choice.verdict.name(),
            share(choice.recall.value(), 3),
            share(choice.oracle.value(), 3)
        );
        out.push_str(&wrap("", 2, &line));
    }
    let cues = run.recall.cues;
    let made = match (&plan.retrieval.cue_file, plan.retrieval.cue) {
        (Some(path), _) => format!("of {}", shorten(&path.to_string_lossy(), 60)),
        (None, CueKind::Flips { noise, model }) => {
            let model = match model {
                NoiseModel::Bernoulli => "Bernoulli",
                NoiseModel::Exact => "exact",
            };
            format!("with {} % {model} noise", number(noise * 100.0, 6))
        }
        (None, kind) => format!("made by {kind}"),
    };
    let line = format!("{cues} cues {made}, {} bits off in the mean", fixed(run.recall.cue_flips_mean, 1));
    out.push_str(&wrap("", 2, &line));
    let image = &run.image;
    writeln!(
        out,
        "weights {} bits{}, kernel {} bits {} (window {}), {} KiB of SRAM\nprices {}, clock {} MHz",
        image.weight_format().bits(),
        coding(image.weight_format()),
        image.table().format().bits(),
        image.table().form().name(),
        image.table().window(),
        fixed(run.loss.sram_bits.total() as f64 / 8192.0, 1),
        prices_named(&plan.hardware.prices),
        run.clock.mhz()
    )
}

/// How weights are coded, where that is not the usual two's complement.
fn coding(format: SignedFormat) -> String {
    match format.coding() {
        WeightCoding::TwosComplement => String::new(),
        coding => format!(" {coding}"),
    }
}

/// A price table as a heading names it: one in a file by the file, whatever it calls itself, and its version.
fn prices_named(prices: &PriceTable) -> String {
    let name = prices
        .file()
        .map_or_else(|| prices.name().to_owned(), |file| format!("of the file {}", shorten(file, 60)));
    prices.version().map_or_else(|| name.clone(), |version| format!("{name} (version {version})"))
}

fn energies(run: &Run, sure: &Sureness, out: &mut String) -> fmt::Result {
    let less = |sure: &Sure| ratio(sure.less_than_best.map(|less| (less.nominal, less.interval)));
    writeln!(
        out,
        "\n{:<22}{:>10} {:>10} {:>10} {:>11} {:>26}",
        "energy per retrieval", "low", "nominal", "high", "latency", "x less than best sync."
    )?;
    for (h, sure) in run.hardware.iter().zip(&sure.own) {
        writeln!(
            out,
            "  {:<20}{} {:>11} {:>26}",
            h.dataflow.name(),
            band(h.ledger.total(), run.recall.cues),
            latency(run, h.activity.cycles),
            less(sure)
        )?;
    }
    // The baseline stands here in any case, the others where another shape is cheaper.
    let best = run.best.iter().zip(&sure.best);
    for (shape, sure) in best.filter(|(shape, _)| shape.dataflow == Dataflow::BASELINE || !shape.is_own) {
        writeln!(
            out,
            "  {:<20}{} {:>11} {:>26}",
            format!("best {}", shape.dataflow.name()),
            band(shape.ledger.total(), run.recall.cues),
            latency(run, shape.cycles),
            less(sure)
        )?;
    }
    if let (Some(dense), Some(sure)) = (&run.dense, &sure.dense) {
        writeln!(
            out,
            "  {:<20}{} {:>11} {:>26}",
            "dense digital",
            band(dense.ledger.total(), run.recall.cues),
            duration(dense.activity.cycles as f64 / run.recall.cues as f64 / f64::from(dense.clock.mhz())),
            less(sure)
        )?;
    }
    writeln!(out, "  {:<20}{}", "one look", band(run.one_look.total(), run.recall.cues))?;
    out.push_str(&beside(run));
    Ok(())
}

/// What one look is, and what no geometry of the core moves.
fn beside(run: &Run) -> String {
    let bound = InformationBound::of(run.image.p());
    let [least, most] = cam_picojoules(run.image.p(), run.image.n()).map(joules);
    wrap(
        "  ",
        4,
        &format!(
            "one look: at every pattern bit, in this core's memory, no bound; to name a pattern and forget it costs at \
             least {} at {KELVIN} K; a search at published figures of CAMs, {least} to {most}",
            joules(bound.at_least_picojoules())
        ),
    )
}

/// The mean time of a retrieval, of cycles of all of them.
fn latency(run: &Run, cycles: u64) -> String {
    duration(cycles as f64 / run.recall.cues as f64 / f64::from(run.clock.mhz()))
}

/// Low, nominal and high per retrieval, as far as they are known.
fn band(cost: Cost, cues: u64) -> String {
    let figures: [fn(Band<Yoctojoules>) -> Yoctojoules; 3] = [Band::low, Band::nominal, Band::high];
    figures.map(|figure| format!("{:>10}", per_retrieval(cost.map(figure), cues))).join(" ")
}

/// An energy of all retrievals as that of one.
fn per_retrieval(energy: Cost<Yoctojoules>, cues: u64) -> String {
    energy.shown(|energy| joules(energy.as_picojoules() / cues as f64))
}

/// How many times something is something else, with its range, if that is known.
pub(crate) fn ratio(times: Option<(f64, (f64, f64))>) -> String {
    let show = |times: f64| fixed(times, 2);
    times.map_or_else(
        || UNKNOWN.to_owned(),
        |(nominal, (low, high))| format!("{} ({} to {})", show(nominal), show(low), show(high)),
    )
}

fn recalls(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    let r = &run.recall;
    let share = |hits: u64| share(hits as f64 / r.cues as f64, 3);
    let hardware: Vec<String> =
        run.hardware.iter().map(|h| format!("{} {}", h.dataflow.name(), share(h.hits))).collect();
    writeln!(out, "\n{:<22}{}", "recall", hardware.join("  "))?;
    writeln!(
        out,
        "{:<22}float sync {}  float async {}  untrained {}  nearest pattern {}",
        "",
        share(r.float_sync),
        share(r.float_async),
        share(r.untrained),
        r.oracle.map_or(UNKNOWN.to_owned(), share)
    )?;
    if r.ties > 0 {
        let ties = match r.oracle {
            Some(_) => "another is as near, counted as recalled by the nearest pattern",
            None => "equally near to several patterns, recalled in any of them",
        };
        writeln!(out, "{:<22}ties {}: {ties}", "", share(r.ties))?;
    }
    if r.oracle.is_none() {
        out.push_str(&wrap("  ", 4, &format!("nearest pattern: {}", BaselineError::NoTargets)));
    }
    beyond::recalls(run, out)?;
    faults::lines(plan, run, out);
    baselines::section(run, out)
}

fn work(run: &Run, out: &mut String) -> fmt::Result {
    let cues = run.recall.cues as f64;
    writeln!(
        out,
        "\n{:<22}{:>7} {:>8} {:>10} {:>10} {:>11} {:>10} {:>9}",
        "work per retrieval", "flips", "fields", "MACs", "distances", "SRAM bits", "cycles", "max"
    )?;
    for h in &run.hardware {
        let mean = |count: u64, decimals| fixed(count as f64 / cues, decimals);
        let a = &h.activity;
        writeln!(
            out,
            "  {:<20}{:>7} {:>8} {:>10} {:>10} {:>11} {:>10} {:>9}",
            h.dataflow.name(),
            mean(a.flips, 1),
            mean(a.evaluations, 1),
            mean(a.macs, 0),
            mean(a.distance_updates, 0),
            mean(a.sram_bits_read(), 0),
            mean(a.cycles, 0),
            h.cycles_max
        )?;
    }
    Ok(())
}

fn components(run: &Run, out: &mut String) -> fmt::Result {
    write!(out, "\n{:<22}", "where it goes, nominal")?;
    for h in &run.hardware {
        write!(out, "{:>14}", h.dataflow.name())?;
    }
    writeln!(out, "   grade")?;
    let mut grades = BTreeSet::new();
    for component in Component::ALL {
        let energy = |h: &HardwareRun| h.ledger.component(component).map(Band::nominal);
        if run.hardware.iter().all(|h| energy(h) == Cost::Known(Yoctojoules::ZERO)) {
            continue;
        }
        write!(out, "  {:<20}", component.name())?;
        for h in &run.hardware {
            write!(out, "{:>14}", per_retrieval(energy(h), run.recall.cues))?;
        }
        let lines = run.hardware.iter().flat_map(|h| &h.ledger.lines);
        let grade = lines.filter(|line| line.component == component).map(|line| line.evidence.grade).max();
        writeln!(out, "   {}", grade.map_or_else(|| UNKNOWN.to_owned(), |g| g.to_string()))?;
        grades.extend(grade);
    }
    for grade in grades {
        writeln!(out, "  {grade}: {}", grade.meaning())?;
    }
    Ok(())
}

/// What a reader must not miss: disagreement, faults, training that did not converge, prices that are missing.
fn remarks(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    writeln!(out)?;
    let fit = &run.fit;
    let gap = fit.gap();
    let gap =
        gap.map_or(String::new(), |gap| format!(", objective within {} of its minimum", number(gap, 2)));
    writeln!(out, "model: {}{gap}", origin(plan, fit))?;
    fit::stored_patterns(run, out);
    for h in &run.hardware {
        let name = h.dataflow.name();
        agreement(name, h.agrees, run.recall.cues, out)?;
        out.push_str(&confirmed::remark(&format!("{name}: "), &h.unconfirmed));
        if h.fault_count > 0 {
            writeln!(out, "{name}: {} faults, {} dead fields; the first:", h.fault_count, h.dead_fields)?;
        }
        if let Some((cue, fault)) = h.faults.first() {
            out.push_str(&wrap("  ", 4, &format!("cue {cue}, {fault}")));
        }
    }
    missing_prices(run, out);
    for line in advice::lines(plan, run) {
        out.push_str(&wrap("advice: ", 2, &line));
    }
    Ok(())
}

fn agreement(name: &str, agrees: u64, cues: u64, out: &mut String) -> fmt::Result {
    if agrees == cues {
        writeln!(out, "{name}: all {cues} retrievals equal the integer reference, flip by flip")
    } else {
        writeln!(out, "{name}: ONLY {agrees} of {cues} retrievals equal the integer reference")
    }
}

/// Which prices are missing, of the dataflows and of one look: it is their `>` and `-` that a reader wonders about.
fn missing_prices(run: &Run, out: &mut String) {
    missing("totals", run.hardware.iter().map(|h| (h.ledger.total(), unpriced(&h.ledger))), out);
    missing("one look", [(run.one_look.total(), unpriced(&run.one_look))], out);
}

pub(crate) fn unpriced<C, M>(ledger: &Ledger<C, M>) -> BTreeSet<&'static str> {
    ledger.unpriced.iter().map(|u| u.term.key()).collect()
}

/// The terms without a price, if there are any, and what follows from it for the sums `what`.
pub(crate) fn missing(
    what: &str,
    sums: impl IntoIterator<Item = (Cost, BTreeSet<&'static str>)>,
    out: &mut String,
) {
    let (mut terms, mut are_bounds, mut are_unknown) = (BTreeSet::new(), false, false);
    for (sum, unpriced) in sums {
        are_bounds |= matches!(sum, Cost::AtLeast(_));
        are_unknown |= sum == Cost::Unknown;
        terms.extend(unpriced);
    }
    let (is, bound) = if what.ends_with('s') { ("are", "lower bounds") } else { ("is", "a lower bound") };
    let follows = match (are_bounds, are_unknown) {
        (false, false) => return,
        (true, false) => format!("{what} {is} {bound}"),
        (false, true) => format!("{what} {is} not known"),
        (true, true) => format!("{what} {is} {bound} (>) or not known (-)"),
    };
    let terms: Vec<_> = terms.into_iter().collect();
    out.push_str(&wrap(&format!("no published price, so {follows}: "), 2, &terms.join(", ")));
}

/// The price tables that come with the program, with what each describes.
///
/// # Errors
/// [`Error::Prices`] if one of them cannot be read.
pub fn prices() -> Result<String, Error> {
    let entry = |name| {
        let table = PriceTable::preset(name)?;
        Ok(format!("{name}\n{}", wrap("    ", 4, table.about())))
    };
    PriceTable::names().map(entry).collect()
}

/// Published totals of real chips beside what the price tables give for them, misses included.
#[must_use]
pub fn anchors() -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_anchors(&mut out);
    out
}

/// With `places` decimals, or none from a thousand up.
fn decimals(figure: f64, places: usize) -> String {
    if figure.abs() < 1e3 { format!("{figure:.places$}") } else { format!("{figure:.0}") }
}

/// As [`decimals`] with two, and with its sign.
fn signed(figure: f64) -> String {
    format!("{}{}", if figure < 0.0 { "" } else { "+" }, decimals(figure, 2))
}

fn write_anchors(out: &mut String) -> fmt::Result {
    let anchors = klr_energy::anchors();
    let width = anchors.iter().map(|a| a.name.chars().count()).max().unwrap_or(0);
    writeln!(out, "{:<width$} {:>10} {:>11} {:>9}  tolerance", "anchor", "published", "modelled", "error")?;
    // Bands are whole hundredths of a percent; binary fractions are not.
    let percent = |share: f64| (share * 1e4).round() / 1e2;
    for a in anchors {
        let verdict = match (a.holds(), a.is_miss()) {
            (false, _) => "  OUTSIDE",
            (true, true) => "  MISS",
            (true, false) => "",
        };
        writeln!(
            out,
            "{:<width$} {:>7} {} {:>8} {} {:>7} %  {:+} to {:+} %{verdict}",
            a.name,
            a.published,
            a.unit,
            a.modelled.shown(|figure| decimals(figure, 3)),
            a.unit,
            a.relative_error.shown(|error| signed(error * 100.0)),
            percent(a.tolerance.0),
            percent(a.tolerance.1)
        )?;
        out.push_str(&wrap("    ", 4, &format!("prices {}, {}; {}", a.table, a.role.name(), a.remark)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{self, NoProgress};
    use crate::plan::{PlanSource, resolve};
    use klr_model::{PatternSet, Stream, Streams, npy};
    use klr_sim::confirmed::NOT_CONFIRMED;
    use klr_units::text::WIDTH;

    fn table_of(name: &str, settings: &[&str]) -> String {
        let mut source = PlanSource::load(name).expect("an embedded plan");
        // Sizes as in the plan, work that takes no time: the columns see the same digits.
        let own_cues = settings.iter().any(|setting| setting.starts_with("retrieval.cue_file="));
        let few = ["model.iterations=2", "retrieval.cues=2"];
        for setting in few.iter().take(if own_cues { 1 } else { 2 }).chain(settings) {
            source.set(setting).expect("a setting");
        }
        let plan = resolve(&source).expect("a plan");
        table(&plan, &pipeline::run(&plan, 1, &NoProgress).expect("a run"))
    }

    fn assert_fits(name: &str, text: &str) {
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{name}: {} columns: {line}", line.chars().count());
            assert_eq!(line, line.trim_end(), "{name}: no blanks at the end of a line");
        }
    }

    #[test]
    fn every_line_fits_a_terminal() {
        assert_fits("default", &table_of("default", &[]));
        assert_fits(
            "digits",
            &table_of("digits", &["model.gamma=0.123456789012345", "retrieval.noise=0.07"]),
        );
        for preset in PriceTable::names() {
            // A memory that keeps every pattern: no time goes into advice.
            let preset = format!("energy.preset={preset}");
            assert_fits(
                &preset,
                &table_of("default", &[&preset, "patterns.p=300", "retrieval.order=random"]),
            );
        }
    }

    #[test]
    fn long_paths_and_faults_fit_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let deep = folder.path().join("a-long-name".repeat(12));
        std::fs::create_dir(&deep).expect("a folder");
        let patterns = PatternSet::random(70, 9, &mut Streams::new(1).stream(Stream::Patterns));
        let file = deep.join("patterns.npy");
        npy::write_patterns(&file, &patterns.expect("patterns")).expect("the folder is writable");
        let path = file.display();
        let text = table_of(
            "default",
            &[
                &format!("patterns.file={path}"),
                "patterns.source=file",
                "core.queue_policy=drop",
                "core.activation_queue=1",
                "core.mac_lanes=1",
                "quantize.kernel_table=absolute",
                "retrieval.noise=0.5",
            ],
        );
        assert_fits("a long path", &text);
        assert!(text.contains("patterns.npy: N = 70"), "the end of the path is kept: {text}");
        assert!(text.contains(" faults, "), "the plan provokes faults: {text}");
        let cues =
            table_of("default", &["patterns.n=70", "patterns.p=9", &format!("retrieval.cue_file={path}")]);
        assert_fits("cues of a file", &cues);
        assert!(cues.contains("9 cues of .."), "{cues}");
    }

    #[test]
    fn a_total_without_all_prices_is_marked() {
        let bound = table_of("digits", &["energy.preset=truenorth"]);
        let row = |name: &str| {
            bound.lines().find(|line| line.starts_with(&format!("  {name} "))).map(str::to_owned)
        };
        // A look at every pattern bit is comparisons and sums of distances alone, and this table prices those whole.
        for (name, bounds) in [("synchronous", 3), ("sweep", 3), ("delta", 3), ("one look", 0)] {
            let row = row(name).unwrap_or_else(|| panic!("no row {name}: {bound}"));
            assert_eq!(row.matches('>').count(), bounds, "low, nominal and high are lower bounds: {row}");
        }
        assert!(bound.contains("no published price, so totals are lower bounds: "), "{bound}");
        let whole = table_of("digits", &[]);
        assert!(!whole.contains('>'), "every price is known: {whole}");
    }

    #[test]
    fn what_no_rtl_confirms_is_said_of_each_dataflow_that_uses_it() {
        let text = table_of(
            "digits",
            &["core.sign_sharing=true", "core.pattern_order=row", "retrieval.dataflows=[\"synchronous\"]"],
        );
        assert_fits("levers", &text);
        let of = |text: &str, name: &str| {
            text.lines().any(|line| line.starts_with(&format!("{name}: {NOT_CONFIRMED}: core.")))
        };
        assert!(of(&text, "synchronous"), "{text}");
        let text = text.replace("\n  ", " ");
        assert!(text.contains("core.pattern_order = row with sign_sharing (a part of M5)"), "{text}");
        assert!(!table_of("digits", &[]).contains(NOT_CONFIRMED), "the default core is in the RTL");
    }

    #[test]
    fn the_classical_network_stands_below_the_table_and_by_itself() {
        let cores = "retrieval.baselines=[\"crossbar-loihi\", \"hebbian\", \"crossbar-tiny-odin\"]";
        let text = table_of("default", &["patterns.p=9", "energy.preset=odin", cores]);
        assert_fits("with the classical network", &text);
        let from = text.find("\nclassical Hopfield").expect("a section");
        for name in ["crossbar-loihi", "crossbar-tiny-odin", "synchronous", "sweep", "delta"] {
            let row = text[from..].lines().find(|line| line.starts_with(&format!("  {name} ")));
            let row = row.unwrap_or_else(|| panic!("no row {name}: {text}"));
            assert_eq!(
                row.matches('>').count(),
                3,
                "ODIN prices no event, so low, nominal and high are bounds: {row}"
            );
        }
        assert!(text.contains("crossbar-tiny-odin: 4-bit Hebbian weights, "), "{text}");
        assert!(text.contains("crossbar-loihi: all 2 retrievals equal the integer reference"), "{text}");
        assert!(!table_of("default", &["patterns.p=9"]).contains("classical"), "only where it is asked for");
    }

    #[test]
    fn what_is_proved_and_what_would_do_fit_too() {
        let mut source = PlanSource::default_plan();
        for setting in [
            "patterns.n=24",
            "patterns.p=40",
            "retrieval.cues=30",
            "model.gamma=0.7",
            "quantize.weight_bits=2",
            "quantize.kernel_bits=2",
            "quantize.kernel_table=absolute",
        ] {
            source.set(setting).expect("a setting");
        }
        let plan = resolve(&source).expect("a plan");
        let mut run = pipeline::run(&plan, 1, &NoProgress).expect("a run");
        assert!(!table(&plan, &run).contains("proved of the image"), "nobody has asked");
        run.certify(std::num::NonZeroUsize::MIN).expect("an image with a file");
        let text = table(&plan, &run);
        assert_fits("what is proved", &text);
        for part in ["proved of the image", "faults of the weight memory: ", "with a SECDED code, "] {
            assert!(text.contains(part), "{part}: {text}");
        }
        // In two bits the kernel is zero beside the pattern itself, and a fifth of 24 bits are flipped.
        let whole = text.replace("\n  ", " ");
        assert!(
            whole.contains("advice: the kernel table is zero from distance 1 on, and the cues are "),
            "{text}"
        );
        assert!(whole.contains("--set quantize.kernel_table=nearest-relative"), "{text}");
    }

    #[test]
    fn anchors_and_prices_fit_and_line_up() {
        assert_fits("prices", &prices().expect("the tables are read"));
        let anchors = anchors();
        assert_fits("anchors", &anchors);
        let mut rows = anchors.lines().filter(|line| !line.starts_with(' '));
        let column = rows.next().and_then(|title| title.find("tolerance")).expect("a title");
        for row in rows {
            let (before, expected) = row.split_at(column);
            assert!(before.ends_with(" %  "), "the error ends where the band begins: {row}");
            assert!(expected.starts_with(['+', '-']), "the band begins with its sign: {row}");
            assert!(!row.contains("OUTSIDE"), "{row}");
        }
        let misses = klr_energy::anchors().iter().filter(|anchor| anchor.is_miss()).count();
        assert_eq!(anchors.matches("  MISS\n").count(), misses, "every miss says so: {anchors}");
    }
}

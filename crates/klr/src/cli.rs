//! Commands and options.

use crate::analyse::{self, Analysis};
use crate::error::CliError;
use crate::progress::Bars;
use crate::room;
use crate::sweep::SweepArgs;
use crate::terminal::{Answer, deliver, note, print};
use crate::timing::Stopwatch;
use crate::verify::{self, Verify};
use crate::{check, help, prices, rtl, tornado};
use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use klr_experiments::codesign::{Gammas, Space};
use klr_experiments::plan::{self, Plan, PlanSource, Void, locate};
use klr_experiments::{codesign, compare, levers, output, pipeline, quantizers, report, screen};
use klr_image::{Signs, TableForm, codec, listing};
use klr_repro::{Config, OtherRows, Scale};
use klr_sim::{Dataflow, Schedule};
use klr_units::folder::{Earlier, RunFolder};
use klr_units::{Bits, WeightCoding, file};
use klr_waves::{Format, Traced};
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Event-driven kernel associative memory, from patterns to picojoules.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = help::KLR)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train the model of a plan and save it.
    #[command(after_help = help::TRAIN)]
    Train(Train),
    /// Run a plan: train, quantize, simulate, price, and compare with the float reference.
    #[command(after_help = help::SIM)]
    Sim(Sim),
    /// Trace one retrieval for waveform viewers, or compare it with a golden trace.
    #[command(after_help = help::TRACE)]
    Trace(Trace),
    /// What the memory of a plan is like: basins, overlap, fields, sharpness, capacity.
    #[command(after_help = help::ANALYSE)]
    Analyse(Analyse),
    /// Print a plan with every key resolved.
    #[command(after_help = help::PLAN)]
    Plan(PlanArgs),
    /// Print a core image in readable form.
    #[command(after_help = help::LISTING)]
    Listing {
        /// An image written by `klr sim --out`.
        image: PathBuf,
    },
    /// Check the certificates of a core image: overflow, radii, fault budgets.
    #[command(after_help = help::VERIFY)]
    Verify(Verify),
    /// Print a price table, check one of your own, or list those that come with klr.
    #[command(after_help = help::PRICES)]
    Prices {
        /// The name of a table that comes with klr, or a file with one of your own. [default: list all]
        #[arg(value_name = "NAME|FILE")]
        table: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// What each lever of the core saves on a plan, alone and together.
    #[command(after_help = help::LEVERS)]
    Levers {
        #[command(flatten)]
        plan: PlanArgs,
        #[command(flatten)]
        json: Json,
        /// Print one table in Markdown, whose lines are as long as its rows.
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
    },
    /// Find the integers of a plan's model by every method, in its own format or in many.
    #[command(after_help = help::QUANTIZE)]
    Quantize(Quantize),
    /// Run every point of a sweep over keys of a plan, and write a table of all.
    #[command(after_help = help::SWEEP)]
    Sweep(SweepArgs),
    /// Run the classical Hopfield network on a crossbar core, beside the kernel core.
    #[command(after_help = help::CROSSBAR)]
    Crossbar(Crossbar),
    /// The memory of a plan on other machines: energy, time, cores and recall on the same cues.
    #[command(after_help = help::COMPARE)]
    Compare(Compare),
    /// The core of a plan as SystemVerilog: compared with the simulator, or exported.
    #[command(subcommand, after_help = help::RTL)]
    Rtl(rtl::Rtl),
    /// What the core of a plan contains: memories, flip-flops, gates, area.
    #[command(after_help = help::AREA)]
    Area {
        #[command(flatten)]
        plan: PlanArgs,
        #[command(flatten)]
        json: Json,
    },
    /// Compare the price tables with published totals of real chips.
    #[command(after_help = help::ANCHORS)]
    Anchors(Json),
    /// Derive published results again, as a table with figures.
    #[command(after_help = help::REPRO)]
    Repro(Repro),
    /// Print a script that completes commands and options in a shell.
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
struct Json {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("scale").required(true))]
struct Repro {
    /// Small samples, in minutes.
    #[arg(long, group = "scale")]
    quick: bool,
    /// The samples of the record, in hours.
    #[arg(long, group = "scale")]
    full: bool,
    /// Only this row; may be repeated. [default: all]
    #[arg(long = "row", value_name = "N")]
    rows: Vec<u8>,
    /// The folder for table and figures. [default: out/repro-quick or out/repro-full]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Keep the rows of the folder's table that this run does not compute, with what computed them beside them.
    #[arg(long)]
    keep: bool,
    /// The folder of finished work, from which a run that was stopped goes on.
    #[arg(long, value_name = "DIR", default_value = "out/repro-work")]
    work: PathBuf,
    /// The seed of every random stream.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What to record as the revision of the source.
    #[arg(long, value_name = "TEXT")]
    commit: Option<String>,
    /// End with exit code 2 if a row does not hold.
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Args)]
struct Train {
    #[command(flatten)]
    plan: PlanArgs,
    /// The file for the model.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct Sim {
    #[command(flatten)]
    plan: PlanArgs,
    /// Write report, image, trace and plan to this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prove of the image what can be proved, and show it; --out does so too.
    #[arg(long)]
    certify: bool,
    #[command(flatten)]
    json: Json,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct Crossbar {
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    json: Json,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct Quantize {
    #[command(flatten)]
    plan: PlanArgs,
    /// Search kernel tables, weights and gamma together for the fewest bits: all combinations of the below, signs in either
    /// memory.
    #[arg(long)]
    search: bool,
    /// Widths of weights, 1 to 16 bits, separated by commas. [default: that of the plan; with --search 1,2,3]
    #[arg(long, value_name = "BITS", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=16))]
    weight_bits: Option<Vec<u8>>,
    /// Widths of kernel words, 1 to 16 bits, separated by commas. [default: that of the plan; with --search 1,2,4,8]
    #[arg(long, value_name = "BITS", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=16))]
    kernel_bits: Option<Vec<u8>>,
    /// Gammas to search, separated by commas; `auto` for nine around the best for random patterns and that of the plan,
    /// `plan` for that of the plan alone.
    #[arg(long, value_name = "NUMBERS|auto|plan", default_value = "auto", requires = "search", value_parser = gammas)]
    gammas: Gammas,
    /// Forms of the kernel table to search, separated by commas.
    #[arg(long, value_name = "FORMS", value_delimiter = ',', default_value = "nearest-relative,absolute",
        requires = "search", value_parser = names(FORMS.map(TableForm::name)))]
    kernel_tables: Vec<String>,
    /// How bits stand for weights: codings to search, separated by commas.
    #[arg(long, value_name = "CODINGS", value_delimiter = ',', default_value = "twos-complement,odd",
        requires = "search", value_parser = names(WeightCoding::ALL.map(WeightCoding::name)))]
    weight_formats: Vec<String>,
    /// Keep neurons that are done in this folder, and go on from those that are there.
    #[arg(long, value_name = "DIR", conflicts_with = "search")]
    work: Option<PathBuf>,
    #[command(flatten)]
    json: Json,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct Compare {
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    json: Json,
    /// Print comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct Analyse {
    #[command(flatten)]
    plan: PlanArgs,
    /// Write figures (SVG, PNG, CSV) and their numbers (analysis.json) to this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only these analyses, separated by commas. [default: all that the memory allows]
    #[arg(long, value_name = "NAMES", value_delimiter = ',',
        value_parser = names(Analysis::ALL.map(Analysis::name)))]
    only: Vec<String>,
    #[command(flatten)]
    json: Json,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct Trace {
    #[command(flatten)]
    plan: PlanArgs,
    /// The dataflow to watch.
    #[arg(long, value_name = "NAME", default_value = "delta", value_parser = names(Dataflow::ALL.map(Dataflow::name)))]
    dataflow: String,
    /// Which cue of the plan to start from, counted from 0.
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    cue: usize,
    /// What to write, separated by commas. [default: text,fst,perfetto; with `--out -` text]
    #[arg(long, value_name = "FORMATS", value_delimiter = ',',
        value_parser = names(Format::ALL.map(Format::name)))]
    format: Option<Vec<String>>,
    /// The folder for the files; `-` writes the text trace to standard output.
    #[arg(long, value_name = "DIR|-", required_unless_present = "check")]
    out: Option<PathBuf>,
    /// Compare with a text trace: exit code 1 and the first difference, with its cycle and rules, if there is one.
    #[arg(long, value_name = "GOLDEN")]
    check: Option<PathBuf>,
}

pub(crate) fn names<const COUNT: usize>(names: [&'static str; COUNT]) -> PossibleValuesParser {
    PossibleValuesParser::new(names)
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// A plan file, or the name of a plan that comes with klr: default, digits.
    #[arg(long, value_name = "FILE|NAME", default_value = "default")]
    plan: String,
    /// Set one key of the plan, such as `quantize.weight_bits=4`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Patterns of your own: a .npy file, one pattern per row.
    #[arg(long, value_name = "FILE.npy")]
    patterns: Option<PathBuf>,
    /// Cues of your own: a .npy file, one cue per row.
    #[arg(long, value_name = "FILE.npy")]
    cues: Option<PathBuf>,
    /// Which patterns your cues should end in: a .npy file, one row index per cue, counted from 0.
    #[arg(long, value_name = "FILE.npy")]
    targets: Option<PathBuf>,
    /// A model saved by `klr train`, instead of training.
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
}

impl PlanArgs {
    pub(crate) fn load(&self) -> Result<PlanSource, CliError> {
        let mut source = PlanSource::load(&self.plan)?;
        if let Some(path) = &self.patterns {
            source.set_by("--patterns", "patterns.file", in_plan("--patterns", path)?)?;
            source.set_by("--patterns", "patterns.source", "file")?;
        }
        if let Some(path) = &self.cues {
            source.set_by("--cues", "retrieval.cue_file", in_plan("--cues", path)?)?;
        }
        if let Some(path) = &self.targets {
            source.set_by("--targets", "retrieval.target_file", in_plan("--targets", path)?)?;
        }
        if let Some(path) = &self.model {
            source.set_by("--model", "model.alpha_file", in_plan("--model", path)?)?;
            source.set_by("--model", "model.training", "saved")?;
        }
        for setting in &self.settings {
            source.set(setting)?;
        }
        Ok(source)
    }
}

/// The plan of `source`. Keys that an option leaves without effect are `said` once the request has been met.
pub(crate) fn resolved(source: &PlanSource, said: &mut Vec<Void>) -> Result<Plan, CliError> {
    let plan = plan::resolve(source)?;
    said.extend(plan.void.iter().cloned());
    Ok(plan)
}

/// A path as a text of a plan, which is Unicode.
fn in_plan(option: &'static str, path: &Path) -> Result<String, CliError> {
    let text = path.to_str().ok_or_else(|| CliError::Path { option, path: path.to_owned() })?;
    Ok(text.to_owned())
}

impl Cli {
    pub(crate) fn run(&self) -> Result<Answer, CliError> {
        let mut said = Vec::new();
        let answer = self.answer(&mut said)?;
        said.iter().for_each(note);
        Ok(answer)
    }

    fn answer(&self, said: &mut Vec<Void>) -> Result<Answer, CliError> {
        match &self.command {
            Command::Trace(trace) => return trace.run(said),
            Command::Rtl(rtl) => return rtl.run(said),
            Command::Verify(verify) => return verify.run(),
            Command::Train(train) => train.run(said),
            Command::Sim(sim) => sim.run(said),
            Command::Analyse(analyse) => analyse.run(said),
            Command::Plan(args) => {
                let source = args.load()?;
                resolved(&source, said)?;
                print(&source.to_toml())
            }
            Command::Listing { image } => print(&listing::listing(&codec::load(image)?)),
            Command::Prices { table, json } => match (table, json.json) {
                (None, false) => print(&screen::prices()?),
                (None, true) => print(&report::to_text(&prices::names()?)),
                (Some(table), json) => print(&prices::table(table, json)?),
            },
            Command::Levers { plan, json, markdown } => {
                let source = plan.load()?;
                let plan = resolved(&source, said)?;
                let bars = Bars::new();
                let study = levers::study(&plan, processors(), &bars);
                bars.finish();
                let study = study.map_err(|error| locate(&source, error))?;
                let table = || if *markdown { study.markdown() } else { study.text() };
                json.print(|| study.report(&source), table)
            }
            Command::Area { plan, json } => {
                let source = plan.load()?;
                let plan = resolved(&source, said)?;
                let bars = Bars::new();
                let subject = pipeline::subject(&plan, 0, processors(), &bars);
                bars.finish();
                let subject = subject.map_err(|error| locate(&source, error))?;
                let image = &subject.image;
                json.print(|| report::area(&source, &plan, image), || screen::area(&plan, image))
            }
            Command::Quantize(quantize) => quantize.run(said),
            Command::Sweep(sweep) => sweep.run(),
            Command::Crossbar(crossbar) => crossbar.run(said),
            Command::Compare(compare) => compare.run(said),
            Command::Anchors(json) => json.print(prices::anchors, screen::anchors),
            Command::Repro(repro) => repro.run(),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Self::command(), "klr", &mut script);
                deliver(&script)
            }
        }?;
        Ok(Answer::Met)
    }
}

impl Json {
    /// Prints what was found, in the form that was asked for.
    fn print(&self, json: impl FnOnce() -> Value, table: impl FnOnce() -> String) -> Result<(), CliError> {
        print(&if self.json { report::to_text(&json()) } else { table() })
    }

    /// Prints the report of a run, which is made only if it was asked for, or else `table`.
    fn print_report(
        &self,
        source: &PlanSource,
        plan: &Plan,
        run: &pipeline::Run,
        table: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        print(&if self.json { report::to_text(&report::report(source, plan, run)?) } else { table() })
    }
}

impl Train {
    fn run(&self, said: &mut Vec<Void>) -> Result<(), CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        // Asked before any work is done.
        file::prepare(
            self.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        )?;
        let bars = Bars::new();
        let learned = pipeline::train_model(&plan, self.threads.map_or_else(processors, usize::from), &bars);
        bars.finish();
        let learned = learned.map_err(|error| locate(&source, error))?;
        klr_model::codec::save(&learned.model, &self.out)?;
        print(&screen::training(&plan, &learned))
    }
}

const FORMS: [TableForm; 2] = [TableForm::NearestRelative, TableForm::Absolute];

fn widths(bits: &[u8]) -> Vec<Bits> {
    bits.iter().filter_map(|&bits| Bits::new(bits)).collect()
}

/// The gammas that somebody asked for.
fn gammas(text: &str) -> Result<Gammas, String> {
    let number = |part: &str| match part.trim().parse::<f64>() {
        Ok(gamma) if gamma > 0.0 && gamma <= 1e300 => Ok(gamma),
        _ => Err(format!(
            "\"{part}\" is none of: auto, plan, or numbers above 0 and at most 1e300, separated by commas"
        )),
    };
    match text {
        "auto" => Ok(Gammas::Auto),
        "plan" => Ok(Gammas::Plan),
        list => list.split(',').map(number).collect::<Result<_, _>>().map(Gammas::Given),
    }
}

impl Quantize {
    fn run(&self, said: &mut Vec<Void>) -> Result<(), CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        let bars = Bars::new();
        let threads = self.threads.map_or_else(processors, usize::from);
        if self.search {
            let found = codesign::search(&plan, &self.space(), threads, &bars);
            bars.finish();
            let found = found.map_err(|error| locate(&source, error))?;
            return self.json.print(|| found.report(&source), || found.text());
        }
        let study = quantizers::study(&plan, &self.formats(&plan), threads, &bars, self.work.as_deref());
        bars.finish();
        let study = study.map_err(|error| locate(&source, error))?;
        self.json.print(|| study.report(&source), || study.text())
    }

    /// The formats that the methods are compared in: the plan's own, or with widths those, signs in either memory.
    fn formats(&self, plan: &Plan) -> quantizers::Space {
        let own = quantizers::Space::of(plan);
        if self.weight_bits.is_none() && self.kernel_bits.is_none() {
            return own;
        }
        quantizers::Space {
            weight_bits: self.weight_bits.as_deref().map_or(own.weight_bits, widths),
            kernel_bits: self.kernel_bits.as_deref().map_or(own.kernel_bits, widths),
            signs: &[Signs::InPatterns, Signs::InWeights],
        }
    }

    fn space(&self) -> Space {
        let coding = |coding: &WeightCoding| self.weight_formats.iter().any(|name| name == coding.name());
        let wanted = |form: &TableForm| self.kernel_tables.iter().any(|name| name == form.name());
        Space {
            gammas: self.gammas.clone(),
            forms: FORMS.into_iter().filter(wanted).collect(),
            kernel_bits: widths(self.kernel_bits.as_deref().unwrap_or(&[1, 2, 4, 8])),
            weight_bits: widths(self.weight_bits.as_deref().unwrap_or(&[1, 2, 3])),
            codings: WeightCoding::ALL.into_iter().filter(coding).collect(),
            signs: vec![Signs::InPatterns, Signs::InWeights],
        }
    }
}

impl Sim {
    fn run(&self, said: &mut Vec<Void>) -> Result<(), CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        // Taken before any work is done.
        let folder = self.out.as_deref().map(RunFolder::open).transpose()?;
        let threads = self.threads.map_or_else(processors, usize::from);
        room::announce(&plan, threads);
        let stopwatch = Stopwatch::start();
        let bars = Bars::new();
        let run = pipeline::run(&plan, threads, &bars);
        // A bar that is still drawn would share its line with the message.
        bars.finish();
        let mut run = run.map_err(|error| locate(&source, error))?;
        if folder.is_some() {
            let provenance = output::provenance(&source, &plan, &run)?;
            run.image = run.image.made_with(provenance);
        }
        let certificates = (self.certify || folder.is_some()).then(|| verify::certified(&mut run, threads));
        let certificates = certificates.transpose()?;
        if let Some(folder) = folder {
            let mut more = tornado::files(&plan, &run, &output::run_id(&source, &plan, &run)?)?;
            more.extend(certificates);
            output::write(folder, &source, &plan, &run, &stopwatch.report(threads), &more)?;
        }
        self.json.print_report(&source, &plan, &run, || screen::table(&plan, &run))
    }
}

impl Crossbar {
    fn run(&self, said: &mut Vec<Void>) -> Result<(), CliError> {
        let source = self.plan.load()?;
        let plan = pipeline::beside_a_crossbar(resolved(&source, said)?);
        let bars = Bars::new();
        let run = pipeline::run(&plan, self.threads.map_or_else(processors, usize::from), &bars);
        bars.finish();
        let run = run.map_err(|error| locate(&source, error))?;
        self.json.print_report(&source, &plan, &run, || screen::crossbar(&plan, &run))
    }
}

impl Compare {
    fn run(&self, said: &mut Vec<Void>) -> Result<(), CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        let bars = Bars::new();
        let found = compare::compare(&plan, self.threads.map_or_else(processors, usize::from), &bars);
        bars.finish();
        let found = found.map_err(|error| locate(&source, error))?;
        self.json.print(|| found.report(&source), || if self.csv { found.csv() } else { found.text() })
    }
}

impl Repro {
    fn run(&self) -> Result<(), CliError> {
        let scale = if self.quick { Scale::Quick } else { Scale::Full };
        let default = || PathBuf::from(format!("out/repro-{}", scale.name()));
        let out = self.out.clone().unwrap_or_else(default);
        // Taken before any work is done.
        let folder = RunFolder::open(&out)?;
        let config = Config {
            scale,
            seed: self.seed,
            rows: (!self.rows.is_empty()).then(|| self.rows.clone()),
            work: self.work.clone(),
            commit: self.commit.clone(),
        };
        let threads = NonZeroUsize::new(self.threads.map_or_else(processors, usize::from));
        let bars = Bars::new();
        let run = klr_repro::run(&config, threads.unwrap_or(NonZeroUsize::MIN), &bars);
        bars.finish();
        let run = run?;
        klr_repro::write(folder, &run, if self.keep { OtherRows::Keep } else { OtherRows::Drop })?;
        print(&run.summary(&out))?;
        if self.check {
            run.require()?
        }
        Ok(())
    }
}

impl Analyse {
    fn run(&self, said: &mut Vec<Void>) -> Result<(), CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        // Taken before any work is done.
        let folder = self.out.as_deref().map(RunFolder::open).transpose()?;
        let is_named = |analysis: &Analysis| self.only.iter().any(|name| name == analysis.name());
        let only: Vec<Analysis> = Analysis::ALL.into_iter().filter(is_named).collect();
        let threads = NonZeroUsize::new(self.threads.map_or_else(processors, usize::from));
        let bars = Bars::new();
        let found = analyse::run(&source, &plan, &only, threads.unwrap_or(NonZeroUsize::MIN), &bars);
        bars.finish();
        let found = found.map_err(|error| error.located(&source))?;
        if let Some(folder) = folder {
            found.write(folder)?;
        }
        self.json.print(|| found.json().clone(), || found.screen().to_owned())
    }
}

impl Trace {
    /// What to write, and whether standard output gets it.
    fn wanted(&self) -> Result<(Vec<Format>, bool), CliError> {
        let to_output = self.out.as_deref() == Some(Path::new("-"));
        let default =
            if to_output { &[Format::Text][..] } else { &[Format::Text, Format::Fst, Format::Perfetto] };
        let formats: Vec<Format> = match &self.format {
            None => default.to_vec(),
            Some(names) => {
                let is_chosen = |format: &Format| names.iter().any(|name| name == format.name());
                Format::ALL.into_iter().filter(is_chosen).collect()
            }
        };
        if to_output && (formats != [Format::Text] || self.check.is_some()) {
            return Err(CliError::OnlyText);
        }
        Ok((formats, to_output))
    }

    fn run(&self, said: &mut Vec<Void>) -> Result<Answer, CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        let (formats, to_output) = self.wanted()?;
        let chosen = |name: &str| Dataflow::ALL.into_iter().find(|dataflow| dataflow.name() == name);
        let dataflow = chosen(&self.dataflow).unwrap_or(Dataflow::Delta);
        // Asked before any work is done.
        let golden = self.check.as_deref().map(check::read).transpose()?;
        if let Some(golden) = &golden {
            golden.is_of(dataflow, self.cue)?;
        }
        let folder = self.out.as_deref().filter(|_| !to_output).map(RunFolder::open).transpose()?;
        let bars = Bars::new();
        let subject = pipeline::subject(&plan, self.cue, processors(), &bars);
        bars.finish();
        let subject = subject.map_err(|error| locate(&source, error))?;
        let run = subject.inputs.run_id(&source, &plan);
        let traced = Traced {
            image: &subject.image,
            config: &plan.hardware.config,
            schedule: Schedule { dataflow, order: subject.order },
            cue: &subject.cue,
            index: subject.index,
            prices: &plan.hardware.prices,
            clock: subject.clock,
            run: &run,
        };
        if to_output {
            deliver(traced.text()?.as_bytes())?;
        }
        if let Some(mut folder) = folder {
            let (files, summary) = traced.files(&formats)?;
            files.iter().try_for_each(|one| folder.stage(&one.name, &one.bytes))?;
            // Traces of other dataflows and cues of the same run stay beside these.
            folder.commit("trace", &run, Earlier::Kept)?;
            print(&summary)?;
        }
        golden.map_or(Ok(Answer::Met), |golden| golden.compare(&traced))
    }
}

pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

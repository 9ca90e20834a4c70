//! `klr analyse`: what the memory of a plan is like, as tables, figures and numbers (`docs/analysis.md`).

mod basins;
mod capacity;
mod faults;
mod fields;
mod landscape;
mod overlap;
mod sharpness;
mod truncation;
mod upsets;

use crate::error::CliError;
use klr_analysis::{AnalysisError, CueConfig};
use klr_experiments::pipeline::{self, Inputs, Progress};
use klr_experiments::plan::{Plan, PlanSource};
use klr_experiments::report;
use klr_figure::Figure;
use klr_model::{KlrModel, RetrievalConfig, Streams, UpdateRule};
use klr_units::RunId;
use klr_units::folder::{Earlier, RunFolder};
use klr_units::text::{number, shorten, wrap};
use serde_json::{Value, json};
use std::num::NonZeroUsize;

/// The version of the layout of `analysis.json`.
const SCHEMA: &str = "klr-analysis-1";

/// The confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

/// The most cues of one analysis.
const CUES: u32 = 200;

/// One analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Analysis {
    /// From how far away patterns are recalled.
    Basins,
    /// How fast retrieval approaches its pattern.
    Overlap,
    /// Signal and noise of the fields.
    Fields,
    /// The pseudo-energy along retrievals, and the margins.
    Landscape,
    /// The forces at the stored patterns.
    Sharpness,
    /// How many of the patterns could be stored.
    Capacity,
    /// What stuck bits cost, and bits that flip for one read.
    Faults,
    /// What a kernel table of few words leaves of the fields.
    Truncation,
}

impl Analysis {
    /// Every analysis, in the order of the page.
    pub(crate) const ALL: [Self; 8] = [
        Self::Basins,
        Self::Overlap,
        Self::Fields,
        Self::Landscape,
        Self::Sharpness,
        Self::Capacity,
        Self::Faults,
        Self::Truncation,
    ];

    /// As `--only` names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Basins => "basins",
            Self::Overlap => "overlap",
            Self::Fields => "fields",
            Self::Landscape => "landscape",
            Self::Sharpness => "sharpness",
            Self::Capacity => "capacity",
            Self::Faults => "faults",
            Self::Truncation => "truncation",
        }
    }

    fn run(self, subject: &Analysed<'_>) -> Result<AnalysisPart, CliError> {
        match self {
            Self::Basins => basins::section(subject),
            Self::Overlap => overlap::section(subject),
            Self::Fields => fields::section(subject),
            Self::Landscape => landscape::section(subject),
            Self::Sharpness => sharpness::section(subject),
            Self::Capacity => capacity::section(subject),
            Self::Faults => faults::section(subject),
            Self::Truncation => truncation::section(subject),
        }
    }
}

/// A memory, and how to look at it.
struct Analysed<'a> {
    plan: &'a Plan,
    model: &'a KlrModel,
    streams: Streams,
    threads: NonZeroUsize,
}

impl Analysed<'_> {
    /// Noisy patterns as the plan makes them, at most [`CUES`].
    fn cues(&self, noise: f64) -> CueConfig {
        let retrieval = &self.plan.retrieval;
        CueConfig { count: retrieval.cues.min(CUES), noise, model: retrieval.noise_model }
    }

    /// Asynchronous retrieval in the order of the plan.
    fn retrieval(&self) -> RetrievalConfig {
        let retrieval = &self.plan.retrieval;
        RetrievalConfig { update: UpdateRule::Asynchronous(retrieval.order), max_steps: retrieval.max_steps }
    }

    /// At most `most` stored patterns, an equal interval apart.
    fn sample(&self, most: usize) -> Vec<usize> {
        let p = self.model.p();
        let count = p.min(most.max(1));
        (0..count).map(|k| k * p / count).collect()
    }

    /// How a sample of so many patterns was taken, in words.
    fn sampled(&self, count: usize) -> String {
        let p = self.model.p();
        if count == p {
            format!("all {p} patterns")
        } else {
            format!("{count} of {p} patterns, evenly spaced")
        }
    }

    /// The size of the memory, for the text below a figure.
    fn setting(&self) -> String {
        format!("N = {}, P = {}, {}", self.model.n(), self.model.p(), self.model.kernel())
    }
}

/// What one analysis found.
struct AnalysisPart {
    /// Below its heading on the screen, each within 100 columns.
    lines: Vec<String>,
    figures: Vec<Figure>,
    /// The numbers behind them.
    numbers: Value,
}

/// What was found.
pub(crate) struct Findings {
    run: RunId,
    screen: String,
    figures: Vec<Figure>,
    json: Value,
}

impl Findings {
    /// The tables for the terminal.
    pub(crate) fn screen(&self) -> &str {
        &self.screen
    }

    /// The numbers.
    pub(crate) const fn json(&self) -> &Value {
        &self.json
    }

    /// Makes every figure as SVG, PNG and CSV, and `analysis.json`, the files of `folder`, all at once.
    pub(crate) fn write(&self, mut folder: RunFolder) -> Result<(), CliError> {
        for figure in &self.figures {
            figure.files(&self.run)?.iter().try_for_each(|(name, bytes)| folder.stage(name, bytes))?;
        }
        folder.stage("analysis.json", report::to_text(&self.json).as_bytes())?;
        Ok(folder.commit("analyse", &self.run, Earlier::Removed)?)
    }
}

/// Trains the memory of `plan`, which was written as `source`, and makes the analyses `only`, or all that its kernel and its training allow.
///
/// # Errors
/// [`CliError`] if the plan has no memory, or an analysis that was asked for by name cannot be made.
pub(crate) fn run(
    source: &PlanSource,
    plan: &Plan,
    only: &[Analysis],
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Findings, CliError> {
    let model = pipeline::float_model(plan, threads, progress)?;
    let subject = Analysed { plan, model: &model, streams: Streams::new(plan.seed), threads };
    let chosen = if only.is_empty() { &Analysis::ALL[..] } else { only };
    progress.stage("analysing", chosen.len() as u64);
    let mut screen = heading(&subject);
    let mut figures = Vec::new();
    let mut sections = serde_json::Map::new();
    for (done, &analysis) in (1..).zip(chosen) {
        let section = match analysis.run(&subject) {
            // Nobody asked for this one by name: it is enough to say why there is none.
            Err(error) if only.is_empty() && is_not_for_this_memory(&error) => AnalysisPart {
                lines: wrap("  ", 4, &format!("none: {error}")).lines().map(str::to_owned).collect(),
                figures: Vec::new(),
                numbers: json!({ "none": error.to_string() }),
            },
            other => other?,
        };
        screen.push_str(&format!("\n{}\n", analysis.name()));
        for line in &section.lines {
            screen.push_str(line.trim_end());
            screen.push('\n');
        }
        figures.extend(section.figures);
        sections.insert(analysis.name().to_owned(), section.numbers);
        progress.step(done);
    }
    let run = Inputs::of_model(plan, &model)?.run_id(source, plan);
    let json = json!({
        "schema": SCHEMA,
        "run": run,
        "seed": plan.seed,
        "n": model.n(),
        "p": model.p(),
        "kernel": model.kernel().to_string(),
        "confidence": CONFIDENCE,
        "analyses": sections,
    });
    Ok(Findings { run, screen, figures, json })
}

fn heading(subject: &Analysed<'_>) -> String {
    let retrieval = &subject.plan.retrieval;
    let memory = format!(
        "{}: N = {} neurons, P = {} patterns, {}",
        shorten(&subject.plan.patterns.name(), 40),
        subject.model.n(),
        subject.model.p(),
        subject.model.kernel()
    );
    let mut heading = format!(
        "{}cues are noisy patterns, {} % of the bits; intervals are {:.0} %\n",
        wrap("", 2, &memory),
        number(retrieval.noise * 100.0, 6),
        CONFIDENCE * 100.0
    );
    if retrieval.cue_file.is_some() {
        heading.push_str("the cues of the plan's file are not used\n");
    }
    heading
}

/// Whether an error says that this kernel, this training or this core does not allow the analysis.
const fn is_not_for_this_memory(error: &CliError) -> bool {
    matches!(
        error,
        CliError::Analysis(AnalysisError::NotRadial { .. })
            | CliError::CannotTrain(_)
            | CliError::Experiment(klr_experiments::Error::Quantize(_))
    )
}

/// A number for JSON; nothing for what is no number.
fn finite(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { Value::Null }
}

/// A number in four digits for the screen; a dash for what is no number.
fn cell(value: f64) -> String {
    number(value, 4)
}

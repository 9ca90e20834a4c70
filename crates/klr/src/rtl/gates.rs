//! `klr rtl gates`: energies of the logic from netlists in cell libraries.

use crate::cli::{PlanArgs, processors, resolved};
use crate::error::CliError;
use crate::progress::Bars;
use crate::rtl::refused;
use crate::terminal::{Answer, print};
use clap::Args;
use klr_experiments::pipeline::{self, Progress};
use klr_experiments::plan::{Void, locate};
use klr_rtl::Case;
use klr_rtl::gates::report::{About, figures};
use klr_rtl::synthesis::has_yosys;
use klr_sim::{Dataflow, Schedule};
use klr_units::file;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Gates {
    /// Cell libraries in the Liberty format, packed (.lib.gz) or not.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    liberty: Vec<PathBuf>,
    #[command(flatten)]
    plan: PlanArgs,
    /// Which cue of the plan the operands are of, counted from 0.
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    cue: usize,
    /// The folder of netlists, one folder for each library, and of the figures, one file for each.
    #[arg(long, value_name = "DIR", default_value = "out/gates")]
    out: PathBuf,
}

impl Gates {
    pub(super) fn run(&self, said: &mut Vec<Void>) -> Result<Answer, CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        // Asked before any work is done.
        has_yosys().map_err(klr_rtl::gates::GatesError::from)?;
        let bars = Bars::new();
        let subject = pipeline::subject(&plan, self.cue, processors(), &bars);
        bars.finish();
        let subject = subject.map_err(|error| locate(&source, error))?;
        let run = format!("{}, cue {}", subject.inputs.run_id(&source, &plan), self.cue);
        let case = Case {
            image: subject.image.into(),
            config: plan.hardware.config,
            schedule: Schedule { dataflow: Dataflow::Delta, order: subject.order },
            cue: subject.cue,
        };
        klr_rtl::Shape::of(&case.image, &case.config)
            .check(&case)
            .map_err(|refusal| refused(&source, refusal))?;
        for library in &self.liberty {
            let name =
                library.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let stem = name.trim_end_matches(".gz").trim_end_matches(".lib").to_owned();
            let folder = self.out.join(&stem);
            let command = format!("cargo xtask gates --liberty {name}");
            let bars = Bars::new();
            bars.stage(&stem, 20);
            let about = About { run: &run, command: &command };
            let text = figures(library, &case, &folder, about, &|_| bars.step(1));
            bars.finish();
            let path = self.out.join(format!("{stem}.toml"));
            file::write_atomically(&path, text?.as_bytes())?;
            print(&format!("{}\n", klr_units::text::path(&path)))?;
        }
        Ok(Answer::Met)
    }
}

//! `klr rtl export`: a folder with which others simulate and synthesize the core of a plan.

use crate::cli::{PlanArgs, names, processors, resolved};
use crate::error::CliError;
use crate::progress::Bars;
use crate::rtl::refused;
use crate::terminal::{Answer, print};
use clap::Args;
use klr_experiments::pipeline;
use klr_experiments::plan::{Void, locate};
use klr_rtl::Case;
use klr_rtl::export::{About, export};
use klr_sim::{Dataflow, Schedule};
use klr_units::folder::{Earlier, RunFolder};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder for the files.
    #[arg(value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    plan: PlanArgs,
    /// The dataflow of the retrieval.
    #[arg(long, value_name = "NAME", default_value = "delta", value_parser = names(Dataflow::ALL.map(Dataflow::name)))]
    dataflow: String,
    /// Which cue of the plan it starts from, counted from 0.
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    cue: usize,
}

impl Export {
    pub(super) fn run(&self, said: &mut Vec<Void>) -> Result<Answer, CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        let chosen = Dataflow::ALL.into_iter().find(|dataflow| dataflow.name() == self.dataflow);
        let dataflow = chosen.unwrap_or(Dataflow::Delta);
        // Taken before any work is done.
        let mut folder = RunFolder::open(&self.out)?;
        let bars = Bars::new();
        let subject = pipeline::subject(&plan, self.cue, processors(), &bars);
        bars.finish();
        let subject = subject.map_err(|error| locate(&source, error))?;
        let run = subject.inputs.run_id(&source, &plan);
        let case = Case {
            image: subject.image.into(),
            config: plan.hardware.config,
            schedule: Schedule { dataflow, order: subject.order },
            cue: subject.cue,
        };
        let (run_line, what) = (run.to_string(), format!("{}, cue {}", dataflow.name(), self.cue));
        let files = export(&case, About { run: &run_line, what: &what });
        let files = files.map_err(|refusal| refused(&source, refusal))?;
        files.iter().try_for_each(|file| folder.stage(&file.name, file.text.as_bytes()))?;
        folder.commit("rtl-export", &run, Earlier::Removed)?;
        let count = files.len();
        print(&format!("{what}: {count} files; README.md says what they are, `make` simulates them\n"))?;
        Ok(Answer::Met)
    }
}

//! `klr rtl check`: the retrievals of a plan in lockstep.

use crate::cli::{PlanArgs, processors, resolved};
use crate::error::CliError;
use crate::progress::Bars;
use crate::rtl::refused;
use crate::terminal::{Answer, print};
use clap::Args;
use klr_experiments::Error;
use klr_experiments::pipeline::{self, Progress, TrainedMemory};
use klr_experiments::plan::{Plan, PlanSource, Void};
use klr_rtl::lockstep::{Named, Summary};
use klr_rtl::model::{Optimise, has_verilator};
use klr_rtl::{Case, Model, ModelError, Shape};
use klr_sim::Schedule;
use klr_units::{Digest, file};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Cues whose retrievals are handed over together.
const CUES: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    plan: PlanArgs,
    /// Only the retrievals from the first cues of the plan. [default: all]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    first: Option<u64>,
    /// Only the retrievals from this cue, counted from 0.
    #[arg(long, value_name = "INDEX", conflicts_with = "first")]
    cue: Option<usize>,
    /// The folder of cores that were built, which are used again, and of differences.
    #[arg(long, value_name = "DIR", default_value = "out/rtl-work")]
    work: PathBuf,
}

impl Check {
    pub(super) fn run(&self, said: &mut Vec<Void>) -> Result<Answer, CliError> {
        let source = self.plan.load()?;
        let plan = resolved(&source, said)?;
        // Asked before any work is done.
        if !has_verilator() {
            return Err(ModelError::NoVerilator.into());
        }
        let bars = Bars::new();
        let summary = self.compare(&source, &plan, &bars);
        bars.finish();
        let summary = summary.map_err(|error| error.located(&source))?;
        if let Some((told, folder)) = &summary.first {
            let folder = klr_units::text::path(folder);
            print(&format!("first difference: {told}\nkept in {folder}\n"))?;
        }
        print(&format!("{summary}\n"))?;
        Ok(if summary.mismatches == 0 { Answer::Met } else { Answer::Differs })
    }

    fn compare(&self, source: &PlanSource, plan: &Plan, bars: &Bars) -> Result<Summary, CliError> {
        plan.hardware.require_one_core().map_err(Error::from)?;
        plan.faults.require_sound().map_err(Error::from)?;
        let memory = pipeline::train_and_quantize(plan, processors(), bars)?;
        let cues = self.cues(usize::try_from(memory.cues()).unwrap_or(usize::MAX))?;
        let image = Arc::new(memory.image().clone());
        let shape = Shape::of(&image, &plan.hardware.config);
        let retrievals = |cue: usize| retrievals(plan, &memory, &image, cue);
        for named in retrievals(cues.start) {
            shape.check(&named.case).map_err(|refusal| refused(source, refusal))?;
        }
        file::prepare(&self.work)?;
        bars.stage("building", 1);
        let model = Model::build(&shape, &self.work.join(core_name(&shape)), Optimise::Short)?;
        bars.stage("comparing", cues.len() as u64);
        let (mut summary, differences) = (Summary::default(), self.work.join("differences"));
        for first in cues.clone().step_by(CUES) {
            let cases: Vec<Named> = (first..cues.end.min(first + CUES)).flat_map(retrievals).collect();
            summary.compare(&model, &cases, &differences)?;
            bars.step((first - cues.start + CUES) as u64);
        }
        if let Some((_, folder)) = &summary.first {
            keep_inputs(source, plan, &memory, folder)?;
        }
        Ok(summary)
    }

    /// The cues that were asked for, of so many.
    fn cues(&self, count: usize) -> Result<std::ops::Range<usize>, CliError> {
        match (self.cue, self.first) {
            (Some(index), _) if index >= count => {
                Err(Error::NoCue { index, last: count.saturating_sub(1) }.into())
            }
            (Some(index), _) => Ok(index..index + 1),
            (None, first) => {
                Ok(0..first.map_or(count, |first| count.min(usize::try_from(first).unwrap_or(count))))
            }
        }
    }
}

/// The retrievals of `plan` from cue number `cue`, in each of its dataflows.
fn retrievals(
    plan: &Plan,
    memory: &TrainedMemory,
    image: &Arc<klr_image::CoreImage>,
    cue: usize,
) -> Vec<Named> {
    let (state, order) = memory.start(cue);
    let one = |&dataflow: &klr_sim::Dataflow| Named {
        name: format!("cue:{cue}:{}", dataflow.name()),
        replay: format!("klr rtl check --plan plan.toml --cue {cue}"),
        case: Case {
            image: Arc::clone(image),
            config: plan.hardware.config,
            schedule: Schedule { dataflow, order },
            cue: state.clone(),
        },
    };
    plan.hardware.dataflows.iter().map(one).collect()
}

/// The name of the folder in which the core of `shape` is built.
fn core_name(shape: &Shape) -> String {
    let digest = Digest::of(format!("{:?}", shape.parameters()).as_bytes()).to_string();
    format!("core-{}", &digest[..12])
}

/// Puts the plan and the files that it names beside a difference, so that the command kept there runs it again.
fn keep_inputs(
    source: &PlanSource,
    plan: &Plan,
    memory: &TrainedMemory,
    folder: &Path,
) -> Result<(), CliError> {
    let inputs = memory.inputs(plan)?;
    for (name, bytes) in inputs.files() {
        file::write_atomically(&folder.join(name), bytes)?;
    }
    Ok(file::write_atomically(&folder.join("plan.toml"), inputs.plan_beside(source).to_toml().as_bytes())?)
}

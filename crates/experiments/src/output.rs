//! What a run leaves in its folder: report, image, trace, plan and what it was derived from, all at once.

use crate::error::Error;
use crate::pipeline::Run;
use crate::plan::{Plan, PlanSource};
use crate::report;
use klr_image::codec;
use klr_sim::trace::TextHeader;
use klr_sim::{Core, Dataflow, Schedule, TextTrace};
use klr_units::RunId;
use klr_units::folder::{Earlier, RunFolder};

/// The file that says what came out; it is written last.
const REPORT: &str = "report.json";

/// Makes the files of [`Run::inputs`], `image.klr`, `plan.toml`, which names those of them that the plan had read,
/// `timing.json`, the trace of the first cue under the last dataflow of the plan, `trace.DATAFLOW.txt`, what is in
/// `more`, by name, and `report.json` the files of `folder`, all at once. Files of an earlier run that this one does not
/// write are removed.
///
/// # Errors
/// [`Error`] naming the file that could not be written; the folder is then as it was.
pub fn write(
    mut folder: RunFolder,
    source: &PlanSource,
    plan: &Plan,
    run: &Run,
    timing: &serde_json::Value,
    more: &[(String, Vec<u8>)],
) -> Result<(), Error> {
    let inputs = run.inputs(plan)?;
    let id = inputs.run_id(source, plan);
    let traced = trace(run, &id)?;
    inputs.files().try_for_each(|(name, bytes)| folder.stage(name, bytes))?;
    folder.stage("image.klr", &codec::encode(&run.image)?)?;
    folder.stage("plan.toml", format!("# {id}\n{}", inputs.plan_beside(source).to_toml()).as_bytes())?;
    folder.stage_varying("timing.json", report::to_text(timing).as_bytes())?;
    if let Some((dataflow, text)) = traced {
        folder.stage(&trace_name(dataflow), text.as_bytes())?;
    }
    more.iter().try_for_each(|(name, bytes)| folder.stage(name, bytes))?;
    folder.stage(REPORT, report::to_text(&report::report_with(source, plan, run, &inputs)).as_bytes())?;
    Ok(folder.commit("sim", &id, Earlier::Removed)?)
}

/// Which run the files of `run` are of.
///
/// # Errors
/// [`Error`] if what it was derived from cannot be read again.
pub fn run_id(source: &PlanSource, plan: &Plan, run: &Run) -> Result<RunId, Error> {
    Ok(run.inputs(plan)?.run_id(source, plan))
}

/// The first retrieval under the last dataflow once more, this time watched.
fn trace(run: &Run, id: &RunId) -> Result<Option<(Dataflow, String)>, Error> {
    let Some(last) = run.hardware.last() else { return Ok(None) };
    let mut trace = TextTrace::default();
    let dataflow = last.dataflow;
    let schedule = Schedule { dataflow, order: run.first_order };
    Core::new(&run.image, last.config).retrieve(&run.cue(0), schedule, &mut trace)?;
    let header = TextHeader { run: id, dataflow, cue: 0, clock: run.clock, unconfirmed: &last.unconfirmed };
    Ok(Some((dataflow, trace.file(&header))))
}

fn trace_name(dataflow: Dataflow) -> String {
    format!("trace.{}.txt", dataflow.name())
}

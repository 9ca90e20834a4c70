//! What a run leaves in its folder: report, image, trace and plan, each whole or not at all.

use crate::error::Error;
use crate::pipeline::Run;
use crate::plan::{Plan, PlanSource};
use crate::report;
use klr_image::codec;
use klr_model::npy;
use klr_sim::{Core, Dataflow, Schedule, TextTrace};
use klr_units::file::{self, FileError};
use std::io::ErrorKind;
use std::path::Path;

/// The file that says what came out; it is written last.
const REPORT: &str = "report.json";

/// Writes `alpha.npy`, `image.klr`, `plan.toml`, `timing.json`, the trace of the first cue under the last dataflow of the plan,
/// `trace.DATAFLOW.txt`, and then `report.json`: a folder with a report has the rest of the same run. Files of an
/// earlier run that this one does not write are removed.
///
/// # Errors
/// [`Error`] naming the file that could not be written.
pub fn write(
    folder: &Path,
    source: &PlanSource,
    plan: &Plan,
    run: &Run,
    timing: &serde_json::Value,
) -> Result<(), Error> {
    let traced = trace(plan, run)?;
    remove(&folder.join(REPORT))?;
    for dataflow in Dataflow::ALL {
        remove(&folder.join(trace_name(dataflow)))?;
    }
    npy::write_duals(&folder.join("alpha.npy"), run.model.n(), run.model.duals())?;
    codec::save(&run.image, &folder.join("image.klr"))?;
    file::write_atomically(&folder.join("plan.toml"), source.to_toml().as_bytes())?;
    file::write_atomically(&folder.join("timing.json"), report::to_text(timing).as_bytes())?;
    if let Some((dataflow, text)) = traced {
        file::write_atomically(&folder.join(trace_name(dataflow)), text.as_bytes())?;
    }
    let report = report::to_text(&report::report(source, plan, run));
    file::write_atomically(&folder.join(REPORT), report.as_bytes())?;
    Ok(())
}

/// The first retrieval under the last dataflow once more, this time watched.
fn trace(plan: &Plan, run: &Run) -> Result<Option<(Dataflow, String)>, Error> {
    let Some(last) = run.hardware.last() else { return Ok(None) };
    let mut trace = TextTrace::default();
    let schedule = Schedule { dataflow: last.dataflow, order: run.first_order };
    Core::new(&run.image, plan.hardware.config).retrieve(&run.first_cue, schedule, &mut trace)?;
    Ok(Some((last.dataflow, trace.text().to_owned())))
}

fn trace_name(dataflow: Dataflow) -> String {
    format!("trace.{}.txt", dataflow.name())
}

fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(FileError { path: path.to_owned(), action: "replace", source }.into())
        }
        _ => Ok(()),
    }
}

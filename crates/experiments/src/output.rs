//! What a run leaves in its folder: report, image, trace and plan, each whole or not at all.

use crate::error::Error;
use crate::pipeline::Run;
use crate::plan::Plan;
use crate::report;
use klr_image::codec;
use klr_sim::{Core, Schedule, TextTrace};
use klr_units::file::{self, FileError};
use std::path::Path;

/// Creates `folder` if need be and makes sure that files can be written there, before any work is done.
///
/// # Errors
/// [`Error::File`] naming the folder.
pub fn prepare(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|source| FileError {
        path: folder.to_owned(),
        action: "create",
        source,
    })?;
    let probe = folder.join(".klr-probe");
    file::write_atomically(&probe, b"")?;
    std::fs::remove_file(&probe).map_err(|source| FileError { path: probe, action: "write", source })?;
    Ok(())
}

/// Writes `report.json`, `image.klr`, `plan.toml`, `timing.json` and the trace of the first cue under the last dataflow
/// of the plan, `trace.DATAFLOW.txt`.
///
/// # Errors
/// [`Error`] naming the file that could not be written.
pub fn write(folder: &Path, plan: &Plan, run: &Run, timing: &serde_json::Value) -> Result<(), Error> {
    let report = report::to_text(&report::report(plan, run));
    file::write_atomically(&folder.join("report.json"), report.as_bytes())?;
    file::write_atomically(&folder.join("plan.toml"), plan.source.to_toml().as_bytes())?;
    file::write_atomically(&folder.join("timing.json"), report::to_text(timing).as_bytes())?;
    codec::save(&run.image, &folder.join("image.klr"))?;
    let Some(last) = run.hardware.last() else { return Ok(()) };
    let mut trace = TextTrace::default();
    let schedule = Schedule { dataflow: last.dataflow, order: run.first_order };
    Core::new(&run.image, plan.core).retrieve(&run.first_cue, schedule, &mut trace)?;
    let name = format!("trace.{}.txt", last.dataflow.name());
    file::write_atomically(&folder.join(name), trace.text().as_bytes())?;
    Ok(())
}

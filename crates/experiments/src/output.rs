//! What a run leaves in its folder: report, image, trace, plan and what it was derived from, all at once.

use crate::error::Error;
use crate::pipeline::Run;
use crate::plan::{Plan, PlanSource};
use crate::report;
use klr_image::codec;
use klr_image::provenance::{MOST_BYTES, Provenance};
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

/// What the image of `run` was made with (`docs/image-format.md`).
///
/// # Errors
/// [`Error`] if what it was derived from cannot be read again.
pub fn provenance(source: &PlanSource, plan: &Plan, run: &Run) -> Result<Provenance, Error> {
    let inputs = run.inputs(plan)?;
    let id = inputs.run_id(source, plan);
    let digest = |file: &str| {
        let found = inputs.digests().find(|(name, _)| *name == file);
        found.map_or_else(|| "unknown".to_owned(), |(_, digest)| digest.to_string())
    };
    let set = |key: &str| {
        let found = source.entries().find(|entry| entry.0 == key);
        found.map_or_else(String::new, |(_, value)| value.to_string().replace('"', ""))
    };
    let (quantize, choice) = (&plan.quantize, &run.loss.choice);
    let target = choice.taken.and_then(|at| choice.trials[at].target);
    let margin = target.map_or_else(String::new, |target| format!(", margin {target}"));
    let entries = [
        ("klr", id.version().to_owned()),
        ("plan", id.plan().to_owned()),
        ("seed", id.seed().to_string()),
        ("patterns", digest("patterns.npy")),
        ("duals", digest("alpha.npy")),
        ("kernel", run.model.kernel().to_string()),
        ("kernel_table", format!("{}, {} bits", quantize.kernel_table(), quantize.kernel_bits())),
        ("weights", format!("{} bits, {}", quantize.weight_bits(), quantize.weight_format().coding())),
        ("method", format!("{}{margin}", choice.method)),
        (
            "cues",
            format!(
                "{}, noise {}, {}",
                set("retrieval.cue"),
                set("retrieval.noise"),
                set("retrieval.noise_model")
            ),
        ),
    ];
    // What a kernel of the plan is called may be a list of values.
    let short = |text: String| klr_units::text::shorten(&text, MOST_BYTES.1 / 4);
    let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), short(value))).collect();
    Ok(Provenance::new(entries).expect("plain keys and short lines"))
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

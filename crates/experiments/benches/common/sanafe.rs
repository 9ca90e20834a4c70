//! Beside SANA-FE, a public simulator of neuromorphic cores, which runs as a process of its own.

use super::case::{Case, Size};
use super::clock::{Clock, Samples};
use super::speed::{self, How, Subject, Work};
use klr_sim::Dataflow;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The dense case that both run.
const SIZE: Size = Size { n: 100, p: 1000 };
const ARGUMENTS: [&str; 13] = [
    "--n",
    "100",
    "--p",
    "1000",
    "--active",
    "100",
    "--timing",
    "simple",
    "--steps",
    "100",
    "--repeats",
    "1",
    "--raw",
];

/// One of our dataflows, and how it was run.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) dataflow: Dataflow,
    pub(crate) how: How,
    pub(crate) work: Work,
    pub(crate) samples: Samples,
}

impl Side {
    /// The dataflow, and how it was run.
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.dataflow.name(), self.how.suffix())
    }
}

/// Both simulators, measured by turns.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) version: String,
    /// Synaptic events per CPU second of SANA-FE, one per repeat.
    pub(crate) theirs: Samples,
    pub(crate) ours: Vec<Side>,
}

impl Comparison {
    /// Synaptic operations per CPU second of our simulator.
    pub(crate) fn ours_per_second(side: &Side) -> f64 {
        side.work.macs as f64 / side.samples.median()
    }

    /// Ours over theirs, repeat by repeat.
    pub(crate) fn ratio(&self, side: &Side) -> f64 {
        let ours = side.samples.0.iter().map(|seconds| side.work.macs as f64 / seconds);
        Samples(ours.collect()).over(&self.theirs)
    }

    pub(crate) fn to_json(&self) -> Value {
        let side = |side: &Side| {
            json!({
                "dataflow": side.dataflow.name(),
                "watched": side.how.is_watched(),
                "stepped": side.how == How::Stepped,
                "synaptic_operations": side.work.macs,
                "synaptic_operations_per_second": Self::ours_per_second(side),
                "ratio": self.ratio(side),
                "seconds": side.samples.0,
            })
        };
        json!({
            "version": self.version,
            "arguments": ARGUMENTS,
            "events_per_second": self.theirs.median(),
            "events_per_second_samples": self.theirs.0,
            "ours": self.ours.iter().map(side).collect::<Vec<_>>(),
        })
    }
}

/// Where the script lies in a checkout that has the shared folder beside it.
pub(crate) fn default_script() -> PathBuf {
    // Cargo sets the variable when it runs a benchmark, so a checkout that was moved after the build is found too.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.join("../../../shared/bench/sanafe_baseline.py")
}

/// Both simulators by turns, or why not.
pub(crate) fn compare(
    python: &Path,
    script: &Path,
    clock: &Clock,
    repeats: u32,
) -> Result<Comparison, String> {
    if !script.is_file() {
        return Err("left out: the script that runs it was not found; name it with --sanafe FILE".to_owned());
    }
    let import =
        Command::new(python).args(["-c", "import sanafe, numpy, psutil"]).stderr(Stdio::null()).status();
    if !import.is_ok_and(|status| status.success()) {
        return Err(format!(
            "left out: `{}` cannot import it\n  \
             to install it: python3 -m venv DIR && DIR/bin/pip install sanafe numpy psutil\n  \
             then: cargo xtask bench sim --python DIR/bin/python",
            python.display()
        ));
    }
    let case = Case::new(SIZE);
    let core = speed::plain_core(&case);
    let lines = [
        (Dataflow::Synchronous, How::Plain),
        (Dataflow::Synchronous, How::Watched),
        (Dataflow::Synchronous, How::Stepped),
        (Dataflow::Sweep, How::Plain),
        (Dataflow::Sweep, How::Watched),
        (Dataflow::Sweep, How::Stepped),
    ];
    let mut subjects = lines.map(|(dataflow, how)| {
        let (case, core) = (&case, &core);
        Subject::new(clock, move || speed::simulate(case, core, dataflow, how))
    });
    let mut theirs = Samples::default();
    let mut version = String::new();
    for _ in 0..repeats {
        let found = run(python, script)?;
        version = found["sanafe"].as_str().unwrap_or("unknown").to_owned();
        theirs
            .0
            .push(found["events_per_cpu_s"].as_f64().ok_or("left out: it reported no events per second")?);
        for subject in &mut subjects {
            subject.sample(clock);
        }
    }
    let ours = lines.into_iter().zip(subjects).map(|((dataflow, how), s)| Side {
        dataflow,
        how,
        work: s.work,
        samples: s.samples,
    });
    let ours = ours.collect();
    Ok(Comparison { version, theirs, ours })
}

/// One process of SANA-FE: a warm-up step and one timed run.
fn run(python: &Path, script: &Path) -> Result<Value, String> {
    let output = Command::new(python).arg(script).args(ARGUMENTS).env("OMP_NUM_THREADS", "1").output();
    let output = output.map_err(|error| format!("left out: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Option<Value> = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let Some(found) = found.filter(|_| output.status.success()) else {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("left out: it failed: {}", errors.lines().last().unwrap_or("no message")));
    };
    if found["counts_ok"] != true {
        return Err("left out: it did not count the events it was given".to_owned());
    }
    Ok(found)
}

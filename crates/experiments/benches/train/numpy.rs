//! The same training and recall written in NumPy (`yardstick.py`), which runs as a process of its own.

use klr_model::{Kernel, PatternSet, Precision, Stream, Streams, TrainConfig, npy, train::train};
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The literature's step size, and a smaller one for where it diverges.
const STEP_SIZES: [f64; 2] = [0.1, 0.01];
const UPDATES: u32 = 500;
const SWEEPS: u32 = 30;

/// How far a dual variable of the yardstick may be from ours after as many updates: both round in double precision, and
/// descent corrects its own rounding errors.
const AGREEMENT: f64 = 1e-9;

pub(crate) struct NumPy {
    python: PathBuf,
    script: PathBuf,
}

/// What one run of it reports.
pub(crate) struct Yardstick {
    pub(crate) train_seconds: f64,
    pub(crate) recall_seconds: f64,
    pub(crate) objective: f64,
    pub(crate) step_size: f64,
}

/// What is asked of one run.
struct Request<'a> {
    patterns: &'a PatternSet,
    gamma: f64,
    step_size: f64,
    cues: u64,
    noise: f64,
    threads: NonZeroUsize,
    /// Where the dual variables are to be written.
    duals: Option<&'a Path>,
}

/// The script of this repository.
pub(crate) fn default_script() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.join("benches/train/yardstick.py")
}

impl NumPy {
    /// The yardstick, once it has trained a small network as ours does.
    pub(crate) fn find(python: PathBuf, script: PathBuf) -> Result<Self, String> {
        if !script.is_file() {
            return Err(format!("left out: the script {} is not there", script.display()));
        }
        let import = Command::new(&python).args(["-c", "import numpy"]).stderr(Stdio::null()).status();
        let reason = match import {
            Ok(status) if status.success() => None,
            Ok(_) => Some("has no module numpy".to_owned()),
            Err(error) => Some(format!("cannot be started: {error}")),
        };
        if let Some(reason) = reason {
            return Err(format!(
                "left out: `{}` {reason}\n  \
                 to install it: python3 -m venv DIR && DIR/bin/pip install numpy\n  \
                 then: cargo xtask bench train --python DIR/bin/python",
                python.display()
            ));
        }
        let found = Self { python, script };
        found.agree().map_err(|reason| format!("left out: {reason}"))?;
        Ok(found)
    }

    /// Compares its dual variables with ours, which descend by the same formula.
    fn agree(&self) -> Result<(), String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        let patterns = PatternSet::random(50, 150, &mut Streams::new(1).stream(Stream::Patterns));
        let patterns = patterns.map_err(|error| text(&error))?;
        let gamma = 0.1;
        let kernel = Kernel::rbf(gamma).map_err(|error| text(&error))?;
        let literature = TrainConfig::literature();
        let config =
            TrainConfig { precision: Precision::Double, iterations: UPDATES, tolerance: 0.0, ..literature };
        let (model, _) = train(&patterns, kernel, &config, &mut |_| ()).map_err(|error| text(&error))?;
        let file = temporary("duals");
        let request = Request {
            patterns: &patterns,
            gamma,
            step_size: config.eta,
            cues: 1,
            noise: 0.1,
            threads: NonZeroUsize::MIN,
            duals: Some(&file),
        };
        let theirs = self.start(&request).and_then(|_| npy::read_duals(&file).map_err(|error| text(&error)));
        let _ = std::fs::remove_file(&file);
        let theirs = theirs?;
        let differences = model.duals().into_iter().zip(&theirs.values).map(|(a, b)| (a - b).abs());
        match differences.fold(0.0, f64::max) {
            far if far <= AGREEMENT && theirs.values.len() == 50 * 150 => Ok(()),
            far => Err(format!("its dual variables are {far:e} from ours, {AGREEMENT:e} are allowed")),
        }
    }

    /// 500 updates of the literature's step size; where they diverge, of a smaller one.
    pub(crate) fn run(
        &self,
        patterns: &PatternSet,
        gamma: f64,
        cues: u64,
        noise: f64,
        threads: NonZeroUsize,
    ) -> Result<Yardstick, String> {
        let at_zero = patterns.p() as f64 * patterns.n() as f64 * std::f64::consts::LN_2;
        let [first, second] = STEP_SIZES.map(|step_size| Request {
            patterns,
            gamma,
            step_size,
            cues,
            noise,
            threads,
            duals: None,
        });
        match self.start(&first)? {
            // What is not a number has diverged too.
            run if !run.objective.is_finite() || run.objective > at_zero => self.start(&second),
            run => Ok(run),
        }
    }

    fn start(&self, request: &Request<'_>) -> Result<Yardstick, String> {
        let patterns = temporary("patterns");
        npy::write_patterns(&patterns, request.patterns).map_err(|error| error.to_string())?;
        let mut command = Command::new(&self.python);
        command.arg(&self.script).arg(&patterns);
        let numbers = [
            ("--gamma", request.gamma),
            ("--eta", request.step_size),
            ("--penalty", TrainConfig::literature().lambda),
            ("--updates", UPDATES.into()),
            ("--cues", request.cues as f64),
            ("--noise", request.noise),
            ("--sweeps", SWEEPS.into()),
        ];
        for (name, number) in numbers {
            command.args([name, &number.to_string()]);
        }
        if let Some(duals) = request.duals {
            command.arg("--duals").arg(duals);
        }
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(variable, request.threads.to_string());
        }
        let output = command.output().map_err(|error| format!("NumPy: {error}"));
        // The folder is for temporary files: one left behind does no harm.
        let _ = std::fs::remove_file(&patterns);
        let output = output?;
        let found: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        let Some(found) = found.filter(|_| output.status.success()) else {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("NumPy failed: {}", errors.lines().last().unwrap_or("no message")));
        };
        let seconds = |key: &str| found[key].as_f64().ok_or_else(|| format!("NumPy reported no {key}"));
        Ok(Yardstick {
            train_seconds: seconds("train_seconds")?,
            recall_seconds: seconds("recall_seconds_per_cue")?,
            objective: found["objective"].as_f64().unwrap_or(f64::NAN),
            step_size: request.step_size,
        })
    }
}

/// A file of this process among the temporary ones.
fn temporary(what: &str) -> PathBuf {
    std::env::temp_dir().join(format!("klr-bench-{}-{what}.npy", std::process::id()))
}

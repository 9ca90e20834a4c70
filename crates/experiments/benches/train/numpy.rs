//! The same training and recall written in NumPy, which runs as a process of its own.

use klr_model::{PatternSet, npy};
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The literature's step size.
const STEP_SIZE: &str = "0.1";

pub(crate) struct NumPy {
    python: PathBuf,
    script: PathBuf,
}

/// What one run of it reports.
pub(crate) struct Yardstick {
    pub(crate) train_seconds: f64,
    pub(crate) recall_seconds: f64,
    pub(crate) objective: f64,
    pub(crate) step_size: String,
}

/// Where the script lies in a checkout that has the shared folder beside it.
pub(crate) fn default_script() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.join("../../../shared/bench/numpy_reference.py")
}

impl NumPy {
    pub(crate) fn find(python: PathBuf, script: PathBuf) -> Result<Self, String> {
        if !script.is_file() {
            return Err(
                "left out: the script that runs it was not found; name it with --numpy FILE".to_owned()
            );
        }
        let import = Command::new(&python).args(["-c", "import numpy"]).stderr(Stdio::null()).status();
        if !import.is_ok_and(|status| status.success()) {
            return Err(format!(
                "left out: `{}` cannot import it\n  \
                 to install it: python3 -m venv DIR && DIR/bin/pip install numpy\n  \
                 then: cargo xtask bench train --python DIR/bin/python",
                python.display()
            ));
        }
        Ok(Self { python, script })
    }

    /// 500 updates of the literature's step size; where they diverge, of the script's own.
    pub(crate) fn run(
        &self,
        patterns: &PatternSet,
        gamma: f64,
        cues: u64,
        noise: f64,
        threads: NonZeroUsize,
    ) -> Result<Yardstick, String> {
        let file = std::env::temp_dir().join(format!("klr-bench-{}.npy", std::process::id()));
        npy::write_patterns(&file, patterns).map_err(|error| error.to_string())?;
        let at_zero = patterns.p() as f64 * patterns.n() as f64 * std::f64::consts::LN_2;
        let first = self.start(&file, gamma, cues, noise, threads, Some(STEP_SIZE));
        let run = match first {
            // What is not a number has diverged too.
            Ok(run) if !run.objective.is_finite() || run.objective > at_zero => {
                self.start(&file, gamma, cues, noise, threads, None)
            }
            other => other,
        };
        // The folder is for temporary files: one left behind does no harm.
        let _ = std::fs::remove_file(&file);
        run
    }

    fn start(
        &self,
        patterns: &Path,
        gamma: f64,
        cues: u64,
        noise: f64,
        threads: NonZeroUsize,
        step_size: Option<&str>,
    ) -> Result<Yardstick, String> {
        let mut command = Command::new(&self.python);
        command.arg(&self.script).arg("--patterns").arg(patterns);
        command.args(["--epochs", "500", "--gamma", &gamma.to_string(), "--noise", &noise.to_string()]);
        command.args(["--cues", &cues.to_string()]);
        if let Some(step_size) = step_size {
            command.args(["--lr", step_size]);
        }
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(variable, threads.to_string());
        }
        let output = command.output().map_err(|error| format!("NumPy: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        // Python writes what is not a number as NaN, which is no JSON.
        let found: Result<Value, _> =
            serde_json::from_str(&text.replace("NaN", "null").replace("Infinity", "null"));
        let Some(found) = found.ok().filter(|_| output.status.success()) else {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("NumPy failed: {}", errors.lines().last().unwrap_or("no message")));
        };
        let number = |key: &str| found[key].as_f64();
        let seconds = |key: &str| number(key).ok_or_else(|| format!("NumPy reported no {key}"));
        Ok(Yardstick {
            train_seconds: seconds("train_s")?,
            recall_seconds: seconds("async_s_per_cue")?,
            objective: number("objective").unwrap_or(f64::NAN),
            step_size: step_size.unwrap_or("of the script").to_owned(),
        })
    }
}

//! Bytes of the host per weight: what an image holds, and what building and running it takes at most.
//!
//! The peak is that of a child process, so that nothing measured before is in it. Linux counts resident pages in batches
//! per CPU, 0.1 MiB and more off: the child keeps as many equal images as make that small, and the figure is their mean.

use super::case::{self, Case, Size};
use super::speed::{self, How};
use klr_image::CoreImage;
use klr_sim::{Core, Dataflow};
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::process::Command;

/// Weights of all images that the child keeps at once, at least.
const WEIGHTS_COUNTED: u64 = 1 << 22;

#[derive(Debug)]
pub(crate) struct HostMemory {
    pub(crate) size: Size,
    /// Bytes of weights, patterns by row and by column, and the table: the sum of what the image reports.
    pub(crate) image_bytes: u64,
    /// Growth of the peak resident set while an image was built and run; not every system tells it.
    pub(crate) peak_bytes: Option<u64>,
}

impl HostMemory {
    pub(crate) fn image_bytes_per_weight(&self) -> f64 {
        self.image_bytes as f64 / self.size.weights() as f64
    }

    pub(crate) fn peak_bytes_per_weight(&self) -> Option<f64> {
        self.peak_bytes.map(|bytes| bytes as f64 / self.size.weights() as f64)
    }

    /// The figure that the target is held against: the peak, which is the larger, where it is known.
    pub(crate) fn bytes_per_weight(&self) -> f64 {
        self.peak_bytes_per_weight().unwrap_or_else(|| self.image_bytes_per_weight())
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "n": self.size.n,
            "p": self.size.p,
            "image_bytes": self.image_bytes,
            "peak_bytes": self.peak_bytes,
            "image_bytes_per_weight": self.image_bytes_per_weight(),
            "peak_bytes_per_weight": self.peak_bytes_per_weight(),
        })
    }
}

/// Starts this program once more, to do nothing but build and run one image.
pub(crate) fn measure(size: Size) -> Result<HostMemory, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args(["--measure-memory", &size.to_string()]).output()?;
    if !output.status.success() {
        return Err(format!("memory of {size}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let found: Value = serde_json::from_slice(&output.stdout)?;
    let image_bytes = found["image_bytes"].as_u64().ok_or("the child process reported no bytes")?;
    Ok(HostMemory { size, image_bytes, peak_bytes: found["peak_bytes"].as_u64() })
}

/// The child process.
pub(crate) fn measure_here(size: Size) -> Value {
    // A small image first: the program's own pages are resident before the count begins.
    drop(build_and_run(Size { n: 64, p: 64 }));
    // The peak starts anew from here; where the system does not allow it, it is that of the small image.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = status_bytes("VmRSS:");
    let images = WEIGHTS_COUNTED.div_ceil(size.weights());
    let cases: Vec<Case> = (0..images).map(|_| build_and_run(size)).collect();
    let peak = status_bytes("VmHWM:");
    let peak_bytes = before.zip(peak).map(|(before, peak)| peak.saturating_sub(before) / images);
    json!({ "image_bytes": image_bytes(&cases[0].image), "peak_bytes": peak_bytes })
}

fn build_and_run(size: Size) -> Case {
    let case = Case::with_cues(size, 1);
    for dataflow in Dataflow::ALL {
        speed::simulate(&case, &speed::plain_core(&case), dataflow, How::Plain);
    }
    speed::simulate(&case, &Core::new(&case.image, case::levers()), Dataflow::Delta, How::Levers);
    case
}

fn image_bytes(image: &CoreImage) -> u64 {
    let rows: usize = image.patterns().iter().map(|pattern| size_of_val(pattern.words())).sum();
    let (weights, columns) = (size_of_val(image.weights()), size_of_val(image.columns()));
    (weights + rows + columns + size_of_val(image.table().entries())) as u64
}

fn status_bytes(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(key))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

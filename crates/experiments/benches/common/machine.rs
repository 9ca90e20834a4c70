//! On what the figures were measured. No name of the machine: the class of its processor is what figures depend on.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

/// Vendor, family and model of the processor, and the number of CPUs this program may use.
pub(crate) fn describe() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let mut fields = info.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    let processor = match (field("vendor_id"), field("cpu family"), field("model")) {
        (Some(vendor), Some(family), Some(model)) => format!("{vendor} family {family} model {model}"),
        _ => format!("a processor of architecture {}", std::env::consts::ARCH),
    };
    format!("{processor}, {} CPUs", cpus())
}

/// CPUs this program may use.
pub(crate) fn cpus() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The compiler, which is the one that `rust-toolchain.toml` names.
pub(crate) fn toolchain() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text =
        output.ok().filter(|o| o.status.success()).map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let words = text.as_deref().unwrap_or("rustc of unknown version").split_whitespace();
    words.take(2).collect::<Vec<_>>().join(" ")
}

/// Runnable threads in the mean of the last minute.
pub(crate) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

//! What a large run will take, and whether this machine has it: said on standard error before the run begins.

use crate::terminal::note;
use klr_experiments::effort::Effort;
use klr_experiments::plan::Plan;
use klr_units::text::number;
use std::num::NonZeroUsize;

/// Where Linux says how much memory programs can still have.
const MEMORY: &str = "/proc/meminfo";

/// Says what `plan` takes on `threads` threads, if that is much, and warns if it is more memory than there is. It is an
/// estimate, so that it refuses nothing.
pub(crate) fn announce(plan: &Plan, threads: usize) {
    let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
    let Some(effort) = Effort::of(plan, threads) else { return };
    let free = std::fs::read_to_string(MEMORY).ok().and_then(|text| available(&text));
    note(&said(&effort, free));
}

fn said(effort: &Effort, free: Option<f64>) -> String {
    match free.filter(|&free| effort.bytes > free) {
        Some(free) => format!(
            "{effort}, more than the {} GB that are free: the run may not come to its end",
            number(free / 1e9, 2)
        ),
        None => effort.to_string(),
    }
}

/// The bytes that programs can have, of a text as Linux writes it.
fn available(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_does_not_fit_is_warned_of() {
        let effort = Effort { seconds: 30.0, bytes: 4e9 };
        let plain = "about 30 s and 4 GB of memory before the first retrieval";
        assert_eq!(said(&effort, Some(8e9)), plain);
        assert_eq!(said(&effort, None), plain, "a machine that does not say");
        let warned = format!("{plain}, more than the 2.1 GB that are free: the run may not come to its end");
        assert_eq!(said(&effort, available("MemTotal: 9 kB\nMemAvailable:    2050000 kB\n")), warned);
        assert_eq!(available("MemAvailable: much"), None, "nothing is made of another text");
    }
}

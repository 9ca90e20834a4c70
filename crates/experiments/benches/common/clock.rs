//! CPU seconds of one thread, and medians of them.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, and no result of a run holds it"
)]

use std::time::Instant;

/// CPU time of the calling thread in its first field, in nanoseconds.
const SCHEDSTAT: &str = "/proc/thread-self/schedstat";

/// What seconds are counted in.
#[derive(Debug)]
pub(crate) enum Clock {
    /// CPU seconds of the calling thread: what other programs do at the same time is not in them.
    ThreadCpu,
    /// Seconds, where the system does not tell CPU time by thread.
    Wall(Instant),
}

impl Clock {
    pub(crate) fn choose() -> Self {
        if thread_cpu_ns().is_some() { Self::ThreadCpu } else { Self::Wall(Instant::now()) }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ThreadCpu => "CPU time of one thread",
            Self::Wall(_) => "wall time: this system has no CPU time by thread",
        }
    }

    /// The seconds that `work` takes.
    pub(crate) fn seconds(&self, work: impl FnOnce()) -> f64 {
        let before = self.now_ns();
        work();
        (self.now_ns() - before) as f64 * 1e-9
    }

    fn now_ns(&self) -> u64 {
        match self {
            Self::ThreadCpu => thread_cpu_ns().expect("the file was there when the clock was chosen"),
            Self::Wall(origin) => u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

fn thread_cpu_ns() -> Option<u64> {
    // Linux brings the figure up to date at a tick or at a switch; without the switch it is 4 ms coarse, and 0 at first.
    std::thread::yield_now();
    std::fs::read_to_string(SCHEDSTAT).ok()?.split_whitespace().next()?.parse().ok().filter(|&ns| ns > 0)
}

/// Wall seconds that `work` takes: for work on several threads.
pub(crate) fn wall_seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Repeats of one measurement, in seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(pub(crate) Vec<f64>);

impl Samples {
    /// The median; of an even number, the mean of the middle two.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
    }

    /// The median of this over `other`, repeat by repeat: what slows both at the same time cancels.
    pub(crate) fn over(&self, other: &Self) -> f64 {
        Self(self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect()).median()
    }

    /// Slowest minus fastest, as a share of the median: how quiet the machine was.
    pub(crate) fn spread(&self) -> f64 {
        let slowest = self.0.iter().copied().fold(f64::MIN, f64::max);
        let fastest = self.0.iter().copied().fold(f64::MAX, f64::min);
        (slowest - fastest) / self.median()
    }
}

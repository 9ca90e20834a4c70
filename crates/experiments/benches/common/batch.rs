//! A batch of retrievals on one thread and on all: the same results, sooner.

use super::case::{self, Case, SIZES};
use super::clock::{Samples, wall_seconds};
use super::{machine, speed};
use klr_sim::{CoreRun, Dataflow, NoTrace};
use klr_units::State;
use klr_units::threads::map_in_order;
use serde_json::{Value, json};
use std::num::NonZeroUsize;

const CUES: u64 = 32;
/// A batch is at least this long on one thread: starting the others must not show.
const BATCH_SECONDS: f64 = 0.5;

#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) retrievals: usize,
    pub(crate) threads: usize,
    pub(crate) one: Samples,
    pub(crate) all: Samples,
}

impl Batch {
    /// Every dataflow on every cue of the smallest size, over and over, by turns on one thread and on as many as there are CPUs.
    ///
    /// # Panics
    /// If the number of threads changes a result.
    pub(crate) fn measure(repeats: u32) -> Self {
        let case = Case::with_cues(SIZES[0], CUES);
        // On a single CPU two threads still show whether their number changes a result.
        let threads = NonZeroUsize::new(machine::cpus().max(2)).expect("at least two");
        let mut once = Vec::new();
        let seconds = wall_seconds(|| once = retrieve_all(&case, 1, NonZeroUsize::MIN));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at least 1, and saturated"
        )]
        let rounds = (BATCH_SECONDS / seconds.max(1e-9)).ceil().max(1.0) as usize;
        let expected = retrieve_all(&case, rounds, NonZeroUsize::MIN);
        assert!(expected.chunks(once.len()).all(|round| round == once), "a repetition changed a result");
        let (mut one, mut all) = (Samples::default(), Samples::default());
        for _ in 0..repeats {
            for (threads, samples) in [(NonZeroUsize::MIN, &mut one), (threads, &mut all)] {
                let mut results = Vec::new();
                samples.0.push(wall_seconds(|| results = retrieve_all(&case, rounds, threads)));
                assert!(results == expected, "{threads} threads changed a result");
            }
        }
        Self { retrievals: expected.len(), threads: threads.get(), one, all }
    }

    pub(crate) fn speed_up(&self) -> f64 {
        self.one.median() / self.all.median()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "retrievals": self.retrievals,
            "threads": self.threads,
            "speed_up": self.speed_up(),
            "one_thread_wall_seconds": self.one.0,
            "all_threads_wall_seconds": self.all.0,
        })
    }
}

fn retrieve_all(case: &Case, rounds: usize, threads: NonZeroUsize) -> Vec<CoreRun> {
    let core = speed::plain_core(case);
    let jobs: Vec<(&State, Dataflow)> =
        case.cues.iter().flat_map(|cue| Dataflow::ALL.map(|dataflow| (cue, dataflow))).collect();
    let job = |index: usize| {
        let (cue, dataflow) = jobs[index % jobs.len()];
        let run = core.retrieve(cue, case::schedule(dataflow), &mut NoTrace);
        run.expect("the cues have the size of the image")
    };
    map_in_order((0..jobs.len() * rounds).collect(), threads, job)
}

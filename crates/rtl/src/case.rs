//! One retrieval to run on both sides, and its form in a file for the harness.

use crate::results::COUNTS;
use klr_image::{CoreImage, Memory, Order, Placement, TableForm};
use klr_sim::{CoreConfig, Dataflow, Schedule};
use klr_units::State;
use klr_units::fixed::unsigned_width;

/// Everything one retrieval needs.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the core is loaded with.
    pub image: CoreImage,
    /// The knobs of the core.
    pub config: CoreConfig,
    /// Dataflow and order.
    pub schedule: Schedule,
    /// The state at the start.
    pub cue: State,
}

impl Case {
    /// Steps, sweeps or searches that may begin: a search is one of N that make a sweep.
    #[must_use]
    pub fn step_limit(&self) -> u64 {
        let searches = self.schedule.order == Order::MostViolated && !self.schedule.dataflow.needs().together;
        let per_step = if searches { u64::from(self.image.n()) } else { 1 };
        u64::from(self.config.spec().max_steps) * per_step
    }

    /// The settings of the core for this retrieval, in the order of the harness; after `limit` cycles it is stopped.
    fn settings(&self, limit: u64) -> [u64; 12] {
        let (image, spec) = (&self.image, self.config.spec());
        let n = u64::from(image.n());
        let (order, random_start) = match self.schedule.order {
            Order::Sequential => (0, 0),
            // The value that `klr_image::order::RandomOrder` starts from: one of the register's period.
            Order::Random(seed) => (1, seed % ((1 << unsigned_width(n)) - 1) + 1),
            Order::MostViolated => (2, 0),
        };
        let banks = spec.banks(image.geometry().mac_lanes()) as u64;
        [
            n,
            image.p().into(),
            self.schedule.dataflow as u64,
            order,
            random_start,
            self.step_limit(),
            spec.zero_skip.into(),
            u64::from(image.table().form() == TableForm::NearestRelative),
            // No index is above N, so a longer table is as good as one of N + 1 words.
            (image.table().window() as u64).min(n + 1),
            n.div_ceil(banks),
            // A margin above N keeps every pattern.
            u64::from(spec.candidate_margin).min(n + 1),
            limit,
        ]
    }
}

/// Numbers of the memories at the load port.
const LOADED: [(Memory, u64); 3] = [(Memory::Columns, 0), (Memory::Weights, 1), (Memory::Table, 2)];

/// The cases as the harness reads them: how many counts it can read, then for each case its image, unless the one before has the same, and
/// its settings and cue. A case stands with the cycles after which it is stopped.
#[must_use]
pub fn encode(cases: &[(&Case, u64)]) -> Vec<u8> {
    let mut words = vec![COUNTS.len() as u64];
    let mut loaded: Option<&CoreImage> = None;
    for &(case, limit) in cases {
        if loaded != Some(&case.image) {
            loaded = Some(&case.image);
            words.push(1);
            load(case, &mut words);
        }
        words.push(2);
        words.extend(case.settings(limit));
        words.extend(case.cue.words());
    }
    words.push(0);
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Every word of every memory, as `docs/placement.md` places it.
fn load(case: &Case, words: &mut Vec<u64>) {
    let banking = case.config.spec().banking(case.image.geometry().mac_lanes());
    let placement = Placement::new(&case.image, banking);
    let count_at = words.len();
    words.push(0);
    let longest = u64::from(case.image.n()) + 1;
    for (memory, number) in LOADED {
        let array = placement.arrays()[memory];
        for bank in 0..array.banks {
            for row in 0..array.rows_used {
                if memory == Memory::Table && row >= longest {
                    break;
                }
                let Some(word) = placement.word(memory, bank, row) else { continue };
                words.extend([number, bank.into(), row, word.field(0, word.bits())]);
                words[count_at] += 1;
            }
        }
    }
}

/// Words that the harness writes after the records of a retrieval of `case`.
pub(crate) fn result_words(case: &Case, counts: usize) -> usize {
    case.cue.words().len() + case.image.n() as usize + case.image.p() as usize + counts
}

/// The dataflow's fields are kept in registers.
pub(crate) const fn keeps_fields(dataflow: Dataflow) -> bool {
    dataflow.needs().keeps_fields
}

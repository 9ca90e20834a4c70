//! One retrieval to run on both sides, and its form in a file for the harness.

use crate::results::COUNTS;
use klr_image::placement::Word;
use klr_image::reference::Reference;
use klr_image::{CoreImage, Memory, Order, Placement, TableForm};
use klr_sim::{CoreConfig, Dataflow, Schedule};
use klr_units::State;
use klr_units::fixed::unsigned_width;
use std::sync::Arc;

/// Everything one retrieval needs.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the core is loaded with; many retrievals share it.
    pub image: Arc<CoreImage>,
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

    /// The core may stop at a stored pattern, because every one is kept (S12).
    #[must_use]
    pub fn is_certified(&self) -> bool {
        self.config.spec().early_stop && Reference::new(&self.image).keeps_patterns()
    }

    /// The settings of the core for this retrieval by the names of its pins, in the order of the harness.
    pub(crate) fn settings(&self) -> [(&'static str, u64); 14] {
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
            ("n", n),
            ("p", image.p().into()),
            ("dataflow", self.schedule.dataflow as u64),
            ("order", order),
            ("random_start", random_start),
            ("step_limit", self.step_limit()),
            ("zero_skip", spec.zero_skip.into()),
            ("nearest_relative", u64::from(image.table().form() == TableForm::NearestRelative)),
            // No index is above N, so a longer table is as good as one of N + 1 words.
            ("window", (image.table().window() as u64).min(n + 1)),
            ("weight_rows", n.div_ceil(spec.weight_word.into()).div_ceil(banks)),
            // A margin above N keeps every pattern.
            ("candidate_margin", u64::from(spec.candidate_margin).min(n + 1)),
            ("probe", spec.probed_columns(image).into()),
            ("row_words", n.div_ceil(image.geometry().distance_lanes() as u64)),
            ("certified", self.is_certified().into()),
        ]
    }
}

/// Numbers of the memories at the load port.
const LOADED: [(Memory, u64); 4] =
    [(Memory::Columns, 0), (Memory::Weights, 1), (Memory::Table, 2), (Memory::Rows, 3)];

/// The cases as the harness reads them: how many counts it can read, then for each case its image, unless the one before has the same, and
/// its settings and cue. A case stands with the cycles after which it is stopped.
#[must_use]
pub fn encode(cases: &[(&Case, u64)]) -> Vec<u8> {
    let mut words = vec![COUNTS.len() as u64];
    let mut loaded: Option<&Arc<CoreImage>> = None;
    for &(case, limit) in cases {
        if loaded != Some(&case.image) {
            loaded = Some(&case.image);
            words.push(1);
            load(case, &mut words);
        }
        words.push(2);
        words.extend(case.settings().map(|setting| setting.1));
        words.push(limit);
        words.extend(case.cue.words());
    }
    words.push(0);
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// One bank of a memory, as `docs/placement.md` places what is in it.
pub(crate) struct LoadedBank {
    /// The memory.
    pub(crate) memory: Memory,
    /// Its number at the load port.
    pub(crate) number: u64,
    /// The bank.
    pub(crate) bank: u32,
    /// Its words, from row 0 on.
    pub(crate) words: Vec<Word>,
}

/// Every bank that `case` is loaded into.
pub(crate) fn banks(case: &Case) -> impl Iterator<Item = LoadedBank> {
    let placement =
        Placement::new(&case.image, case.config.spec().banking(case.image.geometry().mac_lanes()));
    let longest = u64::from(case.image.n()) + 1;
    LOADED.into_iter().flat_map(move |(memory, number)| {
        let array = placement.arrays()[memory];
        let rows = if memory == Memory::Table { array.rows_used.min(longest) } else { array.rows_used };
        (0..array.banks).map(move |bank| {
            let words = (0..rows).filter_map(|row| placement.word(memory, bank, row)).collect();
            LoadedBank { memory, number, bank, words }
        })
    })
}

/// Every word of every memory.
fn load(case: &Case, words: &mut Vec<u64>) {
    // The load port is as wide as the widest word.
    let weight_bits = u32::from(case.image.weight_format().bits().get());
    let limbs = (case.config.spec().weight_word * weight_bits).div_ceil(64);
    let count_at = words.len();
    words.push(0);
    for LoadedBank { number, bank, words: loaded, .. } in banks(case) {
        for (row, word) in (0..).zip(&loaded) {
            words.extend([number, bank.into(), row]);
            words.extend((0..limbs).map(|limb| word.field(64 * limb, 64)));
        }
        words[count_at] += loaded.len() as u64;
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

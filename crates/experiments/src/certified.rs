//! What is proved of the image of a run, in figures: for screen and report alike.

use crate::memories::built;
use crate::pipeline::Run;
use crate::plan::Plan;
use klr_image::proof::{BitFlip, Budget, Certificates, check_bits};
use klr_image::{Memories, Memory};
use klr_units::fixed::signed_width;

/// What is proved of an image, beside what was measured.
#[derive(Debug)]
pub(crate) struct Certified<'a> {
    pub(crate) certificates: &'a Certificates,
    /// Bits of an accumulator that the state takes which comes nearest to overflow.
    pub(crate) reached_bits: u32,
    /// Flips of the nearest cues that are found not to be corrected: least, median and most.
    pub(crate) falsified: Option<[usize; 3]>,
    /// Patterns whose radius is known: the falsifying cue is one flip beyond.
    pub(crate) exact: usize,
    /// Cues of the run that are within the certified radius of a pattern that they should end in.
    pub(crate) cues_within: u64,
    pub(crate) budgets: Vec<MemoryBudget<'a>>,
}

/// The fault budget of one memory, and what a code would make of it.
#[derive(Debug)]
pub(crate) struct MemoryBudget<'a> {
    /// Columns stand for pattern memory, whichever way the patterns lie.
    pub(crate) memory: Memory,
    pub(crate) budget: &'a Budget,
    /// Bits of a word of the memory; `None` if there is no such memory.
    pub(crate) word: Option<CodedWord>,
}

/// A word with a code that corrects one flip and detects two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodedWord {
    pub(crate) bits: u32,
    pub(crate) check_bits: u32,
    /// Check bits of all words that the image occupies.
    pub(crate) extra_bits: u64,
    /// Any so many flips do no harm; `None` if any number does none.
    pub(crate) harmless: Option<u32>,
    /// So many are found that do.
    pub(crate) unfixes: Option<usize>,
}

impl<'a> Certified<'a> {
    /// `None` if nothing was proved of the image of `run`.
    pub(crate) fn of(plan: &Plan, run: &'a Run) -> Option<Self> {
        let certificates = run.certificates.as_ref()?;
        let radii = &certificates.radii;
        let mut falsified: Vec<usize> = radii.iter().filter_map(|radius| radius.falsified()).collect();
        falsified.sort_unstable();
        let at = |place: usize| falsified.get(place).copied();
        let falsified = match (at(0), at(falsified.len() / 2), falsified.last()) {
            (Some(least), Some(median), Some(&most)) => Some([least, median, most]),
            _ => None,
        };
        let words = words(plan, run);
        let budgets = certificates.faults.by_memory();
        Some(Self {
            certificates,
            reached_bits: signed_width(certificates.overflow.reached),
            falsified,
            exact: radii.iter().filter(|radius| radius.is_exact()).count(),
            cues_within: cues_within(certificates, run),
            budgets: budgets
                .into_iter()
                .map(|(memory, budget)| MemoryBudget {
                    memory,
                    budget,
                    word: coded(run, budget, memory, &words),
                })
                .collect(),
        })
    }
}

/// Bits of a word and bits in use of every memory, as it is built.
fn words(plan: &Plan, run: &Run) -> Memories<Option<(u32, u64)>> {
    let built = built(&plan.hardware, &run.image, &plan.hardware.config);
    let of = |memory| built.iter().find(|built| built.memory == memory);
    Memories::from_fn(|memory| of(memory).map(|built| (built.macros.word_bits, built.bytes_used * 8)))
}

fn coded(
    run: &Run,
    budget: &Budget,
    memory: Memory,
    words: &Memories<Option<(u32, u64)>>,
) -> Option<CodedWord> {
    let of = match memory {
        Memory::Columns => [words.columns, words.rows],
        other => [words[other], None],
    };
    let bits = of.iter().flatten().map(|word| word.0).max()?;
    let check_bits = check_bits(bits);
    let extra = |&(bits, used): &(u32, u64)| used.div_ceil(bits.into()) * u64::from(check_bits);
    let lanes = u32::try_from(run.image.geometry().distance_lanes()).unwrap_or(u32::MAX);
    // Whatever word a weight shares with others: the falsifier of weights is about one neuron, and these have other neurons.
    let word = |flip: &BitFlip| match *flip {
        BitFlip::Weight { pattern, neuron, .. } => (0, pattern, neuron),
        BitFlip::Word { index, .. } => (0, index, 0),
        BitFlip::Column { pattern, neuron } => (0, pattern / lanes, neuron),
        BitFlip::Row { pattern, neuron } => (1, pattern, neuron / lanes),
    };
    Some(CodedWord {
        bits,
        check_bits,
        extra_bits: of.iter().flatten().map(extra).sum(),
        harmless: budget.harmless_with_code(),
        unfixes: budget.unfixes_with_code(word),
    })
}

/// Cues that differ from a pattern that they should end in by no more than its certified radius.
fn cues_within(certificates: &Certificates, run: &Run) -> u64 {
    let is_within = |index: &usize| {
        let (cue, targets) = run.cues.cue(&run.patterns, *index);
        targets.rows().iter().any(|&mu| {
            let flips = run.patterns.state(mu).hamming(&cue);
            certificates.radii[mu].certified.is_some_and(|radius| flips <= radius as usize)
        })
    };
    (0..run.cues.count()).filter(is_within).count() as u64
}

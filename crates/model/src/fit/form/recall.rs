//! Recall of many cues at once: synchronous updates, in blocks of cues, with matrix products.

use super::FormModel;
use crate::kernel::product::{GramRows, multiply};
use crate::pattern::PatternSet;
use klr_statistics::wilson;
use klr_units::State;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// Cues of a block: its kernel values fill a panel of P x 128.
const BLOCK_CUES: usize = 128;

/// How many of how many cues were recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hits {
    /// Trials that succeeded.
    pub hits: usize,
    /// All trials.
    pub trials: usize,
}

impl Hits {
    /// The successes among `outcomes`.
    #[must_use]
    pub fn of(outcomes: &[bool]) -> Self {
        Self { hits: outcomes.iter().filter(|&&hit| hit).count(), trials: outcomes.len() }
    }

    /// The share, 0 to 1; 0 if there are no trials.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.trials == 0 { 0.0 } else { self.hits as f64 / self.trials as f64 }
    }

    /// Wilson's interval at 95 %; everything from 0 to 1 if there are no trials.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let interval = wilson(self.hits as u64, self.trials as u64, 0.95);
        interval.map_or((0.0, 1.0), |interval| (interval.low, interval.high))
    }
}

/// How one cue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recalled {
    /// Every neuron agrees with the target.
    pub exact: bool,
    /// All kernel words of the cue were zero, so that nothing could pull it anywhere.
    pub dead: bool,
}

/// Retrieves from each cue by synchronous updates, at most `max_steps`, and compares with the pattern `targets` names.
/// A field of exactly 0 keeps the neuron; a state that returns after two steps has failed unless it is the target.
///
/// # Panics
/// If there are not as many targets as cues, a target is not below P, or a cue has another number of neurons.
#[must_use]
pub fn recall(
    model: &FormModel<'_>,
    cues: &[State],
    targets: &[usize],
    max_steps: u32,
    threads: NonZeroUsize,
) -> Vec<Recalled> {
    assert_eq!(cues.len(), targets.len(), "one target per cue");
    let blocks: Vec<_> = cues.chunks(BLOCK_CUES).zip(targets.chunks(BLOCK_CUES)).collect();
    let table = model.table.in_precision::<f64>();
    let recalled = map_in_order(blocks, threads, |(cues, targets)| {
        CueBlock::new(model, &table, cues).run(max_steps, targets)
    });
    recalled.concat()
}

/// Whether no pattern is nearer to each cue than its target: the bound no retrieval beats. A tie counts as a hit.
///
/// # Panics
/// As [`recall`].
#[must_use]
pub fn recall_nearest(
    patterns: &PatternSet,
    cues: &[State],
    targets: &[usize],
    threads: NonZeroUsize,
) -> Vec<bool> {
    assert_eq!(cues.len(), targets.len(), "one target per cue");
    let blocks: Vec<_> = cues.chunks(BLOCK_CUES).zip(targets.chunks(BLOCK_CUES)).collect();
    let hits = map_in_order(blocks, threads, |(cues, targets)| {
        let hit = |(cue, &target): (&State, &usize)| {
            patterns.hamming(cue, target) == patterns.nearest(cue).distance as usize
        };
        cues.iter().zip(targets).map(hit).collect::<Vec<_>>()
    });
    hits.concat()
}

/// The retrievals of some cues under way.
struct CueBlock<'a> {
    model: &'a FormModel<'a>,
    table: &'a [f64],
    states: Vec<State>,
    /// The neurons each state turned over in its last step: turning over the same ones again would undo it.
    turned: Vec<Vec<usize>>,
    dead: Vec<bool>,
}

impl<'a> CueBlock<'a> {
    fn new(model: &'a FormModel<'a>, table: &'a [f64], cues: &[State]) -> Self {
        let turned = vec![Vec::new(); cues.len()];
        Self { model, table, states: cues.to_vec(), turned, dead: vec![false; cues.len()] }
    }

    fn run(mut self, max_steps: u32, targets: &[usize]) -> Vec<Recalled> {
        let mut moving: Vec<usize> = (0..self.states.len()).collect();
        for step in 0..max_steps {
            if moving.is_empty() {
                break;
            }
            let kernel = self.kernel_panel(&moving, step == 0);
            moving = self.step(&moving, &kernel);
        }
        let patterns = self.model.patterns;
        let exact = |(state, &target): (&State, &usize)| patterns.hamming(state, target) == 0;
        let ends = self.states.iter().zip(targets).map(exact);
        ends.zip(&self.dead).map(|(exact, &dead)| Recalled { exact, dead }).collect()
    }

    /// The kernel values of the moving states, P per state.
    fn kernel_panel(&mut self, moving: &[usize], first: bool) -> Vec<f64> {
        let mut panel = Vec::with_capacity(moving.len() * self.model.patterns.p());
        for &at in moving {
            let distances = self.model.patterns.distances(&self.states[at]);
            let origin = self.model.table.origin(distances.iter().copied());
            let from = panel.len();
            panel.extend(distances.into_iter().map(|d| self.table[(d - origin) as usize]));
            if first {
                self.dead[at] = panel[from..].iter().all(|&k| k == 0.0);
            }
        }
        panel
    }

    /// The fields of so many states, N per state.
    fn fields(&self, states: usize, kernel: &[f64]) -> Vec<f64> {
        /// A product with zeros left out takes this many times as long for each number that is left.
        const SPARSE: usize = 8;
        let (n, duals) = (self.model.patterns.n(), &self.model.duals);
        let mut fields = vec![0.0; n * states];
        if kernel.iter().filter(|&&k| k != 0.0).count() * SPARSE > kernel.len() {
            // The duals, row-major, are the N x P matrix by columns.
            multiply(GramRows::alone(duals, n), kernel, states, &mut fields);
            return fields;
        }
        for (fields, kernel) in fields.chunks_exact_mut(n).zip(kernel.chunks_exact(kernel.len() / states)) {
            for (duals, &k) in duals.chunks_exact(n).zip(kernel).filter(|(_, k)| **k != 0.0) {
                fields.iter_mut().zip(duals).for_each(|(field, dual)| *field += dual * k);
            }
        }
        fields
    }

    /// One step of all moving states; the ones that go on.
    fn step(&mut self, moving: &[usize], kernel: &[f64]) -> Vec<usize> {
        let n = self.model.patterns.n();
        let fields = self.fields(moving.len(), kernel);
        let mut go_on = Vec::with_capacity(moving.len());
        for (&at, fields) in moving.iter().zip(fields.chunks_exact(n)) {
            let state = &mut self.states[at];
            let violated = |&i: &usize| f64::from(state.sign(i)) * fields[i] < 0.0;
            let turned: Vec<usize> = (0..n).filter(violated).collect();
            turned.iter().for_each(|&i| state.flip(i));
            if !turned.is_empty() && turned != self.turned[at] {
                go_on.push(at);
            }
            self.turned[at] = turned;
        }
        go_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::form::KernelForm;
    use crate::kernel::Kernel;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::random::{Stream, Streams};
    use crate::retrieve::dynamics::{RetrievalConfig, RetrievalOutcome, UpdateRule, retrieve};
    use crate::retrieve::model::KlrModel;
    use klr_units::{Bits, TableForm};

    fn cues(patterns: &PatternSet, noise: f64, count: u64) -> (Vec<State>, Vec<usize>) {
        let streams = Streams::new(3);
        let target = |cue: u64| usize::try_from(cue).unwrap() % patterns.p();
        let cue = |at: u64| {
            let mut rng = streams.indexed(Stream::Noise, at);
            corrupt(&patterns.state(target(at)), noise, NoiseModel::Bernoulli, &mut rng)
        };
        ((0..count).map(cue).collect(), (0..count).map(target).collect())
    }

    fn random(n: usize, p: usize) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(2).stream(Stream::Patterns)).unwrap()
    }

    #[test]
    fn many_cues_at_once_end_as_one_by_one() {
        let patterns = random(40, 300);
        let model = KlrModel::untrained(patterns.clone(), Kernel::rbf(0.06).unwrap());
        let (cues, targets) = cues(&patterns, 0.2, 300);
        let config = RetrievalConfig { update: UpdateRule::Synchronous, max_steps: 30 };
        let mut rng = Streams::new(0).stream(Stream::Order);
        let mut hits = 0;
        for threads in [1, 3] {
            let threads = NonZeroUsize::new(threads).unwrap();
            let got = recall(
                &FormModel::new(&model, KernelForm::Float, None).unwrap(),
                &cues,
                &targets,
                30,
                threads,
            );
            for ((cue, &target), got) in cues.iter().zip(&targets).zip(got) {
                let end = retrieve(&model, cue, config, &mut rng).unwrap();
                let exact = end.state == patterns.state(target) && end.outcome != RetrievalOutcome::StepLimit;
                assert_eq!(got.exact, exact, "the same end as a retrieval on its own");
                hits += usize::from(exact);
            }
        }
        assert!(
            (60..540).contains(&hits),
            "{hits} of 600: some succeed and some fail, or nothing was compared"
        );
    }

    /// Words of 2 bits leave few patterns at wide noise, so that fields are summed without zeros.
    #[test]
    fn fields_through_a_narrow_table_are_those_of_all_patterns() {
        let patterns = random(60, 200);
        let model = KlrModel::untrained(patterns.clone(), Kernel::rbf(0.2).unwrap());
        let form = KernelForm::Words {
            bits: Bits::new(2).unwrap(),
            table: TableForm::NearestRelative,
            window: None,
        };
        let model = FormModel::new(&model, form, None).unwrap();
        let (cues, _) = cues(&patterns, 0.2, 20);
        let mut block = CueBlock::new(&model, &model.table.values, &cues);
        let all: Vec<usize> = (0..cues.len()).collect();
        let panel = block.kernel_panel(&all, true);
        assert!(panel.iter().filter(|&&k| k != 0.0).count() * 8 < panel.len(), "few words are left");
        let fields = block.fields(cues.len(), &panel);
        for (at, found) in fields.iter().enumerate() {
            let (cue, i) = (at / 60, at % 60);
            let whole: f64 = (0..200).map(|mu| f64::from(patterns.sign(mu, i)) * panel[cue * 200 + mu]).sum();
            assert_eq!(*found, whole, "neuron {i} of cue {cue}: whole numbers");
        }
    }

    #[test]
    fn an_absolute_table_is_dead_far_from_every_pattern_and_a_relative_one_is_not() {
        let patterns = random(100, 50);
        let model = KlrModel::untrained(patterns.clone(), Kernel::rbf(0.1).unwrap());
        let (cues, targets) = cues(&patterns, 0.25, 100);
        let run = |table| {
            let form = KernelForm::Words { bits: Bits::new(8).unwrap(), table, window: None };
            recall(&FormModel::new(&model, form, None).unwrap(), &cues, &targets, 30, NonZeroUsize::MIN)
        };
        // Words are zero from exp(-0.4 d) 255 < 1/2 on: d of 16 and more; the cues are some 25 away.
        let dead = |cue: &State| patterns.distances(cue).into_iter().min().unwrap() >= 16;
        for (cue, got) in cues.iter().zip(run(TableForm::Absolute)) {
            assert_eq!(got.dead, dead(cue), "every word of the cue is 0");
            assert!(!(got.dead && got.exact), "a dead cue stays where it is");
        }
        let relative = run(TableForm::NearestRelative);
        assert!(relative.iter().all(|cue| !cue.dead), "the nearest pattern always has the largest word");
        let hits = relative.iter().filter(|cue| cue.exact).count();
        assert!(hits > 90, "{hits} of 100 recalled");
    }

    #[test]
    fn wilson_intervals_are_those_of_the_formula() {
        // 8 of 10 at z = 1.96: 0.4902 to 0.9433 (worked from the formula, and in many textbooks).
        let (low, high) = Hits { hits: 8, trials: 10 }.interval();
        assert!((low - 0.4902).abs() < 5e-4 && (high - 0.9433).abs() < 5e-4, "{low} to {high}");
        assert_eq!(Hits { hits: 0, trials: 10 }.interval().0, 0.0, "none of ten begins at 0");
        assert_eq!(Hits { hits: 10, trials: 10 }.interval().1, 1.0, "all of ten ends at 1");
    }

    #[test]
    fn the_oracle_is_the_nearest_pattern() {
        let patterns = random(20, 30);
        let (cues, targets) = cues(&patterns, 0.3, 60);
        let got = recall_nearest(&patterns, &cues, &targets, NonZeroUsize::new(2).unwrap());
        let plain: Vec<bool> =
            cues.iter().zip(&targets).map(|(cue, t)| patterns.nearest(cue).rows.contains(t)).collect();
        assert_eq!(got, plain, "on any number of threads");
        assert!(got.contains(&true) && got.contains(&false), "both happen");
    }
}

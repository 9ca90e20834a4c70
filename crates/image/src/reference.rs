//! What the bits of an image mean: retrieval in exact integers, without time, units or queues.
//!
//! This is the oracle of the simulator, so it shares no arithmetic with it: distances are recounted from whole patterns by
//! popcount, and every field is a plain sum over all patterns. Both take the random order from `order.rs`, which is part of
//! what an image means; and a core that may stop early asks here, once, whether it keeps all its patterns.
//!
//! `d_mu = Hamming(s, xi_mu)`, `k_mu = T[d_mu]` or `T[d_mu - min d]`, `h_i = sum_mu w_mu,i k_mu`, `s_i <- sign h_i`;
//! `h_i = 0` keeps `s_i`.

use crate::certificate::{PatternCertificate, PatternSample};
use crate::image::CoreImage;
use crate::order::{Order, Outcome, RandomOrder, Update};
use crate::stored::Patterns;
use klr_units::{NeuronIdx, PatternIdx, State};
use std::num::NonZeroUsize;

/// Retrievals on an image, and what becomes of its stored patterns.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    image: &'a CoreImage,
    test: FixedPointTest,
}

/// How a core knows that its state will not change. It decides how a retrieval has ended that flipped neurons in the last
/// step it was allowed: whether that state is a fixed point, no step has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FixedPointTest {
    /// A whole step or sweep has changed nothing.
    #[default]
    Confirmed,
    /// Or the state is a stored pattern, and all of those are kept ([`Reference::keeps_patterns`]).
    StoredPattern,
    /// Or no field is against its neuron.
    Fields,
}

/// One retrieval as the bits define it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceRun {
    /// The state at the end.
    pub state: State,
    /// How it ended.
    pub outcome: Outcome,
    /// Synchronous steps or asynchronous sweeps, the confirming one included. With [`Order::MostViolated`] a sweep is
    /// one search for the most violated neuron.
    pub steps: u64,
    /// Neurons in the order of their flips.
    pub flips: Vec<NeuronIdx>,
    /// Fields compared with their neuron.
    pub evaluations: u64,
}

/// A cue of another size than the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cue has {found} neurons, the image has {expected}")]
pub struct CueSizeError {
    /// Neurons of the cue.
    pub found: usize,
    /// Neurons of the image.
    pub expected: usize,
}

impl CueSizeError {
    /// Compares the size of `cue` with that of `image`.
    ///
    /// # Errors
    /// [`CueSizeError`] if they differ.
    pub fn check(cue: &State, image: &CoreImage) -> Result<(), Self> {
        let (found, expected) = (cue.n(), image.n() as usize);
        if found == expected { Ok(()) } else { Err(Self { found, expected }) }
    }
}

/// The kernel words of one state: patterns whose word is not zero, with it.
struct KernelWords {
    distances: Vec<u32>,
    live: Vec<(usize, i64)>,
}

impl<'a> Reference<'a> {
    /// The reference for `image`.
    #[must_use]
    pub const fn new(image: &'a CoreImage) -> Self {
        Self { image, test: FixedPointTest::Confirmed }
    }

    /// The reference for a core that knows fixed points by `test`.
    #[must_use]
    pub const fn knowing(self, test: FixedPointTest) -> Self {
        Self { test, ..self }
    }

    /// Hamming distances from `state` to every pattern.
    ///
    /// # Panics
    /// If `state` has another number of neurons than the image.
    #[must_use]
    pub fn distances(&self, state: &State) -> Vec<u32> {
        let distance = |pattern: &State| u32::try_from(pattern.hamming(state)).expect("at most 2^20 neurons");
        self.image.patterns().iter().map(distance).collect()
    }

    /// The integer fields `h_i` of `state`, one per neuron.
    ///
    /// # Panics
    /// If `state` has another number of neurons than the image.
    #[must_use]
    pub fn fields(&self, state: &State) -> Vec<i64> {
        let mut fields = vec![0; self.image.n() as usize];
        for (mu, k) in self.kernel(self.distances(state)).live {
            for (field, &w) in fields.iter_mut().zip(self.image.weight_row(PatternIdx::from_usize(mu))) {
                *field += i64::from(w) * k;
            }
        }
        fields
    }

    /// The smallest `s_i h_i` over all neurons and stored patterns, with the state at the pattern: positive if and only
    /// if every stored pattern is a fixed point by more than a tie. Worked out once per image.
    #[must_use]
    pub fn stored(&self) -> PatternCertificate {
        self.stored_on(NonZeroUsize::MIN)
    }

    /// Whether every stored pattern is a state that no step changes, and one in which some kernel word is not zero: a core may
    /// then end a retrieval at a stored pattern, and it has converged. A field of 0 keeps its neuron, so ties do no harm; and
    /// a pattern whose own word is not zero is in no dead field.
    #[must_use]
    pub fn keeps_patterns(&self) -> bool {
        let (stored, p) = (self.stored(), u64::from(self.image.p()));
        stored.fixed == p || stored.kept == p && self.image.table().lookup(0, 0) > 0
    }

    /// [`Self::stored`], on several threads; the result does not depend on their number.
    #[must_use]
    pub fn stored_on(&self, threads: NonZeroUsize) -> PatternCertificate {
        self.image.certificate(|| {
            let patterns = Patterns::of(self.image);
            patterns.all_near(threads).unwrap_or_else(|| patterns.all(threads))
        })
    }

    /// [`Self::stored`], if few enough patterns are within the window of the kernel table of each other; with many it takes
    /// `P^2 N` products.
    #[must_use]
    pub fn stored_if_near(&self, threads: NonZeroUsize) -> Option<PatternCertificate> {
        let found = Patterns::of(self.image).all_near(threads)?;
        Some(self.image.certificate(|| found))
    }

    /// What becomes of the patterns `rows`, each exactly.
    ///
    /// # Panics
    /// If there is no such pattern.
    #[must_use]
    pub fn stored_of(&self, rows: &[usize], threads: NonZeroUsize) -> PatternSample {
        Patterns::of(self.image).some(rows, threads)
    }

    /// How many patterns are within the window of the kernel table of the patterns `rows`, in the mean.
    ///
    /// # Panics
    /// If there is no such pattern.
    #[must_use]
    pub fn near(&self, rows: &[usize]) -> f64 {
        let patterns = Patterns::of(self.image);
        rows.iter().map(|&mu| patterns.near(mu).len()).sum::<usize>() as f64 / rows.len() as f64
    }

    /// Runs one retrieval from `cue`, at most `max_steps` steps or sweeps.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons.
    pub fn retrieve(
        &self,
        cue: &State,
        update: Update,
        max_steps: u64,
    ) -> Result<ReferenceRun, CueSizeError> {
        CueSizeError::check(cue, self.image)?;
        let mut run = ReferenceRun {
            state: cue.clone(),
            outcome: Outcome::StepLimit,
            steps: 0,
            flips: Vec::new(),
            evaluations: 0,
        };
        match update {
            Update::Synchronous => self.synchronous(&mut run, max_steps),
            Update::Asynchronous(Order::MostViolated) => self.most_violated(&mut run, max_steps),
            Update::Asynchronous(Order::Sequential) => {
                let mut next = (0..self.image.n()).cycle();
                self.sweeps(&mut run, max_steps, || next.next().unwrap_or(0));
            }
            Update::Asynchronous(Order::Random(seed)) => {
                let mut order = RandomOrder::new(self.image.n(), seed);
                self.sweeps(&mut run, max_steps, || order.next_neuron().0);
            }
        }
        if run.outcome == Outcome::StepLimit && self.knows_fixed(&run.state) {
            run.outcome = Outcome::Converged;
        }
        if run.outcome == Outcome::Converged && self.kernel(self.distances(&run.state)).live.is_empty() {
            run.outcome = Outcome::DeadField;
        }
        Ok(run)
    }

    /// Whether the test tells that `state` is a fixed point, without a step that shows it.
    fn knows_fixed(&self, state: &State) -> bool {
        match self.test {
            FixedPointTest::Confirmed => false,
            FixedPointTest::StoredPattern => self.image.patterns().contains(state) && self.keeps_patterns(),
            FixedPointTest::Fields => {
                self.fields(state).into_iter().enumerate().all(|(i, h)| h * i64::from(state.sign(i)) >= 0)
            }
        }
    }

    fn synchronous(&self, run: &mut ReferenceRun, max_steps: u64) {
        let n = self.image.n() as usize;
        let mut previous: Option<State> = None;
        while run.steps < max_steps {
            run.steps += 1;
            run.evaluations += n as u64;
            let fields = self.fields(&run.state);
            let flips: Vec<usize> =
                (0..n).filter(|&i| fields[i] * i64::from(run.state.sign(i)) < 0).collect();
            let before = run.state.clone();
            for i in flips.iter().copied() {
                run.state.flip(i);
                run.flips.push(NeuronIdx::from_usize(i));
            }
            if flips.is_empty() {
                run.outcome = Outcome::Converged;
                return;
            }
            if previous.as_ref() == Some(&run.state) {
                run.outcome = Outcome::TwoCycle;
                return;
            }
            previous = Some(before);
        }
    }

    fn sweeps(&self, run: &mut ReferenceRun, max_steps: u64, mut next: impl FnMut() -> u32) {
        let n = self.image.n();
        let mut kernel = self.kernel(self.distances(&run.state));
        while run.steps < max_steps {
            run.steps += 1;
            let before = run.flips.len();
            for _ in 0..n {
                let i = next() as usize;
                run.evaluations += 1;
                if self.field(&kernel, i) * i64::from(run.state.sign(i)) < 0 {
                    kernel = self.flip(run, kernel, i);
                }
            }
            if run.flips.len() == before {
                run.outcome = Outcome::Converged;
                return;
            }
        }
    }

    fn most_violated(&self, run: &mut ReferenceRun, max_steps: u64) {
        let n = self.image.n() as usize;
        let mut kernel = self.kernel(self.distances(&run.state));
        // A sweep ends with one flip, so the limit is scaled to allow as many flips as sequential sweeps would.
        while run.steps < max_steps.saturating_mul(n as u64) {
            run.steps += 1;
            run.evaluations += n as u64;
            let violation = |i: usize| -self.field(&kernel, i) * i64::from(run.state.sign(i));
            // `max_by_key` keeps the last of equals; running backwards makes that the lowest index.
            let Some(worst) = (0..n).rev().max_by_key(|&i| violation(i)).filter(|&i| violation(i) > 0) else {
                run.outcome = Outcome::Converged;
                return;
            };
            kernel = self.flip(run, kernel, worst);
        }
    }

    fn flip(&self, run: &mut ReferenceRun, kernel: KernelWords, i: usize) -> KernelWords {
        run.state.flip(i);
        run.flips.push(NeuronIdx::from_usize(i));
        let mut distances = kernel.distances;
        for (d, pattern) in distances.iter_mut().zip(self.image.patterns()) {
            if pattern.get(i) == run.state.get(i) {
                *d -= 1;
            } else {
                *d += 1;
            }
        }
        self.kernel(distances)
    }

    fn kernel(&self, distances: Vec<u32>) -> KernelWords {
        let d_min = distances.iter().copied().min().unwrap_or(0);
        let words = distances.iter().enumerate().map(|(mu, &d)| (mu, self.image.table().lookup(d, d_min)));
        let live = words.filter(|&(_, k)| k != 0).map(|(mu, k)| (mu, i64::from(k))).collect();
        KernelWords { distances, live }
    }

    fn field(&self, kernel: &KernelWords, i: usize) -> i64 {
        let n = self.image.n() as usize;
        let weights = self.image.weights();
        kernel.live.iter().map(|&(mu, k)| i64::from(weights[mu * n + i]) * k).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Geometry;
    use crate::table::KernelTable;
    use klr_units::Bits;

    fn state(signs: &[i8]) -> State {
        State::from_signs(signs).unwrap()
    }

    /// Two patterns of four neurons, weights = signs, kernel 3, 1, 0, ... over relative distance.
    fn image(table: KernelTable) -> CoreImage {
        let patterns = [state(&[1, 1, 1, 1]), state(&[-1, -1, -1, 1])];
        let weights = vec![1, 1, 1, 1, -1, -1, -1, 1];
        CoreImage::new(Geometry::tiny(), &patterns, Bits::new(2).unwrap(), weights, table).unwrap()
    }

    fn bits(b: u8) -> Bits {
        Bits::new(b).unwrap()
    }

    #[test]
    fn fields_are_the_sums_worked_by_hand() {
        let image = image(KernelTable::nearest_relative(bits(2), &[3, 1]).unwrap());
        let reference = Reference::new(&image);
        // Distances 1 and 2: kernel words 3 and 1.
        assert_eq!(reference.fields(&state(&[1, 1, -1, 1])), [2, 2, 2, 4], "3 w_0 + 1 w_1");
        assert_eq!(
            reference.stored(),
            PatternCertificate { kept: 2, fixed: 2, min_margin: 3 },
            "both stored, by 3"
        );
    }

    #[test]
    fn a_dead_state_is_not_called_converged() {
        // An absolute table that reaches distance 0 only.
        let image = image(KernelTable::absolute(bits(2), &[3]).unwrap());
        let run = Reference::new(&image).retrieve(&state(&[1, 1, -1, 1]), Update::Synchronous, 30).unwrap();
        assert_eq!(
            (run.outcome, run.flips.len()),
            (Outcome::DeadField, 0),
            "distances 1 and 2 are out of reach"
        );
    }

    #[test]
    fn all_updates_reach_the_nearest_pattern() {
        let image = image(KernelTable::nearest_relative(bits(2), &[3, 1]).unwrap());
        let reference = Reference::new(&image);
        for update in [
            Update::Synchronous,
            Update::Asynchronous(Order::Sequential),
            Update::Asynchronous(Order::Random(3)),
            Update::Asynchronous(Order::MostViolated),
        ] {
            let run = reference.retrieve(&state(&[1, 1, -1, 1]), update, 30).unwrap();
            assert_eq!(run.state, state(&[1, 1, 1, 1]), "{update:?}");
            assert_eq!(
                (run.outcome, run.steps),
                (Outcome::Converged, 2),
                "{update:?}: one step and one to confirm"
            );
            assert_eq!(run.evaluations, 8, "{update:?}");
        }
    }

    #[test]
    fn a_synchronous_two_cycle_is_seen() {
        // Weights against the pattern: every step turns the state over.
        let patterns = [state(&[1, 1])];
        let table = KernelTable::nearest_relative(bits(2), &[3]).unwrap();
        let image = CoreImage::new(Geometry::tiny(), &patterns, bits(2), vec![-1, 1], table.clone())
            .expect("it fits");
        let run = Reference::new(&image).retrieve(&patterns[0], Update::Synchronous, 30).unwrap();
        assert_eq!(run.state, state(&[-1, 1]), "one step, then stable: no cycle here");
        let image = CoreImage::new(
            Geometry::tiny(),
            &[state(&[1, 1]), state(&[-1, -1])],
            bits(2),
            vec![-1, -1, 1, 1],
            table,
        )
        .expect("it fits");
        let run = Reference::new(&image).retrieve(&patterns[0], Update::Synchronous, 30).unwrap();
        assert_eq!((run.outcome, run.steps), (Outcome::TwoCycle, 2), "++ to -- and back");
    }

    #[test]
    fn a_fixed_point_at_the_step_limit_is_told_by_those_who_can() {
        let image = image(KernelTable::nearest_relative(bits(2), &[3, 1]).unwrap());
        let ends = |test, cue: &[i8]| {
            let update = Update::Asynchronous(Order::Sequential);
            Reference::new(&image).knowing(test).retrieve(&state(cue), update, 1).unwrap().outcome
        };
        // One flip in the one sweep allowed leads to the first pattern.
        let cue = [1, 1, -1, 1];
        assert_eq!(ends(FixedPointTest::Confirmed, &cue), Outcome::StepLimit, "no sweep has shown it");
        assert_eq!(ends(FixedPointTest::StoredPattern, &cue), Outcome::Converged, "at a stored pattern");
        assert_eq!(ends(FixedPointTest::Fields, &cue), Outcome::Converged, "no field is against its neuron");
    }

    #[test]
    fn a_cue_of_another_size_is_refused() {
        let image = image(KernelTable::absolute(bits(2), &[3]).unwrap());
        let error = Reference::new(&image).retrieve(&state(&[1]), Update::Synchronous, 1).unwrap_err();
        assert_eq!(error.to_string(), "the cue has 1 neurons, the image has 4", "message");
    }
}

//! Integer weights whose fields have the right sign by a margin: coordinate descent on a squared hinge.
//!
//! Of neuron i, with the pattern `t` that state `e` is to lead to, the margin at `e` is `m_e = t_i sum_mu w_mu k_mu(e)` in
//! integers, through the kernel words that the core will read. The weights are to make
//!
//! `sum_e max(0, theta - m_e)^2`
//!
//! small. It is convex in each weight, so of two neighbouring integers at most one is better than where a weight stands; a
//! weight moves by one level where that lowers the sum, one weight after the other, until none does. Neurons do not see each
//! other.
//!
//! Where errors are capped ([`Descent::cap`]) a state counts `min(max(0, theta - m), cap)^2`, the truncated hinge of Wu & Liu
//! ("Robust truncated hinge loss support vector machines", J. Am. Stat. Assoc. 102, 2007), squared. It is not convex: of two
//! neighbours that are both better the better one is taken.

use crate::examples::{Examples, Word};
use crate::levels::Levels;
use pulp::{Arch, Simd, WithSimd};

/// Neurons that are worked on at once.
pub(crate) const LANES: usize = 16;

/// A number for each of the neurons that are worked on at once.
pub(crate) type Lane<T> = [T; LANES];

/// Integer weights of [`LANES`] neurons under way.
#[derive(Clone)]
pub(crate) struct Descent<'a> {
    examples: &'a Examples,
    levels: Levels,
    /// `theta - m` of each state.
    errors: Vec<Lane<f32>>,
    /// What each state asks of a weight, per unit of its word: its error where it is above 0, with the sign of its bit.
    pulls: Vec<Lane<f32>>,
    /// The bit that each state is to lead to, -1 or +1.
    signs: Vec<Lane<f32>>,
    /// The weight of each centre.
    weights: Vec<Lane<f32>>,
    /// The least and the greatest integer of each weight.
    ranges: Vec<(Lane<f32>, Lane<f32>)>,
    /// The first state whose error counts as no more than the number beside it.
    cap: (usize, f32),
}

impl<'a> Descent<'a> {
    /// Descent from `weights`, one of each centre and neuron; `signs` has the stored bit of each pattern and neuron.
    pub(crate) fn new(
        examples: &'a Examples,
        levels: Levels,
        signs: &[Lane<i8>],
        weights: &[Lane<i16>],
    ) -> Self {
        let ranges = signs.iter().map(|signs| {
            let range = |l: usize| levels.range(signs[l]);
            (std::array::from_fn(|l| f32::from(range(l).0)), std::array::from_fn(|l| f32::from(range(l).1)))
        });
        let held = |(weights, signs): (&Lane<i16>, &Lane<i8>)| {
            std::array::from_fn(|l| f32::from(levels.held(weights[l], signs[l])))
        };
        let of_state = |&target: &u32| signs[target as usize].map(f32::from);
        let signs_of_states: Vec<Lane<f32>> = examples.targets().iter().map(of_state).collect();
        let mut descent = Self {
            examples,
            levels,
            errors: vec![[0.0; LANES]; examples.count()],
            pulls: vec![[0.0; LANES]; examples.count()],
            signs: signs_of_states,
            weights: weights.iter().zip(signs).map(held).collect(),
            ranges: ranges.collect(),
            cap: (usize::MAX, f32::INFINITY),
        };
        for centre in 0..examples.centres() {
            let weight = descent.weights[centre];
            descent.shift(centre, &weight);
        }
        descent
    }

    /// Moves the target of the margins by `by`: upwards where it is positive.
    pub(crate) fn raise(&mut self, by: f32) {
        for ((errors, pulls), signs) in self.errors.iter_mut().zip(&mut self.pulls).zip(&self.signs) {
            errors.iter_mut().for_each(|error| *error += by);
            *pulls = std::array::from_fn(|l| signs[l] * above_0(errors[l]));
        }
    }

    /// From state `from` on an error counts as `most` at most from now on: a state that is lost anyway is let go.
    pub(crate) fn cap(&mut self, from: usize, most: f32) {
        self.cap = (from, most);
    }

    /// Weights move, one after the other and over all of them, until none does or `sweeps` have passed.
    pub(crate) fn descend(&mut self, sweeps: usize) {
        for _ in 0..sweeps {
            if !self.sweep() {
                return;
            }
        }
    }

    /// Every weight is visited once; whether one moved.
    pub(crate) fn sweep(&mut self) -> bool {
        let mut moved = false;
        for centre in 0..self.examples.centres() {
            moved |= self.visit(centre);
        }
        moved
    }

    /// The first `states` count four times as much from now on where their margin is below `above`, with the target `theta`.
    pub(crate) fn insist(&mut self, states: usize, theta: f32, above: f32) {
        let errors = self.errors.iter_mut().zip(&mut self.pulls);
        for ((errors, pulls), signs) in errors.zip(&mut self.signs).take(states) {
            for l in 0..LANES {
                // Errors and signs carry the root of the weight of the state, pulls the weight.
                if errors[l] > (theta - above) * signs[l].abs() {
                    errors[l] *= 2.0;
                    signs[l] *= 2.0;
                    pulls[l] *= 4.0;
                }
            }
        }
    }

    /// How many of the first `states` have a margin below 0, with the target `theta`.
    pub(crate) fn lost(&self, states: usize, theta: f32) -> Lane<u32> {
        let mut lost = [0; LANES];
        for (errors, signs) in self.errors.iter().zip(&self.signs).take(states) {
            for l in 0..LANES {
                lost[l] += u32::from(errors[l] > theta * signs[l].abs());
            }
        }
        lost
    }

    /// How many of the states that are watched have a margin below 0, with the target `theta`, and half of those at 0; in halves.
    pub(crate) fn wrong(&self, theta: f32) -> Lane<u32> {
        let mut wrong = [0; LANES];
        for errors in &self.errors[self.examples.counted()..] {
            for l in 0..LANES {
                wrong[l] += u32::from(errors[l] > theta) + u32::from(errors[l] >= theta);
            }
        }
        wrong
    }

    /// The sum of squared errors of each neuron.
    pub(crate) fn loss(&self) -> Lane<f64> {
        let mut sums = [0.0; LANES];
        for (state, errors) in self.errors[..self.examples.counted()].iter().enumerate() {
            let most = most_at(state, self.cap);
            for (sum, &error) in sums.iter_mut().zip(errors) {
                *sum += f64::from(error.max(0.0).min(most)).powi(2);
            }
        }
        sums
    }

    /// The weights of each centre as they stand.
    pub(crate) fn weights(&self) -> impl Iterator<Item = Lane<i16>> {
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers of 16 bits")]
        self.weights.iter().map(|weights| weights.map(|weight| weight as i16))
    }

    /// Moves the weights of `centre` whose move lowers the sum; whether any did.
    fn visit(&mut self, centre: usize) -> bool {
        let mut best = ([0.0; LANES], [0.0; LANES]);
        for moves in self.directions(centre) {
            if moves == [0.0; LANES] {
                continue;
            }
            let words = self.examples.counted_of(centre);
            let (errors, signs, cap) = (&self.errors, &self.signs, self.cap);
            let change = Arch::new().dispatch(Changes { words, errors, signs, cap, by: &moves });
            for l in 0..LANES {
                // Sums of whole numbers change by one at least.
                if change[l] < -0.5 && change[l] < best.1[l] {
                    (best.0[l], best.1[l]) = (moves[l], change[l]);
                }
            }
        }
        let (moves, _) = best;
        if moves == [0.0; LANES] {
            return false;
        }
        self.weights[centre].iter_mut().zip(&moves).for_each(|(weight, by)| *weight += by);
        self.shift(centre, &moves);
        true
    }

    /// The moves of the weights of `centre` that may lower the sum, upwards and downwards.
    ///
    /// Where the sum is convex only a move along the pull of the states can lower it, and by no more than the pull promises:
    /// mostly there is none that the range of the weight allows, and what it would do need not be worked out.
    fn directions(&self, centre: usize) -> [Lane<f32>; 2] {
        let (step, words) = (f32::from(self.levels.step()), self.examples.counted_of(centre));
        let convex = self.cap.0 >= self.examples.counted();
        let pull =
            if convex { Arch::new().dispatch(Pull { words, pulls: &self.pulls }) } else { [0.0; LANES] };
        let ((least, greatest), weights) = (&self.ranges[centre], &self.weights[centre]);
        let rises = |l: usize| weights[l] + step <= greatest[l] && (!convex || 2.0 * step * pull[l] > 0.5);
        let falls = |l: usize| weights[l] - step >= least[l] && (!convex || 2.0 * step * pull[l] < -0.5);
        [
            std::array::from_fn(|l| if rises(l) { step } else { 0.0 }),
            std::array::from_fn(|l| if falls(l) { -step } else { 0.0 }),
        ]
    }

    /// Takes what weights that grow by `by` add to the margins from the errors.
    fn shift(&mut self, centre: usize, by: &Lane<f32>) {
        let words = self.examples.of(centre);
        let (errors, pulls, signs) = (&mut self.errors, &mut self.pulls, &self.signs);
        Arch::new().dispatch(Shift { words, errors, pulls, signs, by });
    }
}

/// `x`, or 0 where it is below: one instruction, since no error is a NaN.
#[inline(always)]
fn above_0(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}

/// As what the error of `state` counts at most.
#[inline(always)]
fn most_at(state: usize, (from, most): (usize, f32)) -> f32 {
    if state >= from { most } else { f32::INFINITY }
}

/// Minus half the slope of the sums of squares in a weight.
struct Pull<'a> {
    words: &'a [Word],
    pulls: &'a [Lane<f32>],
}

impl WithSimd for Pull<'_> {
    type Output = Lane<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Lane<f32> {
        // Two sums, so that one does not wait for the other.
        let (mut even, mut odd) = ([0.0f32; LANES], [0.0f32; LANES]);
        let pairs = self.words.chunks_exact(2);
        for word in pairs.remainder() {
            let pulls = self.pulls[word.state as usize];
            (0..LANES).for_each(|l| even[l] += word.word * pulls[l]);
        }
        for pair in pairs {
            let (one, other) = (self.pulls[pair[0].state as usize], self.pulls[pair[1].state as usize]);
            for l in 0..LANES {
                even[l] += pair[0].word * one[l];
                odd[l] += pair[1].word * other[l];
            }
        }
        std::array::from_fn(|l| even[l] + odd[l])
    }
}

/// By how much the sums of squares change where a weight grows by `by`.
struct Changes<'a> {
    words: &'a [Word],
    errors: &'a [Lane<f32>],
    signs: &'a [Lane<f32>],
    cap: (usize, f32),
    by: &'a Lane<f32>,
}

impl WithSimd for Changes<'_> {
    type Output = Lane<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Lane<f32> {
        let (mut sums, by) = ([0.0f32; LANES], *self.by);
        for word in self.words {
            let at = word.state as usize;
            let (errors, signs, most) = (self.errors[at], self.signs[at], most_at(at, self.cap));
            let at_most = |x: f32| if x < most { x } else { most };
            for l in 0..LANES {
                let now = at_most(above_0(errors[l]));
                let then = at_most(above_0(errors[l] - by[l] * word.word * signs[l]));
                sums[l] += then * then - now * now;
            }
        }
        sums
    }
}

/// Takes what weights that grow by `by` add to the margins from the errors.
struct Shift<'a> {
    words: &'a [Word],
    errors: &'a mut [Lane<f32>],
    pulls: &'a mut [Lane<f32>],
    signs: &'a [Lane<f32>],
    by: &'a Lane<f32>,
}

impl WithSimd for Shift<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let by = *self.by;
        for word in self.words {
            let at = word.state as usize;
            let (mut errors, signs) = (self.errors[at], self.signs[at]);
            let mut pulls = [0.0f32; LANES];
            for l in 0..LANES {
                errors[l] -= by[l] * signs[l] * word.word;
                pulls[l] = signs[l] * above_0(errors[l]);
            }
            self.errors[at] = errors;
            self.pulls[at] = pulls;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_image::KernelTable;
    use klr_units::{Bits, SignedFormat, State, WeightCoding};
    use std::num::NonZeroUsize;

    /// Numbers without a pattern that matters.
    fn draw(seed: &mut u64) -> u64 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }

    /// Against sums in whole numbers: what descent ends with has no neighbour that is better, and the loss that it says.
    #[test]
    fn descent_ends_where_no_single_weight_is_better() {
        let mut seed = 88_172_645_463_325_252;
        let plain = |bits| SignedFormat::new(Bits::new(bits).unwrap());
        let odd = |bits| SignedFormat::coded(Bits::new(bits).unwrap(), WeightCoding::Odd).unwrap();
        let formats = [
            (plain(1), false),
            (plain(2), false),
            (plain(2), true),
            (plain(4), false),
            (odd(3), false),
            (odd(2), true),
        ];
        for (case, (format, shared)) in (0..120).zip(formats.into_iter().cycle()) {
            let levels = Levels::new(format, shared);
            let patterns: Vec<State> =
                (0..9).map(|_| State::from_words(20, vec![draw(&mut seed) & 0xF_FFFF]).unwrap()).collect();
            let table = KernelTable::absolute(
                Bits::new(5).unwrap(),
                &[31, 25, 20, 16, 13, 10, 8, 7, 5, 4, 3, 2, 2, 1],
            )
            .unwrap();
            let targets = (0..9).collect();
            let examples =
                Examples::new(&patterns, &patterns, targets, &table, 1000, NonZeroUsize::MIN).unwrap();
            let signs: Vec<Lane<i8>> = (0..9)
                .map(|_| std::array::from_fn(|_| if draw(&mut seed).is_multiple_of(2) { 1 } else { -1 }))
                .collect();
            let mut descent = Descent::new(
                &examples,
                levels,
                &signs,
                &signs.iter().map(|s| s.map(i16::from)).collect::<Vec<_>>(),
            );
            let theta = 31 * i64::from(levels.largest());
            descent.raise(theta as f32);
            // In every second run of formats the last states are let go where they fail.
            let capped = if case % 8 < 4 { 9 } else { 4 };
            descent.cap(capped, theta as f32);
            descent.descend(100);
            let weights: Vec<Lane<i16>> = descent.weights().collect();
            for l in 0..LANES {
                let loss = |weights: &[i64]| -> i64 {
                    let margin = |e: usize| {
                        let word = |mu: usize| {
                            i64::from(
                                table.lookup(u32::try_from(patterns[mu].hamming(&patterns[e])).unwrap(), 0),
                            )
                        };
                        i64::from(signs[e][l]) * (0..9).map(|mu| weights[mu] * word(mu)).sum::<i64>()
                    };
                    let most = |e| if e < capped { i64::MAX } else { theta };
                    (0..9).map(|e| (theta - margin(e)).max(0).min(most(e)).pow(2)).sum()
                };
                let found: Vec<i64> = weights.iter().map(|weights| weights[l].into()).collect();
                let here = loss(&found);
                assert_eq!(descent.loss()[l], here as f64, "case {case}, neuron {l}: the sum that it says");
                for mu in 0..9 {
                    let (least, greatest) = levels.range(signs[mu][l]);
                    for by in [-levels.step(), levels.step()].map(i64::from) {
                        let mut other = found.clone();
                        other[mu] += by;
                        if (i64::from(least)..=i64::from(greatest)).contains(&other[mu]) {
                            assert!(loss(&other) >= here, "case {case}, neuron {l}: weight {mu} by {by}");
                        }
                    }
                }
            }
        }
    }
}

//! The words of a memory whose bits flip, step by step: what most of a margin costs fewest flips.
//!
//! What `c` flips of one word take from a margin need not be concave in `c` (a sign bit, and a magnitude that grows once it is
//! turned over). A step is from one corner of the concave hull to the next, so the steps of all words, those that take most
//! per flip first, bound what any number of flips takes; where every step is one flip, they attain it.

use std::cmp::Ordering;

/// From one number of flips of a word to the next that takes more per flip than any between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step<T> {
    /// What it takes from the margin.
    pub(super) harm: i64,
    /// Flips of the step.
    pub(super) flips: u32,
    /// What is flipped.
    pub(super) of: T,
}

/// How many flips a margin stands, and the steps after which it does not.
#[derive(Clone, Debug)]
pub(super) struct Borne<T> {
    /// No so many flips take more than the margin; `None` if no number does.
    pub(super) harmless: Option<u32>,
    /// Steps that take more.
    pub(super) taken: Vec<Step<T>>,
}

impl<T> Step<T> {
    /// The one that takes more per flip first.
    fn by_yield(&self, other: &Self) -> Ordering {
        let per_flip = |harm: i64, flips: u32| i128::from(harm) * i128::from(flips);
        per_flip(other.harm, self.flips).cmp(&per_flip(self.harm, other.flips))
    }

    /// So many flips of a margin that loses as much per flip as this step takes do not exhaust it.
    pub(super) fn leaves(&self, margin: i64) -> u32 {
        let borne = i128::from(margin) * i128::from(self.flips) / i128::from(self.harm);
        u32::try_from(borne).unwrap_or(u32::MAX)
    }
}

/// The corners of the hull over `taken`, which is what 0, 1 and so on flips take at most: their numbers of flips.
pub(super) fn corners(taken: &[i64]) -> Vec<usize> {
    let mut corners = vec![0];
    let mut at = 0;
    loop {
        let onwards = (at + 1..taken.len()).filter(|&to| taken[to] > taken[at]);
        // The steepest, of equals the nearest.
        let steeper = |a: &usize, b: &usize| {
            let rise = |to: usize| i128::from(taken[to] - taken[at]);
            let run = |to: usize| i128::try_from(to - at).expect("at most 16 bits");
            (rise(*a) * run(*b)).cmp(&(rise(*b) * run(*a))).then(b.cmp(a))
        };
        let Some(next) = onwards.max_by(steeper) else { return corners };
        corners.push(next);
        at = next;
    }
}

/// How many flips `margin` stands, of words whose steps these are, those of a word in their order.
pub(super) fn borne<T: Copy>(mut steps: Vec<Step<T>>, margin: i64) -> Borne<T> {
    // A stable sort: the steps of a word take less and less per flip, and equal ones stay in their order.
    steps.sort_by(Step::by_yield);
    let (mut left, mut flips) = (margin, 0);
    for (at, step) in steps.iter().enumerate() {
        if step.harm > left {
            let within = step.leaves(left).min(step.flips - 1);
            steps.truncate(at + 1);
            return Borne { harmless: Some(flips + within), taken: steps };
        }
        left -= step.harm;
        flips += step.flips;
    }
    Borne { harmless: None, taken: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_leave_out_what_a_longer_step_takes_more_quickly() {
        assert_eq!(corners(&[0, 8, 12, 14]), [0, 1, 2, 3], "concave");
        assert_eq!(corners(&[0, 2, 6, 6]), [0, 2], "two flips take three each, the third nothing");
        assert_eq!(corners(&[0, 0, 0]), [0], "no harm");
    }

    /// Words that take 2 and then 4 more, and one that takes 3: with a margin of 5, two flips of the first word are the fewest.
    #[test]
    fn flips_are_counted_within_a_step_too() {
        let steps = || vec![Step { harm: 6, flips: 2, of: 'a' }, Step { harm: 3, flips: 1, of: 'b' }];
        let borne_at = |margin| borne(steps(), margin);
        assert_eq!(borne_at(5).harmless, Some(1), "3 and 3, or 2 and 4");
        assert_eq!(borne_at(5).taken.iter().map(|step| step.flips).sum::<u32>(), 2, "both flips of a");
        assert_eq!(borne_at(8).harmless, Some(2), "9 take all three");
        assert_eq!(borne_at(9).harmless, None, "all of them take no more");
    }
}

//! The search itself, over any score of any number above 0 that is best on a logarithmic scale: gamma, or a width, degree
//! or penalty of a baseline. What it finds depends on the outcomes alone, so it can be tested on made-up ones.

use super::Z_95;
use crate::fit::form::Hits;

/// What happened to each cue at one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Whether each cue was recalled; the same cues in the same order at every value.
    pub hits: Vec<bool>,
    /// Cues without any kernel word above 0.
    pub dead: usize,
}

impl Trial {
    /// The share recalled.
    #[must_use]
    pub fn share(&self) -> Hits {
        Hits::of(&self.hits)
    }
}

/// How one value did against another on the same cues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairedCues {
    /// Cues only the first recalled.
    pub gained: usize,
    /// Cues only the second recalled.
    pub lost: usize,
}

impl PairedCues {
    /// Whether the first is better than the second by more than chance: `McNemar`'s test with his statistic
    /// `(b - c)^2 / (b + c)` against the square of the 97.5 % normal quantile (Q. `McNemar`, Psychometrika 12, 1947). On
    /// common cues the pairs that agree carry no noise, which is why few cues suffice.
    #[must_use]
    pub fn is_better(&self) -> bool {
        let difference = self.gained as f64 - self.lost as f64;
        difference > Z_95 * ((self.gained + self.lost) as f64).sqrt()
    }
}

/// Compares two trials cue by cue.
///
/// # Panics
/// If they have different numbers of cues.
#[must_use]
pub fn compare(first: &Trial, second: &Trial) -> PairedCues {
    assert_eq!(first.hits.len(), second.hits.len(), "trials on the same cues");
    let count = |of: &[bool], not: &[bool]| of.iter().zip(not).filter(|&(&a, &b)| a && !b).count();
    PairedCues { gained: count(&first.hits, &second.hits), lost: count(&second.hits, &first.hits) }
}

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// The smallest value, above 0.
    pub from: f64,
    /// The largest.
    pub to: f64,
    /// Values of the first grid, evenly spaced in their logarithms, 2 or more.
    pub points: u32,
    /// Rounds of bisection at both ends of the flat region.
    pub refinements: u32,
    /// Every second value first, and of the others only those that are not between two of the flat region: where a plateau
    /// is wide half of it is not tried, and where it ends is found all the same.
    pub every_second_first: bool,
}

impl Grid {
    /// The factor from one value of the first grid to the next.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        (self.to / self.from).powf(1.0 / f64::from(self.points - 1))
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The value chosen, one of those tried.
    pub chosen: f64,
    /// The first value of the run of tried ones around the best that are not distinguishably worse than it.
    pub flat_from: f64,
    /// The last.
    pub flat_to: f64,
    /// Everything tried, ascending.
    pub trials: Vec<(f64, Trial)>,
}

impl Scored {
    /// The trial at the value chosen.
    #[must_use]
    pub fn best(&self) -> &Trial {
        let at = self.trials.iter().position(|trial| trial.0 == self.chosen);
        &self.trials[at.expect("the value chosen is one of those tried")].1
    }
}

/// The most middles to try: a middle that is better than all before it makes a region of its own, with another middle.
pub(crate) const MIDDLES: u32 = 3;

/// Two values are the same if the logarithm of their ratio is less.
const SAME: f64 = 1e-9;

/// Trials in ascending order.
struct Tried<'a, E> {
    trials: Vec<(f64, Trial)>,
    score: &'a mut dyn FnMut(f64) -> Result<Trial, E>,
}

impl<E> Tried<'_, E> {
    /// Tries a value unless it has been; its place.
    fn add(&mut self, value: f64) -> Result<usize, E> {
        let place = self.trials.partition_point(|trial| trial.0 < value);
        if self.trials.get(place).is_none_or(|trial| trial.0 != value) {
            let trial = (self.score)(value)?;
            self.trials.insert(place, (value, trial));
        }
        Ok(place)
    }

    fn hits(&self, at: usize) -> usize {
        self.trials[at].1.share().hits
    }

    /// The best, the middle one of equals, so that a plateau is entered where it is widest.
    fn best(&self) -> usize {
        let most = (0..self.trials.len()).map(|at| self.hits(at)).max().unwrap_or(0);
        let equals: Vec<usize> = (0..self.trials.len()).filter(|&at| self.hits(at) == most).collect();
        equals[equals.len() / 2]
    }

    /// The run around the best that is not distinguishably worse: its first and last place.
    fn flat(&self) -> (usize, usize) {
        let best = self.best();
        let good = |at: usize| !compare(&self.trials[best].1, &self.trials[at].1).is_better();
        let from = (0..best).rev().take_while(|&at| good(at)).last().unwrap_or(best);
        let to = (best + 1..self.trials.len()).take_while(|&at| good(at)).last().unwrap_or(best);
        (from, to)
    }

    fn middle(&self, a: usize, b: usize) -> f64 {
        (self.trials[a].0 * self.trials[b].0).sqrt()
    }

    /// The middle of the flat region in the logarithm; the value itself where the region is one.
    fn middle_of_flat(&self) -> f64 {
        let (from, to) = self.flat();
        if from == to { self.trials[from].0 } else { self.middle(from, to) }
    }

    /// The place of the value tried that is nearest to `value` in the logarithm.
    fn nearest(&self, value: f64) -> usize {
        let off = |at: &usize| (self.trials[*at].0 / value).ln().abs();
        let nearest = (0..self.trials.len()).min_by(|a, b| off(a).total_cmp(&off(b)));
        nearest.expect("something was tried")
    }

    /// Tries the middle of the flat region and chooses it. The trial may itself move the region, as it may be the best so
    /// far; then the new middle is tried, [`MIDDLES`] times at most.
    fn settle(mut self) -> Result<Scored, E> {
        for _ in 0..MIDDLES {
            let middle = self.middle_of_flat();
            // Steps of a grid meet again only up to rounding.
            if (self.trials[self.nearest(middle)].0 / middle).ln().abs() < SAME {
                break;
            }
            self.add(middle)?;
        }
        // A region as wide as two values that were just tried may be left; then the one nearest to its middle.
        let chosen = self.trials[self.nearest(self.middle_of_flat())].0;
        let (from, to) = self.flat();
        let (flat_from, flat_to) = (self.trials[from].0, self.trials[to].0);
        Ok(Scored { chosen, flat_from, flat_to, trials: self.trials })
    }
}

/// Scores a log grid, bisects both ends of the flat region, and chooses its middle in the logarithm.
///
/// # Errors
/// Whatever the score returns.
pub fn search<E>(grid: &Grid, score: &mut dyn FnMut(f64) -> Result<Trial, E>) -> Result<Scored, E> {
    let mut tried = Tried { trials: Vec::new(), score };
    let value = |point: u32| {
        let share = f64::from(point) / f64::from(grid.points - 1);
        grid.from * (grid.to / grid.from).powf(share)
    };
    let first = |&point: &u32| !grid.every_second_first || point % 2 == 0 || point == grid.points - 1;
    for point in (0..grid.points).filter(first) {
        tried.add(value(point))?;
    }
    for point in (0..grid.points).filter(|point| !first(point)) {
        let (from, to) = tried.flat();
        let value = value(point);
        if value < tried.trials[from].0 || value > tried.trials[to].0 {
            tried.add(value)?;
        }
    }
    for _ in 0..grid.refinements {
        let (from, to) = tried.flat();
        let below = from.checked_sub(1).map(|outside| tried.middle(outside, from));
        let above = (to + 1 < tried.trials.len()).then(|| tried.middle(to, to + 1));
        for value in below.into_iter().chain(above) {
            tried.add(value)?;
        }
    }
    tried.settle()
}

/// A climb by a costly score from a good start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Climb {
    pub(crate) start: f64,
    /// The factor of a step.
    pub(crate) ratio: f64,
    /// Values outside are not tried.
    pub(crate) bracket: (f64, f64),
    /// The most values to try on the way, 1 or more; the middle of what is found comes on top.
    pub(crate) budget: u32,
}

/// Tries the start, then a neighbour of the flat region's nearer open end, until the region is closed on both sides or
/// the budget is spent; then tries the middle of the region in the logarithm, and chooses it.
pub(crate) fn climb<E>(climb: &Climb, score: &mut dyn FnMut(f64) -> Result<Trial, E>) -> Result<Scored, E> {
    let mut tried = Tried { trials: Vec::new(), score };
    tried.add(climb.start)?;
    while tried.trials.len() < climb.budget as usize {
        let (from, to) = tried.flat();
        let last = tried.trials.len() - 1;
        let down = tried.trials[from].0 / climb.ratio;
        let up = tried.trials[to].0 * climb.ratio;
        let can_down = from == 0 && down >= climb.bracket.0;
        let can_up = to == last && up <= climb.bracket.1;
        // Both ends open: the one nearer to the start first, so that the steps alternate.
        let next = match (can_down, can_up) {
            (false, false) => break,
            (true, false) => down,
            (false, true) => up,
            (true, true) if climb.start / down <= up / climb.start => down,
            (true, true) => up,
        };
        tried.add(next)?;
    }
    tried.settle()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Cue c of 1,000 is recalled where the score is above c / 1,000: nested outcomes, as common cues nearly give.
    fn trial(score: f64) -> Trial {
        Trial { hits: (0..1000).map(|cue| f64::from(cue) < 1000.0 * score).collect(), dead: 0 }
    }

    fn run(grid: Grid, score: impl Fn(f64) -> f64) -> Scored {
        search(&grid, &mut |gamma| Ok::<_, Infallible>(trial(score(gamma)))).unwrap()
    }

    const GRID: Grid = Grid { from: 0.01, to: 1.0, points: 9, refinements: 8, every_second_first: false };

    #[test]
    fn the_middle_of_a_plateau_is_chosen_and_its_ends_are_found() {
        let found = run(GRID, |gamma| if (0.05..=0.2).contains(&gamma) { 1.0 } else { 0.3 });
        assert!((found.flat_from / 0.05 - 1.0).abs() < 0.01, "lower cliff at {}", found.flat_from);
        assert!((found.flat_to / 0.2 - 1.0).abs() < 0.01, "upper cliff at {}", found.flat_to);
        assert!((found.chosen / 0.1 - 1.0).abs() < 0.01, "the middle in log gamma: {}", found.chosen);
    }

    /// Plateaus that end anywhere between two steps of the climb, so that an even number of steps is often inside.
    #[test]
    fn a_climb_chooses_the_middle_of_what_it_found_and_not_an_edge() {
        let mut even = 0;
        for (from, to) in [(0.05, 0.2), (0.05, 0.16), (0.09, 0.2), (0.02, 0.11), (0.09, 0.7)] {
            let score = |gamma: f64| if (from..=to).contains(&gamma) { 1.0 } else { 0.3 };
            let setting = Climb { start: 0.1, ratio: 1.5, bracket: (0.01, 1.0), budget: 20 };
            let found = climb(&setting, &mut |gamma| Ok::<_, Infallible>(trial(score(gamma)))).unwrap();
            let middle = (found.flat_from * found.flat_to).sqrt();
            assert!((found.chosen / middle - 1.0).abs() < 1e-9, "{} of {from} to {to}", found.chosen);
            assert!(found.flat_from / from < 1.5 && to / found.flat_to < 1.5, "the whole plateau");
            let steps = ((found.flat_to / found.flat_from).ln() / 1.5f64.ln()).round();
            even += usize::from(steps % 2.0 == 1.0);
        }
        assert!(even >= 2, "{even} plateaus without a step in their middle: the others prove nothing");
    }

    /// The middle may beat all that was tried before, and then it is of another region whose middle is asked for.
    #[test]
    fn a_middle_that_moves_the_region_is_followed() {
        // 0.9 from 0.02 to 0.5, and a narrow better place in the upper part of it, which the first middle meets.
        let grid = Grid { points: 3, refinements: 1, ..GRID };
        let score = |gamma: f64| match gamma {
            _ if (0.08..0.2).contains(&gamma) => 1.0,
            _ if (0.02..0.5).contains(&gamma) => 0.9,
            _ => 0.0,
        };
        let found = run(grid, score);
        let middle = (found.flat_from * found.flat_to).sqrt();
        assert!((found.chosen / middle - 1.0).abs() < 1e-9, "{} of {found:?}", found.chosen);
        assert_eq!(score(found.chosen), 1.0, "in the better place");
    }

    /// Values inside a plateau are left out, those at its ends and on a slope are not.
    #[test]
    fn every_second_value_is_enough_on_a_plateau() {
        let sparse = Grid { points: 13, every_second_first: true, ..GRID };
        let whole = Grid { every_second_first: false, ..sparse };
        let plateau = |gamma: f64| if (0.03..=0.6).contains(&gamma) { 1.0 } else { 0.3 };
        let (few, all) = (run(sparse, plateau), run(whole, plateau));
        let ratio = few.chosen / all.chosen;
        assert!((ratio - 1.0).abs() < 0.01, "the same middle: {} and {}", few.chosen, all.chosen);
        assert!(few.trials.len() + 3 <= all.trials.len(), "{} of {}", few.trials.len(), all.trials.len());
        let peak = |gamma: f64| 1.0 - (gamma / 0.13).ln().abs().min(1.0);
        assert_eq!(
            run(sparse, peak),
            run(whole, peak),
            "on a peak no two values are flat, and all are tried"
        );
    }

    #[test]
    fn a_peak_is_found_between_the_points_of_the_grid() {
        let found = run(GRID, |gamma| 1.0 - (gamma / 0.13).ln().abs().min(1.0));
        assert!((found.chosen / 0.13 - 1.0).abs() < 0.02, "peak at {}", found.chosen);
        assert!(found.flat_to / found.flat_from < 1.05, "{} to {}", found.flat_from, found.flat_to);
    }

    #[test]
    fn an_optimum_at_an_end_is_flat_to_that_end() {
        let rising = run(GRID, |gamma| gamma);
        assert_eq!(rising.flat_to, 1.0, "rising to the upper end");
        assert!(rising.chosen > 0.99, "and chosen there: {}", rising.chosen);
        let falling = run(GRID, |gamma| 0.01 / gamma);
        assert_eq!(falling.flat_from, 0.01, "falling from the lower end");
        assert!(falling.chosen < 0.0101, "and chosen there: {}", falling.chosen);
        let nothing = run(GRID, |_| 0.0);
        assert_eq!((nothing.flat_from, nothing.flat_to), (0.01, 1.0), "nothing anywhere is flat throughout");
    }

    #[test]
    fn a_climb_walks_to_a_distant_peak_within_its_budget_and_says_where_it_stopped() {
        let score = |gamma: f64| 1.0 - 0.3 * (gamma / 0.16).ln().abs();
        let walk = |budget| {
            let setting = Climb { start: 0.04, ratio: 2.0, bracket: (0.01, 1.0), budget };
            climb(&setting, &mut |gamma| Ok::<_, Infallible>(trial(score(gamma)))).unwrap()
        };
        let found = walk(8);
        assert!((found.chosen / 0.16 - 1.0).abs() < 1e-9, "two steps up: {}", found.chosen);
        assert_eq!(found.trials.len(), 5, "0.02 to 0.32, and no more once it falls on both sides");
        let short = walk(3);
        assert_eq!(short.trials.len(), 3, "the budget");
        assert_eq!(short.chosen, short.trials[2].0, "the best so far, at the end of what was tried");
    }

    #[test]
    fn pairs_are_compared_by_the_cues_that_differ() {
        let better = |gained, lost| PairedCues { gained, lost }.is_better();
        // (b - c)^2 / (b + c) against 3.84: 4 of 4 gives 4, 3 of 3 gives 3, 12 to 4 gives 4, 12 to 5 gives 2.9.
        assert!(better(4, 0) && !better(3, 0), "four cues in one direction");
        assert!(better(12, 4) && !better(12, 5) && !better(4, 12), "with cues in both directions");
        let (a, b) = (trial(0.5), trial(0.4));
        assert_eq!(compare(&a, &b), PairedCues { gained: 100, lost: 0 }, "nested outcomes");
    }
}

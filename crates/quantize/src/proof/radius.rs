//! How far a cue may be from a pattern: the largest radius that is shown, and the nearest cue at which it ends.

use super::joint::{Cues, Worst};
use super::memory::{Memory, number};
use klr_image::proof::{JOINT_NEURONS, Radius, TRIED_CUES};
use klr_units::State;

/// Patterns towards which a falsifying cue is sought.
const COMPETITORS: usize = 8;

/// Additions that the joint bound may take for all patterns together: some seconds.
const JOINT_WORK: u64 = 4_000_000_000;

/// Neurons that are bounded at once.
const TOGETHER: usize = 8;

/// Distances beyond the first that is not shown, at which the joint bound is asked for cues.
const FURTHER: u32 = 8;

/// Neurons whose worst cues by the joint bound are tried.
const WEAKEST: usize = 4;

/// The least and the largest kernel word of a pattern by its distance from the centre; `None` where there is no cue at all.
type Spans = Vec<Option<(i64, i64)>>;

/// One pattern, the centre of its cues.
struct Centre<'a> {
    memory: &'a Memory<'a>,
    state: &'a State,
    distances: Vec<u32>,
}

/// What became of the cues at one distance.
enum Tried {
    AllCorrected,
    Falsified(Vec<u32>),
    TooMany,
}

pub(super) fn of(memory: &Memory<'_>, mu: usize) -> Radius {
    let mut distances = Vec::new();
    memory.distances(memory.pattern(mu), &mut distances);
    let centre = Centre { memory, state: memory.pattern(mu), distances };
    let mut certified = None;
    // Additions that the joint bound may take.
    let mut left = JOINT_WORK / u64::from(memory.image.p());
    for t in 0..=memory.image.n() {
        if !centre.is_shown(t, &mut left) {
            match centre.tried(t) {
                Tried::AllCorrected => {}
                Tried::Falsified(flips) => return Radius { certified, falsifier: Some(flips) },
                Tried::TooMany => {
                    let falsifier = centre.falsifier(mu, t, &mut left);
                    return Radius { certified, falsifier: falsifier.map(|flips| numbers(&flips)) };
                }
            }
        }
        certified = Some(t);
    }
    Radius { certified, falsifier: None }
}

impl Centre<'_> {
    /// Whether every field has the centre's sign at every cue at distance `t`: each pattern bounded by itself, and the neurons
    /// for which that does not do, jointly. What that takes is taken from `left`; where it is not enough, nothing is shown.
    fn is_shown(&self, t: u32, left: &mut u64) -> bool {
        // The farthest first: there the kernel words of the others are largest.
        self.origins(t).into_iter().rev().filter(|&origin| !self.is_impossible(t, origin)).all(|origin| {
            let weak = self.weak(t, origin, 0);
            // A field of 0 keeps a neuron that is right, and does not correct one that is wrong.
            if t == 0 {
                return weak.is_empty();
            }
            let mut parts = weak.chunks(TOGETHER);
            parts.all(|part| self.jointly(t, origin, part, left).is_some_and(|worst| worst.is_right()))
        })
    }

    /// The neurons whose margins are not shown to be positive with each pattern bounded by itself (at the centre: to be no
    /// less than 0), those with the least first; at least `count`.
    fn weak(&self, t: u32, origin: u32, count: usize) -> Vec<usize> {
        let margins = self.margins(t, origin);
        let mut neurons: Vec<usize> = (0..margins.len()).collect();
        neurons.sort_unstable_by_key(|&i| (margins[i], i));
        let least = if t == 0 { 0 } else { 1 };
        let weak = neurons.partition_point(|&i| margins[i] < least);
        neurons.truncate(weak.max(count));
        neurons
    }

    fn jointly(&self, t: u32, origin: u32, neurons: &[usize], left: &mut u64) -> Option<Worst> {
        let (memory, centre, distances) = (self.memory, self.state, &self.distances);
        let cues = Cues { memory, centre, distances, t, origin, neurons };
        *left = (memory.n() <= JOINT_NEURONS).then(|| left.checked_sub(cues.work()))??;
        Some(cues.worst())
    }

    /// Origins that the table may have at a cue at distance `t`: a pattern that is d away from the centre is `|d - t|` to
    /// `min(d + t, 2N - d - t)` away from it, in steps of 2.
    fn origins(&self, t: u32) -> Vec<u32> {
        if self.memory.is_absolute() {
            return vec![0];
        }
        let mut is_there = vec![false; t as usize + 1];
        for d in &self.distances {
            // The smallest distance is at most that of the centre.
            let to = self.farthest(*d, t).min(t);
            (d.abs_diff(t)..=to).step_by(2).for_each(|origin| is_there[origin as usize] = true);
        }
        (0..=t).filter(|&origin| is_there[origin as usize]).collect()
    }

    fn farthest(&self, d: u32, t: u32) -> u32 {
        (d + t).min(2 * self.memory.image.n() - d - t)
    }

    /// Whether some pattern is nearer than `origin` to every cue at distance `t`.
    fn is_impossible(&self, t: u32, origin: u32) -> bool {
        self.distances.iter().any(|&d| self.farthest(d, t) < origin)
    }

    /// The least that each margin can be, whatever the distance of each pattern is, `origin` or more.
    fn margins(&self, t: u32, origin: u32) -> Vec<i64> {
        let spans = self.spans(t, origin);
        let mut margins = vec![0i64; self.memory.n()];
        let signs: Vec<i64> = self.state.signs().map(i64::from).collect();
        for (nu, &d) in self.distances.iter().enumerate() {
            let Some((least, most)) = spans[d as usize].filter(|&(_, most)| most > 0) else { continue };
            for ((margin, &w), sign) in margins.iter_mut().zip(self.memory.weights(nu)).zip(&signs) {
                let m = i64::from(w) * sign;
                *margin += m.max(0) * least + m.min(0) * most;
            }
        }
        margins
    }

    /// By distance d from the centre: a cue at distance t is `|d - t|` to `min(d + t, 2N - d - t)` away, in steps of 2.
    fn spans(&self, t: u32, origin: u32) -> Spans {
        let n = self.memory.image.n();
        let span = |d: u32| {
            let words = (d.abs_diff(t)..=self.farthest(d, t)).step_by(2).filter(|&d| d >= origin);
            let words = words.map(|d| self.memory.table[(d - origin) as usize]);
            words.fold(None, |span: Option<(i64, i64)>, k| {
                Some(span.map_or((k, k), |(least, most)| (least.min(k), most.max(k))))
            })
        };
        (0..=n).map(span).collect()
    }

    /// Tries every cue at distance `t`, if there are few.
    fn tried(&self, t: u32) -> Tried {
        let n = self.memory.n();
        if choices(n as u64, t.into()).is_none_or(|count| count > TRIED_CUES) {
            return Tried::TooMany;
        }
        let mut flips: Vec<usize> = (0..t as usize).collect();
        loop {
            if !self.corrects(&flips) {
                return Tried::Falsified(numbers(&flips));
            }
            // The next subset in lexicographic order.
            let Some(at) = (0..flips.len()).rev().find(|&at| flips[at] < n - flips.len() + at) else {
                return Tried::AllCorrected;
            };
            flips[at] += 1;
            (at + 1..flips.len()).for_each(|later| flips[later] = flips[later - 1] + 1);
        }
    }

    /// Whether one synchronous step leads from the centre with these neurons flipped to the centre.
    fn corrects(&self, flips: &[usize]) -> bool {
        let mut cue = self.state.clone();
        flips.iter().for_each(|&i| cue.flip(i));
        let mut distances = Vec::new();
        self.memory.distances(&cue, &mut distances);
        let fields = self.memory.fields(&self.memory.live(&distances));
        let becomes = |(i, h): (usize, i64)| if h == 0 { cue.get(i) } else { h > 0 };
        fields.into_iter().enumerate().all(|field| becomes(field) == self.state.get(field.0))
    }

    /// A cue at least `from` away that is not corrected, the nearest that is found.
    fn falsifier(&self, mu: usize, from: u32, left: &mut u64) -> Option<Vec<usize>> {
        let found = self.on_the_way(mu, from as usize);
        let beyond = found.as_ref().map_or(self.memory.image.n(), |flips| number(flips.len() - 1));
        let by_bound = (from..=beyond.min(from + FURTHER)).find_map(|t| self.worst_cue(t, left));
        let mut flips = by_bound.or(found)?;
        self.leave_out(&mut flips, from as usize);
        flips.sort_unstable();
        Some(flips)
    }

    /// A cue at distance `t` that is not corrected, of those that the joint bound has for the worst.
    fn worst_cue(&self, t: u32, left: &mut u64) -> Option<Vec<usize>> {
        self.origins(t).into_iter().rev().filter(|&origin| !self.is_impossible(t, origin)).find_map(
            |origin| {
                let weakest = self.weak(t, origin, WEAKEST);
                let worst = self.jointly(t, origin, &weakest[..WEAKEST.min(weakest.len())], left)?;
                worst.cues().find(|flips| !self.corrects(flips))
            },
        )
    }

    /// A cue on the way to a pattern nearby.
    fn on_the_way(&self, mu: usize, from: usize) -> Option<Vec<usize>> {
        let fields = self.memory.fields(&self.memory.live(&self.distances));
        let margin = |i: usize| fields[i] * i64::from(self.state.sign(i));
        let mut near: Vec<usize> = (0..self.distances.len()).filter(|&nu| nu != mu).collect();
        near.sort_unstable_by_key(|&nu| (self.distances[nu], nu));
        let mut best: Option<Vec<usize>> = None;
        for &nu in near.iter().take(COMPETITORS) {
            let mut way: Vec<usize> = self.memory.differing(nu, self.state).collect();
            way.sort_unstable_by_key(|&i| (margin(i), i));
            let last = best.as_ref().map_or(way.len(), |best| way.len().min(best.len() - 1));
            if let Some(t) = (from..=last).find(|&t| !self.corrects(&way[..t])) {
                best = Some(way[..t].to_vec());
            }
        }
        best
    }

    /// Leaves out of `flips` what is not needed for the cue not to be corrected, down to `from`.
    fn leave_out(&self, flips: &mut Vec<usize>, from: usize) {
        let mut at = 0;
        while at < flips.len() && flips.len() > from {
            let left = flips.remove(at);
            if self.corrects(flips) {
                flips.insert(at, left);
                at += 1;
            }
        }
    }
}

/// Subsets of `t` of `n`; `None` if they are more than 64 bits count.
fn choices(n: u64, t: u64) -> Option<u64> {
    (0..t.min(n - t)).try_fold(1u64, |count, k| Some(count.checked_mul(n - k)? / (k + 1)))
}

fn numbers(flips: &[usize]) -> Vec<u32> {
    flips.iter().map(|&i| number(i)).collect()
}

//! How far a cue may be from a pattern: the largest radius that is shown, and the nearest cue at which it ends.

use super::memory::Memory;
use klr_image::proof::{Radius, TRIED_CUES};
use klr_units::State;

/// Patterns towards which a falsifying cue is sought.
const COMPETITORS: usize = 8;

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
    for t in 0..=memory.image.n() {
        if !centre.is_shown(t) {
            match centre.tried(t) {
                Tried::AllCorrected => {}
                Tried::Falsified(flips) => return Radius { certified, falsifier: Some(flips) },
                Tried::TooMany => return Radius { certified, falsifier: centre.falsifier(mu, t) },
            }
        }
        certified = Some(t);
    }
    Radius { certified, falsifier: None }
}

impl Centre<'_> {
    /// Whether every field has the centre's sign at every cue at distance `t`, whatever each other pattern's distance is.
    fn is_shown(&self, t: u32) -> bool {
        let origins = if self.memory.is_absolute() { 0..=0 } else { self.least_origin(t)..=t };
        origins.into_iter().all(|origin| self.is_shown_from(t, origin))
    }

    /// The least distance that any pattern can have from a cue at distance `t`.
    fn least_origin(&self, t: u32) -> u32 {
        self.distances.iter().map(|d| d.abs_diff(t)).min().unwrap_or(0)
    }

    fn is_shown_from(&self, t: u32, origin: u32) -> bool {
        let spans = self.spans(t, origin);
        if self.distances.iter().any(|&d| spans[d as usize].is_none()) {
            return true;
        }
        let mut margins = vec![0i64; self.memory.n()];
        let signs: Vec<i64> = self.state.signs().map(i64::from).collect();
        for (nu, &d) in self.distances.iter().enumerate() {
            let Some((least, most)) = spans[d as usize].filter(|&(_, most)| most > 0) else { continue };
            for ((margin, &w), sign) in margins.iter_mut().zip(self.memory.weights(nu)).zip(&signs) {
                let m = i64::from(w) * sign;
                *margin += m.max(0) * least + m.min(0) * most;
            }
        }
        let least = margins.into_iter().min().unwrap_or(0);
        least > 0 || t == 0 && least == 0
    }

    /// By distance d from the centre: a cue at distance t is `|d - t|` to `min(d + t, 2N - d - t)` away, in steps of 2.
    fn spans(&self, t: u32, origin: u32) -> Spans {
        let n = self.memory.image.n();
        let span = |d: u32| {
            let far = (d + t).min(2 * n - d - t);
            let words = (d.abs_diff(t)..=far).step_by(2).filter(|&d| d >= origin);
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

    /// A cue at least `from` away that is not corrected: on the way to a pattern nearby, and with what it does not need left out.
    fn falsifier(&self, mu: usize, from: u32) -> Option<Vec<u32>> {
        let fields = self.memory.fields(&self.memory.live(&self.distances));
        let margin = |i: usize| fields[i] * i64::from(self.state.sign(i));
        let mut near: Vec<usize> = (0..self.distances.len()).filter(|&nu| nu != mu).collect();
        near.sort_unstable_by_key(|&nu| (self.distances[nu], nu));
        let mut best: Option<Vec<usize>> = None;
        for &nu in near.iter().take(COMPETITORS) {
            let other = self.memory.pattern(nu);
            let mut way: Vec<usize> =
                (0..self.memory.n()).filter(|&i| other.get(i) != self.state.get(i)).collect();
            way.sort_unstable_by_key(|&i| (margin(i), i));
            let last = best.as_ref().map_or(way.len(), |best| way.len().min(best.len() - 1));
            if let Some(t) = (from as usize..=last).find(|&t| !self.corrects(&way[..t])) {
                best = Some(way[..t].to_vec());
            }
        }
        let mut best = best?;
        let mut at = 0;
        while at < best.len() && best.len() > from as usize {
            let left = best.remove(at);
            if self.corrects(&best) {
                best.insert(at, left);
                at += 1;
            }
        }
        best.sort_unstable();
        Some(numbers(&best))
    }
}

/// Subsets of `t` of `n`; `None` if they are more than 64 bits count.
fn choices(n: u64, t: u64) -> Option<u64> {
    (0..t.min(n - t)).try_fold(1u64, |count, k| Some(count.checked_mul(n - k)? / (k + 1)))
}

fn numbers(flips: &[usize]) -> Vec<u32> {
    flips.iter().map(|&i| u32::try_from(i).expect("fewer than 2^32 neurons")).collect()
}

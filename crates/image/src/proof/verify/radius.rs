//! Every cue within the radius of a pattern is corrected in one step.
//!
//! Let a cue differ from pattern mu in t neurons. Pattern nu, at distance D from mu, is then at distance `D + t - 2 v`, with
//! v the flipped neurons in which mu and nu differ: `v <= D` and `t - v <= N - D`. Each product is taken at the worst of
//! these distances, on its own, for each origin that the table may have: if every field has the sign of the pattern even so,
//! the cue becomes the pattern. Where one has not, the flipped neurons are taken to be the same for all patterns
//! (`joint.rs`). If that holds at each distance up to r, then a sweep from there has only states within r
//! before it, each visited neuron takes the pattern's sign, and after N visits of N neurons the state is the pattern.

mod joint;

use super::Refuted;
use crate::image::CoreImage;
use crate::order::Update;
use crate::proof::{Radius, TRIED_CUES};
use crate::reference::Reference;
use klr_units::threads::map_in_order;
use klr_units::{PatternIdx, State, TableForm};
use std::num::NonZeroUsize;

pub(super) fn check(image: &CoreImage, claims: &[Radius], threads: NonZeroUsize) -> Result<(), Refuted> {
    let (found, count) = (claims.len() as u64, u64::from(image.p()));
    if found != count {
        return Err(Refuted::Index { what: "radius: the number of patterns", found, count });
    }
    let jobs = claims.iter().enumerate().collect();
    map_in_order(jobs, threads, |(mu, claim)| one(image, mu, claim)).into_iter().collect()
}

fn one(image: &CoreImage, mu: usize, claim: &Radius) -> Result<(), Refuted> {
    let pattern = image.pattern(PatternIdx::from_usize(mu));
    if let Some(certified) = claim.certified {
        let distances = Reference::new(image).distances(pattern);
        for distance in 0..=certified {
            let shown = distance <= image.n()
                && (bound_shows(image, mu, &distances, distance) || trial_shows(image, pattern, distance));
            if !shown {
                return Err(Refuted::Radius { pattern: mu, certified, distance });
            }
        }
    }
    claim.falsifier.as_ref().map_or(Ok(()), |flips| falsifies(image, mu, claim.certified, flips))
}

/// The kernel words that a pattern at distance `apart` from mu may have, the least and the largest; `None` if it cannot be as
/// far as `origin` from any such cue.
fn words(image: &CoreImage, apart: u32, distance: u32, origin: u32) -> Option<(u16, u16)> {
    let far = far(image, apart, distance).filter(|&d| d >= origin);
    let words = far.map(|d| image.table().entries().get((d - origin) as usize).copied().unwrap_or(0));
    words.fold(None, |range, k| match range {
        None => Some((k, k)),
        Some((least, most)) => Some((k.min(least), k.max(most))),
    })
}

/// Origins that the table may have: distances that some pattern can have from a cue. The smallest is at most that of mu itself,
/// which is `distance`.
fn origins(image: &CoreImage, distances: &[u32], distance: u32) -> Vec<u32> {
    if image.table().form() == TableForm::Absolute {
        return vec![0];
    }
    let mut is_there = vec![false; image.n() as usize + 1];
    let mut apart = distances.to_vec();
    apart.sort_unstable();
    apart.dedup();
    let all = apart.into_iter().flat_map(|apart| far(image, apart, distance));
    all.for_each(|d| is_there[d as usize] = true);
    (0..=distance).filter(|&origin| is_there[origin as usize]).collect()
}

/// Distances that a pattern so far apart from mu can have from a cue.
fn far(image: &CoreImage, apart: u32, distance: u32) -> impl Iterator<Item = u32> + use<> {
    let overlaps = distance.saturating_sub(image.n() - apart)..=distance.min(apart);
    overlaps.map(move |v| apart + distance - 2 * v)
}

fn bound_shows(image: &CoreImage, mu: usize, distances: &[u32], distance: u32) -> bool {
    let shows = |origin| origin_shows(image, mu, distances, distance, origin);
    origins(image, distances, distance).into_iter().all(shows)
}

/// Whether every field is right at every cue whose smallest distance is `origin`, or there is no such cue.
fn origin_shows(image: &CoreImage, mu: usize, distances: &[u32], distance: u32, origin: u32) -> bool {
    let signs: Vec<i64> = image.pattern(PatternIdx::from_usize(mu)).signs().map(i64::from).collect();
    let by_distance: Vec<_> = (0..=image.n()).map(|apart| words(image, apart, distance, origin)).collect();
    let mut margins = vec![0i64; signs.len()];
    for (nu, &apart) in distances.iter().enumerate() {
        let Some((least, most)) = by_distance[apart as usize] else { return true };
        if most == 0 {
            continue;
        }
        let (least, most) = (i64::from(least), i64::from(most));
        let weights = image.weight_row(PatternIdx::from_usize(nu));
        for ((margin, &w), sign) in margins.iter_mut().zip(weights).zip(&signs) {
            let pull = i64::from(w) * sign;
            *margin += (pull * least).min(pull * most);
        }
    }
    // A field of 0 keeps a neuron that is right, and does not correct one that is wrong.
    let is_right = |margin: i64| margin > 0 || margin == 0 && distance == 0;
    let weak: Vec<usize> = (0..signs.len()).filter(|&i| !is_right(margins[i])).collect();
    weak.is_empty() || joint::shows(image, mu, distances, distance, origin, &weak)
}

/// Whether each cue at this distance is corrected, if there are few enough to try them all.
fn trial_shows(image: &CoreImage, pattern: &State, distance: u32) -> bool {
    let n = image.n();
    // C(n, k + 1) = C(n, k) (n - k) / (k + 1), each of them a whole number.
    let count = (0..distance.min(n - distance))
        .try_fold(1u64, |count, k| Some(count.checked_mul(u64::from(n - k))? / u64::from(k + 1)));
    if count.is_none_or(|count| count > TRIED_CUES) {
        return false;
    }
    // From the nearer of the pattern and its complement, so that few flips lead to each cue.
    let mut cue = pattern.clone();
    if distance > n - distance {
        (0..cue.n()).for_each(|i| cue.flip(i));
    }
    each_is_corrected(image, pattern, &mut cue, 0, distance.min(n - distance) as usize)
}

/// Whether each cue is corrected that `cue` becomes with so many flips from neuron `from` on.
fn each_is_corrected(image: &CoreImage, pattern: &State, cue: &mut State, from: usize, flips: usize) -> bool {
    if flips == 0 {
        return is_corrected(image, pattern, cue);
    }
    (from..=cue.n() - flips).all(|i| {
        cue.flip(i);
        let corrected = each_is_corrected(image, pattern, cue, i + 1, flips - 1);
        cue.flip(i);
        corrected
    })
}

fn is_corrected(image: &CoreImage, pattern: &State, cue: &State) -> bool {
    Reference::new(image).retrieve(cue, Update::Synchronous, 1).is_ok_and(|run| run.state == *pattern)
}

fn falsifies(image: &CoreImage, mu: usize, certified: Option<u32>, flips: &[u32]) -> Result<(), Refuted> {
    let refuted = |reason| Refuted::Cue { pattern: mu, reason };
    let pattern = image.pattern(PatternIdx::from_usize(mu));
    let mut cue = pattern.clone();
    for &i in flips {
        if i >= image.n() {
            return Err(refuted("flips a neuron that the image does not have"));
        }
        cue.flip(i as usize);
    }
    if cue.hamming(pattern) != flips.len() {
        return Err(refuted("flips a neuron twice"));
    }
    if certified.is_some_and(|r| flips.len() <= r as usize) {
        return Err(refuted("is within the radius"));
    }
    if is_corrected(image, pattern, &cue) { Err(refuted("is corrected in one step")) } else { Ok(()) }
}

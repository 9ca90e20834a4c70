//! How many bits of pattern memory may flip. A flip moves one distance by one, and where the patterns hold the signs of the
//! weights it may turn a weight over.
//!
//! For each origin that the table may have then, the flips are dealt to the patterns so that a margin becomes least; each
//! pattern takes the worst word that its flips allow. That is at most what flips can do, so what it leaves is shown.

use super::faults::Kept;
use super::memory::{Memory, number};
use klr_image::proof::{BitFlip, Budget, Fault, FaultyCore, SHOWN_PATTERN_FLIPS};
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// Patterns from which a falsifier is sought: those with the least margins.
const CANDIDATES: usize = 4;

/// The most flips of a falsifier.
const LONGEST: usize = 12;

/// Patterns near the state whose bits a falsifier may flip.
const NEIGHBOURS: usize = 24;

/// A sum that no distances lead to.
const NONE: i64 = i64::MAX / 4;

pub(super) fn of(memory: &Memory<'_>, threads: NonZeroUsize) -> Budget {
    let mut harmless = None;
    for flips in 1..=SHOWN_PATTERN_FLIPS + 1 {
        let all = (0..memory.image.p() as usize).collect();
        // The least margin of every pattern that is kept.
        let least = map_in_order(all, threads, |mu| Some((least(memory, &Kept::of(memory, mu)?, flips), mu)));
        let mut least: Vec<(i64, usize)> = least.into_iter().flatten().collect();
        least.sort_unstable();
        let Some(&(lowest, _)) = least.first() else { break };
        harmless = Some(flips - 1);
        if lowest < 0 || flips > SHOWN_PATTERN_FLIPS {
            let candidates = least.iter().take(CANDIDATES).map(|&(_, mu)| mu).collect();
            let found = map_in_order(candidates, threads, |mu| falsifier(memory, mu, flips as usize));
            let falsifier = found.into_iter().flatten().min_by_key(|fault| fault.flips.len());
            return Budget { harmless, falsifier };
        }
    }
    Budget { harmless, falsifier: None }
}

/// The least that a margin can become with up to `flips` flips.
fn least(memory: &Memory<'_>, kept: &Kept, flips: u32) -> i64 {
    let origins = if memory.is_absolute() { 0..=0 } else { 0..=flips };
    let margins = origins.into_iter().map(|origin| least_from(memory, kept, flips, origin));
    margins.min().unwrap_or(NONE)
}

/// The same with the smallest distance `origin`, or with a table that is indexed by distance.
fn least_from(memory: &Memory<'_>, kept: &Kept, flips: u32, origin: u32) -> i64 {
    let shared = memory.image.geometry().storage().shares_signs();
    let (n, ways) = (memory.n(), flips as usize + 1);
    // By neuron and number of flips dealt so far: the least sum.
    let mut sums = vec![NONE; n * ways];
    sums.iter_mut().step_by(ways).for_each(|sum| *sum = 0);
    let window = memory.window();
    for (nu, &d) in kept.distances.iter().enumerate() {
        if d >= window + flips + origin {
            continue;
        }
        let spans: Vec<Option<(i64, i64)>> = (0..=flips).map(|c| span(memory, d, c, origin)).collect();
        if d >= origin && spans.iter().flatten().all(|&(_, most)| most == 0) {
            continue;
        }
        for ((sums, &w), sign) in sums.chunks_exact_mut(ways).zip(memory.weights(nu)).zip(&kept.signs) {
            let m = i64::from(w) * sign;
            // From many flips to few, so that what stands at fewer is still without this pattern.
            for dealt in (0..ways).rev() {
                let mut best = NONE;
                for (c, span) in spans.iter().enumerate().take(dealt + 1) {
                    let Some((fewest, most)) = *span else { continue };
                    let worst =
                        if shared && c > 0 { -m.abs() * most } else { m.max(0) * fewest + m.min(0) * most };
                    if sums[dealt - c] < NONE {
                        best = best.min(sums[dealt - c] + worst);
                    }
                }
                sums[dealt] = best;
            }
        }
    }
    sums.into_iter().min().unwrap_or(NONE)
}

/// The least and the largest word of a pattern at distance `d`, `c` of whose bits may have flipped.
fn span(memory: &Memory<'_>, d: u32, c: u32, origin: u32) -> Option<(i64, i64)> {
    let from = d.saturating_sub(c).max(origin);
    let to = d + c;
    if from > to {
        return None;
    }
    let word = |d: u32| memory.table.get((d - origin) as usize).copied().unwrap_or(0);
    let words = (from..=to).map(word);
    Some((words.clone().min()?, words.max()?))
}

/// Flips after which pattern `mu` is not kept: one after the other, each the one that leaves the least margin.
fn falsifier(memory: &Memory<'_>, mu: usize, from: usize) -> Option<Fault> {
    let kept = Kept::of(memory, mu)?;
    let longest = LONGEST.max(from);
    let mut found = own_bits(memory, mu, longest);
    let mut flips: Vec<BitFlip> = Vec::new();
    while flips.len() < found.as_ref().map_or(longest, |found| found.len() - 1) {
        let tried = single_flips(memory, &kept, &flips).into_iter().map(|flip| {
            flips.push(flip);
            let margin = least_margin(memory, mu, &flips);
            flips.pop();
            (margin, flip)
        });
        let Some((margin, flip)) = tried.min() else { break };
        flips.push(flip);
        if margin < 0 {
            found = Some(flips);
            break;
        }
    }
    found.map(|flips| Fault { pattern: number(mu), flips })
}

/// The pattern's own first bits, as many as take it out of its place.
fn own_bits(memory: &Memory<'_>, mu: usize, longest: usize) -> Option<Vec<BitFlip>> {
    let flips: Vec<BitFlip> = (0..memory.n().min(longest)).map(|i| kinds(memory, mu, i)[0]).collect();
    let enough = (1..=flips.len()).find(|&count| least_margin(memory, mu, &flips[..count]) < 0)?;
    Some(flips[..enough].to_vec())
}

/// The flips of a bit of pattern memory: one for each place where it stands.
fn kinds(memory: &Memory<'_>, nu: usize, i: usize) -> Vec<BitFlip> {
    let order = memory.image.geometry().storage().patterns;
    let (pattern, neuron) = (number(nu), number(i));
    let column = order.has_columns().then_some(BitFlip::Column { pattern, neuron });
    let row = order.has_rows().then_some(BitFlip::Row { pattern, neuron });
    column.into_iter().chain(row).collect()
}

/// Flips that differ in what they do to the weakest neuron: its own bit in each pattern nearby, and one other bit that brings
/// the pattern nearer and one that takes it away.
fn single_flips(memory: &Memory<'_>, kept: &Kept, taken: &[BitFlip]) -> Vec<BitFlip> {
    let weakest =
        kept.margins.iter().enumerate().min_by_key(|&(i, &margin)| (margin, i)).map_or(0, |(i, _)| i);
    let state = memory.pattern(kept.mu);
    let mut near: Vec<usize> = (0..kept.distances.len()).collect();
    near.sort_unstable_by_key(|&nu| (kept.distances[nu], nu));
    let free = |flips: &[BitFlip]| flips.iter().all(|flip| !taken.contains(flip));
    let mut found = Vec::new();
    for &nu in near.iter().take(NEIGHBOURS) {
        let pattern = memory.pattern(nu);
        let other = |agrees: bool| {
            let fits = |&i: &usize| {
                i != weakest && (pattern.get(i) == state.get(i)) == agrees && free(&kinds(memory, nu, i))
            };
            (0..memory.n()).find(fits)
        };
        for i in [Some(weakest), other(true), other(false)].into_iter().flatten() {
            found.extend(kinds(memory, nu, i).into_iter().filter(|flip| !taken.contains(flip)));
        }
    }
    found
}

fn least_margin(memory: &Memory<'_>, mu: usize, flips: &[BitFlip]) -> i64 {
    let state = memory.pattern(mu);
    let fields = FaultyCore::new(memory.image, flips).fields(state);
    fields.into_iter().zip(state.signs()).map(|(h, sign)| h * i64::from(sign)).min().unwrap_or(0)
}

//! How large a sum can become, and the state that comes nearest to it.

use super::memory::Memory;
use klr_image::proof::Overflow;
use klr_units::State;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// Patterns from which a state is improved.
const STARTS: usize = 8;

/// Rounds of single flips.
const ROUNDS: usize = 4;

/// A state, the neuron whose sum is largest there, and that sum.
struct Nearest {
    state: State,
    neuron: usize,
    reached: u64,
}

pub(super) fn of(memory: &Memory<'_>, threads: NonZeroUsize) -> Overflow {
    let image = memory.image;
    let patterns: Vec<usize> = (0..image.p() as usize).collect();
    let mut starts = map_in_order(patterns, threads, |mu| (at(memory, memory.pattern(mu)).1, mu));
    // The largest first, of equals the pattern with the lowest index.
    starts.sort_unstable_by_key(|&(reached, mu)| (std::cmp::Reverse(reached), mu));
    let starts = starts.iter().take(STARTS).map(|&(_, mu)| mu).collect();
    let found = map_in_order(starts, threads, |mu| improved(memory, memory.pattern(mu)));
    // `max_by_key` keeps the last of equals; running backwards makes that the first.
    let best = found.into_iter().rev().max_by_key(|found| found.reached).expect("an image has a pattern");
    Overflow {
        at_most: image.worst_case_field(),
        accumulator_bits: image.required_accumulator_bits(),
        state: best.state.words().to_vec(),
        neuron: u32::try_from(best.neuron).expect("fewer than 2^32 neurons"),
        reached: best.reached,
        counter_bits: image.counter_bits(),
    }
}

/// The neuron with the largest sum of products of one sign at `state`, and that sum.
fn at(memory: &Memory<'_>, state: &State) -> (usize, u64) {
    let mut distances = Vec::new();
    memory.distances(state, &mut distances);
    let (mut up, mut down) = (vec![0i64; memory.n()], vec![0i64; memory.n()]);
    for (nu, k) in memory.live(&distances) {
        for ((up, down), &w) in up.iter_mut().zip(&mut down).zip(memory.weights(nu)) {
            let product = i64::from(w) * k;
            *up += product.max(0);
            *down -= product.min(0);
        }
    }
    let sums = up.into_iter().zip(down).map(|(up, down)| up.max(down).unsigned_abs());
    let best = sums.enumerate().max_by_key(|&(i, sum)| (sum, std::cmp::Reverse(i)));
    best.unwrap_or((0, 0))
}

/// `start`, improved by single flips as long as one helps.
fn improved(memory: &Memory<'_>, start: &State) -> Nearest {
    let mut state = start.clone();
    let (mut neuron, mut reached) = at(memory, &state);
    for _ in 0..ROUNDS {
        let before = reached;
        for i in 0..memory.n() {
            state.flip(i);
            let found = at(memory, &state);
            if found.1 > reached {
                (neuron, reached) = found;
            } else {
                state.flip(i);
            }
        }
        if reached == before {
            break;
        }
    }
    Nearest { state, neuron, reached }
}

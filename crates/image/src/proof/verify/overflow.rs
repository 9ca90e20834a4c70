//! No sum and no counter overflows.

use super::{Refuted, within};
use crate::image::CoreImage;
use crate::proof::Overflow;
use crate::reference::Reference;
use klr_units::{NeuronIdx, PatternIdx, State};

pub(super) fn check(image: &CoreImage, claim: &Overflow) -> Result<(), Refuted> {
    let largest = largest_sum(image);
    equal("the largest sum", claim.at_most, largest)?;
    // Two's complement of b bits holds 2^(b-1) - 1 of either sign; fewer than 2 bits hold no number but 0.
    let holds = |bits: u32| (1u128 << (bits - 1)) > u128::from(largest);
    let least = (2..=64).find(|&bits| holds(bits)).unwrap_or(64);
    equal("accumulator_bits", claim.accumulator_bits.into(), least.into())?;
    let available = image.geometry().accumulator_bits();
    if least > available {
        return Err(Refuted::Accumulator { required: least, available });
    }
    let counter: u32 = (1..=32).find(|&bits| 1u64 << bits > u64::from(image.n())).unwrap_or(32);
    equal("counter_bits", claim.counter_bits.into(), counter.into())?;
    reached(image, claim)
}

fn equal(what: &'static str, claimed: u64, found: u64) -> Result<(), Refuted> {
    if claimed == found { Ok(()) } else { Err(Refuted::Number { what, claimed, found }) }
}

/// Every kernel word at its largest, and of a neuron's weights those of one sign.
fn largest_sum(image: &CoreImage) -> u64 {
    let k = image.table().entries().iter().map(|&k| u64::from(k)).max().unwrap_or(0);
    let of_sign = |neuron: u32, sign: i64| -> u64 {
        let weight = |mu| sign * image.weight_as_read(PatternIdx::new(mu), NeuronIdx::new(neuron));
        (0..image.p()).map(|mu| weight(mu).max(0).unsigned_abs()).sum()
    };
    (0..image.n()).map(|i| of_sign(i, 1).max(of_sign(i, -1)) * k).max().unwrap_or(0)
}

fn reached(image: &CoreImage, claim: &Overflow) -> Result<(), Refuted> {
    let state = State::from_words(image.n() as usize, claim.state.clone())
        .ok_or(Refuted::State { found: claim.state.len(), n: image.n() })?;
    let i = within("overflow: the neuron that comes nearest", claim.neuron, image.n())?;
    let distances = Reference::new(image).distances(&state);
    let nearest = distances.iter().copied().min().unwrap_or(0);
    let (mut up, mut down) = (0u64, 0u64);
    for (mu, &d) in distances.iter().enumerate() {
        let k = i64::from(image.table().lookup(d, nearest));
        let product = k * image.weight_as_read(PatternIdx::from_usize(mu), NeuronIdx::from_usize(i));
        *if product > 0 { &mut up } else { &mut down } += product.unsigned_abs();
    }
    equal("the sum that comes nearest", claim.reached, up.max(down))
}

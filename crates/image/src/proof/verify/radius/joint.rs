//! The same neurons are flipped for every pattern.
//!
//! A cue flips the set F of t neurons of mu. The product of pattern nu depends on F by `v`, how many of F are among the neurons
//! in which nu differs from mu. Let `a + b v` be at most the product at every v that there is. Then the sum over nu of the
//! products is at least the sum of the `a`, plus for each neuron of F the sum of the `b` of the patterns that differ from mu
//! there: at least what it is for the t neurons with the smallest of these sums.

use super::far;
use crate::image::CoreImage;
use crate::proof::JOINT_NEURONS;
use klr_units::PatternIdx;

/// A pattern that may add to a field, for the cues at one distance with one origin.
struct Other<'a> {
    weights: &'a [i16],
    /// The neurons in which it differs from mu.
    differing: Vec<usize>,
    /// Distances that it may have from a cue, by v: v and the kernel word.
    words: &'a [(i64, i64)],
}

/// Whether the fields of these neurons are right at every cue whose smallest distance is `origin`.
pub(super) fn shows(
    image: &CoreImage,
    mu: usize,
    distances: &[u32],
    distance: u32,
    origin: u32,
    neurons: &[usize],
) -> bool {
    if image.n() as usize > JOINT_NEURONS || distance == 0 {
        return false;
    }
    let centre = image.pattern(PatternIdx::from_usize(mu));
    let by_distance: Vec<Vec<(i64, i64)>> =
        (0..=image.n()).map(|apart| words(image, apart, distance, origin)).collect();
    if distances.iter().any(|&apart| by_distance[apart as usize].is_empty()) {
        // A pattern is nearer than the origin at every cue: there is none.
        return true;
    }
    let mut others = Vec::new();
    for (nu, &apart) in distances.iter().enumerate() {
        let words = &by_distance[apart as usize];
        if words.iter().any(|&(_, k)| k > 0) {
            let index = PatternIdx::from_usize(nu);
            let pattern = image.pattern(index);
            let differing = (0..centre.n()).filter(|&j| pattern.get(j) != centre.get(j)).collect();
            others.push(Other { weights: image.weight_row(index), differing, words });
        }
    }
    let right = |&i: &usize| is_right(&others, i, i64::from(centre.sign(i)), distance as usize, centre.n());
    neurons.iter().all(right)
}

fn words(image: &CoreImage, apart: u32, distance: u32, origin: u32) -> Vec<(i64, i64)> {
    // From the farthest to the nearest, as v grows.
    let least = distance.saturating_sub(image.n() - apart);
    let far = (least..).zip(far(image, apart, distance)).filter(|&(_, d)| d >= origin);
    let word = |d: u32| image.table().entries().get((d - origin) as usize).map_or(0, |&k| i64::from(k));
    far.map(|(v, d)| (i64::from(v), word(d))).collect()
}

/// Whether the field of neuron i, whose sign is `sign`, has that sign at every cue.
fn is_right(others: &[Other<'_>], i: usize, sign: i64, distance: usize, n: usize) -> bool {
    // Everything times the distance, so that the slopes of chords are whole numbers.
    let scale = i64::try_from(distance).expect("at most N");
    let mut sum = 0;
    let mut by_neuron = vec![0i64; n];
    for other in others {
        let pull = i64::from(other.weights[i]) * sign;
        let (first, last) = (other.words[0], other.words[other.words.len() - 1]);
        // Of products that grow with v, the line through the first two; of those that fall, through both ends.
        let slope = match (other.words.get(1), pull > 0) {
            (None, _) => 0,
            (Some(second), true) => pull * (second.1 - first.1) * scale,
            (Some(_), false) => pull.abs() * (-(last.1 - first.1) * scale / (last.0 - first.0)),
        };
        let above = |&(v, k): &(i64, i64)| pull * k * scale - slope * v;
        sum += other.words.iter().map(above).min().unwrap_or(0);
        other.differing.iter().for_each(|&j| by_neuron[j] += slope);
    }
    by_neuron.sort_unstable();
    sum + by_neuron[..distance].iter().sum::<i64>() > 0
}

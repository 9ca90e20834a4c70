//! In which order neurons are updated, and how a retrieval can end: the words reference and simulator share.

use serde::{Deserialize, Serialize};

/// Which neuron an asynchronous retrieval visits next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// 0, 1, ... N-1 in every sweep.
    Sequential,
    /// A pseudo-random permutation in every sweep, from the shift register of [`RandomOrder`] started with this seed.
    Random(u64),
    /// The neuron that disagrees most with its field, `max -s_i h_i > 0`, the lowest index at ties.
    MostViolated,
}

/// When neurons are updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// All at once.
    Synchronous,
    /// One at a time.
    Asynchronous(Order),
}

/// How a retrieval ended; the numbers are those of binary traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A whole step or sweep changed nothing.
    Converged = 0,
    /// A synchronous state equals the one two steps before.
    TwoCycle = 1,
    /// The limit on steps or sweeps was reached.
    StepLimit = 2,
    /// Nothing changes because every kernel word is zero: the table does not reach the nearest pattern.
    DeadField = 3,
}

impl Outcome {
    /// Every outcome, in order.
    pub const ALL: [Self; 4] = [Self::Converged, Self::TwoCycle, Self::StepLimit, Self::DeadField];

    /// The outcome's name in traces and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::TwoCycle => "two-cycle",
            Self::StepLimit => "step-limit",
            Self::DeadField => "dead-field",
        }
    }
}

/// Feedback taps of maximal-length Fibonacci shift registers of 1 to 20 bits, counted from 1
/// (the table of Xilinx application note XAPP 052, 1996; the tests run every register through its period).
const TAPS: [&[u32]; 20] = [
    &[1],
    &[2, 1],
    &[3, 2],
    &[4, 3],
    &[5, 3],
    &[6, 5],
    &[7, 6],
    &[8, 6, 5, 4],
    &[9, 5],
    &[10, 7],
    &[11, 9],
    &[12, 6, 4, 1],
    &[13, 4, 3, 1],
    &[14, 5, 3, 1],
    &[15, 14],
    &[16, 15, 13, 4],
    &[17, 14],
    &[18, 11],
    &[19, 6, 2, 1],
    &[20, 17],
];

/// A permutation of the neurons per sweep from a linear-feedback shift register, as hardware would draw it.
///
/// The register has the smallest width `m` with `2^m - 1 >= N` and runs through every value from 1 to `2^m - 1` once per
/// sweep. Value `v` names neuron `v - 1`; values above N are skipped. Every sweep starts one value later than the one
/// before, so that the order changes from sweep to sweep by a rotation.
#[derive(Clone, Debug)]
pub struct RandomOrder {
    n: u32,
    width: u32,
    value: u32,
    left: u32,
}

impl RandomOrder {
    /// The register for `n` neurons, 1 to [`crate::geometry::MAX_NEURONS`], at the start of its first sweep.
    #[must_use]
    pub fn new(n: u32, seed: u64) -> Self {
        let width = klr_units::fixed::unsigned_width(u64::from(n));
        let period = (1 << width) - 1;
        let value =
            u32::try_from(seed % u64::from(period)).expect("a remainder is below its 32-bit divisor") + 1;
        Self { n, width, value, left: period }
    }

    /// One shift: the neuron the register names, or `None` if its value is above N and is skipped.
    /// After the last value of a sweep the register moves one value further and the next sweep begins.
    pub fn shift(&mut self) -> Option<u32> {
        let value = self.value;
        self.value = self.successor(value);
        self.left -= 1;
        if self.left == 0 {
            self.left = (1 << self.width) - 1;
            self.value = self.successor(self.value);
        }
        (value <= self.n).then(|| value - 1)
    }

    /// The next neuron, and how many values were skipped before it.
    pub fn next_neuron(&mut self) -> (u32, u64) {
        let mut skipped = 0;
        loop {
            match self.shift() {
                Some(neuron) => return (neuron, skipped),
                None => skipped += 1,
            }
        }
    }

    fn successor(&self, value: u32) -> u32 {
        let taps = TAPS[self.width as usize - 1];
        let feedback = taps.iter().fold(0, |bit, tap| bit ^ (value >> (tap - 1) & 1));
        (value << 1 | feedback) & ((1 << self.width) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_visits_every_value_once() {
        for width in 1..=20u32 {
            let n = (1u32 << width) - 1;
            let mut order = RandomOrder::new(n, 5);
            let mut seen = vec![false; n as usize];
            for _ in 0..n {
                let neuron = order.shift().expect("no value is above N") as usize;
                assert!(!seen[neuron], "width {width}: neuron {neuron} came twice");
                seen[neuron] = true;
            }
        }
    }

    #[test]
    fn sweeps_are_permutations_that_rotate() {
        let mut order = RandomOrder::new(5, 0);
        let mut sweep = || (0..5).map(|_| order.next_neuron().0).collect::<Vec<_>>();
        let (first, second) = (sweep(), sweep());
        let mut sorted = second.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4], "a permutation");
        assert_ne!(first, second, "another order in the second sweep");
    }

    #[test]
    fn every_sweep_begins_one_value_later() {
        for width in 1..=8u32 {
            let n = (1u32 << width) - 1;
            let mut order = RandomOrder::new(n, 3);
            let mut sweep =
                || (0..n).map(|_| order.shift().expect("no value is above N")).collect::<Vec<_>>();
            let mut expected = sweep();
            for number in 1..4 {
                expected.rotate_left(1);
                assert_eq!(sweep(), expected, "width {width}: sweep {number}");
            }
        }
    }

    #[test]
    fn skipped_values_are_counted_before_the_neuron_that_follows_them() {
        // Of the values 1 to 7, 5 to 7 name no neuron.
        let mut order = RandomOrder::new(4, 0);
        let mut shifts = order.clone();
        let mut skipped_in_all = 0;
        for _ in 0..4 * 7 {
            let skipped = std::iter::from_fn(|| shifts.shift().is_none().then_some(())).count() as u64;
            assert_eq!(order.next_neuron().1, skipped);
            skipped_in_all += skipped;
        }
        // 28 neurons in 49 shifts, but for those skipped after the last.
        assert!((18..=21).contains(&skipped_in_all), "{skipped_in_all}");
    }
}

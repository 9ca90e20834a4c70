//! The flipped neurons of a cue are the same for every pattern: a bound that takes them together.
//!
//! What pattern nu adds to a margin depends on how many of the flipped neurons are among those in which it differs from the
//! centre. A line that is nowhere above it splits it by neuron, so that the lines of all patterns add up to a sum over the
//! flipped neurons, and the worst cue of the sum is made of the neurons that cost most. With one flip the lines meet what
//! they bound, and the bound is exact where the origin of the table is known.

use super::memory::Memory;
use klr_units::State;

/// A line over the number of flipped neurons in which a pattern differs from the centre, in units of 1/t.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    base: i64,
    slope: i64,
}

/// What bounds a pattern at some distance from the centre: with a weight for the neuron, and with one against it.
type Lines = [Line; 2];

/// Cues at one distance from a centre, with one origin of the table.
pub(super) struct Cues<'a> {
    pub(super) memory: &'a Memory<'a>,
    pub(super) centre: &'a State,
    /// Distances of all patterns from the centre.
    pub(super) distances: &'a [u32],
    pub(super) t: u32,
    pub(super) origin: u32,
    /// The neurons whose margins are asked for.
    pub(super) neurons: &'a [usize],
}

/// The least that the margins of some neurons can become, and the cues that the bound has for the worst.
pub(super) struct Worst {
    /// By neuron that was asked for, in units of 1/t.
    margins: Vec<i64>,
    /// By flipped neuron, and in it by neuron that was asked for: what the flip adds to the margin.
    costs: Vec<i64>,
    t: usize,
}

impl Cues<'_> {
    /// Additions that the bound takes, about.
    pub(super) fn work(&self) -> u64 {
        let far: u64 = self.distances.iter().filter(|&&d| self.counts(d)).map(|&d| u64::from(d)).sum();
        (far + self.memory.n() as u64) * self.neurons.len() as u64
    }

    /// Whether some kernel word of a pattern at distance `d` from the centre may not be zero.
    fn counts(&self, d: u32) -> bool {
        (d.abs_diff(self.t).max(self.origin) - self.origin) < self.memory.window()
    }

    /// The bound; the origin must be possible, so that each pattern has a distance of at least that.
    pub(super) fn worst(&self) -> Worst {
        let (asked, t) = (self.neurons.len(), self.t as usize);
        let by_distance: Vec<Option<Lines>> = (0..=self.memory.image.n()).map(|d| self.lines(d)).collect();
        let (mut bases, mut costs) = (vec![0i64; asked], vec![0i64; self.memory.n() * asked]);
        let signs: Vec<i64> = self.neurons.iter().map(|&i| self.centre.sign(i).into()).collect();
        let mut slopes = vec![0i64; asked];
        for (nu, &d) in self.distances.iter().enumerate().filter(|&(_, &d)| self.counts(d)) {
            let Some([pro, contra]) = by_distance[d as usize] else { continue };
            let weights = self.memory.weights(nu);
            for (at, &i) in self.neurons.iter().enumerate() {
                let m = i64::from(weights[i]) * signs[at];
                let line = if m > 0 { pro } else { contra };
                bases[at] += m.abs() * line.base;
                slopes[at] = m.abs() * line.slope;
            }
            for j in self.memory.differing(nu, self.centre) {
                costs[j * asked..][..asked].iter_mut().zip(&slopes).for_each(|(cost, slope)| *cost += slope);
            }
        }
        let least = least_sums(&costs, asked, t);
        let margins = bases.into_iter().zip(least).map(|(base, least)| base + least).collect();
        Worst { margins, costs, t }
    }

    /// The lines of a pattern at distance `d` from the centre; `None` if there is no cue for it.
    fn lines(&self, d: u32) -> Option<Lines> {
        let (n, t) = (self.memory.image.n(), self.t);
        // Flipped neurons in which the two differ, and the kernel word then.
        let shared = (t.saturating_sub(n - d)..=t.min(d)).filter(|v| d + t - 2 * v >= self.origin);
        let points: Vec<(i64, i64)> =
            shared.map(|v| (v.into(), self.memory.table[(d + t - 2 * v - self.origin) as usize])).collect();
        let (&(from, first), &(to, last)) = (points.first()?, points.last()?);
        // Kernel words grow with v, more and more: the tangent where v is least, and for those against the chord.
        let (pro, contra) = match points.get(1) {
            Some(&(_, second)) => (second - first, -(last - first) * i64::from(t) / (to - from)),
            None => (0, 0),
        };
        let below = |slope: i64, sign: i64| {
            let bases = points.iter().map(|&(v, k)| sign * k * i64::from(t) - slope * v);
            Line { base: bases.min().unwrap_or(0), slope }
        };
        Some([below(pro * i64::from(t), 1), below(contra, -1)])
    }
}

impl Worst {
    /// Whether every margin is positive.
    pub(super) fn is_right(&self) -> bool {
        self.margins.iter().all(|&margin| margin > 0)
    }

    /// For each neuron that was asked for, the neurons whose flips make its margin least.
    pub(super) fn cues(&self) -> impl Iterator<Item = Vec<usize>> + '_ {
        let asked = self.margins.len();
        (0..asked).map(move |at| {
            let mut flips: Vec<usize> = (0..self.costs.len() / asked).collect();
            flips.sort_unstable_by_key(|&j| (self.costs[j * asked + at], j));
            flips.truncate(self.t);
            flips
        })
    }
}

/// Of each of `columns` columns the sum of its `t` smallest entries.
fn least_sums(costs: &[i64], columns: usize, t: usize) -> Vec<i64> {
    let mut column = vec![0; costs.len() / columns];
    let least = |at: usize| {
        column.iter_mut().zip(costs.iter().skip(at).step_by(columns)).for_each(|(to, &from)| *to = from);
        if t < column.len() {
            column.select_nth_unstable(t);
        }
        column[..t].iter().sum()
    };
    (0..columns).map(least).collect()
}

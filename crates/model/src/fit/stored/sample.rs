//! What becomes of some of the stored patterns, drawn at random, where looking at all of them takes minutes.

use super::near::{Fixed, Magnitudes, Neighbourhood, Neighbours, add_signs, is_fixed, product};
use crate::pattern::PatternSet;
use crate::random::{Stream, Streams};
use crate::retrieve::model::KlrModel;
use klr_statistics::{Interval, Share, Summary};
use klr_units::threads::map_in_order;
use rand::RngExt;
use std::num::NonZeroUsize;

/// The confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// Patterns of a sample, at most: half the interval of a share is then at most two hundredths, and a sample in which all are
/// fixed says that at least 998 in a thousand are.
const MOST: f64 = 2_500.0;

/// Patterns of a sample, at least.
const LEAST: f64 = 200.0;

/// Words compared, or products of a kernel value with a dual variable, of a sample.
const WORK: f64 = (1u64 << 36) as f64;

/// How well dual variables fit, found of some of the patterns; the objective and its gradient are not known.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledFit {
    /// How many of the patterns of the sample are fixed, each exactly, with Wilson's 95 % interval for all patterns.
    pub fixed: Share,
    /// The smallest margin of all patterns is this at most: it is the smallest of the sample.
    pub min_margin_at_most: f64,
    /// The 95 % interval of the mean margin.
    pub mean_margin: Interval,
    /// The mean magnitude of the dual variables, all of them.
    pub mean_abs_alpha: f64,
    /// The share of all dual variables, 0 to 1, whose sign is that of the stored bit.
    pub sign_agreement: f64,
}

/// `count` of the rows 0 to `p - 1`, ascending, each as likely as any other; all of them if there are no more.
#[must_use]
pub fn sampled_rows(p: usize, count: usize, streams: &Streams) -> Vec<usize> {
    let mut rng = streams.stream(Stream::StoredSample);
    let mut missing = count.min(p);
    // Of the rows that are left each is as likely as any other to be among those that are missing (Knuth, "The Art of
    // Computer Programming", volume 2, section 3.4.2, algorithm S).
    let mut is_drawn = |row: &usize| {
        let drawn = rng.random_range(0..p - row) < missing;
        missing -= usize::from(drawn);
        drawn
    };
    (0..p).filter(|row| is_drawn(row)).collect()
}

/// Patterns of a sample of `p` patterns of `n` neurons: as many as can be compared with all, or, of a kernel `is_wide`, be
/// summed with all.
#[must_use]
pub fn sample_size(n: usize, p: usize, is_wide: bool) -> usize {
    let each = p as f64 * if is_wide { n as f64 } else { n.div_ceil(64) as f64 };
    let count = (WORK / each).clamp(LEAST, MOST);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between LEAST and MOST")]
    let count = count as usize;
    count.min(p)
}

/// What one pattern gave.
struct Looked {
    fixed: bool,
    min_margin: f64,
    mean_margin: f64,
    /// The most by which both margins are off.
    off: f64,
}

impl SampledFit {
    /// The fit of `model` by the sample `rows`, by its near pairs where the kernel is narrow enough for a `neighbourhood`.
    pub(super) fn of(
        model: &KlrModel,
        neighbourhood: Option<&Neighbourhood>,
        rows: &[usize],
        threads: NonZeroUsize,
    ) -> Self {
        let duals = Magnitudes::of(model);
        let neighbours =
            neighbourhood.map(|neighbourhood| Neighbours::of_rows(model, neighbourhood, rows, threads));
        let places = (0..rows.len()).collect();
        let looked = map_in_order(places, threads, |at: usize| match &neighbours {
            Some(neighbours) => by_neighbours(model, neighbours, at, rows[at], duals.largest),
            None => by_all(&model.margins(&model.patterns().state(rows[at]))),
        });
        let fixed = looked.iter().filter(|one| one.fixed).count() as u64;
        let means: Vec<f64> = looked.iter().map(|one| one.mean_margin).collect();
        let mean = Summary::of(&means).and_then(|summary| summary.interval(CONFIDENCE));
        let mean = mean.expect("a sample has two patterns at least, and their margins are finite");
        let off = looked.iter().map(|one| one.off).sum::<f64>() / looked.len() as f64;
        Self {
            fixed: Share::new(fixed, rows.len() as u64, CONFIDENCE).expect("a sample is not empty"),
            min_margin_at_most: looked
                .iter()
                .map(|one| one.min_margin + one.off)
                .fold(f64::INFINITY, f64::min),
            mean_margin: Interval { low: mean.low - off, high: mean.high + off },
            mean_abs_alpha: duals.mean,
            sign_agreement: duals.agree,
        }
    }
}

fn by_all(margins: &[f64]) -> Looked {
    Looked {
        fixed: margins.iter().all(|&margin| margin > 0.0),
        min_margin: margins.iter().copied().fold(f64::INFINITY, f64::min),
        mean_margin: margins.iter().sum::<f64>() / margins.len() as f64,
        off: 0.0,
    }
}

/// Pattern `mu`, which stands at `at` of the sample, by its neighbours; by all patterns if they leave it open.
fn by_neighbours(model: &KlrModel, neighbours: &Neighbours, at: usize, mu: usize, largest: f64) -> Looked {
    let (patterns, table, near) = (model.patterns(), model.table(), neighbours.near(at));
    let add = |nu: usize, k: f64, out: &mut [f64]| add_duals(model, patterns, nu, k, out);
    let fields = product(table, near, model.n(), add);
    let margins: Vec<f64> =
        fields.iter().zip(patterns.signs(mu)).map(|(h, sign)| h * f64::from(sign)).collect();
    let magnitudes = near.iter().map(|near| table[near.distance as usize].abs()).sum();
    match is_fixed(&margins, magnitudes, neighbours.far(at), largest, model.p()) {
        Fixed::Open => by_all(&model.margins(&patterns.state(mu))),
        decided => {
            let off = largest * neighbours.far(at);
            Looked { fixed: decided == Fixed::Yes, off, ..by_all(&margins) }
        }
    }
}

fn add_duals(model: &KlrModel, patterns: &PatternSet, nu: usize, k: f64, out: &mut [f64]) {
    if model.is_untrained() {
        add_signs(patterns, nu, k, out);
    } else {
        out.iter_mut().enumerate().for_each(|(i, to)| *to += k * model.alpha(nu, i));
    }
}

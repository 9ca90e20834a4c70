//! Morphing one stored pattern into another.

use super::{UnitOfWork, drawn, in_random_order, literature, refused};
use crate::error::ReproError;
use klr_analysis::morph::{Morph, MorphConfig, MorphPoint, morph};
use klr_model::Streams;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Places along the way, 0 to 1, at which the curves of different pairs are averaged.
pub(crate) const PLACES: usize = 21;

/// The way from the first stored pattern of a set to the second.
pub(crate) struct Morphing {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) orders: u32,
    pub(crate) set: u64,
}

/// The way between the two patterns.
#[derive(Serialize, Deserialize)]
pub(crate) struct MorphingFound {
    /// The way at [`PLACES`] places, both ends included.
    pub(crate) places: Vec<Place>,
    pub(crate) boundary: Option<f64>,
    pub(crate) width: Option<f64>,
    pub(crate) slowing: f64,
}

/// One place along the way.
#[derive(Serialize, Deserialize)]
pub(crate) struct Place {
    /// The share of retrievals that end at the first pattern.
    pub(crate) to_first: f64,
    /// The share that end at the second.
    pub(crate) to_second: f64,
    /// Sweeps to the end.
    pub(crate) sweeps: f64,
}

impl UnitOfWork for Morphing {
    type Found = MorphingFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, orders, set } = self;
        format!("morphing seed={seed} n={n} p={p} gamma={gamma} orders={orders} places={PLACES} set={set}")
    }

    fn run(&self) -> Result<MorphingFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let (model, _) = literature(self, &patterns, self.gamma)?;
        let config = MorphConfig {
            from: 0,
            to: 1,
            orders: self.orders,
            retrieval: in_random_order(30),
            confidence: 0.95,
            threads: NonZeroUsize::MIN,
        };
        // Each set has streams of its own, or all pairs would switch their bits in the same orders.
        let way = morph(&model, &config, Streams::new(self.seed ^ (self.set + 1) << 32))
            .map_err(|e| refused(self, e))?;
        Ok(MorphingFound {
            places: (0..PLACES).map(|place| at(&way, place as f64 / (PLACES - 1) as f64)).collect(),
            boundary: way.boundary,
            width: way.width,
            slowing: way.slowing,
        })
    }
}

/// The way at a share of its length, between the two points beside it.
fn at(way: &Morph, share: f64) -> Place {
    let place = share * (way.points.len() - 1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let between = |value: fn(&MorphPoint) -> f64| {
        let (low, high) = (value(&way.points[below]), value(&way.points[above]));
        low + (high - low) * (place - below as f64)
    };
    Place {
        to_first: between(|point| point.to_first.value()),
        to_second: between(|point| point.to_second.value()),
        sweeps: between(|point| point.steps.mean),
    }
}

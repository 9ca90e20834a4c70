//! Morphing one stored pattern into another.

use super::{Work, drawn, literature, refused};
use crate::error::Error;
use crate::record::Record;
use klr_analysis::morph::{MorphConfig, morph};
use klr_model::{RetrievalConfig, Streams, UpdateRule, VisitOrder};
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

impl Work for Morphing {
    fn key(&self) -> String {
        let Self { seed, n, p, gamma, orders, set } = self;
        format!("morphing seed={seed} n={n} p={p} gamma={gamma} orders={orders} places={PLACES} set={set}")
    }

    fn run(&self) -> Result<Record, Error> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let (model, _) = literature(self, &patterns, self.gamma)?;
        let config = MorphConfig {
            from: 0,
            to: 1,
            orders: self.orders,
            retrieval: RetrievalConfig {
                update: UpdateRule::Asynchronous(VisitOrder::Random),
                max_steps: 30,
            },
            confidence: 0.95,
            threads: NonZeroUsize::MIN,
        };
        // Each set has streams of its own, or all pairs would switch their bits in the same orders.
        let way = morph(&model, &config, Streams::new(self.seed ^ (self.set + 1) << 32))
            .map_err(|e| refused(self, e))?;
        let mut record = Record::default();
        for place in 0..PLACES {
            let share = place as f64 / (PLACES - 1) as f64;
            let at = |value: fn(&klr_analysis::morph::MorphPoint) -> f64| {
                let place = share * (way.points.len() - 1) as f64;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
                let (below, above) = (place.floor() as usize, place.ceil() as usize);
                let (low, high) = (value(&way.points[below]), value(&way.points[above]));
                low + (high - low) * (place - below as f64)
            };
            record.push("to_first", at(|point| point.to_first.value()));
            record.push("to_second", at(|point| point.to_second.value()));
            record.push("steps", at(|point| point.steps.mean));
        }
        record.set_one("boundary", way.boundary.unwrap_or(f64::NAN));
        record.set_one("width", way.width.unwrap_or(f64::NAN));
        record.set_one("slowing", way.slowing);
        record.set_one("distance", way.distance as f64);
        Ok(record)
    }
}

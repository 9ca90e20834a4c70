//! Retrievals of one set of patterns from cues at several levels of noise, all neurons at once and one at a time.

use super::{Work, drawn, flag, literature, refused};
use crate::error::Error;
use crate::record::Record;
use klr_model::dynamics::retrieve_observed;
use klr_model::measure::overlap;
use klr_model::noise::corrupt;
use klr_model::{
    KlrModel, NoiseModel, RetrievalConfig, RetrievalOutcome, State, Stream, Streams, UpdateRule, VisitOrder,
};
use rand::RngExt;

/// Steps or sweeps whose overlap is recorded, besides that of the cue.
pub(crate) const OVERLAP_STEPS: usize = 6;

/// The most steps or sweeps (arXiv:2609.16827 uses 30).
const MAX_STEPS: u32 = 30;

/// Retrievals of one set of patterns.
pub(crate) struct Retrievals {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) noise: &'static [f64],
    pub(crate) cues: u64,
    pub(crate) set: u64,
}

/// The name of a series at a level of noise.
pub(crate) fn level(noise: f64, name: &str) -> String {
    format!("{noise}/{name}")
}

impl Work for Retrievals {
    fn key(&self) -> String {
        let Self { seed, n, p, gamma, noise, cues, set } = self;
        format!(
            "retrievals seed={seed} n={n} p={p} gamma={gamma} noise={noise:?} model=bernoulli \
             steps={MAX_STEPS} cues={cues} set={set}"
        )
    }

    fn run(&self) -> Result<Record, Error> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let mut record = Record::default();
        let (model, fit) = literature(self, &patterns, self.gamma)?;
        record.set_one("mean_abs_alpha", fit.mean_abs_alpha);
        record.set_one("mean_margin", fit.mean_margin);
        record.set_one("stored_patterns_fixed", fit.stored_patterns_fixed);
        record.set_one("diverged", flag(fit.outcome == klr_model::FitOutcome::Diverged));
        for &noise in self.noise {
            for cue in 0..self.cues {
                self.retrieve(&model, noise, cue, &streams, &mut record)?;
            }
        }
        Ok(record)
    }
}

impl Retrievals {
    fn retrieve(
        &self,
        model: &KlrModel,
        noise: f64,
        cue: u64,
        streams: &Streams,
        record: &mut Record,
    ) -> Result<(), Error> {
        let index = self.set << 32 | cue;
        let patterns = model.patterns();
        let target = patterns.state(streams.indexed(Stream::Cues, index).random_range(0..patterns.p()));
        let cue = corrupt(&target, noise, NoiseModel::Bernoulli, &mut streams.indexed(Stream::Noise, index));
        record.push(level(noise, "distance"), cue.hamming(&target) as f64);
        record.push(level(noise, "oracle"), flag(patterns.state(patterns.nearest(&cue)) == target));
        for (name, update) in
            [("sync", UpdateRule::Synchronous), ("async", UpdateRule::Asynchronous(VisitOrder::Random))]
        {
            let config = RetrievalConfig { update, max_steps: MAX_STEPS };
            let mut overlaps = vec![overlap(&cue, &target)];
            let mut observe = |state: &State| overlaps.push(overlap(state, &target));
            let mut rng = streams.indexed(Stream::Order, index);
            let end = retrieve_observed(model, &cue, config, &mut rng, &mut observe)
                .map_err(|e| refused(self, e))?;
            // A retrieval that has ended stays where it is.
            overlaps.resize(OVERLAP_STEPS.max(overlaps.len()) + 1, overlap(&end.state, &target));
            let mut push =
                |what: &str, value: f64| record.push(level(noise, &format!("{name}/{what}")), value);
            push("hit", flag(end.state == target));
            push("flips", end.flips as f64);
            push("evaluations", end.evaluations as f64);
            push("steps", end.steps.into());
            push("two_cycle", flag(end.outcome == RetrievalOutcome::TwoCycle));
            push("step_limit", flag(end.outcome == RetrievalOutcome::StepLimit));
            push("on_stored_pattern", flag(patterns.hamming(&end.state, patterns.nearest(&end.state)) == 0));
            for m in &overlaps[..=OVERLAP_STEPS] {
                push("overlap", *m);
            }
        }
        Ok(())
    }
}

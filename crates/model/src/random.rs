//! Named random streams: what is drawn for one purpose never shifts what is drawn for another.
//!
//! A stream is a [`Pcg64Mcg`] whose 128-bit state is hashed from (seed, stream, index) with splitmix64
//! (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Work that runs on several
//! threads takes one indexed stream per item, so that results do not depend on which thread does what.

use rand_pcg::Pcg64Mcg;

/// What a stream is for. The number of each is part of every stored result: never renumber, only add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The bits of stored patterns.
    Patterns,
    /// Which pattern each cue starts from.
    Cues,
    /// Which bits of a cue are flipped.
    Noise,
    /// The order in which neurons are visited.
    Order,
    /// Resampling for confidence intervals.
    Bootstrap,
    /// Which bits are flipped in the cues a model is trained on.
    TrainingNoise,
    /// Which bits are flipped in the cues that decide when training stops.
    ValidationNoise,
    /// Which bits are flipped in the cues gamma is chosen on.
    TuningNoise,
    /// Which bits are flipped in the cues that integer weights are made for.
    QuantizerNoise,
    /// Which bits are flipped in the cues that integer weights are chosen on.
    QuantizerCues,
    /// Which bits of a core's memories are stuck.
    StuckBits,
    /// Which bits of a core's memories flip when they are read.
    ReadFlips,
    /// Which stored patterns are looked at where they are too many for all.
    StoredSample,
}

impl Stream {
    const fn number(self) -> u64 {
        match self {
            Self::Patterns => 1,
            Self::Cues => 2,
            Self::Noise => 3,
            Self::Order => 4,
            // 5 and 6 belonged to streams that are gone.
            Self::Bootstrap => 7,
            // 16 and up: what is added in several places at once has numbers apart.
            Self::TrainingNoise => 16,
            Self::ValidationNoise => 17,
            Self::TuningNoise => 18,
            Self::StoredSample => 19,
            Self::QuantizerNoise => 20,
            Self::QuantizerCues => 21,
            Self::StuckBits => 32,
            Self::ReadFlips => 33,
        }
    }
}

/// The streams of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of `seed`; any number is as good as any other.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The generator of `stream`, at its start: the same as index 0 of [`Self::indexed`].
    #[must_use]
    pub fn stream(&self, stream: Stream) -> Pcg64Mcg {
        self.indexed(stream, 0)
    }

    /// The generator of item `index` of `stream`, at its start: one per cue, pattern set or trial.
    #[must_use]
    pub fn indexed(&self, stream: Stream, index: u64) -> Pcg64Mcg {
        let key = [self.seed, stream.number(), index].into_iter().fold(0, absorb);
        Pcg64Mcg::new(u128::from(mix(key)) << 64 | u128::from(mix(key ^ u64::MAX)))
    }
}

/// Adds one word to a running hash. The multiplication keeps (a, b) and (b, a) apart.
const fn absorb(hash: u64, word: u64) -> u64 {
    mix(hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mix(word))
}

/// One step of splitmix64: the golden-ratio increment, then Stafford's thirteenth mixer.
const fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn splitmix64_matches_its_published_sequence() {
        // The first output for seed 1234567 in Vigna's splitmix64.c.
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317, "reference value");
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_index() {
        let mut seen = BTreeSet::new();
        for seed in 0..4 {
            for stream in [Stream::Patterns, Stream::Cues, Stream::Noise, Stream::Order, Stream::Bootstrap] {
                for index in 0..4 {
                    seen.insert(Streams::new(seed).indexed(stream, index).next_u64());
                }
            }
        }
        assert_eq!(seen.len(), 4 * 5 * 4, "every (seed, stream, index) starts elsewhere");
    }

    #[test]
    fn a_stream_starts_the_same_every_time() {
        let streams = Streams::new(7);
        assert_eq!(
            streams.stream(Stream::Cues).next_u64(),
            streams.indexed(Stream::Cues, 0).next_u64(),
            "index 0"
        );
    }
}

//! Bits that flip for one read: which reads, and what a core recalls then.

use klr_image::reading::Reading;
use klr_image::reference::CueSizeError;
use klr_image::{CoreImage, Memory};
use klr_model::{Stream, Streams};
use klr_units::State;
use rand::Rng;

/// Reads of one memory whose bits flip with some probability, each on its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Upsets {
    /// The memory; the columns stand for pattern memory, whichever way the patterns lie.
    pub memory: Memory,
    /// The probability that a bit flips when it is read.
    pub rate: f64,
}

/// The flips of one retrieval, by number of the bit in the order of reading.
struct Flips<R> {
    upsets: Upsets,
    generator: R,
    /// Bits that are read right before the next flip.
    sound: u64,
    flipped: u64,
}

impl<R: Rng> Flips<R> {
    fn new(upsets: Upsets, generator: R) -> Self {
        let mut flips = Self { upsets, generator, sound: 0, flipped: 0 };
        flips.sound = flips.next();
        flips
    }

    /// How many bits are read right before one flips: geometric, by inversion (Devroye, Non-Uniform Random Variate
    /// Generation, 1986, X.2).
    fn next(&mut self) -> u64 {
        if self.upsets.rate <= 0.0 {
            return u64::MAX;
        }
        // Above 0, at most 1.
        let uniform = ((self.generator.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        // At a rate of 1 the quotient is 0.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and it saturates"
        )]
        let sound = (uniform.ln() / (-self.upsets.rate).ln_1p()).floor() as u64;
        sound
    }

    fn read(&mut self, memory: Memory, held: u16, width: u32) -> u16 {
        let is_pattern = |memory| matches!(memory, Memory::Columns | Memory::Rows);
        if memory != self.upsets.memory && !(is_pattern(memory) && is_pattern(self.upsets.memory)) {
            return held;
        }
        let (mut read, mut from) = (held, 0);
        while self.sound < u64::from(width - from) {
            from += u32::try_from(self.sound).expect("below the width");
            read ^= 1 << from;
            from += 1;
            self.flipped += 1;
            self.sound = self.next();
        }
        self.sound -= u64::from(width - from);
        read
    }
}

/// The state that a synchronous retrieval from `cue` ends in on `image`, whose reads flip as `upsets` says, and how many bits
/// flipped. Each `index` is another retrieval; neither threads nor other retrievals matter.
///
/// # Errors
/// [`CueSizeError`] if the cue has another number of neurons.
pub fn retrieve_with_upsets(
    image: &CoreImage,
    upsets: Upsets,
    streams: Streams,
    index: u64,
    cue: &State,
    max_steps: u64,
) -> Result<(State, u64), CueSizeError> {
    let mut flips = Flips::new(upsets, streams.indexed(Stream::ReadFlips, index));
    let state = Reading::new(image, |memory, held, width| flips.read(memory, held, width))
        .retrieve(cue, max_steps)?;
    Ok((state, flips.flipped))
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_image::geometry::GeometrySpec;
    use klr_image::reference::Reference;
    use klr_image::{Geometry, KernelTable, Update};
    use klr_units::Bits;

    const MEMORIES: [Memory; 4] = [Memory::Columns, Memory::Weights, Memory::Counters, Memory::Table];

    /// 12 patterns of 30 neurons that follow their weights, weights of 5 bits, four kernel words of 6.
    fn image() -> CoreImage {
        let sign = |at: u32| if at.wrapping_mul(2_654_435_761) >> 16 & 1 == 1 { 1 } else { -1 };
        let signs: Vec<i8> = (0..12 * 30).map(sign).collect();
        let patterns: Vec<State> = signs.chunks(30).map(|signs| State::from_signs(signs).unwrap()).collect();
        let weights = signs.iter().zip(0..).map(|(&sign, at)| i16::from(sign) * (1 + at % 15)).collect();
        let table = KernelTable::nearest_relative(Bits::new(6).unwrap(), &[63, 20, 7, 2]).unwrap();
        let room = Geometry::new(GeometrySpec {
            pattern_bytes: 4096,
            weight_bytes: 4096,
            counter_bytes: 4096,
            table_bytes: 4096,
            distance_lanes: 16,
            mac_lanes: 4,
            accumulator_bits: 32,
        });
        CoreImage::new(room.unwrap(), &patterns, Bits::new(5).unwrap(), weights, table).unwrap()
    }

    fn cue(image: &CoreImage, at: usize) -> State {
        let mut cue = image.patterns()[at % 12].clone();
        (0..at % 7).for_each(|flip| cue.flip((at * 11 + flip * 5) % 30));
        cue
    }

    #[test]
    fn sound_reads_give_the_synchronous_reference() {
        let image = image();
        for at in 0..40 {
            let cue = cue(&image, at);
            let expected = Reference::new(&image).retrieve(&cue, Update::Synchronous, 20).unwrap().state;
            for memory in MEMORIES {
                let upsets = Upsets { memory, rate: 0.0 };
                let found = retrieve_with_upsets(&image, upsets, Streams::new(1), 0, &cue, 20).unwrap();
                assert_eq!(found, (expected.clone(), 0), "cue {at}, {memory:?}");
            }
        }
    }

    /// A step reads 360 pattern bits, 12 counters of 5 bits, and words and weights of patterns within the window.
    #[test]
    fn a_rate_of_one_flips_every_bit_that_is_read_and_others_as_many_as_it_says() {
        let image = image();
        let flipped = |memory, rate, index| {
            let upsets = Upsets { memory, rate };
            retrieve_with_upsets(&image, upsets, Streams::new(3), index, &cue(&image, 4), 1).unwrap().1
        };
        assert_eq!([flipped(Memory::Columns, 1.0, 0), flipped(Memory::Counters, 1.0, 0)], [360, 60]);
        assert_eq!(flipped(Memory::Weights, 1.0, 0) % (30 * 5), 0, "whole rows of weights");
        let all: u64 = (0..100).map(|index| flipped(Memory::Columns, 0.1, index)).sum();
        // 36,000 bits at 0.1: a deviation of 56.9, five of them have odds of one in a million.
        assert!(all.abs_diff(3600) < 285, "{all}");
    }

    #[test]
    fn a_retrieval_has_flips_of_its_own() {
        let image = image();
        let upsets = Upsets { memory: Memory::Weights, rate: 0.05 };
        let run = |index| {
            retrieve_with_upsets(&image, upsets, Streams::new(9), index, &cue(&image, 5), 20).unwrap()
        };
        assert_eq!(run(2), run(2), "drawn again");
        assert!((0..20).any(|index| run(index).1 != run(0).1), "others elsewhere");
    }
}

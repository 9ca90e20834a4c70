//! What flips make of a weight word: a fact of the format, found from what each code is read as.

use crate::image::CoreImage;

/// For every code of a weight word, the codes that flips of its bits can make of it.
#[derive(Clone, Debug)]
pub struct FlippedCodes {
    /// By number of flips: for each code the one within so many flips that pulls least.
    least: Vec<Vec<u16>>,
    /// What each code pulls.
    pulls: Vec<i64>,
}

impl FlippedCodes {
    /// The codes of weights of `image` whose stored bit is `bit`, by their pull: the weight that is read, times `sign`.
    #[must_use]
    pub fn new(image: &CoreImage, bit: bool, sign: i64) -> Self {
        let bits = image.stored_weight_bits();
        let codes = 0..=u16::try_from((1u32 << bits) - 1).expect("at most 16 bits");
        let pulls: Vec<i64> =
            codes.clone().map(|code| sign * i64::from(image.weight_of(code, bit))).collect();
        let mut least: Vec<Vec<u16>> = vec![codes.collect()];
        for _ in 0..bits {
            let nearer = &least[least.len() - 1];
            // Within one flip more is within so many of the code itself, or of one that a flip away.
            let further = (0..nearer.len()).map(|code| {
                let ways = (0..bits).map(|bit| nearer[code ^ 1 << bit]);
                let by = |&to: &u16| (pulls[to as usize], (to as usize ^ code).count_ones(), to);
                ways.chain([nearer[code]]).min_by_key(by).expect("the code itself")
            });
            let further = further.collect();
            least.push(further);
        }
        Self { least, pulls }
    }

    /// How much of the pull of `code` so many flips take at most, for 0, 1 and so on up to all of its bits.
    pub fn taken(&self, code: u16) -> impl Iterator<Item = i64> + '_ {
        let code = code as usize;
        self.least.iter().map(move |least| self.pulls[code] - self.pulls[least[code] as usize])
    }

    /// The bits of `code` to flip, at most `flips`, so that most of its pull is taken.
    ///
    /// # Panics
    /// If a code has fewer bits than `flips`.
    pub fn bits_to_flip(&self, code: u16, flips: usize) -> impl Iterator<Item = u8> + use<> {
        let differ = code ^ self.least[flips][code as usize];
        (0..16).filter(move |bit| differ >> bit & 1 == 1)
    }
}

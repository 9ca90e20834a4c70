//! What the suites share: random images with the parts they were made of, and files put together by hand.

#![allow(dead_code, reason = "every suite uses a part of it")]

pub(crate) mod draft;

use klr_image::geometry::GeometrySpec;
use klr_image::{Banking, CoreImage, Geometry, KernelTable, PatternOrder, Signs, Storage, TableForm};
use klr_units::{Bits, SignedFormat, State, UnsignedFormat};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

/// The parts of an image as plain numbers: nothing is packed, so nothing can be unpacked wrongly.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) n: usize,
    pub(crate) patterns: Vec<Vec<i8>>,
    pub(crate) weight_bits: u8,
    /// One row per pattern.
    pub(crate) weights: Vec<Vec<i16>>,
    pub(crate) form: TableForm,
    pub(crate) kernel_bits: u8,
    pub(crate) table: Vec<u16>,
    pub(crate) distance_lanes: u32,
    pub(crate) mac_lanes: u32,
    pub(crate) storage: Storage,
}

/// The widths and the form of a random image; its sizes are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Widths {
    pub(crate) weight: u8,
    pub(crate) kernel: u8,
    pub(crate) form: TableForm,
}

pub(crate) fn rng(seed: u64) -> Pcg64Mcg {
    Pcg64Mcg::new(u128::from(seed) << 1 | 1)
}

pub(crate) fn bits(width: u8) -> Bits {
    Bits::new(width).expect("a width of 1 to 16")
}

pub(crate) fn state(signs: &[i8]) -> State {
    State::from_signs(signs).expect("signs only")
}

pub(crate) fn random_signs(n: usize, rng: &mut Pcg64Mcg) -> Vec<i8> {
    (0..n).map(|_| if rng.random() { 1 } else { -1 }).collect()
}

impl Widths {
    pub(crate) fn random(rng: &mut Pcg64Mcg) -> Self {
        let form = if rng.random() { TableForm::Absolute } else { TableForm::NearestRelative };
        Self { weight: rng.random_range(1..=16), kernel: rng.random_range(1..=16), form }
    }
}

impl Parts {
    /// Random patterns, weights and table of the given widths. Half of the images are sensible (weights follow the
    /// patterns), half are noise; half of the tables fall.
    pub(crate) fn random(max_n: usize, max_p: usize, widths: Widths, rng: &mut Pcg64Mcg) -> Self {
        let (n, p) = (rng.random_range(1..=max_n), rng.random_range(1..=max_p));
        let patterns: Vec<Vec<i8>> = (0..p).map(|_| random_signs(n, rng)).collect();
        let follow = rng.random();
        let weights = patterns.iter().map(|s| random_weights(s, widths.weight, follow, rng)).collect();
        // Only weights that follow the patterns can leave their signs to them.
        let signs = if follow && n % 2 == 0 { Signs::InPatterns } else { Signs::InWeights };
        let storage = Storage { signs, patterns: PatternOrder::ALL[p % 3] };
        Self {
            n,
            patterns,
            weight_bits: widths.weight,
            weights,
            form: widths.form,
            kernel_bits: widths.kernel,
            table: random_table(n, widths, rng),
            distance_lanes: rng.random_range(1..=64),
            mac_lanes: rng.random_range(1..=64),
            storage,
        }
    }

    pub(crate) fn p(&self) -> usize {
        self.patterns.len()
    }

    /// A core with room to spare.
    pub(crate) fn geometry(&self) -> Geometry {
        Geometry::new(GeometrySpec {
            pattern_bytes: 1 << 20,
            weight_bytes: u64::from(self.mac_lanes) << 16,
            counter_bytes: 1 << 16,
            table_bytes: 1 << 10,
            distance_lanes: self.distance_lanes,
            mac_lanes: self.mac_lanes,
            accumulator_bits: 48,
        })
        .expect("within range")
        .storing(self.storage)
    }

    pub(crate) fn image(&self) -> CoreImage {
        let patterns: Vec<State> = self.patterns.iter().map(|signs| state(signs)).collect();
        let table =
            KernelTable::new(self.form, bits(self.kernel_bits), &self.table).expect("a table that works");
        CoreImage::new(self.geometry(), &patterns, bits(self.weight_bits), self.weights.concat(), table)
            .expect("parts that fit")
    }
}

/// Slices, banks of weights and words of them as a core may have them; the banks need not divide the lanes.
pub(crate) fn random_banking(parts: &Parts, rng: &mut Pcg64Mcg) -> Banking {
    let words: Vec<u32> =
        (1..=parts.mac_lanes).filter(|word| parts.mac_lanes.is_multiple_of(*word)).collect();
    let weight_word = words[rng.random_range(0..words.len())];
    Banking {
        slices: rng.random_range(1..=5),
        weight_banks: rng.random_range(1..=parts.mac_lanes / weight_word),
        weight_word,
        counter_ports: rng.random_range(1..=2),
        table_ports: rng.random_range(1..=4),
    }
}

fn random_weights(signs: &[i8], width: u8, follow: bool, rng: &mut Pcg64Mcg) -> Vec<i16> {
    let max = i16::try_from(SignedFormat::new(bits(width)).max()).expect("at most 16 bits");
    let mut weight = |sign: i8| {
        let magnitude = if width == 1 { 1 } else { rng.random_range(0..=max) };
        let sign = if follow || rng.random() { sign } else { -sign };
        i16::from(sign) * magnitude
    };
    signs.iter().map(|&sign| weight(sign)).collect()
}

fn random_table(n: usize, widths: Widths, rng: &mut Pcg64Mcg) -> Vec<u16> {
    let max = UnsignedFormat::new(bits(widths.kernel)).max();
    let entries = rng.random_range(1..=n + 1);
    let mut table: Vec<u16> = (0..entries).map(|_| rng.random_range(0..=max)).collect();
    // Only an absolute table may be zero at index 0.
    if widths.form == TableForm::NearestRelative || table.iter().all(|&word| word == 0) {
        table[0] = max;
    }
    if rng.random() {
        table.sort_unstable_by(|a, b| b.cmp(a));
    }
    table
}

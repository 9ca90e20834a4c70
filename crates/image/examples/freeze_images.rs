//! Writes the images of `fixtures/images` that are not there yet: `cargo run -p klr-image --example freeze_images`.
//!
//! A file that exists is left as it is. The version is part of each name, so a new version of the format adds files.

use klr_image::codec::{KIND, save};
use klr_image::geometry::GeometrySpec;
use klr_image::{CoreImage, Geometry, KernelTable, PatternOrder, Signs, Storage, TableForm};
use klr_units::{Bits, SignedFormat, State, WeightCoding};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::error::Error;
use std::path::Path;

type Made = Result<CoreImage, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/images");
    let images = [
        ("tiny", tiny()?),
        ("relative8", relative8()?),
        ("absolute1", absolute1()?),
        ("shared4", shared4()?),
        ("shared1", stored(&absolute1()?, Signs::InPatterns, PatternOrder::Both)?),
        ("rows", stored(&relative8()?, Signs::InWeights, PatternOrder::Row)?),
        ("odd3", coded(3, WeightCoding::Odd)?),
        ("odd3-shared", stored(&coded(3, WeightCoding::Odd)?, Signs::InPatterns, PatternOrder::Both)?),
        ("magnitude4", coded(4, WeightCoding::SignMagnitude)?),
        ("ternary", coded(2, WeightCoding::Ternary)?),
    ];
    for (name, image) in images {
        let path = folder.join(format!("v{}-{name}.img", KIND.version));
        if !path.exists() {
            save(&image, &path)?;
        }
    }
    Ok(())
}

fn bits(width: u8) -> Result<Bits, String> {
    Bits::new(width).ok_or_else(|| format!("{width} is not a width"))
}

/// Three patterns of five neurons, worked by hand in `crates/image/tests/format.rs`.
fn tiny() -> Made {
    let patterns = [[1, 1, -1, -1, 1], [1, -1, 1, -1, 1], [-1, 1, 1, -1, -1]];
    let states = patterns.iter().map(|signs| State::from_signs(signs)).collect::<Result<Vec<_>, _>>()?;
    let weights = vec![3, 2, -3, -2, 3, 2, -3, 2, -1, 1, -2, 1, 3, -3, -3];
    let table = KernelTable::new(TableForm::NearestRelative, bits(3)?, &[7, 3, 1])?;
    Ok(CoreImage::new(Geometry::tiny(), &states, bits(3)?, weights, table)?)
}

/// Patterns in two blocks, the second half full; weights along the patterns with random magnitudes.
fn relative8() -> Made {
    let (states, mut rng) = random_patterns(32, 24, 8)?;
    let mut weight = |sign: i8| i16::from(sign) * rng.random_range(48..=127i16);
    let weights = states.iter().flat_map(State::signs).map(&mut weight).collect();
    // 255 exp(-0.4 d), rounded.
    let words = [255, 171, 115, 77, 51, 35, 23, 16, 10, 7, 5, 3, 2, 1, 1, 1];
    let table = KernelTable::new(TableForm::NearestRelative, bits(8)?, &words)?;
    Ok(CoreImage::new(geometry(16, 4)?, &states, bits(8)?, weights, table)?)
}

/// Sizes that no lane count divides; weights that are the pattern bits.
fn absolute1() -> Made {
    let (states, _) = random_patterns(37, 41, 1)?;
    let weights = states.iter().flat_map(State::signs).map(i16::from).collect();
    // 63 exp(-0.4 d), rounded, cut so that a cue can be out of reach.
    let table = KernelTable::new(TableForm::Absolute, bits(6)?, &[63, 42, 28, 19, 13, 9, 6, 4, 3, 2, 1])?;
    Ok(CoreImage::new(geometry(64, 5)?, &states, bits(1)?, weights, table)?)
}

/// Weights of four bits, of which three are stored; some are zero.
fn shared4() -> Made {
    let (states, mut rng) = random_patterns(21, 10, 4)?;
    let mut weight = |sign: i8| i16::from(sign) * rng.random_range(0..=7i16);
    let weights = states.iter().flat_map(State::signs).map(&mut weight).collect();
    let table = KernelTable::new(TableForm::NearestRelative, bits(4)?, &[15, 6, 2, 1])?;
    let image = CoreImage::new(geometry(8, 3)?, &states, bits(4)?, weights, table)?;
    stored(&image, Signs::InPatterns, PatternOrder::Both)
}

/// Weights along the patterns, of every magnitude that the format holds.
fn coded(width: u8, coding: WeightCoding) -> Made {
    let format = SignedFormat::coded(bits(width)?, coding)?;
    let (states, mut rng) = random_patterns(13, 7, u128::from(width))?;
    let magnitudes: Vec<i16> = (0..=i16::MAX).take_while(|&m| i32::from(m) <= format.max()).collect();
    let held: Vec<i16> = magnitudes.into_iter().filter(|&m| format.contains(m.into())).collect();
    let mut weight = |sign: i8| i16::from(sign) * held[rng.random_range(0..held.len())];
    let weights = states.iter().flat_map(State::signs).map(&mut weight).collect();
    let table = KernelTable::new(TableForm::NearestRelative, bits(4)?, &[15, 6, 2, 1])?;
    Ok(CoreImage::new(geometry(8, 3)?, &states, format, weights, table)?)
}

/// The same image with its bits laid out in another way.
fn stored(image: &CoreImage, signs: Signs, patterns: PatternOrder) -> Made {
    Ok(image.on(image.geometry().storing(Storage { signs, patterns }))?)
}

fn random_patterns(n: usize, p: usize, seed: u128) -> Result<(Vec<State>, Pcg64Mcg), Box<dyn Error>> {
    let mut rng = Pcg64Mcg::new(seed << 1 | 1);
    let mut signs = || -> Vec<i8> { (0..n).map(|_| if rng.random() { 1 } else { -1 }).collect() };
    let states = (0..p).map(|_| State::from_signs(&signs())).collect::<Result<_, _>>()?;
    Ok((states, rng))
}

fn geometry(distance_lanes: u32, mac_lanes: u32) -> Result<Geometry, Box<dyn Error>> {
    Ok(Geometry::new(GeometrySpec {
        pattern_bytes: 1024,
        weight_bytes: u64::from(mac_lanes) * 1024,
        counter_bytes: 256,
        table_bytes: 64,
        distance_lanes,
        mac_lanes,
        accumulator_bits: 24,
    })?)
}

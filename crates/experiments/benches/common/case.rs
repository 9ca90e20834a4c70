//! What is simulated: untrained images and noisy cues, the same in every run.

use klr_experiments::plan::{PlanSource, resolve};
use klr_image::geometry::GeometrySpec;
use klr_image::{CoreImage, Geometry, KernelTable, Order};
use klr_model::{NoiseModel, Stream, Streams, noise};
use klr_sim::config::ConfigSpec;
use klr_sim::{CoreConfig, Dataflow, Schedule};
use klr_units::{Bits, State};
use rand::RngExt;
use std::fmt;
use std::str::FromStr;

/// Neurons and patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) n: u32,
    pub(crate) p: u32,
}

/// The default plan, a core of TrueNorth's size at ten patterns per neuron, and a core of Loihi's size.
pub(crate) const SIZES: [Size; 3] =
    [Size { n: 100, p: 3000 }, Size { n: 256, p: 2560 }, Size { n: 1024, p: 4096 }];

impl Size {
    pub(crate) fn weights(self) -> u64 {
        u64::from(self.n) * u64::from(self.p)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.n, self.p)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size =
            text.split_once('x').and_then(|(n, p)| Some(Self { n: n.parse().ok()?, p: p.parse().ok()? }));
        size.ok_or_else(|| format!("`{text}` is not of the form 100x3000"))
    }
}

const SEED: u64 = 1;
const CUES: u64 = 4;
/// An image and cues for it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) size: Size,
    pub(crate) image: CoreImage,
    pub(crate) cues: Vec<State>,
}

impl Case {
    pub(crate) fn new(size: Size) -> Self {
        Self::with_cues(size, CUES)
    }

    pub(crate) fn with_cues(size: Size, cues: u64) -> Self {
        let image = image(size);
        let streams = Streams::new(SEED);
        let cue = |index: u64| {
            let mu = streams.indexed(Stream::Cues, index).random_range(0..size.p);
            let mut rng = streams.indexed(Stream::Noise, index);
            noise::corrupt(
                image.pattern(klr_units::PatternIdx::new(mu)),
                0.2,
                NoiseModel::Bernoulli,
                &mut rng,
            )
        };
        let cues = (0..cues).map(cue).collect();
        Self { size, image, cues }
    }
}

/// Random patterns; weights of 8 bits with the signs of the patterns, which is what training ends near.
fn image(size: Size) -> CoreImage {
    let Size { n, p } = size;
    let mut rng = Streams::new(SEED).indexed(Stream::Patterns, size.weights());
    let mut patterns = Vec::with_capacity(p as usize);
    let mut weights: Vec<i16> = Vec::with_capacity(n as usize * p as usize);
    for _ in 0..p {
        let signs: Vec<i8> = (0..n).map(|_| if rng.random::<bool>() { 1 } else { -1 }).collect();
        weights.extend(signs.iter().map(|&sign| i16::from(sign) * rng.random_range(90..=127i16)));
        patterns.push(State::from_signs(&signs).expect("signs only"));
    }
    let eight = Bits::new(8).expect("a width that exists");
    CoreImage::new(geometry(), &patterns, eight, weights, table(eight)).expect("the memories are generous")
}

fn table(bits: Bits) -> KernelTable {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 255, and rounded"
    )]
    let words: Vec<u16> = (0..=32).map(|d| ((-0.4 * f64::from(d)).exp() * 255.0).round() as u16).collect();
    KernelTable::nearest_relative(bits, &words).expect("the words start at 255")
}

/// The widths of the default plan; memories that hold the largest size, in four slices too.
fn geometry() -> Geometry {
    Geometry::new(GeometrySpec {
        pattern_bytes: 1 << 22,
        weight_bytes: 1 << 24,
        counter_bytes: 1 << 20,
        table_bytes: 1 << 10,
        distance_lanes: 64,
        mac_lanes: 16,
        accumulator_bits: 32,
    })
    .expect("the sizes are constants within range")
}

/// The knobs of the default plan: nothing is left out.
pub(crate) fn plain() -> CoreConfig {
    resolve(&PlanSource::default_plan()).expect("the default plan can be run").hardware.config
}

/// Every lever that leaves work out.
pub(crate) fn levers() -> CoreConfig {
    CoreConfig::new(ConfigSpec {
        distance_slices: 4,
        zero_skip: true,
        candidates: 256,
        partial_distance: true,
        bitmap: true,
        early_stop: true,
        incremental: true,
        ..*plain().spec()
    })
    .expect("the knobs are constants within range")
}

pub(crate) const fn schedule(dataflow: Dataflow) -> Schedule {
    Schedule { dataflow, order: Order::Sequential }
}

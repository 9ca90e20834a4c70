//! Cues: stored patterns with bits flipped, erased, hidden behind something, or mixed with those of another pattern.
//!
//! A binary network has no state for "unknown", so an erased bit must start somewhere; [`Fill`] says where. What is
//! drawn does not depend on the level: each bit has one number of its own, so that a higher level flips or hides all that
//! a lower one does and more, and levels compare pairwise.

mod text;

use crate::pattern::PatternSet;
use crate::pattern::noise::{NoiseModel, corrupt, exact_flips};
use crate::retrieve::model::KlrModel;
use klr_units::State;
use rand::{Rng, RngExt};

/// Where an erased bit starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// At -1: a sensor that reads nothing.
    Minus,
    /// At +1: a sensor that is stuck.
    Plus,
    /// At -1 or +1 with probability 1/2 each: half of the erased bits become wrong.
    Random,
    /// Nowhere, until one synchronous step sets it: the erased bits add nothing to the distances of that step, and take
    /// the signs of its fields. From then on they are bits like any other. Of all fills this one alone uses the
    /// knowledge of which bits are missing.
    ///
    /// For [`crate::Kernel::rbf`] and [`crate::Kernel::exponential`] the step has the signs of the fields at s = 0 in the
    /// erased bits, whose kernel values differ by a factor that all patterns share. Any other kernel is looked up at the
    /// distance of the known bits: the erased ones count as agreeing with every pattern.
    Excluded,
}

/// The size of an image whose pixels, row by row, are the neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A rectangle of an image, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePart {
    /// Pixels in a row of it, at least 1.
    pub width: usize,
    /// Its rows, at least 1.
    pub height: usize,
    /// Pixels to the left of it.
    pub left: usize,
    /// Rows above it.
    pub top: usize,
}

/// One half of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The first `width / 2` columns, rounded down.
    Left,
    /// All other columns.
    Right,
    /// The first `height / 2` rows, rounded down.
    Top,
    /// All other rows.
    Bottom,
}

impl Half {
    /// This half of `image`. Opposite halves are disjoint and cover the image; the first half of a single row or column is
    /// empty, which [`make_cue`] refuses.
    #[must_use]
    pub const fn of(self, image: Image) -> ImagePart {
        let Image { width, height } = image;
        let (middle, centre) = (width / 2, height / 2);
        match self {
            Self::Left => ImagePart { width: middle, height, left: 0, top: 0 },
            Self::Right => ImagePart { width: width - middle, height, left: middle, top: 0 },
            Self::Top => ImagePart { width, height: centre, left: 0, top: 0 },
            Self::Bottom => ImagePart { width, height: height - centre, left: 0, top: centre },
        }
    }
}

/// What is done to a stored pattern to make a cue. Its text form is that of [`std::fmt::Display`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CueKind {
    /// Bits turned over, as [`corrupt`] does: the memory does not know which.
    Flips {
        /// A probability or share, 0 to 1.
        noise: f64,
        /// Which of the two.
        model: NoiseModel,
    },
    /// Bits erased all over the pattern.
    Erasures {
        /// A probability or share, 0 to 1.
        share: f64,
        /// Which of the two; an exact share erases `round(share N)` bits, halves up.
        model: NoiseModel,
        /// Where they start.
        fill: Fill,
    },
    /// `round(share N)` neighbouring bits erased, from a place drawn uniformly and on past the last neuron to the first.
    Run {
        /// The share of the bits, 0 to 1.
        share: f64,
        /// Where they start.
        fill: Fill,
    },
    /// A rectangle of an image erased; nothing but [`Fill::Random`] is drawn.
    Rectangle {
        /// The image, width x height = N.
        image: Image,
        /// What is hidden of it.
        region: ImagePart,
        /// Where the hidden bits start.
        fill: Fill,
    },
    /// A mixture with another stored pattern, drawn uniformly: each bit is that of the other with probability `share`. The
    /// expected distance from the target is `share` times that of the two patterns.
    Mixture {
        /// The probability, 0 to 1; at 1/2 neither pattern is nearer.
        share: f64,
    },
}

/// Why a cue cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CueError {
    /// A level is no probability.
    #[error("{name} is {}; it must be between 0 and 1", klr_units::text::value(value))]
    Level {
        /// The level.
        name: &'static str,
        /// The value given.
        value: f64,
    },
    /// There is no such pattern.
    #[error("pattern {target} cannot be a target: there are only {p}")]
    Target {
        /// The pattern.
        target: usize,
        /// P.
        p: usize,
    },
    /// A mixture needs two patterns.
    #[error("a mixture needs a second pattern, and there is only one")]
    OnePattern,
    /// The image has not one pixel for each neuron.
    #[error("an image of {} x {} pixels does not fit {n} neurons", image.width, image.height)]
    Image {
        /// The image.
        image: Image,
        /// N.
        n: usize,
    },
    /// The region is empty or reaches out of the image.
    #[error(
        "a region of {} x {} pixels at column {}, row {} is empty or not inside an image of {} x {}",
        region.width, region.height, region.left, region.top, image.width, image.height
    )]
    ImagePart {
        /// The region.
        region: ImagePart,
        /// The image.
        image: Image,
    },
    /// A text does not name a cue.
    #[error("`{found}` is no {what}; allowed are {allowed}")]
    Name {
        /// What was to be named.
        what: &'static str,
        /// The text given.
        found: String,
        /// What is allowed.
        allowed: String,
    },
}

/// A cue, and what is known of how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// The bits; those to be excluded are -1.
    pub state: State,
    /// +1 where a bit was erased or hidden; nowhere for flips and mixtures.
    pub hidden: State,
    /// Whether the hidden bits are still to be set ([`Fill::Excluded`]).
    pub excluded: bool,
    /// The other pattern of a mixture.
    pub other: Option<usize>,
}

impl Cue {
    /// The state a retrieval starts from: [`Self::state`], with excluded bits set by one step of `model` in which only the
    /// known bits count. A bit whose field is exactly 0 starts at -1.
    ///
    /// # Panics
    /// If the cue has another number of neurons than the model.
    #[must_use]
    pub fn start(&self, model: &KlrModel) -> State {
        let mut start = self.state.clone();
        if self.excluded {
            let fields = model.fields_from(&self.kernel_of_known_bits(model));
            (0..start.n()).filter(|&i| self.hidden.get(i) && fields[i] > 0.0).for_each(|i| start.flip(i));
        }
        start
    }

    /// The kernel at the Hamming distances that the known bits alone have.
    fn kernel_of_known_bits(&self, model: &KlrModel) -> Vec<f64> {
        assert_eq!(self.state.n(), model.n(), "a cue and its model have one number of neurons");
        let (state, hidden) = (self.state.words(), self.hidden.words());
        let known_difference =
            |((row, own), mask): ((&u64, &u64), &u64)| ((row ^ own) & !mask).count_ones() as usize;
        let distance = |mu| -> usize {
            model.patterns().row_words(mu).iter().zip(state).zip(hidden).map(known_difference).sum()
        };
        (0..model.p()).map(|mu| model.table()[distance(mu)]).collect()
    }
}

/// A cue for pattern `target`.
///
/// # Errors
/// [`CueError`] if a level is not between 0 and 1, there is no such pattern, a mixture has no second pattern, or an image
/// or region does not fit.
pub fn make_cue(
    target: usize,
    kind: CueKind,
    patterns: &PatternSet,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Cue, CueError> {
    kind.check(patterns)?;
    if target >= patterns.p() {
        return Err(CueError::Target { target, p: patterns.p() });
    }
    let (n, state) = (patterns.n(), patterns.state(target));
    let none = State::all_minus(n);
    let cue = |state, other| Cue { state, hidden: none.clone(), excluded: false, other };
    Ok(match kind {
        CueKind::Flips { noise, model } => cue(corrupt(&state, noise, model, rng), None),
        CueKind::Mixture { share } => {
            // One of the others: those from the target on are one further.
            let drawn = rng.random_range(0..patterns.p() - 1);
            let other = drawn + usize::from(drawn >= target);
            let mut mixed = state;
            for draw in draws(n, rng).into_iter().enumerate().filter(|(_, draw)| draw.level < share) {
                let i = draw.0;
                if mixed.get(i) != patterns.bit(other, i) {
                    mixed.flip(i);
                }
            }
            cue(mixed, Some(other))
        }
        CueKind::Erasures { share, model: NoiseModel::Bernoulli, fill } => {
            let draws = draws(n, rng);
            let hidden = mask(n, (0..n).filter(|&i| draws[i].level < share));
            hide(state, hidden, fill, &draws)
        }
        CueKind::Erasures { share, model: NoiseModel::Exact, fill } => {
            let order = shuffled(n, rng);
            let hidden = mask(n, order.into_iter().take(exact_flips(share, n)));
            hide(state, hidden, fill, &draws(n, rng))
        }
        CueKind::Run { share, fill } => {
            let first = rng.random_range(0..n);
            let hidden = mask(n, (first..first + exact_flips(share, n)).map(|i| i % n));
            hide(state, hidden, fill, &draws(n, rng))
        }
        CueKind::Rectangle { image, region, fill } => {
            let inside =
                |row: usize| (region.left..region.left + region.width).map(move |x| row * image.width + x);
            let hidden = mask(n, (region.top..region.top + region.height).flat_map(inside));
            hide(state, hidden, fill, &draws(n, rng))
        }
    })
}

impl CueKind {
    /// Whether bits are left out until the first step sets them ([`Fill::Excluded`]).
    #[must_use]
    pub const fn is_excluded(self) -> bool {
        match self {
            Self::Erasures { fill, .. } | Self::Run { fill, .. } | Self::Rectangle { fill, .. } => {
                matches!(fill, Fill::Excluded)
            }
            Self::Flips { .. } | Self::Mixture { .. } => false,
        }
    }

    /// Refuses what cannot be made of these patterns.
    ///
    /// # Errors
    /// [`CueError`] as for [`make_cue`].
    pub fn check(self, patterns: &PatternSet) -> Result<(), CueError> {
        let level = |name, value: f64| {
            if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(CueError::Level { name, value }) }
        };
        match self {
            Self::Flips { noise, .. } => level("noise", noise),
            Self::Erasures { share, .. } | Self::Run { share, .. } => level("share", share),
            Self::Mixture { share } if patterns.p() > 1 => level("share", share),
            Self::Mixture { .. } => Err(CueError::OnePattern),
            Self::Rectangle { image, region, .. } => check_region(image, region, patterns.n()),
        }
    }
}

fn check_region(image: Image, region: ImagePart, n: usize) -> Result<(), CueError> {
    if image.width.checked_mul(image.height) != Some(n) {
        return Err(CueError::Image { image, n });
    }
    let fits = |from: usize, length: usize, all: usize| length > 0 && from < all && length <= all - from;
    if fits(region.left, region.width, image.width) && fits(region.top, region.height, image.height) {
        Ok(())
    } else {
        Err(CueError::ImagePart { region, image })
    }
}

/// What is drawn for one bit, whether it is used or not.
#[derive(Clone, Copy)]
struct Draw {
    /// Uniform from 0 to 1; the same number [`corrupt`] takes from the generator.
    level: f64,
    /// The bit it becomes, if it is to be random.
    bit: bool,
}

fn draws(n: usize, rng: &mut (impl Rng + ?Sized)) -> Vec<Draw> {
    let draw = |word: u64| {
        // The upper 53 bits make the number, as in `random::<f64>()`, and the lowest the bit, so that they are independent.
        Draw { level: (word >> 11) as f64 / (1u64 << 53) as f64, bit: word & 1 == 1 }
    };
    (0..n).map(|_| draw(rng.next_u64())).collect()
}

/// All neurons in random order; its beginning is that of [`NoiseModel::Exact`].
fn shuffled(n: usize, rng: &mut (impl Rng + ?Sized)) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    (0..n).for_each(|place| order.swap(place, rng.random_range(place..n)));
    order
}

/// The state that is +1 at `places`, each named once.
fn mask(n: usize, places: impl Iterator<Item = usize>) -> State {
    let mut mask = State::all_minus(n);
    places.for_each(|i| mask.flip(i));
    mask
}

fn hide(mut state: State, hidden: State, fill: Fill, draws: &[Draw]) -> Cue {
    for i in (0..state.n()).filter(|&i| hidden.get(i)) {
        let bit = match fill {
            Fill::Minus | Fill::Excluded => false,
            Fill::Plus => true,
            Fill::Random => draws[i].bit,
        };
        if state.get(i) != bit {
            state.flip(i);
        }
    }
    Cue { state, hidden, excluded: fill == Fill::Excluded, other: None }
}

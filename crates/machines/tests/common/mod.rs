//! A memory small enough to be counted by hand.

use klr_image::{CoreImage, Geometry, KernelTable};
use klr_units::{Bits, State};

/// A width that exists.
pub(crate) fn bits(bits: u8) -> Bits {
    Bits::new(bits).expect("a width")
}

/// The state of `signs`.
pub(crate) fn state(signs: &[i8]) -> State {
    State::from_signs(signs).expect("signs only")
}

/// Three patterns of four neurons, weights = 3 times their signs in 3 bits.
pub(crate) fn small(table: KernelTable) -> CoreImage {
    let patterns = [[1, 1, 1, 1], [-1, -1, 1, 1], [1, -1, -1, -1]];
    let weights = patterns.iter().flatten().map(|&sign| 3 * i16::from(sign)).collect();
    CoreImage::new(Geometry::tiny(), &patterns.map(|signs| state(&signs)), bits(3), weights, table)
        .expect("it fits")
}

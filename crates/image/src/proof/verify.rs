//! The checker: every claim again from the image alone, as plainly as it can be said.

mod faults;
mod overflow;
mod radius;

use super::Certificates;
use crate::image::CoreImage;
use crate::memories::Memory;
use klr_units::Digest;
use std::num::NonZeroUsize;

/// A claim that the image does not bear out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refuted {
    /// The certificates are about another image.
    #[error("image: the certificates are about the image with SHA-256 {claimed}, this one has {found}")]
    Image {
        /// The digest in the certificates.
        claimed: String,
        /// That of the image.
        found: String,
    },
    /// A number that is not what the image gives.
    #[error("overflow: {what} is {claimed}; the image gives {found}")]
    Number {
        /// Which number.
        what: &'static str,
        /// The number in the certificate.
        claimed: u64,
        /// What was found.
        found: u64,
    },
    /// An accumulator that is too narrow.
    #[error("overflow: sums need {required} bits, the accumulators of the core have {available}")]
    Accumulator {
        /// Bits needed.
        required: u32,
        /// Bits there are.
        available: u32,
    },
    /// A state that is none of the image.
    #[error(
        "overflow: the state that comes nearest has {found} words, an image of {n} neurons has others, and unused bits are 0"
    )]
    State {
        /// Its words.
        found: usize,
        /// Neurons of the image.
        n: u32,
    },
    /// An index that the image does not have.
    #[error("{what} is {found}; the image has {count}, counted from 0")]
    Index {
        /// Which index.
        what: &'static str,
        /// The index.
        found: u64,
        /// How many there are.
        count: u64,
    },
    /// A radius that is not shown.
    #[error(
        "radius of pattern {pattern}: {certified} is not shown: at distance {distance} a cue may not be corrected"
    )]
    Radius {
        /// The pattern.
        pattern: usize,
        /// The claim.
        certified: u32,
        /// Where it fails.
        distance: u32,
    },
    /// A cue that is corrected, or is no cue beyond the radius.
    #[error("radius of pattern {pattern}: the falsifying cue {reason}")]
    Cue {
        /// The pattern.
        pattern: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A budget that is not shown.
    #[error(
        "faults of the {} memory: that {} do no harm is not shown: pattern {pattern} may be lost",
        memory.capacity(), claimed.map_or("any number of flips".to_owned(), |most| format!("{most} flips"))
    )]
    Budget {
        /// The memory.
        memory: Memory,
        /// The claim.
        claimed: Option<u32>,
        /// Where it fails.
        pattern: usize,
    },
    /// Flips that do no harm, or are no flips of this memory.
    #[error("faults of the {} memory: the falsifier {reason}", memory.capacity())]
    Fault {
        /// The memory.
        memory: Memory,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Checks every claim of `certificates` on `image`, whose file has the digest `digest`. The answer does not depend on
/// `threads`.
///
/// # Errors
/// [`Refuted`] for the first claim that is not borne out.
pub fn verify(
    image: &CoreImage,
    digest: &Digest,
    certificates: &Certificates,
    threads: NonZeroUsize,
) -> Result<(), Refuted> {
    let (claimed, found) = (certificates.image.clone(), digest.to_string());
    if claimed != found {
        return Err(Refuted::Image { claimed, found });
    }
    overflow::check(image, &certificates.overflow)?;
    radius::check(image, &certificates.radii, threads)?;
    faults::check(image, &certificates.faults, threads)
}

/// `index`, if the image has so many.
fn within(what: &'static str, index: u32, count: u32) -> Result<usize, Refuted> {
    if index < count {
        Ok(index as usize)
    } else {
        Err(Refuted::Index { what, found: index.into(), count: count.into() })
    }
}

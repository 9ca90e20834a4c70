//! The maker of certificates: it searches; `klr_image::proof` says what they mean, and checks them with arithmetic of its own.

mod faults;
mod joint;
mod memory;
mod overflow;
mod patterns;
mod radius;
mod steps;

use klr_image::CoreImage;
use klr_image::codec::{self, ImageFileError};
use klr_image::proof::Certificates;
use klr_units::Digest;
use klr_units::threads::map_in_order;
use memory::Memory;
use std::num::NonZeroUsize;

/// The certificates of `image`; they do not depend on `threads`.
///
/// # Errors
/// [`ImageFileError`] if the image has no file, whose digest they carry.
pub fn certify(image: &CoreImage, threads: NonZeroUsize) -> Result<Certificates, ImageFileError> {
    let digest = Digest::of(&codec::encode(image)?);
    let memory = Memory::of(image);
    let radii = map_in_order((0..image.p() as usize).collect(), threads, |mu| radius::of(&memory, mu));
    Ok(Certificates {
        image: digest.to_string(),
        overflow: overflow::of(&memory, threads),
        radii,
        faults: faults::of(&memory, threads),
    })
}

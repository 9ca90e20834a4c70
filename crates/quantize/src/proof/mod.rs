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
use klr_image::proof::{Certificates, Radius};
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
    let radii = radii_in(&memory, (0..image.p() as usize).collect(), threads);
    Ok(Certificates {
        image: digest.to_string(),
        overflow: overflow::of(&memory, threads),
        radii,
        faults: faults::of(&memory, threads),
    })
}

/// The radii of the patterns in `rows` alone; they do not depend on `threads`.
///
/// # Panics
/// If a row is not below P.
#[must_use]
pub fn radii(image: &CoreImage, rows: &[usize], threads: NonZeroUsize) -> Vec<Radius> {
    radii_in(&Memory::of(image), rows.to_vec(), threads)
}

fn radii_in(memory: &Memory<'_>, rows: Vec<usize>, threads: NonZeroUsize) -> Vec<Radius> {
    map_in_order(rows, threads, |mu| radius::of(memory, mu))
}

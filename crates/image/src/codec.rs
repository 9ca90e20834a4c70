//! The image as bytes; `docs/image-format.md` draws the layout.

use crate::error::ImageError;
use crate::geometry::{Geometry, GeometryError, GeometrySpec};
use crate::image::CoreImage;
use crate::provenance::{Provenance, ProvenanceError};
use crate::storage::{PatternOrder, Signs, Storage};
use crate::table::{KernelTable, KernelTableError};
use klr_units::file::{self, FileError};
use klr_units::frame::{self, FileKind, FrameError};
use klr_units::{Bits, OutOfRange, SignedFormat, TableForm, WeightCoding};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The frame of an image file. Versions 1 and 2 are read, version 3 is written.
pub const KIND: FileKind = FileKind { magic: *b"KLRIMAGE", oldest: 1, version: 3, name: "core image" };

/// Why bytes are not an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageFileError {
    /// The frame is wrong: magic, version, length, checksum or payload.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The geometry in the file is not one a core can have.
    #[error("core image: {0}")]
    Geometry(#[from] GeometryError),
    /// The parts in the file do not fit together.
    #[error("core image: {0}")]
    Image(#[from] ImageError),
    /// The table in the file cannot work.
    #[error("core image: {0}")]
    Table(#[from] KernelTableError),
    /// A width in the file is not 1 to 16.
    #[error("core image: {what} is {found}; allowed are 1 to 16")]
    Width {
        /// Which width.
        what: &'static str,
        /// What was found.
        found: u8,
    },
    /// The form of the table in the file is none that there is.
    #[error("core image: kernel_form is {0}; allowed are 0 for absolute, 1 for nearest-relative")]
    Form(u32),
    /// The place of the signs in the file is none that there is.
    #[error("core image: signs is {0}; allowed are 0 for in the weights, 1 for in the patterns")]
    Signs(u32),
    /// The order of the patterns in the file is none that there is.
    #[error("core image: pattern_order is {0}; allowed are 0 for column, 1 for row, 2 for both")]
    PatternOrder(u32),
    /// The coding of the weights in the file is none that there is.
    #[error(
        "core image: weight_coding is {0}; allowed are 0 for two's complement, 1 for sign and magnitude, 2 for odd, 3 for \
         ternary"
    )]
    WeightCoding(u32),
    /// What the image was made with is not told as it may be.
    #[error("core image: {0}")]
    Provenance(#[from] ProvenanceError),
    /// The coding of the weights in the file has no such width.
    #[error("core image: {0}")]
    WeightFormat(OutOfRange),
    /// The table in the file ends in zeros: the image has a shorter file, and equal images have equal files.
    #[error(
        "core image: the table has {found} kernel words, of which the last {zeros} are zero and not stored"
    )]
    TrailingZeros {
        /// Words in the file.
        found: usize,
        /// Zeros at their end.
        zeros: usize,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// One of the above, with the name of the file.
    #[error("{path}: {error}")]
    In {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
}

/// The payload of version 3: that of version 2, and how weights are coded.
#[derive(Serialize, Deserialize)]
struct Payload {
    content: Version2,
    weight_coding: u32,
    /// What the image was made with, key by key.
    provenance: Vec<(String, String)>,
}

/// The payload of version 2: that of version 1, and the layout of bits; its weights are in two's complement.
#[derive(Serialize, Deserialize)]
struct Version2 {
    content: Version1,
    signs: u32,
    pattern_order: u32,
}

/// The payload of version 1, field by field in the order of the file; its layout of bits is the default one.
#[derive(Serialize, Deserialize)]
struct Version1 {
    geometry: GeometrySpec,
    n: u32,
    p: u64,
    weight_bits: u8,
    kernel_bits: u8,
    kernel_form: u32,
    /// By column; named as in `docs/image-format.md`.
    pattern_rows: Vec<u64>,
    weights: Vec<i16>,
    table: Vec<u16>,
}

/// The number of a form in files, written out so that no change of the type renumbers files that exist.
const fn form_number(form: TableForm) -> u32 {
    match form {
        TableForm::Absolute => 0,
        TableForm::NearestRelative => 1,
    }
}

fn numbered_form(number: u32) -> Result<TableForm, ImageFileError> {
    let forms = [TableForm::Absolute, TableForm::NearestRelative];
    forms.into_iter().find(|&form| form_number(form) == number).ok_or(ImageFileError::Form(number))
}

const fn signs_number(signs: Signs) -> u32 {
    match signs {
        Signs::InWeights => 0,
        Signs::InPatterns => 1,
    }
}

const fn order_number(order: PatternOrder) -> u32 {
    match order {
        PatternOrder::Column => 0,
        PatternOrder::Row => 1,
        PatternOrder::Both => 2,
    }
}

const fn coding_number(coding: WeightCoding) -> u32 {
    match coding {
        WeightCoding::TwosComplement => 0,
        WeightCoding::SignMagnitude => 1,
        WeightCoding::Odd => 2,
        WeightCoding::Ternary => 3,
    }
}

fn numbered_coding(number: u32) -> Result<WeightCoding, ImageFileError> {
    let known = WeightCoding::ALL.into_iter().find(|&coding| coding_number(coding) == number);
    known.ok_or(ImageFileError::WeightCoding(number))
}

fn numbered_storage(signs: u32, order: u32) -> Result<Storage, ImageFileError> {
    let known = Signs::ALL.into_iter().find(|&known| signs_number(known) == signs);
    let patterns = PatternOrder::ALL.into_iter().find(|&known| order_number(known) == order);
    Ok(Storage {
        signs: known.ok_or(ImageFileError::Signs(signs))?,
        patterns: patterns.ok_or(ImageFileError::PatternOrder(order))?,
    })
}

/// The bytes of `image`.
///
/// # Errors
/// [`ImageFileError::Frame`] if the frame refuses the payload, which no image of a valid size makes it do.
pub fn encode(image: &CoreImage) -> Result<Vec<u8>, ImageFileError> {
    let content = Version1 {
        geometry: image.geometry().spec(),
        n: image.n(),
        p: image.p().into(),
        weight_bits: image.weight_format().bits().get(),
        kernel_bits: image.table().format().bits().get(),
        kernel_form: form_number(image.table().form()),
        pattern_rows: image.columns().to_vec(),
        weights: image.weights().to_vec(),
        table: image.table().entries().to_vec(),
    };
    let storage = image.geometry().storage();
    let content = Version2 {
        content,
        signs: signs_number(storage.signs),
        pattern_order: order_number(storage.patterns),
    };
    let weight_coding = coding_number(image.weight_format().coding());
    let payload = Payload { content, weight_coding, provenance: image.provenance().entries().to_vec() };
    Ok(frame::encode(KIND, &payload)?)
}

/// The image in `bytes`, of any version there has been, checked as if it were new.
///
/// # Errors
/// [`ImageFileError`] for a wrong frame, or for a payload that makes no image.
pub fn decode(bytes: &[u8]) -> Result<CoreImage, ImageFileError> {
    let framed = frame::open(KIND, bytes)?;
    let mut provenance = Provenance::default();
    let (Version2 { content, signs, pattern_order }, weight_coding) = match framed.version {
        1 => return image_of(framed.payload()?, Storage::default(), WeightCoding::default()),
        2 => (framed.payload()?, 0),
        _ => {
            let Payload { content, weight_coding, provenance: entries } = framed.payload()?;
            provenance = Provenance::new(entries)?;
            (content, weight_coding)
        }
    };
    let image = image_of(content, numbered_storage(signs, pattern_order)?, numbered_coding(weight_coding)?)?;
    Ok(image.made_with(provenance))
}

fn image_of(payload: Version1, storage: Storage, coding: WeightCoding) -> Result<CoreImage, ImageFileError> {
    let width = |what, found| Bits::new(found).ok_or(ImageFileError::Width { what, found });
    let kernel_bits = width("kernel_bits", payload.kernel_bits)?;
    let table = KernelTable::new(numbered_form(payload.kernel_form)?, kernel_bits, &payload.table)?;
    let found = payload.table.len();
    if found > table.window() {
        return Err(ImageFileError::TrailingZeros { found, zeros: found - table.window() });
    }
    let weight_bits = width("weight_bits", payload.weight_bits)?;
    Ok(CoreImage::from_columns(
        Geometry::new(payload.geometry)?.storing(storage),
        payload.n,
        payload.p,
        payload.pattern_rows,
        SignedFormat::coded(weight_bits, coding).map_err(ImageFileError::WeightFormat)?,
        payload.weights,
        table,
    )?)
}

/// Writes `image` to `path`, whole or not at all.
///
/// # Errors
/// [`ImageFileError`] that names the file.
pub fn save(image: &CoreImage, path: &Path) -> Result<(), ImageFileError> {
    Ok(file::write_atomically(path, &encode(image)?)?)
}

/// Reads the image in `path`.
///
/// # Errors
/// [`ImageFileError`] that names the file.
pub fn load(path: &Path) -> Result<CoreImage, ImageFileError> {
    let bytes = file::read(path)?;
    decode(&bytes)
        .map_err(|error| ImageFileError::In { path: klr_units::text::path(path), error: Box::new(error) })
}

//! Published totals, computed again from this crate's own tables: how far the prices can be trusted, misses included.
//!
//! Each folder of `crates/energy/anchors` is one publication: citation, activity, tolerance, and its figures.

mod activity;
mod folder;

use crate::cost::Cost;
use folder::{FOLDERS, Folder};

/// What a published total has to do with the table that prices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The table is made from this publication, in part at least: that both agree shows no more than care.
    Calibration,
    /// The publication gave the table other figures than this one.
    SameSource,
    /// Nothing of the publication is in the table.
    HeldOut,
}

impl Role {
    /// The role in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calibration => "calibration",
            Self::SameSource => "same-source",
            Self::HeldOut => "held-out",
        }
    }
}

/// One published total beside what the tables make of the same activity.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// The folder of `crates/energy/anchors` that it is from.
    pub folder: &'static str,
    /// What was measured or published, and on what.
    pub name: String,
    /// The price table, and which figure of its band if not the nominal one.
    pub table: String,
    /// The unit of both figures.
    pub unit: String,
    /// The published figure.
    pub published: f64,
    /// What the table gives, as far as it prices the activity.
    pub modelled: Cost<f64>,
    /// `modelled / published - 1`.
    pub relative_error: Cost<f64>,
    /// The relative errors at which the table would be called right, stated with their reason in the folder.
    pub tolerance: (f64, f64),
    /// The relative errors measured, least and greatest: an error outside them means that a price has changed.
    pub band: (f64, f64),
    /// What the figure has to do with the table.
    pub role: Role,
    /// The publication.
    pub citation: String,
    /// Whether the publication was read through a source that quotes it.
    pub secondary: bool,
    /// The name of its first author, by which tables cite it.
    pub author: String,
    /// What the comparison shows, in a few words.
    pub remark: String,
}

impl Anchor {
    /// Whether the error, or its lower bound where a price is missing, is the one that was measured.
    #[must_use]
    pub fn holds(&self) -> bool {
        within(self.relative_error, self.band)
    }

    /// Whether the table is not right to the tolerance of the folder.
    #[must_use]
    pub fn is_miss(&self) -> bool {
        !within(self.relative_error, self.tolerance)
    }
}

fn within(error: Cost<f64>, (least, most): (f64, f64)) -> bool {
    match error {
        Cost::Known(error) | Cost::AtLeast(error) => (least..=most).contains(&error),
        Cost::Unknown => false,
    }
}

/// Every anchor, computed through [`price_over`](crate::price_over) from the presets: no constant of a chip is repeated
/// here.
///
/// # Panics
/// Never with the presets and folders as shipped, which the tests of this crate read.
#[must_use]
pub fn anchors() -> Vec<Anchor> {
    FOLDERS.iter().flat_map(|&(folder, text)| of_folder(folder, text)).collect()
}

fn of_folder(folder: &'static str, text: &str) -> Vec<Anchor> {
    let of = Folder::read(folder, text);
    let anchor = |point: &folder::Point| {
        let modelled = activity::modelled(&point.id, &point.table, &point.figure);
        Anchor {
            folder,
            name: point.name.clone(),
            table: match point.figure.as_str() {
                "nominal" => point.table.clone(),
                figure => format!("{}, {figure}", point.table),
            },
            unit: point.unit.clone(),
            published: point.published,
            modelled,
            relative_error: modelled.map(|modelled| modelled / point.published - 1.0),
            tolerance: of.tolerance,
            band: point.expected,
            role: of.role,
            citation: of.citation.clone(),
            secondary: of.secondary,
            author: of.author.clone(),
            remark: point.remark.clone(),
        }
    };
    of.points.iter().map(anchor).collect()
}

//! The section `[patterns]` of a plan: where the patterns come from.

use crate::error::Error;
use crate::plan::keys::Keys;
use klr_image::geometry::MAX_NEURONS;
use klr_model::generate::FieldShape;
use std::path::PathBuf;

/// The most patterns, and the most cues, a plan may ask for.
pub(super) const MAX_ROWS: u64 = 1 << 20;

/// Where the patterns come from.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternSource {
    /// Drawn.
    Generated {
        /// Neurons.
        n: usize,
        /// Patterns.
        p: usize,
        /// How bits and patterns depend on each other.
        law: Law,
    },
    /// The handwritten digits that come with the program.
    Digits64,
    /// A NumPy file.
    File(PathBuf),
}

/// What generated patterns are drawn from (`klr_model::generate`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Every bit +1 with probability 1/2.
    Independent,
    /// Every bit +1 with probability `activity`.
    Biased {
        /// The probability.
        activity: f64,
    },
    /// `members` patterns around each of P / `members` random prototypes.
    Clusters {
        /// Patterns around a prototype; P is a multiple of it.
        members: usize,
        /// The probability that a bit differs from the prototype's.
        flip: f64,
    },
    /// Neighbouring bits are alike.
    Field(FieldShape),
}

impl PatternSource {
    /// The source in a report: the name in plans, or the file.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Generated { law: Law::Independent, .. } => "random".to_owned(),
            Self::Generated { law: Law::Biased { .. }, .. } => "biased".to_owned(),
            Self::Generated { law: Law::Clusters { .. }, .. } => "clusters".to_owned(),
            Self::Generated { law: Law::Field(_), .. } => "field".to_owned(),
            Self::Digits64 => "digits64".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

pub(super) fn patterns(keys: &Keys<'_>) -> Result<PatternSource, Error> {
    let generated = |law: fn(&Keys<'_>, usize, usize) -> Result<Law, Error>| {
        let n = size(keys, "patterns.n", MAX_NEURONS.into())?;
        let p = size(keys, "patterns.p", MAX_ROWS)?;
        Ok(PatternSource::Generated { n, p, law: law(keys, n, p)? })
    };
    let sources = [("random", 0), ("biased", 1), ("clusters", 2), ("field", 3), ("digits64", 4), ("file", 5)];
    match keys.choice("patterns.source", &sources)? {
        0 => generated(|_, _, _| Ok(Law::Independent)),
        1 => generated(|keys, _, _| Ok(Law::Biased { activity: keys.share("patterns.activity")? })),
        2 => generated(clusters),
        3 => generated(field),
        4 => Ok(PatternSource::Digits64),
        _ => keys
            .path("patterns.file")
            .map(PatternSource::File)
            .ok_or_else(|| keys.0.wrong("patterns.file", "patterns.source = \"file\" needs a path")),
    }
}

fn size(keys: &Keys<'_>, key: &str, most: u64) -> Result<usize, Error> {
    let allowed = format!("allowed are 1 to {most}");
    let value: u64 = keys.whole(key, &allowed)?;
    match usize::try_from(value) {
        Ok(size) if (1..=most).contains(&value) => Ok(size),
        _ => Err(keys.0.wrong(key, &allowed)),
    }
}

fn clusters(keys: &Keys<'_>, _: usize, p: usize) -> Result<Law, Error> {
    let members = size(keys, "patterns.members", MAX_ROWS)?;
    if !p.is_multiple_of(members) {
        return Err(keys
            .0
            .wrong("patterns.members", &format!("patterns.p = {p} has to be a multiple of it")));
    }
    Ok(Law::Clusters { members, flip: keys.share("patterns.flip")? })
}

fn field(keys: &Keys<'_>, n: usize, _: usize) -> Result<Law, Error> {
    let width = size(keys, "patterns.width", MAX_NEURONS.into())?;
    if !n.is_multiple_of(width) {
        return Err(keys.0.wrong("patterns.width", &format!("patterns.n = {n} has to be a multiple of it")));
    }
    Ok(Law::Field(FieldShape { width, height: n / width, length: keys.not_negative("patterns.length")? }))
}

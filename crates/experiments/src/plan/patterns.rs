//! The section `[patterns]` of a plan: where the patterns come from.

use crate::plan::error::PlanError;
use crate::plan::keys::Keys;
use klr_image::geometry::MAX_NEURONS;
use klr_model::generate::FieldShape;
use std::path::PathBuf;

/// The most patterns, and the most cues, a plan may ask for.
pub(super) const MAX_ROWS: u32 = 1 << 20;

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

/// The words for a source of patterns.
#[derive(Clone, Copy)]
enum SourceKind {
    Random,
    Biased,
    Clusters,
    Field,
    Digits64,
    File,
}

const SOURCES: [(&str, SourceKind); 6] = [
    ("random", SourceKind::Random),
    ("biased", SourceKind::Biased),
    ("clusters", SourceKind::Clusters),
    ("field", SourceKind::Field),
    ("digits64", SourceKind::Digits64),
    ("file", SourceKind::File),
];

/// The numbers of the section, whether or not the source needs them.
struct Numbers {
    n: usize,
    p: usize,
    activity: f64,
    members: usize,
    flip: f64,
    width: usize,
    length: f64,
}

pub(super) fn patterns(keys: Keys<'_>) -> Result<PatternSource, PlanError> {
    let numbers = Numbers {
        n: keys.whole("patterns.n", 1..=MAX_NEURONS)? as usize,
        p: keys.whole("patterns.p", 1..=MAX_ROWS)? as usize,
        activity: keys.share("patterns.activity")?,
        members: keys.whole("patterns.members", 1..=MAX_ROWS)? as usize,
        flip: keys.share("patterns.flip")?,
        width: keys.whole("patterns.width", 1..=MAX_NEURONS)? as usize,
        length: keys.not_negative("patterns.length")?,
    };
    let Numbers { n, p, activity, .. } = numbers;
    let law = match keys.choice("patterns.source", &SOURCES)? {
        SourceKind::Random => Law::Independent,
        SourceKind::Biased => Law::Biased { activity },
        SourceKind::Clusters => clusters(keys, &numbers)?,
        SourceKind::Field => field(keys, &numbers)?,
        SourceKind::Digits64 => return Ok(PatternSource::Digits64),
        SourceKind::File => {
            let path = keys.path("patterns.file");
            return path
                .map(PatternSource::File)
                .ok_or_else(|| keys.wrong("patterns.file", "patterns.source = \"file\" needs a path"));
        }
    };
    Ok(PatternSource::Generated { n, p, law })
}

fn clusters(keys: Keys<'_>, &Numbers { p, members, flip, .. }: &Numbers) -> Result<Law, PlanError> {
    if !p.is_multiple_of(members) {
        return Err(keys.wrong("patterns.members", format!("patterns.p = {p} has to be a multiple of it")));
    }
    Ok(Law::Clusters { members, flip })
}

fn field(keys: Keys<'_>, &Numbers { n, width, length, .. }: &Numbers) -> Result<Law, PlanError> {
    if !n.is_multiple_of(width) {
        return Err(keys.wrong("patterns.width", format!("patterns.n = {n} has to be a multiple of it")));
    }
    Ok(Law::Field(FieldShape { width, height: n / width, length }))
}

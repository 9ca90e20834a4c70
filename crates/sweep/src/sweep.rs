//! A sweep: a plan, the keys that are swept, and the points, each known by what it is derived from.

use crate::axes::{Axes, Axis};
use crate::error::SweepError;
use klr_energy::PriceTable;
use klr_experiments::plan::PlanSource;
use klr_units::{Digest, VERSION, file};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use toml::Value;

/// The table of a plan file that says what is swept.
const TABLE: &str = "sweep";

/// The key that names a price table that comes with klr.
const PRESET: &str = "energy.preset";

/// Which point: the digest of its plan, of the files that the plan names, of its price table and of the version of klr.
/// Where files lie makes no difference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PointId(Digest);

impl fmt::Display for PointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One plan of a sweep.
#[derive(Clone, Debug)]
pub struct Point {
    id: PointId,
    index: u64,
}

impl Point {
    /// Which point it is.
    #[must_use]
    pub const fn id(&self) -> PointId {
        self.id
    }
}

/// A plan, and the keys of it that are swept.
#[derive(Clone, Debug)]
pub struct Sweep {
    base: PlanSource,
    axes: Axes,
    points: Vec<Point>,
}

impl Sweep {
    /// The sweep in the plan file `name`, with `settings` (`key=value`) laid over its plan.
    ///
    /// # Errors
    /// [`SweepError`] naming file, line and key of what is wrong with the plan or with its table `[sweep]`.
    pub fn load(name: &str, settings: &[String]) -> Result<Self, SweepError> {
        let (mut base, table) = PlanSource::load_with(name, TABLE)?;
        for setting in settings {
            base.set(setting)?;
        }
        let axes = Axes::read(name, table, &base)?;
        let is_set = |axis: &&Axis| {
            settings.iter().any(|setting| setting.split('=').next().map(str::trim) == Some(&axis.key))
        };
        if let Some(axis) = axes.axes().iter().find(is_set) {
            return Err(SweepError::SetAndSwept { key: axis.key.clone(), place: axis.place.clone() });
        }
        let mut sweep = Self { base, axes, points: Vec::new() };
        let mut files = Files::default();
        let mut known = BTreeMap::new();
        for index in 0..sweep.axes.count() {
            let id = files.identity(&sweep.source_at(index)?);
            // Two settings of a key that has no effect are one point.
            if known.insert(id, index).is_none() {
                sweep.points.push(Point { id, index });
            }
        }
        Ok(sweep)
    }

    /// The points, in the order of the table; one that is there twice is one point.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The keys that are swept.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.axes.axes().iter().map(|axis| axis.key.as_str())
    }

    /// The plan that all points have in common.
    pub(crate) const fn base(&self) -> &PlanSource {
        &self.base
    }

    /// The values of the swept keys at `point`, in the order of [`Self::keys`].
    pub(crate) fn values(&self, point: &Point) -> Vec<&Value> {
        self.axes.at(point.index)
    }

    /// The plan of `point`.
    ///
    /// # Errors
    /// [`SweepError::Plan`] if a value may not stand for its key, which is found when the sweep is read.
    pub fn source(&self, point: &Point) -> Result<PlanSource, SweepError> {
        self.source_at(point.index)
    }

    fn source_at(&self, index: u64) -> Result<PlanSource, SweepError> {
        let mut source = self.base.clone();
        for (axis, value) in self.axes.axes().iter().zip(self.axes.at(index)) {
            source.put(&axis.key, value.clone(), axis.place.clone())?;
        }
        Ok(source)
    }

    /// The settings of `point` in words.
    pub(crate) fn words(&self, point: &Point) -> String {
        let settings = self.keys().zip(self.values(point));
        settings.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    }
}

/// Digests of files, each read once.
#[derive(Debug, Default)]
pub(crate) struct Files {
    digests: BTreeMap<PathBuf, String>,
    presets: BTreeMap<String, String>,
}

impl Files {
    fn identity(&mut self, source: &PlanSource) -> PointId {
        let mut text = self.named(source).to_toml();
        let preset = source.entries().find(|(key, _)| *key == PRESET).and_then(|(_, value)| value.as_str());
        if let Some(preset) = preset {
            text.push_str(&format!("{}  prices\n", self.prices(preset)));
        }
        text.push_str(&format!("klr {VERSION}\n"));
        PointId(Digest::of(text.as_bytes()))
    }

    /// The plan with digests in the place of the paths that it reads.
    pub(crate) fn named(&mut self, source: &PlanSource) -> PlanSource {
        let names: BTreeMap<&str, String> = source
            .named_files()
            .map(|key| {
                let path =
                    source.entries().find(|(known, _)| *known == key).and_then(|(_, value)| value.as_str());
                (key, path.map_or_else(String::new, |path| self.digest(Path::new(path))))
            })
            .collect();
        source.naming(|key| names.get(key).map_or("", String::as_str))
    }

    /// The digest of a file; of one that cannot be read, its path: the point says so when it is run.
    fn digest(&mut self, path: &Path) -> String {
        if let Some(known) = self.digests.get(path) {
            return known.clone();
        }
        let digest = file::read(path)
            .map_or_else(|_| path.display().to_string(), |bytes| Digest::of(&bytes).to_string());
        self.digests.insert(path.to_owned(), digest.clone());
        digest
    }

    /// The digest of a price table that comes with klr; empty if there is none of this name.
    pub(crate) fn prices(&mut self, preset: &str) -> String {
        if let Some(known) = self.presets.get(preset) {
            return known.clone();
        }
        let digest = PriceTable::preset(preset)
            .map_or_else(|_| String::new(), |table| Digest::of(table.text().as_bytes()).to_string());
        self.presets.insert(preset.to_owned(), digest.clone());
        digest
    }
}

/// Part `part` of `of` of the points: those whose digests fall to it. Every point falls to one part, whatever else there is
/// in the sweep, so that the number of parts may change between runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    part: u64,
    of: u64,
}

impl Shard {
    /// The only part of one.
    pub const WHOLE: Self = Self { part: 1, of: 1 };

    /// Whether `point` falls to this part.
    #[must_use]
    pub fn has(self, point: &Point) -> bool {
        let hexadecimal = point.id.to_string();
        let number = u64::from_str_radix(&hexadecimal[..16], 16).unwrap_or_default();
        number % self.of == self.part - 1
    }

    /// Whether this is all there is.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.of == 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl FromStr for Shard {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self, SweepError> {
        let wrong = || SweepError::Shard(text.to_owned());
        let (part, of) = text.split_once('/').ok_or_else(wrong)?;
        let (part, of) = (part.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if (1..=of).contains(&part) && of <= 65_536 { Ok(Self { part, of }) } else { Err(wrong()) }
    }
}

//! Cues in words, as plans spell them: lower case, words joined by hyphens, parts by colons.
//!
//! | text | cue |
//! |---|---|
//! | `flips:bernoulli:0.2`, `flips:exact:0.2` | [`CueKind::Flips`] |
//! | `erasures:exact:0.3:random` | [`CueKind::Erasures`] |
//! | `run:0.25:minus` | [`CueKind::Run`] |
//! | `rectangle:8x8:4x6+2+1:plus` | [`CueKind::Rectangle`]: image, then region as WIDTHxHEIGHT+LEFT+TOP |
//! | `half:8x8:left:excluded` | the [`CueKind::Rectangle`] of that half; written back as a rectangle |
//! | `mixture:0.5` | [`CueKind::Mixture`] |

use super::{CueError, CueKind, Fill, Half, Image, ImagePart};
use crate::pattern::noise::NoiseModel;
use klr_units::text::value;
use std::fmt;
use std::str::FromStr;

const FILLS: [(&str, Fill); 4] =
    [("minus", Fill::Minus), ("plus", Fill::Plus), ("random", Fill::Random), ("excluded", Fill::Excluded)];
const HALVES: [(&str, Half); 4] =
    [("left", Half::Left), ("right", Half::Right), ("top", Half::Top), ("bottom", Half::Bottom)];
const NOISE_MODELS: [(&str, NoiseModel); 2] =
    [("bernoulli", NoiseModel::Bernoulli), ("exact", NoiseModel::Exact)];

/// The forms of a cue, for messages.
const FORMS: &str = "flips:MODEL:NOISE, erasures:MODEL:SHARE:FILL, run:SHARE:FILL, \
     rectangle:WIDTHxHEIGHT:WIDTHxHEIGHT+LEFT+TOP:FILL, half:WIDTHxHEIGHT:HALF:FILL and mixture:SHARE";

fn wrong(what: &'static str, found: &str, allowed: impl Into<String>) -> CueError {
    CueError::Name { what, found: found.to_owned(), allowed: allowed.into() }
}

fn named<T: Copy>(what: &'static str, names: &[(&str, T)], found: &str) -> Result<T, CueError> {
    let allowed = || names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let (_, value) =
        names.iter().find(|(name, _)| *name == found).ok_or_else(|| wrong(what, found, allowed()))?;
    Ok(*value)
}

fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, named)| named == value).expect("every value has a name").0
}

fn number(found: &str) -> Result<f64, CueError> {
    let wrong = || wrong("level", found, "numbers from 0 to 1");
    let value: f64 = found.parse().map_err(|_| wrong())?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(wrong()) }
}

/// Whole numbers between separators: `8x8` at `x`, `4x6+2+1` at `x++`.
fn whole<const COUNT: usize>(
    what: &'static str,
    found: &str,
    separators: &str,
    allowed: &str,
) -> Result<[usize; COUNT], CueError> {
    let mut rest = found;
    let mut values = [0; COUNT];
    for (at, value) in values.iter_mut().enumerate() {
        let (number, after) = match separators.chars().nth(at) {
            Some(separator) => rest.split_once(separator).ok_or_else(|| wrong(what, found, allowed))?,
            None => (rest, ""),
        };
        // `parse` would take a sign, which is a separator here.
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        *value = number.parse().ok().filter(|_| digits).ok_or_else(|| wrong(what, found, allowed))?;
        rest = after;
    }
    Ok(values)
}

fn image(found: &str) -> Result<Image, CueError> {
    let [width, height] = whole("image size", found, "x", "sizes such as 8x8")?;
    Ok(Image { width, height })
}

fn region(found: &str) -> Result<ImagePart, CueError> {
    let [width, height, left, top] = whole("region", found, "x++", "regions such as 4x6+2+1")?;
    Ok(ImagePart { width, height, left, top })
}

impl FromStr for Fill {
    type Err = CueError;

    fn from_str(found: &str) -> Result<Self, CueError> {
        named("fill", &FILLS, found)
    }
}

impl fmt::Display for Fill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&FILLS, self))
    }
}

impl FromStr for Half {
    type Err = CueError;

    fn from_str(found: &str) -> Result<Self, CueError> {
        named("half", &HALVES, found)
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&HALVES, self))
    }
}

impl CueKind {
    /// The first word of its text form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flips { .. } => "flips",
            Self::Erasures { .. } => "erasures",
            Self::Run { .. } => "run",
            Self::Rectangle { .. } => "rectangle",
            Self::Mixture { .. } => "mixture",
        }
    }
}

impl FromStr for CueKind {
    type Err = CueError;

    /// Reads the text form. Whether an image fits the patterns is known only with them: [`CueKind::check`].
    fn from_str(found: &str) -> Result<Self, CueError> {
        let noise_model = |name: &str| named("noise model", &NOISE_MODELS, name);
        let parts: Vec<&str> = found.split(':').collect();
        Ok(match parts[..] {
            ["flips", model, noise] => Self::Flips { noise: number(noise)?, model: noise_model(model)? },
            ["erasures", model, share, fill] => {
                Self::Erasures { share: number(share)?, model: noise_model(model)?, fill: fill.parse()? }
            }
            ["run", share, fill] => Self::Run { share: number(share)?, fill: fill.parse()? },
            ["rectangle", size, part, fill] => {
                Self::Rectangle { image: image(size)?, region: region(part)?, fill: fill.parse()? }
            }
            ["half", size, half, fill] => {
                let image = image(size)?;
                let region = half.parse::<Half>()?.of(image);
                Self::Rectangle { image, region, fill: fill.parse()? }
            }
            ["mixture", share] => Self::Mixture { share: number(share)? },
            _ => return Err(wrong("cue", found, FORMS)),
        })
    }
}

impl fmt::Display for CueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.name())?;
        match self {
            Self::Flips { noise, model } => write!(f, "{}:{}", name_of(&NOISE_MODELS, model), value(noise)),
            Self::Erasures { share, model, fill } => {
                write!(f, "{}:{}:{fill}", name_of(&NOISE_MODELS, model), value(share))
            }
            Self::Run { share, fill } => write!(f, "{}:{fill}", value(share)),
            Self::Rectangle { image, region, fill } => {
                let ImagePart { width, height, left, top } = region;
                write!(f, "{}x{}:{width}x{height}+{left}+{top}:{fill}", image.width, image.height)
            }
            Self::Mixture { share } => f.write_str(&value(share)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for text in [
            "flips:bernoulli:0.2",
            "flips:exact:1",
            "erasures:exact:0.3:random",
            "erasures:bernoulli:0:excluded",
            "run:0.25:minus",
            "rectangle:8x8:4x6+2+1:plus",
            "mixture:0.5",
        ] {
            let kind: CueKind = text.parse().unwrap();
            assert_eq!(kind.to_string(), text, "{kind:?}");
            assert_eq!(text.split(':').next(), Some(kind.name()), "{kind:?}");
        }
        for (name, fill) in FILLS {
            assert_eq!((name.parse(), fill.to_string().as_str()), (Ok(fill), name));
        }
        for (name, half) in HALVES {
            assert_eq!((name.parse(), half.to_string().as_str()), (Ok(half), name));
        }
    }

    #[test]
    fn parts_land_where_they_belong() {
        let fill = Fill::Plus;
        let expected = CueKind::Rectangle {
            image: Image { width: 10, height: 8 },
            region: ImagePart { width: 4, height: 6, left: 2, top: 1 },
            fill,
        };
        assert_eq!("rectangle:10x8:4x6+2+1:plus".parse(), Ok(expected));
        for (half, same) in
            [("left", "4x5+0+0"), ("right", "5x5+4+0"), ("top", "9x2+0+0"), ("bottom", "9x3+0+2")]
        {
            let kind: CueKind = format!("half:9x5:{half}:plus").parse().unwrap();
            assert_eq!(kind.to_string(), format!("rectangle:9x5:{same}:plus"), "the {half} half");
        }
    }

    #[test]
    fn nonsense_is_named() {
        for (text, message) in [
            ("flips:0.2", format!("`flips:0.2` is no cue; allowed are {FORMS}")),
            ("flips:gauss:0.2", "`gauss` is no noise model; allowed are bernoulli, exact".into()),
            ("run:0.2:zero", "`zero` is no fill; allowed are minus, plus, random, excluded".into()),
            ("mixture:1.5", "`1.5` is no level; allowed are numbers from 0 to 1".into()),
            ("mixture:NaN", "`NaN` is no level; allowed are numbers from 0 to 1".into()),
            ("half:8x8:middle:plus", "`middle` is no half; allowed are left, right, top, bottom".into()),
            ("half:8:left:plus", "`8` is no image size; allowed are sizes such as 8x8".into()),
            ("half:8x8x8:left:plus", "`8x8x8` is no image size; allowed are sizes such as 8x8".into()),
            ("rectangle:8x8:4x4+1:plus", "`4x4+1` is no region; allowed are regions such as 4x6+2+1".into()),
            (
                "rectangle:8x8:4x4++1+1:plus",
                "`4x4++1+1` is no region; allowed are regions such as 4x6+2+1".into(),
            ),
        ] {
            assert_eq!(text.parse::<CueKind>().unwrap_err().to_string(), message, "{text}");
        }
    }
}

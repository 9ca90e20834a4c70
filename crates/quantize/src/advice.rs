//! Settings that would keep more of the stored patterns: tried, not guessed.

use crate::{Conditions, Method, QuantizeConfig, quantize_and_check};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Sizing};
use klr_model::KlrModel;
use klr_model::stored::Look;
use klr_units::{Bits, SignedFormat, WeightRounding};

/// Shares of the largest dual variable that are tried as a clip.
const CLIPS: [f64; 3] = [0.5, 0.25, 0.125];

/// Weights of a memory for which methods are tried that fit them: seconds.
const FITTED: usize = 150_000;

/// A setting that was tried in the place of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// Weights of so many bits: one less.
    Bits(Bits),
    /// Another clip of all neurons.
    Clip(f64),
    /// Another method.
    Method(Method),
}

/// What integers keep that do not keep every pattern, and what others would.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// Stored patterns that the core keeps.
    pub kept: u64,
    /// Weights that are 0.
    pub zeros: u64,
    /// What was tried, each with the stored patterns that it keeps.
    pub tried: Vec<(Setting, u64)>,
}

impl Advice {
    /// The setting that keeps most, the first of equals, if it keeps more than now.
    #[must_use]
    pub fn best(&self) -> Option<(Setting, u64)> {
        let more = self.tried.iter().filter(|&&(_, kept)| kept > self.kept);
        more.copied().reduce(|best, other| if other.1 > best.1 { other } else { best })
    }

    /// What one bit less keeps, if that is more.
    #[must_use]
    pub fn fewer_bits_keep_more(&self) -> Option<(Bits, u64)> {
        self.tried.iter().find_map(|&(setting, kept)| match setting {
            Setting::Bits(bits) if kept > self.kept => Some((bits, kept)),
            _ => None,
        })
    }
}

/// Advice on `image`, which was made of `model` on `core` as `config` says; `None` if it keeps every pattern, or if looking at
/// all patterns would take minutes. A setting that has no image is not among those that were tried.
#[must_use]
pub fn advise(
    model: &KlrModel,
    image: &CoreImage,
    core: Sizing,
    config: &QuantizeConfig,
    conditions: &Conditions,
) -> Option<Advice> {
    let (n, p) = (image.n() as usize, image.p() as usize);
    if Look::at(n, p) != Look::Whole {
        return None;
    }
    let kept = Reference::new(image).stored_on(conditions.threads).kept;
    if kept == u64::from(image.p()) {
        return None;
    }
    let keeps = |config: &QuantizeConfig| {
        let (image, _) = quantize_and_check(model, core, config, conditions).ok()?;
        Some(Reference::new(&image).stored_on(conditions.threads).kept)
    };
    let settings = settings(config, n * p);
    let tried = settings.into_iter().filter_map(|(setting, config)| Some((setting, keeps(&config)?)));
    let zeros = image.weights().iter().filter(|&&weight| weight == 0).count() as u64;
    Some(Advice { kept, zeros, tried: tried.collect() })
}

/// What is worth a try beside `config`, for so many weights.
fn settings(config: &QuantizeConfig, weights: usize) -> Vec<(Setting, QuantizeConfig)> {
    let (format, is_rounded) = (config.weight_format(), config.method() == Method::Nearest);
    let is_quick = matches!(config.method(), Method::Nearest | Method::Clip);
    let fewer = Bits::new(format.bits().get() - 1).filter(|_| is_quick);
    let fewer = fewer
        .and_then(|bits| SignedFormat::coded(bits, format.coding()).ok())
        .map(|format| (Setting::Bits(format.bits()), config.with_formats(format, config.kernel_bits())));
    let clips = CLIPS.into_iter().filter(|_| is_rounded && format.bits().get() > 1);
    let clips = clips.filter_map(|clip| {
        let weights = WeightRounding::new(format, clip).ok()?;
        Some((Setting::Clip(clip), QuantizeConfig { weights, ..*config }))
    });
    let methods = [(Method::Clip, is_rounded), (Method::Margins, is_quick && weights <= FITTED)];
    let methods = methods.into_iter().filter(|&(_, is_worth_it)| is_worth_it);
    let methods = methods.map(|(method, _)| (Setting::Method(method), config.by(method)));
    fewer.into_iter().chain(clips).chain(methods).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_image::{Geometry, GeometrySpec, TableForm};
    use klr_model::{Kernel, PatternSet, Stream, Streams};

    const P: usize = 8;
    const N: usize = 24;

    /// The advice on weights of two bits, of a model whose first pattern has dual variables of 1, the others of `others`.
    fn advice(others: f64) -> Option<Advice> {
        let mut rng = Streams::new(5).stream(Stream::Patterns);
        let patterns = PatternSet::random(N, P, &mut rng).expect("patterns");
        let size = |mu: usize| if mu == 0 { 1.0 } else { others };
        let duals: Vec<f64> = (0..P)
            .flat_map(|mu| patterns.signs(mu).map(move |sign| size(mu) * f64::from(sign)).collect::<Vec<_>>())
            .collect();
        let model =
            KlrModel::from_duals(patterns, Kernel::rbf(0.05).expect("a kernel"), &duals).expect("a model");
        let bits = |bits| Bits::new(bits).expect("a width");
        let config = QuantizeConfig::new(bits(2), bits(8), TableForm::NearestRelative, 1.0).expect("a clip");
        let open = ["pattern_bytes", "weight_bytes", "counter_bytes", "table_bytes"];
        let spec = GeometrySpec { accumulator_bits: 32, ..Geometry::tiny().spec() };
        let core = Sizing::new(spec, &open).expect("a core");
        let conditions = Conditions::literature();
        let (image, _) = quantize_and_check(&model, core, &config, &conditions).expect("an image");
        advise(&model, &image, core, &config, &conditions)
    }

    /// Rounding leaves the first pattern alone, whose kernel word is not zero at any distance: every state goes there.
    #[test]
    fn a_clip_that_zeroes_most_weights_is_told_with_what_would_do() {
        let advice = advice(0.4).expect("patterns are lost");
        assert_eq!((advice.kept, advice.zeros), (1, ((P - 1) * N) as u64), "seven patterns have no weight");
        let kept = |setting| advice.tried.iter().find(|tried| tried.0 == setting).expect("tried").1;
        assert_eq!(kept(Setting::Clip(0.5)), P as u64, "0.4 is nearer to 0.5 than to 0");
        let (bits, fewer) = advice.fewer_bits_keep_more().expect("one bit has no zero");
        assert_eq!((bits.get(), fewer), (1, P as u64));
        assert_eq!(advice.best().expect("a better one").1, P as u64);
    }

    #[test]
    fn who_keeps_every_pattern_gets_no_advice() {
        assert_eq!(advice(1.0), None);
    }
}

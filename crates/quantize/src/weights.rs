//! The dual variables as signed integers, each neuron with a scale of its own.

use crate::round::{Rounded, round_to};
use klr_model::KlrModel;
use klr_units::SignedFormat;

/// Quantized dual variables and what rounding did to them.
pub(crate) struct Weights {
    /// Row-major P x N.
    pub(crate) values: Vec<i16>,
    /// Weights held at the end of their format.
    pub(crate) saturated: u64,
    /// Root of the summed squared error, relative to the root of the summed squares.
    pub(crate) relative_error: f64,
}

/// The dual variables of one neuron, in units of its largest magnitude: whatever the magnitudes of the model, nothing
/// on the way to an integer overflows or vanishes.
struct Neuron {
    /// The largest magnitude; 0 if all dual variables are zero.
    largest: f64,
    /// The mean magnitude, relative to the largest.
    mean: f64,
}

/// Divides the dual variables of each neuron by a positive scale and rounds.
///
/// The sign of a field does not change when all weights of its neuron are scaled, so the scale costs no hardware and is
/// not stored. For two bits and more it maps `clip` times the neuron's largest magnitude to the largest weight; one bit
/// keeps the sign, and its scale is the mean magnitude, which minimises the squared error (Rastegari et al., XNOR-Net,
/// ECCV 2016, Eq. 6).
pub(crate) fn quantize(model: &KlrModel, format: SignedFormat, clip: f64) -> Weights {
    let (n, p) = (model.n(), model.p());
    let neurons: Vec<Neuron> = (0..n).map(|i| Neuron::new(model.duals_of(i))).collect();
    let largest = neurons.iter().map(|neuron| neuron.largest).fold(0.0, f64::max);
    let mut weights = Weights { values: Vec::with_capacity(n * p), saturated: 0, relative_error: 0.0 };
    let (mut error, mut power) = (0.0, 0.0);
    for mu in 0..p {
        for (i, neuron) in neurons.iter().enumerate() {
            let alpha = model.alpha(mu, i);
            let (rounded, lost) = match format.bits().get() {
                1 => neuron.sign(alpha, model.patterns().sign(mu, i), format),
                _ => neuron.round(alpha, format, clip),
            };
            // Errors of different neurons add up in one unit, the model's largest magnitude.
            error += (lost * ratio(neuron.largest, largest)).powi(2);
            power += ratio(alpha, largest).powi(2);
            weights.saturated += u64::from(rounded.saturated);
            weights.values.push(rounded.value);
        }
    }
    weights.relative_error = ratio(error, power).sqrt();
    weights
}

impl Neuron {
    fn new(duals: &[f64]) -> Self {
        let largest = duals.iter().fold(0.0, |max: f64, alpha| max.max(alpha.abs()));
        let sum: f64 = duals.iter().map(|alpha| ratio(alpha.abs(), largest)).sum();
        Self { largest, mean: sum / duals.len() as f64 }
    }

    /// `alpha` as an integer of `format`, and the error in units of the largest magnitude.
    fn round(&self, alpha: f64, format: SignedFormat, clip: f64) -> (Rounded, f64) {
        let (max, relative) = (f64::from(format.max()), ratio(alpha, self.largest));
        let rounded = round_to(format, relative * max / clip);
        (rounded, relative - clip / max * f64::from(rounded.value))
    }

    /// `alpha` as a sign, and the error in units of the largest magnitude. An exact zero has no sign to keep; the
    /// stored bit is the sign it has at the optimum. A quotient of a small dual variable could become zero and lose
    /// its sign, so none is taken.
    fn sign(&self, alpha: f64, stored: i8, format: SignedFormat) -> (Rounded, f64) {
        let rounded = round_to(format, if alpha == 0.0 { stored.into() } else { alpha });
        (rounded, ratio(alpha, self.largest) - self.mean * f64::from(rounded.value))
    }
}

/// `value` in units of `unit`; 0 if the unit is 0, since then nothing it measures is above 0.
fn ratio(value: f64, unit: f64) -> f64 {
    if unit > 0.0 { value / unit } else { 0.0 }
}

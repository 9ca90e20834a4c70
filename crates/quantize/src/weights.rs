//! The dual variables as signed integers, each neuron with a scale of its own.

use crate::round::round_to;
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

/// Divides the dual variables of each neuron by a positive scale and rounds.
///
/// The sign of a field does not change when all weights of its neuron are scaled, so the scale costs no hardware and is
/// not stored. For two bits and more it maps `clip` times the neuron's largest magnitude to the largest weight; one bit
/// keeps the sign, and its scale is the mean magnitude, which minimises the squared error (Rastegari et al., XNOR-Net,
/// ECCV 2016, Eq. 6).
pub(crate) fn quantize(model: &KlrModel, format: SignedFormat, clip: f64) -> Weights {
    let (n, p) = (model.patterns().n(), model.patterns().p());
    let scales: Vec<f64> = (0..n).map(|i| scale(model, i, format, clip)).collect();
    let mut weights = Weights { values: Vec::with_capacity(n * p), saturated: 0, relative_error: 0.0 };
    let (mut error, mut power) = (0.0, 0.0);
    for mu in 0..p {
        for (i, &scale) in scales.iter().enumerate() {
            let alpha = model.alpha(mu, i);
            // An exact zero has no sign to keep; the stored bit is the sign it has at the optimum.
            let value = if alpha == 0.0 && format.bits().get() == 1 {
                model.patterns().sign(mu, i).into()
            } else {
                alpha
            };
            let rounded = round_to(format, value / scale);
            weights.saturated += u64::from(rounded.saturated);
            error += (alpha - scale * f64::from(rounded.value)).powi(2);
            power += alpha.powi(2);
            weights.values.push(rounded.value);
        }
    }
    weights.relative_error = if power > 0.0 { (error / power).sqrt() } else { 0.0 };
    weights
}

/// The positive number that a weight of one stands for.
fn scale(model: &KlrModel, i: usize, format: SignedFormat, clip: f64) -> f64 {
    let magnitudes = (0..model.patterns().p()).map(|mu| model.alpha(mu, i).abs());
    let scale = if format.bits().get() == 1 {
        magnitudes.sum::<f64>() / model.patterns().p() as f64
    } else {
        clip * magnitudes.fold(0.0, f64::max) / f64::from(format.max())
    };
    // A neuron without weights keeps zeros; any positive scale does.
    if scale > 0.0 { scale } else { 1.0 }
}

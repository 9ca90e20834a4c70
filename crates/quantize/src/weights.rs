//! The dual variables of a model as the weights of an image, and what rounding did to them.

use klr_model::KlrModel;
use klr_model::form::weight_words;
use klr_units::WeightRounding;

/// What integer weights are to the dual variables of a model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fidelity {
    /// Weights held at the end of their format, where they are rounded dual variables.
    pub(crate) saturated: Option<u64>,
    /// How far they are from the dual variables: root of the summed squared error, relative to the root of the summed squares.
    pub(crate) relative_error: f64,
}

/// The dual variables of `model` as integers, row-major P x N, each neuron with a scale of its own.
pub(crate) fn quantize(model: &KlrModel, rounding: WeightRounding) -> (Vec<i16>, Fidelity) {
    let neurons = weight_words(model, rounding);
    let largest = neurons.iter().map(|neuron| neuron.largest).fold(0.0, f64::max);
    let in_units = |value: f64| if largest > 0.0 { value / largest } else { 0.0 };
    let mut values = Vec::with_capacity(model.n() * model.p());
    let (mut error, mut power) = (0.0, 0.0);
    for mu in 0..model.p() {
        for (i, neuron) in neurons.iter().enumerate() {
            let alpha = model.alpha(mu, i);
            // Errors of different neurons add up in one unit, the model's largest magnitude.
            error += (neuron.error(mu, alpha) * in_units(neuron.largest)).powi(2);
            power += in_units(alpha).powi(2);
            values.push(neuron.values[mu]);
        }
    }
    let saturated = neurons.iter().map(|neuron| neuron.saturated).sum();
    (values, Fidelity { saturated: Some(saturated), relative_error: relative(error, power) })
}

impl Fidelity {
    /// That of `weights`, row-major P x N, which were found otherwise: each neuron of `model` with the scale that leaves the
    /// least squared error.
    pub(crate) fn beside(model: &KlrModel, weights: &[i16]) -> Self {
        let n = model.n();
        let magnitudes = |i| model.duals_of(i).iter().fold(0.0, |most: f64, alpha| most.max(alpha.abs()));
        let largest = (0..n).map(magnitudes).fold(0.0, f64::max);
        let (mut error, mut power) = (0.0, 0.0);
        for i in (0..n).filter(|_| largest > 0.0) {
            let duals = model.duals_of(i);
            let column = weights.iter().skip(i).step_by(n).map(|&weight| f64::from(weight));
            // In units of the largest dual variable, so that no square overflows or vanishes.
            let pairs: Vec<(f64, f64)> = duals.iter().map(|alpha| alpha / largest).zip(column).collect();
            let (product, square) =
                pairs.iter().fold((0.0, 0.0), |(xy, yy), (x, y)| (xy + x * y, yy + y * y));
            let scale = if square > 0.0 { product / square } else { 0.0 };
            error += pairs.iter().map(|(x, y)| (x - scale * y).powi(2)).sum::<f64>();
            power += pairs.iter().map(|(x, _)| x * x).sum::<f64>();
        }
        Self { saturated: None, relative_error: relative(error, power) }
    }
}

/// The root of a summed squared error, relative to that of the summed squares; 0 of nothing.
fn relative(error: f64, power: f64) -> f64 {
    if power > 0.0 { (error / power).sqrt() } else { 0.0 }
}

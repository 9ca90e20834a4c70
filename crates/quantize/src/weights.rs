//! The dual variables of a model as the weights of an image, and what rounding did to them.

use klr_model::KlrModel;
use klr_model::form::weight_words;
use klr_units::WeightRounding;

/// The dual variables of a model as integers.
pub(crate) struct RoundedDuals {
    /// Row-major P x N.
    pub(crate) values: Vec<i16>,
    /// Weights held at the end of their format.
    pub(crate) saturated: u64,
    /// Root of the summed squared error, relative to the root of the summed squares.
    pub(crate) relative_error: f64,
}

/// The dual variables of `model` as integers, each neuron with a scale of its own.
pub(crate) fn quantize(model: &KlrModel, rounding: WeightRounding) -> RoundedDuals {
    let neurons = weight_words(model, rounding);
    let largest = neurons.iter().map(|neuron| neuron.largest).fold(0.0, f64::max);
    let relative = |value: f64| if largest > 0.0 { value / largest } else { 0.0 };
    let mut values = Vec::with_capacity(model.n() * model.p());
    let (mut error, mut power) = (0.0, 0.0);
    for mu in 0..model.p() {
        for (i, neuron) in neurons.iter().enumerate() {
            let alpha = model.alpha(mu, i);
            // Errors of different neurons add up in one unit, the model's largest magnitude.
            error += (neuron.error(mu, alpha) * relative(neuron.largest)).powi(2);
            power += relative(alpha).powi(2);
            values.push(neuron.values[mu]);
        }
    }
    let saturated = neurons.iter().map(|neuron| neuron.saturated).sum();
    let relative_error = if power > 0.0 { (error / power).sqrt() } else { 0.0 };
    RoundedDuals { values, saturated, relative_error }
}

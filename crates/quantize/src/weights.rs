//! The dual variables of a model as the weights of an image, and what rounding did to them.

use klr_model::KlrModel;
use klr_model::form::weight_words;
use klr_units::WeightRounding;

/// Integer weights of a model.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// Row-major P x N.
    pub(crate) values: Vec<i16>,
    /// Weights held at the end of their format, where they are rounded dual variables.
    pub(crate) saturated: Option<u64>,
    /// How far they are from the dual variables: root of the summed squared error, relative to the root of the summed squares.
    pub(crate) relative_error: f64,
}

/// The dual variables of `model` as integers, each neuron with a scale of its own.
pub(crate) fn quantize(model: &KlrModel, rounding: WeightRounding) -> Weights {
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
    Weights { values, saturated: Some(saturated), relative_error }
}

/// Weights that were found otherwise, `values` row-major P x N, beside the dual variables of `model`: each neuron has the
/// scale that leaves the least squared error.
pub(crate) fn beside(model: &KlrModel, values: Vec<i16>) -> Weights {
    let (p, n) = (model.p(), model.n());
    let (mut error, mut power) = (0.0, 0.0);
    let largest =
        (0..n).flat_map(|i| model.duals_of(i).into_owned()).fold(0.0, |most: f64, a| most.max(a.abs()));
    for i in 0..n {
        let duals = model.duals_of(i);
        // In units of the largest dual variable, so that no square overflows or vanishes.
        let pairs = || (0..p).map(|mu| (duals[mu] / largest, f64::from(values[mu * n + i])));
        let sums = pairs().fold((0.0, 0.0), |(xy, yy), (x, y)| (xy + x * y, yy + y * y));
        let scale = if largest > 0.0 && sums.1 > 0.0 { sums.0 / sums.1 } else { 0.0 };
        if largest > 0.0 {
            error += pairs().map(|(x, y)| (x - scale * y).powi(2)).sum::<f64>();
            power += pairs().map(|(x, _)| x * x).sum::<f64>();
        }
    }
    let relative_error = if power > 0.0 { (error / power).sqrt() } else { 0.0 };
    Weights { values, saturated: None, relative_error }
}

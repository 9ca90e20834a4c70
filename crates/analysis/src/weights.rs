//! The dual variables as weights: how they are spread, and what pruning and rounding cost.

use super::AnalysisError;
use klr_model::KlrModel;
use klr_model::min_max::min_max;
use klr_statistics::{Cluster, ClusteredShare, Share, Summary, gini};
use klr_units::OutOfRange;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// How the dual variables are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualReport {
    /// Of their magnitudes: the two modes of a bimodal distribution stand at plus and minus the mean.
    pub magnitude: Summary,
    /// The Gini coefficient of the magnitudes: 0 if all are equal; `None` if all are 0.
    pub gini: Option<f64>,
    /// The share whose magnitude is within a tenth of the mean magnitude.
    pub near_mean: f64,
    /// The share whose magnitude is below half the mean: the valley between the modes.
    pub in_valley: f64,
    /// Sarle's bimodality coefficient of the signed values, `(skewness^2 + 1) / kurtosis`: 1 for two points, 5/9 for a
    /// uniform, 1/3 for a normal distribution (from sample moments, without small-sample correction); `None` if all
    /// are equal.
    pub bimodality: Option<f64>,
}

/// The spread of a model's dual variables.
#[must_use]
pub fn dual_report(model: &KlrModel) -> DualReport {
    let duals = model.duals();
    let magnitudes: Vec<f64> = duals.iter().map(|a| a.abs()).collect();
    let magnitude = Summary::of(&magnitudes).expect("a model has dual variables, all finite");
    let count = duals.len() as f64;
    let share = |holds: &dyn Fn(f64) -> bool| magnitudes.iter().filter(|&&a| holds(a)).count() as f64 / count;
    let mean = magnitude.mean;
    DualReport {
        magnitude,
        gini: gini(&magnitudes).ok(),
        near_mean: share(&|a| (a - mean).abs() <= 0.1 * mean),
        in_valley: share(&|a| a < 0.5 * mean),
        bimodality: bimodality(&duals),
    }
}

fn bimodality(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let moment = |k: i32| values.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
    let (m2, m3, m4) = (moment(2), moment(3), moment(4));
    // skewness^2 = m3^2 / m2^3 and kurtosis = m4 / m2^2
    (m2 > 0.0).then(|| (m3 * m3 / m2 + m2 * m2) / m4)
}

/// The share of bits that one synchronous step from the stored patterns themselves leaves right (arXiv:2604.20333),
/// with an interval that takes the bits of one pattern as a cluster. A field of 0 keeps the bit.
///
/// # Errors
/// [`AnalysisError`] if the confidence is not between 0 and 1.
pub fn bit_accuracy(
    model: &KlrModel,
    confidence: f64,
    threads: NonZeroUsize,
) -> Result<Share, AnalysisError> {
    let clusters: Vec<Cluster> = map_in_order((0..model.p()).collect(), threads, |mu: usize| {
        let margins = model.margins(&model.patterns().state(mu));
        let right = margins.iter().filter(|&&margin| margin >= 0.0).count();
        Cluster { successes: right as u64, trials: margins.len() as u64 }
    });
    let successes = clusters.iter().map(|cluster| cluster.successes).sum();
    let mut share = Share::new(successes, model.duals().len() as u64, confidence)?;
    if clusters.len() > 1 {
        share.interval = ClusteredShare::new(&clusters, confidence)?.interval;
    }
    Ok(share)
}

/// The model with the `share` of dual variables that are smallest in magnitude set to 0, rounded to a whole number of
/// them; of equals, those of earlier patterns and neurons first.
///
/// # Errors
/// [`AnalysisError`] if `share` is not between 0 and 1.
pub fn pruned(model: &KlrModel, share: f64) -> Result<KlrModel, AnalysisError> {
    if !(0.0..=1.0).contains(&share) {
        return Err(AnalysisError::Parameter(OutOfRange::new("share", share, "from 0 to 1")));
    }
    let mut duals = model.duals();
    let mut order: Vec<usize> = (0..duals.len()).collect();
    order.sort_by(|&a, &b| duals[a].abs().total_cmp(&duals[b].abs()));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and their number")]
    let count = (share * duals.len() as f64).round() as usize;
    order[..count].iter().for_each(|&at| duals[at] = 0.0);
    Ok(with_duals(model, &duals))
}

/// The model with dual variables rounded to `bits` bits by the published quantiser ([`min_max`]).
///
/// # Errors
/// [`AnalysisError`] if `bits` is not 1 to 32.
pub fn min_max_quantized(model: &KlrModel, bits: u32) -> Result<KlrModel, AnalysisError> {
    Ok(with_duals(model, &min_max(&model.duals(), bits)?))
}

fn with_duals(model: &KlrModel, duals: &[f64]) -> KlrModel {
    KlrModel::from_duals(model.patterns().clone(), model.kernel().clone(), duals)
        .expect("as many finite numbers as before")
}

//! Signal and noise of the fields, measured and by a closed estimate of the crosstalk.

use super::{AnalysisError, CueConfig};
use klr_model::KlrModel;
use klr_model::Streams;
use klr_statistics::special::normal_cdf;
use klr_statistics::{Cluster, ClusteredShare, Share, Summary};
use std::num::NonZeroUsize;

/// Fields at noisy cues, each turned so that above 0 is towards the target: `t_i h_i`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldStatistics {
    /// Their number, mean (the signal) and spread (the noise, over neurons and cues).
    pub fields: Summary,
    /// Mean over spread; infinite without spread.
    pub snr: f64,
    /// The share of neurons whose field points to the target, all neurons of one cue a cluster; for a single cue
    /// Wilson's interval without regard to that.
    pub right: Share,
    /// The fields of the neurons the cue has right, which only have to hold; `None` if there is none.
    pub held: Option<Summary>,
    /// The fields of the neurons the cue has wrong, which have to flip; `None` if there is none. Wide kernels hold
    /// every neuron where it is ([`crosstalk_bias`]), so that these are lower.
    pub flipped: Option<Summary>,
    /// The probability that all N are right if fields are normal and independent, with the mean and spread of the
    /// neurons to hold and of those to flip, and as many of each as the mean cue has. Neurons are not independent (one
    /// near pattern disturbs half of them at once), so that errors come together and recall is higher than this.
    pub predicted_recall: f64,
    /// The share of cues whose fields all point to the target: recalled in one synchronous step.
    pub recalled_at_once: Share,
    /// [`crosstalk_snr`] of the same N, P, kernel and noise; `None` for a kernel that is no radial basis function.
    pub estimate: Option<f64>,
    /// `Phi(estimate)^N`.
    pub estimated_recall: Option<f64>,
}

/// The signal-to-noise ratio of the untrained memory `alpha = xi` on random patterns, in closed form: the signal is
/// the kernel at the `noise * N` wrong bits, `exp(-4 gamma noise N)`; the crosstalk of the other patterns has the
/// variance `P E[exp(-8 gamma d)]` with d binomial of N halves, `P ((1 + exp(-8 gamma))/2)^N`. Exact flips and P much
/// above 1 are assumed; training changes both by much the same factor where the kernel is narrow. It leaves out the
/// mean of the crosstalk, [`crosstalk_bias`], which grows as the kernel widens.
#[must_use]
pub fn crosstalk_snr(n: usize, p: usize, gamma: f64, noise: f64) -> f64 {
    let (n, p) = (n as f64, p as f64);
    // Logarithms, as both may be below the smallest double.
    let signal = -4.0 * gamma * noise * n;
    let crosstalk = 0.5 * (p.ln() + n * (0.5 * (1.0 + (-8.0 * gamma).exp())).ln());
    (signal - crosstalk).exp()
}

/// The mean crosstalk of the untrained memory `alpha = xi` on a neuron of a random state, along the state it is in:
/// patterns that agree with the neuron are one bit nearer than those that do not, so that together they hold it where
/// it is, with `P E[s_i xi_i K] = P ((1 + exp(-4 gamma))/2)^(N-1) (1 - exp(-4 gamma))/2`. Neurons that are right gain
/// it, those that are wrong lose it: the self-coupling that leaves wide kernels without basins.
#[must_use]
pub fn crosstalk_bias(n: usize, p: usize, gamma: f64) -> f64 {
    let one_bit = (-4.0 * gamma).exp();
    let others = (n as f64 - 1.0) * (0.5 * (1.0 + one_bit)).ln();
    p as f64 * others.exp() * 0.5 * (1.0 - one_bit)
}

/// The fields at cues of `model`.
///
/// # Errors
/// [`AnalysisError`] if a setting of the cues is out of range, or the confidence is not between 0 and 1.
pub fn field_statistics(
    model: &KlrModel,
    cues: &CueConfig,
    confidence: f64,
    streams: Streams,
    threads: NonZeroUsize,
) -> Result<FieldStatistics, AnalysisError> {
    let n = model.n();
    let rows = cues.for_each(model, streams, threads, |cue| {
        let targets = cue.pattern.signs();
        let fields = model.fields(&cue.state).into_iter().zip(targets).map(|(h, t)| f64::from(t) * h);
        let right = (0..n).map(|i| cue.state.get(i) == cue.pattern.get(i));
        (fields.collect::<Vec<_>>(), right.collect::<Vec<_>>())
    })?;
    let part = |wanted: bool| -> Vec<f64> {
        let pairs = rows.iter().flat_map(|(fields, right)| fields.iter().zip(right));
        pairs.filter(|&(_, &right)| right == wanted).map(|(&field, _)| field).collect()
    };
    let [held, flipped] = [part(true), part(false)].map(|part| Summary::of(&part).ok());
    let fields: Vec<Vec<f64>> = rows.into_iter().map(|(fields, _)| fields).collect();
    let clusters: Vec<Cluster> = fields
        .iter()
        .map(|row| {
            let right = row.iter().filter(|&&field| field > 0.0).count();
            Cluster { successes: right as u64, trials: n as u64 }
        })
        .collect();
    let all_right = clusters.iter().filter(|cluster| cluster.successes == cluster.trials).count();
    let total: u64 = clusters.iter().map(|cluster| cluster.successes).sum();
    let mut right = Share::new(total, (fields.len() * n) as u64, confidence)?;
    if clusters.len() > 1 {
        right.interval = ClusteredShare::new(&clusters, confidence)?.interval;
    }
    let summary = Summary::of(&fields.concat())?;
    let ratio = |summary: Summary| summary.mean / summary.standard_deviation;
    let all_of = |part: Option<Summary>| {
        let per_cue = |summary: Summary| summary.count as f64 / f64::from(cues.count);
        part.map_or(1.0, |summary| normal_cdf(ratio(summary)).powf(per_cue(summary)))
    };
    let estimate = model.kernel().gamma().map(|gamma| crosstalk_snr(n, model.p(), gamma, cues.noise));
    Ok(FieldStatistics {
        fields: summary,
        snr: ratio(summary),
        right,
        predicted_recall: all_of(held) * all_of(flipped),
        held,
        flipped,
        recalled_at_once: Share::new(all_right as u64, fields.len() as u64, confidence)?,
        estimate,
        estimated_recall: estimate.map(|snr| normal_cdf(snr).powf(n as f64)),
    })
}

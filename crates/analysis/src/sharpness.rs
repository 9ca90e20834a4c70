//! Forces at a memory, and its sharpness: our definition.
//!
//! The literature (arXiv:2511.13053) names a "pinnacle sharpness" made of a direct and an indirect force, but no
//! formula for it was available. Ours: extend the pseudo-energy
//! `V(s) = -sum_i s_i h_i(s)` to real states; then `S = ||grad V||^2` at the memory, with
//! `-grad_j V = h_j + sum_i s_i dh_i/ds_j`: the direct force is `h_j`, with which each neuron holds itself, the indirect
//! one what a neuron does through the fields of all. Forces here are `dV/ds_j`, so the direct one is `-h_j`.

use super::{AnalysisError, check_pattern};
use klr_model::KlrModel;
use klr_statistics::pearson;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// How the kernel is continued between the corners of the cube. Both agree at every state of -1 and +1, and have other
/// derivatives there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuation {
    /// `exp(-gamma ||s - xi||^2)`, with `dK/ds_j = -2 gamma (s_j - xi_j) K`: the kernel has no slope at its own centre.
    Distance,
    /// `exp(2 gamma (s.xi - N))`, with `dK/ds_j = 2 gamma xi_j K`: the kernel still rises at its own centre.
    Overlap,
}

/// Direct and indirect force on each neuron, `dV/ds_j = direct_j + indirect_j`.
#[derive(Clone, Debug, PartialEq)]
pub struct Forces {
    /// `-h_j`, N values.
    pub direct: Vec<f64>,
    /// `-sum_i s_i dh_i/ds_j`, N values.
    pub indirect: Vec<f64>,
}

impl Forces {
    /// The gradient of V, N values.
    #[must_use]
    pub fn gradient(&self) -> Vec<f64> {
        self.direct.iter().zip(&self.indirect).map(|(d, i)| d + i).collect()
    }
}

/// The sharpness of one memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharpness {
    /// The memory.
    pub mu: usize,
    /// `||grad V||^2`.
    pub sharpness: f64,
    /// The squared norm of the direct force.
    pub direct: f64,
    /// The squared norm of the indirect force.
    pub indirect: f64,
    /// Pearson's correlation of the two over the neurons; `None` if one is constant.
    pub correlation: Option<f64>,
}

/// V at a real state.
///
/// # Errors
/// [`AnalysisError`] if the kernel is no radial basis function, or there are not N values.
pub fn pseudo_energy(model: &KlrModel, state: &[f64], extension: Continuation) -> Result<f64, AnalysisError> {
    let (_, kernel) = kernel_at(model, state, extension)?;
    Ok(-model.fields_from(&kernel).iter().zip(state).map(|(h, s)| h * s).sum::<f64>())
}

/// The forces at a real state.
///
/// # Errors
/// [`AnalysisError`] if the kernel is no radial basis function, or there are not N values.
pub fn forces(model: &KlrModel, state: &[f64], extension: Continuation) -> Result<Forces, AnalysisError> {
    let (gamma, kernel) = kernel_at(model, state, extension)?;
    let direct = model.fields_from(&kernel).into_iter().map(|h| -h).collect();
    let mut indirect = vec![0.0; model.n()];
    for (mu, (duals, k)) in model.duals().chunks_exact(model.n()).zip(&kernel).enumerate() {
        let along: f64 = duals.iter().zip(state).map(|(a, s)| a * s).sum();
        for (j, (force, &s)) in indirect.iter_mut().zip(state).enumerate() {
            let xi = f64::from(model.patterns().sign(mu, j));
            let slope = match extension {
                Continuation::Distance => xi - s,
                Continuation::Overlap => xi,
            };
            *force -= along * 2.0 * gamma * slope * k;
        }
    }
    Ok(Forces { direct, indirect })
}

/// The sharpness of some memories.
///
/// # Errors
/// [`AnalysisError`] if a memory does not exist, or the kernel is no radial basis function.
pub fn sharpness(
    model: &KlrModel,
    memories: &[usize],
    extension: Continuation,
    threads: NonZeroUsize,
) -> Result<Vec<Sharpness>, AnalysisError> {
    memories.iter().try_for_each(|&mu| check_pattern(model, mu))?;
    map_in_order(memories.to_vec(), threads, |mu| {
        let state: Vec<f64> = model.patterns().state(mu).signs().map(f64::from).collect();
        let forces = forces(model, &state, extension)?;
        let square = |force: &[f64]| force.iter().map(|f| f * f).sum::<f64>();
        Ok(Sharpness {
            mu,
            sharpness: square(&forces.gradient()),
            direct: square(&forces.direct),
            indirect: square(&forces.indirect),
            correlation: pearson(&forces.direct, &forces.indirect).ok(),
        })
    })
    .into_iter()
    .collect()
}

/// gamma, and the kernel between a real state and each pattern.
fn kernel_at(
    model: &KlrModel,
    state: &[f64],
    extension: Continuation,
) -> Result<(f64, Vec<f64>), AnalysisError> {
    let gamma = model.kernel().gamma();
    let gamma = gamma.ok_or_else(|| AnalysisError::NotRadial { kernel: model.kernel().to_string() })?;
    let n = model.n();
    if state.len() != n {
        let source =
            klr_model::PatternError::Dimension { what: "real state", found: state.len(), expected: n };
        return Err(source.into());
    }
    let exponent = |mu: usize| -> f64 {
        let term = |(j, &s): (usize, &f64)| {
            let xi = f64::from(model.patterns().sign(mu, j));
            match extension {
                Continuation::Distance => -gamma * (s - xi) * (s - xi),
                Continuation::Overlap => 2.0 * gamma * (s * xi - 1.0),
            }
        };
        state.iter().enumerate().map(term).sum()
    };
    Ok((gamma, (0..model.p()).map(|mu| exponent(mu).exp()).collect()))
}

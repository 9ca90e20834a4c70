//! Integration of autonomous ordinary differential equations `dy/dt = f(y)` by the embedded Runge-Kutta pair of orders 5
//! and 4 of Dormand & Prince (J. Comput. Appl. Math. 6, 1980, table 2).

/// Stages of a step, the last of which is the first of the next.
const STAGES: usize = 7;

/// The coefficients of the stages: stage j starts from `y + dt sum_k A[j][k] f_k`. The last row is the step itself.
const A: [&[f64]; STAGES] = [
    &[],
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];

/// The difference of the solutions of orders 5 and 4: what the step is judged by.
const ERROR: [f64; STAGES] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];

/// The step size is changed to this share of what the error estimate suggests, and by these factors at least and at most:
/// the customary choice (Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, section II.4).
const SAFETY: f64 = 0.9;
const SHRINK: f64 = 0.2;
const GROW: f64 = 5.0;

/// A solution under way.
pub(crate) struct Integrator<F> {
    right_side: F,
    /// The solution at [`Self::time`].
    pub(crate) y: Vec<f64>,
    /// Its derivative there.
    pub(crate) slope: Vec<f64>,
    pub(crate) time: f64,
    /// Evaluations of the right side so far.
    pub(crate) evaluations: u64,
}

/// One step that was tried.
struct Attempt {
    y: Vec<f64>,
    slope: Vec<f64>,
    /// The estimated error of each component.
    error: Vec<f64>,
}

impl<F: FnMut(&[f64]) -> Vec<f64>> Integrator<F> {
    /// Starts at `y` in time 0; evaluates the right side once.
    pub(crate) fn new(mut right_side: F, y: Vec<f64>) -> Self {
        let slope = right_side(&y);
        Self { right_side, y, slope, time: 0.0, evaluations: 1 }
    }

    /// Tries a step of length `dt`: six evaluations.
    fn attempt(&mut self, dt: f64) -> Attempt {
        let mut stages = vec![self.slope.clone()];
        let mut y = Vec::new();
        for row in &A[1..] {
            let shift = |i: usize| row.iter().zip(&stages).map(|(a, f)| a * f[i]).sum::<f64>();
            y = (0..self.y.len()).map(|i| self.y[i] + dt * shift(i)).collect();
            stages.push((self.right_side)(&y));
            self.evaluations += 1;
        }
        let error = |i: usize| dt * ERROR.iter().zip(&stages).map(|(e, f)| e * f[i]).sum::<f64>();
        let error = (0..self.y.len()).map(error).collect();
        let slope = stages.swap_remove(STAGES - 1);
        Attempt { y, slope, error }
    }

    fn accept(&mut self, dt: f64, attempt: Attempt) {
        (self.y, self.slope) = (attempt.y, attempt.slope);
        self.time += dt;
    }

    /// Takes a step of length `dt` whatever its error.
    #[cfg(test)]
    fn fixed_step(&mut self, dt: f64) {
        let attempt = self.attempt(dt);
        self.accept(dt, attempt);
    }

    /// Tries a step of length `dt`, and takes it if the estimated error of no component is above `tolerance`. Returns
    /// whether it did, and the length to try next. An error that is not a number counts as too large.
    pub(crate) fn adaptive_step(&mut self, dt: f64, tolerance: f64) -> (bool, f64) {
        let attempt = self.attempt(dt);
        let ratio = attempt
            .error
            .iter()
            .map(|e| e.abs() / tolerance)
            .fold(0.0, |worst: f64, e| if e.is_nan() { f64::INFINITY } else { worst.max(e) });
        let accepted = ratio <= 1.0;
        if accepted {
            self.accept(dt, attempt);
        }
        // The error of a step of order 4 goes with the fifth power of its length. No error at all would divide by 0.
        let factor = if ratio > 0.0 { SAFETY * ratio.powf(-0.2) } else { GROW };
        (accepted, dt * factor.clamp(SHRINK, if accepted { GROW } else { 1.0 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The harmonic oscillator: (cos t, -sin t).
    fn oscillator() -> Integrator<impl FnMut(&[f64]) -> Vec<f64>> {
        Integrator::new(|y: &[f64]| vec![y[1], -y[0]], vec![1.0, 0.0])
    }

    fn oscillator_error(y: &[f64], time: f64) -> f64 {
        (y[0] - time.cos()).hypot(y[1] + time.sin())
    }

    #[test]
    fn halving_the_step_divides_the_error_by_two_to_the_fifth() {
        let error = |steps: u32| {
            let mut integrator = oscillator();
            (0..steps).for_each(|_| integrator.fixed_step(4.0 / f64::from(steps)));
            assert_eq!(integrator.evaluations, 1 + 6 * u64::from(steps), "the last stage is used again");
            oscillator_error(&integrator.y, 4.0)
        };
        for steps in [20, 40, 80] {
            let order = (error(steps) / error(2 * steps)).log2();
            assert!((order - 5.0).abs() < 0.15, "order {order} at {steps} steps");
        }
    }

    #[test]
    fn a_nonlinear_equation_is_followed_to_its_closed_form() {
        // y' = y (1 - y) from 0.1: y = 1 / (1 + 9 exp(-t)).
        let mut integrator = Integrator::new(|y: &[f64]| vec![y[0] * (1.0 - y[0])], vec![0.1]);
        (0..40).for_each(|_| integrator.fixed_step(0.1));
        let exact = 1.0 / (1.0 + 9.0 * (-4.0f64).exp());
        assert!((integrator.y[0] - exact).abs() < 1e-9, "{} for {exact}", integrator.y[0]);
    }

    #[test]
    fn adaptive_steps_keep_the_error_near_the_tolerance() {
        for tolerance in [1e-4, 1e-6, 1e-8, 1e-10] {
            let mut integrator = oscillator();
            let (mut dt, mut accepted, mut worst) = (1.0, 0, 0.0f64);
            while integrator.time < 20.0 {
                let (taken, next) = integrator.adaptive_step(dt, tolerance);
                accepted += u32::from(taken);
                dt = next;
                worst = worst.max(oscillator_error(&integrator.y, integrator.time));
            }
            // Errors of single steps add up on an oscillator, which forgets none.
            assert!(worst < f64::from(accepted) * tolerance, "tolerance {tolerance}: error {worst}");
            assert!(worst > 1e-3 * tolerance, "tolerance {tolerance}: error {worst} was needlessly small");
        }
    }

    #[test]
    fn a_step_that_leaves_the_numbers_is_refused() {
        let mut integrator =
            Integrator::new(|y: &[f64]| vec![if y[0] > 1.5 { f64::NAN } else { 1.0 }], vec![1.0]);
        let (taken, next) = integrator.adaptive_step(10.0, 1e-6);
        assert!(!taken && next == 2.0, "{next}: as much shorter as allowed");
        assert_eq!((integrator.y[0], integrator.time), (1.0, 0.0), "nothing has moved");
    }
}

//! Distribution functions: normal, Student's t and Kolmogorov's, from the incomplete gamma and beta
//! functions.
//!
//! Relative errors against `SciPy` are below 1e-10 for shapes up to some 10,000, in both tails; beyond that the
//! logarithm of the gamma function, about `x log x` in size, costs one digit per factor of ten.

use std::f64::consts::{PI, SQRT_2};

/// The coefficients `B_2k / (2k (2k - 1))` of Stirling's series, B the Bernoulli numbers (Abramowitz & Stegun 6.1.40).
const STIRLING: [f64; 7] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];

/// From here on the seven terms of Stirling's series are exact to double precision: the eighth is 3617/122400 / 15^15,
/// or 7e-20.
const STIRLING_FROM: f64 = 15.0;

/// Terms after which a series or continued fraction is given up: several times what shapes of 1e6 need, about the
/// square root of the shape.
const MAX_TERMS: u32 = 20_000;

/// Stands for a denominator of exactly 0 in Lentz's method.
const TINY: f64 = 1e-300;

/// The logarithm of the gamma function, for `x` above 0; not a number otherwise.
#[must_use]
pub(crate) fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    // Gamma(x) = Gamma(x + k) / (x (x+1) ... (x+k-1)); the product stays below 15! and is exact enough.
    let mut product = 1.0;
    let mut large = x;
    while large < STIRLING_FROM {
        product *= large;
        large += 1.0;
    }
    let inverse_square = 1.0 / (large * large);
    let series = STIRLING.iter().rev().fold(0.0, |sum, c| sum * inverse_square + c) / large;
    (large - 0.5) * large.ln() - large + 0.5 * (2.0 * PI).ln() + series - f64::ln(product)
}

/// The regularised incomplete gamma functions `(P(a, x), Q(a, x))`, P + Q = 1, each precise where it is small: the
/// series (DLMF 8.11.4) below `a + 1`, the continued fraction (DLMF 8.9.2) above. Not a number unless a > 0 and x >=
/// 0.
#[must_use]
pub(crate) fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    if !(a > 0.0 && x >= 0.0) {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for k in 1..MAX_TERMS {
            term *= x / (a + f64::from(k));
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        (scale * sum, 1.0 - scale * sum)
    } else {
        let fraction = lentz(x + 1.0 - a, |k| {
            let k = f64::from(k);
            (-k * (k - a), x + 2.0 * k + 1.0 - a)
        });
        let q = scale / fraction;
        (1.0 - q, q)
    }
}

/// The regularised incomplete beta function `I_x(a, b)`, given x and `y = 1 - x` so that neither tail loses digits
/// (DLMF 8.17.22). Not a number unless a, b > 0 and x, y are in [0, 1].
#[must_use]
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)) {
        return f64::NAN;
    }
    if x == 0.0 || y == 0.0 {
        return if x == 0.0 { 0.0 } else { 1.0 };
    }
    // The fraction converges fast below the mean of the distribution; above, by symmetry, its mirror image does.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_fraction(b, a, y, x);
    }
    beta_fraction(a, b, x, y)
}

fn beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let scale = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * y.ln()).exp();
    let fraction = lentz(1.0, |step| {
        let k = f64::from(step / 2);
        let numerator = if step % 2 == 0 {
            k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k))
        } else {
            -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0))
        };
        (numerator, 1.0)
    });
    scale / (a * fraction)
}

/// `b0 + a1/(b1 + a2/(b2 + ...))` by the modified Lentz method (Thompson & Barnett, J. Comput. Phys. 64, 1986), with
/// `(a_k, b_k)` from `term(k)`, k from 1.
fn lentz(b0: f64, term: impl Fn(u32) -> (f64, f64)) -> f64 {
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut value = nonzero(b0);
    let (mut c, mut d) = (value, 0.0);
    for k in 1..MAX_TERMS {
        let (a, b) = term(k);
        d = 1.0 / nonzero(b + a * d);
        c = nonzero(b + a / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// The normal distribution function, the probability of at most `z`.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    let (below, above) = incomplete_gamma(0.5, 0.5 * z * z);
    if z < 0.0 { 0.5 * above } else { 0.5 + 0.5 * below }
}

/// The normal quantile: the z with [`normal_cdf`] of `p`; infinite at 0 and 1, not a number outside.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    lower_half(p, normal_cdf, normal_density)
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (SQRT_2 * PI.sqrt())
}

/// Student's t distribution function with `df` degrees of freedom.
#[must_use]
pub(crate) fn t_cdf(t: f64, df: f64) -> f64 {
    let square = t * t;
    if square.is_infinite() {
        return if t < 0.0 { 0.0 } else { 1.0 };
    }
    let total = df + square;
    let tail = 0.5 * incomplete_beta(0.5 * df, 0.5, df / total, square / total);
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// The probability of more than `t` under Student's t distribution: precise in the upper tail.
#[must_use]
pub(crate) fn t_sf(t: f64, df: f64) -> f64 {
    t_cdf(-t, df)
}

/// The quantile of Student's t distribution; infinite at 0 and 1, not a number outside.
#[must_use]
pub fn t_quantile(p: f64, df: f64) -> f64 {
    let log_scale = ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * (df * PI).ln();
    lower_half(p, |t| t_cdf(t, df), |t| (log_scale - 0.5 * (df + 1.0) * (t * t / df).ln_1p()).exp())
}

/// The probability of more than `x` under Kolmogorov's limiting distribution, `2 sum_k (-1)^(k-1) exp(-2 k^2 x^2)`;
/// below 1 by its theta-function twin `1 - sqrt(2 pi)/x sum_k exp(-(2k-1)^2 pi^2 / (8 x^2))`, which converges there
/// (Marsaglia, Tsang & Wang, J. Stat. Softw. 8(18), 2003).
#[must_use]
pub(crate) fn kolmogorov_sf(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        let term = |k: i32| (-f64::from((2 * k - 1).pow(2)) * PI * PI / (8.0 * x * x)).exp();
        return 1.0 - (2.0 * PI).sqrt() / x * (1..=6).map(term).sum::<f64>();
    }
    let term = |k: i32| (-2.0 * f64::from(k * k) * x * x).exp() * if k % 2 == 1 { 2.0 } else { -2.0 };
    (1..=10).map(term).sum()
}

/// The quantile of a distribution symmetric about 0: by Newton's method from inside a bracket, and by halving the
/// bracket where a step would leave it.
fn lower_half(p: f64, cdf: impl Fn(f64) -> f64, density: impl Fn(f64) -> f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        return -lower_half(1.0 - p, cdf, density);
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 0.5 {
        return 0.0;
    }
    let mut low = -1.0;
    while cdf(low) > p {
        low *= 2.0;
    }
    let (mut high, mut x) = (0.0, 0.5 * low);
    // Halving alone would end after some 60 steps for any bracket of doubles near 1; Newton needs about 6.
    for _ in 0..200 {
        let excess = cdf(x) - p;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - excess / density(x);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let settled = (next - x).abs() <= 4.0 * f64::EPSILON * x.abs();
        x = next;
        if settled {
            break;
        }
    }
    x
}

//! Choosing gamma.

/// The 97.5 % quantile of the normal distribution: two-sided 95 %.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

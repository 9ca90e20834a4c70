//! Training: what is minimised, the ways to minimise it, and the choice of the kernel's width.

pub mod factor;
pub mod form;
pub mod min_max;
pub mod noise_aware;
pub mod objective;
pub mod report;
pub mod ridge;
pub mod solve;
pub mod stored;
pub mod train;
pub mod tune;

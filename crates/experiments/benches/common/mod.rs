//! What the benchmarks are made of.

pub(crate) mod batch;
pub(crate) mod case;
pub(crate) mod clock;
pub(crate) mod machine;
pub(crate) mod memory;
pub(crate) mod report;
pub(crate) mod sanafe;
pub(crate) mod speed;
pub(crate) mod targets;

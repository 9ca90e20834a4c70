//! How far a long piece of work has come, for whoever wants to know.

/// Whoever wants to know how far a run has come.
pub trait Progress: Sync {
    /// A stage of `steps` steps begins.
    fn stage(&self, name: &str, steps: u64);
    /// So many of them are done.
    fn step(&self, done: u64);
}

/// Nobody wants to know.
#[derive(Clone, Copy, Debug)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn stage(&self, _: &str, _: u64) {}
    fn step(&self, _: u64) {}
}

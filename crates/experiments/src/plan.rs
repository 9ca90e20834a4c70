//! What to run: a plan as written, laid over the default plan, then resolved and checked once.

mod keys;
mod model;
mod patterns;
mod resolve;
mod source;

pub use model::{KernelPlan, ModelPlan, Solver, Training};
pub use patterns::{Law, PatternSource};
pub(crate) use resolve::to_json;
pub use resolve::{EnergyPlan, Plan, RetrievalPlan};
pub use source::PlanSource;

//! What to run: a plan as written, laid over the default plan, then resolved and checked once.

mod keys;
mod model;
mod resolve;
mod source;

pub use model::{ModelPlan, Solver, Training};
pub(crate) use resolve::to_json;
pub use resolve::{EnergyPlan, PatternSource, Plan, RetrievalPlan};
pub use source::PlanSource;

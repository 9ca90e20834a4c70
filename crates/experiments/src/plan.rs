//! What to run: a plan as written, laid over the default plan, then resolved and checked once.

mod resolve;
mod source;

pub(crate) use resolve::to_json;
pub use resolve::{EnergyPlan, ModelPlan, PatternSource, Plan, RetrievalPlan, Training};
pub use source::PlanSource;

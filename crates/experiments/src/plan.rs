//! What to run: a plan as written, laid over the default plan, then resolved and checked once.
//!
//! [`PlanSource`] is the plan as text; [`resolve`] makes a [`Plan`] of it, which holds no text. Whoever meets an error
//! with a resolved plan asks [`locate`] which key it is about, and where that was written.

mod effect;
mod error;
mod faults;
mod hardware;
mod keys;
mod locate;
mod model;
mod patterns;
mod resolve;
mod retrieval;
mod source;
mod void;
mod written;

pub use effect::{Condition, EFFECTS, Effect};
pub use error::{CoreError, Place, PlanError, Void};
pub use faults::{FaultPlan, SoundOnly, StuckAt};
pub use hardware::{ClockPlan, HardwarePlan, OpenShape};
pub(crate) use locate::in_keys;
pub use locate::{locate, refuse};
pub use model::{KernelPlan, KlrSolver, ModelPlan, Training};
pub use patterns::{Law, PatternSource};
pub use resolve::{Plan, resolve};
pub use retrieval::{RetrievalPlan, TargetRule};
pub use source::PlanSource;
pub use written::{Written, show};

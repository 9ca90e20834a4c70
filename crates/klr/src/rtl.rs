//! `klr rtl`: the core of a plan in SystemVerilog.

mod check;
mod export;
mod gates;

use crate::error::CliError;
use crate::help;
use crate::terminal::Answer;
use clap::Subcommand;
use klr_experiments::plan::{self, PlanSource, Void};
use klr_rtl::NotInRtl;

/// What is done with the RTL of a plan's core.
#[derive(Debug, Subcommand)]
pub(crate) enum Rtl {
    /// Run the retrievals of a plan on the RTL and on the simulator, and compare every cycle, field and counter.
    #[command(after_help = help::RTL_CHECK)]
    Check(check::Check),
    /// Write the core, its memories and one checked retrieval for tools that need no klr.
    #[command(after_help = help::RTL_EXPORT)]
    Export(export::Export),
    /// Price the core's logic from gates: its operations as netlists in cell libraries, on the operands of a retrieval.
    #[command(after_help = help::RTL_GATES)]
    Gates(gates::Gates),
}

impl Rtl {
    pub(crate) fn run(&self, said: &mut Vec<Void>) -> Result<Answer, CliError> {
        match self {
            Self::Check(check) => check.run(said),
            Self::Export(export) => export.run(said),
            Self::Gates(gates) => gates.run(said),
        }
    }
}

/// Why there is no RTL of the core of `source`, with the key that it is about.
fn refused(source: &PlanSource, refusal: NotInRtl) -> CliError {
    match refusal {
        NotInRtl::Lever { lever } => {
            let field = lever.split(' ').next().unwrap_or(lever);
            plan::refuse(source, field, "it is not in the RTL (docs/rtl.md lists what is)").into()
        }
        other @ (NotInRtl::Size { .. } | NotInRtl::Storage(_)) => CliError::NotInRtl(other),
    }
}

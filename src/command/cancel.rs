//! `cancel`: drop held jobs; ask the service to stop those that were sent, where it can.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Drop held jobs; ask the service to stop those that were sent, where it can
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway cancel 12 13")]
pub struct Cancel {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
}

/// Runs the command.
pub(super) fn cancel(mut context: Context, _args: &Cancel) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

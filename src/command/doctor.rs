//! `doctor`: look at config, key, journal, clock and terminal, and say what to mend; never spends.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Look at config, key, journal, clock and terminal, and say what to mend; never spends
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway doctor\n  taxiway doctor --online --json")]
pub struct Doctor {
    /// Ask the service, too: whether it can be reached, takes the key, and has the same time
    #[arg(long)]
    pub online: bool,
}

/// Runs the command.
pub(super) fn doctor(mut context: Context, _args: &Doctor) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

//! `status`: count the jobs of the journal; in one short line for a status line.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Count the jobs of the journal; in one short line for a status line
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway status\n  taxiway status --short")]
pub struct Status {
    /// One short line
    #[arg(long)]
    pub short: bool,
}

/// Runs the command.
pub(super) fn status(mut context: Context, _args: &Status) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

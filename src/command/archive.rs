//! `archive`: put ended jobs out of sight, or bring them back.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Put ended jobs out of sight, or bring them back
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway archive 12 13\n  taxiway archive 12 --undo")]
pub struct Archive {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// Bring them back
    #[arg(long)]
    pub undo: bool,
}

/// Runs the command.
pub(super) fn archive(mut context: Context, _args: &Archive) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

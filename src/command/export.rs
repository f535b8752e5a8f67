//! `export`: print jobs as JSON, as CSV, or as curl commands without the key.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Print jobs as JSON, as CSV, or as curl commands without the key
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway export > jobs.json\n  taxiway export --format curl 12")]
pub struct Export {
    /// Numbers, task ids, or the beginnings of some; all jobs without any
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
}

/// Runs the command.
pub(super) fn export(mut context: Context, _args: &Export) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

//! `wait`: wait until jobs have ended and their videos are saved.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Wait until jobs have ended and their videos are saved
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway wait 12\n  taxiway wait 12 13 --any --timeout 600")]
pub struct Wait {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// End when the first of them has ended
    #[arg(long)]
    pub any: bool,
    /// Stop waiting after so many seconds; the jobs go on
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u32>,
}

/// Runs the command.
pub(super) fn wait(mut context: Context, _args: &Wait) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

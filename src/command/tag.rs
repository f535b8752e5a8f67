//! `tag`: give jobs labels, and take others away.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Give jobs labels, and take others away
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway tag 12 13 --add client --remove draft")]
pub struct Tag {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
}

/// Runs the command.
pub(super) fn tag(mut context: Context, _args: &Tag) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

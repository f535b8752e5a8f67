//! `report`: gather what a bug report needs in a file, without secrets; shown before it is written.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Gather what a bug report needs in a file, without secrets; shown before it is written
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway report 12\n  taxiway report 12 --output report.json --yes")]
pub struct Report {
    /// Jobs to tell of: numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
}

/// Runs the command.
pub(super) fn report(mut context: Context, _args: &Report) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

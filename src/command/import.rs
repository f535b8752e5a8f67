//! `import`: take jobs into the journal from what `export` wrote as JSON.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Take jobs into the journal from what `export` wrote as JSON
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway import jobs.json")]
pub struct Import {
    /// The file, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Runs the command.
pub(super) fn import(mut context: Context, _args: &Import) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

//! `batch`: send the jobs of a file: CSV, JSON lines, or TOML with sweeps.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Send the jobs of a file: CSV, JSON lines, or TOML with sweeps
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway batch shots.csv --dry-run\n  taxiway batch shots.toml --yes")]
pub struct Batch {
    /// The file: .csv, .jsonl or .toml
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Spend without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// Runs the command.
pub(super) fn batch(mut context: Context, _args: &Batch) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

//! `clone`: send a new job made from an old one, with some fields changed.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Send a new job made from an old one, with some fields changed
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  taxiway clone 12 --seed 7\n  taxiway clone 12 --model gen4_turbo --ratio 1280:720 --yes"
)]
pub struct Clone {
    /// Its number, its task id, or the beginning of one
    #[arg(value_name = "JOB")]
    pub job: String,
}

/// Runs the command.
pub(super) fn clone(mut context: Context, _args: &Clone) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

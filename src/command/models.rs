//! `models`: the known models with their limits and prices, beside the list of the service.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// The known models with their limits and prices, beside the list of the service
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway models\n  taxiway models --json")]
pub struct Models {}

/// Runs the command.
pub(super) fn models(mut context: Context, _args: &Models) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

//! `balance`: what the account has left, as the service tells it.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// What the account has left, as the service tells it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway balance")]
pub struct Balance {}

/// Runs the command.
pub(super) fn balance(mut context: Context, _args: &Balance) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

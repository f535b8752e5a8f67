//! `man`: print the manual page.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Print the manual page
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway man | man -l -")]
pub struct Man {}

/// Runs the command.
pub(super) fn man(mut context: Context, _args: &Man) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

//! `completions`: print the script that completes commands, jobs and filters in a shell.

use clap::Args;

use super::{Context, Exit, context::settle};
use crate::job::Problem;

/// Print the script that completes commands, jobs and filters in a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  taxiway completions bash > ~/.local/share/bash-completion/completions/taxiway"
)]
pub struct Completions {}

/// Runs the command.
pub(super) fn completions(mut context: Context, _args: &Completions) -> Exit {
    settle(Err(Problem::new("usage", "this command is being built")), &mut context.output)
}

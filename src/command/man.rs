//! `man`: the manual page, made from the texts of the help.

mod page;
mod words;

use clap::Args;

use super::{Context, Exit, context::settle, help};
use crate::job::{Problem, nearest};

/// Print the manual page
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway man | man -l -
  taxiway man submit | man -l -
  taxiway man > ~/.local/share/man/man1/taxiway.1")]
pub struct Man {
    /// Only the page of this command
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// Runs the command. A page is no JSON, so `--json` changes nothing.
pub(super) fn man(mut context: Context, args: &Man) -> Exit {
    let outcome = page(args.command.as_deref()).map(|page| {
        let is_read_here = context.output.width().is_some();
        context.output.line(page.trim_end());
        if is_read_here {
            context.output.say("this is the page for a reader of manuals: taxiway man | man -l -");
        }
        Exit::Done
    });
    settle(outcome, &mut context.output)
}

fn page(name: Option<&str>) -> Result<String, Problem> {
    let mut command = help::command();
    command.build();
    let Some(name) = name else { return Ok(page::whole(&command)) };
    let shown =
        || command.get_subcommands().filter(|command| !command.is_hide_set() && !help::is_help(command));
    if let Some(found) = shown().find(|command| command.get_name() == name) {
        return Ok(page::of_command(found));
    }
    let hint = match nearest(name, shown().map(clap::Command::get_name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`taxiway --help` lists the commands".into(),
    };
    Err(Problem::new("bad_input", format!("there is no command `{name}`")).hint(hint))
}

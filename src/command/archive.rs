//! `archive`: put ended jobs out of sight, or bring them back.

use clap::Args;

use super::{
    Context, Exit,
    context::{find_each, run, settle},
    plain::{carry_out_at_once, show_jobs},
};
use crate::{engine::Command, job::Problem};

/// Put ended jobs out of sight, or bring them back
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway archive 12 13
  taxiway archive 12 --undo
  taxiway list archived:yes        shows what is out of sight

Nothing is deleted: the journal keeps the jobs, and their videos stay where they are. Only ended jobs can
be archived; where one of several cannot, none is.")]
pub struct Archive {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// Bring them back
    #[arg(long)]
    pub undo: bool,
}

/// Runs the command.
pub(super) fn archive(mut context: Context, args: &Archive) -> Exit {
    context.say_warnings();
    let outcome = archive_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn archive_jobs(context: &mut Context, args: &Archive) -> Result<Exit, Problem> {
    let journal = context.journal_to_write()?;
    let jobs = run(find_each(&journal, &args.jobs))??;
    let (ids, archived) = (jobs.iter().map(|job| job.id).collect(), !args.undo);
    let command = |ticket| Command::Archive { ticket, ids, archived };
    let jobs = carry_out_at_once(context, journal, command)?;
    Ok(show_jobs(context, &jobs, |job| if job.archived { "archived" } else { "in sight" }.into()))
}

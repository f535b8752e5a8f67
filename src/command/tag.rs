//! `tag`: give jobs labels, and take others away.

use clap::Args;

use super::{
    Context, Exit,
    context::{find_each, run, settle},
    plain::{carry_out_at_once, show_jobs},
};
use crate::{engine::Command, job::Problem};

/// Give jobs labels, and take others away
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway tag 12 13 --add client --remove draft
  taxiway list tag:client          finds them again

A label is one word of at most 40 characters without commas; a job has at most 20. Where one of several
jobs cannot take them, none does.")]
pub struct Tag {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// Give them this label; may be said several times
    #[arg(long, value_name = "LABEL", allow_hyphen_values = true)]
    pub add: Vec<String>,
    /// Take this label away; may be said several times
    #[arg(long, value_name = "LABEL", allow_hyphen_values = true)]
    pub remove: Vec<String>,
}

/// Runs the command.
pub(super) fn tag(mut context: Context, args: &Tag) -> Exit {
    context.say_warnings();
    let outcome = tag_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn tag_jobs(context: &mut Context, args: &Tag) -> Result<Exit, Problem> {
    if args.add.is_empty() && args.remove.is_empty() {
        return Err(Problem::new("bad_input", "tag: there is no label to give or to take away")
            .hint("say --add LABEL, --remove LABEL, or several of them"));
    }
    let journal = context.journal_to_write()?;
    let jobs = run(find_each(&journal, &args.jobs))??;
    let ids = jobs.iter().map(|job| job.id).collect();
    let (add, remove) = (args.add.clone(), args.remove.clone());
    let command = |ticket| Command::Tag { ticket, ids, add, remove };
    let jobs = carry_out_at_once(context, journal, command)?;
    Ok(show_jobs(context, &jobs, |job| match job.tags.as_slice() {
        [] => "no label".into(),
        tags => tags.join(", "),
    }))
}

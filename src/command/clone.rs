//! `clone`: send a new job made from an old one, with some fields changed.

use clap::Args;

use super::{
    Context, Exit,
    context::{find, run, settle},
    request_args::{RequestArgs, SpendArgs},
    submit::submit_draft,
};
use crate::job::{Draft, Problem};

/// Send a new job made from an old one, with some fields changed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway clone 12 --seed 7
  taxiway clone 12 --model gen4_turbo --ratio 1280:720 --yes
  taxiway clone 12 --seed \"\" --count 3      without its seed, three variations
  taxiway clone 12 --dry-run                shows what it would send

All fields are the old job's, but for those that are given; an empty value takes one away. It is a new
request, paid for as any other, and sent with the key of today.")]
pub struct Clone {
    /// Its number, its task id, or the beginning of one
    #[arg(value_name = "JOB")]
    pub job: String,
    /// What is asked for otherwise.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Take the old job's wish for a watermark away
    #[arg(long, conflicts_with = "watermark")]
    pub no_watermark: bool,
    /// How it is sent.
    #[command(flatten)]
    pub spend: SpendArgs,
}

/// Runs the command.
pub(super) fn clone(mut context: Context, args: &Clone) -> Exit {
    context.say_warnings();
    let outcome = clone_job(&mut context, args);
    settle(outcome, &mut context.output)
}

fn clone_job(context: &mut Context, args: &Clone) -> Result<Exit, Problem> {
    if !args.spend.dry_run {
        context.check_writable()?;
    }
    let journal = context.journal_read_only()?;
    let parent = run(find(&journal, &args.job))??;
    if parent.request.model.is_empty() {
        let told = format!("job {} was taken in by its task id: what was asked for is not known", parent.id);
        return Err(Problem::new("unknown_request", told).hint("`taxiway submit` makes a new job"));
    }
    let base = Draft::from(&parent.request);
    let base = Draft { watermark: base.watermark && !args.no_watermark, ..base };
    submit_draft(context, args.request.over(base), Some(&parent), &args.spend)
}

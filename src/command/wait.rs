//! `wait`: wait until jobs have ended and their videos are saved.

use clap::Args;

use super::{
    Context, Exit,
    context::{find_each, keep_log, run, settle},
    follow::{Until, Wait as Waiting, see_through, tell_ended},
    session::Session,
};
use crate::{
    job::{Job, JobId, Problem, named},
    journal::owner_pid,
};

/// Wait until jobs have ended and their videos are saved
///
/// A job has ended when the service says so and, with `download.auto`, its video is on disk or given up. Where no
/// other Taxiway is running, this one polls and fetches meanwhile. What is held, unsure or not found
/// goes nowhere by itself: it is not waited for, and you are told what to do.
///
/// With --read-only nothing is polled: it watches what another Taxiway does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway wait 12
  taxiway wait 12 13 --any --timeout 600
  taxiway wait 12 13 --json | jq '.[].result.files[0].path'

Ends with 0 when all is well, else with the code of the job that failed; with 124 when the time is up, and 130 at
Ctrl-C. In both the jobs go on.")]
pub struct Wait {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// End when the first of them has ended, and show that one alone
    #[arg(long)]
    pub any: bool,
    /// Stop waiting after so many seconds; the jobs go on
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u32>,
}

/// Runs the command.
pub(super) fn wait(mut context: Context, args: &Wait) -> Exit {
    context.say_warnings();
    let outcome = wait_for(&mut context, args);
    settle(outcome, &mut context.output)
}

fn wait_for(context: &mut Context, args: &Wait) -> Result<Exit, Problem> {
    context.check_config()?;
    let jobs = run(find_each(&context.journal_read_only()?, &args.jobs))??;
    let auto = context.config.download.auto;
    let until = if args.any { Until::OneEnded { auto } } else { Until::Ended { auto } };
    let wait = Waiting { until, timeout: args.timeout, as_list: args.jobs.len() > 1 };
    let is_over = jobs.iter().all(|job| until.holds(job));
    if is_over || args.any && jobs.iter().any(|job| until.has_ended(job)) {
        return Ok(tell_ended(&mut context.output, jobs, wait));
    }
    if context.global.read_only {
        check_watched(context, &jobs, until)?;
    } else {
        context.check_key()?;
    }
    let journal = context.journal_to_show()?;
    if !context.global.read_only {
        keep_log(&context.config.data_dir)?;
    }
    let read_only = context.global.read_only;
    let Context { config, output, .. } = context;
    run(async {
        let (mut session, mut signals) = Session::start(config, journal, read_only)?;
        let known = signals.or(look(&mut session, &jobs)).await;
        if let Ok(Ok(())) = known {
            let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
            return Ok(see_through((session, signals), output, &ids, wait).await);
        }
        output.say("stopped waiting");
        session.leave(&mut signals, output, true).await;
        known.map_or_else(Ok, |failed| failed.map(|()| Exit::Done))
    })?
}

/// Reads the jobs once the engine tells of every change: what became of them before is in the journal by then.
async fn look(session: &mut Session, jobs: &[Job]) -> Result<(), Problem> {
    session.loaded().await?;
    let journal = session.journal_to_look_at()?;
    for job in jobs {
        let now = journal.job(job.id).await.map_err(|error| error.problem())?;
        // What the engine has told meanwhile is no older.
        session.jobs.entry(job.id).or_insert_with(|| now.unwrap_or_else(|| job.clone()));
    }
    Ok(())
}

/// Who only looks waits for what another process does.
fn check_watched(context: &Context, jobs: &[Job], until: Until) -> Result<(), Problem> {
    if owner_pid(&context.config.data_dir).is_some() {
        return Ok(());
    }
    let open: Vec<JobId> = jobs.iter().filter(|job| !until.holds(job)).map(|job| job.id).collect();
    let have = if open.len() == 1 { "has" } else { "have" };
    let told = format!("read-only: {} {have} not ended, and no other Taxiway polls", named(&open));
    Err(Problem::new("read_only", told).hint("wait without --read-only, or while `taxiway watch` runs"))
}

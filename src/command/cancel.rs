//! `cancel`: drop held jobs; ask the service to stop those that were sent, where it can.

use std::collections::HashMap;

use clap::Args;

use super::{
    Context, Exit,
    context::{find_each, run, settle},
    session::Session,
};
use crate::{
    engine::{Command, Stop, task_to_stop},
    job::{Job, JobId, JobJson, Problem, State, named},
    journal::Journal,
};

/// Drop held jobs; ask the service to stop those that were sent, where it can
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway cancel 12 13
  taxiway cancel 12 --yes

A held job is dropped: nothing was sent, nothing is spent. For one that was sent the service is asked to stop
its task. Whether CometAPI can do so is not documented: where it cannot, that is said (cannot_cancel, exit 6)
and the job goes on. A task that was asked to stop may be billed all the same, and is shown as cancelled only
once the service calls it so.")]
pub struct Cancel {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// Ask the service to stop tasks without being asked first
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// Runs the command.
pub(super) fn cancel(mut context: Context, args: &Cancel) -> Exit {
    context.say_warnings();
    let outcome = cancel_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn cancel_jobs(context: &mut Context, args: &Cancel) -> Result<Exit, Problem> {
    let journal = context.journal_to_write()?;
    let jobs = run(find_each(&journal, &args.jobs))??;
    let (held, sent): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| job.state == State::Held);
    if !sent.is_empty() {
        context.check_key()?;
    }
    for job in &sent {
        must_be_ours(context, job)?;
        task_to_stop(job)?;
    }
    if !sent.is_empty() && !args.yes {
        consent(context, &sent)?;
    }
    let ids = |jobs: &[&Job]| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
    let done = carry_out(context, journal, ids(&held), ids(&sent))?;
    let told = jobs.iter().map(|job| Told {
        job: done.jobs.get(&job.id).unwrap_or(job),
        was_held: job.state == State::Held,
        problem: problem_of(done.stops.get(&job.id)),
    });
    Ok(tell(context, &told.collect::<Vec<_>>(), done.cut))
}

/// What came of a job.
struct Told<'a> {
    job: &'a Job,
    was_held: bool,
    problem: Option<Problem>,
}

/// What was done, so far as it came.
struct Done {
    jobs: HashMap<JobId, Job>,
    stops: HashMap<JobId, Stop>,
    /// A signal came before all answers.
    cut: Option<Exit>,
}

fn carry_out(
    context: &mut Context,
    journal: Journal,
    held: Vec<JobId>,
    sent: Vec<JobId>,
) -> Result<Done, Problem> {
    let Context { config, output, .. } = context;
    run(async {
        let (mut session, mut signals) = Session::start(config, journal, false)?;
        let work = async {
            // First, so that none of them is sent while the service is asked about others.
            if !held.is_empty() {
                session.ask(|ticket| Command::Drop { ticket, ids: held }).await?;
            }
            if sent.is_empty() { Ok(Vec::new()) } else { session.cancel(sent).await }
        };
        let worked = signals.or(work).await;
        session.leave(&mut signals, output, worked.is_err()).await;
        let (stops, cut) = match worked {
            Ok(stops) => (stops?, None),
            Err(exit) => (Vec::new(), Some(exit)),
        };
        Ok(Done { jobs: session.jobs, stops: stops.into_iter().collect(), cut })
    })?
}

fn must_be_ours(context: &Context, job: &Job) -> Result<(), Problem> {
    if context.config.account().is_some_and(|account| account.is_same(&job.account)) {
        return Ok(());
    }
    let told = format!("job {} was {}; its task can be asked to stop only there", job.id, job.account);
    Err(Problem::new("other_account", told).hint("use that key and service; nothing was changed"))
}

/// What a task has cost is lost with it.
fn consent(context: &mut Context, sent: &[&Job]) -> Result<(), Problem> {
    let refused = |told: &str| {
        Problem::new("no_consent", format!("{told}: nothing was changed"))
            .hint("say --yes to ask the service without being asked first")
    };
    if !context.output.can_ask {
        return Err(refused("there is nobody to ask"));
    }
    let ids: Vec<_> = sent.iter().map(|job| job.id).collect();
    let question = format!(
        "Ask the service to stop {}? What was done may be billed, and no video comes of it. [y/N] ",
        named(&ids)
    );
    if context.output.ask(&question) { Ok(()) } else { Err(refused("you said no")) }
}

fn problem_of(stop: Option<&Stop>) -> Option<Problem> {
    match stop {
        None | Some(Stop::Asked) => None,
        Some(stop @ Stop::HadEnded) => Some(Problem::new("already_ended", stop.tell())),
        Some(Stop::Failed(problem)) => Some(problem.clone()),
    }
}

fn tell(context: &mut Context, all: &[Told<'_>], cut: Option<Exit>) -> Exit {
    let output = &mut context.output;
    if output.is_json() {
        let shown: Vec<_> = all.iter().map(|told| JobJson::new(told.job, told.problem.clone())).collect();
        output.jobs_json(&shown, false);
    }
    for Told { job, was_held, problem } in all {
        let id = job.id;
        let (told, more) = match problem {
            _ if *was_held && job.state == State::Cancelled => ("dropped before it was sent", None),
            Some(_) => ("not stopped", None),
            None if cut.is_some() => ("the answer did not come", None),
            None => ("asked to stop", Some(Stop::Asked.tell())),
        };
        if !output.is_json() {
            output.line(&format!("{id}\t{}\t{told}", job.label()));
        }
        if let Some(more) = more {
            output.say(&format!("job {id}: {more}. `taxiway wait {id}` tells what becomes of it"));
        }
        if let Some(problem) = problem {
            output.say_problem(&Problem {
                message: format!("job {id}: {}", problem.message),
                ..problem.clone()
            });
        }
    }
    let problems = all.iter().filter_map(|told| told.problem.as_ref());
    cut.unwrap_or_else(|| Exit::worst(problems.map(Exit::of_problem)))
}

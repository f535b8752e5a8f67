//! `download`: fetch results.

use clap::Args;

use super::{
    Context, Exit,
    context::{all_jobs, find_each, run, settle},
    follow::{Until, Wait, carry_out},
    session::Session,
};
use crate::{
    config::Config,
    engine::{Command, is_home},
    job::{Job, Problem, State},
    journal::Journal,
};

/// Fetch the videos of jobs
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway download 12\n  taxiway download --all --timeout 600")]
pub struct Download {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required_unless_present = "all", conflicts_with = "all")]
    pub jobs: Vec<String>,
    /// Every video that is not on disk yet
    #[arg(long)]
    pub all: bool,
    /// Stop after so many seconds; what is on disk by then is kept
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u32>,
}

/// Runs the command.
pub(super) fn download(mut context: Context, args: &Download) -> Exit {
    context.say_warnings();
    let outcome = fetch(&mut context, args);
    settle(outcome, &mut context.output)
}

fn fetch(context: &mut Context, args: &Download) -> Result<Exit, Problem> {
    let journal = context.journal_to_work_with()?;
    let Context { config, output, .. } = context;
    run(async {
        let jobs = if args.all {
            let (ours, others) = missing(&journal, config).await?;
            if !others.is_empty() {
                let told = super::count_of(others.len(), "video");
                output.say(&format!("{told} of another key or service left aside: it is fetched only there"));
            }
            ours
        } else {
            find_each(&journal, &args.jobs).await?
        };
        if jobs.is_empty() {
            output.say("every video is on disk");
            if output.is_json() {
                output.json(&[(); 0]);
            }
            return Ok(Exit::Done);
        }
        let (mut session, signals) = Session::start(config, journal, false)?;
        session.jobs.extend(jobs.iter().map(|job| (job.id, job.clone())));
        let ids = jobs.iter().map(|job| job.id).collect();
        let wait =
            Wait { until: Until::Fetched, timeout: args.timeout, as_list: args.all || args.jobs.len() > 1 };
        carry_out((session, signals), output, |ticket| Command::Download { ticket, ids }, wait).await
    })?
}

/// The succeeded jobs whose video is not on disk: those of this key and service, and the others.
async fn missing(journal: &Journal, config: &Config) -> Result<(Vec<Job>, Vec<Job>), Problem> {
    let jobs = all_jobs(journal, |job| job.state == State::Succeeded && !is_home(job)).await?;
    let account = config.account();
    let ours = |job: &Job| account.as_ref().is_some_and(|account| account.is_same(&job.account));
    Ok(jobs.into_iter().partition(ours))
}

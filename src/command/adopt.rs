//! `adopt`: a task whose id is known, into the journal or to the unsure job that it is.

use clap::Args;

use super::{
    Context, Exit,
    context::{find, run, settle},
    follow::{WaitArgs, carry_out},
    session::Session,
};
use crate::{
    config::Config,
    engine::Command,
    job::{Job, Problem, State},
    journal::Journal,
};

/// Take a known task id into the journal, or give it to an unsure job
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  taxiway adopt d0658ae1-bbdd-4adc-aaba-fd8070e14d79\n  taxiway adopt d0658ae1-bbdd-4adc-aaba-fd8070e14d79 --job 12"
)]
pub struct Adopt {
    /// The task, as the service names it
    #[arg(value_name = "TASK_ID")]
    pub task_id: String,
    /// The unsure job that it is, or `new` for none of them; needed while a job is unsure
    #[arg(long, value_name = "JOB")]
    pub job: Option<String>,
    /// How long to stay with them.
    #[command(flatten)]
    pub wait: WaitArgs,
}

/// Runs the command.
pub(super) fn adopt(mut context: Context, args: &Adopt) -> Exit {
    context.say_warnings();
    let outcome = adopt_task(&mut context, args);
    settle(outcome, &mut context.output)
}

fn adopt_task(context: &mut Context, args: &Adopt) -> Result<Exit, Problem> {
    let journal = context.journal_to_work_with()?;
    let Context { config, output, .. } = context;
    run(async {
        let job = match args.job.as_deref() {
            Some("new") => None,
            Some(reference) => Some(find(&journal, reference).await?.id),
            None => {
                none_unsure(&journal, config).await?;
                None
            }
        };
        let session = Session::start(config, journal, false)?;
        let wait = args.wait.how(config, false);
        let task_id = args.task_id.clone();
        carry_out(session, output, |ticket| Command::Adopt { ticket, task_id, job }, wait).await
    })?
}

/// A task that is taken in by itself cannot be given to the unsure job that it was.
async fn none_unsure(journal: &Journal, config: &Config) -> Result<(), Problem> {
    let jobs = journal.unfinished().await.map_err(|error| error.problem())?;
    let account = config.account();
    let ours = |job: &&Job| account.as_ref().is_some_and(|account| account.is_same(&job.account));
    let unsure = jobs.iter().filter(|job| job.state == State::Unsure).filter(ours);
    let unsure: Vec<_> = unsure.map(|job| job.id.to_string()).collect();
    let Some(first) = unsure.first() else { return Ok(()) };
    let (which, are) = match unsure.as_slice() {
        [one] => (format!("job {one}"), "is"),
        more => (format!("jobs {}", more.join(", ")), "are"),
    };
    let hint = format!("say --job {first} if the task is that one's, --job new if it is none of theirs");
    Err(Problem::new("bad_input", format!("{which} {are} unsure: nothing was taken in")).hint(hint))
}

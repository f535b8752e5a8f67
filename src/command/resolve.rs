//! `resolve`: the user's word on an unsure job.

use clap::Args;

use super::{
    Context, Exit,
    context::{find, run, settle},
    follow::step_of,
    session::Session,
};
use crate::{
    engine::Command,
    job::{JobJson, Problem},
};

/// Say that an unsure job never came to be
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway resolve 12 --not-created")]
pub struct Resolve {
    /// Its number, its uuid, or the beginning of one
    #[arg(value_name = "JOB")]
    pub job: String,
    /// No task was created: you have looked, and the account does not show it
    #[arg(long, required = true)]
    pub not_created: bool,
}

/// Runs the command.
pub(super) fn resolve(mut context: Context, args: &Resolve) -> Exit {
    context.say_warnings();
    let outcome = resolve_job(&mut context, args);
    settle(outcome, &mut context.output)
}

fn resolve_job(context: &mut Context, args: &Resolve) -> Result<Exit, Problem> {
    let journal = context.journal_to_work_with()?;
    let Context { config, output, .. } = context;
    run(async {
        let id = find(&journal, &args.job).await?.id;
        let (mut session, mut signals) = Session::start(config, journal, false)?;
        let asked = session.ask(|ticket| Command::Resolve { ticket, id }).await;
        session.leave(&mut signals, output, false).await;
        asked?;
        // The engine tells a job before it answers for it.
        if let Some(job) = session.jobs.get(&id) {
            output.say(&step_of(job));
            if output.is_json() {
                output.json(&JobJson::new(job, None));
            } else {
                output.line(&format!("{id}\t{}\t", job.label()));
            }
        }
        Ok(Exit::Done)
    })?
}

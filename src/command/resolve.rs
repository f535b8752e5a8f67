//! `resolve`: the user's word on an unsure job.

use super::{
    Context, Exit,
    args::Resolve,
    context::{find, keep_log, run, settle},
    follow::step_of,
    session::Session,
};
use crate::{
    engine::Command,
    job::{JobJson, Problem},
};

/// Runs the command.
pub(super) fn resolve(mut context: Context, args: &Resolve) -> Exit {
    context.say_warnings();
    let outcome = resolve_job(&mut context, args);
    settle(outcome, &mut context.output)
}

fn resolve_job(context: &mut Context, args: &Resolve) -> Result<Exit, Problem> {
    context.check_writable()?;
    let journal = context.journal()?;
    keep_log(&context.config.data_dir)?;
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

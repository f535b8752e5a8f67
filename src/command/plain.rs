//! Commands of one word and one answer: the engine does it at once, and nothing is waited for.

use super::{Context, Exit, context::run, session::Session};
use crate::{
    engine::{Command, Ticket},
    job::{Job, JobJson, Problem},
    journal::Journal,
};

/// Has a command carried out, and gives its jobs as they are then, in its order.
pub(super) fn carry_out_at_once(
    context: &mut Context,
    journal: Journal,
    command: impl FnOnce(Ticket) -> Command,
) -> Result<Vec<Job>, Problem> {
    let Context { config, output, .. } = context;
    run(async {
        let (mut session, mut signals) = Session::start(config, journal, false)?;
        let asked = session.ask(command).await;
        session.leave(&mut signals, output, false).await;
        let ids = asked?;
        // The engine tells a job before it answers for it.
        Ok(ids.iter().filter_map(|id| session.jobs.get(id).cloned()).collect())
    })?
}

/// Shows jobs: one as an object, several as a list; in words a line each, as `12⇥SAVED⇥` and what `tell` says.
pub(super) fn show_jobs(context: &mut Context, jobs: &[Job], tell: impl Fn(&Job) -> String) -> Exit {
    let output = &mut context.output;
    if output.is_json() {
        let shown: Vec<_> = jobs.iter().map(|job| JobJson::new(job, None)).collect();
        output.jobs_json(&shown, false);
    } else {
        for job in jobs {
            output.line(&format!("{}\t{}\t{}", job.id, job.label(), tell(job)));
        }
    }
    Exit::Done
}

//! Whether an action can be done now, or why not.

use super::super::{Model, form::Kind};
use crate::job::{Job, ResultState, State};

/// A pane of jobs holds one.
pub fn open(model: &Model) -> Result<(), String> {
    job(model).map(|_| ())
}

/// There is somebody to ask, and something to ask about, if only the end of a pause.
pub fn poll_now(model: &Model) -> Result<(), String> {
    match model.blocked() {
        Some(_) if model.facts.read_only => Err("read-only: nothing is asked of the service".into()),
        Some(reason) if model.account.is_none() => Err(reason),
        _ if model.status.paused.is_none() && model.tasks_under_way() == 0 => {
            Err("no task is under way: there is nothing to ask the service about".into())
        }
        _ => Ok(()),
    }
}

/// Only what was never sent, and only where it was made.
pub fn send(model: &Model) -> Result<(), String> {
    let job = job(model)?;
    if job.is_moderated() {
        let id = job.id;
        return Err(format!("job {id} was moderated and billed; repeats can suspend the account: change it"));
    }
    if job.state != State::Held {
        return Err(format!("job {} is {}: only a held job can be sent", job.id, job.label()));
    }
    if job.consent.is_some() {
        return Err(format!("job {} waits for its turn and will be sent by itself", job.id));
    }
    if let Some(reason) = model.blocked() {
        return Err(reason);
    }
    if model.is_ours(job) {
        Ok(())
    } else {
        Err(format!("job {} was {}: it is sent only there", job.id, job.account))
    }
}

/// Only a video that is made and not at home.
pub fn download(model: &Model) -> Result<(), String> {
    let job = job(model)?;
    let Some(result) = job.result.as_ref().filter(|_| job.state == State::Succeeded) else {
        return Err(format!("job {} is {}: there is no video to fetch", job.id, job.label()));
    };
    match result.state {
        _ if model.facts.read_only => Err("read-only: nothing is fetched".into()),
        ResultState::Saved => Err(format!("the video of job {} is saved already", job.id)),
        ResultState::Fetching => Err(format!("the video of job {} is being fetched", job.id)),
        _ => Ok(()),
    }
}

/// Only what was never sent.
pub fn drop_job(model: &Model) -> Result<(), String> {
    let job = job(model)?;
    if model.facts.read_only {
        return Err("read-only: nothing is changed".into());
    }
    match job.state {
        State::Held => Ok(()),
        _ => Err(format!("job {} is {}: only a held job can be dropped", job.id, job.label())),
    }
}

/// Only what may have been created, and nobody knows.
pub fn adopt(model: &Model) -> Result<(), String> {
    let job = job(model)?;
    match job.state {
        _ if model.facts.read_only => Err("read-only: nothing is changed".into()),
        _ if job.wants_task() => Ok(()),
        _ => Err(format!("job {} is {}: only an unsure job is to be settled", job.id, job.label())),
    }
}

/// The focused field has choices.
pub fn choose(model: &Model) -> Result<(), String> {
    if model.form.has_choices() { Ok(()) } else { Err("there is nothing to choose here".into()) }
}

/// The focused text has several lines.
pub fn newline(model: &Model) -> Result<(), String> {
    let is_prompt = model.form.field().is_some_and(|spec| spec.kind == Kind::Prompt);
    if is_prompt { Ok(()) } else { Err("only the prompt has several lines".into()) }
}

/// The focused text is a name.
pub fn name(model: &Model) -> Result<(), String> {
    let is_model = model.form.field().is_some_and(|spec| spec.kind == Kind::Model);
    if is_model { Ok(()) } else { Err("only the model has known names".into()) }
}

fn job(model: &Model) -> Result<&Job, String> {
    model.job_here().ok_or_else(|| "no job is selected".into())
}

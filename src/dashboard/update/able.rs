//! Whether an action can be done now, or why not.

use super::super::{Model, form::Kind, page::Page};
use crate::job::{Field, Job, JobId, ResultState, State};

type Can = fn(&Model, &Job) -> Result<(), String>;

/// Those of the targets with which it can be done, and why not with the first of the others.
pub fn those_that_can(model: &Model, can: Can) -> (Vec<JobId>, Option<String>) {
    let (mut able, mut why_not) = (Vec::new(), None);
    for job in model.targets() {
        match can(model, job) {
            Ok(()) => able.push(job.id),
            Err(reason) => why_not = why_not.or(Some(reason)),
        }
    }
    (able, why_not)
}

/// It can be done with one of the targets at least.
fn any(model: &Model, can: Can) -> Result<(), String> {
    let mut why_not = None;
    for job in model.targets() {
        match can(model, job) {
            Ok(()) => return Ok(()),
            Err(reason) => drop(why_not.get_or_insert(reason)),
        }
    }
    Err(why_not.unwrap_or_else(|| no_target(model)))
}

/// A pane of jobs holds one.
pub fn open(model: &Model) -> Result<(), String> {
    model.job_here().map(|_| ()).ok_or_else(|| no_job(model))
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
    any(model, can_send)
}

pub fn can_send(model: &Model, job: &Job) -> Result<(), String> {
    if job.is_moderated() {
        let id = job.id;
        return Err(format!(
            "job {id} was moderated and billed; repeats can suspend the account: e clones it, to change it"
        ));
    }
    if job.state != State::Held {
        let clone = if job.state.is_final() { "; e clones it into the form" } else { "" };
        return Err(format!("job {} is {}: only a held job can be sent{clone}", job.id, job.label()));
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
        Err(format!(
            "job {} was {}: it is sent only there; e clones it, to send it from here",
            job.id, job.account
        ))
    }
}

/// Only a video that is made and not at home.
pub fn download(model: &Model) -> Result<(), String> {
    any(model, can_download)
}

pub fn can_download(model: &Model, job: &Job) -> Result<(), String> {
    let Some(result) = job.result.as_ref().filter(|_| job.state == State::Succeeded) else {
        return Err(format!("job {} is {}: there is no video to fetch", job.id, job.label()));
    };
    match result.state {
        _ if model.facts.read_only => Err("read-only: nothing is fetched".into()),
        ResultState::Saved => Err(format!("the video of job {} is saved already", job.id)),
        ResultState::Fetching => Err(format!("the video of job {} is being fetched", job.id)),
        _ if !model.is_ours(job) => {
            Err(format!("job {} was {}: its video is fetched only there", job.id, job.account))
        }
        _ => Ok(()),
    }
}

/// Only what was never sent.
pub fn drop_job(model: &Model) -> Result<(), String> {
    any(model, can_drop)
}

pub fn can_drop(model: &Model, job: &Job) -> Result<(), String> {
    if model.facts.read_only {
        return Err("read-only: nothing is changed".into());
    }
    match job.state {
        State::Held => Ok(()),
        state if state.is_final() => {
            Err(format!("job {} is {}: only a held job can be dropped", job.id, job.label()))
        }
        _ => Err(format!(
            "job {} is {}: only a held job can be dropped, the service documents no way to stop a task",
            job.id,
            job.label()
        )),
    }
}

/// Only what may have been created, and nobody knows.
pub fn adopt(model: &Model) -> Result<(), String> {
    let job = one(model)?;
    match job.state {
        _ if model.facts.read_only => Err("read-only: nothing is changed".into()),
        _ if job.wants_task() => Ok(()),
        _ => Err(format!("job {} is {}: only an unsure job is to be settled", job.id, job.label())),
    }
}

/// Any job can be a pattern, but for one whose request nobody knows.
pub fn clone_job(model: &Model) -> Result<(), String> {
    any(model, can_clone)
}

pub fn can_clone(_: &Model, job: &Job) -> Result<(), String> {
    if job.request.model.is_empty() {
        return Err(format!("job {} was taken in by its task id: what was asked for is not known", job.id));
    }
    Ok(())
}

/// Only what has come to rest.
pub fn archive(model: &Model) -> Result<(), String> {
    any(model, can_archive)
}

pub fn can_archive(model: &Model, job: &Job) -> Result<(), String> {
    match job.state {
        _ if model.facts.read_only => Err("read-only: nothing is changed".into()),
        State::Held => Err(format!("job {} is HELD: drop it first (x), then archive it", job.id)),
        _ if job.is_live() => {
            Err(format!("job {} is {}: only an ended job can be archived", job.id, job.label()))
        }
        _ => Ok(()),
    }
}

/// There is something to bring back.
pub fn undo(model: &Model) -> Result<(), String> {
    match model.archived.last() {
        _ if model.facts.read_only => Err("read-only: nothing is changed".into()),
        None => Err("nothing was archived since Taxiway was started; /archived:yes shows what is".into()),
        Some(_) => Ok(()),
    }
}

/// Labels are written into the journal.
pub fn tag(model: &Model) -> Result<(), String> {
    if model.facts.read_only {
        return Err("read-only: nothing is changed".into());
    }
    if model.targets().is_empty() { Err(no_target(model)) } else { Ok(()) }
}

/// The row is of a sweep.
pub fn fold(model: &Model) -> Result<(), String> {
    let job = model.jobs.selected().ok_or_else(|| no_job(model))?;
    let alone = || format!("job {} was sent alone: only the jobs of one sweep fold", job.id);
    job.group.as_ref().map(|_| ()).ok_or_else(alone)
}

/// Something was copied.
pub fn show_copied(model: &Model) -> Result<(), String> {
    model.copied.as_ref().map(|_| ()).ok_or_else(|| "nothing was copied yet: y copies".into())
}

/// A key is wanted.
pub fn enter_key(model: &Model) -> Result<(), String> {
    let wrong = model.status.paused.as_ref().is_some_and(|problem| problem.code == "wrong_key");
    let faults = !model.facts.config.faults.is_empty();
    match model.account {
        _ if model.facts.read_only => Err("read-only: nothing can be sent".into()),
        _ if faults => Err("the config has a fault: mend that first".into()),
        _ if model.facts.demo.is_some() => Err("a demo needs no key".into()),
        Some(_) if !wrong => Err("there is a key, and nothing is known against it".into()),
        _ => Ok(()),
    }
}

/// The log was searched, and has such lines.
pub fn found(model: &Model) -> Result<(), String> {
    match model.log.searched() {
        None => Err("nothing was searched for: / does".into()),
        Some(words) if !model.log.holds(words) => Err(format!("no line of the log holds \"{words}\"")),
        Some(_) => Ok(()),
    }
}

/// There is a job to be about.
pub fn log_job(model: &Model) -> Result<(), String> {
    if model.log.only().is_some() {
        return Ok(());
    }
    model.jobs.selected_id().map(|_| ()).ok_or_else(|| no_job(model))
}

/// The focused field has choices.
pub fn choose(model: &Model) -> Result<(), String> {
    if model.form.has_choices() { Ok(()) } else { Err("there is nothing to choose here".into()) }
}

/// The focused field has choices that make a list.
pub fn open_list(model: &Model) -> Result<(), String> {
    let listed = model.form.field().is_some_and(|spec| {
        matches!(spec.field, Field::Model | Field::Ratio | Field::Duration | Field::Watermark)
    });
    if listed { Ok(()) } else { Err("there is no list here: type what you want".into()) }
}

/// There is an image to look at.
pub fn check_image(model: &Model) -> Result<(), String> {
    match model.form.draft().image.trim() {
        _ if model.facts.read_only => Err("read-only: nothing is asked of the network".into()),
        "" => Err("the form has no image yet: there is nothing to look at".into()),
        image if model.facts.demo.is_some() && image.contains("://") => {
            Err("a demo asks nobody on the network: only a file here can be looked at".into())
        }
        _ => Ok(()),
    }
}

/// The form was filled as a whole.
pub fn bring_back(model: &Model) -> Result<(), String> {
    if model.form.can_bring_back() {
        Ok(())
    } else {
        Err("the form was not filled as a whole: there is nothing to bring back".into())
    }
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

/// The one job that is meant, of several marked ones none.
fn one(model: &Model) -> Result<&Job, String> {
    match model.targets().as_slice() {
        [job] => Ok(job),
        [] => Err(no_target(model)),
        more => Err(format!("{} jobs are marked: this is done one by one", more.len())),
    }
}

fn no_target(model: &Model) -> String {
    if model.jobs.has_hidden_marks() {
        return "the marked jobs are not shown: Esc takes the marks away".into();
    }
    no_job(model)
}

fn no_job(model: &Model) -> String {
    match model.jobs.selected_id() {
        Some(id) => format!("job {id} is still being read: press the key again"),
        None => "no job is selected".into(),
    }
}

impl Model {
    /// The jobs that an action is about: those that a command names; the one in the detail view; else the marked
    /// ones that are shown;
    /// else the selected row, of a folded sweep all of it.
    pub(in crate::dashboard) fn targets(&self) -> Vec<&Job> {
        let ids = match &self.page {
            _ if !self.named.is_empty() => self.named.clone(),
            Some(Page::Detail(page)) => vec![page.id],
            _ => match (self.jobs.marked(), self.jobs.selected_id()) {
                (marked, _) if !marked.is_empty() => marked.to_vec(),
                // Who marked jobs means those, and not what happens to be selected.
                _ if self.jobs.has_hidden_marks() => Vec::new(),
                (_, Some(id)) => self.jobs.behind(&id).to_vec(),
                (_, None) => Vec::new(),
            },
        };
        ids.into_iter().filter_map(|id| self.jobs.get(id)).collect()
    }
}

//! Where a job stands, in words.

use crate::job::{Job, JobId, State, named};

/// One line on where a job stands.
pub(in super::super) fn step_of(job: &Job) -> String {
    let (stands, told) = step(job);
    let told = told.map_or_else(String::new, |text| format!(": {text}"));
    format!("job {}  {stands}{told}", job.id)
}

/// Where a job stands, and what there is to say of that.
pub(in super::super) fn step(job: &Job) -> (String, Option<String>) {
    let progress = job.progress.filter(|_| job.state == State::Running);
    let progress = progress.map_or_else(String::new, |part| format!(" {:.0}%", part * 100.0));
    let told = match job.state {
        State::Held if job.consent.is_some() && job.problem.is_none() => Some("waits to be sent".into()),
        State::Held | State::Unsure | State::Rejected => {
            job.problem.as_ref().map(|problem| problem.message.clone())
        }
        State::Failed => job.failure.as_ref().map(|f| format!("{} {}", f.code, f.message).trim().to_string()),
        State::Submitted => job.task_id.clone(),
        _ => job.result.as_ref().and_then(|result| {
            let saved = result.files.iter().map(|file| file.path.display().to_string()).next();
            result.problem.clone().or(saved)
        }),
    };
    (format!("{}{progress}", job.label()), told)
}

/// Whether the service works on it, or has its video.
pub(in super::super) const fn at_service(state: State) -> bool {
    state.is_polled() || matches!(state, State::Succeeded)
}

/// `job 3 goes on at the service`, `jobs 3, 4 go on at the service`; empty for none.
pub(in super::super) fn goes_on_at(ids: &[JobId]) -> String {
    let word = if ids.len() == 1 { "goes" } else { "go" };
    if ids.is_empty() { String::new() } else { format!("{} {word} on at the service", named(ids)) }
}

/// What a script without `--json` reads of a job: its number, its state, its task id or file.
pub(in super::super) fn summary(job: &Job) -> String {
    let file = job.result.as_ref().and_then(|result| result.files.first());
    let last = file.map(|file| file.path.display().to_string()).or_else(|| job.task_id.clone());
    format!("{}\t{}\t{}", job.id, job.label(), last.unwrap_or_default())
}

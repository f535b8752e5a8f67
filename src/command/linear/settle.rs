//! The ways on for an unsure job: look its task up, give it its task id, or say that none was created.

use super::{chosen, jobs::tell_outcome, talk::Talk, words::sorted};
use crate::{
    command::{Exit, reconcile::line_of},
    engine::Command,
    job::{Candidate, Job, JobId, named},
};

const WAYS: [(&str, &str, &str); 4] = [
    ("1", "look", "look it up in the account's task list"),
    ("2", "id", "give its task id"),
    ("3", "none", "no task was created"),
    ("0", "back", "or Enter, back"),
];

/// Settles an unsure job; `asked` names it.
pub(super) async fn settle(talk: &mut Talk, asked: Option<String>) -> Result<(), Exit> {
    if talk.read_only {
        talk.print("read-only: nothing is changed");
        return Ok(());
    }
    let Some(job) = which(talk, asked).await? else { return Ok(()) };
    let id = job.id;
    if let Some(problem) = &job.problem {
        talk.print(&format!("job {id} is {}: {}", job.label(), problem.message));
    }
    let ways = WAYS.map(|(digit, _, told)| format!("{digit} {told}")).join(", ");
    let answer = talk.line(&format!("What became of job {id}? ({ways}) ")).await?;
    match chosen(&WAYS, &answer) {
        Some("look") => look_up(talk, id).await,
        Some("id") => match talk.line("Its task id? (Enter goes back) ").await? {
            task_id if task_id.is_empty() => Ok(()),
            task_id => adopt(talk, id, task_id).await,
        },
        Some("none") => not_created(talk, &job).await,
        _ => Ok(()),
    }
}

/// The job that is meant: the named one, the only one there is, or the one that is asked for.
async fn which(talk: &mut Talk, asked: Option<String>) -> Result<Option<Job>, Exit> {
    let unsure = sorted(talk.session.jobs.values().filter(|job| job.is_unsettled()).map(|job| job.id));
    let reference = match (asked, unsure.as_slice()) {
        (Some(reference), _) => reference,
        (None, []) => {
            talk.print("no job is unsure");
            return Ok(None);
        }
        (None, [one]) => one.to_string(),
        (None, more) => {
            let question = format!("Which of {}? (its number; Enter goes back) ", named(more));
            talk.line(&question).await?
        }
    };
    if reference.is_empty() {
        return Ok(None);
    }
    let job = talk.find(&reference).await;
    if let Some(job) = job.as_ref().filter(|job| !job.wants_task()) {
        talk.print(&format!("job {} is {}: only an unsure job is to be settled", job.id, job.label()));
        return Ok(None);
    }
    Ok(job)
}

/// Looks all unsure jobs up, and lets the user choose among the tasks that this one could be.
async fn look_up(talk: &mut Talk, id: JobId) -> Result<(), Exit> {
    talk.print("looking the unsure jobs up");
    let found = match talk.reconcile().await? {
        Ok(found) => found,
        Err(problem) => {
            talk.print_problem(&problem);
            return Ok(());
        }
    };
    for (id, task_id) in &found.adopted {
        talk.print(&format!("found in the account: job {id} is task {task_id}"));
    }
    let candidates = found.open.into_iter().find(|(open, _)| *open == id).map(|(_, tasks)| tasks);
    match candidates {
        None => {
            if !found.adopted.iter().any(|(adopted, _)| *adopted == id) {
                talk.print(&format!("job {id} was not looked up: only an unsure job of this key is"));
            }
            Ok(())
        }
        Some(tasks) if tasks.is_empty() => {
            talk.print(&format!(
                "job {id}: the account shows no task for it yet; if it stays so, none was created"
            ));
            Ok(())
        }
        Some(tasks) => choose(talk, id, &tasks).await,
    }
}

async fn choose(talk: &mut Talk, id: JobId, tasks: &[Candidate]) -> Result<(), Exit> {
    for (number, candidate) in (1..).zip(tasks) {
        talk.print(&format!("{number}: {}", line_of(candidate)));
    }
    let answer = talk.line(&format!("Which of them is job {id}? (Enter: none of them for sure) ")).await?;
    let number = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    if let Some(candidate) = number.and_then(|at| tasks.get(at)) {
        return adopt(talk, id, candidate.task_id.clone()).await;
    }
    talk.print(&format!("job {id} stays as it is"));
    Ok(())
}

async fn adopt(talk: &mut Talk, id: JobId, task_id: String) -> Result<(), Exit> {
    let outcome = talk.ask(|ticket| Command::Adopt { ticket, task_id, job: Some(id) }).await?;
    tell_outcome(
        talk,
        outcome.map(drop),
        &format!("job {id} has its task again: the service is asked about it"),
    );
    Ok(())
}

async fn not_created(talk: &mut Talk, job: &Job) -> Result<(), Exit> {
    let id = job.id;
    let question = format!("Is it sure that the account shows no task for job {id}? [y/N] ");
    if !talk.agreed(&question).await? {
        talk.print(&format!("job {id} stays as it is"));
        return Ok(());
    }
    let outcome = talk.ask(|ticket| Command::Resolve { ticket, id }).await?;
    tell_outcome(
        talk,
        outcome.map(drop),
        &format!("job {id} is taken as never created; nothing was spent on it"),
    );
    Ok(())
}

//! Asking the service to stop a task, at the user's word. What becomes of the task only the service tells.

use super::{
    Ticket, Update,
    desk::{Desk, Done, Work},
    sending::other_account,
};
use crate::{
    comet::{Answer, Client},
    job::{Change, Job, JobId, Phase, Problem},
};

/// Unlike a poll, a wish is the user's alone.
const NOT_AGAIN: &str = "It goes on, and nobody asks again by itself: `taxiway cancel` does.";

/// What came of the wish to stop a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The service took the wish; a later poll tells whether the task was cancelled.
    Asked,
    /// The task had ended by then, and was left alone: a later poll tells how.
    HadEnded,
    /// It was not stopped, as far as is known; why.
    Failed(Problem),
}

impl Desk {
    /// Asks the service to stop tasks, beside everything else.
    pub(super) async fn cancel(&mut self, ticket: Ticket, ids: &[JobId]) {
        match self.to_stop(ids).await {
            Err(problem) => self.tell(Update::Cancelled { ticket, outcome: Err(problem) }).await,
            Ok((client, tasks)) => {
                let task = self.tasks.spawn(async move {
                    let mut stops = Vec::new();
                    for (id, task_id) in tasks {
                        stops.push((id, stop(&client, &task_id).await));
                    }
                    Done::Cancelled(ticket, stops)
                });
                self.work.insert(task.id(), Work::Cancel(ticket));
            }
        }
    }

    /// The tasks, if all of them can be asked to stop.
    async fn to_stop(&self, ids: &[JobId]) -> Result<(Client, Vec<(JobId, String)>), Problem> {
        if let Some(problem) = &self.forbidden {
            return Err(problem.clone());
        }
        let mut tasks = Vec::new();
        for id in ids {
            let job = self.must_know(*id).await?;
            if !self.book.is_ours(&job) {
                return Err(other_account(&job));
            }
            tasks.push((*id, task_to_stop(&job)?));
        }
        let client = self.client.clone().ok_or_else(|| Problem::new("no_key", "there is no API key"))?;
        Ok((client, tasks))
    }

    pub(super) async fn cancelled(&mut self, ticket: Ticket, stops: Vec<(JobId, Stop)>) {
        for (id, stop) in &stops {
            tracing::info!(job = id.0, "{}", stop.tell());
            // It may have ended meanwhile, which the log tells.
            self.record(*id, Change::StopWished(stop.tell())).await;
        }
        if self.sharing.is_owner() {
            for (id, _) in &stops {
                self.polling.ask_soon(*id, &self.config.poll);
            }
        } else {
            self.sharing.ask_poll();
        }
        self.tell(Update::Cancelled { ticket, outcome: Ok(stops) }).await;
    }

    pub(super) async fn cancel_failed(&self, ticket: Ticket) {
        let told = "asking the service to stop it failed; the log says why";
        self.tell(Update::Cancelled { ticket, outcome: Err(Problem::new("machine", told)) }).await;
    }
}

impl Stop {
    /// The same for people.
    pub fn tell(&self) -> String {
        match self {
            Self::Asked => "the service was asked to stop it; what was done may be billed".into(),
            Self::HadEnded => "it had ended already: the service was not asked to stop it".into(),
            Self::Failed(problem) => problem.message.clone(),
        }
    }
}

/// The task of a job that may be asked to stop.
///
/// # Errors
/// `already_ended`, and `unsure` where nobody knows its task.
pub fn task_to_stop(job: &Job) -> Result<String, Problem> {
    let (id, label) = (job.id, job.label());
    if job.state.is_final() {
        let told = format!("job {id} is {label}: it has ended, there is nothing to stop");
        return Err(Problem::new("already_ended", told));
    }
    job.task_id.clone().filter(|_| job.state.is_polled()).ok_or_else(|| {
        let told = format!("job {id} is {label}: without the id of its task nobody can be asked to stop it");
        Problem::new("unsure", told).hint("`taxiway reconcile` looks for its task")
    })
}

/// One wish, after a look: a task that has ended would be deleted with its video, which is paid for.
async fn stop(client: &Client, task_id: &str) -> Stop {
    let problem = match client.task(task_id).await.answer {
        Answer::Task(report)
            if matches!(report.phase, Phase::Succeeded | Phase::Failed | Phase::Cancelled) =>
        {
            return Stop::HadEnded;
        }
        Answer::Task(_) | Answer::NotYet => match client.cancel(task_id).await {
            Ok(()) => return Stop::Asked,
            Err(problem) if problem.hint.is_none() => problem.hint(NOT_AGAIN),
            Err(problem) => problem,
        },
        Answer::Denied(problem) | Answer::WrongAddress(problem) => not_looked_at(problem),
        Answer::SlowDown { problem, .. } | Answer::Passing(problem) => not_looked_at(problem).hint(NOT_AGAIN),
    };
    Stop::Failed(problem)
}

fn not_looked_at(problem: Problem) -> Problem {
    let told = format!("its task could not be looked at, so it was not asked to stop: {}", problem.message);
    Problem { message: told, ..problem }
}

//! The ways on for a job whose reply was lost, by the user's word: its task is given to it, or it is said
//! that none was created.

use jiff::Timestamp;

use super::desk::Desk;
use crate::{
    job::{Change, JobId, Problem, task_id_fault},
    journal::Entry,
};

impl Desk {
    /// Gives a task to an unsure job, or takes it in as a new one. It is polled from then on.
    pub(super) async fn adopt(&mut self, task_id: &str, job: Option<JobId>) -> Result<Vec<JobId>, Problem> {
        self.may_write()?;
        let task_id = task_id.trim();
        if let Some(fault) = task_id_fault(task_id) {
            return Err(Problem::new("bad_input", format!("the task id {fault}; nothing was changed")));
        }
        let now = Timestamp::now();
        let adopted = if let Some(id) = job {
            self.must_be_unresolved(id).await?;
            let change = Change::Adopted { task_id: task_id.into(), evidence: "the user says so".into() };
            self.journal.apply(Entry::new(id, change, now)).await
        } else {
            let account = self.config.account().ok_or_else(|| {
                Problem::new("no_key", "there is no API key: a task cannot be asked for without its own")
            })?;
            self.journal.adopt(account, task_id.into(), now).await
        };
        let job = adopted.map_err(|error| error.problem())?;
        let id = job.id;
        self.publish(vec![job]).await;
        Ok(vec![id])
    }

    /// Takes the user's word that no task came of an unsure job.
    pub(super) async fn resolve(&mut self, id: JobId) -> Result<Vec<JobId>, Problem> {
        self.may_write()?;
        let job = self.must_know(id).await?;
        if !job.is_unsettled() {
            let told = format!("job {id} is {}, not unsure: there is nothing to resolve", job.state);
            return Err(Problem::new("not_unsure", told));
        }
        let change = Change::NotCreated("the user says so".into());
        let applied = self.journal.apply(Entry::new(id, change, Timestamp::now())).await;
        self.publish(vec![applied.map_err(|error| error.problem())?]).await;
        Ok(vec![id])
    }

    async fn must_be_unresolved(&self, id: JobId) -> Result<(), Problem> {
        let job = self.must_know(id).await?;
        if job.wants_task() {
            return Ok(());
        }
        let told = format!("job {id} is {}: only an unsure job takes a task id", job.state);
        Err(Problem::new("not_unsure", told).hint("leave out --job to take the task in as a job of its own"))
    }
}

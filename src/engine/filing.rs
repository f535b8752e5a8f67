//! What the user keeps in order: which jobs are out of sight, and their labels.

use jiff::Timestamp;

use super::desk::Desk;
use crate::{
    job::{Change, Job, JobId, Problem, State, TAGS_MAX, tag_fault},
    journal::{Entry, Imports, JournalError},
};

impl Desk {
    /// Puts ended jobs out of sight, or any jobs back, all or none.
    pub(super) async fn archive(&mut self, ids: &[JobId], archived: bool) -> Result<Vec<JobId>, Problem> {
        self.file(ids, &Change::Archived(archived), not_ended).await
    }

    /// Gives jobs labels and takes others away, all or none.
    pub(super) async fn tag(
        &mut self,
        ids: &[JobId],
        add: Vec<String>,
        remove: Vec<String>,
    ) -> Result<Vec<JobId>, Problem> {
        if let Some((tag, fault)) = add.iter().find_map(|tag| Some((tag, tag_fault(tag)?))) {
            let told = format!("the tag {tag:?} {fault}; nothing was changed");
            return Err(Problem::new("bad_input", told));
        }
        if add.iter().any(|tag| self.config.is_secret_in(tag)) {
            let told = "a tag holds your API key or account token; nothing was changed";
            return Err(Problem::new("bad_input", told));
        }
        self.file(ids, &Change::Tagged { add, remove }, too_many_tags).await
    }

    /// Takes jobs of another journal in, all or none.
    pub(super) async fn import(&mut self, jobs: Vec<Job>) -> Result<Imports, Problem> {
        self.may_write()?;
        let imports = self.journal.import(jobs, Timestamp::now()).await.map_err(|error| error.problem())?;
        self.publish(imports.jobs.iter().map(|(_, job)| job.clone()).collect()).await;
        Ok(imports)
    }

    pub(super) async fn file(
        &mut self,
        ids: &[JobId],
        change: &Change,
        refusal: impl Fn(&Job) -> Problem,
    ) -> Result<Vec<JobId>, Problem> {
        self.may_write()?;
        // So that no job goes back to what the journal knew of it before.
        self.flush_news().await;
        let now = Timestamp::now();
        let entries = ids.iter().map(|id| Entry::new(*id, change.clone(), now)).collect();
        match self.journal.apply_whole(entries).await {
            Ok(jobs) => {
                self.publish(jobs).await;
                Ok(ids.to_vec())
            }
            Err(error @ JournalError::Illegal(_)) => {
                for id in ids {
                    let mut job = self.must_know(*id).await?;
                    if job.apply(change, now).is_err() {
                        return Err(refusal(&job));
                    }
                }
                Err(error.problem())
            }
            Err(error) => Err(error.problem()),
        }
    }
}

fn not_ended(job: &Job) -> Problem {
    let told =
        format!("job {} is {}: only an ended job can be archived; nothing was changed", job.id, job.label());
    let hint = match job.state {
        State::Held => "drop it first, or send it".into(),
        State::Unsure => "settle it first: a in the dashboard, `taxiway adopt` or `taxiway resolve`".into(),
        State::Succeeded => format!("its video is not home yet: `taxiway download {}` fetches it", job.id),
        _ => "wait until it has ended".into(),
    };
    Problem::new("not_ended", told).hint(hint)
}

fn too_many_tags(job: &Job) -> Problem {
    let told = format!("job {} would have more than {TAGS_MAX} tags; nothing was changed", job.id);
    Problem::new("bad_input", told).hint("take some away first")
}

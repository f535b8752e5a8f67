//! A view hands its jobs in: the owner takes them within a bounded time, or they are withdrawn.

use std::{collections::HashMap, process, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{Role, desk::Desk};
use crate::{
    job::{Change, Job, JobId, Problem, State},
    journal::Entry,
};

/// A job that the owner has not taken by then is withdrawn.
const HAND_IN: Duration = Duration::from_secs(10);

/// Jobs put in for the owner, and when they are withdrawn.
#[derive(Default)]
pub(super) struct HandedIn(HashMap<JobId, Instant>);

impl HandedIn {
    /// When the next one is withdrawn.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().copied().min()
    }

    /// Lets go of those that the owner has taken, as the journal tells of them now.
    pub(super) fn see(&mut self, news: &[Job]) {
        for job in news.iter().filter(|job| is_taken(job)) {
            self.0.remove(&job.id);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Desk {
    /// As a view: has the owner take these jobs, within a bounded time.
    pub(super) fn hand_in(&mut self, ids: &[JobId]) {
        if !self.sharing.is_owner() {
            let deadline = Instant::now() + HAND_IN;
            self.sharing.handed_in.0.extend(ids.iter().map(|id| (*id, deadline)));
            self.sharing.tell_changed();
        }
    }

    pub(super) async fn withdraw_untaken(&mut self) {
        let now = Instant::now();
        if self.sharing.handed_in.next().is_none_or(|at| at > now) {
            return;
        }
        self.look().await;
        let late: Vec<_> =
            self.sharing.handed_in.0.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        let owner = match self.sharing.role() {
            Role::View { owner: Some(pid) } => format!("the Taxiway that sends (process {pid})"),
            _ => "the Taxiway that sends".into(),
        };
        let told = format!("{owner} did not take it within 10 s; nothing was sent");
        let entry = |id: &JobId| {
            let problem = Problem::new("not_taken", told.clone()).hint(format!(
                "it may be stopped, have another key, or wait for an answer before it ends: when it has gone, \
                 `taxiway send {id}`"
            ));
            Entry::new(*id, Change::ConsentEnded(problem), Timestamp::now())
        };
        let withdrawn = self.record_all(late.iter().map(entry).collect()).await;
        for id in late {
            self.sharing.handed_in.0.remove(&id);
            if !withdrawn.contains(&id) {
                // The owner was quicker, which the next look tells, or the journal refused.
                self.sharing.handed_in.0.insert(id, now + HAND_IN);
            }
        }
    }
}

/// Whether the owner has taken a job that this process put in: it moved on, it was tried and is to be
/// tried again (a fresh consent has no problem beside it), or its consent is the owner's now.
fn is_taken(job: &Job) -> bool {
    let tried = job.problem.is_some();
    job.state != State::Held || tried || job.consent.is_none_or(|consent| consent.holder != process::id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Consent, NewJob};

    #[test]
    fn a_job_that_the_owner_tries_again_is_taken() {
        let now = Timestamp::now();
        let consent = Consent { until: Timestamp::MAX, holder: process::id(), patience: 600, born: None };
        let new = NewJob { consent: Some(consent), ..NewJob::default() };
        let mut job = Job::new(JobId(1), "u".into(), new, now);
        assert!(!is_taken(&job));
        job.apply(&Change::Intent, now).unwrap();
        assert!(is_taken(&job));
        job.apply(&Change::NotSent(Problem::new("slow_down", "later")), now).unwrap();
        assert!(is_taken(&job), "the owner waits as it was asked to");
        job.apply(&Change::Consented(consent), now).unwrap();
        assert!(!is_taken(&job), "a new word has to be taken anew");
    }
}

//! The year of work that measurements are made on.

#[path = "../../benches/common/fill.rs"]
pub mod fill;

use std::collections::{BTreeSet, HashSet};

use taxiway::{
    job::{Job, JobId},
    journal::Journal,
};

use self::fill::{Filling, fill, jobs};
use crate::help::*;

const FILLING: fn() -> Filling = || Filling { jobs: 800, live: 40, seed: 7, now: at(31_536_000) };

async fn filled() -> (tempfile::TempDir, Journal, Vec<Job>) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    fill(&journal, FILLING(), |_| {}).await.unwrap();
    let mut jobs = journal.page(None, 9_999).await.unwrap();
    jobs.reverse();
    (dir, journal, jobs)
}

/// Moments go into the journal by the microsecond, and its hints name the numbers that it gave.
fn known(job: &Job) -> (JobId, &str, Option<&str>, &'static str, Option<JobId>, Option<&str>) {
    (job.id, &job.uuid, job.task_id.as_deref(), job.label(), job.parent, job.group.as_deref())
}

#[tokio::test]
async fn a_seed_tells_the_same_jobs_in_a_journal_and_without_one_and_a_bit_of_everything() {
    let (_dir, journal, stored) = filled().await;
    let told = jobs(FILLING());
    assert_eq!(stored.iter().map(known).collect::<Vec<_>>(), told.iter().map(known).collect::<Vec<_>>());
    let other = jobs(Filling { seed: 8, ..FILLING() });
    assert_ne!(told.first().unwrap().uuid, other.first().unwrap().uuid);
    all_is_there(&journal, &stored).await;
}

async fn all_is_there(journal: &Journal, jobs: &[Job]) {
    assert_eq!(jobs.len(), 800);
    let polled = jobs.iter().filter(|job| job.state.is_polled());
    assert_eq!(polled.clone().count(), 40);
    assert!(polled.clone().all(|job| job.task_id.is_some()));
    let labels: BTreeSet<_> = jobs.iter().map(Job::label).collect();
    for label in ["SAVED", "FAILED", "MODERATED", "EXPIRED", "REJECTED", "CANCELLED", "QUEUED", "RUNNING"] {
        assert!(labels.contains(label), "{label} is not among {labels:?}");
    }
    let prompts: HashSet<_> = jobs.iter().filter_map(|job| job.request.prompt_text.as_ref()).collect();
    assert!(prompts.len() > 450, "{} prompts", prompts.len());
    assert!(prompts.iter().any(|prompt| prompt.len() > 300));
    assert!(jobs.iter().any(|job| job.parent.is_some()) && jobs.iter().any(|job| job.group.is_some()));
    assert!(jobs.iter().any(|job| job.archived) && jobs.iter().any(|job| !job.tags.is_empty()));
    assert!(jobs.is_sorted_by_key(|job| job.created_at), "in the order of the year");
    let saved = jobs.iter().find(|job| job.label() == "SAVED").unwrap();
    let (_, timeline, reply) = journal.detail(saved.id).await.unwrap().unwrap();
    assert!(timeline.len() >= 7 && reply.is_some(), "{timeline:?}");
    // Else the dashboard would begin with a question, or with downloads.
    assert!(!jobs.iter().any(|job| matches!(job.label(), "HELD" | "FETCHING" | "SUCCEEDED")));
}

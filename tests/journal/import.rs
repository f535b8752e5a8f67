//! Whole jobs of another journal.

use std::collections::BTreeMap;

use taxiway::{
    job::{Change, Job, JobId, NewJob, Problem},
    journal::Journal,
};

use crate::help::*;

fn numbers(pairs: &[(JobId, JobId)]) -> Vec<(i64, i64)> {
    pairs.iter().map(|(from, to)| (from.0, to.0)).collect()
}

/// Four jobs as another journal has them: the second a clone of the first, the last of one that is not among
/// them.
async fn others() -> Vec<Job> {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let first = one(&journal).await.id;
    let clone = |parent| NewJob { parent: Some(parent), consent: None, ..new_job() };
    journal.create(vec![clone(first), clone(first), clone(JobId(99))], at(5)).await.unwrap();
    walk(&journal, first, vec![Change::Intent, accepted("t1")]).await;
    let mut jobs = journal.page(None, 9).await.unwrap();
    let held = jobs.iter_mut().find(|job| job.id == JobId(3)).unwrap();
    held.problem = Some(Problem::new("x", "it is 3").hint("`taxiway send 3` sends it, not 33"));
    jobs
}

#[tokio::test]
async fn jobs_get_new_numbers_and_their_parents_too() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    for _ in 0..2 {
        one(&journal).await;
    }
    let jobs = others().await;
    let imports = journal.import(jobs.clone(), at(9)).await.unwrap();
    assert!(imports.known.is_empty());
    let taken: Vec<_> = imports.jobs.iter().map(|(from, job)| (*from, job.id)).collect();
    assert_eq!(numbers(&taken), [(1, 3), (2, 4), (3, 5), (4, 6)], "in their order");
    let stored: BTreeMap<_, _> =
        journal.page(None, 4).await.unwrap().into_iter().map(|job| (job.id, job)).collect();
    for (from, job) in &imports.jobs {
        assert_eq!(stored[&job.id], *job, "as it was told");
        let there = jobs.iter().find(|job| job.id == *from).unwrap();
        let same = Job { id: there.id, parent: there.parent, problem: there.problem.clone(), ..job.clone() };
        assert_eq!(same, *there, "all but the numbers");
    }
    let parents = [4, 5, 6].map(|id| stored[&JobId(id)].parent);
    assert_eq!(parents, [Some(JobId(3)), Some(JobId(3)), None]);
    let hint = stored[&JobId(5)].problem.clone().unwrap().hint.unwrap();
    assert_eq!(hint, "`taxiway send 5` sends it, not 33");
    let (_, timeline, reply) = journal.detail(JobId(3)).await.unwrap().unwrap();
    let told: Vec<_> = timeline.iter().map(|entry| (entry.kind.as_str(), entry.text.as_str())).collect();
    assert_eq!((told, reply), (vec![("imported", "taken in from an export, where it was job 1")], None));
}

#[tokio::test]
async fn what_is_known_is_left_out_and_stays_a_parent() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    one(&journal).await;
    let jobs = others().await;
    journal.adopt(jobs[3].account.clone(), "t1".into(), at(8)).await.unwrap();
    let imports = journal.import(jobs.clone(), at(9)).await.unwrap();
    assert_eq!(numbers(&imports.known), [(1, 2)], "the same task");
    assert_eq!(imports.jobs[0].1.parent, Some(JobId(2)));
    let again = journal.import(jobs.clone(), at(9)).await.unwrap();
    assert_eq!((numbers(&again.known), again.jobs.len()), (vec![(1, 2), (2, 3), (3, 4), (4, 5)], 0));
    // Twice in one file is once, too.
    let other = Journal::open(&dir.path().join("other")).unwrap();
    let twice = other.import([jobs.clone(), jobs].concat(), at(9)).await.unwrap();
    assert_eq!((twice.jobs.len(), twice.known.len()), (4, 4));
}

#[tokio::test]
async fn all_are_taken_in_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let conn = rusqlite::Connection::open(dir.path().join("journal.db")).unwrap();
    let fails = "CREATE TRIGGER fails BEFORE INSERT ON events WHEN new.job_id = 3
                 BEGIN SELECT RAISE(FAIL, 'no'); END";
    conn.execute_batch(fails).unwrap();
    journal.import(others().await, at(9)).await.unwrap_err();
    assert!(journal.page(None, 9).await.unwrap().is_empty());
    let looking = Journal::open_read_only(dir.path()).unwrap();
    assert_eq!(looking.import(Vec::new(), at(9)).await.unwrap_err().code(), "read_only");
}

//! Files of requests: each row becomes one job, whatever happens in between.

use std::process;

use rusqlite::Connection;
use taxiway::{
    job::{Account, Change, Consent, Gate, Job, JobId, NewJob, Problem, Request},
    journal::{Batch, BatchEntry, Journal},
};

use crate::help::*;

fn file(path: &str, digest: &str) -> Batch {
    Batch { account: new_job().account, path: path.into(), digest: digest.into(), anew: false }
}

fn rows(keys: &[&str]) -> Vec<BatchEntry> {
    let request = |key: &str| Request { prompt_text: Some(key.into()), ..new_job().request };
    let entry =
        |key: &&str| BatchEntry { key: (*key).into(), new: NewJob { request: request(key), ..new_job() } };
    keys.iter().map(entry).collect()
}

fn consent() -> Consent {
    Consent { until: at(600), holder: process::id(), patience: 15, born: None }
}

async fn run(journal: &Journal, batch: &Batch, keys: &[&str], again: &[JobId]) -> Result<Vec<Job>, Problem> {
    let gate = Gate::default();
    journal.run_batch(gate, batch.clone(), rows(keys), again.to_vec(), consent(), at(0)).await.unwrap()
}

async fn keys(journal: &Journal, batch: &Batch) -> Vec<(String, i64)> {
    let known = journal.batch(batch.clone()).await.unwrap();
    let mut keys: Vec<_> =
        known.into_iter().flat_map(|known| known.jobs).map(|(key, job)| (key, job.id.0)).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn a_file_is_known_by_its_content_or_its_path_and_only_with_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let jobs = run(&journal, &file("/a.csv", "11"), &["x", "y"], &[]).await.unwrap();
    assert!(jobs.iter().all(|job| job.group.is_some() && job.group == jobs[0].group));
    let both = vec![("x".to_string(), 1), ("y".to_string(), 2)];
    let moved = journal.batch(file("/b.csv", "11")).await.unwrap().unwrap();
    assert!(!moved.changed);
    assert_eq!(keys(&journal, &file("/b.csv", "11")).await, both);
    let changed = journal.batch(file("/a.csv", "22")).await.unwrap().unwrap();
    assert!(changed.changed);
    assert_eq!(changed.group, jobs[0].group.clone().unwrap());
    assert!(journal.batch(file("/b.csv", "22")).await.unwrap().is_none());
    assert!(journal.batch(Batch { anew: true, ..file("/a.csv", "11") }).await.unwrap().is_none());
    let account = Account { key_hash: "other".into(), ..new_job().account };
    assert!(journal.batch(Batch { account, ..file("/a.csv", "11") }).await.unwrap().is_none());
    // What was changed is the same batch from then on, by its new content, too.
    run(&journal, &file("/a.csv", "22"), &["z"], &[]).await.unwrap();
    assert_eq!(keys(&journal, &file("/c.csv", "22")).await.len(), 3);
}

#[tokio::test]
async fn no_place_and_no_content_is_ever_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    run(&journal, &file("/monday.csv", "11"), &["x"], &[]).await.unwrap();
    run(&journal, &file("/tuesday.csv", "22"), &["y"], &[]).await.unwrap();
    // A copy that is run elsewhere takes nothing from the place where it was run first.
    journal.note_batch(file("/copy.csv", "11"), at(1)).await.unwrap();
    assert_eq!(keys(&journal, &file("/monday.csv", "33")).await, [("x".to_string(), 1)]);
    // Monday's content in Tuesday's place is known by both.
    journal.note_batch(file("/tuesday.csv", "11"), at(2)).await.unwrap();
    let both = [("x".to_string(), 1), ("y".to_string(), 2)];
    assert_eq!(keys(&journal, &file("/tuesday.csv", "44")).await, both);
    assert_eq!(
        run(&journal, &file("/tuesday.csv", "44"), &["x"], &[]).await.unwrap_err().code,
        "batch_under_way"
    );
    // What was run anew counts, and what it left out is not forgotten for it.
    let anew = Batch { anew: true, ..file("/tuesday.csv", "55") };
    let again = vec![BatchEntry { key: "y".into(), new: new_job() }];
    let gate = Gate { duplicate_ok: true, ..Gate::default() };
    journal.run_batch(gate, anew, again, Vec::new(), consent(), at(3)).await.unwrap().unwrap();
    let all = [("x".to_string(), 1), ("y".to_string(), 3)];
    assert_eq!(keys(&journal, &file("/tuesday.csv", "66")).await, all);
}

#[tokio::test]
async fn a_row_that_is_a_job_is_never_put_in_twice() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let batch = file("/a.csv", "11");
    run(&journal, &batch, &["x"], &[]).await.unwrap();
    let refused = run(&journal, &batch, &["y", "x"], &[]).await.unwrap_err();
    assert_eq!(refused.code, "batch_under_way");
    assert_eq!(journal.page(None, 9).await.unwrap().len(), 1, "all or none");
    // Of a refused request nothing was made: its row may become another job, which is the one that counts.
    walk(&journal, JobId(1), vec![Change::Intent, lost(), Change::NotCreated("seen".into())]).await;
    run(&journal, &batch, &["y", "x"], &[]).await.unwrap();
    assert_eq!(keys(&journal, &batch).await, [("x".to_string(), 3), ("y".to_string(), 2)]);
    assert_eq!(run(&journal, &batch, &["x"], &[]).await.unwrap_err().code, "batch_under_way");
}

#[tokio::test]
async fn what_is_held_gets_its_consent_again_beside_the_new_rows() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let batch = file("/a.csv", "11");
    run(&journal, &batch, &["x", "y"], &[]).await.unwrap();
    let ended = || Change::ConsentEnded(Problem::new("consent_ended", "left"));
    walk(&journal, JobId(1), vec![ended()]).await;
    walk(&journal, JobId(2), vec![Change::Intent, accepted("t")]).await;
    let jobs = run(&journal, &batch, &["z"], &[JobId(1), JobId(2)]).await.unwrap();
    let told: Vec<_> = jobs.iter().map(|job| (job.id.0, job.waits_to_be_sent())).collect();
    assert_eq!(told, [(1, true), (3, true)], "the one that was sent is left alone");
}

#[tokio::test]
async fn a_batch_that_is_refused_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    // The same request under way outside of the batch.
    let twin = NewJob { request: rows(&["x"])[0].new.request.clone(), ..new_job() };
    journal.create(vec![twin], at(0)).await.unwrap();
    let batch = file("/a.csv", "11");
    let refused = run(&journal, &batch, &["y", "x"], &[]).await.unwrap_err();
    assert_eq!(refused.code, "duplicate");
    assert!(journal.batch(batch).await.unwrap().is_none());
    drop(journal);
    let conn = Connection::open(dir.path().join("journal.db")).unwrap();
    let count: i64 = conn.query_row("SELECT count(*) FROM batches", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn rows_of_one_batch_are_no_duplicates_of_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let batch = file("/a.csv", "11");
    let same = |key: &str| BatchEntry { key: key.into(), new: new_job() };
    let put = |rows: Vec<BatchEntry>| {
        journal.run_batch(Gate::default(), batch.clone(), rows, Vec::new(), consent(), at(0))
    };
    put(vec![same("1"), same("2")]).await.unwrap().unwrap();
    put(vec![same("3")]).await.unwrap().unwrap();
}

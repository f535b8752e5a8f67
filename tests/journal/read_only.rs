use std::{
    fs,
    time::{Duration, Instant},
};

use taxiway::{
    job::{Change, JobId},
    journal::{Entry, Journal, Reader},
};

use crate::help::*;

/// A process that has the journal open, with a job in it.
#[test]
#[ignore = "a part of other tests, run in a process of its own"]
fn an_owner() {
    let Some(dir) = child_dir() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let journal = Journal::open(&dir).unwrap();
    runtime.block_on(one(&journal));
    println!("ready");
    loop {
        std::thread::park();
    }
}

/// A process that opens the journal, adds a job and closes it, again and again.
#[test]
#[ignore = "a part of other tests, run in a process of its own"]
fn a_restless_owner() {
    let Some(dir) = child_dir() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    loop {
        let journal = Journal::open(&dir).unwrap();
        runtime.block_on(one(&journal));
        drop(journal);
        println!("ready");
    }
}

/// Every way to look, with what it is to find: one held job.
fn look_all_over(dir: &std::path::Path) {
    let reader = Reader::open(dir).unwrap();
    let job = reader.job(JobId(1)).unwrap().unwrap();
    let only = vec![job.clone()];
    assert_eq!(reader.page(None, 10).unwrap(), only);
    assert_eq!(reader.unfinished().unwrap(), only);
    assert_eq!(reader.find(&job.uuid).unwrap(), only);
    assert_eq!(reader.changed_since(0, 10).unwrap(), (only, 1));
    let (same, timeline, reply) = reader.detail(JobId(1)).unwrap().unwrap();
    assert_eq!((same, timeline.len(), reply), (job, 2, None));
}

#[test]
fn looking_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let owner = spawn("read_only::an_owner", dir.path());
    let files = snapshot(dir.path());
    assert_eq!(files.len(), 3);
    look_all_over(dir.path());
    assert!(snapshot(dir.path()) == files, "a look beside an owner changed a file");

    drop(owner);
    look_all_over(dir.path());
    assert!(snapshot(dir.path()) == files, "a look after the owner was killed changed a file");

    drop(Journal::open(dir.path()).unwrap());
    let files = snapshot(dir.path());
    assert_eq!(files.len(), 1);
    look_all_over(dir.path());
    assert!(snapshot(dir.path()) == files, "a look at a journal at rest changed a file");
}

#[tokio::test]
async fn a_missing_journal_is_an_empty_one_and_stays_missing() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("none");
    let journal = Journal::open_read_only(&folder).unwrap();
    assert_eq!(journal.page(None, 9).await.unwrap(), []);
    assert_eq!(journal.unfinished().await.unwrap(), []);
    assert_eq!(journal.find("1").await.unwrap(), []);
    assert_eq!(journal.changed_since(0, 9).await.unwrap(), (vec![], 0));
    assert_eq!(journal.detail(JobId(1)).await.unwrap(), None);
    assert_eq!(journal.dir(), folder);
    assert!(!folder.exists());
    // One that appears later is seen.
    let id = one(&Journal::open(&folder).unwrap()).await.id;
    assert!(journal.job(id).await.unwrap().is_some());
}

#[tokio::test]
async fn changes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    one(&Journal::open(dir.path()).unwrap()).await;
    let before = snapshot(dir.path());
    let journal = Journal::open_read_only(dir.path()).unwrap();
    let intent = || Entry::new(JobId(1), Change::Intent, at(1));
    for error in [
        journal.create(vec![new_job()], at(0)).await.unwrap_err(),
        journal.apply(intent()).await.unwrap_err(),
        journal.apply_all(vec![intent()]).await.unwrap_err(),
        journal.apply_whole(vec![intent()]).await.unwrap_err(),
        journal.recover(at(1)).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "read_only");
        assert!(error.to_string().contains("read-only"));
    }
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn a_look_is_whole_while_owners_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let _owner = spawn("read_only::a_restless_owner", dir.path());
    let (mut last, mut looks) = (0, 0);
    let deadline = Instant::now() + Duration::from_secs(60);
    while last < 40 {
        let jobs = Reader::open(dir.path()).unwrap().page(None, 1000).unwrap();
        assert!(jobs.len() >= last, "{} jobs after {last}", jobs.len());
        assert!((1..).zip(jobs.iter().rev()).all(|(number, job)| job.id.0 == number));
        assert!(Instant::now() < deadline, "{last} jobs are all that came");
        (last, looks) = (jobs.len(), looks + 1);
    }
    assert!(looks > 1);
}

#[test]
fn a_copy_without_its_index_asks_to_be_mended() {
    let dir = tempfile::tempdir().unwrap();
    drop(spawn("read_only::an_owner", dir.path()));
    fs::remove_file(dir.path().join("journal.db-shm")).unwrap();
    let error = Reader::open(dir.path()).err().unwrap();
    assert_eq!(error.code(), "journal_unreadable");
    assert!(error.to_string().contains("Start `taxiway` once"), "{error}");
    drop(Journal::open(dir.path()).unwrap());
    look_all_over(dir.path());
}

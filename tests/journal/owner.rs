use std::{sync::mpsc, time::Duration};

use taxiway::{
    job::{Change, ResultState, State},
    journal::{Claim, Entry, Journal, claim, is_alive, wait_for_claim},
};

use crate::help::*;

/// A process that owns the engine and is killed in the middle of its work.
#[test]
#[ignore = "a part of other tests, run in a process of its own"]
fn an_owner_at_work() {
    let Some(dir) = child_dir() else { return };
    let Claim::Mine(_lock) = claim(&dir).unwrap() else { panic!("the lock is taken") };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let journal = Journal::open(&dir).unwrap();
    runtime.block_on(async {
        let jobs = journal.create(vec![new_job(); 3], at(0)).await.unwrap();
        walk(&journal, jobs[0].id, vec![Change::Intent]).await;
        let fetching = vec![Change::Intent, accepted("t"), succeeded(), Change::Fetching];
        walk(&journal, jobs[1].id, fetching).await;
    });
    println!("ready");
    loop {
        std::thread::park();
    }
}

#[test]
fn one_process_owns_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("new");
    let Claim::Mine(lock) = claim(&folder).unwrap() else { panic!("nobody has it") };
    let Claim::Held { pid } = claim(&folder).unwrap() else { panic!("it is taken") };
    assert_eq!(pid, Some(std::process::id()));
    drop(lock);
    let Claim::Mine(_lock) = claim(&folder).unwrap() else { panic!("it was let go") };
}

#[test]
fn the_lock_passes_on_when_its_owner_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let owner = spawn("owner::an_owner_at_work", dir.path());
    let Claim::Held { pid } = claim(dir.path()).unwrap() else { panic!("it is taken") };
    assert_eq!(pid, Some(owner.id()));

    let (tell, told) = mpsc::channel();
    let folder = dir.path().to_path_buf();
    let waiting = std::thread::spawn(move || {
        let lock = wait_for_claim(&folder).unwrap();
        tell.send(()).unwrap();
        lock
    });
    assert_eq!(told.try_recv(), Err(mpsc::TryRecvError::Empty));
    drop(owner);
    told.recv_timeout(Duration::from_secs(10)).unwrap();
    let lock = waiting.join().unwrap();
    let Claim::Held { pid } = claim(dir.path()).unwrap() else { panic!("it is taken again") };
    assert_eq!(pid, Some(std::process::id()));
    drop(lock);
}

#[tokio::test]
async fn what_a_killed_owner_left_is_settled_once() {
    let dir = tempfile::tempdir().unwrap();
    let owner = spawn("owner::an_owner_at_work", dir.path());
    let journal = Journal::open(dir.path()).unwrap();
    drop(owner);
    let ours = one(&journal).await;

    let settled = journal.recover(at(10)).await.unwrap();
    let [sending, fetching, held] = &settled[..] else { panic!("{settled:?}") };
    assert_eq!((sending.state, sending.consent), (State::Unsure, None));
    let problem = sending.problem.as_ref().unwrap();
    assert_eq!(
        (problem.code.as_str(), problem.message.as_str()),
        ("unsure", "Taxiway ended while the request was under way")
    );
    let result = fetching.result.as_ref().unwrap();
    assert_eq!(
        (result.state, result.problem.as_deref()),
        (ResultState::Pending, Some("Taxiway ended during the download"))
    );
    assert_eq!((held.state, held.consent), (State::Held, None));
    let problem = held.problem.as_ref().unwrap();
    assert_eq!(problem.code, "consent_ended");
    assert_eq!(problem.hint.as_deref(), Some("`taxiway send 3` sends it"));
    let (_, timeline, _) = journal.detail(sending.id).await.unwrap().unwrap();
    assert_eq!(timeline.last().map(|entry| entry.kind.as_str()), Some("lost"));

    assert_eq!(journal.job(ours.id).await.unwrap(), Some(ours.clone()), "a living holder keeps its consent");
    assert_eq!(journal.recover(at(11)).await.unwrap(), []);
    // Its consent ends at second 600, whoever lives.
    let ended = journal.recover(at(600)).await.unwrap();
    assert_eq!(ended.iter().map(|job| (job.id, job.consent)).collect::<Vec<_>>(), [(ours.id, None)]);
}

#[tokio::test]
async fn what_waits_for_the_service_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    for way in [
        vec![Change::Intent, lost()],
        vec![Change::Intent, accepted("a")],
        vec![Change::Intent, accepted("b"), running(0.3)],
        vec![Change::Intent, accepted("c"), succeeded()],
    ] {
        let id = one(&journal).await.id;
        walk(&journal, id, way).await;
    }
    let before = journal.page(None, 9).await.unwrap();
    assert_eq!(journal.recover(at(9999)).await.unwrap(), []);
    assert_eq!(journal.page(None, 9).await.unwrap(), before);
    // The consent of a job that was given its word again counts anew.
    let id = one(&journal).await.id;
    journal.recover(at(700)).await.unwrap();
    let consent =
        taxiway::job::Consent { until: at(900), holder: std::process::id(), patience: 15, born: None };
    journal.apply(Entry::new(id, Change::Consented(consent), at(701))).await.unwrap();
    assert_eq!(journal.recover(at(702)).await.unwrap(), []);
}

/// Who removes the file lets another lock one of the same name; the first finds that out before it sends.
#[test]
fn a_lock_whose_file_was_removed_is_known_to_be_none() {
    let dir = tempfile::tempdir().unwrap();
    let Claim::Mine(lock) = claim(dir.path()).unwrap() else { panic!("nobody has it") };
    assert!(lock.is_in_place());
    std::fs::remove_file(dir.path().join("owner.lock")).unwrap();
    assert!(!lock.is_in_place());
    let Claim::Mine(other) = claim(dir.path()).unwrap() else { panic!("there is no such file") };
    assert!(other.is_in_place() && !lock.is_in_place());
}

/// Its parent has not asked for its end yet, and so its number is still taken.
#[test]
fn a_process_that_has_ended_is_not_alive() {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let stat = format!("/proc/{}/stat", child.id());
    while !std::fs::read_to_string(&stat).unwrap().contains(") Z ") {
        std::thread::yield_now();
    }
    assert!(!is_alive(child.id()));
    assert!(is_alive(std::process::id()));
    child.wait().unwrap();
    assert!(!is_alive(child.id()));
}

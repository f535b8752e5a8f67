use std::{path::Path, sync::Barrier};

use jiff::SignedDuration;
use rusqlite::Connection;
use taxiway::{
    job::{Change, Consent, JobId, NewJob, State},
    journal::{Entry, Journal, JournalError},
};

use crate::help::*;

/// What has been committed to the journal by others than this connection.
fn commits(conn: &Connection) -> i64 {
    conn.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_job_is_there_after_a_restart_with_its_timeline_and_last_reply() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let id = one(&journal).await.id;
    assert_eq!(id, JobId(1));
    walk(&journal, id, vec![Change::Intent]).await;
    let entry = Entry::new(id, accepted("task-1"), at(2)).reply(200, r#"{"id":"task-1"}"#);
    let job = journal.apply(entry).await.unwrap();
    drop(journal);

    let journal = Journal::open(dir.path()).unwrap();
    let (again, timeline, reply) = journal.detail(id).await.unwrap().unwrap();
    assert_eq!((&again, again.state), (&job, State::Submitted));
    let told: Vec<_> = timeline.iter().map(|entry| (entry.at, entry.kind.as_str())).collect();
    assert_eq!(told, [(at(0), "created"), (at(0), "consented"), (at(1), "intent"), (at(2), "accepted")]);
    assert_eq!(timeline[3].text, "accepted as task-1 (request req-1)");
    assert_eq!(reply, Some((at(2), 200, r#"{"id":"task-1"}"#.into())));
    assert!(journal.detail(JobId(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn moments_read_back_as_they_were_told() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let odd = jiff::Timestamp::from_nanosecond(1_763_830_329_123_456_789).unwrap();
    let created = journal.create(vec![new_job()], odd).await.unwrap().remove(0);
    assert_eq!(created.created_at.as_nanosecond(), 1_763_830_329_123_456_000);
    assert_eq!(journal.job(created.id).await.unwrap(), Some(created.clone()));
    let sent = journal.apply(Entry::new(created.id, Change::Intent, odd)).await.unwrap();
    assert_eq!(journal.job(created.id).await.unwrap(), Some(sent));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_one_sends() {
    let dir = tempfile::tempdir().unwrap();
    let handles = [Journal::open(dir.path()).unwrap(), Journal::open(dir.path()).unwrap()];
    for _ in 0..50 {
        let id = one(&handles[0]).await.id;
        let tasks = handles.clone().map(|journal| {
            tokio::spawn(async move { journal.apply(Entry::new(id, Change::Intent, at(1))).await })
        });
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(job) => {
                    assert_eq!(job.state, State::Sending);
                    won += 1;
                }
                Err(error) => assert_eq!(error.code(), "illegal", "{error}"),
            }
        }
        assert_eq!(won, 1);
        let (_, timeline, _) = handles[0].detail(id).await.unwrap().unwrap();
        assert_eq!(timeline.iter().filter(|entry| entry.kind == "intent").count(), 1);
    }
}

#[test]
fn many_processes_may_start_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, start, opened) = (&dir.path().join("new"), &Barrier::new(8), &Barrier::new(8));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(move || {
                start.wait();
                let journal = Journal::open(folder);
                opened.wait();
                journal.unwrap();
            });
        }
    });
}

#[tokio::test]
async fn an_illegal_change_and_old_news_write_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let id = one(&journal).await.id;
    let job = walk(&journal, id, vec![Change::Intent, accepted("t"), running(0.5)]).await;
    let before = journal.detail(id).await.unwrap();
    let witness = Connection::open(dir.path().join("journal.db")).unwrap();
    let (commits_before, rev_before) = (commits(&witness), journal.changed_since(0, 9).await.unwrap().1);

    let error = journal.apply(Entry::new(id, Change::Intent, at(8)).reply(200, "x")).await.unwrap_err();
    assert!(matches!(error, JournalError::Illegal(_)));
    assert_eq!(error.to_string(), "a job that is running cannot take an intent to send; nothing was changed");
    let news = Entry::new(id, running(0.5), at(9)).reply(200, "same");
    let seen = journal.apply(news.clone()).await.unwrap();
    assert_eq!((seen.last_polled_at, seen.progress), (Some(at(9)), job.progress));
    assert_eq!(journal.apply_all(vec![news]).await.unwrap(), []);
    let error = journal.apply(Entry::new(JobId(77), Change::Intent, at(8))).await.unwrap_err();
    assert_eq!(error.code(), "no_such_job");

    assert_eq!(journal.detail(id).await.unwrap(), before);
    assert_eq!(journal.changed_since(0, 9).await.unwrap().1, rev_before);
    assert_eq!(commits(&witness), commits_before);
}

#[tokio::test]
async fn one_wrong_change_does_not_hold_up_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let jobs = journal.create(vec![new_job(), new_job(), new_job()], at(0)).await.unwrap();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    assert_eq!(ids, [JobId(1), JobId(2), JobId(3)]);
    let broken = Connection::open(dir.path().join("journal.db")).unwrap();
    broken.execute("UPDATE jobs SET state = 'odd' WHERE id = 2", []).unwrap();
    let entries = vec![
        Entry::new(ids[0], Change::Vanished, at(1)),
        Entry::new(ids[1], Change::Intent, at(1)),
        Entry::new(JobId(9), Change::Intent, at(1)),
        Entry::new(ids[2], Change::Intent, at(1)),
        Entry::new(ids[2], accepted("t"), at(2)),
    ];
    let written = journal.apply_all(entries).await.unwrap();
    let states: Vec<_> = written.iter().map(|job| (job.id, job.state)).collect();
    assert_eq!(states, [(ids[2], State::Sending), (ids[2], State::Submitted)]);
    let error = journal.page(None, 9).await.unwrap_err();
    assert!(error.to_string().contains("job 2 cannot be read: `odd` is not a state of a job"), "{error}");
    // Nor does it hide the others from those who look after them.
    for (jobs, found) in [
        (journal.unfinished().await.unwrap(), vec![ids[0], ids[2]]),
        (journal.changed_since(0, 9).await.unwrap().0, vec![ids[0], ids[2]]),
    ] {
        assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), found);
    }
    assert_eq!(journal.recover(at(3)).await.unwrap(), []);
}

#[tokio::test]
async fn what_one_process_writes_another_finds_as_new() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, theirs) = (Journal::open(dir.path()).unwrap(), Journal::open(dir.path()).unwrap());
    assert_eq!(theirs.changed_since(0, 10).await.unwrap(), (vec![], 0));
    let jobs = ours.create(vec![new_job(), new_job(), new_job()], at(0)).await.unwrap();
    let (first, rev) = theirs.changed_since(0, 2).await.unwrap();
    assert_eq!(first, jobs[..2]);
    let (rest, rev) = theirs.changed_since(rev, 2).await.unwrap();
    assert_eq!(rest, jobs[2..]);
    assert_eq!(theirs.changed_since(rev, 2).await.unwrap(), (vec![], rev));
    let changed = ours.apply(Entry::new(jobs[0].id, Change::Intent, at(1))).await.unwrap();
    let (news, after) = theirs.changed_since(rev, 2).await.unwrap();
    assert_eq!(news, [changed]);
    assert!(after > rev);
    // In the order of the last writes, each job once.
    for (job, change) in [(2, Change::Intent), (1, Change::Intent), (2, lost())] {
        ours.apply(Entry::new(jobs[job].id, change, at(2))).await.unwrap();
    }
    let (news, _) = theirs.changed_since(after, 9).await.unwrap();
    let order: Vec<_> = news.iter().map(|job| (job.id, job.state)).collect();
    assert_eq!(order, [(jobs[1].id, State::Sending), (jobs[2].id, State::Unsure)]);
}

#[tokio::test]
async fn pages_go_from_new_to_old() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal.create(vec![new_job(); 5], at(0)).await.unwrap();
    let numbers = |jobs: Vec<taxiway::job::Job>| jobs.iter().map(|job| job.id.0).collect::<Vec<_>>();
    assert_eq!(numbers(journal.page(None, 2).await.unwrap()), [5, 4]);
    assert_eq!(numbers(journal.page(Some(JobId(4)), 2).await.unwrap()), [3, 2]);
    assert_eq!(numbers(journal.page(Some(JobId(2)), usize::MAX).await.unwrap()), [1]);
}

#[tokio::test]
async fn unfinished_are_held_live_and_not_yet_fetched_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let sent = || vec![Change::Intent, accepted("t")];
    let saved = || Change::Saved(vec![]);
    let ways = [
        (vec![], true),
        (vec![Change::Dropped], false),
        (vec![Change::Intent, lost()], true),
        ([sent(), vec![Change::Vanished]].concat(), true),
        ([sent(), vec![succeeded()]].concat(), true),
        ([sent(), vec![succeeded(), Change::Fetching, saved()]].concat(), false),
    ];
    let mut expected = Vec::new();
    for (way, live) in ways {
        let id = one(&journal).await.id;
        let job = walk(&journal, id, way).await;
        assert_eq!(job.is_live(), live);
        expected.extend(live.then_some(job));
    }
    assert_eq!(journal.unfinished().await.unwrap(), expected);
}

#[tokio::test]
async fn a_job_is_found_by_number_task_or_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let jobs = journal.create(vec![new_job(); 4], at(0)).await.unwrap();
    for (job, task) in jobs.iter().zip(["t065-a", "t065-b", "t065", "4%_\u{1F600}"]) {
        walk(&journal, job.id, vec![Change::Intent, accepted(task)]).await;
    }
    let uuid = &jobs[1].uuid;
    for (reference, expected) in [
        ("2", vec![2]),
        ("4", vec![4]),
        ("4%", vec![4]),
        ("4%_\u{1F600}", vec![4]),
        ("t065-a", vec![1]),
        ("t06", vec![1, 2, 3]),
        ("t065", vec![3]),
        ("t065-", vec![1, 2]),
        (uuid, vec![2]),
        (&uuid[..23], vec![2]),
        ("T065", vec![]),
        ("", vec![]),
        ("99999999999", vec![]),
        ("%", vec![]),
        ("-1", vec![]),
        ("t065-a'; DROP TABLE jobs", vec![]),
    ] {
        let found: Vec<_> = journal.find(reference).await.unwrap().iter().map(|job| job.id.0).collect();
        assert_eq!(found, expected, "{reference}");
    }
}

#[tokio::test]
async fn a_thousand_pieces_of_news_are_one_commit() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let jobs = journal.create(vec![new_job(); 1000], at(0)).await.unwrap();
    let witness = Connection::open(dir.path().join("journal.db")).unwrap();
    let all = |change: Change| jobs.iter().map(|job| Entry::new(job.id, change.clone(), at(1))).collect();
    let before = commits(&witness);
    assert_eq!(journal.apply_all(all(Change::Intent)).await.unwrap().len(), 1000);
    assert_ne!(commits(&witness), before);
    let written = journal.apply_all(all(accepted("t"))).await.unwrap();
    let (mut rev, mut seen) = (0, Vec::new());
    loop {
        let (news, last) = journal.changed_since(rev, 300).await.unwrap();
        if news.is_empty() {
            break;
        }
        seen.extend(news);
        rev = last;
    }
    assert_eq!(seen, written);
}

#[tokio::test]
async fn only_its_user_can_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a/b");
    let journal = Journal::open(&folder).unwrap();
    one(&journal).await;
    let _lock = taxiway::journal::claim(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    for name in ["journal.db", "journal.db-wal", "journal.db-shm", "owner.lock"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_journal_that_others_could_read_becomes_private_and_a_folder_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let dir = tempfile::tempdir().unwrap();
    drop(Journal::open(dir.path()).unwrap());
    let file = dir.path().join("journal.db");
    set(&file, 0o644);
    set(dir.path(), 0o755);
    drop(Journal::open(dir.path()).unwrap());
    assert_eq!((mode(&file), mode(dir.path())), (0o600, 0o755));
}

/// A new owner's look may wait for the database while somebody gives a consent: that one is a little
/// younger than the look, and lives.
#[tokio::test]
async fn a_consent_that_is_younger_than_the_look_is_kept_and_a_years_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let given = |until| {
        let consent = Consent { until, holder: std::process::id(), patience: 15, born: None };
        NewJob { consent: Some(consent), ..new_job() }
    };
    let year = SignedDuration::from_hours(24 * 365);
    let new = vec![given(at(2) + Consent::LASTS), given(at(2) + year)];
    let jobs = journal.create(new, at(2)).await.unwrap();
    let ended = journal.recover(at(1)).await.unwrap();
    assert_eq!(ended.iter().map(|job| job.id).collect::<Vec<_>>(), [jobs[1].id]);
}

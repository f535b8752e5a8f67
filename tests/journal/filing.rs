//! What the user keeps in order: archive and labels.

use rusqlite::Connection;
use taxiway::{
    job::{Change, JobId},
    journal::{Entry, Journal},
};

use crate::help::*;

fn tagged(add: &[&str], remove: &[&str]) -> Change {
    let words = |tags: &[&str]| tags.iter().map(ToString::to_string).collect();
    Change::Tagged { add: words(add), remove: words(remove) }
}

#[tokio::test]
async fn archive_and_labels_are_kept_and_stand_in_the_timeline() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let id = one(&journal).await.id;
    let changes = vec![
        tagged(&["cat", "best"], &[]),
        Change::Dropped,
        Change::Archived(true),
        Change::Archived(true),
        tagged(&["cat"], &["dog"]),
        tagged(&["late"], &["best", "cat"]),
        Change::Archived(false),
        tagged(&[], &["late"]),
        Change::Archived(true),
    ];
    walk(&journal, id, changes).await;
    drop(journal);
    let journal = Journal::open(dir.path()).unwrap();
    let (job, timeline, _) = journal.detail(id).await.unwrap().unwrap();
    assert!(job.archived && job.tags.is_empty());
    let told: Vec<_> = timeline[2..].iter().map(|entry| (entry.kind.as_str(), entry.text.as_str())).collect();
    let expected = [
        ("tagged", "tagged cat, best"),
        ("dropped", "dropped before it was sent"),
        ("archived", "archived: out of sight"),
        ("tagged", "tagged late; no more tagged best, cat"),
        ("unarchived", "back from the archive"),
        ("tagged", "no more tagged late"),
        ("archived", "archived: out of sight"),
    ];
    assert_eq!(told, expected, "what changes nothing is not told");
}

#[tokio::test]
async fn several_changes_are_written_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let jobs = journal.create(vec![new_job(); 3], at(0)).await.unwrap();
    walk(&journal, jobs[0].id, vec![Change::Dropped]).await;
    walk(&journal, jobs[2].id, vec![Change::Dropped]).await;
    let all = |change: &Change, ids: &[i64]| {
        ids.iter().map(|id| Entry::new(JobId(*id), change.clone(), at(5))).collect::<Vec<_>>()
    };
    let before = journal.page(None, 9).await.unwrap();
    let rev = journal.rev().await.unwrap();
    for (ids, code) in [([1, 2, 3], "illegal"), ([1, 3, 9], "no_such_job")] {
        let refused = journal.apply_whole(all(&Change::Archived(true), &ids)).await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert_eq!(journal.page(None, 9).await.unwrap(), before);
        assert_eq!(journal.rev().await.unwrap(), rev);
    }
    let witness = Connection::open(dir.path().join("journal.db")).unwrap();
    let version = || witness.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let (version_before, archived) =
        (version(), journal.apply_whole(all(&Change::Archived(true), &[1, 3])).await.unwrap());
    assert!(archived.iter().all(|job| job.archived));
    assert_eq!(version(), version_before + 1, "one commit");
    let again = journal.apply_whole(all(&Change::Archived(true), &[3, 1])).await.unwrap();
    assert_eq!(again.iter().map(|job| job.id.0).collect::<Vec<_>>(), [3, 1], "told, though nothing is new");
}

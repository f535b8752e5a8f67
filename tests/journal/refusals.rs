use std::{fs, path::Path};

use rusqlite::Connection;
use taxiway::journal::{Journal, JournalError};

use crate::help::*;

/// A closed journal with some jobs in it.
async fn journal(dir: &Path) {
    let journal = Journal::open(dir).unwrap();
    journal.create(vec![new_job(); 200], at(0)).await.unwrap();
}

/// Both ways in refuse it with this code and these words, and leave every file as it was.
fn refused(dir: &Path, code: &str, words: &[&str]) {
    let before = snapshot(dir);
    for opened in [Journal::open(dir), Journal::open_read_only(dir)] {
        let error = opened.err().unwrap();
        let told = error.to_string();
        assert_eq!(error.code(), code, "{told}");
        for word in words {
            assert!(told.contains(word), "`{word}` is not in: {told}");
        }
        assert!(told.starts_with(dir.to_str().unwrap()), "{told}");
    }
    assert_eq!(snapshot(dir), before);
}

#[tokio::test]
async fn a_newer_journal() {
    let dir = tempfile::tempdir().unwrap();
    journal(dir.path()).await;
    let conn = Connection::open(dir.path().join("journal.db")).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    refused(dir.path(), "journal_newer", &["newer Taxiway", "schema is 99", "--data-dir", "was changed"]);
}

#[tokio::test]
async fn a_newer_journal_whose_owner_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    drop(spawn("read_only::an_owner", dir.path()));
    let conn = Connection::open(dir.path().join("journal.db")).unwrap();
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    assert!(!snapshot(dir.path())["journal.db-wal"].0.is_empty());
    refused(dir.path(), "journal_newer", &["schema is 99"]);
}

#[test]
fn garbage() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("journal.db"), "no database at all\n".repeat(999)).unwrap();
    private(dir.path());
    refused(dir.path(), "journal_corrupt", &["not a database", "-wal", "move", "keep it"]);
}

#[tokio::test]
async fn a_journal_cut_short() {
    for kept in [100, 4096, 3 * 4096 + 5] {
        let dir = tempfile::tempdir().unwrap();
        journal(dir.path()).await;
        let file = fs::OpenOptions::new().write(true).open(dir.path().join("journal.db")).unwrap();
        file.set_len(kept).unwrap();
        drop(file);
        refused(dir.path(), "journal_corrupt", &["was left as it is"]);
    }
}

#[test]
fn the_database_of_another_program() {
    let dir = tempfile::tempdir().unwrap();
    let conn = Connection::open(dir.path().join("journal.db")).unwrap();
    conn.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    drop(conn);
    private(dir.path());
    refused(dir.path(), "journal_corrupt", &["some other program"]);
}

#[test]
fn a_write_ahead_log_without_its_database() {
    let dir = tempfile::tempdir().unwrap();
    drop(spawn("read_only::an_owner", dir.path()));
    fs::remove_file(dir.path().join("journal.db")).unwrap();
    refused(dir.path(), "journal_corrupt", &["journal.db-wal beside it still holds jobs"]);
    fs::write(dir.path().join("journal.db"), "").unwrap();
    private(dir.path());
    refused(dir.path(), "journal_corrupt", &["journal.db-wal beside it still holds jobs"]);
}

#[tokio::test]
async fn damage_further_in_is_told_when_it_is_met() {
    let dir = tempfile::tempdir().unwrap();
    journal(dir.path()).await;
    let path = dir.path().join("journal.db");
    // The first page of the jobs; what tells of the tables stands before it.
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'jobs'";
    let root: i64 = Connection::open(&path).unwrap().query_row(root, [], |row| row.get(0)).unwrap();
    let root = usize::try_from(root).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[(root - 1) * 4096..root * 4096].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let before = snapshot(dir.path());
    for journal in [Journal::open(dir.path()).unwrap(), Journal::open_read_only(dir.path()).unwrap()] {
        let error = journal.page(None, 9).await.unwrap_err();
        assert!(matches!(error, JournalError::Corrupt { .. }), "{error}");
    }
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.create(vec![new_job()], at(0)).await.unwrap_err().code(), "journal_corrupt");
    drop(journal);
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn a_folder_that_cannot_be_made() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "mine").unwrap();
    for folder in [file.join("sub"), file.clone()] {
        let error = Journal::open(&folder).err().unwrap();
        let told = error.to_string();
        assert_eq!(error.code(), "journal_unwritable", "{told}");
        assert!(told.starts_with(folder.to_str().unwrap()) && told.contains("--data-dir"), "{told}");
        let error = Journal::open_read_only(&folder).err().unwrap();
        assert_eq!(error.code(), "journal_unreadable", "{error}");
        let told = taxiway::journal::claim(&folder).unwrap_err().to_string();
        assert!(told.starts_with(folder.to_str().unwrap()), "{told}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

/// What [`Journal::open`] would otherwise do to the file first.
fn private(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir.join("journal.db"), fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn nothing_is_written_once_a_newer_program_has_taken_the_journal_over() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    one(&journal).await;
    let conn = Connection::open(dir.path().join("journal.db")).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    let refused = journal.create(vec![new_job()], at(1)).await.unwrap_err();
    assert_eq!(refused.code(), "journal_newer");
    let count: i64 = conn.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

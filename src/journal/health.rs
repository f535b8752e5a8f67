use std::path::Path;

use super::{JournalError, folder, look, schema};

/// A larger database is not looked through, for that would take seconds; in bytes.
const LOOKED_THROUGH: u64 = 256 << 20;
/// So many faults are told at most.
const FAULTS: usize = 5;

/// How a journal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Its schema.
    pub schema: i64,
    /// The newest schema that this program knows.
    pub known: i64,
    /// How many jobs it holds.
    pub jobs: u64,
    /// What SQLite finds wrong with its pages, at most five things; nothing where it was too large to be looked
    /// through.
    pub faults: Option<Vec<String>>,
}

/// Looks through the journal in `data_dir`, beside any owner, and writes nothing. None where there is no journal
/// yet.
///
/// # Errors
/// A journal that is newer, damaged or not to be read.
pub fn health(data_dir: &Path) -> Result<Option<Health>, JournalError> {
    let path = folder::database(data_dir);
    let small = folder::len(&path) <= LOOKED_THROUGH;
    look::look(&path, |conn| {
        let schema = schema::version(conn, &path)?;
        if schema == 0 {
            return Ok(None);
        }
        let jobs = conn.query_row("SELECT count(*) FROM jobs", (), |row| row.get::<_, i64>(0))?;
        let mut faults = None;
        if small {
            let mut statement = conn.prepare(&format!("PRAGMA quick_check({FAULTS})"))?;
            let told: Result<Vec<String>, _> = statement.query_map((), |row| row.get(0))?.collect();
            faults = Some(told?.into_iter().filter(|word| word != "ok").collect());
        }
        let jobs = u64::try_from(jobs).unwrap_or_default();
        Ok(Some(Health { schema, known: schema::KNOWN, jobs, faults }))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::journal::Journal;

    #[tokio::test]
    async fn a_journal_is_looked_through_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(health(dir.path()).unwrap(), None);
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
        let journal = Journal::open(dir.path()).unwrap();
        let new = vec![crate::job::NewJob::default(); 3];
        journal.create(new, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        let whole = Health { schema: schema::KNOWN, known: schema::KNOWN, jobs: 3, faults: Some(vec![]) };
        assert_eq!(health(dir.path()).unwrap().as_ref(), Some(&whole), "beside its owner");
        drop(journal);
        let bytes = || fs::read(dir.path().join("journal.db")).unwrap();
        let before = bytes();
        assert_eq!(health(dir.path()).unwrap(), Some(whole));
        assert!(bytes() == before && fs::read_dir(dir.path()).unwrap().count() == 1);
    }

    #[tokio::test]
    async fn a_page_that_is_spoiled_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        journal.create(vec![crate::job::NewJob::default(); 50], jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        drop(journal);
        let path = dir.path().join("journal.db");
        let mut bytes = fs::read(&path).unwrap();
        // All pages but the first, which tells what the file is.
        bytes[4096..].fill(0xaa);
        fs::write(&path, bytes).unwrap();
        let found = health(dir.path());
        let damaged = match &found {
            Err(JournalError::Corrupt { .. }) => true,
            Ok(Some(health)) => health.faults.as_ref().is_some_and(|faults| !faults.is_empty()),
            _ => false,
        };
        assert!(damaged, "{found:?}");
    }
}

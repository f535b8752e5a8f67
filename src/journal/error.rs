use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;

use crate::job::{Illegal, JobId, Problem};

/// Why the journal cannot do what was asked. Each text names the file, what was kept, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A newer program wrote it.
    #[error(
        "{}: this journal was written by a newer Taxiway: its schema is {found}, this program knows those \
         up to {known}. Nothing in it was changed. Use the newer program, or another folder (--data-dir)",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema of this program.
        known: i64,
    },
    /// An older program wrote it, and it was opened for looking only.
    #[error(
        "{}: this journal is from an older Taxiway (schema {found}, this program reads {known}), and looking \
         at it may change nothing. Start `taxiway` once, without --read-only: that brings it up to date",
        path.display()
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The schema of this program.
        known: i64,
    },
    /// It is damaged, or no journal at all.
    #[error(
        "{}: the journal cannot be read: {detail}. It was left as it is. It may hold the ids of paid tasks, so \
         keep it: with no Taxiway running, move journal.db, journal.db-wal and journal.db-shm (those that are \
         there) together to another folder, then start again; or use another folder (--data-dir)",
        path.display()
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// It cannot be looked at.
    #[error("{}: the journal cannot be read: {detail}. It was left as it is", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// Why, and where it is known, what to do.
        detail: String,
    },
    /// One job's row makes no sense to this program.
    #[error(
        "{}: job {id} cannot be read: {detail}. It was left as it is. A newer Taxiway may know how to read it; \
         else move the journal aside as a whole and keep it",
        path.display()
    )]
    BadRow {
        /// The database.
        path: PathBuf,
        /// The job.
        id: JobId,
        /// What is wrong with its row.
        detail: String,
    },
    /// Folder, file or disk do not take writes.
    #[error(
        "{}: the journal cannot be written: {detail}. What it held before is kept, and nothing is sent without \
         it. Mend the folder's permissions or free some space, or use another folder (--data-dir)",
        path.display()
    )]
    Unwritable {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        detail: String,
    },
    /// Another process kept it to itself for too long.
    #[error(
        "{}: another process has kept the journal locked for 5 seconds. Nothing was changed. Try again; if it \
         goes on, look for a backup tool or an SQLite shell that has the file open",
        path.display()
    )]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The folder's file system cannot be trusted with an SQLite journal.
    #[error(
        "{}: this folder is on a network file system ({kind}), where locks and shared memory do not hold, so a \
         job could be lost or sent twice. Nothing was written. Use a folder on a local disk (--data-dir or \
         TAXIWAY_DATA_DIR)",
        path.display()
    )]
    NetworkFileSystem {
        /// The folder.
        path: PathBuf,
        /// What it is on.
        kind: &'static str,
    },
    /// A change was asked of a journal that was opened for looking only.
    #[error("the journal was opened read-only: nothing was changed. Do it again without --read-only")]
    ReadOnly,
    /// There is no such job.
    #[error("there is no job {0} in this journal. `taxiway list` shows those there are")]
    NoSuchJob(JobId),
    /// A task belongs to one job, and that one has it.
    #[error("task {task_id} is job {by} already; nothing was changed. `taxiway show {by}` tells of it")]
    TaskKnown {
        /// The task.
        task_id: String,
        /// The job that it is.
        by: JobId,
    },
    /// A memo that is not kept.
    #[error("the memo {name:?} was not stored: {why}. What was stored before is kept")]
    Memo {
        /// Its name.
        name: String,
        /// Which limit it would pass.
        why: &'static str,
    },
    /// The life cycle has no such step; nothing was written.
    #[error("{0}; nothing was changed")]
    Illegal(#[from] Illegal),
    /// The journal's thread is gone, which only a fault of ours can do.
    #[error(
        "{}: the journal's thread has ended. What was stored is kept. Start Taxiway again",
        path.display()
    )]
    Ended {
        /// The database.
        path: PathBuf,
    },
    /// Anything else that SQLite says.
    #[error("{}: SQLite says: {source}. What the journal held before is kept", path.display())]
    Sqlite {
        /// The database; empty until the error leaves this room.
        path: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
}

impl JournalError {
    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "journal_newer",
            Self::Older { .. } => "journal_older",
            Self::Corrupt { .. } => "journal_corrupt",
            Self::Unwritable { .. } => "journal_unwritable",
            Self::Unreadable { .. } => "journal_unreadable",
            Self::Busy { .. } => "journal_busy",
            Self::NetworkFileSystem { .. } => "network_file_system",
            Self::TaskKnown { .. } => "already_known",
            Self::ReadOnly => "read_only",
            Self::NoSuchJob(_) => "no_such_job",
            Self::Illegal(_) => "illegal",
            Self::Memo { .. } => "memo",
            Self::BadRow { .. } | Self::Ended { .. } | Self::Sqlite { .. } => "journal",
        }
    }

    /// The same for commands and the screen.
    pub fn problem(&self) -> Problem {
        Problem::new(self.code(), self.to_string())
    }

    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::Unwritable { path: path.into(), detail: error.to_string() }
    }

    pub(super) fn corrupt(path: &Path, detail: impl Into<String>) -> Self {
        Self::Corrupt { path: path.into(), detail: detail.into() }
    }

    /// Sorts what SQLite said of the database at `path`. Inside the room `?` wraps SQLite's errors as they
    /// are; this is called once, where an error leaves it.
    pub(super) fn of(self, path: &Path) -> Self {
        match self {
            Self::Sqlite { source, .. } => Self::sorted(path.into(), source),
            Self::BadRow { id, detail, .. } => Self::BadRow { path: path.into(), id, detail },
            told => told,
        }
    }

    fn sorted(path: PathBuf, source: rusqlite::Error) -> Self {
        let detail = source.to_string();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { path, detail },
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Busy { path },
            Some(
                ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => Self::Unwritable { path, detail },
            _ => Self::Sqlite { path, source },
        }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite { path: PathBuf::new(), source }
    }
}

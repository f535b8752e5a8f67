use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

use rusqlite::{Connection, OpenFlags};
use url::Url;

use super::{JournalError, folder, schema};

/// The bytes before the first page in a write-ahead log (SQLite's file format, §4.1).
const WAL_HEADER: u64 = 32;

/// How often a look is tried while the files change under it, 10 ms apart.
const ATTEMPTS: usize = 50;

/// How the files of a journal stand.
#[derive(PartialEq, Eq)]
enum Files {
    /// There is no database yet.
    Missing,
    /// A process has it open, or was killed.
    Shared,
    /// Nobody has it open: as long as time and length stay as they are.
    Alone(Option<SystemTime>, u64),
    /// A write-ahead log without its index, as a copy leaves it behind.
    Unclosed,
}

/// Lets `read` look at the database at `path` and leaves no trace of that: no byte and no file changes, not
/// even those that SQLite's own read-only mode would. A missing journal is an empty database. The look
/// may begin anew, so `read` may run more than once.
pub(super) fn look<R>(
    path: &Path,
    read: impl Fn(&Connection) -> Result<R, JournalError>,
) -> Result<R, JournalError> {
    let files = || files(path).map_err(|error| unreadable(path, error.to_string()));
    let mut last = JournalError::Busy { path: path.into() };
    for _ in 0..ATTEMPTS {
        let before = files()?;
        let result = connect(path, &before).and_then(|conn| read(&conn)).map_err(|error| error.of(path));
        // Without locks, only what no writer came near to is sure to be right.
        let undisturbed = files()? == before;
        match result {
            Err(JournalError::Unwritable { path, detail } | JournalError::Unreadable { path, detail }) => {
                last = JournalError::Unreadable { path, detail };
                // Where one process closes the journal and the next opens it, SQLite may meet a side file
                // that is just gone, or not ready: so it may be better next time.
                if undisturbed && !matches!(before, Files::Shared | Files::Unclosed) {
                    return Err(last);
                }
            }
            result if undisturbed => return result,
            _ => {}
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(last)
}

/// What `read` finds at `path` by this program's schema; in a database that is still empty it finds nothing.
pub(super) fn look_at_jobs<R>(
    path: &Path,
    read: impl Fn(&Connection) -> Result<R, JournalError>,
) -> Result<R, JournalError> {
    look(path, |conn| match schema::version(conn, path)? {
        schema::KNOWN => read(conn),
        0 => {
            let mut empty = Connection::open_in_memory()?;
            schema::migrate(&mut empty, path)?;
            read(&empty)
        }
        found => Err(JournalError::Older { path: path.into(), found, known: schema::KNOWN }),
    })
}

fn files(path: &Path) -> io::Result<Files> {
    let meta = |path: &Path| match fs::metadata(path) {
        Ok(meta) => Ok(Some(meta)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let wal = meta(&folder::companion(path, "-wal"))?;
    let shm = meta(&folder::companion(path, "-shm"))?;
    Ok(match meta(path)?.filter(|meta| meta.len() > 0) {
        None => Files::Missing,
        // A log that holds nothing but its header, as a kill may leave it: SQLite, which may not mend it
        // here, would try for ten seconds and give up.
        Some(meta) if wal.as_ref().is_some_and(|wal| (1..=WAL_HEADER).contains(&wal.len())) => {
            Files::Alone(meta.modified().ok(), meta.len())
        }
        Some(_) if wal.is_some() && shm.is_some() => Files::Shared,
        Some(_) if wal.is_some_and(|wal| wal.len() > 0) => Files::Unclosed,
        Some(meta) => Files::Alone(meta.modified().ok(), meta.len()),
    })
}

fn connect(path: &Path, files: &Files) -> Result<Connection, JournalError> {
    let query = match files {
        Files::Missing => {
            folder::refuse_stray_wal(path)?;
            return Ok(Connection::open_in_memory()?);
        }
        Files::Unclosed => {
            let why = "it was not closed cleanly. Start `taxiway` once, without --read-only: that mends it";
            return Err(unreadable(path, why.into()));
        }
        // The index in shared memory tells where the newest pages are; `mode=ro` alone would write to it.
        Files::Shared => "readonly_shm=1",
        // Else SQLite would make -wal and -shm, even to read.
        Files::Alone(..) => "immutable=1",
    };
    let absolute = std::path::absolute(path).map_err(|error| unreadable(path, error.to_string()))?;
    let mut uri = Url::from_file_path(absolute).map_err(|()| unreadable(path, "not a file's path".into()))?;
    uri.set_query(Some(query));
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(uri.as_str(), flags)?;
    conn.busy_timeout(schema::PATIENCE)?;
    conn.pragma_update(None, "cache_size", schema::CACHE)?;
    Ok(conn)
}

fn unreadable(path: &Path, detail: String) -> JournalError {
    JournalError::Unreadable { path: path.into(), detail }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_a_writer_came_near_to_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = folder::prepare(dir.path()).unwrap();
        let write = || {
            let mut conn = schema::connect(&path).unwrap();
            schema::migrate(&mut conn, &path).unwrap();
            conn.execute("UPDATE counter SET rev = rev + 1", []).unwrap();
        };
        write();
        let reads = Cell::new(0);
        let rev = look(&path, |conn| {
            let rev = conn.query_row("SELECT rev FROM counter", [], |row| row.get::<_, i64>(0))?;
            reads.set(reads.get() + 1);
            if reads.get() == 1 {
                write();
            }
            Ok(rev)
        });
        assert_eq!((rev.unwrap(), reads.get()), (2, 2));
    }
}

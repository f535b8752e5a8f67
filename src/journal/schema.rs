use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::{JournalError, cards};

/// How long one process waits for another's write; each takes milliseconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The pages that a connection keeps: 512 KiB, negative to SQLite since it is no count of pages. A dashboard has three
/// connections and must fit into a few MiB; what is asked again and again fits, and the rest is in the system's
/// cache anyway.
pub(super) const CACHE: i64 = -256;

/// The steps that made the schema what it is, in order, each with the `user_version` that it leads to. A
/// step that is released is never changed: a new one is added.
///
/// What is queried has a column of its own, the rest of a job is in `record` as JSON. Moments are
/// microseconds since 1970. `rev` comes from `counter`, which every write to `jobs` moves on, so that other
/// processes find what is new to them. `live` is `Job::is_live`.
const STEPS: [(i64, &str); 6] =
    [(1, FIRST), (2, SPENDING), (3, MEMOS), (4, BATCHES), (5, STATUS), (CARDED, CARDS)];

const FIRST: &str = "
    CREATE TABLE counter (rev INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (0);

    CREATE TABLE jobs (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        uuid       TEXT    NOT NULL UNIQUE,
        task_id    TEXT,
        service    TEXT    NOT NULL,
        key_hash   TEXT    NOT NULL,
        state      TEXT    NOT NULL,
        progress   REAL,
        live       INTEGER NOT NULL,
        archived   INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        rev        INTEGER NOT NULL UNIQUE,
        record     TEXT    NOT NULL
    ) STRICT;
    CREATE INDEX jobs_live ON jobs (id) WHERE live;
    CREATE INDEX jobs_task ON jobs (task_id) WHERE task_id IS NOT NULL;

    CREATE TABLE events (
        id     INTEGER PRIMARY KEY,
        job_id INTEGER NOT NULL REFERENCES jobs,
        at     INTEGER NOT NULL,
        kind   TEXT    NOT NULL,
        text   TEXT    NOT NULL
    ) STRICT;
    CREATE INDEX events_job ON events (job_id, id);

    CREATE TABLE replies (
        job_id INTEGER PRIMARY KEY REFERENCES jobs,
        at     INTEGER NOT NULL,
        status INTEGER NOT NULL,
        body   TEXT    NOT NULL
    ) STRICT;
    ";

/// What was sent or made lately, and what is held, found among many jobs. The first is on exactly what
/// `gate::SENT` says; a record that is no JSON has no such moment.
const SPENDING: &str = "
    CREATE INDEX jobs_sent ON jobs (CASE WHEN json_valid(record) THEN json_extract(record, '$.sent_at') END);
    CREATE INDEX jobs_created ON jobs (created_at);
    CREATE INDEX jobs_held ON jobs (id) WHERE live AND state = 'held';
    ";

/// What the screen remembers between its starts.
const MEMOS: &str = "CREATE TABLE memos (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;";

/// The files of requests that were run: the places and contents that each ever had, as `path` or as hash, and which
/// job each of their rows has become, the last one counting.
const BATCHES: &str = "
    CREATE TABLE batches (
        id       INTEGER PRIMARY KEY,
        uuid     TEXT    NOT NULL UNIQUE,
        service  TEXT    NOT NULL,
        key_hash TEXT    NOT NULL,
        at       INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE batch_places (
        place    TEXT    NOT NULL,
        batch_id INTEGER NOT NULL REFERENCES batches,
        PRIMARY KEY (place, batch_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE batch_rows (
        row      TEXT    NOT NULL,
        batch_id INTEGER NOT NULL REFERENCES batches,
        job_id   INTEGER NOT NULL REFERENCES jobs,
        PRIMARY KEY (row, batch_id, job_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX batch_rows_batch ON batch_rows (batch_id, row, job_id);
    ";

/// What `status` tells, found among many jobs without reading one: columns for what is asked, indexes that hold
/// all of them, and how many jobs there are of each kind, kept by every write. The link's end and the moment of
/// sending are in whole seconds where an older program stored them.
const STATUS: &str = "
    ALTER TABLE jobs ADD COLUMN consent INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE jobs ADD COLUMN result TEXT;
    ALTER TABLE jobs ADD COLUMN link_ends INTEGER;
    ALTER TABLE jobs ADD COLUMN sent_at INTEGER;
    ALTER TABLE jobs ADD COLUMN estimate INTEGER;
    ALTER TABLE jobs ADD COLUMN charged INTEGER;
    ALTER TABLE jobs ADD COLUMN failure TEXT;
    UPDATE jobs SET
        consent = json_extract(record, '$.consent') IS NOT NULL,
        result = json_extract(record, '$.result.state'),
        link_ends = unixepoch(json_extract(record, '$.result.expires_at')) * 1000000,
        sent_at = unixepoch(json_extract(record, '$.sent_at')) * 1000000,
        estimate = CAST(json_extract(record, '$.estimate_micros') AS INTEGER),
        charged = CAST(json_extract(record, '$.charged_micros') AS INTEGER),
        failure = json_extract(record, '$.failure.code')
        WHERE json_valid(record);
    CREATE INDEX jobs_standing ON jobs (state, created_at, consent, service, key_hash, estimate, link_ends, live)
        WHERE live AND (consent = 1 OR state = 'unsure' OR state = 'succeeded');
    CREATE INDEX jobs_spent ON jobs (sent_at, service, key_hash, state, task_id, estimate, charged, failure)
        WHERE sent_at IS NOT NULL;

    CREATE TABLE tallies (
        state    TEXT    NOT NULL,
        result   TEXT    NOT NULL,
        consent  INTEGER NOT NULL,
        archived INTEGER NOT NULL,
        count    INTEGER NOT NULL,
        PRIMARY KEY (state, result, consent, archived)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO tallies SELECT state, ifnull(result, ''), consent, archived, count(*) FROM jobs GROUP BY 1, 2, 3, 4;
    CREATE TRIGGER jobs_counted AFTER INSERT ON jobs BEGIN
        INSERT INTO tallies VALUES (new.state, ifnull(new.result, ''), new.consent, new.archived, 1)
            ON CONFLICT DO UPDATE SET count = count + 1;
    END;
    CREATE TRIGGER jobs_recounted AFTER UPDATE OF state, result, consent, archived ON jobs
    WHEN (old.state, ifnull(old.result, ''), old.consent, old.archived)
        <> (new.state, ifnull(new.result, ''), new.consent, new.archived) BEGIN
        UPDATE tallies SET count = count - 1
            WHERE (state, result, consent, archived) = (old.state, ifnull(old.result, ''), old.consent, old.archived);
        INSERT INTO tallies VALUES (new.state, ifnull(new.result, ''), new.consent, new.archived, 1)
            ON CONFLICT DO UPDATE SET count = count + 1;
    END;
    ";

/// A card of each job, by which it is found: see `cards`. Their words are in an index of three letters, which keeps
/// no text of its own; its pieces are merged seldom, since each write adds a small one (a task id that comes in took
/// 1.5 ms of CPU with merges of 4, and 0.4 ms so).
const CARDS: &str = "
    CREATE TABLE cards (
        id         INTEGER PRIMARY KEY,
        label      TEXT    NOT NULL,
        live       INTEGER NOT NULL,
        archived   INTEGER NOT NULL,
        saved      INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        progress   REAL,
        news       INTEGER,
        duration   INTEGER,
        seed       INTEGER,
        cost       INTEGER,
        parent     INTEGER,
        model      TEXT    NOT NULL,
        ratio      TEXT,
        profile    TEXT    NOT NULL,
        sweep      TEXT,
        task_id    TEXT,
        tags       BLOB,
        prompt     TEXT,
        folded     TEXT,
        faults     BLOB,
        file       BLOB
    ) STRICT;
    CREATE INDEX cards_label ON cards (label);
    CREATE INDEX cards_archived ON cards (archived);
    CREATE INDEX cards_faulty ON cards (id) WHERE faults IS NOT NULL;
    CREATE INDEX cards_parent ON cards (parent) WHERE parent IS NOT NULL;
    CREATE INDEX cards_sweep ON cards (sweep) WHERE sweep IS NOT NULL;
    CREATE VIRTUAL TABLE card_words USING fts5(
        text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
    );
    INSERT INTO card_words (card_words, rank) VALUES ('automerge', 16);
    ";

/// The step with which jobs got cards.
const CARDED: i64 = 6;

/// The newest schema that this program knows.
pub(super) const KNOWN: i64 = STEPS[STEPS.len() - 1].0;

/// Opens the database for writing, in WAL, with every commit on disk before it counts as done.
pub(super) fn connect(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(PATIENCE)?;
    // Where it may not write, SQLite opens for reading without a word.
    if conn.is_readonly(rusqlite::MAIN_DB)? {
        return Err(JournalError::Unwritable {
            path: path.into(),
            detail: "the file can only be read".into(),
        });
    }
    use_wal(&conn)?;
    conn.pragma_update(None, "cache_size", CACHE)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    Ok(conn)
}

/// The mode is the file's, so only the first process has to set it; SQLite's busy time-out does not cover
/// that step, so two that start together take turns here.
fn use_wal(conn: &Connection) -> Result<(), JournalError> {
    let start = Instant::now();
    loop {
        let mode = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(JournalError::Unwritable {
                    path: conn.path().unwrap_or_default().into(),
                    detail: format!("SQLite cannot keep a write-ahead log here (it offers `{mode}`)"),
                });
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < PATIENCE =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Brings the schema up to date, in one transaction.
pub(super) fn migrate(conn: &mut Connection, path: &Path) -> Result<(), JournalError> {
    if version(conn, path)? == KNOWN {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again under the lock: another process may have been quicker.
    let found = version(&tx, path)?;
    for (number, step) in STEPS.into_iter().filter(|(number, _)| *number > found) {
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", number)?;
    }
    if found < CARDED {
        cards::fill(&tx)?;
    }
    Ok(tx.commit()?)
}

/// The schema's number, 0 for an empty database; refuses what this program cannot know.
pub(super) fn version(conn: &Connection, path: &Path) -> Result<i64, JournalError> {
    // One statement, so that both come from the same moment.
    let (found, tables): (i64, i64) = conn.query_row(
        "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if !(0..=KNOWN).contains(&found) {
        return Err(JournalError::Newer { path: path.into(), found, known: KNOWN });
    }
    if found == 0 && tables > 0 {
        return Err(JournalError::corrupt(path, "it is a database of some other program"));
    }
    Ok(found)
}

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql, named_params, types::Value as Sql};
use serde::{Deserialize, Serialize};

use crate::job::{Account, Consent, Failure, Job, JobId, Money, Outcome, Problem, Request, SavedFile};

use super::{JournalError, cards};

/// The columns that [`read`] wants, in its order.
pub(super) const COLUMNS: &str =
    "id, uuid, task_id, service, key_hash, state, progress, archived, created_at, record";

/// What a job holds beside the columns of its own. New fields must be ones that may be absent.
#[derive(Serialize, Deserialize)]
struct Record {
    profile: String,
    key_tail: String,
    request: Request,
    raw_status: Option<String>,
    sent_at: Option<Timestamp>,
    submitted_at: Option<Timestamp>,
    first_seen_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    last_polled_at: Option<Timestamp>,
    failure: Option<Failure>,
    result: Option<StoredOutcome>,
    estimate_micros: Option<u64>,
    #[serde(default)]
    charged_micros: Option<u64>,
    consent: Option<Consent>,
    problem: Option<Problem>,
    request_id: Option<String>,
    parent: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredOutcome {
    state: String,
    urls: Vec<String>,
    expires_at: Option<Timestamp>,
    files: Vec<StoredFile>,
    problem: Option<String>,
    #[serde(default)]
    blocked: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredFile {
    path: StoredPath,
    bytes: u64,
    sha256: String,
}

/// A path is bytes to the system; JSON knows text only.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredPath {
    Text(String),
    Bytes(Vec<u8>),
}

/// A moment as the journal's columns hold it.
pub(super) fn moment(micros: i64) -> Result<Timestamp, String> {
    Timestamp::from_microsecond(micros).map_err(|error| error.to_string())
}

/// `at` without what is finer than the journal's columns, so that a job reads back as it was given.
pub(super) fn whole_micros(at: Timestamp) -> Timestamp {
    moment(at.as_microsecond()).unwrap_or(at)
}

/// Reads a job from a row of [`COLUMNS`].
pub(super) fn read(row: &Row) -> Result<Job, JournalError> {
    let id = JobId(row.get(0)?);
    assemble(id, row).map_err(|detail| JournalError::BadRow { path: PathBuf::new(), id, detail })
}

fn assemble(id: JobId, row: &Row) -> Result<Job, String> {
    let column = |error: rusqlite::Error| error.to_string();
    let record: String = row.get("record").map_err(column)?;
    let record: Record = serde_json::from_str(&record).map_err(|error| format!("its record: {error}"))?;
    let state: String = row.get("state").map_err(column)?;
    Ok(Job {
        id,
        uuid: row.get("uuid").map_err(column)?,
        task_id: row.get("task_id").map_err(column)?,
        account: Account {
            profile: record.profile,
            service: row.get("service").map_err(column)?,
            key_hash: row.get("key_hash").map_err(column)?,
            key_tail: record.key_tail,
        },
        state: state.parse()?,
        raw_status: record.raw_status,
        progress: row.get("progress").map_err(column)?,
        request: record.request,
        created_at: moment(row.get("created_at").map_err(column)?)?,
        sent_at: record.sent_at,
        submitted_at: record.submitted_at,
        first_seen_at: record.first_seen_at,
        started_at: record.started_at,
        finished_at: record.finished_at,
        last_polled_at: record.last_polled_at,
        failure: record.failure,
        result: record.result.map(Outcome::try_from).transpose()?,
        estimate: record.estimate_micros.map(Money::from_micros),
        charged: record.charged_micros.map(Money::from_micros),
        consent: record.consent,
        problem: record.problem,
        request_id: record.request_id,
        parent: record.parent.map(JobId),
        group: record.group,
        tags: record.tags,
        archived: row.get("archived").map_err(column)?,
    })
}

fn record(job: &Job) -> Result<String, JournalError> {
    let record = Record {
        profile: job.account.profile.clone(),
        key_tail: job.account.key_tail.clone(),
        request: job.request.clone(),
        raw_status: job.raw_status.clone(),
        sent_at: job.sent_at,
        submitted_at: job.submitted_at,
        first_seen_at: job.first_seen_at,
        started_at: job.started_at,
        finished_at: job.finished_at,
        last_polled_at: job.last_polled_at,
        failure: job.failure.clone(),
        result: job.result.as_ref().map(StoredOutcome::from),
        estimate_micros: job.estimate.map(Money::micros),
        charged_micros: job.charged.map(Money::micros),
        consent: job.consent,
        problem: job.problem.clone(),
        request_id: job.request_id.clone(),
        parent: job.parent.map(|JobId(id)| id),
        group: job.group.clone(),
        tags: job.tags.clone(),
    };
    serde_json::to_string(&record).map_err(|error| JournalError::BadRow {
        path: PathBuf::new(),
        id: job.id,
        detail: error.to_string(),
    })
}

/// Puts `job` in as a new row and gives it its number.
pub(super) fn insert(conn: &Connection, job: &mut Job) -> Result<(), JournalError> {
    let changing = changing(conn, job)?;
    conn.prepare_cached(
        "INSERT INTO jobs (uuid, task_id, service, key_hash, state, progress, live, archived, created_at, rev, record,
                           consent, result, link_ends, sent_at, estimate, charged, failure)
         VALUES (:uuid, :task_id, :service, :key_hash, :state, :progress, :live, :archived, :created_at, :rev, :record,
                 :consent, :result, :link_ends, :sent_at, :estimate, :charged, :failure)",
    )?
    .execute(&*with(&changing, named_params! {
        ":uuid": job.uuid,
        ":service": job.account.service,
        ":key_hash": job.account.key_hash,
        ":created_at": job.created_at.as_microsecond(),
    }))?;
    job.id = JobId(conn.last_insert_rowid());
    cards::put(conn, job)
}

/// Stores `job` over its row. The row must still be in the state `from`, else nothing is stored and SQLite's
/// count of changed rows is the error.
pub(super) fn update(conn: &Connection, job: &Job, from: &str) -> Result<(), JournalError> {
    let changing = changing(conn, job)?;
    let changed = conn
        .prepare_cached(
            "UPDATE jobs SET task_id = :task_id, state = :state, progress = :progress, live = :live,
             archived = :archived, rev = :rev, record = :record, consent = :consent, result = :result,
             link_ends = :link_ends, sent_at = :sent_at, estimate = :estimate, charged = :charged,
             failure = :failure WHERE id = :id AND state = :from",
        )?
        .execute(&*with(&changing, named_params! { ":id": job.id.0, ":from": from }))?;
    if changed == 1 {
        cards::put(conn, job)
    } else {
        Err(rusqlite::Error::StatementChangedRows(changed).into())
    }
}

/// The columns that change while a job lives, with the next revision.
fn changing(conn: &Connection, job: &Job) -> Result<[(&'static str, Sql); 14], JournalError> {
    let result = job.result.as_ref();
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    Ok([
        (":task_id", job.task_id.clone().into()),
        (":state", job.state.word().to_owned().into()),
        (":progress", job.progress.into()),
        (":live", job.is_live().into()),
        (":archived", job.archived.into()),
        (":rev", next_rev(conn)?.into()),
        (":record", record(job)?.into()),
        (":consent", job.consent.is_some().into()),
        (":result", result.map(|result| result.state.word().to_owned()).into()),
        (":link_ends", micros(result.and_then(|result| result.expires_at)).into()),
        (":sent_at", micros(job.sent_at).into()),
        (":estimate", job.estimate.map(countable).into()),
        (":charged", job.charged.map(countable).into()),
        (":failure", job.failure.as_ref().map(|failure| failure.code.clone()).into()),
    ])
}

/// The columns of a statement: those that change, and some more.
fn with<'a>(
    changing: &'a [(&'static str, Sql)],
    more: &[(&'static str, &'a dyn ToSql)],
) -> Vec<(&'static str, &'a dyn ToSql)> {
    let changing = changing.iter().map(|(name, value)| (*name, value as &dyn ToSql));
    changing.chain(more.iter().copied()).collect()
}

/// An amount in a column, which counts no further; the record holds it whole.
pub(super) fn countable(money: Money) -> i64 {
    i64::try_from(money.micros()).unwrap_or(i64::MAX)
}

fn next_rev(conn: &Connection) -> Result<i64, JournalError> {
    let mut next = conn.prepare_cached("UPDATE counter SET rev = rev + 1 RETURNING rev")?;
    Ok(next.query_row([], |row| row.get(0))?)
}

impl From<&Outcome> for StoredOutcome {
    fn from(outcome: &Outcome) -> Self {
        Self {
            state: outcome.state.word().into(),
            urls: outcome.urls.clone(),
            expires_at: outcome.expires_at,
            files: outcome.files.iter().map(StoredFile::from).collect(),
            problem: outcome.problem.clone(),
            blocked: outcome.blocked,
        }
    }
}

impl TryFrom<StoredOutcome> for Outcome {
    type Error = String;

    fn try_from(stored: StoredOutcome) -> Result<Self, String> {
        Ok(Self {
            state: stored.state.parse()?,
            urls: stored.urls,
            expires_at: stored.expires_at,
            files: stored.files.into_iter().map(SavedFile::from).collect(),
            problem: stored.problem,
            blocked: stored.blocked,
        })
    }
}

impl From<&SavedFile> for StoredFile {
    fn from(file: &SavedFile) -> Self {
        let path = match file.path.to_str() {
            Some(text) => StoredPath::Text(text.into()),
            None => StoredPath::Bytes(file.path.as_os_str().as_bytes().into()),
        };
        Self { path, bytes: file.bytes, sha256: file.sha256.clone() }
    }
}

impl From<StoredFile> for SavedFile {
    fn from(stored: StoredFile) -> Self {
        let path = match stored.path {
            StoredPath::Text(text) => text.into(),
            StoredPath::Bytes(bytes) => OsString::from_vec(bytes).into(),
        };
        Self { path, bytes: stored.bytes, sha256: stored.sha256 }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::job::{NewJob, ResultState, State};
    use crate::journal::{reader, schema};

    /// Texts that have broken somebody's store: NUL, quotes, a combining mark, right-to-left, emoji of
    /// several characters, the last character there is.
    const ODD: &str = "a\0b'\"\\;--\n\r\te\u{301} \u{202e}שלום 👩‍👩‍👧‍👦 \u{10ffff} \u{feff}";

    fn odd(name: &str) -> String {
        format!("{name} {ODD}")
    }

    fn at(nanosecond: i128) -> Timestamp {
        Timestamp::from_nanosecond(1_763_830_329_000_000_000 + nanosecond).unwrap()
    }

    fn full() -> Job {
        let new = NewJob {
            request: Request {
                prompt_image: odd("image"),
                model: odd("model"),
                prompt_text: Some(odd("prompt")),
                ratio: Some(odd("ratio")),
                duration: Some(u32::MAX),
                seed: Some(u64::MAX),
                watermark: Some(false),
            },
            account: Account {
                profile: odd("profile"),
                service: odd("service"),
                key_hash: odd("hash"),
                key_tail: odd("tail"),
            },
            estimate: Some(Money::from_micros(u64::MAX)),
            consent: Some(Consent {
                until: Timestamp::MAX,
                holder: u32::MAX,
                patience: u32::MAX,
                born: None,
            }),
            parent: Some(JobId(i64::MAX)),
            group: Some(odd("group")),
        };
        Job {
            task_id: Some(odd("task")),
            state: State::Succeeded,
            raw_status: Some(odd("raw")),
            progress: Some(0.1 + 0.2),
            sent_at: Some(at(1)),
            submitted_at: Some(at(12)),
            first_seen_at: Some(at(123)),
            started_at: Some(Timestamp::MIN),
            finished_at: Some(at(1234)),
            last_polled_at: Some(at(12_345)),
            failure: Some(Failure { code: odd("code"), message: odd("message") }),
            result: Some(Outcome {
                state: ResultState::Failed,
                urls: vec![odd("https://h/1"), odd("https://h/2")],
                expires_at: Some(at(5)),
                files: vec![
                    SavedFile { path: odd("/v/1").into(), bytes: u64::MAX, sha256: odd("sha") },
                    SavedFile {
                        path: OsString::from_vec(b"/v/\xff\xfe.mp4".to_vec()).into(),
                        bytes: 0,
                        sha256: String::new(),
                    },
                ],
                problem: Some(odd("why")),
                blocked: true,
            }),
            problem: Some(Problem::new(&odd("code"), odd("message")).hint(odd("hint"))),
            request_id: Some(odd("request")),
            tags: vec![odd("a"), String::new()],
            charged: Some(Money::from_micros(u64::MAX)),
            archived: true,
            ..Job::new(JobId(0), odd("uuid"), new, at(1_000))
        }
    }

    fn memory() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn, Path::new("memory")).unwrap();
        conn
    }

    #[test]
    fn every_field_reads_back_as_it_was() {
        let conn = memory();
        let mut job = full();
        insert(&conn, &mut job).unwrap();
        assert_eq!(reader::job(&conn, job.id).unwrap().as_ref(), Some(&job));

        let bare = Job { id: job.id, ..Job::new(job.id, job.uuid.clone(), new_of(&job), job.created_at) };
        update(&conn, &bare, "succeeded").unwrap();
        assert_eq!(reader::job(&conn, job.id).unwrap().as_ref(), Some(&bare));
        update(&conn, &job, "held").unwrap();
        assert_eq!(reader::job(&conn, job.id).unwrap().as_ref(), Some(&job));
    }

    fn new_of(job: &Job) -> NewJob {
        NewJob { account: job.account.clone(), ..NewJob::default() }
    }

    #[test]
    fn a_row_is_stored_only_over_the_state_that_it_comes_from() {
        let conn = memory();
        let mut job = full();
        insert(&conn, &mut job).unwrap();
        let other = Job { state: State::Failed, ..job.clone() };
        assert!(update(&conn, &other, "running").is_err());
        assert_eq!(reader::job(&conn, job.id).unwrap(), Some(job));
    }

    #[test]
    fn a_row_that_makes_no_sense_is_named() {
        for wrong in [
            "state = 'transcended'",
            "record = '{}'",
            "record = 'no json'",
            "created_at = 9223372036854775807",
            "record = replace(record, '\"failed\"', '\"lost\"')",
        ] {
            let conn = memory();
            let mut job = full();
            insert(&conn, &mut job).unwrap();
            conn.execute(&format!("UPDATE jobs SET {wrong}"), []).unwrap();
            let error = reader::job(&conn, job.id).unwrap_err().of(Path::new("/d/journal.db"));
            assert!(
                error.to_string().starts_with("/d/journal.db: job 1 cannot be read: "),
                "{wrong}: {error}"
            );
            assert_eq!(error.code(), "journal");
        }
    }
}

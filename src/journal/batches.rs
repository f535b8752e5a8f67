//! Batches: which job each row of a file of requests has become, so that the same file goes on where it
//! stopped.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};
use uuid::Uuid;

use super::{JournalError, reader};
use crate::job::{Account, Job, JobId, NewJob, Problem, State};

/// A file of requests, and where it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Each account has its own batches: with another key the same file is another one.
    pub account: Account,
    /// Where the file lies, absolute.
    pub path: String,
    /// The hash of its bytes, in hex.
    pub digest: String,
    /// It is to be run as if it never had been.
    pub anew: bool,
}

/// What is known of a batch that was run before.
#[derive(Clone, Debug)]
pub struct KnownBatch {
    /// The group that its jobs are in.
    pub group: String,
    /// Whether the file has changed since: it has the path of that batch, but not its content.
    pub changed: bool,
    /// The youngest job of each row, by the row's key.
    pub jobs: HashMap<String, Job>,
}

/// What speaks against sending rows of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchOutlook {
    /// A job that is no row of the batch asks for the same; in the words of
    /// [`duplicate`](crate::job::duplicate).
    pub duplicate: Option<Problem>,
    /// So many rows were sent before from another file; where the last of these lay.
    pub elsewhere: Option<(usize, String)>,
}

/// A row that is to become a job.
#[derive(Clone, Debug)]
pub struct BatchEntry {
    /// The row's key.
    pub key: String,
    /// The job, whose group the journal sets.
    pub new: NewJob,
}

/// Whether a row whose job stands so has to become a new one: no task ever came of it, and none will.
pub fn is_to_be_sent_anew(job: &Job) -> bool {
    matches!(job.state, State::Rejected | State::NotCreated)
}

/// The batch that this file was, by its content or else by its path; the last one, where there are several.
pub(super) fn known(conn: &Connection, batch: &Batch) -> Result<Option<KnownBatch>, JournalError> {
    let Some(Row { id, group, digest }) = find(conn, batch)? else { return Ok(None) };
    let mut statement =
        conn.prepare_cached("SELECT row, max(job_id) FROM batch_rows WHERE batch_id = ?1 GROUP BY row")?;
    let keys = statement.query_map([id], |row| Ok((JobId(row.get(1)?), row.get(0)?)))?;
    let keys: HashMap<JobId, String> = keys.collect::<Result<_, _>>()?;
    let of_batch = "WHERE id IN (SELECT max(job_id) FROM batch_rows WHERE batch_id = ?1 GROUP BY row)";
    let jobs = reader::readable_jobs(conn, of_batch, [id])?;
    let by_key = |job: Job| Some((keys.get(&job.id)?.clone(), job));
    let jobs: HashMap<_, _> = jobs.into_iter().filter_map(by_key).collect();
    if jobs.len() < keys.len() {
        // A row whose job cannot be read would look as if it had never been sent.
        let id = keys.keys().copied().find(|id| jobs.values().all(|job| job.id != *id)).unwrap_or(JobId(0));
        let detail = "it is a row of this batch, and without it the batch cannot go on".into();
        return Err(JournalError::BadRow { path: std::path::PathBuf::new(), id, detail });
    }
    Ok(Some(KnownBatch { group, changed: digest != batch.digest, jobs }))
}

struct Row {
    id: i64,
    group: String,
    digest: String,
}

fn find(conn: &Connection, batch: &Batch) -> Result<Option<Row>, JournalError> {
    if batch.anew {
        return Ok(None);
    }
    let mut statement = conn.prepare_cached(
        "SELECT id, uuid, digest FROM batches
         WHERE service = :service AND key_hash = :key AND (digest = :digest OR path = :path)
         ORDER BY digest = :digest DESC, id DESC LIMIT 1",
    )?;
    let Account { service, key_hash, .. } = &batch.account;
    let found = statement.query_row(
        named_params! { ":service": service, ":key": key_hash, ":digest": batch.digest, ":path": batch.path },
        |row| Ok(Row { id: row.get(0)?, group: row.get(1)?, digest: row.get(2)? }),
    );
    Ok(found.optional()?)
}

/// Where rows of a batch are put in.
pub(super) struct Place {
    /// The number of a batch that was run before.
    id: Option<i64>,
    /// The group of its jobs.
    pub(super) group: String,
}

impl Place {
    pub(super) const fn is_known(&self) -> bool {
        self.id.is_some()
    }
}

pub(super) fn place(conn: &Connection, batch: &Batch) -> Result<Place, JournalError> {
    Ok(match find(conn, batch)? {
        Some(Row { id, group, .. }) => Place { id: Some(id), group },
        None => Place { id: None, group: Uuid::new_v4().to_string() },
    })
}

/// Writes a new batch down, or of a known one where the file lies now and what it holds; tells its number.
pub(super) fn enter(
    conn: &Connection,
    batch: &Batch,
    place: &Place,
    at: Timestamp,
) -> Result<i64, JournalError> {
    if let Some(id) = place.id {
        conn.prepare_cached("UPDATE batches SET path = ?2, digest = ?3 WHERE id = ?1")?.execute((
            id,
            &batch.path,
            &batch.digest,
        ))?;
        return Ok(id);
    }
    let Account { service, key_hash, .. } = &batch.account;
    conn.prepare_cached(
        "INSERT INTO batches (uuid, service, key_hash, path, digest, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((&place.group, service, key_hash, &batch.path, &batch.digest, at.as_microsecond()))?;
    Ok(conn.last_insert_rowid())
}

/// How many of these rows became jobs of other batches of the account, and where the last such file lay.
pub(super) fn elsewhere(
    conn: &Connection,
    batch: &Batch,
    place: &Place,
    rows: &[BatchEntry],
) -> Result<Option<(usize, String)>, JournalError> {
    let mut statement = conn.prepare_cached(
        "SELECT path FROM batch_rows JOIN batches ON batches.id = batch_id
         WHERE row = ?1 AND service = ?2 AND key_hash = ?3 AND uuid <> ?4 ORDER BY batch_id DESC LIMIT 1",
    )?;
    let Account { service, key_hash, .. } = &batch.account;
    let (mut count, mut last) = (0, None);
    for BatchEntry { key, .. } in rows {
        let path = statement.query_row((key, service, key_hash, &place.group), |row| row.get::<_, String>(0));
        if let Some(path) = path.optional()? {
            count += 1;
            last = Some(path);
        }
    }
    Ok(last.map(|path| (count, path)))
}

/// Refuses rows that have become jobs since the file was looked at: another process runs it, too.
pub(super) fn must_be_new(
    conn: &Connection,
    place: &Place,
    rows: &[BatchEntry],
) -> Result<Result<(), Problem>, JournalError> {
    let Some(id) = place.id else { return Ok(Ok(())) };
    let mut statement =
        conn.prepare_cached("SELECT max(job_id) FROM batch_rows WHERE batch_id = ?1 AND row = ?2")?;
    for BatchEntry { key, .. } in rows {
        let last: Option<i64> = statement.query_row((id, key), |row| row.get(0))?;
        let Some(last) = last.map(JobId) else { continue };
        let job = reader::job(conn, last)?.ok_or(JournalError::NoSuchJob(last))?;
        if !is_to_be_sent_anew(&job) {
            let told = format!(
                "rows of this file became jobs just now (job {last}), by another Taxiway; nothing was sent"
            );
            return Ok(Err(
                Problem::new("batch_under_way", told).hint("run it again: it goes on with what is left")
            ));
        }
    }
    Ok(Ok(()))
}

/// Remembers which job a row has become.
pub(super) fn note(conn: &Connection, id: i64, key: &str, job: JobId) -> Result<(), JournalError> {
    conn.prepare_cached("INSERT INTO batch_rows (batch_id, row, job_id) VALUES (?1, ?2, ?3)")?
        .execute((id, key, job.0))?;
    Ok(())
}

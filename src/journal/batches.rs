//! Batches: which job each row of a file of requests has become, so that the same file goes on where it
//! stopped.
//!
//! A file is known by its content and by the place where it lies. Each batch remembers every content and place
//! that it was ever run with, and a file that several batches are known by goes on with the rows of all of them:
//! whatever was copied, moved and edited meanwhile, no row is forgotten.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{JournalError, reader};
use crate::job::{Account, Job, JobId, NewJob, Problem, State};

/// A file of requests, and where it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Each account has its own batches: with another key the same file is another one.
    pub account: Account,
    /// Where the file lies: absolute, through no link.
    pub path: String,
    /// The hash of its bytes, in hex.
    pub digest: String,
    /// It is to be run as if it never had been.
    pub anew: bool,
}

/// What is known of a file that was run before.
#[derive(Clone, Debug)]
pub struct KnownBatch {
    /// The group that new rows of it come into.
    pub group: String,
    /// Whether the file has changed since: it lies where that one did, but its content was never run.
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

/// The batches that a file is known by.
pub(super) struct Place {
    /// Their numbers, oldest first.
    ids: Vec<i64>,
    /// The group of the last one, or of the one that is to be made.
    pub(super) group: String,
}

impl Place {
    pub(super) const fn is_known(&self) -> bool {
        !self.ids.is_empty()
    }

    /// The job that a row has become last in any of them.
    fn last(&self, conn: &Connection, key: &str) -> Result<Option<JobId>, JournalError> {
        let mut statement = conn.prepare_cached("SELECT batch_id, job_id FROM batch_rows WHERE row = ?1")?;
        let rows = statement.query_map([key], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
        let mut last = None;
        for row in rows {
            let (batch, job) = row?;
            if self.ids.contains(&batch) {
                last = last.max(Some(JobId(job)));
            }
        }
        Ok(last)
    }
}

pub(super) fn place(conn: &Connection, batch: &Batch) -> Result<Place, JournalError> {
    let Account { service, key_hash, .. } = &batch.account;
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT id, uuid FROM batch_places JOIN batches ON id = batch_id
         WHERE place IN (?1, ?2) AND service = ?3 AND key_hash = ?4 ORDER BY id",
    )?;
    let found = statement.query_map((&batch.path, &batch.digest, service, key_hash), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    })?;
    let found: Vec<_> = if batch.anew { Vec::new() } else { found.collect::<Result<_, _>>()? };
    let group = found.last().map_or_else(|| Uuid::new_v4().to_string(), |(_, group)| group.clone());
    Ok(Place { ids: found.into_iter().map(|(id, _)| id).collect(), group })
}

/// What is known of the file.
pub(super) fn known(conn: &Connection, batch: &Batch) -> Result<Option<KnownBatch>, JournalError> {
    let place = place(conn, batch)?;
    let Some(newest) = place.ids.last() else { return Ok(None) };
    let was_run = conn
        .prepare_cached("SELECT 1 FROM batch_places WHERE place = ?1 AND batch_id = ?2")?
        .exists((&batch.digest, newest))?;
    let mut last: HashMap<String, JobId> = HashMap::new();
    let mut jobs: HashMap<JobId, Job> = HashMap::new();
    for id in &place.ids {
        let mut statement = conn.prepare_cached("SELECT row, job_id FROM batch_rows WHERE batch_id = ?1")?;
        for row in statement.query_map([id], |row| Ok((row.get(0)?, JobId(row.get(1)?))))? {
            let (key, job): (String, JobId) = row?;
            let youngest = last.entry(key).or_insert(job);
            *youngest = job.max(*youngest);
        }
        let of_batch = "WHERE id IN (SELECT job_id FROM batch_rows WHERE batch_id = ?1)";
        jobs.extend(reader::readable_jobs(conn, of_batch, [id])?.into_iter().map(|job| (job.id, job)));
    }
    let by_key = |(key, id)| match jobs.remove(&id) {
        Some(job) => Ok((key, job)),
        // A row whose job cannot be read would look as if it had never been sent.
        None => Err(JournalError::BadRow {
            path: PathBuf::new(),
            id,
            detail: "it is a row of this batch, and without it the batch cannot go on".into(),
        }),
    };
    let jobs = last.into_iter().map(by_key).collect::<Result<_, _>>()?;
    Ok(Some(KnownBatch { group: place.group, changed: !was_run, jobs }))
}

/// Writes a new batch down, and of each batch that the file is known by where it lies and what it holds now;
/// tells the number of the last one.
pub(super) fn enter(
    conn: &Connection,
    batch: &Batch,
    place: &Place,
    at: Timestamp,
) -> Result<i64, JournalError> {
    let Account { service, key_hash, .. } = &batch.account;
    let mut ids = place.ids.clone();
    if ids.is_empty() {
        conn.prepare_cached("INSERT INTO batches (uuid, service, key_hash, at) VALUES (?1, ?2, ?3, ?4)")?
            .execute((&place.group, service, key_hash, at.as_microsecond()))?;
        ids.push(conn.last_insert_rowid());
    }
    let mut statement =
        conn.prepare_cached("INSERT OR IGNORE INTO batch_places (place, batch_id) VALUES (?1, ?2)")?;
    for id in &ids {
        for place in [&batch.path, &batch.digest] {
            statement.execute((place, id))?;
        }
    }
    Ok(ids.last().copied().unwrap_or_default())
}

/// How many of these rows became jobs of files that this one is not known by, and where the last of these lay.
pub(super) fn elsewhere(
    conn: &Connection,
    batch: &Batch,
    place: &Place,
    rows: &[BatchEntry],
) -> Result<Option<(usize, String)>, JournalError> {
    let Account { service, key_hash, .. } = &batch.account;
    let mut statement = conn.prepare_cached(
        "SELECT batch_id FROM batch_rows JOIN batches ON id = batch_id
         WHERE row = ?1 AND service = ?2 AND key_hash = ?3",
    )?;
    let own: HashSet<_> = place.ids.iter().collect();
    let (mut count, mut last) = (0, None);
    for BatchEntry { key, .. } in rows {
        let others = statement.query_map((key, service, key_hash), |row| row.get::<_, i64>(0))?;
        let others = others.collect::<Result<Vec<_>, _>>()?;
        if let Some(other) = others.into_iter().filter(|id| !own.contains(id)).max() {
            count += 1;
            last = last.max(Some(other));
        }
    }
    let Some(last) = last else { return Ok(None) };
    let path = conn
        .prepare_cached("SELECT place FROM batch_places WHERE batch_id = ?1 AND place LIKE '%/%' LIMIT 1")?
        .query_row([last], |row| row.get(0))
        .optional()?;
    Ok(Some((count, path.unwrap_or_else(|| "standard input".into()))))
}

/// Refuses rows that have become jobs since the file was looked at: another process runs it, too.
pub(super) fn must_be_new(
    conn: &Connection,
    place: &Place,
    rows: &[BatchEntry],
) -> Result<Result<(), Problem>, JournalError> {
    for BatchEntry { key, .. } in rows {
        let Some(last) = place.last(conn, key)? else { continue };
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
    conn.prepare_cached("INSERT INTO batch_rows (row, batch_id, job_id) VALUES (?1, ?2, ?3)")?
        .execute((key, id, job.0))?;
    Ok(())
}

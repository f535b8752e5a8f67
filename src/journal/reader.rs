use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use crate::job::{Account, Job, JobId, Money, NewJob, Request, Spend, TimelineEntry};

use super::{
    Batch, BatchEntry, BatchOutlook, JournalError, KnownBatch, batches, folder, gate, look, memos, row,
    schema,
};

/// The last reply of the service about a job as it came: when, its HTTP status, its body.
pub type Reply = (Timestamp, u16, String);

/// What a job costs, and when it was sent; without a moment while it waits for that.
pub type Spent = (JobId, Option<Timestamp>, Spend);

/// A job with its timeline, oldest first, and the last reply that changed it.
pub type History = (Job, Vec<TimelineEntry>, Option<Reply>);

/// How many jobs [`Reader::find`] names at most: more than anyone reads to tell them apart.
const MOST_FOUND: usize = 100;

/// Reads the journal, without a runtime. No read keeps a transaction open when it returns.
pub struct Reader {
    path: PathBuf,
    source: Source,
}

enum Source {
    /// A connection of a process that also writes.
    Kept(Connection),
    /// A new connection for each look, which leaves no trace.
    Look,
}

impl Reader {
    /// Looks at the journal in `data_dir`, beside any owner, and writes nothing, not even SQLite's own
    /// side files. A missing journal reads as an empty one.
    ///
    /// # Errors
    /// A journal that is newer, older, damaged or not to be read.
    pub fn open(data_dir: &Path) -> Result<Self, JournalError> {
        let reader = Self { path: folder::database(data_dir), source: Source::Look };
        reader.read(|_| Ok(()))?;
        Ok(reader)
    }

    /// The same on a connection that is kept, beside a writer in this process.
    pub(super) fn beside_writer(path: PathBuf) -> Result<Self, JournalError> {
        let conn = schema::connect(&path)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(Self { path, source: Source::Kept(conn) })
    }

    /// The jobs before `before`, newest first, at most `limit`; from the newest on where that is none.
    pub fn page(&self, before: Option<JobId>, limit: usize) -> Result<Vec<Job>, JournalError> {
        let before = before.map_or(i64::MAX, |JobId(id)| id);
        self.read(|conn| jobs(conn, "WHERE id < ?1 ORDER BY id DESC LIMIT ?2", (before, bound(limit))))
    }

    /// The number of the last write: where [`Reader::changed_since`] starts for one who knows all so far.
    pub fn rev(&self) -> Result<i64, JournalError> {
        self.read(rev)
    }

    /// The jobs whose row was written after `rev`, oldest write first, at most `limit`, and the number of
    /// the last of these writes: the `rev` to ask with next time (0 for the first).
    pub fn changed_since(&self, rev: i64, limit: usize) -> Result<(Vec<Job>, i64), JournalError> {
        self.read(|conn| {
            let sql = format!("SELECT {}, rev FROM jobs WHERE rev > ?1 ORDER BY rev LIMIT ?2", row::COLUMNS);
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query((rev, bound(limit)))?;
            let (mut jobs, mut last) = (Vec::new(), rev);
            while let Some(found) = rows.next()? {
                jobs.extend(readable(found)?);
                last = found.get("rev")?;
            }
            Ok((jobs, last))
        })
    }

    /// The jobs that have not ended, held ones among them, and those whose video is not home yet; by number.
    pub fn unfinished(&self) -> Result<Vec<Job>, JournalError> {
        self.read(unfinished)
    }

    /// A window of [`Reader::unfinished`]: those after that number, of at most `limit` rows, and the number of the last
    /// row, where the next window begins; none at the end.
    pub fn live(&self, after: JobId, limit: usize) -> Result<(Vec<Job>, Option<JobId>), JournalError> {
        self.read(|conn| {
            let sql =
                format!("SELECT {} FROM jobs WHERE live AND id > ?1 ORDER BY id LIMIT ?2", row::COLUMNS);
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query((after.0, bound(limit)))?;
            let (mut jobs, mut last) = (Vec::new(), None);
            while let Some(found) = rows.next()? {
                last = Some(JobId(found.get("id")?));
                jobs.extend(readable(found)?);
            }
            Ok((jobs, last))
        })
    }

    /// The job with this number.
    pub fn job(&self, id: JobId) -> Result<Option<Job>, JournalError> {
        self.read(|conn| job(conn, id))
    }

    /// The jobs that `reference` may mean: the one with that number; else the one with that task id or uuid;
    /// else, where it is no number, those whose task id or uuid begins with it, at most 100. Empty when there is
    /// none; more than one is for the caller to tell.
    pub fn find(&self, reference: &str) -> Result<Vec<Job>, JournalError> {
        if reference.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|conn| {
            let number = reference.parse().map(JobId);
            if let Ok(number) = number
                && let Some(job) = job(conn, number)?
            {
                return Ok(vec![job]);
            }
            let whole = jobs(conn, "WHERE task_id = ?1 OR uuid = ?1 ORDER BY id", [reference])?;
            if !whole.is_empty() {
                return Ok(whole);
            }
            // A number that is no job's is a slip, and must not mean one whose ids happen to begin so.
            if number.is_ok() {
                return Ok(Vec::new());
            }
            // Texts compare by their bytes, and no character's are above these.
            let end = format!("{reference}{}", char::MAX);
            jobs(
                conn,
                "WHERE (task_id > :from AND task_id < :end) OR (uuid > :from AND uuid < :end)
                 ORDER BY id LIMIT :most",
                named_params! { ":from": reference, ":end": end, ":most": bound(MOST_FOUND) },
            )
        })
    }

    /// Those of these task ids that some job has, whatever its service is called.
    pub fn known_tasks(&self, task_ids: &[String]) -> Result<Vec<String>, JournalError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached("SELECT 1 FROM jobs WHERE task_id = ?1")?;
            let mut known = Vec::new();
            for task_id in task_ids {
                known.extend(statement.exists([task_id])?.then(|| task_id.clone()));
            }
            Ok(known)
        })
    }

    /// What each job of `account` costs that belongs to the 24 hours before `at`, and when it was sent; one of which no
    /// price is known costs `unknown_price`. A job may be told twice.
    pub fn spent(
        &self,
        account: &Account,
        at: Timestamp,
        unknown_price: Money,
    ) -> Result<Vec<Spent>, JournalError> {
        self.read(|conn| {
            let mut spent = Vec::new();
            gate::each_spending(conn, account, at, &mut |job| {
                spent.push((job.id, job.sent_at, Spend::of(&job, unknown_price)));
            })?;
            Ok(spent)
        })
    }

    /// The jobs of `account` whose spending belongs to the 24 hours before `at`, by number.
    pub fn spending(&self, account: &Account, at: Timestamp) -> Result<Vec<Job>, JournalError> {
        self.read(|conn| gate::spending(conn, account, at))
    }

    /// The youngest job of `account` that `request`, sent at `at`, would be a duplicate of.
    pub fn duplicate_of(
        &self,
        account: &Account,
        request: &Request,
        at: Timestamp,
    ) -> Result<Option<Job>, JournalError> {
        self.read(|conn| gate::duplicate_of(conn, account, request, at))
    }

    /// The youngest job that one of these, were they sent at `at`, would be a duplicate of; those that one
    /// command made are none of each other. Numbers that no job has are left aside.
    pub fn duplicate_of_held(&self, ids: &[JobId], at: Timestamp) -> Result<Option<Job>, JournalError> {
        self.read(|conn| {
            let held: Result<Vec<_>, _> = ids.iter().filter_map(|id| job(conn, *id).transpose()).collect();
            gate::duplicate_of_held(conn, &held?, at)
        })
    }

    /// Jobs put in at `since` or later whose video this machine could not take; by number.
    pub fn blocked(&self, since: Timestamp) -> Result<Vec<Job>, JournalError> {
        let blocked = "CASE WHEN json_valid(record) THEN json_extract(record, '$.result.blocked') END";
        let which = format!("WHERE created_at >= ?1 AND state = 'succeeded' AND {blocked} ORDER BY id");
        self.read(|conn| readable_jobs(conn, &which, [since.as_microsecond()]))
    }

    /// What is known of a file of requests that was run before, by its content or else its path.
    pub fn batch(&self, batch: &Batch) -> Result<Option<KnownBatch>, JournalError> {
        self.read(|conn| {
            let tx = conn.unchecked_transaction()?;
            batches::known(&tx, batch)
        })
    }

    /// What speaks against sending these rows and held jobs of a batch at `at`.
    pub fn batch_outlook(
        &self,
        batch: &Batch,
        rows: &[BatchEntry],
        again: &[JobId],
        at: Timestamp,
    ) -> Result<BatchOutlook, JournalError> {
        self.read(|conn| {
            let tx = conn.unchecked_transaction()?;
            let place = batches::place(&tx, batch)?;
            let of_row = |row: &BatchEntry| NewJob { group: Some(place.group.clone()), ..row.new.clone() };
            let new: Vec<_> = rows.iter().map(of_row).collect();
            let held: Result<Vec<_>, _> = again.iter().filter_map(|id| job(&tx, *id).transpose()).collect();
            let duplicate = gate::duplicate_among(&tx, &batch.account, &new, &held?, at)?;
            Ok(BatchOutlook { duplicate, elsewhere: batches::elsewhere(&tx, batch, &place, rows)? })
        })
    }

    /// All memos, by name.
    pub fn memos(&self) -> Result<Vec<(String, String)>, JournalError> {
        self.read(memos::all)
    }

    /// All about a job.
    pub fn detail(&self, id: JobId) -> Result<Option<History>, JournalError> {
        self.read(|conn| {
            // One transaction, so that job, timeline and reply are of the same moment.
            let tx = conn.unchecked_transaction()?;
            let Some(job) = job(&tx, id)? else { return Ok(None) };
            Ok(Some((job, timeline(&tx, id)?, reply(&tx, id)?)))
        })
    }

    pub(super) fn read<R>(
        &self,
        read: impl Fn(&Connection) -> Result<R, JournalError>,
    ) -> Result<R, JournalError> {
        match &self.source {
            Source::Kept(conn) => read(conn).map_err(|error| error.of(&self.path)),
            Source::Look => look::look_at_jobs(&self.path, read),
        }
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        match &self.source {
            Source::Kept(conn) => conn,
            Source::Look => panic!("a look keeps no connection"),
        }
    }
}

/// The number of the last write.
pub(super) fn rev(conn: &Connection) -> Result<i64, JournalError> {
    Ok(conn.prepare_cached("SELECT rev FROM counter")?.query_row((), |row| row.get(0))?)
}

/// The job with this number.
pub(super) fn job(conn: &Connection, id: JobId) -> Result<Option<Job>, JournalError> {
    Ok(jobs(conn, "WHERE id = ?1", [id.0])?.pop())
}

/// The job that this task of a service is.
pub(super) fn of_task(
    conn: &Connection,
    service: &str,
    task_id: &str,
) -> Result<Option<JobId>, JournalError> {
    let mut statement =
        conn.prepare_cached("SELECT id FROM jobs WHERE task_id = ?1 AND service = ?2 ORDER BY id")?;
    Ok(statement.query_row([task_id, service], |row| row.get(0).map(JobId)).optional()?)
}

/// All jobs that are live.
pub(super) fn unfinished(conn: &Connection) -> Result<Vec<Job>, JournalError> {
    readable_jobs(conn, "WHERE live ORDER BY id", ())
}

/// All jobs of these that can be read.
pub(super) fn readable_jobs(
    conn: &Connection,
    which: &str,
    params: impl Params,
) -> Result<Vec<Job>, JournalError> {
    let mut jobs = Vec::new();
    each_readable(conn, which, params, &mut |job| jobs.push(job))?;
    Ok(jobs)
}

/// The same one by one: of thousands only one is in memory.
pub(super) fn each_readable(
    conn: &Connection,
    which: &str,
    params: impl Params,
    each: &mut dyn FnMut(Job),
) -> Result<(), JournalError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {} FROM jobs {which}", row::COLUMNS))?;
    let mut rows = statement.query(params)?;
    while let Some(found) = rows.next()? {
        if let Some(job) = readable(found)? {
            each(job);
        }
    }
    Ok(())
}

/// The row's job for those that work on many: one that cannot be read is told in the log and left as it is,
/// since the other tasks must not be lost sight of for it.
pub(super) fn readable(found: &Row) -> Result<Option<Job>, JournalError> {
    match row::read(found) {
        Ok(job) => Ok(Some(job)),
        Err(JournalError::BadRow { id, detail, .. }) => {
            tracing::error!(
                job = id.0,
                "the journal's job {id} cannot be read and is left as it is: {detail}"
            );
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn jobs(conn: &Connection, which: &str, params: impl Params) -> Result<Vec<Job>, JournalError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {} FROM jobs {which}", row::COLUMNS))?;
    let mut rows = statement.query(params)?;
    let mut jobs = Vec::new();
    while let Some(found) = rows.next()? {
        jobs.push(row::read(found)?);
    }
    Ok(jobs)
}

fn timeline(conn: &Connection, id: JobId) -> Result<Vec<TimelineEntry>, JournalError> {
    let mut statement =
        conn.prepare_cached("SELECT at, kind, text FROM events WHERE job_id = ?1 ORDER BY id")?;
    let mut rows = statement.query([id.0])?;
    let mut entries = Vec::new();
    while let Some(found) = rows.next()? {
        let at = moment(id, found.get(0)?)?;
        entries.push(TimelineEntry { at, kind: found.get(1)?, text: found.get(2)? });
    }
    Ok(entries)
}

fn reply(conn: &Connection, id: JobId) -> Result<Option<Reply>, JournalError> {
    let mut statement = conn.prepare_cached("SELECT at, status, body FROM replies WHERE job_id = ?1")?;
    let mut rows = statement.query([id.0])?;
    let Some(found) = rows.next()? else { return Ok(None) };
    Ok(Some((moment(id, found.get(0)?)?, found.get(1)?, found.get(2)?)))
}

fn moment(id: JobId, micros: i64) -> Result<Timestamp, JournalError> {
    row::moment(micros).map_err(|detail| JournalError::BadRow { path: PathBuf::new(), id, detail })
}

pub(super) fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

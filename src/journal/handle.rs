use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use crate::job::{Account, Consent, Gate, Job, JobId, Money, NewJob, Problem, Request};

use super::{
    Batch, BatchEntry, BatchOutlook, Entry, History, Imports, JournalError, Kin, KnownBatch, Reader, Spent,
    folder, look, schema, worker::Worker, writer::Writer,
};

/// A handle on the journal of a data folder. Clones share one thread that writes and one that reads. The
/// last one to go waits until what was given is on disk.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    // Dropped in this order: the last connection to close tidies up, and the writer is the one that may.
    reader: Worker<Reader>,
    writer: Option<Worker<Writer>>,
}

impl Journal {
    /// Opens the journal in `data_dir`, makes folder (0700) and database (0600) where they are missing, and
    /// brings an older schema up to date. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// A journal that is newer or damaged (it is left as it is), a folder that cannot be written or is on a
    /// network file system.
    pub fn open(data_dir: &Path) -> Result<Self, JournalError> {
        let path = folder::prepare(data_dir)?;
        // SQLite writes as soon as it opens; what is not for us is seen before, without a trace.
        match look::look(&path, |conn| schema::version(conn, &path)) {
            Ok(_) | Err(JournalError::Unreadable { .. } | JournalError::Busy { .. }) => {}
            Err(error) => return Err(error),
        }
        let writer = Writer::open(path.clone()).map_err(|error| error.of(&path))?;
        let reader = Reader::beside_writer(path.clone()).map_err(|error| error.of(&path))?;
        let writer = Worker::start("journal-write", path.clone(), writer)
            .map_err(|error| JournalError::unwritable(&path, &error))?;
        Self::assemble(data_dir, path, reader, Some(writer))
    }

    /// Opens the journal for looking: nothing is written, and a missing journal reads as an empty one.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_read_only(data_dir: &Path) -> Result<Self, JournalError> {
        Self::assemble(data_dir, folder::database(data_dir), Reader::open(data_dir)?, None)
    }

    fn assemble(
        data_dir: &Path,
        path: PathBuf,
        reader: Reader,
        writer: Option<Worker<Writer>>,
    ) -> Result<Self, JournalError> {
        let reader = Worker::start("journal-read", path.clone(), reader)
            .map_err(|error| JournalError::Unreadable { path, detail: error.to_string() })?;
        Ok(Self { inner: Arc::new(Inner { dir: data_dir.into(), reader, writer }) })
    }

    /// The data folder.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// A further connection that reads this journal, for a thread of its own; a look where this is one.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn browser(&self) -> Result<Reader, JournalError> {
        if self.inner.writer.is_none() {
            return Reader::open(&self.inner.dir);
        }
        let path = folder::database(&self.inner.dir);
        Reader::beside_writer(path.clone()).map_err(|error| error.of(&path))
    }

    /// Puts new jobs in, all or none, and gives them their numbers. They are on disk when this returns.
    pub async fn create(&self, new: Vec<NewJob>, at: Timestamp) -> Result<Vec<Job>, JournalError> {
        self.write(move |writer| writer.create(new, at)).await
    }

    /// As [`Journal::create`], for jobs of one account, if `gate` lets them all pass; else none is put in, and
    /// why: the first request that has a duplicate, and how many more do. Checked in the write itself, so that several processes cannot pass it together.
    pub async fn create_within(
        &self,
        gate: Gate,
        new: Vec<NewJob>,
        at: Timestamp,
    ) -> Result<Result<Vec<Job>, Problem>, JournalError> {
        self.write(move |writer| writer.create_within(&gate, new, at)).await
    }

    /// Gives held jobs of one account their consent, if `gate` lets them all pass; else none gets it, and
    /// why. A job that is not held any more is left out.
    pub async fn consent_within(
        &self,
        gate: Gate,
        ids: Vec<JobId>,
        consent: Consent,
        at: Timestamp,
    ) -> Result<Result<Vec<Job>, Problem>, JournalError> {
        self.write(move |writer| writer.consent_within(&gate, &ids, consent, at)).await
    }

    /// Puts rows of a batch in as new jobs and gives held ones of it their consent again, all or none, if `gate`
    /// lets them pass; tells the jobs, those that were held first. A held job that has moved on is left out.
    /// What of the file became a job since it was looked at is never put in twice: `batch_under_way`.
    pub async fn run_batch(
        &self,
        gate: Gate,
        batch: Batch,
        rows: Vec<BatchEntry>,
        again: Vec<JobId>,
        consent: Consent,
        at: Timestamp,
    ) -> Result<Result<Vec<Job>, Problem>, JournalError> {
        self.write(move |writer| writer.run_batch(&gate, &batch, rows, &again, consent, at)).await
    }

    /// As [`Reader::batch`].
    pub async fn batch(&self, batch: Batch) -> Result<Option<KnownBatch>, JournalError> {
        self.read(move |reader| reader.batch(&batch)).await
    }

    /// As [`Reader::batch_outlook`].
    pub async fn batch_outlook(
        &self,
        batch: Batch,
        rows: Vec<BatchEntry>,
        again: Vec<JobId>,
        at: Timestamp,
    ) -> Result<BatchOutlook, JournalError> {
        self.read(move |reader| reader.batch_outlook(&batch, &rows, &again, at)).await
    }

    /// Writes down where the file of a batch that was run before lies now.
    pub async fn note_batch(&self, batch: Batch, at: Timestamp) -> Result<(), JournalError> {
        self.write(move |writer| writer.note_batch(&batch, at)).await
    }

    /// As [`Reader::kin`].
    pub async fn kin(&self, id: JobId) -> Result<Kin, JournalError> {
        self.read(move |reader| reader.kin(id)).await
    }

    /// As [`Reader::live`].
    pub async fn live(&self, after: JobId, limit: usize) -> Result<(Vec<Job>, Option<JobId>), JournalError> {
        self.read(move |reader| reader.live(after, limit)).await
    }

    /// As [`Reader::spent`].
    pub async fn spent(
        &self,
        account: &Account,
        at: Timestamp,
        unknown_price: Money,
    ) -> Result<Vec<Spent>, JournalError> {
        let account = account.clone();
        self.read(move |reader| reader.spent(&account, at, unknown_price)).await
    }

    /// As [`Reader::spending`].
    pub async fn spending(&self, account: &Account, at: Timestamp) -> Result<Vec<Job>, JournalError> {
        let account = account.clone();
        self.read(move |reader| reader.spending(&account, at)).await
    }

    /// As [`Reader::duplicate_of`].
    pub async fn duplicate_of(
        &self,
        account: &Account,
        request: &Request,
        at: Timestamp,
    ) -> Result<Option<Job>, JournalError> {
        let (account, request) = (account.clone(), request.clone());
        self.read(move |reader| reader.duplicate_of(&account, &request, at)).await
    }

    /// As [`Reader::duplicate_of_held`].
    pub async fn duplicate_of_held(
        &self,
        ids: Vec<JobId>,
        at: Timestamp,
    ) -> Result<Option<Job>, JournalError> {
        self.read(move |reader| reader.duplicate_of_held(&ids, at)).await
    }

    /// As [`Reader::blocked`].
    pub async fn blocked(&self, since: Timestamp) -> Result<Vec<Job>, JournalError> {
        self.read(move |reader| reader.blocked(since)).await
    }

    /// Lets one change happen to one job. It is on disk when this returns with the job as it is now; a
    /// change that tells nothing new writes nothing.
    ///
    /// # Errors
    /// [`JournalError::Illegal`] where the life cycle has no such step from the state that the job is in by
    /// now, whoever brought it there, [`JournalError::NoSuchJob`], and [`JournalError::TaskKnown`] where the
    /// task to be adopted is another job's; nothing is written then.
    pub async fn apply(&self, entry: Entry) -> Result<Job, JournalError> {
        self.write(move |writer| writer.apply(&entry)).await
    }

    /// Takes a task that exists already into the journal, as a new job.
    ///
    /// # Errors
    /// [`JournalError::TaskKnown`] where a job of that service has it; nothing is written then.
    pub async fn adopt(&self, account: Account, task_id: String, at: Timestamp) -> Result<Job, JournalError> {
        self.write(move |writer| writer.adopt(account, task_id, at)).await
    }

    /// Takes whole jobs of another journal in, all or none. They get new numbers, and so do their parents'; a
    /// parent that is not among them is none. One whose uuid, or whose service and task id, is known is left out.
    pub async fn import(&self, jobs: Vec<Job>, at: Timestamp) -> Result<Imports, JournalError> {
        self.write(move |writer| writer.import(jobs, at)).await
    }

    /// Lets changes happen, in order and in one transaction, and returns the jobs that were written, one
    /// for each change. News that is none writes nothing; a change that cannot be is left out, with a
    /// warning in the log.
    pub async fn apply_all(&self, entries: Vec<Entry>) -> Result<Vec<Job>, JournalError> {
        self.write(move |writer| writer.apply_all(&entries)).await
    }

    /// Lets changes happen, in order and in one transaction, all or none, and returns their jobs as they are
    /// now, one for each change; one that tells nothing new writes nothing.
    ///
    /// # Errors
    /// As [`Journal::apply`], for the first change that cannot be; nothing is written then.
    pub async fn apply_whole(&self, entries: Vec<Entry>) -> Result<Vec<Job>, JournalError> {
        self.write(move |writer| writer.apply_whole(&entries)).await
    }

    /// Settles what an owner that is gone left behind, and returns the jobs that this changed: requests
    /// under way become unsure, downloads begin again, consents whose holder is gone or whose time is up end.
    /// Only for the process that has just taken the owner lock.
    pub async fn recover(&self, at: Timestamp) -> Result<Vec<Job>, JournalError> {
        self.write(move |writer| writer.recover(at)).await
    }

    /// As [`Reader::rev`].
    pub async fn rev(&self) -> Result<i64, JournalError> {
        self.read(Reader::rev).await
    }

    /// As [`Reader::changed_since`].
    pub async fn changed_since(&self, rev: i64, limit: usize) -> Result<(Vec<Job>, i64), JournalError> {
        self.read(move |reader| reader.changed_since(rev, limit)).await
    }

    /// As [`Reader::page`].
    pub async fn page(&self, before: Option<JobId>, limit: usize) -> Result<Vec<Job>, JournalError> {
        self.read(move |reader| reader.page(before, limit)).await
    }

    /// As [`Reader::unfinished`].
    pub async fn unfinished(&self) -> Result<Vec<Job>, JournalError> {
        self.read(Reader::unfinished).await
    }

    /// As [`Reader::job`].
    pub async fn job(&self, id: JobId) -> Result<Option<Job>, JournalError> {
        self.read(move |reader| reader.job(id)).await
    }

    /// As [`Reader::find`].
    pub async fn find(&self, reference: &str) -> Result<Vec<Job>, JournalError> {
        let reference = reference.to_owned();
        self.read(move |reader| reader.find(&reference)).await
    }

    /// As [`Reader::known_tasks`].
    pub async fn known_tasks(&self, task_ids: Vec<String>) -> Result<Vec<String>, JournalError> {
        self.read(move |reader| reader.known_tasks(&task_ids)).await
    }

    /// As [`Reader::memos`].
    pub async fn memos(&self) -> Result<Vec<(String, String)>, JournalError> {
        self.read(Reader::memos).await
    }

    /// Keeps `value` under `name`, over the last one; none forgets the name. A value has at most 64 KiB, and
    /// there are at most 1,000 of them.
    ///
    /// # Errors
    /// [`JournalError::Memo`] where that is passed; what was kept before stays.
    pub async fn remember(&self, name: String, value: Option<String>) -> Result<(), JournalError> {
        self.write(move |writer| writer.remember(&name, value.as_deref())).await
    }

    /// As [`Reader::detail`].
    pub async fn detail(&self, id: JobId) -> Result<Option<History>, JournalError> {
        self.read(move |reader| reader.detail(id)).await
    }

    async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<R, JournalError> + Send + 'static,
    ) -> Result<R, JournalError> {
        self.inner.reader.run(move |reader| read(reader)).await
    }

    async fn write<R: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer) -> Result<R, JournalError> + Send + 'static,
    ) -> Result<R, JournalError> {
        let writer = self.inner.writer.as_ref().ok_or(JournalError::ReadOnly)?;
        writer.run(write).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They stand in `.cargo/config.toml`.
    #[test]
    fn sqlite_is_built_with_the_flags_that_are_meant() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let mut asked = conn.prepare("PRAGMA compile_options").unwrap();
        let told: Vec<String> = asked.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let has = |option: &str| told.iter().any(|told| told == option);
        assert!(has("DEFAULT_MEMSTATUS=0") && has("ENABLE_FTS5"), "{told:?}");
        assert!(!has("ENABLE_MEMORY_MANAGEMENT") && !has("ENABLE_FTS3") && !has("ENABLE_RTREE"), "{told:?}");
    }

    #[tokio::test]
    async fn every_connection_waits_for_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let pragma = |conn: &rusqlite::Connection, name: &str| {
            conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let asked = move |conn: &rusqlite::Connection| {
            Ok(["synchronous", "foreign_keys", "busy_timeout"].map(|name| pragma(conn, name)))
        };
        // 2 is FULL: each commit is synced before it counts.
        assert_eq!(journal.write(move |writer| asked(writer.connection())).await.unwrap(), [2, 1, 5000]);
        assert_eq!(journal.read(move |reader| asked(reader.connection())).await.unwrap(), [2, 1, 5000]);
    }
}

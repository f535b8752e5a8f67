use std::{collections::HashMap, path::PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use crate::job::{Account, Change, Consent, Gate, Job, JobId, NewJob, Problem, ResultState, State};

use super::{
    Batch, BatchEntry, JournalError, alive::is_held, batches, cards, folder, gate, memos, reader, row, schema,
};

/// News of a job: a change, with the reply that told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The job.
    pub id: JobId,
    /// What happened.
    pub change: Change,
    /// When.
    pub at: Timestamp,
    /// The HTTP status and the body as they came; kept as the job's last reply if the change is stored.
    pub reply: Option<(u16, String)>,
}

impl Entry {
    /// News that no reply told of.
    pub const fn new(id: JobId, change: Change, at: Timestamp) -> Self {
        Self { id, change, at, reply: None }
    }

    /// The same, told by this reply.
    #[must_use]
    pub fn reply(mut self, status: u16, body: impl Into<String>) -> Self {
        self.reply = Some((status, body.into()));
        self
    }
}

/// What came of an import. Jobs are named by their number in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imports {
    /// Those that were taken in, as they are now.
    pub jobs: Vec<(JobId, Job)>,
    /// Those that were left out, since this journal has them: as which job.
    pub known: Vec<(JobId, JobId)>,
}

/// Writes the journal. Every write is one immediate transaction: all of it is on disk, or nothing.
pub(super) struct Writer {
    path: PathBuf,
    conn: Connection,
    /// Device and number of the file that is open.
    file: (u64, u64),
}

impl Writer {
    /// Opens the database at `path`, which must exist (it may be empty), and brings its schema up to date.
    pub(super) fn open(path: PathBuf) -> Result<Self, JournalError> {
        let mut conn = schema::connect(&path)?;
        schema::migrate(&mut conn, &path)?;
        let file = folder::identity(&path).map_err(|error| JournalError::unwritable(&path, &error))?;
        Ok(Self { path, conn, file })
    }

    pub(super) fn create(&mut self, new: Vec<NewJob>, at: Timestamp) -> Result<Vec<Job>, JournalError> {
        // The moment of making has a column; all others are kept to the nanosecond.
        let at = row::whole_micros(at);
        self.write(|conn| new.into_iter().map(|new| create(conn, new, at)).collect())
    }

    pub(super) fn create_within(
        &mut self,
        gate: &Gate,
        new: Vec<NewJob>,
        at: Timestamp,
    ) -> Result<Result<Vec<Job>, Problem>, JournalError> {
        let at = row::whole_micros(at);
        self.write(|conn| match gate::admits(conn, gate, &new, &[], at)? {
            Err(problem) => Ok(Err(problem)),
            Ok(()) => new.into_iter().map(|new| create(conn, new, at)).collect::<Result<_, _>>().map(Ok),
        })
    }

    pub(super) fn run_batch(
        &mut self,
        gate: &Gate,
        batch: &Batch,
        rows: Vec<BatchEntry>,
        again: &[JobId],
        consent: Consent,
        at: Timestamp,
    ) -> Result<Result<Vec<Job>, Problem>, JournalError> {
        let at = row::whole_micros(at);
        self.write(|conn| {
            let place = batches::place(conn, batch)?;
            if let Err(problem) = batches::must_be_new(conn, &place, &rows)? {
                return Ok(Err(problem));
            }
            let (keys, new): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.key, row.new)).unzip();
            let grouped = |new| NewJob { group: Some(place.group.clone()), consent: Some(consent), ..new };
            let new: Vec<_> = new.into_iter().map(grouped).collect();
            let held = held(conn, again)?;
            if let Err(problem) = gate::admits(conn, gate, &new, &held, at)? {
                return Ok(Err(problem));
            }
            let id = batches::enter(conn, batch, &place, at)?;
            let mut jobs = consented(conn, &held, consent, at)?;
            for (key, new) in keys.iter().zip(new) {
                let job = create(conn, new, at)?;
                batches::note(conn, id, key, job.id)?;
                jobs.push(job);
            }
            Ok(Ok(jobs))
        })
    }

    pub(super) fn note_batch(&mut self, batch: &Batch, at: Timestamp) -> Result<(), JournalError> {
        self.write(|conn| {
            let place = batches::place(conn, batch)?;
            if place.is_known() { batches::enter(conn, batch, &place, at).map(drop) } else { Ok(()) }
        })
    }

    pub(super) fn consent_within(
        &mut self,
        gate: &Gate,
        ids: &[JobId],
        consent: Consent,
        at: Timestamp,
    ) -> Result<Result<Vec<Job>, Problem>, JournalError> {
        self.write(|conn| {
            let held = held(conn, ids)?;
            match gate::admits(conn, gate, &[], &held, at)? {
                Ok(()) => consented(conn, &held, consent, at).map(Ok),
                Err(problem) => Ok(Err(problem)),
            }
        })
    }

    pub(super) fn apply(&mut self, entry: &Entry) -> Result<Job, JournalError> {
        self.write(|conn| apply(conn, entry).map(|(job, _)| job))
    }

    pub(super) fn adopt(
        &mut self,
        account: Account,
        task_id: String,
        at: Timestamp,
    ) -> Result<Job, JournalError> {
        let at = row::whole_micros(at);
        self.write(|conn| {
            must_be_unknown(conn, &account, &task_id)?;
            let text = format!("taken in as task {task_id}, by the user's word");
            let mut job = Job::of_task(JobId(0), Uuid::new_v4().to_string(), account, task_id, at);
            row::insert(conn, &mut job)?;
            job.doubt();
            row::update(conn, &job, job.state.word())?;
            event(conn, job.id, at, "adopted", &text)?;
            Ok(job)
        })
    }

    pub(super) fn import(&mut self, mut jobs: Vec<Job>, at: Timestamp) -> Result<Imports, JournalError> {
        // In the order in which they were made, so that a job has its number before its clones.
        jobs.sort_by_key(|job| job.id);
        self.write(|conn| {
            let (mut numbers, mut imports) = (HashMap::new(), Imports::default());
            for mut job in jobs {
                let from = job.id;
                if let Some(known) = known(conn, &job)? {
                    numbers.insert(from, known);
                    imports.known.push((from, known));
                    continue;
                }
                job.created_at = row::whole_micros(job.created_at);
                // Whoever gave it gave it to another journal's owner.
                job.consent = None;
                job.parent = job.parent.and_then(|parent| numbers.get(&parent).copied());
                row::insert(conn, &mut job)?;
                if renumber(&mut job, from) {
                    row::update(conn, &job, job.state.word())?;
                }
                let text = format!("taken in from an export, where it was job {from}");
                event(conn, job.id, at, "imported", &text)?;
                numbers.insert(from, job.id);
                imports.jobs.push((from, job));
            }
            Ok(imports)
        })
    }

    pub(super) fn apply_all(&mut self, entries: &[Entry]) -> Result<Vec<Job>, JournalError> {
        self.write(|conn| {
            let mut written = Vec::new();
            for entry in entries {
                match apply(conn, entry) {
                    Ok((job, true)) => written.push(job),
                    Ok((_, false)) => {}
                    // These are about one job and wrote nothing; the others' news must not wait for it.
                    Err(
                        error @ (JournalError::Illegal(_)
                        | JournalError::TaskKnown { .. }
                        | JournalError::NoSuchJob(_)
                        | JournalError::BadRow { .. }),
                    ) => tracing::warn!(job = entry.id.0, "news left out ({}): {error}", entry.change.kind()),
                    Err(error) => return Err(error),
                }
            }
            Ok(written)
        })
    }

    pub(super) fn apply_whole(&mut self, entries: &[Entry]) -> Result<Vec<Job>, JournalError> {
        self.write(|conn| entries.iter().map(|entry| apply(conn, entry).map(|(job, _)| job)).collect())
    }

    pub(super) fn recover(&mut self, at: Timestamp) -> Result<Vec<Job>, JournalError> {
        self.write(|conn| {
            let mut changed = Vec::new();
            for job in reader::unfinished(conn)? {
                if let Some(change) = left_behind(&job, at) {
                    changed.push(apply(conn, &Entry::new(job.id, change, at))?.0);
                }
            }
            Ok(changed)
        })
    }

    pub(super) fn remember(&mut self, name: &str, value: Option<&str>) -> Result<(), JournalError> {
        self.write(|conn| memos::remember(conn, name, value))
    }

    fn write<R>(
        &mut self,
        write: impl FnOnce(&Connection) -> Result<R, JournalError>,
    ) -> Result<R, JournalError> {
        // SQLite writes on into a file that nobody will find again.
        if folder::identity(&self.path).ok() != Some(self.file) {
            let detail = "it was moved or deleted while Taxiway had it open; nothing is sent until it is back, \
                          or Taxiway is started again";
            return Err(JournalError::Unwritable { path: self.path.clone(), detail: detail.into() });
        }
        let in_one = || {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // A newer program may have brought it up to date meanwhile, and kept there what this one would not.
            schema::version(&tx, &self.path)?;
            let before = reader::rev(&tx)?;
            let done = write(&tx)?;
            cards::catch_up(&tx, before)?;
            tx.commit()?;
            Ok(done)
        };
        in_one().map_err(|error: JournalError| error.of(&self.path))
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.conn
    }
}

/// Those of these jobs that are held still.
fn held(conn: &Connection, ids: &[JobId]) -> Result<Vec<Job>, JournalError> {
    let job = |id: &JobId| reader::job(conn, *id)?.ok_or(JournalError::NoSuchJob(*id));
    let mut jobs = ids.iter().map(job).collect::<Result<Vec<_>, _>>()?;
    jobs.retain(|job| job.state == State::Held);
    Ok(jobs)
}

fn consented(
    conn: &Connection,
    held: &[Job],
    consent: Consent,
    at: Timestamp,
) -> Result<Vec<Job>, JournalError> {
    let entry = |job: &Job| Entry::new(job.id, Change::Consented(consent), at);
    held.iter().map(|job| apply(conn, &entry(job)).map(|(job, _)| job)).collect()
}

fn create(conn: &Connection, new: NewJob, at: Timestamp) -> Result<Job, JournalError> {
    let mut job = Job::new(JobId(0), Uuid::new_v4().to_string(), new, at);
    row::insert(conn, &mut job)?;
    event(conn, job.id, at, "created", "put into the journal")?;
    if let Some(consent) = job.consent {
        let change = Change::Consented(consent);
        event(conn, job.id, at, change.kind(), &change.tell())?;
    }
    Ok(job)
}

/// Lets the change happen and stores what is new; says whether anything is. Nothing is written before all
/// is known to be legal.
fn apply(conn: &Connection, entry: &Entry) -> Result<(Job, bool), JournalError> {
    let mut job = reader::job(conn, entry.id)?.ok_or(JournalError::NoSuchJob(entry.id))?;
    let from = job.state.word();
    if let Change::Adopted { task_id, .. } | Change::Found { task_id, .. } = &entry.change {
        must_be_unknown(conn, &job.account, task_id)?;
    }
    if !job.apply(&entry.change, entry.at)? {
        return Ok((job, false));
    }
    row::update(conn, &job, from)?;
    // What was sent is a part of the evidence.
    let text = match entry.change {
        Change::Intent => format!("being sent: {}", job.request.tell()),
        ref change => change.tell(),
    };
    event(conn, job.id, entry.at, entry.change.kind(), &text)?;
    if let Some((status, body)) = &entry.reply {
        conn.prepare_cached(
            "INSERT OR REPLACE INTO replies (job_id, at, status, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((job.id.0, entry.at.as_microsecond(), status, body))?;
    }
    Ok((job, true))
}

/// A task is one job's only: else it would count, and be fetched, twice.
fn must_be_unknown(conn: &Connection, account: &Account, task_id: &str) -> Result<(), JournalError> {
    let known = reader::of_task(conn, &account.service, task_id)?;
    known.map_or(Ok(()), |by| Err(JournalError::TaskKnown { task_id: task_id.into(), by }))
}

/// Lets what the job tells to do next speak of its number here. Says whether that is another text.
fn renumber(job: &mut Job, from: JobId) -> bool {
    let to = job.id;
    let hint = job.problem.as_mut().and_then(|problem| problem.hint.as_mut());
    let Some((hint, told)) = hint.map(|hint| {
        let told = hint.replace(&format!(" {from}`"), &format!(" {to}`"));
        (hint, told)
    }) else {
        return false;
    };
    let is_other = told != *hint;
    *hint = told;
    is_other
}

/// The job of this journal that `job` is: by its uuid, or by its task.
fn known(conn: &Connection, job: &Job) -> Result<Option<JobId>, JournalError> {
    let mut same = conn.prepare_cached("SELECT id FROM jobs WHERE uuid = ?1")?;
    let same: Option<i64> = same.query_row([&job.uuid], |row| row.get(0)).optional()?;
    match (same, &job.task_id) {
        (Some(id), _) => Ok(Some(JobId(id))),
        (None, Some(task_id)) => reader::of_task(conn, &job.account.service, task_id),
        (None, None) => Ok(None),
    }
}

fn event(conn: &Connection, id: JobId, at: Timestamp, kind: &str, text: &str) -> Result<(), JournalError> {
    conn.prepare_cached("INSERT INTO events (job_id, at, kind, text) VALUES (?1, ?2, ?3, ?4)")?.execute((
        id.0,
        at.as_microsecond(),
        kind,
        text,
    ))?;
    Ok(())
}

/// What the end of an owner means for a job that it had in its hands.
fn left_behind(job: &Job, at: Timestamp) -> Option<Change> {
    if job.state == State::Sending {
        let problem = Problem::new("unsure", "Taxiway ended while the request was under way").hint(
            "The task may exist and be billed. It is not sent again by itself. Look for it in the account's \
             task list, then settle it: a in the dashboard, `taxiway adopt` or `taxiway resolve`.",
        );
        return Some(Change::Lost { problem, request_id: None });
    }
    if job.result.as_ref().is_some_and(|result| result.state == ResultState::Fetching) {
        return Some(Change::FetchAgain("Taxiway ended during the download".into()));
    }
    let consent = job.consent.filter(|_| job.state == State::Held)?;
    let why = if consent.until <= at {
        "it was not sent in time, so the word that it may be sent has ended"
    } else if at.saturating_add(Consent::LASTS * 2).is_ok_and(|longest| consent.until > longest) {
        // Only an owner keeps a consent for so long. It has gone, and its number may be another's by now.
        // One that was given while this write waited for the database is younger than `at`: hence twice.
        "the Taxiway that kept it waiting for its turn has ended"
    } else if !is_held(&consent) {
        "the Taxiway that was to send it has ended"
    } else {
        return None;
    };
    let hint = format!("`taxiway send {}` sends it", job.id);
    Some(Change::ConsentEnded(Problem::new("consent_ended", why).hint(hint)))
}

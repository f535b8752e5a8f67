//! What the screen asks beside its windows: who belongs together, how many there are, what went well.

use crate::job::{Job, JobId};

use super::{
    JournalError, Reader,
    reader::{bound, job, readable_jobs},
};

/// How many clones, and how many of a sweep, [`Reader::kin`] tells at most: more than anyone reads.
const MOST_KIN: usize = 1000;

/// The jobs that one belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kin {
    /// The one that it was cloned from.
    pub parent: Option<Job>,
    /// Those that were cloned from it, by number; at most 1,000.
    pub clones: Vec<JobId>,
    /// The others of its sweep, by number; at most 1,000.
    pub sweep: Vec<JobId>,
}

/// A field of a job's record, none in a record that is no JSON.
macro_rules! of_record {
    ($field:literal) => {
        concat!("CASE WHEN json_valid(record) THEN json_extract(record, '$.", $field, "') END")
    };
}

impl Reader {
    /// How many jobs are not archived, and the newest job that there was then, archived or not.
    pub fn total(&self) -> Result<(usize, JobId), JournalError> {
        self.read(|conn| {
            let sum = "SELECT ifnull(sum(count), 0), (SELECT ifnull(max(id), 0) FROM jobs)
                       FROM tallies WHERE NOT archived";
            let mut statement = conn.prepare_cached(sum)?;
            let (count, newest) = statement.query_row((), |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
            Ok((usize::try_from(count).unwrap_or_default(), JobId(newest)))
        })
    }

    /// The jobs that this one belongs to; none where there is no such job.
    pub fn kin(&self, id: JobId) -> Result<Kin, JournalError> {
        self.read(|conn| {
            let tx = conn.unchecked_transaction()?;
            let Some(this) = job(&tx, id)? else { return Ok(Kin::default()) };
            let ids = |which: &str, value: &dyn rusqlite::ToSql| -> Result<Vec<JobId>, JournalError> {
                let sql = format!("SELECT id FROM jobs WHERE {which} = ?1 AND id <> ?2 ORDER BY id LIMIT ?3");
                let mut statement = tx.prepare_cached(&sql)?;
                let ids = statement.query_map((value, id.0, bound(MOST_KIN)), |row| row.get(0).map(JobId))?;
                Ok(ids.collect::<Result<_, _>>()?)
            };
            let parent = this.parent.map(|parent| readable_jobs(&tx, "WHERE id = ?1", [parent.0]));
            Ok(Kin {
                parent: parent.transpose()?.and_then(|mut found| found.pop()),
                clones: ids(of_record!("parent"), &id.0)?,
                sweep: match &this.group {
                    Some(group) => ids(of_record!("group"), group)?,
                    None => Vec::new(),
                },
            })
        })
    }

    /// All jobs of a sweep, newest first.
    pub fn of_group(&self, group: &str) -> Result<Vec<JobId>, JournalError> {
        self.read(|conn| {
            let sql = concat!("SELECT id FROM jobs WHERE ", of_record!("group"), " = ?1 ORDER BY id DESC");
            let mut statement = conn.prepare_cached(sql)?;
            let ids = statement.query_map([group], |row| row.get(0).map(JobId))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// The newest jobs that succeeded, at most `limit`: what is usual is learned from them.
    pub fn successes(&self, limit: usize) -> Result<Vec<Job>, JournalError> {
        self.read(|conn| {
            readable_jobs(conn, "WHERE state = 'succeeded' ORDER BY id DESC LIMIT ?1", [bound(limit)])
        })
    }
}

//! What the screen asks beside its windows: who belongs together, how many there are, what went well.

use rusqlite::Connection;

use crate::job::{History, Job, JobId, State};

use super::{
    JournalError, Reader,
    reader::{bound, each_readable, job, readable_jobs},
    search::ids,
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
            let parent = this.parent.map(|parent| readable_jobs(&tx, "WHERE id = ?1", [parent.0]));
            let clones = "SELECT id FROM cards WHERE parent = ?1 ORDER BY id LIMIT ?2";
            let sweep = "SELECT id FROM cards WHERE sweep = ?1 AND id <> ?2 ORDER BY id LIMIT ?3";
            Ok(Kin {
                parent: parent.transpose()?.and_then(|mut found| found.pop()),
                clones: ids(&tx, clones, (id.0, bound(MOST_KIN)))?.into_iter().map(JobId).collect(),
                sweep: ids(&tx, sweep, (this.group, id.0, bound(MOST_KIN)))?.into_iter().map(JobId).collect(),
            })
        })
    }

    /// All jobs of a sweep, newest first.
    pub fn of_group(&self, group: &str) -> Result<Vec<JobId>, JournalError> {
        let sql = "SELECT id FROM cards WHERE sweep = ?1 ORDER BY id DESC";
        self.read(|conn| Ok(ids(conn, sql, [group])?.into_iter().map(JobId).collect()))
    }

    /// What the newest jobs took that succeeded, so many at most.
    pub fn usual(&self, limit: usize) -> Result<History, JournalError> {
        self.read(|conn| {
            let tx = conn.unchecked_transaction()?;
            let mut usual = History::default();
            // One by one, and the last made comes last: about the order in which they ended.
            for id in newest_of(&tx, State::Succeeded, limit)?.into_iter().rev() {
                each_readable(&tx, "WHERE id = ?1", [id], &mut |job| usual.add(&job))?;
            }
            Ok(usual)
        })
    }
}

/// The newest jobs in a state, at most `limit`, newest first: each of its labels has them in order.
fn newest_of(conn: &Connection, state: State, limit: usize) -> Result<Vec<i64>, JournalError> {
    let newest = "SELECT id FROM cards WHERE label = ?1 ORDER BY id DESC LIMIT ?2";
    let mut found = Vec::new();
    for (_, label) in Job::LABELS.into_iter().filter(|(of, _)| *of == state) {
        found.extend(ids(conn, newest, (label, bound(limit)))?);
    }
    found.sort_unstable_by(|one, two| two.cmp(one));
    found.truncate(limit);
    Ok(found)
}

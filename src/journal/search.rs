//! Which jobs a filter wants, in the order of the rows, told piece by piece.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::job::{Filter, Job, JobId, Order};

use super::{
    JournalError, Reader,
    reader::{bound, readable, readable_jobs},
    row,
};

/// How many rows are looked at between two chances to give up.
const WINDOW: usize = 256;
/// How many hits the first piece has at least, where there are so many: more than a screen shows.
const FIRST: usize = 100;

/// A search under way: which jobs are wanted, in which order, and how far it is.
#[derive(Clone, Debug)]
pub struct Search {
    filter: Filter,
    order: Order,
    now: Timestamp,
    /// The last number that was looked at.
    before: i64,
    began: bool,
    done: bool,
}

impl Search {
    /// A search that begins. `now` is for the ages of jobs.
    pub fn new(filter: Filter, order: Order, now: Timestamp) -> Self {
        Self { filter, order, now, before: i64::MAX, began: false, done: false }
    }

    /// Whether all is told.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The next window of jobs, newest first; those that are wanted go to `found`.
    fn window(&mut self, conn: &Connection, found: &mut Vec<Job>) -> Result<(), JournalError> {
        let sql = format!("SELECT {} FROM jobs WHERE id < ?1 ORDER BY id DESC LIMIT ?2", row::COLUMNS);
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query((self.before, bound(WINDOW)))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            self.before = row.get("id")?;
            found.extend(readable(row)?.filter(|job| self.filter.matches(job, self.now)));
            count += 1;
        }
        self.done = count < WINDOW;
        Ok(())
    }
}

impl Reader {
    /// The next jobs that a search finds, in the final order of the rows. The first piece has 100 at least,
    /// where there are so many. Newest first, each further piece takes a few milliseconds, and may be empty;
    /// in another order one piece takes as long as all, and has all. A row that cannot be read is left out.
    pub fn search(&self, search: &mut Search) -> Result<Vec<JobId>, JournalError> {
        if search.done {
            return Ok(Vec::new());
        }
        let (found, after) = self.read(|conn| {
            // A look may begin anew.
            let (mut found, mut next) = (Vec::new(), search.clone());
            let whole = next.order != Order::default();
            let least = if next.began { 0 } else { FIRST };
            next.began = true;
            next.window(conn, &mut found)?;
            while !next.done && (whole || found.len() < least) {
                next.window(conn, &mut found)?;
            }
            found.sort_by(|one, two| next.order.compare(one, two));
            Ok((found, next))
        })?;
        *search = after;
        Ok(found.iter().map(|job| job.id).collect())
    }

    /// Those of these jobs that exist and can be read, in the order of `ids`.
    pub fn jobs(&self, ids: &[JobId]) -> Result<Vec<Job>, JournalError> {
        self.read(|conn| {
            let mut jobs = Vec::with_capacity(ids.len());
            for id in ids {
                jobs.extend(readable_jobs(conn, "WHERE id = ?1", [id.0])?);
            }
            Ok(jobs)
        })
    }
}

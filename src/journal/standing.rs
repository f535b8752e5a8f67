use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::job::{Account, DAY, Failure, Job, JobId, Money, NewJob, ResultState, Spend, State};

use super::{JournalError, folder, look, row};

/// How everything stands, told without reading a single job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The database, which need not exist.
    pub journal: PathBuf,
    /// How many jobs there are of each kind.
    pub tallies: Vec<Tally>,
    /// What was spent in the last 24 hours.
    pub spent: Spend,
    /// Of the jobs that are unsure the one that was made first, and when.
    pub oldest_unsure: Option<(JobId, Timestamp)>,
    /// Of the videos that are not home yet, when the first link dies.
    pub first_expiry: Option<Timestamp>,
}

/// How many jobs are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Their state.
    pub state: State,
    /// Where their videos stand.
    pub result: Option<ResultState>,
    /// Whether they have the user's word that they may be sent.
    pub has_consent: bool,
    /// Out of sight.
    pub archived: bool,
    /// How many.
    pub count: u64,
}

impl Standing {
    /// How many jobs are of these kinds.
    pub fn count(&self, which: impl Fn(&Tally) -> bool) -> u64 {
        self.tallies.iter().filter(|tally| which(tally)).map(|tally| tally.count).sum()
    }
}

/// What the journal in `data_dir` tells at `at`, in one look that leaves no trace and takes a millisecond or
/// two, however many jobs there are. Spending is that of `account`, or where that is none, of all together; a
/// job of unknown price counts as `unknown_price`. A missing journal reads as an empty one.
///
/// # Errors
/// A journal that is newer, older, damaged or not to be read.
pub fn standing(
    data_dir: &Path,
    account: Option<&Account>,
    unknown_price: Money,
    at: Timestamp,
) -> Result<Standing, JournalError> {
    let path = folder::database(data_dir);
    look::look_at_jobs(&path, |conn| {
        // One transaction, so that all of it is of the same moment.
        let tx = conn.unchecked_transaction()?;
        Ok(Standing {
            journal: path.clone(),
            tallies: tallies(&tx)?,
            spent: spent(&tx, account, unknown_price, at)?,
            oldest_unsure: oldest_unsure(&tx)?,
            first_expiry: first_expiry(&tx)?,
        })
    })
}

fn tallies(conn: &Connection) -> Result<Vec<Tally>, JournalError> {
    let mut statement =
        conn.prepare("SELECT state, result, consent, archived, count FROM tallies WHERE count > 0")?;
    let mut rows = statement.query(())?;
    let mut tallies = Vec::new();
    while let Some(found) = rows.next()? {
        // A state that makes no sense is told of where its job is read.
        let Ok(state) = found.get::<_, String>(0)?.parse() else { continue };
        tallies.push(Tally {
            state,
            result: found.get::<_, String>(1)?.parse().ok(),
            has_consent: found.get(2)?,
            archived: found.get(3)?,
            count: count(found, 4)?,
        });
    }
    Ok(tallies)
}

// All that is asked for here stands in the indexes themselves, whose names make that sure.
const SENT: &str = "
    SELECT state, task_id IS NOT NULL, estimate, charged, failure, count(*) FROM jobs INDEXED BY jobs_spent
    WHERE sent_at > :since AND state <> 'held'
          AND (:service IS NULL OR (service = :service AND key_hash = :key_hash))
    GROUP BY 1, 2, 3, 4, 5";
const TO_BE_SENT: &str = "
    SELECT estimate, count(*) FROM jobs INDEXED BY jobs_standing
    WHERE live AND consent = 1 AND state = 'held'
          AND (:service IS NULL OR (service = :service AND key_hash = :key_hash))
    GROUP BY 1";
const OLDEST_UNSURE: &str = "
    SELECT id, created_at FROM jobs INDEXED BY jobs_standing
    WHERE live AND state = 'unsure' ORDER BY created_at, id LIMIT 1";
const FIRST_EXPIRY: &str =
    "SELECT min(link_ends) FROM jobs INDEXED BY jobs_standing WHERE live AND state = 'succeeded'";

fn spent(
    conn: &Connection,
    account: Option<&Account>,
    unknown_price: Money,
    at: Timestamp,
) -> Result<Spend, JournalError> {
    let since = at.saturating_sub(DAY).unwrap_or(Timestamp::MIN);
    let service = account.map(|account| account.service.as_str());
    let key_hash = account.map(|account| account.key_hash.as_str());
    let mut spent = Spend::default();
    let mut statement = conn.prepare(SENT)?;
    let mut rows = statement.query(
        named_params! { ":since": since.as_microsecond(), ":service": service, ":key_hash": key_hash },
    )?;
    while let Some(found) = rows.next()? {
        if let Some(job) = pattern(found, at)? {
            spent = spent + times(Spend::of(&job, unknown_price), count(found, 5)?);
        }
    }
    let mut statement = conn.prepare(TO_BE_SENT)?;
    let mut rows = statement.query(named_params! { ":service": service, ":key_hash": key_hash })?;
    while let Some(found) = rows.next()? {
        let possible = money(found, 0)?.unwrap_or(unknown_price);
        spent = spent + times(Spend { sure: Money::default(), possible }, count(found, 1)?);
    }
    Ok(spent)
}

/// A job that costs what those of a row of [`SENT`] cost.
fn pattern(found: &Row, at: Timestamp) -> Result<Option<Job>, JournalError> {
    let Ok(state) = found.get::<_, String>(0)?.parse() else { return Ok(None) };
    let has_task: bool = found.get(1)?;
    let code: Option<String> = found.get(4)?;
    let new = NewJob { estimate: money(found, 2)?, ..NewJob::default() };
    Ok(Some(Job {
        state,
        task_id: has_task.then(String::new),
        charged: money(found, 3)?,
        failure: code.map(|code| Failure { code, message: String::new() }),
        ..Job::new(JobId(0), String::new(), new, at)
    }))
}

fn count(found: &Row, column: usize) -> Result<u64, JournalError> {
    Ok(found.get::<_, i64>(column)?.unsigned_abs())
}

fn times(spend: Spend, count: u64) -> Spend {
    Spend { sure: spend.sure.times(count), possible: spend.possible.times(count) }
}

fn money(found: &Row, column: usize) -> Result<Option<Money>, JournalError> {
    Ok(found.get::<_, Option<i64>>(column)?.map(|micros| Money::from_micros(micros.unsigned_abs())))
}

fn oldest_unsure(conn: &Connection) -> Result<Option<(JobId, Timestamp)>, JournalError> {
    let mut statement = conn.prepare(OLDEST_UNSURE)?;
    let found: Option<(i64, i64)> =
        statement.query_row((), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.and_then(|(id, micros)| Some((JobId(id), row::moment(micros).ok()?))))
}

fn first_expiry(conn: &Connection) -> Result<Option<Timestamp>, JournalError> {
    let mut statement = conn.prepare(FIRST_EXPIRY)?;
    let found: Option<i64> = statement.query_row((), |row| row.get(0))?;
    Ok(found.and_then(|micros| row::moment(micros).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::schema;

    #[test]
    fn no_question_reads_a_job() {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn, Path::new("memory")).unwrap();
        for question in [SENT, TO_BE_SENT, OLDEST_UNSURE, FIRST_EXPIRY] {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
            let mut rows = plan.raw_query();
            let mut steps = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                steps.push(row.get::<_, String>(3).unwrap());
            }
            assert!(steps[0].contains("USING COVERING INDEX"), "{question}: {steps:?}");
        }
    }
}

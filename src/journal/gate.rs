//! What was spent and what asks for the same: read for the screen, and inside the write that spends more.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::{JournalError, reader};
use crate::job::{
    Account, Budget, DAY, DUPLICATE_WITHIN, Gate, Job, JobId, Money, NewJob, Problem, Request, Spend,
    duplicate, is_duplicate,
};

/// The moment of sending as the record tells it; the index `jobs_sent` is on exactly this.
const SENT: &str = "CASE WHEN json_valid(record) THEN json_extract(record, '$.sent_at') END";

/// The jobs of `account` whose spending belongs to the 24 hours before `at`.
pub(super) fn spending(
    conn: &Connection,
    account: &Account,
    at: Timestamp,
) -> Result<Vec<Job>, JournalError> {
    let since = at.saturating_sub(DAY).unwrap_or(Timestamp::MIN);
    let mut jobs = sent_since(conn, since)?;
    jobs.extend(reader::readable_jobs(conn, "WHERE live AND state = 'held'", [])?);
    jobs.retain(|job| account.is_same(&job.account) && Spend::is_todays(job, at));
    jobs.sort_by_key(|job| job.id);
    jobs.dedup_by_key(|job| job.id);
    Ok(jobs)
}

/// The jobs that were sent at that moment or later, and some of the second before.
fn sent_since(conn: &Connection, since: Timestamp) -> Result<Vec<Job>, JournalError> {
    let since = since.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN);
    // Whole seconds without a zone stand before all moments in that second, as texts too.
    let since = Timestamp::from_second(since.as_second()).unwrap_or(since).to_string();
    reader::readable_jobs(conn, &format!("WHERE {SENT} >= ?1"), [since.trim_end_matches('Z')])
}

/// The youngest job of `account` that `request` would be a duplicate of.
pub(super) fn duplicate_of(
    conn: &Connection,
    account: &Account,
    request: &Request,
    at: Timestamp,
) -> Result<Option<Job>, JournalError> {
    Ok(duplicates_of(conn, account, request, at)?.into_iter().max_by_key(|job| job.id))
}

/// The youngest job that one of these, which are to be sent now, would be a duplicate of. Those that one
/// command made, at the same moment, are no duplicates of each other.
pub(super) fn duplicate_of_held(
    conn: &Connection,
    held: &[Job],
    at: Timestamp,
) -> Result<Option<Job>, JournalError> {
    for job in held {
        let mut same = duplicates_of(conn, &job.account, &job.request, at)?;
        same.retain(|same| same.created_at != job.created_at && held.iter().all(|job| job.id != same.id));
        if let Some(same) = same.into_iter().max_by_key(|job| job.id) {
            return Ok(Some(same));
        }
    }
    Ok(None)
}

fn duplicates_of(
    conn: &Connection,
    account: &Account,
    request: &Request,
    at: Timestamp,
) -> Result<Vec<Job>, JournalError> {
    let mut jobs = fresh(conn, account, at)?;
    jobs.retain(|job| is_duplicate(job, request, at));
    Ok(jobs)
}

/// The jobs of `account` that a request made at `at` may be a duplicate of at all; one may be there twice.
fn fresh(conn: &Connection, account: &Account, at: Timestamp) -> Result<Vec<Job>, JournalError> {
    let since = at.saturating_sub(DUPLICATE_WITHIN).unwrap_or(Timestamp::MIN);
    let mut jobs = reader::readable_jobs(conn, "WHERE created_at >= ?1", [since.as_microsecond()])?;
    jobs.extend(sent_since(conn, since)?);
    jobs.extend(reader::unfinished(conn)?);
    jobs.retain(|job| account.is_same(&job.account));
    Ok(jobs)
}

/// Whether new jobs of one account may be put in. They are no duplicates of each other.
pub(super) fn admits_new(
    conn: &Connection,
    gate: &Gate,
    new: &[NewJob],
    at: Timestamp,
) -> Result<Result<(), Problem>, JournalError> {
    let Some(first) = new.first() else { return Ok(Ok(())) };
    let batch = new.iter().map(|new| gate.budget.cost(new.estimate, 1)).sum();
    if let Err(problem) = admits(conn, gate, &first.account, batch, &[], at)? {
        return Ok(Err(problem));
    }
    if gate.duplicate_ok {
        return Ok(Ok(()));
    }
    let mut requests: Vec<&Request> = Vec::new();
    for NewJob { request, .. } in new {
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    let fresh = fresh(conn, &first.account, at)?;
    let twin = |request| fresh.iter().filter(|job| is_duplicate(job, request, at)).max_by_key(|job| job.id);
    let mut twins = requests.into_iter().filter_map(twin);
    let met = twins.next();
    Ok(met.map_or(Ok(()), |job| Err(with_others(duplicate(job), twins.count()))))
}

/// The problem of one request of several, of which `others` are duplicates of some job, too.
fn with_others(mut problem: Problem, others: usize) -> Problem {
    match others {
        0 => {}
        1 => problem.message += " Another of these requests is a duplicate, too.",
        _ => problem.message += &format!(" {others} more of these requests are duplicates, too."),
    }
    problem
}

/// Whether held jobs may get a consent.
pub(super) fn admits_held(
    conn: &Connection,
    gate: &Gate,
    held: &[Job],
    at: Timestamp,
) -> Result<Result<(), Problem>, JournalError> {
    let Some(first) = held.first() else { return Ok(Ok(())) };
    let ids: Vec<_> = held.iter().map(|job| job.id).collect();
    let batch = held.iter().map(|job| gate.budget.cost(job.estimate, 1)).sum();
    if let Err(problem) = admits(conn, gate, &first.account, batch, &ids, at)? {
        return Ok(Err(problem));
    }
    let twin = if gate.duplicate_ok { None } else { duplicate_of_held(conn, held, at)? };
    Ok(twin.map_or(Ok(()), |job| Err(duplicate(&job))))
}

/// Checks the whole batch; those of it that are in the journal already do not count twice.
fn admits(
    conn: &Connection,
    gate: &Gate,
    account: &Account,
    batch: Money,
    of_batch: &[JobId],
    at: Timestamp,
) -> Result<Result<(), Problem>, JournalError> {
    let Budget { day, session, unknown_price } = gate.budget;
    let others = |id: &JobId| !of_batch.contains(id);
    let cost = |job: &Job| Spend::of(job, unknown_price);
    let (mut today, mut ours) = (Spend::default(), Spend::default());
    if day.is_some() {
        let jobs = spending(conn, account, at)?;
        today = jobs.iter().filter(|job| others(&job.id)).map(cost).sum();
    }
    if session.is_some() {
        for id in gate.session.iter().copied().filter(others) {
            ours = ours + reader::job(conn, id)?.as_ref().map(cost).unwrap_or_default();
        }
    }
    Ok(gate.budget.check(today, ours, batch).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::journal::schema;

    /// Among 100,000 jobs each is found by an index, never by looking at all of them.
    #[test]
    fn no_question_reads_the_whole_table() {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn, Path::new("memory")).unwrap();
        for (which, index) in [
            (format!("{SENT} >= '2026'"), "jobs_sent"),
            ("live AND state = 'held'".into(), "jobs_held"),
            ("created_at >= 5".into(), "jobs_created"),
            ("live ORDER BY id".into(), "jobs_live"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT record FROM jobs WHERE {which}");
            let plan: String = conn.query_row(&sql, [], |row| row.get("detail")).unwrap();
            assert!(plan.contains(index), "{which}: {plan}");
        }
    }
}

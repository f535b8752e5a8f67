//! What was spent and what asks for the same: read for the screen, and inside the write that spends more.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::{JournalError, reader};
use crate::job::{
    Account, Budget, DAY, DUPLICATE_WITHIN, Gate, Job, Money, NewJob, Problem, Request, Spend, duplicate,
    may_be_duplicated,
};

/// The moment of sending as the record tells it; the index `jobs_sent` is on exactly this.
const SENT: &str = "CASE WHEN json_valid(record) THEN json_extract(record, '$.sent_at') END";

/// The jobs of `account` whose spending belongs to the 24 hours before `at`.
pub(super) fn spending(
    conn: &Connection,
    account: &Account,
    at: Timestamp,
) -> Result<Vec<Job>, JournalError> {
    let mut jobs = Vec::new();
    each_spending(conn, account, at, &mut |job| jobs.push(job))?;
    jobs.sort_by_key(|job| job.id);
    jobs.dedup_by_key(|job| job.id);
    Ok(jobs)
}

/// The same one by one, in no order, a job maybe twice.
pub(super) fn each_spending(
    conn: &Connection,
    account: &Account,
    at: Timestamp,
    each: &mut dyn FnMut(Job),
) -> Result<(), JournalError> {
    let since = at.saturating_sub(DAY).unwrap_or(Timestamp::MIN);
    let mut todays = |job: Job| {
        if account.is_same(&job.account) && Spend::is_todays(&job, at) {
            each(job);
        }
    };
    each_sent_since(conn, since, &mut todays)?;
    reader::each_readable(conn, "WHERE live AND state = 'held'", [], &mut todays)
}

/// The jobs that were sent at that moment or later, and some of the second before.
fn sent_since(conn: &Connection, since: Timestamp) -> Result<Vec<Job>, JournalError> {
    let mut jobs = Vec::new();
    each_sent_since(conn, since, &mut |job| jobs.push(job))?;
    Ok(jobs)
}

fn each_sent_since(
    conn: &Connection,
    since: Timestamp,
    each: &mut dyn FnMut(Job),
) -> Result<(), JournalError> {
    let since = since.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN);
    // Whole seconds without a zone stand before all moments in that second, as texts too.
    let since = Timestamp::from_second(since.as_second()).unwrap_or(since).to_string();
    let which = format!("WHERE {SENT} >= ?1");
    reader::each_readable(conn, &which, [since.trim_end_matches('Z')], each)
}

/// The youngest job of `account` that `request` would be a duplicate of.
pub(super) fn duplicate_of(
    conn: &Connection,
    account: &Account,
    request: &Request,
    at: Timestamp,
) -> Result<Option<Job>, JournalError> {
    let jobs = fresh(conn, account, at)?;
    Ok(jobs.into_iter().filter(|job| job.request == *request).max_by_key(|job| job.id))
}

/// The youngest job that one of these, which are to be sent now, would be a duplicate of. Those that one
/// command made, at the same moment or as a group, are no duplicates of each other.
pub(super) fn duplicate_of_held(
    conn: &Connection,
    held: &[Job],
    at: Timestamp,
) -> Result<Option<Job>, JournalError> {
    let Some(first) = held.first() else { return Ok(None) };
    let fresh = fresh(conn, &first.account, at)?;
    Ok(twins(&fresh, &[], held).into_iter().next().cloned())
}

/// The jobs of `account` that a request made at `at` may be a duplicate of at all; one may be there twice.
fn fresh(conn: &Connection, account: &Account, at: Timestamp) -> Result<Vec<Job>, JournalError> {
    let since = at.saturating_sub(DUPLICATE_WITHIN).unwrap_or(Timestamp::MIN);
    let mut jobs = reader::readable_jobs(conn, "WHERE created_at >= ?1", [since.as_microsecond()])?;
    jobs.extend(sent_since(conn, since)?);
    jobs.extend(reader::unfinished(conn)?);
    jobs.retain(|job| account.is_same(&job.account) && may_be_duplicated(job, at));
    Ok(jobs)
}

/// For each request of these that is a duplicate, once for those that were made together, the youngest job of which it is one. Those that are
/// put in or sent together, and those of the same group, are none of each other.
fn twins<'f>(fresh: &'f [Job], new: &[NewJob], held: &[Job]) -> Vec<&'f Job> {
    let mut by_request: HashMap<&Request, Vec<&Job>> = HashMap::new();
    for job in fresh {
        by_request.entry(&job.request).or_default().push(job);
    }
    let together: HashSet<_> = held.iter().map(|job| job.id).collect();
    let new = new.iter().map(|new| (&new.request, &new.group, None));
    let held = held.iter().map(|job| (&job.request, &job.group, Some(job.created_at)));
    let mut asked = HashSet::new();
    let youngest = |(request, group, made): (&Request, &Option<String>, Option<Timestamp>)| {
        let is_other = |job: &&&Job| {
            let of_group = group.is_some() && job.group == *group;
            !of_group && made != Some(job.created_at) && !together.contains(&job.id)
        };
        by_request.get(request)?.iter().filter(is_other).max_by_key(|job| job.id).copied()
    };
    new.chain(held).filter(|one| asked.insert(*one)).filter_map(youngest).collect()
}

/// Whether new jobs may be put in and held ones get a consent, all of one account, all or none.
pub(super) fn admits(
    conn: &Connection,
    gate: &Gate,
    new: &[NewJob],
    held: &[Job],
    at: Timestamp,
) -> Result<Result<(), Problem>, JournalError> {
    let account = new.first().map(|new| &new.account).or(held.first().map(|job| &job.account));
    let Some(account) = account else { return Ok(Ok(())) };
    let estimates = new.iter().map(|new| new.estimate).chain(held.iter().map(|job| job.estimate));
    let batch = estimates.map(|estimate| gate.budget.cost(estimate, 1)).sum();
    if let Err(problem) = fits(conn, gate, account, batch, held, at)? {
        return Ok(Err(problem));
    }
    if gate.duplicate_ok {
        return Ok(Ok(()));
    }
    Ok(duplicate_among(conn, account, new, held, at)?.map_or(Ok(()), Err))
}

/// Says of the first of these that is a duplicate, and how many more are.
pub(super) fn duplicate_among(
    conn: &Connection,
    account: &Account,
    new: &[NewJob],
    held: &[Job],
    at: Timestamp,
) -> Result<Option<Problem>, JournalError> {
    let fresh = fresh(conn, account, at)?;
    let twins = twins(&fresh, new, held);
    Ok(twins.first().map(|job| with_others(duplicate(job), twins.len() - 1)))
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

/// Whether the budgets allow the whole batch; those of it that are in the journal already do not count twice.
fn fits(
    conn: &Connection,
    gate: &Gate,
    account: &Account,
    batch: Money,
    of_batch: &[Job],
    at: Timestamp,
) -> Result<Result<(), Problem>, JournalError> {
    let Budget { day, session, unknown_price } = gate.budget;
    let of_batch: HashSet<_> = of_batch.iter().map(|job| job.id).collect();
    let cost = |job: &Job| Spend::of(job, unknown_price);
    let (mut today, mut ours) = (Spend::default(), Spend::default());
    if day.is_some() {
        let jobs = spending(conn, account, at)?;
        today = jobs.iter().filter(|job| !of_batch.contains(&job.id)).map(cost).sum();
    }
    if session.is_some() {
        for id in gate.session.iter().filter(|id| !of_batch.contains(id)) {
            ours = ours + reader::job(conn, *id)?.as_ref().map(cost).unwrap_or_default();
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

//! What a command tells of budget and duplicates before it asks. The engine checks again, in the write itself.

use jiff::Timestamp;

use super::{Context, context::run};
use crate::job::{Job, JobId, Money, Problem, Request, Spend, duplicate};

/// What would come of a submission, as far as the journal can be looked at.
#[derive(Default)]
pub(super) struct Outlook {
    /// The budget is passed.
    pub(super) refused: Option<Problem>,
    /// A budget is nearly used up.
    pub(super) warning: Option<String>,
    /// A job asks for the same.
    pub(super) duplicate: Option<Problem>,
}

/// Looks at the journal and writes nothing. Where it cannot be looked at, nothing is told: what is wrong with
/// it is told when it is to be written.
pub(super) fn outlook(
    context: &Context,
    batch: Money,
    request: Option<&Request>,
    of_batch: &[JobId],
) -> Outlook {
    let Some(account) = context.config.account() else { return Outlook::default() };
    let Ok(journal) = context.journal_read_only() else { return Outlook::default() };
    let (budget, now) = (context.config.budget, Timestamp::now());
    let looked = run(async {
        let jobs = if budget.day.is_some() { journal.spending(&account, now).await? } else { Vec::new() };
        let same = match request {
            Some(request) => journal.duplicate_of(&account, request, now).await?,
            None => None,
        };
        Ok::<_, crate::journal::JournalError>((jobs, same))
    });
    let Ok(Ok((jobs, same))) = looked else { return Outlook::default() };
    let others = jobs.iter().filter(|job: &&Job| !of_batch.contains(&job.id));
    let today = others.map(|job| Spend::of(job, budget.unknown_price)).sum();
    let (refused, warning) = match budget.check(today, Spend::default(), batch) {
        Ok(warning) => (None, warning),
        Err(problem) => (Some(problem), None),
    };
    Outlook { refused, warning, duplicate: same.as_ref().map(duplicate) }
}

//! What a command tells of budget and duplicates before it asks. The engine checks again, in the write itself.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Context, context::run};
use crate::{
    config::Confirm,
    job::{Job, JobId, Money, Problem, Request, Spend, duplicate},
};

/// Asks for the word to send a duplicate.
pub(super) const ALL_THE_SAME: &str = "Send it all the same? [y/N] ";

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

/// What is to be sent.
pub(super) enum Wish<'a> {
    /// A new job, or several that ask for the same.
    New(&'a Request),
    /// These held jobs.
    Held(&'a [JobId]),
}

/// Looks at the journal and writes nothing. Where it cannot be looked at, nothing is told: what is wrong with
/// it is told when it is to be written.
pub(super) fn outlook(context: &Context, batch: Money, wish: &Wish<'_>) -> Outlook {
    let Some(account) = context.config.account() else { return Outlook::default() };
    let Ok(journal) = context.journal_read_only() else { return Outlook::default() };
    let (budget, now) = (context.config.budget, Timestamp::now());
    let looked = run(async {
        let jobs = if budget.day.is_some() { journal.spending(&account, now).await? } else { Vec::new() };
        let same = match wish {
            Wish::New(request) => journal.duplicate_of(&account, request, now).await?,
            Wish::Held(ids) => journal.duplicate_of_held(ids.to_vec(), now).await?,
        };
        Ok::<_, crate::journal::JournalError>((jobs, same))
    });
    let Ok(Ok((jobs, same))) = looked else { return Outlook::default() };
    let own: HashSet<_> = match wish {
        Wish::New(_) => HashSet::new(),
        Wish::Held(ids) => ids.iter().collect(),
    };
    let others = jobs.iter().filter(|job: &&Job| !own.contains(&job.id));
    let today = others.map(|job| Spend::of(job, budget.unknown_price)).sum();
    let (refused, warning) = match budget.check(today, Spend::default(), batch) {
        Ok(warning) => (None, warning),
        Err(problem) => (Some(problem), None),
    };
    Outlook { refused, warning, duplicate: same.as_ref().map(duplicate) }
}

/// A duplicate needs a word of its own, after the one to spend. Says whether the user knows of it, and so
/// wants it.
pub(super) fn consent_to_duplicate(
    context: &mut Context,
    yes: bool,
    found: Option<Problem>,
) -> Result<bool, Problem> {
    let Some(problem) = found else {
        // One that comes up from here on is one that nobody was asked about.
        return Ok(yes);
    };
    if yes {
        context.output.say(&format!("warning: {}", problem.message));
        return Ok(true);
    }
    context.output.say(&problem.message);
    if context.output.ask(ALL_THE_SAME) {
        return Ok(true);
    }
    Err(problem.hint("you said no: nothing was sent, nothing spent"))
}

/// Where nobody can be asked, a duplicate is refused before anything else is.
pub(super) fn must_be_able_to_ask(
    context: &Context,
    yes: bool,
    found: Option<&Problem>,
) -> Result<(), Problem> {
    match found {
        Some(problem) if !yes && !context.output.can_ask => {
            Err(problem.clone().hint("nothing was sent; say --yes to send it all the same"))
        }
        _ => Ok(()),
    }
}

const ASK_NOT: &str = "say --yes to send without being asked";
/// For commands that show what they would send.
const ASK_NOT_OR_LOOK: &str = "say --yes to send without being asked, or --dry-run to look only";

/// Spending needs the user's word: `--yes`, or an answer at the terminal to what is `shown`.
pub(super) fn consent(
    context: &mut Context,
    yes: bool,
    total: Option<Money>,
    shown: &[String],
    question: &str,
) -> Result<(), Problem> {
    if yes {
        return Ok(());
    }
    let refused = |told: &str| {
        Problem::new("no_consent", format!("{told}: nothing was sent, nothing spent"))
            .hint(if shown.is_empty() { ASK_NOT } else { ASK_NOT_OR_LOOK })
    };
    if !context.output.can_ask {
        return Err(refused("there is nobody to ask"));
    }
    if !must_ask(context.config.submit.confirm, total) {
        return Ok(());
    }
    for line in shown {
        context.output.say(line);
    }
    if context.output.ask(question) { Ok(()) } else { Err(refused("you said no")) }
}

/// Whether the user is asked before this much is spent; none is a price that nobody knows.
pub(super) fn must_ask(confirm: Confirm, total: Option<Money>) -> bool {
    match confirm {
        Confirm::Always => true,
        Confirm::Above(limit) => total.is_none_or(|total| total > limit),
        Confirm::Never => false,
    }
}

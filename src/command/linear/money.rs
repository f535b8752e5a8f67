//! The ways to spend: each with its price, what the budget says to it, and a word of its own for a duplicate.

use super::talk::Talk;
use crate::{
    command::{Exit, money::ALL_THE_SAME},
    engine::{Command, Status, Ticket},
    job::{Budget, Money, named},
};

/// What is said where the word to spend was not given.
pub(super) const NOT_SENT: &str = "not sent; nothing was spent";

/// What was spent, against the budget where there is one.
pub(super) fn spent(status: &Status, budget: &Budget) -> String {
    let of = |limit: Option<Money>| limit.map_or_else(String::new, |limit| format!(" of ${limit}"));
    let session = budget.session.map(|limit| format!(", this session {} of ${limit}", status.session));
    let none = if budget.day.is_none() && budget.session.is_none() { ", no budget is set" } else { "" };
    format!("today {}{}{}{none}", status.today, of(budget.day), session.unwrap_or_default())
}

/// Says what the budget says to spending this much more; whether it lets it pass.
pub(super) fn passes_budget(talk: &mut Talk, batch: Money) -> bool {
    let (status, budget) = (&talk.session.status, talk.config.budget);
    match budget.check(status.today, status.session, batch) {
        Ok(warning) => {
            let paused = status.paused.as_ref();
            let paused = paused.map(|problem| format!("sending is paused: {}", problem.message));
            talk.warn(&paused.into_iter().chain(warning).collect::<Vec<_>>());
            true
        }
        Err(problem) => {
            talk.print_problem(&problem);
            false
        }
    }
}

/// Gives the engine what the user said yes to; where another job asks for the same, after a second word. Says
/// what came of it, and whether it is on its way. `order` makes the command; its flag is the second word.
pub(super) async fn give(talk: &mut Talk, order: impl Fn(Ticket, bool) -> Command) -> Result<bool, Exit> {
    let mut outcome = talk.ask(|ticket| order(ticket, false)).await?;
    if let Err(problem) = &outcome
        && problem.code == "duplicate"
    {
        talk.print(&problem.message);
        if !talk.agreed(ALL_THE_SAME).await? {
            talk.print(NOT_SENT);
            return Ok(false);
        }
        outcome = talk.ask(|ticket| order(ticket, true)).await?;
    }
    match &outcome {
        Ok(ids) => talk.print(&format!("{} will be sent", named(ids))),
        Err(problem) => talk.print_problem(problem),
    }
    Ok(outcome.is_ok())
}

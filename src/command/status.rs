//! `status`: how everything stands, by the journal alone; no network, no lock, no key.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Context, Exit, context::settle, list::moment, submit::field};
use crate::{
    job::{Money, Problem, ResultState, Spend, State},
    journal::{Standing, Tally, owner_pid, standing},
};

/// Tell how everything stands, or in one short line for a status line
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway status
  taxiway status --short
  tmux:  set -g status-right '#(taxiway status --short)'

Only the journal is read: no network, no lock, and no key is needed. The short line is as
  2run 1q 1get 3! $0.75
for 2 jobs under way at the service, 1 in the queue here that will be sent, 1 video to be fetched, 3 jobs
that need a word of yours (held, unsure, not found, not saved), and what was spent in the last 24 hours.
What is zero is left out; with nothing to tell there is no line.")]
pub struct Status {
    /// One short line of at most about 30 characters
    #[arg(long)]
    pub short: bool,
}

/// Runs the command.
pub(super) fn status(mut context: Context, args: &Status) -> Exit {
    let outcome = tell(&mut context, args);
    if outcome.is_err() && args.short && !context.output.is_json() {
        // Only standard output is seen in a status line.
        context.output.line("journal!");
    }
    settle(outcome, &mut context.output)
}

fn tell(context: &mut Context, args: &Status) -> Result<Exit, Problem> {
    let Context { config, output, global } = context;
    let account = config.account();
    let found = standing(&config.data_dir, account.as_ref(), config.budget.unknown_price, Timestamp::now())
        .map_err(|error| error.problem())?;
    let picture = Picture {
        found,
        budget: config.budget.day,
        key_tail: account.map(|account| account.key_tail),
        owner: owner_pid(&config.data_dir),
    };
    if output.is_json() {
        output.json(&picture.json());
    } else if args.short {
        let line = picture.short();
        let line = if global.ascii { line.replace('–', "-") } else { line };
        if !line.is_empty() {
            output.line(&line);
        }
    } else {
        picture.lines().iter().for_each(|line| output.line(line));
    }
    Ok(Exit::Done)
}

/// All that is told.
struct Picture {
    found: Standing,
    /// Of the day.
    budget: Option<Money>,
    /// Of the key whose spending is told; none where it is that of all.
    key_tail: Option<String>,
    /// The process that sends and polls.
    owner: Option<u32>,
}

impl Picture {
    fn count(&self, state: State) -> u64 {
        self.found.count(|tally| tally.state == state)
    }

    fn results(&self, results: &[ResultState]) -> u64 {
        self.found.count(|tally| tally.result.is_some_and(|result| results.contains(&result)))
    }

    fn held(&self, has_consent: bool) -> u64 {
        self.found.count(|tally| tally.state == State::Held && tally.has_consent == has_consent)
    }

    fn under_way(&self) -> u64 {
        [State::Sending, State::Submitted, State::Queued, State::Running]
            .map(|state| self.count(state))
            .iter()
            .sum()
    }

    fn not_home(&self) -> u64 {
        self.results(&[ResultState::Pending, ResultState::Fetching, ResultState::NoUrl])
    }

    /// Given up, and still in sight.
    fn not_saved(&self) -> u64 {
        self.found.count(|tally| tally.result == Some(ResultState::Failed) && !tally.archived)
    }

    fn short(&self) -> String {
        let needs_word =
            self.held(false) + self.count(State::Unsure) + self.count(State::NotFound) + self.not_saved();
        let parts =
            [(self.under_way(), "run"), (self.held(true), "q"), (self.not_home(), "get"), (needs_word, "!")];
        let parts =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count}{word}"));
        let spent = (self.found.spent != Spend::default()).then(|| self.found.spent.to_string());
        parts.chain(spent).collect::<Vec<_>>().join(" ")
    }

    fn lines(&self) -> Vec<String> {
        let all = self.found.count(|_| true);
        let archived = self.found.count(|tally| tally.archived);
        let out_of_sight =
            if archived == 0 { String::new() } else { format!(", {archived} of them archived") };
        let jobs = match all {
            0 => "none yet: `taxiway submit --image https://…` makes the first".into(),
            _ => format!("{all}{out_of_sight}"),
        };
        let lines = [
            ("jobs", Some(jobs)),
            ("under way", self.told_under_way()),
            ("to be sent", some(self.held(true), |count| format!("{count}, held here with your word"))),
            (
                "held",
                some(self.held(false), |count| {
                    format!("{count} without your word: `taxiway send JOB` sends one")
                }),
            ),
            ("unsure", self.told_unsure()),
            (
                "not found",
                some(self.count(State::NotFound), |count| {
                    format!("{count} that the service does not know; still looked for")
                }),
            ),
            ("not home", self.told_not_home()),
            (
                "not saved",
                some(self.not_saved(), |count| format!("{count}: `taxiway download JOB` tries again")),
            ),
            ("ended", self.told_ended()),
            ("spent", Some(self.told_spent())),
            (
                "engine",
                Some(self.owner.map_or_else(
                    || "nobody sends, polls or fetches: `taxiway watch` does".into(),
                    |pid| format!("process {pid} sends, polls and fetches"),
                )),
            ),
            ("journal", Some(self.found.journal.display().to_string())),
        ];
        lines.into_iter().filter_map(|(name, told)| Some(field(name, &told?))).collect()
    }

    fn told_under_way(&self) -> Option<String> {
        let states = [State::Running, State::Queued, State::Submitted, State::Sending];
        some(self.under_way(), |count| format!("{count}: {}", self.parts(&states)))
    }

    fn told_unsure(&self) -> Option<String> {
        let oldest = self
            .found
            .oldest_unsure
            .map_or_else(String::new, |(id, at)| format!("; the oldest is job {id} of {}", moment(at)));
        some(self.count(State::Unsure), |count| {
            format!(
                "{count} may exist and be billed{oldest}\n`taxiway reconcile`, `adopt` or `resolve` settles it"
            )
        })
    }

    fn told_not_home(&self) -> Option<String> {
        let first = self
            .found
            .first_expiry
            .map_or_else(String::new, |at| format!("; the first link ends {} at the latest", moment(at)));
        some(self.not_home(), |count| {
            format!("{}{first}", super::count_of(usize::try_from(count).unwrap_or(usize::MAX), "video"))
        })
    }

    fn told_ended(&self) -> Option<String> {
        let ended = [State::Failed, State::Rejected, State::Cancelled, State::NotCreated];
        let results = [("saved", ResultState::Saved), ("expired", ResultState::Expired)];
        let results = results.map(|(word, result)| (self.results(&[result]), word));
        let ended = ended.map(|state| (self.count(state), state.word()));
        let parts: Vec<_> = results
            .into_iter()
            .chain(ended)
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {}", word.replace('_', " ")))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn parts(&self, states: &[State]) -> String {
        let told = states.iter().map(|state| (self.count(*state), state)).filter(|(count, _)| *count > 0);
        told.map(|(count, state)| format!("{count} {state}")).collect::<Vec<_>>().join(", ")
    }

    fn told_spent(&self) -> String {
        let of = self.budget.map_or_else(String::new, |budget| format!(" of the day's ${budget}"));
        let whose = self
            .key_tail
            .as_ref()
            .map_or_else(|| "by all keys".into(), |tail| format!("with the key …{tail}"));
        format!("{}{of} in the last 24 hours, {whose} (an estimate)", self.found.spent)
    }

    fn json(&self) -> Value {
        let words = |tally: &Tally, state| tally.state == state;
        let states = State::ALL
            .map(|state| (state.word().to_string(), json!(self.found.count(|tally| words(tally, state)))));
        let results =
            ResultState::ALL.map(|result| (result.word().to_string(), json!(self.results(&[result]))));
        json!({
            "jobs": self.found.count(|_| true),
            "archived": self.found.count(|tally| tally.archived),
            "states": states.into_iter().collect::<Map<_, _>>(),
            "results": results.into_iter().collect::<Map<_, _>>(),
            "held": { "with_consent": self.held(true), "without_consent": self.held(false) },
            "not_home": { "count": self.not_home(), "first_expires_at": self.found.first_expiry },
            "oldest_unsure": self.found.oldest_unsure.map(|(id, at)| json!({ "id": id, "created_at": at })),
            "spent": {
                "sure": self.found.spent.sure.to_string(),
                "possible": self.found.spent.possible.to_string(),
                "budget": self.budget.map(|budget| budget.to_string()),
                "key_tail": self.key_tail,
            },
            "owner": self.owner,
            "journal": self.found.journal.display().to_string(),
            "short": self.short(),
        })
    }
}

fn some(count: u64, tell: impl Fn(u64) -> String) -> Option<String> {
    (count > 0).then(|| tell(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(tallies: &[(State, &str, u64)]) -> Picture {
        let tally = |(state, detail, count): &(State, &str, u64)| Tally {
            state: *state,
            result: detail.parse().ok(),
            has_consent: *detail == "consent",
            archived: false,
            count: *count,
        };
        let money = |cents: u64| Money::from_micros(cents * 10_000);
        let found = Standing {
            journal: "/d/journal.db".into(),
            tallies: tallies.iter().map(tally).collect(),
            spent: Spend { sure: money(1225), possible: money(2075) },
            oldest_unsure: None,
            first_expiry: None,
        };
        Picture { found, budget: None, key_tail: None, owner: None }
    }

    #[test]
    fn the_short_line_tells_what_there_is_in_thirty_cells() {
        let mut all = picture(&[
            (State::Sending, "", 1),
            (State::Queued, "", 4),
            (State::Running, "", 7),
            (State::Held, "consent", 3),
            (State::Held, "", 1),
            (State::Unsure, "", 1),
            (State::NotFound, "", 1),
            (State::Succeeded, "pending", 1),
            (State::Succeeded, "no_url", 1),
            (State::Succeeded, "failed", 1),
            (State::Succeeded, "saved", 90),
            (State::Failed, "", 12),
        ]);
        assert_eq!(all.short(), "12run 3q 2get 4! $12.25–20.75");
        assert!(all.short().chars().count() <= 30);
        all.found.tallies.clear();
        assert_eq!(all.short(), "$12.25–20.75");
        all.found.spent = Spend::default();
        assert_eq!(all.short(), "");
    }
}

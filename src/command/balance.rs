//! `balance`: what the account and the key have left, as the service tells it, and what this journal spent.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::join;

use super::{
    Context, Exit,
    context::{run, settle},
};
use crate::{
    comet::{AccountClient, Balance as AccountBalance, Client, KeyBalance, Settings},
    config::ApiKey,
    job::{Budget, Money, Problem, Spend},
};

/// What the account and the key have left, as the service tells it
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct Balance {}

const AFTER: &str = "\
With COMETAPI_KEY it tells what the key has used, and what is left where the key has a limit of its own; with
COMETAPI_ACCESS_TOKEN what the whole account has left. Under it stands what the jobs of this key in this journal
have cost in the last 24 hours, by the estimates, and the budget of the config. It only looks, so --read-only
allows it.

Examples:
  taxiway balance
  COMETAPI_ACCESS_TOKEN=… taxiway balance --json | jq -r .account.left_usd";

/// What one of the two was asked for: nothing where there is nothing to ask with.
type Told<T> = Option<Result<T, Problem>>;

/// Runs the command.
pub(super) fn balance(mut context: Context, _args: &Balance) -> Exit {
    context.say_warnings();
    let outcome = show_balance(&mut context);
    settle(outcome, &mut context.output)
}

fn show_balance(context: &mut Context) -> Result<Exit, Problem> {
    context.check_config()?;
    let no_key = context.ask_for_key().err();
    context.ask_for_token();
    if context.config.key.is_none() && context.config.access_token.is_none() {
        return Err(no_key.unwrap_or_else(|| {
            Problem::new("no_key", "there is neither an API key nor an account token to ask with")
                .hint("export COMETAPI_KEY=… or COMETAPI_ACCESS_TOKEN=…")
        }));
    }
    let (account, key) = ask(context)?;
    let key = key.or_else(|| no_key.map(Err));
    let today = today(context);
    let error =
        [account.as_ref().and_then(failure), key.as_ref().and_then(failure)].into_iter().flatten().next();
    if context.output.is_json() {
        let value = in_json(&context.config.budget, account.as_ref(), key.as_ref(), today, error);
        context.output.json(&value);
    } else {
        tell(context, account.as_ref(), key.as_ref(), today);
    }
    for problem in [account.as_ref().and_then(failure), key.as_ref().and_then(failure)].into_iter().flatten()
    {
        context.output.say_problem(problem);
    }
    Ok(error.map_or(Exit::Done, Exit::of_problem))
}

fn failure<T>(told: &Result<T, Problem>) -> Option<&Problem> {
    told.as_ref().err()
}

/// Asks both at once.
fn ask(context: &Context) -> Result<(Told<AccountBalance>, Told<KeyBalance>), Problem> {
    let config = &context.config;
    let client = Settings::of(config).map(Client::new).transpose()?;
    let settings = Settings::of(config).unwrap_or_else(|| Settings::without_key(config));
    let token = config.access_token.as_ref().map(|token| token.secret().clone());
    let account = token.map(|token| AccountClient::new(&settings, token)).transpose()?;
    run(async {
        let account = async {
            match &account {
                Some(account) => Some(account.balance().await.map_err(once)),
                None => None,
            }
        };
        let key = async {
            match &client {
                Some(client) => Some(client.key_balance().await.map_err(once)),
                None => None,
            }
        };
        join!(account, key)
    })
}

/// The same problem with a hint that is true for one who asked once.
fn once(problem: Problem) -> Problem {
    if matches!(problem.code.as_str(), "network" | "service" | "slow_down") {
        return problem.hint("nothing hangs on it; try again later");
    }
    problem
}

/// What the key's jobs cost in the last 24 hours; nothing where that cannot be told, which is said.
fn today(context: &mut Context) -> Option<Spend> {
    let account = context.config.account()?;
    let unknown = context.config.budget.unknown_price;
    let spent = context.journal_read_only().and_then(|journal| {
        let jobs = run(journal.spending(&account, Timestamp::now()))?.map_err(|error| error.problem())?;
        Ok(jobs.iter().map(|job| Spend::of(job, unknown)).sum())
    });
    spent
        .map_err(|problem| {
            context.output.say(&format!("warning: what was spent here cannot be told: {}", problem.message));
        })
        .ok()
}

fn tell(
    context: &mut Context,
    account: Option<&Result<AccountBalance, Problem>>,
    key: Option<&Result<KeyBalance, Problem>>,
    today: Option<Spend>,
) {
    let Context { config, output, .. } = context;
    let row =
        |name: &str, left: &str, used: &str| format!("{name:<12}  {left:<18}  {used}").trim_end().to_owned();
    let named = |what: &str, secret: &Option<ApiKey>| {
        secret.as_ref().map_or_else(|| what.to_owned(), |secret| format!("{what} …{}", secret.tail()))
    };
    match account {
        Some(Ok(AccountBalance { left, used })) => {
            output.line(&row("account", &format!("${left} left"), &format!("${used} used")));
        }
        Some(Err(_)) => output.line(&row("account", "not known", "")),
        None => output.say("the account's balance is not asked for: COMETAPI_ACCESS_TOKEN is not set"),
    }
    match key {
        Some(Ok(KeyBalance { left, used })) => {
            let left = left.map_or_else(|| "unlimited".to_owned(), |left| format!("${left} left"));
            output.line(&row(&named("key", &config.key), &left, &format!("${used} used")));
        }
        Some(Err(_)) => output.line(&row(&named("key", &config.key), "not known", "")),
        None => output.say("what the key may use is not asked for: COMETAPI_KEY is not set"),
    }
    if let Some(spent) = today {
        let spent = format!("{spent} spent");
        output.line(&row("last 24 h", &spent, "by this key's jobs here, as estimated"));
    }
    let Budget { day, session, .. } = config.budget;
    if let Some(day) = day {
        let left = today.map(|spent| format!("${} left", left_of(day, spent)));
        output.line(&row("day's budget", &left.unwrap_or_else(|| "not known".into()), &format!("of ${day}")));
    }
    if let Some(session) = session {
        output.line(&row("run's budget", &format!("${session}"), "for each run of Taxiway"));
    }
}

/// What is only possibly spent counts in full, as it does when a budget is checked.
fn left_of(budget: Money, spent: Spend) -> Money {
    Money::from_micros(budget.micros().saturating_sub(spent.possible.micros()))
}

fn in_json(
    budget: &Budget,
    account: Option<&Result<AccountBalance, Problem>>,
    key: Option<&Result<KeyBalance, Problem>>,
    today: Option<Spend>,
    error: Option<&Problem>,
) -> Value {
    let account = account.and_then(|told| told.as_ref().ok()).map(
        |AccountBalance { left, used }| json!({ "left_usd": left.to_string(), "used_usd": used.to_string() }),
    );
    let key = key.and_then(|told| told.as_ref().ok()).map(|KeyBalance { left, used }| {
        let left_usd = left.map(|left| left.to_string());
        json!({ "left_usd": left_usd, "used_usd": used.to_string(), "unlimited": left.is_none() })
    });
    let today = today.map(|spent| {
        json!({ "spent_at_least_usd": spent.sure.to_string(), "spent_at_most_usd": spent.possible.to_string(),
            "budget_left_usd": budget.day.map(|day| left_of(day, spent).to_string()) })
    });
    json!({
        "account": account,
        "key": key,
        "last_24_hours": today,
        "budget": {
            "day_usd": budget.day.map(|day| day.to_string()),
            "session_usd": budget.session.map(|session| session.to_string()),
        },
        "error": error,
    })
}

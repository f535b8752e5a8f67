//! `reconcile`: the unsure jobs, looked up in the account's task list.

use serde_json::{Value, json};

use super::{
    Context, Exit, Output,
    context::{run, settle},
    count_of,
    session::Session,
};
use crate::{
    engine::Reconciliation,
    job::{Candidate, JobId, Problem},
};

/// Runs the command.
pub(super) fn reconcile(mut context: Context) -> Exit {
    context.say_warnings();
    let outcome = look_up(&mut context);
    settle(outcome, &mut context.output)
}

fn look_up(context: &mut Context) -> Result<Exit, Problem> {
    let journal = context.journal_to_work_with()?;
    let Context { config, output, .. } = context;
    let found = run(async {
        let (mut session, mut signals) = Session::start(config, journal, false)?;
        let found = signals.or(session.reconcile()).await;
        session.leave(&mut signals, output, found.is_err()).await;
        Ok::<_, Problem>(found)
    })??;
    let found = match found {
        Ok(found) => found?,
        Err(exit) => return Ok(exit),
    };
    if output.is_json() {
        output.json(&in_json(&found));
    } else {
        tell(output, &found);
    }
    Ok(if found.open.is_empty() { Exit::Done } else { Exit::Unsure })
}

fn tell(output: &mut Output, found: &Reconciliation) {
    let Reconciliation { adopted, open, balance } = found;
    if adopted.is_empty() && open.is_empty() {
        output.say("no job is unsure");
    }
    for (id, task_id) in adopted {
        output.line(&format!("{id}\tADOPTED\t{task_id}"));
    }
    for (id, candidates) in open {
        output.line(&format!("{id}\tUNSURE\t{}", count_of(candidates.len(), "candidate")));
        for candidate in candidates {
            output.line(&format!("\t{}", line_of(candidate)));
        }
        say_ways(output, *id, candidates);
    }
    if let Some(balance) = balance {
        output.say(&format!("the account has ${} left, ${} are used", balance.left, balance.used));
    }
    if !adopted.is_empty() {
        output.say("`taxiway watch` brings the videos home");
    }
}

/// `d0658ae1-…  2026-05-01T12:00:03Z  SUCCESS  gen4_turbo  $0.32`, a dash for what is not told.
pub(super) fn line_of(candidate: &Candidate) -> String {
    let word = |word: &Option<String>| word.clone().unwrap_or_else(|| "-".into());
    let at = candidate.submitted_at.map_or_else(|| "-".into(), |at| at.to_string());
    let cost = candidate.cost().map_or_else(|| "-".into(), |cost| format!("${cost}"));
    let Candidate { task_id, status, model_name, .. } = candidate;
    [task_id.clone(), at, word(status), word(model_name), cost].join("  ")
}

fn say_ways(output: &mut Output, id: JobId, candidates: &[Candidate]) {
    output.say(&if candidates.is_empty() {
        format!("job {id}: the account shows no task for it yet; if it stays so: `taxiway resolve {id} --not-created`")
    } else {
        format!("job {id}: pick its task with `taxiway adopt TASK_ID --job {id}`")
    });
}

fn in_json(found: &Reconciliation) -> Value {
    let adopted: Vec<_> =
        found.adopted.iter().map(|(id, task_id)| json!({"id": id, "task_id": task_id})).collect();
    let candidate = |found: &Candidate| {
        json!({
            "task_id": found.task_id,
            "submitted_at": found.submitted_at,
            "action": found.action,
            "status": found.status,
            "model_name": found.model_name,
            "cost_usd": found.cost().map(|cost| cost.to_string()),
        })
    };
    let open: Vec<_> = found
        .open
        .iter()
        .map(|(id, candidates)| {
            json!({"id": id, "candidates": candidates.iter().map(candidate).collect::<Vec<_>>()})
        })
        .collect();
    let balance = found
        .balance
        .map(|balance| json!({"left_usd": balance.left.to_string(), "used_usd": balance.used.to_string()}));
    json!({"adopted": adopted, "open": open, "balance": balance})
}

//! The way of a request out of the form: checked, shown, asked for, sent.

use super::super::{
    Effect, Model,
    model::{Asked, Focus},
    question::{Ask, Order, Question, Tone},
};
use crate::{
    config::Confirm,
    engine::Command,
    job::{Draft, JobId, State},
};

/// For so many seconds a request that was provably not accepted is tried again (INTERFACE.md, "Consent").
const PATIENCE: u32 = 15;

/// Checks the form and asks whether to send what it holds.
pub fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    model.page = None;
    if model.blocked().is_some() {
        model.question = Some(Question::Blocked);
        return;
    }
    if model.is_submitting() {
        return model.tell(Tone::Warn, "the last request is still being written into the journal");
    }
    let draft = model.form.draft();
    match draft.parse(&model.facts.config.models) {
        Ok(request) => {
            let warnings = warnings(model, &draft);
            ask(model, Ask { request, held: None, warnings }, effects);
        }
        Err(faults) => {
            model.focus = Focus::Form;
            model.form.show_faults(&faults);
            let others = match faults.len() {
                1 => String::new(),
                more => format!(" ({more} fields are to be mended)"),
            };
            if let Some(first) = faults.first() {
                model.tell(Tone::Bad, format!("not sent. {first}{others}"));
            }
        }
    }
}

/// Asks whether to send the selected held job.
pub fn send_held(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(job) = model.job_here() {
        let warnings = warnings(model, &Draft::from(&job.request));
        let ask_this = Ask { request: job.request.clone(), held: Some(job.id), warnings };
        ask(model, ask_this, effects);
    }
}

fn warnings(model: &Model, draft: &Draft) -> Vec<String> {
    let mut warnings = draft.warnings(&model.facts.config.models);
    if let Some(problem) = &model.status.paused {
        warnings.push(format!("sending is paused: {}", problem.message));
    }
    warnings
}

fn ask(model: &mut Model, ask: Ask, effects: &mut Vec<Effect>) {
    let estimate = model.facts.config.models.estimate(&ask.request);
    let needed = match model.facts.config.submit.confirm {
        Confirm::Always => true,
        Confirm::Above(limit) => estimate.is_none_or(|money| money > limit),
        Confirm::Never => false,
    };
    if needed {
        model.question = Some(Question::Send(Box::new(ask)));
    } else {
        send(model, ask, effects);
    }
}

/// The user said yes.
pub fn send(model: &mut Model, ask: Ask, effects: &mut Vec<Effect>) {
    let Ask { request, held, .. } = ask;
    match held {
        None => {
            // From here on it is the table that shows how it goes.
            model.form.leave();
            model.focus = Focus::Jobs;
            model.went = true;
            give(model, Order::New(Box::new(request)), false, effects);
        }
        Some(id) => give(model, Order::Held(vec![id]), false, effects),
    }
}

/// Gives the engine what the user said yes to; with `duplicate_ok` though another job asks for the same.
pub fn give(model: &mut Model, order: Order, duplicate_ok: bool, effects: &mut Vec<Effect>) {
    let order = match order {
        Order::Held(ids) => {
            let is_held = |id: &JobId| model.jobs.get(*id).is_some_and(|job| job.state == State::Held);
            let held: Vec<_> = ids.iter().copied().filter(is_held).collect();
            if held.is_empty() {
                let which = ids.first().map_or_else(String::new, |id| format!("job {id}"));
                return model.tell(Tone::Warn, format!("{which} is not held any more: nothing was sent"));
            }
            Order::Held(held)
        }
        new @ Order::New(_) => new,
    };
    let (ticket, patience) = (model.ticket(Asked::Send(order.clone())), PATIENCE);
    effects.push(Effect::Command(match order {
        Order::New(request) => Command::Submit {
            ticket,
            requests: vec![*request],
            count: 1,
            parent: None,
            patience,
            duplicate_ok,
        },
        Order::Held(ids) => Command::Send { ticket, ids, patience, duplicate_ok },
    }));
}

//! The way of a request out of the form: checked, shown, asked for, sent.

use jiff::Timestamp;

use super::super::{
    Effect, Model,
    model::{Asked, Focus},
    question::{Ask, Order, Question, Tone},
    text::{count, size},
};
use crate::{
    config::Confirm,
    engine::{Command, ImageFacts, LocalImage},
    job::{Draft, JobId, State},
};

/// For so many seconds a request that was provably not accepted is tried again (INTERFACE.md, "Consent").
const PATIENCE: u32 = 15;

/// Checks the form and asks whether to send what it holds. A picture that is a file here is looked at first.
pub fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    model.page = None;
    if model.blocked().is_some() {
        model.question = Some(Question::Blocked);
        return;
    }
    if model.is_submitting() {
        return model.tell(Tone::Warn, "the last request is still being written into the journal");
    }
    if model.asked.values().any(|asked| matches!(asked, Asked::Image { then_send: true, .. })) {
        return model.tell(Tone::Warn, "the image is still being looked at");
    }
    let draft = model.form.draft();
    match draft.local_image().map(ToString::to_string) {
        // With its other faults it is not worth a look.
        Some(_) if !faults_beside_image(model, &draft).is_empty() => refuse(model, &draft),
        Some(image) => look_at_image(model, image, true, effects),
        None => check(model, &draft, Vec::new(), None, effects),
    }
}

fn faults_beside_image(model: &Model, draft: &Draft) -> Vec<crate::job::FieldError> {
    let mut faults = draft.sweep(&model.facts.config.models).err().unwrap_or_default();
    faults.retain(|fault| fault.field != crate::job::Field::Image);
    faults
}

fn refuse(model: &mut Model, draft: &Draft) {
    let faults = faults_beside_image(model, draft);
    show_faults(model, &faults);
}

/// Asks for a look at the form's picture.
pub fn look_at_image(model: &mut Model, image: String, then_send: bool, effects: &mut Vec<Effect>) {
    let ticket = model.ticket(Asked::Image { image: image.clone(), then_send });
    effects.push(Effect::Command(Command::CheckImage { ticket, image }));
    if !then_send {
        model.tell(Tone::Good, "looking at the image");
    }
}

/// The file that the form names was read: the request holds it now.
pub fn go_on_with(model: &mut Model, image: &str, read: &LocalImage, effects: &mut Vec<Effect>) {
    let draft = model.form.draft();
    if draft.image.trim() != image {
        return model.tell(Tone::Warn, "the image of the form is another by now: nothing was asked");
    }
    let told = told_of(&ImageFacts::Local(read.clone()));
    let mut notes = vec![format!("image: {told}; sent within the request")];
    notes.extend(read.warnings.iter().map(|words| format!("image: {words}")));
    let since = Some(model.now());
    check(model, &Draft { image: read.reference.clone(), ..draft }, notes, since, effects);
}

/// What a picture is, in a line.
pub fn told_of(facts: &ImageFacts) -> String {
    match facts {
        ImageFacts::Local(image) => format!(
            "{}, {}×{}, {} ({} characters as text)",
            image.media_type,
            image.width,
            image.height,
            size(image.bytes),
            image.uri_characters
        ),
        ImageFacts::Web { media_type, bytes, redirect, .. } => {
            let kind = media_type.clone().unwrap_or_else(|| "no type told".into());
            let bytes = bytes.map_or_else(|| "no size told".into(), size);
            let to = redirect.as_ref().map_or_else(String::new, |to| format!(", sent on to {to}"));
            format!("{kind}, {bytes}{to}")
        }
    }
}

fn check(
    model: &mut Model,
    draft: &Draft,
    notes: Vec<String>,
    since: Option<Timestamp>,
    effects: &mut Vec<Effect>,
) {
    let parent = model.form.base().and_then(|base| base.parent);
    match draft.sweep(&model.facts.config.models) {
        Ok(sweep) => {
            let luck = &mut model.luck;
            let requests = sweep.requests(|most| luck.u64(0..=most));
            let mut warnings = warnings(model, draft);
            warnings.extend(notes);
            ask(model, Ask { requests, sweep: sweep.tell(), held: None, parent, warnings, since }, effects);
        }
        Err(faults) => show_faults(model, &faults),
    }
}

fn show_faults(model: &mut Model, faults: &[crate::job::FieldError]) {
    model.focus = Focus::Form;
    model.form.show_faults(faults);
    let others = match faults.len() {
        0 | 1 => String::new(),
        more => format!(" ({more} fields are to be mended)"),
    };
    if let Some(first) = faults.first() {
        model.tell(Tone::Bad, format!("not sent. {first}{others}"));
    }
}

/// Asks whether to send held jobs: one is shown whole, several as a list.
pub fn send_held(model: &mut Model, ids: Vec<JobId>, effects: &mut Vec<Effect>) {
    let [one] = ids.as_slice() else {
        let since = model.now();
        model.question = Some(Question::Held { ids, since, at_start: false });
        return;
    };
    if let Some(job) = model.jobs.get(*one) {
        let warnings = warnings(model, &Draft::from(&job.request));
        let (requests, held) = (vec![job.request.clone()], Some(job.id));
        ask(model, Ask { requests, sweep: None, held, parent: job.parent, warnings, since: None }, effects);
    }
}

/// Asks whether to send the requests of several jobs anew, as they are. What moderation refused is left out:
/// it is to be changed first.
pub fn clone_all(model: &mut Model, ids: &[JobId], effects: &mut Vec<Effect>) {
    if model.blocked().is_some() {
        model.question = Some(Question::Blocked);
        return;
    }
    let jobs: Vec<_> =
        ids.iter().filter_map(|id| model.jobs.get(*id)).filter(|job| !job.is_moderated()).collect();
    let Some(first) = jobs.first() else {
        return model.tell(Tone::Warn, "moderation refused all of them: clone one, and change it");
    };
    let warnings = warnings(model, &Draft::from(&first.request));
    let names = jobs.iter().map(|job| job.id.to_string()).collect::<Vec<_>>().join(", ");
    let requests = jobs.iter().map(|job| job.request.clone()).collect();
    let sweep = Some(format!("the same again as jobs {names}, each as it was"));
    ask(model, Ask { requests, sweep, held: None, parent: None, warnings, since: None }, effects);
}

fn warnings(model: &Model, draft: &Draft) -> Vec<String> {
    let mut warnings = draft.warnings(&model.facts.config.models);
    if let Some(problem) = &model.status.paused {
        warnings.push(format!("sending is paused: {}", problem.message));
    }
    warnings
}

fn ask(model: &mut Model, ask: Ask, effects: &mut Vec<Effect>) {
    let needed = match model.facts.config.submit.confirm {
        Confirm::Always => true,
        Confirm::Above(limit) => ask.estimate(&model.facts.config.models).is_none_or(|money| money > limit),
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
    let Ask { requests, held, parent, .. } = ask;
    match held {
        None => {
            // From here on it is the table that shows how it goes.
            model.form.leave();
            model.focus = Focus::Jobs;
            model.went = true;
            give(model, Order::New { requests, parent }, false, effects);
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
                let which = match ids.as_slice() {
                    [one] => format!("job {one} is"),
                    more => format!("{} are", count(more.len(), "job")),
                };
                return model.tell(Tone::Warn, format!("{which} not held any more: nothing was sent"));
            }
            Order::Held(held)
        }
        new @ Order::New { .. } => new,
    };
    let (ticket, patience) = (model.ticket(Asked::Send(order.clone())), PATIENCE);
    effects.push(Effect::Command(match order {
        Order::New { requests, parent } => {
            Command::Submit { ticket, requests, count: 1, parent, patience, duplicate_ok }
        }
        Order::Held(ids) => Command::Send { ticket, ids, patience, duplicate_ok },
    }));
}

//! The way of a request out of the form: checked, shown, asked for, sent.

use super::{
    super::{
        Effect, Model,
        model::{Asked, Filled, Focus},
        question::{Ask, Order, Question, Tone},
        text::{count, size},
    },
    fill,
};
use crate::{
    config::Confirm,
    engine::{Command, ImageFacts, LocalImage},
    job::{Draft, Field, FieldError, Job, JobId, Request, State, Sweep, is_duplicate, moderated_before},
};

/// For so many seconds a request that was provably not accepted is tried again (INTERFACE.md, "Consent").
const PATIENCE: u32 = 15;

/// Checks the form and asks whether to send what it holds. A picture that is a file here is looked at first.
pub fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    model.page = None;
    if !may_ask(model) {
        return;
    }
    let form = Filled { draft: model.form.draft(), parent: model.form.base().and_then(|base| base.parent) };
    match form.draft.local_image().map(ToString::to_string) {
        Some(image) => {
            let faults = faults_beside_image(model, &form.draft);
            if !faults.is_empty() {
                // With its other faults the picture is not worth a look.
                return show_faults(model, &faults);
            }
            look_at_image(model, image, Some(Box::new(form)), effects);
        }
        None => check(model, form, Vec::new(), false, effects),
    }
}

/// Whether anything can be sent now; says why not.
fn may_ask(model: &mut Model) -> bool {
    if model.blocked().is_some() {
        model.question = Some(Question::Blocked);
    } else if model.is_submitting() {
        model.tell(Tone::Warn, "the last request is still being written into the journal");
    } else if model.is_looking() {
        model.tell(Tone::Warn, "the image is still being looked at");
    } else {
        return true;
    }
    false
}

fn faults_beside_image(model: &Model, draft: &Draft) -> Vec<FieldError> {
    let mut faults = draft.sweep(&model.facts.config.models).err().unwrap_or_default();
    faults.retain(|fault| fault.field != Field::Image);
    faults
}

/// Asks for a look at a picture, after which `then_send` is to be sent.
pub fn look_at_image(
    model: &mut Model,
    image: String,
    then_send: Option<Box<Filled>>,
    effects: &mut Vec<Effect>,
) {
    if model.is_looking() {
        return model.tell(Tone::Warn, "the image is still being looked at");
    }
    if then_send.is_none() {
        model.tell(Tone::Good, "looking at the image");
    }
    let ticket = model.ticket(Asked::Image { image: image.clone(), then_send });
    effects.push(Effect::Command(Command::CheckImage { ticket, image }));
}

/// The file that the form named was read: the request holds it now. What is sent is what stood there then.
pub fn go_on_with(model: &mut Model, form: Filled, read: &LocalImage, effects: &mut Vec<Effect>) {
    if form.draft != model.form.draft() || model.question.is_some() {
        let words = "the image was read, but the form is another by now or a question is open: send it again";
        return model.tell(Tone::Warn, words);
    }
    let told = told_of(&ImageFacts::Local(read.clone()));
    let mut notes = vec![format!("image: {told}; sent within the request")];
    notes.extend(read.warnings.iter().map(|words| format!("image: {words}")));
    let draft = Draft { image: read.reference.clone(), ..form.draft };
    check(model, Filled { draft, ..form }, notes, true, effects);
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

fn check(model: &mut Model, form: Filled, notes: Vec<String>, late: bool, effects: &mut Vec<Effect>) {
    let Filled { draft, parent } = form;
    match draft.sweep(&model.facts.config.models) {
        Ok(sweep) => {
            let luck = &mut model.luck;
            let (requests, drawn) = (sweep.requests(|most| luck.u64(0..=most)), sweep.draws());
            let mut warnings = warnings(model, &requests);
            warnings.extend(notes);
            if fill::form_holds_key(&model.facts.config, &draft) {
                warnings.push(
                    "it holds what looks like an API key, which would be sent and stored with it".into(),
                );
            }
            let pattern = parent.and_then(|id| model.jobs.get(id));
            warnings.extend(pattern.and_then(|job| moderated_before(job, &requests)));
            let ask_this = Ask { requests, sweep: sweep.tell(), drawn, held: None, parent, warnings, late };
            ask(model, ask_this, effects);
        }
        Err(faults) => show_faults(model, &faults),
    }
}

fn show_faults(model: &mut Model, faults: &[FieldError]) {
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
        model.question = Some(Question::Held { ids, at_start: false });
        return;
    };
    if let Some(job) = model.jobs.get(*one) {
        let (requests, held) = (vec![job.request.clone()], Some(job.id));
        let warnings = warnings(model, &requests);
        ask(
            model,
            Ask { requests, sweep: None, drawn: false, held, parent: job.parent, warnings, late: false },
            effects,
        );
    }
}

/// Asks whether to send the requests of several jobs anew, as they are; always, for no form was looked at
/// before. What moderation refused is left out: it is to be changed first.
pub fn clone_all(model: &mut Model, ids: &[JobId]) {
    if !may_ask(model) {
        return;
    }
    let jobs = || ids.iter().filter_map(|id| model.jobs.get(*id));
    let jobs: Vec<_> = jobs().filter(|job| !job.is_moderated()).collect();
    if jobs.is_empty() {
        return model.tell(Tone::Warn, "moderation refused all of them: clone one, and change it");
    }
    if jobs.len() > Sweep::LIMIT {
        let words =
            format!("{} jobs are too many to clone at once: mark {} at most", jobs.len(), Sweep::LIMIT);
        return model.tell(Tone::Warn, words);
    }
    let names = jobs.iter().map(|job| job.id.to_string()).collect::<Vec<_>>().join(", ");
    let requests: Vec<_> = jobs.iter().map(|job| job.request.clone()).collect();
    let mut warnings = warnings(model, &requests);
    if jobs.len() < ids.len() {
        warnings.push(format!("{} left out that moderation refused", ids.len() - jobs.len()));
    }
    let sweep = Some(format!("the same again as jobs {names}, each as it was"));
    let ask = Ask { requests, sweep, drawn: false, held: None, parent: None, warnings, late: false };
    model.question = Some(Question::Send(Box::new(ask)));
}

/// What is to be known of any of the requests, each once.
fn warnings(model: &Model, requests: &[Request]) -> Vec<String> {
    let of = |request: &Request| Draft::from(request).warnings(&model.facts.config.models);
    let mut warnings = Vec::new();
    for warning in requests.iter().flat_map(of) {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
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
    let twin = ask.drawn.then(|| twin_but_for_seed(model, &ask.requests)).flatten();
    let Ask { requests, held, parent, .. } = ask;
    if let Some(told) = twin {
        model.question = Some(Question::Duplicate { order: Order::New { requests, parent }, told });
        return;
    }
    match held {
        None => give(model, Order::New { requests, parent }, false, effects),
        Some(id) => give(model, Order::Held(vec![id]), false, effects),
    }
}

/// What there is to be said of a job that asks for the same but for its seed. The journal's own look at
/// duplicates takes another seed for another request, and drawn ones always are others.
fn twin_but_for_seed(model: &Model, requests: &[Request]) -> Option<String> {
    let first = requests.first()?;
    let same = |job: &&Job| {
        let as_its = Request { seed: job.request.seed, ..first.clone() };
        model.is_ours(job) && is_duplicate(job, &as_its, model.now())
    };
    let twin = model.jobs.at_hand().filter(same).max_by_key(|job| job.id)?;
    let state = twin.label();
    Some(format!(
        "job {} ({state}) asks for the same but for its seed; drawn seeds make new variations.",
        twin.id
    ))
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
        new @ Order::New { .. } => {
            // From here on it is the table that shows how it goes.
            model.form.leave();
            model.focus = Focus::Jobs;
            model.went = true;
            new
        }
    };
    let (ticket, patience) = (model.ticket(Asked::Send(order.clone())), PATIENCE);
    effects.push(Effect::Command(match order {
        Order::New { requests, parent } => {
            Command::Submit { ticket, requests, count: 1, parent, patience, duplicate_ok }
        }
        Order::Held(ids) => Command::Send { ticket, ids, patience, duplicate_ok },
    }));
}

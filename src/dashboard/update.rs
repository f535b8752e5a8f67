//! What messages do to the model.

pub mod able;
mod act;
mod answer;
mod bulk;
mod fill;
mod log;
mod mouse;
mod pick;
mod reading;
mod submit;
mod typed;

use std::collections::BTreeSet;

use crossterm::event::{KeyEvent, KeyEventKind};

pub use able::can_clone;
pub use act::{mouse, open};
pub use bulk::{archive, filter_by, sort_by};
pub use fill::{fill, forget_preset, load_preset, save_preset};
pub use log::LEVELS;
pub use pick::copy_from;
pub use reading::unread_targets;
pub use typed::tag;

use super::{
    Copied, Effect, Message, Model, Stop,
    actions::{Action, Scope},
    form::Edited,
    key::Key,
    model::{Asked, Focus},
    page::Page,
    paste::{PASTE_LIMIT, clean_paste},
    question::{Order, Question, Toast, Tone},
    text::count,
    unsure, view,
};
use crate::{
    engine::{Command, Detail, Found, Role, Status, Ticket, Update},
    job::{Job, JobId, Problem, State, named},
};

/// Lets `message` happen to the model and says what is to be done because of it, in this order.
/// Never waits, asks no clock, does no I/O.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    let quiet = model.is_quiet(&message);
    match message {
        // A time at which nothing changes leaves everything as it is.
        Message::Time(now) => {
            model.tick(now);
            if !model.attention.is_yes(now) {
                if model.memos.next_look().is_some_and(|at| at <= now) {
                    model.keep_draft(false, &mut effects);
                }
                model.read_on(&mut effects);
                return effects;
            }
            answer::say_yes(model, &mut effects);
        }
        Message::Ending => {
            model.keep_draft(true, &mut effects);
            return effects;
        }
        Message::Key(event) => {
            let place = model.place();
            model.news.seen();
            let told = model.toast.take();
            press(model, event, &mut effects);
            let stays = |told: &Toast| {
                // What went wrong is read to its end; anything else belongs to its place.
                let opened = model.question.is_some() || model.picker.is_some() || model.line.is_some();
                told.tone == Tone::Bad && !opened || place == model.place()
            };
            if model.toast.is_none() {
                model.toast = told.filter(stays);
            }
        }
        Message::Paste(text) => paste(model, &text),
        Message::Resize(columns, rows) => {
            model.facts.size = (columns, rows);
            effects.push(Effect::Redraw);
        }
        Message::Updates(updates) => {
            // Rows that the user asked for may move the selection.
            let is_asked_for = |told: &Update| matches!(told, Update::Found(Found::Sweep { .. }));
            let is_own = model.jobs.is_searching() || updates.iter().any(is_asked_for);
            let selected = model.jobs.selected_id().filter(|_| !is_own);
            for told in updates {
                take(model, told, &mut effects);
            }
            let now = model.now();
            model.jobs.catch_up(now);
            if selected.is_some() && selected != model.jobs.selected_id() {
                model.attention.selection_moved(now);
            }
        }
        Message::Log(lines, lost) => model.log.take(lines, lost),
        Message::Copied { what, way } => copied(model, &what, way),
        Message::Edited(outcome) => {
            // What came up meanwhile was not seen before now.
            let now = model.now();
            model.attention.begin_anew(now);
            fill::edited(model, outcome);
        }
        Message::Reloaded(config) => model.reload(*config),
        Message::Mouse { kind, column, row } => mouse::mouse(model, kind, (column, row), &mut effects),
    }
    let now = model.now();
    model.attention.see(model.question.as_ref(), now);
    bulk::dock_follows(model, &mut effects);
    model.settle();
    model.read_on(&mut effects);
    model.touch(quiet);
    model.keep_draft(false, &mut effects);
    if model.jobs.is_loaded() {
        let counts = model.jobs.counts();
        effects.extend(model.news.window(counts.sending + counts.queued + counts.running));
    }
    effects
}

fn press(model: &mut Model, event: KeyEvent, effects: &mut Vec<Effect>) {
    if event.kind == KeyEventKind::Release {
        return;
    }
    let key = Key::from(event);
    if model.asks() {
        return answer::answer(model, key, effects);
    }
    if model.picker.is_some() || model.line.is_some() {
        if model.picker.is_some() {
            pick::press(model, key, effects);
        } else {
            typed::press(model, key, effects);
        }
        // A question that waited for that comes up only now.
        let now = model.now();
        model.attention.begin_anew(now);
        return;
    }
    let scopes = model.scopes();
    let is_text = scopes.contains(&Scope::Text);
    match (key.printable(), model.keys.action(scopes, key)) {
        (Some(c), _) if is_text => type_char(model, c),
        // Beside the keys that mean something, the first character of a text begins it.
        (Some(c), action) if begins_text(model, action) => type_char(model, c),
        // Where nothing is seen, nothing is done but to leave.
        (_, Some(action)) if !view::is_seen(model.area()) => {
            if matches!(action, Action::Quit | Action::Stop | Action::Redraw) {
                press_action(model, action, effects);
            }
        }
        (_, Some(action)) => press_action(model, action, effects),
        _ => {}
    }
}

/// Does an action, or says why it cannot be done.
pub fn press_action(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let now = model.now();
    if let Some(words) = reading::still_read(model, action) {
        return model.tell(Tone::Warn, words);
    }
    if is_about_selected(model, action)
        && model.attention.is_for_row_before(now)
        && let Some(job) = model.jobs.selected()
    {
        let words = format!("the selection has just gone to job {}: press the key again", job.id);
        return model.tell(Tone::Warn, words);
    }
    match action.spec().map(|spec| spec.able(model)) {
        Some(Err(reason)) => model.tell(Tone::Warn, reason),
        _ => act::act(model, action, effects),
    }
}

/// Whether an action does something with the selected job, for no other is named, marked or shown.
fn is_about_selected(model: &Model, action: Action) -> bool {
    let job = action.spec().is_some_and(|spec| spec.scope == Scope::Job) || action == Action::Mark;
    job && model.page.is_none() && model.named.is_empty() && !model.jobs.has_marks()
}

/// Whether a printable key begins to fill in the focused text field, though it is not being edited: when
/// it means nothing else there.
fn begins_text(model: &Model, action: Option<Action>) -> bool {
    let here = model.page.is_none() && model.focus == Focus::Form && model.form.takes_text();
    let means = |action: Action| action.spec().is_some_and(|spec| spec.able(model).is_ok());
    here && !action.is_some_and(means)
}

fn type_char(model: &mut Model, c: char) {
    if model.form.type_char(c) == Edited::Full {
        model.tell(Tone::Warn, "this field is full");
    }
}

/// A paste is one edit, goes into a text field or nowhere, and answers no question but with no.
fn paste(model: &mut Model, pasted: &str) {
    if unsure::paste(model, pasted) || fill::paste_curl(model, pasted) || typed::paste(model, pasted) {
        return;
    }
    if let Some(picker) = &mut model.picker {
        return picker.insert(&clean_paste(pasted).0);
    }
    if model.question.take().is_some() || model.page.is_some() {
        return model.tell(Tone::Warn, "nothing was pasted: open a text field of the form first (press 1)");
    }
    if model.focus != Focus::Form || !model.form.takes_text() {
        return model.tell(Tone::Warn, "nothing was pasted: go to a text field of the form first (press 1)");
    }
    let (text, cut) = clean_paste(pasted);
    let edited = model.form.insert(&text);
    if edited == Edited::Full {
        model.tell(Tone::Warn, "the paste was cut off: this field is full");
    } else if cut {
        model.tell(Tone::Warn, format!("the paste was cut off after {} KiB", PASTE_LIMIT / 1024));
    }
}

/// A text was copied, or not: then it is shown, to be selected with the mouse.
fn copied(model: &mut Model, what: &str, way: Result<Copied, String>) {
    let text = model.copied.as_ref().map_or("", |(_, text)| text);
    let shown = match text.lines().count() {
        0 | 1 => String::new(),
        lines => format!(" ({lines} lines)"),
    };
    let key = model.keys.keys(Action::ShowCopied).next().map_or_else(String::new, |key| key.to_string());
    match way {
        Ok(Copied::Tmux) => {
            model.tell(Tone::Good, format!("copied to tmux and its terminal: {what}{shown}; {key} shows it"));
        }
        Ok(Copied::Osc52) => {
            model
                .tell(Tone::Good, format!("sent to the terminal's clipboard: {what}{shown}; {key} shows it"));
        }
        Err(fault)
            if model.form.is_editing() || model.asks() || model.picker.is_some() || model.line.is_some() =>
        {
            model.tell(
                Tone::Warn,
                format!("not copied, {key} shows it to be selected with the mouse: {fault}"),
            );
        }
        Err(fault) => {
            act::show_copied(model);
            model.tell(Tone::Warn, format!("not copied, select it with the mouse: {fault}"));
        }
    }
}

fn take(model: &mut Model, told: Update, effects: &mut Vec<Effect>) {
    match told {
        Update::Jobs(jobs) => {
            let open = [model.detail_id(), model.dock.as_ref().map(|dock| dock.id)];
            let has_changed =
                |id: &JobId| jobs.iter().any(|job| job.id == *id && model.jobs.get(*id) != Some(job));
            let again: BTreeSet<_> = open.into_iter().flatten().filter(has_changed).collect();
            let found = jobs.iter().find(|job| {
                let was = model.jobs.get(job.id).map(|known| known.state);
                was == Some(State::Unsure) && job.state == State::Submitted
            });
            let found = found.map(|job| format!("job {}: its task was found", job.id));
            let now = model.now();
            if model.jobs.is_loaded() {
                let mut news = std::mem::take(&mut model.news);
                let ours = jobs.iter().filter(|job| model.is_ours(job));
                let steps = ours.map(|job| (model.jobs.get(job.id), job));
                let told = news.take(steps, &model.facts.config.notify, now);
                // One process runs the user's program: the one that saw to the job.
                let runs = model.status.role == Role::Owner;
                effects.extend(told.into_iter().filter(|told| runs || !matches!(told, Effect::Run { .. })));
                model.news = news;
            }
            let started = model.started;
            let fresh = |job: &Job| job.last_polled_at.max(job.submitted_at).is_some_and(|at| at > started);
            model.heard |= jobs.iter().any(|job| model.is_ours(job) && fresh(job));
            model.jobs.take(jobs, now);
            if let Some(words) = found {
                model.tell(Tone::Good, words);
            }
            model.keep_promise();
            effects.extend(again.into_iter().map(|id| Effect::Command(Command::Inspect(id))));
        }
        Update::Memos(told) => model.take_memos(told),
        Update::Image { ticket, outcome } => {
            if let Some((Asked::Image { image, then_send }, _)) = model.asked.remove(&ticket) {
                fill::looked_at(model, &image, then_send, outcome, effects);
            }
        }
        Update::Loaded => {
            model.jobs.loaded();
            if model.mouse {
                effects.push(Effect::Mouse(true));
            }
        }
        Update::Found(found) => reading::found(model, found, effects),
        Update::News(ids, at) => {
            model.heard = true;
            model.jobs.news(&ids, at);
        }
        Update::Fetched { id, bytes, total } => model.jobs.fetched(id, bytes, total),
        Update::Detail(detail) => take_detail(model, &detail),
        Update::Answer { ticket, outcome } => take_answer(model, ticket, outcome),
        Update::Status(status) => take_status(model, status),
        Update::Usage { id, before, after } => {
            model.usage.insert(id, (before, after));
        }
        Update::MayStop => effects.push(Effect::Stop(Stop::Now)),
        Update::Reconciled { ticket, outcome } => unsure::reconciled(model, ticket, outcome),
        // The screen asks for neither.
        Update::Cancelled { .. } | Update::Imported { .. } => {}
        Update::Left => {
            model.tell(
                Tone::Bad,
                "the engine has ended: nothing is sent, polled or fetched any more; start Taxiway again",
            );
        }
    }
}

/// What goes nowhere without a word of the user's is told at the start, and held jobs ask for it: once the
/// journal is read, and what the last run left behind is settled.
fn ask_about_what_stands_still(model: &mut Model) {
    if model.asked_at_start || !model.jobs.is_loaded() || model.status.role == Role::Starting {
        return;
    }
    model.asked_at_start = true;
    // What is wrong with the config is graver.
    if model.blocked().is_some() {
        return;
    }
    let ours: Vec<_> = model.jobs.at_hand().filter(|job| model.is_ours(job)).collect();
    let held = ours.iter().filter(|job| job.state == State::Held && !job.waits_to_be_sent());
    let mut held: Vec<_> = held.map(|job| job.id).collect();
    held.sort_unstable();
    let unsure = ours.iter().filter(|job| job.state == State::Unsure).count();
    if unsure > 0 && model.toast.is_none() {
        model.tell(Tone::Warn, format!("{} unsure: a settles one", count(unsure, "job")));
    }
    if !held.is_empty() && model.facts.demo.is_none() && model.question.is_none() && !model.went {
        model.question = Some(Question::Held { ids: held, at_start: true });
    }
}

/// Who sends and polls is told when it changes.
fn take_status(model: &mut Model, status: Status) {
    let before = std::mem::replace(&mut model.status, status).role;
    ask_about_what_stands_still(model);
    if model.blocked().is_some() {
        return;
    }
    match (before, model.status.role) {
        (Role::Starting | Role::Owner, Role::View { owner }) => {
            let owner = owner.map_or_else(String::new, |pid| format!(" (process {pid})"));
            let words = format!("another Taxiway{owner} sends and polls; this one hands its jobs over");
            // A fault of the config is graver.
            if model.toast.as_ref().is_none_or(|toast| toast.tone != Tone::Bad) {
                model.tell(Tone::Good, words);
            }
        }
        (Role::View { .. }, Role::Owner) => {
            model.tell(Tone::Good, "this window sends and polls now");
        }
        _ => {}
    }
}

fn take_detail(model: &mut Model, detail: &Detail) {
    let open = match &mut model.page {
        Some(Page::Detail(page)) => Some(page),
        _ => None,
    };
    for page in open.into_iter().chain(&mut model.dock).filter(|page| page.id == detail.job.id) {
        page.told = Some(detail.clone());
    }
    model.jobs.read(vec![detail.job.clone()], &[]);
}

fn take_answer(model: &mut Model, ticket: Ticket, outcome: Result<Vec<JobId>, Problem>) {
    let Some((asked, left_out)) = model.asked.remove(&ticket) else { return };
    match outcome {
        Err(problem) if problem.code == "duplicate" && model.question.is_none() => {
            if let Asked::Send(order) = asked {
                model.question = Some(Question::Duplicate { order, told: problem.message });
            }
        }
        Err(problem) => {
            let hint = problem.hint.map_or_else(String::new, |hint| format!(" · {hint}"));
            let text = format!("{}{hint}", problem.message);
            model.log.note(model.facts.now, tracing::Level::ERROR, text.clone());
            model.tell(Tone::Bad, text);
        }
        Ok(ids) => {
            let jobs = match ids.as_slice() {
                [] => count(0, "job"),
                some => named(some),
            };
            let done = match &asked {
                Asked::Send(Order::New { .. }) => {
                    ids.iter().take(1).for_each(|first| model.jobs.select(*first));
                    let is = if ids.len() == 1 { "is" } else { "are" };
                    format!("{jobs} {is} in the journal and will be sent")
                }
                Asked::Send(Order::Held(_)) => format!("{jobs} will be sent"),
                Asked::Download => format!("the video of {jobs} will be fetched"),
                Asked::Drop => format!("dropped: {jobs}; nothing was spent"),
                Asked::Archive { archived: true } => {
                    model.archived.push(ids.clone());
                    format!("archived: {jobs}; u brings back")
                }
                Asked::Archive { archived: false } => {
                    model.archived.retain(|archived| *archived != ids);
                    format!("back in sight: {jobs}")
                }
                Asked::Tag => format!("labels changed: {jobs}"),
                // They answer in words of their own.
                Asked::Image { .. }
                | Asked::Reconcile
                | Asked::Line(_)
                | Asked::Mark
                | Asked::DownloadAll => return,
                Asked::Adopt => format!("{jobs} has its task again: the service is asked about it"),
                Asked::Resolve => format!("{jobs} is taken as never created; nothing was spent on it"),
            };
            let done = done + &left_out.map_or_else(String::new, |words| format!("; {words}"));
            match (asked, ids.as_slice()) {
                (Asked::Send(_), [one]) => {
                    model.promise(*one, done);
                    model.keep_promise();
                }
                _ => model.tell(Tone::Good, done),
            }
        }
    }
}

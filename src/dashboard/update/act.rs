//! What actions do, and what answers to questions do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    super::{
        Effect, Model, Stop,
        actions::Action,
        form::{Kind, SUBMIT},
        key::Key,
        model::{Asked, Focus},
        page::{DetailPage, Page},
        question::{Order, Question, Tone, UNREAD, leaving},
        text::count,
        unsure::{self, Unsure},
        view,
    },
    submit,
};
use crate::engine::{Command, Role, Ticket};

/// Does an action that can be done.
pub fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Submit => submit::submit(model, effects),
        Action::FocusForm => go(model, Focus::Form),
        Action::FocusJobs => go(model, Focus::Jobs),
        Action::FocusLog => go(model, Focus::Log),
        Action::Next => next(model),
        Action::Previous => previous(model),
        Action::Help => model.page = Some(Page::Help { top: 0 }),
        Action::Quit => quit(model, effects),
        Action::Stop => {
            if model.status.role == Role::Owner && model.status.posting > 0 {
                model.tell(
                    Tone::Warn,
                    "a request is on its way: Taxiway stops as soon as its id is stored, and goes on till then",
                );
            }
            effects.push(Effect::Stop(Stop::Ask));
        }
        Action::Redraw => {
            model.forget_shown();
            effects.push(Effect::Redraw);
        }
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
            scroll(model, action);
        }
        Action::PollNow => {
            effects.push(Effect::Command(Command::PollNow(Vec::new())));
            let words = match model.tasks_under_way() {
                0 => "sending is allowed again: the next request tells whether it is taken".into(),
                tasks => format!("asking the service about {}", count(tasks, "task")),
            };
            model.tell(Tone::Good, words);
        }
        Action::Open => open(model, effects),
        Action::Send => submit::send_held(model, effects),
        Action::Download => {
            if let Some(id) = model.job_here().map(|job| job.id) {
                let ticket = model.ticket(Asked::Download);
                effects.push(Effect::Command(Command::Download { ticket, ids: vec![id] }));
            }
        }
        Action::Drop => model.question = model.job_here().map(|job| Question::Drop(job.id)),
        Action::Adopt => {
            model.question = model.job_here().map(|job| Question::Unsure(Unsure::new(job.id)));
        }
        Action::Close => model.page = None,
        _ => fill_in(model, action, effects),
    }
}

/// Actions of the form.
fn fill_in(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let at = model.form.at();
    let editing = model.form.is_editing();
    match action {
        Action::FieldUp => model.form.go(at.saturating_sub(1), false),
        Action::FieldDown => model.form.go(at + 1, false),
        Action::ChoiceBack | Action::TextPreviousName => model.form.choose(true, &model.facts.config.models),
        Action::ChoiceNext | Action::TextNextName => model.form.choose(false, &model.facts.config.models),
        Action::Enter if at == SUBMIT => submit::submit(model, effects),
        Action::Enter if model.form.takes_text() => model.form.enter(),
        Action::Enter | Action::TextEnter => model.form.go(at + 1, true),
        Action::TextLeave => model.form.leave(),
        Action::TextNewline => {
            model.form.insert("\n");
        }
        Action::TextUp if !moves_in_text(model, action) => model.form.go(at.saturating_sub(1), editing),
        Action::TextDown if !moves_in_text(model, action) => model.form.go(at + 1, editing),
        Action::TextUp | Action::TextDown => {}
        action => {
            model.form.edit(action);
        }
    }
}

/// Up and down move inside the prompt as far as it goes.
fn moves_in_text(model: &mut Model, action: Action) -> bool {
    model.form.field().is_some_and(|spec| spec.kind == Kind::Prompt) && model.form.edit(action)
}

fn go(model: &mut Model, focus: Focus) {
    if model.focus == focus && model.page.is_none() {
        return;
    }
    model.form.leave();
    model.page = None;
    model.focus = focus;
    model.went = true;
}

fn next(model: &mut Model) {
    let at = model.form.at();
    match model.focus {
        Focus::Form if at < SUBMIT && model.page.is_none() => model.form.go(at + 1, true),
        Focus::Form => go(model, Focus::Jobs),
        Focus::Jobs => go(model, Focus::Log),
        Focus::Log => {
            go(model, Focus::Form);
            model.form.go(0, true);
        }
    }
}

fn previous(model: &mut Model) {
    let at = model.form.at();
    match model.focus {
        Focus::Form if at > 0 && model.page.is_none() => model.form.go(at - 1, true),
        Focus::Form => go(model, Focus::Log),
        Focus::Log => go(model, Focus::Jobs),
        Focus::Jobs => {
            go(model, Focus::Form);
            model.form.go(SUBMIT, false);
        }
    }
}

fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(id) = model.jobs.selected().map(|job| job.id) {
        model.page = Some(Page::Detail(Box::new(DetailPage { id, told: None, top: 0 })));
        effects.push(Effect::Command(Command::Inspect(id)));
    }
}

fn scroll(model: &mut Model, action: Action) {
    let area = model.area();
    let page = |height: usize| isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1);
    let lines = |height: usize| match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page(height),
        Action::PageDown => page(height),
        Action::Top => isize::MIN,
        _ => isize::MAX,
    };
    if let Some(open) = &model.page {
        let (top, most) = (open.top(), view::page_scroll(model, area));
        let top = top.saturating_add_signed(lines(view::page_height(model, area))).min(most);
        if let Some(open) = &mut model.page {
            open.set_top(top);
        }
    } else if model.focus == Focus::Log {
        model.log.scroll(lines(view::log_height(model, area)));
    } else {
        model.jobs.move_by(lines(view::table_rows(model, area)));
    }
}

/// Leaves at once, or asks.
fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.question, Some(Question::Leave)) || leaving(model).is_empty() {
        effects.push(Effect::Leave);
    } else {
        model.question = Some(Question::Leave);
    }
}

/// A key while a question stands: only the keys it names say yes, every other one says no.
pub fn answer(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let quits = key == typed('q') || key == control('c');
    let yes = key == typed('y');
    if let (true, Some(Question::Send(ask))) = (yes, &model.question)
        && !view::shows_request(model, ask)
    {
        // The question says why, and waits for a larger window.
        return;
    }
    let now = model.now();
    if let Some(Question::Duplicate { since, .. } | Question::Held { since, .. }) = &mut model.question
        && now.duration_since(*since) < UNREAD
    {
        // A key that is held down repeats far quicker than that, and says nothing until it is let go.
        *since = now;
        return;
    }
    match model.question.take() {
        Some(Question::Leave) if yes || quits => effects.push(Effect::Leave),
        Some(Question::Send(ask)) if yes => submit::send(model, *ask, effects),
        Some(Question::Drop(id)) if yes => {
            let ticket = model.ticket(Asked::Drop);
            effects.push(Effect::Command(Command::Drop { ticket, ids: vec![id] }));
        }
        Some(Question::Held { ids, .. }) if yes => submit::give(model, Order::Held(ids), false, effects),
        Some(Question::Held { ids, .. }) => {
            model.tell(Tone::Good, format!("{} held: r sends one, x gives it up", count(ids.len(), "job")));
        }
        Some(Question::Unsure(asked)) => unsure::answer(model, asked, key, effects),
        Some(Question::Duplicate { order, .. }) if yes => submit::give(model, order, true, effects),
        Some(Question::Send(_) | Question::Duplicate { .. }) => {
            model.tell(Tone::Good, "not sent; nothing was spent");
        }
        _ => {}
    }
}

fn typed(c: char) -> Key {
    KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE).into()
}

fn control(c: char) -> Key {
    KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL).into()
}

impl Model {
    /// A ticket for a command whose answer is awaited.
    pub(in crate::dashboard) fn ticket(&mut self, asked: Asked) -> Ticket {
        self.last_ticket += 1;
        self.asked.insert(self.last_ticket, asked);
        self.last_ticket
    }
}

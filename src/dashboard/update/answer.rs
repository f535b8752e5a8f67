//! What answers to questions do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    super::{
        Effect, Model,
        actions::{Action, Scope},
        attention::Heard,
        key::Key,
        line::{Kind as LineKind, Line},
        model::Asked,
        picker::Kind as PickerKind,
        question::{Order, Question, Tone, place_of_key},
        text::count,
        unsure, view,
    },
    act, fill, pick, submit,
};
use crate::engine::{Command, Ticket};

/// A key while a question stands: only the keys it names say yes, every other one says no.
pub fn answer(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let quits = key == typed('q') || key == control('c');
    let yes = key == typed('y');
    if let (true, Some(asked)) = (yes, &model.question)
        && !view::shows_question(model, asked)
    {
        // It waits for a larger window: nobody says yes to what is not seen.
        return;
    }
    let now = model.now();
    match model.attention.hear(yes, now) {
        Heard::Answer => settle(model, (yes, quits), key, effects),
        Heard::Yes => {}
        Heard::Nothing => {
            model.tell(Tone::Warn, "too soon to be an answer: press it again");
        }
    }
}

/// The yes that was typed to a question that binds counts.
pub fn say_yes(model: &mut Model, effects: &mut Vec<Effect>) {
    settle(model, (true, false), typed('y'), effects);
}

fn settle(model: &mut Model, (yes, quits): (bool, bool), key: Key, effects: &mut Vec<Effect>) {
    if !yes {
        model.left_out = None;
    }
    match model.question.take() {
        Some(Question::Leave) if yes || quits => act::leave(model, effects),
        Some(Question::Send(ask)) if yes => submit::send(model, *ask, effects),
        Some(Question::Drop(ids)) if yes => {
            let ticket = model.ticket(Asked::Drop);
            effects.push(Effect::Command(Command::Drop { ticket, ids }));
        }
        Some(Question::Replace(name)) => {
            if !yes {
                // Another name may do.
                model.line = Some(Line::new(LineKind::Preset, &name));
            } else if let Err(fault) = fill::save_preset(model, &name, true, effects) {
                model.tell(Tone::Warn, fault);
            }
        }
        Some(Question::Forget(name)) => {
            let outcome = if yes { fill::forget_preset(model, &name, effects) } else { Ok(()) };
            if let Err(fault) = outcome {
                model.tell(Tone::Warn, fault);
            }
            if !model.memos.presets().is_empty() {
                pick::open(model, PickerKind::Presets);
            }
        }
        Some(Question::Held { ids, .. }) if yes => submit::give(model, Order::Held(ids), false, effects),
        Some(Question::Held { ids, .. }) => {
            model.tell(Tone::Good, format!("{} held: r sends one, x drops it", count(ids.len(), "job")));
        }
        Some(Question::Unsure(asked)) => unsure::answer(model, asked, key, effects),
        Some(Question::KeepKey(_)) if quits || key == escape() => {
            model.tell(Tone::Good, "the key was thrown away");
        }
        Some(Question::KeepKey(key)) => {
            model.keep_draft(true, effects);
            let keep = yes && place_of_key(&model.facts.config).is_ok();
            effects.push(Effect::UseKey { key, keep });
        }
        Some(Question::Duplicate { order, .. }) if yes => submit::give(model, order, true, effects),
        Some(Question::Send(_) | Question::Duplicate { .. }) => {
            model.tell(Tone::Good, "not sent; nothing was spent");
        }
        // The one key that the panel names.
        Some(Question::Blocked) if takes_key(model, key) => {
            super::press_action(model, Action::EnterKey, effects);
        }
        _ => {}
    }
}

fn takes_key(model: &Model, key: Key) -> bool {
    model.keys.action(&[Scope::Anywhere], key) == Some(Action::EnterKey)
}

fn escape() -> Key {
    KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE).into()
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
        self.asked.insert(self.last_ticket, (asked, self.left_out.take()));
        self.last_ticket
    }
}

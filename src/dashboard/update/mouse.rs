//! The mouse: a click selects and gives the focus, the wheel scrolls. Nothing is done by dragging.

use super::{
    super::{
        Effect, Model, MouseKind,
        model::Focus,
        view::{self, Place},
    },
    act, pick, press_action,
};
use crate::dashboard::actions::Action;

/// So many lines a turn of the wheel scrolls.
const WHEEL: usize = 3;

/// What a click or a turn of the wheel does. Questions are answered with keys only.
pub fn mouse(model: &mut Model, kind: MouseKind, (column, row): (u16, u16), effects: &mut Vec<Effect>) {
    if !model.mouse || model.asks() {
        return;
    }
    let place = view::place_at(model, model.area(), column, row);
    match kind {
        MouseKind::Press => press(model, place, effects),
        MouseKind::WheelUp => wheel(model, place, Action::Up, effects),
        MouseKind::WheelDown => wheel(model, place, Action::Down, effects),
    }
}

fn press(model: &mut Model, place: Place, effects: &mut Vec<Effect>) {
    match place {
        Place::Picker(row) => pick::press_row(model, row, effects),
        // A click beside an open list closes it.
        _ if model.picker.is_some() => model.picker = None,
        _ if model.line.is_some() => {}
        Place::Row(row) => {
            act::go(model, Focus::Jobs);
            model.jobs.select_shown(row);
        }
        Place::Field(at) => {
            act::go(model, Focus::Form);
            model.form.go(at, false);
        }
        Place::Pane(focus) => act::go(model, focus),
        Place::Page | Place::Nowhere => {}
    }
}

fn wheel(model: &mut Model, place: Place, action: Action, effects: &mut Vec<Effect>) {
    if model.picker.is_some() || model.line.is_some() {
        return;
    }
    let over = match place {
        Place::Row(_) => Focus::Jobs,
        Place::Pane(focus @ (Focus::Jobs | Focus::Log)) => focus,
        Place::Page => model.focus,
        _ => return,
    };
    // What is under the pointer scrolls; the keys stay where they are.
    let focus = std::mem::replace(&mut model.focus, over);
    for _ in 0..WHEEL {
        press_action(model, action, effects);
    }
    model.focus = focus;
}

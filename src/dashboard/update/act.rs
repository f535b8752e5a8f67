//! What actions do.

use super::{
    super::{
        Effect, Model, Stop,
        actions::Action,
        line::{Kind as LineKind, Line},
        model::Focus,
        page::{DetailPage, Page, TextPage},
        picker::Kind as PickerKind,
        question::{Question, Tone},
        unsure::Unsure,
        view,
    },
    bulk, fill, log, pick, submit,
};
use crate::{
    engine::{Command, Role},
    job::JobId,
};

/// Does an action that can be done.
pub fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Submit => submit::submit(model, effects),
        Action::FocusForm => go(model, Focus::Form),
        Action::FocusJobs => go(model, Focus::Jobs),
        Action::FocusLog => go(model, Focus::Log),
        Action::Next => fill::next(model),
        Action::Previous => fill::previous(model),
        Action::Help => model.page = Some(Page::Help { top: 0 }),
        Action::Palette => pick::open(model, PickerKind::Palette),
        Action::CommandLine => model.line = Some(Line::new(LineKind::Command, "")),
        Action::Presets => pick::open(model, PickerKind::Presets),
        Action::SavePreset => model.line = Some(Line::new(LineKind::Preset, "")),
        Action::EnterKey => model.line = Some(Line::new(LineKind::Key, "")),
        Action::EditPrompt => {
            model.form.leave();
            effects.push(Effect::Edit(model.form.draft().prompt));
        }
        Action::CheckImage => {
            let image = model.form.draft().image.trim().to_string();
            submit::look_at_image(model, image, None, effects);
        }
        Action::BringBack => {
            model.form.bring_back();
            go(model, Focus::Form);
            model.tell(Tone::Good, "the form is as it was before it was filled; once more changes back");
        }
        Action::Zoom => model.zoom = !model.zoom,
        Action::Mouse => mouse(model, !model.mouse, effects),
        Action::Reload => effects.push(Effect::Reload),
        Action::Quit => quit(model, effects),
        Action::Stop => stop(model, effects),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::PageOn
        | Action::Top
        | Action::Bottom => scroll(model, action),
        Action::Open => open_selected(model, effects),
        Action::PageFind => {
            let before = model.sought.clone();
            model.line = Some(Line::new(LineKind::Find, &before));
        }
        Action::NextJob => neighbour(model, 1, effects),
        Action::PreviousJob => neighbour(model, -1, effects),
        Action::Close => model.page = None,
        Action::Adopt => {
            let id = model.targets().first().map(|job| job.id);
            model.question = id.map(|id| Question::Unsure(Unsure::new(id)));
        }
        Action::Clone => fill::clone_job(model),
        Action::Copy => pick::open(model, PickerKind::Copy),
        Action::ShowCopied => show_copied(model),
        Action::LogSearch
        | Action::LogNext
        | Action::LogPrevious
        | Action::LogLevel
        | Action::LogJob
        | Action::LogWrap
        | Action::LogClear => log::act(model, action),
        Action::PollNow
        | Action::Filter
        | Action::Sort
        | Action::SortTurn
        | Action::Mark
        | Action::MarkRange
        | Action::MarkAll
        | Action::Fold
        | Action::Clear
        | Action::Undo
        | Action::Dock
        | Action::Send
        | Action::Download
        | Action::Drop
        | Action::Archive
        | Action::Tag => bulk::act(model, action, effects),
        _ => fill::act(model, action, effects),
    }
}

/// Gives a pane the keys.
pub fn go(model: &mut Model, focus: Focus) {
    if model.focus == focus && model.page.is_none() {
        return;
    }
    model.form.leave();
    model.page = None;
    model.focus = focus;
    model.went = true;
}

/// Switches the mouse on or off.
pub fn mouse(model: &mut Model, on: bool, effects: &mut Vec<Effect>) {
    model.mouse = on;
    effects.push(Effect::Mouse(on));
    let words = if on {
        "the mouse selects rows and panes, the wheel scrolls; m gives it back to the terminal"
    } else {
        "the mouse is the terminal's own again, to select text"
    };
    model.tell(Tone::Good, words);
}

fn stop(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.status.role == Role::Owner && model.status.posting > 0 {
        model.tell(
            Tone::Warn,
            "a request is on its way: Taxiway stops as soon as its id is stored, and goes on till then",
        );
    }
    effects.push(Effect::Stop(Stop::Ask));
}

/// Shows all about a job.
pub fn open(model: &mut Model, id: JobId, effects: &mut Vec<Effect>) {
    model.page = Some(Page::Detail(Box::new(DetailPage { id, told: None, top: 0 })));
    effects.push(Effect::Command(Command::Inspect(id)));
}

fn open_selected(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(id) = model.jobs.selected_id() {
        open(model, id, effects);
    }
}

/// The detail view goes to another row.
fn neighbour(model: &mut Model, rows: isize, effects: &mut Vec<Effect>) {
    if matches!(model.page, Some(Page::Detail(_))) {
        model.jobs.move_by(rows);
        open_selected(model, effects);
    }
}

/// Shows alone what was copied last.
pub fn show_copied(model: &mut Model) {
    if let Some((title, text)) = model.copied.clone() {
        model.page = Some(Page::Text(TextPage { title, text, top: 0 }));
    }
}

fn scroll(model: &mut Model, action: Action) {
    let area = model.area();
    let page = |height: usize| isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1);
    let lines = |height: usize| match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page(height),
        Action::PageDown | Action::PageOn => page(height),
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
    if matches!(model.question, Some(Question::Leave)) || model.leaving().is_empty() {
        leave(model, effects);
    } else {
        model.question = Some(Question::Leave);
    }
}

/// Leaves; the form is kept first.
pub fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    model.keep_draft(true, effects);
    effects.push(Effect::Leave);
}

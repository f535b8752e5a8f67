//! The last line: the keys that mean something now, or what is being typed.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
};

use super::{
    super::{
        Model,
        actions::{ACTIONS, Action, ActionSpec, Scope},
        key::Key,
        line::{Kind, Line as TypedLine},
        model::Focus,
        picker::{Kind as PickerKind, Picker},
        question::{Question, place_of_key},
        text,
        unsure::{Stage, Unsure},
        update::able,
    },
    ask,
    layout::Layout,
    put, text_box,
    theme::{Theme, bold},
};
use crate::job::{Field, Job};

/// What is being typed, with its note above; says where the cursor stands.
pub fn line(theme: Theme, line: &TypedLine, layout: &Layout, buffer: &mut Buffer) -> Option<Position> {
    let area = layout.footer;
    let width = usize::from(area.width);
    let sign = text::cut(&line.sign(), width / 2);
    put(buffer, area, area.y, &Line::styled(text::fit("", width), Style::new()));
    put(buffer, area, area.y, &Line::styled(sign.clone(), theme.focus));
    if layout.message != layout.footer {
        let note = line.note.clone().unwrap_or_else(|| keys_of(&line.kind).into());
        let style = if line.note.is_some() { theme.warn } else { theme.dim };
        put(buffer, layout.message, layout.message.y, &Line::styled(text::fit(&note, width), style));
    }
    let used = u16::try_from(text::width(&sign)).ok()?;
    let field = Rect { x: area.x + used, width: area.width.saturating_sub(used), ..area };
    if field.width == 0 {
        return None;
    }
    if line.kind == Kind::Key {
        // Nothing of it is shown, not even how long it is.
        let words = if line.text().is_empty() { "" } else { "typed; Enter takes it" };
        put(buffer, field, field.y, &Line::styled(words, theme.dim));
        return Some(field.as_position());
    }
    Some(text_box::draw(line.area(), field, buffer))
}

fn keys_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Filter { .. } => "cat state:failed age:<2h !veo · Tab completes · Enter keeps · Esc undoes",
        Kind::Command => "send 3, clone 4 --seed 7, preset save NAME, … · Tab completes · Esc closes",
        Kind::Search => "Enter finds, then n and N go on · Esc closes",
        Kind::Find => "Enter goes to the next line that holds it · Esc closes",
        Kind::Tags(_) => "labels with blanks between; -label takes one away · Enter · Esc closes",
        Kind::Preset => "a name for this form; Alt-T lists them · Enter keeps · Esc closes",
        Kind::Key => "type or paste it; nothing of it is shown · Enter takes it · Esc closes",
    }
}

/// The keys that mean something now; `scrolls` tells whether the open page goes on below.
pub fn draw(model: &Model, layout: &Layout, scrolls: bool, buffer: &mut Buffer) {
    if model.toast.is_some() && model.question.is_none() && layout.message == layout.footer {
        return;
    }
    let mut hints = hints(model, layout, scrolls);
    let width = usize::from(layout.footer.width);
    let needed = |hints: &[(String, &str)]| -> usize {
        hints.iter().map(|(key, word)| text::width(key) + 1 + text::width(word) + 2).sum()
    };
    while needed(&hints) > width + 2 && hints.len() > 1 {
        let spare = spare(model, &hints);
        hints.remove(spare);
    }
    let spans = hints.into_iter().flat_map(|(key, word)| {
        [Span::styled(key, bold()), Span::styled(format!(" {word}  "), model.theme.dim)]
    });
    put(buffer, layout.footer, layout.footer.y, &spans.collect::<Line>());
}

/// Below this width not even the keys of the place fit beside the lasting ones.
const NARROW: u16 = 60;

/// The hint that goes first where not all fit; there are two at least.
fn spare(model: &Model, hints: &[(String, &str)]) -> usize {
    let last = hints.len() - 1;
    if model.picker.is_some() {
        // How to close it stays.
        return last - 1;
    }
    if model.question.is_some() {
        // Of the answers it is yes that stays.
        return last;
    }
    // Help, the list of all actions, and leave go last, and with them how to enter a key that is wanted; on a
    // page the way back goes after them.
    let kept = 3 + usize::from(hints.iter().any(|(_, word)| *word == "enter key"));
    // In a narrow window two keys of the place are worth more than the list of all.
    if model.facts.size.0 < NARROW && hints.len() <= kept + 2 {
        let all_actions = hints.iter().position(|(_, word)| *word == "all actions");
        return all_actions.unwrap_or(last.saturating_sub(2));
    }
    let first = usize::from(model.page.is_some());
    last.saturating_sub(kept).max(first).min(last)
}

fn hints(model: &Model, layout: &Layout, scrolls: bool) -> Vec<(String, &'static str)> {
    if let Some(picker) = &model.picker {
        return picker_hints(picker);
    }
    match &model.question {
        Some(Question::Send(ask)) if !ask::shows_request(model, ask, layout) => {
            return vec![("any key but y".into(), "back")];
        }
        Some(Question::Send(ask)) if ask::is_over_budget(model, ask) => {
            return vec![("y".into(), "try all the same"), ("other keys".into(), "back")];
        }
        Some(Question::Send(_) | Question::Duplicate { .. }) => {
            return vec![("y".into(), "send"), ("other keys".into(), "do not send")];
        }
        Some(Question::Held { .. }) => {
            return vec![("y".into(), "send all"), ("other keys".into(), "leave them held")];
        }
        Some(Question::Leave) => return vec![("y".into(), "leave"), ("other keys".into(), "stay")],
        Some(Question::Replace(_)) => return vec![("y".into(), "replace it"), ("other keys".into(), "back")],
        Some(Question::Forget(_)) => {
            return vec![("y".into(), "throw it away"), ("other keys".into(), "keep")];
        }
        Some(Question::Drop(_)) => return vec![("y".into(), "drop"), ("other keys".into(), "keep")],
        Some(Question::Unsure(asked)) => return unsure_hints(model, asked),
        Some(Question::KeepKey(_)) if place_of_key(&model.facts.config).is_err() => {
            return vec![("y".into(), "use it"), ("Esc".into(), "throw it away")];
        }
        Some(Question::KeepKey(_)) => {
            return vec![
                ("y".into(), "keep it"),
                ("Esc".into(), "throw it away"),
                ("other keys".into(), "this run only"),
            ];
        }
        Some(Question::Blocked) if able::enter_key(model).is_ok() => {
            return vec![("K".into(), "enter a key"), ("other keys".into(), "back")];
        }
        Some(Question::Blocked) => return vec![("any key".into(), "back")],
        None => {}
    }
    let mut scopes = model.scopes().to_vec();
    let in_text = scopes.contains(&Scope::Text);
    let marking = scopes.contains(&Scope::Table) && model.jobs.has_marks();
    if marking {
        // What can be done with marked jobs is what they were marked for.
        scopes.sort_by_key(|scope| *scope != Scope::Job);
    }
    let valid = |spec: &&ActionSpec| {
        let here = match spec.action {
            Action::FocusForm => model.focus != Focus::Form,
            Action::FocusJobs => model.focus != Focus::Jobs,
            Action::FocusLog => model.focus != Focus::Log,
            Action::Presets => model.focus == Focus::Form && model.page.is_none(),
            // It turns round there; the choices are in sight.
            Action::OpenList => model.form.field().is_some_and(|spec| spec.field != Field::Watermark),
            Action::PageOn => scrolls,
            _ => true,
        };
        here && !spec.hint.is_empty() && spec.able(model).is_ok()
    };
    let of_scope = |scope: &Scope| {
        let scope = *scope;
        ACTIONS.iter().filter(move |spec| spec.scope == scope)
    };
    let shown = scopes.iter().flat_map(of_scope).filter(valid);
    let mut hints: Vec<_> =
        shown.filter_map(|spec| Some((key_here(model, spec, in_text)?, spec.hint))).collect();
    if model.page.is_none() && model.focus == Focus::Log && !model.log.follows() {
        let key = model.keys.keys(Action::Bottom).next();
        hints.splice(0..0, key.map(|key| (key.to_string(), "follow")));
    }
    if let Some((at, words)) = clear_hint(model, &scopes) {
        let key = model.keys.keys(Action::Clear).next();
        hints.splice(at..at, key.map(|key| (key.to_string(), words)));
    }
    if let Some(enter) = enter_hint(model) {
        hints.insert(0, ("Enter".into(), enter));
    }
    hints
}

/// How marks or a filter are taken away, and after how many other hints that stands.
fn clear_hint(model: &Model, scopes: &[Scope]) -> Option<(usize, &'static str)> {
    match () {
        () if !scopes.contains(&Scope::Table) => None,
        () if model.jobs.has_marks() || model.jobs.has_hidden_marks() => Some((0, "unmark")),
        // One job's detail is more often wanted.
        () if !model.filter.is_empty() => Some((1, "all jobs")),
        () => None,
    }
}

fn picker_hints(picker: &Picker) -> Vec<(String, &'static str)> {
    let hints: &[_] = match picker.kind {
        PickerKind::Copy => &[("letter", "copies"), ("Enter", "copies the marked line"), ("Esc", "back")],
        PickerKind::Presets => {
            &[("Enter", "fills the form"), ("type", "narrows"), ("Del", "throws away"), ("Esc", "back")]
        }
        _ if picker.ticks() => &[("Enter", "takes"), ("Space", "ticks several"), ("Esc", "back")],
        _ => &[("Enter", "takes"), ("type", "narrows"), ("Up/Down", "move"), ("Esc", "back")],
    };
    hints.iter().map(|(key, word)| ((*key).into(), *word)).collect()
}

fn unsure_hints(model: &Model, asked: &Unsure) -> Vec<(String, &'static str)> {
    let found = model.candidates.get(&asked.id).map_or(0, Vec::len);
    let hints: &[_] = match asked.stage {
        Stage::Ways if found > 0 => {
            &[("digit", "picks"), ("i", "types an id"), ("n", "none was created"), ("other keys", "back")]
        }
        Stage::Ways if !model.jobs.get(asked.id).is_some_and(Job::is_unsettled) => {
            &[("i", "type its task id"), ("l", "look it up"), ("other keys", "back")]
        }
        Stage::Ways => &[
            ("i", "type its task id"),
            ("n", "none was created"),
            ("l", "look it up"),
            ("other keys", "back"),
        ],
        Stage::TaskId(_) => &[("Enter", "take it"), ("Esc", "back")],
        Stage::NotCreated => &[("y", "none was created"), ("other keys", "back")],
    };
    hints.iter().map(|(key, word)| ((*key).into(), *word)).collect()
}

/// The key to name: outside text a plain one, in text one that types no character.
fn key_here(model: &Model, spec: &ActionSpec, in_text: bool) -> Option<String> {
    let keys: Vec<_> = model.keys.keys(spec.action).collect();
    let plain = |key: &&Key| if in_text { key.printable().is_none() } else { key.is_plain() };
    let usable = |key: &&Key| !in_text || key.printable().is_none();
    keys.iter().find(plain).or_else(|| keys.iter().find(usable)).map(ToString::to_string)
}

fn enter_hint(model: &Model) -> Option<&'static str> {
    let outside = model.page.is_none() && model.focus == Focus::Form && !model.form.is_editing();
    outside.then(|| match (model.form.field(), model.form.takes_text()) {
        (None, _) => "send form",
        (_, true) => "edit",
        _ => "next field",
    })
}

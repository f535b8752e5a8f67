//! What stands around the panes: header, banner, message line, footer.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    super::{
        Model,
        actions::{ACTIONS, Action, ActionSpec, Scope},
        job_text::state_text,
        key::Key,
        line::{Kind, Line as TypedLine},
        model::Focus,
        page::Page,
        picker::{Kind as PickerKind, Picker},
        question::{Question, Tone},
        text,
        unsure::{Stage, Unsure},
        update::able,
    },
    layout::Layout,
    put, question, text_box,
    theme::{Theme, bold, rule},
};
use crate::{
    engine::Role,
    job::{Field, Job, Spend},
};

/// The one line of a window that is too small.
pub fn too_small(theme: Theme, area: Rect, buffer: &mut Buffer) {
    let words = "too small: Taxiway needs 20 columns and 5 rows; the work goes on";
    let lines = text::wrap(words, usize::from(area.width));
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        put(buffer, area, y, &Line::styled(line, theme.warn));
    }
}

/// What program this is, on which service, in what role; how many jobs stand where. Where that is too
/// much, the least important goes first, and only names of places are cut.
pub fn header(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    let width = usize::from(layout.header.width);
    let warn = theme.warn;
    let counts = model.jobs.counts();
    let mut parts = vec![Part::new(2, "Taxiway", bold())];
    if model.facts.demo.is_some() {
        parts.push(Part::new(0, "DEMO", warn.add_modifier(Modifier::BOLD)));
    }
    parts.extend(role(model).map(|role| Part::new(2, role, warn)));
    let at_left = parts.len();
    let all = [
        (3, counts.running, "running"),
        (4, counts.sending, "sending"),
        (4, counts.queued, "queued"),
        (5, counts.held, "held"),
        (1, counts.unsure, "unsure"),
    ];
    let some = all.into_iter().filter(|(_, n, _)| *n > 0);
    parts.extend(some.map(|(rank, n, word)| Part::new(rank, format!("{n} {word}"), Style::new())));
    parts.extend(spent_today(model).map(|words| Part::new(6, words, Style::new())));
    if parts.len() == at_left {
        parts.push(Part::new(3, "nothing under way", Style::new()));
    }
    parts.extend(network(model).map(|words| Part::new(7, words, Style::new())));
    choose(&mut parts, width);
    let counts: Vec<_> = parts.split_off(at_left).into_iter().filter(|part| part.shown).collect();
    let counts = counts.iter().map(|part| part.words.as_str()).collect::<Vec<_>>().join(" · ");
    parts.retain(|part| part.shown);
    let mut spans: Vec<_> =
        parts.into_iter().flat_map(|part| [Span::styled(part.words, part.style), Span::raw("  ")]).collect();
    let used: usize = spans.iter().map(|span| text::width(&span.content)).sum();
    let mut left = width.saturating_sub(used + text::width(&counts));
    if left > LEAST_PLACE && (width >= 60 || model.facts.demo.is_some()) {
        let place = place(model, left - 2);
        left = left.saturating_sub(text::width(&place));
        spans.push(Span::styled(place, theme.dim));
    }
    spans.push(Span::raw(" ".repeat(left)));
    spans.push(Span::raw(counts));
    put(buffer, layout.header, layout.header.y, &Line::from(spans));
}

/// Whether the service answers, where it is asked.
fn network(model: &Model) -> Option<String> {
    let status = &model.status;
    let asks = status.role == Role::Owner && model.blocked().is_none() && model.facts.demo.is_none();
    let words = match (&status.network, &status.paused) {
        (Some(_), _) => "offline".into(),
        (_, Some(_)) => "paused".into(),
        _ if !model.heard => return None,
        _ => "online".into(),
    };
    asks.then_some(words)
}

/// A place's name is not shown in so few cells.
const LEAST_PLACE: usize = 12;

/// A word or two of the header.
struct Part {
    /// What goes last has the lowest.
    rank: u8,
    words: String,
    style: Style,
    shown: bool,
}

impl Part {
    fn new(rank: u8, words: impl Into<String>, style: Style) -> Self {
        Self { rank, words: words.into(), style, shown: false }
    }
}

/// Shows the parts that go into the width, the lowest ranks first.
fn choose(parts: &mut [Part], width: usize) {
    let mut order: Vec<_> = parts.iter_mut().collect();
    order.sort_by_key(|part| part.rank);
    let mut left = width;
    for part in order {
        // With the gap after it, or the sign between two counts; the last has none.
        let cells = text::width(&part.words);
        part.shown = cells <= left;
        left = left.saturating_sub(if part.shown { cells + 3 } else { 0 });
    }
}

/// Where jobs go: the service, or the folder of a demo.
fn place(model: &Model, room: usize) -> String {
    if let Some(folder) = &model.facts.demo {
        let words = format!("files in {folder}");
        return if text::width(&words) <= room { words } else { text::cut_left(folder, room) };
    }
    let service = &model.facts.config.service;
    let service = service.strip_prefix("https://").unwrap_or(service);
    text::cut(&format!("{} · {service}", model.facts.config.profile), room)
}

fn role(model: &Model) -> Option<String> {
    match model.status.role {
        _ if model.facts.read_only => Some("read-only".into()),
        Role::ReadOnly => Some("read-only".into()),
        _ if model.account.is_none() && model.facts.config.faults.is_empty() => Some("no key".into()),
        Role::View { owner: Some(pid) } => Some(format!("view (process {pid} sends)")),
        // The banner tells of the faults.
        Role::View { owner: None } if !model.facts.config.faults.is_empty() => None,
        Role::View { owner: None } => Some("view".into()),
        Role::Owner | Role::Starting => None,
    }
}

/// What everyone has to know as long as it lasts, the gravest first.
pub fn banners(model: &Model) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    let faults = &model.facts.config.faults;
    if let Some(first) = faults.first() {
        let key = model.keys.keys(Action::Submit).next().map_or_else(String::new, |key| key.to_string());
        let more = if faults.len() > 1 {
            format!("{} faults, {key} lists them", faults.len())
        } else {
            format!("{key} tells more")
        };
        let first = format!("{}: {}", first.name, bare(&first.message));
        lines.push((Tone::Bad, format!("Nothing is sent until the config is mended ({more}). {first}")));
    }
    if model.account.is_none() && faults.is_empty() && model.jobs.counts().all > 0 && !model.facts.read_only {
        let key = model.keys.keys(Action::EnterKey).next().map_or_else(String::new, |key| key.to_string());
        lines.push((
            Tone::Warn,
            format!(
                "No key, so nothing is sent or polled: {key} takes one, or set COMETAPI_KEY and start again"
            ),
        ));
    }
    if let Some(problem) = &model.status.paused {
        let key = model.keys.keys(Action::PollNow).next();
        let again = key.map_or_else(String::new, |key| format!("; {key} tries again"));
        let tail = model.account.as_ref().map_or("", |account| account.key_tail.as_str());
        // The cause first, then what to do: the rest may be cut off.
        let words = match problem.code.as_str() {
            "wrong_key" => {
                let other = model.keys.keys(Action::EnterKey).next();
                let other = other.map_or_else(|| "start again with".into(), |key| format!("{key} takes"));
                format!("The key …{tail} is not taken, all is paused: {other} another{again}")
            }
            "quota_not_enough" => format!("The balance is not enough, all is paused: top it up{again}"),
            _ => format!("All is paused{again}"),
        };
        lines.push((Tone::Bad, format!("{words} · {}", problem.message)));
    }
    if let Some(problem) = &model.status.network {
        lines.push((
            Tone::Warn,
            format!("The service cannot be reached: {}; trying again", bare(&problem.message)),
        ));
    }
    lines
}

/// What the last 24 hours have cost, where they did.
fn spent_today(model: &Model) -> Option<String> {
    let today = model.status.today;
    let of = model.facts.config.budget.day.map_or_else(String::new, |limit| format!(" of ${limit}"));
    let own = model.status.session;
    let session = model.facts.config.budget.session.filter(|_| own != Spend::default());
    let session = session.map_or_else(String::new, |limit| format!(", session {own} of ${limit}"));
    (today != Spend::default()).then(|| format!("today {today}{of}{session}"))
}

fn bare(message: &str) -> &str {
    message.trim_end_matches('.')
}

/// The title line of a page.
pub fn page_title(
    model: &Model,
    theme: Theme,
    page: &Page,
    layout: &Layout,
    lines: usize,
    buffer: &mut Buffer,
) {
    let name = match page {
        Page::Help { .. } => "Keys".to_string(),
        Page::Text(page) => page.title.clone(),
        Page::Detail(page) => {
            let state =
                model.jobs.get(page.id).map_or_else(String::new, |job| format!(" · {}", state_text(job)));
            format!("Job {}{state}", page.id)
        }
    };
    let height = usize::from(layout.page.height.saturating_sub(1));
    let last = (page.top() + height).min(lines);
    let scrolls = lines > height;
    let word = scrolls.then(|| format!("lines {}-{last} of {lines}", page.top() + 1));
    put(buffer, layout.page, layout.page.y, &rule(theme, layout.page.width, &name, word.as_slice(), true));
}

/// The banner and the line above the footer: what just happened.
pub fn message(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    let width = usize::from(layout.banner.width);
    for (y, (tone, words)) in (layout.banner.y..layout.banner.bottom()).zip(banners(model)) {
        let line = Line::styled(text::fit(&format!("! {words}"), width), theme.tone(tone));
        put(buffer, layout.banner, y, &line);
    }
    let covers_answers = model.question.is_some() && layout.message == layout.footer;
    if let Some(toast) = model.toast.as_ref().filter(|_| !covers_answers && model.line.is_none()) {
        let sign = if toast.tone == Tone::Good { "→" } else { "!" };
        let width = usize::from(layout.message.width);
        let room = width.saturating_sub(2);
        let mut lines = text::wrap(&toast.text, room);
        let rows = usize::from(layout.message.height).max(1);
        if lines.len() > rows {
            let rest = lines.split_off(rows - 1).join(" ");
            lines.push(text::cut(&rest, room));
        }
        let signs = std::iter::once(sign).chain(std::iter::repeat(" "));
        for (y, (sign, words)) in (layout.message.y..layout.message.bottom()).zip(signs.zip(lines)) {
            let words = text::fit(&format!("{sign} {words}"), width);
            let words = Line::styled(words, theme.tone(toast.tone));
            put(buffer, layout.message, y, &words);
        }
    }
}

/// What is being typed, with its note above; says where the cursor stands.
pub fn line(theme: Theme, line: &TypedLine, layout: &Layout, buffer: &mut Buffer) -> Option<Position> {
    let area = layout.footer;
    let width = usize::from(area.width);
    let sign = text::cut(line.sign(), width / 2);
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
        Kind::Tags(_) => "labels with blanks between; -label takes one away · Enter · Esc closes",
        Kind::Preset => "a name for this form; Alt-T lists the kept ones · Enter keeps · Esc closes",
        Kind::Key => "type or paste it; nothing of it is shown · Enter takes it · Esc closes",
    }
}

/// The keys that mean something now.
pub fn footer(model: &Model, layout: &Layout, buffer: &mut Buffer) {
    if model.toast.is_some() && model.question.is_none() && layout.message == layout.footer {
        return;
    }
    let mut hints = hints(model, layout);
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
    let first = usize::from(model.page.is_some());
    last.saturating_sub(kept).max(first).min(last)
}

fn hints(model: &Model, layout: &Layout) -> Vec<(String, &'static str)> {
    if let Some(picker) = &model.picker {
        return picker_hints(picker);
    }
    match &model.question {
        Some(Question::Send(ask)) if !question::shows_request(model, ask, layout) => {
            return vec![("any key but y".into(), "back")];
        }
        Some(Question::Send(ask)) if question::is_over_budget(model, ask) => {
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
    let marking = scopes.contains(&Scope::Table) && !model.jobs.marked().is_empty();
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
            Action::Clear => !model.filter.is_empty() || !model.jobs.marked().is_empty(),
            // It turns round there; the choices are in sight.
            Action::OpenList => model.form.field().is_some_and(|spec| spec.field != Field::Watermark),
            Action::PageOn => view_scrolls(model),
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
    if marking {
        let key = model.keys.keys(Action::Clear).next();
        hints.splice(0..0, key.map(|key| (key.to_string(), "unmark")));
    }
    if let Some(enter) = enter_hint(model) {
        hints.insert(0, ("Enter".into(), enter));
    }
    hints
}

fn view_scrolls(model: &Model) -> bool {
    super::page_scroll(model, model.area()) > 0
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

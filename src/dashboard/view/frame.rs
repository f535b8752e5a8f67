//! What stands around the panes: header, banner, message line.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    super::{Model, actions::Action, job_text::state_text, page::Page, question::Tone, text},
    layout::Layout,
    put,
    theme::{Theme, bold, rule},
};
use crate::{engine::Role, job::Spend};

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
    if let Some(file) = &model.facts.replay {
        let words = format!("REPLAY of {}", text::cut(file, REPLAY_NAME));
        parts.push(Part::new(1, words, warn.add_modifier(Modifier::BOLD)));
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

/// So much of a report's name is shown, in cells.
const REPLAY_NAME: usize = 32;

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

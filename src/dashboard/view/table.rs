use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    super::{
        Model,
        actions::Action,
        clock,
        jobs::{file_or_reason, percent, rest_time, state_text},
        model::Focus,
        text,
    },
    below_title, is_focused,
    layout::{Layout, Room},
    put, put_lines, question,
    theme::{Theme, dim, rule},
};
use crate::job::{Job, State};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    State,
    Progress,
    Age,
    News,
    Model,
    Seconds,
    Prompt,
    File,
}

/// A column, how wide it is at least, the gap before it, and whether its text stands at the right.
const COLUMNS: [(Column, usize, usize, bool, &str); 9] = [
    (Column::Id, 3, 0, true, "ID"),
    (Column::State, 12, 1, false, "STATE"),
    (Column::Progress, 8, 1, false, "PROGRESS"),
    (Column::Age, 5, 1, true, "AGE"),
    (Column::News, 5, 1, true, "NEWS"),
    (Column::Model, 11, 2, false, "MODEL"),
    (Column::Seconds, 3, 1, true, "SEC"),
    (Column::Prompt, 12, 2, false, "PROMPT"),
    (Column::File, 10, 2, false, "FILE"),
];

/// Who is left out last when room is short.
const PRIORITY: [Column; 9] = [
    Column::Id,
    Column::State,
    Column::Prompt,
    Column::News,
    Column::Age,
    Column::Model,
    Column::File,
    Column::Seconds,
    Column::Progress,
];

/// Marker and star.
const GUTTER: usize = 2;

/// A column as it is shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    column: Column,
    width: usize,
    gap: usize,
    right: bool,
    title: &'static str,
}

/// How many jobs are shown.
pub fn height(model: &Model, layout: &Layout) -> usize {
    let lines = usize::from(layout.table.height);
    if model.jobs.counts().all == 0 { 0 } else { lines.saturating_sub(2) }
}

/// The jobs, newest first; or what to do while there are none.
pub fn draw(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    if layout.table.height == 0 {
        return;
    }
    title(model, theme, layout, buffer);
    let area = below_title(layout.table);
    if model.jobs.counts().all == 0 {
        put_lines(buffer, area, &empty(model, theme, usize::from(area.width)));
        return;
    }
    let columns = columns(usize::from(area.width), model.jobs.largest_id());
    put(buffer, area, area.y, &heads(&columns));
    put_lines(buffer, below_title(area), &rows(model, theme, &columns, area));
}

/// The rows that are to be seen, and no others.
fn rows(model: &Model, theme: Theme, columns: &[Shown], area: Rect) -> Vec<Line<'static>> {
    let window = model.jobs.window(usize::from(area.height.saturating_sub(1)));
    model.jobs.rows(window).map(|job| row(model, theme, columns, job)).collect()
}

fn title(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    let counts = model.jobs.counts();
    let mut words = Vec::new();
    let moving = [(counts.running, "running"), (counts.queued, "queued")];
    let moving: Vec<_> =
        moving.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if counts.all > 0 {
        words.push(if moving.is_empty() { "nothing under way".into() } else { moving.join(" · ") });
        let seen = model.jobs.window(height(model, layout));
        let rows = format!("{}-{} of {}", seen.start + 1, seen.end, counts.all);
        words.push(match layout.room {
            _ if seen.len() == counts.all => text::count(counts.all, "job"),
            Room::One => rows,
            _ => format!("rows {rows}"),
        });
    }
    if layout.room == Room::One {
        words.push("1 form · 3 log".into());
    }
    let focused = is_focused(model, Focus::Jobs);
    let line = rule(theme, layout.table.width, "2 Jobs", &words, focused);
    put(buffer, layout.table, layout.table.y, &line);
}

/// Takes in columns by their priority as long as they fit, then shares what is left between prompt and
/// file.
fn columns(width: usize, largest_id: i64) -> Vec<Shown> {
    let id_width = largest_id.to_string().len();
    let all = COLUMNS.map(|(column, width, gap, right, title)| {
        let width = if column == Column::Id { width.max(id_width) } else { width };
        Shown { column, width, gap, right, title }
    });
    let mut left = width.saturating_sub(GUTTER);
    let mut kept = Vec::new();
    for column in PRIORITY {
        let Some(shown) = all.iter().find(|shown| shown.column == column) else { continue };
        match left.checked_sub(shown.width + shown.gap) {
            Some(rest) => {
                left = rest;
                kept.push(column);
            }
            None if column == Column::Progress => {}
            None => break,
        }
    }
    let mut shown: Vec<_> = all.into_iter().filter(|shown| kept.contains(&shown.column)).collect();
    let has_file = kept.contains(&Column::File);
    let for_prompt = if has_file { left.div_ceil(2) } else { left };
    for column in &mut shown {
        match column.column {
            Column::Prompt => column.width += for_prompt,
            Column::File => column.width += left - for_prompt,
            _ => {}
        }
    }
    shown
}

fn heads(columns: &[Shown]) -> Line<'static> {
    let mut line = " ".repeat(GUTTER);
    for shown in columns {
        let title =
            if shown.column == Column::File && shown.width >= 16 { "FILE, OR WHY NONE" } else { shown.title };
        line += &" ".repeat(shown.gap);
        line += &align(shown, title);
    }
    Line::styled(line, dim())
}

fn align(shown: &Shown, words: &str) -> String {
    if shown.right { text::fit_right(words, shown.width) } else { text::fit(words, shown.width) }
}

fn row(model: &Model, theme: Theme, columns: &[Shown], job: &Job) -> Line<'static> {
    let selected = model.jobs.selected().is_some_and(|chosen| chosen.id == job.id);
    // A star tells jobs of another key or service; the detail view says which.
    let star = if model.is_ours(job) { " " } else { "*" };
    // One arrow on the screen: where the keys go.
    let (marker, marker_style) = match selected {
        true if is_focused(model, Focus::Jobs) => ("▶", theme.focus()),
        true => ("·", dim()),
        false => (" ", Style::new()),
    };
    let mut spans = vec![Span::styled(marker, marker_style), Span::styled(star, theme.warn())];
    for shown in columns {
        let (words, mut style) = cell(model, theme, shown, job);
        if shown.column == Column::Id && selected {
            style = style.add_modifier(Modifier::REVERSED);
        }
        spans.push(Span::raw(" ".repeat(shown.gap)));
        spans.push(Span::styled(align(shown, &words), style));
    }
    Line::from(spans)
}

fn cell(model: &Model, theme: Theme, shown: &Shown, job: &Job) -> (String, Style) {
    let ours = model.is_ours(job);
    let plain = if ours { Style::new() } else { dim() };
    match shown.column {
        Column::Id => (job.id.to_string(), plain),
        Column::State => (state_text(job), theme.state(job.label())),
        Column::Progress => (bar(job, shown.width), theme.live()),
        Column::Age | Column::News => (time(model, shown.column, job), dim()),
        Column::Model => (job.request.model.clone(), plain),
        Column::Seconds => (job.request.duration.map_or_else(String::new, |s| s.to_string()), plain),
        Column::Prompt => (job.request.prompt_text.clone().unwrap_or_default(), plain),
        Column::File if !ours => (format!("with …{}", job.account.key_tail), dim()),
        Column::File => match file_or_reason(
            job,
            model.jobs.fetching(job.id),
            model.now(),
            model.facts.config.download.auto,
        ) {
            // The end of a file's name tells more than its beginning.
            Ok(name) => (text::cut_left(&name, shown.width), plain),
            Err(reason) => (reason, dim()),
        },
    }
}

/// Ages while something moves; day and minute when the job has come to rest.
fn time(model: &Model, column: Column, job: &Job) -> String {
    let (now, tz) = (model.now(), &model.facts.tz);
    match (model.is_moving(job), column) {
        (true, Column::Age) => clock::age(now, job.created_at),
        (true, _) => job.last_polled_at.map_or_else(|| "-".into(), |at| clock::age(now, at)),
        (false, Column::Age) => clock::day(rest_time(job), tz),
        (false, _) => clock::minute(rest_time(job), tz),
    }
}

fn bar(job: &Job, width: usize) -> String {
    let Some(progress) = job.progress.filter(|_| job.state == State::Running) else { return String::new() };
    let full = usize::from(percent(progress)) * width / 100;
    "█".repeat(full) + &"░".repeat(width - full)
}

fn empty(model: &Model, theme: Theme, width: usize) -> Vec<Line<'static>> {
    if model.blocked().is_some() && !model.facts.read_only {
        return question::blocked_lines(model, theme, width);
    }
    if !model.jobs.is_loaded() {
        return vec![Line::styled("  Reading the journal", dim())];
    }
    if model.facts.read_only {
        return vec![Line::styled("  No jobs in this journal.", dim())];
    }
    let key = |action| model.keys.keys(action).last().map_or_else(String::new, |key| key.to_string());
    let send = model.keys.keys(Action::Submit).next().map_or_else(String::new, |key| key.to_string());
    let words = format!(
        "No jobs yet. Fill in the form ({} goes there) and press {send}: the request is shown with its price, and nothing is \
         sent before you say y. {} shows all keys.",
        key(Action::FocusForm),
        model.keys.keys(Action::Help).next().map_or_else(String::new, |key| key.to_string()),
    );
    text::wrap(&words, width.saturating_sub(4))
        .into_iter()
        .map(|line| Line::raw(format!("  {line}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(width: usize) -> Vec<(Column, usize)> {
        columns(width, 12).iter().map(|shown| (shown.column, shown.width)).collect()
    }

    #[test]
    fn the_prompt_has_the_room_it_was_promised() {
        let prompt = |width| widths(width).iter().find(|(c, _)| *c == Column::Prompt).unwrap().1;
        assert!(prompt(120) >= 16 && prompt(80) >= 12, "{:?}", widths(80));
        assert_eq!(widths(120).len(), 9);
        // At 80 columns the progress stands in the state.
        assert_eq!(widths(80).len(), 8);
    }

    #[test]
    fn columns_fill_the_width_and_no_more() {
        for width in 20..200 {
            let used: usize = columns(width, 99_999).iter().map(|shown| shown.width + shown.gap).sum();
            assert!(used + GUTTER <= width, "{width}");
            assert!(width < 40 || used + GUTTER == width, "{width}");
        }
    }
}

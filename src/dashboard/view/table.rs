use jiff::SignedDuration;
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
        columns::{self, Column, Shown, Sort},
        job_text::{file_or_reason, percent, rest_time, stale_at, state_text},
        jobs::{Marked, Row},
        model::Focus,
        text,
    },
    below_title, is_focused,
    layout::{Layout, Room},
    put, put_lines, question,
    theme::{Theme, rule},
    way_back, write,
};
use crate::job::{Job, JobId, State};

/// Marker and star.
const GUTTER: usize = 2;

/// How many jobs are shown.
pub fn height(model: &Model, layout: &Layout) -> usize {
    let lines = usize::from(layout.table.height);
    if model.jobs.len() == 0 { 0 } else { lines.saturating_sub(2) }
}

/// The jobs, newest first; or what to do while there are none.
pub fn draw(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    if layout.table.height == 0 {
        return;
    }
    title(model, theme, layout, buffer);
    let area = below_title(layout.table);
    if model.jobs.len() == 0 {
        put_lines(buffer, area, &empty(model, theme, usize::from(area.width)));
        return;
    }
    let room = usize::from(area.width).saturating_sub(GUTTER);
    let columns = columns::fit(&model.columns, room, model.jobs.largest_id());
    put(buffer, area, area.y, &heads(model, &columns));
    // The rows that are to be seen, and no others.
    let area = below_title(area);
    let window = model.jobs.window(usize::from(area.height));
    let selected = model.jobs.selected_id();
    for (y, told) in (area.y..area.bottom()).zip(model.jobs.rows(window)) {
        let area = Rect { y, height: 1, ..area };
        match told {
            Row::Job(job) => row(model, theme, &columns, job, selected == Some(job.id), area, buffer),
            Row::Unread(id) => put(buffer, area, y, &unread(theme, &columns, id, selected == Some(id))),
        }
    }
}

fn title(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    let counts = model.jobs.counts();
    let mut words = Vec::new();
    let moving = [(counts.running, "running"), (counts.queued, "queued")];
    let moving: Vec<_> =
        moving.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if model.jobs.sort() != Sort::default() {
        words.push(format!("by {}", model.jobs.sort().tell()));
    }
    if counts.all > 0 {
        words.push(if moving.is_empty() { "nothing under way".into() } else { moving.join(" · ") });
        let (seen, rows) = (model.jobs.window(height(model, layout)), model.jobs.len());
        let window = format!("{}-{} of {rows}", seen.start + 1, seen.end);
        words.extend(match layout.room {
            // The rows are those of the filter before, for some milliseconds.
            _ if !model.jobs.is_answered() => Some("looking".into()),
            _ if !model.filter.is_empty() && seen.len() == rows => None,
            _ if seen.len() == rows => Some(text::count(counts.all, "job")),
            Room::One => Some(window),
            Room::All | Room::TooSmall => Some(format!("rows {window}")),
        });
    }
    if !model.filter.is_empty() {
        let more = if model.jobs.is_searching() { "+" } else { "" };
        let of = format!("{}{more} of {}", counts.shown, counts.all.max(counts.shown));
        words.extend(model.jobs.is_answered().then_some(of));
    }
    words.extend(way_back(model, layout, "1 form · 3 log"));
    // What the next key may act on is the last to be left out.
    let marked = model.jobs.marked().len();
    if marked > 0 || model.jobs.is_marking() {
        words.push(format!("{marked} marked"));
    }
    let focused = is_focused(model, Focus::Jobs);
    let name = match model.filter.as_str() {
        "" => "2 Jobs".into(),
        filter => format!("2 Jobs: {filter}"),
    };
    let line = rule(theme, layout.table.width, &name, &words, focused);
    put(buffer, layout.table, layout.table.y, &line);
}

fn heads(model: &Model, columns: &[Shown]) -> Line<'static> {
    let mut line = " ".repeat(GUTTER);
    for shown in columns {
        let file = shown.spec.column == Column::File && shown.width >= 16;
        let title = if file { "FILE, OR WHY NONE" } else { shown.spec.title };
        line += &" ".repeat(shown.spec.gap);
        line += &align(shown, title);
    }
    Line::styled(line, model.theme.dim)
}

fn align(shown: &Shown, words: &str) -> String {
    if shown.spec.right { text::fit_right(words, shown.width) } else { text::fit(words, shown.width) }
}

/// A row of which only the number is known yet.
fn unread(theme: Theme, columns: &[Shown], id: JobId, selected: bool) -> Line<'static> {
    let marker = if selected { "▶ " } else { "  " };
    let of_id = columns.iter().find(|shown| shown.spec.column == Column::Id);
    let number = of_id.map_or_else(String::new, |shown| align(shown, &id.to_string()));
    Line::from(vec![Span::styled(marker, theme.focus), Span::styled(number, theme.dim)])
}

/// Draws a row: straight into the cells, which costs a third less than lines of spans.
fn row(
    model: &Model,
    theme: Theme,
    columns: &[Shown],
    job: &Job,
    selected: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    // One arrow on the screen: where the keys go.
    let (marker, style) = match selected {
        true if is_focused(model, Focus::Jobs) => ("▶", theme.focus),
        true => ("·", theme.dim),
        false => ("", Style::new()),
    };
    write(buffer, (area.x, area.y), area.right(), marker, style);
    let accent = theme.accent.add_modifier(Modifier::BOLD);
    let (sign, style) = match model.jobs.marks_of(job.id) {
        Marked::All => ("+", accent),
        // Of a folded sweep.
        Marked::Some => ("~", accent),
        // A star tells jobs of another key or service; the detail view says which.
        Marked::None => (if model.is_ours(job) { "" } else { "*" }, theme.warn),
    };
    write(buffer, (area.x + 1, area.y), area.right(), sign, style);
    let mut x = area.x + cells(GUTTER);
    for shown in columns {
        let (words, mut style) = cell(model, theme, shown, job);
        if shown.spec.column == Column::Id && selected {
            style = style.add_modifier(Modifier::REVERSED);
        }
        x += cells(shown.spec.gap);
        let end = (x + cells(shown.width)).min(area.right());
        buffer.set_style(Rect { x, width: end.saturating_sub(x), ..area }, style);
        let (words, used) = text::measured_cut(&words, shown.width);
        let before = if shown.spec.right { cells(shown.width.saturating_sub(used)) } else { 0 };
        write(buffer, (x + before, area.y), end, &words, style);
        x = end;
    }
}

/// A count of cells, of which no window has more than this can say.
fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn cell(model: &Model, theme: Theme, shown: &Shown, job: &Job) -> (String, Style) {
    let ours = model.is_ours(job);
    let plain = if ours { Style::new() } else { theme.dim };
    match shown.spec.column {
        Column::Id => (job.id.to_string(), plain),
        Column::State => match mixed(model, job) {
            Some((label, count, others)) => (format!("{count} {label} +{others}"), theme.state(label)),
            None => (state_text(job), theme.state(job.label())),
        },
        Column::Progress => (bar(job, shown.width), theme.live),
        Column::News if is_stale(model, job) => ("STALE".into(), theme.warn),
        Column::Age | Column::News => (time(model, shown.spec.column, job), theme.dim),
        Column::Model => (job.request.model.clone(), plain),
        Column::Seconds => (job.request.duration.map_or_else(String::new, |s| s.to_string()), plain),
        Column::Prompt => (prompt(model, job), plain),
        Column::Ratio => (job.request.ratio.clone().unwrap_or_default(), plain),
        Column::Seed => (job.request.seed.map_or_else(String::new, |seed| seed.to_string()), plain),
        Column::Cost => (job.cost().map_or_else(|| "?".into(), |money| format!("${money}")), plain),
        Column::Tags => (job.tags.join(" "), theme.accent),
        Column::Task => (job.task_id.clone().unwrap_or_default(), plain),
        Column::Eta => (usually(model, job), theme.dim),
        Column::File => match file_or_reason(
            job,
            model.jobs.fetching(job.id),
            model.second(),
            model.facts.config.download.auto,
            model.jobs.history(),
        ) {
            // The end of a file's name tells more than its beginning.
            Ok(name) => (text::cut_left(&name, shown.width), plain),
            Err(_) if !ours => (format!("made with another key (…{})", job.account.key_tail), theme.dim),
            Err(reason) => (short_usual(model, job, shown.width).unwrap_or(reason), theme.dim),
        },
    }
}

/// What a live job has taken and usually takes, where its words do not fit: `0:55 (1:10)`.
fn short_usual(model: &Model, job: &Job, width: usize) -> Option<String> {
    let history = model.jobs.history();
    let whole = history.tell(job, model.second())?;
    if text::width(&whole) <= width {
        return None;
    }
    let (since, usual) = match job.state {
        State::Running => (job.started_at, history.run(job)),
        _ => (job.submitted_at, history.queue(job)),
    };
    let passed = model.second().duration_since(since?).max(SignedDuration::ZERO);
    Some(format!("{} ({})", crate::job::clock(passed), crate::job::clock(usual?.median)))
}

/// Of a row that stands for jobs in different states: how many are in the state that wants the user most, and
/// how many others there are.
fn mixed(model: &Model, job: &Job) -> Option<(&'static str, usize, usize)> {
    let labels = &model.jobs.sweep(job.id)?.labels;
    let graveness = |label: &str| GRAVEST.iter().position(|grave| *grave == label).unwrap_or(GRAVEST.len());
    let (worst, count) = labels.iter().copied().min_by_key(|(label, _)| graveness(label))?;
    let others = labels.iter().map(|(_, count)| count).sum::<usize>() - count;
    (others > 0).then_some((worst, count, others))
}

/// The states of which a folded sweep tells first.
const GRAVEST: [&str; 12] = [
    "UNSURE",
    "MODERATED",
    "FAILED",
    "REJECTED",
    "EXPIRED",
    "NOT SAVED",
    "NOT FOUND",
    "HELD",
    "RUNNING",
    "QUEUED",
    "SUBMITTED",
    "FETCHING",
];

/// The prompt; before it, what a row that stands for a sweep holds, and the labels where they have no column.
fn prompt(model: &Model, job: &Job) -> String {
    let prompt = job.request.prompt_text.clone().unwrap_or_default();
    let has_column = model.columns.contains(&Column::Tags);
    let labels =
        if has_column { String::new() } else { job.tags.iter().flat_map(|tag| ["#", tag, " "]).collect() };
    let jobs = model.jobs.behind(&job.id).len();
    let Some(sweep) = model.jobs.sweep(job.id).filter(|_| jobs > 1) else {
        return own_of_sweep(model, job) + &labels + &prompt;
    };
    let states = sweep.labels.iter().map(|(label, count)| format!("{count} {}", label.to_lowercase()));
    format!("[{jobs} jobs: {}] {labels}{prompt}", states.collect::<Vec<_>>().join(", "))
}

/// What tells a job from the others of its sweep, where it has no column: `[13]`.
fn own_of_sweep(model: &Model, job: &Job) -> String {
    let seed = job.request.seed.filter(|_| !model.columns.contains(&Column::Seed));
    match seed.filter(|_| job.group.is_some()) {
        Some(seed) => format!("[{seed}] "),
        None => String::new(),
    }
}

fn usually(model: &Model, job: &Job) -> String {
    let history = model.jobs.history();
    let both = [history.queue(job), history.run(job)]
        .into_iter()
        .flatten()
        .map(|usual| usual.median)
        .sum::<SignedDuration>();
    if both.is_zero() { String::new() } else { crate::job::clock(both) }
}

/// Whether a live job's news is old.
pub fn is_stale(model: &Model, job: &Job) -> bool {
    model.is_ours(job) && stale_at(job, &model.facts.config.poll).is_some_and(|at| at <= model.second())
}

/// Ages while something moves; day and minute when the job has come to rest.
fn time(model: &Model, column: Column, job: &Job) -> String {
    let (now, tz) = (model.second(), &model.facts.tz);
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
    if model.blocked().is_some() && !model.facts.read_only && model.jobs.counts().all == 0 {
        return question::blocked_lines(model, theme, width);
    }
    if !model.jobs.is_loaded() {
        return vec![Line::styled("  Reading the journal", theme.dim)];
    }
    if model.jobs.is_searching() {
        return vec![Line::styled("  Looking through the journal", theme.dim)];
    }
    let all = model.jobs.counts().all;
    if all > 0 || !model.filter.is_empty() {
        let words = format!(
            "No job passes this filter; {} not shown. Esc takes the filter away, / changes it.",
            if all == 1 { "1 job is".into() } else { format!("{all} jobs are") }
        );
        let lines = text::wrap(&words, width.saturating_sub(4));
        return lines.into_iter().map(|line| Line::raw(format!("  {line}"))).collect();
    }
    if model.facts.read_only {
        return vec![Line::styled("  No jobs in this journal.", theme.dim)];
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

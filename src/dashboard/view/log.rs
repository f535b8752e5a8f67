use ratatui::{
    buffer::Buffer,
    style::{Modifier, Style},
    text::{Line, Span},
};
use tracing::Level;

use super::{
    super::{LogLine, Model, clock, model::Focus, text, update::LEVELS},
    below_title, is_focused,
    layout::Layout,
    put,
    theme::{Theme, rule},
    way_back,
};

/// The log, newest at the bottom. Long lines are wrapped while it has the keys, else cut.
pub fn draw(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    if layout.log.height == 0 {
        return;
    }
    let mut words = Vec::new();
    if model.log.dropped() > 0 {
        words.push(format!("{} older lines dropped", model.log.dropped()));
    }
    if !model.log.follows() {
        words.push("G follows again".into());
    }
    if model.log.is_cleared() {
        words.push("c shows older ones".into());
    }
    words.extend(way_back(model, layout, "1 form · 2 jobs"));
    let title = rule(theme, layout.log.width, &name(model), &words, is_focused(model, Focus::Log));
    put(buffer, layout.log, layout.log.y, &title);

    let area = below_title(layout.log);
    if model.log.len() == 0 {
        put(buffer, area, area.y, &Line::styled(format!("  {}", empty(model)), theme.dim));
    }
    let (height, width) = (usize::from(area.height), usize::from(area.width));
    let of = |line| lines(model, theme, line, width);
    let shown: Vec<Line> = if model.log.hidden() >= most_hidden(model, layout) {
        model.log.downwards().flat_map(of).take(height).collect()
    } else {
        let upwards = model.log.upwards().flat_map(|line| of(line).into_iter().rev());
        let mut shown: Vec<_> = upwards.take(height).collect();
        shown.reverse();
        shown
    };
    for (y, line) in (area.y..area.bottom()).zip(&shown) {
        put(buffer, area, y, line);
    }
}

/// What is shown of the log.
fn name(model: &Model) -> String {
    let mut name = String::from("3 Log");
    if let Some((word, _)) =
        LEVELS.iter().find(|(_, level)| *level == model.log.level() && *level != Level::TRACE)
    {
        name += &format!(" from {word} on");
    }
    if let Some(id) = model.log.only() {
        name += &format!(" of job {id}");
    }
    if let Some(words) = model.log.searched() {
        name += &format!(" · \"{words}\"");
    }
    name
}

fn empty(model: &Model) -> &'static str {
    let narrowed = model.log.only().is_some() || model.log.level() != Level::TRACE || model.log.is_cleared();
    if narrowed {
        "nothing of that is in the log: o, L and c change what is shown"
    } else {
        "nothing has happened yet"
    }
}

/// How many lines can be hidden below such that the pane is full: so far the log is scrolled up, and then
/// its first line stands at the top.
pub fn most_hidden(model: &Model, layout: &Layout) -> usize {
    let area = below_title(layout.log);
    let (height, width) = (usize::from(area.height), usize::from(area.width));
    let (mut used, mut seen) = (0, 0);
    for line in model.log.downwards() {
        if used >= height {
            break;
        }
        used += lines(model, Theme::MONO, line, width).len();
        seen += 1;
    }
    model.log.len().saturating_sub(seen)
}

fn lines(model: &Model, theme: Theme, line: &LogLine, width: usize) -> Vec<Line<'static>> {
    let time = clock::second(line.at, &model.facts.tz);
    let (word, style) = match line.level {
        Level::ERROR => ("error", theme.level(line.level)),
        Level::WARN => ("warn ", theme.level(line.level)),
        Level::INFO => ("info ", theme.level(line.level)),
        _ => ("debug", theme.level(line.level)),
    };
    let job = line.job.map_or_else(String::new, |id| format!("job {id}"));
    let head = match job.as_str() {
        _ if width >= 50 => format!("{time}  {word}  {job:<8}  "),
        "" => format!("{word} "),
        job => format!("{word} {job} "),
    };
    let indent = text::width(&head);
    let room = width.saturating_sub(indent).max(8);
    let wrapped = if model.log.wraps(is_focused(model, Focus::Log)) {
        text::wrap(&line.text, room)
    } else {
        vec![text::cut(&line.text, room)]
    };
    let mut lines = Vec::with_capacity(wrapped.len());
    for (index, piece) in wrapped.into_iter().enumerate() {
        let before = if index == 0 {
            let (time, rest) = head.split_once(word).unwrap_or(("", &head));
            vec![
                Span::styled(time.to_string(), theme.dim),
                Span::styled(word, style),
                Span::raw(rest.to_string()),
            ]
        } else {
            vec![Span::raw(" ".repeat(indent))]
        };
        let found = highlighted(&piece, model.log.searched(), style);
        lines.push(before.into_iter().chain(found).collect());
    }
    lines
}

/// The text, with what is looked for in it reversed.
fn highlighted(text: &str, wanted: Option<&str>, style: Style) -> Vec<Span<'static>> {
    let plain = |text: &str| vec![Span::styled(text.to_string(), style)];
    let Some(wanted) = wanted.map(str::to_lowercase).filter(|wanted| !wanted.is_empty()) else {
        return plain(text);
    };
    let lower = text.to_lowercase();
    let hit = lower.find(&wanted).filter(|_| lower.len() == text.len());
    let parts = hit.and_then(|at| {
        Some((text.get(..at)?, text.get(at..at + wanted.len())?, text.get(at + wanted.len()..)?))
    });
    let Some((before, hit, after)) = parts else { return plain(text) };
    let mut spans = plain(before);
    spans.push(Span::styled(hit.to_string(), style.add_modifier(Modifier::REVERSED)));
    spans.extend(highlighted(after, Some(&wanted), style));
    spans
}

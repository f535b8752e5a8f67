//! A list to pick from, over the lowest lines of the panes.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    super::{
        Model,
        picker::{Item, Kind, Picker},
        text,
    },
    below_title,
    layout::Layout,
    put,
    theme::{Theme, bold, rule},
};
use crate::job::Field;

/// A label has at most this part of the width, in percent.
const LABEL_SHARE: usize = 40;

/// Where the list stands.
pub fn area(picker: &Picker, layout: &Layout) -> Rect {
    let wanted = u16::try_from(picker.shown().len() + 2).unwrap_or(u16::MAX).max(4);
    let height = wanted.min(layout.page.height);
    Rect { y: layout.page.bottom() - height, height, ..layout.page }
}

/// The first item that is seen.
pub fn first_shown(picker: &Picker, layout: &Layout) -> usize {
    let height = usize::from(below_title(area(picker, layout)).height);
    (picker.at() + 1).saturating_sub(height).min(picker.shown().len().saturating_sub(height))
}

/// Draws the open list; says where the cursor stands in what is typed.
pub fn draw(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) -> Option<Position> {
    let picker = model.picker.as_ref()?;
    let area = area(picker, layout);
    super::wipe(area, buffer);
    let query = picker.query();
    let title = format!("{}{}", title(picker.kind), picker.about);
    let name = if query.is_empty() { title } else { format!("{title}: {query}") };
    let all = picker.shown().len();
    let word = if all == 0 { "nothing fits".to_string() } else { format!("{} of {all}", picker.at() + 1) };
    put(buffer, area, area.y, &rule(theme, area.width, &name, &[word], true));
    let list = below_title(area);
    let width = usize::from(list.width);
    let widest = picker.shown().map(|item| text::width(&item.label)).max().unwrap_or(0);
    let label = widest.min(width * LABEL_SHARE / 100).max(8);
    let first = first_shown(picker, layout);
    for ((y, item), at) in (list.y..list.bottom()).zip(picker.shown().skip(first)).zip(first..) {
        put(buffer, list, y, &line(theme, picker, item, at == picker.at(), (label, width)));
    }
    // Input methods look for the cursor where the text stands.
    let column = u16::try_from(text::width(&name)).ok()? + 2;
    let typed = !query.is_empty() && column < area.width;
    typed.then_some(Position::new(area.x + column, area.y))
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Palette => "All actions",
        Kind::Copy => "Copy",
        Kind::Presets => "Presets",
        Kind::Values(Field::Model) => "Models",
        Kind::Values(Field::Ratio) => "Ratios",
        Kind::Values(_) => "Durations",
        Kind::Sort => "Order the rows by",
    }
}

fn line(
    theme: Theme,
    picker: &Picker,
    item: &Item,
    here: bool,
    (label, width): (usize, usize),
) -> Line<'static> {
    let marker = if here { "▶ " } else { "  " };
    let off = item.off.is_some();
    let plain = if off { theme.dim } else { Style::new() };
    let name = if here { plain.add_modifier(Modifier::REVERSED) } else { plain };
    let mut spans = vec![Span::styled(marker, theme.focus)];
    if picker.ticks() {
        spans.push(Span::styled(if item.on { "[x] " } else { "[ ] " }, theme.accent));
    }
    if picker.by_letter() {
        spans.push(Span::styled(format!("{} ", item.key), if off { theme.dim } else { bold() }));
    }
    let shown = text::cut(&item.label, label);
    let gap = " ".repeat((label + 2).saturating_sub(text::width(&shown)));
    spans.push(Span::styled(shown, name));
    spans.push(Span::raw(gap));
    let key = if picker.by_letter() { String::new() } else { item.key.clone() };
    let used: usize = spans.iter().map(|span| text::width(&span.content)).sum();
    let room = width.saturating_sub(used + text::width(&key) + 2);
    let (words, style) = match &item.off {
        Some(reason) => (reason.clone(), theme.warn),
        None => (item.note.clone(), theme.dim),
    };
    spans.push(Span::styled(text::fit(&words, room), style));
    spans.push(Span::styled(format!("  {key}"), bold()));
    Line::from(spans)
}

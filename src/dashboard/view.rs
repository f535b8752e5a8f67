//! What the model looks like. Everything here reads the model and nothing else.

mod ask;
mod detail;
mod footer;
mod form;
mod frame;
mod help;
mod layout;
mod log;
mod picker;
mod question;
mod table;
mod text_box;
mod theme;
mod unsure;

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::Line,
};

use self::layout::{BESIDE, Layout, Room};
pub use self::theme::Theme;
use super::{Model, model::Focus, page::Page, question::Question, text};

/// Draws the model. Pure: the same model draws the same.
pub fn view(model: &Model, frame: &mut Frame) {
    if let Some(cursor) = draw(model, frame.area(), frame.buffer_mut()) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws the model into a buffer, and says where the terminal's cursor belongs, if anywhere.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = model.theme;
    let area = area.intersection(buffer.area);
    let layout = Layout::of(model, area);
    let mut cursor = None;
    if layout.room == Room::TooSmall {
        frame::too_small(theme, area, buffer);
    } else {
        frame::header(model, theme, &layout, buffer);
        let mut scrolls = false;
        if let Some(page) = &model.page {
            let lines = page_lines(model, theme, page, layout.page.width);
            put_lines(buffer, below_title(layout.page), lines.iter().skip(page.top()));
            frame::page_title(model, theme, page, &layout, lines.len(), buffer);
            scrolls = lines.len() > usize::from(below_title(layout.page).height);
        } else {
            cursor = form::draw(model, theme, &layout, buffer);
            table::draw(model, theme, &layout, buffer);
            detail::draw_beside(model, theme, &layout, buffer);
            log::draw(model, theme, &layout, buffer);
        }
        if model.picker.is_some() {
            cursor = picker::draw(model, theme, &layout, buffer);
        }
        if question::draw(model, theme, &layout, buffer) {
            cursor = None;
        }
        frame::message(model, theme, &layout, buffer);
        if let Some(line) = &model.line {
            cursor = footer::line(theme, line, &layout, buffer);
        } else {
            footer::draw(model, &layout, scrolls, buffer);
        }
    }
    if model.facts.ascii {
        theme::flatten(buffer);
    }
    cursor
}

/// How many jobs the table shows; none while it is not to be seen.
pub fn table_rows(model: &Model, area: Rect) -> usize {
    let layout = Layout::of(model, area);
    if layout.room == Room::TooSmall || model.page.is_some() { 0 } else { table::height(model, &layout) }
}

/// How many lines of the open list are seen.
pub fn picker_height(model: &Model, area: Rect) -> usize {
    let area = |open| below_title(picker::area(open, &Layout::of(model, area))).height;
    model.picker.as_ref().map_or(0, |open| usize::from(area(open)))
}

/// Whether the window is wide enough for a detail beside the table.
pub fn has_room_beside(area: Rect) -> bool {
    area.width >= BESIDE
}

/// What is under a place of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The item of the open list.
    Picker(usize),
    /// The row of the table's window.
    Row(usize),
    /// The field of the form, or its button.
    Field(usize),
    /// Some other part of a pane.
    Pane(Focus),
    /// The page in place of the panes.
    Page,
    /// Header, messages, footer.
    Nowhere,
}

/// What is under a place of the terminal.
pub fn place_at(model: &Model, area: Rect, column: u16, row: u16) -> Place {
    let at = Position::new(column, row);
    let layout = Layout::of(model, area);
    if layout.room == Room::TooSmall {
        return Place::Nowhere;
    }
    if let Some(open) = &model.picker {
        let list = below_title(picker::area(open, &layout));
        let item = picker::first_shown(open, &layout) + usize::from(row.saturating_sub(list.y));
        return if list.contains(at) { Place::Picker(item) } else { Place::Nowhere };
    }
    if model.page.is_some() {
        return if layout.page.contains(at) { Place::Page } else { Place::Nowhere };
    }
    let rows = below_title(below_title(layout.table));
    let shown = table::height(model, &layout).min(model.jobs.len());
    if rows.contains(at) && usize::from(row - rows.y) < shown {
        return Place::Row(usize::from(row - rows.y));
    }
    if let Some(field) = form::field_at(model, &layout, at) {
        return Place::Field(field);
    }
    let panes = [(layout.form, Focus::Form), (layout.table, Focus::Jobs), (layout.log, Focus::Log)];
    panes.iter().find(|(pane, _)| pane.contains(at)).map_or(Place::Nowhere, |(_, focus)| Place::Pane(*focus))
}

/// Whether a window is large enough for anything to be seen.
pub fn is_seen(area: Rect) -> bool {
    layout::is_large_enough(area)
}

/// Whether the table is to be seen.
pub fn shows_jobs(model: &Model, area: Rect) -> bool {
    Layout::of(model, area).table.height > 0
}

/// How many lines of the log are shown.
pub fn log_height(model: &Model, area: Rect) -> usize {
    usize::from(below_title(Layout::of(model, area).log).height)
}

/// How many lines of the log can be hidden below; none while it is not to be seen.
pub fn log_most_hidden(model: &Model, area: Rect) -> Option<usize> {
    let layout = Layout::of(model, area);
    (layout.log.height > 1 && model.page.is_none()).then(|| log::most_hidden(model, &layout))
}

/// How many lines of the open page are shown.
pub fn page_height(model: &Model, area: Rect) -> usize {
    usize::from(below_title(Layout::of(model, area).page).height)
}

/// How far the open page can be scrolled.
pub fn page_scroll(model: &Model, area: Rect) -> usize {
    let Some(page) = &model.page else { return 0 };
    let layout = Layout::of(model, area);
    let lines = page_lines(model, Theme::MONO, page, layout.page.width).len();
    lines.saturating_sub(usize::from(below_title(layout.page).height))
}

/// The next line of the open page, after the first that is shown, that holds the words in any case; from the
/// last on round to the first.
pub fn find_on_page(model: &Model, area: Rect, words: &str) -> Option<usize> {
    let page = model.page.as_ref()?;
    let lines = page_lines(model, Theme::MONO, page, Layout::of(model, area).page.width);
    let words = words.to_lowercase();
    let holds =
        |at: &usize| lines.get(*at).is_some_and(|line| line.to_string().to_lowercase().contains(&words));
    let next = page.top() + 1;
    (next..lines.len()).chain(0..next.min(lines.len())).find(holds)
}

/// Whether the question shows what its yes would do.
pub fn shows_question(model: &Model, asked: &Question) -> bool {
    let layout = Layout::of(model, model.area());
    layout.room != Room::TooSmall && question::is_seen(model, asked, &layout)
}

fn page_lines(model: &Model, theme: Theme, page: &Page, width: u16) -> Vec<Line<'static>> {
    match page {
        Page::Detail(page) => detail::lines(model, theme, page, usize::from(width)),
        Page::Help { .. } => help::lines(model, usize::from(width)),
        Page::Text(page) => text_alone(&page.text, usize::from(width)),
    }
}

/// A text from the first column on, broken only at the window's edge.
fn text_alone(words: &str, width: usize) -> Vec<Line<'static>> {
    words.lines().flat_map(|line| text::chunks(line, width)).map(Line::raw).collect()
}

/// How to come to the other panes, where only one is shown.
fn way_back(model: &Model, layout: &Layout, others: &str) -> Option<String> {
    match layout.room {
        Room::One => Some(others.into()),
        // In the form, z is text.
        _ if model.zoom && model.focus == Focus::Form => Some(others.into()),
        _ if model.zoom => Some("z shows all panes".into()),
        _ => None,
    }
}

/// Empties an area for what is drawn over it.
fn wipe(area: Rect, buffer: &mut Buffer) {
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
        }
    }
}

/// A pane without its title line.
fn below_title(pane: Rect) -> Rect {
    Rect { y: pane.y.saturating_add(1), height: pane.height.saturating_sub(1), ..pane }
}

/// Writes lines from the top of an area, as far as it goes.
fn put_lines<'a>(buffer: &mut Buffer, area: Rect, lines: impl IntoIterator<Item = &'a Line<'static>>) {
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        put(buffer, area, y, line);
    }
}

/// Writes a line at a row of an area.
fn put(buffer: &mut Buffer, area: Rect, y: u16, line: &Line<'_>) {
    if area.width > 0 && (area.y..area.bottom()).contains(&y) {
        let mut x = area.x;
        for span in line {
            x = write(buffer, (x, y), area.right(), &span.content, line.style.patch(span.style));
        }
    }
}

/// Writes words at a place, up to a column, and says where they end.
fn write(buffer: &mut Buffer, (x, y): (u16, u16), end: u16, words: &str, style: Style) -> u16 {
    let room = end.min(buffer.area.right()).saturating_sub(x);
    if !text::is_simple(words) {
        return if room > 0 { buffer.set_stringn(x, y, words, usize::from(room), style).0 } else { x };
    }
    let mut written = x;
    for (x, c) in (x..x + room).zip(words.chars()) {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.set_char(c).set_style(style);
        }
        written = x + 1;
    }
    written
}

/// Whether a pane has the keys.
fn is_focused(model: &Model, focus: Focus) -> bool {
    model.focus == focus && model.page.is_none()
}

/// Whether keys are text in the form now: it has them, and no page and no question stands over it.
fn is_typing(model: &Model) -> bool {
    let over = model.question.is_some() || model.picker.is_some() || model.line.is_some();
    is_focused(model, Focus::Form) && model.form.is_editing() && !over
}

//! A text that is being edited.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    widgets::Widget,
};
use tui_textarea::{CursorMove, DataCursor, TextArea, WrapMode};

use super::super::grapheme::cells_before;

/// Draws the part of a text around its cursor, all of it where it fits, and says where the cursor
/// stands. What is seen depends on text, cursor and area alone, never on what was drawn before.
pub fn draw(value: &TextArea<'static>, area: Rect, buffer: &mut Buffer) -> Position {
    // The text itself learns its width, by which up and down move in it.
    value.render(area, &mut Buffer::empty(area));
    let mut copy = copy_of(value);
    let (height, width) = (usize::from(area.height), usize::from(area.width));
    let (row, cells) = (value.screen_cursor().row, cells_before(value));
    // A copy that was never drawn scrolls only as far as its cursor asks: that goes to the last cell to
    // be seen.
    if value.wrap_mode() == WrapMode::None {
        let last = first_seen(cells, line_cells(value), width) + width.saturating_sub(1);
        jump(&mut copy, value.screen_to_data(row, last));
    } else {
        let last = first_seen(row, rows(value, area), height) + height.saturating_sub(1);
        jump(&mut copy, value.screen_to_data(last, 0));
    }
    copy.render(area, buffer);
    buffer.set_style(area, Style::new().add_modifier(Modifier::UNDERLINED));
    let (top, left) = copy.scroll_offset();
    let offset = |at: usize, start: u16, room: u16| {
        u16::try_from(at).unwrap_or(u16::MAX).saturating_sub(start).min(room.saturating_sub(1))
    };
    Position::new(area.x + offset(cells, left, area.width), area.y + offset(row, top, area.height))
}

/// The first of `all` that is seen through a window such that `here` is in its middle, as far as there
/// is something to show on both sides.
fn first_seen(here: usize, all: usize, window: usize) -> usize {
    here.saturating_sub(window / 2).min(all.saturating_sub(window))
}

fn jump(area: &mut TextArea, DataCursor(row, column): DataCursor) {
    let small = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    area.move_cursor(CursorMove::Jump(small(row), small(column)));
}

/// The cells of the only line, and one for the cursor behind it.
fn line_cells(value: &TextArea) -> usize {
    value.lines().first().map_or(0, |line| super::super::text::width(line)) + 1
}

/// The rows of the wrapped text.
fn rows(value: &TextArea<'static>, area: Rect) -> usize {
    let mut end = copy_of(value);
    end.move_cursor(CursorMove::Bottom);
    end.move_cursor(CursorMove::End);
    end.render(area, &mut Buffer::empty(area));
    end.screen_cursor().row + 1
}

/// The same text, without its history and never drawn.
fn copy_of(value: &TextArea<'static>) -> TextArea<'static> {
    let mut copy = TextArea::new(value.lines().to_vec());
    copy.set_wrap_mode(value.wrap_mode());
    copy.set_cursor_line_style(Style::default());
    copy.set_cursor_style(Style::default());
    copy
}

//! What a user takes for one character in a text field: the text area counts code points, so the steps
//! that must not fall apart inside a grapheme are made here.

use tui_textarea::{CursorMove, DataCursor, TextArea};
use unicode_segmentation::UnicodeSegmentation;

use super::text;

/// The columns, in code points, between which the graphemes of a line stand.
fn boundaries(line: &str) -> impl Iterator<Item = usize> {
    let ends = line.graphemes(true).scan(0, |end, grapheme| {
        *end += grapheme.chars().count();
        Some(*end)
    });
    std::iter::once(0).chain(ends)
}

fn here(area: &TextArea) -> (usize, usize, String) {
    let DataCursor(row, column) = area.cursor();
    (row, column, area.lines().get(row).cloned().unwrap_or_default())
}

fn before(area: &TextArea) -> Option<usize> {
    let (_, column, line) = here(area);
    boundaries(&line).take_while(|at| *at < column).last()
}

fn behind(area: &TextArea) -> Option<usize> {
    let (_, column, line) = here(area);
    boundaries(&line).find(|at| *at > column)
}

/// Puts the cursor on a column of its line. A field's text is far shorter than what a `u16` counts.
fn jump(area: &mut TextArea, column: usize) {
    let row = u16::try_from(area.cursor().0).unwrap_or(u16::MAX);
    area.move_cursor(CursorMove::Jump(row, u16::try_from(column).unwrap_or(u16::MAX)));
}

/// One grapheme to the left, or to the end of the line before.
pub fn left(area: &mut TextArea) {
    match before(area) {
        Some(column) => jump(area, column),
        None => area.move_cursor(CursorMove::Back),
    }
}

/// One grapheme to the right, or to the beginning of the next line.
pub fn right(area: &mut TextArea) {
    match behind(area) {
        Some(column) => jump(area, column),
        None => area.move_cursor(CursorMove::Forward),
    }
}

/// Moves to another line, onto the beginning of a grapheme.
pub fn step(area: &mut TextArea, to: CursorMove) {
    area.move_cursor(to);
    let (_, column, line) = here(area);
    if let Some(start) = boundaries(&line).take_while(|at| *at <= column).last().filter(|at| *at < column) {
        jump(area, start);
    }
}

/// Deletes the grapheme before the cursor, or joins the line with the one before.
pub fn backspace(area: &mut TextArea) -> bool {
    let (_, column, _) = here(area);
    match before(area) {
        Some(start) => {
            jump(area, start);
            area.delete_str(column - start)
        }
        None => area.delete_char(),
    }
}

/// Deletes the grapheme under the cursor, or joins the line with the next one.
pub fn delete(area: &mut TextArea) -> bool {
    let (_, column, _) = here(area);
    match behind(area) {
        Some(end) => area.delete_str(end - column),
        None => area.delete_next_char(),
    }
}

/// How many cells stand before the cursor in its line of the screen, as they are drawn.
pub fn cells_before(area: &TextArea) -> usize {
    let (row, column, line) = here(area);
    let DataCursor(start_row, start) = area.screen_to_data(area.screen_cursor().row, 0);
    let start = if start_row == row { start } else { 0 };
    let drawn: String = line.chars().take(column).skip(start).collect();
    text::width(&drawn)
}

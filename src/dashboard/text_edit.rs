//! What the actions of a text field do to its text.

use tui_textarea::{CursorMove, TextArea};

use super::{actions::Action, grapheme};

/// Moves the cursor; says whether it moved.
pub fn step(area: &mut TextArea, action: Action) -> bool {
    let before = area.cursor();
    match action {
        Action::TextLeft => grapheme::left(area),
        Action::TextRight => grapheme::right(area),
        Action::TextUp => grapheme::step(area, CursorMove::Up),
        Action::TextDown => grapheme::step(area, CursorMove::Down),
        Action::TextHome => area.move_cursor(CursorMove::Head),
        Action::TextEnd => area.move_cursor(CursorMove::End),
        Action::TextWordLeft => area.move_cursor(CursorMove::WordBack),
        Action::TextWordRight => area.move_cursor(CursorMove::WordForward),
        _ => return false,
    }
    area.cursor() != before
}

/// Deletes, or undoes; says whether the text is another now.
pub fn change(area: &mut TextArea, action: Action) -> bool {
    match action {
        Action::TextBackspace => grapheme::backspace(area),
        Action::TextDelete => grapheme::delete(area),
        Action::TextDeleteWord => area.delete_word(),
        Action::TextDeleteNextWord => area.delete_next_word(),
        Action::TextDeleteToHead => area.delete_line_by_head(),
        Action::TextDeleteToEnd => area.delete_line_by_end(),
        Action::TextUndo => area.undo(),
        Action::TextRedo => area.redo(),
        _ => false,
    }
}

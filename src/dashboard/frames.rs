//! From cells to bytes: each frame is one write, and a frame that changes nothing is none.
//!
//! ratatui's own backend writes some 25 bytes even then (resets, and the cursor), and flushes whenever
//! it touches the cursor.

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

/// Tells the size of the terminal.
pub type AskSize = Box<dyn Fn() -> io::Result<Size>>;

/// A backend that gathers a frame and writes it in one go, between CSI ?2026h and CSI ?2026l.
pub struct FrameBackend<W> {
    out: W,
    size: AskSize,
    /// What the frame has so far: clearing and cells.
    bytes: Vec<u8>,
    /// Where the cursor shall stand and whether it shall be seen.
    cursor: Cursor,
    /// The same, as the terminal was told last.
    told: Cursor,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cursor {
    visible: bool,
    at: Position,
}

impl<W: Write> FrameBackend<W> {
    /// A backend over a terminal whose cursor is hidden.
    pub fn new(out: W, size: AskSize) -> Self {
        Self { out, size, bytes: Vec::new(), cursor: Cursor::default(), told: Cursor::default() }
    }

    fn cells(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }
}

impl<W: Write> Backend for FrameBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.cells().draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.cursor.visible = false;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.cursor.visible = true;
        Ok(())
    }

    /// Where we put it, not where the terminal says it is: an answer to a query can come late, and
    /// would then be typed text.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.at)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor.at = position.into();
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        if clear_type == ClearType::All {
            // Whatever the frame had so far would be wiped out at once.
            self.bytes.clear();
        }
        self.cells().clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        let drawn = !self.bytes.is_empty();
        let appears = self.cursor.visible && !self.told.visible;
        let vanishes = !self.cursor.visible && self.told.visible;
        let moves = self.cursor.visible && (drawn || appears || self.cursor.at != self.told.at);
        if !(drawn || moves || vanishes) {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(self.bytes.len() + 48);
        queue!(frame, BeginSynchronizedUpdate)?;
        if vanishes {
            queue!(frame, Hide)?;
        }
        frame.append(&mut self.bytes);
        if moves {
            queue!(frame, MoveTo(self.cursor.at.x, self.cursor.at.y))?;
        }
        if appears {
            queue!(frame, Show)?;
        }
        queue!(frame, EndSynchronizedUpdate)?;
        self.told = self.cursor;
        self.out.write_all(&frame)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use ratatui::{Terminal, widgets::Paragraph};

    use super::*;

    /// Every write on its own.
    #[derive(Clone, Default)]
    struct Writes(Rc<RefCell<Vec<String>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Writes {
        fn taken(&self) -> Vec<String> {
            std::mem::take(&mut self.0.borrow_mut())
        }
    }

    fn terminal(writes: &Writes) -> Terminal<FrameBackend<Writes>> {
        let size = Box::new(|| Ok(Size::new(20, 3)));
        Terminal::new(FrameBackend::new(writes.clone(), size)).unwrap()
    }

    fn draw(terminal: &mut Terminal<FrameBackend<Writes>>, text: &str, cursor: Option<(u16, u16)>) {
        terminal
            .draw(|frame| {
                frame.render_widget(Paragraph::new(text), frame.area());
                if let Some(at) = cursor {
                    frame.set_cursor_position(at);
                }
            })
            .unwrap();
    }

    #[test]
    fn a_frame_is_one_write_between_the_marks() {
        let writes = Writes::default();
        let mut terminal = terminal(&writes);
        draw(&mut terminal, "one\ntwo", Some((3, 1)));
        let taken = writes.taken();
        assert_eq!(taken.len(), 1);
        assert!(taken[0].starts_with("\x1b[?2026h") && taken[0].ends_with("\x1b[?2026l"));
        assert!(taken[0].contains("one") && taken[0].contains("two"));
        assert!(taken[0].contains("\x1b[2;4H\x1b[?25h"), "{:?}", taken[0]);
    }

    #[test]
    fn a_frame_that_changes_nothing_writes_nothing() {
        let writes = Writes::default();
        let mut terminal = terminal(&writes);
        for cursor in [None, Some((1, 1)), None] {
            draw(&mut terminal, "same", cursor);
            assert_eq!(writes.taken().len(), 1);
            draw(&mut terminal, "same", cursor);
            assert_eq!(writes.taken(), Vec::<String>::new());
        }
        drop(terminal);
        assert_eq!(writes.taken(), Vec::<String>::new(), "what becomes of the cursor is the keeper's matter");
    }

    #[test]
    fn the_cursor_comes_back_to_its_place_after_cells_were_drawn_elsewhere() {
        let writes = Writes::default();
        let mut terminal = terminal(&writes);
        draw(&mut terminal, "a", Some((5, 2)));
        writes.taken();
        draw(&mut terminal, "b", Some((5, 2)));
        assert!(writes.taken()[0].ends_with("\x1b[3;6H\x1b[?2026l"));
        draw(&mut terminal, "b", Some((6, 2)));
        assert_eq!(writes.taken(), ["\x1b[?2026h\x1b[3;7H\x1b[?2026l"]);
        draw(&mut terminal, "b", None);
        assert_eq!(writes.taken(), ["\x1b[?2026h\x1b[?25l\x1b[?2026l"]);
    }
}

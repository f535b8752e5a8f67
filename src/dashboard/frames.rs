//! From cells to bytes: each frame is one write of the cells that differ from the last one, and a frame that
//! changes nothing is none.
//!
//! ratatui's own terminal and backend write some 25 bytes even then (resets, and the cursor), twice as many as
//! needed to move a selection, and know no scrolling.

mod pen;
mod shift;

use std::io::{self, Write};

use ratatui::{
    buffer::{Buffer, Cell, CellWidth},
    layout::{Position, Rect, Size},
};

use self::{pen::Pen, shift::Shift};

/// Tells the size of the terminal.
pub type AskSize = Box<dyn Fn() -> io::Result<Size>>;

/// The frames of a terminal: knows what it shows, and writes each change in one go, between CSI ?2026h and
/// CSI ?2026l.
pub struct Frames<W> {
    out: W,
    size: AskSize,
    pen: Pen,
    /// What the terminal shows, once that is known.
    shown: Buffer,
    is_known: bool,
    /// What it is to show; kept for its memory.
    next: Buffer,
    /// Where the cursor is seen.
    cursor: Option<Position>,
}

impl<W: Write> Frames<W> {
    /// Frames for a terminal whose cursor is hidden, and of which nothing else is known.
    pub fn new(out: W, size: AskSize) -> Self {
        let (shown, next) = (Buffer::empty(Rect::ZERO), Buffer::empty(Rect::ZERO));
        Self { out, size, pen: Pen::default(), shown, is_known: false, next, cursor: None }
    }

    /// The size of the terminal, which is asked for it.
    pub fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    /// Trusts nothing of what the terminal shows: the next frame is a whole one.
    pub fn forget(&mut self) {
        self.is_known = false;
    }

    /// Has a frame of this size drawn, and writes what is new in it. `draw` gets an empty buffer, and says where the
    /// cursor belongs, if anywhere.
    pub fn draw(&mut self, size: Size, draw: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        let area = Rect::from((Position::ORIGIN, size));
        self.next.resize(area);
        self.next.reset();
        let cursor = draw(&mut self.next);
        self.next.content.iter_mut().for_each(pen::simplify);
        if !self.is_known || self.shown.area != area {
            self.pen.clear();
            self.shown.resize(area);
            self.shown.reset();
        }
        let mut changed = self.changed();
        if let Some(shift) = Shift::between(&self.shown, &self.next, &changed) {
            self.pen.scroll(shift.top, shift.bottom, shift.lines);
            shift.apply(&mut self.shown);
            changed = self.changed();
        }
        for y in changed {
            put_row(&mut self.pen, y, row(&self.shown, y), row(&self.next, y));
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        self.is_known = true;
        self.write(cursor)
    }

    /// The lines that differ.
    fn changed(&self) -> Vec<u16> {
        (0..self.next.area.height).filter(|y| row(&self.shown, *y) != row(&self.next, *y)).collect()
    }

    fn write(&mut self, cursor: Option<Position>) -> io::Result<()> {
        if self.pen.is_silent() && cursor == self.cursor {
            return Ok(());
        }
        if let Some(at) = cursor {
            self.pen.go(at.x, at.y);
        }
        let words = self.pen.take();
        let mut frame = Vec::with_capacity(words.len() + 32);
        frame.extend_from_slice(b"\x1b[?2026h");
        if cursor.is_none() && self.cursor.is_some() {
            frame.extend_from_slice(b"\x1b[?25l");
        }
        frame.extend_from_slice(&words);
        if cursor.is_some() && self.cursor.is_none() {
            frame.extend_from_slice(b"\x1b[?25h");
        }
        frame.extend_from_slice(b"\x1b[?2026l");
        self.cursor = cursor;
        self.out.write_all(&frame)?;
        self.out.flush()
    }
}

/// A line of a buffer that begins at the first cell.
fn row(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    buffer.content.get(usize::from(y) * width..(usize::from(y) + 1) * width).unwrap_or_default()
}

/// Writes the cells of a line that differ from those that are shown.
fn put_row(pen: &mut Pen, y: u16, shown: &[Cell], next: &[Cell]) {
    let (mut x, mut spoilt) = (0, 0);
    while let (Some(was), Some(is)) = (shown.get(x), next.get(x)) {
        let end = x + cells(is);
        if was != is || x < spoilt {
            pen.put(x, y, is, next);
            // Of a wide sign that is written over by half, the other half is left as the terminal likes.
            let over = (x..end).zip(shown.get(x..end).unwrap_or_default());
            spoilt = over.map(|(x, was)| x + cells(was)).fold(spoilt, usize::max);
        }
        x = end;
    }
}

/// How many cells a sign takes.
fn cells(cell: &Cell) -> usize {
    // Most are ASCII.
    if cell.symbol().len() == 1 { 1 } else { usize::from(cell.cell_width()).max(1) }
}

#[cfg(test)]
mod tests;

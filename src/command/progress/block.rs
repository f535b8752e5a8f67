//! Lines at the bottom of a terminal that are painted over in place.
//!
//! The cursor rests below them, at the beginning of a line, and is never hidden; no mode of the terminal is
//! changed. So whatever ends the program, kill -9 included, leaves an orderly terminal behind.

use std::fmt::Write;

/// What follows the cursor on its line goes.
const CLEAR_LINE: &str = "\x1b[K";
/// All that follows the cursor goes.
const CLEAR_BELOW: &str = "\x1b[J";

/// A line as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// With its colours.
    pub text: String,
    /// How many cells it takes.
    pub cells: usize,
}

/// What stands there now.
#[derive(Debug, Default)]
pub struct Block {
    lines: Vec<Painted>,
    columns: usize,
    /// Lines that no longer fit are cut, not broken: the terminal does so.
    cuts: bool,
}

impl Block {
    /// Nothing yet, on a terminal that cuts lines when it becomes narrower, as xterm does, or breaks them, as
    /// most do.
    pub fn new(cuts: bool) -> Self {
        Self { cuts, ..Self::default() }
    }

    /// Whether anything stands there.
    pub fn is_up(&self) -> bool {
        !self.lines.is_empty()
    }

    /// What to write so that `lines` stand there, each narrower than the terminal. Nothing, where they do.
    pub fn paint(&mut self, lines: Vec<Painted>, columns: usize) -> String {
        if columns != self.columns {
            let lifted = self.lift(columns);
            return lifted + &self.put(lines, columns);
        }
        if lines == self.lines {
            return String::new();
        }
        let mut out = self.back(columns);
        for (at, line) in lines.iter().enumerate() {
            // Of a line that stays, only its end is passed.
            if self.lines.get(at) != Some(line) {
                out.extend([&line.text, CLEAR_LINE]);
            }
            out.push('\n');
        }
        if lines.len() < self.lines.len() {
            out.push_str(CLEAR_BELOW);
        }
        self.lines = lines;
        out
    }

    /// What to write so that nothing stands there, and the cursor where it began.
    pub fn lift(&mut self, columns: usize) -> String {
        let out = if self.is_up() { self.back(columns) + CLEAR_BELOW } else { String::new() };
        self.forget();
        out
    }

    /// What stood there is plain text from now on, since nobody knows where it is.
    pub fn forget(&mut self) {
        self.lines.clear();
    }

    fn put(&mut self, lines: Vec<Painted>, columns: usize) -> String {
        let out = lines.iter().flat_map(|line| [&line.text, "\n"]).collect();
        (self.lines, self.columns) = (lines, columns);
        out
    }

    /// To the beginning of the first line.
    fn back(&self, columns: usize) -> String {
        let rows = |line: &Painted| if self.cuts { 1 } else { line.cells.div_ceil(columns.max(1)).max(1) };
        let rows: usize = self.lines.iter().map(rows).sum();
        let mut out = String::new();
        if rows > 0 {
            // What the terminal itself has shown of a key, as `^C`, stands on the cursor's line. Writing to a
            // string does not fail.
            let _ = write!(out, "\r\x1b[{rows}A");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Painted> {
        texts.iter().map(|text| Painted { text: (*text).into(), cells: text.len() }).collect()
    }

    /// A terminal of 20 × 6 that has taken all this, line ends as a terminal's driver makes them.
    fn screen(pieces: &[String]) -> String {
        let (rows, columns) = (6.try_into().unwrap(), 20.try_into().unwrap());
        let mut parser = vt100::Parser::new(rows, columns, 0);
        for piece in pieces {
            parser.process(piece.replace('\n', "\r\n").as_bytes());
        }
        assert_eq!(parser.screen().cursor_position().1, 0, "the cursor rests at the beginning of a line");
        parser.screen().contents()
    }

    #[test]
    fn what_has_changed_is_written_and_no_more() {
        let mut block = Block::default();
        let mut seen = vec![block.paint(lines(&["one", "two", "three"]), 20)];
        assert_eq!(screen(&seen), "one\ntwo\nthree");
        assert_eq!(block.paint(lines(&["one", "two", "three"]), 20), "");
        seen.push(block.paint(lines(&["one", "2", "three"]), 20));
        assert_eq!(seen[1], "\r\x1b[3A\n2\x1b[K\n\n");
        assert_eq!(screen(&seen), "one\n2\nthree");
        seen.push(block.paint(lines(&["one"]), 20));
        assert_eq!(screen(&seen), "one");
        seen.push(block.paint(lines(&["one", "2", "3", "4", "5"]), 20));
        assert_eq!(screen(&seen), "one\n2\n3\n4\n5");
        seen.push(block.lift(20));
        assert_eq!(screen(&seen), "");
        assert_eq!(block.lift(20), "");
    }

    #[test]
    fn lines_above_stay() {
        let mut block = Block::default();
        let mut seen = vec!["first\n".into(), block.paint(lines(&["a", "b"]), 20)];
        for said in ["second", "third", "fourth", "fifth", "sixth"] {
            seen.push(block.lift(20) + said + "\n");
            seen.push(block.paint(lines(&["a", "c"]), 20));
        }
        assert_eq!(screen(&seen), "fourth\nfifth\nsixth\na\nc", "with the cursor's own line below");
    }

    #[test]
    fn in_a_terminal_that_became_narrower_lines_take_more_rows() {
        let mut block = Block::default();
        block.paint(lines(&["0123456789", "short"]), 20);
        assert_eq!(block.paint(lines(&["0123", "short"]), 5), "\r\x1b[3A\x1b[J0123\nshort\n");
        block.forget();
        assert_eq!(block.paint(lines(&["x"]), 5), "x\x1b[K\n");
        let mut block = Block::new(true);
        block.paint(lines(&["0123456789", "short"]), 20);
        assert_eq!(block.paint(lines(&["0123", "short"]), 5), "\r\x1b[2A\x1b[J0123\nshort\n");
    }
}

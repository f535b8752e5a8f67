use std::{cell::RefCell, rc::Rc};

use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};

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

/// Frames, and what a terminal makes of them.
struct Bench {
    writes: Writes,
    frames: Frames<Writes>,
    terminal: vt100::Parser,
    size: Size,
}

impl Bench {
    fn new(columns: u16, rows: u16) -> Self {
        let (writes, size) = (Writes::default(), Size::new(columns, rows));
        let frames = Frames::new(writes.clone(), Box::new(move || Ok(size)));
        let [height, width] = [rows, columns].map(|cells| cells.try_into().unwrap());
        Self { writes, frames, terminal: vt100::Parser::new(height, width, 0), size }
    }

    /// Draws, and gives what was written.
    fn draw(&mut self, cursor: Option<(u16, u16)>, draw: impl FnOnce(&mut Buffer)) -> String {
        self.frames
            .draw(self.size, |buffer| {
                draw(buffer);
                cursor.map(Into::into)
            })
            .unwrap();
        let written = self.writes.0.take();
        assert!(written.len() <= 1, "a frame is one write: {written:?}");
        let written = written.concat();
        self.terminal.process(written.as_bytes());
        written
    }

    fn text(&mut self, text: &str, cursor: Option<(u16, u16)>) -> String {
        self.draw(cursor, |buffer| {
            for (y, line) in (0..).zip(text.lines()) {
                buffer.set_string(0, y, line, Style::new());
            }
        })
    }
}

#[test]
fn a_frame_is_one_write_between_the_marks() {
    let mut bench = Bench::new(20, 3);
    let written = bench.text("one\ntwo", Some((3, 1)));
    assert!(written.starts_with("\x1b[?2026h") && written.ends_with("two\x1b[?25h\x1b[?2026l"));
    assert!(written.contains("one") && written.contains("two"), "{written:?}");
}

#[test]
fn a_frame_that_changes_nothing_writes_nothing() {
    let mut bench = Bench::new(20, 3);
    for cursor in [None, Some((1, 1)), None] {
        assert_ne!(bench.text("same", cursor), "");
        assert_eq!(bench.text("same", cursor), "");
    }
    let writes = bench.writes.clone();
    drop(bench);
    assert!(writes.0.borrow().is_empty(), "what becomes of the cursor is the keeper's matter");
}

#[test]
fn the_cursor_comes_back_to_its_place_after_cells_were_drawn_elsewhere() {
    let mut bench = Bench::new(20, 3);
    bench.text("a", Some((5, 2)));
    assert!(bench.text("b", Some((5, 2))).ends_with("\x1b[3;6H\x1b[?2026l"));
    assert_eq!(bench.text("b", Some((6, 2))), "\x1b[?2026h\x1b[3;7H\x1b[?2026l");
    assert_eq!(bench.text("b", None), "\x1b[?2026h\x1b[?25l\x1b[?2026l");
}

#[test]
fn what_is_on_the_terminal_is_written_whole_when_it_is_not_trusted() {
    let mut bench = Bench::new(20, 3);
    bench.text("one\ntwo", None);
    bench.frames.forget();
    let written = bench.text("one\ntwo", None);
    assert!(written.contains("\x1b[2J") && written.contains("one") && written.contains("two"), "{written:?}");
}

/// Only what differs in style is said, as briefly as it can be.
#[test]
fn a_style_is_changed_and_not_begun_anew() {
    let mut bench = Bench::new(20, 3);
    bench.text("", None);
    let (bold, dim) = (Style::new().add_modifier(Modifier::BOLD), Style::new().add_modifier(Modifier::DIM));
    let written = bench.draw(None, |buffer| {
        buffer.set_string(0, 0, "a", bold.fg(Color::Cyan));
        buffer.set_string(1, 0, "b", dim.fg(Color::Cyan));
        buffer.set_string(2, 0, "c", Style::new());
        buffer.set_string(5, 0, "d", Style::new().fg(Color::LightRed));
        buffer.set_string(12, 0, "e", Style::new().fg(Color::Indexed(9)));
    });
    let cells = "\x1b[1H\x1b[1;36ma\x1b[22;2mb\x1b[mc  \x1b[91md\x1b[6C\x1b[38;5;9me";
    assert_eq!(written, format!("\x1b[?2026h{cells}\x1b[?2026l"));
}

fn table(first: usize) -> Vec<String> {
    let row =
        |n: usize| format!("{n:>6} SAVED          gen4_turbo  a prompt that goes on and on for a while {n}");
    let rows = (first..first + 30).map(row);
    ["Form".into(), "2 Jobs".into()].into_iter().chain(rows).chain(["3 Log".into(), "keys".into()]).collect()
}

#[test]
fn a_table_that_scrolls_is_moved_by_the_terminal() {
    let mut bench = Bench::new(80, 34);
    bench.text(&table(100).join("\n"), None);
    // A row of it is some 80 bytes.
    for (first, most) in [(101, 130), (100, 130), (103, 300), (100, 300)] {
        let written = bench.text(&table(first).join("\n"), None);
        assert!(written.len() <= most, "{} bytes to {first}: {written:?}", written.len());
    }
    let far = bench.text(&table(900).join("\n"), None);
    assert!(!far.contains("\x1b[r"), "nothing of it moved: {far:?}");
}

/// A piece of a screen: lines from a stock, most of them plain, so that many stand elsewhere in the next frame.
#[derive(Clone, Debug)]
enum Step {
    /// Lines from the stock, from this one on, into these rows.
    Table {
        first: usize,
        top: u16,
        rows: u16,
    },
    Text {
        x: u16,
        y: u16,
        text: String,
        style: Style,
    },
    Forget,
    Cursor(Option<(u16, u16)>),
}

const COLUMNS: u16 = 24;
const ROWS: u16 = 12;

fn any_style() -> impl Strategy<Value = Style> {
    let color = prop_oneof![
        Just(Color::Reset),
        Just(Color::Red),
        Just(Color::DarkGray),
        Just(Color::White),
        (0u8..=255).prop_map(Color::Indexed),
        Just(Color::Rgb(1, 2, 3)),
    ];
    let one = prop_oneof![
        4 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::DIM),
        1 => Just(Modifier::ITALIC),
        1 => Just(Modifier::UNDERLINED),
        1 => Just(Modifier::REVERSED),
    ];
    (color.clone(), color, one.clone(), one)
        .prop_map(|(fg, bg, one, other)| Style::new().fg(fg).bg(bg).add_modifier(one | other))
}

fn any_step() -> impl Strategy<Value = Step> {
    let words = prop_oneof!["[ -~]{0,20}", "[a猫é─▶ ]{0,12}", "(e\u{301}|猫|x){0,6}"];
    prop_oneof![
        6 => (0usize..30, 0u16..4, 3u16..ROWS).prop_map(|(first, top, rows)| Step::Table { first, top, rows }),
        3 => (0..COLUMNS, 0..ROWS, words, any_style())
            .prop_map(|(x, y, text, style)| Step::Text { x, y, text, style }),
        1 => Just(Step::Forget),
        1 => prop::option::of((0..COLUMNS, 0..ROWS)).prop_map(Step::Cursor),
    ]
}

fn draw_step(step: &Step, buffer: &mut Buffer) {
    match step {
        Step::Table { first, top, rows } => {
            for (y, n) in (*top..(top + rows).min(ROWS)).zip(*first..) {
                let style = if n % 5 == 0 { Style::new().fg(Color::Cyan) } else { Style::new() };
                let sign = if n % 7 == 0 { "猫" } else { "ab" };
                buffer.set_string(0, y, format!("{:<24}", format!("{n:>4} {sign} {:x}", n * 7919)), style);
            }
        }
        Step::Text { x, y, text, style } => buffer.set_string(*x, *y, text, *style),
        Step::Forget | Step::Cursor(_) => {}
    }
}

/// The colour as a terminal of 256 colours names it.
fn told(color: Color) -> vt100::Color {
    match color {
        Color::Red => vt100::Color::Idx(1),
        Color::Cyan => vt100::Color::Idx(6),
        Color::DarkGray => vt100::Color::Idx(8),
        Color::White => vt100::Color::Idx(15),
        Color::Indexed(n) => vt100::Color::Idx(n),
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        _ => vt100::Color::Default,
    }
}

/// Where the terminal shows something else than the buffer says.
fn difference(buffer: &Buffer, screen: &vt100::Screen) -> Option<String> {
    for y in 0..ROWS {
        let mut x = 0;
        while x < COLUMNS {
            let (cell, seen) = (&buffer[(x, y)], screen.cell(y, x)?);
            let contents = if seen.contents().is_empty() { " " } else { seen.contents() };
            let modifiers = [
                (Modifier::BOLD, seen.bold()),
                (Modifier::DIM, seen.dim()),
                (Modifier::ITALIC, seen.italic()),
                (Modifier::UNDERLINED, seen.underline()),
                (Modifier::REVERSED, seen.inverse()),
            ];
            // This terminal cannot be bold and dim at once.
            let both = cell.modifier.contains(Modifier::BOLD | Modifier::DIM);
            let modifiers = modifiers.get(if both { 2.. } else { 0.. }).unwrap_or_default();
            // Of a blank only what is behind it, or through it, is seen.
            let blank = cell.symbol() == " ";
            let modifiers =
                modifiers.get(if blank { modifiers.len() - 2.. } else { 0.. }).unwrap_or_default();
            let bare = blank && !cell.modifier.intersects(Modifier::REVERSED | Modifier::UNDERLINED);
            let same = contents == cell.symbol()
                && (bare || seen.fgcolor() == told(cell.fg))
                && seen.bgcolor() == told(cell.bg)
                && modifiers.iter().all(|(modifier, is_on)| cell.modifier.contains(*modifier) == *is_on);
            if !same {
                return Some(format!("{x} {y}: {seen:?} for {cell:?}"));
            }
            x += CellWidth::cell_width(cell).max(1);
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// However frames follow each other, the terminal shows the last one.
    #[test]
    fn the_terminal_shows_the_frame(all in prop::collection::vec(prop::collection::vec(any_step(), 1..4), 1..12)) {
        let mut bench = Bench::new(COLUMNS, ROWS);
        let mut cursor = None;
        for steps in all {
            for step in &steps {
                match step {
                    Step::Forget => bench.frames.forget(),
                    Step::Cursor(at) => cursor = *at,
                    _ => {}
                }
            }
            let mut expected = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
            for step in &steps {
                draw_step(step, &mut expected);
            }
            bench.draw(cursor, |buffer| buffer.clone_from(&expected));
            let screen = bench.terminal.screen();
            prop_assert_eq!(difference(&expected, screen), None);
            prop_assert_eq!(cursor.is_none(), screen.hide_cursor() || cursor.is_none());
            if let Some((x, y)) = cursor {
                prop_assert_eq!(screen.cursor_position(), (y, x));
            }
        }
    }
}

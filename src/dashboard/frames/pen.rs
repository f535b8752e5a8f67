//! The shortest way to say cells to a terminal: what it writes with and where its cursor stands is remembered,
//! and only what differs from that is said.

use std::io::Write;

use ratatui::{
    buffer::{Cell, CellWidth},
    layout::Position,
    style::{Color, Modifier},
};

/// How a terminal writes the next sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// What is seen of a style where no sign stands.
const SEEN: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

impl Style {
    /// That of a cell.
    pub fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a blank in this style looks like any blank.
    fn leaves_blank(self) -> bool {
        self.bg == Color::Reset && !self.modifier.intersects(SEEN)
    }
}

/// Takes from a cell the style that is not seen in it, so that blanks that look the same are the same.
pub fn simplify(cell: &mut Cell) {
    if cell.symbol() == " " && Style::of(cell).leaves_blank() {
        (cell.fg, cell.modifier) = (Color::Reset, Modifier::empty());
    }
}

/// Modifiers, the parameter that sets each, and the one that takes it away.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// A gap of so many cells or fewer is no longer than the order to leap over it.
const SHORT_GAP: u16 = 3;

/// Asks for the colourful form of a sign, which is wider.
const VARIATION: char = '\u{fe0f}';

/// What was said to a terminal, and in which state that has left it.
#[derive(Debug, Default)]
pub struct Pen {
    bytes: Vec<u8>,
    style: Style,
    /// None: somewhere.
    at: Option<Position>,
}

impl Pen {
    /// Nothing is known of the terminal: its style becomes the plain one, and it is emptied.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.say(format_args!("\x1b[m\x1b[2J"));
        (self.style, self.at) = (Style::default(), None);
    }

    /// Whether nothing was said since the last [`Pen::take`].
    pub fn is_silent(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was said. The cursor may be anywhere from here on.
    pub fn take(&mut self) -> Vec<u8> {
        self.at = None;
        std::mem::take(&mut self.bytes)
    }

    /// Writes a cell; `row` is the line that it stands in, as the terminal is to show it.
    pub fn put(&mut self, x: usize, y: u16, cell: &Cell, row: &[Cell]) {
        let column = u16::try_from(x).unwrap_or(u16::MAX);
        match self.at {
            Some(at) if at.y == y && at.x <= column => self.cross(at.x, column, row),
            _ => self.go(column, y),
        }
        if !self.suits(cell) {
            self.take_style(Style::of(cell));
        }
        let symbol = cell.symbol();
        if symbol.contains(VARIATION) {
            // Some terminals take it for one cell, others for two: both are empty before.
            self.bytes.extend_from_slice(b"  ");
            self.go(column, y);
        }
        self.bytes.extend_from_slice(symbol.as_bytes());
        // Terminals do not agree how wide some signs are, and what comes after the last column.
        let sure = symbol.len() == 1 || symbol.chars().nth(1).is_none() && symbol.cell_width() == 1;
        self.at = (sure && x + 1 < row.len()).then(|| Position::new(column + 1, y));
    }

    /// Goes to the right in the same line: over a few cells by writing them once more, where that needs no other style.
    fn cross(&mut self, from: u16, to: u16, row: &[Cell]) {
        let gap = row.get(usize::from(from)..usize::from(to)).unwrap_or_default();
        let plain = |cell: &Cell| cell.symbol().len() == 1 && self.suits(cell);
        if to - from <= SHORT_GAP && gap.iter().all(plain) {
            self.bytes.extend(gap.iter().flat_map(|cell| cell.symbol().bytes()));
        } else if to - from == 1 {
            self.say(format_args!("\x1b[C"));
        } else {
            self.say(format_args!("\x1b[{}C", to - from));
        }
    }

    /// Puts the cursor into a cell: on the shorter way, from where it stands or from the first cell.
    pub fn go(&mut self, x: u16, y: u16) {
        let whole = if x == 0 { format!("\x1b[{}H", y + 1) } else { format!("\x1b[{};{}H", y + 1, x + 1) };
        let steps = self.at.and_then(|at| steps(at, Position::new(x, y)));
        self.bytes.extend(steps.filter(|steps| steps.len() < whole.len()).unwrap_or(whole).into_bytes());
        self.at = Some(Position::new(x, y));
    }

    /// Takes `lines` away from the top of an area of whole lines, for which as many empty ones come up at its
    /// bottom; when they are negative, the other way round. In the words of the VT102, which all terminals know.
    pub fn scroll(&mut self, top: u16, bottom: u16, lines: i32) {
        // What comes up has the style that is in force.
        self.take_style(Style::default());
        let word = if lines > 0 { 'M' } else { 'L' };
        self.say(format_args!("\x1b[{};{bottom}r\x1b[{}H\x1b[{}{word}\x1b[r", top + 1, top + 1, lines.abs()));
        self.at = None;
    }

    /// Whether a cell looks as it should in the style that is in force.
    fn suits(&self, cell: &Cell) -> bool {
        let style = Style::of(cell);
        style == self.style || cell.symbol() == " " && style.leaves_blank() && self.style.leaves_blank()
    }

    fn take_style(&mut self, style: Style) {
        if style == self.style {
            return;
        }
        let (afresh, changed) = (parameters(Style::default(), style), parameters(self.style, style));
        let words = if afresh.len() + 2 <= changed.len() || style == Style::default() {
            if afresh.is_empty() { String::new() } else { format!("0;{afresh}") }
        } else {
            changed
        };
        self.say(format_args!("\x1b[{words}m"));
        self.style = style;
    }

    fn say(&mut self, words: std::fmt::Arguments<'_>) {
        // Into memory, where nothing fails.
        let _ = self.bytes.write_fmt(words);
    }
}

/// The way to a cell further down, where it is short: what ticks in a column of a table is a step from row to row.
fn steps(from: Position, to: Position) -> Option<String> {
    let down = match to.y.checked_sub(from.y)? {
        0 => String::new(),
        1 => "\x1b[B".into(),
        lines => format!("\x1b[{lines}B"),
    };
    let back = usize::from(from.x.checked_sub(to.x)?);
    let aside = if to.x == 0 { "\r".into() } else { "\x08".repeat(back) };
    Some(down + &aside)
}

/// What leads from one style to another.
fn parameters(from: Style, to: Style) -> String {
    let mut all: Vec<String> = Vec::new();
    let gone = from.modifier - to.modifier;
    let mut fresh = to.modifier - from.modifier;
    let mut taken = 0;
    for (modifier, _, off) in MODIFIERS.iter().filter(|(modifier, ..)| gone.contains(*modifier)) {
        // Bold and dim go together, and so do the two ways to blink.
        let twins = MODIFIERS.iter().filter(|(twin, _, same)| same == off && twin != modifier);
        fresh |= twins.fold(Modifier::empty(), |all, (twin, ..)| all | to.modifier & *twin);
        if taken != *off {
            all.push(off.to_string());
        }
        taken = *off;
    }
    all.extend(
        MODIFIERS.iter().filter(|(modifier, ..)| fresh.contains(*modifier)).map(|(_, on, _)| on.to_string()),
    );
    if from.fg != to.fg {
        all.push(color(to.fg, 30));
    }
    if from.bg != to.bg {
        all.push(color(to.bg, 40));
    }
    all.join(";")
}

/// The parameter for a colour; `base` is 30 for the sign, 40 for what is behind it.
fn color(color: Color, base: u8) -> String {
    let dark = |n: u8| (base + n).to_string();
    let bright = |n: u8| (base + 60 + n).to_string();
    match color {
        Color::Reset => dark(9),
        Color::Black => dark(0),
        Color::Red => dark(1),
        Color::Green => dark(2),
        Color::Yellow => dark(3),
        Color::Blue => dark(4),
        Color::Magenta => dark(5),
        Color::Cyan => dark(6),
        Color::Gray => dark(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    }
}

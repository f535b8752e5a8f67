use ratatui::layout::Rect;

use super::{
    super::{Model, model::Focus, text},
    form, frame,
};

/// Below this a single line says that the window is too small.
const SMALLEST: (u16, u16) = (20, 5);
/// Below this one pane is shown at a time.
const STACKED: (u16, u16) = (60, 16);
/// Below this the form folds while it has not the focus.
const ROOMY: u16 = 32;
/// From here on there is a header, and messages have a line of their own; below they stand in the footer's.
const TALL: u16 = 8;
/// Title, heads, and two jobs.
const TABLE_LEAST: u16 = 4;

/// From this width on a detail can stand beside the table.
pub const BESIDE: u16 = 140;
/// From this height on a message may have two lines.
const TWO_LINES: u16 = 16;

/// What just happened is told in a line, a long one in two where there is room.
fn message_lines(model: &Model, area: Rect) -> u16 {
    let words = model.toast.as_ref().filter(|_| model.line.is_none()).map(|toast| &toast.text);
    let long = words.is_some_and(|words| text::width(words) + 2 > usize::from(area.width));
    1 + u16::from(long && area.height >= TWO_LINES)
}

/// Whether a window shows more than that it is too small.
pub fn is_large_enough(area: Rect) -> bool {
    area.width >= SMALLEST.0 && area.height >= SMALLEST.1
}

/// How many panes go into a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Room {
    /// None.
    #[default]
    TooSmall,
    /// One at a time.
    One,
    /// All, one under the other.
    All,
}

/// Which lines belong to what. Every pane owns whole lines, its title line included; a pane that is not
/// shown has no height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// How many panes go into it.
    pub room: Room,
    /// The form shows a summary.
    pub folded: bool,
    /// There is room to spare.
    pub roomy: bool,
    /// The first line, where there is room for it.
    pub header: Rect,
    /// What everyone has to know: paused, unreachable, without a key.
    pub banner: Rect,
    /// The form.
    pub form: Rect,
    /// The table.
    pub table: Rect,
    /// The detail beside it.
    pub beside: Rect,
    /// The log.
    pub log: Rect,
    /// Everything between banner and message: a page, or the panes together.
    pub page: Rect,
    /// The message line; the footer where that has no line of its own.
    pub message: Rect,
    /// The keys.
    pub footer: Rect,
}

impl Layout {
    /// The layout of a window.
    pub fn of(model: &Model, area: Rect) -> Self {
        let (width, height) = (area.width, area.height);
        if !is_large_enough(area) {
            return Self::default();
        }
        let mut rest = Lines(area);
        let tall = height >= TALL;
        let header = rest.top(u16::from(tall));
        let footer = rest.bottom(1);
        let message = if tall { rest.bottom(message_lines(model, area)) } else { footer };
        let room_for_banner = if height >= 10 { 2 } else { 0 };
        let banners = u16::try_from(frame::banners(model).len()).unwrap_or(room_for_banner);
        let banner = rest.top(banners.min(room_for_banner));
        let room = if width < STACKED.0 || height < STACKED.1 { Room::One } else { Room::All };
        let base = Self {
            room,
            roomy: height >= ROOMY,
            header,
            banner,
            page: rest.0,
            message,
            footer,
            ..Self::default()
        };
        if room == Room::One || model.zoom { base.one_pane(model) } else { base.stacked(model, rest) }
    }

    fn one_pane(mut self, model: &Model) -> Self {
        let pane = match model.focus {
            Focus::Form => &mut self.form,
            Focus::Jobs => &mut self.table,
            Focus::Log => &mut self.log,
        };
        *pane = self.page;
        self.put_beside(model);
        self
    }

    /// Gives the right side of the table to the detail that is to stay open.
    fn put_beside(&mut self, model: &Model) {
        if model.dock.is_some() && self.table.width >= BESIDE {
            let width = self.table.width * 2 / 5;
            self.beside = Rect { x: self.table.right() - width, width, ..self.table };
            // A cell between the two.
            self.table.width -= width + 1;
        }
    }

    fn stacked(mut self, model: &Model, mut rest: Lines) -> Self {
        let height = rest.0.height;
        self.folded = !self.roomy && model.focus != Focus::Form;
        let wanted = if self.folded { 2 } else { 1 + form::height(model, self.roomy, rest.0.width) };
        self.form = rest.top(wanted.min(height.saturating_sub(TABLE_LEAST)));
        let left = rest.0.height;
        let log = match model.focus {
            Focus::Log => (left / 2).max(3),
            Focus::Form if !self.roomy => 3,
            _ => (left / 4).clamp(3, 10),
        };
        // The log gives way first.
        let log = if left >= TABLE_LEAST + log || model.focus == Focus::Log { log } else { 0 };
        self.log = rest.bottom(log.min(left.saturating_sub(TABLE_LEAST)));
        self.table = rest.0;
        self.put_beside(model);
        self
    }
}

/// The lines that nobody owns yet.
#[derive(Clone, Copy)]
struct Lines(Rect);

impl Lines {
    fn top(&mut self, lines: u16) -> Rect {
        let lines = lines.min(self.0.height);
        let taken = Rect { height: lines, ..self.0 };
        self.0 = Rect { y: self.0.y + lines, height: self.0.height - lines, ..self.0 };
        taken
    }

    fn bottom(&mut self, lines: u16) -> Rect {
        let lines = lines.min(self.0.height);
        self.0.height -= lines;
        Rect { y: self.0.bottom(), height: lines, ..self.0 }
    }
}

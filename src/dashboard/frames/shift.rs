//! Finds lines that have only moved, so that the terminal can move them by itself: a cell by cell comparison
//! knows no scrolling, and would write a full table anew for each row.

use std::{cmp::Reverse, ops::Range};

use ratatui::buffer::{Buffer, Cell};

/// Whole lines that moved up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The first line of the area that moves.
    pub top: u16,
    /// The line after its last.
    pub bottom: u16,
    /// By so many lines up; down when negative.
    pub lines: i32,
}

/// Below this many lines that differ, nothing is worth a look.
const FEW: usize = 3;

/// What a shift costs beside its cells, about, in bytes.
const COST: usize = 24;

/// What a cell costs to which the cursor has to leap, and what counts as no leap.
const LEAP: usize = 7;
const GAP: usize = 3;

impl Shift {
    /// The shift that leaves the fewest bytes to be written, if one leaves fewer than none does; `changed` are the lines
    /// that differ.
    pub fn between(shown: &Buffer, next: &Buffer, changed: &[u16]) -> Option<Self> {
        let (first, end) = (usize::from(*changed.first()?), usize::from(*changed.last()?) + 1);
        if changed.len() < FEW {
            return None;
        }
        let (shown, next) = (Rows::of(shown), Rows::of(next));
        let most = i32::try_from(end - first).ok()? - 1;
        let all = (1..=most).flat_map(|lines| [lines, -lines]);
        let moved = all.filter_map(|lines| Moved::longest(&shown, &next, first..end, lines));
        // Of some that are as good, the nearest.
        let best = moved.min_by_key(|moved| Reverse(moved.exact))?;
        best.widened(&shown, &next, first..end)
    }

    /// Does to a buffer what the terminal does to its screen.
    pub fn apply(self, buffer: &mut Buffer) {
        let width = usize::from(buffer.area.width);
        let Some(area) =
            buffer.content.get_mut(usize::from(self.top) * width..usize::from(self.bottom) * width)
        else {
            return;
        };
        let cells = usize::try_from(self.lines.unsigned_abs())
            .unwrap_or(usize::MAX)
            .saturating_mul(width)
            .min(area.len());
        let empty = if self.lines > 0 {
            area.rotate_left(cells);
            area.len() - cells..area.len()
        } else {
            area.rotate_right(cells);
            0..cells
        };
        area.get_mut(empty).unwrap_or_default().iter_mut().for_each(Cell::reset);
    }
}

/// The lines of a buffer.
struct Rows<'a> {
    cells: &'a [Cell],
    width: usize,
}

impl<'a> Rows<'a> {
    fn of(buffer: &'a Buffer) -> Self {
        Self { cells: &buffer.content, width: usize::from(buffer.area.width) }
    }

    fn row(&self, y: usize) -> &'a [Cell] {
        self.cells.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// What it costs to make a line of another one, about, in bytes.
    fn cost(&self, y: usize, from: &[Cell]) -> usize {
        let differ = self.row(y).iter().zip(from).enumerate().filter(|(_, (a, b))| a != b);
        Self::bytes(differ.map(|(x, _)| x))
    }

    /// The same, of an empty one.
    fn cost_from_nothing(&self, y: usize) -> usize {
        let some = self.row(y).iter().enumerate().filter(|(_, cell)| **cell != Cell::EMPTY);
        Self::bytes(some.map(|(x, _)| x))
    }

    fn bytes(cells: impl Iterator<Item = usize>) -> usize {
        let (mut bytes, mut last) = (0, None);
        for x in cells {
            let goes_on = last.is_some_and(|last| x - last <= GAP);
            bytes += if goes_on { 1 } else { LEAP };
            last = Some(x);
        }
        bytes
    }
}

/// Lines of the next frame that stand so many lines further down in the last one.
#[derive(Clone, Copy)]
struct Moved {
    first: usize,
    end: usize,
    lines: i32,
    /// How many of them are the same in every cell.
    exact: usize,
}

impl Moved {
    fn from(self, y: usize, area: &Range<usize>) -> Option<usize> {
        y.checked_add_signed(isize::try_from(self.lines).ok()?).filter(|y| area.contains(y))
    }

    /// The longest run of lines that are exactly the same, and were elsewhere.
    fn longest(shown: &Rows, next: &Rows, area: Range<usize>, lines: i32) -> Option<Self> {
        let mut best: Option<Self> = None;
        let mut run = Self { first: area.start, end: area.start, lines, exact: 0 };
        for y in area.clone() {
            let same = run.from(y, &area).is_some_and(|from| next.row(y) == shown.row(from));
            if same && run.end == y {
                (run.end, run.exact) = (y + 1, run.exact + 1);
            } else if same {
                run = Self { first: y, end: y + 1, lines, exact: 1 };
            }
            if best.is_none_or(|best| run.exact > best.exact) {
                best = Some(run);
            }
        }
        best.filter(|best| best.exact >= FEW)
    }

    /// Takes in lines at both ends that have changed a little as they moved, and says whether all that pays.
    fn widened(mut self, shown: &Rows, next: &Rows, area: Range<usize>) -> Option<Shift> {
        let run = self;
        let pays = |y: usize| {
            let from = run.from(y, &area);
            from.is_some_and(|from| next.cost(y, shown.row(from)) < next.cost(y, shown.row(y)))
        };
        while self.first > area.start && pays(self.first - 1) {
            self.first -= 1;
        }
        while pays(self.end) {
            self.end += 1;
        }
        let by = usize::try_from(self.lines.unsigned_abs()).ok()?;
        let (top, bottom) =
            if self.lines > 0 { (self.first, self.end + by) } else { (self.first - by, self.end) };
        let still: usize = (top..bottom).map(|y| next.cost(y, shown.row(y))).sum();
        let moved: usize = (top..bottom)
            .map(|y| match self.from(y, &(top..bottom)) {
                Some(from) => next.cost(y, shown.row(from)),
                None => next.cost_from_nothing(y),
            })
            .sum();
        let shift =
            Shift { top: u16::try_from(top).ok()?, bottom: u16::try_from(bottom).ok()?, lines: self.lines };
        (moved + COST < still).then_some(shift)
    }
}

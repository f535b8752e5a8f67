//! What changes of the screen cost on the line.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
};

use ratatui::layout::Size;

use super::*;
use crate::dashboard::frames::Frames;

#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen and the line to its terminal.
struct Wired {
    screen: Screen,
    frames: Frames<Written>,
    written: Written,
}

impl Wired {
    /// What stands on the terminal already.
    fn of(screen: Screen) -> Self {
        let written = Written::default();
        let frames = Frames::new(written.clone(), Box::new(|| Ok(Size::ZERO)));
        let mut wired = Self { screen, frames, written };
        assert!(wired.bytes() > 1_000);
        wired
    }

    /// Draws, and says how many bytes that took.
    fn bytes(&mut self) -> usize {
        let (model, (columns, rows)) = (&self.screen.model, self.screen.model.facts.size);
        let draw = |buffer: &mut Buffer| view::draw(model, buffer.area, buffer);
        self.frames.draw(Size::new(columns, rows), draw).unwrap();
        self.written.0.take().len()
    }

    fn press(&mut self, keys: &str) -> usize {
        self.screen.press(keys);
        self.bytes()
    }
}

#[test]
fn a_change_that_is_not_seen_writes_nothing() {
    let mut wired = Wired::of(Screen::living());
    let told = || vec![Update::Jobs(living()), Update::News(vec![JobId(99)], now())];
    wired.screen.tell(told());
    wired.bytes();
    wired.screen.tell(told());
    assert_eq!(wired.bytes(), 0, "nothing of this is new");
    assert_eq!(wired.press("k"), 0, "the first row is the first row");
    assert_ne!(wired.press("j"), 0);
    wired.press("1 enter \"ab\"");
    assert_ne!(wired.press("left"), 0, "the cursor is a part of the screen");
}

/// At its least a frame is 16 bytes of marks.
#[test]
fn the_selection_moves_by_a_row_in_a_hundred_bytes() {
    let jobs: Vec<_> = (1..=100).map(|id| saved(id, 90_000)).collect();
    let mut wired = Wired::of(Screen::with(facts(), jobs));
    wired.press("j");
    for key in ["j", "j", "k", "j", "k", "k"] {
        let bytes = wired.press(key);
        assert!((40..=100).contains(&bytes), "{key}: {bytes}");
    }
}

#[test]
fn a_full_table_scrolls_by_a_row_in_six_hundred_bytes() {
    let jobs: Vec<_> = (1..=1_000).map(|id| saved(id, 90_000 + id)).collect();
    let mut wired = Wired::of(Screen::with(facts(), jobs));
    wired.press("z");
    wired.press(&["j"; 60].join(" "));
    for key in ["j", "j", "j"] {
        let bytes = wired.press(key);
        assert!((100..=600).contains(&bytes), "{key}: {bytes}");
    }
    wired.press(&["k"; 60].join(" "));
    for key in ["k", "k"] {
        let bytes = wired.press(key);
        assert!((100..=600).contains(&bytes), "{key}: {bytes}");
    }
}

#[test]
fn a_tick_of_a_row_costs_fifty_bytes() {
    let jobs = vec![running(2, 600, 0.2, 10), saved(1, 9_000)];
    let mut wired = Wired::of(Screen::with(facts(), jobs));
    for second in 1..5 {
        wired.screen.wait(second);
        let bytes = wired.bytes();
        assert!((20..=50).contains(&bytes), "{second}: {bytes}");
    }
}

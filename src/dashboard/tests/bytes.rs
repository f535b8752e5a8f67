//! What a draw costs: rows that are made, and bytes on the line.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
};

use ratatui::layout::Size;

use super::*;
use crate::{
    dashboard::frames::Frames,
    engine::{Found, Wanted},
};

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

/// Their polls come in every tenth of a second, and half of them tell that a task has come further.
#[test]
fn the_polls_of_a_hundred_tasks_are_one_small_draw_a_second() {
    let jobs: Vec<_> = (1..=100).map(|id| running(id, 600 + id, 0.2, 3)).collect();
    let mut wired = Wired::of(Screen::with(facts(), jobs));
    wired.screen.press("z").model.take_dirty();
    wired.bytes();
    let mut draws = Vec::new();
    for slot in 1..=50 {
        let at = now() + SignedDuration::from_millis(100 * slot);
        wired.screen.send(Message::Time(at));
        let polled: Vec<_> = (1..=100).filter(|id| (id + slot) % 50 == 0).map(JobId).collect();
        let further = polled.iter().filter(|id| id.0 % 2 == 0);
        let further = further
            .map(|id| Job { progress: Some(0.4), ..wired.screen.model.jobs.get(*id).unwrap().clone() });
        let further = Update::Jobs(further.collect());
        wired.screen.tell(vec![further, Update::News(polled, at)]);
        if wired.screen.model.take_dirty() {
            draws.push((slot, wired.bytes()));
        }
        assert!(
            wired
                .screen
                .model
                .next_change()
                .is_some_and(|next| next > at && next <= at + SignedDuration::from_secs(1))
        );
    }
    let at: Vec<_> = draws.iter().map(|(slot, _)| *slot).collect();
    assert_eq!(at, [10, 20, 30, 40, 50]);
    assert!(draws.iter().all(|(_, bytes)| (100..=500).contains(bytes)), "{draws:?}");
}

/// What a poll tells of a task that goes on can wait for it; all else is seen at once.
#[test]
fn what_ends_a_job_or_begins_one_waits_for_no_second() {
    let mut screen = Screen::with(facts(), vec![running(2, 600, 0.2, 10), saved(1, 9_000)]);
    screen.model.take_dirty();
    screen.send(Message::Time(now() + SignedDuration::from_millis(300)));
    screen.tell(vec![Update::Jobs(vec![submitted(5, 9)])]);
    assert!(screen.model.take_dirty());
    let fetched = Update::Fetched { id: JobId(1), bytes: 1, total: None };
    let begun = Update::Jobs(vec![running(5, 9, 0.1, 0)]);
    for quiet in [fetched, begun] {
        screen.tell(vec![quiet]);
        assert!(screen.model.is_dirty() && !screen.model.take_dirty());
    }
    for job in [done(2, 600), Job { tags: vec!["a".into()], ..done(2, 600) }, running(3, 5, 0.1, 1)] {
        screen.tell(vec![Update::Jobs(vec![job.clone()])]);
        assert!(screen.model.take_dirty() && !screen.model.is_dirty(), "{job:?}");
    }
}

/// A screen over a journal of so many saved jobs, of which it is told what it asks for.
fn over(count: i64) -> Model {
    let mut model = Model::new(facts());
    let status = Update::Status(Status { role: Role::Owner, ..Status::default() });
    let mut told = vec![status, Update::Loaded];
    while !told.is_empty() {
        let effects = update(&mut model, Message::Updates(told));
        let answer = |effect| match effect {
            Effect::Find(Wanted::Rows { seq, .. }) => {
                let total = (usize::try_from(count).unwrap(), JobId(count));
                Some(Found::Rows {
                    seq,
                    ids: (1..=count).rev().map(JobId).collect(),
                    first: true,
                    last: true,
                    total,
                })
            }
            Effect::Find(Wanted::Jobs(ids)) => {
                let jobs = ids.iter().map(|id| saved(id.0, 90_000)).collect();
                Some(Found::Jobs { jobs, gone: Vec::new() })
            }
            _ => None,
        };
        told = effects.into_iter().filter_map(answer).map(Update::Found).collect();
    }
    model
}

#[test]
fn a_draw_makes_the_rows_that_are_seen_at_ten_jobs_and_at_a_hundred_thousand() {
    for (count, rows) in [(10, 10), (1_000, 18), (100_000, 18)] {
        let model = over(count);
        assert_eq!(model.jobs.len(), usize::try_from(count).unwrap());
        let before = view::ROWS_MADE.get();
        let mut buffer = Buffer::empty(model.area());
        view::draw(&model, model.area(), &mut buffer);
        assert_eq!(view::ROWS_MADE.get() - before, rows, "of {count}");
        assert!(buffer.content.iter().any(|cell| cell.symbol() == "▶"));
    }
}

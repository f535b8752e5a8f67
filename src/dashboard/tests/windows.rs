//! Of a long journal the screen reads what it shows, and loses nothing of what happens meanwhile.

use super::{super::jobs::Row, *};
use crate::engine::{Found, Wanted};

const MANY: i64 = 2_000;

fn long() -> Screen {
    Screen::over(facts(), (1..=MANY).map(|id| saved(id, 100_000 - id)).collect())
}

/// The jobs that are in memory.
fn at_hand(screen: &Screen) -> usize {
    screen.model.jobs.at_hand().count()
}

/// The rows that are seen, all of which must have been read.
fn seen(screen: &Screen) -> usize {
    let model = &screen.model;
    let window = model.jobs.window(view::table_rows(model, model.area()));
    let read = |row: Row| matches!(row, Row::Job(_));
    let rows: Vec<_> = model.jobs.rows(window).collect();
    assert!(rows.iter().copied().all(read), "{rows:?}");
    rows.len()
}

#[test]
fn only_what_is_near_is_read_wherever_the_window_goes() {
    let mut screen = long();
    assert_eq!((screen.selected(), screen.model.jobs.len()), (Some(MANY), 2_000));
    assert!(screen.sees("of 2000") && seen(&screen) > 10 && at_hand(&screen) < 150, "{}", screen.text());
    screen.press("G");
    assert!(screen.selected() == Some(1) && seen(&screen) > 10, "{}", screen.text());
    let mut most = 0;
    for _ in 0..150 {
        screen.press("pgup");
        seen(&screen);
        most = most.max(at_hand(&screen));
    }
    assert_eq!(screen.selected(), Some(MANY));
    assert!(most < 1_000, "{most} jobs were in memory");
}

#[test]
fn each_row_is_read_once_and_not_for_every_key() {
    let mut screen = long();
    let before = screen.shelf.asked;
    screen.press(&"j ".repeat(200));
    let reads = screen.shelf.asked - before;
    assert!(reads < 12, "{reads} reads for 200 rows");
}

#[test]
fn all_marked_jobs_are_read_before_anything_is_done_with_them() {
    let mut screen = long();
    screen.shelf.is_deaf = true;
    screen.press("*");
    assert_eq!(screen.model.jobs.marked().len(), 2_000);
    screen.press("A");
    assert!(screen.toast().contains("still being read: press the key again"), "{}", screen.toast());
    assert!(screen.commands().is_empty());
    screen.listen().press("A");
    let archived = screen.commands();
    assert!(
        matches!(archived.as_slice(), [Command::Archive { ids, archived: true, .. }] if ids.len() == 2_000)
    );
}

#[test]
fn what_happens_while_the_journal_is_asked_is_newer_than_its_answer() {
    let mut screen = Screen::with(facts(), vec![running(1, 900, 0.5, 2), running(2, 800, 0.5, 2)]);
    screen.shelf.is_deaf = true;
    screen.press("/ \"state:running\"");
    let Some(Wanted::Rows { seq, .. }) = screen.shelf.unheard.last().cloned() else { panic!("not asked") };
    // One has come home, and a new one runs, before the answer is there, which knows neither.
    screen.tell(vec![Update::Jobs(vec![saved(1, 900), running(3, 60, 0.1, 2)])]);
    let total = (2, JobId(2));
    let ids = vec![JobId(2), JobId(1)];
    screen.tell(vec![Update::Found(Found::Rows { seq, ids, first: true, last: true, total })]);
    assert_eq!(screen.shown(), [3, 2]);
    assert_eq!(screen.model.jobs.counts().all, 3);
}

#[test]
fn an_answer_to_an_older_question_is_not_shown() {
    let mut screen = Screen::living();
    screen.shelf.is_deaf = true;
    screen.press("/ \"f\"");
    let Some(Wanted::Rows { seq, .. }) = screen.shelf.unheard.last().cloned() else { panic!("not asked") };
    screen.press("\"o\"");
    let (ids, total) = (vec![JobId(3)], (12, JobId(12)));
    screen.tell(vec![Update::Found(Found::Rows { seq, ids, first: true, last: true, total })]);
    assert_eq!(screen.shown().len(), 12);
    assert!(screen.sees("looking"), "{}", screen.text());
}

#[test]
fn a_read_that_was_slow_takes_nothing_back() {
    let mut screen = Screen::living();
    screen.tell(vec![Update::Jobs(vec![saved(9, 95)])]);
    screen.tell(vec![Update::Found(Found::Jobs { jobs: vec![running(9, 95, 0.72, 2)], gone: Vec::new() })]);
    assert!(screen.line("  9").contains("SAVED"), "{}", screen.text());
}

#[test]
fn what_nobody_had_time_to_read_is_asked_for_again() {
    let mut screen = long();
    screen.shelf.is_deaf = true;
    screen.press("G");
    let Some(wanted) = screen.shelf.unheard.pop() else { panic!("nothing was asked for") };
    screen.tell(vec![Update::Found(Found::NotNow(wanted))]);
    screen.shelf.is_deaf = false;
    assert!(screen.model.next_change().is_some_and(|at| at <= after(1)));
    screen.wait(1);
    assert!(seen(&screen) > 10);
}

#[test]
fn a_job_that_cannot_be_read_goes_out_of_the_table() {
    let mut screen = long();
    screen.press("j");
    screen.tell(vec![Update::Found(Found::Jobs { jobs: Vec::new(), gone: vec![JobId(MANY)] })]);
    assert_eq!((screen.shown().len(), screen.selected()), (1_999, Some(MANY - 1)));
}

#[test]
fn a_live_job_is_where_the_screen_knows_it_though_the_journal_does_not_yet() {
    let mut screen = Screen::with(facts(), vec![running(1, 900, 0.5, 2), submitted(2, 800)]);
    screen.shelf.is_deaf = true;
    // Told by a poll, and not written before the question is asked.
    screen.tell(vec![Update::Jobs(vec![running(2, 800, 0.1, 2)])]);
    screen.press("/ \"state:running\"");
    let Some(Wanted::Rows { seq, .. }) = screen.shelf.unheard.last().cloned() else { panic!("not asked") };
    let (ids, total) = (vec![JobId(1)], (2, JobId(2)));
    screen.tell(vec![Update::Found(Found::Rows { seq, ids, first: true, last: true, total })]);
    assert_eq!(screen.shown(), [2, 1]);
}

#[test]
fn a_folded_sweep_is_read_whole_before_anything_is_done_with_it() {
    let of = |id| Job { group: Some("3d95".into()), ..saved(id, 100_000 - id) };
    let jobs = (1..=MANY).map(|id| if id < 300 { of(id) } else { saved(id, 100_000 - id) });
    let mut screen = Screen::over(facts(), jobs.collect());
    screen.press("G f");
    assert!(screen.line("[299 jobs").contains("299 saved"), "{}", screen.text());
    screen.press("A");
    let archived = screen.commands();
    assert!(
        matches!(archived.as_slice(), [Command::Archive { ids, archived: true, .. }] if ids.len() == 299),
        "{archived:?}"
    );
}

#[test]
fn rows_in_another_order_are_asked_for_again_for_news_and_not_for_live_jobs_as_such() {
    let mut screen = Screen::with(facts(), vec![saved(1, 900), running(2, 800, 0.5, 2)]);
    screen.press(": \"sort state\" enter");
    let asked = screen.shelf.asked;
    (1..20).for_each(|second| {
        screen.wait(second);
    });
    assert_eq!(screen.shelf.asked, asked);
    screen.tell(vec![Update::Jobs(vec![running(2, 800, 0.6, 2)])]).wait(22);
    assert_eq!(screen.shelf.asked, asked + 1);
}

#[test]
fn ages_are_looked_at_once_a_minute_and_at_once_when_it_is_due() {
    let mut screen = Screen::living();
    screen.press("/ \"age:<2h\" enter");
    let asked = screen.shelf.asked;
    screen.wait(59);
    assert_eq!(screen.shelf.asked, asked);
    screen.wait(60);
    assert_eq!(screen.shelf.asked, asked + 1);
    assert!(screen.model.jobs.next_question().is_some_and(|at| at >= after(120)));
}

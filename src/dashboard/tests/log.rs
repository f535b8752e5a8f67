//! The log pane: search, levels, one job's lines, wrapping, the clear mark.

use super::*;
use crate::dashboard::LogLine;

fn line(job: Option<i64>, level: tracing::Level, text: &str) -> LogLine {
    LogLine { at: before(60), level, job: job.map(JobId), text: text.into() }
}

fn screen() -> Screen {
    let mut screen = Screen::living();
    let lines = vec![
        line(None, tracing::Level::INFO, "the journal holds 12 jobs"),
        line(Some(12), tracing::Level::WARN, "a word that is not known"),
        line(Some(9), tracing::Level::ERROR, "the reply was lost"),
        line(Some(12), tracing::Level::DEBUG, "polled"),
        line(Some(3), tracing::Level::INFO, "the last WORD"),
    ];
    screen.send(Message::Log(lines, 0)).press("3");
    screen
}

#[test]
fn a_search_goes_to_the_newest_hit_and_on_to_older_ones() {
    let mut screen = Screen::living();
    let lines = (0..200).map(|n| line(None, tracing::Level::INFO, &format!("line {n:03}"))).collect();
    screen.send(Message::Log(lines, 0)).press("3 / \"5\" enter");
    assert!(screen.sees("line 195") && !screen.sees("line 199"), "{}", screen.text());
    screen.press("n");
    assert!(screen.sees("line 185") && !screen.sees("line 186"), "{}", screen.text());
    screen.press("N");
    assert!(screen.sees("line 195"));
    assert!(screen.sees("3 Log · \"5\"") && screen.sees("G follows again"));
}

#[test]
fn a_search_without_a_hit_says_so() {
    let mut screen = screen();
    screen.press("/ \"zebra\" enter");
    assert!(screen.toast().contains("no line of the log holds \"zebra\""), "{}", screen.toast());
    screen.press("n");
    assert!(screen.toast().contains("no line of the log holds"), "{}", screen.toast());
}

#[test]
fn n_without_a_search_says_how_to_search() {
    let mut screen = screen();
    screen.press("n");
    assert!(screen.toast().contains("nothing was searched for: / does"), "{}", screen.toast());
}

#[test]
fn esc_leaves_the_search_as_it_was_and_an_empty_one_ends_it() {
    let mut screen = screen();
    screen.press("/ \"word\" enter / \"x\" esc");
    assert_eq!(screen.model.log.searched(), Some("word"));
    screen.press("/ ctrl-u enter");
    assert_eq!(screen.model.log.searched(), None);
}

#[test]
fn the_slash_of_the_log_is_no_filter() {
    let mut screen = screen();
    screen.press("/ \"word\" enter");
    assert_eq!(screen.shown().len(), 12);
}

#[test]
fn levels_are_gone_through_and_told() {
    let mut screen = screen();
    screen.press("L");
    assert!(!screen.sees("polled") && screen.sees("from info on"), "{}", screen.text());
    screen.press("L");
    assert!(!screen.sees("the last WORD") && screen.sees("not known"), "{}", screen.text());
    screen.press("L");
    assert!(!screen.sees("not known") && screen.sees("the reply was lost"), "{}", screen.text());
    screen.press("L");
    assert!(screen.sees("polled") && !screen.sees("from debug on"));
}

#[test]
fn only_the_selected_jobs_lines_are_shown_and_then_all_again() {
    let mut screen = screen();
    screen.press("o");
    assert!(screen.sees("3 Log of job 12") && screen.sees("polled"), "{}", screen.text());
    assert!(!screen.sees("the reply was lost"));
    screen.press("o");
    assert!(screen.sees("the reply was lost"));
}

#[test]
fn a_log_that_is_narrowed_to_nothing_says_which_keys_did_it() {
    let mut screen = screen();
    screen.press("2 j j 3 o");
    assert!(
        screen.sees("nothing of that is in the log: o, L and c change what is shown"),
        "{}",
        screen.text()
    );
}

#[test]
fn without_a_job_there_is_none_to_narrow_down_to() {
    let mut screen = Screen::empty();
    screen.press("3 o");
    assert!(screen.toast().contains("no job is selected"), "{}", screen.toast());
}

#[test]
fn long_lines_are_wrapped_or_cut() {
    let mut screen = screen();
    screen
        .send(Message::Log(vec![line(None, tracing::Level::INFO, &format!("{}END", "long ".repeat(40)))], 0));
    assert!(screen.sees("END"));
    screen.press("w");
    assert!(!screen.sees("END") && screen.line("long long").ends_with('…'), "{}", screen.text());
    assert!(screen.press("w").sees("END"));
}

#[test]
fn the_clear_mark_hides_what_is_older_and_shows_it_again() {
    let mut screen = screen();
    screen.press("c");
    assert!(
        !screen.sees("the reply was lost") && screen.toast().contains("out of sight"),
        "{}",
        screen.toast()
    );
    screen.send(Message::Log(vec![line(None, tracing::Level::INFO, "newer")], 0));
    assert!(screen.sees("newer") && screen.sees("c shows older ones"), "{}", screen.text());
    screen.press("c");
    assert!(
        screen.sees("the reply was lost") && screen.toast().contains("shown again"),
        "{}",
        screen.toast()
    );
}

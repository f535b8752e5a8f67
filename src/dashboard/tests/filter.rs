//! The filter of the table.

use super::*;

#[test]
fn a_filter_shows_what_passes_while_it_is_typed() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3\"");
    assert_eq!(screen.shown(), [3]);
    assert!(screen.sees("2 Jobs: id:3") && screen.sees("1 of 12"), "{}", screen.text());
    screen.press("\",9\"");
    assert_eq!(screen.shown(), [9, 3]);
    assert!(screen.effects.is_empty());
}

#[test]
fn words_are_anded_and_a_bang_excludes() {
    let mut screen = Screen::living();
    screen.press("/ \"cat gen4\" enter");
    assert_eq!(screen.shown(), [9]);
    screen.press("/ ctrl-u \"cat !gen4 state:running\" enter");
    assert!(!screen.shown().contains(&9), "{:?}", screen.shown());
}

#[test]
fn enter_keeps_the_filter_and_gives_the_keys_back() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3,6\" enter j");
    assert_eq!((screen.selected(), screen.shown()), (Some(3), vec![6, 3]));
    assert!(screen.model.line.is_none());
}

#[test]
fn typing_replaces_the_filter_that_stands_there_and_moving_keeps_it() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3\" enter / \"id:6\" enter");
    assert_eq!(screen.model.filter, "id:6");
    screen.press("/ left right \",3\" enter");
    assert_eq!(screen.model.filter, "id:6,3");
    screen.press("/ backspace backspace enter");
    assert_eq!(screen.model.filter, "id:6");
}

#[test]
fn esc_brings_back_what_was_shown_before() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3\" enter / end \",6\"");
    assert_eq!(screen.shown(), [6, 3]);
    screen.press("esc");
    assert_eq!((screen.shown(), screen.model.filter.as_str()), (vec![3], "id:3"));
}

#[test]
fn the_selection_stays_with_its_job_where_it_passes_else_goes_to_the_first() {
    let mut screen = Screen::living();
    screen.press("j j j");
    assert_eq!(screen.selected(), Some(9));
    screen.press("/ \"id:9,3\" enter");
    assert_eq!(screen.selected(), Some(9));
    screen.press("esc");
    assert_eq!((screen.selected(), screen.shown().len()), (Some(9), 12));
    screen.press("/ \"id:2,3,6\"");
    assert_eq!(screen.selected(), Some(6));
}

#[test]
fn esc_gives_the_selection_back_that_the_filter_took() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3\" esc");
    assert_eq!(screen.selected(), Some(12));
}

#[test]
fn a_filter_that_is_wrong_so_far_says_so_and_changes_nothing() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3\"").send(Message::Paste(" stat:x".into()));
    assert_eq!(screen.shown(), [3]);
    assert!(screen.note().contains("stat"), "{}", screen.note());
    assert!(screen.sees(screen.note()));
    screen.press("enter");
    assert!(screen.model.line.is_some(), "what was typed stays, to be mended");
    assert_eq!(screen.shown(), [3]);
}

#[test]
fn half_a_word_asks_for_nothing_yet() {
    let mut screen = Screen::living();
    screen.press("/ \"state:\"");
    assert_eq!((screen.shown().len(), screen.note()), (12, ""));
}

#[test]
fn a_filter_without_a_hit_says_how_to_get_back() {
    let mut screen = Screen::living();
    screen.press("/ \"zebra\" enter");
    assert_eq!((screen.shown().len(), screen.selected()), (0, None));
    assert!(screen.sees("No job passes this filter; 12 jobs are not shown. Esc takes the filter away"));
    screen.press("esc");
    assert_eq!((screen.shown().len(), screen.selected()), (12, Some(12)));
}

#[test]
fn esc_in_the_table_takes_the_marks_away_then_the_filter() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3,6\" enter space esc");
    assert_eq!((screen.marked().len(), screen.shown()), (0, vec![6, 3]));
    screen.press("esc");
    assert_eq!(screen.shown().len(), 12);
    screen.press("esc");
    assert!(screen.toast().contains("no mark and no filter"), "{}", screen.toast());
    assert!(!screen.leaves());
}

#[test]
fn tab_completes_keys_and_values() {
    let mut screen = Screen::living();
    screen.press("/ \"stat\" tab");
    assert_eq!(screen.model.line.as_ref().unwrap().text(), "state:");
    screen.press("\"unsu\" tab");
    assert_eq!(screen.model.line.as_ref().unwrap().text(), "state:unsure ");
    screen.press("ctrl-u \"zzz\" tab");
    assert_eq!(screen.note(), "nothing completes this");
}

#[test]
fn a_completed_filter_filters() {
    let mut screen = Screen::living();
    screen.press("/ \"state:unsu\" tab");
    assert_eq!(screen.shown(), [5], "{}", screen.text());
}

#[test]
fn backspace_in_an_empty_line_closes_it() {
    let mut screen = Screen::living();
    assert!(screen.press("/ \"a\" backspace").model.line.is_some());
    assert!(screen.press("backspace").model.line.is_none());
}

#[test]
fn a_job_that_does_not_pass_any_more_goes() {
    let mut screen = Screen::living();
    screen.press("/ \"state:running\" enter");
    assert!(screen.shown().contains(&9));
    screen.tell(vec![Update::Jobs(vec![saved(9, 95)])]);
    assert!(!screen.shown().contains(&9));
}

#[test]
fn archived_jobs_are_seen_only_when_asked_for() {
    let mut screen = Screen::living();
    screen.tell(vec![Update::Jobs(vec![Job { archived: true, ..saved(6, 1_900) }])]);
    assert!(!screen.shown().contains(&6));
    screen.press("/ \"archived:yes\" enter");
    assert_eq!(screen.shown(), [6]);
}

#[test]
fn a_paste_into_the_filter_is_one_line() {
    let mut screen = Screen::living();
    screen.press("/").send(Message::Paste("id:3\r\nid:3\n".into()));
    assert_eq!(screen.model.line.as_ref().unwrap().text(), "id:3 id:3");
    assert_eq!(screen.shown(), [3]);
}

//! The mouse: off at start; a click selects and focuses, the wheel scrolls.

use super::*;
use crate::dashboard::MouseKind;

fn with_mouse() -> Screen {
    let mut screen = Screen::living();
    screen.press("m").effects();
    screen
}

/// Does something with the mouse on the first place that shows these words.
fn at(screen: &mut Screen, kind: MouseKind, words: &str) {
    let text = screen.text();
    let found = text.lines().zip(0..).find_map(|(line, row)| Some((line.split_once(words)?.0, row)));
    let (before, row) = found.unwrap_or_else(|| panic!("no {words:?} in\n{text}"));
    let column = u16::try_from(super::super::text::width(before)).unwrap();
    screen.send(Message::Mouse { kind, column, row });
}

fn click(screen: &mut Screen, words: &str) {
    at(screen, MouseKind::Press, words);
}

#[test]
fn while_it_is_off_it_does_nothing() {
    let mut screen = Screen::living();
    click(&mut screen, "RUNNING 27%");
    at(&mut screen, MouseKind::WheelDown, "RUNNING 27%");
    assert_eq!(screen.selected(), Some(12));
    assert!(screen.effects.is_empty());
}

#[test]
fn m_switches_it_on_and_off_and_says_so() {
    let mut screen = Screen::living();
    screen.press("m");
    assert!(matches!(screen.effects().as_slice(), [Effect::Mouse(true)]));
    assert!(screen.toast().contains("m gives it back"), "{}", screen.toast());
    screen.press("m");
    assert!(matches!(screen.effects().as_slice(), [Effect::Mouse(false)]));
}

#[test]
fn the_config_can_have_it_on_at_start() {
    let mut facts = facts();
    facts.config.ui.mouse = true;
    let mut screen = Screen::with(facts, living());
    click(&mut screen, "RUNNING 27%");
    assert_eq!(screen.selected(), Some(10));
}

#[test]
fn a_click_selects_a_row_and_gives_the_table_the_keys() {
    let mut screen = with_mouse();
    screen.press("3");
    click(&mut screen, "RUNNING 27%");
    assert_eq!((screen.selected(), screen.place()), (Some(10), "jobs"));
}

#[test]
fn a_click_in_a_scrolled_table_selects_what_is_seen_there() {
    let mut screen = Screen::with(facts(), (1..=99).map(|id| saved(id, 900)).collect());
    screen.press("m G");
    click(&mut screen, "  5 SAVED");
    assert_eq!(screen.selected(), Some(5));
}

#[test]
fn a_click_on_a_field_goes_there() {
    let mut screen = with_mouse();
    click(&mut screen, "Ratio");
    assert_eq!(screen.place(), "ratio");
    click(&mut screen, "[ Submit ]");
    assert_eq!(screen.place(), "submit");
    assert!(screen.model.question.is_none(), "a click sends nothing");
}

#[test]
fn a_click_on_a_title_goes_to_its_pane() {
    let mut screen = with_mouse();
    click(&mut screen, "3 Log");
    assert_eq!(screen.place(), "log");
    click(&mut screen, "1 Form");
    assert_eq!(screen.place(), "image");
}

#[test]
fn a_click_on_a_line_of_a_list_picks_it() {
    let mut screen = with_mouse();
    screen.press("s");
    click(&mut screen, "the prompt");
    assert!(screen.model.picker.is_none() && screen.sees("by prompt ↑"), "{}", screen.text());
}

#[test]
fn a_click_beside_a_list_closes_it() {
    let mut screen = with_mouse();
    screen.press("s");
    click(&mut screen, "Taxiway");
    assert!(screen.model.picker.is_none() && screen.effects.is_empty());
}

#[test]
fn the_wheel_scrolls_what_is_under_it_and_leaves_the_focus() {
    let mut screen = with_mouse();
    screen.press("3");
    at(&mut screen, MouseKind::WheelDown, "RUNNING 27%");
    assert_eq!((screen.selected(), screen.place()), (Some(9), "log"));
    at(&mut screen, MouseKind::WheelUp, "RUNNING 27%");
    assert_eq!(screen.selected(), Some(12));
}

#[test]
fn the_wheel_over_the_form_moves_no_job() {
    let mut screen = with_mouse();
    for words in ["1 Form", "Ratio"] {
        at(&mut screen, MouseKind::WheelDown, words);
        assert_eq!((screen.selected(), screen.place()), (Some(12), "jobs"));
    }
}

#[test]
fn the_wheel_scrolls_a_page() {
    let mut screen = with_mouse();
    screen.press("?");
    at(&mut screen, MouseKind::WheelDown, "Jobs, log, detail and help");
    assert_eq!(screen.model.page.as_ref().unwrap().top(), 3);
}

#[test]
fn no_click_answers_a_question_or_disturbs_a_line() {
    let mut screen = with_mouse();
    screen.press("/ \"id:7\" enter r");
    let text = screen.text();
    click(&mut screen, "y sends it");
    assert_eq!(screen.text(), text);
    screen.press("n : \"send 7\"");
    click(&mut screen, "3 Log");
    assert!(screen.model.line.is_some() && screen.place() == "jobs");
}

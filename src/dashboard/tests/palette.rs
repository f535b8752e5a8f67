//! The list of all that can be done, and lists in general.

use super::*;
use crate::dashboard::actions::ACTIONS;

#[test]
fn the_palette_narrows_down_and_does_what_is_picked() {
    let mut screen = Screen::living();
    screen.press("ctrl-p");
    assert!(screen.sees("All actions"), "{}", screen.text());
    screen.press("\"focus log\" enter");
    assert_eq!(screen.place(), "log");
    assert!(screen.model.picker.is_none());
}

#[test]
fn entries_show_their_keys() {
    let mut screen = Screen::living();
    screen.press("ctrl-p \"poll now\"");
    assert!(screen.line("▶ poll now").trim_end().ends_with('p'), "{}", screen.text());
}

#[test]
fn entries_that_are_off_say_why_and_stay() {
    let mut screen = Screen::living();
    screen.press("ctrl-p \"drop\"");
    assert!(screen.line("▶ drop").contains("job 12 is SUBMITTED: only a held job"), "{}", screen.text());
    screen.press("enter");
    assert!(screen.model.picker.is_some() && screen.effects.is_empty());
    assert!(screen.toast().contains("only a held job can be dropped"), "{}", screen.toast());
}

#[test]
fn what_is_meant_for_another_pane_says_so() {
    let mut screen = Screen::living();
    screen.press("3 ctrl-p \"fold\"");
    assert!(screen.line("▶ fold").contains("only"), "{}", screen.text());
    screen.press("esc 1 enter ctrl-p \"log wrap\"");
    assert!(screen.line("▶ log wrap").contains("only in: Log"), "{}", screen.text());
}

#[test]
fn what_became_impossible_while_the_list_was_open_is_not_done() {
    let mut screen = Screen::with(facts(), vec![at_rest(7, 900)]);
    screen.press("ctrl-p \"drop\"");
    screen.tell(vec![Update::Jobs(vec![submitted(7, 900)])]).press("enter");
    assert!(screen.model.question.is_none(), "{}", screen.text());
    assert!(screen.toast().contains("only a held job"), "{}", screen.toast());
}

#[test]
fn commands_stand_in_it_and_begin_a_line() {
    let mut screen = Screen::living();
    screen.press("ctrl-p \":resolve\" enter");
    assert_eq!(screen.model.line.as_ref().unwrap().text(), "resolve ");
}

#[test]
fn every_action_is_in_it_but_for_moves() {
    let mut screen = Screen::living();
    screen.resize(200, 200).press("ctrl-p");
    let text = screen.text();
    let moves = [
        "up",
        "down",
        "page_up",
        "page_down",
        "page_on",
        "next",
        "previous",
        "field_up",
        "field_down",
        "enter",
        "palette",
    ];
    for spec in ACTIONS.iter().filter(|spec| !spec.name.starts_with("text_") && !moves.contains(&spec.name)) {
        let label = format!("  {} ", spec.name.replace('_', " "));
        assert!(text.contains(&label) || text.contains(&label.replacen("  ", "▶ ", 1)), "{label}\n{text}");
    }
}

#[test]
fn keys_of_the_program_are_text_in_a_list() {
    let mut screen = Screen::living();
    screen.press("ctrl-p \"q?1\"");
    assert_eq!(screen.model.picker.as_ref().unwrap().query(), "q?1");
    assert!(!screen.leaves() && screen.sees("nothing fits"), "{}", screen.text());
    screen.press("enter");
    assert!(screen.model.picker.is_some());
}

#[test]
fn esc_ctrl_c_and_ctrl_p_close_it() {
    for key in ["esc", "ctrl-c", "ctrl-p"] {
        let mut screen = Screen::living();
        screen.press("ctrl-p").press(key);
        assert!(screen.model.picker.is_none() && !screen.leaves(), "{key}");
    }
}

#[test]
fn the_marker_moves_by_lines_pages_and_ends() {
    let mut screen = Screen::living();
    let at = |screen: &Screen| screen.model.picker.as_ref().unwrap().at();
    screen.press("ctrl-p down down up");
    assert_eq!(at(&screen), 1);
    screen.press("pgdn");
    let page = at(&screen);
    assert!(page > 10);
    screen.press("pgup pgup");
    assert_eq!(at(&screen), 0);
    screen.press("end down");
    assert_eq!(at(&screen) + 1, screen.model.picker.as_ref().unwrap().shown().len());
    assert!(screen.sees("▶ :help"), "{}", screen.text());
    screen.press("home");
    assert_eq!(at(&screen), 0);
}

#[test]
fn it_opens_inside_text_and_leaves_the_text_alone() {
    let mut screen = Screen::empty();
    screen.press("tab \"a cat\" ctrl-p \"dog\" esc \"!\"");
    assert_eq!(draft(&screen).prompt, "a cat!");
}

#[test]
fn a_paste_narrows_down() {
    let mut screen = Screen::living();
    screen.press("ctrl-p").send(Message::Paste("focus\nlog".into()));
    assert!(screen.sees("▶ focus log"), "{}", screen.text());
}

#[test]
fn models_are_listed_with_limits_and_prices() {
    let mut screen = Screen::empty();
    screen.press("down down space");
    assert!(
        screen.line("gen4_turbo").contains("about $0.05 a second · 2 to 10 s · 6 ratios"),
        "{}",
        screen.text()
    );
    screen.press("\"veo3.1_f\" enter");
    assert_eq!((draft(&screen).model.as_str(), screen.place()), ("veo3.1_fast", "model"));
}

#[test]
fn models_are_listed_while_their_name_is_typed() {
    let mut screen = Screen::empty();
    screen.press("down down enter ctrl-o");
    assert!(screen.sees("━ Models"), "{}", screen.text());
}

#[test]
fn durations_are_listed_with_prices_and_taken() {
    let mut screen = Screen::empty();
    screen.press("down down down down space");
    assert!(screen.line("10 s").contains("about $0.32"), "{}", screen.text());
    screen.press("down enter");
    assert_eq!(draft(&screen).duration, "10");
}

#[test]
fn a_field_without_choices_has_no_list() {
    let mut screen = Screen::empty();
    screen.press("end down down down down down down ");
    assert_eq!(screen.place(), "watermark");
    screen.press("space");
    assert!(draft(&screen).watermark);
    screen.press("down o");
    assert!(screen.toast().contains("there is no list here"), "{}", screen.toast());
}

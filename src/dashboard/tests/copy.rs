//! What can be copied of a job.

use super::*;
use crate::dashboard::Copied;

/// The living table with this job selected.
fn at(id: i64) -> Screen {
    let mut screen = Screen::living();
    screen.press(&format!("/ \"id:{id}\" enter"));
    screen
}

fn copied(screen: &mut Screen) -> String {
    match screen.effects().as_slice() {
        [Effect::Copy { text, .. }] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn y_lists_the_ways_and_a_letter_copies() {
    let mut screen = at(6);
    screen.press("y");
    for way in ["video address", "task id", "file", "scp line", "prompt", "curl command", "JSON"] {
        assert!(screen.sees(way), "{way}");
    }
    screen.press("i");
    assert_eq!(copied(&mut screen), "d0658ae1-6");
    assert!(screen.model.picker.is_none());
}

#[test]
fn enter_copies_what_is_under_the_marker() {
    let mut screen = at(6);
    screen.press("y down down enter");
    assert_eq!(copied(&mut screen), "/home/u/Videos/taxiway/2026-05-01-6-a-cat-yawns.mp4");
}

#[test]
fn what_the_job_has_not_is_off_and_says_why() {
    let mut screen = at(9);
    screen.press("y");
    assert!(screen.line("video address").contains("it has no video address (yet)"), "{}", screen.text());
    screen.press("u");
    assert!(screen.effects.is_empty() && screen.model.picker.is_some());
    assert!(screen.toast().contains("no video address"), "{}", screen.toast());
}

#[test]
fn an_unknown_letter_and_esc_copy_nothing() {
    let mut screen = at(6);
    screen.press("y q z");
    assert!(screen.model.picker.is_some() && screen.effects.is_empty());
    screen.press("esc");
    assert!(screen.model.picker.is_none() && screen.effects.is_empty());
}

#[test]
fn of_several_jobs_each_has_a_line() {
    let mut screen = Screen::living();
    screen.press("/ \"id:6,2,9\" enter * y");
    assert!(screen.line("video address").contains("(2 of 3)"), "{}", screen.text());
    screen.press("f");
    assert_eq!(copied(&mut screen).lines().count(), 2);
}

#[test]
fn the_curl_command_names_the_variable_and_not_the_key() {
    let mut screen = at(6);
    screen.press("y c");
    let text = copied(&mut screen);
    assert!(text.contains("$COMETAPI_KEY") && !text.contains(KEY), "{text}");
}

#[test]
fn a_copied_curl_command_fills_the_form_again() {
    let mut screen = at(9);
    screen.press("y c");
    let text = copied(&mut screen);
    screen.send(Message::Paste(text));
    assert_eq!(draft(&screen).model, "gen4_turbo");
}

#[test]
fn the_scp_line_names_this_machine_and_quotes_the_file() {
    let mut job = saved(6, 900);
    job.result.as_mut().unwrap().files[0].path = "/home/u/my videos/a.mp4".into();
    let mut screen = Screen::with(facts(), vec![job]);
    screen.press("y s");
    assert_eq!(copied(&mut screen), "scp 'me@render:/home/u/my videos/a.mp4' .");
}

#[test]
fn the_way_that_the_text_took_is_told() {
    for (way, words) in
        [(Copied::Tmux, "copied to tmux"), (Copied::Osc52, "sent to the terminal's clipboard")]
    {
        let mut screen = at(6);
        screen.press("y i").send(Message::Copied { what: "task id".into(), way: Ok(way) });
        assert!(screen.toast().contains(words) && screen.toast().contains("task id"), "{}", screen.toast());
    }
}

#[test]
fn what_could_not_be_copied_is_shown_to_be_selected() {
    let mut screen = at(6);
    screen
        .press("y i")
        .send(Message::Copied { what: "task id".into(), way: Err("no way to a clipboard".into()) });
    assert!(screen.toast().contains("select it with the mouse: no way to a clipboard"), "{}", screen.toast());
    assert!(screen.text().lines().any(|line| line == "d0658ae1-6"), "{}", screen.text());
    screen.press("esc");
    assert!(screen.model.page.is_none());
}

#[test]
fn what_was_copied_last_is_shown_alone() {
    let mut screen = at(6);
    screen.press("Y");
    assert!(screen.toast().contains("nothing was copied yet"), "{}", screen.toast());
    screen.press("y u Y");
    assert!(screen.text().lines().any(|line| line == "https://cdn.example.com/6.mp4?_jwt=e30.e30.sig"));
}

#[test]
fn without_a_job_nothing_is_copied() {
    let mut screen = Screen::empty();
    screen.press("2 y");
    assert!(screen.toast().contains("no job is selected") && screen.effects.is_empty(), "{}", screen.toast());
    screen.press(": \"copy id\" enter");
    assert!(screen.note().contains("no job is selected") && screen.effects.is_empty());
}

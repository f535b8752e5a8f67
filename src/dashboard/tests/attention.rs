//! That nothing is answered, sent or dropped by keys that were pressed for something else.

use super::{marks::archived, *};

/// Time goes on by so many milliseconds.
fn wait(screen: &mut Screen, millis: i64) {
    let now = screen.model.now() + SignedDuration::from_millis(millis);
    screen.send(Message::Time(now));
}

fn ready() -> Screen {
    let mut screen = Screen::empty();
    screen.image();
    screen
}

#[test]
fn a_yes_typed_ahead_of_the_question_sends_nothing() {
    for apart in [0, 5, 50, 150] {
        let mut screen = ready();
        screen.burst("f5 y", apart);
        wait(&mut screen, 5_000);
        assert!(screen.commands().is_empty() && screen.model.question.is_some(), "{apart}");
    }
}

#[test]
fn a_yes_that_is_held_down_sends_nothing_until_it_is_pressed_again() {
    let mut screen = ready();
    screen.burst(&format!("f5{}", " y".repeat(60)), 33);
    assert!(screen.commands().is_empty() && screen.model.question.is_some());
    wait(&mut screen, 1_000);
    assert!(screen.commands().is_empty());
    screen.burst("y", 0);
    wait(&mut screen, 30);
    assert!(matches!(screen.commands().as_slice(), [Command::Submit { .. }]));
}

#[test]
fn a_text_pasted_without_its_marks_sends_nothing() {
    for text in ["y e s", "y enter", "y y", "y space n"] {
        let mut screen = ready();
        screen.burst("f5", 0);
        wait(&mut screen, 3_000);
        screen.burst(text, 1);
        wait(&mut screen, 3_000);
        assert!(screen.commands().is_empty(), "{text}");
    }
}

#[test]
fn a_yes_alone_counts_and_once() {
    let mut screen = ready();
    screen.burst("f5", 0);
    wait(&mut screen, 250);
    screen.burst("y", 0);
    assert!(screen.commands().is_empty() && screen.model.next_change().is_some(), "it is waited for");
    wait(&mut screen, 30);
    assert!(matches!(screen.commands().as_slice(), [Command::Submit { .. }]));
    wait(&mut screen, 30);
    assert!(screen.commands().is_empty() && screen.model.question.is_none());
}

#[test]
fn a_question_that_took_the_place_of_another_is_read_anew() {
    let mut screen = ready();
    screen.burst("f5", 0);
    wait(&mut screen, 250);
    screen.burst("y", 0);
    let twin = Problem::new("duplicate", "job 3 asks for the same");
    wait(&mut screen, 30);
    screen.commands();
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Err(twin) }]);
    screen.burst("y", 0);
    wait(&mut screen, 100);
    assert!(screen.commands().is_empty() && screen.model.question.is_some());
}

#[test]
fn dropping_a_job_needs_a_yes_that_was_meant_too() {
    let mut screen = Screen::with(facts(), vec![at_rest(7, 900)]);
    screen.press("2");
    screen.burst("x y", 10);
    wait(&mut screen, 1_000);
    assert!(screen.commands().is_empty() && screen.sees("Drop job 7?"), "{}", screen.text());
}

#[test]
fn a_key_for_the_row_that_just_went_away_does_nothing_to_the_next() {
    let mut screen = Screen::with(facts(), vec![saved(6, 900), saved(5, 1_900)]);
    screen.press("2 g");
    screen.tell(vec![Update::Jobs(vec![Job { archived: true, ..saved(6, 900) }])]);
    assert_eq!(screen.selected(), Some(5));
    screen.press("A");
    assert!(screen.commands().is_empty() && screen.toast().contains("gone to job 5"), "{}", screen.toast());
    screen.press("A");
    assert_eq!(archived(&mut screen), [5]);
}

#[test]
fn what_the_palette_does_is_done_with_the_jobs_it_was_opened_for() {
    let mut screen = Screen::with(facts(), vec![saved(6, 900), saved(5, 1_900)]);
    screen.press("2 g ctrl-p \"archive\"");
    screen.tell(vec![Update::Jobs(vec![saved(7, 10)])]);
    screen.press("enter");
    assert_eq!(archived(&mut screen), [6]);
    screen.press("ctrl-p \"archive\"");
    screen.tell(vec![Update::Jobs(vec![Job { archived: true, ..saved(6, 900) }])]);
    screen.press("enter");
    assert_eq!(archived(&mut screen), [6], "and never the one that took its place");
}

#[test]
fn in_a_window_too_small_to_see_anything_nothing_is_done() {
    let mut screen = Screen::living();
    screen.press("2").resize(10, 3).press("A d space p");
    assert!(screen.commands().is_empty());
    screen.press("q");
    assert!(screen.leaves() || screen.model.question.is_some());
}

#[test]
fn a_form_that_holds_a_key_is_not_kept_and_says_so_before_it_is_sent() {
    let mut screen = ready();
    let key = format!("sk-{}", "a1".repeat(16));
    screen.press("esc tab").send(Message::Paste(format!("a cat {key}")));
    assert!(screen.toast().contains("nothing was pasted"), "{}", screen.toast());
    screen.press("\"a cat \"").press(&format!("\"{key}\""));
    wait(&mut screen, 60_000);
    let now = screen.model.now();
    assert!(screen.model.next_change().is_none_or(|at| at > now), "nothing is waited for that is past");
    let kept = screen.remembered();
    assert!(
        kept.iter().all(|(_, value)| value.as_ref().is_none_or(|value| !value.contains(&key))),
        "{kept:?}"
    );
    screen.press("f5");
    assert!(screen.sees("looks like an API key"), "{}", screen.text());
}

//! The first minutes: no key, a wrong key, and what to do.

use super::*;

fn without_key() -> Screen {
    let mut facts = facts();
    facts.config.key = None;
    Screen::with(facts, Vec::new())
}

fn with_problem(code: &str) -> Screen {
    let mut screen = Screen::living();
    let paused = Some(Problem::new(code, "told by the service"));
    screen.tell(vec![Update::Status(Status { role: Role::Owner, paused, ..Status::default() })]);
    screen
}

#[test]
fn an_empty_screen_says_what_to_press() {
    let screen = Screen::empty();
    assert!(screen.sees("No jobs yet. Fill in the form") && screen.sees("F5"), "{}", screen.text());
}

#[test]
fn without_a_key_the_panel_names_the_key_that_takes_one() {
    let screen = without_key();
    assert!(
        screen.sees("There is no API key") && screen.sees("Press K to type or paste it"),
        "{}",
        screen.text()
    );
}

#[test]
fn the_key_line_shows_nothing_of_the_key() {
    let mut screen = without_key();
    screen.press("2 K \"sk-veryse\"").send(Message::Paste("cret99\n".into()));
    assert_eq!(screen.model.line.as_ref().unwrap().text(), "sk-verysecret99");
    for words in ["sk-", "verysecret", "15"] {
        assert!(!screen.line("API key (not shown)").contains(words), "{}", screen.text());
    }
    let debug = format!("{:?}", screen.model);
    assert!(!debug.contains("verysecret") && !debug.contains("cret99"));
    // Not even how long it is.
    let line = screen.line("API key (not shown)");
    assert_eq!(screen.press("\"more\"").line("API key (not shown)"), line);
    assert_eq!(screen.draw().backend().cursor_position().x, 21);
}

#[test]
fn nothing_of_the_key_is_left_after_it_was_taken_or_refused() {
    for keys in ["enter", "enter y", "enter n", "esc", "up down tab enter", "enter q"] {
        let mut screen = without_key();
        screen.press("2 K \"sk-verysecret99\"").press(keys);
        let seen = format!("{}{:?}{:?}", screen.text(), screen.model, screen.effects);
        assert!(!seen.contains("verysecret"), "{keys}");
    }
}

#[test]
fn esc_throws_the_key_away() {
    for key in ["esc", "ctrl-c"] {
        let mut screen = without_key();
        screen.press("2 K \"sk-verysecret99\" enter").press(key);
        assert!(screen.effects.is_empty() && screen.toast() == "the key was thrown away", "{key}");
    }
}

#[test]
fn a_key_is_not_kept_where_another_would_go_before_it() {
    let mut screen = Screen::living();
    let paused = Some(Problem::new("wrong_key", "the key …cdef was refused (401)"));
    screen.tell(vec![Update::Status(Status { role: Role::Owner, paused, ..Status::default() })]);
    screen.press("K \"sk-verysecret99\" enter");
    assert!(screen.sees("the one of COMETAPI_KEY goes before a kept one"), "{}", screen.text());
    screen.press("y");
    assert!(matches!(screen.effects().as_slice(), [Effect::UseKey { keep: false, .. }]));
}

#[test]
fn a_key_is_kept_only_after_a_yes() {
    for (answer, kept) in [("y", true), ("n", false), ("enter", false)] {
        let mut screen = without_key();
        screen.press("2 K \"sk-verysecret99\" enter");
        assert!(
            screen.sees("Keep the key for later runs?") && screen.effects.is_empty(),
            "{}",
            screen.text()
        );
        assert!(screen.sees("/home/u/.config/taxiway/key"), "{}", screen.text());
        screen.press(answer);
        let effects = screen.effects();
        assert!(
            matches!(effects.as_slice(), [Effect::UseKey { keep, .. }] if *keep == kept),
            "{answer} {effects:?}"
        );
    }
}

#[test]
fn what_is_no_key_is_refused_and_can_be_mended() {
    for text in ["short", "two words here"] {
        let mut screen = without_key();
        screen.press(&format!("2 K \"{text}\" enter"));
        assert!(screen.note().starts_with("the key ") && screen.model.question.is_none());
        assert!(!format!("{:?}", screen.model).contains(text));
    }
}

#[test]
fn esc_and_an_empty_line_take_no_key() {
    for keys in ["esc", "enter", "ctrl-c", "backspace"] {
        let mut screen = without_key();
        screen.press("2 K").press(keys);
        assert!(screen.model.line.is_none() && screen.model.question.is_none() && screen.effects.is_empty());
    }
}

#[test]
fn the_panel_of_f5_takes_the_key_too() {
    let mut screen = without_key();
    screen.image().press("f5");
    assert!(screen.sees("Nothing can be sent"), "{}", screen.text());
    screen.press("K");
    assert!(screen.model.line.is_some() && screen.sees("API key (not shown)"));
}

#[test]
fn a_wrong_key_an_empty_balance_and_a_pause_are_told_apart() {
    let wrong = with_problem("wrong_key");
    assert!(wrong.sees("The key …cdef is not taken, all is paused: K takes another"), "{}", wrong.text());
    let poor = with_problem("quota_not_enough");
    assert!(poor.sees("The balance is not enough, all is paused: top it up"), "{}", poor.text());
    let other = with_problem("banned");
    assert!(other.sees("All is paused; p tries again · told by the service"), "{}", other.text());
    let mut offline = Screen::living();
    let network = Some(Problem::new("network", "no route to host."));
    offline.tell(vec![Update::Status(Status { role: Role::Owner, network, ..Status::default() })]);
    assert!(
        offline.sees("The service cannot be reached: no route to host; trying again"),
        "{}",
        offline.text()
    );
    assert!(offline.sees("offline"));
}

#[test]
fn a_wrong_key_can_be_typed_anew_and_a_good_one_cannot() {
    let mut screen = with_problem("wrong_key");
    assert!(screen.press("K").model.line.is_some());
    let mut screen = Screen::living();
    screen.press("K");
    assert!(screen.toast().contains("nothing is known against it"), "{}", screen.toast());
}

#[test]
fn a_demo_and_read_only_want_no_key() {
    let mut facts_of_demo = facts();
    (facts_of_demo.demo, facts_of_demo.config.key) = (Some("/tmp/d".into()), None);
    let mut screen = Screen::with(facts_of_demo, living());
    screen.press("K");
    assert!(screen.toast().contains("a demo needs no key"), "{}", screen.toast());
    let mut read_only = Facts { read_only: true, ..facts() };
    read_only.config.key = None;
    let mut screen = Screen::with(read_only, living());
    screen.press("K");
    assert!(screen.toast().contains("read-only"), "{}", screen.toast());
}

#[test]
fn the_form_is_kept_before_the_program_begins_anew_with_the_key() {
    let mut screen = without_key();
    screen.press("tab \"a cat\" esc 2 K \"sk-verysecret99\" enter y");
    let effects = screen.effects();
    assert!(
        matches!(effects.as_slice(), [Effect::Command(Command::Remember { .. }), Effect::UseKey { .. }]),
        "{effects:?}"
    );
}

#[test]
fn a_key_is_not_kept_where_the_profile_would_not_look_for_it() {
    let mut config = config();
    config.key = None;
    let place_of_key = crate::dashboard::question::place_of_key;
    assert!(place_of_key(&config).is_ok());
    config.key_way = Some("key_env");
    let told = place_of_key(&config).unwrap_err();
    assert_eq!(told, "the profile's key_env goes before a kept one: mend that for later runs");
}

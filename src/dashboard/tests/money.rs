//! What is told of spending, and what asks a second time.

use super::*;
use crate::job::Spend;

fn cents(cents: u64) -> Money {
    Money::from_micros(cents * 10_000)
}

/// A screen with a day's budget of a dollar, of which so much is spent.
fn spent(sure: u64, possible: u64) -> Screen {
    let mut facts = facts();
    facts.config.budget.day = Some(cents(100));
    let mut screen = Screen::with(Facts { size: (80, 24), ..facts }, Vec::new());
    let today = Spend { sure: cents(sure), possible: cents(possible) };
    screen.tell(vec![Update::Status(Status { role: Role::Owner, today, ..Status::default() })]);
    screen
}

#[test]
fn the_header_tells_what_today_cost() {
    assert!(spent(25, 50).sees("today $0.25–0.50 of $1.00"), "{}", spent(25, 50).text());
    assert!(!spent(0, 0).sees("today $"));
}

#[test]
fn the_confirmation_tells_what_the_day_would_come_to() {
    for (possible, words) in [
        (25, "today $0.25, with this up to $0.57 of $1.00"),
        (50, "80 % or more of the budget"),
        (90, "more than the budget, it will be refused"),
    ] {
        let mut screen = spent(25, possible);
        screen.image().press("f5");
        let text = screen.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{words}: {text}");
        assert_eq!(text.contains("80 %"), possible == 50);
    }
    let mut screen = Screen::empty();
    screen.image().press("f5");
    assert!(!screen.sees("Budget"), "there is none");
}

fn asked_twice() -> Screen {
    let mut screen = Screen::empty();
    screen.image().press("f5 y");
    assert!(matches!(screen.commands().as_slice(), [Command::Submit { duplicate_ok: false, .. }]));
    let told = Problem::new("duplicate", "job 3 (running) asks for the same; this would be a new variation");
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Err(told) }]);
    assert!(screen.sees("job 3 (running) asks for the same"), "{}", screen.text());
    // A key that was typed before anybody could read that answers nothing.
    for repeat in 0..40 {
        let at = now() + SignedDuration::from_millis(35 * repeat);
        screen.send(Message::Time(at)).burst("y", 0);
        assert!(screen.commands().is_empty() && screen.model.question.is_some(), "{repeat}");
    }
    screen.send(Message::Time(after(3)));
    screen
}

#[test]
fn a_session_has_its_own_budget() {
    let mut facts = facts();
    facts.config.budget.session = Some(cents(50));
    let mut screen = Screen::with(Facts { size: (120, 40), ..facts }, Vec::new());
    let (today, session) =
        (Spend { sure: cents(75), possible: cents(75) }, Spend { sure: cents(0), possible: cents(25) });
    screen.tell(vec![Update::Status(Status { role: Role::Owner, today, session, ..Status::default() })]);
    assert!(screen.sees("today $0.75, session $0.00–0.25 of $0.50"), "{}", screen.text());
    screen.image().press("f5");
    assert!(screen.sees("more than the budget, it will be refused"), "{}", screen.text());
}

#[test]
fn a_duplicate_is_sent_only_at_a_second_yes() {
    let mut screen = asked_twice();
    screen.press("y");
    let commands = screen.commands();
    let [Command::Submit { ticket, requests, count: 1, duplicate_ok: true, .. }] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!(requests[0].prompt_image, "https://example.com/cat.jpg");
    screen.tell(vec![Update::Answer { ticket: *ticket, outcome: Ok(vec![JobId(4)]) }]);
    assert!(screen.toast().contains("job 4 is in the journal"), "{}", screen.toast());
    for key in ["n", "enter", "esc", "f5", "Y"] {
        let mut screen = asked_twice();
        screen.press(key);
        assert!(screen.commands().is_empty() && screen.model.question.is_none(), "{key}");
        assert_eq!(screen.toast(), "not sent; nothing was spent");
    }
}

#[test]
fn a_moderated_job_is_not_sent_again_by_a_key() {
    let mut screen = Screen::with(facts(), vec![failed(4, 900, "SAFETY.INPUT.TEXT")]);
    screen.press("alt-2 r y esc");
    assert!(screen.commands().is_empty());
    screen.press("r");
    assert!(screen.toast().contains("billed") && screen.toast().contains("suspend"), "{}", screen.toast());
}

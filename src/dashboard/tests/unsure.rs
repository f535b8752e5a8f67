//! The question on an unsure job.

use super::*;
use crate::{engine::Reconciliation, job::Candidate};

fn asked(size: (u16, u16)) -> Screen {
    let mut screen = Screen::with(Facts { size, ..facts() }, vec![unsure(5, 3_000)]);
    screen.press("alt-2 a");
    screen
}

#[test]
fn its_task_id_is_typed_or_pasted_and_adopted() {
    for size in [(120, 40), (80, 24), (44, 14)] {
        let mut screen = asked(size);
        assert!(screen.sees("Job 5 is unsure"), "{}", screen.text());
        assert!(screen.sees("none was created"), "{}", screen.text());
        screen.press("i \"tqsk\" left left backspace \"a\" end").send(Message::Paste(" _7 \n".into()));
        assert!(screen.sees("task_7"), "{}", screen.text());
        screen.press("enter");
        let commands = screen.commands();
        assert!(
            matches!(&commands[..], [Command::Adopt { task_id, job: Some(JobId(5)), .. }] if task_id == "task_7"),
            "{commands:?}"
        );
        assert!(screen.model.question.is_none());
    }
}

#[test]
fn keys_of_the_program_are_text_while_an_id_is_typed() {
    let mut screen = asked((80, 24));
    screen.press("i \"qyn1?\"");
    assert!(screen.sees("qyn1?") && !screen.leaves() && screen.commands().is_empty());
    screen.press("esc");
    assert!(screen.sees("i types the task's id"), "{}", screen.text());
    screen.press("esc");
    assert!(screen.model.question.is_none());
}

#[test]
fn an_empty_id_is_not_taken() {
    let mut screen = asked((80, 24));
    screen.press("i enter");
    assert!(screen.commands().is_empty() && screen.model.question.is_some());
}

#[test]
fn that_none_was_created_takes_a_second_word() {
    for (keys, said) in [("n y", true), ("n n", false), ("n enter", false), ("n esc", false), ("y", false)] {
        let mut screen = asked((80, 24));
        screen.press(keys);
        let resolved = matches!(screen.commands()[..], [Command::Resolve { id: JobId(5), .. }]);
        assert_eq!(resolved, said, "{keys}");
        assert!(screen.model.question.is_none(), "{keys}");
    }
}

#[test]
fn only_an_unsure_job_is_settled() {
    let mut screen = Screen::with(facts(), vec![submitted(12, 8)]);
    screen.press("alt-2 a");
    assert!(screen.model.question.is_none());
    assert!(screen.toast().contains("only an unsure job"), "{}", screen.toast());
    let mut screen = Screen::with(Facts { read_only: true, ..facts() }, vec![unsure(5, 3_000)]);
    screen.press("alt-2 a");
    assert!(screen.model.question.is_none() && screen.toast().contains("read-only"), "{}", screen.toast());
}

#[test]
fn what_stands_still_asks_at_the_start() {
    let screen = Screen::begun(facts(), vec![at_rest(3, 50), at_rest(4, 40), unsure(5, 30), submitted(6, 8)]);
    assert_eq!(screen.toast(), "2 jobs held: r sends one, x gives it up · 1 job unsure: a settles one");
    let quiet = Screen::begun(facts(), vec![submitted(6, 8)]);
    assert!(quiet.model.toast.is_none());
}

#[test]
fn what_the_account_shows_can_be_taken_by_its_digit() {
    let mut screen = asked((100, 24));
    screen.press("l");
    let [Command::Reconcile { ticket }] = screen.commands()[..] else { panic!("{:?}", screen.commands()) };
    let task = |id: &str| Candidate {
        task_id: id.into(),
        submitted_at: Some(before(3_000)),
        action: None,
        status: Some("SUCCESS".into()),
        model_name: None,
        quota: Some(125_000),
    };
    let open = vec![(JobId(5), vec![task("task_a"), task("task_b")])];
    let found = Reconciliation { adopted: Vec::new(), open, balance: None };
    screen.tell(vec![Update::Reconciled { ticket, outcome: Ok(found) }]);
    assert!(screen.line("task_b").contains("SUCCESS  $0.25"), "{}", screen.text());
    // A digit fills the id in; only Enter takes it.
    screen.press("2");
    assert!(screen.sees("Enter takes it") && screen.sees("task_b"), "{}", screen.text());
    screen.press("enter");
    assert!(
        matches!(screen.commands().last(), Some(Command::Adopt { task_id, .. }) if task_id == "task_b"),
        "{:?}",
        screen.commands()
    );
}

#[test]
fn a_look_that_finds_the_task_ends_the_question_and_one_that_fails_says_why() {
    let mut screen = asked((100, 24));
    screen.press("l");
    let [Command::Reconcile { ticket }] = screen.commands()[..] else { panic!("{:?}", screen.commands()) };
    let outcome = Err(Problem::new("no_token", "there is no account token"));
    screen.tell(vec![Update::Reconciled { ticket, outcome }]);
    assert!(screen.toast().contains("no account token") && screen.model.question.is_some());
    screen.press("l");
    let Some(Command::Reconcile { ticket }) = screen.commands().pop() else { panic!() };
    let adopted = vec![(JobId(5), "task_a".to_owned())];
    let outcome = Ok(Reconciliation { adopted, open: Vec::new(), balance: None });
    screen.tell(vec![Update::Reconciled { ticket, outcome }]);
    assert!(screen.model.question.is_none() && screen.toast().contains("job 5"), "{}", screen.toast());
}

#[test]
fn what_the_key_had_used_is_a_hint() {
    let mut screen = Screen::with(facts(), vec![unsure(5, 3_000)]);
    let reading = |seconds, cents: u64| (before(seconds), Money::from_micros(cents * 10_000));
    screen.tell(vec![Update::Usage {
        id: JobId(5),
        before: reading(3_010, 100),
        after: reading(2_990, 132),
    }]);
    screen.press("alt-2 a");
    let text = screen.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("the key had used $1.00 at") && text.contains("and $1.32 at"), "{text}");
}

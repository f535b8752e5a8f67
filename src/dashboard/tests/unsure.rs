//! The question on an unsure job.

use super::*;
use crate::{
    engine::Reconciliation,
    job::{Candidate, State},
};

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
    let jobs = || vec![at_rest(3, 50), at_rest(4, 40), unsure(5, 30), submitted(6, 8), held(7, 3)];
    let mut screen = Screen::begun(facts(), jobs());
    assert_eq!(screen.toast(), "1 job unsure: a settles one");
    for words in ["2 jobs held since an earlier run", "  3  about $0.32", "  4  about $0.32", "up to $0.64"] {
        assert!(screen.sees(words), "{words}: {}", screen.text());
    }
    // A key that was typed before it could be read is no answer.
    screen.burst("y", 0);
    assert!(screen.commands().is_empty() && screen.model.question.is_some());
    assert!(screen.toast().contains("too soon to be"), "{}", screen.toast());
    screen.send(Message::Time(after(1))).press("y");
    let commands = screen.commands();
    let [Command::Send { ids, duplicate_ok: false, .. }] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!(*ids, [JobId(3), JobId(4)]);

    let mut screen = Screen::begun(facts(), jobs());
    screen.send(Message::Time(after(1))).press("enter");
    assert!(screen.commands().is_empty() && screen.model.question.is_none());
    assert_eq!(screen.toast(), "2 jobs held: r sends one, x drops it");

    let quiet = Screen::begun(facts(), vec![submitted(6, 8)]);
    assert!(quiet.model.toast.is_none() && quiet.model.question.is_none());
    // What the last run left behind is settled first; until then nobody knows what stands still.
    let mut screen = Screen::new(facts());
    screen.tell(vec![Update::Jobs(jobs()), Update::Loaded]);
    assert!(screen.model.question.is_none());
    screen.tell(vec![Update::Status(Status { role: Role::Owner, ..Status::default() })]);
    assert!(screen.model.question.is_some());
}

#[test]
fn a_wrong_id_is_told_where_it_was_typed_and_a_wrong_adoption_can_be_taken_back() {
    let mut screen = Screen::with(facts(), vec![unsure(5, 3_000), submitted(6, 8)]);
    screen.press("home down a i \"foo bar\" enter");
    assert!(screen.toast().contains("holds a blank") && screen.sees("foo bar"), "{}", screen.text());
    let mut screen = Screen::with(facts(), vec![unsure(5, 3_000), submitted(6, 8)]);
    screen.press("home down a i \"d0658ae1-6\" enter");
    assert!(
        screen.toast().contains("job 6 already") && screen.model.question.is_some(),
        "{}",
        screen.toast()
    );
    assert!(screen.commands().is_empty());

    let adopted = Change::Adopted { task_id: "slip".into(), evidence: String::new() };
    let mut screen = Screen::with(facts(), vec![changed(unsure(5, 3_000), &[(adopted.clone(), 5)])]);
    screen.press("alt-2 a");
    assert!(screen.sees("Job 5 has task slip, not seen yet"), "{}", screen.text());
    screen.press("n y");
    assert!(matches!(screen.commands()[..], [Command::Resolve { id: JobId(5), .. }]));
    let none = changed(unsure(5, 3_000), &[(adopted, 5), (Change::NotCreated(String::new()), 4)]);
    assert_eq!((none.state, none.task_id.as_deref()), (State::NotCreated, None));
    let mut screen = Screen::with(facts(), vec![none]);
    screen.press("alt-2 a");
    assert!(screen.sees("was said to have no task") && !screen.sees("none was created"), "{}", screen.text());
}

#[test]
fn a_task_that_was_found_is_told() {
    let job = unsure(5, 3_000);
    let mut screen = Screen::with(facts(), vec![job.clone()]);
    let adopted = Change::Adopted { task_id: "t".into(), evidence: String::new() };
    screen.tell(vec![Update::Jobs(vec![changed(job, &[(adopted, 5)])])]);
    assert_eq!(screen.toast(), "job 5: its task was found");
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
    assert!(screen.line("task_b").contains("$0.25  SUCCESS"), "{}", screen.text());
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

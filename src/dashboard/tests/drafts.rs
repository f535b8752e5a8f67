//! The form between runs, in the editor, and its picture.

use super::*;
use crate::{
    dashboard::question::Question,
    engine::{ImageFacts, LocalImage},
};

fn kept(screen: &mut Screen) -> Vec<String> {
    screen
        .remembered()
        .into_iter()
        .filter(|(name, _)| name == "draft")
        .filter_map(|(_, value)| value)
        .collect()
}

#[test]
fn a_draft_is_remembered_two_seconds_after_the_last_change() {
    let mut screen = Screen::empty();
    screen.press("tab \"a\"").wait(1);
    screen.press("\" cat\"").wait(2);
    assert!(kept(&mut screen).is_empty(), "it was changed a second ago");
    screen.wait(4);
    let drafts = kept(&mut screen);
    assert!(drafts.len() == 1 && drafts[0].contains("\"prompt\":\"a cat\""), "{drafts:?}");
    screen.wait(60);
    assert!(kept(&mut screen).is_empty(), "once");
}

#[test]
fn the_screen_wants_to_be_told_the_time_for_that() {
    let mut screen = Screen::empty();
    screen.wait(6).press("tab \"a\"").wait(6);
    assert_eq!(screen.model.next_change(), Some(after(8)));
    screen.wait(8);
    assert_eq!(screen.model.next_change(), None);
}

#[test]
fn a_draft_is_remembered_at_leaving() {
    for keys in ["esc q", "ctrl-c"] {
        let mut screen = Screen::empty();
        screen.press("tab \"a cat\"").wait(0);
        screen.press(keys);
        assert!(screen.leaves());
        let drafts = kept(&mut screen);
        assert!(drafts.len() == 1 && drafts[0].contains("a cat"), "{keys} {drafts:?}");
    }
}

#[test]
fn what_was_typed_while_the_journal_was_read_is_kept_too() {
    let mut screen = Screen::new(facts());
    screen.press("1 tab \"a cat\"").tell(vec![Update::Loaded]);
    screen.press("esc q");
    assert_eq!(kept(&mut screen).len(), 1);
}

#[test]
fn an_unchanged_form_is_not_remembered() {
    let mut screen = Screen::living();
    screen.press("1 tab tab esc 2").wait(9);
    screen.press("q y");
    assert_eq!(kept(&mut screen), [""; 0]);
}

#[test]
fn the_form_of_the_last_run_comes_back() {
    let mut first = Screen::empty();
    first.image().press("tab \"a cat\" esc q");
    let draft_of_it = kept(&mut first).remove(0);
    let mut screen = Screen::new(facts());
    screen.tell(vec![Update::Memos(vec![("draft".into(), draft_of_it)]), Update::Loaded]);
    assert_eq!((draft(&screen).prompt.as_str(), screen.place()), ("a cat", "image"));
    screen.wait(1).wait(9).press("alt-g");
    assert!(
        screen.toast().contains("nothing to bring back") && kept(&mut screen).is_empty(),
        "{}",
        screen.toast()
    );
}

#[test]
fn who_types_already_is_not_overwritten_by_the_last_run() {
    let mut screen = Screen::new(facts());
    screen.press("1 tab \"mine\"");
    screen.tell(vec![Update::Memos(vec![("draft".into(), "{\"prompt\":\"old\"}".into())]), Update::Loaded]);
    assert_eq!(draft(&screen).prompt, "mine");
}

#[test]
fn read_only_remembers_no_draft() {
    let mut screen = Screen::with(Facts { read_only: true, ..facts() }, living());
    screen.press("1 tab \"a\"").wait(9);
    screen.press("esc q");
    assert!(kept(&mut screen).is_empty());
}

#[test]
fn the_prompt_goes_to_the_editor_and_comes_back() {
    let mut screen = Screen::empty();
    screen.press("tab \"a cat\" alt-e");
    assert!(matches!(screen.effects().as_slice(), [Effect::Edit(text)] if text == "a cat"));
    screen.send(Message::Edited(Ok("a cat\nand a dog".into())));
    assert_eq!((draft(&screen).prompt.as_str(), screen.place()), ("a cat\nand a dog", "prompt"));
    assert!(screen.toast().contains("15 characters"), "{}", screen.toast());
    screen.press("enter alt-u alt-u");
    assert_eq!(draft(&screen).prompt, "a cat");
}

#[test]
fn an_editor_that_failed_or_changed_nothing_leaves_the_prompt() {
    let mut screen = Screen::empty();
    screen.press("tab \"a cat\" alt-e").send(Message::Edited(Err("vi ended with 1".into())));
    assert_eq!(
        (screen.toast(), draft(&screen).prompt.as_str()),
        ("vi ended with 1; the prompt is as it was", "a cat")
    );
    screen.send(Message::Edited(Ok("a cat".into())));
    assert_eq!(screen.toast(), "the prompt is as it was");
}

fn local() -> LocalImage {
    LocalImage {
        reference: format!("file:///home/u/cat.png#sha256={}", "ab".repeat(32)),
        path: "/home/u/cat.png".into(),
        media_type: "image/png",
        bytes: 300_000,
        uri_characters: 400_022,
        width: 1280,
        height: 720,
        warnings: Vec::new(),
    }
}

fn looked_at(screen: &mut Screen) -> (u64, String) {
    match screen.commands().as_slice() {
        [Command::CheckImage { ticket, image }] => (*ticket, image.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_image_is_looked_at_on_demand_and_its_facts_stand_in_the_form() {
    let mut screen = Screen::empty();
    screen.image().press("alt-i");
    let (ticket, image) = looked_at(&mut screen);
    assert_eq!(image, "https://example.com/cat.jpg");
    let warnings = vec!["it is sent on to another address".into()];
    let facts = ImageFacts::Web {
        media_type: Some("image/jpeg".into()),
        bytes: Some(2_000_000),
        redirect: None,
        warnings,
    };
    screen.tell(vec![Update::Image { ticket, outcome: Ok(facts) }]);
    assert!(screen.sees("image/jpeg, 2.0 MB") && screen.sees("! it is sent on"), "{}", screen.text());
    screen.wait(1).wait(9).press("\"x\"");
    assert!(!screen.sees("image/jpeg"), "of another image nothing is known\n{}", screen.text());
}

#[test]
fn an_image_that_cannot_be_looked_at_says_why() {
    let mut screen = Screen::empty();
    screen.press("alt-i");
    assert!(
        screen.toast().contains("the form has no image yet") && screen.effects.is_empty(),
        "{}",
        screen.toast()
    );
    screen.image().press("alt-i");
    let (ticket, _) = looked_at(&mut screen);
    screen.tell(vec![Update::Image {
        ticket,
        outcome: Err(Problem::new("x", "404 not found").hint("check it")),
    }]);
    assert_eq!(screen.toast(), "image: 404 not found · check it");
}

/// A form with a file, sent; the ticket of the look at it.
fn sent_file() -> (Screen, u64) {
    let mut screen = Screen::empty();
    screen.press("enter \"~/cat.png\" f5");
    let (ticket, image) = looked_at(&mut screen);
    assert_eq!(image, "~/cat.png");
    assert!(screen.model.question.is_none());
    (screen, ticket)
}

#[test]
fn a_file_is_read_before_the_question_which_tells_its_size() {
    let (mut screen, ticket) = sent_file();
    screen.tell(vec![Update::Image { ticket, outcome: Ok(ImageFacts::Local(local())) }]);
    assert!(screen.sees("Send this request?") && screen.sees("1280×720"), "{}", screen.text());
    assert!(screen.sees("documents https:// addresses only"), "{}", screen.text());
    screen.wait(5).press("y");
    let commands = screen.commands();
    assert!(
        matches!(commands.as_slice(), [Command::Submit { requests, .. }] if requests[0].prompt_image.starts_with("file:///home/u/cat.png#")),
        "{commands:?}"
    );
    assert_eq!(draft(&screen).image, "~/cat.png");
}

#[test]
fn the_question_after_a_look_takes_no_key_that_was_typed_before() {
    let (mut screen, ticket) = sent_file();
    screen.press("tab").wait(1);
    screen.tell(vec![Update::Image { ticket, outcome: Ok(ImageFacts::Local(local())) }]).burst("y", 0);
    assert!(screen.commands().is_empty() && matches!(screen.model.question, Some(Question::Send(_))));
    screen.wait(3).press("y");
    assert!(matches!(screen.commands().as_slice(), [Command::Submit { .. }]));
}

#[test]
fn while_a_file_is_being_read_it_is_not_sent_twice() {
    let (mut screen, _) = sent_file();
    screen.press("f5");
    assert!(
        screen.toast().contains("still being looked at") && screen.commands().is_empty(),
        "{}",
        screen.toast()
    );
}

#[test]
fn an_image_that_is_another_by_then_is_not_asked_about() {
    let (mut screen, ticket) = sent_file();
    screen.press("\"x\"").tell(vec![Update::Image { ticket, outcome: Ok(ImageFacts::Local(local())) }]);
    assert!(
        screen.model.question.is_none() && screen.toast().contains("another by now"),
        "{}",
        screen.toast()
    );
}

#[test]
fn a_file_that_cannot_be_read_is_not_sent_and_its_field_has_the_focus() {
    let (mut screen, ticket) = sent_file();
    screen.press("alt-2");
    screen.tell(vec![Update::Image { ticket, outcome: Err(Problem::new("x", "there is no such file")) }]);
    assert_eq!((screen.toast(), screen.place()), ("not sent. image: there is no such file", "image"));
}

//! A job as the pattern of a new one.

use super::*;

/// The living table with a job selected.
fn at(id: i64) -> Screen {
    let mut screen = Screen::living();
    screen.press(&format!("/ \"id:{id}\" enter"));
    screen
}

#[test]
fn e_fills_the_form_and_goes_there_outside_its_text() {
    let mut screen = at(9);
    screen.press("e");
    assert_eq!((screen.place(), screen.model.form.is_editing()), ("prompt", false));
    let draft = draft(&screen);
    assert_eq!((draft.model.as_str(), draft.ratio.as_str()), ("gen4_turbo", "1280:720"));
    assert!(
        screen.sees("clone of job 9, unchanged") && screen.toast().contains("job 9"),
        "{}",
        screen.text()
    );
    assert!(screen.effects.is_empty());
}

#[test]
fn changed_fields_are_marked_and_counted() {
    let mut screen = at(9);
    screen.press("e enter end \" twice\" esc");
    assert!(screen.sees("clone of job 9, 1 changed (*)") && screen.sees("Prompt*"), "{}", screen.text());
    assert!(!screen.sees("Model*"));
    screen.press("enter ctrl-w backspace esc");
    assert!(screen.sees("clone of job 9, unchanged") && !screen.sees("Prompt*"), "{}", screen.text());
}

#[test]
fn the_clone_knows_its_parent() {
    let mut screen = at(9);
    screen.press("e enter end \" twice\" f5 y");
    let commands = screen.commands();
    let [Command::Submit { requests, parent, .. }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(
        (*parent, requests[0].prompt_text.as_deref()),
        (Some(JobId(9)), Some("a cat yawns in the morning sun twice"))
    );
}

#[test]
fn a_moderated_job_is_cloned_with_a_warning() {
    let mut screen = at(4);
    screen.press("e");
    assert!(
        screen.toast().contains("moderation refused this one: change prompt or image"),
        "{}",
        screen.toast()
    );
}

#[test]
fn a_job_of_which_only_the_task_is_known_is_no_pattern() {
    let job = Job::of_task(JobId(1), "u".into(), account(), "d0658ae1-1".into(), before(900));
    let mut screen = Screen::with(facts(), vec![job]);
    screen.press("e");
    assert!(screen.toast().contains("what was asked for is not known"), "{}", screen.toast());
    assert_eq!(screen.place(), "jobs");
}

#[test]
fn the_detail_clones_its_own_job() {
    let mut screen = at(3);
    screen.press("enter e");
    assert!(screen.model.page.is_none() && screen.sees("clone of job 3"), "{}", screen.text());
}

#[test]
fn the_detail_tells_what_a_job_was_made_from_and_what_changed() {
    let mut child = Job { parent: Some(JobId(3)), ..saved(13, 60) };
    child.request.seed = Some(7);
    child.request.prompt_text = Some("a dog".into());
    let mut screen = Screen::with(facts(), [living(), vec![child]].concat());
    screen.press("enter").inspected(13);
    assert!(screen.line("cloned from").contains("job 3"));
    assert!(screen.sees("a dog (was a cat yawns in the morning sun)"), "{}", screen.text());
    screen.press("esc / \"id:3\" enter enter").inspected(3);
    assert!(screen.line("clones").contains("13"), "{}", screen.text());
}

#[test]
fn what_stood_in_the_form_is_brought_back_and_forth() {
    let mut screen = at(9);
    screen.press("1 tab \"my own words\" alt-2 e");
    assert_eq!(draft(&screen).model, "gen4_turbo");
    screen.press("alt-g");
    assert_eq!(draft(&screen).prompt, "my own words");
    assert!(!screen.sees("clone of job 9"), "{}", screen.text());
    screen.press("alt-g");
    assert!(draft(&screen).model == "gen4_turbo" && screen.sees("clone of job 9"), "{}", screen.text());
}

#[test]
fn where_nothing_was_filled_in_nothing_is_brought_back() {
    let mut screen = Screen::living();
    screen.press("alt-g");
    assert!(screen.toast().contains("there is nothing to bring back"), "{}", screen.toast());
}

#[test]
fn a_new_form_has_no_marks() {
    let mut screen = Screen::living();
    screen.press("1 tab \"words\" esc");
    assert!(!screen.sees("Prompt*"));
}

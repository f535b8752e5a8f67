//! Marks, and what is done with several jobs at once.

use super::*;

/// What is archived.
pub fn archived(screen: &mut Screen) -> Vec<i64> {
    match screen.commands().as_slice() {
        [Command::Archive { ids, archived: true, .. }] => numbers(ids),
        other => panic!("{other:?}"),
    }
}

#[test]
fn space_marks_and_goes_on_and_marks_are_seen() {
    let mut screen = Screen::living();
    screen.press("space");
    assert_eq!((screen.marked(), screen.selected()), (vec![12], Some(11)));
    assert!(screen.sees("1 marked") && screen.line("SUBMITTED").contains('+'), "{}", screen.text());
    screen.press("k space");
    assert_eq!(screen.marked(), [0; 0]);
}

#[test]
fn what_can_be_done_with_marked_jobs_stands_first_in_the_footer() {
    let mut screen = Screen::living();
    screen.resize(80, 24).press("space");
    assert!(screen.sees("Esc unmark  e clone  y copy"), "{}", screen.text());
    screen.press("esc");
    assert!(screen.sees("Enter detail  / filter"), "{}", screen.text());
}

#[test]
fn a_range_follows_the_selection_until_it_ends() {
    let mut screen = Screen::living();
    screen.press("v j j");
    assert_eq!(screen.marked(), [12, 11, 10]);
    screen.press("k");
    assert_eq!(screen.marked(), [12, 11]);
    screen.press("v j j");
    assert_eq!(screen.marked(), [12, 11]);
}

#[test]
fn a_range_leaves_other_marks_alone() {
    let mut screen = Screen::living();
    screen.press("space j j v j k");
    assert_eq!(screen.marked(), [12, 9]);
}

#[test]
fn a_star_marks_all_that_are_shown_and_then_none() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3,6\" enter *");
    assert_eq!(screen.marked(), [6, 3]);
    assert!(screen.press("*").marked().is_empty());
}

#[test]
fn an_action_means_the_marked_jobs_and_not_the_selected_one() {
    let mut screen = Screen::living();
    screen.press("/ \"id:2,3,6\" enter space space A");
    assert_eq!(screen.selected(), Some(2));
    assert_eq!(archived(&mut screen), [6, 3]);
}

#[test]
fn marks_on_jobs_that_the_filter_hides_are_never_acted_on() {
    let mut screen = Screen::living();
    screen.press("/ \"id:2,3,6\" enter * / ctrl-u \"id:3\" enter A");
    assert_eq!(archived(&mut screen), [3]);
}

#[test]
fn with_all_marks_hidden_no_job_is_meant() {
    let mut screen = Screen::living();
    screen.press("/ \"id:6\" enter space / ctrl-u \"id:3\" enter");
    assert!(screen.marked().is_empty());
    for key in ["A", "d", "x", "r", "t", "a"] {
        screen.press(key);
        assert_eq!(screen.toast(), "the marked jobs are not shown: Esc takes the marks away", "{key}");
        assert!(screen.commands().is_empty() && screen.model.question.is_none(), "{key}");
    }
    screen.press("esc A");
    assert_eq!(archived(&mut screen), [3]);
}

#[test]
fn what_cannot_be_done_is_left_out_and_told() {
    let mut screen = Screen::living();
    screen.press("/ \"id:7,9\" enter * x");
    assert!(screen.sees("Drop job 7?"), "{}", screen.text());
    assert!(screen.toast().starts_with("1 of 2 left out: job 9 is RUNNING"), "{}", screen.toast());
    screen.press("y");
    assert!(matches!(screen.commands().as_slice(), [Command::Drop { ids, .. }] if numbers(ids) == [7]));
}

#[test]
fn what_was_left_out_of_one_thing_is_not_told_of_the_next() {
    let mut screen = Screen::living();
    screen.press("/ \"id:7,9\" enter * x n t \"cat\" enter");
    assert!(matches!(screen.commands().as_slice(), [Command::Tag { .. }]));
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Ok(vec![JobId(9), JobId(7)]) }]);
    assert_eq!(screen.toast(), "labels changed: jobs 9, 7");
}

#[test]
fn where_none_can_the_reason_is_told_and_nothing_happens() {
    let mut screen = Screen::living();
    screen.press("/ \"id:9,10\" enter * x");
    assert!(screen.toast().contains("only a held job can be dropped"), "{}", screen.toast());
    assert!(screen.model.question.is_none() && screen.effects.is_empty());
}

#[test]
fn several_held_jobs_are_sent_after_one_yes_that_names_the_sum() {
    let mut screen = Screen::with(facts(), vec![at_rest(1, 900), at_rest(2, 900), saved(3, 900)]);
    screen.press("* r");
    assert!(screen.sees("Send 2 jobs?") && screen.sees("up to $0.64"), "{}", screen.text());
    assert!(screen.commands().is_empty());
    screen.press("y");
    assert!(matches!(screen.commands().as_slice(), [Command::Send { ids, .. }] if numbers(ids) == [2, 1]));
}

#[test]
fn several_held_jobs_stay_held_at_any_other_key() {
    let mut screen = Screen::with(facts(), vec![at_rest(1, 900), at_rest(2, 900)]);
    screen.press("* r n");
    assert!(screen.commands().is_empty() && screen.model.question.is_none());
}

#[test]
fn videos_of_marked_jobs_are_fetched_together() {
    let mut screen = Screen::with(facts(), vec![done(1, 900), done(2, 900), saved(3, 900)]);
    screen.press("* d");
    assert!(
        matches!(screen.commands().as_slice(), [Command::Download { ids, .. }] if numbers(ids) == [2, 1])
    );
    assert!(screen.toast().contains("1 of 3 left out: the video of job 3 is saved"), "{}", screen.toast());
}

#[test]
fn news_of_marked_jobs_are_asked_for() {
    let mut screen = Screen::living();
    screen.press("space space p");
    assert!(matches!(screen.commands().as_slice(), [Command::PollNow(ids)] if numbers(ids) == [12, 11]));
    assert!(screen.toast().contains("2 tasks"), "{}", screen.toast());
}

#[test]
fn labels_are_added_and_taken_from_marked_jobs() {
    let mut screen = Screen::living();
    screen.press("space space t \"+good late -draft\" enter");
    let commands = screen.commands();
    let [Command::Tag { ids, add, remove, .. }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(
        (numbers(ids), add.join(" "), remove.join(" ")),
        (vec![12, 11], "good late".into(), "draft".into())
    );
}

#[test]
fn labels_go_to_the_jobs_that_were_meant_when_the_line_was_opened() {
    let mut screen = Screen::living();
    screen.press("t \"good\"").tell(vec![Update::Jobs(vec![submitted(13, 1)])]);
    screen.press("enter");
    assert!(matches!(screen.commands().as_slice(), [Command::Tag { ids, .. }] if numbers(ids) == [12]));
}

#[test]
fn the_detail_means_its_job_whatever_is_marked() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3,6\" enter space enter");
    screen.commands();
    screen.press("A");
    assert_eq!(archived(&mut screen), [3]);
    assert!(screen.model.page.is_none());
}

#[test]
fn archiving_takes_the_marks_and_undo_brings_the_jobs_back() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3,6\" enter * A");
    assert_eq!((archived(&mut screen), screen.marked().len()), (vec![6, 3], 0));
    let away =
        vec![Job { archived: true, ..saved(6, 1_900) }, Job { archived: true, ..failed(3, 7_000, "X") }];
    screen
        .tell(vec![Update::Jobs(away), Update::Answer { ticket: 1, outcome: Ok(vec![JobId(6), JobId(3)]) }]);
    assert!(screen.toast().contains("archived: jobs 6, 3; u brings back"), "{}", screen.toast());
    screen.press("u");
    let commands = screen.commands();
    assert!(
        matches!(commands.as_slice(), [Command::Archive { ids, archived: false, .. }] if numbers(ids) == [6, 3]),
        "{commands:?}"
    );
    screen.tell(vec![Update::Jobs(vec![saved(6, 1_900)])]);
    assert_eq!(screen.selected(), Some(6));
}

#[test]
fn undo_says_where_there_is_nothing_to_bring_back() {
    let mut screen = Screen::living();
    screen.press("u");
    assert!(screen.toast().contains("nothing was archived since"), "{}", screen.toast());
    assert!(screen.effects.is_empty());
}

#[test]
fn only_ended_jobs_are_archived() {
    for (row, words) in [("7", "drop it first (x)"), ("9", "only an ended job")] {
        let mut screen = Screen::living();
        screen.press(&format!("/ \"id:{row}\" enter A"));
        assert!(screen.toast().contains(words) && screen.effects.is_empty(), "{}", screen.toast());
    }
}

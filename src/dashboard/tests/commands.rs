//! The command line of the dashboard.

use super::*;
use crate::dashboard::{actions::ACTIONS, commands::COMMANDS, question::Question};

/// The screen after a command.
fn said(command: &str) -> Screen {
    let mut screen = Screen::living();
    say(&mut screen, command);
    screen
}

fn say(screen: &mut Screen, command: &str) {
    screen.press(":").send(Message::Paste(command.into())).press("enter");
}

fn typed(screen: &Screen) -> String {
    screen.model.line.as_ref().map_or_else(String::new, crate::dashboard::line::Line::text)
}

#[test]
fn every_command_without_a_word_does_its_work_or_says_why_not() {
    for spec in &COMMANDS {
        let mut screen = said(spec.name);
        let model = &screen.model;
        let over = model.page.is_some() || model.question.is_some();
        let told = !screen.note().is_empty() || !screen.toast().is_empty() || over;
        let silent = ["list", "columns", "preset"].contains(&spec.name);
        assert!(told || silent || !screen.effects().is_empty(), "{}", spec.name);
    }
}

#[test]
fn every_action_can_be_named() {
    for spec in ACTIONS.iter().filter(|spec| COMMANDS.iter().all(|command| command.name != spec.name)) {
        let why_not = spec.able(&Screen::living().model).err().unwrap_or_default();
        let screen = said(spec.name);
        // One that cannot be done now says why, and does nothing.
        assert_eq!(screen.note(), why_not, "{}", spec.name);
        assert!(why_not.is_empty() || screen.effects.is_empty(), "{}", spec.name);
    }
}

#[test]
fn send_acts_on_the_named_job_though_the_filter_hides_it_and_on_no_other() {
    let mut screen = Screen::with(facts(), vec![at_rest(3, 900), at_rest(4, 900), at_rest(5, 900)]);
    screen.press("/ \"id:4,5\" enter *");
    say(&mut screen, "send 3");
    assert!(screen.sees("Send job 3?"), "{}", screen.text());
    screen.press("y");
    assert!(matches!(screen.commands().as_slice(), [Command::Send { ids, .. }] if numbers(ids) == [3]));
    assert!(screen.model.named.is_empty());
}

#[test]
fn without_a_name_a_command_is_about_the_marked_or_the_selected_job() {
    let mut screen = Screen::with(facts(), vec![at_rest(3, 900), at_rest(4, 900), at_rest(5, 900)]);
    say(&mut screen, "send");
    assert!(screen.sees("Send job 5?"), "{}", screen.text());
    screen.press("n * ");
    say(&mut screen, "send");
    assert!(screen.sees("Send 3 jobs?"), "{}", screen.text());
}

#[test]
fn what_cannot_be_done_is_said_and_the_line_stays_to_be_mended() {
    for (command, words) in [
        ("send 9", "job 9 is RUNNING: only a held job can be sent"),
        ("send 99", "no job has the number `99`"),
        ("send d0658ae1", "could be several jobs"),
        ("cancel 9", "only a held job can be dropped"),
        ("download 9", "there is no video to fetch"),
        ("archive 9", "only an ended job"),
        ("sned 7", "the nearest is `send`"),
        ("tag", ":tag +good -draft"),
        ("tag \"x", "a quote is not closed"),
        ("unarchive", "name the jobs"),
        ("adopt", "it is :adopt TASK_ID"),
        ("resolve 5", "it is :resolve JOB --not-created"),
        ("sort colour", "`colour` is no column"),
        ("columns id colour", "`colour` is no column"),
        ("columns", "name the columns"),
        ("copy video", "copy one of url"),
        ("copy url", "it has no video address"),
        ("log loud", "it is :log debug"),
        ("mouse maybe", "it is :mouse on"),
        ("submit --sed 4", "`--sed` is no flag"),
        ("submit --seed", "--seed wants a value"),
        ("clone 99", "no job has the number"),
        ("list stat:x", "stat"),
        ("mark stat:x", "stat"),
        ("show 3 4", "one at a time"),
        ("undo", "nothing was archived"),
        ("fold", "was sent alone"),
    ] {
        let screen = said(command);
        assert!(screen.note().contains(words), "{command}: {:?}", screen.note());
        assert_eq!(typed(&screen), command);
        assert!(screen.effects.is_empty() && screen.model.question.is_none(), "{command}");
    }
}

#[test]
fn a_job_is_named_by_number_sign_task_or_its_beginning() {
    for name in ["9", "#9", "d0658ae1-9"] {
        let mut screen = said(&format!("show {name}"));
        assert!(screen.sees("━ Job 9"), "{name}");
        assert!(matches!(screen.commands().as_slice(), [Command::Inspect(JobId(9))]));
    }
}

#[test]
fn a_number_is_a_job_before_it_is_the_beginning_of_a_task() {
    let task = Job { task_id: Some("5abc".into()), ..submitted(1, 60) };
    let mut screen = Screen::with(facts(), vec![task, submitted(5, 60)]);
    say(&mut screen, "show 5");
    assert!(screen.sees("━ Job 5"));
}

#[test]
fn show_opens_a_job_that_the_filter_hides() {
    let mut screen = Screen::living();
    screen.press("/ \"id:3\" enter");
    say(&mut screen, "show 9");
    assert!(screen.sees("━ Job 9"), "{}", screen.text());
    screen.press("esc");
    assert_eq!((screen.selected(), screen.shown()), (Some(3), vec![3]));
}

#[test]
fn list_is_the_filter_and_without_a_word_takes_it_away() {
    let mut screen = said("list \"a cat\" state:failed");
    assert_eq!(screen.shown(), [4, 3]);
    say(&mut screen, "list");
    assert_eq!(screen.shown().len(), 12);
}

#[test]
fn mark_marks_what_passes_a_filter() {
    let screen = said("mark state:failed");
    assert_eq!(screen.marked(), [4, 3]);
    assert!(screen.toast().contains("2 jobs marked"), "{}", screen.toast());
}

#[test]
fn submit_fills_the_form_by_flags_and_asks() {
    let mut screen = said(
        "submit --image https://example.com/a.png --prompt 'a cat' --model=gen4_turbo --duration 5 --seed 1..3 --watermark",
    );
    assert!(
        screen.sees("Send these 3 jobs?") && screen.sees("https://example.com/a.png"),
        "{}",
        screen.text()
    );
    assert!(screen.commands().is_empty());
    screen.press("y");
    let commands = screen.commands();
    let [Command::Submit { requests, .. }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!((requests.len(), requests[0].watermark, requests[0].duration), (3, Some(true), Some(5)));
}

#[test]
fn clone_with_flags_asks_and_without_fills_the_form() {
    let mut screen = said("clone 9 --seed 7");
    assert!(screen.sees("Send this request?"), "{}", screen.text());
    screen.press("y");
    let commands = screen.commands();
    assert!(
        matches!(commands.as_slice(), [Command::Submit { requests, parent: Some(JobId(9)), .. }] if requests[0].seed == Some(7)),
        "{commands:?}"
    );
    let mut screen = said("clone 3");
    assert!(screen.sees("clone of job 3") && screen.commands().is_empty());
    let screen = said("clone --seed 7");
    assert!(screen.sees("Send this request?"), "the selected one\n{}", screen.text());
}

#[test]
fn cancel_asks_before_it_drops() {
    let mut screen = said("cancel 7");
    assert!(screen.sees("Drop job 7?") && screen.commands().is_empty());
    screen.press("y");
    assert!(matches!(screen.commands().as_slice(), [Command::Drop { ids, .. }] if numbers(ids) == [7]));
}

#[test]
fn commands_reach_the_engine_with_what_they_name() {
    let of = |command: &str| said(command).commands();
    assert!(
        matches!(of("archive 3 6").as_slice(), [Command::Archive { ids, archived: true, .. }] if numbers(ids) == [3, 6])
    );
    assert!(
        matches!(of("unarchive 3").as_slice(), [Command::Archive { ids, archived: false, .. }] if numbers(ids) == [3])
    );
    assert!(matches!(of("poll 9 10").as_slice(), [Command::PollNow(ids)] if numbers(ids) == [9, 10]));
    assert!(
        matches!(of("adopt d0658ae1-77").as_slice(), [Command::Adopt { task_id, job: None, .. }] if task_id == "d0658ae1-77")
    );
    assert!(matches!(
        of("adopt d0658ae1-77 --job 5").as_slice(),
        [Command::Adopt { job: Some(JobId(5)), .. }]
    ));
    assert!(matches!(of("resolve 5 --not-created").as_slice(), [Command::Resolve { id: JobId(5), .. }]));
    assert!(matches!(of("reconcile").as_slice(), [Command::Reconcile { .. }]));
    let tag = of("tag +good -draft");
    assert!(
        matches!(tag.as_slice(), [Command::Tag { ids, add, remove, .. }]
        if numbers(ids) == [12] && add == &["good"] && remove == &["draft"]),
        "{tag:?}"
    );
}

#[test]
fn download_all_fetches_what_waits_and_nothing_else() {
    let mut screen =
        Screen::with(facts(), vec![done(1, 900), saved(2, 900), done(3, 900), running(4, 60, 0.5, 2)]);
    say(&mut screen, "download --all");
    assert!(
        matches!(screen.commands().as_slice(), [Command::Download { ids, .. }] if numbers(ids) == [1, 3])
    );
    let screen = said("download --all");
    assert_eq!(screen.note(), "no video waits to be fetched");
}

#[test]
fn sort_and_columns_change_the_table() {
    let mut screen = said("sort -prompt");
    assert_eq!(screen.remembered(), [("sort".to_string(), Some("-prompt".to_string()))]);
    assert!(screen.sees("by prompt ↓"), "{}", screen.text());
    say(&mut screen, "columns id, cost seed");
    let heads = screen.line("COST");
    assert!(heads.contains("SEED") && !heads.contains("STATE"), "{heads}");
}

#[test]
fn the_log_and_the_mouse_have_commands() {
    assert!(said("log warn").sees("3 Log from warn on"));
    assert!(matches!(said("mouse on").effects().as_slice(), [Effect::Mouse(true)]));
    assert!(matches!(said("mouse off").effects().as_slice(), [Effect::Mouse(false)]));
    assert!(said("help").sees("Keys"));
    let mut screen = said("copy prompt");
    assert!(matches!(screen.effects().as_slice(), [Effect::Copy { text, .. }] if text.starts_with("a cat")));
}

#[test]
fn actions_are_commands_too() {
    assert!(said("sort-turn").sees("by id ↑"));
    assert!(said("presets").toast().contains("no form is kept"));
    assert!(said("filter").model.line.is_some());
    assert!(said("palette").model.picker.is_some());
    assert!(matches!(said("reload").effects().as_slice(), [Effect::Reload]));
    assert!(said("q").leaves());
}

#[test]
fn the_shells_own_way_to_say_it_is_taken() {
    let mut screen = said("taxiway show 9");
    assert!(screen.sees("━ Job 9"));
    screen.press("esc");
    say(&mut screen, ":show 3");
    assert!(screen.sees("━ Job 3"));
}

#[test]
fn commands_on_named_jobs_leave_the_marks_alone() {
    let mut screen = Screen::living();
    screen.press("space");
    say(&mut screen, "archive 3");
    assert_eq!(screen.marked(), [12]);
}

#[test]
fn esc_and_an_empty_line_do_nothing() {
    let mut screen = Screen::living();
    for keys in [": \"send 7\" esc", ": enter", ": backspace", ": ctrl-c"] {
        screen.press(keys);
        assert!(
            screen.model.line.is_none() && screen.model.question.is_none() && screen.effects.is_empty(),
            "{keys}"
        );
    }
}

#[test]
fn tab_completes_commands_and_what_follows() {
    let mut screen = Screen::living();
    screen.press(": \"recon\" tab");
    assert_eq!(typed(&screen), "reconcile ");
    screen.press("ctrl-u \"preset l\" tab");
    assert_eq!(typed(&screen), "preset load ");
    screen.press("ctrl-u \"c\" tab");
    assert!(screen.note().contains("cancel") && screen.note().contains("clone"), "{}", screen.note());
    screen.press("ctrl-u \"copy u\" tab");
    assert_eq!(typed(&screen), "copy url ");
    screen.press("ctrl-u \"list sta\" tab");
    assert_eq!(typed(&screen), "list state:");
    screen.press("ctrl-u \"zzz\" tab");
    assert_eq!((typed(&screen).as_str(), screen.note()), ("zzz", "nothing completes this"));
}

#[test]
fn what_can_follow_is_told() {
    let mut screen = Screen::living();
    screen.press(": \"clone \"");
    assert!(screen.note().starts_with("clone [JOB] [--seed 7 …]"), "{}", screen.note());
    assert!(screen.sees("the form from a job"));
}

#[test]
fn arrows_go_through_the_commands_before() {
    let mut screen = Screen::living();
    for command in ["log warn", "log info", "log warn"] {
        say(&mut screen, command);
    }
    screen.press(": up");
    assert_eq!(typed(&screen), "log warn");
    screen.press("up up");
    assert_eq!(typed(&screen), "log info", "each stands there once");
    screen.press("down down");
    assert_eq!(typed(&screen), "");
}

#[test]
fn read_only_changes_nothing_by_command() {
    for command in [
        "unarchive 3",
        "tag +x",
        "adopt d0658ae1-7",
        "resolve 5 --not-created",
        "reconcile",
        "download --all",
        "archive 3",
        "cancel 7",
        "poll 9",
        "sort age",
        "send 7",
    ] {
        let mut screen = Screen::with(Facts { read_only: true, ..facts() }, living());
        say(&mut screen, command);
        assert!(screen.effects.is_empty(), "{command}: {:?}", screen.effects);
        assert!(screen.note().contains("read-only") || command == "sort age", "{command}: {}", screen.note());
    }
}

const CURL: &str = "curl https://api.cometapi.com/runwayml/v1/image_to_video -H 'Authorization: Bearer sk-topsecret99' -d '{\"promptImage\":\"https://example.com/b.png\",\"model\":\"gen4_turbo\",\"promptText\":\"a dog\",\"style\":\"x\"}'";

#[test]
fn a_pasted_command_fills_the_form_and_tells_what_it_left_out() {
    let mut screen = Screen::living();
    screen.send(Message::Paste(CURL.into()));
    let draft = draft(&screen);
    assert_eq!((draft.image.as_str(), draft.prompt.as_str()), ("https://example.com/b.png", "a dog"));
    assert!(
        screen.toast().contains("Alt-G brings back") && screen.toast().contains("style is not a field"),
        "{}",
        screen.toast()
    );
    assert!(screen.effects.is_empty());
}

#[test]
fn the_key_in_a_pasted_command_is_shown_nowhere() {
    let broken = CURL.replace("image_to_video", "elsewhere");
    for before in [
        "2",
        "1 enter",
        "3",
        "/",
        ":",
        "ctrl-p",
        "s",
        "t",
        "alt-w",
        "?",
        "enter",
        "3 /",
        "K",
        "/ \"id:5\" enter a i",
    ] {
        for command in [CURL, &broken] {
            let mut screen = Screen::living();
            screen.press(before).send(Message::Paste(command.into()));
            let seen = format!("{}{:?}{:?}", screen.text(), screen.model, screen.effects);
            assert!(!seen.contains("topsecret"), "{before}\n{}", screen.text());
            screen.press("enter");
            assert!(!screen.text().contains("topsecret"), "{before}");
        }
    }
}

#[test]
fn a_pasted_command_that_cannot_be_read_says_why_and_changes_nothing() {
    let mut screen = Screen::living();
    screen.press("1 tab \"mine\"").send(Message::Paste("curl https://example.com/image_to_video".into()));
    assert!(screen.toast().contains("the pasted command was not taken"), "{}", screen.toast());
    assert_eq!(draft(&screen).prompt, "mine");
}

#[test]
fn a_pasted_body_alone_fills_the_form() {
    let mut screen = Screen::living();
    screen.send(Message::Paste(" {\"promptImage\": \"https://example.com/b.png\", \"seed\": 4}".into()));
    assert_eq!(draft(&screen).seed, "4");
}

#[test]
fn a_question_that_comes_up_while_a_line_is_open_takes_no_key_of_it() {
    let mut screen = Screen::empty();
    screen.image().press("f5 y alt-2 :");
    screen.commands();
    let told = Problem::new("duplicate", "job 3 asks for the same");
    screen.wait(1).tell(vec![Update::Answer { ticket: 1, outcome: Err(told) }]);
    screen.wait(9).press("\"yy\"");
    assert_eq!(typed(&screen), "yy");
    assert!(screen.commands().is_empty() && !screen.sees("Send it again?"), "{}", screen.text());
    screen.press("esc").burst("y", 0);
    assert!(screen.commands().is_empty(), "typed ahead");
    assert!(screen.sees("Send it again?"));
    screen.wait(11).press("y");
    assert!(matches!(screen.commands().as_slice(), [Command::Submit { duplicate_ok: true, .. }]));
}

#[test]
fn a_question_that_comes_up_while_a_list_is_open_waits_for_it() {
    let mut screen = Screen::empty();
    screen.image().press("f5 y alt-2 ctrl-p");
    let told = Problem::new("duplicate", "job 3 asks for the same");
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Err(told) }]).wait(9);
    screen.commands();
    screen.press("\"y\"");
    assert_eq!(screen.model.picker.as_ref().unwrap().query(), "y");
    assert!(
        screen.commands().is_empty() && matches!(screen.model.question, Some(Question::Duplicate { .. }))
    );
}

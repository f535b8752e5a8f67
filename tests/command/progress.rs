//! What stands on a terminal while jobs are followed, and what is left of it.

use std::{fs, time::Duration};

use rustix::process::Signal;

use crate::{
    common::{
        pty::{Ended, Pty},
        signal,
    },
    shown::assert_valid,
    stage::{Stage, assert_home},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_taxiway");
/// Ends every colour.
const COLOUR: &str = "\x1b[0m";

/// The program in a terminal, with other variables than usual.
fn start(stage: &Stage, arguments: &[&str], variables: &[(&str, &str)], (columns, rows): (u16, u16)) -> Pty {
    let mut environment = stage.environment();
    environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Pty::start(&[&[PROGRAM], arguments].concat(), &environment, columns, rows)
}

fn stage_with(jobs: usize) -> Stage {
    let stage = Stage::new("hidden");
    if jobs > 0 {
        stage.submit(&["--count", &jobs.to_string(), "--yes"]).ends(0);
    }
    stage
}

fn rows(terminal: &Pty) -> Vec<String> {
    terminal.screen().lines().map(str::to_owned).collect()
}

#[test]
fn jobs_are_shown_in_place_until_they_have_ended() {
    let stage = stage_with(3);
    let mut terminal = start(&stage, &["wait", "1", "2", "3"], &[], (80, 24));
    terminal.wait_for("3 queued · about $0.96");
    let shown = rows(&terminal);
    assert_eq!(shown.len(), 4, "{shown:#?}");
    assert!(shown[0].starts_with("  1 SUBMITTED") && shown[2].starts_with("  3 SUBMITTED"), "{shown:#?}");
    assert!(shown[0].ends_with("  yawns"), "{shown:#?}");
    stage.scene("quick");
    assert_eq!(terminal.end(), Ended::Code(0));
    terminal.assert_as_found();
    let screen = terminal.screen();
    for id in 1..=3 {
        assert_eq!(screen.matches(&format!("job {id}  SAVED: /")).count(), 1, "{screen}");
    }
    assert!(screen.ends_with("3 saved · about $0.96"), "{screen}");
    // What was painted over is gone, and what moved was no line of its own.
    assert!(!screen.contains("SUBMITTED") && !screen.contains("RUNNING"), "{screen}");
    assert!(terminal.raw().contains(COLOUR));
    assert!(!terminal.raw().contains("\x1b[?"), "no mode of the terminal is touched");
}

#[test]
fn a_small_terminal_and_ctrl_c() {
    let stage = stage_with(12);
    let jobs: Vec<_> = (1..=12).map(|id| id.to_string()).collect();
    let arguments: Vec<_> = ["wait"].into_iter().chain(jobs.iter().map(String::as_str)).collect();
    let mut terminal = start(&stage, &arguments, &[], (40, 10));
    terminal.wait_for("12 queued");
    let shown = rows(&terminal);
    assert_eq!(shown.len(), 8, "{shown:#?}");
    assert!(shown.iter().all(|row| row.chars().count() < 40), "{shown:#?}");
    assert_eq!(shown[6], "… and 6 more");
    terminal.send("\x03");
    assert_eq!(terminal.end(), Ended::Code(130));
    terminal.assert_as_found();
    let screen = terminal.screen();
    assert!(screen.starts_with("stopped waiting; jobs 1, 2, 3"), "{screen}");
    assert!(!screen.contains("queued") && !screen.contains("SUBMITTED"), "{screen}");
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let stage = stage_with(1);
    let mut terminal = start(&stage, &["wait", "1"], &[], (80, 24));
    terminal.wait_for("  1 SUBMITTED");
    signal(terminal.pid(), Signal::TERM);
    assert_eq!(terminal.end(), Ended::Code(143));
    terminal.assert_as_found();
    let screen = terminal.screen();
    assert!(screen.starts_with("stopped waiting; job 1 goes on at the service"), "{screen}");
    // Even one that nobody can catch: its last state stays as plain lines, the cursor below them.
    let mut terminal = start(&stage, &["wait", "1"], &[], (80, 24));
    terminal.wait_for("  1 SUBMITTED");
    signal(terminal.pid(), Signal::KILL);
    terminal.end();
    terminal.assert_as_found();
    terminal.wait("the cursor on a line of its own", |screen| screen.cursor_position() == (1, 0));
}

#[test]
fn the_time_is_up() {
    let stage = stage_with(2);
    let mut terminal = start(&stage, &["wait", "1", "2", "--timeout", "1"], &[], (80, 24));
    assert_eq!(terminal.end(), Ended::Code(124));
    terminal.assert_as_found();
    let screen = terminal.screen();
    assert!(screen.starts_with("the wait ended; jobs 1, 2 go on at the service"), "{screen}");
}

/// xterm cuts lines that no longer fit, and so does the terminal of these tests.
#[test]
fn it_follows_the_size_of_the_terminal() {
    let stage = stage_with(4);
    let arguments = ["wait", "1", "2", "3", "4"];
    let mut terminal = start(&stage, &arguments, &[("XTERM_VERSION", "XTerm(390)")], (80, 24));
    terminal.wait_for("4 queued");
    for (columns, height) in [(40, 10), (100, 5), (30, 30)] {
        terminal.resize(columns, height);
        let room = usize::from(columns);
        terminal.wait("lines of the new width", |screen| {
            let lines: Vec<_> = screen.contents().lines().map(str::to_owned).collect();
            let fits = lines.iter().all(|line| line.chars().count() < room);
            let jobs = lines.iter().filter(|line| line.contains("SUBMITTED")).count();
            fits && jobs == if height == 5 { 1 } else { 4 }
                && lines.last().is_some_and(|l| l.contains("4 queued"))
        });
    }
    stage.scene("quick");
    assert_eq!(terminal.end(), Ended::Code(0));
    terminal.assert_as_found();
}

#[test]
fn data_in_a_pipe_is_clean_while_the_terminal_shows_the_way() {
    let stage = stage_with(2);
    let command = format!("{PROGRAM} wait 1 2 --json > told.json");
    let mut terminal = Pty::start(&["sh", "-c", &command], &stage.environment(), 80, 24);
    terminal.wait_for("2 queued");
    stage.scene("quick");
    assert_eq!(terminal.end(), Ended::Code(0));
    terminal.assert_as_found();
    assert!(terminal.screen().contains("job 2  SAVED: /"));
    let jobs =
        serde_json::from_str(&fs::read_to_string(stage.home.path().join("told.json")).unwrap()).unwrap();
    assert_valid("jobs", &jobs);
    jobs.as_array().unwrap().iter().for_each(assert_home);
}

#[test]
fn signs_and_colours_are_as_asked() {
    let stage = stage_with(2);
    let two = ["wait", "1", "2"];
    for (arguments, variables) in
        [(vec!["--ascii"], vec![("NO_COLOR", "1")]), (vec!["--color=never"], vec![("LANG", "C")])]
    {
        let mut terminal = start(&stage, &[&two[..], &arguments].concat(), &variables, (80, 24));
        terminal.wait_for("2 queued - about $0.64");
        terminal.send("\x03");
        assert_eq!(terminal.end(), Ended::Code(130));
        assert!(terminal.raw().is_ascii() && !terminal.raw().contains(COLOUR), "{}", terminal.raw());
    }
    // Nothing can be painted here: plain lines.
    let mut terminal = start(&stage, &two, &[("TERM", "dumb")], (80, 24));
    terminal.wait_for("job 2  SUBMITTED: ");
    stage.scene("quick");
    assert_eq!(terminal.end(), Ended::Code(0));
    assert!(!terminal.raw().contains('\x1b'), "{}", terminal.raw());
    assert!(terminal.screen().contains("job 1  RUNNING"));
}

#[test]
fn a_watch_shows_what_is_under_way_and_a_line_for_what_moves_on() {
    let stage = stage_with(1);
    let mut terminal = start(&stage, &["watch"], &[], (80, 24));
    // It has not changed, and yet is to be seen.
    terminal.wait_for("  1 SUBMITTED");
    stage.scene("quick");
    terminal.wait_for("job 1  SAVED: /");
    let screen = terminal.screen();
    assert!(screen.contains("job 1  RUNNING\n"), "how far it is, is no line: {screen}");
    terminal.wait_until_still(Duration::from_millis(1_200));
    stage.submit(&["--yes"]).ends(0);
    terminal.wait_for("2 saved");
    terminal.send("\x03");
    assert_eq!(terminal.end(), Ended::Code(130));
    terminal.assert_as_found();
    terminal.wait_for("stopped watching; nothing was under way");
}

#[test]
fn a_download_shows_its_bytes() {
    let stage = Stage::new("slow-video");
    stage.configure("[download]\nauto = false\n");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let mut terminal = start(&stage, &["download", "1"], &[], (80, 24));
    terminal.wait("bytes of all", |screen| {
        let shown = screen.contents();
        shown.contains("  1 FETCHING") && shown.contains(" kB of ")
    });
    assert_eq!(terminal.end(), Ended::Code(0));
    terminal.assert_as_found();
    assert!(terminal.screen().starts_with("job 1  SAVED: /"), "{}", terminal.screen());
}

#[test]
fn a_request_is_followed_from_its_sending() {
    let stage = Stage::new("late-reply");
    let submit = ["submit", "--image", "https://e.com/a.jpg", "--prompt", "yawns", "--yes", "--wait"];
    let mut terminal = start(&stage, &submit, &[], (80, 24));
    terminal.wait_for("  1 SENDING");
    assert_eq!(terminal.end(), Ended::Code(0));
    terminal.assert_as_found();
    assert!(terminal.screen().contains("job 1  SAVED: /"), "{}", terminal.screen());
}

/// There it would paint over what is typed meanwhile.
#[test]
fn in_the_background_nothing_is_painted() {
    let stage = stage_with(2);
    let command = format!("set -m; {PROGRAM} wait 1 2 & wait");
    let mut terminal = Pty::start(&["sh", "-c", &command], &stage.environment(), 80, 24);
    stage.wait_for_requests(2, "GET", "/runwayml/v1/tasks/");
    stage.scene("quick");
    terminal.wait_for("job 2  SAVED: /");
    terminal.end();
    assert!(!terminal.raw().contains('\x1b'), "{}", terminal.raw());
}

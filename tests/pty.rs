//! The real program in a real terminal.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed step of a test shall end it")]

mod common;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use common::{
    Home, PATIENCE,
    pty::{Ended, Pty},
    signal, wait_for,
};
use rustix::process::Signal;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_taxiway");

/// A terminal is let go within 50 ms, and the engine ends behind it; the rest is room for a busy machine.
const AT_ONCE: Duration = Duration::from_secs(3);

fn with(home: &Home, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    home.environment().into_iter().chain(more).collect()
}

fn demo(columns: u16, rows: u16) -> (Home, Pty) {
    let home = Home::new();
    let pty = Pty::start(&[PROGRAM, "demo"], &home.environment(), columns, rows);
    pty.wait_for("DEMO");
    // From here on it knows that something is under way.
    pty.wait_for("running");
    (home, pty)
}

/// The stand-in in a process of its own, which ends with this.
struct Sim {
    process: Child,
    base_url: String,
}

impl Sim {
    fn start(home: &Home) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(["sim", "--listen", "127.0.0.1:0"])
            .env_clear()
            .envs(home.environment())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base_url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
        Self { process, base_url }
    }

    fn environment(&self, home: &Home) -> Vec<(String, String)> {
        with(home, &[("COMETAPI_BASE_URL", &self.base_url), ("COMETAPI_KEY", "sk-test")])
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // It may have ended by itself, and that is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(environment: &[(String, String)], arguments: &[&str]) -> Output {
    let environment = environment.iter().cloned();
    Command::new(PROGRAM).args(arguments).env_clear().envs(environment).stdin(Stdio::null()).output().unwrap()
}

fn jobs(environment: &[(String, String)]) -> Vec<Value> {
    let output = run(environment, &["list", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_demo_is_a_living_screen_and_leaves_nothing_behind() {
    let (home, mut pty) = demo(120, 40);
    pty.wait("jobs under way", |screen| {
        let shown = screen.contents();
        ["QUEUED", "RUNNING"].iter().any(|state| shown.contains(state))
            && ["DONE", "SAVED", "FAILED"].iter().any(|state| shown.contains(state))
    });
    pty.send("q");
    pty.wait_for("Leave Taxiway?");
    let begun = Instant::now();
    pty.send("q");
    assert_eq!(pty.end(), Ended::Code(0));
    assert!(begun.elapsed() < AT_ONCE);
    pty.assert_as_found();
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn signals_give_the_terminal_back_and_say_so_with_their_code() {
    for (sent, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let (_home, mut pty) = demo(80, 24);
        let begun = Instant::now();
        signal(pty.pid(), sent);
        assert_eq!(pty.end(), Ended::Code(code));
        assert!(begun.elapsed() < AT_ONCE);
        pty.assert_as_found();
    }
}

#[test]
fn the_end_of_the_line_ends_it() {
    let (_home, mut pty) = demo(80, 24);
    let pid = pty.pid();
    signal(pid, Signal::HUP);
    assert_eq!(pty.end(), Ended::Code(129));
    assert!(!pty.raw().contains("\x1b[?1049l"), "nothing is written to a line that is gone");
    pty.assert_line_as_found();
}

#[test]
fn every_size_down_to_one_cell_and_back() {
    let (_home, mut pty) = demo(120, 40);
    for (columns, rows) in [(80, 24), (59, 15), (20, 5), (19, 4), (3, 2), (1, 1), (200, 1), (1, 60)] {
        let bytes = pty.bytes();
        pty.resize(columns, rows);
        pty.wait_past(bytes);
    }
    pty.resize(120, 40);
    pty.wait_for("DEMO");
    signal(pty.pid(), Signal::TERM);
    assert_eq!(pty.end(), Ended::Code(143));
    pty.assert_as_found();
}

#[test]
fn without_a_terminal_it_names_the_commands_to_use() {
    let home = Home::new();
    let output = run(&home.environment(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    for command in ["taxiway submit", "taxiway list", "taxiway watch"] {
        assert!(said.contains(command), "{said}");
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn a_dumb_terminal_is_refused() {
    for arguments in [&[PROGRAM][..], &[PROGRAM, "demo"]] {
        for term in ["dumb", ""] {
            let home = Home::new();
            let mut pty = Pty::start(arguments, &with(&home, &[("TERM", term)]), 80, 24);
            assert_eq!(pty.end(), Ended::Code(2));
            assert!(pty.screen().replace('\n', "").contains("taxiway list"), "{}", pty.screen());
            assert!(pty.screen().contains("--linear"), "what works there is named: {}", pty.screen());
            assert!(!pty.raw().contains('\x1b'), "it was not touched");
        }
    }
}

#[test]
fn plain_lines_need_no_more_than_a_dumb_terminal() {
    let home = Home::new();
    let arguments = [PROGRAM, "demo", "--linear"];
    let mut pty = Pty::start(&arguments, &with(&home, &[("TERM", "dumb")]), 100, 60);
    pty.wait_for("DEMO");
    pty.wait_for("What next?");
    pty.send("list prompt:lighthouse\n");
    pty.wait_for("A lighthouse turns");
    // Something is under way, so that Ctrl-C asks; what is not `y` stays.
    pty.send("\x03");
    pty.wait_for("Leave?");
    pty.send("n\n");
    pty.send("send all\n");
    pty.wait_for("Send 1 job");
    pty.send("n\n");
    pty.wait_for("not sent; nothing was spent");
    let before = pty.raw().len();
    pty.send("\x03");
    wait_for("the question", PATIENCE, || pty.raw().get(before..)?.contains("Leave?").then_some(()));
    // The second one is a yes.
    pty.send("\x03");
    assert_eq!(pty.end(), Ended::Code(0));
    pty.assert_line_as_found();
    assert!(!pty.raw().contains('\x1b'), "{}", pty.raw());
}

#[test]
fn with_nothing_running_no_byte_is_written() {
    let home = Home::new();
    let environment =
        with(&home, &[("COMETAPI_KEY", "sk-test"), ("COMETAPI_BASE_URL", "http://127.0.0.1:9")]);
    let pty = Pty::start(&[PROGRAM], &environment, 120, 40);
    pty.wait_for("Model");
    pty.wait_until_still(Duration::from_secs(2));
    // Longer than the time between two looks at the terminal.
    assert_eq!(pty.written_within(Duration::from_secs(12)), 0);
}

#[test]
fn without_a_key_it_says_how_to_set_one_and_how_to_try_it() {
    let home = Home::new();
    let mut pty = Pty::start(&[PROGRAM], &home.environment(), 80, 24);
    pty.wait_for("COMETAPI_KEY");
    pty.wait_for("taxiway demo");
    pty.wait_until_still(Duration::from_millis(200));
    // Ctrl-C is as q, which leaves at once when nothing is under way.
    pty.send("\x03");
    assert_eq!(pty.end(), Ended::Code(0));
    pty.assert_as_found();
}

#[test]
fn a_paste_never_submits() {
    let home = Home::new();
    let sim = Sim::start(&home);
    let environment = sim.environment(&home);
    let mut pty = Pty::start(&[PROGRAM], &environment, 80, 24);
    pty.wait_for("Model");
    // Everywhere the focus can be, a paste full of returns and consent.
    pty.send("\x1b1");
    for _ in 0..9 {
        pty.send("\x1b[200~https://example.com/cat.jpg\r\ny\r\nyes\r\n\x1b[201~");
        pty.wait_until_still(Duration::from_millis(100));
        pty.send("\t");
        pty.wait_until_still(Duration::from_millis(100));
    }
    assert!(!pty.screen().contains("Send this request?"), "{}", pty.screen());
    assert_eq!(jobs(&environment), Vec::<Value>::new());
}

#[test]
fn killed_at_work_it_goes_on_where_it_was() {
    let home = Home::new();
    let sim = Sim::start(&home);
    let environment = sim.environment(&home);
    let mut pty = Pty::start(&[PROGRAM], &environment, 120, 40);
    pty.wait_for("Model");
    let image = ["submit", "--image", "https://example.com/cat.jpg", "--prompt", "yawns", "--yes", "--json"];
    let sent = run(&environment, &image);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let begun = Instant::now();
    pty.wait_for("yawns");
    assert!(begun.elapsed() < Duration::from_secs(2), "a job sent from a shell appears within a second");
    signal(pty.pid(), Signal::KILL);
    assert!(matches!(pty.end(), Ended::Signal(_)));

    let pty = Pty::start(&[PROGRAM], &environment, 120, 40);
    pty.wait_for("yawns");
    pty.wait_for("SAVED");
    let all = wait_for("the saved job", PATIENCE, || {
        let all = jobs(&environment);
        (all[0]["result"]["state"] == "saved").then_some(all)
    });
    assert_eq!(all.len(), 1, "nothing is sent twice");
    let file = all[0]["result"]["files"][0]["path"].as_str().unwrap();
    assert!(std::path::Path::new(file).is_file(), "{file}");
}

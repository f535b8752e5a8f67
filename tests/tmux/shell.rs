//! Between the dashboard and the shell that it was started from.

use std::fs;

use rustix::process::Signal;

use crate::{
    PROGRAM,
    common::{Home, PATIENCE, script, signal, tmux::Tmux, wait_for},
};

/// A shell in a pane.
fn shell(home: Home) -> Option<Tmux> {
    Tmux::start(home, &["/bin/bash", "--norc", "--noprofile"], 100, 30)
}

fn say(tmux: &Tmux, line: &str) {
    tmux.text(line);
    tmux.keys(&["Enter"]);
}

#[test]
fn ctrl_z_goes_back_to_the_shell_and_fg_comes_back() {
    let Some(tmux) = shell(Home::new()) else { return };
    say(&tmux, &format!("{PROGRAM} demo"));
    tmux.wait_for("DEMO");
    tmux.keys(&["C-z"]);
    tmux.wait_for("Stopped");
    assert_eq!(tmux.format("#{alternate_on}"), "0");
    say(&tmux, "echo sum $((20+3))");
    tmux.wait_for("sum 23");
    say(&tmux, "fg");
    tmux.wait_for("DEMO");
    assert_eq!(tmux.format("#{alternate_on}"), "1");
    tmux.keys(&["?"]);
    tmux.wait_for("Keys");
    tmux.keys(&["Escape"]);
}

/// What tmux knows of a pane that a program can change.
fn pane(tmux: &Tmux) -> String {
    tmux.format("#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag} #{pane_title}")
}

#[test]
fn sigterm_leaves_the_terminal_as_it_was() {
    let Some(tmux) = shell(Home::new()) else { return };
    let modes = |name: &str| tmux.home().path().join(name);
    say(&tmux, "stty -g > ~/before; echo ready $((1+1))");
    tmux.wait_for("ready 2");
    let before = pane(&tmux);
    say(&tmux, &format!("{PROGRAM} demo; echo ended $?; stty -g > ~/after; echo written $((1+1))"));
    tmux.wait_for("RUNNING");
    tmux.keys(&["m"]);
    tmux.wait_for("mouse");
    wait_for("another terminal", PATIENCE, || (pane(&tmux) != before).then_some(()));
    let shell = tmux.pid();
    let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    signal(children.trim().parse().unwrap(), Signal::TERM);
    tmux.wait_for("ended 143");
    tmux.wait_for("written 2");
    assert_eq!(pane(&tmux), before);
    assert_eq!(fs::read_to_string(modes("before")).unwrap(), fs::read_to_string(modes("after")).unwrap());
}

#[test]
fn the_prompt_is_written_in_an_editor_and_comes_back() {
    let home = Home::new();
    let editor = home.path().join("editor");
    // It needs the terminal: it asks, and waits for an answer.
    script(&editor, "echo in the editor; read -r answer; printf 'a walrus %s\\n' \"$answer\" > \"$1\"");
    let Some(tmux) = shell(home) else { return };
    say(&tmux, &format!("EDITOR={} {PROGRAM} demo", editor.display()));
    tmux.wait_for("RUNNING");
    tmux.keys(&["M-e"]);
    tmux.wait_for("in the editor");
    say(&tmux, "waves");
    tmux.wait_for("a walrus waves");
    tmux.wait_for("DEMO");
    tmux.keys(&["M-2", "?"]);
    tmux.wait_for("show all keys");
}

//! The dashboard as a person meets it: in a tmux pane with tmux's own settings, by keys alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a failed step of a test shall end it, and a test that cannot run says so"
)]

#[path = "../common/mod.rs"]
mod common;

mod demo;
mod doctor;
mod shell;
mod stage;
mod window;
mod work;

use std::{path::Path, path::PathBuf};

use common::{Home, tmux::Tmux};

const PROGRAM: &str = env!("CARGO_BIN_EXE_taxiway");

/// The demo in a pane of this size, with its jobs on the screen; none where tmux is missing.
fn demo(columns: u16, rows: u16) -> Option<Tmux> {
    let tmux = Tmux::start(Home::new(), &[PROGRAM, "demo"], columns, rows)?;
    tmux.wait_for("RUNNING");
    Some(tmux)
}

/// The line of a screen with this job's row: its number, behind signs, and its state in capitals.
fn row(screen: &str, id: u32) -> Option<&str> {
    let is_its = |line: &&str| {
        let mut words = line.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).split(' ');
        words.next() == Some(&id.to_string())
            && words.next().is_some_and(|state| state.chars().all(|c| c.is_ascii_uppercase()))
    };
    screen.lines().find(is_its)
}

/// All videos under a folder.
fn videos(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .flat_map(|path| if path.is_dir() { videos(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "mp4"))
        .collect()
}

//! The main job as a person does it: in a tmux pane, by keys alone.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed step of a test shall end it, and a test that cannot run says so"
)]

mod common;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use common::{Home, PATIENCE, is_running, tmux::Tmux, wait_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_taxiway");

/// All videos under a folder.
fn videos(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .flat_map(|path| if path.is_dir() { videos(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "mp4"))
        .collect()
}

/// Whether ffprobe reads a video in it. Without ffprobe: fails where CI=true, else says so.
fn plays(file: &Path) -> bool {
    let probe =
        ["-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
    let Ok(output) = Command::new("ffprobe").args(probe).arg(file).output() else {
        assert!(!common::in_ci(), "CI has to have ffprobe");
        eprintln!("not run: no ffprobe");
        return true;
    };
    output.status.success() && String::from_utf8_lossy(&output.stdout).trim() == "h264"
}

#[test]
fn a_request_is_filled_in_sent_watched_and_its_video_comes_home() {
    let home = Home::new();
    let data = home.path().join("demo");
    let argv = [PROGRAM, "demo", "--data-dir", &data.to_string_lossy()].map(str::to_owned);
    let argv: Vec<_> = argv.iter().map(String::as_str).collect();
    let Some(tmux) = Tmux::start(home, &argv, 120, 40) else { return };
    tmux.wait_for("DEMO");
    tmux.keys(&["M-1"]);
    tmux.text("https://example.com/walrus.jpg");
    tmux.wait_for("walrus.jpg");
    tmux.keys(&["Tab"]);
    tmux.paste("a walrus\nwaves");
    tmux.wait_for("waves");
    tmux.keys(&["F5"]);
    tmux.wait_for("Send this request?");
    tmux.keys(&["y"]);
    let row = |state: &str| {
        let what = format!("the walrus as {state}");
        wait_for(&what, PATIENCE * 2, || {
            tmux.screen().lines().any(|line| line.contains("walrus") && line.contains(state)).then_some(())
        });
    };
    tmux.keys(&["M-2"]);
    row("QUEUED");
    row("RUNNING");
    row("%");
    row("SAVED");
    let saved = wait_for("the video", PATIENCE, || {
        videos(tmux.home().path()).into_iter().find(|path| path.to_string_lossy().contains("walrus"))
    });
    assert!(plays(&saved), "{}", saved.display());
}

#[test]
fn a_detached_pane_goes_on_and_a_resized_one_is_drawn_whole() {
    let Some(tmux) = Tmux::start(Home::new(), &[PROGRAM, "demo"], 120, 40) else { return };
    tmux.wait_for("DEMO");
    for (columns, rows) in [(80, 24), (50, 12), (1, 1), (100, 30)] {
        tmux.resize(columns, rows);
    }
    tmux.wait_for("RUNNING");
    let shown = tmux.wait_for("DEMO");
    assert!(shown.lines().count() <= 30);
    tmux.keys(&["q"]);
    tmux.wait_for("Leave Taxiway?");
    tmux.keys(&["y"]);
    assert_eq!(tmux.end(), 0);
    assert_eq!(tmux.format("#{alternate_on}"), "0", "the pane as it was found");
}

#[test]
fn the_end_of_tmux_ends_it() {
    let Some(tmux) = Tmux::start(Home::new(), &[PROGRAM, "demo"], 80, 24) else { return };
    tmux.wait_for("DEMO");
    let pid = tmux.pid();
    tmux.kill();
    wait_for("the program to end", Duration::from_secs(5), || (!is_running(pid)).then_some(()));
}

#[test]
fn ctrl_z_goes_back_to_the_shell_and_fg_comes_back() {
    let home = Home::new();
    let Some(tmux) = Tmux::start(home, &["/bin/bash", "--norc", "--noprofile"], 100, 30) else { return };
    tmux.text(&format!("{PROGRAM} demo"));
    tmux.keys(&["Enter"]);
    tmux.wait_for("DEMO");
    tmux.keys(&["C-z"]);
    tmux.wait_for("Stopped");
    assert_eq!(tmux.format("#{alternate_on}"), "0");
    tmux.text("echo sum $((20+3))");
    tmux.keys(&["Enter"]);
    tmux.wait_for("sum 23");
    tmux.text("fg");
    tmux.keys(&["Enter"]);
    tmux.wait_for("DEMO");
    assert_eq!(tmux.format("#{alternate_on}"), "1");
    tmux.keys(&["?"]);
    tmux.wait_for("Keys");
    tmux.keys(&["Escape"]);
}

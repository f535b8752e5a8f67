//! The demo, as somebody tries it who knows nothing of it.

use std::{path::Path, process::Command};

use crate::{
    PROGRAM,
    common::{self, Home, PATIENCE, tmux::Tmux, wait_for},
    demo, row, videos,
};

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
    tmux.yes("Send this request?");
    let row = |state: &str| {
        tmux.wait_until(&format!("the walrus as {state}"), |screen| {
            screen.lines().any(|line| line.contains("walrus") && line.contains(state))
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

/// Three seeds from a preset, one of which fails: found, read, changed, sent again.
#[test]
fn a_sweep_is_sent_from_a_preset_and_its_failed_job_is_mended() {
    let Some(tmux) = demo(80, 24) else { return };
    let is = |id: u32, state: &str| {
        tmux.wait_until(&format!("job {id} as {state}"), |screen| {
            row(screen, id).is_some_and(|line| line.contains(state))
        })
    };
    tmux.wait_for("12 jobs");
    tmux.keys(&["M-t"]);
    tmux.wait_for("three takes");
    tmux.enter();
    tmux.wait_for("3 seeds (12..14) = 3 jobs");
    tmux.keys(&["F5"]);
    tmux.wait_for("Send these 3 jobs?");
    tmux.wait_for("about $0.75 for 3 jobs");
    tmux.yes("Send these 3 jobs?");
    is(14, "FAILED");

    tmux.keys(&["/"]);
    tmux.text("state:failed");
    tmux.wait_for("· 3 of 15");
    tmux.enter();
    tmux.wait_for("Enter detail");
    tmux.wait_for("▶  14");
    tmux.enter();
    tmux.wait_for("Job 14 · FAILED");
    tmux.wait_for("what to do");
    tmux.keys(&["e"]);
    tmux.wait_for("clone of job 14, unchanged");
    tmux.keys(&["Down", "Down", "Down", "Down"]);
    tmux.enter();
    tmux.keys(&["C-u"]);
    tmux.text("77");
    tmux.wait_for("clone of job 14, 1 changed");
    tmux.keys(&["Escape"]);
    tmux.wait_for("F5 send form");
    tmux.keys(&["F5"]);
    let question = tmux.wait_for("Send this request?");
    assert!(question.lines().any(|line| line.contains("Seed") && line.contains("77")), "{question}");
    tmux.yes("Send this request?");
    tmux.wait_for("of 16");
    tmux.keys(&["Escape"]);

    is(15, "SAVED");
    tmux.keys(&["g", "Down"]);
    tmux.wait_for("▶  15");
    tmux.keys(&["y"]);
    tmux.wait_for("video address");
    tmux.keys(&["u"]);
    tmux.wait_for("copied");
    let copied = tmux.run(&["show-buffer"]);
    assert!(copied.starts_with("http://127.0.0.1:") && copied.lines().count() == 1, "{copied}");

    tmux.keys(&["q"]);
    tmux.wait_for("Leave Taxiway?");
    tmux.keys(&["y"]);
    assert_eq!(tmux.end(), 0);
}

#[test]
fn a_filter_works_while_it_is_typed_and_is_taken_away() {
    let Some(tmux) = demo(80, 24) else { return };
    tmux.wait_for("12 jobs");
    tmux.keys(&["/"]);
    tmux.text("fog");
    let shown = tmux.wait_for("· 1 of 12");
    assert!(row(&shown, 2).is_some() && row(&shown, 12).is_none(), "{shown}");
    tmux.keys(&["C-u"]);
    tmux.text("!state:ended !lighthouse");
    let shown = tmux.wait_until("another filter, before Enter", |screen| {
        screen.contains("filter jobs: !state:ended !lighthouse") && screen.contains("· 4 of 12")
    });
    assert!(row(&shown, 9).is_some() && row(&shown, 11).is_none(), "{shown}");
    tmux.enter();
    tmux.wait_for("Enter detail");
    tmux.keys(&["Escape"]);
    let shown = tmux.wait_for("12 jobs");
    assert!((1..=12).all(|id| row(&shown, id).is_some()), "{shown}");
}

//! The pane itself: other sizes, other clients, and its end.

use std::{fs, time::Duration};

use crate::{
    PROGRAM,
    common::{Home, PATIENCE, is_running, pty::Ended, script, tmux::Tmux, wait_for},
    demo,
};

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
fn it_is_attached_again_at_another_size() {
    let Some(tmux) = demo(80, 24) else { return };
    let pid = tmux.pid();
    for (columns, rows) in [(100, 30), (64, 20)] {
        let mut client = tmux.attach(columns, rows);
        // The last line is tmux's own; the one above is ours.
        client.wait("the whole dashboard", |screen| {
            let lines: Vec<_> = screen.rows(0, columns).collect();
            lines[0].contains("DEMO") && lines[usize::from(rows) - 2].contains("q leave")
        });
        assert_eq!(tmux.format("#{pane_width}x#{pane_height}"), format!("{columns}x{}", rows - 1));
        client.send("\x02d");
        assert_eq!(client.end(), Ended::Code(0));
    }
    tmux.keys(&["?"]);
    tmux.wait_for("check the form");
    assert_eq!(tmux.pid(), pid);
}

#[test]
fn a_split_to_thirty_columns_and_back_keeps_what_is_selected() {
    let Some(tmux) = demo(80, 24) else { return };
    tmux.wait_for("12 jobs");
    tmux.keys(&["G"]);
    tmux.wait_for("▶   1 UNSURE");
    tmux.run(&["split-window", "-h", "-d", "-l", "49", "tail", "-f", "/dev/null"]);
    let narrow = tmux.wait_until("thirty columns", |screen| !screen.contains("PROMPT"));
    assert_eq!(tmux.format("#{pane_width}"), "30");
    assert!(narrow.contains("DEMO") && narrow.contains("▶   1 UNSURE"), "{narrow}");
    tmux.run(&["kill-pane", "-t", "{right}"]);
    let wide = tmux.wait_for("PROMPT");
    assert!(wide.contains("▶   1 UNSURE") && wide.contains("12 jobs"), "{wide}");
}

/// Lines that only moved are moved by the terminal, which has to understand that as it was meant.
#[test]
fn a_page_that_was_scrolled_is_as_one_that_is_drawn_whole() {
    let Some(tmux) = demo(80, 24) else { return };
    tmux.keys(&["?"]);
    tmux.wait_for("lines 1-");
    // The first line and the message tell of jobs, which go on.
    let page = |screen: &str| screen.lines().skip(1).take(20).collect::<Vec<_>>().join("\n");
    for (keys, first) in
        [(vec!["j"; 5], "lines 6-"), (vec!["k"; 2], "lines 4-"), (vec!["PageDown"], "lines 2")]
    {
        tmux.keys(&keys);
        let scrolled = page(&tmux.wait_for(first));
        // The pane forgets what it shows.
        tmux.run(&["send-keys", "-R"]);
        tmux.wait_until("an empty pane", |screen| !screen.contains("lines "));
        tmux.keys(&["C-l"]);
        let whole = page(
            &tmux.wait_until("the whole page", |screen| screen.contains(first) && screen.contains("leave")),
        );
        assert_eq!(scrolled, whole);
    }
}

#[test]
fn the_end_of_tmux_ends_it() {
    let Some(tmux) = Tmux::start(Home::new(), &[PROGRAM, "demo"], 80, 24) else { return };
    tmux.wait_for("DEMO");
    let pid = tmux.pid();
    tmux.kill();
    wait_for("the program to end", Duration::from_secs(5), || (!is_running(pid)).then_some(()));
}

/// All processes that run on this machine of a test.
fn processes(home: &Home) -> Vec<u32> {
    let mark = format!("HOME={}", home.path().display());
    let ids = fs::read_dir("/proc").unwrap().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    let is_its = |id: &u32| {
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        is_running(*id) && environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    ids.filter(is_its).collect()
}

/// With an editor open in it, which would stay behind.
#[test]
fn the_end_of_a_session_leaves_no_process() {
    let home = Home::new();
    let (editor, opened) = (home.path().join("editor"), home.path().join("opened"));
    script(&editor, &format!("echo > '{}'; exec tail -f /dev/null", opened.display()));
    let editor = format!("EDITOR={}", editor.display());
    let Some(tmux) = Tmux::start(home, &["env", &editor, PROGRAM, "demo"], 80, 24) else { return };
    tmux.wait_for("RUNNING");
    tmux.keys(&["M-e"]);
    wait_for("the editor", PATIENCE, || opened.exists().then_some(()));
    assert!(processes(tmux.home()).len() >= 3, "tmux, the program, the editor");
    tmux.run(&["kill-session"]);
    wait_for("all of them to end", Duration::from_secs(10), || {
        processes(tmux.home()).is_empty().then_some(())
    });
}

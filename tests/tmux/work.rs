//! Work with jobs, and what the service saw of it.

use std::fs;

use crate::{
    common::{PATIENCE, script, wait_for},
    row,
    stage::Stage,
    videos,
};

#[test]
fn marked_jobs_are_downloaded_at_once() {
    let mut stage = Stage::new("[download]\nauto = false\n");
    stage.submit(&["--prompt", "a cat yawns", "--count", "4"]);
    let Some(tmux) = stage.dashboard(&[]) else { return };
    tmux.wait_until("four finished jobs", |screen| {
        (1..=4).all(|id| row(screen, id).is_some_and(|line| line.contains("DONE")))
    });
    assert_eq!(videos(tmux.home().path()).len(), 0);
    // A mark moves on to the next row.
    tmux.keys(&["g", "Space", "Space", "Space"]);
    tmux.wait_for("3 marked");
    tmux.keys(&["d"]);
    tmux.wait_until("three saved ones", |screen| screen.matches(" SAVED ").count() == 3);
    assert_eq!(videos(tmux.home().path()).len(), 3);
    assert!(row(&tmux.screen(), 1).is_some_and(|line| line.contains("DONE")), "it had no mark");
    assert_eq!(stage.fetched().len(), 3);
}

#[test]
fn a_clone_is_changed_and_sent_as_one_more_task() {
    let mut stage = Stage::new("");
    stage.submit(&["--prompt", "a cat yawns", "--seed", "7"]);
    let Some(tmux) = stage.dashboard(&[]) else { return };
    tmux.wait_for("SAVED");
    tmux.keys(&["e"]);
    tmux.wait_for("clone of job 1, unchanged");
    tmux.enter();
    tmux.text(" twice");
    tmux.wait_for("clone of job 1, 1 changed");
    tmux.keys(&["F5"]);
    tmux.wait_for("Send this request?");
    assert_eq!(stage.service.tasks_created(), 1, "nothing is sent before the answer");
    tmux.yes("Send this request?");
    tmux.wait_until("the second video", |screen| row(screen, 2).is_some_and(|line| line.contains("SAVED")));
    let prompts: Vec<_> = stage.service.ledger().into_iter().map(|taken| taken.prompt).collect();
    assert_eq!(prompts, ["a cat yawns", "a cat yawns twice"]);
    let mut requests = stage.requests();
    assert_eq!(requests.len(), 2);
    for request in &mut requests {
        request.as_object_mut().unwrap().remove("promptText");
    }
    assert_eq!(requests[0], requests[1], "the rest is the same");
}

#[test]
fn what_is_copied_is_in_the_buffer_of_tmux() {
    let mut stage = Stage::new("");
    stage.submit(&["--prompt", "a cat yawns"]);
    let Some(tmux) = stage.dashboard(&[]) else { return };
    tmux.wait_for("SAVED");
    let copy = |key: &str, way: &str| {
        tmux.keys(&["y"]);
        tmux.wait_for("Enter copies");
        tmux.keys(&[key]);
        tmux.wait_for(&format!("copied to tmux and its terminal: {way}"));
        tmux.run(&["show-buffer"])
    };
    let address = copy("u", "video address");
    assert_eq!(vec![address], stage.fetched());
    let curl = copy("c", "curl command");
    assert!(curl.contains("$COMETAPI_KEY") && !curl.contains("sk-a-test"), "{curl}");
    assert!(curl.contains("a cat yawns"), "{curl}");
}

#[test]
fn a_long_paste_is_one_edit_whole_and_never_sent() {
    let mut stage = Stage::new("");
    let home = tempfile::tempdir().unwrap();
    let (got, editor, text) = (home.path().join("got"), home.path().join("editor"), home.path().join("text"));
    script(&editor, &format!("cp \"$1\" '{}'", got.display()));
    let lines = (0..40).map(|line| format!("line {line}: waves break on black sand, seen from above"));
    let pasted = lines.collect::<Vec<_>>().join("\n");
    assert!(pasted.len() > 2048);
    fs::write(&text, &pasted).unwrap();
    let Some(tmux) = stage.dashboard(&[("EDITOR", &editor.to_string_lossy())]) else { return };
    tmux.keys(&["M-1", "Tab"]);
    tmux.wait_for("typing in prompt");
    tmux.run(&["load-buffer", &text.to_string_lossy()]);
    tmux.run(&["paste-buffer", "-p"]);
    let count = format!("{}/512", pasted.len());
    tmux.wait_for(&count);
    tmux.keys(&["M-u"]);
    tmux.wait_for(" 0/512");
    tmux.keys(&["M-r"]);
    tmux.wait_for(&count);
    // What is in the field is what the editor gets.
    tmux.keys(&["M-e"]);
    let arrived = wait_for("the text in the editor", PATIENCE, || {
        fs::read_to_string(&got).ok().filter(|text| !text.is_empty())
    });
    assert_eq!(arrived.trim_end_matches('\n'), pasted);
    tmux.wait_for(&count);
    assert_eq!(stage.service.seen().iter().filter(|seen| seen.method == "POST").count(), 0);
}

//! What must not get out: the key, the tokens of links, and what a service writes to a terminal.

use std::{fs, path::Path};

use taxiway::job::is_harmful;

use crate::{
    common::pty::Pty,
    stage::{KEY, Stage, has_ending},
};

/// Every file below a folder, with what is in it.
fn all_files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else if path.is_file() {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A day with every kind of trouble; each run keeps what it said in a file of the stage's home.
fn a_day() -> Stage {
    let stage = Stage::new("quick");
    let waiting = ["--yes", "--wait", "--json"];
    for scenario in [
        "quick",
        "echoed-key",
        "escapes",
        "poll-unauthorized",
        "server-error",
        "html-video",
        "huge-reply",
        "garbage",
        "expired-video",
    ] {
        stage.scene(scenario);
        stage.submit(&waiting);
        stage.submit(&["--yes", "--wait"]);
    }
    stage.scene("hidden");
    stage.submit(&["--yes"]).ends(0);
    stage.scene("echoed-key");
    stage.run(&["watch", "--until-idle"]).ends(3);
    stage.scene("quick");
    stage.finish();
    stage.run(&["download", "--all"]);
    stage.run(&["list"]).ends(0);
    for job in stage.jobs() {
        let id = job["id"].to_string();
        stage.run(&["show", &id]).ends(0);
        stage.run(&["show", &id, "--json"]).ends(0);
    }
    stage.run(&["config", "show"]).ends(0);
    stage.run(&["config", "show", "--json"]).ends(0);
    stage.submit(&["--dry-run"]).ends(0);
    stage.submit(&["--base-url", KEY]).ends(2);
    stage
}

#[test]
fn the_key_and_the_tokens_get_nowhere_and_the_terminal_is_left_alone() {
    let stage = a_day();
    let dashboard = Pty::start(&[env!("CARGO_BIN_EXE_taxiway")], &stage.environment(), 120, 40);
    dashboard.wait_for("FAILED");
    let screen = dashboard.raw();
    drop(dashboard);
    let files = all_files(stage.home.path());
    assert!(files.iter().any(|(name, _)| name.ends_with("journal.db")));
    assert!(
        files.iter().any(|(name, bytes)| has_ending(Path::new(name), "log") && !bytes.is_empty()),
        "there is a log"
    );
    let token = stage.service.seen().iter().find_map(|seen| seen.query.clone()).unwrap();
    assert!(token.starts_with("_jwt=ey"), "{token}");
    for (name, bytes) in files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())) {
        assert!(!holds(bytes, KEY), "the key is in {name}");
        let told = [".out", ".err", ".log"].iter().any(|ending| name.ends_with(ending));
        if !told {
            continue;
        }
        assert!(!holds(bytes, "_jwt=ey"), "the token of a link is in {name}");
        let text = std::str::from_utf8(bytes).unwrap();
        let control = text.chars().find(|&c| is_harmful(c) && !"\n\t".contains(c));
        assert!(control.is_none(), "{control:?} is in {name}: {text:?}");
    }
    assert!(!screen.contains(KEY) && !screen.contains("_jwt=ey") && !screen.contains("]0;owned"));
    // The service's words are there all the same, harmless; and so is what it was that failed.
    let said = files.iter().filter(|(name, _)| has_ending(Path::new(name), "out"));
    assert!(said.into_iter().any(|(_, bytes)| holds(bytes, "broke")));
    assert_eq!(stage.service.leaked_keys(), 0);
    let post = stage.service.seen().into_iter().find(|seen| seen.method == "POST").unwrap();
    assert!(post.header("authorization").is_some_and(|value| value.contains(KEY)), "it was really used");
}

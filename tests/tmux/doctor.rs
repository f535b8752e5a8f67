//! What `doctor` finds out about a tmux, and that it leaves nothing behind in it.

use std::fs;

use serde_json::Value;

use crate::{
    PROGRAM,
    common::{Home, PATIENCE, tmux::Tmux, wait_for},
};

#[test]
fn it_finds_version_options_and_a_way_to_copy() {
    let home = Home::new();
    let told = home.path().join("told.json");
    let (file, part) = (told.display(), home.path().join("part"));
    let line = format!("read line; '{PROGRAM}' doctor --json > '{0}'; mv '{0}' '{file}'", part.display());
    let Some(tmux) = Tmux::start(home, &["sh", "-c", &line], 80, 24) else { return };
    tmux.run(&["set-buffer", "mine"]);
    let before = tmux.run(&["list-buffers"]);
    // Somebody looks at it, so that tmux knows what the terminal can do.
    let client = tmux.attach(80, 24);
    wait_for("a client", PATIENCE, || (!tmux.run(&["list-clients"]).is_empty()).then_some(()));
    tmux.keys(&["Enter"]);
    let text = wait_for("the doctor", PATIENCE, || fs::read_to_string(&told).ok());
    let value: Value = serde_json::from_str(&text).unwrap();
    let found = |name: &str| {
        let check = value["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap();
        (check["found"].as_str().unwrap().to_owned(), check["advice"].as_str().unwrap_or_default().to_owned())
    };
    let (around, _) = found("multiplexer");
    let version = tmux.format("#{version}");
    for word in [&format!("tmux {version}, on xterm"), "set-clipboard external", "escape-time "] {
        assert!(around.contains(word), "{word}: {around}");
    }
    let (clipboard, advice) = found("clipboard");
    assert!(clipboard.contains("tried: its buffers work") && clipboard.contains("hands it"), "{clipboard}");
    assert_eq!(advice, "");
    let (notices, advice) = found("notices");
    assert!(notices.contains("stopped by tmux"), "{notices}");
    assert!(advice.contains("set -g allow-passthrough on"), "{advice}");
    assert_eq!(tmux.run(&["list-buffers"]), before, "its own buffer is gone, and mine is as it was");
    drop(client);
}

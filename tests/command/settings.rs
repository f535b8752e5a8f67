//! `config`, and the key that nobody sees.

use std::{fs, path::Path};

use crate::stage::{KEY, Stage};

#[test]
fn the_config_is_found_checked_and_shown() {
    let stage = Stage::new("quick");
    let file = stage.config_file();
    let ran = stage.run(&["config", "path"]);
    ran.ends(0);
    assert_eq!(ran.out.trim_end(), file.to_str().unwrap());
    let ran = stage.run(&["config", "path", "--json"]);
    assert_eq!(ran.json(), serde_json::json!({ "path": file }));
    let ran = stage.run(&["config", "check"]);
    ran.ends(0);
    assert_eq!(ran.out, format!("{}: fine\n", file.display()));
    let ran = stage.run(&["config", "check", "--json"]);
    assert_eq!(ran.json(), serde_json::json!({ "file": file, "faults": [], "warnings": [] }));

    let ran = stage.run(&["config", "show"]);
    ran.ends(0);
    let line = |name: &str| ran.out.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    for (name, value, origin) in [
        ("key ", "…7351", "COMETAPI_KEY"),
        ("base_url ", &stage.service.base_url(), "COMETAPI_BASE_URL"),
        ("data-dir ", stage.home.data_dir().to_str().unwrap(), "TAXIWAY_DATA_DIR"),
        ("poll.interval ", "50ms", file.to_str().unwrap()),
        ("submit.confirm ", "always", "default"),
    ] {
        let line = line(name);
        assert!(line.contains(value) && line.ends_with(origin), "{line}");
    }
    let ran = stage.run(&["config", "show", "--json", "--data-dir", "elsewhere"]);
    ran.ends(0);
    let shown = ran.json();
    assert_eq!(shown["key"], serde_json::json!({ "value": "…7351", "origin": "COMETAPI_KEY" }));
    assert_eq!(shown["data-dir"]["origin"], "--data-dir");
    assert_eq!(shown["data-dir"]["value"], stage.home.path().join("elsewhere").to_str().unwrap());
    assert!(!stage.home.data_dir().exists(), "looking writes nothing");
}

#[test]
fn a_key_that_cannot_be_bound_is_told_with_its_place() {
    let stage = Stage::new("quick");
    stage.configure("[keys]\ndrop = [\"q\"]\nsubmti = [\"f7\"]\n");
    let ran = stage.run(&["config", "check"]);
    ran.ends(0);
    let place = format!("warning: {}: keys.", stage.config_file().display());
    ran.says(&[&place, "drop: `q` always means `quit`", "submti: there is no such action"]);
}

#[test]
fn faults_are_all_told() {
    let stage = Stage::new("quick");
    stage.configure("[submit]\nmax_active = \"many\"\n[download]\nauto = 1\n[ui]\nascii = 1\n");
    let ran = stage.run(&["config", "check", "--json"]);
    ran.ends(2);
    let told = ran.json();
    assert_eq!(
        (told["faults"].as_array().unwrap().len(), told["warnings"].as_array().unwrap().len()),
        (2, 1)
    );
    let ran = stage.submit(&["--yes"]);
    ran.ends(2);
    ran.says(&["(and 1 more: `taxiway config check`)"]);
    stage.assert_nothing_sent();
}

/// Neither on the streams, where each run of the program looks for it, nor on disk.
#[test]
fn the_key_is_nowhere() {
    let stage = Stage::new("quick");
    let trace = [("TAXIWAY_LOG", "trace")];
    let commands: [&[&str]; 14] = [
        &["submit", "--image", "https://example.com/cat.jpg", "--yes", "--wait", "--json"],
        &["submit", "--image", "https://example.com/cat.jpg", "--yes", "--wait"],
        &["list", "--json"],
        &["list"],
        &["show", "1", "--json"],
        &["show", "1"],
        &["config", "show"],
        &["config", "show", "--json"],
        &["config", "check"],
        &["watch", "--until-idle", "--json"],
        &["download", "--all"],
        &["send", "1", "--yes", "--json"],
        &["--help"],
        &["submit", "--help"],
    ];
    for arguments in commands {
        stage.run_with(arguments, &trace);
    }
    stage.scene("unauthorized");
    stage.run_with(commands[0], &trace).ends(3);
    let mut files = 0;
    let mut search = |dir: &Path| {
        for entry in
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
        {
            let bytes = fs::read(&entry).unwrap();
            let found = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
            assert!(!found, "the key is in {}", entry.display());
            files += 1;
        }
    };
    search(&stage.home.data_dir());
    search(&stage.videos());
    assert!(files > 3, "journal, log and videos were looked at: {files}");
}

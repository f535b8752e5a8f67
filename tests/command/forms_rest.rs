//! What `verify`, `sim`, the dashboard without a terminal and the flags of every command show.

use std::fs;

use taxiway::{engine::sidecar_path, stand_in::clip};

use crate::{
    forms::fails,
    shown::{assert_shown, assert_valid},
    stage::{GOOD, Stage},
};

#[test]
fn what_is_on_disk_is_told_in_both_forms() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["verify"]);
    ran.ends(0);
    assert_shown!(stage, ran, "verify_nothing");
    stage.submit(&["--count", "4", "--yes", "--wait"]).ends(0);
    let ran = stage.run(&["verify"]);
    ran.ends(0);
    assert_shown!(stage, ran, "verify_whole");
    let file = |id| stage.job(id)["result"]["files"][0]["path"].as_str().unwrap().to_owned();
    fs::copy(sidecar_path(file(4).as_ref()), stage.videos().join("copy.mp4.json")).unwrap();
    fs::copy(file(4), stage.videos().join("copy.mp4")).unwrap();
    fs::write(stage.videos().join("left.01234567.part"), "x").unwrap();
    fs::remove_file(file(1)).unwrap();
    fs::write(file(2), "cut").unwrap();
    let mut altered = clip().to_vec();
    altered[1000] ^= 1;
    fs::write(file(3), altered).unwrap();
    stage.configure("[download]\nauto = false\n");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let ran = stage.run(&["verify"]);
    ran.ends(7);
    assert_shown!(stage, ran, "verify");
    let ran = stage.run(&["verify", "--json"]);
    ran.ends(7);
    assert_valid("verify", &ran.json());
    assert_eq!(ran.json()["jobs"].as_array().unwrap().len(), 4);
    fails(&stage, &["verify", "zz"], 7, "no_such_job", &["`zz`"]);
    let place = stage.home.path().join("file");
    fs::write(&place, "mine").unwrap();
    stage.configure(&format!("[download]\ndir = \"{}\"\n", place.display()));
    fails(&stage, &["verify"], 8, "folder", &["cannot be read", "taxiway config show"]);
}

#[test]
fn the_stand_in_tells_in_both_forms() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["sim", "--scenario", "help", "--json"]);
    ran.ends(0);
    assert_valid("scenarios", &ran.json());
    let quick = ran.json().as_array().unwrap().iter().any(|scenario| scenario["name"] == "quick");
    assert!(quick, "{ran:#?}");
    let ran = stage.run(&["sim", "--scenario", "quikc"]);
    ran.ends(2);
    assert_shown!(stage, ran, "sim_unknown");
    fails(
        &stage,
        &["sim", "--scenario", "zz"],
        2,
        "bad_input",
        &["no scenario is called 'zz'", "--scenario help"],
    );
    fails(&stage, &["sim", "--listen", "0.0.0.0:0"], 2, "bad_input", &["loopback addresses only"]);
    let ran = stage.run(&["sim", "--listen", "here"]);
    ran.ends(2);
    ran.says(&["--listen"]);
    let sim = stage.start(&["sim", "--listen", "127.0.0.1:0", "--scenario", "quick", "--json"]);
    sim.wait_for_data("\n");
    let told = serde_json::from_str(&sim.out()).unwrap();
    assert_valid("sim", &told);
    let there = [("COMETAPI_BASE_URL", told["base_url"].as_str().unwrap())];
    stage.run_with(&[&GOOD[..], &["--yes"]].concat(), &there).ends(0);
    sim.kill();
}

#[test]
fn the_dashboard_says_that_it_needs_a_terminal() {
    let stage = Stage::new("quick");
    for (arguments, name) in
        [(&[][..], "dashboard_without_a_terminal"), (&["demo"], "demo_without_a_terminal")]
    {
        let ran = stage.run(arguments);
        ran.ends(2);
        assert_shown!(stage, ran, name);
        fails(&stage, arguments, 2, "no_terminal", &["taxiway submit"]);
    }
    fails(&stage, &["--linear", "list"], 2, "usage", &["--linear is for the dashboard and the demo"]);
    // In plain lines any stream will do.
    let ran = stage.run(&["demo", "--linear"]);
    ran.ends(0);
    assert!(ran.out.contains("DEMO: nothing is spent"), "{ran:#?}");
    ran.says(&["the demo is over"]);
    assert!(!stage.home.data_dir().exists(), "nothing was written");
}

/// Every command that would send, fetch or write, as it would be called.
const WRITERS: [&[&str]; 14] = [
    &["submit", "--image", "https://example.com/cat.jpg", "--yes"],
    &["clone", "1", "--yes"],
    &["batch", "shots.csv", "--yes"],
    &["send", "1", "--yes"],
    &["download", "1"],
    &["download", "--all"],
    &["cancel", "1"],
    &["archive", "1"],
    &["tag", "1", "--add", "x"],
    &["adopt", "some-task"],
    &["resolve", "1", "--not-created"],
    &["reconcile"],
    &["import", "jobs.json"],
    &["config", "init"],
];

#[test]
fn read_only_refuses_every_command_that_would_write() {
    let stage = Stage::new("quick");
    fs::write(stage.home.path().join("shots.csv"), "image\nhttps://example.com/cat.jpg\n").unwrap();
    fs::write(stage.home.path().join("jobs.json"), "[]").unwrap();
    stage.submit(&["--yes", "--wait"]).ends(0);
    let requests = stage.service.seen().len();
    let jobs = stage.jobs();
    for arguments in WRITERS {
        let arguments = [arguments, &["--read-only"]].concat();
        let ran = stage.run_with(&arguments, &[("COMETAPI_ACCESS_TOKEN", "a-token-of-a-test-0815")]);
        ran.ends(4);
        ran.says(&["read-only"]);
        fails(&stage, &arguments, 4, "read_only", &["read-only"]);
    }
    assert_eq!((stage.service.seen().len(), stage.jobs()), (requests, jobs));
}

#[test]
fn the_flags_of_every_command_are_taken_in_any_place() {
    let stage = Stage::new("quick");
    stage.configure("[profiles.work]\nrunway_version = \"2024-11-06\"\n");
    let file = stage.config_file();
    let dir = stage.home.path().join("elsewhere");
    let (file, dir) = (file.to_str().unwrap(), dir.to_str().unwrap());
    for flags in [
        &["--ascii"][..],
        &["--color", "never"],
        &["--color=always"],
        &["--color", "auto"],
        &["--profile", "work"],
        &["--config", file],
        &["--data-dir", dir],
        &["--read-only"],
    ] {
        stage.run(&[&["list"], flags].concat()).ends(0);
        let ran = stage.run(&[flags, &["list", "--json"]].concat());
        ran.ends(0);
        assert_eq!(ran.json(), serde_json::json!([]), "{flags:?}");
    }
    fails(&stage, &["list", "--color", "sometimes"], 2, "usage", &["--color", "sometimes"]);
    for flag in ["--profile", "--config", "--data-dir", "--color"] {
        fails(&stage, &["list", flag], 2, "usage", &[flag]);
    }
    stage.assert_nothing_sent();
}

#[test]
fn what_the_flags_name_and_is_not_there_is_told() {
    let stage = Stage::new("quick");
    stage.configure("[profiles.work]\n");
    let send = [&GOOD[..], &["--yes"]].concat();
    let ran = stage.run(&[&send[..], &["--profile", "wrok"]].concat());
    ran.ends(2);
    assert_shown!(stage, ran, "profile_unknown");
    let with = |flags: &[&'static str]| [&send[..], flags].concat();
    fails(&stage, &with(&["--profile", "zz"]), 2, "bad_config", &["--profile: there is no profile `zz`"]);
    let ran = stage.run(&with(&["--config", "nowhere.toml"]));
    ran.ends(2);
    assert_shown!(stage, ran, "config_missing");
    fails(&stage, &with(&["--config", "nowhere.toml"]), 2, "bad_config", &["named by --config"]);
    fs::write(stage.home.path().join("file"), "mine").unwrap();
    let ran = stage.run(&with(&["--data-dir", "file/data"]));
    ran.ends(8);
    assert_shown!(stage, ran, "data_dir_unusable");
    fails(&stage, &with(&["--data-dir", "file/data"]), 8, "journal_unwritable", &["--data-dir"]);
    stage.assert_nothing_sent();
}

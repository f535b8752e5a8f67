//! What `submit`, `show`, `send` and `download` show: as text, as JSON by its schema, and when they fail.

use std::fs;

use serde_json::Value;

use crate::{
    shown::{assert_shown, assert_valid},
    stage::{GOOD, Ran, Stage, assert_home},
};

const ALL_FIELDS: [&str; 14] = [
    "submit",
    "--image",
    "https://example.com/cat.jpg",
    "--prompt",
    "yawns",
    "--model",
    "gen4_turbo",
    "--ratio",
    "1280:720",
    "--duration",
    "5",
    "--seed",
    "42",
    "--watermark",
];

/// What ran without the steps that it told on its way: how many there are is up to the clock.
pub fn without_steps(mut ran: Ran) -> Ran {
    let is_step = |line: &&str| line.starts_with("job ") && line.contains("  ");
    ran.err = ran.err.split_inclusive('\n').filter(|line| !is_step(line)).collect();
    ran
}

/// What ran without the words of the service that stand in a timeline: how many were heard is up to the clock.
fn without_words(mut ran: Ran) -> Ran {
    let is_word = |line: &&str| line.contains("  the service says ");
    ran.out = ran.out.split_inclusive('\n').filter(|line| !is_word(line)).collect();
    ran
}

/// Fails unless this ends so, as words and as JSON.
#[track_caller]
pub fn fails(stage: &Stage, arguments: &[&str], exit: i32, code: &str, words: &[&str]) {
    let ran = stage.run(arguments);
    ran.ends(exit);
    ran.says(words);
    assert!(ran.out.is_empty(), "{ran:#?}");
    let ran = stage.run(&[arguments, &["--json"]].concat());
    ran.ends(exit);
    ran.fails_in_json(code);
    assert_valid("error", &ran.json());
}

/// The stage with a held job.
pub fn with_held() -> Stage {
    let stage = Stage::new("too-many");
    stage
        .submit(&["--model", "gen4_turbo", "--ratio", "1280:720", "--yes", "--wait", "--timeout", "1"])
        .ends(6);
    stage.scene("quick");
    stage
}

#[test]
fn every_field_is_sent_and_shown() {
    let stage = Stage::new("quick");
    let ran = stage.run(&[&ALL_FIELDS[..], &["--yes"]].concat());
    ran.ends(0);
    assert_shown!(stage, without_steps(ran), "submit_all_fields");
    let seen = stage.service.seen();
    let post = seen.iter().find(|seen| seen.method == "POST").unwrap();
    let sent = serde_json::json!({
        "promptImage": "https://example.com/cat.jpg", "promptText": "yawns", "model": "gen4_turbo",
        "ratio": "1280:720", "duration": 5, "seed": 42, "watermark": true
    });
    assert_eq!(serde_json::from_slice::<Value>(&post.body).unwrap(), sent);
    let job = stage.job(1);
    assert_valid("job", &job);
    assert_eq!(job["request"], sent);
    let ran = stage.run(&["show", "1"]);
    ran.ends(0);
    assert_shown!(stage, without_words(ran), "show_submitted");
}

#[test]
fn a_dry_run_is_shown_in_both_forms() {
    let stage = Stage::new("quick");
    let dry = [&ALL_FIELDS[..], &["--dry-run", "--count", "3"]].concat();
    let ran = stage.run(&dry);
    ran.ends(0);
    assert_shown!(stage, ran, "dry_run");
    let ran = stage.run(&[&dry[..], &["--json"]].concat());
    ran.ends(0);
    assert_valid("dry_run", &ran.json());
    assert_eq!((&ran.json()["count"], &ran.json()["cost"]["estimate"]), (&3.into(), &"0.75".into()));
    // A model that nobody knows, a picture of this machine, a budget that it would pass.
    let picture = stage.home.path().join("cat.png");
    fs::write(&picture, crate::files::picture_of(32, 18)).unwrap();
    stage.configure("[budget]\nday_usd = 0.1\n");
    let dry = ["submit", "--image", picture.to_str().unwrap(), "--model", "gen9", "--dry-run"];
    let ran = stage.run(&dry);
    ran.ends(0);
    assert_shown!(stage, ran, "dry_run_picture");
    let ran = stage.run(&[&dry[..], &["--json"]].concat());
    assert_valid("dry_run", &ran.json());
    assert_eq!(ran.json()["cost"]["estimate"], Value::Null);
    stage.assert_nothing_sent();
}

#[test]
fn several_jobs_are_a_line_each_or_a_list() {
    let stage = Stage::new("quick");
    let ran = stage.submit(&["--model", "gen4_turbo", "--ratio", "1280:720", "--count", "2", "--yes"]);
    ran.ends(0);
    assert_shown!(stage, without_steps(ran), "submit_count");
    let ran = stage.submit(&["--count", "2", "--yes", "--wait", "--timeout", "600", "--json"]);
    ran.ends(0);
    assert_valid("jobs", &ran.json());
    assert_eq!(ran.json().as_array().unwrap().len(), 2);
}

#[test]
fn a_job_that_has_come_home_is_shown_whole() {
    let stage = Stage::new("quick");
    stage.run(&[&ALL_FIELDS[..], &["--yes", "--wait"]].concat()).ends(0);
    let ran = stage.run(&["show", "1"]);
    ran.ends(0);
    assert_shown!(stage, without_words(ran), "show_home");
    let ran = stage.run(&["show", "1", "--json"]);
    assert_valid("job", &ran.json());
    assert_home(&ran.json());
    fails(&stage, &["show", "zz"], 7, "no_such_job", &["no job is named `zz`", "taxiway list"]);
}

#[test]
fn what_became_of_a_submission_is_shown_with_its_code() {
    for (scenario, model, exit, state) in [
        ("server-error", "veo3.1", 5, "unsure"),
        ("moderated", "veo3.1", 1, "failed"),
        ("unauthorized", "veo3.1", 3, "held"),
        ("quick", "refused", 1, "rejected"),
    ] {
        let stage = Stage::new(scenario);
        let ran = stage.submit(&["--model", model, "--ratio", "1280:720", "--yes", "--wait"]);
        ran.ends(exit);
        assert_shown!(stage, without_steps(ran), format!("submit_{state}"));
        let job = stage.job(1);
        assert_valid("job", &job);
        assert_eq!(job["state"], state);
    }
}

#[test]
fn held_jobs_are_sent_and_shown() {
    let stage = with_held();
    let ran = stage.run(&["send", "1"]);
    ran.ends(4);
    assert_shown!(stage, ran, "send_without_a_yes");
    fails(&stage, &["send", "1"], 4, "no_consent", &["there is nobody to ask", "nothing was sent"]);
    let ran = stage.run(&["send", "1", "--yes"]);
    ran.ends(0);
    assert_shown!(stage, without_steps(ran), "send");
    let ran = stage.run(&["send", "1", "--yes"]);
    ran.ends(2);
    assert_shown!(stage, ran, "send_what_was_sent");
    fails(&stage, &["send", "1", "--yes"], 2, "not_held", &["job 1 is "]);
    fails(&stage, &["send", "zz", "--yes"], 7, "no_such_job", &["`zz`"]);

    let stage = Stage::new("too-many");
    let good = &["--count", "2", "--yes", "--wait", "--timeout", "1", "--json"];
    let ran = stage.submit(good);
    ran.ends(6);
    assert_valid("jobs", &ran.json());
    stage.scene("quick");
    let ran = stage.run(&["send", "2", "1", "--yes", "--json"]);
    ran.ends(0);
    assert_valid("jobs", &ran.json());
    assert_eq!(ran.json().as_array().unwrap().len(), 2);
}

#[test]
fn at_a_terminal_held_jobs_are_asked_about() {
    use crate::common::pty::{Ended, Pty};
    let stage = with_held();
    let posts = stage.posts();
    for (answer, code, more) in [("n\r", 4, 0), ("y\r", 0, 1)] {
        let argv = [env!("CARGO_BIN_EXE_taxiway"), "send", "1"];
        let mut pty = Pty::start(&argv, &stage.environment(), 100, 24);
        pty.wait_for("Send 1 job (about $0.25)? [y/N]");
        pty.send(answer);
        assert_eq!(pty.end(), Ended::Code(code), "{}", pty.screen());
        assert_eq!(stage.posts(), posts + more);
    }
}

#[test]
fn videos_are_fetched_and_shown() {
    let stage = Stage::new("quick");
    stage.configure("[download]\nauto = false\n");
    stage.submit(&["--count", "3", "--yes", "--wait"]).ends(0);
    let ran = stage.run(&["download", "1"]);
    ran.ends(0);
    assert_shown!(stage, without_steps(ran), "download");
    let ran = stage.run(&["download", "--all"]);
    ran.ends(0);
    assert_shown!(stage, without_steps(ran), "download_all");
    let ran = stage.run(&["download", "--all"]);
    ran.ends(0);
    assert_shown!(stage, ran, "download_nothing");
    assert_eq!(stage.run(&["download", "--all", "--json"]).json(), serde_json::json!([]));
    let ran = stage.run(&["download", "1", "--json"]);
    assert_valid("job", &ran.json());
    let ran = stage.run(&["download", "1", "2", "--json"]);
    assert_valid("jobs", &ran.json());
    fails(&stage, &["download", "zz"], 7, "no_such_job", &["`zz`"]);
}

#[test]
fn a_video_that_is_gone_is_told() {
    let stage = Stage::new("expired-video");
    stage.submit(&["--yes", "--wait"]).ends(7);
    let ran = stage.run(&["download", "1"]);
    ran.ends(7);
    assert_shown!(stage, without_steps(ran), "download_expired");
    let ran = stage.run(&["download", "1", "--json"]);
    ran.ends(7);
    assert_valid("job", &ran.json());
    assert_eq!(ran.json()["error"]["code"], "expired");
    stage.scene("moderated");
    stage.run(&[&GOOD[..], &["--yes", "--wait"]].concat()).ends(1);
    fails(&stage, &["download", "2"], 2, "no_video", &["job 2 is failed"]);
}

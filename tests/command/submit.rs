//! The main job from a shell: send, wait, look.

use std::fs;

use serde_json::Value;

use crate::{
    shown::{assert_shown, assert_valid},
    stage::{GOOD, KEY, Stage, assert_home},
};

#[test]
fn a_request_is_sent_watched_and_brought_home() {
    let stage = Stage::new("quick");
    let ran = stage.submit(&[
        "--model",
        "gen4_turbo",
        "--ratio",
        "1280:720",
        "--duration",
        "5",
        "--yes",
        "--wait",
        "--json",
    ]);
    ran.ends(0);
    assert_eq!(ran.out.lines().count(), 1);
    let job = ran.json();
    assert_valid("job", &job);
    assert_home(&job);
    assert_eq!(job["error"], Value::Null);
    assert_eq!(job["id"], 1);
    assert_eq!(job["service"], stage.service.base_url());
    assert_eq!(job["cost"]["certainty"], "estimated");
    assert!(job["cost"]["estimate"].is_string(), "{job}");
    let path = job["result"]["files"][0]["path"].as_str().unwrap();
    assert!(path.starts_with(stage.videos().to_str().unwrap()) && path.ends_with("-1-yawns.mp4"), "{path}");
    // Only what was given is sent, and the model.
    let request = serde_json::json!({
        "promptImage": "https://example.com/cat.jpg", "promptText": "yawns", "model": "gen4_turbo",
        "ratio": "1280:720", "duration": 5
    });
    assert_eq!(job["request"], request);
    let seen = stage.service.seen();
    let post = seen.iter().find(|seen| seen.method == "POST").unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&post.body).unwrap(), request);
    ran.says(&["job 1  SENDING", "job 1  SUBMITTED", "job 1  SAVED"]);
    assert_eq!((stage.posts(), stage.service.tasks_created(), stage.service.leaked_keys()), (1, 1, 0));
    assert_eq!(stage.jobs(), [job]);
}

#[test]
fn without_json_a_script_reads_number_state_and_file() {
    let stage = Stage::new("quick");
    let ran = stage.submit(&["--yes"]);
    ran.ends(0);
    let task = stage.job(1)["task_id"].as_str().unwrap().to_owned();
    assert_eq!(ran.out, format!("1\tSUBMITTED\t{task}\n"));
    ran.says(&["taxiway watch"]);
    let ran = stage.submit(&["--yes", "--wait"]);
    ran.ends(0);
    let file = stage.job(2)["result"]["files"][0]["path"].as_str().unwrap().to_owned();
    assert_eq!(ran.out, format!("2\tSAVED\t{file}\n"));
}

#[test]
fn variations_are_an_array() {
    let stage = Stage::new("quick");
    let ran = stage.submit(&["--count", "3", "--yes", "--wait", "--json"]);
    ran.ends(0);
    let jobs = ran.json();
    let ids: Vec<_> = jobs.as_array().unwrap().iter().map(|job| job["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [1, 2, 3]);
    jobs.as_array().unwrap().iter().for_each(assert_home);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (3, 3));
    assert_eq!(stage.video_files().len(), 3);
}

#[test]
fn a_dry_run_sends_and_writes_nothing() {
    let stage = Stage::new("quick");
    let ran = stage.run_with(&[&GOOD[..], &["--dry-run", "--seed", "42"]].concat(), &[("COMETAPI_KEY", "")]);
    ran.ends(0);
    let lines: Vec<Vec<_>> = ran.out.lines().map(|line| line.split_whitespace().collect()).collect();
    for line in [
        ["image", "https://example.com/cat.jpg"],
        ["prompt", "yawns"],
        ["model", "gen3a_turbo"],
        ["seed", "42"],
    ] {
        assert!(lines.iter().any(|found| found == &line), "{ran:#?}");
    }
    ran.says(&["dry run: nothing was sent"]);
    let ran = stage.submit(&["--dry-run", "--count", "2", "--json"]);
    ran.ends(0);
    let told = ran.json();
    assert_eq!((&told["request"]["model"], &told["count"]), (&"gen3a_turbo".into(), &2.into()));
    stage.submit(&["--dry-run", "--seed", "x"]).ends(2);
    stage.assert_nothing_sent();
    assert!(!stage.home.data_dir().exists());
}

#[test]
fn without_wait_the_next_watch_brings_it_home() {
    let stage = Stage::new("quick");
    let ran = stage.submit(&["--yes", "--json"]);
    ran.ends(0);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]), (&"submitted".into(), &Value::Null));
    assert!(job["task_id"].as_str().is_some_and(|id| !id.is_empty()), "{job}");
    let ran = stage.finish();
    assert_home(&stage.job(1));
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("job 1  RUNNING ")), "{lines:?}");
    assert!(lines.last().unwrap().starts_with("job 1  SAVED: /"), "{lines:?}");
    ran.says(&["watching: sends, polls and downloads"]);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
    let ran = stage.finish();
    assert!(ran.out.is_empty(), "nothing is left to do: {ran:#?}");
}

#[test]
fn watch_tells_in_json_lines() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes"]).ends(0);
    let ran = stage.run(&["watch", "--until-idle", "--json"]);
    ran.ends(0);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= 3 && lines.iter().all(|job| job["id"] == 1), "{lines:#?}");
    assert_home(lines.last().unwrap());
}

#[test]
fn a_wait_that_ends_too_soon_ends_nothing() {
    let stage = Stage::new("hidden");
    let ran = stage.submit(&["--yes", "--wait", "--timeout", "1", "--json"]);
    ran.ends(124);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&"submitted".into(), &"timed_out".into()));
    ran.says(&["the wait ended", "goes on", "taxiway watch"]);
    stage.scene("quick");
    stage.finish();
    assert_home(&stage.job(1));
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

#[test]
fn a_lost_reply_is_unsure_and_never_sent_again() {
    for scenario in ["drop-after-accept", "no-id", "server-error", "bad-gateway"] {
        let stage = Stage::new(scenario);
        let ran = stage.submit(&["--yes", "--wait", "--json"]);
        ran.ends(5);
        let job = ran.json();
        assert_eq!(
            (&job["state"], &job["error"]["code"]),
            (&"unsure".into(), &"unsure".into()),
            "{scenario}"
        );
        assert!(job["error"]["hint"].as_str().unwrap().contains("not sent again"), "{scenario}: {job}");
        assert_eq!(job["cost"]["certainty"], "unsure");
        ran.says(&["may exist and be billed"]);
        stage.scene("quick");
        stage.finish();
        let ran = stage.run(&["send", "1", "--yes"]);
        ran.ends(2);
        ran.says(&["job 1 is unsure, not held"]);
        assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1), "{scenario}");
        assert_eq!(stage.job(1)["state"], "unsure");
    }
}

#[test]
fn the_services_word_that_it_failed() {
    for (scenario, state, label, code, exit) in [
        ("moderated", "failed", "MODERATED", "SAFETY.INPUT.TEXT", 1),
        ("fail-internal", "failed", "FAILED", "INTERNAL", 1),
    ] {
        let stage = Stage::new(scenario);
        let ran = stage.submit(&["--yes", "--wait", "--json"]);
        ran.ends(exit);
        let job = ran.json();
        assert_eq!((&job["state"], &job["failure"]["code"]), (&state.into(), &code.into()));
        assert!(!job["failure"]["advice"].as_str().unwrap().is_empty());
        assert!(job["error"]["message"].as_str().unwrap().contains(code), "{job}");
        assert_eq!(job["cost"]["certainty"], "failed_maybe_billed");
        ran.says(&[&format!("job 1  {label}: {code}")]);
        assert_eq!(stage.job(1), job);
    }
    let stage = Stage::new("cancelled");
    let ran = stage.submit(&["--yes", "--wait", "--json"]);
    ran.ends(1);
    assert_eq!(
        (&ran.json()["state"], &ran.json()["error"]["code"]),
        (&"cancelled".into(), &"cancelled".into())
    );
}

/// A key that is refused in the middle ends the wait with 3, and the job with nothing.
#[test]
fn polls_that_are_denied() {
    let stage = Stage::new("poll-unauthorized");
    let ran = stage.submit(&["--yes", "--wait", "--json"]);
    ran.ends(3);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&"submitted".into(), &"wrong_key".into()));
    let ran = stage.run(&["watch", "--until-idle"]);
    ran.ends(3);
    ran.says(&["does not take the key"]);
    stage.scene("quick");
    stage.finish();
    assert_home(&stage.job(1));
    assert_eq!(stage.service.tasks_created(), 1);
}

#[test]
fn jobs_are_listed_and_shown() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["list"]);
    ran.ends(0);
    assert!(ran.out.is_empty());
    ran.says(&["no jobs yet", "taxiway submit"]);
    assert_eq!(stage.jobs(), [] as [Value; 0]);
    stage.run(&["show", "1"]).ends(7);
    assert!(!stage.home.data_dir().exists(), "looking writes nothing");

    stage.submit(&["--count", "3", "--yes", "--wait"]).ends(0);
    let before = stage.service.seen().len();
    let ids: Vec<_> = stage.jobs().iter().map(|job| job["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [3, 2, 1], "the newest first");
    let ran = stage.run(&["list", "--limit", "2"]);
    ran.ends(0);
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with("ID ") && lines[1].starts_with("3 "), "{lines:?}");
    for word in ["SAVED", "gen3a_turbo", "yawns", "-3-yawns.mp4"] {
        assert!(lines[1].contains(word), "{lines:?}");
    }
    let job = stage.job(2);
    let task = job["task_id"].as_str().unwrap();
    let ran = stage.run(&["show", task.get(..13).unwrap()]);
    ran.ends(0);
    let sha256 = job["result"]["files"][0]["sha256"].as_str().unwrap();
    for word in
        ["job 2  SAVED", task, "yawns", "…7351", "being sent", "accepted as", "saved /", "last reply", sha256]
    {
        assert!(ran.out.contains(word), "{word}: {ran:#?}");
    }
    assert_eq!(stage.service.seen().len(), before, "looking asks nobody");
}

#[test]
fn a_held_job_goes_out_at_a_new_word() {
    let stage = Stage::new("too-many");
    stage.submit(&["--yes", "--wait", "--timeout", "1"]).ends(6);
    stage.scene("quick");
    let posts = stage.posts();
    stage.finish();
    assert_eq!(stage.posts(), posts, "nothing sends it by itself");
    let ran = stage.run(&["send", "1"]);
    ran.ends(4);
    ran.says(&["nobody to ask", "--yes"]);
    assert_eq!(stage.posts(), posts);
    let ran = stage.run(&["send", "1", "--yes", "--json"]);
    ran.ends(0);
    assert_eq!((&ran.json()["state"], &ran.json()["error"]), (&"submitted".into(), &Value::Null));
    stage.finish();
    assert_home(&stage.job(1));
    assert_eq!(stage.service.tasks_created(), 1);
}

#[test]
fn what_is_shown_for_a_request_that_is_wrong() {
    let stage = Stage::new("quick");
    let ran = stage.submit(&["--duration", "soon", "--yes"]);
    ran.ends(2);
    assert_shown!(stage, ran, "submit_wrong");
    let ran = stage.submit(&["--duration", "soon", "--yes", "--json"]);
    assert_valid("error", &ran.json());
    stage.assert_nothing_sent();
}

#[test]
fn a_key_in_the_wrong_field_is_neither_stored_nor_sent() {
    let stage = Stage::new("quick");
    let prompt = format!("a cat {KEY}");
    let request = ["submit", "--image", "https://example.com/cat.jpg", "--prompt", &prompt];
    for flags in [&["--yes"][..], &["--dry-run"], &["--yes", "--json"]] {
        let ran = stage.run(&[&request[..], flags].concat());
        ran.ends(2);
    }
    fs::write(
        stage.home.path().join("b.csv"),
        format!("image,prompt\nhttps://example.com/cat.jpg,{prompt}\n"),
    )
    .unwrap();
    stage.run(&["batch", "b.csv", "--yes"]).ends(2);
    stage.run(&["batch", "b.csv", "--dry-run"]).says(&["holds your API key", "nothing was stored or sent"]);
    let ratio =
        ["submit", "--image", "https://example.com/cat.jpg", "--model", "gen9", "--ratio", KEY, "--yes"];
    stage.run(&ratio).ends(2);
    stage.assert_nothing_sent();
    assert!(stage.jobs().is_empty());
    stage.submit(&["--yes"]).ends(0);
    stage.run(&["tag", "1", "--add", KEY]).ends(2);
}

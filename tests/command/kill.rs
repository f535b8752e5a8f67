//! Kill -9 at every step: nothing is lost, nothing is paid for twice.

use std::{collections::HashSet, fs, time::Duration};

use serde_json::Value;
use taxiway::stand_in::clip;

use crate::{
    common::{PATIENCE, wait_for},
    stage::{GOOD, Stage, assert_home, has_ending},
};

fn waiting() -> Vec<&'static str> {
    [&GOOD[..], &["--yes", "--wait"]].concat()
}

#[test]
fn while_the_request_is_under_way() {
    for owner_is_a_watch in [false, true] {
        let stage = Stage::new("silent");
        let owner = owner_is_a_watch.then(|| stage.owner());
        let shell = stage.start(&waiting());
        stage.wait_for_requests(1, "POST", "");
        // A mere reader changes nothing of what the owner has in its hands.
        assert_eq!(stage.job(1)["state"], "sending");
        shell.kill();
        if let Some(owner) = owner {
            assert_eq!(stage.job(1)["state"], "sending");
            owner.kill();
        }
        assert_eq!(stage.job(1)["state"], "sending");
        stage.scene("quick");
        let ran = stage.finish();
        ran.says(&["watching: sends"]);
        let job = stage.job(1);
        assert_eq!((&job["state"], &job["error"]["code"]), (&"unsure".into(), &"unsure".into()), "{job}");
        assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
        // Neither another job nor another start sends it.
        stage.submit(&["--yes", "--wait"]).ends(0);
        stage.run(&["send", "1", "--yes"]).ends(2);
        stage.finish();
        assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2));
        assert_eq!(stage.job(1)["state"], "unsure");
    }
}

#[test]
fn after_the_id_and_while_it_runs() {
    // Before its first poll was answered, and after many.
    for polls in [0, 1, 8] {
        let stage = Stage::new("hidden");
        let shell = stage.start(&waiting());
        stage.wait_for_state(1, "submitted");
        stage.wait_for_requests(polls, "GET", "/tasks/");
        shell.kill();
        stage.scene("quick");
        stage.finish();
        assert_home(&stage.job(1));
        assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
    }
}

#[test]
fn a_view_takes_over_from_a_dead_owner() {
    let stage = Stage::new("hidden");
    let owner = stage.owner();
    let shell = stage.start(&[&waiting()[..], &["--json"]].concat());
    shell.wait_for_talk("SUBMITTED");
    owner.kill();
    stage.scene("quick");
    let ran = shell.end();
    ran.ends(0);
    assert_home(&ran.json());
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

#[test]
fn a_view_whose_owner_dies_with_the_request_is_told_so() {
    let stage = Stage::new("silent");
    let owner = stage.owner();
    let shell = stage.start(&[&waiting()[..], &["--json"]].concat());
    stage.wait_for_requests(1, "POST", "");
    owner.kill();
    let ran = shell.end();
    ran.ends(5);
    assert_eq!(ran.json()["state"], "unsure");
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

#[test]
fn in_the_middle_of_a_download() {
    let stage = Stage::new("short-video");
    let shell = stage.start(&waiting());
    // The server breaks off after half of it, and the next try comes a second later.
    let part = wait_for("half of the video", PATIENCE, || {
        let part = stage.video_files().into_iter().find(|path| has_ending(path, "part"))?;
        let bytes = fs::metadata(&part).ok()?.len();
        (bytes > 0 && stage.job(1)["result"]["state"] == "pending").then_some(part)
    });
    shell.kill();
    let kept = fs::read(&part).unwrap();
    assert!(!kept.is_empty() && kept.len() < clip().len() && clip().starts_with(&kept));
    let files = stage.video_files();
    assert!(!files.iter().any(|path| has_ending(path, "mp4")), "no half of a video has its name: {files:?}");

    stage.finish();
    assert_home(&stage.job(1));
    assert_eq!(stage.video_files().len(), 1, "nothing of its making lies about");
    let seen = stage.service.seen();
    let resumed = seen.iter().filter_map(|seen| seen.header("range")).collect::<Vec<_>>();
    assert_eq!(resumed, [format!("bytes={}-", kept.len())]);
    assert_eq!((stage.posts(), stage.service.leaked_keys()), (1, 0));
}

/// What a kill leaves of a journal can be read without a word, and without a trace.
#[test]
fn a_killed_programs_jobs_are_listed() {
    let stage = Stage::new("hidden");
    let shell = stage.start(&waiting());
    stage.wait_for_state(1, "submitted");
    shell.kill();
    let files = |dir| {
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files(stage.home.data_dir());
    let ran = stage.run(&["list"]);
    ran.ends(0);
    assert!(ran.out.contains("SUBMITTED") && ran.err.is_empty(), "{ran:#?}");
    assert_eq!(files(stage.home.data_dir()), before);
}

/// One request of so many jobs after the other, each killed at another moment; then all is brought home.
#[test]
fn at_random_moments() {
    const ROUNDS: usize = 15;
    let stage = Stage::new("quick");
    let mut killed = 0;
    for round in 0..ROUNDS {
        let prompt = format!("round {round}");
        let shell = stage.start(&[
            "submit",
            "--image",
            "https://example.com/cat.jpg",
            "--prompt",
            &prompt,
            "--count",
            "5",
            "--yes",
            "--wait",
        ]);
        // After so many of its requests, or after a while in which it may not yet have sent any.
        let requests = stage.service.seen().len() + fastrand::usize(1..30);
        let while_starting = Duration::from_millis(fastrand::u64(10..250));
        let patience = if round % 3 == 0 { while_starting } else { Duration::from_secs(2) };
        stage.wait_for_any_requests(requests, patience);
        killed += usize::from(shell.kill_now());
    }
    assert!(killed > ROUNDS / 2, "most of them were killed at work: {killed}");
    stage.finish();
    assert_money(&stage);
    // What was never sent goes out at a new word, and what was unsure does not.
    let jobs = stage.jobs();
    let held: Vec<_> =
        jobs.iter().filter(|job| job["state"] == "held").map(|job| job["id"].to_string()).collect();
    if !held.is_empty() {
        let held: Vec<_> = held.iter().map(String::as_str).collect();
        stage.run(&[&["send", "--yes"], &held[..]].concat()).ends(0);
    }
    stage.finish();
    assert_money(&stage);
    let unsure = stage.jobs().iter().filter(|job| job["state"] == "unsure").count();
    for job in stage.jobs().iter().filter(|job| job["state"] != "unsure") {
        assert_home(job);
    }
    // Nor does a kill between the rename and the journal's word for it leave a second file.
    assert_eq!(stage.video_files().len() + unsure, stage.jobs().len());
    for path in stage.video_files() {
        assert!(has_ending(&path, "mp4"), "{} lies about", path.display());
        assert_eq!(fs::read(&path).unwrap(), clip(), "{}", path.display());
    }
}

/// Every task that the service made has its one job, which knows its id or is unsure.
fn assert_money(stage: &Stage) {
    let posts = stage.posts();
    assert_eq!(stage.service.tasks_created(), posts, "every request was a good one");
    let jobs = stage.jobs();
    let in_state = |state: &str| jobs.iter().filter(|job| job["state"] == state).count();
    let ids: Vec<_> = jobs.iter().filter_map(|job| job["task_id"].as_str()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "no two jobs share a task");
    assert_eq!(ids.len() + in_state("unsure") + in_state("held"), jobs.len());
    for job in &jobs {
        assert!(job["task_id"].is_null() || job["result"]["state"] == "saved", "{job}");
    }
    // Jobs of one round are told from those of the others by their prompt.
    let prompts: HashSet<_> = jobs.iter().map(|job| job["request"]["promptText"].as_str().unwrap()).collect();
    for prompt in prompts {
        let of_round = |seen: &taxiway::stand_in::Seen| {
            let body: Option<Value> = serde_json::from_slice(&seen.body).ok();
            seen.method == "POST" && body.is_some_and(|body| body["promptText"] == prompt)
        };
        let sent = stage.service.seen().iter().filter(|seen| of_round(seen)).count();
        let of_round = jobs.iter().filter(|job| job["request"]["promptText"] == prompt);
        let (known, unsure) = of_round.fold((0, 0), |(known, unsure), job| {
            (known + usize::from(job["task_id"].is_string()), unsure + usize::from(job["state"] == "unsure"))
        });
        assert!(known <= sent, "{prompt}: {known} ids of {sent} requests");
        assert!(sent <= known + unsure, "{prompt}: {sent} tasks, {known} ids, {unsure} unsure: one is lost");
    }
}

/// Killed after the header of the write-ahead log was written and before its first page was.
#[test]
fn at_the_first_byte_of_the_journals_log() {
    let stage = Stage::new("hidden");
    stage.submit(&["--yes"]).ends(0);
    let owner = stage.owner();
    stage.submit(&["--yes"]).ends(0);
    owner.kill();
    let log = fs::OpenOptions::new().write(true).open(stage.home.data_dir().join("journal.db-wal")).unwrap();
    assert!(log.metadata().unwrap().len() > 32);
    log.set_len(32).unwrap();
    // The second job was in the log alone, and is gone with it; the journal is whole.
    assert_eq!(stage.jobs().len(), 1);
    stage.scene("quick");
    stage.finish();
    assert_home(&stage.job(1));
}

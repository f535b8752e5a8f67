//! `wait`: jobs that were sent before, until they have ended.

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    shown::{assert_shown, assert_valid},
    stage::{Stage, assert_home},
};

#[test]
fn nobody_else_is_there_so_it_polls_and_fetches_itself() {
    let stage = Stage::new("quick");
    for _ in 0..2 {
        stage.submit(&["--yes"]).ends(0);
    }
    let ran = stage.run(&["wait", "1", "2", "--json"]);
    ran.ends(0);
    let jobs = ran.json();
    assert_valid("jobs", &jobs);
    jobs.as_array().unwrap().iter().for_each(assert_home);
    ran.says(&["job 1  RUNNING", "job 1  SAVED: /", "job 2  SAVED: /"]);
    assert!(!ran.err.contains('\x1b'), "no terminal, no escapes: {ran:#?}");
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2));
}

/// At once, and nobody is asked: not even a key is needed.
#[test]
fn what_has_ended_is_told_at_once() {
    let stage = Stage::new("quick");
    for _ in 0..2 {
        stage.submit(&["--yes", "--wait"]).ends(0);
    }
    let seen = stage.service.seen().len();
    let ran = stage.run_with(&["wait", "2"], &[("COMETAPI_KEY", "")]);
    ran.ends(0);
    assert_shown!(stage, ran, "wait_ended");
    let ran = stage.run_with(&["wait", "2", "1", "2"], &[("COMETAPI_KEY", "")]);
    ran.ends(0);
    assert_shown!(stage, ran, "wait_ended_two");
    let ran = stage.run(&["wait", "1", "--json", "--read-only"]);
    ran.ends(0);
    assert_valid("job", &ran.json());
    assert_home(&ran.json());
    assert_eq!(stage.service.seen().len(), seen, "nobody was asked");
    assert!(ran.err.is_empty(), "{ran:#?}");
}

#[test]
fn beside_an_owner_it_looks_on() {
    let stage = Stage::new("hidden");
    let owner = stage.owner();
    stage.submit(&["--yes"]).ends(0);
    let task = stage.job(1)["task_id"].as_str().unwrap().to_owned();
    let waits =
        [stage.start(&["wait", "1", "--json"]), stage.start(&["wait", &task, "--read-only", "--json"])];
    for wait in &waits {
        wait.wait_for_talk("job 1  SUBMITTED");
    }
    stage.scene("quick");
    for wait in waits {
        let ran = wait.end();
        ran.ends(0);
        assert_home(&ran.json());
    }
    owner.kill();
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

/// What the owner did between our look at the journal and our start is not waited for in vain.
#[test]
fn an_owner_that_dies_is_taken_over_from() {
    let stage = Stage::new("hidden");
    let owner = stage.owner();
    stage.submit(&["--yes"]).ends(0);
    let waiting = stage.start(&["wait", "1", "--json"]);
    waiting.wait_for_talk("job 1  SUBMITTED");
    owner.kill();
    stage.scene("quick");
    let ran = waiting.end();
    ran.ends(0);
    assert_home(&ran.json());
}

#[test]
fn any_ends_with_the_first() {
    let stage = Stage::new("hidden");
    stage.scene("fail-internal");
    stage.submit(&["--yes", "--wait"]).ends(1);
    stage.scene("hidden");
    for _ in 0..2 {
        stage.submit(&["--yes"]).ends(0);
    }
    // One has ended before.
    let ran = stage.run(&["wait", "2", "1", "3", "--any"]);
    ran.ends(1);
    assert_shown!(stage, ran, "wait_any");
    // And one ends meanwhile.
    let waiting = stage.start(&["wait", "2", "3", "--any", "--json"]);
    waiting.wait_for_talk("job 3  SUBMITTED");
    stage.scene("quick");
    let ran = waiting.end();
    ran.ends(0);
    let jobs = ran.json();
    assert_valid("jobs", &jobs);
    assert_eq!(jobs.as_array().unwrap().len(), 1, "{jobs}");
    assert_home(&jobs[0]);
}

#[test]
fn a_wait_has_an_end_and_the_jobs_go_on() {
    let stage = Stage::new("hidden");
    for _ in 0..2 {
        stage.submit(&["--yes"]).ends(0);
    }
    let ran = stage.run(&["wait", "1", "--timeout", "1"]);
    ran.ends(124);
    assert_shown!(stage, ran, "wait_timeout");
    let ran = stage.run(&["wait", "1", "2", "--timeout", "0", "--json"]);
    ran.ends(124);
    let jobs = ran.json();
    assert_valid("jobs", &jobs);
    assert!(jobs.as_array().unwrap().iter().all(|job| job["error"]["code"] == "timed_out"), "{jobs}");
    ran.says(&["jobs 1, 2 go on at the service"]);
    stage.scene("quick");
    stage.run(&["wait", "1", "2"]).ends(0);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2));
}

#[test]
fn a_signal_leaves_the_jobs_going() {
    let stage = Stage::new("hidden");
    stage.submit(&["--yes"]).ends(0);
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let waiting = stage.start(&["wait", "1", "--json"]);
        waiting.wait_for_talk("SUBMITTED");
        waiting.signal(sent);
        let ran = waiting.end();
        ran.ends(code);
        ran.says(&["stopped waiting; job 1 goes on at the service", "taxiway watch"]);
        assert_eq!(ran.json()["error"]["code"], "interrupted");
    }
    stage.scene("quick");
    stage.run(&["wait", "1"]).ends(0);
}

/// They would be waited for in vain: told at once, with what to do.
#[test]
fn what_goes_nowhere_by_itself() {
    let stage = Stage::new("too-many");
    stage.submit(&["--yes", "--wait", "--timeout", "1"]).ends(6);
    stage.scene("drop-after-accept");
    stage.submit(&["--yes", "--wait"]).ends(5);
    let seen = stage.service.seen().len();
    let ran = stage.run(&["wait", "1"]);
    ran.ends(6);
    ran.says(&["nothing was spent", "taxiway send 1"]);
    let ran = stage.run(&["wait", "2"]);
    ran.ends(5);
    assert_shown!(stage, ran, "wait_unsure");
    // Of the rest none ends either.
    let ran = stage.run(&["wait", "1", "2", "--any", "--json"]);
    ran.ends(5);
    assert_eq!(ran.json().as_array().unwrap().len(), 2);
    let ran = stage.run(&["wait", "1", "2", "--json"]);
    ran.ends(5);
    let jobs = ran.json();
    assert_valid("jobs", &jobs);
    assert_eq!(jobs[1]["error"]["code"], "unsure");
    assert_eq!(stage.service.seen().len(), seen, "nobody was asked");
}

/// With another key it is never polled here; beside its own Taxiway it can be watched.
#[test]
fn a_job_of_another_key_is_not_waited_for() {
    let stage = Stage::new("hidden");
    stage.submit(&["--yes"]).ends(0);
    let another = [("COMETAPI_KEY", "sk-another-key-of-mine-9999")];
    let ran = stage.run_with(&["wait", "1"], &another);
    ran.ends(4);
    assert_shown!(stage, ran, "wait_stranger");
    let ran = stage.run_with(&["wait", "1", "--json"], &another);
    ran.ends(4);
    let job = ran.json();
    assert_valid("job", &job);
    assert_eq!((&job["state"], &job["error"]["code"]), (&"submitted".into(), &"other_account".into()));
    // Of several the others are waited for all the same.
    stage.scene("quick");
    stage.start_with(&["submit", "--image", "https://e.com/a.jpg", "--yes"], &another).end().ends(0);
    let ran = stage.run_with(&["wait", "1", "2", "--json"], &another);
    ran.ends(4);
    let jobs = ran.json();
    assert_eq!(jobs[0]["error"]["code"], "other_account");
    assert_home(&jobs[1]);
    let owner = stage.owner();
    let ran = stage.run_with(&["wait", "1", "--read-only"], &another);
    ran.ends(0);
    owner.kill();
    assert_home(&stage.job(1));
}

#[test]
fn looking_alone_waits_for_nobody() {
    let stage = Stage::new("hidden");
    stage.submit(&["--yes"]).ends(0);
    let ran = stage.run(&["wait", "1", "--read-only"]);
    ran.ends(4);
    assert_shown!(stage, ran, "wait_read_only");
    let ran = stage.run(&["wait", "1", "--read-only", "--json"]);
    assert_valid("error", &ran.json());
    ran.fails_in_json("read_only");
}

#[test]
fn a_wait_that_cannot_be() {
    let stage = Stage::new("hidden");
    let ran = stage.run(&["wait", "7", "--json"]);
    ran.ends(7);
    assert_valid("error", &ran.json());
    ran.fails_in_json("no_such_job");
    assert!(!stage.home.data_dir().exists(), "looking writes nothing");
    stage.run(&["wait"]).ends(2);
    stage.submit(&["--yes"]).ends(0);
    stage.run_with(&["wait", "1"], &[("COMETAPI_KEY", "")]).ends(3);
    stage.scene("poll-unauthorized");
    let ran = stage.run(&["wait", "1", "--json"]);
    ran.ends(3);
    assert_eq!(ran.json()["error"]["code"], "wrong_key");
}

#[test]
fn a_failure_ends_it_with_its_code_and_says_why() {
    let stage = Stage::new("moderated");
    for _ in 0..2 {
        stage.submit(&["--yes"]).ends(0);
    }
    let ran = stage.run(&["wait", "1", "2"]);
    ran.ends(1);
    assert_eq!(ran.out.lines().count(), 2);
    assert_eq!(ran.err.matches("jobs 1, 2: the task failed: SAFETY.INPUT.TEXT").count(), 1, "{ran:#?}");
}

#[test]
fn a_held_job_is_sent_and_waited_for() {
    let stage = Stage::new("too-many");
    stage.submit(&["--yes", "--wait", "--timeout", "1"]).ends(6);
    stage.scene("hidden");
    let ran = stage.run(&["send", "1", "--yes", "--wait", "--timeout", "1", "--json"]);
    ran.ends(124);
    assert_valid("job", &ran.json());
    assert_eq!(ran.json()["error"]["code"], "timed_out");
    stage.run(&["send", "1", "--yes", "--timeout", "1"]).ends(2);
    stage.scene("too-many");
    stage.submit(&["--yes", "--wait", "--timeout", "1"]).ends(6);
    stage.scene("quick");
    let ran = stage.run(&["send", "2", "--yes", "--wait", "--json"]);
    ran.ends(0);
    assert_home(&ran.json());
    assert_eq!((stage.service.tasks_created(), &ran.json()["error"]), (2, &Value::Null));
}

#[test]
fn a_download_has_an_end() {
    let stage = Stage::new("slow-video");
    stage.configure("[download]\nauto = false\n");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let ran = stage.run(&["download", "1", "--timeout", "0", "--json"]);
    ran.ends(124);
    assert_eq!(ran.json()["error"]["code"], "timed_out");
    ran.says(&["the wait ended", "taxiway download 1"]);
    stage.run(&["download", "1"]).ends(0);
    assert_home(&stage.job(1));
}

//! An unsure job and its ways on.

use serde_json::Value;

use crate::stage::{Stage, assert_home};

/// A job whose reply was lost, and the task that the service made of it nevertheless.
fn lost(scenario: &str) -> (Stage, String) {
    let stage = Stage::new("quick");
    // The ids of the stand-in are not to be guessed: one that it knows is put in by hand.
    let task = stage.ended_task();
    stage.scene(scenario);
    stage.submit(&["--yes"]).ends(5);
    assert_eq!(stage.job(1)["state"], "unsure");
    stage.scene("quick");
    (stage, task)
}

#[test]
fn a_job_that_is_given_its_task_is_brought_home_and_paid_once() {
    for scenario in ["drop-after-accept", "server-error", "bad-gateway", "no-id"] {
        let (stage, task) = lost(scenario);
        let ran = stage.run(&["adopt", &task, "--job", "1", "--wait", "--json"]);
        ran.ends(0);
        let job = ran.json();
        assert_home(&job);
        assert_eq!((&job["id"], &job["task_id"]), (&1.into(), &task.as_str().into()), "{scenario}");
        assert_eq!((&job["error"], &job["cost"]["certainty"]), (&Value::Null, &"estimated".into()));
        assert_eq!(stage.posts(), 1, "{scenario}");
        stage.run(&["show", "1"]).ends(0);
        assert!(stage.run(&["show", "1"]).out.contains("the user says so"));
    }
}

#[test]
fn a_task_can_be_taken_in_as_a_job_of_its_own_but_only_once() {
    let (stage, task) = lost("drop-after-accept");
    let ran = stage.run(&["adopt", &task]);
    ran.ends(2);
    ran.says(&["job 1 is unsure", "--job new"]);
    let ran = stage.run(&["adopt", &task, "--job", "new", "--wait", "--json"]);
    ran.ends(0);
    assert_home(&ran.json());
    assert_eq!(ran.json()["id"], 2);
    for again in [&["adopt", &task, "--job", "new"], &["adopt", &task, "--job", "1"]] {
        let ran = stage.run(again);
        ran.ends(2);
        ran.says(&["is job 2 already"]);
    }
    assert_eq!(stage.job(1)["state"], "unsure");
    // What was asked of it is not known, and nothing is made up.
    stage.run(&["list"]).ends(0);
    stage.run(&["show", "2"]).ends(0);
}

#[test]
fn a_job_that_never_came_to_be_is_resolved_and_not_sent_again() {
    let (stage, task) = lost("server-error");
    stage.run(&["resolve", "1"]).ends(2);
    assert_eq!(stage.job(1)["state"], "unsure");
    let ran = stage.run(&["resolve", "1", "--not-created", "--json"]);
    ran.ends(0);
    assert_eq!(
        (&ran.json()["state"], &ran.json()["cost"]["certainty"]),
        (&"not_created".into(), &"none".into())
    );
    stage.run(&["resolve", "1", "--not-created"]).ends(2);
    stage.run(&["send", "1", "--yes"]).ends(2);
    stage.finish();
    assert_eq!(stage.posts(), 1);
    // It turns up after all.
    stage.run(&["adopt", &task, "--job", "1", "--wait"]).ends(0);
    assert_home(&stage.job(1));
}

#[test]
fn what_is_no_task_id_or_no_unsure_job_is_refused() {
    let (stage, task) = lost("drop-after-accept");
    stage.run(&["adopt", "", "--job", "1"]).ends(2);
    stage.run(&["adopt", "two words", "--job", "new"]).ends(2);
    stage.run(&["adopt", &task, "--job", "9"]).ends(7);
    stage.submit(&["--yes"]).ends(0);
    let ran = stage.run(&["adopt", &task, "--job", "2"]);
    ran.ends(2);
    ran.says(&["only an unsure job takes a task id"]);
    stage.run(&["--read-only", "adopt", &task]).ends(4);
    stage.run(&["--read-only", "resolve", "1", "--not-created"]).ends(4);
    assert_eq!(stage.job(1)["state"], "unsure");
}

#[test]
fn a_wrong_id_can_be_mended_until_the_service_has_shown_the_task() {
    let (stage, task) = lost("drop-after-accept");
    let ran = stage.run(&["adopt", "a-slip", "--job", "1", "--json"]);
    ran.ends(0);
    assert_eq!(ran.json()["error"]["code"], "unconfirmed");
    let ran = stage.run(&["adopt", &task, "--job", "1", "--wait", "--json"]);
    ran.ends(0);
    assert_home(&ran.json());
    assert_eq!(ran.json()["error"], Value::Null);
    stage.run(&["adopt", "another", "--job", "1"]).ends(2);
    assert_eq!((stage.job(1)["task_id"].as_str(), stage.posts()), (Some(&*task), 1));
}

#[test]
fn a_task_that_never_was_can_be_taken_back() {
    let stage = Stage::new("quick");
    stage.run(&["adopt", "zz"]).ends(0);
    let job = stage.job(1);
    assert_eq!((&job["state"], &job["error"]["code"]), (&"submitted".into(), &"unconfirmed".into()), "{job}");
    stage.run(&["resolve", "1", "--not-created"]).ends(0);
    assert_eq!(stage.job(1)["state"], "not_created");
    stage.run(&["archive", "1"]).ends(0);
    stage.run(&["watch", "--until-idle"]).ends(0);
}

//! `cancel`: held jobs are dropped, tasks are asked to stop, and nothing is called cancelled but by the service.

use serde_json::Value;

use crate::{
    common::pty::{Ended, Pty},
    shown::{assert_shown, assert_valid},
    stage::{Stage, assert_home},
};

fn deletes(stage: &Stage) -> usize {
    stage.service.seen().iter().filter(|seen| seen.method == "DELETE").count()
}

/// Job 1 is held.
fn held(stage: &Stage) {
    stage.scene("too-many");
    stage.submit(&["--yes", "--wait", "--timeout", "1"]).ends(6);
}

/// A job whose task the service does not show yet, so that it stays under way.
fn under_way(stage: &Stage, prompt: &str) {
    stage.scene("hidden");
    let words = ["submit", "--image", "https://example.com/cat.jpg", "--prompt", prompt, "--yes"];
    stage.run(&words).ends(0);
}

#[test]
fn a_held_job_is_dropped_without_a_question_and_without_the_network() {
    let stage = Stage::new("quick");
    held(&stage);
    let seen = stage.service.seen().len();
    let ran = stage.run_with(&["cancel", "1"], &[("COMETAPI_KEY", "")]);
    ran.ends(0);
    assert_shown!(stage, ran, "cancel_held");
    assert_eq!(stage.service.seen().len(), seen);
    let job = stage.job(1);
    assert_eq!((&job["state"], &job["cost"]["certainty"]), (&"cancelled".into(), &"none".into()));
}

#[test]
fn a_task_is_asked_to_stop_and_cancelled_once_the_service_says_so() {
    let stage = Stage::new("quick");
    under_way(&stage, "a cat");
    let ran = stage.run(&["cancel", "1", "--yes"]);
    ran.ends(0);
    assert_shown!(stage, ran, "cancel_sent");
    assert_eq!(
        (deletes(&stage), &stage.job(1)["state"]),
        (1, &"submitted".into()),
        "only the service ends it"
    );
    assert!(stage.run(&["show", "1"]).out.contains("the service was asked to stop it"));
    stage.scene("quick");
    stage.run(&["wait", "1"]);
    stage.finish();
    let job = stage.job(1);
    assert_eq!(
        (&job["state"], &job["cost"]["certainty"]),
        (&"cancelled".into(), &"failed_maybe_billed".into())
    );
}

#[test]
fn where_the_service_cannot_it_is_said_and_the_job_goes_on() {
    for scenario in ["no-cancel", "cancel-not-allowed"] {
        let stage = Stage::new("quick");
        under_way(&stage, "a cat");
        stage.scene(scenario);
        let ran = stage.run(&["cancel", "1", "--yes", "--json"]);
        ran.ends(6);
        let job = ran.json();
        assert_valid("job", &job);
        assert_eq!(job["error"]["code"], "cannot_cancel", "{job}");
        assert_ne!(job["state"], "cancelled");
        let ran = stage.run(&["cancel", "1", "--yes"]);
        if ran.code() == Some(6) {
            ran.says(&["job 1: the service does not stop it, so it goes on and is billed: HTTP 40"]);
        }
        stage.finish();
        assert_home(&stage.job(1));
    }
}

/// Runway deletes an ended task with its video: it is looked at before, and then left alone.
#[test]
fn a_task_that_has_ended_meanwhile_is_left_alone() {
    let stage = Stage::new("quick");
    let task = stage.ended_task();
    stage.scene("hidden");
    stage.run(&["adopt", &task]).ends(0);
    assert_eq!(stage.job(1)["state"], "submitted");
    stage.scene("quick");
    let ran = stage.run(&["cancel", "1", "--yes", "--json"]);
    assert_eq!(deletes(&stage), 0, "{ran:#?}");
    ran.ends(2);
    assert_eq!(ran.json()["error"]["code"], "already_ended");
    stage.finish();
    assert_home(&stage.job(1));
}

#[test]
fn held_and_sent_ones_are_told_each() {
    let stage = Stage::new("quick");
    held(&stage);
    under_way(&stage, "a cat");
    let ran = stage.run(&["cancel", "2", "1"]);
    ran.ends(4);
    assert_shown!(stage, ran, "cancel_no_consent");
    assert_eq!(stage.job(1)["state"], "held", "nothing was changed");
    let owner = stage.owner();
    let ran = stage.run(&["cancel", "2", "1", "--yes"]);
    ran.ends(0);
    assert_shown!(stage, ran, "cancel_both");
    stage.scene("quick");
    stage.wait_for_state(2, "cancelled");
    owner.kill();
    let ran = stage.run(&["cancel", "1", "2", "--yes"]);
    ran.ends(2);
    assert_shown!(stage, ran, "cancel_ended");
    stage.run(&["cancel", "1", "--json"]).fails_in_json("already_ended");
}

/// A poll comes again by itself; this does not.
#[test]
fn where_the_service_is_not_reached_nothing_is_promised() {
    let stage = Stage::new("quick");
    let nobody = [("COMETAPI_BASE_URL", "http://127.0.0.1:1")];
    stage.run_with(&["adopt", "task-1"], &nobody).ends(0);
    let ran = stage.run_with(&["cancel", "1", "--yes"], &nobody);
    ran.ends(6);
    assert_shown!(stage, ran, "cancel_unreached");
    assert!(
        stage.run(&["show", "1"]).out.contains("so it was not asked to stop"),
        "and the timeline says no more"
    );
}

#[test]
fn what_may_not_be_asked() {
    let stage = Stage::new("quick");
    under_way(&stage, "a cat");
    stage.scene("drop-after-accept");
    stage.submit(&["--yes"]).ends(5);
    let refused = |words: &[&str], variables: &[(&str, &str)], exit, code: &str| {
        let ran = stage.run_with(&[&["cancel", "--json"][..], words].concat(), variables);
        ran.ends(exit);
        assert_valid("error", &ran.json());
        ran.fails_in_json(code);
    };
    refused(&["1"], &[], 4, "no_consent");
    refused(&["2", "--yes"], &[], 5, "unsure");
    refused(&["1", "--yes", "--read-only"], &[], 4, "read_only");
    refused(&["1", "--yes"], &[("COMETAPI_KEY", "")], 3, "no_key");
    refused(&["1", "--yes"], &[("COMETAPI_KEY", "sk-another-key-of-someone-0000")], 4, "other_account");
    refused(&["nobody"], &[], 7, "no_such_job");
    assert_eq!(deletes(&stage), 0);
    let job = stage.job(1);
    assert_eq!((&job["state"], &job["error"]), (&"submitted".into(), &Value::Null));
}

#[test]
fn at_a_terminal_only_a_yes_asks_the_service() {
    let stage = Stage::new("quick");
    under_way(&stage, "a cat");
    for (answer, code, asked) in [("n\r", 4, 0), ("y\r", 0, 1)] {
        let argv = [env!("CARGO_BIN_EXE_taxiway"), "cancel", "1"];
        let mut pty = Pty::start(&argv, &stage.environment(), 120, 24);
        pty.wait_for("Ask the service to stop job 1? What was done may be billed");
        pty.send(answer);
        assert_eq!(pty.end(), Ended::Code(code), "{}", pty.screen());
        assert_eq!(deletes(&stage), asked);
    }
}

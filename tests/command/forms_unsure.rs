//! What `adopt`, `resolve` and `reconcile` show: as text, as JSON by its schema, and when they fail.

use crate::{
    forms::{fails, without_steps},
    shown::{assert_shown, assert_valid},
    stage::{Stage, assert_home},
};

const TOKEN: [(&str, &str); 1] = [("COMETAPI_ACCESS_TOKEN", "an-account-token-of-a-test-0815")];

/// A stage where a reply was lost.
fn with_unsure() -> Stage {
    let stage = Stage::new("drop-after-accept");
    stage.submit(&["--yes"]).ends(5);
    stage.scene("quick");
    stage
}

#[test]
fn a_task_is_taken_in() {
    let stage = with_unsure();
    let task = stage.ended_task();
    let ran = stage.run(&["adopt", &task]);
    ran.ends(2);
    assert_shown!(stage, ran, "adopt_while_unsure");
    fails(&stage, &["adopt", &task], 2, "bad_input", &["job 1 is unsure: nothing was taken in"]);
    fails(&stage, &["adopt", &task, "--job", "zz"], 7, "no_such_job", &["`zz`"]);
    let ran = stage.run(&["adopt", &task, "--job", "1"]);
    ran.ends(0);
    assert_shown!(stage, without_steps(ran), "adopt");
    assert_valid("job", &stage.job(1));
    let ran = stage.run(&["adopt", &task, "--job", "new"]);
    ran.ends(2);
    assert_shown!(stage, ran, "adopt_again");
    fails(&stage, &["adopt", &task, "--job", "new"], 2, "already_known", &["is job 1 already"]);
    fails(&stage, &["adopt", "two words"], 2, "bad_input", &["holds a blank", "nothing was changed"]);
}

#[test]
fn a_task_is_waited_for() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["adopt", &stage.ended_task(), "--job", "new", "--wait"]);
    ran.ends(0);
    assert_home(&stage.job(1));
    let file = stage.job(1)["result"]["files"][0]["path"].as_str().unwrap().to_owned();
    assert_eq!(ran.out, format!("1\tSAVED\t{file}\n"));
    stage.scene("hidden");
    let ran = stage.run(&["adopt", "no-such-task", "--job", "new", "--wait", "--timeout", "1", "--json"]);
    ran.ends(124);
    assert_valid("job", &ran.json());
    assert_eq!(ran.json()["error"]["code"], "timed_out");
    let ran = stage.run(&["adopt", "x", "--timeout", "1"]);
    ran.ends(2);
    ran.says(&["--wait"]);
}

#[test]
fn a_job_that_never_was_is_resolved() {
    let stage = with_unsure();
    let ran = stage.run(&["resolve", "1"]);
    ran.ends(2);
    ran.says(&["--not-created"]);
    let ran = stage.run(&["resolve", "1", "--not-created"]);
    ran.ends(0);
    assert_shown!(stage, ran, "resolve");
    let ran = stage.run(&["resolve", "1", "--not-created"]);
    ran.ends(2);
    assert_shown!(stage, ran, "resolve_again");
    fails(&stage, &["resolve", "1", "--not-created"], 2, "not_unsure", &["job 1 is not_created"]);
    fails(&stage, &["resolve", "zz", "--not-created"], 7, "no_such_job", &["`zz`"]);
    let stage = with_unsure();
    let ran = stage.run(&["resolve", "1", "--not-created", "--json"]);
    ran.ends(0);
    assert_valid("job", &ran.json());
    assert_eq!(ran.json()["state"], "not_created");
}

#[test]
fn the_account_is_looked_through() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["reconcile"]);
    ran.ends(3);
    assert_shown!(stage, ran, "reconcile_without_a_token");
    fails(&stage, &["reconcile"], 3, "no_token", &["no account token"]);
    let lost = ["submit", "--image", "https://example.com/cat.jpg", "--prompt", "[lost] yawns", "--yes"];
    stage.run(&[&lost[..], &["--count", "2"]].concat()).ends(5);
    let ran = stage.run_with(&["reconcile"], &TOKEN);
    ran.ends(5);
    assert_shown!(stage, ran, "reconcile_open");
    let ran = stage.run_with(&["reconcile", "--json"], &TOKEN);
    ran.ends(5);
    assert_valid("reconcile", &ran.json());
    let candidate = ran.json()["open"][0]["candidates"][0]["task_id"].as_str().unwrap().to_owned();
    stage.run(&["adopt", &candidate, "--job", "1"]).ends(0);
    let ran = stage.run_with(&["reconcile", "--json"], &TOKEN);
    ran.ends(0);
    assert_valid("reconcile", &ran.json());
    assert_eq!(ran.json()["adopted"][0]["id"], 2);
    assert!(ran.json()["balance"]["left_usd"].is_string(), "{ran:#?}");
    let ran = stage.run_with(&["reconcile", "--json"], &TOKEN);
    ran.ends(0);
    assert_valid("reconcile", &ran.json());
    let ran = stage.run_with(&["reconcile"], &TOKEN);
    ran.ends(0);
    assert_shown!(stage, ran, "reconcile_nothing");
}

//! Two profiles, two keys, one journal; and a service behind a CA of the user's own.

use std::fs;

use serde_json::Value;

use crate::{
    stage::{Ran, Stage, assert_home},
    tls::Gate,
};

const HOME_KEY: &str = "sk-key-of-the-home-profile-1111";
const WORK_KEY: &str = "sk-key-of-the-work-profile-2222";
/// A variable that is empty counts as unset.
const NO_KEY: (&str, &str) = ("COMETAPI_KEY", "");

/// A profile with a key in the file, one with a key in a file of its own.
fn stage() -> Stage {
    let stage = Stage::new("quick");
    configure(&stage, "default");
    fs::write(stage.home.path().join("work-key"), WORK_KEY).unwrap();
    stage
}

fn configure(stage: &Stage, profile: &str) {
    let keys =
        format!("[profiles.default]\nkey = \"{HOME_KEY}\"\n[profiles.work]\nkey_file = \"~/work-key\"\n");
    stage.configure(&keys);
    let text = fs::read_to_string(stage.config_file()).unwrap();
    fs::write(stage.config_file(), format!("profile = \"{profile}\"\n{text}")).unwrap();
}

fn run(stage: &Stage, profile: &str, arguments: &[&str]) -> Ran {
    let ran = stage.run_with(&[arguments, &["--profile", profile]].concat(), &[NO_KEY]);
    for key in [HOME_KEY, WORK_KEY] {
        assert!(!ran.out.contains(key) && !ran.err.contains(key), "the key is shown: {ran:#?}");
    }
    ran
}

fn submit(stage: &Stage, profile: &str, prompt: &str) {
    let image = "https://example.com/cat.jpg";
    run(stage, profile, &["submit", "--image", image, "--prompt", prompt, "--yes"]).ends(0);
}

fn jobs(stage: &Stage, profile: &str) -> Vec<(u64, String, String)> {
    let listed = run(stage, profile, &["list", "--json"]).json();
    let text = |job: &Value, name: &str| job[name].as_str().unwrap().to_owned();
    let told = |job: &Value| (job["id"].as_u64().unwrap(), text(job, "profile"), text(job, "state"));
    listed.as_array().unwrap().iter().map(told).collect()
}

/// The tasks that were asked for with a key.
fn polled_with(stage: &Stage, key: &str) -> Vec<String> {
    let bearer = format!("Bearer {key}");
    let seen = stage.service.seen();
    let polls = seen.iter().filter(|seen| seen.method == "GET" && seen.path.contains("/tasks/"));
    polls.filter(|seen| seen.header("authorization") == Some(&bearer)).map(|seen| seen.path.clone()).collect()
}

#[test]
fn each_profile_sends_polls_and_fetches_its_own_jobs_alone() {
    let stage = stage();
    submit(&stage, "default", "at home");
    submit(&stage, "work", "at work");
    let all = [(2, "work".to_owned(), "submitted".to_owned()), (1, "default".into(), "submitted".into())];
    assert_eq!(
        (jobs(&stage, "default"), jobs(&stage, "work")),
        (all.to_vec(), all.to_vec()),
        "both list both"
    );

    run(&stage, "work", &["watch", "--until-idle"]).ends(0);
    let states =
        |found: Vec<(u64, String, String)>| found.into_iter().map(|(_, _, state)| state).collect::<Vec<_>>();
    assert_eq!(states(jobs(&stage, "default")), ["succeeded", "submitted"], "the other's job is not touched");
    let task = |id: &str| {
        run(&stage, "work", &["show", id, "--json"]).json()["task_id"].as_str().unwrap().to_owned()
    };
    let (home, work) = (task("1"), task("2"));
    assert!(polled_with(&stage, HOME_KEY).is_empty());
    assert!(polled_with(&stage, WORK_KEY).iter().all(|path| path.ends_with(&work)));

    let ran = run(&stage, "work", &["download", "1"]);
    assert_ne!(ran.code(), Some(0));
    let ran = run(&stage, "work", &["show", "1"]);
    assert!(ran.out.contains("…1111"), "{}", ran.out);

    run(&stage, "default", &["watch", "--until-idle"]).ends(0);
    assert_eq!(states(jobs(&stage, "work")), ["succeeded", "succeeded"]);
    assert!(polled_with(&stage, HOME_KEY).iter().all(|path| path.ends_with(&home)));
    for id in ["1", "2"] {
        assert_home(&run(&stage, "default", &["show", id, "--json"]).json());
    }
    assert_eq!(stage.service.tasks_created(), 2);
}

#[test]
fn a_held_job_is_sent_by_its_own_profile_only() {
    let stage = stage();
    stage.scene("too-many");
    let image = ["submit", "--image", "https://example.com/cat.jpg", "--yes", "--wait", "--timeout", "1"];
    run(&stage, "work", &image).ends(6);
    stage.scene("quick");
    let posts = stage.posts();
    let ran = run(&stage, "default", &["send", "1", "--yes", "--json"]);
    ran.ends(4);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (posts, 0), "{ran:#?}");
    run(&stage, "work", &["send", "1", "--yes"]).ends(0);
    assert_eq!(stage.service.tasks_created(), 1);
}

#[test]
fn the_config_names_the_profile_where_no_flag_does() {
    let stage = stage();
    configure(&stage, "work");
    let ran = stage.run_with(&["config", "show", "--json"], &[NO_KEY]);
    assert_eq!(
        (&ran.json()["profile"]["value"], &ran.json()["key"]["value"]),
        (&"work".into(), &"…2222".into())
    );
    let ran = run(&stage, "default", &["config", "show", "--json"]);
    assert_eq!(ran.json()["profile"]["origin"], "--profile");
    assert_eq!(ran.json()["key"]["value"], "…1111");
    let ran = run(&stage, "default", &["balance"]);
    assert!(ran.code() == Some(0) && ran.out.contains("key …1111"), "{ran:#?}");
    run(&stage, "default", &["models"]).ends(0);

    let ran = run(&stage, "wrok", &["submit", "--image", "https://example.com/cat.jpg", "--yes", "--json"]);
    ran.ends(2);
    let error = ran.fails_in_json("bad_config");
    assert!(error["message"].as_str().unwrap().contains("did you mean `work`?"), "{error}");
    stage.assert_nothing_sent();
}

/// The whole way of a job through a TLS server whose CA only the profile knows.
#[test]
fn a_ca_of_ones_own_is_trusted_where_the_profile_names_it() {
    let stage = Stage::new("quick");
    let gate = stage.block_on(Gate::before(stage.address()));
    fs::write(stage.home.path().join("ca.pem"), &gate.ca).unwrap();
    let base = [("COMETAPI_BASE_URL", gate.url.as_str())];
    let image = "https://example.com/cat.jpg";
    let good = ["submit", "--image", image, "--yes", "--json", "--wait", "--timeout", "1"];

    let ran = stage.run_with(&good, &base);
    ran.ends(6);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&"held".into(), &"not_sent".into()), "{job}");
    let told = job["error"]["message"].as_str().unwrap();
    assert!(told.contains("nothing was sent") && told.contains("its certificate is not trusted"), "{told}");
    assert!(told.contains("`ca_file`"), "{told}");
    let ran = stage.run_with(&["models"], &base);
    ran.ends(6);
    ran.says(&["its certificate is not trusted", "`ca_file`"]);
    assert!(stage.service.seen().is_empty());

    stage.configure("[profiles.default]\nca_file = \"~/ca.pem\"\n");
    stage.run_with(&["models"], &base).ends(0);
    let ran = stage.run_with(&["send", "1", "--yes"], &base);
    ran.ends(0);
    stage.run_with(&["watch", "--until-idle"], &base).ends(0);
    assert_home(&stage.job(1));
    assert_eq!(stage.service.tasks_created(), 1);

    fs::write(stage.home.path().join("ca.pem"), "garbled").unwrap();
    let ran = stage.run_with(&good, &base);
    ran.ends(2);
    let error = ran.fails_in_json("bad_config");
    let place = format!("{}:7:11: profiles.default.ca_file: ", stage.config_file().display());
    assert!(error["message"].as_str().unwrap().starts_with(&place), "{error}");
}

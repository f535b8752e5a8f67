//! `batch`: the jobs of a file, once each, whatever happens in between.

use std::{collections::BTreeMap, fs, path::PathBuf};

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    shown::{assert_shown, assert_valid},
    stage::{Ran, Stage},
};

const HEAD: &str = "image,prompt,model,ratio,duration,seed\n";

fn row(prompt: &str, seed: &str) -> String {
    format!("https://example.com/cat.jpg,{prompt},gen4_turbo,1280:720,5,{seed}\n")
}

fn put(stage: &Stage, name: &str, text: &str) -> PathBuf {
    let path = stage.home.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// A file of rows with these prompts, as `shots.csv` beside which the program runs.
fn rows(stage: &Stage, prompts: &[&str]) {
    let rows: String = prompts.iter().map(|prompt| row(prompt, "")).collect();
    put(stage, "shots.csv", &format!("{HEAD}{rows}"));
}

fn dry(stage: &Stage, file: &str) -> Ran {
    stage.run(&["batch", file, "--dry-run"])
}

fn send(stage: &Stage, file: &str) -> Ran {
    stage.run(&["batch", file, "--yes"])
}

/// The prompts that the service was asked for, each with how often.
fn asked(stage: &Stage) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for taken in stage.service.ledger() {
        *asked.entry(taken.prompt).or_default() += 1;
    }
    asked
}

#[test]
fn a_file_of_each_kind_is_shown_before_it_is_sent() {
    let stage = Stage::new("quick");
    put(&stage, "shots.csv", &format!("{HEAD}{}{}", row("\"yawns, long\"", "1..2"), row("stretches", "")));
    put(
        &stage,
        "shots.jsonl",
        "{\"promptImage\":\"https://example.com/cat.jpg\",\"model\":\"gen9\",\"seed\":[4,5]}\n",
    );
    put(
        &stage,
        "shots.toml",
        "model = \"gen4_turbo\"\nratio = [\"1280:720\", \"960:960\"]\nduration = 10\n\n[[job]]\nimage = \"https://example.com/cat.jpg\"\nprompt = \"yawns\"\nseed = \"random x2\"\n",
    );
    for file in ["shots.csv", "shots.jsonl", "shots.toml"] {
        let ran = dry(&stage, file);
        ran.ends(0);
        assert_shown!(stage, ran, format!("batch_dry_{}", file.replace('.', "_")));
        let ran = stage.run(&["batch", file, "--dry-run", "--json"]);
        ran.ends(0);
        assert_valid("batch_plan", &ran.json());
    }
    let piped = stage.run(&["batch", "-", "--format", "csv", "--dry-run"]);
    piped.ends(2);
    piped.says(&["standard input", "there is no job in it"]);
    stage.assert_nothing_sent();
    assert_eq!(stage.jobs().len(), 0);
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_nothing_is_sent() {
    let stage = Stage::new("quick");
    let wrong = "cat,,gen4_turbo,1:1,soon,-1\nhttps://example.com/a.jpg,,gen4_turbo,1280:720,5,\nmissing.png,,gen4_turbo,1280:720,5,\n";
    put(&stage, "wrong.csv", &format!("{HEAD}{wrong}"));
    put(&stage, "names.csv", "image,promt\nhttps://example.com/a.jpg,x\n");
    put(&stage, "what.txt", "image\n");
    put(&stage, "empty.toml", "\n");
    for (file, name) in [
        ("wrong.csv", "fields"),
        ("names.csv", "names"),
        ("what.txt", "kind"),
        ("empty.toml", "empty"),
        ("no.csv", "none"),
    ] {
        let ran = send(&stage, file);
        ran.ends(2);
        assert_shown!(stage, ran, format!("batch_wrong_{name}"));
        let ran = stage.run(&["batch", file, "--yes", "--json"]);
        ran.ends(2);
        ran.fails_in_json("bad_input");
        assert_valid("error", &ran.json());
    }
    stage.assert_nothing_sent();
}

#[test]
fn a_file_that_is_run_again_sends_only_what_is_new() {
    let stage = Stage::new("quick");
    rows(&stage, &["one", "two"]);
    let ran = stage.run(&["batch", "shots.csv"]);
    ran.ends(4);
    ran.says(&["there is nobody to ask", "--yes"]);
    let ran = stage.run(&["batch", "shots.csv", "--yes", "--json"]);
    ran.ends(0);
    assert_valid("jobs", &ran.json());
    assert_eq!(ran.json().as_array().unwrap().len(), 2);
    let ran = send(&stage, "shots.csv");
    ran.ends(0);
    assert_shown!(stage, ran, "batch_again");
    let ran = stage.run(&["batch", "shots.csv", "--yes", "--json"]);
    assert_valid("jobs", &ran.json());
    // Moved, and from a pipe of the same content, it is the same file.
    fs::rename(stage.home.path().join("shots.csv"), stage.home.path().join("moved.csv")).unwrap();
    send(&stage, "moved.csv").says(&["nothing is left to be sent"]);
    // Changed at its place, only the new rows are sent.
    rows(&stage, &["three", "two", "one"]);
    fs::rename(stage.home.path().join("shots.csv"), stage.home.path().join("moved.csv")).unwrap();
    let ran = dry(&stage, "moved.csv");
    assert_shown!(stage, ran, "batch_changed");
    send(&stage, "moved.csv").ends(0);
    assert!(asked(&stage).values().all(|count| *count == 1), "{:?}", asked(&stage));
    assert_eq!(stage.posts(), 3);
    // By another way and through a link it is the same place, and a copy takes nothing from it.
    std::os::unix::fs::symlink(stage.home.path().join("moved.csv"), stage.home.path().join("link.csv"))
        .unwrap();
    fs::copy(stage.home.path().join("moved.csv"), stage.home.path().join("copy.csv")).unwrap();
    for file in ["./moved.csv", "link.csv", "copy.csv"] {
        send(&stage, file).says(&["nothing is left to be sent"]);
    }
    // Only a plain word runs it anew, which asks about what is the same.
    stage.run(&["batch", "moved.csv", "--anew", "--yes"]).ends(0);
    assert_eq!(stage.posts(), 6);
    // The same rows in another file are sent, with a word on it.
    put(&stage, "other.csv", &format!("{HEAD}{}{}", row("two", ""), row("four", "")));
    let ran = dry(&stage, "other.csv");
    ran.says(&["1 of these jobs was asked for before by another file", "moved.csv"]);
    stage.run(&["batch", "moved.csv", "--yes"]).says(&["nothing is left to be sent"]);
    let ran = stage.run(&["batch", "moved.csv", "--wait"]);
    ran.ends(0);
    let saved = |id: u32| stage.job(id)["result"]["state"] == "saved";
    assert!((4..=6).all(saved), "{ran:#?}");
}

#[test]
fn another_default_model_makes_no_other_rows() {
    let stage = Stage::new("quick");
    put(&stage, "shots.csv", "image\nhttps://example.com/cat.jpg\n");
    stage.configure("[defaults]\nmodel = \"gen9\"\n");
    send(&stage, "shots.csv").ends(0);
    stage.configure("[defaults]\nmodel = \"gen10\"\n");
    send(&stage, "shots.csv").says(&["nothing is left to be sent"]);
    assert_eq!(stage.posts(), 1);
}

#[test]
fn a_drawn_seed_stays_what_it_was() {
    let stage = Stage::new("quick");
    put(&stage, "shots.csv", &format!("{HEAD}{}", row("yawns", "random x3")));
    send(&stage, "shots.csv").ends(0);
    send(&stage, "shots.csv").says(&["3 jobs, 0 to be sent, 3 there before"]);
    assert_eq!(stage.posts(), 3);
}

#[test]
fn pictures_of_this_machine_are_a_pattern() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    const DOT: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let stage = Stage::new("quick");
    let folder = stage.home.path().join("work");
    fs::create_dir_all(folder.join("shots")).unwrap();
    for name in ["a.png", "b.png"] {
        fs::write(folder.join("shots").join(name), BASE64_STANDARD.decode(DOT).unwrap()).unwrap();
    }
    put(
        &stage,
        "work/shots.toml",
        "model = \"gen4_turbo\"\nratio = \"1280:720\"\nimage = \"shots/*.png\"\nseed = [1, 2]\n",
    );
    let ran = dry(&stage, "work/shots.toml");
    ran.ends(0);
    assert_shown!(stage, ran, "batch_pictures");
    send(&stage, "work/shots.toml").ends(0);
    assert_eq!(stage.posts(), 4);
    let bodies: Vec<_> = stage.service.seen().into_iter().filter(|seen| seen.method == "POST").collect();
    assert!(bodies.iter().all(|seen| String::from_utf8_lossy(&seen.body).contains("data:image/png;base64,")));
}

#[test]
fn what_came_to_nothing_is_sent_again_and_what_may_have_cost_is_not() {
    let stage = Stage::new("quick");
    rows(&stage, &["fine", "[fail] bad", "[lost] gone"]);
    send(&stage, "shots.csv").ends(5);
    stage.finish();
    let ran = dry(&stage, "shots.csv");
    assert_shown!(stage, ran, "batch_after_faults");
    let ran = send(&stage, "shots.csv");
    ran.ends(5);
    ran.says(&["1 job of it may have a task that nobody knows", "`taxiway reconcile`"]);
    stage.run(&["resolve", "3", "--not-created"]).ends(0);
    let plan = stage.run(&["batch", "shots.csv", "--dry-run", "--json"]).json();
    assert_eq!(plan["to_send"], 1);
    assert_eq!((&plan["rows"][2]["fate"], &plan["rows"][2]["job"]), (&"new".into(), &3.into()));
    send(&stage, "shots.csv").ends(5);
    assert_eq!(stage.job(4)["parent"], 3);
    // A refused request made nothing: once the key may, it is sent.
    stage.scene("quota");
    rows(&stage, &["fine", "later"]);
    send(&stage, "shots.csv").ends(4);
    assert_eq!(stage.job(5)["state"], "held");
    stage.scene("quick");
    send(&stage, "shots.csv").ends(0);
    assert_eq!((stage.job(5)["state"].clone(), stage.jobs().len()), ("submitted".into(), 5));
}

#[test]
fn money_is_looked_at_before_anything_is_sent() {
    let stage = Stage::new("quick");
    stage.configure("[budget]\nday_usd = 0.60\n");
    rows(&stage, &["one", "two", "three"]);
    let ran = send(&stage, "shots.csv");
    ran.ends(4);
    assert_shown!(stage, ran, "batch_over_budget");
    stage.run(&["batch", "shots.csv", "--yes", "--json"]).fails_in_json("budget_exceeded");
    stage.assert_nothing_sent();
    let plan = stage.run(&["batch", "shots.csv", "--dry-run", "--json"]).json();
    assert_valid("batch_plan", &plan);
    assert_eq!(plan["refused"]["code"], "budget_exceeded");
    rows(&stage, &["one", "two"]);
    let ran = dry(&stage, "shots.csv");
    assert_shown!(stage, ran, "batch_near_budget");
    // A job that is no row of it asks for the same.
    stage.configure("");
    let one = ["--model", "gen4_turbo", "--ratio", "1280:720", "--duration", "5"];
    let same = ["submit", "--image", "https://example.com/cat.jpg", "--prompt", "two", "--yes"];
    stage.run(&[&same[..], &one].concat()).ends(0);
    let ran = stage.run(&["batch", "shots.csv"]);
    ran.ends(4);
    ran.says(&["job 1 (SUBMITTED) asks for the same", "--yes"]);
    let ran = send(&stage, "shots.csv");
    ran.ends(0);
    ran.says(&["warning: job 1"]);
}

#[test]
fn only_so_many_are_under_way_at_once() {
    let stage = Stage::new("hidden");
    stage.configure("[submit]\nmax_active = 2\n");
    rows(&stage, &["one", "two", "three", "four", "five"]);
    let shell = stage.start(&["batch", "shots.csv", "--yes"]);
    stage.wait_for_requests(2, "POST", "");
    stage.wait_for_state(2, "submitted");
    // Not before a poll has gone by in which a third could have been sent.
    stage.wait_for_requests(4, "GET", "/tasks/");
    let waits: Vec<_> = stage.jobs().iter().map(|job| job["state"].as_str().unwrap().to_string()).collect();
    assert_eq!(waits, ["held", "held", "held", "submitted", "submitted"]);
    shell.signal(Signal::INT);
    let ran = shell.end();
    ran.ends(130);
    ran.says(&["not sent so far: 3 jobs; `taxiway batch shots.csv` goes on with what is left"]);
    stage.scene("quick");
    let ran = stage.run(&["batch", "shots.csv", "--yes", "--wait"]);
    ran.ends(0);
    assert_eq!(stage.jobs().iter().filter(|job| job["result"]["state"] == "saved").count(), 5);
    assert!(asked(&stage).values().all(|count| *count == 1) && stage.posts() == 5);
}

#[test]
fn two_shells_with_one_file_send_it_once() {
    let stage = Stage::new("quick");
    let prompts: Vec<_> = (0..20).map(|n| format!("p{n}")).collect();
    rows(&stage, &prompts.iter().map(String::as_str).collect::<Vec<_>>());
    let shells: Vec<_> = (0..3).map(|_| stage.start(&["batch", "shots.csv", "--yes"])).collect();
    for shell in shells {
        let ran = shell.end();
        assert!(matches!(ran.code(), Some(0 | 4)), "{ran:#?}");
    }
    send(&stage, "shots.csv").ends(0);
    assert_eq!((stage.posts(), asked(&stage).len()), (20, 20));
}

#[test]
fn beside_an_owner_its_rows_are_sent_there_also_when_the_shell_has_gone() {
    let stage = Stage::new("quick");
    stage.configure("[submit]\nmax_active = 3\n");
    let prompts: Vec<_> = (0..30).map(|n| format!("p{n}")).collect();
    rows(&stage, &prompts.iter().map(String::as_str).collect::<Vec<_>>());
    let owner = stage.owner();
    let shell = stage.start(&["batch", "shots.csv", "--yes"]);
    stage.wait_for_requests(5, "POST", "");
    shell.signal(Signal::INT);
    let ran = shell.end();
    ran.ends(130);
    ran.says(&["held jobs will still be sent by process"]);
    assert!(!ran.err.contains("goes on with what is left"), "{ran:#?}");
    stage.wait_for_requests(30, "POST", "");
    stage.wait_for_state(30, "succeeded");
    owner.signal(Signal::TERM);
    owner.end();
    send(&stage, "shots.csv").says(&["30 jobs, 0 to be sent"]);
    assert_eq!((stage.posts(), asked(&stage).len()), (30, 30));
}

#[test]
fn without_a_key_or_where_nothing_may_be_written() {
    let stage = Stage::new("quick");
    rows(&stage, &["one"]);
    let ran = stage.run(&["batch", "shots.csv", "--yes", "--read-only"]);
    ran.ends(4);
    ran.says(&["read-only"]);
    stage.run(&["batch", "shots.csv", "--dry-run", "--read-only"]).ends(0);
    let ran = stage.run_with(&["batch", "shots.csv", "--yes"], &[("COMETAPI_KEY", "")]);
    ran.ends(3);
    stage.run_with(&["batch", "shots.csv", "--dry-run"], &[("COMETAPI_KEY", "")]).ends(0);
    stage.run(&["batch", "shots.csv", "--timeout", "5"]).ends(2);
    stage.assert_nothing_sent();
}

/// What a user does about unsure jobs who looks into the account's list of tasks.
fn settle(stage: &Stage) {
    let ledger: BTreeMap<String, String> =
        stage.service.ledger().into_iter().filter_map(|taken| Some((taken.prompt, taken.task?))).collect();
    for job in stage.jobs().iter().filter(|job| job["state"] == "unsure") {
        let id = job["id"].to_string();
        match ledger.get(job["request"]["promptText"].as_str().unwrap()) {
            Some(task) => stage.run(&["adopt", task, "--job", &id]).ends(0),
            None => stage.run(&["resolve", &id, "--not-created"]).ends(0),
        }
    }
}

#[test]
fn a_thousand_rows_and_five_kills_are_a_thousand_tasks() {
    const ROWS: usize = 1_000;
    let stage = Stage::new("quick");
    // Polls are not what this is about.
    let calm = "[poll]\ninterval = \"1h\"\njitter = \"0ms\"\nmax_backoff = \"1h\"\n";
    fs::write(stage.config_file(), calm).unwrap();
    let prompts: Vec<_> = (0..ROWS).map(|n| format!("row {n}")).collect();
    rows(&stage, &prompts.iter().map(String::as_str).collect::<Vec<_>>());
    for kill in 1..=5 {
        let shell = stage.start(&["batch", "shots.csv", "--yes"]);
        stage.wait_for_requests(kill * ROWS / 8, "POST", "");
        assert!(shell.kill_now(), "it was done before kill {kill}");
    }
    // What was killed on its way is settled by hand, and nothing else is left over.
    let ran = send(&stage, "shots.csv");
    assert!(matches!(ran.code(), Some(0 | 5)), "{ran:#?}");
    settle(&stage);
    let ran = send(&stage, "shots.csv");
    ran.ends(0);
    send(&stage, "shots.csv").says(&["nothing is left to be sent"]);
    let asked = asked(&stage);
    assert_eq!((asked.len(), stage.service.tasks_created()), (ROWS, ROWS));
    assert!(asked.values().all(|count| *count == 1));
    let jobs = stage.jobs();
    let with_task = jobs.iter().filter(|job| job["task_id"] != Value::Null).count();
    assert_eq!(with_task, ROWS, "each task is some job's");
}

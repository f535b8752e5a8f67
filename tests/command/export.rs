//! `export` and `import`: out, in elsewhere, and the same but numbers.

use std::{fs, io::Write, process::Command};

use serde_json::{Value, json};

use crate::{
    list::four_jobs,
    shown::{assert_shown, assert_valid},
    stage::{KEY, Stage, assert_home},
};

fn exported(stage: &Stage, words: &[&str]) -> Vec<Value> {
    let ran = stage.run(&[&["export"][..], words].concat());
    ran.ends(0);
    assert!(!ran.out.contains("_jwt"), "a link opens the video: {}", ran.out);
    let value = ran.json();
    assert_valid("export", &value);
    value.as_array().unwrap().clone()
}

/// Puts what `stage` exports into a file of `there`.
fn carry(stage: &Stage, there: &Stage) -> String {
    let file = there.home.path().join("jobs.json");
    fs::write(&file, stage.run(&["export"]).out).unwrap();
    file.to_string_lossy().into_owned()
}

/// The jobs without what may differ between two journals.
fn but_numbers(jobs: &[Value]) -> Vec<Value> {
    let mut jobs = jobs.to_vec();
    jobs.sort_by_key(|job| job["uuid"].to_string());
    for job in &mut jobs {
        for field in ["id", "parent"] {
            job[field] = Value::Null;
        }
        // A link tells its end; without it the end is assumed.
        if !job["result"].is_null() {
            job["result"]["expiry"] = Value::Null;
        }
        let hints = ["problem", "error"].map(|name| job[name]["hint"].as_str().map(|_| name));
        for name in hints.into_iter().flatten() {
            job[name]["hint"] = "told with the number".into();
        }
    }
    jobs
}

#[test]
fn all_comes_back_but_the_numbers() {
    let stage = four_jobs();
    stage.run(&["clone", "1", "--seed", "7", "--yes", "--wait"]).ends(0);
    stage.run(&["tag", "1", "--add", "client"]).ends(0);
    stage.run(&["archive", "2"]).ends(0);
    let out = exported(&stage, &[]);
    assert_eq!(out.len(), 5, "the archived one, too");

    let there = Stage::new("quick");
    there.submit(&["--yes", "--wait"]).ends(0);
    let file = carry(&stage, &there);
    let posts = there.posts();
    let ran = there.run(&["import", &file]);
    ran.ends(0);
    assert_shown!(there, ran, "import");
    let back = exported(&there, &["--filter", "id:2.. archived:any"]);
    assert_eq!(but_numbers(&back), but_numbers(&out));
    assert_eq!(
        (&there.job(6)["parent"], &there.job(6)["request"]["seed"]),
        (&2.into(), &7.into()),
        "the numbers of here"
    );
    assert!(there.job(5)["error"]["hint"].as_str().unwrap().contains("taxiway send 5"));
    assert!(there.run(&["show", "2"]).out.contains("taken in from an export, where it was job 1"));
    // Nothing of it is ever sent, and again it does no harm.
    there.finish();
    assert_eq!((there.posts(), &there.job(5)["state"]), (posts, &"held".into()));
    let ran = there.run(&["import", &file]);
    ran.ends(0);
    assert_shown!(there, ran, "import_again");
    let ran = there.run(&["import", &file, "--json"]);
    assert_valid("import", &ran.json());
    assert_eq!((&ran.json()["imported"], ran.json()["known"].as_array().unwrap().len()), (&json!([]), 5));
    assert_eq!(there.jobs().len(), 5);
    // The journal counts them, whoever put them in.
    assert!(there.run(&["status"]).out.contains("jobs        6, 1 of them archived"));
}

/// With the key that made it, a task is followed on and brought home; with another it is left alone.
#[test]
fn a_task_that_runs_is_followed_on_by_its_own_key_alone() {
    let stage = Stage::new("hidden");
    stage.submit(&["--yes"]).ends(0);
    let text = stage.run(&["export"]).out;
    let pipe = |variables: &[(&str, &str)], folder: &str| {
        let data = stage.home.path().join(folder).display().to_string();
        let variables = [variables, &[("TAXIWAY_DATA_DIR", data.as_str())]].concat();
        let file = stage.home.path().join("jobs.json");
        fs::write(&file, &text).unwrap();
        let ran = stage.run_with(&["import", file.to_str().unwrap(), "--json"], &variables);
        ran.ends(0);
        assert_valid("import", &ran.json());
        stage.scene("quick");
        stage.run_with(&["watch", "--until-idle"], &variables).ends(0);
        stage.run_with(&["show", "1", "--json"], &variables).json()
    };
    let other = pipe(&[("COMETAPI_KEY", "sk-another-key-of-someone-0000")], "other");
    assert_eq!(other["state"], "submitted");
    assert_home(&pipe(&[], "own"));
    assert_eq!(stage.posts(), 1);
}

/// What was pending there has no link here: it is asked for a fresh one.
#[test]
fn a_video_that_is_not_home_is_fetched_with_a_fresh_link() {
    let stage = Stage::new("quick");
    stage.configure("[download]\nauto = false\n");
    stage.submit(&["--yes", "--wait"]).ends(0);
    assert_eq!(stage.job(1)["result"]["state"], "pending");
    let file = stage.home.path().join("jobs.json");
    fs::write(&file, stage.run(&["export"]).out).unwrap();
    let data = stage.home.path().join("there").display().to_string();
    let there = [("TAXIWAY_DATA_DIR", data.as_str())];
    stage.run_with(&["import", file.to_str().unwrap()], &there).ends(0);
    let ran = stage.run_with(&["download", "1", "--json"], &there);
    ran.ends(0);
    assert_home(&ran.json());
}

#[test]
fn a_file_that_makes_no_sense_changes_nothing() {
    let stage = four_jobs();
    let good = exported(&stage, &[]);
    let there = Stage::new("quick");
    let refused = |text: &str, told: &str| {
        let file = there.home.path().join("jobs.json");
        fs::write(&file, text).unwrap();
        let ran = there.run(&["import", file.to_str().unwrap()]);
        ran.ends(2);
        ran.says(&[told, "nothing was taken in"]);
        let ran = there.run(&["import", file.to_str().unwrap(), "--json"]);
        assert_valid("error", &ran.json());
        ran.fails_in_json("bad_input");
    };
    let with = |row: usize, field: &str, value: Value| {
        let mut jobs = good.clone();
        jobs[row][field] = value;
        serde_json::to_string(&jobs).unwrap()
    };
    refused("", "the file is no JSON");
    refused(&with(1, "state", "lost".into()), "row 2 (job 3): state: `lost` is not a state of a job");
    refused(
        &with(3, "cost", json!({ "estimate": "much" })),
        "row 4 (job 1): cost.estimate: `much` is not an amount",
    );
    refused(&with(0, "format", 2.into()), "row 1 (job 4): format: 2 is of a newer Taxiway, this one reads 1");
    refused(&with(0, "id", 3.into()), "row 2 (job 3): id: row 1 has the same");
    let list = stage.run(&["list", "--json"]).out;
    refused(&list, "row 1 (job 4): format: is missing");
    let ran = there.run(&["import", "nowhere.json"]);
    ran.ends(2);
    assert_shown!(there, ran, "import_no_file");
    there.run(&["import", "nowhere.json", "--read-only", "--json"]).fails_in_json("read_only");
    assert!(!there.home.data_dir().exists(), "nothing was written");
}

#[test]
fn cells_for_a_spreadsheet() {
    let stage = Stage::new("quick");
    let words = [
        "submit",
        "--image",
        "https://example.com/cat.jpg",
        "--prompt",
        "=1+1, \"yawns\"",
        "--yes",
        "--wait",
    ];
    stage.run(&words).ends(0);
    let ran = stage.run(&["export", "--format", "csv"]);
    ran.ends(0);
    assert!(ran.out.ends_with("\r\n"));
    let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
    let names = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    let cell = |name: &str| &rows[0][names.iter().position(|found| found == name).unwrap()];
    assert_eq!((cell("prompt"), cell("state"), cell("result")), ("'=1+1, \"yawns\"", "succeeded", "saved"));
    assert_eq!((cell("estimate_usd"), cell("seed"), cell("archived")), ("0.32", "", "false"));
    assert_shown!(stage, ran, "export_csv");
    let ran = stage.run(&["export", "--format", "csv", "--filter", "zebra"]);
    ran.ends(0);
    assert_eq!(ran.out.lines().count(), 1, "the names stand there for no job, too");
    stage.run(&["export", "--format", "csv", "--json"]).fails_in_json("bad_input");
}

#[test]
fn commands_for_a_shell_that_hold_no_key() {
    let stage = Stage::new("quick");
    let words =
        ["submit", "--image", "https://example.com/cat.jpg", "--prompt", "it's \"$HOME\"\u{1b}", "--yes"];
    stage.run(&words).ends(0);
    stage.scene("hidden");
    stage.run(&["adopt", "abcd-1", "--job", "new"]).ends(0);
    let ran = stage.run(&["export", "--format", "curl", "2", "1"]);
    ran.ends(0);
    assert_shown!(stage, ran, "export_curl");
    // Run by a real shell with another curl, it says what it would send.
    let script = ran.out.replace("curl ", "printf '%s\\n' ");
    let told = Command::new("sh").args(["-c", &script]).env("COMETAPI_KEY", KEY).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let body: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(body["promptText"], "it's \"$HOME\"\u{1b}");
    assert!(told.contains(&format!("Authorization: Bearer {KEY}")));
}

#[test]
fn of_no_jobs_the_export_is_an_empty_list() {
    let stage = Stage::new("quick");
    assert_eq!(exported(&stage, &[]), [] as [Value; 0]);
    assert_eq!(exported(&stage, &["--read-only"]), [] as [Value; 0]);
    stage.run(&["export", "nobody"]).ends(7);
    stage.run(&["export", "--filter", "stat:x"]).ends(2);
    stage.run(&["export", "1", "--filter", "state:held"]).ends(2);
    stage.run(&["export", "--format", "xml"]).ends(2);
    assert!(!stage.home.data_dir().exists());
}

#[test]
fn an_owner_sees_what_another_process_takes_in_from_a_pipe() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let text = stage.run(&["export", "1"]).out;
    let there = Stage::new("quick");
    let owner = there.owner();
    let (running, mut pipe) = there.start_talking(&["import", "-"]);
    pipe.write_all(text.as_bytes()).unwrap();
    drop(pipe);
    let ran = running.end();
    ran.ends(0);
    assert_eq!(ran.out, "1\t1\tSAVED\n");
    owner.wait_for_data("job 1  SAVED");
}

#[test]
fn a_full_disk_is_told_and_a_reader_that_leaves_is_not() {
    let stage = four_jobs();
    for command in ["export", "list", "config show"] {
        let script = format!("{} {command} > /dev/full", env!("CARGO_BIN_EXE_taxiway"));
        let full =
            Command::new("sh").args(["-c", &script]).env_clear().envs(stage.environment()).output().unwrap();
        assert_eq!(full.status.code(), Some(8), "{command}");
        let said = String::from_utf8(full.stderr).unwrap();
        assert!(said.contains("what is there is not whole"), "{command}: {said}");
    }
    let script = format!("{} list | true; echo ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_taxiway"));
    let left =
        Command::new("bash").args(["-c", &script]).env_clear().envs(stage.environment()).output().unwrap();
    assert_eq!(String::from_utf8(left.stdout).unwrap().trim(), "0");
}

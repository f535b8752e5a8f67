//! `report`: what is in it, what must never be, and that `demo --replay` shows it again.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use serde_json::Value;

use crate::{
    common::{PATIENCE, pty::Pty, wait_for},
    shown::{assert_shown, assert_valid},
    stage::{KEY, Ran, Stage},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_taxiway");
const TOKEN: &str = "an-account-token-nobody-sees-4711";
/// A key that does not look like one.
const ODD_KEY: &str = "an-odd-key-without-a-mark-9124";

/// Writes a report with these arguments, and reads it.
#[track_caller]
fn report(stage: &Stage, arguments: &[&str], variables: &[(&str, &str)]) -> (Value, String) {
    let file = stage.home.path().join(format!("report-{}.json", fastrand::u64(..)));
    let name = file.display().to_string();
    let ran = stage.run_with(&[&["report", "--yes", "--output", &name], arguments].concat(), variables);
    ran.ends(0);
    assert_eq!(ran.out, format!("{name}\n"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_valid("report", &value);
    (value, name)
}

#[track_caller]
fn ids(report: &Value) -> Vec<i64> {
    report["jobs"].as_array().unwrap().iter().map(|job| job["job"]["id"].as_i64().unwrap()).collect()
}

/// A job with this prompt, brought to its end.
#[track_caller]
fn submit(stage: &Stage, prompt: &str, code: i32) {
    let image = "https://example.com/cat.jpg?signature=planted-in-image&X=planted-in-query";
    stage.run(&["submit", "--image", image, "--prompt", prompt, "--yes", "--wait"]).ends(code);
}

/// Files in the folder that the program runs in whose name begins as that of a report.
fn reports(stage: &Stage) -> Vec<PathBuf> {
    let entries = fs::read_dir(stage.home.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.filter(|path| path.display().to_string().contains("/taxiway-report-")).collect();
    found.sort();
    found
}

/// Secrets wherever one may get to, and not one of them in the report.
#[test]
fn no_secret_that_was_planted_is_in_it() {
    let stage = Stage::new("wrapped");
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let home = stage.home.path().display().to_string();
    let prompt = format!("my \"own\" {ODD_KEY} of mara yawns");
    submit(&stage, &prompt, 0);
    submit(&stage, "[moderated] planted-in-prompt", 1);
    let reply = stage.run(&["show", "1"]);
    assert!(reply.out.contains("last reply"), "the replies are there to be left out: {reply:#?}");

    let mut log = OpenOptions::new().append(true).open(stage.home.data_dir().join("taxiway.log")).unwrap();
    for line in [
        format!("ERROR asked with Authorization: Bearer {ODD_KEY} job=1"),
        format!("ERROR account: {TOKEN}, sk-planted-in-log-of-another"),
        "WARN https://me:planted-password@h/x.mp4?_jwt=eyJhbGciOi.planted-in-jwt.x#planted-fragment".into(),
        format!("INFO saved {home}/Videos/taxiway/2026-05-01-2-moderated-planted-in-prompt.mp4 job=2"),
        format!("INFO by mara@{host} in {home}/x"),
        r#"DEBUG {"access_token":"planted-in-json","deep":"{\"api_key\":\"planted-deeper\"}"}"#.into(),
    ] {
        writeln!(log, "2026-05-01T00:00:00Z {line}").unwrap();
    }
    stage.configure("[notify]\ncommand = [\"curl\", \"https://hooks.example/planted-in-path\"]\n");
    let proxy = "http://mara:planted-proxy-password@proxy.example:3128";
    let variables = [
        ("COMETAPI_KEY", ODD_KEY),
        ("COMETAPI_ACCESS_TOKEN", TOKEN),
        ("USER", "mara"),
        ("HTTPS_PROXY", proxy),
    ];

    let (value, name) = report(&stage, &["1", "2"], &variables);
    let text = fs::read_to_string(&name).unwrap();
    for secret in [ODD_KEY, KEY, TOKEN, "planted", "mara", "yawns", "eyJ", &home, "_jwt=e"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let host_is_named = text.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == host);
    assert!(host == "localhost" || !host_is_named, "{host}: {text}");
    // What is told is still of use.
    for word in [
        "…9124",
        "[prompt]",
        "[user]",
        "~/",
        "MODERATED",
        "Authorization: …",
        "https://example.com/cat.jpg?…",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(ids(&value), [1, 2]);
    let body = value["jobs"][0]["reply"]["body"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["data"]["status"], "SUCCESS", "{body}");
    assert_eq!(
        value["jobs"][0]["job"]["request"]["promptText"],
        format!("[left out: {} characters]", prompt.len())
    );

    // Whoever wants the prompts in it gets them, and no secret with them.
    let (_, name) = report(&stage, &["1", "2", "--with-prompts"], &variables);
    let text = fs::read_to_string(name).unwrap();
    assert!(text.contains("planted-in-prompt") && text.contains("yawns"), "{text}");
    for secret in [ODD_KEY, TOKEN, "planted-in-jwt", "planted-in-log", "planted-in-json", "planted-proxy"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn what_went_wrong_is_told_of_first() {
    let stage = Stage::new("quick");
    let (value, _) = report(&stage, &[], &[]);
    assert_eq!(ids(&value), [] as [i64; 0]);
    assert!(value["error"].is_null(), "an empty journal is no trouble");
    assert!(!stage.home.data_dir().exists(), "looking makes no journal");
    stage.submit(&["--yes", "--wait", "--count", "6"]).ends(0);
    assert_eq!(ids(&report(&stage, &[], &[]).0), [2, 3, 4, 5, 6], "the newest, where none went wrong");
    submit(&stage, "[fail] one", 1);
    let (value, _) = report(&stage, &[], &[]);
    assert_eq!(ids(&value), [7]);
    let kinds: Vec<_> =
        value["jobs"][0]["timeline"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!((&kinds[0], kinds.last().unwrap()), (&"created".into(), &"reported".into()));
    assert_eq!(ids(&report(&stage, &["3", "1", "3"], &[]).0), [3, 1]);
    let names: Vec<_> = value["settings"].as_array().unwrap().iter().map(|s| s["name"].clone()).collect();
    assert!(names.contains(&"poll.interval".into()), "{names:?}");
    assert!(value["checks"].as_array().unwrap().len() > 15 && value["log"].as_array().unwrap().len() > 5);
    // Printed, it is the same, and no file comes of it.
    let ran = stage.run(&["report", "7", "--output", "-", "--read-only"]);
    ran.ends(0);
    assert_valid("report", &ran.json());
    assert_eq!(reports(&stage), [] as [PathBuf; 0]);
}

#[test]
fn a_report_is_never_written_over_a_file_or_without_a_word() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let ran = stage.run(&["report"]);
    ran.ends(4);
    assert_shown!(stage, ran, "report_no_consent");
    let ran = stage.run(&["report", "--json"]);
    assert_eq!(ran.code(), Some(4));
    assert_valid("error", &ran.json());
    ran.fails_in_json("no_consent");
    stage.run(&["report", "--yes", "--read-only"]).says(&["--output -"]);
    let ran = stage.run(&["report", "9", "--yes"]);
    ran.ends(7);
    ran.says(&["no job is named `9`"]);
    assert_eq!(reports(&stage), [] as [PathBuf; 0]);

    let ran = stage.run(&["report", "--yes"]);
    ran.ends(0);
    ran.says(&["in it: ", "lines of the log, job 1 with timeline", "left out: keys"]);
    let ran = stage.run(&["report", "--yes", "--json"]);
    ran.ends(0);
    assert_valid("written", &ran.json());
    let both = reports(&stage);
    assert_eq!(both.len(), 2, "the second has a name of its own: {both:?}");
    assert!(both.contains(&ran.json()["path"].as_str().unwrap().into()));

    let mine = stage.home.path().join("mine.json");
    fs::write(&mine, "mine").unwrap();
    let ran = stage.run(&["report", "--yes", "--output", "mine.json"]);
    ran.ends(2);
    ran.says(&["mine.json is there already: it was left as it is"]);
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    stage.run(&["report", "--yes", "--output", "none/x.json"]).ends(8);
}

#[test]
fn it_tells_of_a_journal_that_cannot_be_read() {
    let stage = Stage::new("quick");
    fs::create_dir_all(stage.home.data_dir()).unwrap();
    fs::write(stage.home.data_dir().join("journal.db"), "no database at all".repeat(100)).unwrap();
    let (value, _) = report(&stage, &[], &[]);
    assert_eq!(value["error"]["code"], "journal_corrupt");
    assert_eq!(ids(&value), [] as [i64; 0]);
    stage.run(&["report", "1", "--yes"]).ends(8);
}

#[test]
fn on_a_terminal_it_is_shown_and_asked_about() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let file = stage.home.path().join("r.json");
    let name = file.display().to_string();
    let ask = |answer: &str| {
        let mut pty = Pty::start(&[PROGRAM, "report", "--output", &name], &stage.environment(), 100, 30);
        pty.wait_for("Write it to");
        let shown = pty.raw();
        assert!(shown.contains("\"format\": \"taxiway-report\"") && shown.contains("left out: "), "{shown}");
        assert!(!file.exists(), "not before the answer");
        pty.send(answer);
        pty.end()
    };
    ask("\r");
    assert!(!file.exists());
    ask("y\r");
    let text = wait_for("the report", PATIENCE, || fs::read_to_string(&file).ok());
    assert_valid("report", &serde_json::from_str(&text).unwrap());
}

/// Talks with a replay until it was heard, and leaves.
fn replayed(stage: &Stage, file: &str, words: &[&str], answers: &str) -> Ran {
    let (running, mut pipe) = stage.start_talking(&["demo", "--replay", file, "--linear"]);
    for word in words {
        running.wait_for_data(word);
    }
    write!(pipe, "{answers}").unwrap();
    drop(pipe);
    running.end()
}

#[test]
fn a_replay_shows_what_the_reporter_saw_and_asks_nobody() {
    let stage = Stage::new("quick");
    submit(&stage, "a cat", 0);
    submit(&stage, "[fail] a dog", 1);
    stage.scene("drop-after-accept");
    submit(&stage, "a lost one", 5);
    let (value, file) = report(&stage, &["1", "2", "3"], &[]);
    let asked = stage.service.seen().len();
    let ran = replayed(
        &stage,
        &file,
        &["REPLAY of report-", "job 1: DONE", "job 2: FAILED"],
        "2\n\njob 2\n\njob 3\n\n0\ny\n",
    );
    ran.ends(0);
    for words in ["DEMO: nothing is spent", "UNSURE", "INTERNAL", "job-3"] {
        assert!(ran.out.contains(words), "{words}: {ran:#?}");
    }
    assert_eq!(stage.service.seen().len(), asked, "the real service hears nothing of it");
    // What it polled is what was reported, byte for byte where no link is in it.
    let body = value["jobs"][1]["reply"]["body"].as_str().unwrap();
    assert!(ran.out.contains(body), "{body}: {ran:#?}");
    assert!(stage.video_files().len() == 1, "nothing is fetched");
}

#[test]
fn what_is_no_report_is_not_replayed() {
    let stage = Stage::new("quick");
    let write = |text: &str| fs::write(stage.home.path().join("r.json"), text).unwrap();
    for (text, words) in [
        ("no JSON", "r.json: it is no report"),
        (r#"{"format":"taxiway-report","version":99,"jobs":[]}"#, "a newer Taxiway made it"),
        (r#"{"format":"taxiway-report","version":1,"jobs":[]}"#, "it tells of no job"),
    ] {
        write(text);
        let ran = stage.run(&["demo", "--replay", "r.json", "--linear"]);
        ran.ends(2);
        ran.says(&[words]);
    }
    let ran = stage.run(&["demo", "--replay", "none.json", "--json"]);
    ran.ends(2);
    ran.fails_in_json("bad_input");
}

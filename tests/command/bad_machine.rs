//! A machine, a config file or a journal that is not as it should be.

use std::{collections::BTreeMap, fs, path::Path};

use rusqlite::Connection;
use taxiway::{
    job::{Change, Consent, NewJob, Request},
    journal::{Entry, Journal},
};

use crate::stage::{GOOD, Stage};

fn send(more: &[&'static str]) -> Vec<&'static str> {
    [&GOOD[..], &["--yes"], more].concat()
}

#[test]
fn a_broken_config_file_is_told_with_its_place() {
    let stage = Stage::new("quick");
    fs::write(stage.config_file(), "profile = \"default\"\n[poll]\ninterval = = \"5s\"\n").unwrap();
    let place = format!("{}:3:12: ", stage.config_file().display());
    let ran = stage.run(&send(&[]));
    ran.ends(2);
    ran.says(&[&place, "this is not TOML", "nothing was sent"]);
    let ran = stage.run(&send(&["--json"]));
    ran.ends(2);
    assert!(ran.fails_in_json("bad_config")["message"].as_str().unwrap().starts_with(&place));
    let ran = stage.run(&["config", "check"]);
    ran.ends(2);
    ran.says(&[&place]);
    for command in [&["watch"][..], &["download", "--all"]] {
        stage.run(command).ends(2);
    }
    stage.assert_nothing_sent();
    // Looking goes on.
    stage.run(&["list"]).ends(0);
}

#[test]
fn a_wrong_value_is_told_with_its_place_and_what_was_expected() {
    for (text, place, words) in [
        (
            "[submit]\nmax_active = \"many\"\n",
            "6:14",
            &["submit.max_active", "expected a whole number", "\"many\""][..],
        ),
        ("[download]\nmax_bytes = -1\n", "6:13", &["download.max_bytes", "-1"]),
        ("[submit]\nconfirm = \"sometimes\"\n", "6:11", &["submit.confirm", "sometimes"]),
    ] {
        let stage = Stage::new("quick");
        stage.configure(text);
        let lines = fs::read_to_string(stage.config_file()).unwrap();
        assert_eq!(lines.lines().count(), 7, "the place below counts on it");
        let (line, column) = place.split_once(':').unwrap();
        let line = line.parse::<u32>().unwrap() + 1;
        let place = format!("{}:{line}:{column}: ", stage.config_file().display());
        let ran = stage.run(&send(&[]));
        ran.ends(2);
        ran.says(&[&place]);
        ran.says(words);
        stage.assert_nothing_sent();
    }
}

#[test]
fn what_is_wrong_with_the_look_forbids_nothing() {
    let stage = Stage::new("quick");
    stage.configure("[ui]\nascii = \"perhaps\"\n[frob]\nx = 1\n");
    let ran = stage.run(&send(&[]));
    ran.ends(0);
    ran.says(&["warning: ", "ui.ascii", "frob: is not a known setting"]);
    assert_eq!(stage.service.tasks_created(), 1);
}

#[test]
fn a_profile_or_a_file_that_is_not_there() {
    let stage = Stage::new("quick");
    let ran = stage.run(&send(&["--profile", "wrok"]));
    ran.ends(2);
    ran.says(&["--profile: there is no profile `wrok`"]);
    let ran = stage.run(&send(&["--config", "nowhere.toml"]));
    ran.ends(2);
    ran.says(&["nowhere.toml", "cannot read the config file, named by --config"]);
    stage.assert_nothing_sent();
}

#[test]
fn a_data_folder_that_cannot_be_made() {
    let stage = Stage::new("quick");
    let file = stage.home.path().join("file");
    fs::write(&file, "mine").unwrap();
    let below = file.join("data");
    let dir = [("TAXIWAY_DATA_DIR", below.to_str().unwrap())];
    let ran = stage.run_with(&send(&[]), &dir);
    ran.ends(8);
    ran.says(&[below.to_str().unwrap(), "the journal cannot be written", "--data-dir"]);
    let ran = stage.run_with(&send(&["--json"]), &dir);
    ran.ends(8);
    ran.fails_in_json("journal_unwritable");
    stage.run_with(&["list"], &dir).ends(8);
    stage.run_with(&["watch"], &dir).ends(8);
    stage.assert_nothing_sent();
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

/// Every file in the folder with its bytes.
fn snapshot(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

/// Every way in refuses the journal with these words, and leaves it as it is, byte for byte.
fn refused(stage: &Stage, code: &str, words: &[&str]) {
    let before = snapshot(&stage.home.data_dir());
    let commands: [&[&str]; 6] =
        [&send(&[]), &["list"], &["show", "1"], &["watch"], &["send", "1", "--yes"], &["download", "--all"]];
    for arguments in commands {
        let ran = stage.run(arguments);
        ran.ends(8);
        ran.says(words);
        assert!(ran.out.is_empty());
        let ran = stage.run(&[arguments, &["--json"]].concat());
        ran.ends(8);
        ran.fails_in_json(code);
    }
    assert_eq!(snapshot(&stage.home.data_dir()), before);
    stage.assert_nothing_sent();
}

#[test]
fn a_journal_of_a_newer_version() {
    let stage = Stage::new("quick");
    drop(Journal::open(&stage.home.data_dir()).unwrap());
    let database = stage.home.data_dir().join("journal.db");
    Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    refused(
        &stage,
        "journal_newer",
        &["written by a newer Taxiway", "its schema is 99", "Nothing in it was changed"],
    );
}

#[test]
fn a_damaged_journal() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new("quick");
    fs::create_dir_all(stage.home.data_dir()).unwrap();
    let database = stage.home.data_dir().join("journal.db");
    fs::write(&database, "no database at all\n".repeat(999)).unwrap();
    fs::set_permissions(&database, fs::Permissions::from_mode(0o600)).unwrap();
    refused(
        &stage,
        "journal_corrupt",
        &["journal.db: the journal cannot be read", "ids of paid tasks", "keep it"],
    );
}

/// Two jobs whose task ids begin alike, made by nobody's key.
fn alike(stage: &Stage) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Journal::open(&stage.home.data_dir()).unwrap();
        let request = Request { prompt_image: "https://example.com/cat.jpg".into(), ..Request::default() };
        let at = jiff::Timestamp::now();
        let consent =
            Consent { until: at + Consent::LASTS, holder: std::process::id(), patience: 15, born: None };
        let new = NewJob { request, consent: Some(consent), ..NewJob::default() };
        for job in journal.create(vec![new; 3], at).await.unwrap() {
            if job.id.0 == 3 {
                continue;
            }
            let accepted = Change::Accepted { task_id: format!("task-{}", job.id), request_id: None };
            for change in [Change::Intent, accepted] {
                journal.apply(Entry::new(job.id, change, at)).await.unwrap();
            }
        }
    });
}

#[test]
fn a_job_that_is_not_there_or_could_be_several() {
    let stage = Stage::new("quick");
    alike(&stage);
    for verb in [&["show"][..], &["send", "--yes"], &["download"]] {
        let ran = stage.run(&[verb, &["77"]].concat());
        ran.ends(7);
        ran.says(&["no job is named `77`", "taxiway list"]);
        let ran = stage.run(&[verb, &["77", "--json"]].concat());
        ran.ends(7);
        ran.fails_in_json("no_such_job");
        let ran = stage.run(&[verb, &["task-"]].concat());
        ran.ends(2);
        ran.says(&["`task-` could be any of the jobs 1, 2", "more of its task id"]);
        let ran = stage.run(&[verb, &["task-", "--json"]].concat());
        ran.ends(2);
        ran.fails_in_json("ambiguous");
    }
    for name in ["1", "task-1"] {
        let ran = stage.run(&["show", name, "--json"]);
        ran.ends(0);
        assert_eq!(ran.json()["id"], 1);
    }
    let ran = stage.run(&["send", "1", "--yes"]);
    ran.ends(2);
    ran.says(&["job 1 is submitted, not held"]);
    let ran = stage.run(&["download", "1"]);
    ran.ends(2);
    ran.says(&["job 1 is submitted: it has no video to fetch"]);
    let ran = stage.run(&["send", "3", "--yes", "--json"]);
    ran.ends(4);
    ran.fails_in_json("other_account");
    stage.assert_nothing_sent();
}

/// A job is sent only with the key that it was made with.
#[test]
fn another_keys_held_job() {
    let stage = Stage::new("too-many");
    stage.submit(&["--yes", "--wait", "--timeout", "1"]).ends(6);
    stage.scene("quick");
    let (posts, other) = (stage.posts(), [("COMETAPI_KEY", "sk-another-key-of-mine-9999")]);
    let ran = stage.run_with(&["send", "1", "--yes"], &other);
    ran.ends(4);
    ran.says(&["job 1 was made with …7351 on http://127.0.0.1:", "it is sent and fetched only there"]);
    stage.run_with(&["watch", "--until-idle"], &other).ends(0);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (posts, 0));
    stage.run(&["send", "1", "--yes"]).ends(0);
    assert_eq!(stage.service.tasks_created(), 1);
}

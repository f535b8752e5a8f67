//! `doctor`: what it finds, says and leaves alone.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde_json::Value;

use crate::{
    shown::{FILTERS, assert_valid, shown},
    stage::{KEY, Ran, Stage},
};

/// What differs from machine to machine, beside what differs from run to run.
const FACTS: [(&str, &str); 7] = [
    (r"taxiway 0\.\S+ .*", "[program]"),
    (r"\d+(\.\d)? [kMG]B free", "[size] free"),
    (r"/\S*/sh, from", "[editor], from"),
    (r"schema \d+", "schema [n]"),
    (r"within \d s", "within [seconds]"),
    (r"its last \d+ lines", "its last [count] lines"),
    (r"request [0-9a-f]{32}", "request [id]"),
];

/// The variables of a newcomer, who has set nothing.
const NOTHING: [(&str, &str); 3] =
    [("COMETAPI_KEY", ""), ("COMETAPI_BASE_URL", ""), ("EDITOR", "sh -c true")];

/// Its lines without the breaks that depend on the length of a folder's name.
fn unbroken(stage: &Stage, ran: &Ran) -> String {
    shown(stage, ran).replace(&format!("\n{}", " ".repeat(26)), " ")
}

#[track_caller]
fn check<'v>(value: &'v Value, name: &str) -> &'v Value {
    let found = value["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {value:#}"))
}

/// One check of a doctor who ends with this code.
#[track_caller]
fn examined(stage: &Stage, flags: &[&str], variables: &[(&str, &str)], code: i32) -> Value {
    let ran = stage.run_with(&[&["doctor", "--json"], flags].concat(), variables);
    ran.ends(code);
    let value = ran.json();
    assert_valid("doctor", &value);
    value
}

/// All names under a folder, without what the tests put there.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            names.extend(self::names(&path));
        } else if !name.contains("/run-") {
            names.push(name);
        }
    }
    names.sort();
    names
}

fn assert_snapshot(stage: &Stage, ran: &Ran, name: &str) {
    let filters = FILTERS.into_iter().chain(FACTS).collect::<Vec<_>>();
    insta::with_settings!({
        filters => filters,
        snapshot_path => "snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, unbroken(stage, ran));
    });
}

#[test]
fn a_newcomer_is_told_what_is_missing_and_nothing_is_made() {
    let stage = Stage::new("quick");
    fs::remove_file(stage.config_file()).unwrap();
    let before = names(stage.home.path());
    let ran = stage.run_with(&["doctor"], &NOTHING);
    ran.ends(0);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80 || line.contains('/')), "{ran:#?}");
    assert_snapshot(&stage, &ran, "doctor_newcomer");
    let value = examined(&stage, &[], &NOTHING, 0);
    assert_eq!(check(&value, "key")["status"], "warning");
    assert_eq!(names(stage.home.path()), before, "looking makes nothing");
    assert!(stage.service.seen().is_empty(), "nobody was asked");
}

#[test]
fn a_machine_where_all_is_well() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let (before, posts) = (names(stage.home.path()), stage.posts());
    let journal = fs::read(stage.home.data_dir().join("journal.db")).unwrap();
    let ran = stage
        .run_with(&["doctor", "--online"], &[("EDITOR", "sh"), ("COMETAPI_ACCESS_TOKEN", "token-4711-abcd")]);
    ran.ends(0);
    assert_snapshot(&stage, &ran, "doctor_online");
    assert_eq!(names(stage.home.path()), before, "nothing is left behind");
    assert_eq!(fs::read(stage.home.data_dir().join("journal.db")).unwrap(), journal);
    assert_eq!(stage.posts(), posts, "nothing is spent");

    let owner = stage.owner();
    let value = examined(&stage, &["--read-only"], &[], 0);
    let engine = check(&value, "engine")["found"].as_str().unwrap();
    assert!(engine.contains(&format!("process {}", owner.pid())), "{engine}");
    assert!(check(&value, "journal")["found"].as_str().unwrap().starts_with("1 job, schema "), "{value:#}");
    owner.kill();
}

#[test]
fn each_fault_ends_with_its_own_code() {
    let stage = Stage::new("quick");
    stage.configure("[submit]\nmax_active = \"many\"\n");
    let value = examined(&stage, &[], &[], 2);
    let config = check(&value, "config");
    assert!(config["found"].as_str().unwrap().contains("submit.max_active"), "{config}");
    assert!(config["advice"].as_str().unwrap().contains("config check"), "{config}");
    stage.configure("");

    let value = examined(&stage, &["--online"], &[("COMETAPI_KEY", "")], 3);
    assert_eq!(check(&value, "key")["status"], "fault");
    assert_eq!(check(&value, "online")["status"], "ok", "without a key it is reached all the same");
    let value = examined(&stage, &["--online"], &[("COMETAPI_KEY", "sk-wrong-and-long")], 3);
    assert!(check(&value, "online_key")["advice"].as_str().unwrap().contains("Check the key"), "{value:#}");
    assert_eq!(check(&value, "online")["status"], "ok");
    let value = examined(&stage, &["--online"], &[("COMETAPI_ACCESS_TOKEN", "sk-wrong-token")], 3);
    assert_eq!(check(&value, "online_token")["status"], "fault", "{value:#}");

    stage.scene("html-200");
    let value = examined(&stage, &["--online"], &[], 6);
    assert!(check(&value, "online")["advice"].as_str().unwrap().contains("base_url"), "{value:#}");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let value = examined(&stage, &["--online"], &[("COMETAPI_BASE_URL", &format!("http://{nobody}"))], 6);
    assert!(check(&value, "online")["found"].as_str().unwrap().contains("no connection"), "{value:#}");

    let file = stage.home.path().join("file");
    fs::write(&file, "").unwrap();
    let inside = file.join("data").display().to_string();
    let value = examined(&stage, &["--data-dir", &inside], &[], 8);
    assert!(check(&value, "data_folder")["advice"].as_str().unwrap().contains("--data-dir"), "{value:#}");
    stage.configure(&format!("[download]\ndir = {inside:?}\n"));
    let value = examined(&stage, &[], &[], 8);
    assert_eq!(check(&value, "download_folder")["status"], "fault", "{value:#}");
}

#[test]
fn a_damaged_journal_is_a_fault_and_stays_as_it_is() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let path = stage.home.data_dir().join("journal.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xaa);
    fs::write(&path, &bytes).unwrap();
    let value = examined(&stage, &[], &[], 8);
    let journal = check(&value, "journal");
    assert!(journal["advice"].as_str().unwrap().starts_with("keep it"), "{journal}");
    assert!(fs::read(&path).unwrap() == bytes, "it was changed");
}

#[test]
fn what_may_surprise_is_a_warning() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let data = stage.home.data_dir();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let mut log = fs::OpenOptions::new().append(true).open(data.join("taxiway.log")).unwrap();
    writeln!(log, "2026-05-01T00:00:00Z ERROR refused: see https://h/x?_jwt=a.b.c job=3").unwrap();
    stage.configure("[notify]\ncommand = [\"no-such-program-4711\"]\n[keys]\nquit = [\"no-such-key\"]\n");
    let value = examined(
        &stage,
        &[],
        &[("EDITOR", "no-such-editor-4711 -w"), ("TERM", "dumb"), ("LANG", "C"), ("NO_COLOR", "1")],
        0,
    );
    for (name, status, found) in [
        ("data_folder", "warning", "others can read"),
        ("notify_command", "warning", "no-such-program-4711"),
        ("editor", "warning", "no-such-editor-4711"),
        ("keys", "warning", "no-such-key"),
        ("locale", "note", "ASCII"),
        ("color", "ok", "NO_COLOR"),
        ("log", "note", "1 error"),
        ("terminal", "note", "dumb"),
    ] {
        let check = check(&value, name);
        assert_eq!(check["status"], status, "{check}");
        assert!(check["found"].as_str().unwrap().contains(found), "{check}");
    }
    assert!(!value.to_string().contains("a.b.c"), "{value:#}");
    // A key in a file that others can read.
    let key = stage.config_file().with_file_name("key");
    fs::write(&key, format!("{KEY}\n")).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let value = examined(&stage, &[], &[("COMETAPI_KEY", "")], 0);
    let key = check(&value, "key");
    assert_eq!(key["status"], "warning");
    assert!(key["found"].as_str().unwrap().contains("chmod 600"), "{key}");
}

#[test]
fn a_clock_that_is_off_is_told() {
    let stage = Stage::new("quick");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        let reply = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n\
                     Content-Length: 11\r\nConnection: close\r\n\r\n{\"data\":[]}";
        stream.write_all(reply.as_bytes()).unwrap();
    });
    let value = examined(&stage, &["--online"], &[("COMETAPI_BASE_URL", &address)], 0);
    served.join().unwrap();
    let clock = check(&value, "clock");
    assert_eq!(clock["status"], "warning");
    assert!(clock["found"].as_str().unwrap().contains("ahead of the service's"), "{clock}");
    assert!(clock["advice"].as_str().unwrap().contains("clock"), "{clock}");
}

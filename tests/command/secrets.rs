//! A key that another program tells: asked where it is needed, and nowhere else.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::process::Signal;

use crate::{
    common::{PATIENCE, wait_for},
    stage::{KEY, Stage, assert_home},
};

const TOKEN: &str = "an-account-token-that-nobody-sees-4711";
/// A variable that is empty counts as unset.
const NO_KEY: (&str, &str) = ("COMETAPI_KEY", "");

/// Programs that tell key and token, and leave a mark each time.
fn stage() -> Stage {
    let stage = Stage::new("quick");
    configure(&stage, &format!("echo {KEY}"), &format!("echo {TOKEN}"));
    stage
}

/// The shell runs the scripts: a file that was just written could not be run by itself, while a child that
/// another test starts still holds it open.
fn configure(stage: &Stage, key: &str, token: &str) {
    let script = |name: &str, text: &str| {
        let (path, mark) = (stage.home.path().join(name), mark(stage));
        fs::write(&path, format!("echo {name} >> {}\n{text}\n", mark.display())).unwrap();
        path.display().to_string()
    };
    stage.configure(&format!(
        "[profiles.default]\nkey_command = [\"sh\", \"{}\"]\naccess_token_command = [\"sh\", \"{}\"]\n",
        script("tell-key", key),
        script("tell-token", token)
    ));
}

fn mark(stage: &Stage) -> PathBuf {
    stage.home.path().join("asked")
}

fn asked(stage: &Stage) -> Vec<String> {
    let text = fs::read_to_string(mark(stage)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn run(stage: &Stage, arguments: &[&str]) -> crate::stage::Ran {
    stage.run_with(arguments, &[NO_KEY])
}

#[test]
fn a_job_is_made_with_the_key_that_a_program_tells() {
    let stage = stage();
    let good = ["submit", "--image", "https://example.com/cat.jpg", "--prompt", "yawns", "--yes", "--wait"];
    let ran = run(&stage, &good);
    ran.ends(0);
    assert_eq!(asked(&stage), ["tell-key", "tell-token"], "each once");
    assert_home(&stage.job(1));
    assert_eq!(stage.service.tasks_created(), 1);
    // It is the account of the key, however that was told.
    let ran = stage.run(&["download", "--all"]);
    assert!(ran.code() == Some(0) && !ran.err.contains("made with"), "{ran:#?}");
    for (arguments, more) in [
        (&["balance"][..], &["tell-key", "tell-token"][..]),
        (&["models"], &["tell-key"]),
        (&["watch", "--until-idle"], &["tell-key", "tell-token"]),
    ] {
        let before = asked(&stage).len();
        run(&stage, arguments).ends(0);
        assert_eq!(asked(&stage).get(before..).unwrap(), more, "{arguments:?}");
    }
    let before = asked(&stage).len();
    stage.run(&["balance"]).ends(0);
    assert_eq!(
        asked(&stage).get(before..).unwrap(),
        ["tell-token"],
        "COMETAPI_KEY goes before the one program"
    );
}

#[test]
fn what_needs_no_key_runs_no_program() {
    let stage = stage();
    let commands: [&[&str]; 15] = [
        &["config", "path"],
        &["config", "check"],
        &["config", "show"],
        &["config", "show", "--json"],
        &["config", "schema"],
        &["list"],
        &["list", "--json"],
        &["show", "1"],
        &["verify"],
        &["models", "--offline"],
        &["models", "--read-only"],
        &["submit", "--image", "https://example.com/cat.jpg", "--dry-run"],
        &["submit", "--image", "nothing", "--yes"],
        &["send", "1", "--read-only"],
        &["--help"],
    ];
    for arguments in commands {
        run(&stage, arguments);
        assert!(asked(&stage).is_empty(), "{arguments:?}");
    }
    let ran = run(&stage, &["config", "show"]);
    assert!(
        ran.out.lines().any(|line| line.starts_with("key ") && line.ends_with("the command sh")),
        "{}",
        ran.out
    );
    assert!(!stage.home.data_dir().exists());
}

#[test]
fn a_program_that_fails_ends_with_3_and_names_the_setting() {
    let stage = stage();
    configure(&stage, "echo geheim; echo 'gpg: no agent for geheim' >&2; exit 2", "exit 1");
    let place = format!("{}:7:15: profiles.default.key_command: ", stage.config_file().display());
    for arguments in [
        &["submit", "--image", "https://example.com/cat.jpg", "--yes"][..],
        &["watch", "--until-idle"],
        &["reconcile"],
        &["balance"],
    ] {
        let ran = run(&stage, arguments);
        ran.ends(3);
        ran.says(&[&place, "the command sh failed with 2: gpg: no agent for …; so there is no key"]);
        assert!(!ran.err.contains("geheim"), "{ran:#?}");
        let ran = run(&stage, &[arguments, &["--json"]].concat());
        ran.ends(3);
        let error = ran.fails_in_json("no_key");
        assert!(error["hint"].as_str().unwrap().contains("COMETAPI_KEY"), "{error}");
    }
    stage.assert_nothing_sent();
    assert!(stage.service.seen().is_empty());
}

/// The token is a help: without it jobs are sent, and what needs it says so.
#[test]
fn a_token_that_is_not_told_is_warned_of() {
    let stage = stage();
    configure(&stage, &format!("echo {KEY}"), "echo locked >&2; exit 1");
    let warning = "access_token_command: the command sh failed with 1: locked; so there is no token";
    let ran = run(&stage, &["submit", "--image", "https://example.com/cat.jpg", "--yes"]);
    ran.ends(0);
    ran.says(&["warning: ", warning]);
    stage.finish();
    let ran = run(&stage, &["reconcile"]);
    ran.says(&[warning]);
}

/// Whatever is done with them, only the last four characters come out.
#[test]
fn what_the_programs_tell_stands_nowhere() {
    let stage = stage();
    let mut told = String::new();
    for arguments in [
        &["submit", "--image", "https://example.com/cat.jpg", "--yes", "--wait", "--json"][..],
        &["balance", "--json"],
        &["models", "--json"],
        &["reconcile", "--json"],
        &["show", "1"],
    ] {
        let ran = stage.run_with(arguments, &[NO_KEY, ("TAXIWAY_LOG", "trace")]);
        ran.ends(0);
        told += &(ran.out + &ran.err);
    }
    assert!(!told.contains(KEY) && !told.contains(TOKEN), "{told}");
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        [KEY, TOKEN]
            .iter()
            .any(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
    };
    for entry in fs::read_dir(stage.home.data_dir()).unwrap().map(|entry| entry.unwrap().path()) {
        assert!(!entry.is_file() || !holds(&entry), "{}", entry.display());
    }
}

/// Before the conversation begins the program has told, or the fault is the first thing that is said.
#[test]
fn the_conversation_begins_when_the_program_has_told() {
    let stage = stage();
    let ran = run(&stage, &["--linear", "--read-only"]);
    assert!(asked(&stage).is_empty(), "what sends nothing needs no key: {ran:#?}");
    let ran = run(&stage, &["--linear"]);
    assert!(ran.out.contains("key ...7351"), "{ran:#?}");
    assert_eq!(asked(&stage), ["tell-key", "tell-token"]);
    configure(&stage, "echo locked >&2; exit 1", "exit 1");
    let ran = run(&stage, &["--linear"]);
    let fault = "profiles.default.key_command: the command sh failed with 1: locked; so there is no key";
    assert!(ran.out.contains("fault: ") && ran.out.contains(fault), "{ran:#?}");
    stage.assert_nothing_sent();
}

/// It is in a group of its own, so that the terminal's Ctrl-C does not reach it by itself.
#[test]
fn a_program_that_is_waited_for_ends_with_us() {
    let stage = stage();
    let pid = stage.home.path().join("pid");
    configure(&stage, &format!("sleep 600 & echo $! > {}; wait", pid.display()), "exit 1");
    for sent in [Signal::INT, Signal::TERM, Signal::KILL] {
        let running = stage.start_with(&["balance"], &[NO_KEY]);
        running.wait_for_talk("waiting for the command sh to tell the key");
        running.signal(sent);
        assert_eq!(running.end().code(), None);
        let left = fs::read_to_string(&pid).unwrap();
        wait_for("the end of what the program started", PATIENCE, || {
            // Nothing is read of one that is gone, or that nobody has looked at since.
            let line = fs::read(format!("/proc/{}/cmdline", left.trim())).unwrap_or_default();
            line.is_empty().then_some(())
        });
    }
}

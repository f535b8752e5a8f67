//! Completions, as a user of bash, zsh and fish meets them.

use std::{env, fs, path::Path, process::Command};

use crate::{
    common::{has, pty::Pty},
    shown::assert_shown,
    stage::Stage,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_taxiway");

/// A stage with jobs of four kinds: 1 is saved, 2 unsure, 3 failed, 4 held.
fn with_jobs() -> Stage {
    let stage = Stage::new("quick");
    let submit = |prompt: &str, more: &[&str], code| {
        let image = "https://example.com/cat.jpg";
        let words = ["submit", "--image", image, "--prompt", prompt, "--yes"];
        stage.run(&[&words[..], more].concat()).ends(code);
    };
    submit("a cat: yawns", &["--wait"], 0);
    submit("[lost] a boat", &[], 5);
    submit("[fail] a\tfire\u{1b}[31m", &["--wait"], 1);
    stage.scene("too-many");
    submit("a kite", &["--wait", "--timeout", "1"], 6);
    stage.scene("quick");
    let more = "[profiles.work]\nkey_command = [\"touch\", \"ran\"]\n[profiles.home]\n";
    stage.configure(more);
    stage
}

/// What is offered for the last of these words, with its meaning.
fn offers(stage: &Stage, words: &[&str]) -> Vec<(String, String)> {
    let ran = stage.run_with(
        &[&["--", "taxiway"], words].concat(),
        &[("TAXIWAY_COMPLETE", "fish"), ("COMETAPI_KEY", "")],
    );
    ran.ends(0);
    assert_eq!(ran.err, "", "{words:?}");
    let line = |line: &str| line.split_once('\t').map(|(word, told)| (word.to_owned(), told.to_owned()));
    ran.out.lines().map(|text| line(text).unwrap()).collect()
}

fn names(stage: &Stage, words: &[&str]) -> Vec<String> {
    offers(stage, words).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn each_command_is_offered_the_jobs_that_it_can_work_on() {
    let stage = with_jobs();
    let requests = stage.service.seen().len();
    for (words, expected) in [
        (&["show", ""][..], &["4", "3", "2", "1"][..]),
        (&["verify", "3", ""], &["4", "2", "1"]),
        (&["send", ""], &["4"]),
        (&["cancel", ""], &["4"]),
        (&["resolve", ""], &["2"]),
        (&["adopt", "some-task", "--job", ""], &["2", "new"]),
        (&["archive", ""], &["3", "1"]),
        (&["wait", ""], &["4", "2"]),
        (&["clone", ""], &["4", "3", "2", "1"]),
    ] {
        assert_eq!(names(&stage, words), expected, "{words:?}");
    }
    // A video that is home need not be fetched, and one that is gone may be.
    assert!(names(&stage, &["download", ""]).iter().all(|name| name.starts_with('-')));
    let file = stage.job(1)["result"]["files"][0]["path"].as_str().unwrap().to_owned();
    fs::remove_file(file).unwrap();
    assert_eq!(names(&stage, &["download", ""]), ["1"]);
    // Who begins a task id gets it whole.
    let task = stage.job(1)["task_id"].as_str().unwrap().to_owned();
    let begin = task.get(..9).unwrap();
    let told = "job 1  SAVED      a cat: yawns".to_owned();
    assert_eq!(offers(&stage, &["show", begin]), [(task.clone(), told)]);
    // What stands in a prompt neither breaks a line nor steers a terminal.
    assert_eq!(offers(&stage, &["show", "3"])[0].1, "FAILED     [fail] a fire");
    assert_eq!(stage.service.seen().len(), requests, "nobody is asked");
    assert!(!stage.home.path().join("ran").exists(), "no program is run for a key");
}

#[test]
fn names_come_from_the_config_and_the_tables() {
    let stage = with_jobs();
    for (words, expected) in [
        (&["list", "--profile", ""][..], &["home", "work"][..]),
        (&["submit", "--model", "gen4"], &["gen4.5", "gen4_turbo"]),
        (&["submit", "--model", "veo3.1", "--ratio", "19"], &["1920:1080"]),
        (&["submit", "--model=veo3.1", "--duration", ""], &["4", "6", "8"]),
        (&["submit", "--ratio=1280:7"], &["--ratio=1280:720", "--ratio=1280:768"]),
        (&["sim", "--scenario", "quic"], &["quick"]),
        (&["--color", "a"], &["auto", "always"]),
        (&["completions", ""], &["bash", "zsh", "fish"]),
        (&["submit", "--dr"], &["--dry-run"]),
        (&["config", "ch"], &["check"]),
        (&["rec"], &["reconcile"]),
    ] {
        assert_eq!(names(&stage, words), expected, "{words:?}");
    }
    let own = stage.home.path().join("own.toml");
    fs::write(&own, "[profiles.studio]\n[models.gen5]\nratios = [\"1:1\"]\n").unwrap();
    let own = own.to_str().unwrap();
    assert_eq!(names(&stage, &["--config", own, "list", "--profile", ""]), ["studio"]);
    assert_eq!(names(&stage, &["submit", "--config", own, "--model", "gen5", "--ratio", ""]), ["1:1"]);
    // A picture is a file, too.
    fs::write(stage.home.path().join("cat.png"), "").unwrap();
    assert_eq!(names(&stage, &["submit", "--image", "ca"]), ["cat.png"]);
}

#[test]
fn nothing_is_offered_and_nothing_said_where_there_is_trouble() {
    let stage = Stage::new("quick");
    let only_flags = |words: &[&str]| names(&stage, words).iter().all(|name| name.starts_with('-'));
    assert!(only_flags(&["show", ""]), "there is no journal yet");
    assert!(!stage.home.data_dir().exists(), "looking makes none");
    fs::create_dir_all(stage.home.data_dir()).unwrap();
    fs::write(stage.home.data_dir().join("journal.db"), "no database at all\n".repeat(99)).unwrap();
    assert!(only_flags(&["show", ""]));
    fs::write(stage.config_file(), "profile = = \"x\"\n").unwrap();
    assert!(only_flags(&["show", ""]) && only_flags(&["--profile", ""]));
    assert!(only_flags(&["--config", "nowhere.toml", "show", ""]));
    assert!(only_flags(&["--data-dir", "nowhere", "show", ""]));
    assert!(names(&stage, &["frobnicate", "--frob", ""]).len() < 100);
    // A variable that names no shell means nothing.
    let ran = stage.run_with(&["config", "path"], &[("TAXIWAY_COMPLETE", "1")]);
    ran.ends(0);
    assert!(ran.out.ends_with("config.toml\n"), "{ran:#?}");
}

#[test]
fn the_flags_and_variables_that_name_a_journal_are_obeyed() {
    let stage = with_jobs();
    let other = stage.home.path().join("other");
    let other = other.to_str().unwrap();
    stage.run(&["submit", "--image", "https://example.com/a.jpg", "--yes", "--data-dir", other]).ends(0);
    assert_eq!(names(&stage, &["--data-dir", other, "show", ""]), ["1"]);
    assert_eq!(names(&stage, &["show", &format!("--data-dir={other}"), ""]), ["1"]);
    let words = ["--", "taxiway", "show", ""];
    let ran = stage.run_with(&words, &[("TAXIWAY_COMPLETE", "zsh"), ("TAXIWAY_DATA_DIR", other)]);
    assert!(ran.out.starts_with("1\tSUBMITTED") && ran.out.lines().count() == 1, "{ran:#?}");
}

#[test]
fn the_scripts_are_printed() {
    let stage = Stage::new("quick");
    for shell in ["bash", "zsh", "fish"] {
        let ran = stage.run(&["completions", shell]);
        ran.ends(0);
        assert!(ran.err.is_empty() && ran.out.contains(PROGRAM), "{ran:#?}");
        // A script is no JSON.
        assert_eq!(stage.run(&["completions", shell, "--json"]).out, ran.out);
    }
    let ran = stage.run(&["completions", "csh"]);
    ran.ends(2);
    assert_shown!(stage, ran, "completions_unknown_shell");
    stage.run(&["completions", "--json"]).ends(2);
    stage.run(&["completions", "--json"]).fails_in_json("usage");
}

/// A shell in a terminal, that has read the script and finds the program by its name.
fn shell(stage: &Stage, argv: &[&str], set_up: &str) -> Pty {
    let mut environment = stage.environment();
    let here = Path::new(PROGRAM).parent().unwrap().display().to_string();
    environment.retain(|(name, _)| name != "PATH");
    environment.push(("PATH".into(), format!("{here}:{}", env::var("PATH").unwrap_or_default())));
    environment.push(("PS1".into(), "$ ".into()));
    let mut pty = Pty::start(argv, &environment, 100, 40);
    pty.send(&format!("{set_up}; echo rea''dy\r"));
    pty.wait_for("ready");
    pty
}

/// Types each of these, and waits for what stands behind it on the screen.
fn type_and_wait(pty: &mut Pty, steps: &[(&str, &[&str])]) {
    for (typed, expected) in steps {
        // An empty line on an empty screen.
        pty.send("\x15\x0c");
        pty.wait("an empty screen", |screen| !screen.contents().contains("taxiway"));
        pty.send(typed);
        for words in *expected {
            pty.wait_for(words);
        }
    }
}

#[test]
fn in_bash() {
    if !has("bash") {
        return;
    }
    let stage = with_jobs();
    let set_up = "source <(taxiway completions bash)";
    let mut pty = shell(&stage, &["bash", "--norc", "--noprofile", "-i"], set_up);
    type_and_wait(
        &mut pty,
        &[
            ("taxiway show \t\t", &["4  3  2  1"]),
            ("taxiway resolve \t", &["taxiway resolve 2 "]),
            ("taxiway reco\t", &["taxiway reconcile "]),
            ("taxiway submit --dry\t", &["taxiway submit --dry-run "]),
            ("taxiway list --profile wo\t", &["taxiway list --profile work "]),
            // Bash parts words at a colon, and at the sign before a value.
            ("taxiway submit --ratio 1280:72\t", &["taxiway submit --ratio 1280:720 "]),
            ("taxiway submit --ratio=1280:72\t", &["taxiway submit --ratio=1280:720 "]),
        ],
    );
    fs::create_dir(stage.home.path().join("my pictures")).unwrap();
    type_and_wait(
        &mut pty,
        &[
            ("taxiway submit --image my\t", &[r"taxiway submit --image my\ pictures/"]),
            ("taxiway submit --image 'my p\t", &["taxiway submit --image 'my pictures/"]),
        ],
    );
    type_and_wait(
        &mut pty,
        &[
            ("taxiway list state:fa\t", &["taxiway list state:failed "]),
            ("taxiway list 'cat !state:fa\t", &["taxiway list 'cat !state:failed' "]),
            ("taxiway list sta\tfa\t", &["taxiway list state:failed "]),
        ],
    );
}

#[test]
fn in_zsh() {
    if !has("zsh") {
        return;
    }
    let stage = with_jobs();
    let set_up = "autoload -U compinit; compinit -u -D; source <(taxiway completions zsh)";
    let mut pty = shell(&stage, &["zsh", "-f", "-i"], set_up);
    let steps: &[(&str, &[&str])] = &[
        ("taxiway show \t", &["4  -- HELD       a kite", "3  -- FAILED     [fail] a fire", "a cat: yawns"]),
        ("taxiway resolve \t", &["taxiway resolve 2"]),
        ("taxiway reco\t", &["taxiway reconcile"]),
        ("taxiway submit --d\t", &["--dry-run", "-- Show what would be sent, and send nothing"]),
        ("taxiway list --profile wo\t", &["taxiway list --profile work"]),
        ("taxiway submit --ratio 1280:72\t", &["taxiway submit --ratio 1280:720"]),
    ];
    type_and_wait(&mut pty, steps);
    type_and_wait(
        &mut pty,
        &[
            ("taxiway list state:fa\t", &["taxiway list state:failed"]),
            ("taxiway list sta\tfa\t", &["taxiway list state:failed"]),
        ],
    );
    // As a file of its folder of functions, it is there from the first Tab on.
    let folder = stage.home.path().join("zfunc");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("_taxiway"), stage.run(&["completions", "zsh"]).out).unwrap();
    let set_up = "fpath+=~/zfunc; autoload -U compinit; compinit -u -D";
    let mut pty = shell(&stage, &["zsh", "-f", "-i"], set_up);
    type_and_wait(&mut pty, &[("taxiway resolve \t", &["taxiway resolve 2"])]);
}

#[test]
fn in_fish() {
    if !has("fish") {
        return;
    }
    let stage = with_jobs();
    let complete = |line: &str| {
        let script = format!("{PROGRAM} completions fish | source; complete -C $argv[1]");
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "-c", &script, line]).env_clear().envs(stage.environment());
        let ran = fish.output().unwrap();
        assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let jobs = complete("taxiway show ");
    assert!(jobs.starts_with("4\tHELD       a kite\n3\tFAILED     [fail] a fire"), "{jobs}");
    assert_eq!(complete("taxiway resolve "), "2\tUNSURE     [lost] a boat\n");
    assert_eq!(complete("taxiway list --profile "), "home\nwork\n");
    assert_eq!(complete("taxiway submit --ratio 1280:72"), "1280:720\n");
    assert!(complete("taxiway reco").starts_with("reconcile\t"));
    assert!(complete("taxiway submit --dry").starts_with("--dry-run\tShow what"));
    assert_eq!(complete("taxiway list state:fa"), "state:failed\n");
    assert_eq!(complete("taxiway list 'cat state:fa"), "cat state:failed\n");
}

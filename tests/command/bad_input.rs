//! Bad input gets a clear answer and costs nothing.

use std::{ffi::OsStr, fs, net::TcpListener, os::unix::ffi::OsStrExt, process::Command};

use crate::{
    common::pty::{Ended, Pty},
    stage::{GOOD, KEY, Stage},
};

const IMAGE: [&str; 3] = ["submit", "--image", "https://example.com/cat.jpg"];

/// The request is refused here, with these words, and as JSON with this code.
#[track_caller]
fn refused(stage: &Stage, arguments: &[&str], exit: i32, code: &str, words: &[&str]) {
    let ran = stage.run(&[arguments, &["--yes"]].concat());
    ran.ends(exit);
    ran.says(words);
    assert!(ran.out.is_empty(), "{ran:#?}");
    let ran = stage.run(&[arguments, &["--yes", "--json"]].concat());
    ran.ends(exit);
    let error = ran.fails_in_json(code);
    for word in words {
        assert!(error.to_string().contains(&word.replace('"', "\\\"")), "{word:?} is not in {error}");
    }
    stage.assert_nothing_sent();
    assert_eq!(stage.jobs(), [] as [serde_json::Value; 0]);
}

#[test]
fn fields_are_refused_by_name() {
    let stage = Stage::new("quick");
    let over = format!("{}a", "🛫".repeat(256));
    let fits = "🛫".repeat(256);
    let cases: &[(&[&str], &[&str])] = &[
        (&["submit"], &["image: is missing", "https://"]),
        (&["submit", "--image", ""], &["image: is missing"]),
        (
            &["submit", "--image", "http://example.com/cat.jpg"],
            &["image: must be an https://", "http:// is refused"],
        ),
        (&["submit", "--image", "cat.jpg"], &["cat.jpg: there is no such file", "nothing was sent"]),
        (&["submit", "--image", "/nowhere/cat.jpg"], &["/nowhere/cat.jpg: there is no such file"]),
        (&["submit", "--image", "-cat.jpg"], &["-cat.jpg: there is no such file"]),
        (&["submit", "--image", "Cargo.toml.png"], &["there is no such file"]),
        (
            &[&IMAGE[..], &["--prompt", &over]].concat(),
            &["prompt: has 513 characters, gen3a_turbo takes 512", "by 1"],
        ),
        (&[&IMAGE[..], &["--ratio", "1:1"]].concat(), &["ratio: `1:1` is none of gen3a_turbo's: 1280:720"]),
        (&[&IMAGE[..], &["--duration", "7"]].concat(), &["duration: 7 s is none of gen3a_turbo's: 5 or 10"]),
        (&[&IMAGE[..], &["--duration", "-5"]].concat(), &["duration: `-5` is not a number of seconds"]),
        (
            &[&IMAGE[..], &["--seed", "1000000000"]].concat(),
            &["seed: 1000000000 is too large", "0 to 999999999"],
        ),
        (&[&IMAGE[..], &["--seed", "-1"]].concat(), &["seed: -1 is negative"]),
        (&[&IMAGE[..], &["--seed", "lucky"]].concat(), &["seed: `lucky` is not a whole number"]),
        (&[&IMAGE[..], &["--model", "gen4.5"]].concat(), &["prompt: is missing: gen4.5 needs one"]),
        (&[&IMAGE[..], &["--model", ""]].concat(), &["model: is missing"]),
    ];
    for (arguments, words) in cases {
        refused(
            &stage,
            arguments,
            2,
            "bad_input",
            &[words, &["nothing was sent, nothing spent"][..]].concat(),
        );
    }
    for count in ["0", "-1", "abc", "101", "1.5", ""] {
        let words = format!("count: `{count}` is not a whole number from 1 to 100");
        refused(&stage, &[&GOOD[..], &["--count", count]].concat(), 2, "bad_input", &[&words]);
    }
    // Exactly as long as the model takes; the emoji are counted as the service counts them.
    let ran = stage.run(&[&IMAGE[..], &["--prompt", &fits, "--yes", "--json"]].concat());
    ran.ends(0);
    assert_eq!(stage.service.tasks_created(), 1);
}

#[test]
fn every_wrong_field_is_told_at_once() {
    let stage = Stage::new("quick");
    let wrong = ["submit", "--image", "x", "--ratio", "9", "--duration", "9", "--seed", "x", "--yes"];
    let ran = stage.run(&wrong);
    ran.ends(2);
    ran.says(&["image: ", "ratio: ", "duration: ", "seed: "]);
    stage.assert_nothing_sent();
}

#[test]
fn without_a_key() {
    let stage = Stage::new("quick");
    for arguments in
        [&[&GOOD[..], &["--yes"]].concat()[..], &["watch"], &["send", "1", "--yes"], &["download", "1"]]
    {
        let ran = stage.run_with(arguments, &[("COMETAPI_KEY", "")]);
        ran.ends(3);
        ran.says(&["there is no API key", "COMETAPI_KEY", "taxiway demo"]);
        let ran = stage.run_with(&[arguments, &["--json"]].concat(), &[("COMETAPI_KEY", "")]);
        ran.ends(3);
        ran.fails_in_json("no_key");
    }
    stage.assert_nothing_sent();
    // Looking needs none.
    stage.run_with(&["list"], &[("COMETAPI_KEY", "")]).ends(0);
}

#[test]
fn a_key_that_no_header_can_carry() {
    let stage = Stage::new("quick");
    let arguments = [&GOOD[..], &["--yes"]].concat();
    let ran = stage.run_with(&arguments, &[("COMETAPI_KEY", "sk-geheim\nsk-zwei")]);
    ran.ends(2);
    ran.says(&["COMETAPI_KEY: ", "line break"]);
    assert!(!ran.err.contains("geheim"));
    stage.assert_nothing_sent();
}

#[test]
fn a_wrong_key_leaves_the_job_held() {
    let stage = Stage::new("quick");
    let wrong = [("COMETAPI_KEY", "sk-wrong-key-of-mine-9999")];
    for more in [&[][..], &["--wait"]] {
        let ran = stage.run_with(&[&GOOD[..], &["--yes", "--json"], more].concat(), &wrong);
        ran.ends(3);
        let job = ran.json();
        assert_eq!((&job["state"], &job["error"]["code"]), (&"held".into(), &"wrong_key".into()));
        assert_eq!(job["cost"]["certainty"], "none");
        ran.says(&["does not take the key", "HTTP 401", "Invalid API key", "config show", "taxiway send"]);
        assert!(!format!("{ran:?}").contains("sk-wrong"), "{ran:#?}");
    }
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 0));
}

/// Of many jobs only those under way at the first refusal were sent; all are held.
#[test]
fn a_wrong_key_stops_the_rest() {
    let stage = Stage::new("quick");
    let wrong = [("COMETAPI_KEY", "sk-wrong-key-of-mine-9999")];
    let ran = stage.run_with(&[&GOOD[..], &["--count", "12", "--yes", "--json"]].concat(), &wrong);
    ran.ends(3);
    let jobs = ran.json();
    let of = |state: &str| jobs.as_array().unwrap().iter().filter(|job| job["state"] == state).count();
    assert_eq!(of("held"), 12, "{jobs}");
    assert!(stage.posts() <= 5, "{}", stage.posts());
    assert_eq!(stage.service.tasks_created(), 0);
}

#[test]
fn what_the_service_refuses() {
    for (scenario, model, exit, code, words) in [
        ("quick", "refused", 1, "model_not_available", "No available channel for model refused"),
        ("quick", "my_forbidden", 1, "model_not_available", "Model variant my_forbidden is not available"),
        ("quota", "gen3a_turbo", 4, "quota_not_enough", "quota is not enough"),
        ("html-404", "gen3a_turbo", 6, "wrong_address", "base_url is wrong"),
        ("redirect", "gen3a_turbo", 6, "wrong_address", "base_url is wrong"),
    ] {
        // An empty balance is no fault of the request, which can be sent when that is mended.
        let (end, label) = if scenario == "quota" { ("held", "HELD") } else { ("rejected", "REJECTED") };
        let stage = Stage::new(scenario);
        let ran = stage.submit(&["--model", model, "--yes", "--wait", "--json"]);
        ran.ends(exit);
        let job = ran.json();
        assert_eq!(job["state"], end, "{scenario}: {job}");
        assert_eq!(job["error"]["code"], code, "{scenario}: {job}");
        assert_eq!(job["cost"]["certainty"], "none");
        ran.says(&[&format!("job 1  {label}"), words]);
        assert!(ran.err.contains("warning: model: "), "it is unknown, or retired: {ran:#?}");
        assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 0));
        let ran = stage.submit(&["--model", model, "--yes"]);
        ran.ends(exit);
        assert_eq!(ran.out, format!("2\t{label}\t\n"));
    }
}

#[test]
fn a_website_in_place_of_the_service_leaves_the_job_unsure() {
    let stage = Stage::new("html-200");
    let ran = stage.submit(&["--yes", "--json"]);
    ran.ends(5);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&"unsure".into(), &"unsure".into()));
    ran.says(&["looks like a website", "base_url", "may exist and be billed"]);
    assert_eq!(stage.posts(), 1);
}

#[test]
fn plain_http_to_another_host() {
    let stage = Stage::new("quick");
    for address in
        ["http://api.cometapi.com", "http://192.0.2.1:8080/v1", "api.cometapi.com", "ftp://example.com"]
    {
        let ran = stage.run_with(&[&GOOD[..], &["--yes"]].concat(), &[("COMETAPI_BASE_URL", address)]);
        ran.ends(2);
        ran.says(&["COMETAPI_BASE_URL: ", "https://", "nothing was sent"]);
        let ran =
            stage.run_with(&[&GOOD[..], &["--yes", "--json"]].concat(), &[("COMETAPI_BASE_URL", address)]);
        ran.ends(2);
        ran.fails_in_json("bad_config");
    }
    stage.assert_nothing_sent();
}

#[test]
fn a_server_that_is_not_there() {
    let stage = Stage::new("quick");
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", deaf.local_addr().unwrap());
    drop(deaf);
    let ran = stage.run_with(
        &[&GOOD[..], &["--yes", "--wait", "--timeout", "1", "--json"]].concat(),
        &[("COMETAPI_BASE_URL", &nowhere)],
    );
    ran.ends(6);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&"held".into(), &"not_sent".into()), "{job}");
    ran.says(&["nothing was sent: no connection to 127.0.0.1:", "held", "taxiway send 1"]);
    stage.assert_nothing_sent();
    // It is the same in the journal, and nothing sends it by itself.
    let kept = stage.job(1);
    assert_eq!((&kept["state"], &kept["error"]["code"]), (&"held".into(), &"not_sent".into()), "{kept}");
    stage.run_with(&["watch", "--until-idle"], &[("COMETAPI_BASE_URL", &nowhere)]).ends(0);
    stage.finish();
    stage.assert_nothing_sent();
}

/// Asked to slow down for all its patience, the job is held.
#[test]
fn a_service_that_is_too_busy() {
    let stage = Stage::new("too-many");
    let ran = stage.submit(&["--yes", "--wait", "--timeout", "1", "--json"]);
    ran.ends(6);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&"held".into(), &"slow_down".into()), "{job}");
    assert_eq!(stage.service.tasks_created(), 0);
    stage.scene("quick");
    stage.run(&["send", "1", "--yes"]).ends(0);
    assert_eq!(stage.service.tasks_created(), 1);
}

#[test]
fn nobody_to_ask() {
    let stage = Stage::new("quick");
    let ran = stage.submit(&[]);
    ran.ends(4);
    ran.says(&["there is nobody to ask", "nothing was sent, nothing spent", "--yes", "--dry-run"]);
    let ran = stage.submit(&["--json"]);
    ran.ends(4);
    ran.fails_in_json("no_consent");
    stage.assert_nothing_sent();
    assert!(!stage.home.data_dir().exists(), "nothing was written for it");
}

#[test]
fn at_a_terminal_only_a_yes_sends() {
    let stage = Stage::new("quick");
    let program = env!("CARGO_BIN_EXE_taxiway");
    for (answer, code, posts) in [("n\r", 4, 0), ("\r", 4, 0), ("\x04", 4, 0), ("y\r", 0, 1)] {
        let argv = [&[program][..], &GOOD].concat();
        let mut pty = Pty::start(&argv, &stage.environment(), 120, 24);
        pty.wait_for("Send it? [y/N]");
        for word in ["https://example.com/cat.jpg", "yawns", "gen3a_turbo", "(an estimate of 2026-05-01)"] {
            pty.wait_for(word);
        }
        pty.send(answer);
        assert_eq!(pty.end(), Ended::Code(code), "{}", pty.screen());
        assert_eq!(pty.raw().contains("you said no: nothing was sent, nothing spent"), code == 4);
        assert!(!pty.raw().contains(KEY));
        assert_eq!(stage.posts(), posts);
    }
}

#[test]
fn at_a_terminal_a_duplicate_wants_a_second_yes() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes"]).ends(0);
    let program = env!("CARGO_BIN_EXE_taxiway");
    for (answer, code, posts) in [("n\r", 4, 1), ("\r", 4, 1), ("y\r", 0, 2)] {
        let argv = [&[program][..], &GOOD].concat();
        let mut pty = Pty::start(&argv, &stage.environment(), 120, 24);
        pty.wait_for("Send it? [y/N]");
        pty.send("y\r");
        pty.wait_for("Send it all the same? [y/N]");
        pty.wait_for("asks for the same");
        pty.send(answer);
        assert_eq!(pty.end(), Ended::Code(code), "{}", pty.screen());
        assert_eq!(stage.posts(), posts);
    }
}

#[test]
fn read_only() {
    let stage = Stage::new("quick");
    let commands: [&[&str]; 4] = [
        &[&GOOD[..], &["--yes"]].concat(),
        &["send", "1", "--yes"],
        &["download", "1"],
        &["download", "--all"],
    ];
    for arguments in commands {
        let ran = stage.run(&[arguments, &["--read-only"]].concat());
        ran.ends(4);
        ran.says(&["read-only"]);
        let ran = stage.run(&[arguments, &["--read-only", "--json"]].concat());
        ran.ends(4);
        ran.fails_in_json("read_only");
    }
    stage.assert_nothing_sent();
    assert!(!stage.home.data_dir().exists(), "nothing was written");
    for arguments in [&["list", "--read-only"][..], &["config", "show", "--read-only"]] {
        stage.run(arguments).ends(0);
    }
    stage.run(&[&GOOD[..], &["--dry-run", "--read-only"]].concat()).ends(0);
    assert!(!stage.home.data_dir().exists(), "nothing was written");
}

/// A demo wants a terminal first, so it is asked in one.
#[test]
fn a_demo_is_never_read_only() {
    let stage = Stage::new("quick");
    let argv = [env!("CARGO_BIN_EXE_taxiway"), "demo", "--read-only"];
    let mut pty = Pty::start(&argv, &stage.environment(), 120, 24);
    assert_eq!(pty.end(), Ended::Code(4));
    assert!(pty.screen().contains("it cannot be read-only"), "{}", pty.screen());
}

#[test]
fn no_terminal_or_a_dumb_one() {
    let stage = Stage::new("quick");
    for arguments in [&["--json"][..], &["demo", "--json"]] {
        let ran = stage.run(arguments);
        ran.ends(2);
        let error = ran.fails_in_json("no_terminal");
        for command in ["taxiway submit", "taxiway list", "taxiway watch"] {
            assert!(error.to_string().contains(command), "{error}");
        }
        let argv = [&[env!("CARGO_BIN_EXE_taxiway")], arguments].concat();
        let dumb = [stage.environment(), vec![("TERM".into(), "dumb".into())]].concat();
        let mut pty = Pty::start(&argv, &dumb, 200, 24);
        assert_eq!(pty.end(), Ended::Code(2));
        assert!(pty.raw().contains("no_terminal"), "{}", pty.raw());
    }
    assert!(!stage.home.data_dir().exists(), "nothing was written");
}

#[test]
fn flags_that_make_no_sense() {
    let stage = Stage::new("quick");
    let commands: [(&[&str], &str); 7] = [
        (&[&GOOD[..], &["--yes", "--timeout", "5"]].concat(), "--wait"),
        (&[&GOOD[..], &["--yes", "--wait", "--timeout", "soon"]].concat(), "--timeout"),
        (&[&GOOD[..], &["--frobnicate"]].concat(), "--frobnicate"),
        (&["download"], "JOB"),
        (&["download", "1", "--all"], "--all"),
        (&["send"], "JOB"),
        (&["fly"], "fly"),
    ];
    for (arguments, word) in commands {
        let ran = stage.run(arguments);
        ran.ends(2);
        ran.says(&[word]);
        assert!(ran.out.is_empty());
        let ran = stage.run(&[arguments, &["--json"]].concat());
        ran.ends(2);
        let error = ran.fails_in_json("usage");
        assert!(error.to_string().contains(word), "{error}");
    }
    stage.assert_nothing_sent();
    let ran = stage.run(&["--help"]);
    ran.ends(0);
    assert!(ran.out.contains("taxiway demo") && ran.err.is_empty());
}

/// Taken for unset, the key of the vendor's own client would stand in, and another account would pay.
#[test]
fn a_key_that_is_no_text_is_not_taken_for_none() {
    let stage = Stage::new("quick");
    let vendor = stage.home.path().join(".config/cometapi");
    fs::create_dir_all(&vendor).unwrap();
    fs::write(vendor.join("config.toml"), "api_key = \"sk-the-vendors-own-key\"\n").unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_taxiway"))
        .args(GOOD)
        .arg("--yes")
        .env_clear()
        .envs(stage.environment())
        .env("COMETAPI_KEY", OsStr::from_bytes(b"sk-\xff\xfe-0123456789"))
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("COMETAPI_KEY"), "{ran:?}");
    stage.assert_nothing_sent();
}

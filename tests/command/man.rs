//! The manual page and the help.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::{
    common::has,
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

/// A page as a reader sees it, in a terminal of 80 columns; nothing about it is complained of.
fn read(page: &str) -> String {
    let mut groff = Command::new("groff");
    groff.args(["-man", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u", "-rLL=78n"]);
    let groff = groff.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut groff = groff.spawn().unwrap();
    groff.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let ran = groff.wait_with_output().unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_manual_is_a_page_that_can_be_read() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["man"]);
    ran.ends(0);
    assert!(ran.err.is_empty() && ran.out.starts_with(".ie"), "{ran:#?}");
    assert_eq!(stage.run(&["man", "--json"]).out, ran.out, "a page is no JSON");
    assert!(!stage.home.data_dir().exists(), "nothing is written");
    if !has("groff") {
        return;
    }
    let page = read(&ran.out);
    for words in [
        "TAXIWAY(1) ",
        "\nSYNOPSIS\n       taxiway [OPTIONS] [COMMAND]\n",
        "\n   taxiway submit [OPTIONS]\n       Send one request, or N variations of it.\n",
        "       -y, --yes\n              Spend without asking\n",
        "              taxiway sim --listen 127.0.0.1:8080\n",
        "COMETAPI_KEY=sk-… taxiway ",
        "\nFILTERS\n",
        "\n       0      done\n",
    ] {
        assert!(page.contains(words), "{words:?} is not in\n{page}");
    }
}

#[test]
fn a_command_has_a_page_of_its_own() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["man", "sim"]);
    ran.ends(0);
    assert_shown!(stage, ran, "man_sim");
    if has("groff") {
        for command in ["submit", "list", "config", "completions", "man"] {
            let page = read(&stage.run(&["man", command]).out);
            assert!(page.contains(&format!("\nSYNOPSIS\n       taxiway {command} [OPTIONS]")), "{page}");
        }
    }
    let ran = stage.run(&["man", "sumbit"]);
    ran.ends(2);
    assert_shown!(stage, ran, "man_unknown");
    let ran = stage.run(&["man", "docs", "--json"]);
    ran.ends(2);
    ran.fails_in_json("bad_input");
    assert_valid("error", &ran.json());
}

#[test]
fn help_is_there_in_every_way_that_people_ask_for_it() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["--help"]);
    ran.ends(0);
    assert!(ran.err.is_empty());
    for way in [&["-h"][..], &["help"], &["--help", "--json"]] {
        assert_eq!(stage.run(way).out, ran.out, "{way:?}");
    }
    let ran = stage.run(&["help", "sim"]);
    ran.ends(0);
    assert_shown!(stage, ran, "help_sim");
    assert_eq!(stage.run(&["sim", "--help"]).out, ran.out);
    let ran = stage.run(&["--version"]);
    ran.ends(0);
    assert_eq!(ran.out, format!("taxiway {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn who_mistypes_is_told_what_was_perhaps_meant() {
    let stage = Stage::new("quick");
    for (words, near) in [
        (&["lsit"][..], "list"),
        (&["submit", "--promt", "x"], "--prompt"),
        (&["watch", "--until-idel"], "--until-idle"),
        (&["list", "--color", "nver"], "never"),
    ] {
        let ran = stage.run(words);
        ran.ends(2);
        ran.says(&["error: ", "tip: ", &format!("'{near}'")]);
        assert!(ran.out.is_empty());
        let ran = stage.run(&[words, &["--json"]].concat());
        ran.ends(2);
        assert_valid("error", &ran.json());
        let hint = ran.fails_in_json("usage")["hint"].as_str().unwrap().to_owned();
        assert!(hint.starts_with(&format!("did you mean `{near}`?")), "{hint}");
    }
    let ran = stage.run(&["config", "--json"]);
    ran.ends(2);
    let told = ran.fails_in_json("usage")["message"].as_str().unwrap().to_owned();
    assert!(told.contains("`taxiway config`") && told.contains("check"), "{told}");
}

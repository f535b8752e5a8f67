//! `list`: which jobs, how many, and how they fit a terminal.

use unicode_width::UnicodeWidthStr;

use crate::{
    common::pty::{Ended, Pty},
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

/// Four jobs: one saved, one failed, one refused by moderation, one held.
pub fn four_jobs() -> Stage {
    let stage = Stage::new("quick");
    let submit = |prompt: &str, flags: &[&str]| {
        let words =
            ["submit", "--image", "https://example.com/cat.jpg", "--prompt", prompt, "--yes", "--wait"];
        stage.run(&[&words[..], flags].concat())
    };
    submit("a cat yawns in the morning sun, and then once more", &["--seed", "42", "--duration", "10"])
        .ends(0);
    submit("a dog [fail]", &["--model", "gen4_turbo", "--ratio", "1280:720"]).ends(1);
    submit("a fox [moderated]", &[]).ends(1);
    stage.scene("too-many");
    submit("a cow", &["--timeout", "1"]).ends(6);
    stage.scene("quick");
    stage
}

fn ids(stage: &Stage, filter: &[&str]) -> Vec<u64> {
    let ran = stage.run(&[&["list", "--json"][..], filter].concat());
    ran.ends(0);
    let jobs = ran.json();
    assert_valid("jobs", &jobs);
    jobs.as_array().unwrap().iter().map(|job| job["id"].as_u64().unwrap()).collect()
}

#[test]
fn a_filter_is_that_of_the_dashboard_and_archived_jobs_are_hidden() {
    let stage = four_jobs();
    for (filter, expected) in [
        (&[][..], &[4, 3, 2, 1][..]),
        (&["state:failed"], &[3, 2]),
        (&["state:failed", "!moderated"], &[2]),
        (&["prompt:\"a cat\""], &[1]),
        (&["a", "cat"], &[1]),
        (&["~ywns"], &[1]),
        (&["!~ywns", "!held"], &[3, 2]),
        (&["id:2..3", "age:<1h"], &[3, 2]),
        (&["cat", "--limit", "1"], &[1]),
    ] {
        assert_eq!(ids(&stage, filter), expected, "{filter:?}");
    }
    stage.run(&["archive", "2", "3"]).ends(0);
    assert_eq!(ids(&stage, &[]), [4, 1]);
    assert_eq!(ids(&stage, &["archived:any"]), [4, 3, 2, 1]);
    assert_eq!(ids(&stage, &["archived:yes", "--limit", "1"]), [3]);
    assert_eq!(ids(&stage, &["nothing"]), [] as [u64; 0]);
}

#[test]
fn what_is_shown_in_a_pipe() {
    let stage = four_jobs();
    assert_shown!(stage, stage.run(&["list"]), "list");
    assert_shown!(stage, stage.run(&["list", "--limit", "2"]), "list_more");
    assert_shown!(stage, stage.run(&["list", "zebra"]), "list_none");
    let wrong = |words: &[&str]| {
        let ran = stage.run(&[&["list"][..], words].concat());
        ran.ends(2);
        assert!(ran.out.is_empty());
        let json = stage.run(&[&["list", "--json"][..], words].concat());
        json.ends(2);
        assert_valid("error", &json.json());
        json.fails_in_json("bad_input");
        ran
    };
    assert_shown!(stage, wrong(&["stat:failed"]), "list_wrong_key");
    assert_shown!(stage, wrong(&["state:lost"]), "list_wrong_value");
    assert_shown!(stage, wrong(&["-veo"]), "list_dash");
    assert_shown!(stage, wrong(&["--limit", "-1"]), "list_wrong_limit");
}

#[test]
fn all_is_told_with_a_limit_of_none_and_where_all_is_archived() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait", "--count", "3"]).ends(0);
    let ran = stage.run(&["list", "--limit", "2"]);
    ran.ends(0);
    ran.says(&["2 shown, there are more: --limit 0 shows all"]);
    assert_eq!(ran.out.lines().count(), 3);
    let ran = stage.run(&["list", "--limit", "0"]);
    assert_eq!((ran.out.lines().count(), ran.err.as_str()), (4, ""));
    let ran = stage.run(&["list", "--limit", "3"]);
    assert_eq!((ran.out.lines().count(), ran.err.as_str()), (4, ""), "there are no more");
    stage.run(&["archive", "1", "2", "3"]).ends(0);
    let ran = stage.run(&["list"]);
    ran.ends(0);
    ran.says(&["all jobs are archived", "archived:yes"]);
}

#[test]
fn rows_fit_a_terminal_of_80_and_of_120_columns() {
    let stage = four_jobs();
    for (columns, words) in [(80u16, ["a cat yawns in ", "-1-a-cat"]), (120, ["gen3a_turbo", "10s"])] {
        let argv = [env!("CARGO_BIN_EXE_taxiway"), "list"];
        let mut pty = Pty::start(&argv, &stage.environment(), columns, 24);
        assert_eq!(pty.end(), Ended::Code(0));
        let screen = pty.screen();
        let lines: Vec<_> = screen.lines().collect();
        // Each row has one line of the screen: none was broken.
        assert_eq!(lines.len(), 5, "{screen}");
        assert!(lines.iter().all(|line| line.width() <= usize::from(columns)), "{screen}");
        assert!(words.iter().all(|word| screen.contains(word)), "{screen}");
    }
}

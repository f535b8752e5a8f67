//! `show`: all about one job.

use std::collections::HashSet;

use crate::{
    list::four_jobs,
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

/// What is shown, without what is a matter of chance: how often a task was met on its way, how often a request
/// was tried, and which of the shapes the last reply had.
fn settled(shown: &str) -> String {
    let words = ["NOT_START", "PENDING", "QUEUED", "SUBMITTED", "THROTTLED", "RUNNING", "IN_PROGRESS"];
    let is_on_the_way =
        |line: &str| words.iter().any(|word| line.contains(&format!("the service says {word}")));
    let mut seen = HashSet::new();
    let mut is_new = |line: &str| {
        let told =
            line.split_once("  ").filter(|(at, _)| at.starts_with("20")).map(|(_, told)| told.to_owned());
        told.is_none_or(|told| seen.insert(told))
    };
    let shown = shown.lines().filter(|line| !is_on_the_way(line) && is_new(line));
    shown.flat_map(|line| [if line.starts_with('{') { "{…}" } else { line }, "\n"]).collect()
}

#[test]
fn what_is_shown_of_jobs() {
    let stage = four_jobs();
    for (id, name) in [("1", "show_saved"), ("3", "show_moderated"), ("4", "show_held")] {
        let mut ran = stage.run(&["show", id]);
        ran.out = settled(&ran.out);
        assert_shown!(stage, ran, name);
        let ran = stage.run(&["show", id, "--json"]);
        ran.ends(0);
        assert_valid("job", &ran.json());
    }
    let ran = stage.run(&["show", "nobody"]);
    ran.ends(7);
    assert_shown!(stage, ran, "show_none");
    let ran = stage.run(&["show", "nobody", "--json"]);
    assert_valid("error", &ran.json());
    ran.fails_in_json("no_such_job");
}

#[test]
fn a_name_that_many_have_is_told() {
    let stage = Stage::new("hidden");
    for task in ["abcd-1", "abcd-2"] {
        stage.run(&["adopt", task]).ends(0);
    }
    let ran = stage.run(&["show", "abcd"]);
    ran.ends(2);
    assert_shown!(stage, ran, "show_ambiguous");
    stage.run(&["show", "abcd", "--json"]).fails_in_json("ambiguous");
    assert_eq!(stage.run(&["show", "abcd-2", "--json"]).json()["id"], 2);
}

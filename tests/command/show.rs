//! `show`: all about one job.

use crate::{
    list::four_jobs,
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

#[test]
fn what_is_shown_of_jobs() {
    let stage = four_jobs();
    for (id, name) in [("1", "show_saved"), ("3", "show_moderated"), ("4", "show_held")] {
        let mut ran = stage.run(&["show", id]);
        // How often a task was met on its way is a matter of chance.
        let is_on_the_way = |line: &&str| {
            let words =
                ["NOT_START", "PENDING", "QUEUED", "SUBMITTED", "THROTTLED", "RUNNING", "IN_PROGRESS"];
            words.iter().any(|word| line.contains(&format!("the service says {word}")))
        };
        ran.out =
            ran.out.lines().filter(|line| !is_on_the_way(line)).map(|line| format!("{line}\n")).collect();
        assert_shown!(stage, ran, name);
        let ran = stage.run(&["show", id, "--json"]);
        ran.ends(0);
        assert_valid("job", &ran.json());
    }
    let ran = stage.run(&["show", "99"]);
    ran.ends(7);
    assert_shown!(stage, ran, "show_none");
    let ran = stage.run(&["show", "99", "--json"]);
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

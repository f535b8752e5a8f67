//! Kill -9 at every commit point of a submission and a download, then another start: the table of outcomes.

use crate::stage::{GOOD, Stage, assert_home};

/// What a kill at a point leaves, and what becomes of it.
struct Row {
    /// How the service behaves.
    scenario: &'static str,
    point: &'static str,
    /// The states that the journal may tell of after the kill.
    left: &'static [&'static str],
    /// The state after another start.
    end: &'static str,
    /// Requests that the service saw, and tasks that it made: in the end, as after the kill.
    posts: usize,
    tasks: usize,
    /// Files in the folder of the videos, in the end.
    files: usize,
}

const fn row(
    point: &'static str,
    left: &'static [&'static str],
    end: &'static str,
    posts: usize,
    files: usize,
) -> Row {
    Row { scenario: "quick", point, left, end, posts, tasks: posts, files }
}

/// The same where the service does not take the one request, or loses its reply.
const fn sent(
    scenario: &'static str,
    point: &'static str,
    left: &'static [&'static str],
    end: &'static str,
    tasks: usize,
) -> Row {
    Row { scenario, point, left, end, posts: 1, tasks, files: 0 }
}

/// News of polls is on disk within a second, and the end of a task at once.
const UNDER_WAY: &[&str] = &["submitted", "queued", "running"];

#[rustfmt::skip]
const TABLE: [Row; 18] = [
    //  killed here      left so         ends so      posts files
    row("before-intent", &["held"],      "held",      0,    0),
    row("after-intent",  &["sending"],   "unsure",    0,    0),
    row("after-reply",   &["sending"],   "unsure",    1,    0),
    row("after-id",      &["submitted"], "succeeded", 1,    1),
    row("before-poll",   &["submitted"], "succeeded", 1,    1),
    row("before-end",    UNDER_WAY,      "succeeded", 1,    1),
    row("after-end",     &["succeeded"], "succeeded", 1,    1),
    row("part-begun",    &["succeeded"], "succeeded", 1,    1),
    row("before-rename", &["succeeded"], "succeeded", 1,    1),
    row("after-rename",  &["succeeded"], "succeeded", 1,    1),
    row("after-saved",   &["succeeded"], "succeeded", 1,    1),
    // No such point: all goes its way.
    row("nowhere",       &["succeeded"], "succeeded", 1,    1),
    //   the service          killed here    left so         ends so      tasks
    sent("drop-after-accept", "after-reply", &["sending"],   "unsure",    1),
    sent("drop-after-accept", "after-id",    &["unsure"],    "unsure",    1),
    // What was refused before the kill is not known to be so after it.
    sent("html-404",          "after-reply", &["sending"],   "unsure",    0),
    sent("html-404",          "after-id",    &["rejected"],  "rejected",  0),
    sent("too-many",          "after-reply", &["sending"],   "unsure",    0),
    sent("too-many",          "after-id",    &["held"],      "held",      0),
];

#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release has no failpoints")]
fn the_table_of_outcomes() {
    let mut wrong = Vec::new();
    for row in &TABLE {
        let stage = Stage::new(row.scenario);
        let submit = [&GOOD[..], &["--yes", "--wait"]].concat();
        let ran = stage.run_with(&submit, &[("TAXIWAY_FAILPOINT", row.point)]);
        if row.point == "nowhere" {
            ran.ends(0);
        } else {
            ran.was_killed();
        }
        let left = stage.job(1)["state"].as_str().unwrap().to_owned();
        let after_kill = (stage.posts(), stage.service.tasks_created());
        stage.finish();
        let job = stage.job(1);
        let files = stage.video_files();
        let end = job["state"].as_str().unwrap();
        let told =
            format!("{} {}: left {left}, ended {end}, {after_kill:?}, {files:?}", row.scenario, row.point);
        let counts = (row.posts, row.tasks);
        let as_told = row.left.contains(&&*left)
            && end == row.end
            && after_kill == counts
            && (stage.posts(), stage.service.tasks_created()) == counts
            && files.len() == row.files;
        if !as_told {
            wrong.push(told);
        }
        if row.end == "succeeded" {
            assert_home(&job);
        } else {
            assert!(job["error"]["message"].as_str().is_some_and(|why| !why.is_empty()), "{job}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

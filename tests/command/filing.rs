//! `archive` and `tag`.

use crate::{
    list::four_jobs,
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

#[test]
fn only_ended_jobs_are_archived_all_or_none() {
    let stage = four_jobs();
    let ran = stage.run(&["archive", "1", "4"]);
    ran.ends(2);
    assert_shown!(stage, ran, "archive_not_ended");
    let ran = stage.run(&["archive", "1", "4", "--json"]);
    assert_valid("error", &ran.json());
    ran.fails_in_json("not_ended");
    assert_eq!(stage.job(1)["archived"], false);

    assert_shown!(stage, stage.run(&["archive", "2", "1", "2"]), "archive");
    assert_eq!((&stage.job(1)["archived"], &stage.job(2)["archived"]), (&true.into(), &true.into()));
    assert_shown!(stage, stage.run(&["archive", "1", "--undo"]), "archive_undo");
    let ran = stage.run(&["archive", "1", "3", "--json"]);
    ran.ends(0);
    assert_valid("jobs", &ran.json());
    let one = stage.run(&["archive", "1", "--undo", "--json"]);
    assert_valid("job", &one.json());
    assert_eq!(one.json()["archived"], false);
    stage.run(&["archive", "nobody"]).ends(7);
}

#[test]
fn labels_come_and_go() {
    let stage = four_jobs();
    let ran = stage.run(&["tag", "1", "4", "--add", "client", "--add", "best"]);
    assert_shown!(stage, ran, "tag");
    let ran = stage.run(&["tag", "1", "--add", "late", "--remove", "client", "--json"]);
    ran.ends(0);
    assert_valid("job", &ran.json());
    assert_eq!(ran.json()["tags"], serde_json::json!(["best", "late"]));
    assert_eq!(stage.job(4)["tags"], serde_json::json!(["client", "best"]));
    assert_shown!(stage, stage.run(&["tag", "4", "--remove", "client", "--remove", "best"]), "tag_none");
    let posts = stage.posts();
    for (words, told) in [
        (&["tag", "1"][..], "no label to give"),
        (&["tag", "1", "--add", "two words"], "holds a blank"),
        (&["tag", "1", "2", "--add", "a,b"], "holds a comma"),
        (&["tag", "1", "--add", "--x", "--add", ""], "is empty"),
    ] {
        let ran = stage.run(words);
        ran.ends(2);
        ran.says(&[told]);
        stage.run(&[words, &["--json"]].concat()).fails_in_json("bad_input");
    }
    assert_eq!(stage.job(1)["tags"], serde_json::json!(["best", "late"]));
    assert_eq!(stage.posts(), posts, "a held job is not sent by it");
}

/// Another process has the engine; and without a key the journal is the user's all the same.
#[test]
fn a_view_files_too_and_so_does_who_has_no_key() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let owner = stage.owner();
    stage.run(&["tag", "1", "--add", "x"]).ends(0);
    stage.run(&["archive", "1"]).ends(0);
    owner.kill();
    stage.run_with(&["archive", "1", "--undo"], &[("COMETAPI_KEY", "")]).ends(0);
    let job = stage.job(1);
    assert_eq!((&job["archived"], &job["tags"]), (&false.into(), &serde_json::json!(["x"])));
}

#[test]
fn read_only_files_nothing() {
    let stage = Stage::new("quick");
    for words in [&["archive", "1"][..], &["tag", "1", "--add", "x"]] {
        let ran = stage.run(&[words, &["--read-only", "--json"]].concat());
        ran.ends(4);
        ran.fails_in_json("read_only");
    }
    assert!(!stage.home.data_dir().exists());
}

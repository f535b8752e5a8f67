//! `status`, and the line for tmux.

use crate::{
    list::four_jobs,
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

#[test]
fn what_is_shown_of_some_jobs() {
    let stage = four_jobs();
    stage.configure("[budget]\nday_usd = 10\n");
    stage.scene("drop-after-accept");
    stage.submit(&["--yes"]).ends(5);
    stage.run(&["archive", "2"]).ends(0);
    assert_shown!(stage, stage.run(&["status"]), "status");
    assert_shown!(stage, stage.run(&["status", "--short"]), "status_short");
    for arguments in [&["status", "--json"][..], &["status", "--short", "--json"]] {
        let ran = stage.run(arguments);
        ran.ends(0);
        let status = ran.json();
        assert_valid("status", &status);
        assert_eq!((&status["jobs"], &status["archived"]), (&5.into(), &1.into()));
        assert_eq!((&status["states"]["failed"], &status["results"]["saved"]), (&2.into(), &1.into()));
        assert_eq!(
            (&status["oldest_unsure"]["id"], &status["spent"]["budget"]),
            (&5.into(), &"10.00".into())
        );
    }
}

#[test]
fn with_nothing_to_tell_the_short_line_is_none() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["status", "--short"]);
    ran.ends(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_shown!(stage, stage.run(&["status"]), "status_empty");
    assert_valid("status", &stage.run(&["status", "--json"]).json());
    assert!(!stage.home.data_dir().exists(), "looking writes nothing");
}

#[test]
fn it_needs_no_key_asks_nobody_and_names_the_owner() {
    let stage = Stage::new("hidden");
    let owner = stage.owner();
    stage.submit(&["--yes"]).ends(0);
    let without_key = [("COMETAPI_KEY", "")];
    let ran = stage.run_with(&["status", "--json"], &without_key);
    ran.ends(0);
    let status = ran.json();
    assert_valid("status", &status);
    assert_eq!((&status["owner"], &status["short"]), (&owner.pid().into(), &"1run $0.32".into()));
    assert!(status["spent"]["key_tail"].is_null());
    assert_eq!(stage.run(&["status", "--json"]).json()["spent"]["key_tail"], "7351");
    let ran = stage.run(&["status"]);
    assert!(ran.out.contains(&format!("process {} sends, polls and fetches", owner.pid())), "{ran:#?}");
    assert!(stage.run(&["status", "--read-only"]).out.contains("1: 1 submitted"));
}

#[test]
fn a_journal_that_cannot_be_read_is_seen_in_the_line() {
    let stage = Stage::new("quick");
    std::fs::create_dir_all(stage.home.data_dir()).unwrap();
    std::fs::write(stage.home.data_dir().join("journal.db"), "no journal at all").unwrap();
    let ran = stage.run(&["status", "--short"]);
    ran.ends(8);
    assert_eq!(ran.out, "journal!\n");
    ran.says(&["journal.db", "cannot be read"]);
    stage.run(&["status", "--json"]).fails_in_json("journal_corrupt");
}

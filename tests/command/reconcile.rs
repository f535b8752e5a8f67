//! `reconcile`, as a user meets it after a reply was lost.

use std::{fs, path::Path};

use crate::stage::{Stage, assert_home};

/// Nobody may ever see more of it than its end.
const TOKEN: &str = "an-account-token-that-nobody-sees-4711";
const LOST: [&str; 6] =
    ["submit", "--image", "https://example.com/cat.jpg", "--prompt", "[lost] yawns", "--yes"];

fn with_token<'a>() -> [(&'a str, &'a str); 1] {
    [("COMETAPI_ACCESS_TOKEN", TOKEN)]
}

/// The files below `folder` that hold the token.
fn holders(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holders(&path));
        } else if let Ok(bytes) = fs::read(&path)
            && bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_lost_task_is_found_with_the_account_token() {
    let stage = Stage::new("quick");
    stage.run(&LOST).ends(5);
    let ran = stage.run(&["reconcile"]);
    ran.ends(3);
    ran.says(&["no account token", "COMETAPI_ACCESS_TOKEN", "taxiway adopt TASK_ID --job N"]);
    let ran = stage.run_with(&["reconcile", "--json"], &[("COMETAPI_ACCESS_TOKEN", "wrong-token-0815")]);
    ran.ends(3);
    ran.fails_in_json("wrong_token");

    let ran = stage.run_with(&["reconcile"], &with_token());
    ran.ends(0);
    let task_id = stage.job(1)["task_id"].as_str().unwrap().to_owned();
    assert_eq!(ran.out, format!("1\tADOPTED\t{task_id}\n"));
    ran.says(&["the account has $99.68 left, $0.32 are used", "taxiway watch"]);
    stage.finish();
    assert_home(&stage.job(1));
    let ran = stage.run_with(&["reconcile"], &with_token());
    ran.ends(0);
    ran.says(&["no job is unsure"]);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

#[test]
fn what_cannot_be_told_apart_is_shown_and_picked() {
    let stage = Stage::new("quick");
    stage.run(&[&LOST[..], &["--count", "2"]].concat()).ends(5);
    let ran = stage.run_with(&["reconcile"], &with_token());
    ran.ends(5);
    assert!(ran.out.contains("1\tUNSURE\t2 candidates") && ran.out.contains("  SUBMITTED  "), "{ran:#?}");
    ran.says(&["taxiway adopt TASK_ID --job 1", "taxiway adopt TASK_ID --job 2"]);

    let ran = stage.run_with(&["reconcile", "--json"], &with_token());
    ran.ends(5);
    let told = ran.json();
    let candidate = &told["open"][0]["candidates"][0];
    assert_eq!((&told["open"][0]["id"], &candidate["cost_usd"]), (&1.into(), &"0.32".into()), "{told}");
    let task_id = candidate["task_id"].as_str().unwrap();
    stage.run(&["adopt", task_id, "--job", "1"]).ends(0);
    let ran = stage.run_with(&["reconcile", "--json"], &with_token());
    ran.ends(0);
    let told = ran.json();
    assert_eq!((&told["adopted"][0]["id"], told["open"].as_array().unwrap().len()), (&2.into(), 0), "{told}");
    assert_eq!(stage.service.tasks_created(), 2);
}

#[test]
fn a_job_that_the_account_does_not_show_stays_unsure() {
    let stage = Stage::new("quick");
    stage.scene("html-200");
    stage.run(&LOST).ends(5);
    stage.scene("quick");
    let ran = stage.run_with(&["reconcile"], &with_token());
    ran.ends(5);
    assert_eq!(ran.out, "1\tUNSURE\t0 candidates\n");
    ran.says(&["taxiway resolve 1 --not-created"]);
}

/// Whatever is done with it, only its last four characters come out.
#[test]
fn the_account_token_stands_nowhere() {
    let stage = Stage::new("quick");
    stage.run(&LOST).ends(5);
    let mut told = String::new();
    for arguments in [
        &["config", "show"][..],
        &["config", "show", "--json"],
        &["config", "check"],
        &["reconcile", "--json"],
        &["watch", "--until-idle"],
        &["show", "1", "--json"],
        &["list", "--json"],
    ] {
        let ran = stage.run_with(arguments, &with_token());
        ran.ends(0);
        told += &(ran.out + &ran.err);
    }
    assert!(told.contains("…4711") && told.contains("COMETAPI_ACCESS_TOKEN"), "{told}");
    assert!(!told.contains(TOKEN), "the token is shown: {told}");
    assert_eq!(holders(stage.home.path()), Vec::<String>::new());
}

/// A second look may be about to begin as the program ends: it holds the journal no longer than that.
#[test]
fn a_look_at_the_account_leaves_a_closed_journal() {
    let stage = Stage::new("drop-after-accept");
    stage.submit(&["--yes"]).ends(5);
    stage.submit(&["--yes"]).ends(5);
    for _ in 0..12 {
        stage.run_with(&["reconcile"], &with_token()).ends(5);
        for file in ["journal.db-wal", "journal.db-shm"] {
            assert!(!stage.home.data_dir().join(file).exists(), "{file}");
        }
    }
}

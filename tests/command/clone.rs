//! `clone`: what is kept of the old job, what is shown, and that money is asked for as ever.

use crate::{
    common::pty::{Ended, Pty},
    list::four_jobs,
    shown::{assert_shown, assert_valid},
    stage::{Stage, assert_home},
};

#[test]
fn fields_are_kept_changed_and_taken_away() {
    let stage = four_jobs();
    let ran = stage.run(&[
        "clone",
        "1",
        "--seed",
        "",
        "--prompt",
        "yawns twice",
        "--watermark",
        "--yes",
        "--wait",
        "--json",
    ]);
    ran.ends(0);
    let job = ran.json();
    assert_valid("job", &job);
    assert_home(&job);
    assert_eq!((&job["id"], &job["parent"]), (&5.into(), &1.into()));
    let expected = serde_json::json!({
        "promptImage": "https://example.com/cat.jpg", "model": "gen3a_turbo", "promptText": "yawns twice",
        "duration": 10, "watermark": true
    });
    assert_eq!(job["request"], expected);
    let ran =
        stage.run(&["clone", "5", "--no-watermark", "--duration", "5", "--yes", "--json", "--count", "2"]);
    ran.ends(0);
    let jobs = ran.json();
    assert_valid("jobs", &jobs);
    let expected = serde_json::json!({
        "promptImage": "https://example.com/cat.jpg", "model": "gen3a_turbo", "promptText": "yawns twice", "duration": 5
    });
    assert!(
        jobs.as_array().unwrap().iter().all(|job| job["request"] == expected && job["parent"] == 5),
        "{jobs}"
    );
    assert_eq!(stage.service.tasks_created(), 6);
}

#[test]
fn what_is_shown_before_anything_is_sent() {
    let stage = four_jobs();
    let posts = stage.posts();
    let changes = ["clone", "1", "--seed", "", "--model", "gen4_turbo", "--ratio", "1280:720", "--dry-run"];
    let ran = stage.run(&changes);
    ran.ends(0);
    assert_shown!(stage, ran, "clone_dry_run");
    assert_shown!(stage, stage.run(&["clone", "3", "--dry-run"]), "clone_moderated");
    let ran = stage.run(&[&changes[..], &["--json"]].concat());
    assert_valid("dry_run", &ran.json());
    stage.run(&["clone", "1", "--dry-run", "--read-only"]).ends(0);
    assert_eq!(stage.posts(), posts);
}

#[test]
fn it_is_asked_for_and_refused_as_any_spending() {
    let stage = four_jobs();
    let (posts, jobs) = (stage.posts(), stage.jobs().len());
    let refused = |words: &[&str], exit, code: &str| {
        stage.run(&[&["clone"][..], words].concat()).ends(exit);
        let ran = stage.run(&[&["clone", "--json"][..], words].concat());
        ran.ends(exit);
        assert_valid("error", &ran.json());
        ran.fails_in_json(code);
    };
    refused(&["1", "--seed", "7"], 4, "no_consent");
    refused(&["1"], 4, "duplicate");
    refused(&["1", "--seed", "-7", "--yes"], 2, "bad_input");
    refused(&["1", "--model", "", "--yes"], 2, "bad_input");
    refused(&["1", "--yes", "--read-only"], 4, "read_only");
    refused(&["nobody", "--yes"], 7, "no_such_job");
    refused(&["1", "--watermark", "--no-watermark", "--yes"], 2, "usage");
    stage.configure("[budget]\nday_usd = 0.5\n");
    refused(&["1", "--seed", "7", "--yes"], 4, "budget_exceeded");
    assert_eq!((stage.posts(), stage.jobs().len()), (posts, jobs));
}

#[test]
fn at_a_terminal_the_question_marks_what_differs() {
    let stage = four_jobs();
    let posts = stage.posts();
    let argv = [env!("CARGO_BIN_EXE_taxiway"), "clone", "1", "--seed", "7"];
    for (answer, code, more) in [("n\r", 4, 0), ("y\r", 0, 1)] {
        let mut pty = Pty::start(&argv, &stage.environment(), 120, 30);
        pty.wait_for("Send it? [y/N]");
        for words in ["clone of job 1, 1 changed (*)", "seed*       7 (was 42)", "model       gen3a_turbo"] {
            pty.wait_for(words);
        }
        pty.send(answer);
        assert_eq!(pty.end(), Ended::Code(code), "{}", pty.screen());
        assert_eq!(stage.posts(), posts + more);
    }
}

#[test]
fn a_job_whose_request_nobody_knows_has_no_clone() {
    let stage = Stage::new("hidden");
    stage.run(&["adopt", "d0658ae1-bbdd-4adc-aaba-fd8070e14d79"]).ends(0);
    let ran = stage.run(&["clone", "1", "--yes"]);
    ran.ends(2);
    assert_shown!(stage, ran, "clone_unknown");
    stage.run(&["clone", "1", "--yes", "--json"]).fails_in_json("unknown_request");
    stage.assert_nothing_sent();
}

#[test]
fn another_picture_and_a_wait_that_is_too_short() {
    let stage = four_jobs();
    stage.scene("hidden");
    let image = ["clone", "1", "--image", "https://example.com/dog.jpg"];
    let ran = stage.run(&[&image[..], &["--yes", "--wait", "--timeout", "0", "--json"]].concat());
    assert!(matches!(ran.code(), Some(124)), "{ran:#?}");
    assert_eq!(ran.json()["request"]["promptImage"], "https://example.com/dog.jpg");
    stage.run(&["clone", "1", "--image", "cat", "--yes"]).ends(2);
    stage.run(&["clone", "1", "--timeout", "5", "--yes"]).ends(2);
}

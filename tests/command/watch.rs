//! `watch`: the engine without a screen.

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

#[test]
fn a_line_for_every_change() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes"]).ends(0);
    let ran = stage.finish();
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("job 1  ")), "{ran:#?}");
    assert!(lines.windows(2).all(|two| two[0] != two[1]), "each is a change: {ran:#?}");
    assert!(lines.last().unwrap().starts_with("job 1  SAVED: /"), "{ran:#?}");
    assert_shown!(stage, stage.finish(), "watch_nothing");
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

#[test]
fn every_line_is_a_job_in_json() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes"]).ends(0);
    let ran = stage.run(&["watch", "--until-idle", "--json"]);
    ran.ends(0);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= 3, "{lines:#?}");
    for job in &lines {
        assert_valid("job", job);
    }
    assert!(!ran.err.contains('\x1b') && !ran.out.contains('\x1b'), "{ran:#?}");
}

#[test]
fn with_nothing_to_do_it_says_so_and_waits() {
    let stage = Stage::new("quick");
    let watch = stage.start(&["watch"]);
    watch.wait_for_talk("nothing is under way; waiting");
    stage.submit(&["--yes"]).ends(0);
    watch.wait_for_data("job 1  SAVED: /");
    watch.signal(Signal::INT);
    let ran = watch.end();
    ran.ends(130);
    ran.says(&["stopped watching; nothing was under way"]);
}

#[test]
fn leaving_says_how_many_go_on() {
    let stage = Stage::new("hidden");
    let watch = stage.owner();
    for id in 1..=2 {
        stage.submit(&["--yes"]).ends(0);
        watch.wait_for_data(&format!("job {id}  SUBMITTED"));
    }
    watch.signal(Signal::INT);
    let ran = watch.end();
    ran.ends(130);
    ran.says(&["stopped watching; 2 jobs go on at the service"]);
}

#[test]
fn a_wrong_key_ends_it_where_it_shall_end() {
    let stage = Stage::new("poll-unauthorized");
    stage.submit(&["--yes"]).ends(0);
    let ran = stage.run(&["watch", "--until-idle", "--json"]);
    ran.ends(3);
    assert_valid("error", &ran.json());
    ran.fails_in_json("wrong_key");
    let watch = stage.start(&["watch"]);
    watch.wait_for_talk("paused: ");
    watch.signal(Signal::TERM);
    watch.end().ends(143);
}

#[test]
fn a_service_that_is_away_is_told_once() {
    let stage = Stage::new("hidden");
    stage.submit(&["--yes"]).ends(0);
    // A port of this machine at which nobody is; the jobs of the other address rest meanwhile.
    let away = [("COMETAPI_BASE_URL", "http://127.0.0.1:9")];
    let submit = ["submit", "--image", "https://e.com/a.jpg", "--yes", "--wait", "--timeout", "1"];
    stage.run_with(&submit, &away).ends(6);
    let watch = stage.start_with(&["watch"], &away);
    watch.wait_for_talk("nothing is under way; waiting");
    watch.signal(Signal::INT);
    watch.end().ends(130);
}

#[test]
fn a_watch_that_only_looks_needs_no_key() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let seen = stage.service.seen().len();
    let ran = stage.run_with(&["watch", "--read-only", "--until-idle"], &[("COMETAPI_KEY", "")]);
    ran.ends(0);
    ran.says(&["watching, read-only"]);
    stage.run_with(&["watch", "--until-idle"], &[("COMETAPI_KEY", "")]).ends(3);
    assert_eq!(stage.service.seen().len(), seen);
}

//! Several programs on one journal: one sends, and everything once.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    common::{PATIENCE, wait_for},
    stage::{GOOD, Stage, assert_home},
};

#[test]
fn two_shells_at_the_same_time_send_two() {
    let stage = Stage::new("quick");
    let arguments = [&GOOD[..], &["--yes", "--wait", "--json"]].concat();
    for round in 1..=3 {
        let both = [stage.start(&arguments), stage.start(&arguments)];
        for ran in both.map(crate::stage::Running::end) {
            ran.ends(0);
            assert_home(&ran.json());
        }
        assert_eq!((stage.posts(), stage.service.tasks_created()), (2 * round, 2 * round));
    }
    assert_eq!(stage.jobs().len(), 6);
    assert_eq!(stage.video_files().len(), 6);
}

#[test]
fn many_shells_at_the_same_time() {
    let stage = Stage::new("quick");
    let arguments = [&GOOD[..], &["--yes", "--json"]].concat();
    let all: Vec<_> = (0..8).map(|_| stage.start(&arguments)).collect();
    for ran in all.into_iter().map(crate::stage::Running::end) {
        ran.ends(0);
        assert_eq!(ran.out.lines().count(), 1);
        assert!(ran.json()["task_id"].is_string(), "{ran:#?}");
    }
    assert_eq!((stage.posts(), stage.service.tasks_created()), (8, 8));
    stage.finish();
    stage.jobs().iter().for_each(assert_home);
    assert_eq!(stage.posts(), 8);
}

#[test]
fn beside_an_owner_it_hands_its_job_in() {
    let stage = Stage::new("quick");
    let owner = stage.owner();
    let ran = stage.submit(&["--yes", "--json"]);
    ran.ends(0);
    assert!(ran.json()["task_id"].is_string());
    let ran = stage.submit(&["--count", "2", "--yes", "--wait", "--json"]);
    ran.ends(0);
    ran.json().as_array().unwrap().iter().for_each(assert_home);
    for id in 1..=3 {
        owner.wait_for_data(&format!("job {id}  SAVED"));
    }
    let view = stage.run(&["watch", "--until-idle"]);
    view.ends(0);
    view.says(&[&format!("watching what process {} does", owner.pid())]);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (3, 3));
    owner.kill();
}

/// An owner with another key leaves the job alone; it is withdrawn, and the owner named.
#[test]
fn a_job_that_the_owner_does_not_take_is_withdrawn() {
    let stage = Stage::new("quick");
    let other = stage.start_with(&["watch"], &[("COMETAPI_KEY", "sk-another-key-of-mine-9999")]);
    other.wait_for_talk("watching: ");
    let ran = stage.submit(&["--yes", "--json"]);
    let job = ran.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&"held".into(), &"not_taken".into()), "{job}");
    ran.says(&[&format!("process {}", other.pid()), "nothing was sent", "taxiway send 1"]);
    ran.ends(8);
    stage.assert_nothing_sent();
    other.kill();
    stage.run(&["send", "1", "--yes"]).ends(0);
    assert_eq!(stage.service.tasks_created(), 1);
}

/// A job that waits for its turn at one program is sent by the next, for the shell that waits for it.
#[test]
fn a_job_that_waits_for_its_turn_outlives_the_owner() {
    let stage = Stage::new("hidden");
    stage.configure("[submit]\nmax_active = 1\n");
    let arguments = [&GOOD[..], &["--yes", "--wait", "--json"]].concat();
    let owner = stage.start(&arguments);
    stage.wait_for_state(1, "submitted");
    let shell = stage.start(&arguments);
    shell.wait_for_talk("job 2  HELD: waits to be sent");
    let kept = format!("may be sent (by process {})", owner.pid());
    wait_for("the owner to take it", PATIENCE, || {
        stage.run(&["show", "2"]).out.contains(&kept).then_some(())
    });
    owner.signal(Signal::INT);
    owner.end().ends(130);
    assert_eq!(stage.posts(), 1);
    stage.scene("quick");
    let ran = shell.end();
    ran.ends(0);
    assert_home(&ran.json());
    assert_home(&stage.job(1));
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2));
}

/// Looking goes on beside an owner, and writes nothing.
#[test]
fn looking_beside_an_owner() {
    let stage = Stage::new("hidden");
    let owner = stage.owner();
    stage.submit(&["--yes"]).ends(0);
    assert_eq!(stage.job(1)["state"], "submitted");
    let view = stage.start(&["watch", "--read-only"]);
    view.wait_for_talk("watching, read-only");
    stage.scene("quick");
    view.wait_for_data("job 1  SAVED");
    view.kill();
    owner.kill();
}

/// Who has ended leaves a closed journal behind, which can be read and copied as one file.
#[test]
fn who_has_ended_has_closed_the_journal() {
    let stage = Stage::new("quick");
    let closed = || {
        for file in ["journal.db-wal", "journal.db-shm"] {
            assert!(!stage.home.data_dir().join(file).exists(), "{file}");
        }
    };
    for _ in 0..10 {
        stage.submit(&["--yes"]).ends(0);
        closed();
    }
    stage.finish();
    closed();
}

#[test]
fn an_owner_that_is_stopped_hands_over_and_comes_back_as_a_view() {
    let stage = Stage::new("hidden");
    let first = stage.owner();
    let second = stage.start(&["watch"]);
    second.wait_for_talk("watching what process");
    stage.submit(&["--yes"]).ends(0);
    first.signal(Signal::TSTP);
    second.wait_for_talk("watching: sends, polls and downloads");
    assert_eq!(stage.job(1)["state"], "submitted");
    stage.scene("quick");
    stage.wait_for_state(1, "succeeded");
    first.signal(Signal::CONT);
    first.wait_for_talk(&format!("watching what process {} does", second.pid()));
    stage.submit(&["--yes"]).ends(0);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2));
    // And back again.
    second.signal(Signal::TSTP);
    stage.wait_for_state(2, "succeeded");
}

#[test]
fn an_owner_that_is_stopped_while_it_sends_stores_the_outcome_first() {
    let stage = Stage::new("silent");
    stage.configure("[submit]\nconnect_timeout = \"1s\"\nreply_timeout = \"1s\"\n");
    let first = stage.owner();
    let second = stage.start(&["watch"]);
    second.wait_for_talk("watching what process");
    let shell = stage.start(&[&GOOD[..], &["--yes"]].concat());
    stage.wait_for_requests(1, "POST", "");
    first.signal(Signal::TSTP);
    shell.end().ends(5);
    second.wait_for_talk("watching: sends, polls and downloads");
    let told = stage.job(1)["error"]["message"].as_str().unwrap().to_owned();
    assert!(!told.contains("Taxiway ended"), "{told}");
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

/// Of several programs one polls: a second one's polls would fall into the interval of the first's.
#[test]
fn of_many_programs_one_polls() {
    const INTERVAL: Duration = Duration::from_millis(200);
    let stage = Stage::new("hidden");
    stage.configure("");
    let settings = fs::read_to_string(stage.config_file()).unwrap();
    fs::write(stage.config_file(), settings.replace("interval = \"50ms\"", "interval = \"200ms\"")).unwrap();
    let owner = stage.owner();
    let views: Vec<_> = (0..3).map(|_| stage.start(&["watch"])).collect();
    for view in &views {
        view.wait_for_talk("watching what process");
    }
    stage.submit(&["--yes"]).ends(0);
    let task = stage.service.ledger()[0].task.clone().unwrap();
    stage.wait_for_requests(8, "GET", &task);
    let seen = stage.service.seen();
    let polls: Vec<_> = seen.iter().filter(|seen| seen.path.contains(&task)).map(|seen| seen.at).collect();
    assert!(polls.windows(2).all(|two| two[1] - two[0] >= INTERVAL), "{polls:?}");
    owner.kill();
}

/// Each is the owner for a moment, and asks about none but its own.
#[test]
fn many_shells_in_a_row_are_no_crowd_of_pollers() {
    // Each lives for a second, long enough to ask about all others.
    let stage = Stage::new("late-reply");
    let settings = fs::read_to_string(stage.config_file()).unwrap();
    let slower = settings.replace("interval = \"50ms\"", "interval = \"5s\"").replace("\"200ms\"", "\"60s\"");
    fs::write(stage.config_file(), slower).unwrap();
    for _ in 0..4 {
        stage.submit(&["--yes"]).ends(0);
    }
    let seen = stage.service.seen();
    for taken in stage.service.ledger() {
        let task = taken.task.unwrap();
        let polls = seen.iter().filter(|seen| seen.path.contains(&task)).count();
        assert!(polls <= 1, "{polls} polls of one task within its interval");
    }
}

/// By kill -9, and however often.
#[test]
fn the_engine_is_taken_over_within_a_second() {
    let stage = Stage::new("hidden");
    let mut owner = stage.owner();
    for _ in 0..3 {
        let next = stage.start(&["watch"]);
        next.wait_for_talk("watching what process");
        let begun = Instant::now();
        owner.kill();
        next.wait_for_talk("watching: sends, polls and downloads");
        assert!(begun.elapsed() < Duration::from_secs(1), "it took {:?}", begun.elapsed());
        owner = next;
    }
    owner.kill();
}

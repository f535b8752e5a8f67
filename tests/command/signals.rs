//! Signals, and the stand-in alone.

use rustix::process::Signal;

use crate::{
    common::{
        pty::{Ended, Pty},
        signal,
    },
    stage::{GOOD, Stage, assert_home},
};

#[test]
fn the_stand_in_says_where_it_is_and_ends_at_a_signal() {
    let stage = Stage::new("quick");
    for (sent, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let sim = stage.start(&["sim", "--scenario", "quick"]);
        sim.wait_for_data("\n");
        let first = sim.out().lines().next().unwrap().to_owned();
        let port = first.strip_prefix("http://127.0.0.1:").unwrap();
        assert!(port.parse::<u16>().is_ok(), "{first}");
        if sent == Signal::TERM {
            let there = [("COMETAPI_BASE_URL", first.as_str())];
            stage.run_with(&[&GOOD[..], &["--yes", "--wait"]].concat(), &there).ends(0);
            assert_home(&stage.job(1));
        }
        sim.signal(sent);
        let ran = sim.end();
        ran.ends(code);
        assert_eq!(ran.out.lines().count(), 1);
        ran.says(&["nothing is spent", &format!("COMETAPI_BASE_URL={first}")]);
    }
    let ran = stage.run(&["sim", "--scenario", "help"]);
    ran.ends(0);
    assert!(ran.out.lines().any(|line| line.starts_with("quick ")), "{ran:#?}");
}

#[test]
fn a_stand_in_that_cannot_be() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["sim", "--scenario", "quikc"]);
    ran.ends(2);
    ran.says(&["no scenario is called 'quikc'", "quick"]);
    let ran = stage.run(&["sim", "--listen", "0.0.0.0:0"]);
    ran.ends(2);
    ran.says(&["loopback addresses only"]);
    let taken = stage.service.base_url();
    let ran = stage.run(&["sim", "--listen", taken.strip_prefix("http://").unwrap()]);
    ran.ends(8);
    ran.says(&["cannot listen on"]);
}

#[test]
fn a_signal_ends_the_wait_and_not_the_job() {
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let stage = Stage::new("hidden");
        let waiting = stage.start(&[&GOOD[..], &["--yes", "--wait", "--json"]].concat());
        waiting.wait_for_talk("SUBMITTED");
        waiting.signal(sent);
        let ran = waiting.end();
        ran.ends(code);
        ran.says(&["stopped waiting", "goes on", "taxiway watch"]);
        let job = ran.json();
        assert_eq!((&job["state"], &job["error"]["code"]), (&"submitted".into(), &"interrupted".into()));
        stage.scene("quick");
        stage.finish();
        assert_home(&stage.job(1));
        assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
    }
}

/// The answer to a request under way is waited for, and told.
#[test]
fn a_signal_during_the_request_loses_no_id() {
    let stage = Stage::new("silent");
    stage.configure("[submit]\nconnect_timeout = \"1s\"\nreply_timeout = \"1s\"\n");
    let waiting = stage.start(&[&GOOD[..], &["--yes", "--wait", "--json"]].concat());
    waiting.wait_for_talk("SENDING");
    stage.wait_for_requests(1, "POST", "");
    waiting.signal(Signal::INT);
    let ran = waiting.end();
    ran.ends(130);
    assert_eq!(ran.json()["state"], "unsure", "{ran:#?}");
    assert_eq!(stage.job(1)["state"], "unsure");
    assert_eq!(stage.posts(), 1);
}

/// From before the command is given on: a signal lets nothing begin, and loses no id of what has begun.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release has no failpoints")]
fn a_signal_at_the_first_moment_loses_no_id() {
    let waiting = [&GOOD[..], &["--yes", "--wait", "--json"]].concat();
    let stage = Stage::new("late-reply");
    let ran = stage.run_with(&waiting, &[("TAXIWAY_FAILPOINT", "before-command:TERM")]);
    ran.ends(143);
    ran.says(&["stopped before anything was done"]);
    assert_eq!((stage.posts(), stage.jobs().len()), (0, 0));
    // The job is in the journal, and its request leaves.
    for point in ["after-command:TERM", "after-intent:TERM"] {
        let stage = Stage::new("late-reply");
        let ran = stage.run_with(&waiting, &[("TAXIWAY_FAILPOINT", point)]);
        ran.ends(143);
        let job = stage.job(1);
        assert!(
            job["task_id"].is_string() || (job["state"] == "held" && stage.posts() == 0),
            "{point}: {job}"
        );
        assert_eq!(stage.posts(), stage.service.tasks_created());
        assert!(point.starts_with("after-command") || stage.posts() == 1, "{ran:#?}");
    }
}

/// Who is impatient is told what is waited for, and loses nothing by it.
#[test]
fn a_second_signal_is_told_what_is_waited_for() {
    let stage = Stage::new("late-reply");
    let waiting = stage.start(&[&GOOD[..], &["--yes", "--wait", "--json"]].concat());
    stage.wait_for_requests(1, "POST", "");
    waiting.signal(Signal::INT);
    waiting.wait_for_talk("stopped waiting");
    waiting.signal(Signal::INT);
    waiting.wait_for_talk("still waiting");
    let ran = waiting.end();
    ran.ends(130);
    assert!(stage.job(1)["task_id"].is_string(), "{ran:#?}");
}

#[test]
fn watch_ends_at_a_signal() {
    let stage = Stage::new("hidden");
    let owner = stage.owner();
    stage.submit(&["--yes"]).ends(0);
    owner.signal(Signal::TERM);
    let ran = owner.end();
    ran.ends(143);
    ran.says(&["stopped watching", "goes on"]);
    stage.scene("quick");
    stage.finish();
    assert_home(&stage.job(1));
}

/// The terminal is let go at once, and the process stays on without it to store the id.
#[test]
fn leaving_the_dashboard_while_a_request_is_under_way_loses_no_id() {
    for way in [None, Some(Signal::TERM), Some(Signal::HUP)] {
        let stage = Stage::new("late-reply");
        let mut dashboard = Pty::start(&[env!("CARGO_BIN_EXE_taxiway")], &stage.environment(), 100, 30);
        dashboard.wait_for("No jobs yet");
        let shell = stage.start(&[&GOOD[..], &["--yes"]].concat());
        stage.wait_for_requests(1, "POST", "");
        match way {
            // It asks, since a request is under way.
            None => {
                dashboard.wait_for("SENDING");
                dashboard.send("q");
                dashboard.wait_for("stays up to 20 s");
                dashboard.send("y");
            }
            Some(sent) => signal(dashboard.pid(), sent),
        }
        let code = way.map_or(0, |sent| 128 + sent.as_raw().unsigned_abs());
        assert_eq!(dashboard.end(), Ended::Code(code), "{way:?}");
        if way != Some(Signal::HUP) {
            dashboard.assert_as_found();
        }
        let job = stage.job(1);
        assert!(job["task_id"].is_string(), "{way:?}: {job}");
        assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
        shell.end().ends(0);
    }
}

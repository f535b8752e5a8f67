//! Budgets and duplicates from a shell: nothing leaves that the user did not want to pay for.

use crate::stage::{GOOD, Running, Stage};

/// A request of $0.25.
const QUARTER: [&str; 6] = ["--model", "gen4_turbo", "--ratio", "1280:720", "--duration", "5"];

fn stage(budget: &str) -> Stage {
    let stage = Stage::new("quick");
    stage.configure(&format!("[budget]\n{budget}\n"));
    stage
}

fn quarter<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&GOOD[..], &QUARTER, more].concat()
}

#[test]
fn a_batch_over_the_budget_is_refused_as_a_whole() {
    for budget in ["day_usd = 0.30", "session_usd = 0.30"] {
        let stage = stage(budget);
        let ran = stage.run(&quarter(&["--count", "2", "--yes", "--json"]));
        ran.ends(4);
        let error = &ran.json()["error"];
        assert_eq!(error["code"], "budget_exceeded", "{budget}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("$0.30") && message.contains("$0.50"), "{message}");
        assert!(error["hint"].as_str().unwrap().contains(budget.split(' ').next().unwrap()));
        stage.assert_nothing_sent();
        assert_eq!(stage.service.seen().len(), 0);
        assert!(stage.jobs().is_empty(), "nothing was created");
        stage.run(&quarter(&["--yes"])).ends(0);
        assert_eq!(stage.posts(), 1);
    }
}

#[test]
fn the_day_counts_what_other_runs_spent_and_warns_before_its_end() {
    let stage = stage("day_usd = 0.60");
    stage.run(&quarter(&["--yes"])).ends(0);
    let ran = stage.run(&quarter(&["--seed", "1", "--yes"]));
    ran.ends(0);
    ran.says(&["warning: $0.25 spent and $0.25 for this come to $0.50 of the day's budget of $0.60"]);
    let ran = stage.run(&quarter(&["--seed", "2", "--yes"]));
    ran.ends(4);
    ran.says(&["the day's budget is $0.60", "budget.day_usd"]);
    let ran = stage.run(&quarter(&["--seed", "2", "--dry-run"]));
    ran.ends(0);
    ran.says(&["warning: the day's budget is $0.60", "dry run: nothing was sent"]);
    assert_eq!((stage.posts(), stage.jobs().len()), (2, 2));
    let ran = stage.run_with(&quarter(&["--yes"]), &[("COMETAPI_KEY", "sk-another-key-of-mine-9999")]);
    ran.ends(0);
}

#[test]
fn many_shells_at_once_cannot_pass_a_budget_together() {
    let stage = stage("day_usd = 0.60");
    let all: Vec<_> = (0..8).map(|_| stage.start(&quarter(&["--yes", "--json"]))).collect();
    let mut codes: Vec<_> = all.into_iter().map(Running::end).map(|ran| ran.code()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 4, 4, 4, 4, 4, 4].map(Some));
    assert_eq!((stage.posts(), stage.service.tasks_created(), stage.jobs().len()), (2, 2, 2));
}

#[test]
fn an_unknown_price_counts_as_the_config_says() {
    let stage = stage("day_usd = 5\nunknown_price_usd = 5.01");
    let ran = stage.submit(&["--model", "gen9", "--yes"]);
    ran.ends(4);
    ran.says(&["$5.01"]);
    stage.assert_nothing_sent();
}

#[test]
fn a_held_job_is_sent_within_the_budget_only() {
    let stage = stage("day_usd = 0.30");
    stage.scene("too-many");
    stage.run(&quarter(&["--yes", "--wait", "--timeout", "1"]));
    let (posts, job) = (stage.posts(), stage.job(1));
    assert_eq!((&job["state"], &job["cost"]["certainty"]), (&"held".into(), &"none".into()), "{job}");
    stage.scene("quick");
    stage.run(&quarter(&["--yes"])).ends(0);
    let ran = stage.run(&["send", "1", "--yes"]);
    ran.ends(4);
    ran.says(&["the day's budget is $0.30"]);
    assert_eq!(stage.posts(), posts + 1);
    assert_eq!(stage.job(1)["state"], "held");
}

#[test]
fn a_duplicate_needs_a_word_of_its_own() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes"]).ends(0);
    let ran = stage.submit(&["--json"]);
    ran.ends(4);
    let error = &ran.json()["error"];
    assert_eq!(error["code"], "duplicate");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("job 1") && message.contains("a new variation"), "{message}");
    assert!(error["hint"].as_str().unwrap().contains("--yes"));
    let ran = stage.submit(&["--dry-run"]);
    ran.ends(0);
    ran.says(&["warning: job 1 (SUBMITTED) asks for the same"]);
    assert_eq!(stage.posts(), 1);
    let ran = stage.submit(&["--yes"]);
    ran.ends(0);
    ran.says(&["warning: job 1 (SUBMITTED) asks for the same"]);
    let ran = stage.submit(&["--seed", "7", "--count", "2", "--yes"]);
    ran.ends(0);
    assert!(!ran.err.contains("asks for the same"), "another seed, and the jobs of one --count: {ran:#?}");
    let ran = stage.submit(&["--seed", "7"]);
    ran.ends(4);
    ran.says(&["with the seed 7, likely the same video again"]);
    assert_eq!(stage.posts(), 4);
}

//! Several requests in one command: a sweep.

use std::{os::unix::process::parent_id, process};

use jiff::{SignedDuration, Timestamp};
use taxiway::{
    engine::Command,
    job::{Consent, JobId, Money, NewJob, Request, State},
    journal::Journal,
};

use super::{Play, Stage, request, send_all};

fn with_seeds(seeds: &[u64]) -> Vec<Request> {
    seeds.iter().map(|seed| Request { seed: Some(*seed), ..request() }).collect()
}

fn groups(play: &Play, ids: &[JobId]) -> Vec<Option<String>> {
    ids.iter().map(|id| play.jobs[id].group.clone()).collect()
}

#[tokio::test]
async fn the_jobs_of_several_requests_are_a_group_in_their_order() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    let parent = play.submit().await;
    let sweep = Command::Submit {
        ticket: 1,
        requests: with_seeds(&[3, 1]),
        count: 2,
        parent: Some(parent),
        patience: 1,
        duplicate_ok: false,
    };
    let ids = play.ask(sweep).await.unwrap();
    let seeds: Vec<_> = ids.iter().map(|id| play.jobs[id].request.seed).collect();
    assert_eq!(seeds, [Some(3), Some(3), Some(1), Some(1)]);
    assert!(ids.is_sorted() && ids.iter().all(|id| play.jobs[id].parent == Some(parent)));
    let told = groups(&play, &ids);
    assert!(told[0].is_some() && told.iter().all(|group| *group == told[0]), "{told:?}");

    let other = play.ask(send_all(with_seeds(&[7, 8]), 1, 1, false)).await.unwrap();
    assert_ne!(groups(&play, &other)[0], told[0], "each sweep is a group of its own");
    let many = play.ask(send_all(with_seeds(&[9]), 3, 1, false)).await.unwrap();
    assert_eq!(groups(&play, &many), [None, None, None], "one request is no sweep");
    play.until("idle", |play| play.status.idle && play.jobs.len() == 10).await;
    assert_eq!(stage.service.tasks_created(), 10);
    play.leave().await;
    // The journal keeps it.
    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let kept = journal.job(ids[3]).await.unwrap().unwrap();
    assert_eq!((kept.parent, kept.group), (Some(parent), told[0].clone()));
}

#[tokio::test]
async fn a_sweep_goes_whole_or_not_at_all() {
    let mut stage = Stage::new("quick").await;
    stage.config.budget.session = Some(Money::from_micros(800_000));
    let mut play = stage.start();
    let refused = play.ask(send_all(with_seeds(&[1, 2]), 2, 1, false)).await.unwrap_err();
    assert_eq!(refused.code, "budget_exceeded", "four of $0.25");
    // A model that nobody knows counts as the $1.00 of `unknown_price_usd`.
    let mut unknown = with_seeds(&[1, 2]);
    unknown[1].model = "gen99".into();
    assert_eq!(play.ask(send_all(unknown, 1, 1, false)).await.unwrap_err().code, "budget_exceeded");
    let lost = Command::Submit {
        ticket: 1,
        requests: with_seeds(&[1]),
        count: 1,
        parent: Some(JobId(77)),
        patience: 1,
        duplicate_ok: false,
    };
    assert_eq!(play.ask(lost).await.unwrap_err().code, "no_such_job");
    assert!(play.jobs.is_empty());
    play.ask(send_all(with_seeds(&[1]), 1, 1, false)).await.unwrap();
    let refused = play.ask(send_all(with_seeds(&[2, 1]), 1, 1, false)).await.unwrap_err();
    assert_eq!(refused.code, "duplicate");
    assert!(refused.message.starts_with("job 1 "), "{refused:?}");
    play.until("idle", |play| play.status.idle && play.jobs.len() == 1).await;
    assert_eq!(stage.posts(), 1);
    play.leave().await;
}

/// Whoever gave it may leave: the owner keeps the consent of what waits.
#[tokio::test]
async fn an_owner_keeps_the_consent_of_a_sweep() {
    let mut stage = Stage::new("hidden").await;
    stage.config.submit.max_active = 1;
    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let now = Timestamp::now();
    let until = now + SignedDuration::from_mins(9);
    let consent = Some(Consent { until, holder: parent_id(), patience: 1, born: None });
    let account = stage.config.account().unwrap();
    let new = NewJob { account, consent, group: Some("a sweep".into()), ..NewJob::default() };
    let new = with_seeds(&[1, 2, 3]).into_iter().map(|request| NewJob { request, ..new.clone() });
    let jobs = journal.create(new.collect(), now).await.unwrap();
    drop(journal);
    let mut play = stage.start();
    play.until_state(jobs[0].id, State::Submitted).await;
    for job in &jobs[1..] {
        let kept = |consent: Consent| {
            consent.holder == process::id() && consent.until > now + SignedDuration::from_hours(24)
        };
        play.until("the owner's consent", |play| play.jobs[&job.id].consent.is_some_and(kept)).await;
    }
    play.leave().await;
}

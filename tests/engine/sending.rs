//! Money: what is sent, and what is never sent again.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use taxiway::{
    engine::Command,
    job::{ResultState, State},
    journal::Journal,
    stand_in::{Options, Service},
};

use super::{Play, Stage, config, send_all};

#[tokio::test]
async fn a_job_goes_all_the_way() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Saved).await;
    super::assert_home(&play.jobs[&id]);
    assert_eq!((stage.posts(), stage.service.tasks_created(), stage.service.leaked_keys()), (1, 1, 0));
    play.until("idle", |play| play.status.idle).await;
    play.leave().await;

    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let (job, timeline, reply) = journal.detail(id).await.unwrap().unwrap();
    let kinds: Vec<_> = timeline.iter().map(|entry| entry.kind.as_str()).collect();
    let order = ["intent", "accepted", "reported", "fetching", "saved"];
    let mut places = order.iter().map(|kind| kinds.iter().position(|k| k == kind).unwrap());
    assert!(places.by_ref().is_sorted(), "{kinds:?}");
    assert!(job.sent_at <= job.submitted_at && job.submitted_at <= job.finished_at);
    assert!(reply.unwrap().2.contains("SUCC"));
}

/// A lost reply is never followed by a second request: not by waiting, not by a restart.
#[tokio::test]
async fn a_lost_reply_is_never_sent_again() {
    for scenario in ["drop-after-accept", "silent", "no-id", "server-error", "bad-gateway"] {
        let stage = Stage::new(scenario).await;
        let mut play = stage.start();
        let id = play.submit().await;
        play.until_state(id, State::Unsure).await;
        assert_eq!(play.problem(id), "unsure", "{scenario}");
        play.until("idle", |play| play.status.idle).await;
        play.leave().await;

        stage.scene("quick");
        let mut again = stage.start();
        again.until("idle", |play| play.status.idle).await;
        let refused = again
            .ask(Command::Send { ticket: 9, ids: vec![id], patience: 1, duplicate_ok: false })
            .await
            .unwrap_err();
        assert_eq!(refused.code, "not_held", "{scenario}");
        let other = again.submit().await;
        again.until_result(other, ResultState::Saved).await;
        assert_eq!(again.jobs[&id].state, State::Unsure, "{scenario}");
        assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2), "{scenario}");
        again.leave().await;
    }
}

#[tokio::test]
async fn a_website_in_place_of_the_service_is_unsure_and_says_so() {
    let stage = Stage::new("html-200").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_state(id, State::Unsure).await;
    assert!(play.jobs[&id].problem.as_ref().unwrap().message.contains("website"));
    play.leave().await;
}

#[tokio::test]
async fn what_was_never_sent_is_held_and_goes_out_at_a_new_word() {
    let stage = Stage::new("quick").await;
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", deaf.local_addr().unwrap());
    drop(deaf);
    let mut play = Play::start(&config(stage.dir.path(), &nowhere, "sk-test-key-of-the-engine-1234"));
    let id = play.submit_many(1, 0).await[0];
    play.until("held", |play| play.problem(id) == "not_sent" && play.jobs[&id].consent.is_none()).await;
    assert_eq!(play.jobs[&id].state, State::Held);
    play.until("idle", |play| play.status.idle && play.status.network.is_some()).await;
    play.leave().await;
    assert_eq!(stage.posts(), 0);
}

#[tokio::test]
async fn asked_to_slow_down_it_tries_again_within_its_patience() {
    let stage = Stage::new("too-many-once").await;
    let mut play = stage.start();
    let id = play.submit_many(1, 10).await[0];
    play.until_result(id, ResultState::Saved).await;
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 1));
    play.leave().await;

    let stage = Stage::new("too-many").await;
    let mut play = stage.start();
    let id = play.submit_many(1, 0).await[0];
    play.until("held", |play| play.problem(id) == "slow_down" && play.jobs[&id].consent.is_none()).await;
    stage.scene("quick");
    play.ask(Command::Send { ticket: 2, ids: vec![id], patience: 5, duplicate_ok: false }).await.unwrap();
    play.until_result(id, ResultState::Saved).await;
    assert_eq!(stage.service.tasks_created(), 1);
    play.leave().await;
}

#[tokio::test]
async fn a_refusal_is_final() {
    for scenario in ["redirect", "html-404"] {
        let stage = Stage::new(scenario).await;
        let mut play = stage.start();
        let id = play.submit().await;
        play.until_state(id, State::Rejected).await;
        assert_eq!(play.problem(id), "wrong_address", "{scenario}");
        assert_eq!(stage.service.tasks_created(), 0, "{scenario}");
        play.leave().await;
    }
}

/// Nothing is sent any more, until the user says that it is mended; then the very job that met it can go.
#[tokio::test]
async fn an_empty_balance_stops_everything_until_the_user_says_so() {
    let stage = Stage::new("quota").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until("the pause", |play| play.status.paused.is_some() && play.jobs[&id].consent.is_none()).await;
    assert_eq!((play.jobs[&id].state, play.problem(id)), (State::Held, "quota_not_enough"));
    let send = |ticket| Command::Send { ticket, ids: vec![id], patience: 1, duplicate_ok: false };
    assert_eq!(play.ask(send(2)).await.unwrap_err().code, "quota_not_enough");
    assert_eq!(stage.posts(), 1);
    stage.scene("quick");
    play.commands.send(Command::PollNow(Vec::new())).await.unwrap();
    play.until("the end of the pause", |play| play.status.paused.is_none()).await;
    play.ask(send(3)).await.unwrap();
    play.until_state(id, State::Succeeded).await;
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 1));
    play.leave().await;
}

/// The service asks for two seconds each time, where the first pause would be one.
#[tokio::test]
async fn no_try_comes_sooner_than_the_service_asked_for() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    let mut request = super::request();
    request.prompt_text = Some("a [busy] runway".into());
    play.ask(send_all(vec![request], 1, 10, true)).await.unwrap();
    play.until("its id", |play| play.jobs.values().any(|job| job.task_id.is_some())).await;
    let posts: Vec<Instant> =
        stage.service.seen().iter().filter(|seen| seen.method == "POST").map(|seen| seen.at).collect();
    assert_eq!(posts.len(), 3);
    assert!(posts.windows(2).all(|two| two[1] - two[0] >= Duration::from_secs(2)), "{posts:?}");
    play.leave().await;
}

/// Of many jobs not each has to be told.
#[tokio::test]
async fn who_is_asked_to_slow_down_sends_nothing_else_meanwhile() {
    let stage = Stage::new("too-many").await;
    let mut play = stage.start();
    play.submit_many(12, 15).await;
    play.until("a refusal", |play| play.jobs.values().any(|job| job.problem.is_some())).await;
    let first = stage.service.seen().iter().find(|seen| seen.method == "POST").unwrap().at;
    let before = Instant::now();
    let early = stage.service.seen().iter().filter(|seen| seen.method == "POST" && seen.at < before).count();
    // Those that were on their way at the first word, and no more within the second that it asks for.
    assert!(early <= 5 || before - first > Duration::from_secs(1), "{early} requests");
    play.leave().await;
}

/// A server that begins to listen a moment later gets the request, once, within the same consent.
#[tokio::test]
async fn what_found_nobody_is_sent_when_somebody_listens() {
    let stage = Stage::new("quick").await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let mut play = Play::start(&config(stage.dir.path(), &format!("http://{address}"), "sk-test-key-1234"));
    let id = play.submit_many(1, 15).await[0];
    play.until("a first try", |play| play.jobs[&id].problem.is_some()).await;
    assert_eq!((play.problem(id), play.jobs[&id].state), ("not_sent", State::Held));
    let service = Service::start(Options { listen: address, ..Options::default() }).await.unwrap();
    play.until("its id", |play| play.jobs[&id].task_id.is_some()).await;
    assert_eq!(service.tasks_created(), 1);
    play.leave().await;
}

/// What was sent when, what came back, and the name of the call, if it had one.
#[tokio::test]
async fn the_timeline_of_an_unsure_job_holds_the_evidence() {
    let stage = Stage::new("server-error").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_state(id, State::Unsure).await;
    play.leave().await;
    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let (job, timeline, reply) = journal.detail(id).await.unwrap().unwrap();
    let entry = |kind: &str| timeline.iter().find(|entry| entry.kind == kind).unwrap();
    let (sent, lost) = (entry("intent"), entry("lost"));
    assert_eq!(sent.at.as_microsecond(), job.sent_at.unwrap().as_microsecond());
    for word in ["gen4_turbo", "1280:720", "5 s", "https://example.com/cat.jpg", "yawns"] {
        assert!(sent.text.contains(word), "{sent:?}");
    }
    assert!(lost.at >= sent.at && lost.text.contains("HTTP 500"), "{lost:?}");
    let request_id = job.request_id.unwrap();
    assert!(!request_id.is_empty() && lost.text.contains(&request_id), "{lost:?}");
    let (_, status, body) = reply.unwrap();
    assert!(status == 500 && body.contains("upstream error"), "{status} {body}");
}

#[tokio::test]
async fn a_wrong_key_is_told_as_such() {
    let stage = Stage::new("quick").await;
    let mut play = Play::start(&config(stage.dir.path(), &stage.service.base_url(), "sk-wrong-key-1234"));
    let ids = play.submit_many(8, 1).await;
    play.until("the pause", |play| play.status.paused.as_ref().is_some_and(|p| p.code == "wrong_key")).await;
    // Those that were not yet on their way are held, their consent ended: nothing sends them by itself.
    play.until("rest", |play| {
        ids.iter().all(|id| play.jobs[id].consent.is_none() && play.jobs[id].state != State::Sending)
    })
    .await;
    assert!(stage.posts() <= 4, "at most those under way at the first refusal were sent");
    assert_eq!(stage.service.tasks_created(), 0);
    play.leave().await;
}

#[tokio::test]
async fn only_so_many_are_active_at_once() {
    let mut stage = Stage::new("quick").await;
    stage.config.submit.max_active = 1;
    let mut play = stage.start();
    let ids = play.submit_many(3, 1).await;
    let active = |play: &Play| {
        let under_way =
            |state| matches!(state, State::Sending | State::Submitted | State::Queued | State::Running);
        play.jobs.values().filter(|job| under_way(job.state)).count()
    };
    for id in ids {
        play.until("saved", |play| {
            assert!(active(play) <= 1);
            play.jobs[&id].result.as_ref().is_some_and(|result| result.state == ResultState::Saved)
        })
        .await;
    }
    assert_eq!(stage.service.tasks_created(), 3);
    play.leave().await;
}

/// Leaving waits for the answer to a request that is under way, and stores it.
#[tokio::test]
async fn leaving_stores_what_becomes_of_a_request_under_way() {
    let mut stage = Stage::new("silent").await;
    stage.config.submit.reply_timeout = Duration::from_millis(700);
    let mut play = stage.start();
    let id = play.submit().await;
    stage.service.wait_for(1, |seen| seen.method == "POST").await;
    play.until_state(id, State::Sending).await;
    play.leave().await;
    let journal = Journal::open(&stage.config.data_dir).unwrap();
    assert_eq!(journal.job(id).await.unwrap().unwrap().state, State::Unsure);
    assert_eq!(stage.posts(), 1);
}

#[tokio::test]
async fn held_jobs_can_be_dropped_and_sent_ones_cannot() {
    let stage = Stage::new("too-many").await;
    let mut play = stage.start();
    let id = play.submit_many(1, 0).await[0];
    play.until("held", |play| play.jobs[&id].consent.is_none() && play.jobs[&id].problem.is_some()).await;
    play.ask(Command::Drop { ticket: 3, ids: vec![id] }).await.unwrap();
    play.until_state(id, State::Cancelled).await;
    let refused = play.ask(Command::Drop { ticket: 4, ids: vec![id] }).await.unwrap_err();
    assert_eq!(refused.code, "not_held");
    let other = play.submit_many(1, 0).await[0];
    play.until("held", |play| play.jobs[&other].consent.is_none() && play.jobs[&other].problem.is_some())
        .await;
    let refused = play.ask(Command::Drop { ticket: 5, ids: vec![other, id] }).await.unwrap_err();
    assert!(refused.message.ends_with("only a held job can be dropped; nothing was changed"), "{refused:?}");
    assert_eq!(play.jobs[&other].state, State::Held, "all or none");
    play.leave().await;
}

#[tokio::test]
async fn a_lost_reply_is_told_with_what_the_key_had_used_before_and_after() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    let first = play.submit().await;
    play.until_result(first, ResultState::Saved).await;
    stage.scene("drop-after-accept");
    let id = play.submit().await;
    play.until("the usage", |play| play.used.contains_key(&id)).await;
    let (before, after) = play.used[&id];
    assert_eq!(after - before, 320_000);
    play.leave().await;
}

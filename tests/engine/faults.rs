//! Polling: nothing is called failed that the service did not call failed.

use std::time::Duration;

use taxiway::{
    engine::Command,
    job::{JobId, ResultState, State},
};

use super::Stage;

/// Every fault of a poll passes, and the video comes home.
#[tokio::test]
async fn faults_of_polls_are_waited_out() {
    let scenarios = [
        "poll-5xx",
        "poll-429",
        "poll-drop",
        "garbage",
        "odd-word",
        "huge-reply",
        "bare",
        "wrapped",
        "two-videos",
    ];
    for scenario in scenarios {
        let stage = Stage::new(scenario).await;
        let mut play = stage.start();
        let id = play.submit().await;
        play.until_result(id, ResultState::Saved).await;
        super::assert_home(&play.jobs[&id]);
        assert_eq!(stage.service.tasks_created(), 1, "{scenario}");
        let videos = if scenario == "two-videos" { 2 } else { 1 };
        assert_eq!(play.jobs[&id].result.as_ref().unwrap().files.len(), videos, "{scenario}");
        play.until("good news", |play| play.status.network.is_none()).await;
        play.leave().await;
    }
}

#[tokio::test]
async fn the_services_own_words_end_a_task() {
    for (scenario, state, code) in [
        ("fail-internal", State::Failed, "INTERNAL"),
        ("moderated", State::Failed, "SAFETY."),
        ("cancelled", State::Cancelled, ""),
    ] {
        let stage = Stage::new(scenario).await;
        let mut play = stage.start();
        let id = play.submit().await;
        play.until_state(id, state).await;
        let found = play.jobs[&id].failure.as_ref().map_or("", |failure| failure.code.as_str());
        assert!(found.starts_with(code), "{scenario}: {found}");
        play.until("idle", |play| play.status.idle).await;
        play.leave().await;
    }
}

#[tokio::test]
async fn a_task_that_is_not_shown_yet_is_waited_for() {
    let stage = Stage::new("hidden").await;
    let mut play = stage.start();
    let id = play.submit().await;
    stage.service.wait_for(8, |seen| seen.method == "GET").await;
    play.until_state(id, State::Submitted).await;
    stage.scene("quick");
    play.until_result(id, ResultState::Saved).await;
    play.leave().await;
}

/// A wrong key pauses all polling with one banner; the user's word ends the pause.
#[tokio::test]
async fn a_denied_poll_pauses_all_polling() {
    let stage = Stage::new("poll-unauthorized").await;
    let mut play = stage.start();
    let ids = play.submit_many(3, 1).await;
    play.until("the pause", |play| play.status.paused.is_some()).await;
    assert_eq!(play.status.paused.as_ref().unwrap().code, "wrong_key");
    assert!(ids.iter().all(|id| !play.jobs[id].state.is_final()), "no task is called failed for it");
    let seen = stage.service.seen();
    let before = seen.iter().filter(|seen| seen.path.contains("/runwayml/")).count();
    assert!(before <= 6 + 3, "three requests, and a poll or two of each: {before}");
    stage.scene("quick");
    play.commands.send(Command::PollNow(Vec::new())).await.unwrap();
    for id in ids {
        play.until_result(id, ResultState::Saved).await;
    }
    play.until("the end of the pause", |play| play.status.paused.is_none()).await;
    play.leave().await;
}

/// The others stay in their back-off.
#[tokio::test]
async fn one_task_is_asked_about_before_its_time_by_the_users_word() {
    let mut stage = Stage::new("hidden").await;
    stage.config.poll.interval = Duration::from_millis(200);
    stage.config.poll.max_backoff = Duration::from_secs(600);
    let mut play = stage.start();
    let ids = play.submit_many(2, 1).await;
    for id in &ids {
        play.until_state(*id, State::Submitted).await;
    }
    stage.scene("html-404");
    let [one, other] = [0, 1].map(|job: usize| play.jobs[&ids[job]].task_id.clone().unwrap());
    for task in [&one, &other] {
        stage.service.wait_for(4, |seen| seen.path.contains(task)).await;
    }
    let polls = || {
        let seen = stage.service.seen().into_iter().map(|seen| seen.path);
        seen.filter(|path| path.contains("/tasks/")).collect::<Vec<_>>()
    };
    let before = polls().len();
    let commands = play.commands.clone();
    play.until_true("a poll", || {
        // Said again, since nothing tells when the answer to the last poll was taken in.
        let _ = commands.try_send(Command::PollNow(vec![ids[0], JobId(99)]));
        polls().len() > before
    })
    .await;
    assert!(polls()[before].contains(&one), "the other is in its back-off");
    play.leave().await;
}

#[tokio::test]
async fn unfinished_jobs_go_on_after_a_restart() {
    let stage = Stage::new("hidden").await;
    let mut play = stage.start();
    let ids = play.submit_many(3, 1).await;
    for id in &ids {
        play.until_state(*id, State::Submitted).await;
    }
    play.leave().await;
    stage.scene("quick");
    let mut play = stage.start();
    for id in ids {
        play.until_result(id, ResultState::Saved).await;
    }
    assert_eq!(stage.service.tasks_created(), 3);
    play.leave().await;
}

#[tokio::test]
async fn success_without_a_url_is_asked_for_on() {
    let stage = Stage::new("no-url").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::NoUrl).await;
    let polls = stage.service.seen().len();
    stage.service.wait_for(polls + 2, |seen| !seen.path.is_empty()).await;
    assert!(!play.status.idle, "a young success without a URL is still work");
    play.leave().await;
}

/// Who runs it unattended loses nothing to a service that denied the key for a moment.
#[tokio::test]
async fn a_pause_ends_by_itself_when_the_service_answers_again() {
    let stage = Stage::new("poll-unauthorized").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until("the pause", |play| play.status.paused.is_some()).await;
    stage.scene("quick");
    play.until("the end of the pause", |play| play.status.paused.is_none()).await;
    play.until_result(id, ResultState::Saved).await;
    play.leave().await;
}

/// A shell knows no better way to say that it is mended than to send.
#[tokio::test]
async fn a_pause_ends_at_another_programs_new_word() {
    let stage = Stage::new("quota").await;
    let mut owner = stage.start();
    owner.submit().await;
    owner.until("the pause", |play| play.status.paused.is_some()).await;
    stage.scene("quick");
    let mut view = stage.start();
    let id = view.submit().await;
    view.until_result(id, ResultState::Saved).await;
    owner.until("the end of the pause", |play| play.status.paused.is_none()).await;
    view.leave().await;
    owner.leave().await;
}

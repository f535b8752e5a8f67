//! Several processes, several keys: one sends, and only what is its own.

use taxiway::{
    engine::{Command, Role},
    job::{ResultState, State},
};

use super::{Play, Stage, config, send_all};

#[tokio::test]
async fn a_views_job_is_sent_by_the_owner_and_seen_by_both() {
    let stage = Stage::new("quick").await;
    let mut owner = stage.start();
    owner.until("the role", |play| play.status.role == Role::Owner).await;
    let mut view = stage.start();
    view.until("the role", |play| matches!(play.status.role, Role::View { .. })).await;
    let id = view.submit().await;
    owner.until_result(id, ResultState::Saved).await;
    view.until_result(id, ResultState::Saved).await;
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));

    let own = owner.submit().await;
    view.until_result(own, ResultState::Saved).await;
    owner.leave().await;
    view.until("the takeover", |play| play.status.role == Role::Owner).await;
    let id = view.submit().await;
    view.until_result(id, ResultState::Saved).await;
    assert_eq!(stage.service.tasks_created(), 3);
    view.leave().await;
}

#[tokio::test]
async fn a_view_takes_over_what_the_owner_left() {
    let stage = Stage::new("hidden").await;
    let mut owner = stage.start();
    owner.until("the role", |play| play.status.role == Role::Owner).await;
    let id = owner.submit().await;
    owner.until_state(id, State::Submitted).await;
    let mut view = stage.start();
    view.until("the job", |play| play.jobs.contains_key(&id)).await;
    owner.leave().await;
    stage.scene("quick");
    view.until_result(id, ResultState::Saved).await;
    assert_eq!(stage.service.tasks_created(), 1);
    view.leave().await;
}

/// A job is polled and sent only where it was made.
#[tokio::test]
async fn jobs_of_another_key_or_service_are_left_alone() {
    for is_service in [false, true] {
        let stage = Stage::new("hidden").await;
        let mut play = stage.start();
        let id = play.submit().await;
        play.until_state(id, State::Submitted).await;
        play.leave().await;
        stage.scene("quick");
        let before = stage.service.seen().len();

        let elsewhere = Stage::new("quick").await;
        let (service, key) = if is_service {
            (elsewhere.service.base_url(), "sk-test-key-of-the-engine-1234")
        } else {
            (stage.service.base_url(), "sk-another-key-of-mine-9999")
        };
        let mut other = Play::start(&config(stage.dir.path(), &service, key));
        other.until("idle", |play| play.status.idle && play.jobs.contains_key(&id)).await;
        let own = other.submit().await;
        other.until_result(own, ResultState::Saved).await;
        let task = other.jobs[&id].task_id.clone().unwrap();
        let seen = [stage.service.seen().split_off(before), elsewhere.service.seen()].concat();
        let asked = seen.iter().filter(|seen| seen.path.contains(&task)).count();
        assert_eq!(asked, 0, "the task of another was asked for");
        assert_eq!(other.jobs[&id].state, State::Submitted);
        other.leave().await;
    }
}

#[tokio::test]
async fn another_keys_held_job_is_not_sent() {
    let stage = Stage::new("too-many").await;
    let mut play = stage.start();
    let id = play.submit_many(1, 0).await[0];
    play.until("held", |play| play.jobs[&id].consent.is_none() && play.jobs[&id].problem.is_some()).await;
    play.leave().await;
    stage.scene("quick");
    let mut other =
        Play::start(&config(stage.dir.path(), &stage.service.base_url(), "sk-another-key-of-mine-9999"));
    let refused = other
        .ask(Command::Send { ticket: 1, ids: vec![id], patience: 1, duplicate_ok: false })
        .await
        .unwrap_err();
    assert_eq!(refused.code, "other_account");
    assert!(refused.message.contains("…1234"), "{}", refused.message);
    assert_eq!(stage.service.tasks_created(), 0);
    other.leave().await;
}

#[tokio::test]
async fn without_a_key_nothing_is_sent_and_the_lock_is_left_to_others() {
    let stage = Stage::new("quick").await;
    let mut keyless_config = stage.config.clone();
    keyless_config.key = None;
    let mut keyless = Play::start(&keyless_config);
    let refused = keyless.ask(send_all(vec![super::request()], 1, 1, true));
    assert_eq!(refused.await.unwrap_err().code, "no_key");
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Saved).await;
    keyless.until_result(id, ResultState::Saved).await;
    play.leave().await;
    keyless.leave().await;
}

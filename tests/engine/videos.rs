//! Results: the video comes home whole, or is told not to.

use std::fs;

use taxiway::{
    engine::Command,
    job::{ResultState, State},
};

use super::{Stage, assert_home, video_files};

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_from_there() {
    let stage = Stage::new("short-video").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    let ranges: Vec<_> =
        stage.service.seen().iter().filter_map(|seen| seen.header("range").map(str::to_owned)).collect();
    assert!(ranges.iter().any(|range| range != "bytes=0-"), "{ranges:?}");
    play.leave().await;
}

#[tokio::test]
async fn a_dead_link_is_replaced_by_a_fresh_one() {
    let stage = Stage::new("gone-video").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    assert_eq!(stage.service.leaked_keys(), 0);
    play.leave().await;
}

#[tokio::test]
async fn a_link_that_stays_dead_is_called_expired() {
    let stage = Stage::new("expired-video").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Expired).await;
    assert_eq!(play.jobs[&id].state, State::Succeeded, "the task itself succeeded");
    play.until("idle", |play| play.status.idle).await;
    play.leave().await;
}

#[tokio::test]
async fn what_is_no_video_is_kept_aside_and_told() {
    for scenario in ["html-video", "not-mp4"] {
        let stage = Stage::new(scenario).await;
        let mut play = stage.start();
        let id = play.submit().await;
        play.until_result(id, ResultState::Failed).await;
        let told = play.jobs[&id].result.as_ref().unwrap().problem.clone().unwrap();
        assert!(told.contains("no MP4") && told.contains(".bad"), "{scenario}: {told}");
        let names: Vec<_> =
            fs::read_dir(&stage.config.download.dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(names.len() == 1 && names[0].extension().unwrap() == "bad", "{scenario}: {names:?}");
        play.leave().await;
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told_and_mended() {
    let stage = Stage::new("quick").await;
    fs::write(&stage.config.download.dir, "a file in the way").unwrap();
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Failed).await;
    assert!(play.jobs[&id].result.as_ref().unwrap().problem.as_ref().unwrap().contains("videos"));
    fs::remove_file(&stage.config.download.dir).unwrap();
    play.ask(Command::Download { ticket: 5, ids: vec![id] }).await.unwrap();
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    play.leave().await;
}

#[tokio::test]
async fn a_video_too_large_is_given_up_with_the_setting_named() {
    let mut stage = Stage::new("quick").await;
    stage.config.download.max_bytes = 100;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Failed).await;
    assert!(play.jobs[&id].result.as_ref().unwrap().problem.as_ref().unwrap().contains("download.max_bytes"));
    play.leave().await;
}

#[tokio::test]
async fn nothing_is_fetched_by_itself_when_that_is_off() {
    let mut stage = Stage::new("quick").await;
    stage.config.download.auto = false;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Pending).await;
    play.until("idle", |play| play.status.idle).await;
    assert!(!stage.config.download.dir.exists());
    play.ask(Command::Download { ticket: 5, ids: vec![id] }).await.unwrap();
    play.until_result(id, ResultState::Saved).await;
    let refused =
        play.ask(Command::Download { ticket: 6, ids: vec![taxiway::job::JobId(99)] }).await.unwrap_err();
    assert_eq!(refused.code, "no_such_job");
    play.leave().await;
}

#[tokio::test]
async fn a_file_that_is_there_already_is_never_replaced() {
    let mut stage = Stage::new("quick").await;
    stage.config.download.name = "the-same".into();
    let mut play = stage.start();
    let ids = play.submit_many(3, 1).await;
    for id in &ids {
        play.until_result(*id, ResultState::Saved).await;
    }
    for id in &ids {
        assert_home(&play.jobs[id]);
    }
    assert_eq!(video_files(&stage.config).len(), 3);
    play.leave().await;
}

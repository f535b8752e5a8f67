//! A journal that refuses, a service that takes its word back, a consent that was taken back: nothing
//! is lost, sent or fetched over and over for it.

use std::{fs, net::SocketAddr, path::Path, process, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use taxiway::{
    engine::{Command, Role},
    job::{Change, Consent, JobId, NewJob, Problem, ResultState, State},
    journal::{Entry, Journal},
};
use tokio::{net::TcpListener, net::UnixStream, sync::watch};

use super::{Play, Stage, assert_home, config, request, send_all, video_files};

/// Has the journal refuse what `condition` says of a new row of `events`, as a full disk would.
fn refuse(data_dir: &Path, condition: &str) -> Connection {
    let journal = Connection::open(data_dir.join("journal.db")).unwrap();
    journal.busy_timeout(Duration::from_secs(5)).unwrap();
    let trigger = format!(
        "CREATE TRIGGER refusal BEFORE INSERT ON events WHEN {condition}
         BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
    );
    journal.execute_batch(&trigger).unwrap();
    journal
}

fn allow(journal: &Connection) {
    journal.execute_batch("DROP TRIGGER refusal").unwrap();
}

fn is_video(path: &str) -> bool {
    path.starts_with("/files/")
}

/// A service that answers as it is told: HTTP status and body by method, path and how often that was asked.
struct Script {
    base_url: String,
    asked: watch::Receiver<Vec<String>>,
}

type Answer = (u16, Vec<u8>);

impl Script {
    async fn start(answer: impl Fn(&str, &str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = watch::channel(Vec::new());
        let (tell, answer, base) = (Arc::new(tell), Arc::new(answer), base_url.clone());
        let handler = move |method: Method, uri: Uri| {
            let (name, mut times) = (format!("{method} {}", uri.path()), 0);
            tell.send_modify(|all| {
                times = all.iter().filter(|seen| **seen == name).count();
                all.push(name);
            });
            let (status, body) = answer(&base, uri.path(), times);
            async move { (StatusCode::from_u16(status).unwrap(), body) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        Self { base_url, asked }
    }

    fn count(&self, path: &str) -> usize {
        self.asked.borrow().iter().filter(|seen| seen.ends_with(path)).count()
    }
}

fn succeeded(urls: &[String]) -> Answer {
    (200, serde_json::json!({"id": "t", "status": "SUCCEEDED", "output": urls}).to_string().into())
}

/// Whatever the journal refuses to note of a download, the download itself is done once.
#[tokio::test]
async fn a_refused_note_of_a_download_is_written_later_and_nothing_fetched_again() {
    for (scenario, kind, end) in
        [("quick", "saved", ResultState::Saved), ("not-mp4", "given_up", ResultState::Failed)]
    {
        let stage = Stage::new(scenario).await;
        let mut play = stage.start();
        let journal = refuse(&stage.config.data_dir, &format!("NEW.kind = '{kind}'"));
        let id = play.submit().await;
        play.until_result(id, ResultState::Fetching).await;
        let named = |entry: fs::DirEntry| {
            entry.path().extension().is_some_and(|ending| ending == "mp4" || ending == "bad")
        };
        play.until_true("the file", || {
            fs::read_dir(&stage.config.download.dir)
                .is_ok_and(|mut all| all.any(|entry| named(entry.unwrap())))
        })
        .await;
        play.ask(Command::Drop { ticket: 1, ids: vec![] }).await.unwrap();
        allow(&journal);
        play.until_result(id, end).await;
        let fetched = stage.service.seen().iter().filter(|seen| is_video(&seen.path)).count();
        assert_eq!(fetched, 1, "{scenario}");
        assert_eq!(video_files(&stage.config).len(), 1, "{scenario}");
        play.leave().await;
    }
}

/// The end of a task that could not be written is asked for again until it can.
#[tokio::test]
async fn an_end_that_was_not_written_is_not_forgotten() {
    for (scenario, word, state) in
        [("quick", "SUCC", State::Succeeded), ("fail-internal", "FAIL", State::Failed)]
    {
        let stage = Stage::new(scenario).await;
        let mut play = stage.start();
        let journal = refuse(&stage.config.data_dir, &format!("NEW.text LIKE '%{word}%'"));
        let id = play.submit().await;
        stage.service.wait_for(12, |seen| seen.method == "GET").await;
        assert!(!play.jobs[&id].state.is_final(), "{scenario}: it is told only when it is written");
        allow(&journal);
        play.until_state(id, state).await;
        if state == State::Succeeded {
            play.until_result(id, ResultState::Saved).await;
            assert_home(&play.jobs[&id]);
        }
        play.until("idle", |play| play.status.idle && play.status.tracked == 0).await;
        play.leave().await;
    }
}

/// A made task that is told of as running again, as by a stale copy: it is asked on.
#[tokio::test]
async fn a_task_that_falls_back_is_asked_on() {
    let script = Script::start(|base, path, times| match (path, times) {
        ("/runwayml/v1/image_to_video", _) => (200, br#"{"id":"t"}"#.to_vec()),
        ("/runwayml/v1/tasks/t", 0) => succeeded(&[]),
        ("/runwayml/v1/tasks/t", 1 | 3) => (200, br#"{"id":"t","status":"RUNNING"}"#.to_vec()),
        ("/runwayml/v1/tasks/t", 2) => succeeded(&[format!("{base}/files/dead.mp4")]),
        ("/runwayml/v1/tasks/t", _) => succeeded(&[format!("{base}/files/good.mp4")]),
        ("/files/good.mp4", _) => (200, taxiway::stand_in::clip().to_vec()),
        _ => (403, Vec::new()),
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let mut play = Play::start(&config(dir.path(), &script.base_url, "sk-test-key-of-the-engine-1234"));
    let id = play.submit().await;
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    play.leave().await;
}

/// The link is dead by its own date and the service has forgotten the task: the wait has an end.
#[tokio::test]
async fn a_dead_link_of_a_forgotten_task_is_called_expired() {
    // `{"exp":1000}` in the token's second part.
    let script = Script::start(|base, path, times| match (path, times) {
        ("/runwayml/v1/image_to_video", _) => (200, br#"{"id":"t"}"#.to_vec()),
        ("/runwayml/v1/tasks/t", 0) => {
            succeeded(&[format!("{base}/files/v.mp4?_jwt=e30.eyJleHAiOjEwMDB9.s")])
        }
        ("/runwayml/v1/tasks/t", _) => (400, br#"{"code":"task_not_exist"}"#.to_vec()),
        _ => (403, Vec::new()),
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let mut play = Play::start(&config(dir.path(), &script.base_url, "sk-test-key-of-the-engine-1234"));
    let id = play.submit().await;
    play.until_result(id, ResultState::Expired).await;
    play.until("idle", |play| play.status.idle).await;
    play.leave().await;
}

/// A second video that breaks off does not bring the first one home again and again.
#[tokio::test]
async fn of_two_videos_each_comes_home_once() {
    let script = Script::start(|base, path, times| match (path, times) {
        ("/runwayml/v1/image_to_video", _) => (200, br#"{"id":"t"}"#.to_vec()),
        ("/runwayml/v1/tasks/t", _) => {
            succeeded(&[format!("{base}/files/one.mp4"), format!("{base}/files/two.mp4")])
        }
        ("/files/two.mp4", 0) => (500, Vec::new()),
        _ => (200, taxiway::stand_in::clip().to_vec()),
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path(), &script.base_url, "sk-test-key-of-the-engine-1234");
    let mut play = Play::start(&config);
    let id = play.submit().await;
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    assert_eq!(video_files(&config).len(), 2);
    assert_eq!(script.count("/files/two.mp4"), 2);
    play.leave().await;
}

/// What the owner believes of a consent counts for nothing: the journal is asked as the intent is written.
#[tokio::test]
async fn a_consent_that_was_taken_back_sends_nothing() {
    let mut stage = Stage::new("hidden").await;
    stage.config.submit.max_active = 1;
    let mut play = stage.start();
    let ids = play.submit_many(2, 1).await;
    play.until_state(ids[0], State::Submitted).await;
    let problem = Problem::new("not_taken", "taken back by another process");
    let journal = Journal::open(&stage.config.data_dir).unwrap();
    journal.apply(Entry::new(ids[1], Change::ConsentEnded(problem), Timestamp::now())).await.unwrap();

    stage.scene("quick");
    play.until_result(ids[0], ResultState::Saved).await;
    play.until("the news", |play| play.jobs[&ids[1]].consent.is_none()).await;
    play.until("idle", |play| play.status.idle).await;
    assert_eq!((play.jobs[&ids[1]].state, stage.posts()), (State::Held, 1));
    play.leave().await;
}

/// A process number may be given out again: the consent of an owner that has gone is not taken for that of
/// whoever has its number now.
#[tokio::test]
async fn a_dead_owners_waiting_jobs_are_not_sent_by_a_namesake() {
    let stage = Stage::new("quick").await;
    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let now = Timestamp::now();
    let until = now + SignedDuration::from_hours(24 * 30);
    let consent = Some(Consent { until, holder: process::id(), patience: 15, born: None });
    let account = stage.config.account().unwrap();
    let new = NewJob { request: request(), account, consent, ..NewJob::default() };
    let id = journal.create(vec![new], now).await.unwrap()[0].id;
    drop(journal);
    let mut play = stage.start();
    play.until("idle", |play| play.status.idle && play.jobs.contains_key(&id)).await;
    assert_eq!((play.jobs[&id].state, play.problem(id)), (State::Held, "consent_ended"));
    assert_eq!(stage.posts(), 0);
    play.leave().await;
}

/// What the last owner left behind is settled, be it later, when the journal refuses at first.
#[tokio::test]
async fn what_was_left_behind_is_settled_once_the_journal_takes_it() {
    let stage = Stage::new("quick").await;
    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let now = Timestamp::now();
    let consent = Some(Consent {
        until: now + SignedDuration::from_mins(9),
        holder: process::id(),
        patience: 1,
        born: None,
    });
    let account = stage.config.account().unwrap();
    let new = NewJob { request: request(), account, consent, ..NewJob::default() };
    let id = journal.create(vec![new], now).await.unwrap()[0].id;
    journal.apply(Entry::new(id, Change::Intent, now)).await.unwrap();
    drop(journal);
    let refusal = refuse(&stage.config.data_dir, "NEW.kind = 'lost'");
    let mut play = stage.start();
    play.until("the role", |play| play.status.role == Role::Owner).await;
    let other = play.submit().await;
    allow(&refusal);
    play.until_state(id, State::Unsure).await;
    play.until_result(other, ResultState::Saved).await;
    assert_eq!(stage.posts(), 1);
    play.leave().await;
}

/// A new owner keeps its socket, whatever is still said of the old one's.
#[tokio::test]
async fn a_new_owner_can_be_reached() {
    let stage = Stage::new("quick").await;
    let mut owner = stage.start();
    owner.until("the role", |play| play.status.role == Role::Owner).await;
    for _ in 0..6 {
        let mut view = stage.start();
        view.until("the role", |play| matches!(play.status.role, Role::View { .. })).await;
        let id = view.submit().await;
        owner.until_result(id, ResultState::Saved).await;
        owner.leave().await;
        view.until("the takeover", |play| play.status.role == Role::Owner).await;
        view.ask(Command::Drop { ticket: 1, ids: vec![] }).await.unwrap();
        let socket = stage.config.data_dir.join("owner.sock");
        assert!(UnixStream::connect(socket).await.is_ok(), "the new owner does not listen");
        owner = view;
    }
    owner.leave().await;
}

#[tokio::test]
async fn a_view_can_ask_for_a_video_that_the_owner_leaves_alone() {
    let mut stage = Stage::new("quick").await;
    stage.config.download.auto = false;
    let mut owner = stage.start();
    let id = owner.submit().await;
    owner.until_result(id, ResultState::Pending).await;
    let mut view = stage.start();
    view.until("the role", |play| matches!(play.status.role, Role::View { .. })).await;
    view.ask(Command::Download { ticket: 1, ids: vec![id] }).await.unwrap();
    view.until_result(id, ResultState::Saved).await;
    owner.until_result(id, ResultState::Saved).await;
    view.leave().await;
    owner.leave().await;
}

#[tokio::test]
async fn another_accounts_video_is_refused_and_not_waited_for() {
    let stage = Stage::new("expired-video").await;
    let mut play = stage.start();
    let id: JobId = play.submit().await;
    play.until_result(id, ResultState::Expired).await;
    play.leave().await;
    let other = config(stage.dir.path(), &stage.service.base_url(), "sk-another-key-of-mine-9999");
    let mut other = Play::start(&other);
    let refused = other.ask(Command::Download { ticket: 1, ids: vec![id] }).await.unwrap_err();
    assert_eq!(refused.code, "other_account");
    other.leave().await;
}

/// For as long as a request is under way its job is shown so, not as one that was never sent.
#[tokio::test]
async fn a_request_under_way_is_told_of() {
    let stage = Stage::new("silent").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_state(id, State::Sending).await;
    play.until_state(id, State::Unsure).await;
    play.leave().await;
}

/// An id is stored however long the journal refuses it, and whatever the reason that it gives.
#[tokio::test]
async fn an_id_outlasts_any_refusal_of_the_journal() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    let journal = refuse(&stage.config.data_dir, "NEW.kind = 'accepted'");
    let id = play.submit().await;
    stage.service.wait_for(1, |seen| seen.method == "POST").await;
    play.until("the request under way", |play| play.status.posting == 1).await;
    let given_up = play.until("the end of the tries", |play| play.status.posting == 0);
    assert!(tokio::time::timeout(Duration::from_millis(500), given_up).await.is_err());
    allow(&journal);
    play.until_result(id, ResultState::Saved).await;
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
    play.leave().await;
}

/// SQLite would write on into files that nobody finds again: nothing is paid for that is on no disk.
#[tokio::test]
async fn a_data_folder_that_is_gone_has_nothing_sent() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    let first = play.submit().await;
    play.until_result(first, ResultState::Saved).await;
    let away = stage.config.data_dir.with_extension("away");
    fs::rename(&stage.config.data_dir, &away).unwrap();
    let submit = || send_all(vec![request()], 1, 1, true);
    let refused = play.ask(submit()).await.unwrap_err();
    assert!(refused.message.contains("moved or deleted"), "{refused:?}");
    assert_eq!(stage.posts(), 1);
    fs::rename(&away, &stage.config.data_dir).unwrap();
    let second = play.ask(submit()).await.unwrap()[0];
    play.until_result(second, ResultState::Saved).await;
    play.leave().await;
}

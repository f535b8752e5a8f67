//! What comes home comes home whole and once: resumed, found again after a kill, and waited for where
//! the disk is full.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::symlink,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    http::{HeaderMap, Method, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use taxiway::{
    engine::{Command, sidecar_path},
    job::{Change, Consent, JobId, NewJob, Phase, Report, ResultState},
    journal::{Entry, Journal},
    stand_in::clip,
};
use tokio::{net::TcpListener, sync::watch};

use super::{Play, Stage, assert_home, config, request, video_files};

/// A request for a video: its path, `Range` and `If-Range`.
type Asked = (String, Option<String>, Option<String>);

type Answer = fn(&HeaderMap) -> Response;
/// What is kept, its validator, how the store answers, and what it is asked.
type Case<'a> = (&'static str, &'a [u8], Option<&'a str>, Answer, Vec<(Option<String>, Option<String>)>);

/// A store of videos: any path gives what the test says, and is remembered.
struct Store {
    base_url: String,
    asked: watch::Receiver<Vec<Asked>>,
}

impl Store {
    async fn start(answer: impl Fn(&HeaderMap) -> Response + Send + Sync + 'static) -> Self {
        Self::start_with(answer, String::new()).await
    }

    /// With this behind the address of its one video.
    async fn start_with(
        answer: impl Fn(&HeaderMap) -> Response + Send + Sync + 'static,
        query: String,
    ) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = watch::channel(Vec::new());
        let (tell, answer, base) = (Arc::new(tell), Arc::new(answer), base_url.clone());
        let handler = move |method: Method, uri: Uri, headers: HeaderMap| {
            let get = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            let response = match uri.path() {
                _ if method == Method::POST => r#"{"id":"t"}"#.into_response(),
                "/runwayml/v1/tasks/t" => {
                    let urls = [format!("{base}/files/v.mp4{query}")];
                    serde_json::json!({"id": "t", "status": "SUCCEEDED", "output": urls})
                        .to_string()
                        .into_response()
                }
                path if !path.starts_with("/files/") => axum::http::StatusCode::NOT_FOUND.into_response(),
                path => {
                    let asked = (path.to_owned(), get(header::RANGE), get(header::IF_RANGE));
                    tell.send_modify(|all| all.push(asked));
                    answer(&headers)
                }
            };
            async move { response }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        Self { base_url, asked }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }
}

fn whole() -> Response {
    ([(header::ETAG, "\"v1\"")], clip()).into_response()
}

/// As a good store does: the rest from where the asker is, if it is the same file still.
fn rest(headers: &HeaderMap) -> Response {
    let Some(range) = headers.get(header::RANGE).filter(|_| headers[header::IF_RANGE] == "\"v1\"") else {
        return whole();
    };
    let start = range.to_str().unwrap().strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap();
    let (start, end): (usize, _) = (start.parse().unwrap(), clip().len());
    if start >= end {
        return (
            axum::http::StatusCode::RANGE_NOT_SATISFIABLE,
            [(header::CONTENT_RANGE, format!("bytes */{end}"))],
        )
            .into_response();
    }
    let place = format!("bytes {start}-{}/{end}", end - 1);
    let headers = [(header::ETAG, "\"v1\"".to_owned()), (header::CONTENT_RANGE, place)];
    (axum::http::StatusCode::PARTIAL_CONTENT, headers, &clip()[start..]).into_response()
}

/// A job whose video waits to be asked for, and where its part is.
async fn pending(play: &mut Play, dir: PathBuf) -> (JobId, PathBuf) {
    let id = play.submit().await;
    play.until_result(id, ResultState::Pending).await;
    fs::create_dir_all(&dir).unwrap();
    let tag = play.jobs[&id].uuid.split('-').next().unwrap();
    (id, dir.join(format!("v.{tag}.part")))
}

async fn download(play: &mut Play, id: JobId) {
    play.ask(Command::Download { ticket: 5, ids: vec![id] }).await.unwrap();
}

#[tokio::test]
async fn a_kept_part_is_gone_on_with_only_where_it_is_the_same_file() {
    let half = clip().len() / 2;
    let same = clip()[..half].to_vec();
    let from = |start: usize, tag: &str| vec![(Some(format!("bytes={start}-")), Some(tag.to_owned()))];
    let none = || vec![(None, None)];
    let over = |first: Vec<(Option<String>, Option<String>)>| [first, none()].concat();
    let not_so_long = |headers: &HeaderMap| match headers.get(header::RANGE) {
        Some(_) => {
            let status = axum::http::StatusCode::RANGE_NOT_SATISFIABLE;
            (status, [(header::CONTENT_RANGE, "bytes */7")]).into_response()
        }
        None => whole(),
    };
    let longer_now = |headers: &HeaderMap| match headers.get(header::RANGE) {
        Some(_) => {
            let place = format!("bytes {}-{}/{}", clip().len() / 2, clip().len(), clip().len() + 1);
            (axum::http::StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, place)], "of another")
                .into_response()
        }
        None => whole(),
    };
    let told = format!("\"v1\"\n{}", clip().len());
    let cases: [Case; 10] = [
        ("the same", &same, Some("\"v1\""), rest, from(half, "\"v1\"")),
        ("ranges ignored", &same, Some("\"v1\""), |_| whole(), from(half, "\"v1\"")),
        ("changed", &vec![b'x'; half], Some("\"v0\""), rest, from(half, "\"v0\"")),
        ("whole", clip(), Some("\"v1\""), rest, from(clip().len(), "\"v1\"")),
        ("longer than the file", &same, Some("\"v1\""), not_so_long, over(from(half, "\"v1\""))),
        ("nothing to know it by", &vec![b'x'; half], None, rest, none()),
        ("nothing yet", b"", Some("\"v1\""), rest, none()),
        ("as long as it was", &same, Some(&told), rest, from(half, "\"v1\"")),
        ("longer than it was", &same, Some(&told), longer_now, over(from(half, "\"v1\""))),
        ("known by nonsense", &same, Some("\u{1}\n"), rest, none()),
    ];
    for (what, kept, validator, answer, expected) in cases {
        let store = Store::start(answer).await;
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path(), &store.base_url, "sk-test-key-of-the-engine-1234");
        (config.download.auto, config.download.name) = (false, "v".into());
        let mut play = Play::start(&config);
        let (id, part) = pending(&mut play, config.download.dir.clone()).await;
        fs::write(&part, kept).unwrap();
        if let Some(validator) = validator {
            fs::write(format!("{}.etag", part.display()), validator).unwrap();
        }
        download(&mut play, id).await;
        play.until_result(id, ResultState::Saved).await;
        assert_home(&play.jobs[&id]);
        let asked: Vec<_> = store.asked().into_iter().map(|(_, range, tag)| (range, tag)).collect();
        assert_eq!(asked, expected, "{what}");
        play.leave().await;
    }
}

#[tokio::test]
async fn what_dies_first_is_fetched_first() {
    let store = Store::start(rest).await;
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), &store.base_url, "sk-test-key-of-the-engine-1234");
    config.download.max_parallel = 1;
    let now = Timestamp::now();
    let journal = Journal::open(&config.data_dir).unwrap();
    for hours in [3, 1, 4, 2] {
        let consent =
            Consent { until: now + SignedDuration::from_mins(5), holder: 1, patience: 1, born: None };
        let account = config.account().unwrap();
        let new = NewJob { request: request(), account, consent: Some(consent), ..NewJob::default() };
        let id = journal.create(vec![new], now).await.unwrap()[0].id;
        let exp = (now + SignedDuration::from_hours(hours)).as_second();
        let token = BASE64_URL_SAFE_NO_PAD.encode(serde_json::json!({ "exp": exp }).to_string());
        let report = Report {
            phase: Phase::Succeeded,
            raw_status: None,
            progress: None,
            failure: None,
            urls: vec![format!("{}/files/{hours}.mp4?_jwt=e30.{token}.s", store.base_url)],
            started_at: None,
            finished_at: None,
        };
        let accepted = Change::Accepted { task_id: format!("t{id}"), request_id: None };
        for change in [Change::Intent, accepted, Change::Reported(report)] {
            journal.apply(Entry { id, change, at: now, reply: None }).await.unwrap();
        }
    }
    drop(journal);
    let mut play = Play::start(&config);
    for id in 1..=4 {
        play.until_result(JobId(id), ResultState::Saved).await;
    }
    let order: Vec<_> = store.asked().into_iter().map(|(path, ..)| path).collect();
    assert_eq!(order, ["/files/1.mp4", "/files/2.mp4", "/files/3.mp4", "/files/4.mp4"]);
    play.leave().await;
}

/// A kill between the names of a video and its note and the journal's word for them, told by what it
/// leaves on disk: the journal as it was before, the files as they were after.
#[tokio::test]
async fn a_video_that_the_journal_does_not_know_is_found_and_not_fetched_again() {
    enum Killed {
        AfterTheNote,
        AfterTheVideo,
        AndThenAltered,
    }
    for killed in [Killed::AfterTheNote, Killed::AfterTheVideo, Killed::AndThenAltered] {
        let store = Store::start(rest).await;
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path(), &store.base_url, "sk-test-key-of-the-engine-1234");
        (config.download.auto, config.download.name) = (false, "v".into());
        let mut play = Play::start(&config);
        let (id, part) = pending(&mut play, config.download.dir.clone()).await;
        play.leave().await;
        let journal = config.data_dir.join("journal.db");
        let before = fs::read(&journal).unwrap();

        let mut play = Play::start(&config);
        download(&mut play, id).await;
        play.until_result(id, ResultState::Saved).await;
        play.leave().await;
        fs::write(&journal, before).unwrap();
        let video = config.download.dir.join("v.mp4");
        match killed {
            Killed::AfterTheNote => fs::rename(&video, part).unwrap(),
            Killed::AfterTheVideo => fs::write(format!("{}.etag", part.display()), "\"v1\"").unwrap(),
            Killed::AndThenAltered => fs::write(&video, vec![b'x'; clip().len()]).unwrap(),
        }

        config.download.auto = true;
        let mut play = Play::start(&config);
        play.until_result(id, ResultState::Saved).await;
        assert_home(&play.jobs[&id]);
        if matches!(killed, Killed::AndThenAltered) {
            assert_eq!(
                play.jobs[&id].result.as_ref().unwrap().files[0].path,
                video.with_file_name("v-2.mp4")
            );
            assert_eq!(fs::read(&video).unwrap(), vec![b'x'; clip().len()], "nothing is written over");
            assert_eq!(store.asked().len(), 2);
        } else {
            assert_eq!(video_files(&config).as_slice(), std::slice::from_ref(&video));
            assert!(sidecar_path(&video).exists());
            assert_eq!(store.asked().len(), 1, "it was here already");
        }
        play.leave().await;
    }
}

/// The device that is always full stands in for the disk: what is written to it ends as on one.
#[tokio::test]
async fn a_full_disk_is_told_and_waited_for() {
    let mut stage = Stage::new("quick").await;
    (stage.config.download.auto, stage.config.download.name) = (false, "v".into());
    let mut play = stage.start();
    let (id, part) = pending(&mut play, stage.config.download.dir.clone()).await;
    symlink("/dev/full", &part).unwrap();
    download(&mut play, id).await;
    play.until_result(id, ResultState::Failed).await;
    let told = play.jobs[&id].result.as_ref().unwrap().problem.clone().unwrap();
    for word in ["no space left", "/videos", "bytes are needed", "are free", "kept"] {
        assert!(told.contains(word), "{told}");
    }
    assert!(part.symlink_metadata().is_ok(), "the part is left where it is");
    play.until("idle", |play| play.status.idle).await;
    fs::remove_file(&part).unwrap();
    // Nobody asks for it again.
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    play.leave().await;
}

/// The hours that a link is past its date.
fn past(hours: i64) -> String {
    let exp = (Timestamp::now() - SignedDuration::from_hours(hours)).as_second();
    let token = BASE64_URL_SAFE_NO_PAD.encode(serde_json::json!({ "exp": exp }).to_string());
    format!("?_jwt=e30.{token}.s")
}

fn dead() -> Response {
    axum::http::StatusCode::FORBIDDEN.into_response()
}

/// What a store says when, by how often it was asked before.
async fn fetched(
    answer: impl Fn(usize, &HeaderMap) -> Response + Send + Sync + 'static,
    query: String,
) -> Play {
    let count = AtomicUsize::new(0);
    let store =
        Store::start_with(move |headers| answer(count.fetch_add(1, Ordering::Relaxed), headers), query).await;
    let dir = tempfile::tempdir().unwrap().keep();
    let mut config = config(&dir, &store.base_url, "sk-test-key-of-the-engine-1234");
    config.download.name = "v".into();
    let mut play = Play::start(&config);
    play.submit().await;
    play
}

/// A server that is in trouble says nothing of the video, whatever the date.
#[tokio::test]
async fn a_passing_fault_past_the_date_is_not_the_end() {
    let answer = |asked, headers: &HeaderMap| match asked {
        0..2 => axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => rest(headers),
    };
    let mut play = fetched(answer, past(1)).await;
    play.until_result(JobId(1), ResultState::Saved).await;
    assert_home(&play.jobs[&JobId(1)]);
    play.leave().await;
}

#[tokio::test]
async fn a_server_that_is_silent_for_a_day_after_the_date_is_the_end() {
    let mut play =
        fetched(|_, _| axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response(), past(25)).await;
    play.until_result(JobId(1), ResultState::Expired).await;
    play.leave().await;
}

/// Links that live for a few bytes each bring it home, bit by bit.
#[tokio::test]
async fn what_gets_on_is_not_given_up() {
    let answer = |asked: usize, headers: &HeaderMap| {
        if asked % 2 == 1 {
            return dead();
        }
        let start = headers.get(header::RANGE).map_or(0, |range| {
            range.to_str().unwrap().trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap()
        });
        let total = clip().len();
        let end = (start + total / 9 + 1).min(total);
        // It promises all of the rest and breaks off.
        let piece = clip()[start..end].to_vec();
        let breaks = async {
            // What came before it is on its way by then.
            tokio::task::yield_now().await;
            Err(std::io::Error::other("over"))
        };
        let stream = stream::iter([Ok(piece)]).chain(stream::once(breaks));
        let place = format!("bytes {start}-{}/{total}", total - 1);
        let status = if start == 0 { 200 } else { 206 };
        Response::builder()
            .status(status)
            .header(header::ETAG, "\"v1\"")
            .header(header::CONTENT_RANGE, place)
            .header(header::CONTENT_LENGTH, total - start)
            .body(axum::body::Body::from_stream(stream))
            .unwrap()
    };
    let mut play = fetched(answer, String::new()).await;
    play.until_result(JobId(1), ResultState::Saved).await;
    assert_home(&play.jobs[&JobId(1)]);
    play.leave().await;
}

#[tokio::test]
async fn a_page_in_place_of_the_rest_costs_nothing_of_the_part() {
    let page = |asked, headers: &HeaderMap| match asked {
        0 => ([(header::CONTENT_TYPE, "text/html")], "<html>busy").into_response(),
        1 => ([(header::ETAG, "\"v1\"")], "").into_response(),
        _ => rest(headers),
    };
    let count = AtomicUsize::new(0);
    let store =
        Store::start_with(move |headers| page(count.fetch_add(1, Ordering::Relaxed), headers), String::new())
            .await;
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), &store.base_url, "sk-test-key-of-the-engine-1234");
    (config.download.auto, config.download.name) = (false, "v".into());
    let mut play = Play::start(&config);
    let (id, part) = pending(&mut play, config.download.dir.clone()).await;
    fs::write(&part, &clip()[..100]).unwrap();
    fs::write(format!("{}.etag", part.display()), "\"v1\"").unwrap();
    download(&mut play, id).await;
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    let ranges: Vec<_> = store.asked().into_iter().map(|(_, range, _)| range).collect();
    let again = Some("bytes=100-".to_owned());
    assert_eq!(ranges, [again.clone(), again.clone(), again]);
    play.leave().await;
}

/// What this machine could not take is tried again by the next owner, too.
#[tokio::test]
async fn what_was_blocked_goes_on_after_another_start() {
    let stage = Stage::new("quick").await;
    fs::write(&stage.config.download.dir, "a file in the way").unwrap();
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_result(id, ResultState::Failed).await;
    play.leave().await;
    fs::remove_file(&stage.config.download.dir).unwrap();
    let mut play = stage.start();
    play.until_result(id, ResultState::Saved).await;
    assert_home(&play.jobs[&id]);
    play.leave().await;
}

//! The client against every scenario of the stand-in service.

use taxiway::{
    comet::{Answer, Client, FetchError, Resume, Submission},
    job::{Phase, Report, Request},
    stand_in::{Options, Scenario, Service, clip},
};

use crate::{client, hasty};

/// More polls than any task of these scenarios needs, spoiled ones included.
const POLLS_MAX: usize = 20;

async fn start(scenario: Scenario) -> Service {
    Service::start(Options { scenario, ..Options::default() }).await.unwrap()
}

/// Where a fault is a silence, the impatient client.
fn client_for(service: &Service, scenario: Scenario) -> Client {
    let silent = matches!(scenario, Scenario::Silent | Scenario::PollSilent);
    if silent { hasty(&service.base_url()) } else { client(&service.base_url()) }
}

async fn submit(client: &Client) -> Submission {
    let request = Request {
        prompt_image: "https://example.com/cat.jpg".into(),
        model: "gen3a_turbo".into(),
        ..Request::default()
    };
    client.submit(&request).await
}

/// The news that ends the task, and the answers before it.
async fn follow(client: &Client, task_id: &str) -> (Option<Report>, Vec<Answer>) {
    let mut before = Vec::new();
    for _ in 0..POLLS_MAX {
        match client.task(task_id).await.answer {
            Answer::Task(report)
                if matches!(report.phase, Phase::Succeeded | Phase::Failed | Phase::Cancelled) =>
            {
                return (Some(report), before);
            }
            other => before.push(other),
        }
    }
    (None, before)
}

/// A task and its result, at a service that does this.
async fn ended(scenario: Scenario) -> (Service, Client, Report) {
    let service = start(scenario).await;
    let client = client_for(&service, scenario);
    let Submission::Accepted { task_id, .. } = submit(&client).await else { panic!("{scenario:?}") };
    let (report, before) = follow(&client, &task_id).await;
    let Some(report) = report else { panic!("{before:?}") };
    (service, client, report)
}

async fn fetch(
    client: &Client,
    url: &str,
    from: Option<&Resume>,
) -> (Vec<u8>, Result<Option<String>, FetchError>) {
    let mut bytes = Vec::new();
    let mut video = match client.open(url, from).await {
        Ok(video) => video,
        Err(error) => return (bytes, Err(error)),
    };
    assert_eq!(video.start, from.map_or(0, |from| from.start));
    loop {
        match video.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(FetchError::Passing(_)) => return (bytes, Ok(video.validator)),
            Err(error) => return (bytes, Err(error)),
        }
    }
}

/// What is billed is never called refused or unsent, and each submission is one POST.
#[tokio::test]
async fn no_billed_task_is_taken_for_none() {
    for &scenario in Scenario::all().iter().filter(|scenario| **scenario != Scenario::Chaos) {
        let service = start(scenario).await;
        let outcome = submit(&client_for(&service, scenario)).await;
        let posts = service.seen().iter().filter(|seen| seen.method == "POST").count();
        assert_eq!(posts, 1, "{scenario:?}");
        let expected = match scenario {
            Scenario::DropAfterAccept
            | Scenario::Silent
            | Scenario::NoId
            | Scenario::ServerError
            | Scenario::BadGateway => ("unsure", 1),
            Scenario::Html200 => ("unsure", 0),
            Scenario::Html404 | Scenario::Redirect => ("wrong_address", 0),
            Scenario::Unauthorized | Scenario::EchoedKey => ("wrong_key", 0),
            Scenario::Quota => ("quota_not_enough", 0),
            Scenario::TooMany | Scenario::TooManyOnce => ("slow_down", 0),
            _ => ("accepted", 1),
        };
        let code = match outcome {
            Submission::Accepted { .. } => "accepted".to_owned(),
            Submission::NotSent(problem)
            | Submission::SlowDown { problem, .. }
            | Submission::Refused { problem, .. }
            | Submission::Lost { problem, .. } => problem.code,
        };
        assert_eq!((code.as_str(), service.tasks_created()), expected, "{scenario:?}");
    }
}

#[tokio::test]
async fn every_task_ends_as_the_service_says_and_not_otherwise() {
    for &scenario in Scenario::all() {
        // These two go by the clock, and the third by chance.
        if matches!(scenario, Scenario::Default | Scenario::Demo | Scenario::Chaos) {
            continue;
        }
        let service = start(scenario).await;
        let client = client_for(&service, scenario);
        let Submission::Accepted { task_id, .. } = submit(&client).await else { continue };
        let (report, before) = follow(&client, &task_id).await;
        let expected = match scenario {
            Scenario::Hidden | Scenario::PollUnauthorized => None,
            Scenario::FailInternal | Scenario::Moderated | Scenario::Escapes => Some(Phase::Failed),
            Scenario::Cancelled => Some(Phase::Cancelled),
            _ => Some(Phase::Succeeded),
        };
        assert_eq!(report.as_ref().map(|report| report.phase), expected, "{scenario:?}: {before:?}");
        let urls = report.map_or(0, |report| report.urls.len());
        let videos = match (expected, scenario) {
            (Some(Phase::Succeeded), Scenario::TwoVideos) => 2,
            (Some(Phase::Succeeded), scenario) if scenario != Scenario::NoUrl => 1,
            _ => 0,
        };
        assert_eq!(urls, videos, "{scenario:?}");
        let denied = before.iter().all(|answer| matches!(answer, Answer::Denied(_)));
        assert_eq!(denied, scenario == Scenario::PollUnauthorized, "{before:?}");
    }
}

#[tokio::test]
async fn videos_come_home_without_the_key() {
    let (service, client, report) = ended(Scenario::Quick).await;
    let (bytes, outcome) = fetch(&client, &report.urls[0], None).await;
    assert!(outcome.is_ok() && bytes == clip(), "{outcome:?}");
    assert_eq!(service.leaked_keys(), 0);
}

#[tokio::test]
async fn a_video_that_broke_off_goes_on() {
    let (service, client, report) = ended(Scenario::ShortVideo).await;
    let url = report.urls[0].clone();
    let (mut bytes, outcome) = fetch(&client, &url, None).await;
    assert!(!bytes.is_empty() && bytes.len() < clip().len());
    let resume = Resume { start: bytes.len() as u64, validator: outcome.unwrap().unwrap(), total: None };
    let (rest, outcome) = fetch(&client, &url, Some(&resume)).await;
    bytes.extend(rest);
    assert!(outcome.is_ok() && bytes == clip());
    let whole = Resume { start: bytes.len() as u64, ..resume };
    assert_eq!(fetch(&client, &url, Some(&whole)).await.1, Err(FetchError::Complete));
    assert_eq!(service.leaked_keys(), 0);
}

#[tokio::test]
async fn a_dead_link_is_gone() {
    for scenario in [Scenario::GoneVideo, Scenario::ExpiredVideo] {
        let (_service, client, report) = ended(scenario).await;
        let (_, outcome) = fetch(&client, &report.urls[0], None).await;
        assert!(matches!(outcome, Err(FetchError::Gone(_))), "{outcome:?}");
    }
}

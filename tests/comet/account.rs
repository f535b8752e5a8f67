//! The account's own calls, against the stand-in and against servers that misbehave.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use taxiway::{
    comet::{AccountClient, Submission},
    job::{Money, Problem, Request},
    stand_in::{Options, Scenario, Service},
};

use crate::{client, server::Server, settings};

const TOKEN: &str = "an-account-token-4711";

fn account(base_url: &str, token: &str) -> AccountClient {
    AccountClient::new(&settings(base_url), SecretString::from(token.to_owned())).unwrap()
}

fn around(now: Timestamp) -> (Timestamp, Timestamp) {
    (now - Duration::from_secs(60), now + Duration::from_secs(60))
}

async fn refused(server: &Server) -> Problem {
    let (from, until) = around(Timestamp::now());
    account(&server.url(), TOKEN).tasks(from, until).await.unwrap_err()
}

#[tokio::test]
async fn the_stand_in_lists_what_it_accepted_the_lost_ones_too() {
    let service = Service::start(Options { scenario: Scenario::Quick, ..Options::default() }).await.unwrap();
    let submitter = client(&service.base_url());
    let mut request = Request {
        prompt_image: "https://example.com/cat.jpg".into(),
        model: "gen3a_turbo".into(),
        ..Request::default()
    };
    let Submission::Accepted { task_id, .. } = submitter.submit(&request).await else {
        panic!("not accepted")
    };
    request.prompt_text = Some("[lost]".into());
    assert!(matches!(submitter.submit(&request).await, Submission::Lost { .. }));

    let account = account(&service.base_url(), TOKEN);
    let now = Timestamp::now();
    let (from, until) = around(now);
    let listing = account.tasks(from, until).await.unwrap();
    assert!(listing.whole && listing.tasks.len() == 2, "{listing:?}");
    assert!(listing.ahead.is_some_and(|ahead| ahead.abs() < SignedDuration::from_secs(5)), "{listing:?}");
    let known = listing.tasks.iter().find(|task| task.task_id == task_id).unwrap();
    assert_eq!(known.action.as_deref(), Some("IMAGE_TO_VIDEO"));
    assert_eq!(known.cost(), Some(Money::from_micros(320_000)));
    assert!(known.submitted_at.is_some_and(|at| at >= from && at <= until));
    let before = account.tasks(from - Duration::from_secs(600), from).await.unwrap();
    assert!(before.whole && before.tasks.is_empty(), "only what was asked for: {before:?}");
    let balance = account.balance().await.unwrap();
    assert_eq!(balance.used, Money::from_micros(640_000));
    assert_eq!(balance.left + balance.used, Money::from_micros(100_000_000));

    for seen in service.seen().iter().filter(|seen| seen.path.starts_with("/api/")) {
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }
    for seen in service.seen().iter().filter(|seen| seen.path.starts_with("/runwayml/")) {
        assert!(
            !seen.header("authorization").unwrap().contains(TOKEN),
            "the token goes to the account's calls only"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_named() {
    let service = Service::start(Options::default()).await.unwrap();
    let (from, until) = around(Timestamp::now());
    for token in ["wrong-token-0815", "sk-an-api-key-0815"] {
        let problem = account(&service.base_url(), token).tasks(from, until).await.unwrap_err();
        assert_eq!(problem.code, "wrong_token");
        assert!(!format!("{problem:?}").contains(token));
    }
}

/// Pages are read until one holds nothing new; the clocks are compared by the first.
#[tokio::test]
async fn all_pages_are_read_within_bounds() {
    let page = |request: &str| {
        let number: usize = request.split("?p=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
        let ids: &[&str] = match number {
            1 => &["a", "b"],
            2 => &["b", "c"],
            _ => &[],
        };
        let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"task_id":"{id}"}}"#)).collect();
        format!(r#"{{"data":[{}]}}"#, items.join(","))
    };
    let say = |headers: &'static str, body: String| {
        super::server::Act::Send(super::server::reply(200, headers, body.as_bytes()))
    };
    let server = Server::answering(move |request| {
        say(
            "date: Fri, 01 May 2026 09:00:00 GMT\r\n",
            if request.is_empty() { String::new() } else { page(request) },
        )
    })
    .await;
    let (from, until) = around(Timestamp::now());
    let listing = account(&server.url(), TOKEN).tasks(from, until).await.unwrap();
    let ids: Vec<_> = listing.tasks.iter().map(|task| task.task_id.as_str()).collect();
    assert_eq!((ids, listing.whole), (vec!["a", "b", "c"], true));
    let date: Timestamp = "2026-05-01T09:00:00Z".parse().unwrap();
    let off = listing.ahead.unwrap() - date.duration_since(Timestamp::now());
    assert!(off.abs() < SignedDuration::from_secs(30), "{off:?}");
    assert_eq!(server.requests().len(), 3);

    // A service that always has more is not read for ever, and does not pass for read.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let endless = Server::answering(move |_| {
        let next = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        say("", format!(r#"{{"data":{{"items":[{{"task_id":"t{next}"}}]}}}}"#))
    })
    .await;
    let listing = account(&endless.url(), TOKEN).tasks(from, until).await.unwrap();
    assert!(!listing.whole && endless.requests().len() == 20, "{}", endless.requests().len());
}

#[tokio::test]
async fn the_token_follows_no_redirect_and_stands_in_no_problem() {
    let elsewhere = Server::saying(200, "", r#"{"data":[]}"#).await;
    let moved = Server::saying(307, &format!("location: {}/api/task/self\r\n", elsewhere.url()), "").await;
    assert_eq!(refused(&moved).await.code, "wrong_address");
    assert_eq!(elsewhere.connections(), 0);

    let echo = Server::saying(500, "", &format!(r#"{{"message":"what is {TOKEN}?"}}"#)).await;
    let problem = refused(&echo).await;
    assert!(problem.message.contains("what is [key]?"), "{problem:?}");
    for (status, body, code) in [
        (200, "<html>Welcome</html>", "wrong_address"),
        (200, "soon", "service"),
        (200, r#"{"data":"none"}"#, "service"),
        (200, r#"{"success":false,"message":"not today","data":null}"#, "service"),
        (403, "{}", "wrong_token"),
        (429, "{}", "slow_down"),
        (502, "<html>Bad Gateway</html>", "service"),
    ] {
        let server = Server::saying(status, "", body).await;
        let problem = refused(&server).await;
        assert_eq!(problem.code, code, "{status} {body}: {problem:?}");
        assert!(!format!("{problem:?}").contains(TOKEN));
    }
    let huge = format!(r#"{{"data":["{}"]}}"#, "x".repeat(1024 * 1024));
    assert_eq!(refused(&Server::saying(200, "", &huge).await).await.code, "service");
    assert!(!format!("{:?}", account(&echo.url(), TOKEN)).contains(TOKEN));
}

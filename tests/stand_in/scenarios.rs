//! Every scenario, and the faults that lie between the request and its reply.

use std::collections::BTreeSet;

use taxiway::stand_in::{Options, PROMPT_WORDS, Scenario, Service};

use crate::{Bench, header, json_of};

#[tokio::test]
async fn every_scenario_gives_its_first_reply_and_bills_what_it_says() {
    for &scenario in Scenario::all() {
        use Scenario as S;
        let (status, created) = match scenario {
            S::Silent | S::Chaos => continue, // Have tests of their own.
            S::DropAfterAccept => (None, 1),
            S::ServerError => (Some(500), 1),
            S::BadGateway => (Some(502), 1),
            S::Html200 => (Some(200), 0),
            S::Html404 => (Some(404), 0),
            S::Redirect => (Some(307), 0),
            S::Unauthorized | S::EchoedKey => (Some(401), 0),
            S::Quota => (Some(403), 0),
            S::TooMany | S::TooManyOnce => (Some(429), 0),
            _ => (Some(200), 1),
        };
        let bench = Bench::new(scenario).await;
        let reply = bench.post().send().await;
        let name = scenario.name();
        assert_eq!(reply.as_ref().ok().map(|reply| reply.status().as_u16()), status, "{name}");
        assert_eq!(bench.service.tasks_created(), created, "{name}");
        let says = if created == 1 { "create" } else { "creates nothing" };
        assert!(scenario.describe().to_lowercase().contains(says), "{name}");
        let Ok(reply) = reply else { continue };
        assert!(!header(&reply, "x-cometapi-request-id").is_empty(), "{name}");
        if header(&reply, "content-type").starts_with("text/html") {
            assert!(reply.text().await.unwrap().starts_with("<!doctype html>"), "{name}");
        } else if scenario != S::Redirect {
            let value = json_of(reply).await;
            let has_id = created == 1 && !matches!(scenario, S::NoId | S::ServerError);
            assert_eq!(value["id"].is_string(), has_id, "{name}: {value}");
        }
    }
}

#[test]
fn scenarios_are_asked_for_by_name() {
    let names: BTreeSet<_> = Scenario::all().iter().map(|scenario| scenario.name()).collect();
    assert_eq!(names.len(), Scenario::all().len());
    for &scenario in Scenario::all() {
        assert_eq!(scenario.name().parse::<Scenario>().unwrap(), scenario);
        assert!(scenario.name().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    }
    let wrong = "quikc".parse::<Scenario>().unwrap_err().to_string();
    assert!(wrong.contains("'quikc'") && wrong.contains("default, quick, demo"), "{wrong}");
}

#[tokio::test]
async fn refuses_any_address_but_loopback() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let error = Service::start(Options { listen, ..Options::default() }).await.err().unwrap();
    assert!(error.to_string().contains("loopback addresses only"), "{error}");
}

#[tokio::test]
async fn a_dropped_request_is_a_lost_reply_and_not_a_failed_connection() {
    let bench = Bench::new(Scenario::DropAfterAccept).await;
    let error = bench.post().send().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(bench.service.seen().len(), 1, "the client sends it once");
    assert_eq!(bench.service.tasks_created(), 1);
}

#[tokio::test]
async fn a_silent_request_creates_a_task_and_ends_only_with_the_service() {
    let bench = Bench::new(Scenario::Silent).await;
    let sent = tokio::spawn(bench.post().send());
    bench.service.wait_for(1, |seen| seen.method == "POST").await;
    assert_eq!(bench.service.tasks_created(), 1);
    assert!(!sent.is_finished());
    bench.service.stop().await;
    assert!(sent.await.unwrap().is_err());
}

#[tokio::test]
async fn stopping_frees_the_port() {
    let bench = Bench::new(Scenario::Quick).await;
    bench.post().send().await.unwrap();
    let listen = bench.service.base_url().trim_start_matches("http://").parse().unwrap();
    bench.service.stop().await;
    assert!(bench.client.get(format!("http://{listen}/")).send().await.unwrap_err().is_connect());
    Service::start(Options { listen, ..Options::default() }).await.unwrap();
}

#[tokio::test]
async fn a_redirect_points_back_at_the_service_and_following_it_creates_nothing() {
    let bench = Bench::new(Scenario::Redirect).await;
    let reply = bench.post().send().await.unwrap();
    let target = header(&reply, "location").to_owned();
    assert!(target.starts_with(&bench.service.base_url()));
    assert_eq!(bench.client.post(target).send().await.unwrap().status(), 404);
    assert_eq!(bench.service.tasks_created(), 0);
}

#[tokio::test]
async fn slow_down_comes_with_its_delay_once_or_always() {
    let bench = Bench::new(Scenario::TooManyOnce).await;
    let first = bench.post().send().await.unwrap();
    assert_eq!((first.status().as_u16(), header(&first, "retry-after")), (429, "1"));
    assert_eq!(bench.post().send().await.unwrap().status(), 200);
    bench.service.set_scenario(Scenario::TooMany);
    for _ in 0..3 {
        assert_eq!(bench.post().send().await.unwrap().status(), 429);
    }
    assert_eq!(bench.service.tasks_created(), 1);
}

#[tokio::test]
async fn words_in_the_prompt_pick_a_fate() {
    let words: Vec<_> = PROMPT_WORDS.iter().map(|(word, _)| *word).collect();
    assert_eq!(words, ["[fail]", "[moderated]", "[slow]", "[lost]", "[busy]"]);
    let bench = Bench::new(Scenario::Quick).await;
    for (prompt, code) in [("a [fail] b", "INTERNAL"), ("[moderated]", "SAFETY.INPUT.TEXT")] {
        let id = bench.create(prompt).await;
        assert!(bench.follow(&id).await.1.to_string().contains(code));
    }
    let id = bench.create("[slow] lights").await;
    assert_eq!(bench.follow(&id).await.0.len(), 1 + 3 + 6 + 1);
    assert!(bench.post_prompt("[lost]").send().await.is_err());
    assert_eq!(bench.service.tasks_created(), 4);
    for expected in [429, 429, 200, 200] {
        let reply = bench.post_prompt("[busy] lights").send().await.unwrap();
        assert_eq!(reply.status(), expected);
        if expected == 429 {
            assert_eq!(header(&reply, "retry-after"), "2");
        }
    }
    assert_eq!(bench.service.tasks_created(), 6);
    bench.service.set_scenario(Scenario::OddWord);
    let reply = bench.post_prompt("[lost]").send().await.unwrap();
    assert_eq!(reply.status(), 200, "words mean nothing in a fault");
}

#[tokio::test]
async fn the_calls_beside_tasks_may_be_away_while_tasks_are_made() {
    let bench = Bench::new(Scenario::Aside500).await;
    for path in ["/v1/models", "/api/models", "/v1/dashboard/billing/usage", "/api/user/self"] {
        let reply = bench.client.get(bench.url(path)).bearer_auth("k").send().await.unwrap();
        assert_eq!(reply.status(), 500, "{path}");
    }
    assert_eq!(bench.post().send().await.unwrap().status(), 200);
    bench.service.set_scenario(Scenario::Quick);
    let public = bench.client.get(bench.url("/api/models")).send().await.unwrap();
    assert_eq!(json_of(public).await["data"][0]["pricing"]["per_second"], 0.05);
}

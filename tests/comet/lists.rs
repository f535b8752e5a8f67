//! The lists of models, and what a key may still spend, against the stand-in and servers that misbehave.

use taxiway::{
    comet::{Client, KeyBalance, Settings, catalog},
    job::{Money, Problem},
    stand_in::{Options, Scenario, Service},
};

use crate::{client, server::Server, settings};

async fn service(scenario: Scenario) -> Service {
    Service::start(Options { scenario, ..Options::default() }).await.unwrap()
}

fn with_key(base_url: &str, key: &str) -> Client {
    Client::new(Settings { key: key.to_owned().into(), ..settings(base_url) }).unwrap()
}

#[tokio::test]
async fn both_lists_are_read_and_the_public_one_is_asked_without_the_key() {
    let service = service(Scenario::Quick).await;
    let own = client(&service.base_url()).models().await.unwrap();
    let names: Vec<_> = own.iter().map(|model| model.id.as_str()).collect();
    assert!(names.contains(&"gen4_turbo") && names.contains(&"runwayml_image_to_video"), "{names:?}");
    let public = catalog(&settings(&service.base_url())).await.unwrap();
    let turbo = public.iter().find(|model| model.id == "gen4_turbo").unwrap();
    assert_eq!(turbo.prices["per_second"], Money::from_micros(50_000));
    assert_eq!(turbo.prices.len(), 1, "no price is none");
    let asked = service.seen();
    assert!(asked[0].header("authorization").is_some() && asked[1].header("authorization").is_none());
    assert_eq!(asked[1].path, "/api/models");
}

#[tokio::test]
async fn a_key_tells_what_it_used_and_may_use() {
    let service = service(Scenario::Quick).await;
    let left = client(&service.base_url()).key_balance().await.unwrap();
    assert_eq!(left, KeyBalance { used: Money::default(), left: Some(Money::from_micros(100_000_000)) });
    let left = with_key(&service.base_url(), "sk-unlimited-0123456789").key_balance().await.unwrap();
    assert_eq!(left.left, None);
}

#[tokio::test]
async fn failures_are_sorted() {
    let quick = service(Scenario::Quick).await;
    let wrong = with_key(&quick.base_url(), "sk-wrong-0123456789");
    let away = service(Scenario::Aside500).await;
    let website = service(Scenario::Html404).await;
    let cut = Server::saying(200, "", "{\"data\":").await;
    let nobody = client("http://127.0.0.1:1");
    let code = |problem: Problem| problem.code;
    for (client, expected) in [
        (wrong, "wrong_key"),
        (client(&away.base_url()), "service"),
        (client(&website.base_url()), "wrong_address"),
        (client(&cut.url()), "service"),
        (nobody, "network"),
    ] {
        assert_eq!(client.models().await.map_err(code), Err(expected.to_owned()));
        assert_eq!(client.key_balance().await.map_err(code), Err(expected.to_owned()));
        assert_eq!(client.used().await.map_err(code), Err(expected.to_owned()));
    }
    assert_eq!(catalog(&settings(&away.base_url())).await.map_err(code), Err("service".into()));
}

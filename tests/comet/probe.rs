//! The one cheap call that tells of service, key and clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use taxiway::{
    comet::Probe,
    stand_in::{Options, Scenario, Service},
};

use crate::server::Server;

fn probe(base_url: &str, key: Option<&str>) -> Probe {
    let limit = Duration::from_secs(10);
    let key = key.map(|key| key.to_owned().into());
    Probe { base_url: base_url.into(), key, connect_timeout: limit, timeout: limit, ca: None }
}

#[tokio::test]
async fn the_service_is_reached_and_the_key_is_judged() {
    let service = Service::start(Options::default()).await.unwrap();
    let good = probe(&service.base_url(), Some("sk-a-good-key")).ask().await.unwrap();
    assert!(good.verdict.is_ok() && good.status == 200 && good.request_id.is_some(), "{good:?}");
    assert!(good.ahead.is_some_and(|ahead| ahead.abs() < SignedDuration::from_secs(5)), "{good:?}");
    for key in [Some("sk-wrong-key"), None] {
        let bad = probe(&service.base_url(), key).ask().await.unwrap();
        assert_eq!(bad.verdict.unwrap_err().code, "wrong_key");
        assert!(bad.ahead.is_some(), "the clock is told all the same");
    }
    let sent = service.seen().last().unwrap().header("authorization").map(ToOwned::to_owned);
    assert_eq!(sent, None, "no key, no header");
    assert_eq!(service.tasks_created(), 0);
    service.set_scenario(Scenario::Html200);
    let website = probe(&service.base_url(), Some("sk-a-good-key")).ask().await.unwrap();
    assert_eq!(website.verdict.unwrap_err().code, "wrong_address");
    service.set_scenario(Scenario::EchoedKey);
    let echoed = probe(&service.base_url(), Some("sk-a-good-key")).ask().await.unwrap();
    assert!(!format!("{echoed:?}").contains("sk-a-good-key"), "{echoed:?}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let then = Timestamp::now() - SignedDuration::from_mins(5);
    let date =
        format!("Date: {}\r\nContent-Type: application/json\r\n", then.strftime("%a, %d %b %Y %H:%M:%S GMT"));
    let server = Server::saying(200, &date, "{\"data\":[]}").await;
    let told = probe(&server.url(), Some("sk-a-good-key")).ask().await.unwrap();
    let off = told.ahead.unwrap() + SignedDuration::from_mins(5);
    assert!(off.abs() < SignedDuration::from_secs(10), "{told:?}");
    let server = Server::saying(500, "", "away").await;
    let told = probe(&server.url(), None).ask().await.unwrap();
    assert_eq!((told.ahead, told.verdict.unwrap_err().code.as_str()), (None, "service"));
}

#[tokio::test]
async fn nobody_there_is_a_matter_of_the_network() {
    let service = Service::start(Options::default()).await.unwrap();
    let address = service.base_url();
    service.stop().await;
    assert_eq!(probe(&address, None).ask().await.unwrap_err().code, "network");
}

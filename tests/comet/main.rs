//! The client against hand-made servers on loopback, each of which misbehaves in one way.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic, its helpers included")]

mod account;
mod image;
mod lists;
mod poll;
mod probe;
mod server;
mod stand_in;
mod submit;
#[path = "../common/tls.rs"]
mod tls;
mod trust;
mod video;

use std::time::Duration;

use taxiway::comet::{Client, Settings};

/// Long enough to be told from innocent text, as real keys are.
const KEY: &str = "sk-test-0123456789abcdef";

/// Patient where a test does not wait for a time-out.
fn settings(base_url: &str) -> Settings {
    Settings {
        base_url: base_url.to_owned(),
        key: KEY.to_owned().into(),
        access_token: None,
        runway_version: "2024-11-06".to_owned(),
        connect_timeout: Duration::from_secs(20),
        reply_timeout: Duration::from_secs(20),
        poll_timeout: Duration::from_secs(20),
        ca: None,
    }
}

fn client(base_url: &str) -> Client {
    Client::new(settings(base_url)).unwrap()
}

/// Gives up on silence after about a second: the connecting has that much, so that a busy machine does
/// not look like an unreachable server.
fn hasty(base_url: &str) -> Client {
    let second = Duration::from_secs(1);
    let times = Settings {
        connect_timeout: second,
        reply_timeout: second / 10,
        poll_timeout: second,
        ..settings(base_url)
    };
    Client::new(times).unwrap()
}

#[test]
fn settings_that_cannot_work_are_named() {
    let refused = |settings: Settings| {
        let problem = Client::new(settings).unwrap_err();
        assert_eq!(problem.code, "client");
        assert!(!format!("{problem:?}").contains("secret"), "{problem:?}");
        problem.message
    };
    for (base_url, words) in [
        ("http://api.cometapi.com", "https"),
        ("ftp://api.cometapi.com", "https"),
        ("http://127.0.0.1.evil.net", "https"),
        ("https://me:secret@api.cometapi.com", "password"),
        ("api.cometapi.com", "no URL"),
        ("", "no URL"),
    ] {
        let message = refused(settings(base_url));
        assert!(message.contains("base_url") && message.contains(words), "{message}");
    }
    for base_url in
        ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "https://api.cometapi.com/x/"]
    {
        client(base_url);
    }
    let message = refused(Settings { key: "sk-secret\n".to_owned().into(), ..settings("https://h") });
    assert!(message.contains("the key"), "{message}");
    let message = refused(Settings { runway_version: "\n".into(), ..settings("https://h") });
    assert!(message.contains("runway_version"), "{message}");
}

#[test]
fn the_key_is_in_no_debug_output() {
    let settings = settings("https://api.cometapi.com");
    assert!(!format!("{settings:?}").contains(KEY));
    let client = Client::new(settings).unwrap();
    assert!(!format!("{client:?} {client:#?}").contains(KEY));
}

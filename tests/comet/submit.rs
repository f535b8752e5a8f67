//! One POST for each `submit`, and the right word for what became of it.

use std::time::Duration;

use taxiway::{
    comet::Submission,
    job::{Problem, Request},
};
use tokio::net::TcpSocket;

use crate::{
    KEY, client, hasty,
    server::{Act, Server, header, reply},
    settings,
};

fn request() -> Request {
    Request {
        prompt_image: "https://example.com/cat.jpg".into(),
        model: "gen4_turbo".into(),
        prompt_text: Some("yawns 🐈".into()),
        duration: Some(5),
        ..Request::default()
    }
}

/// Submits once, and makes sure that it was once.
async fn submit(server: &Server) -> Submission {
    once(server, &client(&server.url())).await
}

async fn once(server: &Server, client: &taxiway::comet::Client) -> Submission {
    let outcome = client.submit(&request()).await;
    assert_eq!(server.connections(), 1, "{outcome:?}");
    assert!(server.requests().len() <= 1, "{outcome:?}");
    assert!(!format!("{outcome:?}").contains(KEY), "{outcome:?}");
    outcome
}

fn lost(outcome: Submission) -> Problem {
    match outcome {
        Submission::Lost { problem, .. } => {
            assert_eq!(problem.code, "unsure");
            assert!(problem.message.contains("may exist and be billed"), "{problem:?}");
            problem
        }
        other => panic!("{other:?} is not lost"),
    }
}

fn not_sent(outcome: Submission) -> Problem {
    match outcome {
        Submission::NotSent(problem) => {
            assert_eq!(problem.code, "not_sent");
            problem
        }
        other => panic!("{other:?} was sent"),
    }
}

fn refused(outcome: Submission) -> (String, bool) {
    match outcome {
        Submission::Refused { problem, stop, .. } => (problem.code, stop),
        other => panic!("{other:?} is not refused"),
    }
}

#[tokio::test]
async fn the_request_is_as_documented() {
    let server = Server::saying(200, "X-Cometapi-Request-Id: call-7\r\n", r#"{"id":"task_1"}"#).await;
    let expected = Submission::Accepted { task_id: "task_1".into(), request_id: Some("call-7".into()) };
    assert_eq!(submit(&server).await, expected);
    let sent = server.requests().remove(0);
    assert!(sent.starts_with("POST /runwayml/v1/image_to_video HTTP/1.1\r\n"), "{sent}");
    let has = |name: &str| header(&sent, name).unwrap();
    assert_eq!(has("authorization"), format!("Bearer {KEY}"));
    assert_eq!(has("x-runway-version"), "2024-11-06");
    assert_eq!(has("content-type"), "application/json");
    assert_eq!(has("user-agent"), format!("taxiway/{}", env!("CARGO_PKG_VERSION")));
    let body: serde_json::Value = serde_json::from_str(sent.split_once("\r\n\r\n").unwrap().1).unwrap();
    let expected = serde_json::json!({"promptImage":"https://example.com/cat.jpg","model":"gen4_turbo",
        "promptText":"yawns 🐈","duration":5});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn each_submission_has_a_connection_of_its_own() {
    let alive = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"id\":\"a\"}".to_vec();
    let server = Server::doing(Act::Hang(alive)).await;
    let client = client(&server.url());
    for count in 1..=3 {
        assert!(matches!(client.submit(&request()).await, Submission::Accepted { .. }));
        assert_eq!((server.connections(), server.requests().len()), (count, count));
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_at_is_not_sent() {
    // Bound, so that nobody else gets it, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let problem = not_sent(client(&format!("http://{address}")).submit(&request()).await);
    assert!(problem.message.contains(&address.to_string()), "{problem:?}");
    assert!(problem.message.contains("refused"), "{problem:?}");
    assert!(problem.hint.unwrap().contains("Is the base URL right?"));
}

#[tokio::test]
async fn what_breaks_before_tls_stands_is_not_sent() {
    let plain = Server::doing(Act::Send(b"HTTP/1.1 400 Bad\r\n\r\n".to_vec())).await;
    let base = format!("https://{}", plain.address);
    not_sent(client(&base).submit(&request()).await);
    let slam = Server::doing(Act::Slam).await;
    not_sent(client(&format!("https://{}", slam.address)).submit(&request()).await);
    // No word of TLS at all: the connect time-out, which is a time-out and yet not a lost reply.
    let silent = Server::doing(Act::Hang(Vec::new())).await;
    let times = taxiway::comet::Settings {
        connect_timeout: Duration::from_millis(100),
        ..settings(&format!("https://{}", silent.address))
    };
    let problem = not_sent(taxiway::comet::Client::new(times).unwrap().submit(&request()).await);
    assert!(problem.message.contains("within 0.1 s"), "{problem:?}");
}

#[tokio::test]
async fn a_connection_that_closes_without_a_reply_is_lost() {
    lost(submit(&Server::doing(Act::Slam).await).await);
    let problem = lost(submit(&Server::doing(Act::Send(Vec::new())).await).await);
    assert!(problem.message.contains("the connection broke"), "{problem:?}");
}

#[tokio::test]
async fn silence_is_lost() {
    let server = Server::doing(Act::Hang(Vec::new())).await;
    let problem = lost(once(&server, &hasty(&server.url())).await);
    assert!(problem.message.contains("time-out: no whole reply within 0.1 s"), "{problem:?}");
}

#[tokio::test]
async fn half_a_reply_is_lost() {
    for part in
        ["HTTP/1.1 200 OK\r\ncont", "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"id\":", "what\r\n\r\n"]
    {
        lost(submit(&Server::doing(Act::Send(part.into())).await).await);
    }
    let server = Server::doing(Act::Hang(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{".to_vec())).await;
    let problem = lost(once(&server, &hasty(&server.url())).await);
    assert!(problem.message.starts_with("HTTP 200, but time-out"), "{problem:?}");
}

#[tokio::test]
async fn a_refusal_counts_by_its_status_though_its_body_breaks_off() {
    for (status, expected) in [(400, ("rejected", false)), (401, ("wrong_key", true))] {
        let part = format!("HTTP/1.1 {status} X\r\ncontent-length: 20\r\n\r\n{{\"err");
        let (code, stop) = refused(submit(&Server::doing(Act::Send(part.into())).await).await);
        assert_eq!((code.as_str(), stop), expected);
    }
    for status in [408, 500, 503] {
        let part = format!("HTTP/1.1 {status} X\r\ncontent-length: 20\r\n\r\n{{\"err");
        lost(submit(&Server::doing(Act::Send(part.into())).await).await);
    }
}

#[tokio::test]
async fn a_2xx_without_an_id_is_lost() {
    let problem =
        lost(submit(&Server::saying(200, "content-type: text/html\r\n", "<p>Hello</p>").await).await);
    assert!(problem.message.contains("this looks like a website, check base_url"), "{problem:?}");
    let problem = lost(submit(&Server::saying(200, "content-type: text/html\r\n", "").await).await);
    assert!(problem.message.contains("website"), "{problem:?}");
    let problem = lost(submit(&Server::saying(200, "", "{}").await).await);
    assert!(problem.message.contains("HTTP 200 without an id"), "{problem:?}");
}

#[tokio::test]
async fn a_reply_without_end_is_lost() {
    let body = format!("{{\"id\":\"a\",\"x\":\"{}\"}}", "x".repeat(1024 * 1024));
    let problem = lost(submit(&Server::saying(200, "", &body).await).await);
    assert!(problem.message.contains("larger than 1024 KiB"), "{problem:?}");
}

#[tokio::test]
async fn a_redirect_is_refused_and_its_target_never_asked() {
    let target = Server::saying(200, "", r#"{"id":"a"}"#).await;
    for status in [301, 302, 303, 307, 308] {
        let server = Server::saying(status, &format!("location: {}/\r\n", target.url()), "").await;
        assert_eq!(refused(submit(&server).await), ("wrong_address".into(), false));
    }
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (status, headers, body, expected) in [
        (404, "content-type: text/html\r\n", "<html>", ("wrong_address", false)),
        (400, "", r#"{"error":"bad"}"#, ("rejected", false)),
        (401, "", r#"{"error":{"message":"invalid token"}}"#, ("wrong_key", true)),
        (403, "", r#"{"error":{"code":"quota_not_enough","message":"x"}}"#, ("quota_not_enough", true)),
        (403, "", r#"{"error":{"message":"banned"}}"#, ("wrong_key", true)),
        (503, "", r#"{"error":{"code":"model_not_found","message":"x"}}"#, ("model_not_available", false)),
    ] {
        let (code, stop) = refused(submit(&Server::saying(status, headers, body).await).await);
        assert_eq!((code.as_str(), stop), expected, "{status} {body}");
    }
}

#[tokio::test]
async fn server_errors_are_lost_with_what_came_back() {
    for status in [408, 500, 502, 504, 524] {
        let problem = lost(submit(&Server::saying(status, "", "upstream is away").await).await);
        assert!(problem.message.contains(&format!("HTTP {status}: upstream is away")), "{problem:?}");
    }
}

#[tokio::test]
async fn a_429_tells_for_how_long() {
    let date = "date: Fri, 01 May 2026 09:00:00 GMT\r\nretry-after: Fri, 01 May 2026 09:00:09 GMT\r\n";
    for (headers, expected) in
        [("", None), ("retry-after: 7\r\n", Some(7)), (date, Some(9)), ("retry-after: 9999\r\n", Some(600))]
    {
        match submit(&Server::saying(429, headers, "").await).await {
            Submission::SlowDown { problem, retry_after } => {
                assert_eq!(problem.code, "slow_down");
                assert_eq!(retry_after, expected.map(Duration::from_secs), "{headers}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_key_that_the_service_sends_back_is_struck_out() {
    // Bare, escaped, in a header, and where a web server would put it.
    let escaped = KEY.chars().fold(String::new(), |text, c| text + &format!("\\u{:04x}", u32::from(c)));
    let json = format!(r#"{{"error":{{"code":"{KEY}","message":"bad key {escaped} (request id: {KEY})"}}}}"#);
    let header = format!("X-Cometapi-Request-Id: {KEY}\r\n");
    for (status, headers, body) in [
        (401, "", json.as_str()),
        (401, header.as_str(), ""),
        (500, "", json.as_str()),
        (500, "", KEY),
        (200, "", json.as_str()),
        (429, "", json.as_str()),
    ] {
        // `submit` looks for the key in all that comes out.
        submit(&Server::saying(status, headers, body).await).await;
    }
    let server =
        Server::doing(Act::Send(reply(503, "", format!("no available channel {KEY}").as_bytes()))).await;
    assert_eq!(refused(submit(&server).await).0, "model_not_available");
}

/// A length that is wrong, or a connection that breaks behind the last byte, loses no id that is here.
#[tokio::test]
async fn a_torn_reply_that_holds_the_id_is_an_answer() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n";
    for (body, expected) in [(r#"{"id":"task_1"}"#, Some("task_1")), (r#"{"id":"task_"#, None)] {
        let reply = format!("{head}{body}").into_bytes();
        let server = Server::answering(move |_| Act::Send(reply.clone())).await;
        match submit(&server).await {
            Submission::Accepted { task_id, .. } => assert_eq!(Some(task_id.as_str()), expected),
            Submission::Lost { reply, .. } => {
                assert_eq!((expected, reply), (None, Some((200, body.to_owned()))));
            }
            other => panic!("{other:?}"),
        }
    }
}

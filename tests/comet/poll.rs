//! Asking for news.

use std::time::Duration;

use taxiway::{
    comet::{Answer, Polled},
    job::Phase,
};

use crate::{
    KEY, client, hasty,
    server::{Act, Server, header},
};

async fn poll(server: &Server) -> Polled {
    let polled = client(&server.url()).task("task_1").await;
    assert!(!format!("{polled:?}").contains(KEY), "{polled:?}");
    polled
}

fn code(answer: Answer) -> String {
    match answer {
        Answer::Denied(problem) | Answer::WrongAddress(problem) | Answer::Passing(problem) => problem.code,
        other => panic!("{other:?} has no problem"),
    }
}

#[tokio::test]
async fn a_task_is_asked_for_and_read() {
    let body = r#"{"id":"task_1","status":"RUNNING","progress":0.5}"#;
    let server = Server::saying(200, "X-Cometapi-Request-Id: call-8\r\n", body).await;
    let Polled { answer, status, body: evidence, request_id } = poll(&server).await;
    let Answer::Task(report) = answer else { panic!("{answer:?}") };
    assert_eq!((report.phase, report.progress), (Phase::Running, Some(0.5)));
    assert_eq!((status, evidence.as_deref(), request_id.as_deref()), (Some(200), Some(body), Some("call-8")));
    let sent = server.requests().remove(0);
    assert!(sent.starts_with("GET /runwayml/v1/tasks/task_1 HTTP/1.1\r\n"), "{sent}");
    assert_eq!(header(&sent, "authorization"), Some(format!("Bearer {KEY}")));
    assert_eq!(header(&sent, "x-runway-version").as_deref(), Some("2024-11-06"));
}

#[tokio::test]
async fn an_id_is_one_segment_of_the_path_whatever_it_holds() {
    let server = Server::saying(404, "", "").await;
    let client = client(&format!("{}/prefix/", server.url()));
    for (id, path) in [
        ("d0658ae1-bbdd", "d0658ae1-bbdd"),
        ("../../v1/models", "..%2F..%2Fv1%2Fmodels"),
        ("a?b#c d%2Fe", "a%3Fb%23c%20d%252Fe"),
        ("\\ü", "%5C%C3%BC"),
    ] {
        assert_eq!(client.task(id).await.answer, Answer::NotYet);
        let sent = server.requests().pop().unwrap();
        assert_eq!(sent.split(' ').nth(1), Some(format!("/prefix/runwayml/v1/tasks/{path}").as_str()));
    }
    let count = server.connections();
    for id in ["", ".", ".."] {
        assert_eq!(code(client.task(id).await.answer), "service");
    }
    assert_eq!(server.connections(), count, "what cannot be asked for is not");
}

#[tokio::test]
async fn connections_are_kept() {
    let alive = b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n".to_vec();
    let server = Server::doing(Act::Hang(alive)).await;
    let client = client(&server.url());
    for _ in 0..50 {
        assert_eq!(client.task("a").await.answer, Answer::NotYet);
    }
    assert_eq!(server.requests().len(), 50);
    assert!(server.connections() < 50, "none was used twice");
}

#[tokio::test]
async fn what_brings_no_whole_reply_is_passing() {
    let closed = Server::doing(Act::Slam).await;
    let silent = Server::doing(Act::Hang(b"HTTP/1.1 200 OK\r\n".to_vec())).await;
    let half = Server::doing(Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec())).await;
    for (polled, status) in [
        (poll(&closed).await, None),
        (poll(&half).await, Some(200)),
        (hasty(&silent.url()).task("a").await, None),
    ] {
        assert_eq!((polled.status, polled.body), (status, None));
        assert_eq!(code(polled.answer), "network");
    }
    let large = Server::saying(200, "", &"x".repeat(1024 * 1024 + 1)).await;
    assert_eq!(code(poll(&large).await.answer), "service");
}

#[tokio::test]
async fn answers_are_told_apart() {
    let target = Server::saying(200, "", r#"{"id":"a","status":"SUCCEEDED"}"#).await;
    let location = format!("location: {}/\r\n", target.url());
    for (status, headers, body, expected) in [
        (302, location.as_str(), "", "wrong_address"),
        (404, "content-type: text/html\r\n", "", "wrong_address"),
        (200, "content-type: text/html\r\n", "<p>", "wrong_address"),
        (401, "", "", "wrong_key"),
        (403, "", r#"{"code":"quota_not_enough"}"#, "quota_not_enough"),
        (500, "", "", "service"),
        (408, "", "", "service"),
    ] {
        let polled = poll(&Server::saying(status, headers, body).await).await;
        assert_eq!(polled.status, Some(status));
        assert_eq!(code(polled.answer), expected, "{status} {body}");
    }
    assert_eq!(target.connections(), 0);
    for (headers, expected) in [("", None), ("retry-after: 7\r\n", Some(Duration::from_secs(7)))] {
        let polled = poll(&Server::saying(429, headers, "").await).await;
        let Answer::SlowDown { retry_after, .. } = polled.answer else { panic!("{polled:?}") };
        assert_eq!(retry_after, expected);
    }
}

#[tokio::test]
async fn the_evidence_is_cut_and_the_key_struck_out() {
    let body = format!("{KEY} {}", "ä".repeat(40_000));
    let polled = poll(&Server::saying(500, "", &body).await).await;
    let evidence = polled.body.unwrap();
    assert!(evidence.starts_with("[key] ä"), "{}", evidence.chars().take(30).collect::<String>());
    assert!(evidence.len() <= 64 * 1024 && evidence.len() > 64 * 1024 - 4);
}

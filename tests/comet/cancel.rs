//! Asking the service to stop a task.

use taxiway::job::Problem;

use crate::{
    KEY, client, hasty,
    server::{Act, Server, header},
};

async fn cancel(server: &Server) -> Result<(), Problem> {
    let answer = client(&server.url()).cancel("task_1").await;
    assert!(!format!("{answer:?}").contains(KEY), "{answer:?}");
    assert_eq!(server.requests().len(), 1, "it is asked once, whatever comes");
    answer
}

#[tokio::test]
async fn one_delete_is_sent_and_a_good_status_is_all_that_counts() {
    for (status, body) in [(204, ""), (200, "{}"), (202, "soon")] {
        let server = Server::saying(status, "", body).await;
        assert_eq!(cancel(&server).await, Ok(()), "{status}");
        let sent = server.requests().remove(0);
        assert!(sent.starts_with("DELETE /runwayml/v1/tasks/task_1 HTTP/1.1\r\n"), "{sent}");
        assert_eq!(header(&sent, "authorization"), Some(format!("Bearer {KEY}")));
        assert_eq!(header(&sent, "x-runway-version").as_deref(), Some("2024-11-06"));
    }
}

#[tokio::test]
async fn whatever_else_comes_is_no_stop() {
    for (status, headers, body, code, word) in [
        (
            404,
            "",
            r#"{"error":{"message":"Invalid URL","code":"not_found"}}"#,
            "cannot_cancel",
            "Invalid URL",
        ),
        (405, "", "", "cannot_cancel", "HTTP 405"),
        (501, "", "", "cannot_cancel", "HTTP 501"),
        (500, "", "oops", "network", "it may have been asked all the same"),
        (
            400,
            "",
            r#"{"code":"task_not_exist","message":"task_not_exist"}"#,
            "cannot_cancel",
            "task_not_exist",
        ),
        (200, "content-type: text/html\r\n", "<html></html>", "cannot_cancel", "web page"),
        (307, "location: /elsewhere\r\n", "", "wrong_address", "redirects"),
        (401, "", "", "wrong_key", "key"),
        (429, "retry-after: 3\r\n", "", "slow_down", "slow down"),
    ] {
        let server = Server::saying(status, headers, body).await;
        let problem = cancel(&server).await.unwrap_err();
        assert_eq!(problem.code, code, "{status}: {problem:?}");
        assert!(problem.message.contains(word), "{status}: {problem:?}");
    }
}

#[tokio::test]
async fn a_wish_that_got_no_answer_may_have_arrived() {
    let silent = Server::doing(Act::Hang(Vec::new())).await;
    let problem = hasty(&silent.url()).cancel("t").await.unwrap_err();
    assert!(problem.code == "network" && problem.message.contains("it may have been asked"), "{problem:?}");
    let nobody = { Server::saying(204, "", "").await.url() };
    let problem = client(&nobody).cancel("t").await.unwrap_err();
    assert!(problem.code == "network" && problem.message.ends_with("nothing was asked"), "{problem:?}");
    for id in ["", ".", ".."] {
        assert_eq!(client(&nobody).cancel(id).await.unwrap_err().code, "service");
    }
}

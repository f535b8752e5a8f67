//! Replies that tell of a task: each example of §2, and rules 3 to 10.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    comet::{Answer, read_reply},
    job::{Failure, Phase, Report},
};

pub(super) fn report(body: &Value) -> Report {
    match read_reply(200, body.to_string().as_bytes()) {
        Answer::Task(report) => report,
        other => panic!("{body} was read as {other:?}"),
    }
}

fn told(phase: Phase, raw: Option<&str>, progress: Option<f64>) -> Report {
    Report {
        phase,
        raw_status: raw.map(str::to_owned),
        progress,
        failure: None,
        urls: Vec::new(),
        started_at: None,
        finished_at: None,
    }
}

fn failed(raw: &str, code: &str, message: &str) -> Report {
    let failure = Some(Failure { code: code.into(), message: message.into() });
    Report { failure, ..told(Phase::Failed, Some(raw), None) }
}

fn succeeded(raw: &str, urls: &[&str]) -> Report {
    let urls = urls.iter().map(|url| (*url).to_owned()).collect();
    Report { urls, ..told(Phase::Succeeded, Some(raw), None) }
}

/// The wrapper of §2 with these fields of `data` changed.
pub(super) fn wrapped(changes: &Value) -> Value {
    let mut reply = json!({"code":"success","message":"","data":{"task_id":"3d957031","action":"IMAGE_TO_VIDEO",
        "status":"QUEUED","fail_reason":"","submit_time":1_773_366_766,"start_time":0,"finish_time":0,"progress":"0%",
        "data":{"id":"3d957031","status":"PENDING","createdAt":"2026-03-13T09:52:46+08:00"}}});
    for (name, value) in changes.as_object().unwrap() {
        reply["data"][name] = value.clone();
    }
    reply
}

#[test]
fn the_bare_examples() {
    let done = json!({"id":"d0658ae1","status":"SUCCEEDED","createdAt":"2026-05-01T12:47:47.351Z",
        "output":["https://example.com/output.mp4"]});
    assert_eq!(report(&done), succeeded("SUCCEEDED", &["https://example.com/output.mp4"]));
    let running =
        json!({"id":"d","status":"RUNNING","createdAt":"2026-05-01T12:47:47.351Z","progress":0.275});
    assert_eq!(report(&running), told(Phase::Running, Some("RUNNING"), Some(0.275)));
    let lost = json!({"id":"d","status":"FAILED","createdAt":"2026-05-01T12:47:47.351Z",
        "failure":"An unexpected error occurred.","failureCode":"INTERNAL"});
    assert_eq!(report(&lost), failed("FAILED", "INTERNAL", "An unexpected error occurred."));
}

#[test]
fn the_wrapped_examples() {
    assert_eq!(report(&wrapped(&json!({}))), told(Phase::Queued, Some("QUEUED"), Some(0.0)));
    let done = wrapped(&json!({"status":"SUCCESS","progress":"100%",
        "data":{"id":"3d957031","status":"SUCCEEDED","output":["https://h/v.mp4?_jwt=a.b.c"]}}));
    let expected = succeeded("SUCCESS", &["https://h/v.mp4?_jwt=a.b.c"]);
    assert_eq!(report(&done), Report { progress: Some(1.0), ..expected });
    let lost = wrapped(&json!({"status":"FAILURE","fail_reason":"SAFETY.INPUT.IMAGE",
        "data":{"id":"3","status":"FAILED","failure":"The image was refused.","failureCode":"SAFETY.INPUT.IMAGE"}}));
    let expected = failed("FAILURE", "SAFETY.INPUT.IMAGE", "The image was refused.");
    assert_eq!(report(&lost), Report { progress: Some(0.0), ..expected });
}

#[test]
fn the_feed_has_no_wrapper_and_may_have_no_status() {
    let stored = json!({"task_id":"3d957031","action":"IMAGE_TO_VIDEO","progress":"30%",
        "result_url":"https://h/v.mp4","data":null});
    assert_eq!(report(&stored), told(Phase::Other, None, Some(0.3)), "no status, so no success and no URL");
    let done = json!({"task_id":"3","status":"SUCCESS","result_url":"https://h/v.mp4"});
    assert_eq!(report(&done), succeeded("SUCCESS", &["https://h/v.mp4"]));
}

#[test]
fn rule_3_unwraps_and_takes_the_final_word() {
    let status = |outer: &str, inner: Value| {
        let read = report(&wrapped(&json!({"status": outer, "data": inner})));
        (read.phase, read.raw_status.unwrap_or_default())
    };
    let inner = |word: &str| json!({"id":"3","status":word});
    assert_eq!(status("IN_PROGRESS", Value::Null), (Phase::Running, "IN_PROGRESS".into()));
    assert_eq!(status("IN_PROGRESS", inner("SUCCEEDED")), (Phase::Succeeded, "SUCCEEDED".into()));
    assert_eq!(status("FAILURE", inner("RUNNING")), (Phase::Failed, "FAILURE".into()));
    assert_eq!(status("QUEUED", inner("RUNNING")), (Phase::Running, "RUNNING".into()));
    assert_eq!(status("IN_PROGRESS", inner("THROTTLED")), (Phase::Running, "IN_PROGRESS".into()));
    assert_eq!(status("UNKNOWN", inner("THROTTLED")), (Phase::Queued, "THROTTLED".into()));
    // A gateway that gave up on a task whose video is there.
    let made = json!({"id":"3","status":"SUCCEEDED","output":["https://h/v.mp4"]});
    assert_eq!(status("FAILURE", made), (Phase::Succeeded, "SUCCEEDED".into()));
    // An envelope is no task: its `status` says how the call went.
    for word in ["success", "error", "failed"] {
        let envelope = json!({"status":word,"data":{"id":"3","status":"RUNNING"}});
        assert_eq!(report(&envelope).phase, Phase::Running, "{word}");
    }
}

#[test]
fn rule_4_knows_every_word_without_case() {
    for (phase, words) in [
        (Phase::Queued, vec!["NOT_START", "SUBMITTED", "QUEUED", "QUEUEING", "PENDING", "THROTTLED"]),
        (Phase::Running, vec!["IN_PROGRESS", "RUNNING", "PROCESSING"]),
        (Phase::Succeeded, vec!["SUCCESS", "SUCCEEDED", "COMPLETED"]),
        (Phase::Failed, vec!["FAILURE", "FAILED", "ERROR"]),
        (Phase::Cancelled, vec!["CANCELLED", "CANCELED"]),
        (Phase::Other, vec!["UNKNOWN", "RUNNING_LATE", "SUCCESSFUL", "NOT FAILED", "erledigt"]),
    ] {
        for word in words {
            for word in [word.to_owned(), word.to_lowercase(), format!(" {word} ")] {
                let read = report(&json!({"id":"d","status":word}));
                assert_eq!((read.phase, read.raw_status.as_deref()), (phase, Some(word.trim())), "{word}");
            }
        }
    }
    for none in [json!(null), json!(""), json!("  "), json!(200), json!(["SUCCEEDED"]), json!({"a":"FAILED"})]
    {
        assert_eq!(report(&json!({"id":"d","status":none})).phase, Phase::Other, "{none}");
    }
}

#[test]
fn rule_5_takes_progress_from_nearest_the_source() {
    for (outer, inner, expected) in [
        (json!("30%"), json!(null), Some(0.3)),
        (json!("30%"), json!(0.275), Some(0.275)),
        (json!(30), json!("soon"), Some(0.3)),
        (json!(null), json!(null), None),
    ] {
        let reply = wrapped(&json!({"status":"IN_PROGRESS","progress":outer,
            "data":{"id":"3","status":"RUNNING","progress":inner}}));
        assert_eq!(report(&reply).progress, expected, "{reply}");
    }
}

#[test]
fn rule_6_reads_times_and_trusts_an_end_only_at_the_end() {
    let at = |second| Some(Timestamp::from_second(second).unwrap());
    let times = json!({"status":"IN_PROGRESS","start_time":1_773_366_770,"finish_time":1_773_366_999});
    let read = report(&wrapped(&times));
    assert_eq!((read.started_at, read.finished_at), (at(1_773_366_770), None));
    let times = json!({"status":"SUCCESS","start_time":"2026-03-13T09:52:50+08:00","finish_time":1_773_366_999_000_i64});
    let read = report(&wrapped(&times));
    assert_eq!((read.started_at, read.finished_at), (at(1_773_366_770), at(1_773_366_999)));
}

#[test]
fn rule_7_finds_urls_only_on_success_and_only_http() {
    let (a, b) = ("https://h/a.mp4", "http://h/b.mp4");
    for (fields, expected) in [
        (json!({"output":[a, b, a]}), vec![a, b]),
        (json!({"output":a}), vec![a]),
        (json!({"output":["ftp://h/a", "javascript:alert(1)", "a.mp4", 7, null, b]}), vec![b]),
        (json!({"output":[], "result_url":a}), vec![a]),
        (json!({"video_url":a}), vec![a]),
        (json!({"output":[a], "result_url":b}), vec![a]),
        (json!({"fail_reason":a}), vec![a]),
        (json!({"result_url":"could not be made"}), vec![]),
        (json!({"output":["https://h/a.mp4\u{1b}]0;x\u{7}"]}), vec!["https://h/a.mp4]0;x"]),
        (json!({}), vec![]),
    ] {
        let mut reply = json!({"id":"d","status":"SUCCEEDED"});
        reply.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        assert_eq!(report(&reply).urls, expected, "{reply}");
        for word in ["RUNNING", "FAILED", "CANCELLED", "what"] {
            reply["status"] = json!(word);
            assert_eq!(report(&reply).urls, Vec::<String>::new(), "{reply}");
        }
    }
    let deep = wrapped(
        &json!({"status":"SUCCESS","result_url":b,"data":{"id":"3","status":"SUCCEEDED","output":[a]}}),
    );
    assert_eq!(report(&deep).urls, [a], "two names of one video are one video");
}

#[test]
fn rule_8_finds_the_failure_in_every_place() {
    for (fields, code, message) in [
        (json!({"failure":"a","failureCode":"ASSET.INVALID"}), "ASSET.INVALID", "a"),
        (json!({"failure":"a","fail_reason":"b"}), "", "a"),
        (json!({"fail_reason":"SAFETY.INPUT.IMAGE"}), "SAFETY.INPUT.IMAGE", "SAFETY.INPUT.IMAGE"),
        (json!({"fail_reason":"INTERNAL trouble"}), "", "INTERNAL trouble"),
        (json!({"result_url":"no such model"}), "", "no such model"),
        (json!({"result_url":"https://h/v.mp4","message":"late"}), "", "late"),
        (json!({"error":"text"}), "", "text"),
        (
            json!({"error":{"message":"text","code":"THIRD_PARTY.UNAVAILABLE"}}),
            "THIRD_PARTY.UNAVAILABLE",
            "text",
        ),
        (json!({"message":"text"}), "", "text"),
        (json!({"message":"success"}), "", ""),
        (json!({"failure":"a\u{1b}[31m\u{9b}2J\r\nb\u{202e}"}), "", "a[31m2J b"),
        (json!({}), "", ""),
    ] {
        for word in ["FAILED", "FAILURE"] {
            let mut reply = json!({"id":"d","status":word});
            reply.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            assert_eq!(report(&reply), failed(word, code, message), "{reply}");
        }
    }
}

#[test]
fn rule_9_takes_any_id_and_ignores_what_it_does_not_know() {
    let reply = json!({"id":"task_7","status":"RUNNING","estimatedCost":{"credits":25},"cost":{"credits":25},"new":[1]});
    assert_eq!(report(&reply), told(Phase::Running, Some("RUNNING"), None));
    assert_eq!(report(&json!({"id":7,"status":"RUNNING"})).phase, Phase::Running);
}

#[test]
fn long_words_are_cut() {
    let long = "x".repeat(5_000);
    let read = report(&json!({"id":"d","status":long}));
    assert_eq!(read.raw_status.unwrap().chars().count(), 64);
    let read = report(&json!({"id":"d","status":"FAILED","failure":long}));
    assert_eq!(read.failure.unwrap().message.chars().count(), 2_000);
}

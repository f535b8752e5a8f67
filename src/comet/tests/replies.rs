//! Replies that tell of an error: rules 1 and 2 of §2, and each line of §3, for both calls.

use crate::{
    comet::{Answer, Submission, read_reply, read_submission},
    job::Problem,
};

/// The three families of §3, and the last as JSON inside a `message`.
fn families(code: &str, message: &str) -> [String; 5] {
    [
        format!(r#"{{"error":{{"message":"{message}","type":"comet_api_error","code":"{code}"}}}}"#),
        format!(r#"{{"code":"{code}","message":"{message}","data":null}}"#),
        format!(r#"{{"error":"{code}: {message}","issues":[]}}"#),
        format!(r#"{{"code":"{code}","message":"{{\"error\":\"{message}\",\"issues\":[]}}"}}"#),
        format!(r#"{{"error":{{"message":"{{\"error\":\"{code} {message}\"}}"}}}}"#),
    ]
}

/// What an answer is, in short: its variant, or its problem's code.
fn answer(status: u16, body: &str) -> String {
    let (kind, problem) = match read_reply(status, body.as_bytes()) {
        Answer::Task(report) => return format!("task {:?}", report.phase),
        Answer::NotYet => return "not yet".into(),
        Answer::SlowDown { problem, .. } => ("slow", problem),
        Answer::Denied(problem) => ("denied", problem),
        Answer::WrongAddress(problem) => ("address", problem),
        Answer::Passing(problem) => ("passing", problem),
    };
    assert!(!problem.message.is_empty() && problem.hint.is_some(), "{problem:?}");
    format!("{kind} {}", problem.code)
}

fn submission(status: u16, body: &str) -> (String, Option<Problem>) {
    let (kind, problem) = match read_submission(status, body.as_bytes()) {
        Submission::Accepted { task_id, .. } => return (format!("id {task_id}"), None),
        Submission::NotSent(problem) => ("not sent", problem),
        Submission::SlowDown { problem, .. } => ("slow", problem),
        Submission::Refused { problem, stop: true, .. } => ("stop", problem),
        Submission::Refused { problem, stop: false, .. } => ("refused", problem),
        Submission::Lost { problem, .. } => ("lost", problem),
    };
    assert!(!problem.message.is_empty() && problem.hint.is_some(), "{problem:?}");
    (format!("{kind} {}", problem.code), Some(problem))
}

const HTML: &str = "\u{feff} <!DOCTYPE html><html><title>task_not_exist</title></html>";

#[test]
fn rule_1_a_website_is_a_wrong_address_and_with_5xx_passes() {
    for status in [200, 201, 301, 302, 307, 404] {
        assert_eq!(answer(status, HTML), "address wrong_address", "{status}");
    }
    for status in [500, 502, 503, 504, 524] {
        assert_eq!(answer(status, HTML), "passing service", "{status}");
    }
    assert_eq!(answer(302, ""), "address wrong_address");
    for body in ["", "OK", "[]", "7", "null", r#""text""#, r#"{"id":"#, "{}", r#"{"data":null}"#, "\u{0}"] {
        assert_eq!(answer(200, body), "passing service", "{body}");
    }
}

#[test]
fn rule_2_task_not_exist_is_looked_for_first_in_every_field_and_at_every_status() {
    let bodies = [
        r#"{"code":"task_not_exist","message":"","data":null}"#,
        r#"{"message":"Task_Not_Exist (request id: 7)"}"#,
        r#"{"status":"task_not_exist"}"#,
        r#"{"error":"task_not_exist"}"#,
        r#"{"error":{"code":"task_not_exist"}}"#,
        r#"{"error":{"message":"{\"code\":\"task_not_exist\"}"}}"#,
        r#"{"code":"success","data":{"status":"task_not_exist"}}"#,
        r#"{"id":"d","status":"FAILED","message":"task_not_exist"}"#,
        "task_not_exist",
        r#""task_not_exist""#,
    ];
    for status in [200, 302, 400, 401, 403, 404, 429, 500, 502] {
        for body in bodies {
            assert_eq!(answer(status, body), "not yet", "{status} {body}");
        }
    }
}

#[test]
fn a_poll_is_sorted_by_the_table() {
    for (status, body, expected) in [
        (400, r#"{"error":"bad"}"#, "passing service"),
        (401, "", "denied wrong_key"),
        (401, HTML, "denied wrong_key"),
        (402, "", "denied quota_not_enough"),
        (403, r#"{"error":{"code":"quota_not_enough","message":"top up"}}"#, "denied quota_not_enough"),
        (403, r#"{"error":{"message":"user is banned"}}"#, "denied wrong_key"),
        (403, HTML, "passing service"),
        (404, "", "not yet"),
        (404, r#"{"error":"no such task"}"#, "not yet"),
        (408, "", "passing service"),
        (410, "", "passing service"),
        (429, HTML, "slow slow_down"),
        (500, r#"{"id":"d","status":"FAILED"}"#, "passing service"),
        (503, r#"{"error":{"code":"model_not_found","message":"x"}}"#, "passing service"),
        (200, r#"{"code":"fail","message":"try later","data":null}"#, "passing service"),
        (200, r#"{"error":{"message":"try later"},"id":"call-1"}"#, "passing service"),
        (200, r#"{"status":"error","message":"try later"}"#, "passing service"),
        (200, r#"{"status":"success"}"#, "passing service"),
        (200, r#"{"status":"SUCCEEDED","output":["https://h/v.mp4"]}"#, "task Succeeded"),
    ] {
        assert_eq!(answer(status, body), expected, "{status} {body}");
    }
}

#[test]
fn an_id_is_found_in_every_shape() {
    for body in [
        r#"{"id":"task_1"}"#,
        r#"{"task_id":"task_1"}"#,
        r#"{"id":12,"task_id":"task_1"}"#,
        r#"{"code":"success","message":"","data":"task_1"}"#,
        r#"{"code":0,"data":{"task_id":"task_1","data":null}}"#,
        r#"{"id":"","data":{"data":{"id":"task_1"}}}"#,
        r#"{"id":7,"data":{"id":"task_1"}}"#,
    ] {
        assert_eq!(submission(200, body).0, "id task_1", "{body}");
    }
    // What may be anything's id, or is none to its last digit: whether there is a task is not known.
    for body in [
        r#"{"error":{"message":"try later"},"id":"task_1"}"#,
        r#"{"code":"fail","data":{"id":"task_1"}}"#,
        r#"{"message":"insufficient balance","data":"denied"}"#,
        r#"{"id":123456789012345678901234}"#,
        r#"{"id":1.5}"#,
    ] {
        assert_eq!(submission(200, body).0, "lost unsure", "{body}");
    }
    assert_eq!(submission(201, r#"{"id":12}"#).0, "id 12");
}

#[test]
fn a_2xx_without_an_id_is_unsure() {
    let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(513));
    for body in [
        "",
        "{}",
        "OK",
        "[]",
        r#"{"id":null}"#,
        r#"{"id":""}"#,
        r#"{"id":".."}"#,
        r#"{"id":"a b"}"#,
        "{\"id\":\"a\\u001bb\"}",
        r#"{"id":{"id":"x"}}"#,
        r#"{"code":"fail","data":"task_1"}"#,
        r#"{"code":"invalid_request","message":"no","data":null}"#,
        &long,
    ] {
        assert_eq!(submission(200, body).0, "lost unsure", "{body}");
    }
    let (kind, problem) = submission(200, HTML);
    assert_eq!(kind, "lost unsure");
    let message = problem.unwrap().message;
    assert!(
        message.starts_with("HTTP 200 without an id: this looks like a website, check base_url"),
        "{message}"
    );
}

#[test]
fn a_submission_is_sorted_by_the_table() {
    for (status, body, expected) in [
        (301, "", "refused wrong_address"),
        (302, HTML, "refused wrong_address"),
        (404, HTML, "refused wrong_address"),
        (404, r#"{"error":"Invalid URL"}"#, "refused rejected"),
        (400, r#"{"error":"promptImage is no URL"}"#, "refused rejected"),
        (400, "", "refused rejected"),
        (401, "", "stop wrong_key"),
        (402, "", "stop quota_not_enough"),
        (403, "", "stop wrong_key"),
        (403, r#"{"error":{"message":"This user is banned","code":""}}"#, "stop wrong_key"),
        (403, r#"{"error":"Model variant gen3a_turbo is not available"}"#, "refused model_not_available"),
        (
            403,
            r#"{"error":{"message":"no quota left for this model, not allowed"}}"#,
            "stop quota_not_enough",
        ),
        (408, "", "lost unsure"),
        (413, HTML, "refused rejected"),
        (429, "", "slow slow_down"),
        (500, "", "lost unsure"),
        (500, r#"{"error":{"message":"invalid_request was said"}}"#, "lost unsure"),
        (502, HTML, "lost unsure"),
        (503, HTML, "lost unsure"),
        (504, "", "lost unsure"),
        (524, "", "lost unsure"),
        (199, "", "lost unsure"),
        (700, "", "lost unsure"),
    ] {
        assert_eq!(submission(status, body).0, expected, "{status} {body}");
    }
    for body in families("quota_not_enough", "top up") {
        assert_eq!(submission(403, &body).0, "stop quota_not_enough", "{body}");
    }
    for body in families("model_not_found", "No available channel for model x") {
        assert_eq!(submission(503, &body).0, "refused model_not_available", "{body}");
    }
    for body in families("invalid_request", "malformed").iter().take(2) {
        assert_eq!(submission(500, body).0, "refused rejected", "{body}");
    }
}

#[test]
fn the_services_words_are_kept() {
    let issues = r#"{"error":"Validation failed","issues":[{"path":["promptImage",0],"message":"must be a URL"},
        {"path":"ratio","message":"is unknown"},{"message":"third"},{}]}"#;
    let told = "Validation failed (promptImage.0: must be a URL; ratio: is unknown; third)";
    let inside = serde_json::json!({"code": 400, "message": issues}).to_string();
    for (body, code) in [(issues, ""), (inside.as_str(), "400")] {
        let Submission::Refused { failure, problem, .. } = read_submission(400, body.as_bytes()) else {
            panic!("{body}")
        };
        assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, told));
        assert!(problem.message.contains(told), "{problem:?}");
    }
}

#[test]
fn the_id_of_the_call_is_found_in_a_message() {
    let body = r#"{"error":{"message":"nope (Request ID: 2026-ab_1.)","code":7}}"#;
    let Submission::Refused { request_id, failure, .. } = read_submission(400, body.as_bytes()) else {
        panic!()
    };
    assert_eq!((request_id.as_deref(), failure.code.as_str()), (Some("2026-ab_1"), "7"));
    let Submission::Lost { request_id, .. } = read_submission(500, body.as_bytes()) else { panic!() };
    assert_eq!(request_id.as_deref(), Some("2026-ab_1"));
}

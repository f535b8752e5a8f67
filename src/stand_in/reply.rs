//! The JSON the service writes, by hand, as `reference/api.md §2` and `§3` show it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::{Timestamp, tz};
use serde_json::{Value, json};

use super::task::{Fate, Phase, Task};

/// In a response's extensions: the caller gets no reply at all.
#[derive(Clone, Copy, Debug)]
pub(super) enum NoReply {
    /// The connection is closed.
    Drop,
    /// The connection stays open and silent.
    Silence,
}

/// In a response's extensions: it is sent only after this.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late(pub Duration);

impl IntoResponse for NoReply {
    fn into_response(self) -> Response {
        let mut response = StatusCode::OK.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

pub(super) fn json_reply(status: StatusCode, value: Value) -> Response {
    (status, Json(value)).into_response()
}

/// A task in the newer shape.
pub(super) fn bare(task: &Task, phase: Phase, urls: &[String]) -> Value {
    let mut value = runway(task, phase, urls);
    value["createdAt"] = json!(utc(task.submitted));
    value
}

/// A task in the gateway's record, with the newer shape inside it.
pub(super) fn wrapped(task: &Task, phase: Phase, urls: &[String]) -> Value {
    let (status, progress) = match phase {
        // Never asked for: a hidden task has no record.
        Phase::Hidden => ("NOT_START", "0%"),
        Phase::Queued(part) if part < 0.34 => ("QUEUED", "0%"),
        Phase::Queued(part) if part < 0.67 => ("SUBMITTED", "10%"),
        Phase::Queued(_) => ("QUEUED", "20%"),
        Phase::Running(_) => (task.running.unwrap_or("IN_PROGRESS"), "30%"),
        Phase::Ended => match task.fate {
            Fate::Succeed | Fate::SucceedWithoutUrl => ("SUCCESS", "100%"),
            Fate::Fail { .. } => ("FAILURE", "100%"),
            Fate::Cancel => ("CANCELLED", "100%"),
        },
    };
    let fail_reason = match (&task.fate, phase) {
        (Fate::Fail { code, .. }, Phase::Ended) => code.as_str(),
        _ => "",
    };
    let mut inner = runway(task, phase, urls);
    inner["createdAt"] = json!(eastern(task.submitted));
    json!({"code": "success", "message": "", "data": {
        "task_id": task.id,
        "action": "IMAGE_TO_VIDEO",
        "status": status,
        "fail_reason": fail_reason,
        "submit_time": epoch(Some(task.submitted)),
        "start_time": epoch(task.started),
        "finish_time": epoch(task.finished),
        "progress": progress,
        // Not documented: a reader must pass over what it does not know.
        "properties": {"input": task.prompt, "model_name": task.model},
        "data": inner,
    }})
}

/// What both shapes share; `createdAt` is written differently in each.
fn runway(task: &Task, phase: Phase, urls: &[String]) -> Value {
    let id = &task.id;
    match (phase, &task.fate) {
        (Phase::Queued(part), _) if part >= 0.5 => json!({"id": id, "status": "THROTTLED"}),
        (Phase::Hidden | Phase::Queued(_), _) => json!({"id": id, "status": "PENDING"}),
        (Phase::Running(part), _) => {
            let progress = (part * 1000.0).round() / 1000.0;
            json!({"id": id, "status": task.running.unwrap_or("RUNNING"), "progress": progress})
        }
        (Phase::Ended, Fate::Succeed) => {
            json!({"id": id, "status": "SUCCEEDED", "output": urls})
        }
        (Phase::Ended, Fate::SucceedWithoutUrl) => json!({"id": id, "status": "SUCCEEDED"}),
        (Phase::Ended, Fate::Fail { code, text }) => {
            json!({"id": id, "status": "FAILED", "failure": text, "failureCode": code})
        }
        (Phase::Ended, Fate::Cancel) => json!({"id": id, "status": "CANCELLED"}),
    }
}

/// `task_not_exist`, in four of the places and at both of the statuses where it was met (`§2.2`).
pub(super) fn not_exist(turn: u32, request: &str) -> Response {
    let (status, value) = match turn % 4 {
        0 => (400, json!({"code": "task_not_exist", "message": "task_not_exist", "data": null})),
        1 => (200, json!({"code": "task_not_exist", "message": "task does not exist", "data": null})),
        2 => (
            400,
            json!({"error": {"message": format!("task_not_exist (request id: {request})"),
                "type": "comet_api_error", "code": "task_not_exist"}}),
        ),
        _ => (200, json!({"error": "task_not_exist"})),
    };
    json_reply(StatusCode::from_u16(status).unwrap_or_default(), value)
}

/// The family `{"error":{message, type, code}}`.
pub(super) fn gateway_error(status: StatusCode, code: &str, message: &str, request: &str) -> Response {
    json_reply(
        status,
        json!({"error": {"message": format!("{message} (request id: {request})"),
            "type": "comet_api_error", "code": code}}),
    )
}

/// The family `{"code","message","data":null}`.
pub(super) fn coded_error(status: StatusCode, code: &str, message: &str) -> Response {
    json_reply(status, json!({"code": code, "message": message, "data": null}))
}

pub(super) fn slow_down(seconds: u32, request: &str) -> Response {
    let mut response = gateway_error(
        StatusCode::TOO_MANY_REQUESTS,
        "rate_limit_exceeded",
        "Too many requests, slow down",
        request,
    );
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

pub(super) fn html(status: StatusCode, title: &str) -> Response {
    (
        status,
        Html(format!(
            "<!doctype html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        )),
    )
        .into_response()
}

fn utc(time: SystemTime) -> String {
    Timestamp::try_from(time).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn eastern(time: SystemTime) -> String {
    let zone = tz::TimeZone::fixed(tz::offset(8));
    Timestamp::try_from(time).unwrap_or_default().to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Whole seconds since 1970; 0 for a time that has not come.
pub(super) fn epoch(time: Option<SystemTime>) -> u64 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_secs())
}

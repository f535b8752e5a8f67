//! What the service answers to a poll, in both of its shapes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use taxiway::job::{Phase, Report};

/// The body of the reply that tells of `report`: as the gateway wraps it, or bare.
pub fn body(task_id: &str, report: &Report, at: Timestamp, wrapped: bool) -> String {
    let bare = bare(task_id, report, at);
    let reply = if wrapped { wrap(task_id, report, at, &bare) } else { bare };
    reply.to_string()
}

fn bare(task_id: &str, report: &Report, at: Timestamp) -> Value {
    let mut task = json!({ "id": task_id, "status": report.raw_status, "createdAt": at.to_string() });
    if let Some(progress) = report.progress {
        task["progress"] = json!(progress);
    }
    if let Some(failure) = &report.failure {
        task["failure"] = json!(failure.message);
        task["failureCode"] = json!(failure.code);
    }
    if !report.urls.is_empty() {
        task["output"] = json!(report.urls);
    }
    task
}

fn wrap(task_id: &str, report: &Report, at: Timestamp, inner: &Value) -> Value {
    let (status, progress) = match report.phase {
        Phase::Succeeded => ("SUCCESS", "100%"),
        Phase::Failed => ("FAILURE", "100%"),
        Phase::Cancelled => ("CANCELLED", "100%"),
        Phase::Running => ("IN_PROGRESS", "30%"),
        Phase::Queued | Phase::Other => ("QUEUED", "0%"),
    };
    let reason = report.failure.as_ref().map_or("", |failure| &failure.code);
    let second = at.as_second();
    json!({ "code": "success", "message": "", "data": {
        "task_id": task_id, "action": "IMAGE_TO_VIDEO", "status": status, "fail_reason": reason,
        "submit_time": second - 60, "start_time": second - 50, "finish_time": 0, "progress": progress,
        "properties": { "input": "", "model_name": "gen3a_turbo" }, "data": inner,
    }})
}

/// A link to the video, as long as real ones, which tells itself when it ends.
pub fn link(task_id: &str, ends: Timestamp) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "HS256" }));
    let claims = json!({
        "keyHash": "0d4c2b1f9a6e7385", "bucket": "task-artifacts", "stage": "prod", "exp": ends.as_second()
    });
    let signature = URL_SAFE_NO_PAD.encode([7; 32]);
    format!("https://cdn.example.com/{task_id}.mp4?_jwt={head}.{}.{signature}", part(claims))
}

//! The account's own calls (`reference/api.md §6`): what it accepted, and what that cost.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::house::House;
use super::reply::{epoch, gateway_error, json_reply};
use super::routes::RequestId;
use super::task::{Fate, Task};

/// What each task costs; 500,000 are one dollar.
pub(super) const COST: usize = 160_000;
/// What the account began with.
const BEGINNING: usize = 50_000_000;
/// A page never holds more than this, whatever is asked for.
const PAGE_MAX: usize = 100;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    p: usize,
    #[serde(default)]
    page_size: usize,
    platform: Option<String>,
    task_id: Option<String>,
    #[serde(default)]
    start_timestamp: u64,
    end_timestamp: Option<u64>,
}

/// The account's tasks, the newest first.
pub(super) async fn tasks(
    State(house): State<Arc<House>>,
    Extension(RequestId(id)): Extension<RequestId>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = wrong_token(&headers, &id) {
        return refusal;
    }
    let state = house.state();
    let times = wanted.start_timestamp..=wanted.end_timestamp.unwrap_or(u64::MAX);
    let platform = wanted.platform.as_deref().is_none_or(|platform| platform == "runwayml");
    let mut found: Vec<_> = state
        .tasks
        .values()
        .filter(|task| platform && times.contains(&epoch(Some(task.submitted))))
        .filter(|task| wanted.task_id.as_ref().is_none_or(|id| *id == task.id))
        .collect();
    found.sort_by_key(|task| std::cmp::Reverse(task.number));
    let size = wanted.page_size.clamp(1, PAGE_MAX);
    let skipped = wanted.p.saturating_sub(1).saturating_mul(size);
    let items: Vec<_> = found.iter().skip(skipped).take(size).map(|task| item(task)).collect();
    let data = json!({"page": wanted.p, "page_size": size, "total": found.len(), "items": items});
    json_reply(StatusCode::OK, json!({"success": true, "message": "", "data": data}))
}

/// What is left of the account's balance.
pub(super) async fn user(
    State(house): State<Arc<House>>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = wrong_token(&headers, &id) {
        return refusal;
    }
    let used = house.state().billed * COST;
    let data = json!({"username": "stand-in", "quota": BEGINNING.saturating_sub(used), "used_quota": used});
    json_reply(StatusCode::OK, json!({"success": true, "message": "", "data": data}))
}

/// A task as the account's list shows it. Its state is the one of the last poll; every other one goes by
/// the name of its endpoint, as the service's bills do.
fn item(task: &Task) -> Value {
    let (status, progress) = match (task.finished, task.started, &task.fate) {
        (Some(_), _, Fate::Succeed | Fate::SucceedWithoutUrl) => ("SUCCESS", "100%"),
        (Some(_), _, Fate::Fail { .. }) => ("FAILURE", "100%"),
        (Some(_), _, Fate::Cancel) => ("CANCELLED", "100%"),
        (None, Some(_), _) => ("IN_PROGRESS", "30%"),
        (None, None, _) => ("SUBMITTED", "10%"),
    };
    let model = if task.number.is_multiple_of(2) { task.model.as_str() } else { "runwayml_image_to_video" };
    let submitted = epoch(Some(task.submitted));
    json!({
        "created_at": submitted, "platform": "runwayml", "task_id": task.id, "action": "IMAGE_TO_VIDEO",
        "status": status, "model_name": model, "progress": progress, "quota": COST,
        "submit_time": submitted, "finish_time": epoch(task.finished),
    })
}

/// The answer to what is no account token: nothing, an API key, or `wrong…`.
fn wrong_token(headers: &HeaderMap, request: &str) -> Option<Response> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map_or("", str::trim);
    let refused = token.is_empty() || token.starts_with("sk-") || token.starts_with("wrong");
    refused.then(|| gateway_error(StatusCode::UNAUTHORIZED, "unauthorized", "Invalid access token", request))
}

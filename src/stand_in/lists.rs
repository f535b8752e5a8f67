//! What a key may use, what it has used, and what things cost (`reference/api.md §6`).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::account::COST;
use super::house::House;
use super::reply::json_reply;
use super::routes::{RequestId, wrong_key};
use super::rules;

/// What a key may use that is no `sk-unlimited…`, in dollars.
const LIMIT: usize = 100;

/// The models of a key. Those of other makers that are to be had by way of Runway go by the name of the
/// endpoint; and there are more than this program knows.
pub(super) async fn models(
    State(house): State<Arc<House>>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let rule = house.state().plan().key;
    if let Some(refusal) = wrong_key(&headers, rule, false, &id) {
        return refusal;
    }
    let own = rules::models().filter(|name| name.starts_with("gen"));
    let names = own.chain(["gen4_aleph", "runwayml_image_to_video"]);
    let item = |name: &str, owner: &str| json!({"id": name, "object": "model", "owned_by": owner});
    let list = names.map(|name| item(name, "runwayml")).chain([item("gpt-5-mini", "openai")]);
    let list: Vec<_> = list.collect();
    json_reply(StatusCode::OK, json!({"success": true, "object": "list", "data": list}))
}

/// What some models cost, for anybody. Prices come as numbers and as texts.
pub(super) async fn catalog() -> Response {
    let item = |name: &str, provider: &str, kind: &str, pricing| json!({"id": name, "provider": provider, "model_type": kind, "pricing": pricing});
    let data = json!([
        item("gen4_turbo", "runwayml", "video", json!({"per_second": 0.05, "per_request": null})),
        item("gen4.5", "runwayml", "video", json!({"per_second": "0.15"})),
        item("gen4_aleph", "runwayml", "video", json!({"per_second": "0.18"})),
        item("runwayml_image_to_video", "runwayml", "video", json!({"per_request": 0.32})),
        item("gpt-5-mini", "openai", "text", json!({"input": 0.25, "output": 2, "unit": "1M tokens"})),
    ]);
    json_reply(StatusCode::OK, json!({"success": true, "data": data}))
}

/// What the key may use altogether, in dollars.
pub(super) async fn subscription(
    State(house): State<Arc<House>>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let rule = house.state().plan().key;
    if let Some(refusal) = wrong_key(&headers, rule, false, &id) {
        return refusal;
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let unlimited = bearer.is_some_and(|bearer| bearer.contains("sk-unlimited"));
    let limit = if unlimited { 100_000_000 } else { LIMIT };
    json_reply(
        StatusCode::OK,
        json!({"object": "billing_subscription", "has_payment_method": true, "soft_limit_usd": limit,
            "hard_limit_usd": limit, "system_hard_limit_usd": limit, "access_until": 0}),
    )
}

/// What the key has used, in cents.
pub(super) async fn usage(
    State(house): State<Arc<House>>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let state = house.state();
    if let Some(refusal) = wrong_key(&headers, state.plan().key, false, &id) {
        return refusal;
    }
    json_reply(StatusCode::OK, json!({"object": "list", "total_usage": state.billed * COST / 5_000}))
}

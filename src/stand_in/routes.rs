//! What answers at which path.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::json;

use super::files::Flow;
use super::house::House;
use super::reply::{
    self, Late, NoReply, bare, coded_error, gateway_error, html, json_reply, slow_down, wrapped,
};
use super::rules::{self, Refusal};
use super::scenario::{File, Key, Poll, Post, Shape, Site};
use super::task::{self, Fate, Phase, Task};
use super::{Seen, Taken, account, files, house, lists};

/// More than the largest image that is sent in a request, and what is around it.
const BODY_LIMIT: usize = 8 * 1024 * 1024;
const HUGE: usize = 2 * 1024 * 1024;
/// A late reply comes so much later.
const LATE: Duration = Duration::from_secs(1);
const REQUEST_ID: &str = "x-cometapi-request-id";
const ELSEWHERE: &str = "/elsewhere";

/// The id of one call, as in the reply's header and in the text of errors.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

pub(super) fn router(house: Arc<House>) -> Router {
    Router::new()
        .route("/runwayml/v1/image_to_video", post(create))
        .route("/runwayml/v1/tasks/{id}", get(poll))
        .route("/files/{name}", get(file))
        .route("/v1/models", get(lists::models))
        .route("/api/models", get(lists::catalog))
        .route("/v1/dashboard/billing/subscription", get(lists::subscription))
        .route("/v1/dashboard/billing/usage", get(lists::usage))
        .route("/api/task/self", get(account::tasks))
        .route("/api/user/self", get(account::user))
        .fallback(nowhere)
        .layer(from_fn_with_state(Arc::clone(&house), site))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(&house), record))
        .with_state(house)
}

/// Keeps the request as it came. It is kept once its answer is settled and before that goes out: who sees the
/// request, or its answer, also sees what it did.
async fn record(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let at = Instant::now();
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await;
    let seen = Seen {
        method: head.method.clone(),
        path: head.uri.path().into(),
        query: head.uri.query().map(Into::into),
        headers: head.headers.clone(),
        body: body.as_ref().cloned().unwrap_or_default(),
        at,
    };
    let id = uuid::Uuid::new_v4().simple().to_string();
    let value = HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"));
    let mut response = match body {
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Ok(body) => {
            let mut request = Request::from_parts(head, Body::from(body));
            request.extensions_mut().insert(RequestId(id));
            next.run(request).await
        }
    };
    house.keep(seen);
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// What stands at the base URL, before any path of the API is looked at.
async fn site(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let site = house.state().plan().site;
    match site {
        _ if path.starts_with("/files/") || path.starts_with(ELSEWHERE) => next.run(request).await,
        Site::NoAside if ["/api/", "/v1/"].iter().any(|start| path.starts_with(start)) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            coded_error(status, "system_overloaded", "the database is away")
        }
        Site::Service | Site::NoAside => next.run(request).await,
        Site::Website(status) => html(StatusCode::from_u16(status).unwrap_or_default(), "Welcome"),
        Site::Moved => {
            let target = format!("{}{ELSEWHERE}{path}", house.base_url);
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response()
        }
    }
}

async fn nowhere(Extension(RequestId(id)): Extension<RequestId>, method: Method, uri: Uri) -> Response {
    let message = format!("Invalid URL ({method} {})", uri.path());
    gateway_error(StatusCode::NOT_FOUND, "not_found", &message, &id)
}

async fn create(
    State(house): State<Arc<House>>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut state = house.state();
    let plan = state.plan();
    if let Some(refusal) = wrong_key(&headers, plan.key, false, &id) {
        return refusal;
    }
    let fault = if plan.post == Post::Drawn { state.dice.post() } else { plan.post };
    match fault {
        Post::TooMany(first) if state.turned_away < first => {
            state.turned_away += 1;
            return slow_down(1, &id);
        }
        Post::Quota => {
            let message = format!("user quota is not enough (request id: {id})");
            return coded_error(StatusCode::FORBIDDEN, "quota_not_enough", &message);
        }
        _ => {}
    }
    if let Some(refusal) = wrong_headers(&headers) {
        return refusal;
    }
    let wish = match rules::read(&body) {
        Ok(wish) => wish,
        Err(refusal) => return refused(&refusal, fault == Post::NestRefusals, &id),
    };
    if plan.prompt_words && wish.prompt.contains(task::BUSY) {
        let attempts = state.busy.entry(wish.prompt.clone()).or_default();
        *attempts += 1;
        if *attempts <= 2 {
            return slow_down(2, &id);
        }
    }
    let lost = plan.prompt_words && wish.prompt.contains(task::LOST);
    let prompt = wish.prompt.clone();
    if fault == Post::DropUnheard {
        state.ledger.push(Taken { prompt, task: None });
        return NoReply::Drop.into_response();
    }
    let task = state.create(wish);
    state.ledger.push(Taken { prompt, task: Some(task.clone()) });
    match fault {
        _ if lost => NoReply::Drop.into_response(),
        Post::CreateThenDrop | Post::DropUnheard => NoReply::Drop.into_response(),
        Post::CreateThenSilence => NoReply::Silence.into_response(),
        Post::CreateThenNoId => json_reply(StatusCode::OK, json!({})),
        Post::CreateThen500 => {
            gateway_error(StatusCode::INTERNAL_SERVER_ERROR, "do_request_failed", "upstream error", &id)
        }
        Post::CreateThen502 => html(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        Post::CreateThenGarbage => json_bytes(format!(r#"{{"id":"{}"#, task.split_at(9).0).into_bytes()),
        Post::Late => {
            let mut response = json_reply(StatusCode::OK, json!({"id": task}));
            response.extensions_mut().insert(Late(LATE));
            response
        }
        Post::Accept | Post::Drawn | Post::TooMany(_) | Post::Quota | Post::NestRefusals => {
            json_reply(StatusCode::OK, json!({"id": task}))
        }
    }
}

/// The answer to a key that is not taken: none, an empty one, `sk-wrong…`, or any where all are refused.
pub(super) fn wrong_key(headers: &HeaderMap, rule: Key, is_poll: bool, request: &str) -> Option<Response> {
    let all_refused = match rule {
        Key::Good => false,
        Key::Refused | Key::Echoed => true,
        Key::RefusedOnPolls => is_poll,
    };
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map_or("", str::trim);
    (all_refused || key.is_empty() || key.starts_with("sk-wrong")).then(|| {
        let message = match rule {
            _ if key.is_empty() => "No API key was given".into(),
            Key::Echoed => format!("Invalid API key: {key}, sent as 'Bearer {key}'"),
            _ => "Invalid API key".into(),
        };
        gateway_error(StatusCode::UNAUTHORIZED, "invalid_api_key", &message, request)
    })
}

fn wrong_headers(headers: &HeaderMap) -> Option<Response> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let error = if text("x-runway-version").is_empty() {
        "The X-Runway-Version header is required."
    } else if !text("content-type").starts_with("application/json") {
        "The Content-Type must be application/json."
    } else {
        return None;
    };
    Some(json_reply(StatusCode::BAD_REQUEST, json!({"error": error})))
}

fn refused(refusal: &Refusal, nested: bool, request: &str) -> Response {
    match refusal {
        Refusal::Malformed(why) => {
            let message = format!("the body is no JSON object: {why} (request id: {request})");
            coded_error(StatusCode::INTERNAL_SERVER_ERROR, "invalid_request", &message)
        }
        Refusal::NoChannel(model) => {
            let message = format!("No available channel for model {model} under group default");
            gateway_error(StatusCode::SERVICE_UNAVAILABLE, "model_not_found", &message, request)
        }
        Refusal::NotAvailable(model) => {
            let error = format!("Model variant {model} is not available");
            json_reply(StatusCode::FORBIDDEN, json!({"error": error}))
        }
        Refusal::Issues(issues) => {
            let issues: Vec<_> = issues.iter().map(rules::Issue::json).collect();
            let value = json!({"error": "Validation of body failed", "issues": issues});
            if nested {
                coded_error(StatusCode::BAD_REQUEST, "fail_to_fetch_task", &value.to_string())
            } else {
                json_reply(StatusCode::BAD_REQUEST, value)
            }
        }
    }
}

async fn poll(
    State(house): State<Arc<House>>,
    Extension(RequestId(request)): Extension<RequestId>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut state = house.state();
    let plan = state.plan();
    if let Some(refusal) = wrong_key(&headers, plan.key, true, &request) {
        return refusal;
    }
    if let Some(canned) = state.canned.get(&id) {
        return canned.answer();
    }
    let drawn = matches!(plan.poll, Poll::Drawn).then(|| state.dice.poll());
    let Some(task) = state.tasks.get_mut(&id) else { return reply::not_exist(0, &request) };
    let (fault, turn) = drawn.unwrap_or((plan.poll, task.spoiled));
    if let Some(spoiled) = spoil(fault, turn, task, &request) {
        task.spoiled = task.spoiled.saturating_add(1);
        return spoiled;
    }
    let phase = task.poll();
    if phase == Phase::Hidden {
        // The number takes part so that two tasks do not answer alike.
        return reply::not_exist(task.polls.wrapping_add(low_bits(task.number)), &request);
    }
    let videos = if phase == Phase::Ended && task.fate == Fate::Succeed { plan.videos } else { 0 };
    let urls: Vec<String> = (0..videos).map(|_| files::issue(task, &house.base_url)).collect();
    let wrap = match plan.shape {
        Shape::Bare => false,
        Shape::Wrapped => true,
        Shape::ByTurns => (task.polls.wrapping_add(low_bits(task.number))).is_multiple_of(2),
    };
    let value = if wrap { wrapped(task, phase, &urls) } else { bare(task, phase, &urls) };
    json_reply(StatusCode::OK, value)
}

fn low_bits(number: u64) -> u32 {
    u32::try_from(number & 0xFFFF).unwrap_or_default()
}

fn json_bytes(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// What the scenario makes of this poll, and which of those it spoils, from 0, if anything.
fn spoil(fault: Poll, turn: u32, task: &Task, request: &str) -> Option<Response> {
    let json_bytes = |bytes| Some(json_bytes(bytes));
    let json = |value| Some(json_reply(StatusCode::OK, value));
    let id = &task.id;
    match (fault, turn) {
        (Poll::Hide, turn) => Some(reply::not_exist(turn, request)),
        (Poll::Silence, 0) => Some(NoReply::Silence.into_response()),
        (Poll::Drop, 0..2) => Some(NoReply::Drop.into_response()),
        (Poll::TooMany, 0..2) => Some(slow_down(1, request)),
        (Poll::ServerErrors, 0) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Some(gateway_error(status, "get_task_failed", "the database is away", request))
        }
        (Poll::ServerErrors, 1) => Some(html(StatusCode::BAD_GATEWAY, "502 Bad Gateway")),
        (Poll::ServerErrors, 2) => {
            Some(coded_error(StatusCode::SERVICE_UNAVAILABLE, "system_overloaded", "try again later"))
        }
        (Poll::Garbage, 0) => json_bytes(format!(r#"{{"id":"{id}","status":"SUCC"#).into_bytes()),
        (Poll::Garbage, 1) => {
            json_bytes(b"upstream connect error or disconnect/reset before headers".to_vec())
        }
        (Poll::Garbage, 2) => json_bytes(br#"["SUCCEEDED"]"#.to_vec()),
        (Poll::Garbage, 3) => json_bytes(Vec::new()),
        (Poll::Garbage, 4) => json_bytes(b"{\"status\":\"\xff\xfe\x00".to_vec()),
        (Poll::Huge, 0..2) => {
            let mut value = bare(task, Phase::Queued(0.0), &[]);
            value["padding"] = "x".repeat(HUGE).into();
            json(value)
        }
        (Poll::Hollow, 0) => json(json!({"code": "success", "message": "", "data": null})),
        (Poll::Hollow, 1) => json(json!({})),
        (Poll::Hollow, 2) => json(json!({"code": "success", "message": "", "data": {}})),
        (Poll::Hollow, 3) => json(json!({"id": id, "status": null})),
        (Poll::Fickle, 0) => json(bare(task, Phase::Running(0.9), &[])),
        (Poll::Fickle, 1) => json(bare(task, Phase::Running(0.1), &[])),
        (Poll::Fickle, 2) => json(json!({"id": id, "status": "TAXIING", "progress": "soon"})),
        (Poll::Fickle, 3) => json(bare(task, Phase::Queued(0.0), &[])),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Token {
    #[serde(rename = "_jwt", default)]
    token: String,
}

async fn file(
    State(house): State<Arc<House>>,
    Path(name): Path<String>,
    Query(Token { token }): Query<Token>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let mut state = house.state();
    let fault = match state.plan().file {
        File::Drawn => state.dice.file(),
        told => told,
    };
    if headers.contains_key(header::AUTHORIZATION) {
        state.leaked_keys += 1;
        let text = "An Authorization header does not belong here: the URL carries its own authority.\n";
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    match allowed(&mut state, &name, &token, fault) {
        Err(status) => (status, "Access denied\n").into_response(),
        Ok(task) => match fault {
            File::Html => html(StatusCode::OK, "Please log in"),
            File::NotMp4 => files::not_mp4(),
            File::CutOnce if task.cut == 0 && method == Method::GET => {
                task.cut += 1;
                files::serve(&method, &headers, Flow::Cut)
            }
            File::Cut if method == Method::GET => files::serve(&method, &headers, Flow::Cut),
            File::Slow if method == Method::GET => files::serve(&method, &headers, Flow::Slow),
            File::Short if method == Method::GET => files::serve(&method, &headers, Flow::Short),
            _ => files::serve(&method, &headers, Flow::Whole),
        },
    }
}

/// The task behind a result URL whose token is good.
fn allowed<'a>(
    state: &'a mut house::State,
    name: &str,
    token: &str,
    fault: File,
) -> Result<&'a mut Task, StatusCode> {
    let (id, nth) = files::parse_name(name).ok_or(StatusCode::NOT_FOUND)?;
    let task = state.tasks.get_mut(id).ok_or(StatusCode::NOT_FOUND)?;
    let issued = nth.checked_sub(1).and_then(|nth| task.issued.get(nth)).ok_or(StatusCode::NOT_FOUND)?;
    let gone = match fault {
        File::AllGone => true,
        File::FirstGone => nth == 1,
        _ => false,
    };
    if gone || issued.token != token || issued.expires <= SystemTime::now() {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(task)
}

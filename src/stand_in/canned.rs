//! Replies to polls that were recorded elsewhere, given byte for byte.

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Service;

/// What every poll of one task is answered with.
pub(super) struct Canned {
    status: StatusCode,
    body: Bytes,
}

impl Canned {
    pub(super) fn answer(&self) -> Response {
        let kind = match self.body.trim_ascii_start().first() {
            Some(b'{' | b'[') => "application/json",
            Some(b'<') => "text/html",
            _ => "text/plain",
        };
        (self.status, [(header::CONTENT_TYPE, kind)], self.body.clone()).into_response()
    }
}

impl Service {
    /// Answers each poll of this task with exactly this from now on, whether there is such a task or not. The
    /// key is looked at all the same. A status that is no final one of HTTP (200 to 599) becomes 502.
    pub fn set_reply(&self, task_id: &str, status: u16, body: impl Into<Bytes>) {
        let status = StatusCode::from_u16(status).ok().filter(|status| (200..600).contains(&status.as_u16()));
        let canned = Canned { status: status.unwrap_or(StatusCode::BAD_GATEWAY), body: body.into() };
        self.state().canned.insert(task_id.into(), canned);
    }
}

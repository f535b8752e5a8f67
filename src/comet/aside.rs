//! The calls that are about no task: one way to ask, and to read what comes back.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, header::DATE};
use serde_json::Value;
use url::Url;

use super::{
    client::{Torn, body, broken, cause, head},
    forms,
    reply::Reply,
    sort::{service, slow_down, wrong_address},
    text::Scrubber,
};
use crate::job::Problem;

/// A call, and how its failures are told.
pub(super) struct Aside<'a> {
    /// Who is asked, as `the account`.
    pub whom: &'static str,
    /// What 401 and 403 mean.
    pub denied: fn(&Reply) -> Problem,
    pub base: &'a Url,
    pub scrubber: &'a Scrubber,
    /// For the whole call.
    pub patience: Duration,
}

/// What came back, whatever it was.
pub(super) struct Asked {
    pub status: u16,
    /// The service's clock, where it told.
    pub date: Option<Timestamp>,
    /// The service's name for the call.
    pub request_id: Option<String>,
    /// The reply's JSON; or `service`, `wrong_address`, `slow_down`, `network` where it broke off, or what
    /// `denied` makes of it.
    pub verdict: Result<Value, Problem>,
}

impl Aside<'_> {
    /// The reply's JSON, and the service's clock.
    ///
    /// # Errors
    /// As [`look`](Self::look), and as the verdict of what came back.
    pub(super) async fn ask(&self, request: RequestBuilder) -> Result<(Value, Option<Timestamp>), Problem> {
        let asked = self.look(request).await?;
        asked.verdict.map(|json| (json, asked.date))
    }

    /// What comes back.
    ///
    /// # Errors
    /// `network`: nothing did.
    pub(super) async fn look(&self, request: RequestBuilder) -> Result<Asked, Problem> {
        let response = request.send().await.map_err(|error| {
            self.network(&if error.is_connect() {
                format!("no connection to {}: {}", self.base.host_str().unwrap_or_default(), cause(&error))
            } else {
                broken(&error, self.patience)
            })
        })?;
        let date = response.headers().get(DATE).and_then(|date| forms::http_date(date.to_str().ok()?));
        let (status, head) = (response.status().as_u16(), head(&response, self.scrubber));
        let (bytes, torn) = match body(response).await {
            Ok(bytes) => (bytes, None),
            Err(torn) => (Vec::default(), Some(torn)),
        };
        let reply = Reply::new(status, head, &bytes, self.scrubber);
        let request_id = reply.request_id.clone();
        let verdict = match torn {
            // A refusal tells by its status alone.
            Some(torn) if !matches!(status, 300..=499) => {
                let what = format!("HTTP {status}, but {}", torn.tell(self.patience));
                Err(if matches!(torn, Torn::TooLarge) { service(what) } else { self.network(&what) })
            }
            _ => self.read(reply),
        };
        Ok(Asked { status, date, request_id, verdict })
    }

    fn network(&self, what: &str) -> Problem {
        Problem::new("network", format!("{} could not be asked: {what}", self.whom))
    }

    fn read(&self, reply: Reply) -> Result<Value, Problem> {
        let (status, whom) = (reply.status, self.whom);
        let refused =
            |field: &str| reply.json.as_ref().and_then(|json| json.get(field)) == Some(&false.into());
        match status {
            300..=399 => Err(wrong_address(&reply)),
            200..=299 | 404 if reply.html => Err(wrong_address(&reply)),
            401..=403 => Err((self.denied)(&reply)),
            429 => Err(slow_down(&reply)),
            200..=299 if refused("success") => Err(service(reply.words.after("the service refused to tell"))),
            200..=299 => reply.json.ok_or_else(|| service(format!("HTTP {status} without JSON"))),
            _ => Err(service(reply.words.after(&format!("{whom} could not be asked: HTTP {status}")))),
        }
    }
}

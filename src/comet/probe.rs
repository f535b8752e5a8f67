//! The cheapest call there is (`reference/api.md §6`), to find out whether the service can be reached, takes the
//! key, and has the same time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AUTHORIZATION, DATE};
use secrecy::SecretString;

use super::{
    account::ahead,
    client::{authorization, base, body, broken, build, cause, head, join, plain},
    forms,
    reply::Reply,
    sort::{denial, network, service, slow_down, told, wrong_address},
    text::Scrubber,
};
use crate::{config::CaFile, job::Problem};

/// What is to be asked.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The service, without `/v1`.
    pub base_url: String,
    /// The key; without one the service refuses, which tells of the rest all the same.
    pub key: Option<SecretString>,
    /// For name, connection and TLS together.
    pub connect_timeout: Duration,
    /// For all of it.
    pub timeout: Duration,
    /// Certificates that are trusted beside the system's own.
    pub ca: Option<CaFile>,
}

/// What the service answered, whatever it was.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The HTTP status.
    pub status: u16,
    /// How far the service's clock is before ours, to a second or so, where it told.
    pub ahead: Option<SignedDuration>,
    /// The service's name for the call.
    pub request_id: Option<String>,
    /// Whether it takes the key, or what it says instead: `wrong_key`, `quota_not_enough`, `wrong_address`,
    /// `slow_down`, `service`.
    pub verdict: Result<(), Problem>,
}

impl Probe {
    /// Asks for the list of models. Nothing is created or billed.
    ///
    /// # Errors
    /// `network`: no answer came. `client`: the base URL or the key cannot be used.
    pub async fn ask(&self) -> Result<Probed, Problem> {
        let base = base(&self.base_url)?;
        let ca = self.ca.as_ref();
        let http = build(plain(&base, self.connect_timeout, ca)?.timeout(self.timeout), ca)?;
        let mut request = http.get(join(&base, &["v1", "models"]));
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, authorization(key, "key")?);
        }
        let asked = Timestamp::now();
        let response = request.send().await.map_err(|error| {
            network(if error.is_connect() {
                format!("no connection to {}: {}", base.host_str().unwrap_or_default(), cause(&error))
            } else {
                broken(&error, self.timeout)
            })
        })?;
        let answered = Timestamp::now();
        let date = response.headers().get(DATE).and_then(|date| forms::http_date(date.to_str().ok()?));
        let scrubber = Scrubber::new(self.key.clone());
        let (status, head) = (response.status().as_u16(), head(&response, &scrubber));
        // A refusal tells by its status alone, whatever became of the rest.
        let bytes = body(response).await.unwrap_or_default();
        let reply = Reply::new(status, head, &bytes, &scrubber);
        let verdict = verdict(&reply);
        let ahead = date.map(|date| ahead(date, asked, answered));
        Ok(Probed { status, ahead, request_id: reply.request_id, verdict })
    }
}

fn verdict(reply: &Reply) -> Result<(), Problem> {
    match reply.status {
        300..=399 => Err(wrong_address(reply)),
        200..=299 | 404 if reply.html => Err(wrong_address(reply)),
        200..=299 if reply.json.is_some() => Ok(()),
        401..=403 => Err(denial(reply)),
        429 => Err(slow_down(reply)),
        _ => Err(service(told(reply))),
    }
}

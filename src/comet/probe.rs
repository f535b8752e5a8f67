//! The cheapest call there is (`reference/api.md §6`), to find out whether the service can be reached, takes the
//! key, and has the same time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::AUTHORIZATION;
use secrecy::SecretString;

use super::{
    account::ahead,
    aside::{Aside, Asked},
    client::{authorization, base, build, join, plain},
    sort::denial,
    text::Scrubber,
    tls::tls,
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
        let tls = tls(self.ca.as_ref())?;
        let http = build(plain(&base, self.connect_timeout, &tls).timeout(self.timeout))?;
        let mut request = http.get(join(&base, &["v1", "models"]));
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, authorization(key, "key")?);
        }
        let scrubber = Scrubber::new(self.key.clone());
        let whom = "the service";
        let aside = Aside { whom, denied: denial, base: &base, scrubber: &scrubber, patience: self.timeout };
        let sent = Timestamp::now();
        let Asked { status, date, request_id, verdict } = aside.look(request).await?;
        let ahead = date.map(|date| ahead(date, sent, Timestamp::now()));
        Ok(Probed { status, ahead, request_id, verdict: verdict.map(drop) })
    }
}

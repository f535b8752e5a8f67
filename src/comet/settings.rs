use std::time::Duration;

use secrecy::SecretString;

use crate::config::{CaFile, Config};

/// What a client needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The service, without `/v1`. Plain http only where it is a loopback address.
    pub base_url: String,
    /// Goes into the `Authorization` header and nowhere else.
    pub key: SecretString,
    /// The account's token, where there is one: only the account's own calls carry it.
    pub access_token: Option<SecretString>,
    /// Sent as `X-Runway-Version`.
    pub runway_version: String,
    /// For name, connection and TLS together.
    pub connect_timeout: Duration,
    /// For the answer to a request for a task, once connected.
    pub reply_timeout: Duration,
    /// For a whole poll; for a download, the longest silence.
    pub poll_timeout: Duration,
    /// Certificates that are trusted beside the system's own.
    pub ca: Option<CaFile>,
}

impl Settings {
    /// What the config says; nothing where there is no key.
    pub fn of(config: &Config) -> Option<Self> {
        let key = config.key.as_ref()?.secret().clone();
        Some(Self { key, ..Self::without_key(config) })
    }

    /// The same for the calls that need no key, or the account token alone.
    pub fn without_key(config: &Config) -> Self {
        Self {
            base_url: config.service.clone(),
            key: SecretString::default(),
            access_token: config.access_token.as_ref().map(|token| token.secret().clone()),
            runway_version: config.runway_version.clone(),
            connect_timeout: config.submit.connect_timeout,
            reply_timeout: config.submit.reply_timeout,
            poll_timeout: config.poll.timeout,
            ca: config.ca.clone(),
        }
    }
}

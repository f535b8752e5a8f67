use std::{error::Error as _, fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use reqwest::{
    ClientBuilder, RequestBuilder, Response,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
    redirect, retry,
};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Host, Url};

use super::{
    Settings,
    answer::{Answer, Polled, Submission},
    aside::Aside,
    reply::{Head, Reply},
    sort::{denial, lost_for, network, service, sort_cancel, sort_poll, sort_submission, unsure},
    text::{Scrubber, clean, seconds},
    tls::tls,
    video::{self, FetchError, Resume, Video},
};
use crate::job::{Problem, Request};

/// A larger reply is not read to its end. Real ones have a few kilobytes.
const REPLY_MAX: usize = 1024 * 1024;
/// A picture within a request has at least so many characters a second to leave in.
const UPLOAD_MIN: usize = 32 * 1024;
/// So much of a network error is told, in characters.
pub(super) const CAUSE_MAX: usize = 300;

/// The service, as seen from here. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    authorization: HeaderValue,
    runway_version: HeaderValue,
    scrubber: Scrubber,
    times: Times,
    post: reqwest::Client,
    poll: reqwest::Client,
    results: reqwest::Client,
}

#[derive(Clone, Copy)]
struct Times {
    connect: Duration,
    reply: Duration,
    poll: Duration,
}

/// Why a reply came without its whole body.
pub(super) enum Torn {
    TooLarge,
    Broken(reqwest::Error),
}

impl Client {
    /// Builds the clients, TLS included, which takes some milliseconds. Nothing is sent.
    ///
    /// # Errors
    /// Code `client`: the base URL, key or version cannot be used, or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Problem> {
        let base = base(&settings.base_url)?;
        let version = HeaderValue::from_str(&settings.runway_version)
            .map_err(|_| unusable("runway_version holds characters that no header can carry"))?;
        let authorization = authorization(&settings.key, "key")?;
        let times = Times {
            connect: settings.connect_timeout,
            reply: settings.reply_timeout,
            poll: settings.poll_timeout,
        };
        let tls = tls(settings.ca.as_ref())?;
        let builder = || plain(&base, times.connect, &tls);
        // One connection for each POST, and none of them sent twice by any layer below us.
        let post = builder().http1_only().pool_max_idle_per_host(0);
        let poll = builder().timeout(times.poll);
        let results = builder().read_timeout(times.poll);
        let inner = Inner {
            post: build(post)?,
            poll: build(poll)?,
            results: build(results)?,
            base,
            authorization,
            runway_version: version,
            scrubber: Scrubber::new([settings.key].into_iter().chain(settings.access_token)),
            times,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks for a task: exactly one POST, never sent again from here. Dropping the future may leave a
    /// request behind that has arrived.
    pub async fn submit(&self, request: &Request) -> Submission {
        let url = self.endpoint(&["image_to_video"]);
        // The total covers the connecting and the picture too, so the reply has at least its whole time.
        let Times { connect, reply, .. } = self.inner.times;
        let upload = Duration::from_secs((request.prompt_image.len() / UPLOAD_MIN) as u64);
        let patience = connect.saturating_add(reply).saturating_add(upload);
        match self.dress(self.inner.post.post(url)).timeout(patience).json(request).send().await {
            Ok(response) => self.read_submission(response).await,
            Err(error) if error.is_connect() => Submission::NotSent(self.not_sent(&error)),
            Err(error) => {
                let what = broken(&error, self.inner.times.reply);
                Submission::Lost { problem: unsure(&what), request_id: None, reply: None }
            }
        }
    }

    /// Asks for news of a task.
    pub async fn task(&self, task_id: &str) -> Polled {
        let nothing = |answer| Polled { answer, status: None, body: None, request_id: None };
        if matches!(task_id, "" | "." | "..") {
            return nothing(Answer::Passing(service(format!("no task can have the id `{task_id}`"))));
        }
        let url = self.endpoint(&["tasks", task_id]);
        match self.dress(self.inner.poll.get(url)).send().await {
            Ok(response) => self.read_poll(response).await,
            Err(error) if error.is_connect() => nothing(Answer::Passing(network(self.unreachable(&error)))),
            Err(error) => nothing(Answer::Passing(network(broken(&error, self.inner.times.poll)))),
        }
    }

    /// Asks the service to stop a task: exactly one DELETE. Whether `CometAPI` passes it on is not documented
    /// (`reference/api.md §8`), and Runway deletes an ended task with its video: ask for news before.
    ///
    /// # Errors
    /// Codes: `cannot_cancel` where the service did not take it; `wrong_key`; `wrong_address`; `slow_down`;
    /// `network` where no answer came, so that it may have been asked.
    pub async fn cancel(&self, task_id: &str) -> Result<(), Problem> {
        if matches!(task_id, "" | "." | "..") {
            return Err(Problem::new("service", format!("no task can have the id `{task_id}`")));
        }
        let url = self.endpoint(&["tasks", task_id]);
        let Times { connect, poll, .. } = self.inner.times;
        let asked =
            self.dress(self.inner.post.delete(url)).timeout(connect.saturating_add(poll)).send().await;
        let response = asked.map_err(|error| {
            let is_unheard = error.is_connect();
            let told = if is_unheard { self.unreachable(&error) } else { broken(&error, poll) };
            let may = if is_unheard { "nothing was asked" } else { "it may have been asked all the same" };
            Problem::new("network", format!("{told}: {may}"))
        })?;
        let (status, head) = (response.status().as_u16(), head(&response, &self.inner.scrubber));
        // A status tells enough.
        let body = body(response).await.unwrap_or_default();
        sort_cancel(&Reply::new(status, head, &body, &self.inner.scrubber))
    }

    /// Opens a result: from its start, or from where an earlier download broke off. The key goes along
    /// only to the API's own `/v1/videos/{id}/content`, and never across a redirect.
    ///
    /// # Errors
    /// [`FetchError`], by what is to be done next. Its texts hold no URL, since a result's URL is a
    /// bearer secret.
    pub async fn open(&self, url: &str, from: Option<&Resume>) -> Result<Video, FetchError> {
        let Inner { results, base, authorization, .. } = &*self.inner;
        video::open(results, base, authorization, url, from).await
    }

    /// One of the key's own calls, by its whole path; `whom` is who is asked, in words.
    pub(super) async fn get(&self, path: &[&str], whom: &'static str) -> Result<Value, Problem> {
        let Inner { base, scrubber, times, poll, .. } = &*self.inner;
        let aside = Aside { whom, denied: denial, base, scrubber, patience: times.poll };
        aside.ask(self.dress(poll.get(join(base, path)))).await.map(|(json, _)| json)
    }

    fn endpoint(&self, path: &[&str]) -> Url {
        join(&self.inner.base, &[&["runwayml", "v1"], path].concat())
    }

    fn dress(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header(AUTHORIZATION, self.inner.authorization.clone())
            .header(HeaderName::from_static("x-runway-version"), self.inner.runway_version.clone())
    }

    async fn read_submission(&self, response: Response) -> Submission {
        let (status, head) = (response.status().as_u16(), head(&response, &self.inner.scrubber));
        let mut body = Vec::new();
        let torn = read_body(response, &mut body).await.err();
        let reply = Reply::new(status, head, &body, &self.inner.scrubber);
        match torn {
            // These refuse by their status alone, whatever the rest would have said.
            Some(_) if matches!(status, 300..=407 | 409..=499) => sort_submission(&reply),
            // What came may hold the id all the same.
            Some(torn) => match sort_submission(&reply) {
                accepted @ Submission::Accepted { .. } => accepted,
                _ => lost_for(&reply, &format!("HTTP {status}, but {}", torn.tell(self.inner.times.reply))),
            },
            None => sort_submission(&reply),
        }
    }

    async fn read_poll(&self, response: Response) -> Polled {
        let (status, head) = (response.status().as_u16(), head(&response, &self.inner.scrubber));
        let body = body(response).await;
        let reply = Reply::new(status, head, body.as_deref().unwrap_or_default(), &self.inner.scrubber);
        let answer = match &body {
            // These tell by their status alone, whatever the rest would have said.
            _ if matches!(status, 300..=399 | 401..=403 | 429) => sort_poll(&reply),
            Ok(_) => sort_poll(&reply),
            Err(torn) => {
                let what = format!("HTTP {status}, but {}", torn.tell(self.inner.times.poll));
                let problem = if matches!(torn, Torn::TooLarge) { service(what) } else { network(what) };
                Answer::Passing(problem)
            }
        };
        let body = body.is_ok().then(|| reply.evidence());
        Polled { answer, status: Some(status), body, request_id: reply.request_id }
    }

    fn not_sent(&self, error: &reqwest::Error) -> Problem {
        let hint = format!(
            "Is the base URL right? It is {}; `taxiway config show` says where it came from.",
            self.inner.base
        );
        Problem::new("not_sent", format!("nothing was sent: {}", self.unreachable(error))).hint(hint)
    }

    fn unreachable(&self, error: &reqwest::Error) -> String {
        let base = &self.inner.base;
        let host = base.host_str().unwrap_or_default();
        let port = base.port_or_known_default().unwrap_or_default();
        if error.is_timeout() {
            return format!("no connection to {host}:{port} within {}", seconds(self.inner.times.connect));
        }
        format!("no connection to {host}:{port}: {}", cause(error))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.inner.base.as_str()).finish_non_exhaustive()
    }
}

impl Torn {
    pub(super) fn tell(&self, patience: Duration) -> String {
        match self {
            Self::TooLarge => format!("the reply is larger than {} KiB", REPLY_MAX / 1024),
            Self::Broken(error) => broken(error, patience),
        }
    }
}

pub(super) fn unusable(what: &str) -> Problem {
    Problem::new("client", what).hint("`taxiway config show` prints each setting and where it came from.")
}

pub(super) fn base(text: &str) -> Result<Url, Problem> {
    let mut url = Url::parse(text)
        .map_err(|error| unusable(&format!("base_url `{}` is no URL: {error}", clean(text, CAUSE_MAX))))?;
    let fault = match url.scheme() {
        "https" | "http" if !url.username().is_empty() || url.password().is_some() => {
            Some("must not hold a user name or a password")
        }
        "https" => None,
        "http" if is_loopback(&url) => None,
        "http" => Some("must begin with https://: over plain http anyone on the way can read the key"),
        _ => Some("must begin with https://"),
    };
    url.set_query(None);
    url.set_fragment(None);
    fault.map_or(Ok(url), |fault| Err(unusable(&format!("base_url {fault}"))))
}

/// A call's address. Each piece of its path is percent-encoded whole.
pub(super) fn join(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    // An http(s) URL, which `base` made sure of, has path segments.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

pub(super) fn authorization(key: &SecretString, what: &str) -> Result<HeaderValue, Problem> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).map_err(|_| {
        unusable(&format!("the {what} holds characters that no header can carry, such as a line break"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What all clients share: no redirects (a download follows them by hand, so that the key cannot go
/// along), no retries, and no proxy for this machine's own addresses.
pub(super) fn plain(base: &Url, connect_timeout: Duration, tls: &ClientConfig) -> ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("taxiway/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(connect_timeout)
        .tls_backend_preconfigured(tls.clone());
    if is_loopback(base) { builder.no_proxy() } else { builder }
}

pub(super) fn build(builder: ClientBuilder) -> Result<reqwest::Client, Problem> {
    builder
        .build()
        .map_err(|error| unusable(&format!("the connections could not be set up: {}", cause(&error))))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

pub(super) fn head(response: &Response, scrubber: &Scrubber) -> Head {
    Head::new(response.headers(), Timestamp::now(), scrubber)
}

pub(super) async fn body(response: Response) -> Result<Vec<u8>, Torn> {
    let mut body = Vec::new();
    read_body(response, &mut body).await.map(|()| body)
}

/// Reads into `body`, which holds what came where the rest did not.
async fn read_body(mut response: Response, body: &mut Vec<u8>) -> Result<(), Torn> {
    while let Some(chunk) = response.chunk().await.map_err(Torn::Broken)? {
        if body.len() + chunk.len() > REPLY_MAX {
            return Err(Torn::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(())
}

/// Why no whole reply came, once a connection stood.
pub(super) fn broken(error: &reqwest::Error, patience: Duration) -> String {
    if error.is_timeout() {
        return format!("time-out: no whole reply within {}", seconds(patience));
    }
    format!("the connection broke before the whole reply was here: {}", cause(error))
}

/// The innermost reasons of a network error. Never the URL, which may be a secret.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(reason) = next {
        reasons.push(reason.to_string());
        next = reason.source();
    }
    let kept = reasons.len().saturating_sub(2);
    let mut told = reasons.split_off(kept);
    told.dedup();
    if let [outer, inner] = told.as_slice()
        && outer.contains(inner.as_str())
    {
        told.truncate(1);
    }
    let text = clean(&told.join(": "), CAUSE_MAX);
    match text.split_once("invalid peer certificate: ") {
        Some((_, why)) => untrusted(why),
        None if text.is_empty() => "no reason was given".into(),
        None => text,
    }
}

/// What TLS has against the server's certificate, and what may help where it is the one who signed it.
fn untrusted(why: &str) -> String {
    if why.contains("UnknownIssuer") {
        return "its certificate is not trusted, for nobody known has signed it; if a CA of your own or a proxy's \
                did, name that CA's PEM file as `ca_file` in the profile"
            .into();
    }
    format!("its certificate is not trusted: {why}")
}

use bytes::Bytes;
use reqwest::{
    Response, StatusCode,
    header::{
        ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
        HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE,
    },
};
use url::Url;

use super::{
    client::cause,
    text::{WORD_MAX, clean},
};

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 5;

/// Where an earlier download broke off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// How many bytes are here.
    pub start: u64,
    /// The strong `ETag` or the `Last-Modified` that they came with, for `If-Range`.
    pub validator: String,
    /// The size of the whole file, where it was told with them.
    pub total: Option<u64>,
}

impl Resume {
    /// What is known of `start` bytes; nothing where that could not be asked with.
    pub fn new(start: u64, validator: &str, total: Option<u64>) -> Option<Self> {
        let can_be_sent = HeaderValue::from_str(validator).is_ok_and(|value| !value.is_empty());
        (start > 0 && can_be_sent).then(|| Self { start, validator: validator.into(), total })
    }
}

/// Why a result cannot be had, by what is to be done next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The link is dead: ask the task for a fresh one.
    #[error("the link is dead: {0}")]
    Gone(String),
    /// The kept part is the whole.
    #[error("the file is whole already")]
    Complete,
    /// Try again.
    #[error("{0}")]
    Passing(String),
    /// A final no.
    #[error("{0}")]
    Refused(String),
}

/// A result on its way here.
#[derive(Debug)]
pub struct Video {
    /// The position of the first byte: 0, or the [`Resume::start`] that was asked for.
    pub start: u64,
    /// The size of the whole file, where the server says.
    pub total: Option<u64>,
    /// What to resume with, should this break off: a strong `ETag`, else the `Last-Modified`.
    pub validator: Option<String>,
    /// As the server says.
    pub content_type: Option<String>,
    response: Response,
}

impl Video {
    /// The next bytes; nothing at the end. Not cut to any size: the caller bounds what it takes.
    ///
    /// # Errors
    /// [`FetchError::Passing`] when the connection breaks, or is silent for too long.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        self.response.chunk().await.map_err(|error| passing(&error))
    }

    fn new(response: Response, start: u64, total: Option<u64>) -> Self {
        let headers = response.headers();
        let content_type = get(headers, CONTENT_TYPE).map(|kind| clean(kind, WORD_MAX));
        let validator = validator(headers).map(str::to_owned);
        Self { start, total, validator, content_type, response }
    }
}

/// What one reply means for the download.
enum Step {
    Open {
        start: u64,
        total: Option<u64>,
    },
    Redirect(Url),
    /// The kept part is of another file: ask for the whole.
    FromStart,
}

pub(super) async fn open(
    client: &reqwest::Client,
    base: &Url,
    authorization: &HeaderValue,
    url: &str,
    mut from: Option<&Resume>,
) -> Result<Video, FetchError> {
    let mut url = web_url(Url::parse(url))?;
    let mut key = takes_key(base, &url).then_some(authorization);
    let mut redirects = 0;
    loop {
        let response = ask(client, &url, key, from).await?;
        match step(&url, &response, from)? {
            Step::Open { start, total } => return Ok(Video::new(response, start, total)),
            Step::FromStart => from = None,
            Step::Redirect(_) if redirects == REDIRECTS_MAX => {
                return Err(FetchError::Passing(format!("more than {REDIRECTS_MAX} redirects")));
            }
            Step::Redirect(next) => {
                redirects += 1;
                key = None;
                url = next;
            }
        }
    }
}

async fn ask(
    client: &reqwest::Client,
    url: &Url,
    key: Option<&HeaderValue>,
    from: Option<&Resume>,
) -> Result<Response, FetchError> {
    let mut request = client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
    if let Some(key) = key {
        request = request.header(AUTHORIZATION, key.clone());
    }
    if let Some(Resume { start, validator, .. }) = from {
        request = request.header(RANGE, format!("bytes={start}-")).header(IF_RANGE, validator);
    }
    request.send().await.map_err(|error| passing(&error))
}

fn step(url: &Url, response: &Response, from: Option<&Resume>) -> Result<Step, FetchError> {
    let (status, headers) = (response.status(), response.headers());
    let what = || format!("HTTP {status} from {}", url.host_str().unwrap_or_default());
    match (status, from) {
        (StatusCode::OK, _) => Ok(Step::Open { start: 0, total: length(headers) }),
        (StatusCode::PARTIAL_CONTENT, from) => match (content_range(headers), from) {
            (Some((Some(start), total)), Some(from))
                if start == from.start && is_same(headers, from) && is_as_long(total, from) =>
            {
                Ok(Step::Open { start, total: total.or(from.total) })
            }
            (_, Some(_)) => Ok(Step::FromStart),
            (_, None) => Err(FetchError::Passing(format!("{}, though the whole was asked for", what()))),
        },
        (StatusCode::RANGE_NOT_SATISFIABLE, Some(from)) => match content_range(headers) {
            Some((None, Some(total))) if total == from.start && is_same(headers, from) => {
                Err(FetchError::Complete)
            }
            _ => Ok(Step::FromStart),
        },
        (
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT,
            _,
        ) => {
            let target = get(headers, LOCATION)
                .ok_or_else(|| FetchError::Passing(format!("{}, without a target", what())))?;
            web_url(url.join(target)).map(Step::Redirect)
        }
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE, _) => {
            Err(FetchError::Gone(what()))
        }
        _ => Err(FetchError::Passing(what())),
    }
}

/// Only http(s) with a host is ever asked.
fn web_url(url: Result<Url, url::ParseError>) -> Result<Url, FetchError> {
    let refuse = |why: &str| FetchError::Refused(format!("not a link to a video: {why}"));
    let url = url.map_err(|error| refuse(&error.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        scheme => Err(refuse(&format!("it begins with {}:", clean(scheme, WORD_MAX)))),
    }
}

/// Whether a result needs the key: only `/v1/videos/{id}/content` on the API's own origin does
/// (`reference/api.md §4`). An id that could be read as more than one segment does not count.
fn takes_key(base: &Url, url: &Url) -> bool {
    let plain = |id: &str| {
        !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
    };
    let path: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let is_content = matches!(path.as_slice(), ["v1", "videos", id, "content"] if plain(id));
    is_content && url.origin() == base.origin() && url.username().is_empty() && url.password().is_none()
}

fn passing(error: &reqwest::Error) -> FetchError {
    FetchError::Passing(if error.is_connect() {
        format!("no connection: {}", cause(error))
    } else if error.is_timeout() {
        "the server fell silent".into()
    } else {
        format!("the connection broke: {}", cause(error))
    })
}

pub(super) fn get(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    get(headers, CONTENT_LENGTH)?.parse().ok()
}

fn validator(headers: &HeaderMap) -> Option<&str> {
    let strong = get(headers, ETAG).filter(|tag| tag.starts_with('"'));
    strong.or_else(|| get(headers, LAST_MODIFIED))
}

/// Whether the reply does not contradict that the file is still the one of the kept part: a server may
/// ignore `If-Range`.
fn is_same(headers: &HeaderMap, from: &Resume) -> bool {
    let name = if from.validator.starts_with('"') { ETAG } else { LAST_MODIFIED };
    get(headers, name).is_none_or(|now| now == from.validator)
}

/// Whether the file has not become another that is longer or shorter.
fn is_as_long(total: Option<u64>, from: &Resume) -> bool {
    total.zip(from.total).is_none_or(|(now, then)| now == then)
}

/// `bytes 5-9/10` as start 5 and size 10; `bytes */10` has no start, `bytes 5-9/*` no size.
fn content_range(headers: &HeaderMap) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = get(headers, CONTENT_RANGE)?.strip_prefix("bytes")?.trim().split_once('/')?;
    let start = range.split_once('-').map(|(start, _)| start.trim().parse());
    let total = (total != "*").then(|| total.trim().parse());
    Some((start.transpose().ok()?, total.transpose().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_key_goes_to_the_content_path_of_our_own_origin_and_nowhere_else() {
        let base = url("https://api.cometapi.com/some/prefix");
        for yes in [
            "https://api.cometapi.com/v1/videos/task_aB-1.x~/content",
            "https://api.cometapi.com:443/v1/videos/x/content?variant=1",
            "https://API.CometAPI.com/v1/videos/x/content",
        ] {
            assert!(takes_key(&base, &url(yes)), "{yes}");
        }
        for no in [
            "http://api.cometapi.com/v1/videos/x/content",
            "https://api.cometapi.com:8443/v1/videos/x/content",
            "https://api.cometapi.com.evil.net/v1/videos/x/content",
            "https://evil.net/v1/videos/x/content",
            "https://api.cometapi.com@evil.net/v1/videos/x/content",
            "https://me:secret@api.cometapi.com/v1/videos/x/content",
            "https://api.cometapi.com/v1/videos//content",
            "https://api.cometapi.com/v1/videos/x/content/",
            "https://api.cometapi.com/v1/videos/x/content/more",
            "https://api.cometapi.com/v1/videos/a/b/content",
            "https://api.cometapi.com/v1/videos/../content",
            "https://api.cometapi.com/v1/videos/%2e%2e/content",
            "https://api.cometapi.com/v1/videos/a%2Fb/content",
            "https://api.cometapi.com/v1/videos/a;b/content",
            "https://api.cometapi.com/some/prefix/v1/videos/x/content",
            "https://api.cometapi.com/V1/videos/x/content",
            "https://api.cometapi.com/v1/models",
        ] {
            assert!(!takes_key(&base, &url(no)), "{no}");
        }
    }

    #[test]
    fn content_ranges() {
        for (text, expected) in [
            ("bytes 5-9/10", Some((Some(5), Some(10)))),
            ("bytes 5-9/*", Some((Some(5), None))),
            ("bytes */10", Some((None, Some(10)))),
            ("bytes x-9/10", None),
            ("bytes 5-9/x", None),
            ("lines 5-9/10", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_RANGE, text.parse().unwrap())]);
            assert_eq!(content_range(&headers), expected, "{text}");
        }
    }

    #[test]
    fn a_weak_tag_is_no_validator() {
        let headers = |etag: &'static str| {
            let date = HeaderValue::from_static("Fri, 01 May 2026 12:00:00 GMT");
            HeaderMap::from_iter([(ETAG, HeaderValue::from_static(etag)), (LAST_MODIFIED, date)])
        };
        assert_eq!(validator(&headers("\"a\"")), Some("\"a\""));
        assert_eq!(validator(&headers("W/\"a\"")), Some("Fri, 01 May 2026 12:00:00 GMT"));
        assert_eq!(validator(&HeaderMap::new()), None);
    }
}

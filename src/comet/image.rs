//! A look at a picture on the web, as the service would look before it fetches it.

use std::time::Duration;

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, LOCATION},
};
use url::{Host, Url};

use super::{
    client::{cause, plain},
    text::{WORD_MAX, clean, clean_url, seconds},
    tls::tls,
    video::{get, length},
};
use crate::job::Problem;

/// For name, connection, TLS and the answer together.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest address that the service takes (`reference/api.md §7`), in characters.
const URL_MAX: usize = 2048;
/// The largest picture that the service takes by its address (`reference/api.md §7`), in bytes.
const BYTES_MAX: u64 = 16_000_000;
const TYPES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// What a server says of a picture. It holds no control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebImage {
    /// As the server says, in lower case and without parameters.
    pub media_type: Option<String>,
    /// Its size, as the server says.
    pub bytes: Option<u64>,
    /// Where the server sends whoever asks.
    pub redirect: Option<String>,
    /// Why the service may refuse it.
    pub warnings: Vec<String>,
}

/// Asks for a picture's head, once: without a key or cookies, and without following a redirect. Takes ten
/// seconds at most.
///
/// # Errors
/// `bad_input` where it is no http(s) address, `network` where no answer came, `no_image` where the server
/// has no picture there. No text holds the address, which may be a secret.
pub async fn look_at_image(address: &str) -> Result<WebImage, Problem> {
    let url =
        Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| Problem::new("bad_input", "this is no https:// address of a picture"))?;
    let host = clean(url.host_str().unwrap_or_default(), WORD_MAX);
    let failed = |error: &reqwest::Error| {
        let why = if error.is_timeout() {
            format!("no answer from {host} within {}", seconds(PATIENCE))
        } else {
            format!("{host} could not be asked: {}", cause(error))
        };
        Problem::new("network", format!("{why}; nothing is known of the picture"))
    };
    let client =
        plain(&url, PATIENCE, &tls(None)?).timeout(PATIENCE).build().map_err(|error| failed(&error))?;
    let asked = client.head(url.clone()).header(ACCEPT_ENCODING, "identity").send().await;
    let mut image = read(&asked.map_err(|error| failed(&error))?, &url, &host)?;
    image.warnings.splice(0..0, of_address(address, &url));
    Ok(image)
}

/// What the address alone tells.
fn of_address(address: &str, url: &Url) -> Vec<String> {
    let count = address.chars().count();
    let faults = [
        (url.scheme() != "https").then(|| "it is no https:// address: the service takes no other".into()),
        (!matches!(url.host(), Some(Host::Domain(_))))
            .then(|| "it names a number in place of a host: the service takes names only".into()),
        (count > URL_MAX)
            .then(|| format!("the address has {count} characters: the service takes up to {URL_MAX}")),
    ];
    faults.into_iter().flatten().collect()
}

fn read(response: &Response, url: &Url, host: &str) -> Result<WebImage, Problem> {
    let status = response.status();
    if status.is_success() {
        return Ok(described(response));
    }
    let warned = |redirect, told| WebImage { redirect, warnings: vec![told], ..WebImage::default() };
    match status {
        _ if status.is_redirection() => {
            let target = get(response.headers(), LOCATION).and_then(|target| url.join(target).ok());
            let redirect = target.and_then(|target| clean_url(target.as_str()));
            let told = "it leads to another address, and the service follows none: give that one".into();
            Ok(warned(redirect, told))
        }
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => Ok(warned(
            None,
            format!("{host} does not answer HEAD (HTTP {}), which the service needs", status.as_u16()),
        )),
        _ => {
            let told =
                format!("HTTP {} from {host}: the service would get no picture there", status.as_u16());
            Err(Problem::new("no_image", told))
        }
    }
}

fn described(response: &Response) -> WebImage {
    let headers = response.headers();
    let media_type = get(headers, CONTENT_TYPE).map(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        clean(&kind.to_ascii_lowercase(), WORD_MAX)
    });
    let bytes = length(headers);
    let type_fault = match media_type.as_deref() {
        None | Some("") => Some("the server does not say what it is, which the service needs".into()),
        Some(kind) if TYPES.contains(&kind) => None,
        Some(kind) => {
            Some(format!("it is {kind} by the server's word: the service takes JPEG, PNG and WebP"))
        }
    };
    let size_fault = match bytes {
        None => Some("the server does not say how large it is, which the service needs".into()),
        Some(bytes) if bytes > BYTES_MAX => {
            Some(format!("it has {bytes} bytes: the service takes up to {BYTES_MAX}"))
        }
        Some(_) => None,
    };
    let warnings = type_fault.into_iter().chain(size_fault).collect();
    WebImage { media_type, bytes, redirect: None, warnings }
}

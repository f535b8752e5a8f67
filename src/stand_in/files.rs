//! The results: one clip behind URLs that carry their own, dying authority (`reference/api.md §4`).

use std::ops::Range;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::stream;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::reply::epoch;
use super::task::{Issued, Task};

/// A result URL lives this long.
const URL_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// A slow body pauses so long before each piece.
const PAUSE: Duration = Duration::from_millis(30);
/// A short body has so many bytes less than it says.
const MISSING: usize = 1_000;
const LAST_MODIFIED: HeaderValue = HeaderValue::from_static("Thu, 01 Jan 2026 12:00:00 GMT");

/// The video that every succeeded task gives: 640×360, 5 s, 24 frames a second, H.264 High, yuv420p, with its
/// index in front. Runway lights at dusk, seen on the roll, drawn for this project by:
///
/// ```text
/// L="st(0,max(Y-150,0.5));st(1,mod(90/ld(0)+1.5*T,1)-0.5);st(2,exp(-pow(ld(1)/0.16,2)));
///    st(3,exp(-pow((abs(X-320)-1.25*ld(0))/(0.035*ld(0)+1.2),2))*ld(2)*gt(Y,150));
///    st(4,exp(-pow((X-320)/(0.02*ld(0)+0.8),2))*ld(2)*gt(Y,150));
///    st(5,gt(Y,150)*lt(abs(X-320),1.15*ld(0)));st(6,clip(Y/150,0,1));"      # in one line
/// R="clip(if(gt(Y,150),18+10*ld(5),20+190*pow(ld(6),3))+255*ld(3)+230*ld(4),0,255)"
/// G="clip(if(gt(Y,150),20+8*ld(5),24+80*pow(ld(6),2))+190*ld(3)+235*ld(4),0,255)"
/// B="clip(if(gt(Y,150),26+10*ld(5),70-10*ld(6))+90*ld(3)+255*ld(4),0,255)"
/// ffmpeg -f lavfi -i "color=black:s=640x360:r=24:d=5,format=gbrp,geq=r='$L$R':g='$L$G':b='$L$B'" \
///   -c:v libx264 -profile:v high -pix_fmt yuv420p -preset veryslow -crf 24 -threads 1 \
///   -movflags +faststart -fflags +bitexact -flags:v +bitexact -map_metadata -1 clip.mp4
/// ```
pub fn clip() -> &'static [u8] {
    include_bytes!("clip.mp4")
}

/// Gives out a fresh URL for a task's result, beside those that it gave out before.
pub(super) fn issue(task: &mut Task, base_url: &str) -> String {
    let expires = SystemTime::now() + URL_LIFE;
    let nth = task.issued.len() + 1;
    let header = BASE64_URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "typ": "JWT"}).to_string());
    let payload = json!({"sub": task.id, "jti": nth, "exp": epoch(Some(expires))}).to_string();
    let signed = format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload));
    // No one checks the signature: the token is compared whole. It only has to look like one.
    let signature = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(signed.as_bytes()));
    let token = format!("{signed}.{signature}");
    let url = format!("{base_url}/files/{}-{nth}.mp4?_jwt={token}", task.id);
    task.issued.push(Issued { token, expires });
    url
}

/// Takes the name in a result URL apart: the task's id and which of its URLs it is, from 1.
pub(super) fn parse_name(name: &str) -> Option<(&str, usize)> {
    let (id, nth) = name.strip_suffix(".mp4")?.rsplit_once('-')?;
    Some((id, nth.parse().ok()?))
}

/// How a body comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Flow {
    Whole,
    /// The connection breaks in the middle.
    Cut,
    /// In pieces, with pauses.
    Slow,
    /// Less than its header says, then the end of the connection.
    Short,
}

/// Answers a request for the clip, in whole or in part (RFC 9110 §14).
pub(super) fn serve(method: &Method, headers: &HeaderMap, flow: Flow) -> Response {
    let whole = clip();
    let etag = etag(whole);
    let asked = if method == Method::GET { wanted(headers, &etag, whole.len()) } else { Wanted::Whole };
    let (status, range) = match asked {
        Wanted::Whole => (StatusCode::OK, 0..whole.len()),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => {
            let total = content_range(&format!("bytes */{}", whole.len()));
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, total)]).into_response();
        }
    };
    let part = whole.get(range.clone()).unwrap_or_default();
    let body = match flow {
        Flow::Whole => Body::from(part),
        Flow::Cut => breaking(part.split_at(part.len() / 2).0),
        Flow::Short => breaking(part),
        Flow::Slow => slow(part),
    };
    let missing = if flow == Flow::Short { MISSING } else { 0 };
    let mut response = (status, body).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(part.len() + missing));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.insert(header::ETAG, etag);
    out.insert(header::LAST_MODIFIED, LAST_MODIFIED);
    if status == StatusCode::PARTIAL_CONTENT {
        let place = format!(
            "bytes {}-{}/{}",
            range.start,
            range.end.saturating_sub(1) + missing,
            whole.len() + missing
        );
        out.insert(header::CONTENT_RANGE, content_range(&place));
    }
    response
}

/// Called `video/mp4`, and none.
pub(super) fn not_mp4() -> Response {
    let noise: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0].wrapping_mul(37)).collect();
    ([(header::CONTENT_TYPE, "video/mp4")], noise).into_response()
}

/// The part in four pieces, with a pause before each.
fn slow(part: &'static [u8]) -> Body {
    let pieces = part.chunks(part.len().div_ceil(4).max(1));
    Body::from_stream(stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.next()?;
        tokio::time::sleep(PAUSE).await;
        Some((Ok::<_, std::io::Error>(piece), pieces))
    }))
}

/// These bytes, then the end of the connection.
fn breaking(half: &'static [u8]) -> Body {
    let steps = stream::unfold(0, move |step| async move {
        if step == 0 {
            return Some((Ok(half), 1));
        }
        // hyper flushes what it has while the body is not ready; without this the half is lost with the rest.
        tokio::task::yield_now().await;
        Some((Err(std::io::Error::other("cut on purpose")), 2))
    });
    Body::from_stream(steps)
}

enum Wanted {
    Whole,
    Part(Range<usize>),
    /// A range that lies outside.
    Nothing,
}

fn wanted(headers: &HeaderMap, etag: &HeaderValue, length: usize) -> Wanted {
    let unchanged = headers.get(header::IF_RANGE).is_none_or(|known| known == etag || known == LAST_MODIFIED);
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    match range {
        Some(range) if unchanged => parse_range(range, length),
        _ => Wanted::Whole,
    }
}

/// One range of bytes. Several, another unit, or nonsense mean the whole, as RFC 9110 §14.2 allows.
fn parse_range(text: &str, length: usize) -> Wanted {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if last < first => Wanted::Whole,
        (Ok(first), _) if first >= length && (last.is_empty() || last.parse::<usize>().is_ok()) => {
            Wanted::Nothing
        }
        (Ok(first), Ok(last)) => Wanted::Part(first..length.min(last.saturating_add(1))),
        (Ok(first), Err(_)) if last.is_empty() => Wanted::Part(first..length),
        (Err(_), Ok(0)) if first.is_empty() => Wanted::Nothing,
        (Err(_), Ok(tail)) if first.is_empty() => Wanted::Part(length.saturating_sub(tail)..length),
        _ => Wanted::Whole,
    }
}

/// A strong one: the hash of the bytes.
fn etag(bytes: &[u8]) -> HeaderValue {
    let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
    HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"clip\""))
}

fn content_range(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("bytes */*"))
}

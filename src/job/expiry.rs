use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

/// How long a result lives when its URL does not say (`reference/api.md §4`: 24–48 h).
const ASSUMED: SignedDuration = SignedDuration::from_hours(24);

/// Above this a moment is counted in milliseconds: as seconds it would lie 3,000 years ahead.
const LATEST_SECONDS: f64 = 1e11;

/// When a result URL dies: the `exp` of its `_jwt`, else 24 h after it was `seen`.
///
/// The token is read, not verified: it is the service's own word about its own link.
pub fn expiry_of(url: &str, seen: Timestamp) -> Timestamp {
    from_token(url).unwrap_or_else(|| seen.saturating_add(ASSUMED).unwrap_or(Timestamp::MAX))
}

/// Whether a URL itself tells that it dies at this moment; else the moment is our assumption.
pub(super) fn tells(url: &str, expires_at: Timestamp) -> bool {
    from_token(url) == Some(expires_at)
}

fn from_token(url: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: serde_json::Value,
    }
    let url = Url::parse(url).ok()?;
    let (_, token) = url.query_pairs().find(|(name, _)| name == "_jwt")?;
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    // A whole number of seconds, as everybody writes it; the standard allows parts of one, too.
    let exp = claims.exp.as_f64().or_else(|| claims.exp.as_str()?.parse().ok())?;
    let seconds = if exp > LATEST_SECONDS { exp / 1_000.0 } else { exp };
    let since = SignedDuration::try_from_secs_f64(seconds).ok().filter(SignedDuration::is_positive)?;
    Timestamp::from_duration(since).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_tells_else_a_day() {
        let seen = Timestamp::from_second(1_000_000).unwrap();
        let expiry = |claims: &str| {
            let payload = URL_SAFE_NO_PAD.encode(claims);
            expiry_of(&format!("https://h/x.mp4?_jwt=e30.{payload}.sig"), seen).as_second()
        };
        for exp in ["1000500", "1000500.7", "\"1000500\""] {
            assert_eq!(expiry(&format!("{{\"exp\":{exp}}}")), 1_000_500, "{exp}");
        }
        assert_eq!(expiry(r#"{"exp":1800000000123}"#), 1_800_000_000, "milliseconds");
        for exp in ["0", "-5", "null", "\"soon\"", "1e300"] {
            assert_eq!(expiry(&format!("{{\"exp\":{exp}}}")), 1_086_400, "{exp}");
        }
        for url in ["https://h/x.mp4", "https://h/x.mp4?_jwt=a.!!.c", "no url"] {
            assert_eq!(expiry_of(url, seen).as_second(), 1_086_400, "{url}");
        }
    }
}

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

/// How long a result lives when its URL does not say (`reference/api.md §4`: 24–48 h).
const ASSUMED: SignedDuration = SignedDuration::from_hours(24);

/// What a token stands behind, in a link.
const TOKEN: &str = "_jwt=";

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

/// `text` with the tokens of its links cut out: who reads a log or a report fetches no video with it.
pub fn without_tokens(text: &str) -> String {
    let mut pieces = text.split(TOKEN);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "._-~%+=".contains(c));
        out.extend([TOKEN, if rest.len() == piece.len() { "" } else { "…" }, rest]);
    }
    out
}

fn from_token(url: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let url = Url::parse(url).ok()?;
    let (_, token) = url.query_pairs().find(|(name, _)| name == "_jwt")?;
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    Timestamp::from_second(claims.exp).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_cut_out_of_any_text() {
        for (text, expected) in [
            ("", ""),
            ("https://h/x.mp4", "https://h/x.mp4"),
            ("https://h/x.mp4?_jwt=ey.J-0_.s", "https://h/x.mp4?_jwt=…"),
            (
                r#"["https://h/x?_jwt=a.b.c&d=1","https://h/y?_jwt=a"]"#,
                r#"["https://h/x?_jwt=…&d=1","https://h/y?_jwt=…"]"#,
            ),
            ("_jwt=", "_jwt="),
            ("_jwt=é", "_jwt=é"),
            ("_jwt=_jwt=a b", "_jwt=_jwt=… b"),
        ] {
            assert_eq!(without_tokens(text), expected);
        }
    }

    #[test]
    fn the_token_tells_else_a_day() {
        let seen = Timestamp::from_second(1_000_000).unwrap();
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":1000500}"#);
        assert_eq!(
            expiry_of(&format!("https://h/x.mp4?_jwt=e30.{payload}.sig"), seen).as_second(),
            1_000_500
        );
        for url in ["https://h/x.mp4", "https://h/x.mp4?_jwt=a.!!.c", "no url"] {
            assert_eq!(expiry_of(url, seen).as_second(), 1_086_400, "{url}");
        }
    }
}

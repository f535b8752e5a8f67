//! Text from outside, made fit to keep and to show.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::job::{is_harmful, without_tokens};

/// The longest message kept, in characters.
pub(super) const MESSAGE_MAX: usize = 2_000;
/// The longest code, status word or id of a call, in characters.
pub(super) const WORD_MAX: usize = 64;
/// The longest URL kept, in bytes. A longer one is dropped, since a cut one leads nowhere.
const URL_MAX: usize = 16 * 1024;
/// A key shorter than this is no real one, and striking it out would mangle innocent text.
const KEY_MIN: usize = 12;
/// Stands where the key stood.
const STRUCK: &str = "[key]";

/// `text` without what is [harmful](is_harmful) and without the tokens of links, its white space folded to
/// single blanks, cut to `max` characters.
pub(super) fn clean(text: &str, max: usize) -> String {
    let text = without_tokens(text);
    let mut out = String::new();
    let mut count = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = count > 0;
            continue;
        }
        if is_harmful(c) {
            continue;
        }
        if count + usize::from(blank) >= max {
            out.pop();
            out.push('…');
            break;
        }
        if blank {
            out.push(' ');
            count += 1;
        }
        blank = false;
        out.push(c);
        count += 1;
    }
    out
}

/// The text as an http(s) URL with a host, control characters stripped; else nothing.
pub(super) fn clean_url(text: &str) -> Option<String> {
    if text.len() > URL_MAX {
        return None;
    }
    let text: String = text.trim().chars().filter(|&c| !is_harmful(c)).collect();
    let url = Url::parse(&text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(text)
}

/// Whether a text holds nothing but what a typewriter has, and line ends.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~'))
}

/// Cuts to at most `max` bytes, on a character boundary.
pub(super) fn cut(text: &mut String, max: usize) {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

/// A duration for people: `120 s`, `0.2 s`.
pub(super) fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// Strikes the key and the account token out of whatever the service sends back.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrubber(Vec<SecretString>);

impl Scrubber {
    pub(super) fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        Self(secrets.into_iter().filter(|secret| secret.expose_secret().len() >= KEY_MIN).collect())
    }

    fn finds(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret.expose_secret()))
    }

    /// Told at a glance, as of nearly every reply: nothing hides in it, and no secret stands there.
    fn is_clean(&self, text: &str) -> bool {
        is_plain(text) && !self.finds(text)
    }

    /// Without the secrets. A secret that invisible characters part is none after they were taken out, so
    /// such a text loses these, too.
    pub(super) fn text(&self, text: String) -> String {
        if self.is_clean(&text) {
            return text;
        }
        let visible: String = text.chars().filter(|&c| !is_harmful(c) || c == '\n').collect();
        if !self.finds(&visible) {
            return text;
        }
        self.0.iter().fold(visible, |text, secret| text.replace(secret.expose_secret(), STRUCK))
    }

    /// As `text`, for every string of a document: an escaped key shows only after parsing. Says whether
    /// there was any.
    pub(super) fn json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) if self.is_clean(text) => false,
            Value::String(text) => {
                let struck = self.text(text.clone());
                let found = struck != *text;
                *text = struck;
                found
            }
            Value::Array(items) => items.iter_mut().fold(false, |found, item| self.json(item) | found),
            Value::Object(fields) => fields.values_mut().fold(false, |found, field| self.json(field) | found),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-0123456789abcdef";
    const TOKEN: &str = "token-of-the-account-4711";

    fn scrubber() -> Scrubber {
        Scrubber::new([KEY, TOKEN].map(|secret| secret.to_owned().into()))
    }

    #[test]
    fn both_secrets_are_struck_however_they_hide() {
        let struck = |text: &str| scrubber().text(text.into());
        assert_eq!(struck(&format!("a {KEY}, a {TOKEN}")), format!("a {STRUCK}, a {STRUCK}"));
        for hidden in ["\u{1}", "\u{202e}", "\u{200b}"] {
            let (start, end) = KEY.split_at(7);
            assert_eq!(struck(&format!("{start}{hidden}{end}!")), format!("{STRUCK}!"), "{hidden:?}");
        }
        assert_eq!(struck("as it\u{200b} was"), "as it\u{200b} was");
        let rest = KEY.trim_start_matches('s');
        let mut json: Value = serde_json::from_str(&format!(r#"[{{"a":"\u0073{rest}"}}]"#)).unwrap();
        assert!(scrubber().json(&mut json));
        assert_eq!(json.to_string(), format!(r#"[{{"a":"{STRUCK}"}}]"#));
        assert!(!scrubber().json(&mut json));
    }

    #[test]
    fn a_message_keeps_no_token_of_a_link() {
        assert_eq!(clean("see\nhttps://h/x?_jwt=a.b.c now", 100), "see https://h/x?_jwt=… now");
    }
}

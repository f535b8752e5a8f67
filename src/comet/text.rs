//! Text from outside, made fit to keep and to show.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

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

/// `text` without control characters and without the marks that turn the direction of writing, its
/// white space folded to single blanks, cut to `max` characters.
pub(super) fn clean(text: &str, max: usize) -> String {
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

/// Control characters (C0, DEL, C1) and the invisible marks that reorder text.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
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

/// Strikes the key out of whatever the service sends back.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrubber(SecretString);

impl Scrubber {
    pub(super) fn new(key: SecretString) -> Self {
        Self(key)
    }

    fn finds(&self, text: &str) -> bool {
        let key = self.0.expose_secret();
        key.len() >= KEY_MIN && text.contains(key)
    }

    pub(super) fn text(&self, text: String) -> String {
        if self.finds(&text) { text.replace(self.0.expose_secret(), STRUCK) } else { text }
    }

    /// As `text`, for every string of a document: an escaped key shows only after parsing.
    pub(super) fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) if self.finds(text) => *text = self.text(std::mem::take(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.json(field)),
            _ => {}
        }
    }
}

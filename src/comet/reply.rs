//! A reply of the service, before anyone asks what it means.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use serde_json::Value;

use super::{
    forms,
    text::{MESSAGE_MAX, Scrubber, WORD_MAX, clean, cut, is_plain},
};
use crate::job::{is_harmful, without_tokens};

/// How deep JSON is looked for inside the strings of JSON.
const NESTED_MAX: u8 = 3;
/// So much of a reply is kept as evidence, in bytes.
const EVIDENCE_MAX: usize = 64 * 1024;
/// How many of a refusal's issues are told.
const ISSUES_MAX: usize = 5;

/// What is used of a reply's headers.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    html: bool,
    pub(super) retry_after: Option<Duration>,
    request_id: Option<String>,
}

impl Head {
    pub(super) fn new(headers: &HeaderMap, now: Timestamp, scrubber: &Scrubber) -> Self {
        let get = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let kind = get(CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
        let id = get(HeaderName::from_static("x-cometapi-request-id"));
        let id = id.map(|id| clean(&scrubber.text(id.into()), WORD_MAX));
        Self {
            html: kind.contains("html"),
            retry_after: get(RETRY_AFTER).and_then(|wish| forms::retry_after(wish, get(DATE), now)),
            request_id: id.filter(|id| !id.is_empty()),
        }
    }
}

/// A whole reply, with the key struck out of it.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// A web page, or other markup: nothing that an API sends.
    pub(super) html: bool,
    pub(super) json: Option<Value>,
    /// The body as it came; what is no UTF-8 is replaced, and JSON that held a secret is written anew.
    pub(super) text: String,
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<String>,
    pub(super) words: Words,
}

impl Reply {
    pub(super) fn new(status: u16, head: Head, body: &[u8], scrubber: &Scrubber) -> Self {
        let mut text = scrubber.text(String::from_utf8_lossy(body).into_owned());
        let mut json = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}').trim()).ok();
        if let Some(json) = &mut json
            && scrubber.json(json)
        {
            text = json.to_string();
        }
        let start = text.trim_start_matches('\u{feff}').trim();
        let html = json.is_none() && (start.starts_with('<') || head.html);
        let words = match &json {
            Some(json) => Words::of(json, 0),
            None if html => Words::default(),
            None => Words { message: clean(start, 200), ..Words::default() },
        };
        let request_id = head.request_id.or_else(|| named_request(&words.message));
        Self { status, html, json, text, retry_after: head.retry_after, request_id, words }
    }

    /// The body for the journal: without the tokens of links and what is harmful but line ends and tabs, and
    /// not too long.
    pub(super) fn evidence(&self) -> String {
        let mut evidence = without_tokens(&self.text);
        if !is_plain(&evidence) {
            evidence.retain(|c| matches!(c, '\n' | '\t') || !is_harmful(c));
        }
        cut(&mut evidence, EVIDENCE_MAX);
        evidence
    }

    /// Whether the service says that it does not show the task (`reference/api.md §2.2`).
    pub(super) fn is_unknown_task(&self) -> bool {
        let says = |text: &str| text.to_ascii_lowercase().contains("task_not_exist");
        let Some(Value::Object(fields)) = &self.json else {
            return !self.html && says(&self.text);
        };
        let inner = |name: &str, field: &str| fields.get(name).and_then(|value| value.get(field));
        [fields.get("code"), fields.get("message"), fields.get("status"), fields.get("error")]
            .into_iter()
            .chain([inner("error", "code"), inner("error", "message"), inner("data", "status")])
            .flatten()
            .any(|value| value.as_str().is_some_and(says))
    }
}

/// What a reply says of an error, in whichever family (`reference/api.md §3`). Clean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) code: String,
    pub(super) message: String,
}

impl Words {
    /// The words of an error object, or of a bare text.
    pub(super) fn of(value: &Value, depth: u8) -> Self {
        let Value::Object(fields) = value else {
            return value.as_str().map_or_else(Self::default, |text| Self::of_text(text, depth));
        };
        let error = fields.get("error").map(|error| Self::of(error, depth)).unwrap_or_default();
        let field = |name: &str| fields.get(name).and_then(forms::word);
        let outer = field("message").or_else(|| field("detail"));
        let outer = outer.map(|text| Self::of_text(text, depth)).unwrap_or_default();
        let code = fields.get("code").and_then(forms::word_or_number).unwrap_or_default();
        let first = |words: [&str; 3]| words.into_iter().find(|word| !word.is_empty()).map(str::to_owned);
        let message = first([&error.message, &outer.message, ""]).unwrap_or_default();
        Self {
            code: clean(&first([&error.code, &outer.code, &code]).unwrap_or_default(), WORD_MAX),
            message: clean(&(message + &issues(fields.get("issues"))), MESSAGE_MAX),
        }
    }

    /// A gateway passes on what it got as JSON inside a string.
    fn of_text(text: &str, depth: u8) -> Self {
        let nested = || serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
        match (text.trim_start().starts_with('{') && depth < NESTED_MAX).then(nested).flatten() {
            Some(value) => Self::of(&value, depth + 1),
            None => Self { code: String::new(), message: clean(text, MESSAGE_MAX) },
        }
    }

    /// Whether code or message holds one of these, compared without case.
    pub(super) fn mention(&self, needles: &[&str]) -> bool {
        let text = format!("{}\n{}", self.code, self.message).to_lowercase();
        needles.iter().any(|needle| text.contains(needle))
    }

    /// `lead`, and what the service said.
    pub(super) fn after(&self, lead: &str) -> String {
        let mut text = lead.to_owned();
        if !self.message.is_empty() {
            text += &format!(": {}", self.message);
        }
        if !self.code.is_empty() && !self.message.contains(&self.code) {
            text += &format!(" [{}]", self.code);
        }
        clean(&text, MESSAGE_MAX)
    }
}

/// `[{"path":["promptImage"],"message":"…"}]` as ` (promptImage: …; …)`.
fn issues(value: Option<&Value>) -> String {
    let tell = |issue: &Value| {
        let path: Vec<String> = match issue.get("path") {
            Some(Value::Array(steps)) => steps.iter().filter_map(forms::word_or_number).collect(),
            Some(step) => forms::word_or_number(step).into_iter().collect(),
            None => Vec::new(),
        };
        let message = issue.get("message").and_then(forms::word).unwrap_or_default();
        let sign = if path.is_empty() || message.is_empty() { "" } else { ": " };
        format!("{}{sign}{message}", path.join("."))
    };
    let issues = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let told: Vec<String> =
        issues.iter().take(ISSUES_MAX).map(tell).filter(|text| !text.is_empty()).collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
}

/// The id in a message that says `request id: …`.
fn named_request(message: &str) -> Option<String> {
    const MARK: &str = "request id:";
    let start = message.to_ascii_lowercase().find(MARK)? + MARK.len();
    let rest = message.get(start..)?.trim_start();
    let id: String = rest.chars().take_while(|&c| c.is_alphanumeric() || "-_.".contains(c)).collect();
    let id = clean(id.trim_end_matches('.'), WORD_MAX);
    (!id.is_empty()).then_some(id)
}

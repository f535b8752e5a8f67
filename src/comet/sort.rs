//! What a reply means: the table of `reference/api.md §3` as two functions.

use serde_json::{Map, Value};

use super::{
    answer::{Answer, Submission},
    forms,
    reply::{Head, Reply},
    task,
    text::Scrubber,
};
use crate::job::{Failure, Problem, is_harmful};

/// The longest id taken for one, in characters. Known ones have 36.
const ID_MAX: usize = 512;

const CHECK_KEY: &str = "Check the key; `taxiway config show` says where it came from.";
const CHECK_ADDRESS: &str = "Check base_url; `taxiway config show` says where it came from.";
const CHECK_MODEL: &str = "Choose another model; nothing was created or billed.";
const CHECK_REQUEST: &str = "Change what the service names, and send it again; nothing was created.";
const CHECK_BALANCE: &str = "Top the account up, or raise the key's quota; nothing was created or billed.";
const CHECK_TASKS: &str = "It is not sent again by itself. Look for it in the account's task list, \
    then settle it: a in the dashboard, `taxiway adopt` or `taxiway resolve`.";
const ASKED_AGAIN: &str = "It will be asked again.";

/// Reads a reply to a poll, by HTTP status and body alone. Any bytes are welcome.
pub fn read_reply(status: u16, body: &[u8]) -> Answer {
    sort_poll(&Reply::new(status, Head::default(), body, &Scrubber::default()))
}

/// Reads a reply to a request for a task, by HTTP status and body alone. Any bytes are welcome.
pub fn read_submission(status: u16, body: &[u8]) -> Submission {
    sort_submission(&Reply::new(status, Head::default(), body, &Scrubber::default()))
}

pub(super) fn sort_poll(reply: &Reply) -> Answer {
    if reply.is_unknown_task() {
        return Answer::NotYet;
    }
    match reply.status {
        200..=299 | 404 if reply.html => Answer::WrongAddress(wrong_address(reply)),
        200..=299 => match reply.json.as_ref().and_then(task::read) {
            Some(report) => Answer::Task(report),
            None => Answer::Passing(tells_nothing(reply)),
        },
        300..=399 => Answer::WrongAddress(wrong_address(reply)),
        404 => Answer::NotYet,
        // A firewall's page says nothing of the key, and may be gone the next moment.
        403 if reply.html => Answer::Passing(tells_nothing(reply)),
        401..=403 => Answer::Denied(denial(reply)),
        429 => Answer::SlowDown { retry_after: reply.retry_after, problem: slow_down(reply) },
        _ => Answer::Passing(tells_nothing(reply)),
    }
}

pub(super) fn sort_submission(reply: &Reply) -> Submission {
    match reply.status {
        200..=299 => match reply.json.as_ref().and_then(Value::as_object).and_then(task_id) {
            Some(task_id) => Submission::Accepted { task_id, request_id: reply.request_id.clone() },
            None => lost(reply),
        },
        300..=399 => refused(reply, wrong_address(reply), false),
        404 if reply.html => refused(reply, wrong_address(reply), false),
        403 if names_model(reply) && !names_quota(reply) => refused(reply, no_model(reply), false),
        401..=403 => refused(reply, denial(reply), true),
        429 => Submission::SlowDown { problem: slow_down(reply), retry_after: reply.retry_after },
        408 => lost(reply),
        400..=499 if names_model(reply) => refused(reply, no_model(reply), false),
        400..=499 => refused(reply, rejected(reply), false),
        500 if reply.words.code == "invalid_request" => refused(reply, rejected(reply), false),
        503 if names_no_channel(reply) => refused(reply, no_model(reply), false),
        _ => lost(reply),
    }
}

pub(super) fn sort_cancel(reply: &Reply) -> Result<(), Problem> {
    let status = reply.status;
    match status {
        200..=299 if !reply.html => Ok(()),
        300..=399 => Err(wrong_address(reply)),
        401 => Err(denial(reply)),
        429 => Err(slow_down(reply)),
        408 | 500 | 502..=599 => {
            Err(Problem::new("network", format!("{}: it may have been asked all the same", told(reply)))
                .hint("`taxiway wait` or the next look at the job tells what became of it"))
        }
        _ => {
            let told = format!("the service does not stop it, so it goes on and is billed: {}", told(reply));
            Err(Problem::new("cannot_cancel", told).hint("its video is brought home as any other"))
        }
    }
}

/// A reply to a request for a task that leaves open whether there is one now.
pub(super) fn unsure(what: &str) -> Problem {
    Problem::new("unsure", format!("{what}; the task may exist and be billed")).hint(CHECK_TASKS)
}

/// A poll that brought no whole reply.
pub(super) fn network(what: impl Into<String>) -> Problem {
    Problem::new("network", what).hint(ASKED_AGAIN)
}

/// A whole reply that tells nothing of the task.
pub(super) fn service(what: impl Into<String>) -> Problem {
    Problem::new("service", what).hint(ASKED_AGAIN)
}

/// The id of a new task: bare, or wrapped, or as the wrapper's `data` itself.
fn task_id(fields: &Map<String, Value>) -> Option<String> {
    let says_no = |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && value != "";
    if fields.get("error").is_some_and(says_no) || !is_success(fields.get("code")) {
        // An id beside an error may be anything's: whether there is a task is not known.
        return None;
    }
    let named = |read: fn(&Value) -> Option<String>| {
        ["id", "task_id"].iter().filter_map(|name| fields.get(*name)).find_map(read)
    };
    let word = |value: &Value| value.as_str().filter(|text| is_id(text)).map(str::to_owned);
    let number = |value: &Value| forms::id(value).filter(|text| is_id(text));
    let wrapped = || match fields.get("data")? {
        Value::Object(inner) => task_id(inner),
        data if fields.contains_key("code") => word(data),
        _ => None,
    };
    named(word).or_else(wrapped).or_else(|| named(number))
}

/// Ids are opaque, but an id with blanks is a sentence, and `.` and `..` cannot be a segment of a path.
pub(super) fn is_id(text: &str) -> bool {
    let fits = !text.is_empty() && text.chars().count() <= ID_MAX;
    fits && !matches!(text, "." | "..") && !text.chars().any(|c| c.is_whitespace() || is_harmful(c))
}

fn is_success(code: Option<&Value>) -> bool {
    let code = code.and_then(forms::word_or_number);
    code.is_none_or(|code| matches!(code.to_lowercase().as_str(), "success" | "ok" | "0" | "200"))
}

fn names_no_channel(reply: &Reply) -> bool {
    reply.words.mention(&["model_not_found", "no available channel"])
}

fn names_quota(reply: &Reply) -> bool {
    reply.words.mention(&["quota", "balance"])
}

fn names_model(reply: &Reply) -> bool {
    const REASONS: [&str; 5] =
        ["not available", "not allowed", "no access", "not supported", "does not exist"];
    names_no_channel(reply)
        || reply.words.mention(&["model_not_available", "model variant"])
        || (reply.status == 403 && reply.words.mention(&["model"]) && reply.words.mention(&REASONS))
}

fn refused(reply: &Reply, problem: Problem, stop: bool) -> Submission {
    let failure = Failure { code: reply.words.code.clone(), message: reply.words.message.clone() };
    Submission::Refused { failure, problem, request_id: reply.request_id.clone(), stop }
}

fn lost(reply: &Reply) -> Submission {
    let status = reply.status;
    let what = match status {
        200..=299 if reply.html => {
            format!("HTTP {status} without an id: this looks like a website, check base_url")
        }
        200..=299 => reply.words.after(&format!("HTTP {status} without an id")),
        _ => told(reply),
    };
    lost_for(reply, &what)
}

/// The same, for this reason.
pub(super) fn lost_for(reply: &Reply, what: &str) -> Submission {
    let (request_id, evidence) = (reply.request_id.clone(), reply.evidence());
    Submission::Lost { problem: unsure(what), request_id, reply: Some((reply.status, evidence)) }
}

pub(super) fn told(reply: &Reply) -> String {
    if reply.html {
        return format!("HTTP {} with a web page", reply.status);
    }
    reply.words.after(&format!("HTTP {}", reply.status))
}

fn tells_nothing(reply: &Reply) -> Problem {
    service(format!("no news of the task: {}", told(reply)))
}

pub(super) fn wrong_address(reply: &Reply) -> Problem {
    let what = match (reply.status, reply.html) {
        (300..=399, _) => "the service redirects, which an API does not: base_url is wrong",
        (404, _) => "a website answers, which does not know this path: base_url is wrong",
        _ => "a website answers in the API's place: base_url is wrong",
    };
    Problem::new("wrong_address", format!("{what} (HTTP {})", reply.status)).hint(CHECK_ADDRESS)
}

/// 401, 402 and 403: it is the key or the account, not this request.
pub(super) fn denial(reply: &Reply) -> Problem {
    let status = reply.status;
    let (code, lead, hint) = match status {
        401 => {
            ("wrong_key", "the service does not take the key, or the key's own quota is used up", CHECK_KEY)
        }
        402 => ("quota_not_enough", "the account's quota is not enough", CHECK_BALANCE),
        _ if names_quota(reply) => ("quota_not_enough", "the account's quota is not enough", CHECK_BALANCE),
        _ if reply.html => {
            ("wrong_key", "a web page denies the access: a firewall, or a wrong base_url", CHECK_ADDRESS)
        }
        _ => ("wrong_key", "the service denies this key the access", CHECK_KEY),
    };
    Problem::new(code, reply.words.after(&format!("{lead} (HTTP {status})"))).hint(hint)
}

fn no_model(reply: &Reply) -> Problem {
    let lead = format!("the service does not offer this model (HTTP {})", reply.status);
    Problem::new("model_not_available", reply.words.after(&lead)).hint(CHECK_MODEL)
}

fn rejected(reply: &Reply) -> Problem {
    let (lead, hint) = match reply.status {
        404 | 405 => ("the service does not know this call", CHECK_ADDRESS),
        _ => ("the service refused the request", CHECK_REQUEST),
    };
    Problem::new("rejected", reply.words.after(&format!("{lead} (HTTP {})", reply.status))).hint(hint)
}

pub(super) fn slow_down(reply: &Reply) -> Problem {
    let wish = reply.retry_after.map(|wait| format!(" for {} s", wait.as_secs())).unwrap_or_default();
    let lead = format!("the service asks to slow down{wish} (HTTP {})", reply.status);
    Problem::new("slow_down", reply.words.after(&lead)).hint("Nothing was accepted; it can be tried again.")
}

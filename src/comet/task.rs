//! The one reader of what the service says of a task, bare, wrapped or from the feed
//! (`reference/api.md §2`).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    forms,
    reply::Words,
    text::{WORD_MAX, clean, clean_url},
};
use crate::job::{Failure, Phase, Report};

/// How many objects deep `data` is followed. Documented are three.
const LEVELS_MAX: usize = 8;
/// How many videos of a task are taken. Nearly always it is one.
const URLS_MAX: usize = 16;

const QUEUED: [&str; 6] = ["NOT_START", "SUBMITTED", "QUEUED", "QUEUEING", "PENDING", "THROTTLED"];
const RUNNING: [&str; 3] = ["IN_PROGRESS", "RUNNING", "PROCESSING"];
const SUCCEEDED: [&str; 3] = ["SUCCESS", "SUCCEEDED", "COMPLETED"];
const FAILED: [&str; 3] = ["FAILURE", "FAILED", "ERROR"];
const CANCELLED: [&str; 2] = ["CANCELLED", "CANCELED"];

/// What only a task has: an envelope whose `status` says `success` or `error` has none of these.
const MARKS: [&str; 11] = [
    "id",
    "task_id",
    "createdAt",
    "action",
    "submit_time",
    "output",
    "result_url",
    "video_url",
    "failure",
    "failureCode",
    "fail_reason",
];

type Fields = Map<String, Value>;

/// What the reply says of a task; nothing where it is no task.
pub(super) fn read(json: &Value) -> Option<Report> {
    let levels = levels(json);
    let words = status_words(&levels);
    let urls = urls(&levels);
    let chosen = choose(&words, !urls.is_empty());
    let known_and_open = chosen.is_some_and(|(phase, _)| matches!(phase, Phase::Queued | Phase::Running));
    let is_task = match chosen {
        Some(_) => known_and_open || levels.iter().any(|level| is_marked(level)),
        None => levels.iter().any(|level| has_id(level)) && !has_error(&levels),
    };
    if !is_task {
        return None;
    }
    let (phase, raw) = chosen.unzip();
    let phase = phase.unwrap_or(Phase::Other);
    let ended = is_final(phase);
    Some(Report {
        phase,
        raw_status: raw.map(|word| clean(word, WORD_MAX)).filter(|word| !word.is_empty()),
        progress: inner_first(&levels, &["progress"], forms::progress),
        failure: (phase == Phase::Failed).then(|| failure(&levels)),
        urls: if phase == Phase::Succeeded { urls } else { Vec::new() },
        started_at: moment(&levels, &["start_time", "startedAt"]),
        finished_at: moment(&levels, &["finish_time", "finishedAt", "endedAt"]).filter(|_| ended),
    })
}

/// The object and what it wraps, from the outside in.
fn levels(json: &Value) -> Vec<&Fields> {
    let mut levels = Vec::new();
    let mut next = json.as_object();
    while let Some(level) = next.filter(|_| levels.len() < LEVELS_MAX) {
        levels.push(level);
        next = level.get("data").and_then(Value::as_object);
    }
    levels
}

/// The status words, from the outside in, without those of mere envelopes.
fn status_words<'a>(levels: &[&'a Fields]) -> Vec<(Phase, &'a str)> {
    let mut words = Vec::new();
    for level in levels.iter().rev() {
        let Some(word) = level.get("status").and_then(forms::word) else { continue };
        let phase = phase(word);
        let envelope = !words.is_empty() && is_final(phase) && !is_marked(level);
        if !envelope {
            words.push((phase, word));
        }
    }
    words.reverse();
    words
}

fn phase(word: &str) -> Phase {
    let is = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(word));
    match () {
        () if is(&QUEUED) => Phase::Queued,
        () if is(&RUNNING) => Phase::Running,
        () if is(&SUCCEEDED) => Phase::Succeeded,
        () if is(&FAILED) => Phase::Failed,
        () if is(&CANCELLED) => Phase::Cancelled,
        () => Phase::Other,
    }
}

/// A final word before any other, success before the rest where there is a video to show for it, the
/// outer before the inner; else the word that is furthest along.
fn choose<'a>(words: &[(Phase, &'a str)], has_url: bool) -> Option<(Phase, &'a str)> {
    let rank = |phase| match phase {
        Phase::Succeeded if has_url => 4,
        Phase::Succeeded | Phase::Failed | Phase::Cancelled => 3,
        Phase::Running => 2,
        Phase::Queued => 1,
        Phase::Other => 0,
    };
    // `max_by_key` takes the last of equals: from the inside out, that is the outermost.
    words.iter().rev().max_by_key(|(phase, _)| rank(*phase)).copied()
}

const fn is_final(phase: Phase) -> bool {
    matches!(phase, Phase::Succeeded | Phase::Failed | Phase::Cancelled)
}

fn is_marked(level: &Fields) -> bool {
    MARKS.iter().any(|mark| level.get(*mark).is_some_and(|value| !value.is_null()))
}

fn has_id(level: &Fields) -> bool {
    ["id", "task_id"].iter().any(|name| level.get(*name).and_then(forms::word_or_number).is_some())
}

fn has_error(levels: &[&Fields]) -> bool {
    levels.iter().filter_map(|level| level.get("error")).any(|error| !error.is_null() && error != "")
}

/// The first of these fields that reads, the inner levels before the outer ones: what is wrapped comes
/// from nearer the source.
fn inner_first<'a, T>(
    levels: &[&'a Fields],
    names: &[&str],
    read: impl Fn(&'a Value) -> Option<T>,
) -> Option<T> {
    let fields = names.iter().flat_map(|name| levels.iter().rev().filter_map(|level| level.get(*name)));
    fields.into_iter().find_map(read)
}

fn moment(levels: &[&Fields], names: &[&str]) -> Option<Timestamp> {
    inner_first(levels, names, forms::time)
}

/// Where the video is. One source only: two fields may name the same video by different links. Old rows
/// hold the link in `fail_reason` (`reference/api.md §2.7`).
fn urls(levels: &[&Fields]) -> Vec<String> {
    let one = |value: &Value| value.as_str().and_then(clean_url);
    let output = inner_first(levels, &["output"], |value| {
        let items = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        let mut urls: Vec<String> = Vec::new();
        for url in items.iter().filter_map(one) {
            if urls.len() == URLS_MAX {
                break;
            }
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        (!urls.is_empty()).then_some(urls)
    });
    let link = || inner_first(levels, &["result_url", "video_url", "fail_reason"], one);
    output.or_else(|| link().map(|url| vec![url])).unwrap_or_default()
}

/// Why it failed (`reference/api.md §2.8`): it may hold no word at all.
fn failure(levels: &[&Fields]) -> Failure {
    let words = |value: &Value| Words::of(value, 0);
    let message = |value: &Value| {
        let text = words(value).message;
        let tells = !text.is_empty() && !text.eq_ignore_ascii_case("success") && clean_url(&text).is_none();
        tells.then_some(text)
    };
    let code = |value: &Value| forms::word(value).map(|code| clean(code, WORD_MAX));
    let told = |value: &Value| code(value).filter(|code| is_code(code));
    let of_error = |value: &Value| Some(words(value).code).filter(|code| !code.is_empty());
    Failure {
        code: inner_first(levels, &["failureCode"], code)
            .or_else(|| inner_first(levels, &["fail_reason", "failure"], told))
            .or_else(|| inner_first(levels, &["error"], of_error))
            .unwrap_or_default(),
        message: inner_first(levels, &["failure", "fail_reason", "result_url", "error", "message"], message)
            .unwrap_or_default(),
    }
}

/// Whether a failure's text is one of the known codes (`reference/api.md §3`) rather than words.
fn is_code(text: &str) -> bool {
    const FAMILIES: [&str; 5] = ["SAFETY.", "INPUT_PREPROCESSING.", "ASSET.", "INTERNAL", "THIRD_PARTY."];
    FAMILIES.iter().any(|family| text.starts_with(family))
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.' || c == '_')
}

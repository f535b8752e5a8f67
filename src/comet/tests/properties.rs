//! The reader on anything at all.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::reader::{report, wrapped};
use crate::{
    comet::{Answer, Submission, read_reply, read_submission},
    job::{Phase, Problem, Report},
};

const KNOWN: [&str; 17] = [
    "NOT_START",
    "SUBMITTED",
    "QUEUED",
    "QUEUEING",
    "PENDING",
    "THROTTLED",
    "IN_PROGRESS",
    "RUNNING",
    "PROCESSING",
    "SUCCESS",
    "SUCCEEDED",
    "COMPLETED",
    "FAILURE",
    "FAILED",
    "ERROR",
    "CANCELLED",
    "CANCELED",
];
const STATUSES: [u16; 16] = [200, 201, 204, 301, 302, 400, 401, 403, 404, 408, 429, 500, 502, 503, 524, 999];
/// The names that the reader looks at, and the words that mean something to it.
const NAMES: [&str; 23] = [
    "id",
    "task_id",
    "status",
    "data",
    "output",
    "progress",
    "code",
    "message",
    "error",
    "issues",
    "path",
    "failure",
    "failureCode",
    "fail_reason",
    "result_url",
    "video_url",
    "start_time",
    "finish_time",
    "createdAt",
    "action",
    "submit_time",
    "detail",
    "other",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(&KNOWN[..]).prop_map(Value::from),
        select(vec![
            "success",
            "task_not_exist",
            "https://h/v.mp4",
            "30%",
            "SAFETY.INPUT",
            "{\"error\":\"x\"}"
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "\\PC*[\u{0}-\u{9f}\u{202e}]{0,3}\\PC*".prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(&NAMES[..]), inner), 0..6).prop_map(|fields| {
                Value::from(fields.into_iter().map(|(name, v)| (name.to_owned(), v)).collect::<Map<_, _>>())
            }),
        ]
    })
}

/// The documented replies.
fn real() -> Vec<Value> {
    vec![
        json!({"id":"d","status":"SUCCEEDED","createdAt":"2026-05-01T12:47:47.351Z","output":["https://h/v.mp4"]}),
        json!({"id":"d","status":"RUNNING","createdAt":"2026-05-01T12:47:47.351Z","progress":0.275}),
        json!({"id":"d","status":"FAILED","failure":"An error","failureCode":"INTERNAL"}),
        wrapped(&json!({})),
        wrapped(
            &json!({"status":"SUCCESS","data":{"id":"d","status":"SUCCEEDED","output":["https://h/v.mp4"]}}),
        ),
        wrapped(&json!({"status":"FAILURE","fail_reason":"SAFETY.INPUT.IMAGE","data":null})),
    ]
}

fn texts(problem: &Problem) -> Vec<String> {
    [problem.message.clone(), problem.code.clone()].into_iter().chain(problem.hint.clone()).collect()
}

/// All text that leaves the reader.
fn all_text(answer: Answer, submission: Submission) -> Vec<String> {
    let mut all = match answer {
        Answer::Task(Report { raw_status, failure, urls, .. }) => {
            let failure = failure.into_iter().flat_map(|f| [f.code, f.message]);
            raw_status.into_iter().chain(failure).chain(urls).collect()
        }
        Answer::NotYet => Vec::new(),
        Answer::SlowDown { problem, .. }
        | Answer::Denied(problem)
        | Answer::WrongAddress(problem)
        | Answer::Passing(problem) => texts(&problem),
    };
    match submission {
        Submission::Accepted { task_id, request_id } => {
            all.extend(Some(task_id).into_iter().chain(request_id));
        }
        Submission::NotSent(problem) | Submission::SlowDown { problem, .. } => all.extend(texts(&problem)),
        Submission::Refused { failure, problem, request_id, .. } => {
            all.extend(texts(&problem));
            all.extend([failure.code, failure.message].into_iter().chain(request_id));
        }
        Submission::Lost { problem, request_id, .. } => {
            all.extend(texts(&problem).into_iter().chain(request_id));
        }
    }
    all
}

pub(super) fn read_both(status: u16, body: &[u8]) {
    let answer = read_reply(status, body);
    if let Answer::Task(Report { progress: Some(progress), .. }) = &answer {
        assert!((0.0..=1.0).contains(progress));
    }
    for text in all_text(answer, read_submission(status, body)) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(text.chars().count() <= 16 * 1024);
    }
}

fn ends(phase: Phase) -> bool {
    matches!(phase, Phase::Succeeded | Phase::Failed | Phase::Cancelled)
}

/// The same object with its fields in another order, at every level.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .rev()
                .map(|(name, value)| format!("{}:{}", json!(name), reversed(value)))
                .collect();
            format!("{{{}}}", fields.join(" , "))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read(status in select(&STATUSES[..]), body in vec(any::<u8>(), 0..300)) {
        read_both(status, &body);
    }

    #[test]
    fn arbitrary_json_is_read(status in select(&STATUSES[..]), body in json()) {
        read_both(status, body.to_string().as_bytes());
    }

    #[test]
    fn a_real_reply_with_bytes_changed_is_read(
        status in select(&STATUSES[..]),
        reply in select(real()),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in option::of(any::<prop::sample::Index>()),
    ) {
        let mut body = reply.to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Some(end) = end {
            body.truncate(end.index(body.len()));
        }
        read_both(status, &body);
    }

    /// Nothing ends but by a word that the service is known to end tasks with.
    #[test]
    fn no_unknown_word_ends_a_job(
        word in prop_oneof![any::<String>(), "[A-Z_]{0,12}", select(&KNOWN[..]).prop_map(|w| format!("{w}_"))],
        reply in select(real()),
        rest in json(),
    ) {
        prop_assume!(!KNOWN.iter().any(|known| known.eq_ignore_ascii_case(word.trim())));
        let mut reply = reply;
        reply["rest"] = rest;
        let mut level = Some(&mut reply);
        while let Some(fields) = level.take().and_then(Value::as_object_mut) {
            if fields.contains_key("status") {
                fields.insert("status".into(), json!(word));
            }
            level = fields.get_mut("data");
        }
        match read_reply(200, reply.to_string().as_bytes()) {
            Answer::Task(report) => prop_assert!(!ends(report.phase), "{reply}"),
            Answer::NotYet | Answer::Passing(_) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// Only a 2xx tells of a task, whatever its body says.
    #[test]
    fn no_error_ends_a_job(status in prop_oneof![100_u16..200, 300_u16..1000], body in json()) {
        let read = read_reply(status, body.to_string().as_bytes());
        prop_assert!(!matches!(read, Answer::Task(_)), "{read:?}");
    }

    /// Only a refusal that §3 names is one; nothing else that is no 2xx is taken to have created nothing.
    #[test]
    fn a_5xx_is_refused_only_by_its_known_words(status in 500_u16..600, body in json()) {
        let text = body.to_string().to_lowercase();
        let named = ["invalid_request", "model_not_found", "no available channel"];
        prop_assume!(!named.iter().any(|word| text.contains(word)));
        let read = read_submission(status, body.to_string().as_bytes());
        prop_assert!(matches!(read, Submission::Lost { .. }), "{read:?}");
    }

    /// The same news in any wrapping, order and company.
    #[test]
    fn shape_does_not_matter(
        word in select(&KNOWN[..]),
        depth in 0_usize..6,
        inner_null in any::<bool>(),
        extra in vec(("x[a-z]{1,8}", leaf()), 0..4),
    ) {
        let mut task = json!({"id":"d","status":word,"progress":"40%","output":["https://h/v.mp4"],
            "failure":"why","failureCode":"INTERNAL","start_time":5,"finish_time":9});
        for (name, value) in extra {
            task[name] = value;
        }
        if inner_null {
            task["data"] = Value::Null;
        }
        let expected = report(&task);
        prop_assert_eq!(expected.progress, Some(0.4));
        let mut reply = task;
        for _ in 0..depth {
            reply = json!({"code":"success","message":"","data":reply});
        }
        prop_assert_eq!(&report(&reply), &expected);
        match read_reply(200, reversed(&reply).as_bytes()) {
            Answer::Task(read) => prop_assert_eq!(&read, &expected),
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

//! The reply reader on anything: a line with the HTTP status, then the body; without such a line all of it
//! is the body of a 200. Nothing panics, and no text that leaves the reader holds a control character.
#![no_main]

use libfuzzer_sys::fuzz_target;
use taxiway::{
    comet::{Answer, Submission, read_reply, read_submission},
    job::Problem,
};

fuzz_target!(|data: &[u8]| {
    let (status, body) = split(data);
    match read_reply(status, body) {
        Answer::Task(report) => {
            assert!(report.progress.is_none_or(|part| (0.0..=1.0).contains(&part)));
            assert!((200..300).contains(&status), "{status} told of a task");
            report.failure.iter().for_each(|failure| harmless([&failure.code, &failure.message]));
            harmless(report.raw_status.iter().chain(&report.urls));
        }
        Answer::NotYet => {}
        Answer::SlowDown { problem, .. }
        | Answer::Denied(problem)
        | Answer::WrongAddress(problem)
        | Answer::Passing(problem) => told(&problem),
    }
    match read_submission(status, body) {
        Submission::Accepted { task_id, request_id } => harmless(request_id.iter().chain([&task_id])),
        Submission::NotSent(problem) | Submission::SlowDown { problem, .. } => told(&problem),
        Submission::Refused { failure, problem, .. } => {
            told(&problem);
            harmless([&failure.code, &failure.message]);
        }
        Submission::Lost { problem, .. } => told(&problem),
    }
});

fn split(data: &[u8]) -> (u16, &[u8]) {
    let line = data.split_first_chunk::<4>().filter(|(line, _)| line[3] == b'\n');
    let told = line.and_then(|(line, body)| {
        Some((std::str::from_utf8(&line[..3]).ok()?.parse().ok().filter(|status| *status >= 100)?, body))
    });
    told.unwrap_or((200, data))
}

fn told(problem: &Problem) {
    harmless([&problem.code, &problem.message].into_iter().chain(&problem.hint));
}

fn harmless<'a>(texts: impl IntoIterator<Item = &'a String>) {
    for text in texts {
        assert!(!text.chars().any(char::is_control) && text.len() <= 64 * 1024, "{text:?}");
    }
}

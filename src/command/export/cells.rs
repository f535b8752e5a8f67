//! A job as a row of CSV (RFC 4180).

use jiff::Timestamp;

use crate::{
    command::output::clean,
    job::{Job, SavedFile},
};

/// The row of names. They are promised; new ones are added behind the last.
pub(super) fn head() -> String {
    record(
        [
            "id",
            "uuid",
            "task_id",
            "state",
            "result",
            "profile",
            "service",
            "image",
            "prompt",
            "model",
            "ratio",
            "duration",
            "seed",
            "watermark",
            "created_at",
            "sent_at",
            "submitted_at",
            "started_at",
            "finished_at",
            "estimate_usd",
            "charged_usd",
            "certainty",
            "failure_code",
            "failure_message",
            "error",
            "expires_at",
            "files",
            "bytes",
            "sha256",
            "parent",
            "group",
            "tags",
            "archived",
            "request_id",
        ]
        .map(String::from),
    )
}

/// The job under these names. Of several videos each has a line of its cell.
pub(super) fn row(job: &Job) -> String {
    let (request, result, failure) = (&job.request, job.result.as_ref(), job.failure.as_ref());
    let files = |tell: fn(&SavedFile) -> String| {
        let files = result.map(|result| result.files.as_slice()).unwrap_or_default();
        files.iter().map(tell).collect::<Vec<_>>().join("\n")
    };
    record([
        job.id.to_string(),
        job.uuid.clone(),
        safe(job.task_id.as_deref()),
        job.state.to_string(),
        result.map_or_else(String::new, |result| result.state.word().into()),
        safe(Some(&job.account.profile)),
        safe(Some(&job.account.service)),
        safe(Some(&request.picture())),
        safe(request.prompt_text.as_deref()),
        safe(Some(&request.model)),
        safe(request.ratio.as_deref()),
        or_empty(request.duration),
        or_empty(request.seed),
        or_empty(request.watermark),
        job.created_at.to_string(),
        at(job.sent_at),
        at(job.submitted_at),
        at(job.started_at),
        at(job.finished_at),
        or_empty(job.estimate),
        or_empty(job.charged),
        job.certainty().word().into(),
        safe(failure.map(|failure| failure.code.as_str())),
        safe(failure.map(|failure| failure.message.as_str())),
        safe(job.fault().map(|fault| fault.message).as_deref()),
        at(result.and_then(|result| result.expires_at)),
        safe(Some(&files(|file| file.path.display().to_string()))),
        files(|file| file.bytes.to_string()),
        files(|file| file.sha256.clone()),
        or_empty(job.parent),
        job.group.clone().unwrap_or_default(),
        safe(Some(&job.tags.join(","))),
        job.archived.to_string(),
        safe(job.request_id.as_deref()),
    ])
}

const COLUMNS: usize = 34;

fn record(cells: [String; COLUMNS]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory, where nothing can fail.
    let written = writer.write_record(cells).ok().and_then(|()| writer.into_inner().ok());
    String::from_utf8(written.unwrap_or_default()).unwrap_or_default()
}

/// A text that steers no terminal, and that no spreadsheet takes for a formula.
fn safe(text: Option<&str>) -> String {
    let text = clean(text.unwrap_or_default());
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t']);
    if is_formula { format!("'{text}") } else { text }
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn at(moment: Option<Timestamp>) -> String {
    or_empty(moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{JobId, NewJob, Request};

    #[test]
    fn every_cell_reads_back_and_none_is_a_formula() {
        for (prompt, cell) in [
            ("a \"cat\", yawning\nloudly", "a \"cat\", yawning\nloudly"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("-5 degrees", "'-5 degrees"),
            ("@a", "'@a"),
            ("+1", "'+1"),
            ("a=b", "a=b"),
            ("\u{1b}=a\r\n", "'=a\n"),
        ] {
            let request = Request { prompt_text: Some(prompt.into()), ..Request::default() };
            let job = Job::new(
                JobId(7),
                "u".into(),
                NewJob { request, ..NewJob::default() },
                Timestamp::UNIX_EPOCH,
            );
            let text = head() + &row(&job);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let place = reader.headers().unwrap().iter().position(|name| name == "prompt").unwrap();
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            assert_eq!((rows.len(), rows[0].len(), &rows[0][place], &rows[0][0]), (1, COLUMNS, cell, "7"));
        }
    }
}

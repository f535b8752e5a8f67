use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Job, JobId, Request, SavedFile};

/// What went wrong, for people and for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable word.
    pub code: String,
    /// What went wrong and what was kept.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), hint: None }
    }

    /// The same, with a word on what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A job as `--json` shows it. Field names and forms are promised: times RFC 3339 in UTC, money as
/// decimal strings in USD, absent values null.
#[derive(Debug, Serialize)]
pub struct JobJson<'a> {
    id: JobId,
    uuid: &'a str,
    task_id: Option<&'a str>,
    profile: &'a str,
    service: &'a str,
    state: &'static str,
    raw_status: Option<&'a str>,
    progress: Option<f64>,
    request: &'a Request,
    created_at: Timestamp,
    sent_at: Option<Timestamp>,
    submitted_at: Option<Timestamp>,
    first_seen_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    last_polled_at: Option<Timestamp>,
    failure: Option<FailureJson<'a>>,
    result: Option<ResultJson<'a>>,
    cost: CostJson,
    parent: Option<JobId>,
    group: Option<&'a str>,
    tags: &'a [String],
    request_id: Option<&'a str>,
    archived: bool,
    error: Option<Problem>,
}

#[derive(Debug, Serialize)]
struct FailureJson<'a> {
    code: &'a str,
    message: &'a str,
    advice: &'a str,
}

#[derive(Debug, Serialize)]
struct ResultJson<'a> {
    state: &'static str,
    expires_at: Option<Timestamp>,
    /// `exact`, where the link itself tells it; `at_latest`, where it is assumed.
    expiry: Option<&'static str>,
    files: &'a [SavedFile],
}

#[derive(Debug, Serialize)]
struct CostJson {
    estimate: Option<String>,
    /// What the account's own record says; only where `certainty` is `confirmed`.
    charged: Option<String>,
    certainty: &'static str,
}

impl<'a> JobJson<'a> {
    /// The job; `error` is what went wrong with the command that shows it, else what went wrong with
    /// the job itself.
    pub fn new(job: &'a Job, error: Option<Problem>) -> Self {
        Self {
            id: job.id,
            uuid: &job.uuid,
            task_id: job.task_id.as_deref(),
            profile: &job.account.profile,
            service: &job.account.service,
            state: job.state.word(),
            raw_status: job.raw_status.as_deref(),
            progress: job.progress,
            request: &job.request,
            created_at: job.created_at,
            sent_at: job.sent_at,
            submitted_at: job.submitted_at,
            first_seen_at: job.first_seen_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            last_polled_at: job.last_polled_at,
            failure: job.failure.as_ref().map(|failure| FailureJson {
                code: &failure.code,
                message: &failure.message,
                advice: job.advice().unwrap_or_default(),
            }),
            result: job.result.as_ref().map(|result| ResultJson {
                state: result.state.word(),
                expires_at: result.expires_at,
                expiry: result.expires_at.map(
                    |_| {
                        if result.expiry_is_assumed() { "at_latest" } else { "exact" }
                    },
                ),
                files: &result.files,
            }),
            cost: CostJson {
                estimate: job.estimate.map(|money| money.to_string()),
                charged: job.charged.map(|money| money.to_string()),
                certainty: job.certainty().word(),
            },
            parent: job.parent,
            group: job.group.as_deref(),
            tags: &job.tags,
            request_id: job.request_id.as_deref(),
            archived: job.archived,
            error: error.or_else(|| job.fault()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::NewJob;

    #[test]
    fn lineage_and_group_are_told_and_absent_ones_are_null() {
        let told = |new| {
            let job = Job::new(JobId(7), "u".into(), new, Timestamp::UNIX_EPOCH);
            let told = serde_json::to_value(JobJson::new(&job, None)).unwrap();
            (told["parent"].clone(), told["group"].clone())
        };
        assert_eq!(told(NewJob::default()), (None::<i64>.into(), None::<String>.into()));
        let new = NewJob { parent: Some(JobId(3)), group: Some("g".into()), ..NewJob::default() };
        assert_eq!(told(new), (3.into(), "g".into()));
    }
}

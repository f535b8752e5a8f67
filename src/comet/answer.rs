use std::time::Duration;

use crate::job::{Failure, Problem, Report};

/// What became of a request for a task, sorted by what it means for the user's money.
#[derive(Clone, Debug, PartialEq)]
pub enum Submission {
    /// The task exists.
    Accepted {
        /// Its id: opaque, without white space or control characters.
        task_id: String,
        /// The service's name for the call; support asks for it.
        request_id: Option<String>,
    },
    /// Provably no byte of the request left this machine. Code `not_sent`.
    NotSent(Problem),
    /// HTTP 429: not accepted, try later. Code `slow_down`.
    SlowDown {
        /// In words.
        problem: Problem,
        /// The service's wish, at most 10 minutes.
        retry_after: Option<Duration>,
    },
    /// The service refused the request, so that nothing was created. Codes: `wrong_key`,
    /// `quota_not_enough`, `model_not_available`, `wrong_address`, `rejected`.
    Refused {
        /// In the service's words.
        failure: Failure,
        /// What it means to the user.
        problem: Problem,
        /// The service's name for the call.
        request_id: Option<String>,
        /// Whether every other request would be refused too (key, quota, ban): all sending must stop.
        stop: bool,
    },
    /// The reply was lost or could not be read: the task may exist and be billed. Code `unsure`.
    Lost {
        /// What came back, or what did not.
        problem: Problem,
        /// The service's name for the call.
        request_id: Option<String>,
        /// The HTTP status and what came of the body, as with [`Polled::body`]; none where nothing came.
        reply: Option<(u16, String)>,
    },
}

/// What the service answered when asked about a task, with the evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Polled {
    /// What it means.
    pub answer: Answer,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The body as it came, cut to 64 KiB on a character boundary, without the key, the tokens of links and
    /// what is harmful but line ends and tabs.
    pub body: Option<String>,
    /// The service's name for the call.
    pub request_id: Option<String>,
}

/// What a reply to a poll means.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// News of the task.
    Task(Report),
    /// The service does not show the task: not yet, or not to this key. Never a failure.
    NotYet,
    /// HTTP 429: ask later.
    SlowDown {
        /// The service's wish, at most 10 minutes.
        retry_after: Option<Duration>,
        /// In words; code `slow_down`.
        problem: Problem,
    },
    /// HTTP 401, 402, 403: asking on is useless until the user has mended key or account. Codes
    /// `wrong_key`, `quota_not_enough`.
    Denied(Problem),
    /// A redirect or a website: the base URL is wrong. Code `wrong_address`.
    WrongAddress(Problem),
    /// No news, and no reason to stop asking. Codes: `network` where no whole reply came, `service`
    /// where one came that tells nothing of the task.
    Passing(Problem),
}

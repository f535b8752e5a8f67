use jiff::Timestamp;

use super::{Consent, Failure, Money, Phase, Problem, SavedFile, advice};

/// The problem of a job whose task id did not come from the service's answer, until a poll shows the task.
pub(super) const UNCONFIRMED: &str = "unconfirmed";

/// What the service said of a task, whatever shape its reply had.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it means.
    pub phase: Phase,
    /// The service's own word, where it used one.
    pub raw_status: Option<String>,
    /// 0 to 1.
    pub progress: Option<f64>,
    /// Why it failed; on failure only.
    pub failure: Option<Failure>,
    /// Where the video is; on success only, http(s) only.
    pub urls: Vec<String>,
    /// When the task began to run, by the service's clock.
    pub started_at: Option<Timestamp>,
    /// When it ended, by the service's clock.
    pub finished_at: Option<Timestamp>,
}

/// Something that happens to a job. The journal stores the job as [`Job::apply`](super::Job::apply) leaves it, and the
/// change itself, with its evidence, in the job's timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The user's word that it may be sent.
    Consented(Consent),
    /// The owner keeps that word for a job that waits for its turn; one that has ended is not revived.
    ConsentKept(Consent),
    /// That word ended; the job stays held.
    ConsentEnded(Problem),
    /// About to be sent.
    Intent,
    /// The service gave an id.
    Accepted {
        /// The id, opaque.
        task_id: String,
        /// The service's name for the call.
        request_id: Option<String>,
    },
    /// Provably not accepted; the job is held again, its consent kept.
    NotSent(Problem),
    /// The service refused it.
    Refused {
        /// In the service's words.
        failure: Failure,
        /// What it means to the user.
        problem: Problem,
        /// The service's name for the call.
        request_id: Option<String>,
    },
    /// The reply was lost or could not be read.
    Lost {
        /// What came back, or what did not.
        problem: Problem,
        /// The service's name for the call.
        request_id: Option<String>,
    },
    /// The user gave a job its task, and may do so again until the service has shown it.
    Adopted {
        /// Its id, opaque.
        task_id: String,
        /// Who says so, and by what.
        evidence: String,
    },
    /// The task of an unsure job was found in the account's list. The user's own word goes before it.
    Found {
        /// Its id, opaque.
        task_id: String,
        /// By what.
        evidence: String,
    },
    /// No task came of an unsure job; with who says so.
    NotCreated(String),
    /// The service told of the task.
    Reported(Report),
    /// What the task cost, by the account's own record.
    Charged(Money),
    /// The service has not known the task for 15 minutes.
    Vanished,
    /// The user wished its task stopped; with what came of that, and whether the service was asked at all. Only
    /// its own word, at a poll, ends the job.
    StopWished(String),
    /// A held job was given up by the user.
    Dropped,
    /// The download begins.
    Fetching,
    /// The videos are on disk; nearly always it is one.
    Saved(Vec<SavedFile>),
    /// The download broke off; it will be tried again.
    FetchAgain(String),
    /// The link is dead, for this reason.
    Expired(String),
    /// The download was given up, for this reason.
    GivenUp(String),
    /// The same for want of something on this machine, as room: it is tried again when that may be mended.
    Blocked(String),
    /// The user put an ended job out of sight, or any job back.
    Archived(bool),
    /// The user's labels changed; what is in both lists stays.
    Tagged {
        /// Labels that it has from now on, each good as [`tag_fault`](super::tag_fault) says.
        add: Vec<String>,
        /// Labels that it has no more; those that it never had are left aside.
        remove: Vec<String>,
    },
}

impl Change {
    /// A stable word for the timeline.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Consented(_) => "consented",
            Self::ConsentKept(_) => "consent_kept",
            Self::ConsentEnded(_) => "consent_ended",
            Self::Intent => "intent",
            Self::Accepted { .. } => "accepted",
            Self::NotSent(_) => "not_sent",
            Self::Refused { .. } => "refused",
            Self::Lost { .. } => "lost",
            Self::Adopted { .. } => "adopted",
            Self::Found { .. } => "found",
            Self::NotCreated(_) => "not_created",
            Self::Reported(_) => "reported",
            Self::Charged(_) => "charged",
            Self::Vanished => "vanished",
            Self::StopWished(_) => "stop_wished",
            Self::Dropped => "dropped",
            Self::Fetching => "fetching",
            Self::Saved(_) => "saved",
            Self::FetchAgain(_) => "fetch_again",
            Self::Expired(_) => "expired",
            Self::GivenUp(_) => "given_up",
            Self::Blocked(_) => "blocked",
            Self::Archived(true) => "archived",
            Self::Archived(false) => "unarchived",
            Self::Tagged { .. } => "tagged",
        }
    }

    /// What happened, for people, with the evidence.
    pub fn tell(&self) -> String {
        let called =
            |id: &Option<String>| id.as_ref().map_or_else(String::new, |id| format!(" (request {id})"));
        match self {
            Self::Consented(consent) | Self::ConsentKept(consent) => {
                format!("may be sent (by process {})", consent.holder)
            }
            Self::ConsentEnded(problem) => format!("held: {}", problem.message),
            Self::Intent => "being sent".into(),
            Self::Accepted { task_id, request_id } => format!("accepted as {task_id}{}", called(request_id)),
            Self::NotSent(problem) => format!("not accepted: {}", problem.message),
            Self::Refused { problem, request_id, .. } => {
                format!("refused: {}{}", problem.message, called(request_id))
            }
            Self::Lost { problem, request_id } => {
                format!("unsure: {}{}", problem.message, called(request_id))
            }
            Self::Adopted { task_id, evidence } | Self::Found { task_id, evidence } => {
                format!("it is task {task_id}: {evidence}")
            }
            Self::NotCreated(evidence) => format!("no task was created: {evidence}"),
            Self::Reported(report) => report.tell(),
            Self::Charged(cost) => format!("it cost ${cost}, by the account's own record"),
            Self::Vanished => "the service has not known the task for 15 minutes; still looking".into(),
            Self::StopWished(told) => told.clone(),
            Self::Dropped => "dropped before it was sent".into(),
            Self::Fetching => "fetching the video".into(),
            Self::Saved(files) => files.iter().map(SavedFile::tell).collect::<Vec<_>>().join("; "),
            Self::FetchAgain(why) => format!("the download will be tried again: {why}"),
            Self::Expired(why) => format!("the video expired: {why}"),
            Self::GivenUp(why) | Self::Blocked(why) => format!("the download was given up: {why}"),
            Self::Archived(true) => "archived: out of sight".into(),
            Self::Archived(false) => "back from the archive".into(),
            Self::Tagged { add, remove } => {
                let told = |word: &str, tags: &[String]| {
                    (!tags.is_empty()).then(|| format!("{word} {}", tags.join(", ")))
                };
                [told("tagged", add), told("no more tagged", remove)]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("; ")
            }
        }
    }
}

impl Report {
    fn tell(&self) -> String {
        let word = self.raw_status.as_deref().unwrap_or("no status word");
        let mut text = format!("the service says {word}");
        if let Some(progress) = self.progress.filter(|_| self.phase == Phase::Running) {
            text += &format!(", {:.0} %", progress * 100.0);
        }
        if let Some(failure) = &self.failure {
            let told = format!("{} {}", failure.code, failure.message.trim_end_matches('.'));
            text += &format!(": {}. {}", told.trim(), advice(&failure.code));
        }
        if self.phase == Phase::Succeeded && self.urls.is_empty() {
            text += ", and shows no URL yet";
        }
        text
    }
}

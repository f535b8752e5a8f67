use std::{
    fmt,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    Certainty, Money, Problem, Request, ResultState, State, advice, change::UNCONFIRMED, expiry::tells,
    is_moderated,
};

/// The number of a job, as the table shows it: counted up from 1 in each journal, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a job was made. It is polled and sent only there.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Account {
    /// The profile's name; it may change without the account changing.
    pub profile: String,
    /// The service's base URL.
    pub service: String,
    /// A hash of the key: enough to tell keys apart, useless to anyone else.
    pub key_hash: String,
    /// The key's last four characters, for people.
    pub key_tail: String,
}

impl Account {
    /// Whether a job made at `self` may be sent and polled at `other`: same service, same key.
    pub fn is_same(&self, other: &Self) -> bool {
        self.service == other.service && self.key_hash == other.key_hash
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "made with …{} on {}", self.key_tail, self.service)
    }
}

/// The user's word that a held job may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// It ends at this moment at the latest.
    pub until: Timestamp,
    /// The process that holds it: it ends with that process.
    pub holder: u32,
    /// For how many seconds after its first attempt a request that was provably not accepted may be
    /// tried again.
    pub patience: u32,
    /// When the holder started, in the system's ticks: its number may be another's later.
    #[serde(default)]
    pub born: Option<u64>,
}

impl Consent {
    /// How long the user's word is good by itself. Only an owner makes it last longer, for a job that
    /// waits for its turn.
    pub const LASTS: SignedDuration = SignedDuration::from_mins(10);
}

/// Why a task failed or was refused, in the service's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The service's code, or empty.
    pub code: String,
    /// The service's text, or empty.
    pub message: String,
}

/// A video on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFile {
    /// Absolute. In JSON one that is no text is shown as well as it can be.
    #[serde(serialize_with = "shown")]
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The hash of its bytes, in hex.
    pub sha256: String,
}

fn shown<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

impl SavedFile {
    pub(super) fn tell(&self) -> String {
        format!("saved {} ({} bytes, sha256 {})", self.path.display(), self.bytes, self.sha256)
    }
}

/// The result of a succeeded job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub state: ResultState,
    /// Where the service keeps it. Each is a bearer secret while it lives.
    pub urls: Vec<String>,
    /// When the links die, at the latest.
    pub expires_at: Option<Timestamp>,
    /// What is on disk.
    pub files: Vec<SavedFile>,
    /// Why the download broke off or was given up.
    pub problem: Option<String>,
    /// It was given up for want of something on this machine, as room, and is tried again.
    pub blocked: bool,
}

impl Outcome {
    /// Whether its expiry is our assumption: the links die then at the latest, and may die earlier.
    pub fn expiry_is_assumed(&self) -> bool {
        self.expires_at.is_some_and(|at| !self.urls.iter().any(|url| tells(url, at)))
    }
}

/// One thing that happened to a job, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// A stable word for what it was.
    pub kind: String,
    /// The same for people, with the evidence.
    pub text: String,
}

/// What is needed to put a job into the journal. It begins as [`State::Held`].
#[derive(Clone, Debug, Default)]
pub struct NewJob {
    /// What to ask for.
    pub request: Request,
    /// Where it is to be sent.
    pub account: Account,
    /// The table's price, where known.
    pub estimate: Option<Money>,
    /// The user's word that it may be sent; none for a job that only waits.
    pub consent: Option<Consent>,
    /// The job that it is cloned from.
    pub parent: Option<JobId>,
    /// The sweep that it belongs to: a name that all its jobs have, and no other's.
    pub group: Option<String>,
}

/// A job, as the journal knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Its name among all journals.
    pub uuid: String,
    /// The service's name for its task; opaque.
    pub task_id: Option<String>,
    /// Where it was made.
    pub account: Account,
    /// Where it stands.
    pub state: State,
    /// The service's own word for that.
    pub raw_status: Option<String>,
    /// 0 to 1; never goes backwards.
    pub progress: Option<f64>,
    /// What was asked for.
    pub request: Request,
    /// When it was put into the journal.
    pub created_at: Timestamp,
    /// When the request was about to leave.
    pub sent_at: Option<Timestamp>,
    /// When the service gave the id.
    pub submitted_at: Option<Timestamp>,
    /// When the service first showed the task.
    pub first_seen_at: Option<Timestamp>,
    /// When the task began to run.
    pub started_at: Option<Timestamp>,
    /// When the job reached a final state.
    pub finished_at: Option<Timestamp>,
    /// When the service last gave news of it.
    pub last_polled_at: Option<Timestamp>,
    /// Why it failed or was refused.
    pub failure: Option<Failure>,
    /// Its video.
    pub result: Option<Outcome>,
    /// The table's price when it was made.
    pub estimate: Option<Money>,
    /// What it cost, by the account's own record.
    pub charged: Option<Money>,
    /// The word that it may be sent.
    pub consent: Option<Consent>,
    /// What went wrong here and matters still: why it is held, unsure or was rejected.
    pub problem: Option<Problem>,
    /// The service's name for the request that made it; support asks for it.
    pub request_id: Option<String>,
    /// The job that it was cloned from.
    pub parent: Option<JobId>,
    /// The sweep that it belongs to, by a uuid.
    pub group: Option<String>,
    /// The user's labels.
    pub tags: Vec<String>,
    /// Out of sight.
    pub archived: bool,
}

impl Job {
    /// What [`Job::label`] can be, each with its state.
    pub const LABELS: [(State, &'static str); 18] = [
        (State::Held, "HELD"),
        (State::Sending, "SENDING"),
        (State::Unsure, "UNSURE"),
        (State::Rejected, "REJECTED"),
        (State::Submitted, "SUBMITTED"),
        (State::Queued, "QUEUED"),
        (State::Running, "RUNNING"),
        (State::Succeeded, "DONE"),
        (State::Succeeded, "FETCHING"),
        (State::Succeeded, "SAVED"),
        (State::Succeeded, "NO URL"),
        (State::Succeeded, "EXPIRED"),
        (State::Succeeded, "NOT SAVED"),
        (State::Failed, "MODERATED"),
        (State::Failed, "FAILED"),
        (State::Cancelled, "CANCELLED"),
        (State::NotFound, "NOT FOUND"),
        (State::NotCreated, "NOT CREATED"),
    ];

    /// A new job, held.
    pub fn new(id: JobId, uuid: String, new: NewJob, at: Timestamp) -> Self {
        Self {
            id,
            uuid,
            task_id: None,
            account: new.account,
            state: State::Held,
            raw_status: None,
            progress: None,
            request: new.request,
            created_at: at,
            sent_at: None,
            submitted_at: None,
            first_seen_at: None,
            started_at: None,
            finished_at: None,
            last_polled_at: None,
            failure: None,
            result: None,
            estimate: new.estimate,
            charged: None,
            consent: new.consent,
            problem: None,
            request_id: None,
            parent: new.parent,
            group: new.group,
            tags: Vec::new(),
            archived: false,
        }
    }

    /// A new job for a task that exists already; what was asked of it is not known.
    pub fn of_task(id: JobId, uuid: String, account: Account, task_id: String, at: Timestamp) -> Self {
        let new = NewJob { account, ..NewJob::default() };
        Self {
            task_id: Some(task_id),
            state: State::Submitted,
            submitted_at: Some(at),
            ..Self::new(id, uuid, new, at)
        }
    }

    /// Whether a task id may be given to it: it is unsettled, or was said never to have been created.
    pub fn wants_task(&self) -> bool {
        self.state == State::NotCreated || self.is_unsettled()
    }

    /// Whether it may be that no task was ever made of it: it is unsure, or the id that it was given since
    /// has not been shown by the service yet.
    pub fn is_unsettled(&self) -> bool {
        let unconfirmed = self.problem.as_ref().is_some_and(|problem| problem.code == UNCONFIRMED);
        self.state == State::Unsure
            || (matches!(self.state, State::Submitted | State::NotFound) && unconfirmed)
    }

    /// Whether it is sent by itself as soon as it can be.
    pub fn waits_to_be_sent(&self) -> bool {
        self.state == State::Held && self.consent.is_some()
    }

    /// Whether moderation ended it: billed, and not to be sent again as it is.
    pub fn is_moderated(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| is_moderated(&failure.code))
    }

    /// How sure its cost is.
    pub fn certainty(&self) -> Certainty {
        match self.state {
            State::Held | State::Rejected | State::NotCreated => Certainty::None,
            State::Cancelled if self.task_id.is_none() => Certainty::None,
            State::Sending | State::Unsure => Certainty::Unsure,
            State::Failed | State::Cancelled => Certainty::FailedMaybeBilled,
            _ if self.charged.is_some() => Certainty::Confirmed,
            _ => Certainty::Estimated,
        }
    }

    /// What it costs, as far as is known.
    pub fn cost(&self) -> Option<Money> {
        self.charged.or(self.estimate)
    }

    /// What the user can do about what went wrong with it.
    pub fn advice(&self) -> Option<&str> {
        let hint = self.problem.as_ref().and_then(|problem| problem.hint.as_deref());
        hint.or_else(|| match self.state {
            State::Rejected => Some("Nothing was created, nothing is billed: mend it and send a new one."),
            _ => self.failure.as_ref().map(|failure| advice(&failure.code)),
        })
    }

    /// What went wrong with it, here or at the service, where anything did.
    pub fn fault(&self) -> Option<Problem> {
        let result = self.result.as_ref();
        let unsaved = |told: &str| result.and_then(|r| r.problem.clone()).unwrap_or_else(|| told.into());
        let found = match (self.state, result.map(|result| result.state)) {
            _ if self.problem.is_some() => return self.problem.clone(),
            (State::Failed, _) => {
                let (code, message) = self.failure.as_ref().map_or(("", ""), |f| (&f.code, &f.message));
                let word = if is_moderated(code) { "moderated" } else { "failed" };
                let told = format!("the task failed: {code} {message}");
                Problem::new(word, told.trim_end()).hint(self.advice().unwrap_or_default())
            }
            (State::Cancelled, _) if self.task_id.is_none() => {
                Problem::new("cancelled", "it was given up before it was sent")
            }
            (State::Cancelled, _) => Problem::new("cancelled", "the task was cancelled"),
            (State::NotFound, _) => {
                let told = "the service has not known the task for 15 minutes; it is still looked for";
                Problem::new("not_found", told)
            }
            (State::NotCreated, _) => Problem::new("not_created", "no task was ever made of it"),
            (_, Some(ResultState::Expired)) => {
                let why =
                    result.and_then(|r| r.problem.as_ref()).map_or(String::new(), |why| format!(" ({why})"));
                let told = format!("the link of the video died, and the task gave no fresh one{why}");
                Problem::new("expired", told).hint(format!("`taxiway download {}` asks once more", self.id))
            }
            (_, Some(ResultState::Failed)) => Problem::new("not_saved", unsaved("the video was not saved"))
                .hint(format!("`taxiway download {}` fetches it again", self.id)),
            _ => return None,
        };
        Some(found)
    }

    /// The state as the screen shows it.
    pub fn label(&self) -> &'static str {
        match (self.state, self.result.as_ref().map(|r| r.state)) {
            (State::Held, _) => "HELD",
            (State::Sending, _) => "SENDING",
            (State::Unsure, _) => "UNSURE",
            (State::Rejected, _) => "REJECTED",
            (State::Submitted, _) => "SUBMITTED",
            (State::Queued, _) => "QUEUED",
            (State::Running, _) => "RUNNING",
            (State::Succeeded, None | Some(ResultState::Pending)) => "DONE",
            (State::Succeeded, Some(ResultState::Fetching)) => "FETCHING",
            (State::Succeeded, Some(ResultState::Saved)) => "SAVED",
            (State::Succeeded, Some(ResultState::NoUrl)) => "NO URL",
            (State::Succeeded, Some(ResultState::Expired)) => "EXPIRED",
            (State::Succeeded, Some(ResultState::Failed)) => "NOT SAVED",
            (State::Failed, _) if self.is_moderated() => "MODERATED",
            (State::Failed, _) => "FAILED",
            (State::Cancelled, _) => "CANCELLED",
            (State::NotFound, _) => "NOT FOUND",
            (State::NotCreated, _) => "NOT CREATED",
        }
    }

    /// Whether the service or we still have something to do for it: it has not ended, or its video is
    /// not home yet.
    pub fn is_live(&self) -> bool {
        let fetching = |r: &Outcome| {
            matches!(r.state, ResultState::Pending | ResultState::Fetching | ResultState::NoUrl)
        };
        !self.state.is_final() || self.result.as_ref().is_some_and(fetching)
    }
}

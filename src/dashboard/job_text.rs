//! What the screen says of a job.

use jiff::{SignedDuration, Timestamp};

use super::clock;
use crate::{
    config::Poll,
    job::{History, Job, Outcome, ResultState, State},
};

/// Words that mean no more than their state does (`reference/api.md §2.4`).
const KNOWN_WORDS: [&str; 9] = [
    "NOT_START",
    "SUBMITTED",
    "QUEUED",
    "QUEUEING",
    "PENDING",
    "THROTTLED",
    "IN_PROGRESS",
    "RUNNING",
    "PROCESSING",
];

/// The state as the table shows it: with its progress, and an unknown word of the service as it came.
pub fn state_text(job: &Job) -> String {
    let told = job.raw_status.as_deref().filter(|_| matches!(job.state, State::Queued | State::Running));
    let unknown = told.filter(|word| KNOWN_WORDS.iter().all(|known| !known.eq_ignore_ascii_case(word)));
    let word = unknown.unwrap_or(job.label());
    match job.progress.filter(|_| job.state == State::Running) {
        Some(progress) => format!("{word} {}%", percent(progress)),
        None => word.to_string(),
    }
}

/// Whole percents, rounded down: 100 means done.
pub fn percent(progress: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped just before")]
    let percent = (progress * 100.0 + 1e-9).clamp(0.0, 100.0) as u8;
    percent
}

/// Whether something is about to happen to the job by itself. Only such rows show relative ages: a held
/// job without consent, an unsure one, or a video that nobody fetches can stay as they are for days.
pub fn is_moving(job: &Job, auto_download: bool) -> bool {
    let waits = |result: &Outcome| result.state == ResultState::Pending && !auto_download;
    match job.state {
        State::Held => job.waits_to_be_sent(),
        State::Unsure => false,
        _ => job.is_live() && !job.result.as_ref().is_some_and(waits),
    }
}

/// The moment that a row at rest shows: when it came to where it is.
pub fn rest_time(job: &Job) -> Timestamp {
    job.finished_at.or(job.sent_at).unwrap_or(job.created_at)
}

/// Until when the video of a job can be fetched, where it waits for that.
pub fn deadline(job: &Job) -> Option<Timestamp> {
    let waits = |result: &&Outcome| matches!(result.state, ResultState::Pending | ResultState::Fetching);
    job.result.as_ref().filter(waits)?.expires_at
}

/// The name of the video, or a short reason why there is none yet.
pub fn file_or_reason(
    job: &Job,
    fetching: Option<(u64, Option<u64>)>,
    now: Timestamp,
    auto_download: bool,
    history: &History,
) -> Result<String, String> {
    if job.waits_to_be_sent() {
        let why = job.problem.as_ref().map_or_else(String::new, |problem| format!(": {}", problem.message));
        return Err(format!("waits to be sent{why}"));
    }
    if let Some(result) = &job.result {
        if let Some(file) = result.files.first() {
            let name = file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy();
            let more = result.files.len() - 1;
            return Ok(if more > 0 { format!("{name} (+{more})") } else { name.into_owned() });
        }
        if result.state == ResultState::Fetching {
            return Err(match fetching {
                Some((bytes, Some(total))) if total > 0 => {
                    format!("{}% of {}", percent(bytes as f64 / total as f64), super::text::size(total))
                }
                Some((bytes, _)) => super::text::size(bytes),
                None => String::new(),
            });
        }
        let left = deadline(job).map(|until| format!("{} left", clock::left(now, until)));
        let by_hand = result.state == ResultState::Pending && !auto_download;
        let words = [by_hand.then(|| "d fetches it".into()), left, result.problem.clone()];
        let words: Vec<String> = words.into_iter().flatten().collect();
        if !words.is_empty() {
            return Err(words.join(" · "));
        }
    }
    if let Some(usual) = history.tell(job, now) {
        return Err(usual);
    }
    let of_failure =
        |f: &crate::job::Failure| if f.code.is_empty() { f.message.clone() } else { f.code.clone() };
    let failure = job.failure.as_ref().filter(|_| job.state == State::Failed).map(of_failure);
    Err(failure.or_else(|| job.problem.as_ref().map(|p| p.message.clone())).unwrap_or_default())
}

/// After this many times the usual pause without good news, a live row says that its news is old.
const STALE_AFTER: u32 = 4;

/// The moment at which the news of a job that the service is asked about counts as old.
pub fn stale_at(job: &Job, poll: &Poll) -> Option<Timestamp> {
    let last = job.last_polled_at.max(job.submitted_at).filter(|_| job.state.is_polled())?;
    let usual = (poll.interval + poll.jitter) * STALE_AFTER + poll.timeout;
    last.checked_add(SignedDuration::try_from(usual).ok()?).ok()
}

/// The next moment at which what a live job has taken reads differently: it is told to the second.
pub fn usual_step(job: &Job, history: &History, now: Timestamp) -> Option<Timestamp> {
    history.tell(job, now)?;
    let since = if job.state == State::Running { job.started_at } else { job.submitted_at };
    let passed = now.duration_since(since.or(job.submitted_at)?).as_secs().max(0);
    since.or(job.submitted_at)?.checked_add(SignedDuration::from_secs(passed + 1)).ok()
}

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use jiff::Timestamp;

use super::clock;
use crate::job::{Job, JobId, Outcome, ResultState, State};

/// All jobs that the engine has told of, the order in which the table shows them, and the selection.
#[derive(Debug, Default)]
pub struct Jobs {
    known: BTreeMap<JobId, Job>,
    /// Rebuilt when jobs come or go, never in a draw.
    order: Vec<JobId>,
    selected: Option<JobId>,
    /// The user has chosen, or the journal was told whole: new jobs do not move the selection any more.
    settled: bool,
    /// To be selected as soon as it is there.
    awaited: Option<JobId>,
    /// The first row that is shown.
    offset: usize,
    counts: Counts,
    /// Downloads that move: bytes on disk, of how many.
    fetched: HashMap<JobId, (u64, Option<u64>)>,
    loaded: bool,
}

/// How many jobs stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that are shown.
    pub all: usize,
    /// Held.
    pub held: usize,
    /// Sending, submitted or queued.
    pub queued: usize,
    /// Running.
    pub running: usize,
    /// Unsure.
    pub unsure: usize,
}

impl Jobs {
    /// Takes in jobs that are new or have changed.
    pub fn take(&mut self, jobs: Vec<Job>) {
        let mut moved = false;
        for job in jobs {
            if !job.result.as_ref().is_some_and(|r| r.state == ResultState::Fetching) {
                self.fetched.remove(&job.id);
            }
            let archived = job.archived;
            let before = self.known.insert(job.id, job);
            moved |= before.is_none_or(|before| before.archived != archived);
        }
        if moved {
            self.reorder();
        }
        self.counts = Counts::of(self.order.iter().filter_map(|id| self.known.get(id)));
    }

    /// Good news of these jobs arrived, and was nothing new.
    pub fn news(&mut self, ids: &[JobId], at: Timestamp) {
        for id in ids {
            if let Some(job) = self.known.get_mut(id) {
                job.last_polled_at = job.last_polled_at.max(Some(at));
            }
        }
    }

    /// A download moves.
    pub fn fetched(&mut self, id: JobId, bytes: u64, total: Option<u64>) {
        self.fetched.insert(id, (bytes, total));
    }

    /// How far the download of a job is.
    pub fn fetching(&self, id: JobId) -> Option<(u64, Option<u64>)> {
        self.fetched.get(&id).copied()
    }

    /// The whole journal has been told.
    pub fn loaded(&mut self) {
        self.loaded = true;
        self.settled = true;
    }

    /// Whether the whole journal has been told.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Newest first; the selection stays with its job, or goes to its neighbour when the job is gone.
    fn reorder(&mut self) {
        let row = self.selected_row();
        self.order = self.known.values().rev().filter(|job| !job.archived).map(|job| job.id).collect();
        if let Some(id) = self.awaited.filter(|id| self.order.contains(id)) {
            self.awaited = None;
            self.select(id);
        }
        if !self.settled {
            self.selected = self.order.first().copied();
        } else if self.selected_row().is_none() {
            let row = row.unwrap_or(0).min(self.order.len().saturating_sub(1));
            self.selected = self.order.get(row).copied();
        }
    }

    /// Selects a job: at once, or when it arrives.
    pub fn select(&mut self, id: JobId) {
        if self.order.contains(&id) {
            self.selected = Some(id);
            self.settled = true;
        } else {
            self.awaited = Some(id);
        }
    }

    /// Moves the selection by so many rows, up when negative.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.order.len().saturating_sub(1);
        let row = self.selected_row().unwrap_or(0).saturating_add_signed(rows).min(last);
        self.selected = self.order.get(row).copied();
        self.settled = true;
    }

    /// The selected job.
    pub fn selected(&self) -> Option<&Job> {
        self.known.get(&self.selected?)
    }

    fn selected_row(&self) -> Option<usize> {
        let selected = self.selected?;
        self.order.iter().position(|id| *id == selected)
    }

    /// A job by its number.
    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.known.get(&id)
    }

    /// All jobs, archived ones too.
    pub fn all(&self) -> impl Iterator<Item = &Job> {
        self.known.values()
    }

    /// How many jobs stand where.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The largest number of a job.
    pub fn largest_id(&self) -> i64 {
        self.order.first().map_or(0, |id| id.0)
    }

    /// The rows that a window of this height shows, such that the selection is among them.
    pub fn window(&self, height: usize) -> Range<usize> {
        let selected = self.selected_row().unwrap_or(0);
        let lowest = (selected + 1).saturating_sub(height);
        let last_start = self.order.len().saturating_sub(height);
        let start = self.offset.clamp(lowest, selected.max(lowest)).min(last_start);
        start..(start + height).min(self.order.len())
    }

    /// The jobs in these rows.
    pub fn rows(&self, rows: Range<usize>) -> impl Iterator<Item = &Job> {
        self.order.get(rows).unwrap_or_default().iter().filter_map(|id| self.known.get(id))
    }

    /// Remembers where the window stands, so that it moves only when the selection leaves it.
    pub fn settle(&mut self, height: usize) {
        self.offset = self.window(height).start;
    }
}

impl Counts {
    fn of<'a>(jobs: impl Iterator<Item = &'a Job>) -> Self {
        let mut counts = Self::default();
        for job in jobs {
            counts.all += 1;
            match job.state {
                State::Held => counts.held += 1,
                State::Sending | State::Submitted | State::Queued => counts.queued += 1,
                State::Running => counts.running += 1,
                State::Unsure => counts.unsure += 1,
                _ => {}
            }
        }
        counts
    }
}

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
    let of_failure =
        |f: &crate::job::Failure| if f.code.is_empty() { f.message.clone() } else { f.code.clone() };
    let failure = job.failure.as_ref().filter(|_| job.state == State::Failed).map(of_failure);
    Err(failure.or_else(|| job.problem.as_ref().map(|p| p.message.clone())).unwrap_or_default())
}

mod asking;
mod marking;
mod reading;
mod rows;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use self::{asking::Asking, rows::Rows};
use super::{columns::Sort, marks::Marks};
use crate::job::{Account, Filter, History, Job, JobId, ResultState, State};

pub use rows::Sweep;

/// The jobs as the table shows them: their numbers in order, the selection, and of the jobs themselves those that are
/// live, those around the window, and those that somebody named or marked. The rest is in the journal, and
/// [`Jobs::wanted`] asks for what is to be shown of it.
#[derive(Debug, Default)]
pub struct Jobs {
    /// Boxed: a tree's nodes are half empty.
    known: BTreeMap<JobId, Box<Job>>,
    /// How many were known when those that are not needed were last let go.
    kept: usize,
    /// Asked for, and not here yet.
    reading: BTreeSet<JobId>,
    /// When that is asked for again, where nobody had time to read it.
    read_again: Option<Timestamp>,
    rows: Rows,
    asking: Asking,
    selected: Option<JobId>,
    /// The row of it.
    at: Option<usize>,
    /// What the rows of another filter are to begin with.
    wish: Wish,
    /// The user has chosen, or the first rows were shown: new jobs do not move the selection any more.
    settled: bool,
    /// To be selected as soon as it is there.
    awaited: Option<JobId>,
    /// The first row that is shown.
    offset: usize,
    height: usize,
    counts: Counts,
    /// The newest job that is counted among all.
    newest: i64,
    /// Downloads that move: bytes on disk, of how many.
    fetched: HashMap<JobId, (u64, Option<u64>)>,
    stage: Stage,
    filter: Filter,
    sort: Sort,
    /// The sweep that is to be folded as soon as its jobs are known.
    folding: Option<String>,
    marks: Marks,
    /// Those of the marked jobs that pass the filter, in the order of the rows.
    marked: Vec<JobId>,
    /// Some of the marked jobs may still have to be read.
    has_unread_marks: bool,
    /// Needed by what a command names.
    pinned: Vec<JobId>,
    history: History,
    due: Due,
    /// Whose jobs are counted as under way; without one, all.
    account: Option<Account>,
}

/// Which row the rows of another filter begin with.
#[derive(Clone, Copy, Debug, Default)]
enum Wish {
    /// That of the selected job.
    #[default]
    Selected,
    First,
    Job(JobId),
}

/// How much the journal has told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Nothing,
    /// What is told at the start.
    Loaded,
    /// The first rows.
    Begun,
}

/// What has to be made anew, once for all that came in together.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    folds: bool,
    counts: bool,
}

/// How many of a row's jobs are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// None.
    None,
    /// Not all.
    Some,
    /// All.
    All,
}

/// How many jobs stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that are not archived.
    pub all: usize,
    /// Those that pass the filter, behind folded rows too, as far as is known.
    pub shown: usize,
    /// Held.
    pub held: usize,
    /// Being sent.
    pub sending: usize,
    /// Submitted or queued.
    pub queued: usize,
    /// Running.
    pub running: usize,
    /// Unsure.
    pub unsure: usize,
}

/// What a row of the window shows.
#[derive(Clone, Copy, Debug)]
pub enum Row<'j> {
    /// A job.
    Job(&'j Job),
    /// One that is still to be read.
    Unread(JobId),
}

#[cfg(test)]
impl Row<'_> {
    /// The job's number.
    pub fn id(self) -> JobId {
        match self {
            Self::Job(job) => job.id,
            Self::Unread(id) => id,
        }
    }
}

impl Jobs {
    /// No jobs yet; those of this account are counted as under way.
    pub fn of(account: Option<Account>) -> Self {
        Self { account, ..Self::default() }
    }

    /// Takes in jobs that are new or have changed. Rows and counts follow at [`Jobs::catch_up`].
    pub fn take(&mut self, jobs: Vec<Job>, now: Timestamp) {
        self.due.counts = true;
        if self.sort != Sort::default() {
            // Where they stand now is for the journal to say.
            self.asking.ask_again(now);
        }
        for job in jobs {
            if !job.result.as_ref().is_some_and(|r| r.state == ResultState::Fetching) {
                self.fetched.remove(&job.id);
            }
            self.asking.touched.insert(job.id);
            if let Some(group) = &job.group {
                self.due.folds |= self.rows.see(group, job.id, job.label());
            }
            let before = self.known.get(&job.id);
            match before {
                Some(before) => {
                    if before.state != State::Succeeded {
                        self.history.add(&job);
                    }
                    if before.archived != job.archived {
                        self.asking.ask_again(now);
                    }
                }
                None if job.id.0 > self.newest => {
                    self.counts.all += usize::from(!job.archived);
                    self.history.add(&job);
                }
                // Whether it was archived, only the journal knows.
                None => self.asking.ask_again(now),
            }
            self.newest = self.newest.max(job.id.0);
            self.known.insert(job.id, Box::new(job));
        }
    }

    /// Takes in jobs as they were read, and which could not be. What was told of one since is newer.
    pub fn read(&mut self, jobs: Vec<Job>, gone: &[JobId]) {
        self.reading.retain(|id| !gone.contains(id));
        for job in jobs {
            self.reading.remove(&job.id);
            self.known.entry(job.id).or_insert_with(|| Box::new(job));
        }
        self.due.counts = true;
        if !gone.is_empty() {
            let lost = gone.iter().map(|id| (*id, false)).collect();
            self.marks.lose(gone);
            let (moved, at) = (self.rows.change(&lost), self.at);
            if moved {
                self.follow(at);
            }
        }
    }

    /// What was usual before this run.
    pub fn learn(&mut self, history: History) {
        self.history = history;
    }

    /// Makes anew what follows from jobs that came in.
    pub fn catch_up(&mut self, now: Timestamp) {
        let at = self.at;
        if self.asking.is_shown() && self.place_touched(now) || self.due.folds {
            if self.due.folds {
                self.rows.refold();
            }
            self.follow(at);
        }
        if self.due.counts {
            self.count();
        }
        self.due = Due::default();
    }

    /// Puts those that changed where they belong, or out; says whether a row came or went.
    fn place_touched(&mut self, now: Timestamp) -> bool {
        let job = |id: &JobId| Some((*id, self.filter.matches(self.known.get(id)?, now)));
        let passes: BTreeMap<_, _> = self.asking.touched.iter().filter_map(job).collect();
        if !self.asking.is_under_way() && !self.asking.is_asked_again() {
            self.asking.touched.clear();
        }
        self.rows.change(&passes)
    }

    fn count(&mut self) {
        let mut counts = Counts { shown: self.counts.shown, all: self.counts.all, ..Counts::default() };
        let is_ours = |job: &Job| self.account.as_ref().is_none_or(|account| account.is_same(&job.account));
        for job in self.known.values().filter(|job| !job.archived && is_ours(job)) {
            match job.state {
                State::Held => counts.held += 1,
                State::Sending => counts.sending += 1,
                State::Submitted | State::Queued => counts.queued += 1,
                State::Running => counts.running += 1,
                State::Unsure => counts.unsure += 1,
                _ => {}
            }
        }
        self.counts = counts;
    }

    /// Good news of these jobs arrived, and was nothing new.
    pub fn news(&mut self, ids: &[JobId], at: Timestamp) {
        for id in ids {
            if let Some(job) = self.known.get_mut(id) {
                job.last_polled_at = job.last_polled_at.max(Some(at));
            }
        }
    }

    /// When the journal is to be asked something again: who passes, each minute where the filter asks for ages, and soon
    /// where what changed may have changed the rows; and what nobody had time to read.
    pub fn next_question(&self) -> Option<Timestamp> {
        self.next_ageing().into_iter().chain(self.asking.next()).chain(self.read_again).min()
    }

    fn next_ageing(&self) -> Option<Timestamp> {
        let at = self.asking.asked_at().filter(|_| self.filter.asks_for_age())?;
        at.checked_add(SignedDuration::from_mins(1)).ok()
    }

    /// A download moves.
    pub fn fetched(&mut self, id: JobId, bytes: u64, total: Option<u64>) {
        self.fetched.insert(id, (bytes, total));
    }

    /// How far the download of a job is.
    pub fn fetching(&self, id: JobId) -> Option<(u64, Option<u64>)> {
        self.fetched.get(&id).copied()
    }

    /// What is told at the start has been told.
    pub fn loaded(&mut self) {
        self.stage = self.stage.max(Stage::Loaded);
    }

    /// Whether it has, and the first rows are there.
    pub fn is_loaded(&self) -> bool {
        self.stage == Stage::Begun
    }
}

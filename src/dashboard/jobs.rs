use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    slice,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    columns::{Column, Sort},
    marks::Marks,
};
use crate::job::{Account, Filter, History, Job, JobId, ResultState, State};

/// All jobs that the engine has told of, which of them the table shows in which order, and the selection.
#[derive(Debug, Default)]
pub struct Jobs {
    known: BTreeMap<JobId, Job>,
    /// The rows. Rebuilt when jobs, filter, sort or folds change, never in a draw.
    order: Vec<JobId>,
    /// The jobs behind a row that stands for a whole sweep, the row's own included.
    behind: BTreeMap<JobId, Vec<JobId>>,
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
    filter: Filter,
    sort: Sort,
    /// Sweeps that are shown as one row.
    folded: BTreeSet<String>,
    marks: Marks,
    history: History,
    ordered_at: Option<Timestamp>,
    due: Due,
    /// Whose jobs are counted as under way; without one, all.
    account: Option<Account>,
}

/// What has to be made anew from all jobs, once for all that came in together.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    history: bool,
    order: bool,
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
    /// Those that pass the filter, behind folded rows too.
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

impl Jobs {
    /// No jobs yet; those of this account are counted as under way.
    pub fn of(account: Option<Account>) -> Self {
        Self { account, ..Self::default() }
    }

    /// Takes in jobs that are new or have changed. Rows, counts and history follow at [`Jobs::catch_up`].
    pub fn take(&mut self, jobs: Vec<Job>) {
        self.due.order |= !self.filter.is_empty() || self.sort != Sort::default();
        self.due.counts = true;
        for job in jobs {
            if !job.result.as_ref().is_some_and(|r| r.state == ResultState::Fetching) {
                self.fetched.remove(&job.id);
            }
            let (archived, ended) = (job.archived, job.state == State::Succeeded);
            let before = self.known.insert(job.id, job);
            self.due.history |=
                ended && before.as_ref().is_none_or(|before| before.state != State::Succeeded);
            self.due.order |= before.is_none_or(|before| before.archived != archived);
        }
    }

    /// Makes anew what follows from all jobs, where those that came in have changed it.
    pub fn catch_up(&mut self, now: Timestamp) {
        let due = std::mem::take(&mut self.due);
        if due.history {
            self.history = History::learn(self.known.values());
        }
        if due.order {
            self.reorder(now);
        }
        if due.counts {
            self.count();
        }
    }

    fn count(&mut self) {
        let mut counts = Counts { shown: self.counts.shown, ..Counts::default() };
        let is_ours = |job: &Job| self.account.as_ref().is_none_or(|account| account.is_same(&job.account));
        for job in self.known.values().filter(|job| !job.archived) {
            counts.all += 1;
            match job.state {
                _ if !is_ours(job) => {}
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
        self.due.order |= self.sort.by == Column::News;
    }

    /// Lets rows come and go that the filter shows by their age; says whether it does.
    pub fn grow_older(&mut self, now: Timestamp) -> bool {
        let due = self.next_ageing().is_some_and(|at| at <= now);
        if due {
            self.reorder(now);
        }
        due
    }

    /// When the ages of the jobs are to be looked at again, where the filter asks for them: each minute.
    pub fn next_ageing(&self) -> Option<Timestamp> {
        let at = self.ordered_at.filter(|_| self.filter.asks_for_age())?;
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

    /// The whole journal has been told.
    pub fn loaded(&mut self) {
        self.loaded = true;
        self.settled = true;
    }

    /// Whether the whole journal has been told.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Shows only what passes the filter.
    pub fn set_filter(&mut self, filter: Filter, now: Timestamp) {
        self.filter = filter;
        self.reorder(now);
    }

    /// What is shown.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The order of the rows.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Orders the rows.
    pub fn set_sort(&mut self, sort: Sort, now: Timestamp) {
        self.sort = sort;
        self.reorder(now);
    }

    /// Shows a sweep as one row, or as its jobs again; says whether the job is of one.
    pub fn fold(&mut self, id: JobId, now: Timestamp) -> bool {
        let Some(group) = self.get(id).and_then(|job| job.group.clone()) else { return false };
        if !self.folded.remove(&group) {
            self.folded.insert(group);
        }
        self.reorder(now);
        true
    }

    /// The row of a job: its own, or that of its folded sweep.
    fn row_of(&self, id: JobId) -> Option<JobId> {
        let folded = || self.behind.iter().find(|(_, ids)| ids.contains(&id)).map(|(row, _)| *row);
        if self.order.contains(&id) { Some(id) } else { folded() }
    }

    /// The jobs that a row stands for: of a folded sweep all, else the one.
    pub fn behind<'j>(&'j self, row: &'j JobId) -> &'j [JobId] {
        self.behind.get(row).map_or(slice::from_ref(row), Vec::as_slice)
    }

    /// The selection stays with its job, or goes to its neighbour when the job is gone.
    fn reorder(&mut self, now: Timestamp) {
        self.ordered_at = Some(now);
        let row = self.selected_row();
        let passes = |job: &&Job| self.filter.matches(job, now);
        let mut jobs: Vec<_> = self.known.values().rev().filter(passes).collect();
        if self.sort != Sort::default() {
            self.sort.sort(&mut jobs);
        }
        self.counts.shown = jobs.len();
        (self.order, self.behind) = fold(&jobs, &self.folded);
        if let Some(row) = self.awaited.and_then(|id| self.row_of(id)) {
            self.awaited = None;
            self.select(row);
        }
        if !self.settled {
            self.selected = self.order.first().copied();
        } else if let Some(row) = self.selected.and_then(|id| self.row_of(id)) {
            self.selected = Some(row);
        } else {
            let row = row.unwrap_or(0).min(self.order.len().saturating_sub(1));
            self.selected = self.order.get(row).copied();
        }
    }

    /// Selects a job: at once, or when it arrives.
    pub fn select(&mut self, id: JobId) {
        if let Some(row) = self.row_of(id) {
            self.selected = Some(row);
            self.settled = true;
        } else {
            self.awaited = Some(id);
        }
    }

    /// Moves the selection by so many rows, up when negative; a range that is being marked follows.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.order.len().saturating_sub(1);
        let row = self.selected_row().unwrap_or(0).saturating_add_signed(rows).min(last);
        self.selected = self.order.get(row).copied();
        self.settled = true;
        // Who moves on waits for no job any more.
        self.awaited = None;
        self.stretch();
    }

    /// Selects the job in a row of the window that is shown; says whether there is one.
    pub fn select_shown(&mut self, row: usize) -> bool {
        let Some(id) = self.order.get(self.offset + row).copied() else { return false };
        self.select(id);
        self.stretch();
        true
    }

    fn stretch(&mut self) {
        if let Some((from, here)) = self.marks.range_from().zip(self.selected) {
            let place = |wanted| self.order.iter().position(|id| *id == wanted);
            if let (Some(from), Some(here)) = (place(from), place(here)) {
                let rows = self.order.get(from.min(here)..=from.max(here)).unwrap_or_default();
                let ids = rows.iter().flat_map(|row| self.behind(row)).copied().collect();
                self.marks.stretch(ids);
            }
        }
    }

    /// Marks the selected row, or takes its mark away, and goes a row down.
    pub fn mark(&mut self) {
        if let Some(row) = self.selected {
            let behind = self.behind(&row).to_vec();
            self.marks.turn(&behind);
            self.move_by(1);
        }
    }

    /// Begins a range at the selected row, or ends it.
    pub fn mark_range(&mut self) {
        if self.marks.range_from().is_some() {
            self.marks.end_range();
        } else if let Some(row) = self.selected {
            self.marks.begin_range(row);
            self.stretch();
        }
    }

    /// Marks all rows; where all are marked, none.
    pub fn mark_all(&mut self) {
        let all: Vec<_> = self.shown().collect();
        self.marks.all_or_none(&all);
    }

    /// Takes all marks away; says whether there were any.
    pub fn unmark(&mut self) -> bool {
        self.marks.clear()
    }

    /// Marks these and no others.
    pub fn mark_only(&mut self, ids: &[JobId]) {
        self.marks.clear();
        self.marks.turn(ids);
    }

    /// How many of the jobs that a row stands for are marked: none, some, all.
    pub fn marks_of(&self, row: JobId) -> Marked {
        let behind = self.behind(&row);
        match behind.iter().filter(|id| self.marks.holds(**id)).count() {
            0 => Marked::None,
            some if some < behind.len() => Marked::Some,
            _ => Marked::All,
        }
    }

    /// The marked jobs that are shown, in the order of the rows.
    pub fn marked(&self) -> Vec<JobId> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        self.shown().filter(|id| self.marks.holds(*id)).collect()
    }

    /// All jobs that pass the filter, behind folded rows too, in the order of the rows.
    fn shown(&self) -> impl Iterator<Item = JobId> {
        self.order.iter().flat_map(|row| self.behind(row)).copied()
    }

    /// Whether a job that is shown is marked.
    pub fn has_marks(&self) -> bool {
        !self.marks.is_empty() && self.shown().any(|id| self.marks.holds(id))
    }

    /// Whether jobs are marked, of which none is shown.
    pub fn has_hidden_marks(&self) -> bool {
        !self.marks.is_empty() && !self.has_marks()
    }

    /// Whether a range is being marked.
    pub fn is_marking(&self) -> bool {
        self.marks.range_from().is_some()
    }

    /// Whether a row stands for a job.
    pub fn is_shown(&self, id: JobId) -> bool {
        self.row_of(id).is_some()
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

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The largest number of a job.
    pub fn largest_id(&self) -> i64 {
        self.known.last_key_value().map_or(0, |(id, _)| id.0)
    }

    /// What jobs like another took so far.
    pub fn history(&self) -> &History {
        &self.history
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

/// The rows of jobs that are in order, with one for all jobs of each folded sweep, and what is behind those.
fn fold(jobs: &[&Job], folded: &BTreeSet<String>) -> (Vec<JobId>, BTreeMap<JobId, Vec<JobId>>) {
    if folded.is_empty() {
        return (jobs.iter().map(|job| job.id).collect(), BTreeMap::new());
    }
    let (mut order, mut behind, mut rows) = (Vec::new(), BTreeMap::<_, Vec<_>>::new(), HashMap::new());
    for job in jobs {
        match job.group.as_deref().filter(|group| folded.contains(*group)) {
            Some(group) => {
                let row = *rows.entry(group).or_insert_with(|| {
                    order.push(job.id);
                    job.id
                });
                behind.entry(row).or_default().push(job.id);
            }
            None => order.push(job.id),
        }
    }
    (order, behind)
}

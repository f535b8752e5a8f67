//! The rows as they are shown: filter, order, folds, selection and window.

use std::ops::Range;

use jiff::Timestamp;

use super::{Counts, Jobs, Row, Sort, Sweep, Wish, rows::Members};
use crate::job::{Filter, History, Job, JobId};

impl Jobs {
    /// Shows only what passes the filter.
    pub fn set_filter(&mut self, filter: Filter) {
        if self.filter != filter {
            self.filter = filter;
            self.asking.begin();
        }
    }

    /// What the rows of another filter begin with: this job where it passes, else the first row.
    pub fn begin_at(&mut self, id: Option<JobId>, now: Timestamp) {
        let passes = |id: &JobId| self.known.get(id).is_some_and(|job| self.filter.matches(job, now));
        let wish = id.filter(passes);
        if self.asking.is_shown() {
            (self.selected, self.at) = (wish, None);
            self.follow(None);
        } else {
            self.wish = wish.map_or(Wish::First, Wish::Job);
        }
    }

    /// What is shown.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Whether the rows are those of the filter, as far as they have come.
    pub fn is_answered(&self) -> bool {
        self.asking.is_shown()
    }

    /// Whether the journal is being asked who passes.
    pub fn is_searching(&self) -> bool {
        self.asking.is_under_way()
    }

    /// The order of the rows.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Orders the rows.
    pub fn set_sort(&mut self, sort: Sort) {
        if self.sort != sort {
            self.sort = sort;
            self.asking.begin();
        }
    }

    /// Shows a sweep as one row, as soon as its jobs are known, or as its jobs again.
    pub fn fold(&mut self, id: JobId) {
        let Some(group) = self.get(id).and_then(|job| job.group.clone()) else { return };
        if self.rows.unfold(&group) {
            self.follow(self.at);
        } else {
            self.folding = Some(group);
        }
    }

    /// The jobs of a sweep are known: it is shown as one row.
    pub fn fold_sweep(&mut self, group: String, members: Vec<(JobId, &'static str)>) {
        let mut members: Members = members.into_iter().collect();
        // What was told of them is newer.
        for (id, label) in &mut members {
            *label = self.get(*id).map_or(*label, Job::label);
        }
        let at = self.at;
        self.rows.fold(group, members);
        self.follow(at);
    }

    /// Selects a job: at once, or when it arrives.
    pub fn select(&mut self, id: JobId) {
        match self.rows.row_of(id).filter(|_| self.asking.is_shown()) {
            Some(row) => {
                (self.selected, self.settled) = (Some(row), true);
                (self.awaited, self.wish) = (None, Wish::Selected);
                self.point();
            }
            None => self.awaited = Some(id),
        }
    }

    /// Moves the selection by so many rows, up when negative; a range that is being marked follows.
    pub fn move_by(&mut self, rows: isize) {
        let all = self.rows.all();
        let row = self.at.unwrap_or(0).saturating_add_signed(rows).min(all.len().saturating_sub(1));
        self.selected = all.get(row).copied();
        self.at = self.selected.map(|_| row);
        self.settled = true;
        // Who moves on waits for no job any more.
        (self.awaited, self.wish) = (None, Wish::Selected);
        self.stretch();
    }

    /// Selects the job in a row of the window that is shown; says whether there is one.
    pub fn select_shown(&mut self, row: usize) -> bool {
        let Some(id) = self.rows.all().get(self.offset + row).copied() else { return false };
        self.select(id);
        self.stretch();
        true
    }

    /// The jobs that a row stands for: of a folded sweep all, else the one.
    pub fn behind<'j>(&'j self, row: &'j JobId) -> &'j [JobId] {
        self.rows.behind(row)
    }

    /// What is behind a row that stands for a sweep.
    pub fn sweep(&self, row: JobId) -> Option<&Sweep> {
        self.rows.sweep(row)
    }

    /// Whether a row stands for a job.
    pub fn is_shown(&self, id: JobId) -> bool {
        self.rows.row_of(id).is_some()
    }

    /// The selected job, if it has been read.
    pub fn selected(&self) -> Option<&Job> {
        self.get(self.selected?)
    }

    /// The number of the selected job.
    pub fn selected_id(&self) -> Option<JobId> {
        self.selected
    }

    /// A job by its number, if it is at hand.
    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.known.get(&id).map(Box::as_ref)
    }

    /// The jobs that are at hand: all live ones, and some others.
    pub fn at_hand(&self) -> impl Iterator<Item = &Job> {
        self.known.values().map(Box::as_ref)
    }

    /// These stay at hand until others are named.
    pub fn pin(&mut self, ids: Vec<JobId>) {
        self.pinned = ids;
    }

    /// How many jobs stand where.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.all().len()
    }

    /// The largest number of a job.
    pub fn largest_id(&self) -> i64 {
        self.known.last_key_value().map_or(self.newest, |(id, _)| self.newest.max(id.0))
    }

    /// What jobs like another took so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The rows that a window of this height shows, such that the selection is among them.
    pub fn window(&self, height: usize) -> Range<usize> {
        let (selected, rows) = (self.at.unwrap_or(0), self.len());
        let lowest = (selected + 1).saturating_sub(height);
        let last_start = rows.saturating_sub(height);
        let start = self.offset.clamp(lowest, selected.max(lowest)).min(last_start);
        start..(start + height).min(rows)
    }

    /// What these rows show.
    pub fn rows(&self, rows: Range<usize>) -> impl Iterator<Item = Row<'_>> {
        let row = |id: &JobId| self.get(*id).map_or(Row::Unread(*id), Row::Job);
        self.rows.all().get(rows).unwrap_or_default().iter().map(row)
    }

    /// Remembers where the window stands, so that it moves only when the selection leaves it.
    pub fn settle(&mut self, height: usize) {
        self.height = height;
        self.offset = self.window(height).start;
    }
}

//! What the journal is asked for, and the rows that it answers with.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Jobs, Sort, Stage, Wish, asking::Answer};
use crate::{
    engine::Wanted,
    job::{DUPLICATE_WITHIN, Job, JobId},
};

/// So many jobs are asked for at once.
const WINDOW: usize = 500;
/// So many more jobs than are needed may be in memory before those that are not needed are let go.
const SPARE: usize = 500;

impl Jobs {
    /// What is to be read of the journal for what is shown now; each is asked for once.
    pub fn wanted(&mut self, now: Timestamp, open: Option<JobId>) -> Vec<Wanted> {
        if self.stage == Stage::Nothing {
            return Vec::new();
        }
        let mut wanted = Vec::new();
        if self.next_ageing().is_some_and(|at| at <= now) {
            self.asking.ask_now(now);
        }
        if let Some(seq) = self.asking.ask(now) {
            let (filter, order) = (self.filter.clone(), self.sort.order());
            wanted.push(Wanted::Rows { seq, filter, order });
        }
        if self.read_again.take_if(|at| *at <= now).is_some() {
            self.reading.clear();
        }
        if self.read_again.is_none() {
            wanted.extend(self.folding.take().map(Wanted::Sweep));
        }
        if self.reading.is_empty() {
            let ids = self.unread();
            self.reading.extend(&ids);
            wanted.extend((!ids.is_empty()).then_some(Wanted::Jobs(ids)));
            self.let_go(now, open);
        }
        wanted
    }

    /// What was wanted is not read now: it is asked for again in a second.
    pub fn refused(&mut self, wanted: &Wanted, now: Timestamp) {
        match wanted {
            Wanted::Rows { seq, .. } => self.asking.refused(*seq, now),
            Wanted::Jobs(_) => self.read_again = now.checked_add(SignedDuration::from_secs(1)).ok(),
            Wanted::Sweep(group) => {
                self.folding = Some(group.clone());
                self.read_again = now.checked_add(SignedDuration::from_secs(1)).ok();
            }
            Wanted::Named { .. } | Wanted::Passing { .. } => {}
        }
    }

    /// The jobs that are to be read next: where the window comes near to rows that are not here, those around it; then
    /// what the selected row stands for, and the marked ones.
    fn unread(&mut self) -> Vec<JobId> {
        let is_unread = |id: &&JobId| !self.known.contains_key(*id);
        let near = self.around(self.height / 2);
        let rows = if near.iter().any(|id| is_unread(&id)) { self.around(self.height * 2) } else { &[] };
        let selected = self.selected.as_ref().map(|row| self.rows.behind(row)).unwrap_or_default();
        let near = rows.iter().chain(selected).filter(is_unread).take(WINDOW);
        let mut unread: BTreeSet<_> = near.copied().collect();
        if self.has_unread_marks {
            let marks = self.marks.all().filter(is_unread).take(WINDOW);
            let before = unread.len();
            unread.extend(marks);
            self.has_unread_marks = unread.len() > before;
        }
        unread.into_iter().collect()
    }

    /// The rows of the window, and so many before and after it.
    fn around(&self, margin: usize) -> &[JobId] {
        let all = self.rows.all();
        let end = (self.offset + self.height + margin).min(all.len());
        all.get(self.offset.saturating_sub(margin).min(end)..end).unwrap_or_default()
    }

    /// Lets jobs go that are at rest and far from what is shown, once there are many.
    fn let_go(&mut self, now: Timestamp, open: Option<JobId>) {
        if self.has_unread_marks || self.known.len() < self.kept + SPARE {
            return;
        }
        let mut needed: BTreeSet<JobId> = self.around(self.height * 2).iter().copied().collect();
        needed.extend(self.selected.iter().flat_map(|row| self.rows.behind(row)));
        needed.extend(self.selected.iter().chain(&self.awaited).chain(&open).chain(&self.pinned));
        needed.extend(&self.asking.touched);
        let marks = &self.marks;
        // What was asked for lately may be asked for once more by mistake.
        let is_fresh = |job: &Job| now.duration_since(job.created_at) < DUPLICATE_WITHIN;
        let is_needed =
            |job: &Job| job.is_live() || needed.contains(&job.id) || marks.holds(job.id) || is_fresh(job);
        self.known.retain(|_, job| is_needed(job));
        self.kept = self.known.len();
    }

    /// Rows have come from the journal, the last ones or not; and how many jobs are not archived, with the newest that
    /// was counted.
    pub fn take_rows(
        &mut self,
        seq: u64,
        ids: Vec<JobId>,
        last: bool,
        total: (usize, JobId),
        now: Timestamp,
    ) {
        let Some(answer) = self.asking.answered(seq, ids, last) else { return };
        let mut at = self.at;
        match answer {
            Answer::First(ids) => {
                let newest_first = self.sort == Sort::default();
                self.rows.replace(ids, newest_first);
                // What polls brought is told before it is written: of live jobs the screen knows better.
                let live = self.known.values().filter(|job| job.is_live()).map(|job| job.id);
                self.asking.touched.extend(live);
                match std::mem::take(&mut self.wish) {
                    Wish::Selected => {}
                    Wish::First => (self.selected, at) = (None, None),
                    Wish::Job(id) => (self.selected, at) = (Some(id), None),
                }
            }
            Answer::Further(ids) => self.rows.extend(ids),
        }
        self.place_touched(now);
        let (all, newest) = total;
        // Younger ones were told meanwhile.
        let younger = self.known.range(JobId(newest.0 + 1)..).filter(|(_, job)| !job.archived).count();
        self.counts.all = all + younger;
        self.newest = self.newest.max(newest.0);
        self.follow(at);
        (self.settled, self.stage) = (true, Stage::Begun);
    }

    /// After the rows have changed, the selection stays with its job, or goes to its neighbour when the job is gone.
    pub(super) fn follow(&mut self, before: Option<usize>) {
        if let Some(row) = self.awaited.and_then(|id| self.rows.row_of(id)) {
            self.awaited = None;
            self.selected = Some(row);
            self.settled = true;
        }
        let row = self.selected.and_then(|id| self.rows.row_of(id));
        if !self.settled {
            self.selected = self.rows.all().first().copied();
        } else if row.is_some() {
            self.selected = row;
        } else if !(self.asking.is_under_way() && self.selected.is_some_and(|id| self.may_come(id))) {
            let all = self.rows.all();
            self.selected = all.get(before.unwrap_or(0).min(all.len().saturating_sub(1))).copied();
        }
        self.counts.shown = self.rows.passing().len();
        self.point();
        self.remark();
    }

    /// Whether a job passes, though its row is not here yet.
    fn may_come(&self, id: JobId) -> bool {
        let at = self.asking.asked_at().unwrap_or(Timestamp::UNIX_EPOCH);
        self.known.get(&id).is_some_and(|job| self.filter.matches(job, at))
    }

    /// Finds the row of the selection.
    pub(super) fn point(&mut self) {
        let all = self.rows.all();
        let is_there = |at: &usize| all.get(*at).copied() == self.selected;
        self.at = self.selected.and_then(|id| self.at.filter(is_there).or_else(|| self.rows.index(id)));
    }
}

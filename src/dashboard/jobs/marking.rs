//! What is marked of the rows.

use super::{super::marks::Marks, Jobs, Marked};
use crate::job::JobId;

impl Jobs {
    pub(super) fn stretch(&mut self) {
        if let Some((from, here)) = self.marks.range_from().zip(self.at)
            && let Some(from) = self.rows.row_of(from).and_then(|row| self.rows.index(row))
        {
            let rows = self.rows.all().get(from.min(here)..=from.max(here)).unwrap_or_default();
            let ids = rows.iter().flat_map(|row| self.rows.behind(row)).copied().collect();
            self.marks.stretch(ids);
            self.marks_changed();
            self.remark();
        }
    }

    /// Finds the marked jobs among the rows.
    pub(super) fn remark(&mut self) {
        let marks = &self.marks;
        let is_marked = |id: &&JobId| marks.holds(**id);
        self.marked = if marks.is_empty() {
            Vec::new()
        } else {
            self.rows.passing().iter().filter(is_marked).copied().collect()
        };
    }

    /// Other jobs are to be kept in memory from now on.
    fn marks_changed(&mut self) {
        (self.has_unread_marks, self.kept) = (true, 0);
    }

    fn change_marks(&mut self, change: impl FnOnce(&mut Marks)) {
        change(&mut self.marks);
        self.marks_changed();
        self.remark();
    }

    /// Marks the selected row, or takes its mark away, and goes a row down.
    pub fn mark(&mut self) {
        if let Some(row) = self.selected {
            let behind = self.behind(&row).to_vec();
            self.change_marks(|marks| marks.turn(&behind));
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
        let all = self.rows.passing().to_vec();
        self.change_marks(|marks| marks.all_or_none(&all));
    }

    /// Takes all marks away; says whether there were any.
    pub fn unmark(&mut self) -> bool {
        self.marked.clear();
        self.marks_changed();
        self.marks.clear()
    }

    /// Marks these and no others.
    pub fn mark_only(&mut self, ids: &[JobId]) {
        self.change_marks(|marks| {
            marks.clear();
            marks.turn(ids);
        });
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
    pub fn marked(&self) -> &[JobId] {
        &self.marked
    }

    /// How many of these jobs are still to be read.
    pub fn unread_of(&self, ids: &[JobId]) -> usize {
        ids.iter().filter(|id| !self.known.contains_key(id)).count()
    }

    /// Whether a job that is shown is marked.
    pub fn has_marks(&self) -> bool {
        !self.marked.is_empty()
    }

    /// Whether jobs are marked, of which none is shown.
    pub fn has_hidden_marks(&self) -> bool {
        !self.marks.is_empty() && !self.has_marks()
    }

    /// Whether a range is being marked.
    pub fn is_marking(&self) -> bool {
        self.marks.range_from().is_some()
    }
}

use std::collections::BTreeSet;

use crate::job::JobId;

/// The jobs that are marked, and a range that is being marked.
#[derive(Debug, Default)]
pub struct Marks {
    marked: BTreeSet<JobId>,
    range: Option<RangeMark>,
}

/// A range while the selection stretches it.
#[derive(Debug)]
struct RangeMark {
    from: JobId,
    /// What was marked before it.
    before: BTreeSet<JobId>,
}

impl Marks {
    /// Whether a job is marked.
    pub fn holds(&self, id: JobId) -> bool {
        self.marked.contains(&id)
    }

    /// Whether none is marked.
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty()
    }

    /// All that are marked.
    pub fn all(&self) -> impl Iterator<Item = &JobId> {
        self.marked.iter()
    }

    /// These are no jobs that can be read.
    pub fn lose(&mut self, ids: &[JobId]) {
        for id in ids {
            self.marked.remove(id);
        }
    }

    /// Marks these; where all of them are marked, takes their marks away. A range ends.
    pub fn turn(&mut self, ids: &[JobId]) {
        self.range = None;
        if ids.iter().all(|id| self.marked.contains(id)) {
            for id in ids {
                self.marked.remove(id);
            }
        } else {
            self.marked.extend(ids);
        }
    }

    /// Marks all of these, or none at all where they are marked.
    pub fn all_or_none(&mut self, ids: &[JobId]) {
        let all = ids.iter().all(|id| self.marked.contains(id));
        self.clear();
        if !all {
            self.marked.extend(ids);
        }
    }

    /// Takes all marks away; says whether there were any.
    pub fn clear(&mut self) -> bool {
        self.range = None;
        !std::mem::take(&mut self.marked).is_empty()
    }

    /// The row at which a range began.
    pub fn range_from(&self) -> Option<JobId> {
        self.range.as_ref().map(|range| range.from)
    }

    /// Begins a range.
    pub fn begin_range(&mut self, from: JobId) {
        self.range = Some(RangeMark { from, before: self.marked.clone() });
    }

    /// The range is these now.
    pub fn stretch(&mut self, ids: Vec<JobId>) {
        if let Some(range) = &self.range {
            self.marked = range.before.iter().copied().chain(ids).collect();
        }
    }

    /// The range stays marked, and follows the selection no more.
    pub fn end_range(&mut self) {
        self.range = None;
    }
}

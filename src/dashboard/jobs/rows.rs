use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    slice,
};

use crate::job::JobId;

/// The states of the jobs of a sweep, by number.
pub type Members = BTreeMap<JobId, &'static str>;

/// The rows of the table: the numbers of all jobs that pass the filter, in order, each folded sweep as one. What
/// the jobs are is not known here: of most only the number is in memory.
#[derive(Debug, Default)]
pub struct Rows {
    passing: Vec<JobId>,
    newest_first: bool,
    /// Sweeps that are shown as one row.
    folds: BTreeMap<String, Members>,
    /// None while no sweep is folded: then each job that passes is a row.
    folded: Option<Folded>,
}

#[derive(Debug, Default)]
struct Folded {
    rows: Vec<JobId>,
    /// By the row that stands for the sweep: the first of its jobs.
    sweeps: BTreeMap<JobId, Sweep>,
    /// The row of each job that has none of its own.
    row_of: HashMap<JobId, JobId>,
}

/// What is behind the row of a folded sweep: those of its jobs that pass.
#[derive(Debug, Default)]
pub struct Sweep {
    ids: Vec<JobId>,
    /// How many are in which state.
    pub labels: Vec<(&'static str, usize)>,
}

impl Rows {
    /// No rows but these, in this order.
    pub fn replace(&mut self, ids: Vec<JobId>, newest_first: bool) {
        self.passing = ids;
        self.newest_first = newest_first;
        self.refold();
    }

    /// Further rows at the end.
    pub fn extend(&mut self, ids: Vec<JobId>) {
        self.passing.extend(ids);
        self.refold();
    }

    /// Takes in which of these jobs pass by now; says whether that made a difference. Where the rows do not stand
    /// newest first a job that is new here comes to the front: its place is for the journal to say.
    pub fn change(&mut self, passes: &BTreeMap<JobId, bool>) -> bool {
        let present: HashSet<JobId> = if self.newest_first {
            passes.keys().filter(|id| self.place(**id).is_some()).copied().collect()
        } else {
            self.passing.iter().filter(|id| passes.contains_key(id)).copied().collect()
        };
        let lost = |id: &JobId| present.contains(id) && passes.get(id) == Some(&false);
        let new = passes.iter().rev().filter(|(id, passes)| **passes && !present.contains(id));
        let new: Vec<_> = new.map(|(id, _)| *id).collect();
        let loses = present.iter().any(lost);
        if !loses && new.is_empty() {
            return false;
        }
        if loses {
            self.passing.retain(|id| !lost(id));
        }
        self.passing.splice(0..0, new);
        if self.newest_first {
            // Two runs that are in order already: one pass.
            self.passing.sort_by_key(|id| Reverse(*id));
        }
        self.refold();
        true
    }

    /// Where a job stands among those that pass.
    fn place(&self, id: JobId) -> Option<usize> {
        place(&self.passing, id, self.newest_first)
    }

    /// The rows.
    pub fn all(&self) -> &[JobId] {
        self.folded.as_ref().map_or(&self.passing, |folded| &folded.rows)
    }

    /// All jobs that pass, behind folded rows too, in their order.
    pub fn passing(&self) -> &[JobId] {
        &self.passing
    }

    /// The row of a job: its own, or that of its folded sweep.
    pub fn row_of(&self, id: JobId) -> Option<JobId> {
        if let Some(row) = self.folded.as_ref().and_then(|folded| folded.row_of.get(&id)) {
            return Some(*row);
        }
        self.place(id).map(|_| id)
    }

    /// How many rows are before a row.
    pub fn index(&self, row: JobId) -> Option<usize> {
        place(self.all(), row, self.newest_first)
    }

    /// The jobs that a row stands for: of a folded sweep all that pass, else the one.
    pub fn behind<'r>(&'r self, row: &'r JobId) -> &'r [JobId] {
        self.sweep(*row).map_or(slice::from_ref(row), |sweep| &sweep.ids)
    }

    /// What is behind a row that stands for a sweep.
    pub fn sweep(&self, row: JobId) -> Option<&Sweep> {
        self.folded.as_ref()?.sweeps.get(&row)
    }

    /// Shows a sweep as one row.
    pub fn fold(&mut self, group: String, members: Members) {
        self.folds.insert(group, members);
        self.refold();
    }

    /// Shows a sweep as its jobs again; says whether it was folded.
    pub fn unfold(&mut self, group: &str) -> bool {
        let was = self.folds.remove(group).is_some();
        self.refold();
        was
    }

    /// A job of a sweep is new, or in another state; says whether the sweep is folded.
    pub fn see(&mut self, group: &str, id: JobId, label: &'static str) -> bool {
        let Some(members) = self.folds.get_mut(group) else { return false };
        members.insert(id, label) != Some(label)
    }

    /// Makes the rows anew where sweeps are folded.
    pub fn refold(&mut self) {
        if self.folds.is_empty() {
            self.folded = None;
            return;
        }
        let members = self.folds.values().enumerate();
        let of: HashMap<JobId, (usize, &'static str)> =
            members.flat_map(|(at, ids)| ids.iter().map(move |(id, label)| (*id, (at, *label)))).collect();
        let (mut folded, mut rows) = (Folded::default(), HashMap::new());
        for id in &self.passing {
            let Some((fold, label)) = of.get(id) else {
                folded.rows.push(*id);
                continue;
            };
            let row = *rows.entry(fold).or_insert_with(|| {
                folded.rows.push(*id);
                *id
            });
            folded.row_of.insert(*id, row);
            folded.sweeps.entry(row).or_default().add(*id, label);
        }
        self.folded = Some(folded);
    }
}

impl Sweep {
    fn add(&mut self, id: JobId, label: &'static str) {
        self.ids.push(id);
        match self.labels.iter_mut().find(|(known, _)| *known == label) {
            Some((_, count)) => *count += 1,
            None => self.labels.push((label, 1)),
        }
    }
}

fn place(ids: &[JobId], id: JobId, newest_first: bool) -> Option<usize> {
    if newest_first {
        return ids.binary_search_by_key(&Reverse(id), |id| Reverse(*id)).ok();
    }
    ids.iter().position(|other| *other == id)
}

//! What changes by time alone: when that is next, and what a moment that is told changes.

use jiff::{SignedDuration, Timestamp};

use super::{
    super::{
        clock,
        job_text::{deadline, stale_at, usual_step},
        jobs::Row,
        question::TOAST_SECONDS,
        view,
    },
    Model,
};
use crate::job::Job;

impl Model {
    /// The next moment at which something that is visible changes by time alone, or at which this wants
    /// to be told the time; none while the screen is still. It may be past already.
    pub fn next_change(&self) -> Option<Timestamp> {
        let fresh = self.toast.as_ref().is_some_and(|toast| toast.since.is_none());
        if fresh { Some(self.now()) } else { self.next_visible_change() }
    }

    fn next_visible_change(&self) -> Option<Timestamp> {
        let now = self.now();
        let toast = self.toast.as_ref().and_then(|toast| toast.since).map(toast_end);
        let rows = self.visible_jobs();
        let beside = self.dock.as_ref().map(|dock| dock.id);
        let detail = [self.detail_id(), beside].into_iter().flatten().filter_map(|id| self.jobs.get(id));
        let all: Vec<_> = rows.iter().copied().chain(detail).collect();
        let ages = rows.iter().copied().filter(|job| self.is_moving(job)).flat_map(|job| {
            let news = job.last_polled_at.map(|at| clock::next_step(now, at));
            [Some(clock::next_step(now, job.created_at)), news].into_iter().flatten()
        });
        let live = all.iter().copied().filter(|job| self.is_ours(job)).flat_map(|job| {
            let stale = stale_at(job, &self.facts.config.poll).filter(|at| *at > now);
            [usual_step(job, self.jobs.history(), now), stale].into_iter().flatten()
        });
        let left =
            all.iter().copied().filter_map(deadline).filter_map(|until| clock::next_left_step(now, until));
        ages.chain(live)
            .chain(toast)
            .chain(left)
            .chain(self.memos.next_look())
            .chain(self.jobs.next_ageing())
            .chain(self.attention.due())
            .min()
    }

    fn visible_jobs(&self) -> Vec<&Job> {
        let height = view::table_rows(self, self.area());
        let job = |row| match row {
            Row::Job(job) => Some(job),
            Row::Unread(_) => None,
        };
        self.jobs.rows(self.jobs.window(height)).filter_map(job).collect()
    }

    /// It is this moment.
    pub(in crate::dashboard) fn tick(&mut self, now: Timestamp) {
        let due = self.next_visible_change().is_some_and(|at| at <= now);
        // A clock that was set back makes every age younger.
        self.stale |= due || now < self.now();
        self.facts.now = now;
        self.stale |= self.jobs.grow_older(now);
        if let Some(toast) = &mut self.toast {
            let since = *toast.since.get_or_insert(now);
            if toast_end(since) <= now || since > now {
                self.toast = None;
                self.stale = true;
            }
        }
    }
}

fn toast_end(since: Timestamp) -> Timestamp {
    since.saturating_add(SignedDuration::from_secs(TOAST_SECONDS)).unwrap_or(Timestamp::MAX)
}

//! When something is to be drawn: at once, or with the next second; what changes by time alone, when that is next, and
//! what a moment that is told changes.

use jiff::{SignedDuration, Timestamp};

use super::{
    super::{
        clock,
        job_text::{deadline, stale_at, usual_step},
        jobs::Row,
        message::Message,
        question::TOAST_SECONDS,
    },
    Model,
};
use crate::{engine::Update, job::Job};

impl Model {
    /// Whether something may look different than when it was last drawn, at once or soon.
    pub fn is_dirty(&self) -> bool {
        self.stale || self.stale_at.is_some()
    }

    /// Whether a draw is due. Whoever asks draws, and with it all that could have waited.
    pub fn take_dirty(&mut self) -> bool {
        let due = std::mem::take(&mut self.stale);
        if due {
            self.stale_at = None;
        }
        due
    }

    /// Something may look different: at once, or, where it is no more than what time does, with the next second.
    pub(in crate::dashboard) fn touch(&mut self, quiet: bool) {
        if quiet {
            self.stale_at.get_or_insert(next_second(self.now()));
        } else {
            self.stale = true;
        }
    }

    /// Whether these are only the news of polls that found what was known, how far tasks are, and how far downloads.
    /// With a hundred tasks there are many in a second, which share a draw.
    pub(in crate::dashboard) fn is_quiet(&self, message: &Message) -> bool {
        let Message::Updates(updates) = message else { return false };
        updates.iter().all(|told| match told {
            Update::News(..) | Update::Fetched { .. } => true,
            Update::Jobs(jobs) => jobs.iter().all(|job| self.is_further(job)),
            _ => false,
        })
    }

    /// Whether a poll found a job further on its way, waiting or running still, and nothing else has happened to it.
    fn is_further(&self, job: &Job) -> bool {
        let Some(known) = self.jobs.get(job.id) else { return false };
        let further = Job {
            state: job.state,
            raw_status: job.raw_status.clone(),
            progress: job.progress,
            first_seen_at: job.first_seen_at,
            started_at: job.started_at,
            last_polled_at: job.last_polled_at,
            ..known.clone()
        };
        known.state.is_polled() && job.state.is_polled() && further == *job
    }

    /// The moment that was last told, in whole seconds: all times on the screen are told by it, so that they go on
    /// together, once a second, and not each at a moment of its own.
    pub(in crate::dashboard) fn second(&self) -> Timestamp {
        whole_second(self.now())
    }

    /// The next moment at which something that is visible changes by time alone, or at which this wants
    /// to be told the time; none while the screen is still. It may be past already.
    pub fn next_change(&self) -> Option<Timestamp> {
        let fresh = self.toast.as_ref().is_some_and(|toast| toast.since.is_none());
        if fresh { Some(self.now()) } else { self.next_visible_change() }
    }

    fn next_visible_change(&self) -> Option<Timestamp> {
        let toast = self.toast.as_ref().and_then(|toast| toast.since).map(toast_end);
        let others = [toast, self.memos.next_look(), self.jobs.next_question(), self.attention.due()];
        others.into_iter().chain([self.next_step, self.stale_at]).flatten().min()
    }

    /// Looks when a time on the screen reads differently next.
    pub(super) fn look_ahead(&mut self) {
        self.next_step = self.next_time_step().map(|at| {
            let second = whole_second(at);
            if second < at { next_second(at) } else { second }
        });
    }

    fn next_time_step(&self) -> Option<Timestamp> {
        let now = self.second();
        let job = |row| match row {
            Row::Job(job) => Some(job),
            Row::Unread(_) => None,
        };
        let rows: Vec<_> = self.jobs.rows(self.jobs.window(self.height)).filter_map(job).collect();
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
        ages.chain(live).chain(left).min()
    }

    /// It is this moment.
    pub(in crate::dashboard) fn tick(&mut self, now: Timestamp) {
        let due = self.next_visible_change().is_some_and(|at| at <= now);
        // A clock that was set back makes every age younger.
        let due = due || now < self.now();
        self.facts.now = now;
        self.stale |= due;
        if due {
            self.look_ahead();
        }
        if let Some(toast) = &mut self.toast {
            let since = *toast.since.get_or_insert(now);
            if toast_end(since) <= now || since > now {
                self.toast = None;
                self.stale = true;
            }
        }
    }
}

/// The last whole second before or at a moment.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The first whole second after a moment.
fn next_second(at: Timestamp) -> Timestamp {
    whole_second(at).saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX)
}

fn toast_end(since: Timestamp) -> Timestamp {
    since.saturating_add(SignedDuration::from_secs(TOAST_SECONDS)).unwrap_or(Timestamp::MAX)
}

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::time::Instant;

use crate::{config::Poll, job::JobId};

/// Due times are rounded up to this, so that many polls share a wake-up.
pub(super) const SLOT: Duration = Duration::from_millis(100);
/// The longest pause for a task that the service has not known for long.
const LOST_BACKOFF: Duration = Duration::from_secs(3600);

/// When each task is to be asked for next: one queue for all of them, in slots of 100 ms.
pub struct Schedule {
    base: Instant,
    queue: BTreeSet<(Instant, JobId)>,
    due: HashMap<JobId, Instant>,
}

impl Schedule {
    /// An empty one, whose slots are counted from `base`.
    pub fn new(base: Instant) -> Self {
        Self { base, queue: BTreeSet::new(), due: HashMap::new() }
    }

    /// Sets or moves the due time of a task, rounded up to a slot: never sooner than asked.
    pub fn set(&mut self, id: JobId, when: Instant) {
        self.remove(id);
        let when = self.slot_at(when);
        self.queue.insert((when, id));
        self.due.insert(id, when);
    }

    /// The first slot that begins no sooner than this.
    pub(super) fn slot_at(&self, when: Instant) -> Instant {
        let since = when.saturating_duration_since(self.base).as_millis();
        let slots = u32::try_from(since.div_ceil(SLOT.as_millis())).unwrap_or(u32::MAX);
        self.base + SLOT * slots
    }

    pub(super) fn remove(&mut self, id: JobId) {
        if let Some(when) = self.due.remove(&id) {
            self.queue.remove(&(when, id));
        }
    }

    pub(super) fn knows(&self, id: JobId) -> bool {
        self.due.contains_key(&id)
    }

    /// When the first task is due.
    pub fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(when, _)| *when)
    }

    /// Takes out the first task that is due at `now`.
    pub fn pop_due(&mut self, now: Instant) -> Option<JobId> {
        let (when, id) = *self.queue.first()?;
        (when <= now).then(|| {
            self.remove(id);
            id
        })
    }

    /// Every task that waits for its turn.
    pub(super) fn all(&self) -> Vec<JobId> {
        self.due.keys().copied().collect()
    }
}

/// The pause before the next poll of a task that answered well.
pub(super) fn usual(poll: &Poll) -> Duration {
    poll.interval + jitter(poll)
}

/// The pause after the `failures`th poll in a row without good news: starts at the interval, doubles,
/// ends at `max_backoff`.
pub(super) fn backed_off(poll: &Poll, failures: u32) -> Duration {
    after(poll, failures).min(poll.max_backoff.max(poll.interval)) + jitter(poll)
}

/// The pause for a task that the service has not known for 15 minutes: ever longer, up to an hour.
pub(super) fn while_lost(poll: &Poll, failures: u32) -> Duration {
    after(poll, failures).min(LOST_BACKOFF) + jitter(poll)
}

fn after(poll: &Poll, failures: u32) -> Duration {
    doubled(poll.interval, failures.saturating_sub(1))
}

/// `first`, doubled so many times; the longest there is where that would overflow.
pub(super) fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times))
}

fn jitter(poll: &Poll) -> Duration {
    poll.jitter.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll() -> Poll {
        let seconds = Duration::from_secs;
        Poll {
            interval: seconds(5),
            jitter: seconds(3),
            timeout: seconds(30),
            max_backoff: seconds(60),
            requests_per_second: 10,
        }
    }

    #[test]
    fn tasks_come_out_in_order_and_never_early() {
        let base = Instant::now();
        let mut schedule = Schedule::new(base);
        let ms = |ms| base + Duration::from_millis(ms);
        schedule.set(JobId(1), ms(250));
        schedule.set(JobId(2), ms(110));
        schedule.set(JobId(3), ms(999));
        schedule.set(JobId(3), ms(200));
        assert_eq!(schedule.next(), Some(ms(200)));
        assert_eq!(schedule.pop_due(ms(199)), None);
        assert_eq!(schedule.pop_due(ms(200)), Some(JobId(2)));
        assert_eq!(schedule.pop_due(ms(200)), Some(JobId(3)));
        assert_eq!(schedule.pop_due(ms(200)), None);
        assert_eq!(schedule.pop_due(ms(300)), Some(JobId(1)));
        assert_eq!(schedule.next(), None);
    }

    #[test]
    fn pauses_start_at_the_interval_double_and_end_at_the_bound() {
        for _ in 0..50 {
            let seconds = |pause: Duration| pause.as_secs_f64();
            assert!((5.0..8.0).contains(&seconds(usual(&poll()))));
            for (failures, least) in [(1, 5.0), (2, 10.0), (3, 20.0), (4, 40.0), (5, 60.0), (90, 60.0)] {
                let pause = seconds(backed_off(&poll(), failures));
                assert!((least..least + 3.0).contains(&pause), "{failures}: {pause}");
            }
            assert!(seconds(while_lost(&poll(), 90)) >= 3600.0);
        }
    }
}

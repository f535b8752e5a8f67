use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use super::desk::Desk;
use crate::job::{Budget, DAY, Gate, Job, JobId, Spend};

/// What the account's jobs of the last 24 hours cost, and which jobs this process was told to send.
#[derive(Default)]
pub(super) struct Purse {
    /// What counts, and until when; without an end while the job waits to be sent.
    jobs: HashMap<JobId, (Option<Timestamp>, Spend)>,
    sum: Spend,
    /// When the first of these counts no more, so that the sum is another; none where it is to be made anew.
    holds_until: Option<Timestamp>,
    /// The jobs that this run of the program was told to send, however long ago, and what each costs.
    session: BTreeMap<JobId, Spend>,
}

impl Purse {
    /// Takes a job of the account in as it is now.
    fn put(&mut self, job: &Job, budget: &Budget, now: Timestamp) {
        let spend = Spend::of(job, budget.unknown_price);
        let counts = spend != Spend::default() && Spend::is_todays(job, now);
        self.put_spend(job.id, job.sent_at, counts.then_some(spend));
        if let Some(own) = self.session.get_mut(&job.id) {
            *own = spend;
        }
    }

    fn put_spend(&mut self, id: JobId, sent_at: Option<Timestamp>, spend: Option<Spend>) {
        let entry = spend.map(|spend| (sent_at.and_then(|at| at.checked_add(DAY).ok()), spend));
        let before = match entry {
            Some(entry) => self.jobs.insert(id, entry),
            None => self.jobs.remove(&id),
        };
        if before != entry {
            self.holds_until = None;
        }
    }

    /// What all jobs of the account cost in the last 24 hours.
    fn today(&mut self, now: Timestamp) -> Spend {
        if self.holds_until.is_none_or(|until| until <= now) {
            self.jobs.retain(|_, (until, _)| until.is_none_or(|until| until > now));
            self.sum = self.jobs.values().map(|(_, spend)| *spend).sum();
            let ends = self.jobs.values().filter_map(|(until, _)| *until).min();
            self.holds_until = Some(ends.unwrap_or(Timestamp::MAX));
        }
        self.sum
    }
}

impl Desk {
    /// Counts what was spent before this process started.
    pub(super) async fn count_spending(&mut self) {
        let Some(account) = self.config.account() else { return };
        let (now, unknown_price) = (Timestamp::now(), self.config.budget.unknown_price);
        match self.journal.spent(&account, now, unknown_price).await {
            Ok(spent) => {
                for (id, sent_at, spend) in spent {
                    self.purse.put_spend(id, sent_at, (spend != Spend::default()).then_some(spend));
                }
            }
            // The budget itself is checked in the journal, not by this sum.
            Err(error) => tracing::warn!("what was spent today cannot be told: {error}"),
        }
    }

    /// When time alone changes what the last 24 hours cost.
    pub(super) fn next_sum(&self) -> Option<Instant> {
        let until = self.purse.holds_until.filter(|until| *until < Timestamp::MAX)?;
        let wait = Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default();
        Some(Instant::now() + wait)
    }

    pub(super) fn count(&mut self, job: &Job) {
        if self.book.is_ours(job) {
            self.purse.put(job, &self.config.budget, Timestamp::now());
        }
    }

    /// As [`Self::count`], for a job as the book has it.
    pub(super) fn count_again(&mut self, id: JobId) {
        if let Some(job) = self.book.get(id).filter(|job| self.book.is_ours(job)) {
            self.purse.put(job, &self.config.budget, Timestamp::now());
        }
    }

    /// What was spent in the last 24 hours by all, and since its start by this run of the program.
    pub(super) fn spent(&mut self) -> (Spend, Spend) {
        (self.purse.today(Timestamp::now()), self.purse.session.values().copied().sum())
    }

    /// What new spending has to pass.
    pub(super) fn gate(&self, duplicate_ok: bool) -> Gate {
        let session = self.purse.session.keys().copied().collect();
        Gate { budget: self.config.budget, session, duplicate_ok }
    }

    /// These jobs are paid for at the word of this process; what they cost is counted as they are taken in.
    pub(super) fn charge(&mut self, ids: &[JobId]) {
        self.purse.session.extend(ids.iter().map(|id| (*id, Spend::default())));
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::job::{Change, Consent, Money, NewJob};

    #[test]
    fn the_day_forgets_after_24_hours_and_the_session_never() {
        let begin = Timestamp::UNIX_EPOCH;
        let consent = Some(Consent { until: Timestamp::MAX, holder: 1, patience: 1, born: None });
        let estimate = Some(Money::from_micros(250_000));
        let new = NewJob { estimate, consent, ..NewJob::default() };
        let mut job = Job::new(JobId(1), "u".into(), new, begin);
        job.apply(&Change::Intent, begin).unwrap();
        job.apply(&Change::Accepted { task_id: "t".into(), request_id: None }, begin).unwrap();
        let mut purse = Purse::default();
        purse.session.insert(job.id, Spend::default());
        purse.put(&job, &Budget::default(), begin);
        let sums = |purse: &mut Purse, hours| {
            let now = begin + SignedDuration::from_hours(hours);
            let own: Spend = purse.session.values().copied().sum();
            (purse.today(now).possible.micros(), own.possible.micros())
        };
        assert_eq!(sums(&mut purse, 23), (250_000, 250_000));
        assert_eq!(purse.holds_until, Some(begin + DAY), "the screen is told then, though nothing happens");
        assert_eq!(sums(&mut purse, 24), (0, 250_000));
        assert_eq!(purse.holds_until, Some(Timestamp::MAX));
    }
}

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::desk::Desk;
use crate::job::{Budget, DAY, Gate, Job, JobId, Spend};

/// So often the day's sum is made anew where only time has passed.
const ANEW: SignedDuration = SignedDuration::from_mins(1);

/// What the account's jobs of the last 24 hours cost, and which jobs this process was told to send.
#[derive(Default)]
pub(super) struct Purse {
    /// What counts, and until when; without an end while the job waits to be sent.
    jobs: HashMap<JobId, (Option<Timestamp>, Spend)>,
    sum: Spend,
    /// The part of it that this process was told to spend.
    own: Spend,
    /// When the sum was made; none where it is to be made anew.
    made: Option<Timestamp>,
    session: BTreeSet<JobId>,
}

impl Purse {
    /// Takes a job of the account in as it is now.
    fn put(&mut self, job: &Job, budget: &Budget, now: Timestamp) {
        let spend = Spend::of(job, budget.unknown_price);
        let entry = (job.sent_at.and_then(|at| at.checked_add(DAY).ok()), spend);
        let counts = spend != Spend::default() && Spend::is_todays(job, now);
        let before = if counts { self.jobs.insert(job.id, entry) } else { self.jobs.remove(&job.id) };
        if before != counts.then_some(entry) {
            self.made = None;
        }
    }

    /// What was spent in the last 24 hours: by all, and by this run of the program.
    fn today(&mut self, now: Timestamp) -> (Spend, Spend) {
        let fresh = |made: Timestamp| made <= now && now.duration_since(made) < ANEW;
        if !self.made.is_some_and(fresh) {
            self.jobs.retain(|_, (until, _)| until.is_none_or(|until| until > now));
            self.sum = self.jobs.values().map(|(_, spend)| *spend).sum();
            let own = self.session.iter().filter_map(|id| self.jobs.get(id));
            self.own = own.map(|(_, spend)| *spend).sum();
            self.made = Some(now);
        }
        (self.sum, self.own)
    }
}

impl Desk {
    /// Counts what was spent before this process started.
    pub(super) async fn count_spending(&mut self) {
        let Some(account) = self.config.account() else { return };
        match self.journal.spending(&account, Timestamp::now()).await {
            Ok(jobs) => jobs.iter().for_each(|job| self.count(job)),
            // The budget itself is checked in the journal, not by this sum.
            Err(error) => tracing::warn!("what was spent today cannot be told: {error}"),
        }
    }

    pub(super) fn count(&mut self, job: &Job) {
        if self.book.is_ours(job) {
            self.purse.put(job, &self.config.budget, Timestamp::now());
        }
    }

    pub(super) fn spent_today(&mut self) -> (Spend, Spend) {
        self.purse.today(Timestamp::now())
    }

    /// What new spending has to pass.
    pub(super) fn gate(&self, duplicate_ok: bool) -> Gate {
        let session = self.purse.session.iter().copied().collect();
        Gate { budget: self.config.budget, session, duplicate_ok }
    }

    /// These jobs are paid for at the word of this process.
    pub(super) fn charge(&mut self, ids: &[JobId]) {
        self.purse.session.extend(ids);
        self.purse.made = None;
    }
}

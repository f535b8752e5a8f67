use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::desk::Desk;
use crate::{
    job::{Account, Change, Illegal, Job, JobId, ResultState, State},
    journal::JournalError,
};

/// Jobs that are read at once.
const WINDOW: usize = 64;
/// A success that shows no URL counts as work to do for this long.
const NO_URL_COUNTS: SignedDuration = SignedDuration::from_mins(10);

/// Whether a success that shows no URL is still waited for.
pub fn waits_for_url(job: &Job, now: Timestamp) -> bool {
    let since = job.finished_at.unwrap_or(job.created_at);
    now.duration_since(since) < NO_URL_COUNTS
}

/// The live jobs in memory, and which of them wait for what.
#[derive(Default)]
pub(super) struct Book {
    account: Option<Account>,
    /// Boxed: the table itself is up to half empty.
    jobs: HashMap<JobId, Box<Job>>,
    /// Held, with consent, and ours to send.
    pub(super) to_send: BTreeSet<JobId>,
    /// One of these has a consent that nobody has looked at yet.
    pub(super) has_new_word: bool,
    /// Have a task that is ours to ask for.
    pub(super) tracked: BTreeSet<JobId>,
    /// Have a video that is to be fetched.
    pub(super) to_fetch: BTreeSet<JobId>,
    /// May have a task that nobody knows, made with our key.
    pub(super) unsure: BTreeSet<JobId>,
    /// Are under way at the service, as `max_active` counts it.
    active: BTreeSet<JobId>,
}

impl Book {
    pub(super) fn new(account: Option<Account>) -> Self {
        Self { account, ..Self::default() }
    }

    /// Whether a job may be sent and polled by this process: made with our key on our service.
    pub(super) fn is_ours(&self, job: &Job) -> bool {
        self.account.as_ref().is_some_and(|account| account.is_same(&job.account))
    }

    pub(super) fn get(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(&id).map(Box::as_ref)
    }

    /// Takes a job in, or what became of it; lets go of one that has ended.
    pub(super) fn put(&mut self, job: &Job) {
        self.look_at(job);
        if !job.is_live() {
            self.jobs.remove(&job.id);
        } else if let Some(known) = self.jobs.get_mut(&job.id) {
            (**known).clone_from(job);
        } else {
            self.jobs.insert(job.id, Box::new(job.clone()));
        }
    }

    /// The same for a job that nobody else needs: of ten thousand at the start none is copied.
    pub(super) fn take(&mut self, job: Job) {
        self.look_at(&job);
        if job.is_live() {
            self.jobs.insert(job.id, Box::new(job));
        } else {
            self.jobs.remove(&job.id);
        }
    }

    fn look_at(&mut self, job: &Job) {
        self.has_new_word |=
            self.waits(job) && self.get(job.id).is_none_or(|known| known.consent != job.consent);
        self.sort(job);
    }

    /// Lets a change happen to a job where it lies. Says whether anything but the age of the news is different;
    /// nothing where the job is not live.
    pub(super) fn apply(
        &mut self,
        id: JobId,
        change: &Change,
        at: Timestamp,
    ) -> Option<Result<bool, Illegal>> {
        let mut job = self.jobs.remove(&id)?;
        let changed = job.apply(change, at);
        if changed == Ok(true) {
            self.sort(&job);
        }
        if job.is_live() {
            self.jobs.insert(id, job);
        }
        Some(changed)
    }

    fn waits(&self, job: &Job) -> bool {
        job.waits_to_be_sent() && self.is_ours(job)
    }

    /// Notes what the job waits for.
    fn sort(&mut self, job: &Job) {
        let ours = self.is_ours(job);
        let result = job.result.as_ref().map(|result| result.state);
        let to_fetch = matches!(result, Some(ResultState::Pending | ResultState::Fetching));
        let set = |ids: &mut BTreeSet<JobId>, member: bool| {
            if member {
                ids.insert(job.id)
            } else {
                ids.remove(&job.id)
            };
        };
        set(&mut self.to_send, ours && job.waits_to_be_sent());
        set(&mut self.tracked, ours && (job.state.is_polled() || result == Some(ResultState::NoUrl)));
        set(&mut self.to_fetch, ours && to_fetch);
        set(&mut self.unsure, ours && job.state == State::Unsure);
        let active = matches!(job.state, State::Sending | State::Submitted | State::Queued | State::Running);
        set(&mut self.active, ours && active);
    }

    pub(super) fn active(&self) -> usize {
        self.active.len()
    }

    /// Whether nothing is left to do, as `--until-idle` means it; `auto` says whether pending videos
    /// are fetched by themselves.
    pub(super) fn is_idle(&self, auto: bool, now: Timestamp) -> bool {
        let busy = |job: &Job| match (job.state, job.result.as_ref().map(|result| result.state)) {
            (State::Unsure | State::NotFound, _) => false,
            (State::Held, _) => job.consent.is_some(),
            (_, Some(ResultState::Pending)) => auto,
            (_, Some(ResultState::NoUrl)) => waits_for_url(job, now),
            (_, Some(ResultState::Fetching)) => true,
            (state, _) => !state.is_final(),
        };
        // The desk asks at each of its turns: of thousands of jobs most often one look tells.
        self.active.is_empty() && !self.jobs.values().any(|job| self.is_ours(job) && busy(job))
    }
}

impl Desk {
    /// Takes jobs in as they are now, counts what they cost, and has them asked about or not.
    pub(super) fn take_in(&mut self, jobs: &[Job]) {
        for job in jobs {
            self.book.put(job);
            self.count(job);
            self.follow(job.id);
        }
    }

    /// Takes all live jobs of the journal in, in windows: what is read of thousands at once is never given back whole.
    pub(super) async fn take_live(&mut self) -> Result<(), JournalError> {
        let mut after = JobId(0);
        loop {
            let (jobs, last) = self.journal.live(after, WINDOW).await?;
            self.take_over(jobs);
            let Some(last) = last else { return Ok(()) };
            after = last;
        }
    }

    /// As [`Self::take_in`], for jobs that nobody else needs.
    pub(super) fn take_over(&mut self, jobs: Vec<Job>) {
        for job in jobs {
            let id = job.id;
            self.count(&job);
            self.book.take(job);
            self.follow(id);
        }
    }

    /// Has a job asked about, or not, as the book has it now.
    fn follow(&mut self, id: JobId) {
        if self.book.get(id).is_none() {
            self.polling.forget(id);
        } else {
            let tracked = self.book.tracked.contains(&id) || self.fetching.waits_for_url(id);
            self.polling.follow(id, tracked);
        }
    }
}

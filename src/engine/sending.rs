//! The submitter: from the consent to the id. What may have arrived is never sent again.

use std::{
    collections::{HashMap, HashSet},
    iter::repeat_n,
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    Update,
    consent::{LOOK_EVERY, Looked, consent, consent_fault},
    desk::{Desk, Done, Work, complain},
    failpoint::reach,
    hub::Bell,
    images::put_into,
    schedule::doubled,
};
use crate::{
    comet::{Client, Submission},
    job::{Change, Consent, Job, JobId, NewJob, Problem, Request, State},
    journal::{Entry, Journal, JournalError},
};

/// Requests that may be on their way at once; the service's guide uses 5 (`reference/api.md §5`).
pub(super) const POSTS: usize = 4;
/// The pause after the first request that was provably not accepted; it doubles up to `RETRY_MAX`.
const RETRY_MIN: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(15);

/// What a job hears whose reply was lost, where there is an account token.
const LOOKED_FOR: &str = "It is not sent again by itself. Its task is looked for in the account's task list from \
                          now on; `taxiway reconcile` looks at once, a settles it by hand.";

/// What the submitter knows beyond the journal.
#[derive(Default)]
pub(super) struct Sending {
    pub(super) under_way: HashSet<JobId>,
    pub(super) tries: HashMap<JobId, Tries>,
    /// Nothing is sent before this: the service said to slow down.
    not_before: Option<Instant>,
    /// Whose consents this process holds for them, because their jobs wait for their turn here.
    pub(super) kept_for: HashMap<JobId, Consent>,
    pub(super) looked: Option<Looked>,
}

pub(super) struct Tries {
    first: Instant,
    next: Instant,
    count: u32,
}

/// How a request ended: the job as the journal has it now, and what else follows.
pub(super) struct Posted {
    id: JobId,
    stored: Result<Job, JournalError>,
    /// Whether the service was asked at all.
    asked: bool,
    retry: Option<(Problem, Option<Duration>)>,
    stop: Option<Problem>,
}

impl Posted {
    fn not_asked(id: JobId, stored: Result<Job, JournalError>) -> Self {
        Self { id, stored, asked: false, retry: None, stop: None }
    }
}

impl Sending {
    pub(super) fn posting(&self) -> usize {
        self.under_way.len()
    }
}

impl Desk {
    /// Puts `count` jobs of each request with the user's consent into the journal, all or none. The owner
    /// sends them.
    pub(super) async fn submit(
        &mut self,
        requests: Vec<Request>,
        count: u32,
        parent: Option<JobId>,
        patience: u32,
        duplicate_ok: bool,
    ) -> Result<Vec<JobId>, Problem> {
        let account = self.may_send()?;
        requests.iter().try_for_each(|request| self.config.check_no_secret(request))?;
        if let Some(parent) = parent {
            self.must_know(parent).await?;
        }
        let now = Timestamp::now();
        let consent = Some(consent(now, patience));
        let group = (requests.len() > 1).then(|| Uuid::new_v4().to_string());
        let new = |request| {
            let (account, group) = (account.clone(), group.clone());
            let estimate = self.config.models.estimate(&request);
            repeat_n(NewJob { request, account, estimate, consent, parent, group }, count as usize)
        };
        let new = requests.into_iter().flat_map(new).collect();
        let gate = self.gate(duplicate_ok);
        let jobs = self.journal.create_within(gate, new, now).await.map_err(|e| e.problem())??;
        Ok(self.take_charge(jobs).await)
    }

    /// Jobs have the user's word, in the journal, to be sent: they are this run's to pay for, and the owner's to
    /// send.
    pub(super) async fn take_charge(&mut self, jobs: Vec<Job>) -> Vec<JobId> {
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        for id in &ids {
            self.sending.tries.remove(id);
        }
        self.charge(&ids);
        self.publish(jobs).await;
        self.hand_in(&ids);
        ids
    }

    /// Gives held jobs a new consent.
    pub(super) async fn send_again(
        &mut self,
        ids: &[JobId],
        patience: u32,
        duplicate_ok: bool,
    ) -> Result<Vec<JobId>, Problem> {
        self.may_send()?;
        for id in ids {
            let job = self.must_know(*id).await?;
            if job.state != State::Held {
                let told = format!("job {id} is {}, not held: only held jobs can be sent", job.state);
                return Err(Problem::new("not_held", told));
            }
            if !self.book.is_ours(&job) {
                return Err(other_account(&job));
            }
            self.config.check_no_secret(&job.request)?;
        }
        let (now, gate) = (Timestamp::now(), self.gate(duplicate_ok));
        let jobs = self.journal.consent_within(gate, ids.to_vec(), consent(now, patience), now).await;
        let jobs = jobs.map_err(|e| e.problem())??;
        Ok(self.take_charge(jobs).await)
    }

    /// Drops held jobs, all or none.
    pub(super) async fn drop_held(&mut self, ids: &[JobId]) -> Result<Vec<JobId>, Problem> {
        self.file(ids, &Change::Dropped, not_held).await
    }

    pub(super) fn may_send(&self) -> Result<crate::job::Account, Problem> {
        match (self.forbidden.as_ref().or(self.paused.as_ref()), self.config.account()) {
            (Some(problem), _) => Err(problem.clone()),
            (None, Some(account)) => Ok(account),
            (None, None) => Err(Problem::new("no_key", "there is no API key: nothing can be sent")),
        }
    }

    pub(super) fn may_write(&self) -> Result<(), Problem> {
        let read_only = self.forbidden.as_ref().filter(|problem| problem.code == "read_only");
        read_only.map_or(Ok(()), |problem| Err(problem.clone()))
    }

    pub(super) async fn must_know(&self, id: JobId) -> Result<Job, Problem> {
        let found = self.journal.job(id).await.map_err(|e| e.problem())?;
        found.ok_or_else(|| Problem::new("no_such_job", format!("the journal holds no job {id}")))
    }

    /// Sends what has consent and whose turn it is.
    pub(super) fn start_posts(&mut self, now: Instant) {
        let Some(client) = self.client.clone().filter(|_| self.paused.is_none()) else { return };
        if self.sending.not_before.is_some_and(|limit| limit > now) {
            return;
        }
        self.sending.not_before = None;
        // Before thousands of waiting jobs are looked at.
        if self.sending.under_way.len() >= POSTS || self.is_full() {
            return;
        }
        for id in self.book.to_send.iter().copied().collect::<Vec<_>>() {
            if self.sending.under_way.len() >= POSTS || self.is_full() {
                break;
            }
            let waits = self.sending.tries.get(&id).is_some_and(|tries| tries.next > now);
            if waits || self.sending.under_way.contains(&id) {
                continue;
            }
            let Some(job) = self.book.get(id) else { continue };
            if let Some(fault) = consent_fault(job, Timestamp::now()) {
                // It is written down by `keep_consents`, in this same turn of the loop.
                tracing::debug!(job = id.0, fault, "not sent");
                continue;
            }
            let (journal, client, request) = (self.journal.clone(), client.clone(), job.request.clone());
            let (updates, bell) = (self.teller(), self.sharing.bell());
            let sending = move |job| {
                // A screen that is behind can do without this one, and no request waits for it.
                let _ = updates.try_send(Update::Jobs(vec![job]));
                bell.iter().for_each(Bell::ring);
            };
            let hint = self.reconciling.looks().then_some(LOOKED_FOR);
            let post = post(journal, client, id, request, sending, hint);
            let task = self.tasks.spawn(async move { Done::Posted(Box::new(post.await)) });
            self.work.insert(task.id(), Work::Post(id));
            self.sending.under_way.insert(id);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        let limit = self.config.submit.max_active;
        limit > 0 && self.book.active() + self.starting() >= limit
    }

    /// How many requests are on their way of which the journal does not tell yet.
    pub(super) fn starting(&self) -> usize {
        self.sending.under_way.iter().filter(|id| self.book.to_send.contains(id)).count()
    }

    /// When the next try is due, or the consents are to be looked at again.
    pub(super) fn next_post(&self, now: Instant) -> Option<Instant> {
        let tries = self.sending.tries.values().map(|tries| tries.next).filter(|at| *at > now);
        let look = (!self.book.to_send.is_empty()).then(|| now + LOOK_EVERY);
        tries.chain(look).chain(self.sending.not_before.filter(|at| *at > now)).min()
    }

    pub(super) async fn posted(&mut self, posted: Posted) {
        let Posted { id, stored, asked, retry, stop } = posted;
        self.sending.under_way.remove(&id);
        match stored {
            Ok(job) => {
                self.weigh(&job);
                self.publish(vec![job]).await;
            }
            Err(error) => {
                complain(id, &error);
                let next = Instant::now() + RETRY_MAX;
                self.sending.tries.insert(id, Tries { first: next, next, count: 0 });
                self.look().await;
                return;
            }
        }
        if let Some((problem, retry_after)) = retry {
            self.retry_later(id, problem, retry_after).await;
        } else {
            self.sending.tries.remove(&id);
            if asked {
                self.network = None;
            }
        }
        if let Some(problem) = stop {
            self.pause(problem);
        }
    }

    /// A request that was provably not accepted is tried again within the patience of its consent.
    async fn retry_later(&mut self, id: JobId, problem: Problem, retry_after: Option<Duration>) {
        let now = Instant::now();
        if problem.code == "not_sent" {
            self.network = Some(problem.clone());
        }
        let patience = self.book.get(id).and_then(|job| job.consent).map_or(0, |consent| consent.patience);
        let tries = self.sending.tries.entry(id).or_insert(Tries { first: now, next: now, count: 0 });
        let pause = doubled(RETRY_MIN, tries.count).min(RETRY_MAX);
        tries.count += 1;
        let last = tries.first + Duration::from_secs(patience.into());
        // The last try is at the very end of the patience, unless the service wants it later.
        let usual = if now < last { (now + pause).min(last) } else { now + pause };
        tries.next = retry_after.map_or(usual, |asked| usual.max(now + asked));
        if retry_after.is_some() {
            self.sending.not_before = self.sending.not_before.max(Some(tries.next));
        }
        if tries.next > last {
            self.sending.tries.remove(&id);
            let held = problem.hint(format!("it is held, nothing was spent: `taxiway send {id}` sends it"));
            self.record(id, Change::ConsentEnded(held)).await;
        }
    }

    /// The task that sent it died: the request may have left.
    pub(super) async fn post_failed(&mut self, id: JobId) {
        self.sending.under_way.remove(&id);
        let problem = Problem::new("unsure", "Taxiway failed while the request was under way");
        self.record(id, Change::Lost { problem, request_id: None }).await;
    }

    /// All sending and polling stops until the user says otherwise, or a poll goes well again; what was to be
    /// sent is held.
    pub(super) fn pause(&mut self, problem: Problem) {
        tracing::error!("{}: sending and polling are paused", problem.message);
        self.paused = Some(problem);
        self.polling.probe_later(&self.config.poll);
    }

    /// Another process gave a job the user's word: it is tried as if it were new, also where this process
    /// has paused, for whoever gave it knew no better way to say that it is mended.
    pub(super) fn new_word(&mut self, job: &Job) {
        self.sending.tries.remove(&job.id);
        if self.book.is_ours(job) && self.paused.take().is_some() {
            tracing::info!(job = job.id.0, "sending and polling go on, at a new word");
        }
    }
}

fn not_held(job: &Job) -> Problem {
    let told =
        format!("job {} is {}: only a held job can be dropped; nothing was changed", job.id, job.label());
    Problem::new("not_held", told)
}

pub(super) fn other_account(job: &Job) -> Problem {
    Problem::new(
        "other_account",
        format!("job {} was {}; it is sent and fetched only there", job.id, job.account),
    )
    .hint("use that key and service, or make a new job from it")
}

/// Intent on disk, then the one POST, then its outcome on disk, before anything else happens. A picture of this
/// machine is read before; without it the job is held, and needs a new word. `sending`
/// hears of the job as soon as the intent is on disk.
async fn post(
    journal: Journal,
    client: Client,
    id: JobId,
    request: Request,
    sending: impl FnOnce(Job),
    hint_if_lost: Option<&str>,
) -> Posted {
    // The journal keeps the reference: megabytes of picture are sent, and not stored.
    let request = match put_into(request).await {
        Ok(request) => request,
        Err(problem) => {
            tracing::error!(job = id.0, "not sent: {}", problem.message);
            let held = Entry::new(id, Change::ConsentEnded(problem), Timestamp::now());
            return Posted::not_asked(id, journal.apply(held).await);
        }
    };
    let intent = Entry::new(id, Change::Intent, Timestamp::now());
    reach("before-intent");
    match journal.apply(intent).await {
        Ok(job) => sending(job),
        Err(error) => return Posted::not_asked(id, Err(error)),
    }
    reach("after-intent");
    tracing::info!(job = id.0, "sending");
    let (mut retry, mut stop, mut evidence) = (None, None, None);
    let change = match client.submit(&request).await {
        Submission::Accepted { task_id, request_id } => {
            tracing::info!(job = id.0, %task_id, "accepted");
            Change::Accepted { task_id, request_id }
        }
        Submission::NotSent(problem) => {
            tracing::warn!(job = id.0, "not sent: {}", problem.message);
            retry = Some((problem.clone(), None));
            Change::NotSent(problem)
        }
        Submission::SlowDown { problem, retry_after } => {
            tracing::warn!(job = id.0, "not accepted: {}", problem.message);
            retry = Some((problem.clone(), retry_after));
            Change::NotSent(problem)
        }
        // It is the key or the balance, not this request, which can be sent once that is mended.
        Submission::Refused { problem, stop: true, .. } => {
            tracing::error!(job = id.0, "refused: {}", problem.message);
            stop = Some(problem.clone());
            Change::NotSent(problem)
        }
        Submission::Refused { failure, problem, request_id, stop: false } => {
            tracing::error!(job = id.0, "refused: {}", problem.message);
            Change::Refused { failure, problem, request_id }
        }
        Submission::Lost { problem, request_id, reply } => {
            evidence = reply;
            tracing::error!(job = id.0, "unsure: {}", problem.message);
            let problem = if let Some(hint) = hint_if_lost { problem.hint(hint) } else { problem };
            Change::Lost { problem, request_id }
        }
    };
    reach("after-reply");
    let stored = store(&journal, id, change, evidence).await;
    reach("after-id");
    Posted { id, stored, asked: true, retry, stop }
}

/// Stores the outcome of a request, however long the journal refuses and whatever it says: an id must not
/// be lost. Given up only where no try can ever go well; the log has the id then.
async fn store(
    journal: &Journal,
    id: JobId,
    change: Change,
    reply: Option<(u16, String)>,
) -> Result<Job, JournalError> {
    loop {
        let entry = Entry { id, change: change.clone(), at: Timestamp::now(), reply: reply.clone() };
        match journal.apply(entry).await {
            Ok(job) => return Ok(job),
            Err(
                error @ (JournalError::Illegal(_)
                | JournalError::NoSuchJob(_)
                | JournalError::ReadOnly
                | JournalError::Ended { .. }),
            ) => {
                tracing::error!(job = id.0, "{} cannot be stored", change.tell());
                return Err(error);
            }
            Err(error) => {
                tracing::error!(job = id.0, "{} is not stored yet, trying again: {error}", change.tell());
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

//! The downloader: brings pending videos home, at most `max_parallel` at once, the most at risk first.

use std::{
    collections::{HashMap, HashSet},
    fs,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{task::AbortHandle, time::Instant};

use super::{
    Update,
    desk::{Desk, Done, Work},
    download::{FetchEnd, Order, fetch},
    failpoint::reach,
    files::stem,
    schedule::doubled,
    sending::other_account,
    space::{Space, Waiting},
};
use crate::{
    config::local_zone,
    job::{Change, Job, JobId, Outcome, Problem, ResultState, SavedFile, State},
};

/// The pause after a download broke off; it doubles up to `RETRY_MAX`.
const RETRY_MIN: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(60);
/// Why a video is pending that the user asked for; the owner knows another process's wish by it.
pub(super) const ASKED_FOR: &str = "asked for";
/// Fresh links that may turn out dead before the video is called expired, though its date has not come: with
/// the pauses between them, which double, it is half an hour at the usual back-off, since a store may deny
/// for a while what it has.
const REFRESHES: u32 = 6;
/// The longest of these pauses, and how long a task must be unknown before it is taken as forgotten, as a
/// multiple of the longest back-off of polls: 15 minutes, with its usual minute.
const LONGEST: u32 = 15;
/// So long after its date a video is tried to be had from a server that does not answer; then it is called
/// expired.
const GRACE: SignedDuration = SignedDuration::from_hours(24);
/// The screen hears of a download's bytes at most this often.
const TELL_EVERY_MS: i64 = 500;

/// What the downloader knows beyond the journal.
#[derive(Default)]
pub(super) struct Fetching {
    under_way: HashMap<JobId, AbortHandle>,
    retries: HashMap<JobId, Retry>,
    /// Asked for by the user: fetched though `download.auto` is off.
    wanted: HashSet<JobId>,
    /// Given up for want of room.
    pub(super) full: HashMap<JobId, Waiting>,
}

struct Retry {
    next: Instant,
    failures: u32,
    /// Fresh links in a row that brought nothing.
    refreshes: u32,
    /// The most bytes that were ever here.
    most: u64,
    then: Then,
    /// How it ended, which the journal did not take: it is written again, not fetched again.
    ended: Option<Change>,
}

/// What happens when the time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Fetch,
    /// Its link is dead: the task is asked for a fresh one, which is used as soon as it is here.
    AskForUrl,
    /// It was asked.
    AwaitUrl,
}

pub(super) struct Fetched {
    id: JobId,
    /// How many bytes were here in the end.
    bytes: u64,
    outcome: Result<Vec<SavedFile>, FetchEnd>,
}

impl Fetching {
    pub(super) fn waits_for_url(&self, id: JobId) -> bool {
        self.retries.get(&id).is_some_and(|retry| retry.then == Then::AwaitUrl)
    }

    pub(super) fn want(&mut self, id: JobId) {
        self.wanted.insert(id);
        self.retries.remove(&id);
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let waiting = self
            .retries
            .iter()
            .filter(|(id, retry)| retry.then != Then::AwaitUrl && !self.under_way.contains_key(id));
        waiting.map(|(_, retry)| retry.next).min()
    }

    fn retry(&mut self, id: JobId) -> &mut Retry {
        let now = Instant::now();
        self.retries.entry(id).or_insert(Retry {
            next: now,
            failures: 0,
            refreshes: 0,
            most: 0,
            then: Then::Fetch,
            ended: None,
        })
    }
}

impl Retry {
    /// Puts the next try off, further each time.
    fn put_off(&mut self) {
        self.next = Instant::now() + doubled(RETRY_MIN, self.failures).min(RETRY_MAX);
        self.failures += 1;
    }
}

impl Desk {
    /// Fetches the videos of these jobs again, at the user's word.
    pub(super) async fn download(&mut self, ids: &[JobId]) -> Result<Vec<JobId>, Problem> {
        self.may_write()?;
        let mut jobs = Vec::new();
        for id in ids {
            let job = self.must_know(*id).await?;
            if job.state != State::Succeeded {
                return Err(Problem::new(
                    "no_video",
                    format!("job {id} is {}: it has no video to fetch", job.state),
                ));
            }
            if !self.book.is_ours(&job) && !is_home(&job) {
                return Err(other_account(&job));
            }
            jobs.push(job);
        }
        for job in jobs.iter().filter(|job| !is_home(job)) {
            let asks = match job.result.as_ref().map(|result| result.state) {
                Some(ResultState::Fetching) => false,
                // An owner that fetches by itself needs no word.
                Some(ResultState::Pending) => !self.sharing.is_owner() && !self.config.download.auto,
                _ => true,
            };
            if asks {
                self.record(job.id, Change::FetchAgain(ASKED_FOR.into())).await;
            }
            self.fetching.want(job.id);
        }
        if !self.sharing.is_owner() {
            self.sharing.tell_changed();
        }
        Ok(ids.to_vec())
    }

    pub(super) async fn start_fetches(&mut self, now: Instant) {
        self.look_for_room(now).await;
        for (id, retry) in &mut self.fetching.retries {
            if retry.then == Then::AskForUrl && retry.next <= now {
                retry.then = Then::AwaitUrl;
                self.polling.ask_soon(*id, &self.config.poll);
            }
        }
        for id in self.fetchable(now) {
            if self.fetching.under_way.len() >= self.config.download.max_parallel.max(1) {
                break;
            }
            self.start_fetch(id).await;
        }
    }

    fn fetchable(&self, now: Instant) -> Vec<JobId> {
        let ready = |id: &JobId| {
            let retry = self.fetching.retries.get(id);
            !self.fetching.under_way.contains_key(id)
                && (self.config.download.auto || self.fetching.wanted.contains(id))
                && retry.is_none_or(|retry| retry.next <= now && retry.then == Then::Fetch)
        };
        let expiry = |id: &JobId| self.book.get(*id).and_then(|job| job.result.as_ref()?.expires_at);
        let mut ids: Vec<_> = self.book.to_fetch.iter().copied().filter(ready).collect();
        ids.sort_by_key(|id| (expiry(id), *id));
        ids
    }

    async fn start_fetch(&mut self, id: JobId) {
        let Some(client) = self.client.clone() else { return };
        let pending = |result: &Outcome| result.state == ResultState::Pending;
        let begins = self.book.get(id).and_then(|job| job.result.as_ref()).is_some_and(pending);
        if begins && self.record(id, Change::Fetching).await.is_none() {
            self.fetching.retry(id).next = Instant::now() + RETRY_MAX;
            return;
        }
        if let Some(ended) = self.fetching.retries.get_mut(&id).and_then(|retry| retry.ended.take()) {
            self.end_fetch(id, ended).await;
            return;
        }
        let Some(job) = self.book.get(id) else { return };
        let order = Order {
            job: job.clone(),
            dir: self.config.download.dir.clone(),
            stem: stem(&self.config.download.name, job, &local_zone()),
            max_bytes: self.config.download.max_bytes,
            space: Space::new(&self.config.download.dir),
        };
        tracing::info!(job = id.0, "fetching the video");
        let (updates, told, here) = (self.teller(), AtomicI64::new(0), AtomicU64::new(0));
        let download = async move {
            let moved = |bytes, total| {
                here.store(bytes, Ordering::Relaxed);
                let now = Timestamp::now().as_millisecond();
                if now - told.load(Ordering::Relaxed) >= TELL_EVERY_MS {
                    told.store(now, Ordering::Relaxed);
                    // A screen that is behind can do without this one.
                    let _ = updates.try_send(Update::Fetched { id, bytes, total });
                }
            };
            let outcome = fetch(&client, &order, moved).await;
            Done::Fetched(Fetched { id, bytes: here.into_inner(), outcome })
        };
        let handle = self.tasks.spawn_on(download, &self.downloads);
        self.work.insert(handle.id(), Work::Fetch(id));
        self.fetching.under_way.insert(id, handle);
    }

    pub(super) async fn fetched(&mut self, fetched: Fetched) {
        let Fetched { id, bytes, outcome } = fetched;
        self.fetching.under_way.remove(&id);
        if let Some(retry) = self.fetching.retries.get_mut(&id)
            && bytes > retry.most
        {
            // It gets on, however slowly.
            (retry.most, retry.failures, retry.refreshes) = (bytes, 0, 0);
        }
        match outcome {
            Ok(files) => {
                for file in &files {
                    tracing::info!(job = id.0, "saved {}", file.path.display());
                }
                self.end_fetch(id, Change::Saved(files)).await;
            }
            Err(FetchEnd::Again(why)) => self.fetch_later(id, why).await,
            Err(FetchEnd::Gone(why)) => self.ask_for_fresh_url(id, why).await,
            Err(FetchEnd::Blocked { why, needed }) => self.blocked(id, why, needed).await,
            Err(FetchEnd::GiveUp(why)) => {
                tracing::error!(job = id.0, "the video was not saved: {why}");
                self.end_fetch(id, Change::GivenUp(why)).await;
            }
        }
    }

    pub(super) async fn end_fetch(&mut self, id: JobId, change: Change) {
        if self.record(id, change.clone()).await.is_some() {
            reach("after-saved");
            self.fetching.retries.remove(&id);
            self.fetching.wanted.remove(&id);
            return;
        }
        let retry = self.fetching.retry(id);
        retry.then = Then::Fetch;
        retry.ended = Some(change);
        retry.put_off();
    }

    /// It broke off, which says nothing of the video: only a dead link can end it, or a long silence.
    async fn fetch_later(&mut self, id: JobId, why: String) {
        if self.is_past_expiry(id, GRACE) {
            tracing::error!(job = id.0, "the video expired: {why}");
            self.end_fetch(id, Change::Expired(why)).await;
            return;
        }
        tracing::warn!(job = id.0, "the download broke off: {why}");
        let past = self.is_past_expiry(id, SignedDuration::ZERO);
        let retry = self.fetching.retry(id);
        retry.put_off();
        if past {
            retry.then = Then::AskForUrl;
        }
        self.record(id, Change::FetchAgain(why)).await;
    }

    /// The link is dead. The pause is before the task is asked, for a fresh link may not live long.
    async fn ask_for_fresh_url(&mut self, id: JobId, why: String) {
        let (step, longest) = (self.fresh_url_step(), self.longest_pause());
        let past = self.is_past_expiry(id, SignedDuration::ZERO);
        let retry = self.fetching.retry(id);
        retry.refreshes += 1;
        if retry.refreshes > REFRESHES || (retry.refreshes > 1 && past) {
            tracing::error!(job = id.0, "the video expired: {why}");
            self.end_fetch(id, Change::Expired(why)).await;
            return;
        }
        let pause = retry.refreshes.checked_sub(2).map_or(Duration::ZERO, |again| doubled(step, again));
        (retry.then, retry.next) = (Then::AskForUrl, Instant::now() + pause.min(longest));
        tracing::warn!(job = id.0, "the link is dead ({why}); asking the service for a fresh one");
        self.record(id, Change::FetchAgain(why)).await;
    }

    fn fresh_url_step(&self) -> Duration {
        self.config.poll.max_backoff.min(RETRY_MAX)
    }

    fn longest_pause(&self) -> Duration {
        self.fresh_url_step().saturating_mul(LONGEST)
    }

    /// The task answered: a download that waited for a fresh URL goes on.
    pub(super) fn refreshed(&mut self, id: JobId) {
        if self.fetching.waits_for_url(id) {
            let retry = self.fetching.retry(id);
            (retry.then, retry.next) = (Then::Fetch, Instant::now());
        }
    }

    /// The service has not known a made task since then: where its link has died too, nothing will come.
    pub(super) async fn forgotten(&mut self, id: JobId, since: Timestamp) {
        let unknown = Timestamp::now().duration_since(since);
        let is_gone = SignedDuration::try_from(self.longest_pause()).is_ok_and(|longest| unknown >= longest);
        if is_gone && self.fetching.waits_for_url(id) && self.is_past_expiry(id, SignedDuration::ZERO) {
            let why = "the link is dead, and the service does not know the task any more";
            tracing::error!(job = id.0, "the video expired: {why}");
            self.end_fetch(id, Change::Expired(why.into())).await;
        }
    }

    pub(super) async fn fetch_failed(&mut self, id: JobId) {
        self.fetching.under_way.remove(&id);
        self.fetch_later(id, "the download failed inside Taxiway".into()).await;
    }

    /// Whether its link died so long ago, as far as is known.
    fn is_past_expiry(&self, id: JobId, by: SignedDuration) -> bool {
        let expiry = self.book.get(id).and_then(|job| job.result.as_ref()?.expires_at);
        expiry.is_some_and(|at| Timestamp::now().duration_since(at) > by)
    }

    /// Stops the downloads. One that has its file in place by now is saved all the same.
    pub(super) async fn stop_fetches(&mut self) {
        self.fetching.under_way.values().for_each(AbortHandle::abort);
        while !self.fetching.under_way.is_empty() {
            let Some(done) = self.tasks.join_next_with_id().await else { break };
            self.finish(done).await;
        }
    }

    /// It was stopped because we leave.
    pub(super) async fn fetch_stopped(&mut self, id: JobId) {
        self.fetching.under_way.remove(&id);
        self.record(id, Change::FetchAgain("Taxiway was left; what came is kept".into())).await;
    }
}

/// Whether every video of a job is where it was put, as long as it was. Looks at the disk.
pub fn is_home(job: &Job) -> bool {
    let saved = |result: &Outcome| {
        result.state == ResultState::Saved
            && !result.files.is_empty()
            && result.files.iter().all(|file| {
                fs::metadata(&file.path).is_ok_and(|found| found.is_file() && found.len() == file.bytes)
            })
    };
    job.result.as_ref().is_some_and(saved)
}

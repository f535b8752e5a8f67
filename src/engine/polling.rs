//! The poller: asks the service for news, with manners.

use std::{collections::HashMap, mem::take, num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{
    Update,
    desk::{Desk, Done, Work},
    failpoint::reach,
    schedule::{SLOT, Schedule, backed_off, usual, while_lost},
};
use crate::{
    comet::{Answer, Polled},
    config::Poll,
    job::{Change, Job, JobId, Phase, Problem, Report, State},
    journal::Entry,
};

/// A task that the service has not known for this long is called not found.
const VANISHED: SignedDuration = SignedDuration::from_mins(15);
/// News that can wait is written at most this often.
const FLUSH: Duration = Duration::from_secs(1);
/// While all is paused one task is asked about so many intervals later: a minute, with the usual 5 s. Who
/// runs it unattended loses no video to a service that denied a key for a moment.
const PROBE: u32 = 12;
/// Polls under way at once.
pub(super) const POLLS: usize = 32;

/// The clock of the timers, for the limiter: both go by the same time.
#[derive(Clone)]
struct Since(Instant);

impl Clock for Since {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// What the poller knows beyond the journal.
pub(super) struct Polling {
    schedule: Schedule,
    limiter: RateLimiter<NotKeyed, InMemoryState, Since, NoOpMiddleware<Duration>>,
    /// Nothing is asked before this: the service said to slow down, or the limiter did.
    not_before: Option<Instant>,
    /// Polls under way, and when each began.
    under_way: HashMap<JobId, Instant>,
    /// When the user last ended a pause.
    resumed: Option<Instant>,
    /// When this process became the owner; what was asked before is out of date.
    owner_since: Option<Instant>,
    /// While all is paused: when one task is asked about again.
    probe_at: Option<Instant>,
    pace: HashMap<JobId, Pace>,
    /// Changes told but not yet written; the newest of each job.
    news: HashMap<JobId, Entry>,
    flush_at: Option<Instant>,
    heard: Heard,
}

/// The jobs of which polls told since this was last told on: no more than are asked about in a slot. They are told as
/// the book has them then, so that nothing older comes after something newer.
#[derive(Default)]
struct Heard {
    since: Option<Instant>,
    changed: Vec<JobId>,
    same: Vec<JobId>,
}

impl Heard {
    fn of(&mut self, id: JobId, changed: bool) {
        self.since.get_or_insert_with(Instant::now);
        if changed { self.changed.push(id) } else { self.same.push(id) }
    }
}

#[derive(Default)]
struct Pace {
    failures: u32,
    unknown_since: Option<Timestamp>,
    /// When it was asked about last.
    asked: Option<Instant>,
}

impl Polling {
    pub(super) fn new(poll: &Poll) -> Self {
        let rate = NonZeroU32::new(poll.requests_per_second).unwrap_or(NonZeroU32::MIN);
        Self {
            schedule: Schedule::new(Instant::now()),
            limiter: RateLimiter::direct_with_clock(Quota::per_second(rate), Since(Instant::now())),
            not_before: None,
            under_way: HashMap::new(),
            resumed: None,
            owner_since: None,
            probe_at: None,
            pace: HashMap::new(),
            news: HashMap::new(),
            flush_at: None,
            heard: Heard::default(),
        }
    }

    /// Begins to follow a task, or ceases to.
    pub(super) fn follow(&mut self, id: JobId, tracked: bool) {
        if !tracked {
            self.schedule.remove(id);
            self.pace.entry(id).and_modify(|pace| *pace = Pace { asked: pace.asked, ..Pace::default() });
        } else if !self.schedule.knows(id) && !self.under_way.contains_key(&id) {
            self.schedule.set(id, Instant::now());
        }
    }

    /// As [`Self::follow`], for a task that the last owner may have asked about just now. When it did is known
    /// only as of its last news, so `known` says whether that is to be trusted.
    pub(super) fn follow_on(&mut self, job: &Job, known: bool, poll: &Poll) {
        let since = job.last_polled_at.filter(|_| known).map(|at| Timestamp::now().duration_since(at));
        let since = since.map_or(Duration::ZERO, |since| Duration::try_from(since).unwrap_or_default());
        let pause = if known && job.last_polled_at.is_none() { Duration::ZERO } else { poll.interval };
        if !self.under_way.contains_key(&job.id) {
            self.schedule.set(job.id, Instant::now() + pause.saturating_sub(since));
        }
    }

    /// Nothing will be asked of its task any more.
    pub(super) fn forget(&mut self, id: JobId) {
        self.schedule.remove(id);
        self.pace.remove(&id);
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let due = self.schedule.next().filter(|_| self.under_way.len() < POLLS)?;
        Some(self.not_before.map_or(due, |limit| due.max(limit)))
    }

    pub(super) fn begin(&mut self) {
        self.owner_since = Some(Instant::now());
    }

    /// When what polls brought is to be told at the latest.
    pub(super) fn next_telling(&self) -> Option<Instant> {
        self.heard.since.map(|since| since + SLOT)
    }

    pub(super) fn next_flush(&self) -> Option<Instant> {
        self.flush_at
    }

    /// Asks about a task as soon as its manners allow: an interval after it was asked last.
    pub(super) fn ask_soon(&mut self, id: JobId, poll: &Poll) {
        if !self.under_way.contains_key(&id) {
            let now = Instant::now();
            let asked = self.pace.get(&id).and_then(|pace| pace.asked);
            self.schedule.set(id, asked.map_or(now, |asked| now.max(asked + poll.interval)));
        }
    }

    pub(super) fn probe_later(&mut self, poll: &Poll) {
        self.probe_at = Some(Instant::now() + poll.interval.saturating_mul(PROBE));
    }

    /// When one task is to be asked about, though all is paused.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        self.probe_at.filter(|_| self.schedule.next().is_some())
    }

    /// Takes out the first task that is to be asked for and may be, and counts it as under way: not
    /// while the service said to slow down, not more than so many at once or in a second.
    fn take_due(&mut self, now: Instant) -> Option<JobId> {
        if self.not_before.is_some_and(|limit| limit > now) {
            return None;
        }
        self.not_before = None;
        if self.under_way.len() >= POLLS || self.schedule.next().is_none_or(|due| due > now) {
            return None;
        }
        if let Err(busy) = self.limiter.check() {
            // Later than now in any case: what is not ahead rings no timer. What a bucket gathers until the next
            // slot leaves together, too: one by one, each poll would cost a wake-up.
            let wait = busy.wait_time_from(self.limiter.clock().now()).max(Duration::from_millis(1));
            self.not_before = Some(self.schedule.slot_at(now + wait));
            return None;
        }
        let id = self.schedule.pop_due(now)?;
        self.under_way.insert(id, now);
        self.pace(id).asked = Some(now);
        Some(id)
    }

    /// Counts a poll without good news, and gives the pause after it.
    fn failed(&mut self, id: JobId, poll: &Poll) -> Duration {
        let pace = self.pace(id);
        pace.failures += 1;
        backed_off(poll, pace.failures)
    }

    /// Asks nobody for a while. Of several such wishes the longest is kept.
    fn slow_down(&mut self, until: Instant) {
        self.not_before = self.not_before.max(Some(until));
    }

    /// Counts a poll with good news, and gives the pause after it.
    fn went_well(&mut self, id: JobId, poll: &Poll) -> Duration {
        let pace = self.pace(id);
        (pace.failures, pace.unknown_since) = (0, None);
        usual(poll)
    }

    fn pace(&mut self, id: JobId) -> &mut Pace {
        self.pace.entry(id).or_default()
    }
}

impl Desk {
    pub(super) fn start_polls(&mut self, now: Instant) {
        let Some(client) = self.client.clone() else { return };
        let is_paused = self.paused.is_some();
        if is_paused && self.polling.next_probe().is_none_or(|at| at > now) {
            return;
        }
        while let Some(id) = self.polling.take_due(now) {
            let Some(task_id) = self.task_of(id) else {
                self.polling.under_way.remove(&id);
                continue;
            };
            reach("before-poll");
            let client = client.clone();
            let task =
                self.tasks.spawn(async move { Done::Polled(id, Box::new(client.task(&task_id).await)) });
            self.work.insert(task.id(), Work::Poll(id));
            if is_paused {
                return self.polling.probe_later(&self.config.poll);
            }
        }
    }

    fn task_of(&self, id: JobId) -> Option<String> {
        self.book.get(id)?.task_id.clone()
    }

    pub(super) async fn polled(&mut self, id: JobId, polled: Polled) {
        let began = self.polling.under_way.remove(&id);
        if !self.sharing.is_owner() || began < self.polling.owner_since {
            // Asked before the engine was handed over; this process may have been stopped for hours since.
            if self.is_asked_for(id) {
                self.polling.schedule.set(id, Instant::now());
            }
            return;
        }
        let reply = polled.status.zip(polled.body);
        if matches!(polled.answer, Answer::Task(_) | Answer::NotYet) && self.paused.take().is_some() {
            tracing::info!(job = id.0, "the service answers again: sending and polling go on");
        }
        match polled.answer {
            Answer::Task(report) => self.take_report(id, report, reply).await,
            Answer::NotYet => self.take_not_yet(id).await,
            Answer::SlowDown { retry_after, problem } => {
                tracing::warn!(job = id.0, "{}", problem.message);
                let pause = self.back_off(id);
                let until = Instant::now() + retry_after.map_or(pause, |asked| asked.max(pause));
                self.polling.slow_down(until);
            }
            Answer::Denied(problem) => {
                self.polling.schedule.set(id, Instant::now());
                // An answer to a question from before the user mended it tells nothing new.
                if self.paused.is_none() && began >= self.polling.resumed {
                    self.pause(problem);
                }
            }
            Answer::WrongAddress(problem) | Answer::Passing(problem) => self.no_news(id, problem),
        }
    }

    async fn take_report(&mut self, id: JobId, report: Report, reply: Option<(u16, String)>) {
        self.network = None;
        let phase = report.phase;
        let usual = self.polling.went_well(id, &self.config.poll);
        let Some(was) = self.book.get(id).map(|job| job.state) else { return };
        let entry = Entry { id, change: Change::Reported(report), at: Timestamp::now(), reply };
        let is_end = matches!(phase, Phase::Succeeded | Phase::Failed | Phase::Cancelled);
        let taken = if is_end { self.take_end(entry, was).await } else { self.take_step(entry, was) };
        if !taken {
            self.back_off(id);
        } else if self.book.tracked.contains(&id) {
            let pause = if phase == Phase::Succeeded { self.back_off_no_url(id) } else { usual };
            self.polling.schedule.set(id, Instant::now() + pause);
        }
    }

    /// News of a task that has not ended. It is told when this turn ends, and written within a second. Says
    /// whether it could be.
    fn take_step(&mut self, entry: Entry, was: State) -> bool {
        let id = entry.id;
        match self.book.apply(id, &entry.change, entry.at) {
            Some(Ok(true)) => {
                if let Some(job) = self.book.get(id).filter(|job| job.state != was) {
                    tracing::info!(job = id.0, "{}", job.label());
                }
                self.count_again(id);
                self.polling.heard.of(id, true);
                self.keep_news(entry);
            }
            Some(Ok(false)) => self.polling.heard.of(id, false),
            Some(Err(error)) => {
                // A made task that is told of as running, by a stale copy somewhere: it is asked on.
                tracing::warn!(job = id.0, "a report was left aside: {error}");
                return false;
            }
            None => {}
        }
        self.refreshed(id);
        true
    }

    /// The end of a task, and where its video is, are written before they are believed: what could not be
    /// written is asked for again. Says whether it was.
    async fn take_end(&mut self, entry: Entry, was: State) -> bool {
        let id = entry.id;
        let Some(mut job) = self.book.get(id).cloned() else { return true };
        let urls = job.result.as_ref().map(|result| result.urls.clone());
        let changed = match job.apply(&entry.change, entry.at) {
            Ok(changed) => changed,
            Err(error) => {
                tracing::warn!(job = id.0, "a report was left aside: {error}");
                return false;
            }
        };
        if job.state != was {
            let code = job.failure.as_ref().map_or("", |failure| failure.code.as_str());
            if job.state == State::Failed {
                tracing::warn!(job = id.0, "{} {code}", job.label());
            } else {
                tracing::info!(job = id.0, "{}", job.label());
            }
        }
        // Before its job is taken in: it needs no further poll.
        self.refreshed(id);
        if job.state == was && job.result.as_ref().map(|result| &result.urls) == urls.as_ref() {
            self.book.put(&job);
            self.polling.heard.of(id, changed);
            if changed {
                self.keep_news(entry);
            }
            return true;
        }
        reach("before-end");
        let Some(job) = self.record_with(entry).await else { return false };
        reach("after-end");
        self.polling.news.remove(&id);
        if job.state == State::Succeeded && was != State::Succeeded {
            self.price_later(id);
        }
        true
    }

    /// Has the polls of a slot told on together: each telling wakes the screen.
    pub(super) async fn tell_heard_if_due(&mut self) {
        let now = Instant::now();
        let is_quiet = self.polling.under_way.is_empty() && self.polling.next().is_none_or(|at| at > now);
        if self.polling.next_telling().is_some_and(|at| is_quiet || at <= now) {
            self.tell_heard().await;
        }
    }

    /// Tells what polls brought, each kind in one update.
    pub(super) async fn tell_heard(&mut self) {
        let Heard { changed, same, .. } = take(&mut self.polling.heard);
        let jobs: Vec<_> = changed.into_iter().filter_map(|id| self.book.get(id).cloned()).collect();
        if !jobs.is_empty() {
            self.tell(Update::Jobs(jobs)).await;
        }
        if !same.is_empty() {
            self.tell(Update::News(same, Timestamp::now())).await;
        }
    }

    fn back_off_no_url(&mut self, id: JobId) -> Duration {
        let age =
            self.book.get(id).and_then(|job| job.finished_at).map(|at| Timestamp::now().duration_since(at));
        let minutes = age.map_or(0, |age| age.as_mins().clamp(0, 12));
        backed_off(&self.config.poll, u32::try_from(minutes).unwrap_or(0) + 1)
    }

    /// The service does not show the task: not yet, or to another key only. Never a failure.
    async fn take_not_yet(&mut self, id: JobId) {
        self.network = None;
        let now = Timestamp::now();
        let since = *self.polling.pace(id).unknown_since.get_or_insert(now);
        let state = self.book.get(id).map(|job| job.state);
        if state == Some(State::Succeeded) {
            self.forgotten(id, since).await;
        } else if state != Some(State::NotFound) && now.duration_since(since) >= VANISHED {
            tracing::warn!(job = id.0, "the service has not known the task for 15 minutes");
            self.record(id, Change::Vanished).await;
        }
        let pace = self.polling.pace(id);
        pace.failures += 1;
        let failures = pace.failures;
        let pause = if state == Some(State::NotFound) {
            while_lost(&self.config.poll, failures)
        } else {
            // It shows up within seconds or minutes: the first polls keep the usual pace.
            backed_off(&self.config.poll, failures.saturating_sub(6).max(1))
        };
        if self.is_asked_for(id) {
            self.polling.schedule.set(id, Instant::now() + pause);
        }
    }

    fn is_asked_for(&self, id: JobId) -> bool {
        self.book.tracked.contains(&id) || self.fetching.waits_for_url(id)
    }

    fn no_news(&mut self, id: JobId, problem: Problem) {
        // Once for each task: of two that fail in two ways none is new to the other.
        if self.polling.pace(id).failures == 0 {
            tracing::warn!(job = id.0, "no news: {}", problem.message);
        }
        self.network = Some(problem);
        self.back_off(id);
    }

    fn back_off(&mut self, id: JobId) -> Duration {
        let pause = self.polling.failed(id, &self.config.poll);
        if self.is_asked_for(id) {
            self.polling.schedule.set(id, Instant::now() + pause);
        }
        pause
    }

    pub(super) fn poll_failed(&mut self, id: JobId) {
        self.polling.under_way.remove(&id);
        self.back_off(id);
    }

    /// Asks about these tasks now, or about every one where none is named, and ends a pause.
    pub(super) fn poll_now(&mut self, ids: &[JobId]) {
        if !self.sharing.is_owner() {
            self.sharing.ask_poll();
            return;
        }
        let now = Instant::now();
        self.paused = None;
        self.polling.resumed = Some(now);
        self.polling.not_before = None;
        let mut due = self.polling.schedule.all();
        due.retain(|id| ids.is_empty() || ids.contains(id));
        for id in due {
            self.polling.ask_soon(id, &self.config.poll);
        }
    }

    fn keep_news(&mut self, entry: Entry) {
        self.polling.news.insert(entry.id, entry);
        self.polling.flush_at.get_or_insert_with(|| Instant::now() + FLUSH);
    }

    pub(super) async fn flush_news_if_due(&mut self) {
        if self.polling.flush_at.is_some_and(|at| at <= Instant::now()) {
            self.flush_news().await;
        }
    }

    /// Writes what was told but not written. What cannot be written is kept and tried again.
    pub(super) async fn flush_news(&mut self) {
        self.polling.flush_at = None;
        let entries: Vec<_> = self.polling.news.values().cloned().collect();
        if entries.is_empty() {
            return;
        }
        match self.journal.apply_all(entries).await {
            Ok(_) => {
                self.polling.news.clear();
                self.sharing.tell_changed();
            }
            Err(error) => {
                tracing::error!("news of {} jobs is not written yet: {error}", self.polling.news.len());
                self.polling.flush_at = Some(Instant::now() + FLUSH * 5);
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/pacing.rs"]
mod tests;

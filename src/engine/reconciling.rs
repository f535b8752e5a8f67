//! The reconciler: looks for the tasks of unsure jobs in the account's task list, and gives a job the one
//! task that it must be. It never sends anything again.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{
    Reconciliation, Ticket, Update,
    desk::{Desk, Done, Work, complain},
};
use crate::{
    comet::{AccountClient, Balance, Settings},
    config::Config,
    job::{Account, Candidate, Change, Job, JobId, Matches, ModelTable, Problem, State, match_tasks},
    journal::{Entry, Journal, JournalError},
};

/// The pauses before the looks at a job, as multiples of the interval of polls: with its 5 s these are 5 s,
/// 10 s, 30 s, 2 min, 10 min, and an hour from then on.
const PAUSES: [u32; 6] = [1, 2, 6, 24, 120, 720];
/// A job that was sent longer ago is looked for only when the user asks.
const LOOKED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The list is asked for from so long before a job was sent, and until so long after: the clocks may be
/// apart, and only the list's answer tells how far. What fits is decided by [`match_tasks`].
const MARGIN: SignedDuration = SignedDuration::from_mins(30);

/// What the reconciler knows beyond the journal.
#[derive(Default)]
pub(super) struct Reconciling {
    account: Option<AccountClient>,
    /// Between two polls.
    interval: Duration,
    /// The token was refused: only the user's word has it tried again.
    refused: bool,
    plan: HashMap<JobId, Plan>,
    /// Who asked since the look that is under way began.
    asked: Vec<Ticket>,
    under_way: Option<UnderWay>,
}

struct Plan {
    looks: usize,
    /// Never again by itself where there is none.
    next: Option<Instant>,
}

struct UnderWay {
    since: Instant,
    tickets: Vec<Ticket>,
}

/// What a look brought.
pub(super) type LookedUp = Result<Found, Problem>;

pub(super) struct Found {
    matches: Matches,
    balance: Option<Balance>,
}

impl Reconciling {
    pub(super) fn new(settings: Option<&Settings>, config: &Config) -> Self {
        let account = settings.zip(config.access_token.as_ref()).and_then(|(settings, token)| {
            AccountClient::new(settings, token.secret().clone())
                .map_err(|problem| tracing::error!("no look at the account's tasks: {}", problem.message))
                .ok()
        });
        Self { account, interval: config.poll.interval, ..Self::default() }
    }

    /// The account's own calls, where there is a token for them that was not refused.
    pub(super) fn account(&self) -> Option<AccountClient> {
        self.account.clone().filter(|_| self.looks())
    }

    /// Whether lost tasks are looked for at all.
    pub(super) const fn looks(&self) -> bool {
        self.account.is_some() && !self.refused
    }

    /// When a job is to be looked for next. While a look is under way, its end is waited for.
    pub(super) fn next(&self) -> Option<Instant> {
        let waits = !self.refused && self.under_way.is_none();
        self.plan.values().filter_map(|plan| plan.next).min().filter(|_| waits)
    }

    fn after(&self, looks: usize, now: Instant) -> Instant {
        let pause = PAUSES.get(looks).or(PAUSES.last()).copied().unwrap_or(1);
        now + self.interval.saturating_mul(pause)
    }
}

impl Desk {
    /// Looks now, by the user's word.
    pub(super) async fn reconcile(&mut self, ticket: Ticket) {
        let may = self.may_write().and_then(|()| match (&self.forbidden, &self.reconciling.account) {
            (Some(problem), _) => Err(problem.clone()),
            (None, None) => Err(no_token()),
            (None, Some(_)) => Ok(()),
        });
        if let Err(problem) = may {
            self.tell(Update::Reconciled { ticket, outcome: Err(problem) }).await;
            return;
        }
        self.reconciling.asked.push(ticket);
        self.look_up(Instant::now());
    }

    /// Looks where a job's time has come. The owner's work.
    pub(super) fn start_look_up(&mut self, now: Instant) {
        if self.reconciling.account.is_none() {
            return;
        }
        self.reconciling.plan.retain(|id, _| self.book.unsure.contains(id));
        for id in &self.book.unsure {
            if !self.reconciling.plan.contains_key(id) {
                let next = self.book.get(*id).filter(|job| is_young(job));
                let next = next.map(|_| self.reconciling.after(0, now));
                self.reconciling.plan.insert(*id, Plan { looks: 0, next });
            }
        }
        if self.reconciling.next().is_some_and(|at| at <= now) {
            self.look_up(now);
        }
    }

    fn look_up(&mut self, now: Instant) {
        let (Some(account), Some(own)) = (self.reconciling.account.clone(), self.config.account()) else {
            return;
        };
        if self.reconciling.under_way.is_some() {
            return;
        }
        let tickets = std::mem::take(&mut self.reconciling.asked);
        let with_balance = !tickets.is_empty();
        let (journal, models) = (self.journal.clone(), self.config.models.clone());
        let task = self.tasks.spawn(async move {
            // It is a hint, without which the rest is as good; and asked for first, so that nothing comes
            // between a look and what follows from it.
            let balance = if with_balance { account.balance().await.ok() } else { None };
            let matches = look_up(&journal, &account, &own, &models).await;
            Done::LookedUp(matches.map(|matches| Found { matches, balance }))
        });
        self.work.insert(task.id(), Work::LookUp);
        self.reconciling.under_way = Some(UnderWay { since: now, tickets });
    }

    pub(super) async fn looked_up(&mut self, found: LookedUp) {
        self.reconciling.refused = found.as_ref().is_err_and(|problem| problem.code == "wrong_token");
        let outcome = match found {
            Ok(found) => Ok(self.adopt_found(found).await),
            Err(problem) => {
                tracing::warn!("the unsure jobs could not be looked up: {}", problem.message);
                Err(problem)
            }
        };
        self.end_look_up(outcome).await;
    }

    /// The task that looked has died.
    pub(super) async fn look_up_failed(&mut self) {
        self.end_look_up(Err(Problem::new("machine", "Taxiway failed while it looked; the log says why")))
            .await;
    }

    async fn end_look_up(&mut self, outcome: Result<Reconciliation, Problem>) {
        let now = Instant::now();
        let Some(UnderWay { since, tickets }) = self.reconciling.under_way.take() else { return };
        for id in self.reconciling.plan.keys().copied().collect::<Vec<_>>() {
            let young = self.book.get(id).is_some_and(is_young);
            let Some(Plan { looks, next }) = self.reconciling.plan.get(&id) else { continue };
            // One that became unsure meanwhile, or was not due, keeps its time.
            if next.is_some_and(|at| at <= since) {
                let looks = looks + 1;
                let next = young.then(|| self.reconciling.after(looks, now));
                self.reconciling.plan.insert(id, Plan { looks, next });
            }
        }
        for ticket in tickets {
            self.tell(Update::Reconciled { ticket, outcome: outcome.clone() }).await;
        }
        if !self.reconciling.asked.is_empty() {
            self.look_up(now);
        }
    }

    /// Gives each job its task. The journal has the last word: the job may have got another by now, or
    /// the task another job.
    async fn adopt_found(&mut self, found: Found) -> Reconciliation {
        let Found { matches: Matches { sure, mut open }, balance } = found;
        let mut adopted = Vec::new();
        for (id, task) in sure {
            let change = Change::Found { task_id: task.task_id.clone(), evidence: evidence(&task) };
            match self.journal.apply(Entry::new(id, change, Timestamp::now())).await {
                Ok(job) => {
                    tracing::info!(job = id.0, task_id = %task.task_id, "found in the account's task list");
                    self.publish(vec![job]).await;
                    adopted.push((id, task.task_id));
                }
                Err(error) => {
                    complain(id, &error);
                    open.push((id, vec![task]));
                }
            }
        }
        Reconciliation { adopted, open, balance }
    }
}

/// The account's tasks of the times in which this key's unsure jobs were sent, matched to them.
async fn look_up(
    journal: &Journal,
    account: &AccountClient,
    own: &Account,
    models: &ModelTable,
) -> Result<Matches, Problem> {
    let told = |error: JournalError| error.problem();
    let is_own = |job: &Job| job.state == State::Unsure && own.is_same(&job.account);
    let jobs = journal.unfinished().await.map_err(told)?;
    let (mut tasks, mut ahead, mut whole) = (Vec::new(), SignedDuration::ZERO, true);
    for (from, until) in windows(jobs.iter().filter(|job| is_own(job)).filter_map(|job| job.sent_at)) {
        let mut listing = account.tasks(moved(from, ahead), moved(until, ahead)).await?;
        let off = listing.ahead.unwrap_or(ahead).saturating_sub(ahead);
        if off.abs() > MARGIN / 3 {
            // A clock is wrong by so much that these were not the times that were meant.
            ahead = ahead.saturating_add(off);
            listing = account.tasks(moved(from, ahead), moved(until, ahead)).await?;
        } else if ahead.is_zero() {
            ahead = off;
        }
        tasks.extend(listing.tasks);
        whole &= listing.whole;
    }
    // Read after the list, and the jobs before the ids: a task of ours that stands in it then is known, or
    // its job is still under way, or unsure.
    // A service may go by several names, so those of all services count.
    let jobs = journal.unfinished().await.map_err(told)?;
    let ids = tasks.iter().map(|task| task.task_id.clone()).collect();
    let known = journal.known_tasks(ids).await.map_err(told)?.into_iter().collect();
    let mut matches = match_tasks(&jobs, &tasks, &known, ahead, models);
    if !whole {
        // What was not shown might fit as well.
        tracing::warn!("the account has more tasks of that time than were read: none is adopted by itself");
        matches.open.extend(matches.sure.drain(..).map(|(id, task)| (id, vec![task])));
    }
    // Jobs of other keys took part as rivals; their tasks are not ours to ask for.
    let ours: HashSet<_> = jobs.iter().filter(|job| is_own(job)).map(|job| job.id).collect();
    matches.sure.retain(|(id, _)| ours.contains(id));
    matches.open.retain(|(id, _)| ours.contains(id));
    matches.open.sort_by_key(|(id, _)| *id);
    Ok(matches)
}

fn moved(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

/// The times to ask for: around each moment of sending, and once where two overlap.
fn windows(sent: impl Iterator<Item = Timestamp>) -> Vec<(Timestamp, Timestamp)> {
    let mut sent: Vec<_> = sent.collect();
    sent.sort_unstable();
    let mut windows: Vec<(Timestamp, Timestamp)> = Vec::new();
    for at in sent {
        let (from, until) = (moved(at, -MARGIN), moved(at, MARGIN));
        match windows.last_mut() {
            Some((_, end)) if *end >= from => *end = until,
            _ => windows.push((from, until)),
        }
    }
    windows
}

fn is_young(job: &Job) -> bool {
    job.sent_at.is_some_and(|sent| Timestamp::now().duration_since(sent) < LOOKED_FOR)
}

/// What the timeline keeps of why a task was taken for a job's.
fn evidence(task: &Candidate) -> String {
    let word = |word: &Option<String>| word.clone().unwrap_or_else(|| "not told".into());
    let at = task.submitted_at.map_or_else(|| "at a time not told".into(), |at| at.to_string());
    format!(
        "the account's task list shows it, made {at}, action {}, model {}; no other task of that time and no \
         other job fits",
        word(&task.action),
        word(&task.model_name)
    )
}

fn no_token() -> Problem {
    Problem::new("no_token", "there is no account token: the account's task list cannot be asked for").hint(
        "export COMETAPI_ACCESS_TOKEN=…; or look into your account, then `taxiway adopt TASK_ID --job N`, or \
         `taxiway resolve N --not-created`",
    )
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::job::{Consent, NewJob};

    /// A service whose clock is `ahead` of ours shows, in a window that holds it, one task that was made
    /// just now, and says that it has `total`.
    async fn service(ahead: SignedDuration, total: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let count = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..count]).into_owned();
                let number = |name: &str| {
                    let rest = request.split(&format!("{name}=")).nth(1).unwrap();
                    rest.split(['&', ' ']).next().unwrap().parse::<i64>().unwrap()
                };
                let now = moved(Timestamp::now(), ahead);
                let in_window =
                    (number("start_timestamp")..=number("end_timestamp")).contains(&now.as_second());
                let task = format!(r#"{{"task_id":"t","submit_time":{}}}"#, now.as_second());
                let items = if in_window { task.as_str() } else { "" };
                let body = format!(r#"{{"data":{{"items":[{items}],"total":{total}}}}}"#);
                let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
                let length = body.len();
                let reply = format!(
                    "HTTP/1.1 200 OK\r\ndate: {date}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
        });
        format!("http://{address}")
    }

    /// How many tasks the only unsure job was given, and how many it could be.
    async fn look(base_url: String) -> (usize, usize) {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let now = Timestamp::now();
        let own = Account { service: base_url.clone(), ..Account::default() };
        let consent = Some(Consent { until: Timestamp::MAX, holder: 1, patience: 1, born: None });
        let new = NewJob { account: own.clone(), consent, ..NewJob::default() };
        let id = journal.create(vec![new], now).await.unwrap()[0].id;
        let lost = Change::Lost { problem: Problem::new("unsure", "lost"), request_id: None };
        for change in [Change::Intent, lost] {
            journal.apply(Entry::new(id, change, now)).await.unwrap();
        }
        let second = Duration::from_secs(20);
        let settings = Settings {
            base_url,
            key: "sk-no-key".to_owned().into(),
            access_token: None,
            runway_version: "2024-11-06".into(),
            connect_timeout: second,
            reply_timeout: second,
            poll_timeout: second,
            ca: None,
        };
        let account = AccountClient::new(&settings, "a-token".to_owned().into()).unwrap();
        let found = look_up(&journal, &account, &own, &ModelTable::default()).await.unwrap();
        (found.sure.len(), found.open.iter().map(|(_, tasks)| tasks.len()).sum())
    }

    #[tokio::test]
    async fn a_clock_that_is_wrong_hides_no_task() {
        for seconds in [0, 240, -240, 7_200, -7_200] {
            let base_url = service(SignedDuration::from_secs(seconds), 1).await;
            assert_eq!(look(base_url).await, (1, 0), "{seconds} s ahead");
        }
    }

    /// What was not shown might fit as well.
    #[tokio::test]
    async fn a_list_that_is_not_whole_gives_no_job_its_task() {
        assert_eq!(look(service(SignedDuration::ZERO, 2).await).await, (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn looks_become_rarer_and_a_refused_token_ends_them() {
        let mut reconciling = Reconciling { interval: Duration::from_secs(5), ..Reconciling::default() };
        let now = Instant::now();
        let pauses: Vec<_> = (0..7).map(|looks| (reconciling.after(looks, now) - now).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 30, 120, 600, 3_600, 3_600]);
        reconciling.plan.insert(JobId(1), Plan { looks: 0, next: Some(now) });
        assert_eq!(reconciling.next(), Some(now));
        reconciling.refused = true;
        assert!(reconciling.next().is_none() && !reconciling.looks());
    }

    #[test]
    fn times_that_overlap_are_asked_for_once() {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let found = windows([300, 100, 120, 160].into_iter().map(at));
        assert_eq!(found, vec![(at(70), at(190)), (at(270), at(330))]);
    }
}

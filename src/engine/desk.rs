//! The actor that owns the engine's state: one loop over commands, finished work, rings and timers.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use tokio::{
    runtime::Handle,
    sync::mpsc,
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep_until},
};

use super::{
    Command, ImageFacts, Role, Setup, Status, Stop, Ticket, Told, Update,
    book::Book,
    browsing::Browsing,
    fetching::{Fetched, Fetching},
    polling::{POLLS, Polling},
    pricing::{Priced, Pricing},
    purse::Purse,
    reconciling::{LookedUp, Reconciling},
    sending::{Posted, Sending},
    sharing::Sharing,
    stopping::JobControl,
    usage::Usage,
};
use crate::{
    comet::{Client, Polled},
    config::Config,
    job::{Change, Job, JobId, Money, Problem},
    journal::{Entry, Journal, JournalError},
};

/// What a task beside the desk came back with.
pub(super) enum Done {
    Posted(Box<Posted>),
    Polled(JobId, Box<Polled>),
    Fetched(Fetched),
    LookedUp(LookedUp),
    Priced(Priced),
    Used(Timestamp, Result<Money, Problem>),
    Checked(Ticket, Result<ImageFacts, Problem>),
    Cancelled(Ticket, Vec<(JobId, Stop)>),
}

/// What kind of task a job has under way, to know what its panic means.
#[derive(Clone, Copy)]
pub(super) enum Work {
    Post(JobId),
    Poll(JobId),
    Fetch(JobId),
    Price(JobId),
    LookUp,
    Used,
    Check(Ticket),
    Cancel(Ticket),
}

pub(super) struct Desk {
    pub(super) journal: Journal,
    pub(super) config: Config,
    pub(super) client: Option<Client>,
    /// Why nothing may be sent, whoever owns the engine.
    pub(super) forbidden: Option<Problem>,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) told_of: Told,
    /// Reads for the screen, where there is one.
    pub(super) browsing: Option<Browsing>,
    pub(super) book: Book,
    pub(super) purse: Purse,
    pub(super) sending: Sending,
    pub(super) polling: Polling,
    pub(super) fetching: Fetching,
    pub(super) sharing: Sharing,
    pub(super) usage: Usage,
    pub(super) reconciling: Reconciling,
    pub(super) pricing: Pricing,
    pub(super) paused: Option<Problem>,
    pub(super) network: Option<Problem>,
    pub(super) tasks: JoinSet<Done>,
    /// Where downloads run, which hold a thread up.
    pub(super) downloads: Handle,
    pub(super) work: HashMap<Id, Work>,
    told: Status,
    pub(super) leaving: bool,
    /// Ctrl-Z came: nothing is begun, and the engine is handed over when no request is on its way.
    pub(super) stopping: bool,
}

impl Desk {
    pub(super) fn new(
        setup: Setup,
        updates: mpsc::Sender<Update>,
        downloads: Handle,
        browsing: Option<Browsing>,
    ) -> Self {
        let Setup { journal, config, read_only, told } = setup;
        let forbidden = forbidden(&config, read_only);
        Self {
            book: Book::new(config.account()),
            purse: Purse::default(),
            sending: Sending::default(),
            polling: Polling::new(&config.poll),
            fetching: Fetching::default(),
            sharing: Sharing::new(read_only),
            usage: Usage::default(),
            reconciling: Reconciling::default(),
            pricing: Pricing::default(),
            journal,
            config,
            client: None,
            forbidden,
            updates,
            told_of: told,
            browsing,
            paused: None,
            network: None,
            tasks: JoinSet::new(),
            downloads,
            work: HashMap::new(),
            told: Status::default(),
            leaving: false,
            stopping: false,
        }
    }

    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>, mut job_control: JobControl) {
        let mut rings = self.sharing.take_rings();
        self.begin_at_the_newest().await;
        self.tell_journal().await;
        let first = self.connect(&mut commands).await;
        self.count_spending().await;
        if !matches!(first, Some(Command::Leave)) {
            self.take_part().await;
        }
        if let Some(command) = first {
            self.obey(command).await;
        }
        while !self.leaving {
            let now = Instant::now();
            self.start_work(now).await;
            self.tell_status().await;
            let wake = self.next_moment(now);
            tokio::select! {
                command = commands.recv() => self.obey(command.unwrap_or(Command::Leave)).await,
                Some(done) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => self.finish_all(done).await,
                Some(ring) = rings.recv() => self.hear(ring).await,
                ask = job_control.next() => self.heed(ask).await,
                Some(lock) = self.sharing.claimed() => self.become_owner(lock).await,
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
            self.keep_time().await;
        }
        self.leave().await;
        // The end of the ear tells that we have left: by then the journal is closed, as nothing waits for
        // this thread.
        drop(self);
        drop(commands);
    }

    async fn obey(&mut self, command: Command) {
        let (ticket, outcome) = match command {
            Command::Submit { ticket, requests, count, parent, patience, duplicate_ok } => {
                (ticket, self.submit(requests, count, parent, patience, duplicate_ok).await)
            }
            Command::Batch { ticket, batch, rows, again, also, patience, duplicate_ok } => {
                let sent = self.run_batch(batch, rows, again, patience, duplicate_ok).await;
                (ticket, sent.map(|ids| [also, ids].concat()))
            }
            Command::Send { ticket, ids, patience, duplicate_ok } => {
                (ticket, self.send_again(&ids, patience, duplicate_ok).await)
            }
            Command::Download { ticket, ids } => (ticket, self.download(&ids).await),
            Command::Drop { ticket, ids } => (ticket, self.drop_held(&ids).await),
            Command::Archive { ticket, ids, archived } => (ticket, self.archive(&ids, archived).await),
            Command::Tag { ticket, ids, add, remove } => (ticket, self.tag(&ids, add, remove).await),
            Command::Adopt { ticket, task_id, job } => (ticket, self.adopt(&task_id, job).await),
            Command::Resolve { ticket, id } => (ticket, self.resolve(id).await),
            Command::Cancel { ticket, ids } => return self.cancel(ticket, &ids).await,
            Command::Import { ticket, jobs } => {
                let outcome = self.import(jobs).await;
                return self.tell(Update::Imported { ticket, outcome }).await;
            }
            Command::Reconcile { ticket } => return self.reconcile(ticket).await,
            Command::CheckImage { ticket, image } => return self.check_image(ticket, image).await,
            Command::Inspect(id) => return self.inspect(id).await,
            Command::Remember { name, value } => {
                let kept = self.journal.remember(name, value).await;
                return kept.unwrap_or_else(|error| tracing::error!("{error}"));
            }
            Command::PollNow(ids) => return self.poll_now(&ids),
            Command::GoOn => return self.go_on().await,
            Command::Leave => return self.leaving = true,
        };
        self.tell(Update::Answer { ticket, outcome }).await;
    }

    /// Whether this process may begin anything.
    const fn works(&self) -> bool {
        self.sharing.is_owner() && !self.stopping
    }

    /// Starts all work whose time has come.
    async fn start_work(&mut self, now: Instant) {
        if !self.works() {
            return;
        }
        // Looked at where it matters: before anything is sent.
        if !self.book.to_send.is_empty() && self.sharing.has_lost_lock() {
            tracing::error!("the owner lock was removed: taking part anew");
            self.sharing.hand_over().await;
            return self.take_part().await;
        }
        self.start_polls(now);
        if self.sharing.is_settled() {
            self.start_posts(now);
            self.start_look_up(now);
            self.start_pricing(now);
            self.start_fetches(now).await;
        }
    }

    /// Takes in a task that ended, and those that ended beside it: of hundreds of polls in a second few need a turn
    /// of their own. No more than may be under way, so that a command waits for no more.
    async fn finish_all(&mut self, done: Result<(Id, Done), JoinError>) {
        self.finish(done).await;
        for _ in 1..POLLS {
            let Some(done) = self.tasks.try_join_next_with_id() else { break };
            self.finish(done).await;
        }
    }

    pub(super) async fn finish(&mut self, done: Result<(Id, Done), JoinError>) {
        match done {
            Ok((task, done)) => {
                self.work.remove(&task);
                match done {
                    Done::Posted(posted) => self.posted(*posted).await,
                    Done::Polled(id, polled) => self.polled(id, *polled).await,
                    Done::Fetched(fetched) => self.fetched(fetched).await,
                    Done::LookedUp(found) => self.looked_up(found).await,
                    Done::Priced(priced) => self.priced(priced).await,
                    Done::Used(at, used) => self.used(at, used).await,
                    Done::Cancelled(ticket, stops) => self.cancelled(ticket, stops).await,
                    Done::Checked(ticket, outcome) => self.tell(Update::Image { ticket, outcome }).await,
                }
            }
            // A download that is stopped on leaving; nothing else is ever cancelled.
            Err(error) if error.is_cancelled() => {
                if let Some(Work::Fetch(id)) = self.work.remove(&error.id()) {
                    self.fetch_stopped(id).await;
                }
            }
            Err(error) => {
                let Some(work) = self.work.remove(&error.id()) else { return };
                tracing::error!(%error, "a task of the engine failed; this is a bug in Taxiway");
                match work {
                    Work::Post(id) => self.post_failed(id).await,
                    Work::Poll(id) => self.poll_failed(id),
                    Work::Fetch(id) => self.fetch_failed(id).await,
                    Work::Price(id) => self.pricing_failed(id),
                    Work::LookUp => self.look_up_failed().await,
                    Work::Used => self.usage = Usage::default(),
                    Work::Check(ticket) => self.check_failed(ticket).await,
                    Work::Cancel(ticket) => self.cancel_failed(ticket).await,
                }
            }
        }
    }

    /// What has to happen by the clock alone.
    async fn keep_time(&mut self) {
        self.tell_heard_if_due().await;
        self.flush_news_if_due().await;
        self.settle_if_due().await;
        self.keep_consents().await;
        self.withdraw_untaken().await;
        self.look_if_alone().await;
        self.stop_if_done().await;
    }

    /// When to look again. What is due at `now` was started, or waits for another task to end.
    fn next_moment(&self, now: Instant) -> Option<Instant> {
        let works = self.works();
        let to_start = [
            self.next_post(now),
            self.polling.next(),
            self.fetching.next(),
            self.next_look_for_room(),
            self.reconciling.next(),
            self.pricing.next(),
            self.polling.next_probe().filter(|_| self.paused.is_some()),
        ];
        let to_start = to_start.into_iter().flatten().filter(|at| works && *at > now);
        to_start
            .chain(self.polling.next_telling())
            .chain(self.polling.next_flush())
            .chain(self.sharing.next())
            .chain(self.next_sum())
            .min()
    }

    /// Writes a change down and tells it. `None` when it could not be written; that was said.
    pub(super) async fn record(&mut self, id: JobId, change: Change) -> Option<Job> {
        self.record_with(Entry::new(id, change, Timestamp::now())).await
    }

    pub(super) async fn record_with(&mut self, entry: Entry) -> Option<Job> {
        let id = entry.id;
        match self.journal.apply(entry).await {
            Ok(job) => {
                self.publish(vec![job.clone()]).await;
                Some(job)
            }
            Err(error) => {
                complain(id, &error);
                None
            }
        }
    }

    /// Writes changes of several jobs down in one commit, and tells them; those that could not be written are
    /// told in the log. Returns the jobs that were written.
    pub(super) async fn record_all(&mut self, entries: Vec<Entry>) -> HashSet<JobId> {
        if entries.is_empty() {
            return HashSet::new();
        }
        match self.journal.apply_all(entries).await {
            Ok(jobs) => {
                let written = jobs.iter().map(|job| job.id).collect();
                self.publish(jobs).await;
                written
            }
            Err(error) => {
                tracing::error!("{error}");
                HashSet::new()
            }
        }
    }

    /// Takes jobs in as they are now, and tells the screen and the other windows.
    pub(super) async fn publish(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        self.take_in(&jobs);
        self.sharing.tell_changed();
        self.tell(Update::Jobs(jobs)).await;
    }

    pub(super) async fn tell(&self, update: Update) {
        // A screen that has gone is told nothing; `Leave` or the closed command channel follows.
        let _ = self.updates.send(update).await;
    }

    /// Whether a screen shows all this, for hours maybe.
    pub(super) const fn has_screen(&self) -> bool {
        !matches!(self.told_of, Told::News)
    }

    pub(super) fn teller(&self) -> mpsc::Sender<Update> {
        self.updates.clone()
    }

    async fn tell_status(&mut self) {
        let (today, session) = self.spent();
        let status = Status {
            today,
            session,
            role: self.sharing.role(),
            posting: self.sending.posting(),
            to_send: self.book.to_send.len() - self.starting(),
            tracked: self.book.tracked.len(),
            fetching: self.book.to_fetch.len(),
            paused: self.paused.clone(),
            network: self.network.clone(),
            idle: self.sharing.role() != Role::Starting
                && self.sharing.is_settled()
                && self.book.is_idle(self.config.download.auto, Timestamp::now()),
        };
        if status != self.told {
            self.told = status.clone();
            self.tell(Update::Status(status)).await;
        }
    }

    /// Ends in order: news on disk, own consents ended, downloads stopped with their parts kept, and
    /// the id of each request under way stored. The caller bounds how long that may take.
    async fn leave(&mut self) {
        self.let_work_end().await;
        while self.sending.posting() > 0 {
            let Some(done) = self.tasks.join_next_with_id().await else { break };
            self.finish(done).await;
        }
        self.let_work_end().await;
        // What else is under way may hold the journal open: its end is ours, too.
        self.tasks.shutdown().await;
        if let Some(browsing) = self.browsing.take() {
            browsing.end().await;
        }
        self.sharing.let_go();
        self.tell(Update::Left).await;
    }

    /// News on disk, own consents ended, downloads stopped; requests on their way go on.
    pub(super) async fn let_work_end(&mut self) {
        self.flush_news().await;
        self.end_own_consents().await;
        self.stop_fetches().await;
        self.tell_heard().await;
    }
}

/// What the journal refused, for the log of its job.
pub(super) fn complain(id: JobId, error: &JournalError) {
    tracing::error!(job = id.0, "{error}");
}

fn forbidden(config: &Config, read_only: bool) -> Option<Problem> {
    if read_only {
        return Some(Problem::new("read_only", "this is read-only: nothing is sent, fetched or written"));
    }
    if let Some(fault) = config.faults.first() {
        return Some(
            Problem::new("bad_config", fault.to_string()).hint("mend it; `taxiway config check` looks again"),
        );
    }
    config.key.is_none().then(|| {
        Problem::new("no_key", "there is no API key: nothing can be sent")
            .hint("export COMETAPI_KEY=…, or try `taxiway demo`")
    })
}

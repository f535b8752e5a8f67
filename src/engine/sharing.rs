//! One process owns the engine; others see, and put their jobs in.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    Role,
    desk::Desk,
    fetching::ASKED_FOR,
    handing_in::HandedIn,
    hub::{Bell, Hub, Ring},
};
use crate::{
    job::{Job, Outcome, Problem, ResultState},
    journal::{Claim, JournalError, OwnerLock, claim, wait_for_claim},
};

/// How often a process without a socket looks into the journal.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a process that goes on again is found to do so.
const PAUSE: Duration = Duration::from_millis(20);
/// Rings that may wait; a further one waits at the socket.
const RINGS: usize = 16;
/// Jobs read at a time when another process wrote.
const WINDOW: usize = 500;

/// What this process is, and its line to the others.
pub(super) struct Sharing {
    role: Role,
    lock: Option<OwnerLock>,
    hub: Option<Hub>,
    ring: mpsc::Sender<Ring>,
    rings: Option<mpsc::Receiver<Ring>>,
    claimed: Option<oneshot::Receiver<OwnerLock>>,
    pub(super) handed_in: HandedIn,
    look_at: Option<Instant>,
    /// When to try again to settle what the last owner left behind.
    settle_at: Option<Instant>,
    rev: i64,
    /// This process is about to be stopped: it takes no lock.
    pauses: Arc<AtomicBool>,
}

impl Sharing {
    pub(super) fn new(read_only: bool) -> Self {
        let (ring, rings) = mpsc::channel(RINGS);
        Self {
            role: if read_only { Role::ReadOnly } else { Role::Starting },
            lock: None,
            hub: None,
            ring,
            rings: Some(rings),
            claimed: None,
            handed_in: HandedIn::default(),
            look_at: None,
            settle_at: None,
            rev: 0,
            pauses: Arc::default(),
        }
    }

    /// From now on no lock is taken, and one that has just come is let go; or they are again.
    pub(super) fn pause(&mut self, pauses: bool, dir: &Path) {
        self.pauses.store(pauses, Ordering::SeqCst);
        if pauses && let Some(Ok(lock)) = self.claimed.as_mut().map(oneshot::Receiver::try_recv) {
            // A stopped process would keep it from all others.
            drop(lock);
            self.wait_for_lock(dir);
        }
    }

    fn wait_for_lock(&mut self, dir: &Path) {
        self.claimed = Some(wait_on_thread(dir.to_path_buf(), Arc::clone(&self.pauses)));
    }

    pub(super) fn take_rings(&mut self) -> mpsc::Receiver<Ring> {
        // Taken once, at the start of the loop; a second call would get a closed channel.
        self.rings.take().unwrap_or_else(|| mpsc::channel(1).1)
    }

    pub(super) const fn role(&self) -> Role {
        self.role
    }

    pub(super) const fn is_owner(&self) -> bool {
        matches!(self.role, Role::Owner)
    }

    /// Whether nothing lies about from the last owner: what is `sending` or `fetching` is this one's.
    pub(super) const fn is_settled(&self) -> bool {
        self.settle_at.is_none()
    }

    /// The owner lock, once its holder has gone; pending for ever where nobody waits for it.
    pub(super) async fn claimed(&mut self) -> Option<OwnerLock> {
        match &mut self.claimed {
            Some(lock) => {
                let lock = lock.await.ok();
                self.claimed = None;
                lock
            }
            None => std::future::pending().await,
        }
    }

    pub(super) fn tell_changed(&self) {
        if let Some(hub) = &self.hub {
            hub.tell_changed();
        }
    }

    /// For a task beside the desk; none without a socket, where the others look by the clock.
    pub(super) fn bell(&self) -> Option<Bell> {
        self.hub.as_ref().map(Hub::bell)
    }

    pub(super) fn ask_poll(&self) {
        if let Some(hub) = &self.hub {
            hub.ask_poll();
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        [self.handed_in.next(), self.look_at, self.settle_at].into_iter().flatten().min()
    }

    pub(super) fn let_go(&mut self) {
        self.hub = None;
        self.lock = None;
    }

    /// Lets the engine go to another process, to take part again later.
    pub(super) async fn hand_over(&mut self) {
        if let Some(hub) = self.hub.take() {
            hub.close().await;
        }
        self.let_go();
        self.role = Role::Starting;
        self.look_at = None;
    }

    /// Whether this process has to take part anew: somebody removed the file that it has locked.
    pub(super) fn has_lost_lock(&self) -> bool {
        self.lock.as_ref().is_some_and(|lock| !lock.is_in_place())
    }

    pub(super) const fn has_handed_over(&self) -> bool {
        matches!(self.role, Role::Starting)
    }
}

impl Desk {
    /// Becomes the owner, or a view of the one there is.
    pub(super) async fn take_part(&mut self) {
        if self.sharing.role == Role::ReadOnly {
            self.sharing.look_at = Some(Instant::now());
            return;
        }
        if self.forbidden.is_some() {
            // It could do nothing with the lock but keep it from others.
            self.become_view(crate::journal::owner_pid(self.journal.dir())).await;
            return;
        }
        match claim(self.journal.dir()) {
            Ok(Claim::Mine(lock)) => self.become_owner(lock).await,
            Ok(Claim::Held { pid }) => {
                self.sharing.wait_for_lock(self.journal.dir());
                self.become_view(pid).await;
            }
            Err(error) => {
                let dir = self.journal.dir().display();
                tracing::error!("the owner lock in {dir} cannot be used: {error}; nothing is sent or polled");
                self.forbidden =
                    Some(Problem::new("journal", format!("the owner lock in {dir} failed: {error}")));
                self.sharing.role = Role::ReadOnly;
            }
        }
    }

    pub(super) async fn become_owner(&mut self, lock: OwnerLock) {
        if self.sharing.pauses.load(Ordering::SeqCst) {
            drop(lock);
            return self.sharing.wait_for_lock(self.journal.dir());
        }
        if matches!(self.sharing.role, Role::View { .. }) {
            tracing::info!("the other Taxiway has ended: this one sends and polls now");
        }
        self.sharing.lock = Some(lock);
        self.sharing.role = Role::Owner;
        self.polling.begin();
        self.sharing.handed_in.clear();
        let hub = Hub::listen(self.journal.dir(), self.sharing.ring.clone());
        self.sharing.look_at = hub.is_err().then(Instant::now);
        self.sharing.hub = hub
            .map_err(|error| tracing::warn!("no socket for other windows: {error}; looking each second"))
            .ok();
        self.sharing.settle_at = Some(Instant::now());
        self.settle_if_due().await;
    }

    /// As a new owner: settles what the last one left behind, until the journal takes it. Nothing is sent or
    /// fetched before, since the journal could not tell this owner's jobs from the last one's.
    pub(super) async fn settle_if_due(&mut self) {
        if self.sharing.settle_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        self.sharing.settle_at = match self.settle().await {
            Ok(()) => {
                self.ask_usage();
                None
            }
            Err(error) => {
                tracing::error!("what the last run left behind is not settled yet, trying again: {error}");
                Some(Instant::now() + LOOK_EVERY)
            }
        };
    }

    async fn settle(&mut self) -> Result<(), JournalError> {
        let jobs = self.journal.recover(Timestamp::now()).await?;
        for job in &jobs {
            tracing::warn!(job = job.id.0, "{} after the last run: {}", job.label(), reason(job));
        }
        self.publish(jobs).await;
        self.look().await;
        self.take_live().await?;
        for job in self.book.tracked.iter().filter_map(|id| self.book.get(*id)) {
            // A command that lives for a moment asks about none but its own: ten of them in a row would be
            // ten pollers. A screen wants news, and is not opened every second.
            self.polling.follow_on(job, self.has_screen(), &self.config.poll);
        }
        self.remember_blocked().await
    }

    async fn become_view(&mut self, owner: Option<u32>) {
        self.sharing.role = Role::View { owner };
        self.sharing.hub = Some(Hub::connect(self.journal.dir(), self.sharing.ring.clone()));
        if let Err(error) = self.take_live().await {
            tracing::error!("{error}");
        }
        self.look().await;
    }

    pub(super) async fn hear(&mut self, ring: Ring) {
        match ring {
            Ring::Changed => self.look().await,
            Ring::PollNow => self.poll_now(&[]),
            // The owner may be starting, leaving or dead; the lock tells which, meanwhile we look.
            // What was said of the owner before us; our own socket stays.
            Ring::Lost if self.sharing.is_owner() => {}
            Ring::Lost => {
                self.sharing.hub = None;
                self.sharing.look_at = Some(Instant::now() + LOOK_EVERY);
            }
        }
    }

    /// Without a socket, looks by the clock, and as a view tries the socket again.
    pub(super) async fn look_if_alone(&mut self) {
        if self.sharing.look_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        self.sharing.look_at = None;
        match self.sharing.role {
            Role::View { .. } => {
                self.refresh_owner();
                let hub = Hub::connect(self.journal.dir(), self.sharing.ring.clone());
                // What was put in meanwhile, nobody has told the owner of.
                hub.tell_changed();
                self.sharing.hub = Some(hub);
            }
            Role::Owner | Role::ReadOnly => {
                self.sharing.look_at = Some(Instant::now() + LOOK_EVERY);
            }
            Role::Starting => {}
        }
        self.look().await;
    }

    fn refresh_owner(&mut self) {
        self.sharing.role = Role::View { owner: crate::journal::owner_pid(self.journal.dir()) };
    }

    /// What is in the journal now is told as its history; later looks read what came after.
    pub(super) async fn begin_at_the_newest(&mut self) {
        let told = match &mut self.browsing {
            Some(browsing) => browsing.rev().await,
            None => None,
        };
        let rev = match told {
            Some(rev) => Ok(rev),
            None => self.journal.rev().await,
        };
        match rev {
            Ok(rev) => self.sharing.rev = rev,
            Err(error) => tracing::error!("{error}"),
        }
    }

    /// Reads what other processes wrote since the last look.
    pub(super) async fn look(&mut self) {
        self.flush_news().await;
        loop {
            let (jobs, rev) = match self.journal.changed_since(self.sharing.rev, WINDOW).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!("{error}");
                    return;
                }
            };
            // Not by how many jobs there are: a row that cannot be read is none.
            let more = rev != self.sharing.rev;
            self.sharing.rev = rev;
            let news: Vec<_> = jobs.into_iter().filter(|job| self.book.get(job.id) != Some(job)).collect();
            for job in &news {
                self.notice(job);
            }
            self.sharing.handed_in.see(&news);
            self.take_in(&news);
            if !news.is_empty() {
                self.tell(super::Update::Jobs(news)).await;
            }
            if !more {
                return;
            }
        }
    }

    /// What another process did stands in the log, too.
    fn notice(&mut self, job: &Job) {
        let known = self.book.get(job.id).and_then(|known| known.consent);
        if job.waits_to_be_sent() && job.problem.is_none() && job.consent != known {
            self.new_word(job);
        }
        if self.book.get(job.id).is_none_or(|known| known.label() != job.label()) {
            tracing::info!(job = job.id.0, "{}", job.label());
        }
        self.want_if_asked(job);
    }

    /// A pending video that another process asked for is fetched though `download.auto` is off.
    fn want_if_asked(&mut self, job: &Job) {
        let asked = |result: &Outcome| {
            result.state == ResultState::Pending && result.problem.as_deref() == Some(ASKED_FOR)
        };
        if self.sharing.is_owner() && job.result.as_ref().is_some_and(asked) {
            self.fetching.want(job.id);
        }
    }
}

fn reason(job: &Job) -> String {
    let problem = job.problem.as_ref().map(|problem| problem.message.clone());
    problem.or_else(|| job.result.as_ref()?.problem.clone()).unwrap_or_default()
}

/// Waits for the owner lock on a thread of its own; the thread ends with the lock, or the process.
fn wait_on_thread(dir: PathBuf, pauses: Arc<AtomicBool>) -> oneshot::Receiver<OwnerLock> {
    let (give, take) = oneshot::channel();
    let wait = move || loop {
        match wait_for_claim(&dir) {
            // What got it as this process is being stopped lets it go again, until that is over.
            Ok(lock) if pauses.load(Ordering::SeqCst) => drop(lock),
            // Nobody there to take it: it is released at once.
            Ok(lock) => return drop(give.send(lock)),
            Err(error) => return tracing::error!("the owner lock in {} failed: {error}", dir.display()),
        }
        while pauses.load(Ordering::SeqCst) {
            thread::sleep(PAUSE);
        }
    };
    let waiting = thread::Builder::new().name("owner lock".into()).spawn(wait);
    if let Err(error) = waiting {
        tracing::error!("no thread to wait for the owner lock: {error}");
    }
    take
}

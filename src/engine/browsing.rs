//! What a screen shows of the journal: windows of jobs, searches, names. It has a thread and a connection of its own, so
//! that neither the desk nor what is written waits for it, and a screen holds no more of the journal than it shows.

use std::{
    io,
    thread::{self, JoinHandle},
};

use jiff::Timestamp;
use tokio::{
    runtime,
    sync::{
        mpsc::{self, error::TryRecvError},
        oneshot,
    },
};

use super::{
    Detail, Ticket, Told, Update,
    desk::{Desk, complain},
};
use crate::{
    job::{Filter, History, Job, JobId, Order},
    journal::{Journal, JournalError, Reader, Search},
};

/// So many questions wait; further ones are refused. Each takes milliseconds.
const QUESTIONS: usize = 64;
/// Live jobs that are read and told at once: few, for what is read of thousands at once is never given back whole.
const WINDOW: usize = 64;
/// The newest jobs, which are told before anything is asked: more than a terminal shows.
const FIRST: usize = 100;
/// The newest successes, of which is learned what is usual.
const PAST: usize = 1_000;

/// To who reads for a screen. Bounded: what finds no room is not read now.
pub type Finds = mpsc::Sender<Wanted>;

/// What a screen wants to read.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The numbers of all jobs that pass, in order; from now on none of an earlier question any more.
    Rows {
        /// Comes back with each part of the answer.
        seq: u64,
        /// Who passes.
        filter: Filter,
        /// In which order.
        order: Order,
    },
    /// These jobs, at most some hundred.
    Jobs(Vec<JobId>),
    /// The jobs that words mean: numbers, task ids, or how these begin.
    Named {
        /// Comes back with the answer.
        ticket: Ticket,
        /// As typed.
        words: Vec<String>,
    },
    /// All jobs that pass, archived ones as the filter says.
    Passing {
        /// Comes back with the answer.
        ticket: Ticket,
        /// Who passes.
        filter: Filter,
        /// Tell the jobs themselves, too.
        whole: bool,
    },
    /// The jobs of a sweep.
    Sweep(String),
}

/// What was read.
#[derive(Clone, Debug)]
pub enum Found {
    /// Further rows.
    Rows {
        /// The question's.
        seq: u64,
        /// Those that come after the ones told so far.
        ids: Vec<JobId>,
        /// They are the first.
        first: bool,
        /// They are the last.
        last: bool,
        /// How many jobs are not archived, and the newest job that was there when they were counted.
        total: (usize, JobId),
    },
    /// Jobs.
    Jobs {
        /// As they were when they were read.
        jobs: Vec<Job>,
        /// Those that cannot be read, or are not there.
        gone: Vec<JobId>,
    },
    /// For each word the jobs that it may mean.
    Named {
        /// The question's.
        ticket: Ticket,
        /// The words in their order.
        found: Vec<(String, Vec<Job>)>,
    },
    /// The jobs that pass.
    Passing {
        /// The question's.
        ticket: Ticket,
        /// All, newest first.
        ids: Vec<JobId>,
        /// Them, where they were wanted.
        jobs: Vec<Job>,
    },
    /// The jobs of a sweep.
    Sweep {
        /// Its name.
        group: String,
        /// Each with its state as the screen shows it.
        members: Vec<(JobId, &'static str)>,
    },
    /// What jobs took so far; told once, at the start.
    Usual(History),
    /// The engine has too much to do at the moment, or has ended: this was not read.
    NotNow(Wanted),
}

/// The thread that reads for a screen.
pub(super) struct Browsing {
    /// The number of the last write before it began to read.
    rev: Option<oneshot::Receiver<i64>>,
    /// Dropped to have it end.
    stay: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Browsing {
    /// Begins with what a screen shows at its start: memos, the newest jobs, the live ones; then it hears questions.
    /// Returns before anything is read.
    pub(super) fn start(journal: Journal, updates: mpsc::Sender<Update>) -> io::Result<(Self, Finds)> {
        let (finds, asked) = mpsc::channel(QUESTIONS);
        let ((rev_told, rev), (stay, left)) = (oneshot::channel(), oneshot::channel());
        let browse = move || {
            let reader = journal.browser();
            // The journal is closed by whoever lets go of it last, and that is not this thread.
            drop(journal);
            match reader {
                Ok(reader) => Browser { reader, updates, asked, left, search: None }.run(rev_told),
                Err(error) => {
                    tracing::error!("the journal cannot be read for the screen: {error}");
                    drop(rev_told);
                    let _ = updates.blocking_send(Update::Loaded);
                }
            }
        };
        let thread = thread::Builder::new().name("browse".into()).spawn(browse)?;
        Ok((Self { rev: Some(rev), stay, thread }, finds))
    }

    /// The number of the last write before anything was read: what came later is for the desk to tell. None where
    /// nothing could be read, which was told, and the second time.
    pub(super) async fn rev(&mut self) -> Option<i64> {
        self.rev.take()?.await.ok()
    }

    /// Ends it, and returns when its connection is closed: the journal's last one to close tidies up, and this one
    /// may not.
    pub(super) async fn end(self) {
        drop(self.stay);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the thread that reads the journal for the screen ended in a panic");
        }
    }
}

struct Browser {
    reader: Reader,
    updates: mpsc::Sender<Update>,
    asked: mpsc::Receiver<Wanted>,
    /// Told when the engine leaves.
    left: oneshot::Receiver<()>,
    search: Option<Running>,
}

/// The search that is under way.
struct Running {
    seq: u64,
    filter: Filter,
    order: Order,
    search: Search,
    began: bool,
}

/// The screen has gone, or the engine leaves.
struct Gone;

impl Browser {
    fn run(mut self, rev_told: oneshot::Sender<i64>) {
        match self.reader.rev() {
            // Nobody waits for it where the engine has ended already.
            Ok(rev) => drop(rev_told.send(rev)),
            Err(error) => {
                tracing::error!("{error}");
                // The desk asks for itself then.
                drop(rev_told);
            }
        }
        let _: Result<(), Gone> = self.begin().and_then(|()| self.hear());
    }

    fn tell(&self, update: Update) -> Result<(), Gone> {
        self.updates.blocking_send(update).map_err(|_| Gone)
    }

    fn found(&self, found: Found) -> Result<(), Gone> {
        self.tell(Update::Found(found))
    }

    fn begin(&self) -> Result<(), Gone> {
        self.tell(Update::Memos(or_none(self.reader.memos())))?;
        let newest = or_none(self.reader.page(None, FIRST));
        self.found(Found::Jobs { jobs: newest, gone: Vec::new() })?;
        let mut after = JobId(0);
        loop {
            let (jobs, last) = self.reader.live(after, WINDOW).unwrap_or_else(|error| {
                tracing::error!("{error}");
                (Vec::new(), None)
            });
            let Some(last) = last else { return self.tell(Update::Loaded) };
            after = last;
            self.found(Found::Jobs { jobs, gone: Vec::new() })?;
        }
    }

    /// Answers questions, and between them, as long as there are none, goes on with the search.
    fn hear(&mut self) -> Result<(), Gone> {
        let waits = runtime::Builder::new_current_thread().build().map_err(|error| {
            tracing::error!("the journal is not read for the screen any more: {error}");
            Gone
        })?;
        let mut has_learned = false;
        loop {
            if !matches!(self.left.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
                return Err(Gone);
            }
            let wanted = match self.asked.try_recv() {
                Ok(wanted) => Some(wanted),
                Err(TryRecvError::Disconnected) => return Err(Gone),
                Err(TryRecvError::Empty) if self.search.is_some() => None,
                Err(TryRecvError::Empty) if !has_learned => {
                    has_learned = true;
                    self.learn()?;
                    continue;
                }
                Err(TryRecvError::Empty) => Some(waits.block_on(self.next()).ok_or(Gone)?),
            };
            match wanted {
                Some(wanted) => self.answer(wanted)?,
                None => self.go_on()?,
            }
        }
    }

    async fn next(&mut self) -> Option<Wanted> {
        tokio::select! {
            biased;
            _ = &mut self.left => None,
            wanted = self.asked.recv() => wanted,
        }
    }

    fn learn(&self) -> Result<(), Gone> {
        let usual = self.reader.usual(PAST).unwrap_or_else(|error| {
            tracing::error!("{error}");
            History::default()
        });
        self.found(Found::Usual(usual))
    }

    fn answer(&mut self, wanted: Wanted) -> Result<(), Gone> {
        match wanted {
            Wanted::Rows { seq, filter, order } => {
                // Not begun yet: a newer question may be waiting already.
                let search = Search::new(filter.clone(), order, Timestamp::now());
                self.search = Some(Running { seq, filter, order, search, began: false });
                Ok(())
            }
            Wanted::Jobs(ids) => match self.reader.jobs(&ids) {
                Ok(jobs) => {
                    let is_gone = |id: &JobId| !jobs.iter().any(|job| job.id == *id);
                    let gone = ids.into_iter().filter(is_gone).collect();
                    self.found(Found::Jobs { jobs, gone })
                }
                Err(error) => self.not_now(Wanted::Jobs(ids), &error),
            },
            Wanted::Named { ticket, words } => {
                let found: Result<_, _> = words.into_iter().map(|word| self.named(word)).collect();
                self.answer_as(ticket, found.map(|found| Found::Named { ticket, found }))
            }
            Wanted::Passing { ticket, filter, whole } => {
                let found = self.passing(filter).and_then(|ids| {
                    let jobs = if whole { self.reader.jobs(&ids)? } else { Vec::new() };
                    Ok(Found::Passing { ticket, ids, jobs })
                });
                self.answer_as(ticket, found)
            }
            Wanted::Sweep(group) => match self.members(&group) {
                Ok(members) => self.found(Found::Sweep { group, members }),
                Err(error) => self.not_now(Wanted::Sweep(group), &error),
            },
        }
    }

    /// What could not be read is no answer: it is asked for again.
    fn not_now(&self, wanted: Wanted, error: &JournalError) -> Result<(), Gone> {
        tracing::error!("{error}");
        self.found(Found::NotNow(wanted))
    }

    fn answer_as(&self, ticket: Ticket, found: Result<Found, JournalError>) -> Result<(), Gone> {
        match found {
            Ok(found) => self.found(found),
            Err(error) => self.tell(Update::Answer { ticket, outcome: Err(error.problem()) }),
        }
    }

    fn named(&self, word: String) -> Result<(String, Vec<Job>), JournalError> {
        let jobs = self.reader.find(word.strip_prefix('#').unwrap_or(&word))?;
        Ok((word, jobs))
    }

    fn members(&self, group: &str) -> Result<Vec<(JobId, &'static str)>, JournalError> {
        let mut members = Vec::new();
        for ids in self.reader.of_group(group)?.chunks(WINDOW) {
            members.extend(self.reader.jobs(ids)?.iter().map(|job| (job.id, job.label())));
        }
        Ok(members)
    }

    fn passing(&self, filter: Filter) -> Result<Vec<JobId>, JournalError> {
        let mut search = Search::new(filter, Order::default(), Timestamp::now());
        let mut ids = Vec::new();
        while !search.is_done() {
            ids.extend(self.reader.search(&mut search)?);
        }
        Ok(ids)
    }

    /// The next part of the search. Before the first rows the screen is told the jobs that it is about to show.
    fn go_on(&mut self) -> Result<(), Gone> {
        let Some(mut running) = self.search.take() else { return Ok(()) };
        let read = self.reader.search(&mut running.search).and_then(|ids| Ok((ids, self.reader.total()?)));
        let (ids, total) = match read {
            Ok(read) => read,
            Err(error) => {
                let Running { seq, filter, order, .. } = running;
                return self.not_now(Wanted::Rows { seq, filter, order }, &error);
            }
        };
        let (seq, first, last) = (running.seq, !running.began, running.search.is_done());
        // The newest were told at the start.
        if first && !(running.filter.is_empty() && running.order == Order::default()) {
            let shown: Vec<_> = ids.iter().copied().take(FIRST).collect();
            self.found(Found::Jobs { jobs: or_none(self.reader.jobs(&shown)), gone: Vec::new() })?;
        }
        running.began = true;
        self.search = (!last).then_some(running);
        self.found(Found::Rows { seq, ids, first, last, total })
    }
}

impl Desk {
    pub(super) async fn inspect(&mut self, id: JobId) {
        self.flush_news().await;
        match self.detail(id).await {
            Ok(Some(detail)) => self.tell(Update::Detail(Box::new(detail))).await,
            Ok(None) => tracing::warn!(job = id.0, "the journal holds no such job"),
            Err(error) => complain(id, &error),
        }
    }

    async fn detail(&self, id: JobId) -> Result<Option<Detail>, JournalError> {
        let Some((job, timeline, reply)) = self.journal.detail(id).await? else { return Ok(None) };
        let kin = self.journal.kin(id).await?;
        Ok(Some(Detail { job, timeline, reply, kin }))
    }

    /// Tells what is in the journal at the start; to a screen on a thread of its own, beside all that follows.
    pub(super) async fn tell_journal(&mut self) {
        match self.told_of {
            Told::News => self.tell(Update::Loaded).await,
            Told::Windows => {}
            Told::All => self.tell_all().await,
        }
    }

    async fn tell_all(&self) {
        let (mut before, mut more) = (None, true);
        while more {
            match self.journal.page(before, 500).await {
                Ok(jobs) => {
                    before = jobs.last().map(|job| job.id);
                    more = before.is_some();
                    self.tell(Update::Jobs(jobs)).await;
                }
                Err(error) => {
                    tracing::error!("{error}");
                    more = false;
                }
            }
        }
        match self.journal.memos().await {
            Ok(memos) => self.tell(Update::Memos(memos)).await,
            Err(error) => tracing::error!("{error}"),
        }
        self.tell(Update::Loaded).await;
    }
}

/// What cannot be read is told in the log, and the screen goes on without it.
fn or_none<T>(read: Result<Vec<T>, JournalError>) -> Vec<T> {
    read.unwrap_or_else(|error| {
        tracing::error!("{error}");
        Vec::new()
    })
}

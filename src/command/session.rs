//! The engine as a command uses it: ask, follow the jobs, leave.

use std::{collections::HashMap, future::Future, path::PathBuf, time::Duration};

use futures_util::FutureExt;
use rustix::process::{self, getpid, kill_process};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{Exit, Output};
use crate::{
    config::Config,
    engine::{self, Command, Engine, Reconciliation, Setup, Status, Stop, Ticket, Told, Update},
    job::{Account, Job, JobId, Problem, State},
    journal::{Imports, Journal},
};

/// How long the process stays on to store the id of a request under way.
pub(super) const LEAVE_LIMIT: Duration = Duration::from_secs(20);

/// A running engine, and what it told so far.
pub(super) struct Session {
    commands: mpsc::Sender<Command>,
    updates: mpsc::Receiver<Update>,
    pub(super) jobs: HashMap<JobId, Job>,
    pub(super) status: Status,
    ticket: Ticket,
    /// Whose jobs are sent and polled here; none without a key, and where nothing is.
    pub(super) account: Option<Account>,
    dir: PathBuf,
}

/// The signals that end a command. From the moment this is made none of them ends the process; what
/// came since then and was not asked for is kept.
pub(super) struct Signals {
    hangup: Option<Signal>,
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Signals {
    pub(super) fn catch() -> Result<Self, Problem> {
        // `nohup`, or a shell that starts it in the background, wants the signal to be nothing to us.
        let ignored = ignored();
        let listen = |kind: SignalKind| {
            let is_ignored = ignored >> (kind.as_raw_value() - 1) & 1 == 1;
            (!is_ignored)
                .then(|| signal(kind))
                .transpose()
                .map_err(|e| Problem::new("machine", format!("signals cannot be caught: {e}")))
        };
        Ok(Self {
            hangup: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// The next one, as the end that it means.
    pub(super) async fn next(&mut self) -> Exit {
        tokio::select! {
            () = comes(&mut self.hangup) => Exit::Signal(1),
            () = comes(&mut self.interrupt) => Exit::Signal(2),
            () = comes(&mut self.terminate) => Exit::Signal(15),
        }
    }

    /// One that has come already.
    pub(super) async fn arrived(&mut self) -> Option<Exit> {
        // The runtime looks what came when it is given a turn.
        tokio::task::yield_now().await;
        self.next().now_or_never()
    }

    /// Runs `work` unless a signal comes first.
    pub(super) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Exit> {
        tokio::select! {
            done = work => Ok(done),
            exit = self.next() => Err(exit),
        }
    }
}

async fn comes(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// The signals that this process was started to ignore, signal 1 in the lowest bit; none where the system
/// does not tell.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

impl Session {
    /// Starts an engine. Signals are caught before it can have anything in its hands.
    pub(super) fn start(
        config: &Config,
        journal: Journal,
        read_only: bool,
    ) -> Result<(Self, Signals), Problem> {
        Self::start_as(Setup { journal, config: config.clone(), read_only, told: Told::News })
    }

    /// As [`Session::start`]. Where `setup` wants the history, whoever hears [`Update::MayStop`] has to say
    /// [`Command::GoOn`] after it.
    pub(super) fn start_as(setup: Setup) -> Result<(Self, Signals), Problem> {
        let signals = Signals::catch()?;
        let account = setup.config.account().filter(|_| !setup.read_only);
        let dir = setup.journal.dir().to_path_buf();
        let Engine { commands, updates, .. } = engine::start(setup)
            .map_err(|error| Problem::new("machine", format!("the engine could not be started: {error}")))?;
        let (jobs, status) = (HashMap::new(), Status::default());
        Ok((Self { commands, updates, jobs, status, ticket: 0, account, dir }, signals))
    }

    /// The journal beside the engine's own, for looking only.
    pub(super) fn journal_to_look_at(&self) -> Result<Journal, Problem> {
        Journal::open_read_only(&self.dir).map_err(|error| error.problem())
    }

    /// Waits until the engine tells all that becomes of jobs from now on.
    pub(super) async fn loaded(&mut self) -> Result<(), Problem> {
        while !matches!(self.next().await.ok_or_else(ended)?, Update::Loaded) {}
        Ok(())
    }

    /// Has a command carried out; tells the jobs that it made or touched.
    pub(super) async fn ask(
        &mut self,
        command: impl FnOnce(Ticket) -> Command,
    ) -> Result<Vec<JobId>, Problem> {
        self.hear(command, |update| match update {
            Update::Answer { ticket, outcome } => Some((ticket, outcome)),
            _ => None,
        })
        .await
    }

    /// Has the unsure jobs looked up.
    pub(super) async fn reconcile(&mut self) -> Result<Reconciliation, Problem> {
        self.hear(
            |ticket| Command::Reconcile { ticket },
            |update| match update {
                Update::Reconciled { ticket, outcome } => Some((ticket, outcome)),
                _ => None,
            },
        )
        .await
    }

    /// Has the service asked to stop the tasks of these jobs.
    pub(super) async fn cancel(&mut self, ids: Vec<JobId>) -> Result<Vec<(JobId, Stop)>, Problem> {
        self.hear(
            |ticket| Command::Cancel { ticket, ids },
            |update| match update {
                Update::Cancelled { ticket, outcome } => Some((ticket, outcome)),
                _ => None,
            },
        )
        .await
    }

    /// Has jobs of another journal taken in.
    pub(super) async fn import(&mut self, jobs: Vec<Job>) -> Result<Imports, Problem> {
        self.hear(
            |ticket| Command::Import { ticket, jobs },
            |update| match update {
                Update::Imported { ticket, outcome } => Some((ticket, outcome)),
                _ => None,
            },
        )
        .await
    }

    /// Gives a command, and waits for the update that is its answer.
    async fn hear<T>(
        &mut self,
        command: impl FnOnce(Ticket) -> Command,
        answer: impl Fn(Update) -> Option<(Ticket, Result<T, Problem>)>,
    ) -> Result<T, Problem> {
        let given = self.give(command).await?;
        loop {
            let update = self.next().await.ok_or_else(ended)?;
            if let Some((ticket, outcome)) = answer(update)
                && ticket == given
            {
                return outcome;
            }
        }
    }

    /// Gives a command, for one who hears its answer from [`Session::next`], by the ticket.
    pub(super) async fn give(&mut self, command: impl FnOnce(Ticket) -> Command) -> Result<Ticket, Problem> {
        self.ticket += 1;
        self.commands.send(command(self.ticket)).await.map_err(|_| ended())?;
        Ok(self.ticket)
    }

    /// The next update, already taken into account; `None` when the engine has ended.
    pub(super) async fn next(&mut self) -> Option<Update> {
        let update = self.updates.recv().await?;
        match &update {
            Update::Jobs(jobs) => self.jobs.extend(jobs.iter().map(|job| (job.id, job.clone()))),
            Update::Status(status) => self.status = status.clone(),
            Update::MayStop => stop(),
            Update::Left => return None,
            _ => {}
        }
        Some(update)
    }

    /// Lets the engine end: nothing further is sent, and the id of a request under way is stored. `jobs` are
    /// then as they were left. Only where somebody `hurries` us, or sends a signal meanwhile, that takes
    /// [`LEAVE_LIMIT`] at most: the request may be another shell's, and its answer takes what it takes.
    pub(super) async fn leave(&mut self, signals: &mut Signals, output: &mut Output, hurries: bool) {
        let sending = self.status.posting > 0 && self.jobs.values().any(|job| job.state == State::Sending);
        if sending {
            let limit = if hurries { "up to 20 s " } else { "" };
            output.say(&format!("a request is on its way: staying {limit}to store its id"));
        }
        let what = if sending {
            "its answer: without its id its job would be unsure"
        } else {
            "the end of its work"
        };
        let mut deadline = hurries.then(|| Instant::now() + LEAVE_LIMIT);
        let gone = async {
            // An engine that cannot take the word has ended already.
            let _ = self.commands.send(Command::Leave).await;
            while self.next().await.is_some() {}
            self.commands.closed().await;
        };
        tokio::pin!(gone);
        loop {
            tokio::select! {
                () = &mut gone => return,
                _ = signals.next() => {
                    let end = *deadline.get_or_insert_with(|| Instant::now() + LEAVE_LIMIT);
                    let left = end.saturating_duration_since(Instant::now()).as_secs();
                    output.say(&format!("still waiting, {left} s at most, for {what}"));
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    output.say(if sending {
                        "its answer did not come: its job will be shown as unsure"
                    } else {
                        "Taxiway's work did not end in time; the next start goes on with it"
                    });
                    return;
                }
            }
        }
    }
}

/// As [`Session::leave`], for an engine whose updates nobody hears any more. Says whether it ended in
/// time.
pub(super) async fn leave(commands: &mpsc::Sender<Command>) -> bool {
    let gone = async {
        // An engine that cannot take the word has ended already.
        let _ = commands.send(Command::Leave).await;
        commands.closed().await;
    };
    tokio::time::timeout(LEAVE_LIMIT, gone).await.is_ok()
}

/// Why nothing more is heard of an engine.
pub(super) fn ended() -> Problem {
    Problem::new("machine", "the engine has ended; the log says why")
}

/// Stops this process, as its shell asked, until that lets it go on.
pub(super) fn stop() {
    if let Err(error) = kill_process(getpid(), process::Signal::STOP) {
        tracing::warn!("this process cannot be stopped: {error}");
    }
}

/// Runs `work` unless a signal comes first.
pub(super) async fn unless_signalled<T>(work: impl Future<Output = T>) -> Result<T, Exit> {
    Signals::catch().map_err(|_| Exit::Machine)?.or(work).await
}

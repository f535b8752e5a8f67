//! The engine as a command uses it: ask, follow the jobs, leave.

use std::{collections::HashMap, future::Future, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use super::{Exit, Output};
use crate::{
    config::Config,
    engine::{self, Command, Engine, Setup, Status, Ticket, Update},
    job::{Job, JobId, Problem},
    journal::Journal,
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
}

impl Session {
    pub(super) fn start(config: &Config, journal: Journal, read_only: bool) -> Result<Self, Problem> {
        let setup = Setup { journal, config: config.clone(), read_only, history: false };
        let Engine { commands, updates } = engine::start(setup)
            .map_err(|error| Problem::new("machine", format!("the engine could not be started: {error}")))?;
        Ok(Self { commands, updates, jobs: HashMap::new(), status: Status::default(), ticket: 0 })
    }

    /// Has a command carried out; tells the jobs that it made or touched.
    pub(super) async fn ask(
        &mut self,
        command: impl FnOnce(Ticket) -> Command,
    ) -> Result<Vec<JobId>, Problem> {
        self.ticket += 1;
        let ended = || Problem::new("machine", "the engine has ended; the log says why");
        self.commands.send(command(self.ticket)).await.map_err(|_| ended())?;
        loop {
            match self.next().await {
                Some(Update::Answer { ticket, outcome }) if ticket == self.ticket => return outcome,
                Some(_) => {}
                None => return Err(ended()),
            }
        }
    }

    /// The next update, already taken into account; `None` when the engine has ended.
    pub(super) async fn next(&mut self) -> Option<Update> {
        let update = self.updates.recv().await?;
        match &update {
            Update::Jobs(jobs) => self.jobs.extend(jobs.iter().map(|job| (job.id, job.clone()))),
            Update::Status(status) => self.status = status.clone(),
            Update::Left => return None,
            _ => {}
        }
        Some(update)
    }

    /// Lets the engine end: nothing further is sent, the id of a request under way is stored, within
    /// [`LEAVE_LIMIT`]. `jobs` are then as they were left.
    pub(super) async fn leave(&mut self, output: &mut Output) {
        if self.status.posting > 0 {
            output.say("a request is on its way: staying up to 20 s to store its id");
        }
        let gone = async {
            // An engine that cannot take the word has ended already.
            let _ = self.commands.send(Command::Leave).await;
            while self.next().await.is_some() {}
            self.commands.closed().await;
        };
        if tokio::time::timeout(LEAVE_LIMIT, gone).await.is_err() {
            output.say("its answer did not come: its job will be shown as unsure");
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

/// Runs `work` unless a signal comes first.
pub(super) async fn unless_signalled<T>(work: impl Future<Output = T>) -> Result<T, Exit> {
    let listen = |kind| signal(kind).map_err(|_| Exit::Machine);
    let (mut hangup, mut interrupt, mut terminate) =
        (listen(SignalKind::hangup())?, listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    tokio::select! {
        done = work => Ok(done),
        _ = hangup.recv() => Err(Exit::Signal(1)),
        _ = interrupt.recv() => Err(Exit::Signal(2)),
        _ = terminate.recv() => Err(Exit::Signal(15)),
    }
}

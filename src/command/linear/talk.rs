//! The conversation: asks, hears answers, and says what changes meanwhile.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, IsTerminal},
};

use futures_util::FutureExt;
use rustix::{
    process::getpgrp,
    termios::{QueueSelector, tcflush, tcgetpgrp},
};
use tokio::select;

use super::{input::Input, words};
use crate::{
    command::{
        Exit, Output,
        context::find,
        demo::Shown,
        follow::step,
        session::{Session, Signals, ended, stop},
        watch::{network_text, pause_text},
    },
    config::Config,
    dashboard::{LogFeed, LogLine},
    engine::{Command, Reconciliation, Role, Setup, Status, Ticket, Update},
    job::{Draft, Job, JobId, Problem},
    journal::Journal,
};

/// So many lines of the log can be looked at; older ones are in its file.
const LOG_KEPT: usize = 1_000;
/// So many lines are told at once of what is long.
const PAGE: usize = 20;

/// The state of a conversation. Its errors are ends: [`Exit::Done`] where the user leaves, else the signal,
/// or the end of the engine.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Talk {
    pub(super) config: Config,
    pub(super) read_only: bool,
    /// What is said of a demo, in a demo.
    pub(super) demo: Option<Shown>,
    pub(super) journal: Journal,
    pub(super) session: Session,
    /// A request that was not sent, to go on with, and the job that it was made from.
    pub(super) unsent: Option<(Draft, Option<JobId>)>,
    /// The last lines of the log, the newest at the end.
    pub(super) logged: VecDeque<LogLine>,
    signals: Signals,
    output: Output,
    input: Input,
    log: LogFeed,
    /// The end of the line that an answer makes is seen by us, too.
    echoes: bool,
    /// What stands on the last line has no end yet.
    open: bool,
    /// Ctrl-C came while nobody was asked.
    interrupted: bool,
    loaded: bool,
    /// Where each job stood when that was last said.
    said: HashMap<JobId, String>,
    told: Status,
    news: Vec<String>,
}

/// What came in place of an answer, or the answer.
enum Heard {
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// No answer can come any more.
    End,
}

impl Talk {
    /// Starts the engine and the reading. Needs a runtime.
    pub(super) fn start(setup: Setup, log: LogFeed, demo: Option<Shown>) -> Result<Self, Problem> {
        let input = Input::start().map_err(|error| {
            Problem::new("machine", format!("standard input cannot be read: no thread ({error})"))
        })?;
        let (config, journal, read_only) = (setup.config.clone(), setup.journal.clone(), setup.read_only);
        let (session, signals) = Session::start_as(setup)?;
        Ok(Self {
            config,
            read_only,
            demo,
            journal,
            session,
            unsent: None,
            logged: VecDeque::new(),
            signals,
            output: Output::of_lines(),
            input,
            log,
            echoes: io::stdin().is_terminal(),
            open: false,
            interrupted: false,
            loaded: false,
            said: HashMap::new(),
            told: Status::default(),
            news: Vec::new(),
        })
    }

    /// Waits until the journal is known and what this process is, and says so.
    pub(super) async fn greet(&mut self) -> Result<(), Exit> {
        while !self.loaded || self.session.status.role == Role::Starting {
            let update = self.next_update().await?;
            self.take(&update).await?;
        }
        self.news.clear();
        self.told = self.session.status.clone();
        self.print_all(&words::greeting(self));
        Ok(())
    }

    /// Ends the engine in order, as leaving the dashboard does.
    pub(super) async fn leave(mut self) {
        self.end_line();
        self.session.leave(&mut self.signals, &mut self.output, true).await;
    }

    /// A line.
    pub(super) fn print(&mut self, line: &str) {
        self.end_line();
        self.output.line(line);
    }

    /// Lines.
    pub(super) fn print_all(&mut self, lines: &[String]) {
        for line in lines {
            self.print(line);
        }
    }

    /// What the user should know before something is sent.
    pub(super) fn warn(&mut self, warnings: &[String]) {
        for warning in warnings {
            self.print(&format!("warning: {warning}"));
        }
    }

    /// What went wrong, and what to do.
    pub(super) fn print_problem(&mut self, problem: &Problem) {
        self.print(&problem.message);
        if let Some(hint) = &problem.hint {
            self.print(&format!("  {hint}"));
        }
    }

    /// What is long: some lines at once, the rest as long as it is wanted.
    pub(super) async fn print_pages(&mut self, lines: &[String]) -> Result<(), Exit> {
        for (number, page) in lines.chunks(PAGE).enumerate() {
            let left = lines.len() - number * PAGE;
            if number > 0 && !self.is_yes(&format!("{left} left: more? [y/N] ")).await? {
                return Ok(());
            }
            self.print_all(page);
        }
        Ok(())
    }

    /// The answer to a question, without blanks around it. What changes meanwhile is said after it: what is half
    /// typed is not to be torn apart.
    pub(super) async fn line(&mut self, question: &str) -> Result<String, Exit> {
        self.answer(question, false).await
    }

    /// What is to be done next. What changes while that is waited for is said at once.
    pub(super) async fn next_choice(&mut self, question: &str) -> Result<String, Exit> {
        self.answer(question, true).await
    }

    async fn answer(&mut self, question: &str, tells: bool) -> Result<String, Exit> {
        loop {
            match self.heard(question, tells).await? {
                Heard::Line(line) => return Ok(line.trim().to_string()),
                Heard::Interrupt if self.leaves().await? => return Err(Exit::Done),
                Heard::Interrupt => {}
                Heard::End => {
                    self.print_all(&words::leaving(self));
                    return Err(Exit::Done);
                }
            }
        }
    }

    /// Whether the answer is `y`; every other one says no.
    async fn is_yes(&mut self, question: &str) -> Result<bool, Exit> {
        Ok(self.line(question).await? == "y")
    }

    /// The user's word to something that cannot be taken back: `y`, typed after the question stood there.
    pub(super) async fn agreed(&mut self, question: &str) -> Result<bool, Exit> {
        // Where that cannot be thrown away, standard input is no terminal, and was written to be read.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        self.is_yes(question).await
    }

    /// Whether the user leaves: asked where something is under way. No more input is a yes.
    pub(super) async fn leaves(&mut self) -> Result<bool, Exit> {
        let under_way = words::leaving(self);
        if under_way.is_empty() {
            return Ok(true);
        }
        self.print_all(&under_way);
        Ok(match self.heard("Leave? y or 0 leaves, everything else stays. [y/N] ", false).await? {
            Heard::Line(line) => matches!(line.trim(), "y" | "0"),
            Heard::Interrupt | Heard::End => true,
        })
    }

    async fn heard(&mut self, question: &str, tells: bool) -> Result<Heard, Exit> {
        self.tell_news();
        if std::mem::take(&mut self.interrupted) {
            return Ok(Heard::Interrupt);
        }
        self.ask_again(question);
        loop {
            select! {
                biased;
                signal = self.signals.next() => {
                    return if signal == Exit::Signal(2) { Ok(Heard::Interrupt) } else { Err(signal) };
                }
                update = self.session.next() => {
                    let update = self.or_end(update)?;
                    self.take(&update).await?;
                }
                Some((lines, _)) = self.log.next() => self.keep(lines),
                line = self.input.next() => {
                    self.open = !self.echoes || line.is_none();
                    return Ok(line.map_or(Heard::End, Heard::Line));
                }
            }
            // What has come together is said together.
            while let Some(update) = self.session.next().now_or_never() {
                let update = self.or_end(update)?;
                self.take(&update).await?;
            }
            if tells && self.tell_news() {
                self.ask_again(question);
            }
        }
    }

    fn ask_again(&mut self, question: &str) {
        self.end_line();
        self.output.part(question);
        self.open = true;
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.open) {
            self.output.line("");
        }
    }

    /// Says what has changed; tells whether anything had.
    fn tell_news(&mut self) -> bool {
        let news = std::mem::take(&mut self.news);
        self.print_all(&news);
        !news.is_empty()
    }

    /// Has a command carried out; tells the jobs that it made or touched, or why not.
    pub(super) async fn ask(
        &mut self,
        command: impl FnOnce(Ticket) -> Command,
    ) -> Result<Result<Vec<JobId>, Problem>, Exit> {
        self.hear(command, |update| match update {
            Update::Answer { ticket, outcome } => Some((ticket, outcome)),
            _ => None,
        })
        .await
    }

    /// Has the unsure jobs looked up.
    pub(super) async fn reconcile(&mut self) -> Result<Result<Reconciliation, Problem>, Exit> {
        let command = |ticket| Command::Reconcile { ticket };
        self.hear(command, |update| match update {
            Update::Reconciled { ticket, outcome } => Some((ticket, outcome)),
            _ => None,
        })
        .await
    }

    /// Gives a command that has no answer.
    pub(super) async fn give(&mut self, command: Command) -> Result<(), Exit> {
        let given = self.session.give(|_| command).await;
        given.map(drop).map_err(|problem| self.end(&problem))
    }

    async fn hear<T>(
        &mut self,
        command: impl FnOnce(Ticket) -> Command,
        answer: impl Fn(Update) -> Option<(Ticket, Result<T, Problem>)>,
    ) -> Result<Result<T, Problem>, Exit> {
        let given = self.session.give(command).await.map_err(|problem| self.end(&problem))?;
        loop {
            let update = self.next_update().await?;
            self.take(&update).await?;
            if let Some((ticket, outcome)) = answer(update)
                && ticket == given
            {
                return Ok(outcome);
            }
        }
    }

    /// The next update, while nobody is asked. Ctrl-C is kept for the next question.
    async fn next_update(&mut self) -> Result<Update, Exit> {
        loop {
            select! {
                biased;
                signal = self.signals.next() => match signal {
                    Exit::Signal(2) => self.interrupted = true,
                    signal => return Err(signal),
                },
                update = self.session.next() => return self.or_end(update),
            }
        }
    }

    fn or_end(&mut self, update: Option<Update>) -> Result<Update, Exit> {
        update.ok_or_else(|| self.end(&ended()))
    }

    fn end(&mut self, problem: &Problem) -> Exit {
        self.print_problem(problem);
        Exit::of_problem(problem)
    }

    /// Notes what an update changes.
    async fn take(&mut self, update: &Update) -> Result<(), Exit> {
        match update {
            Update::Loaded => {
                self.loaded = true;
                self.said = self.session.jobs.values().map(|job| (job.id, stands(job))).collect();
            }
            Update::Jobs(jobs) if self.loaded => jobs.iter().for_each(|job| self.take_job(job)),
            Update::Status(status) => self.take_status(status),
            Update::MayStop => {
                // It was stopped, and goes on: with `bg` it has to wait still.
                wait_for_terminal();
                self.give(Command::GoOn).await?;
            }
            _ => {}
        }
        Ok(())
    }

    fn take_job(&mut self, job: &Job) {
        let stands = stands(job);
        if self.said.get(&job.id) != Some(&stands) {
            self.news.push(format!("job {}: {stands}", job.id));
            self.said.insert(job.id, stands);
        }
    }

    fn take_status(&mut self, status: &Status) {
        // Who works now is told when it is settled.
        if status.role != self.told.role && status.role != Role::Starting {
            self.news.push(words::role(status.role));
        }
        if status.paused != self.told.paused {
            self.news.push(pause_text(status.paused.as_ref()));
        }
        if status.network != self.told.network {
            self.news.push(network_text(status.network.as_ref()));
        }
        self.told = status.clone();
    }

    fn keep(&mut self, lines: Vec<LogLine>) {
        let grave = lines.iter().filter(|line| line.level == tracing::Level::ERROR);
        self.news.extend(grave.map(|line| format!("error: {}", line.text)));
        self.logged.extend(lines);
        let surplus = self.logged.len().saturating_sub(LOG_KEPT);
        self.logged.drain(..surplus);
    }

    /// The one job that `reference` names, as it stands now; where there is none, that is said.
    pub(super) async fn find(&mut self, reference: &str) -> Option<Job> {
        match find(&self.journal, reference).await {
            // The engine has told it, and knows it better.
            Ok(job) => Some(self.session.jobs.get(&job.id).cloned().unwrap_or(job)),
            Err(problem) => {
                self.print_problem(&problem);
                None
            }
        }
    }

    /// Why nothing can be sent, or none when it can.
    pub(super) fn blocked(&self) -> Option<String> {
        let faults = !self.config.faults.is_empty();
        let reason = match &self.config.key {
            _ if self.read_only => "read-only: nothing is sent, polled, fetched or written",
            _ if faults => "the config has a fault: nothing is sent until it is mended",
            None => {
                "there is no API key: nothing can be sent; export COMETAPI_KEY=..., or try `taxiway demo`"
            }
            Some(_) => return None,
        };
        Some(reason.into())
    }

    /// Whether a job was made with the service and key of this process.
    pub(super) fn is_ours(&self, job: &Job) -> bool {
        self.config.account().is_some_and(|account| account.is_same(&job.account))
    }
}

/// Where a job stands, as `RUNNING` or `SAVED /path`. How far it is would be a line a second to somebody who
/// has each line read aloud; the list and its detail tell that.
fn stands(job: &Job) -> String {
    let (_, told) = step(job);
    told.map_or_else(|| job.label().to_string(), |told| format!("{} {told}", job.label()))
}

/// Stops this process until the terminal is its own: in the background, to read from it would have the
/// system stop it in the middle of its work.
pub(super) fn wait_for_terminal() {
    let is_others = || tcgetpgrp(io::stdin()).is_ok_and(|group| group != getpgrp());
    while crate::journal::has_job_control() && is_others() {
        stop();
    }
}

//! The one loop that owns all the state of the screen.

use std::{future, io, ops::ControlFlow, time::Duration};

use futures_util::{FutureExt, Stream, StreamExt};
use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Size},
};
use secrecy::SecretString;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::{Instant, sleep_until},
};

use super::{
    Effect, LogFeed, LogLine, Message, Stop, Why,
    editor::Editing,
    frames::Frames,
    outside::Outside,
    pace::{Pace, Reason},
    signals::INTERRUPT,
};
use crate::{
    engine::{Command, Finds, Found, Update, Wanted},
    job::Problem,
};

/// How many updates are taken at once: few enough that a key never waits long for its turn.
const BATCH: usize = 256;

/// How often the terminal is asked whether it is still there.
const PROBE: Duration = Duration::from_secs(10);

/// The first frame waits so long for the jobs that it is to show: so that one frame tells what two would, in less
/// time. They are there sooner, unless the disk is slow or the machine has much to do.
const FIRST: Duration = Duration::from_millis(10);

/// The least time to the next visible change, whatever the screen says of it.
const SOONEST_CHANGE: Duration = Duration::from_millis(34);

/// What the loop drives: the state of the screen and how it looks. All of it is synchronous, and
/// nothing in it asks the clock or waits.
pub trait Screen {
    /// Something happened.
    fn update(&mut self, message: Message) -> Vec<Effect>;
    /// Draws how it looks now into an empty buffer, and says where the cursor belongs, if anywhere.
    fn draw(&self, buffer: &mut Buffer) -> Option<Position>;
    /// The next moment at which something visible changes by itself.
    fn next_change(&self) -> Option<Timestamp>;
    /// Whether it may look different since this was last asked.
    fn take_dirty(&mut self) -> bool;
    /// Whether it has what a first frame is to show.
    fn is_filled(&self) -> bool {
        true
    }
}

/// The loop and all that it is wired to.
pub struct EventLoop<S, W, I, G> {
    /// The state of the screen.
    pub screen: S,
    /// Where frames go.
    pub frames: Frames<W>,
    /// Whether the terminal has taken all that was written: no frame is drawn before.
    pub idle: watch::Receiver<bool>,
    /// Keys, pastes, and that the terminal has another size; its end or an error ends the loop.
    pub input: I,
    /// Numbers of signals; each ends the loop.
    pub signals: G,
    /// To the engine. Bounded: at the bound a command is refused, and the screen is told.
    pub commands: mpsc::Sender<Command>,
    /// To who reads the journal, where somebody does. Bounded: at the bound the screen is told.
    pub finds: Option<Finds>,
    /// From the engine.
    pub updates: mpsc::Receiver<Update>,
    /// From the log.
    pub log: LogFeed,
    /// What time it is.
    pub clock: Box<dyn Fn() -> Timestamp>,
    /// Whether the terminal is still there.
    pub probe: Box<dyn Fn() -> io::Result<()>>,
    /// Takes an API key that was typed, and whether it is to be kept, for a new beginning.
    pub use_key: Box<dyn Fn(SecretString, bool)>,
    /// Stops the process, and returns when it goes on.
    pub stop: Box<dyn Fn(Stop) -> io::Result<()>>,
    /// Has the user change a text in their editor. The loop goes on meanwhile, without the terminal.
    pub edit: Box<dyn Fn(String) -> Editing>,
    /// Does the rest of what is asked for.
    pub outside: Outside,
    /// From there: what has come of it.
    pub done: mpsc::Receiver<Message>,
    /// Where bytes beside the frames go; in their order with those of the terminal.
    pub out: Box<dyn io::Write>,
}

impl<S, W, I, G> EventLoop<S, W, I, G>
where
    S: Screen,
    W: io::Write,
    I: Stream<Item = io::Result<Message>> + Unpin,
    G: Stream<Item = i32> + Unpin,
{
    /// Runs until somebody leaves. An error means that the terminal lives, but cannot be used.
    pub async fn run(self) -> io::Result<Why> {
        let now = Instant::now();
        let size = self.frames.size()?;
        let mut running = Running {
            wired: self,
            pace: Pace::default(),
            size,
            probe_at: now + PROBE,
            engine_lives: true,
            log_lives: true,
            editing: None,
        };
        let mut flow = running.begin();
        // That it was told its size is no reason to draw at once.
        running.pace = Pace::holding(now + FIRST);
        loop {
            match flow {
                Ok(ControlFlow::Continue(())) => flow = running.turn().await,
                Ok(ControlFlow::Break(why)) => return Ok(running.end(why)),
                // A dead terminal fails in many ways, and all of them mean the same.
                Err(_) if (running.wired.probe)().is_err() => return Ok(running.end(Why::TerminalGone)),
                Err(error) => return Err(error),
            }
        }
    }
}

/// What ended a wait.
enum Woken {
    Signal(i32),
    Input(Option<io::Result<Message>>),
    /// The editor has ended.
    Edited(Result<String, String>),
    /// An effect has.
    Done(Message),
    /// None at all when the engine has ended.
    Updates(Vec<Update>),
    Log(Option<(Vec<LogLine>, u64)>),
    /// Something is due.
    Timer,
}

/// A loop under way.
struct Running<S, W, I, G> {
    wired: EventLoop<S, W, I, G>,
    pace: Pace,
    /// The last that the screen was told.
    size: Size,
    probe_at: Instant,
    engine_lives: bool,
    log_lives: bool,
    /// The editor that has the terminal now.
    editing: Option<Editing>,
}

type Flow = ControlFlow<Why>;

impl<S, W, I, G> Running<S, W, I, G>
where
    S: Screen,
    W: io::Write,
    I: Stream<Item = io::Result<Message>> + Unpin,
    G: Stream<Item = i32> + Unpin,
{
    fn begin(&mut self) -> io::Result<Flow> {
        self.wired.outside.ask_tmux();
        let flow = self.tell_time()?;
        let resized = self.tell(Message::Resize(self.size.width, self.size.height))?;
        Ok(if flow.is_break() { flow } else { resized })
    }

    /// Does what is due, then waits for one thing to happen and tells it to the screen.
    async fn turn(&mut self) -> io::Result<Flow> {
        // Here and not in arms of the wait: a flood of updates would keep an arm from its turn.
        let now = Instant::now();
        if now >= self.probe_at {
            if (self.wired.probe)().is_err() {
                return Ok(ControlFlow::Break(Why::TerminalGone));
            }
            self.probe_at = now + PROBE;
        }
        if self.wired.screen.is_filled() {
            self.pace.release(now);
        }
        if self.can_draw() {
            if self.pace.is_due(now) && self.draw(now)?.is_break() {
                return Ok(ControlFlow::Break(Why::Quit));
            }
            if self.wired.outside.has_bytes() {
                let bytes = self.wired.outside.take_bytes();
                self.wired.out.write_all(bytes.as_bytes())?;
            }
        }
        let woken = self.wait(self.wake_at(now)).await;
        let flooded = matches!(&woken, Woken::Updates(updates) if updates.len() == BATCH);
        if self.tell_time()?.is_break() {
            return Ok(ControlFlow::Break(Why::Quit));
        }
        if let Woken::Signal(signal) = woken {
            return Ok(self.heed_signal(signal).await);
        }
        let flow = self.meet(woken)?;
        if flooded {
            // Signals come in through the runtime, which a flood would keep from its turn.
            tokio::task::yield_now().await;
        }
        Ok(flow)
    }

    /// When the timer has to ring: for a frame, a visible change, or a look at the terminal.
    fn wake_at(&self, now: Instant) -> Instant {
        let change = self.wired.screen.next_change().map(|at| {
            let wait = at.duration_since((self.wired.clock)());
            // A moment that is past counts as soon; one in the far future is beyond what an instant can hold.
            now + Duration::try_from(wait).unwrap_or_default().clamp(SOONEST_CHANGE, PROBE)
        });
        let frame = self.pace.due().filter(|_| self.can_draw());
        [frame, change].into_iter().flatten().fold(self.probe_at, Instant::min)
    }

    fn can_draw(&self) -> bool {
        self.editing.is_none() && *self.wired.idle.borrow()
    }

    /// Whether something is to be written and only the terminal is not ready for it.
    fn is_held_up(&self) -> bool {
        let wants = self.pace.due().is_some() || self.wired.outside.has_bytes();
        wants && self.editing.is_none() && !*self.wired.idle.borrow()
    }

    async fn wait(&mut self, wake: Instant) -> Woken {
        let (held_up, is_editing) = (self.is_held_up(), self.editing.is_some());
        let (wired, editing) = (&mut self.wired, &mut self.editing);
        let mut updates = Vec::new();
        tokio::select! {
            biased;
            Some(signal) = wired.signals.next() => Woken::Signal(signal),
            message = wired.input.next(), if !is_editing => Woken::Input(message),
            text = edited(editing), if is_editing => Woken::Edited(text),
            Some(message) = wired.done.recv() => Woken::Done(message),
            Ok(_) = wired.idle.wait_for(|idle| *idle), if held_up => Woken::Timer,
            _ = wired.updates.recv_many(&mut updates, BATCH), if self.engine_lives => Woken::Updates(updates),
            lines = wired.log.next(), if self.log_lives => Woken::Log(lines),
            () = sleep_until(wake) => Woken::Timer,
        }
    }

    /// Lets the screen have kept what is to be kept, however the loop ends. Nothing is drawn any more.
    fn end(&mut self, why: Why) -> Why {
        for effect in self.wired.screen.update(Message::Ending) {
            if let Effect::Command(command) = effect
                && self.wired.commands.try_send(command).is_err()
            {
                tracing::warn!("the form could not be kept: the engine has too much to do, or has ended");
            }
        }
        why
    }

    /// Each signal ends the loop; but while an editor runs, Ctrl-C may be one, and is meant for it.
    async fn heed_signal(&mut self, signal: i32) -> Flow {
        if signal == INTERRUPT && self.editing.is_some() {
            return ControlFlow::Continue(());
        }
        if let Some(editing) = self.editing.take() {
            editing.end(signal).await;
        }
        ControlFlow::Break(Why::Signal(signal))
    }

    fn meet(&mut self, woken: Woken) -> io::Result<Flow> {
        let (message, reason) = match woken {
            Woken::Timer | Woken::Signal(_) => return Ok(ControlFlow::Continue(())),
            Woken::Input(None) => return Err(io::Error::other("nothing more can be read from it")),
            Woken::Input(Some(Err(error))) => return Err(error),
            Woken::Input(Some(Ok(Message::Resize(..)))) => {
                // The size itself is asked for when it is drawn: of a storm only the last one counts.
                self.pace.ask(Reason::Resize, Instant::now());
                return Ok(ControlFlow::Continue(()));
            }
            Woken::Input(Some(Ok(message))) => (message, Reason::Key),
            Woken::Edited(text) => {
                self.editing = None;
                self.drop_input()?;
                self.redraw();
                (Message::Edited(text), Reason::Key)
            }
            Woken::Done(message) => {
                self.wired.outside.heed(&message);
                (message, Reason::Key)
            }
            Woken::Updates(updates) if updates.is_empty() => {
                self.engine_lives = false;
                tracing::error!("the engine has ended: nothing is sent, polled or fetched any more");
                (Message::Updates(vec![Update::Left]), Reason::News)
            }
            Woken::Updates(updates) => {
                // What was read is shown as soon as a key: it answers one. But for what the first frame waits for.
                let answers = self.wired.screen.is_filled() && updates.iter().any(is_awaited);
                (Message::Updates(updates), if answers { Reason::Key } else { Reason::News })
            }
            Woken::Log(Some((lines, dropped))) => (Message::Log(lines, dropped), Reason::News),
            Woken::Log(None) => {
                self.log_lives = false;
                return Ok(ControlFlow::Continue(()));
            }
        };
        let flow = self.tell(message);
        self.ask_if_dirty(reason);
        flow
    }

    /// Draws a frame: at the size that the terminal has now, with the log lines that wait.
    fn draw(&mut self, now: Instant) -> io::Result<Flow> {
        let mut flow = ControlFlow::Continue(());
        if let Some((lines, dropped)) = self.wired.log.ready() {
            flow = self.tell(Message::Log(lines, dropped))?;
        }
        let size = self.wired.frames.size()?;
        if flow.is_continue() && size != self.size {
            self.size = size;
            flow = self.tell(Message::Resize(size.width, size.height))?;
        }
        if flow.is_continue() {
            // All that was told so far is in this frame.
            self.wired.screen.take_dirty();
            let screen = &self.wired.screen;
            self.wired.frames.draw(self.size, |buffer| screen.draw(buffer))?;
            self.pace.drawn(now);
        }
        Ok(flow)
    }

    fn ask_if_dirty(&mut self, reason: Reason) {
        if self.wired.screen.take_dirty() {
            self.pace.ask(reason, Instant::now());
        }
    }

    fn tell_time(&mut self) -> io::Result<Flow> {
        let now = (self.wired.clock)();
        let flow = self.tell(Message::Time(now));
        self.ask_if_dirty(Reason::News);
        flow
    }

    /// Tells the screen something and carries out what it asks for.
    fn tell(&mut self, message: Message) -> io::Result<Flow> {
        let effects = self.wired.screen.update(message);
        let mut refused = Vec::new();
        let flow = self.carry_out(effects, &mut refused)?;
        if refused.is_empty() {
            return Ok(flow);
        }
        let effects = self.wired.screen.update(Message::Updates(refused));
        // What is refused as the answer to a refusal goes no further round, and stands in the log.
        let answer = self.carry_out(effects, &mut Vec::new())?;
        Ok(if flow.is_break() { flow } else { answer })
    }

    /// What was typed before the editor had the terminal is not meant for what is seen now.
    fn drop_input(&mut self) -> io::Result<()> {
        while let Some(Some(typed)) = self.wired.input.next().now_or_never() {
            typed?;
        }
        Ok(())
    }

    fn redraw(&mut self) {
        self.wired.frames.forget();
        self.pace.ask(Reason::Key, Instant::now());
    }

    fn find(&mut self, wanted: Wanted) -> Option<Update> {
        let refused = match &self.wired.finds {
            Some(finds) => finds.try_send(wanted).err().map(TrySendError::into_inner),
            None => Some(wanted),
        };
        refused.map(not_now)
    }

    fn carry_out(&mut self, effects: Vec<Effect>, refused: &mut Vec<Update>) -> io::Result<Flow> {
        let mut flow = ControlFlow::Continue(());
        for effect in effects {
            match effect {
                Effect::Leave => flow = ControlFlow::Break(Why::Quit),
                Effect::Redraw => self.redraw(),
                Effect::Stop(step) => {
                    (self.wired.stop)(step)?;
                    if step == Stop::Now {
                        // The queue was empty or nearly so when this process was stopped.
                        if self.wired.commands.try_send(Command::GoOn).is_err() {
                            tracing::error!("the engine could not be told to go on");
                        }
                        self.redraw();
                    }
                }
                Effect::UseKey { key, keep } => {
                    (self.wired.use_key)(key, keep);
                    flow = ControlFlow::Break(Why::NewKey);
                }
                Effect::Command(command) => {
                    if let Err(error) = self.wired.commands.try_send(command) {
                        refused.extend(refusal(error));
                    }
                }
                Effect::Find(wanted) => refused.extend(self.find(wanted)),
                Effect::Edit(text) => {
                    if self.editing.is_none() {
                        self.editing = Some((self.wired.edit)(text));
                    }
                }
                other => self.wired.outside.carry_out(other),
            }
        }
        Ok(flow)
    }
}

/// Whether news is what somebody waits for: rows, or what stands in them. Further rows change no more than a count.
fn is_awaited(told: &Update) -> bool {
    match told {
        Update::Found(Found::Rows { first, last, .. }) => *first || *last,
        Update::Found(_) => true,
        _ => false,
    }
}

/// The answer to a question that nobody reads an answer to now.
fn not_now(wanted: Wanted) -> Update {
    match wanted {
        Wanted::Named { ticket, .. } | Wanted::Passing { ticket, .. } => {
            let problem = Problem::new("busy", "the journal cannot be read at the moment: nothing was done");
            Update::Answer { ticket, outcome: Err(problem.hint("try again in a moment")) }
        }
        wanted => Update::Found(Found::NotNow(wanted)),
    }
}

/// What came of the editor under way.
async fn edited(editing: &mut Option<Editing>) -> Result<String, String> {
    match editing {
        Some(editing) => (&mut editing.ended).await,
        None => future::pending().await,
    }
}

/// The answer to a command that the engine did not get. Where no answer is awaited, only the log tells.
fn refusal(error: TrySendError<Command>) -> Option<Update> {
    let (command, problem) = match error {
        TrySendError::Full(command) => (
            command,
            Problem::new("busy", "the engine has too much to do at the moment: nothing was done")
                .hint("try again in a moment"),
        ),
        TrySendError::Closed(command) => (
            command,
            Problem::new("engine_gone", "the engine has ended: nothing was done")
                .hint("leave, and start Taxiway again"),
        ),
    };
    tracing::warn!(code = problem.code, "a command did not reach the engine");
    let ticket = match command {
        Command::Submit { ticket, .. }
        | Command::Batch { ticket, .. }
        | Command::Send { ticket, .. }
        | Command::Download { ticket, .. }
        | Command::Drop { ticket, .. }
        | Command::Archive { ticket, .. }
        | Command::Tag { ticket, .. }
        | Command::Adopt { ticket, .. }
        | Command::Resolve { ticket, .. } => ticket,
        Command::Reconcile { ticket } => return Some(Update::Reconciled { ticket, outcome: Err(problem) }),
        Command::Cancel { ticket, .. } => return Some(Update::Cancelled { ticket, outcome: Err(problem) }),
        Command::Import { ticket, .. } => return Some(Update::Imported { ticket, outcome: Err(problem) }),
        Command::CheckImage { ticket, .. } => {
            return Some(Update::Image { ticket, outcome: Err(problem) });
        }
        Command::Inspect(_)
        | Command::Remember { .. }
        | Command::PollNow(_)
        | Command::GoOn
        | Command::Leave => return None,
    };
    Some(Update::Answer { ticket, outcome: Err(problem) })
}

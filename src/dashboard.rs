//! The screen: what a person at the keyboard sees, and what their keys do.
//!
//! One [`Model`] holds all of it, and one event loop owns it and the terminal. What happens comes in
//! as a [`Message`]; [`update()`] says which [`Effect`]s are to follow, [`view()`] draws when something
//! visible has changed. Both are pure: no clock (moments come in as messages), no I/O. The screen
//! knows neither the journal nor the service: it asks the engine with commands and hears of it by
//! updates, over bounded channels, and never waits.

mod actions;
mod attention;
mod clipboard;
mod clock;
mod columns;
mod commands;
mod copy;
pub mod editor;
pub mod event_loop;
mod form;
pub mod frames;
mod grapheme;
mod input;
mod job_text;
mod jobs;
mod key;
mod key_map;
mod leaving;
mod line;
mod log_pane;
mod log_ring;
mod manual;
mod marks;
mod memos;
mod message;
mod model;
pub mod modes;
mod news;
mod notices;
mod outlet;
pub mod outside;
pub mod pace;
mod page;
mod paste;
mod picker;
mod question;
mod signals;
mod surroundings;
mod terminal;
pub mod text;
mod text_edit;
mod tmux;
mod unsure;
mod update;
mod view;

#[cfg(test)]
mod tests;

use std::io;

use ratatui::{buffer::Buffer, layout::Position};
use secrecy::SecretString;
use tokio::sync::mpsc;

pub use clipboard::Copied;
pub use event_loop::Screen;
pub use key_map::key_faults;
pub use leaving::Leaving;
pub use log_ring::{LogFeed, RingLayer, log_ring};
pub use manual::keys_markdown;
pub use message::{Effect, LogLine, Message, MouseKind, Stop};
pub use model::{Facts, Model};
pub use modes::Progress;
pub use outside::Reload;
pub use surroundings::{Notifies, Surroundings};
pub use text::wrap;
pub use tmux::{TmuxFacts, try_buffer};
pub use update::update;
pub use view::view;

use crate::{
    config::{Notify, process_env},
    engine::{Command, Finds, Update},
};
use event_loop::EventLoop;
use frames::Frames;
use input::TerminalInput;
use modes::InForce;
use outside::Outside;
use signals::Signals;

impl Screen for Model {
    fn update(&mut self, message: Message) -> Vec<Effect> {
        update(self, message)
    }

    fn draw(&self, buffer: &mut Buffer) -> Option<Position> {
        view::draw(self, buffer.area, buffer)
    }

    fn next_change(&self) -> Option<jiff::Timestamp> {
        Self::next_change(self)
    }

    fn take_dirty(&mut self) -> bool {
        Self::take_dirty(self)
    }

    fn is_filled(&self) -> bool {
        self.jobs.is_loaded()
    }
}

/// What the dashboard runs on.
pub struct Setup<S> {
    /// The state of the screen, as it is before the first news.
    pub screen: S,
    /// To the engine. Bounded; what finds no room is refused, and the screen is told.
    pub commands: mpsc::Sender<Command>,
    /// To who reads the journal, where somebody does.
    pub finds: Option<Finds>,
    /// From the engine.
    pub updates: mpsc::Receiver<Update>,
    /// From the log.
    pub log: LogFeed,
    /// How the user hears of what happens while they look elsewhere, until the config is read again.
    pub notify: Notify,
    /// Reads the config again.
    pub reload: Reload,
    /// Takes an API key that was typed, and whether it is to be kept.
    pub use_key: Box<dyn Fn(SecretString, bool)>,
}

/// Why the dashboard was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The user wanted to.
    Quit,
    /// The user typed an API key, with which all is to begin anew.
    NewKey,
    /// A signal: 1 (SIGHUP), 2 (SIGINT) or 15 (SIGTERM).
    Signal(i32),
    /// The terminal is dead.
    TerminalGone,
}

impl Why {
    /// The exit code that says so: 0, or 128 and the signal; a dead terminal counts as SIGHUP.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Quit | Self::NewKey => 0,
            Self::Signal(signal) => u8::try_from(signal).unwrap_or_default().saturating_add(128),
            Self::TerminalGone => Self::Signal(signals::HANGUP).exit_code(),
        }
    }

    /// Whether nothing may be written to the terminal any more.
    pub const fn is_hangup(self) -> bool {
        matches!(self, Self::TerminalGone | Self::Signal(signals::HANGUP))
    }
}

/// Why there is no dashboard. The terminal is as it was found.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// Standard `input` or `output` is none.
    #[error(
        "the dashboard needs a terminal, and standard {0} is none; without one, use `taxiway submit` to send a \
         job, `taxiway list` to see the jobs, `taxiway watch` to follow them"
    )]
    NoTerminal(&'static str),
    /// A terminal that can only print lines, or does not say what it is.
    #[error(
        "the dashboard needs a terminal that can place text, and {0}; set TERM to what your terminal is, or use \
         `taxiway submit` to send a job, `taxiway list` to see the jobs, `taxiway watch` to follow them"
    )]
    DumbTerminal(String),
    /// It could not be taken, used, or given back.
    #[error("the terminal cannot be used: {0}; the jobs are not affected, see `taxiway list`")]
    Terminal(#[from] io::Error),
}

impl DashboardError {
    /// 2 where another command is the right one, 8 where this machine failed.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::NoTerminal(_) | Self::DumbTerminal(_) => 2,
            Self::Terminal(_) => 8,
        }
    }
}

/// Whether there is a terminal that a dashboard can be shown on. Costs nothing, so that it can be asked
/// before anything else is started.
pub fn check_terminal() -> Result<(), DashboardError> {
    terminal::check()
}

/// The terminal's columns and rows; 80×24 where it does not say.
pub fn terminal_size() -> (u16, u16) {
    terminal::size().map_or((80, 24), |size| (size.width, size.height))
}

/// Shows the dashboard until it is left. Runs on the calling thread, which must be the main one for a
/// panic to be told rightly, with a runtime of its own.
///
/// On return the terminal is given back within milliseconds; when [`Why::is_hangup`] nothing was
/// written to it, and the standard streams that were the terminal lead nowhere. Ending the engine is
/// the caller's, with a sender of its own. SIGTERM, SIGHUP and SIGINT do not end the process by
/// themselves any more.
pub fn run<S: Screen>(ready: Ready, setup: Setup<S>) -> Result<Why, DashboardError> {
    let Ready { runtime, signals } = ready;
    Ok(runtime.block_on(show(signals, setup))?)
}

/// What has to be there before an engine is started: from then on a signal ends nothing by itself.
pub struct Ready {
    runtime: tokio::runtime::Runtime,
    signals: Signals,
}

/// Looks at the terminal, and listens to the signals.
pub fn prepare() -> Result<Ready, DashboardError> {
    terminal::check()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    Ok(Ready { runtime, signals })
}

async fn show<S: Screen>(signals: Signals, setup: Setup<S>) -> io::Result<Why> {
    let in_force = InForce::default();
    let held = terminal::Held::take(in_force.clone())?;
    // Before the terminal is first asked for its size, so that no change of it is missed.
    let input = TerminalInput::start()?;
    let frames = Frames::new(held.output(), Box::new(terminal::size));
    let (outside, done) = Outside::new(Surroundings::of_process(), setup.notify, setup.reload, in_force);
    let loan = held.lender(input.gate());
    let ended = EventLoop {
        screen: setup.screen,
        frames,
        idle: held.output().idle(),
        input,
        signals,
        commands: setup.commands,
        finds: setup.finds,
        updates: setup.updates,
        log: setup.log,
        clock: Box::new(jiff::Timestamp::now),
        probe: Box::new(terminal::probe),
        use_key: setup.use_key,
        stop: Box::new(held.stopper()),
        edit: Box::new(move |text| editor::edit(&text, editor::command(&process_env), loan.clone())),
        outside,
        done,
        out: Box::new(held.output()),
    }
    .run()
    .await;
    match ended {
        Ok(why) if why.is_hangup() => held.abandon()?,
        _ => held.restore()?,
    }
    ended
}

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use secrecy::SecretString;
use tracing::Level;

use super::{Copied, Progress};
use crate::{
    config::Config,
    engine::{Command, Update, Wanted},
    job::JobId,
};

/// Everything that can happen to the screen.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted, whole.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The engine told these, in this order.
    Updates(Vec<Update>),
    /// New lines of the log, and how many lines were lost so far because nobody fetched them in time.
    Log(Vec<LogLine>, u64),
    /// It is this moment. Best sent before each other message; at the latest at
    /// [`Model::next_change`](super::Model::next_change).
    Time(Timestamp),
    /// The program ends at once, by a signal: what is to be kept is kept now, and nothing is drawn any more.
    Ending,
    /// The mouse did something, at this cell (both from 0). Only after [`Effect::Mouse`].
    Mouse {
        /// What.
        kind: MouseKind,
        /// From the left.
        column: u16,
        /// From the top.
        row: u16,
    },
    /// The answer to [`Effect::Copy`].
    Copied {
        /// As it was named there.
        what: String,
        /// The way that the text took, or why it was not copied and what to do instead.
        way: Result<Copied, String>,
    },
    /// The answer to [`Effect::Edit`]: the text as it is now, with LF at its line ends and none at its end, or
    /// why nothing was changed.
    Edited(Result<String, String>),
    /// The answer to [`Effect::Reload`]. Of these settings only `ui`, `themes`, `notify` and `keys` are fresh;
    /// `warnings` holds all that is to be told. The rest is as it was at the start: it may lack a key that was
    /// typed in since.
    Reloaded(Box<Config>),
}

/// What a mouse can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button was pressed.
    Press,
    /// The wheel was turned away from the user.
    WheelUp,
    /// The wheel was turned towards the user.
    WheelDown,
}

/// What is to be done because of a message.
#[derive(Clone, Debug)]
pub enum Effect {
    /// To be given to the engine.
    Command(Command),
    /// To be read of the journal.
    Find(Wanted),
    /// Leave the program.
    Leave,
    /// Clear the terminal and draw everything.
    Redraw,
    /// Job control.
    Stop(Stop),
    /// Put a text into the user's clipboard; [`Message::Copied`] tells how.
    Copy {
        /// What it is, to be told in the answer.
        what: String,
        /// The text, as it is.
        text: String,
    },
    /// Ring the bell once; not where `notify.bell` is off.
    Bell,
    /// The title of the window from now on, of which 21 cells are shown; not where `notify.title` is off.
    Title(String),
    /// Have the desktop show a notice, as far as `notify.desktop` and the terminal let it.
    Notify {
        /// In a few words.
        title: String,
        /// The rest, on one line.
        body: String,
    },
    /// The bar that some terminals show in their tab, under the same rule; none takes it away.
    Progress(Option<Progress>),
    /// Run a program of the user's, without a terminal; only where `notify.command` names one. What goes wrong
    /// is a line of the log.
    Run {
        /// Variables that it gets beside our own.
        job_env: Vec<(String, String)>,
        /// The program and its arguments.
        argv: Vec<String>,
    },
    /// Let the user change a text in their editor, which has the terminal meanwhile; [`Message::Edited`] tells
    /// what came of it.
    Edit(String),
    /// Whether clicks and the wheel come as [`Message::Mouse`] from now on.
    Mouse(bool),
    /// Begin anew with this API key; kept for later runs, or for this one only.
    UseKey {
        /// The key.
        key: SecretString,
        /// Whether it is kept.
        keep: bool,
    },
    /// Read the config file again; [`Message::Reloaded`] tells what it says.
    Reload,
}

/// The two steps of Ctrl-Z: between them the engine is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Ask for it.
    Ask,
    /// Let the terminal go, stop, and take it again when the shell says so.
    Now,
}

/// A line of the log pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// How grave.
    pub level: Level,
    /// Of which job, where it is about one.
    pub job: Option<JobId>,
    /// The text; it may hold anything, the screen cleans it.
    pub text: String,
}

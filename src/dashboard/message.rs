use crossterm::event::KeyEvent;
use jiff::Timestamp;
use tracing::Level;

use crate::{
    engine::{Command, Update},
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
    /// The user or the system wants to leave (SIGINT); as the key `q` outside text.
    Quit,
}

/// What is to be done because of a message.
#[derive(Clone, Debug)]
pub enum Effect {
    /// To be given to the engine.
    Command(Command),
    /// Leave the program.
    Leave,
    /// Clear the terminal and draw everything.
    Redraw,
    /// Job control.
    Stop(Stop),
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

//! What the screen is told, and what it asks for.

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use crate::{engine, job::JobId};

/// Everything that can happen to the screen. Nothing else changes its state.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed or repeats.
    Key(KeyEvent),
    /// Text was pasted, as one edit: line ends are LF, and no other control character but the tab is
    /// in it.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// News of the engine, in the order they were told.
    Updates(Vec<engine::Update>),
    /// Lines of the log, and how many more were lost since the last message because the ring was full.
    Log(Vec<LogLine>, u64),
    /// It is now this late; comes before every other message.
    Time(Timestamp),
    /// The program is about to end, whatever the screen says: a signal, or a dead terminal.
    Quit,
}

/// What the screen asks for.
#[derive(Clone, Debug)]
pub enum Effect {
    /// For the engine.
    Command(engine::Command),
    /// Leave the dashboard.
    Leave,
    /// Clear the terminal and draw everything anew.
    Redraw,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: Timestamp,
    /// How grave it is.
    pub level: tracing::Level,
    /// The job it speaks of.
    pub job: Option<JobId>,
    /// One line of text without control characters.
    pub text: String,
}

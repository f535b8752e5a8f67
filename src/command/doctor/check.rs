use serde::Serialize;

use crate::command::Exit;

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Fine, and something more is possible.
    Note,
    /// It works, but may fail or surprise.
    Warning,
    /// It does not work.
    Fault,
}

impl Status {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Fault => "FAULT",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Stable.
    pub name: &'static str,
    /// How it is.
    pub status: Status,
    /// What was found, for people.
    pub found: String,
    /// The one thing to do, where there is one.
    pub advice: Option<String>,
    /// How the program would end for this alone.
    #[serde(skip)]
    pub exit: Exit,
}

impl Check {
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), advice: None, exit: Exit::Done }
    }

    pub fn note(name: &'static str, found: impl Into<String>) -> Self {
        Self { status: Status::Note, ..Self::ok(name, found) }
    }

    pub fn warning(name: &'static str, found: impl Into<String>) -> Self {
        Self { status: Status::Warning, ..Self::ok(name, found) }
    }

    /// What does not work, and how the program ends for it.
    pub fn fault(name: &'static str, exit: Exit, found: impl Into<String>) -> Self {
        Self { status: Status::Fault, exit, ..Self::ok(name, found) }
    }

    /// The same, with the one thing to do.
    #[must_use]
    pub fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

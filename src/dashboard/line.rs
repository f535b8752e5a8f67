//! The line at the bottom in which something is typed: a filter, a command, a search, a label, a key.

use std::fmt;

use tui_textarea::TextArea;

use super::{
    actions::{Action, Scope},
    form::text_area,
    key::Key,
    key_map::KeyMap,
    paste::clean_paste,
    text_edit,
};
use crate::job::{Filter, JobId, named};

/// A line holds so many characters at most.
const LIMIT: usize = 4_000;

/// What is being typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Which jobs the table shows; it does so while it is typed.
    Filter {
        /// What was shown before, for Esc.
        before: (Filter, String),
        /// The job that was selected.
        selected: Option<JobId>,
    },
    /// A command, as the shell takes it.
    Command,
    /// What is looked for in the log.
    Search,
    /// What is looked for on the open page.
    Find,
    /// Labels for these jobs.
    Tags(Vec<JobId>),
    /// The name under which the form is kept.
    Preset,
    /// The API key; never shown.
    Key,
}

/// A line while it is typed.
pub struct Line {
    /// What it is for.
    pub kind: Kind,
    area: TextArea<'static>,
    /// What is wrong with it so far, or what could follow.
    pub note: Option<String>,
    /// The lines before it, while the arrows go through them: how far back.
    pub back: usize,
    /// What it began with stands there still: typing replaces it, moving in it keeps it.
    fresh: bool,
}

impl fmt::Debug for Line {
    /// Without the text, which may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What a key did to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// The text is another.
    Edited,
    /// Nothing that matters.
    Nothing,
    /// It is done.
    Accept,
    /// It is given up.
    Cancel,
    /// The word before the cursor is to be completed.
    Complete,
    /// The line before this one is wanted, or the one after.
    Before,
    /// See `Before`.
    After,
}

impl Line {
    /// A line that begins with `text`.
    pub fn new(kind: Kind, text: &str) -> Self {
        Self { kind, area: text_area(text), note: None, back: 0, fresh: !text.is_empty() }
    }

    /// What was typed.
    pub fn text(&self) -> String {
        self.area.lines().concat()
    }

    /// Puts another text in.
    pub fn set(&mut self, text: &str) {
        self.area = text_area(text);
    }

    /// The field itself, for the view.
    pub fn area(&self) -> &TextArea<'static> {
        &self.area
    }

    /// The sign before it.
    pub fn sign(&self) -> String {
        let sign = match &self.kind {
            Kind::Filter { .. } => "filter jobs: ",
            Kind::Command => ":",
            Kind::Search => "find in log: ",
            Kind::Find => "find on this page: ",
            Kind::Tags(ids) => return format!("labels of {} (+new -old): ", named(ids)),
            Kind::Preset => "keep this form as: ",
            Kind::Key => "API key (not shown): ",
        };
        sign.into()
    }

    /// Puts text in at the cursor.
    pub fn insert(&mut self, text: &str) {
        let (text, _) = clean_paste(text);
        let room = LIMIT.saturating_sub(self.text().chars().count());
        self.area
            .insert_str(text.trim_matches('\n').replace('\n', " ").chars().take(room).collect::<String>());
    }

    /// A key.
    pub fn press(&mut self, key: Key, keys: &KeyMap) -> Did {
        match (key.printable(), keys.action(&[Scope::Text, Scope::Anywhere], key)) {
            (Some(c), _) => {
                if std::mem::take(&mut self.fresh) {
                    self.set("");
                }
                self.insert(&c.to_string());
                Did::Edited
            }
            (_, Some(Action::TextEnter)) => Did::Accept,
            (_, Some(Action::TextLeave | Action::Quit)) => Did::Cancel,
            // As in a shell: with nothing left to delete, it goes.
            (_, Some(Action::TextBackspace)) if self.text().is_empty() => Did::Cancel,
            (_, Some(Action::Next)) => {
                self.fresh = false;
                Did::Complete
            }
            // On a slow link an Enter behind typed text looks like a pasted line end; these do nothing that
            // cannot be taken back.
            (_, Some(Action::TextNewline))
                if matches!(self.kind, Kind::Filter { .. } | Kind::Search | Kind::Find) =>
            {
                Did::Accept
            }
            (_, Some(Action::TextUp | Action::TextPreviousName)) => Did::Before,
            (_, Some(Action::TextDown | Action::TextNextName)) => Did::After,
            (_, Some(action)) => {
                self.fresh = false;
                if !text_edit::step(&mut self.area, action) && text_edit::change(&mut self.area, action) {
                    Did::Edited
                } else {
                    Did::Nothing
                }
            }
            _ => Did::Nothing,
        }
    }
}

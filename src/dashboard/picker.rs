//! A list to pick from, over the panes: the palette of all actions, the ways to copy, presets, models.

use tui_textarea::TextArea;

use super::{
    actions::{Action, Scope},
    columns::Column,
    form::text_area,
    key::Key,
    key_map::KeyMap,
    text_edit,
};
use crate::job::{Field, JobId};

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All actions and commands.
    Palette,
    /// What of the job is copied.
    Copy,
    /// Presets.
    Presets,
    /// What a field of the form can hold; of ratios several can be ticked.
    Values(Field),
    /// The columns to sort by.
    Sort,
}

/// What one line of a list stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Does this.
    Act(Action),
    /// Begins this command.
    Command(&'static str),
    /// Copies, by this way, what these jobs have.
    Copy(usize, Vec<JobId>),
    /// Fills the form.
    Preset(String),
    /// Puts this into a field of the form.
    Value(Field, String),
    /// Sorts by it.
    Sort(Column),
}

/// A line of a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub label: String,
    /// More about it.
    pub note: String,
    /// The key that does the same, or that picks it here.
    pub key: String,
    /// Why it cannot be picked now.
    pub off: Option<String>,
    /// Ticked.
    pub on: bool,
    /// What it stands for.
    pub choice: Choice,
}

/// A list while it is open.
#[derive(Debug)]
pub struct Picker {
    /// What it is of.
    pub kind: Kind,
    /// What it is about, behind its name.
    pub about: String,
    /// The jobs that were meant when it was opened.
    pub targets: Vec<JobId>,
    items: Vec<Item>,
    query: TextArea<'static>,
    /// Which items pass the query.
    shown: Vec<usize>,
    at: usize,
    /// A tick was changed.
    ticked: bool,
}

/// What a key did to the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// It stays open.
    Stays,
    /// It is closed.
    Closes,
    /// These are picked: one, or all that are ticked.
    Picks(Vec<Choice>),
    /// This one cannot be picked, for this reason.
    Refuses(String),
    /// The preset under the marker is to be thrown away.
    Forgets(Choice),
}

impl Picker {
    /// A list with the marker on its `at`-th line.
    pub fn new(kind: Kind, items: Vec<Item>, at: usize) -> Self {
        let shown = (0..items.len()).collect::<Vec<_>>();
        let at = at.min(shown.len().saturating_sub(1));
        Self {
            kind,
            about: String::new(),
            targets: Vec::new(),
            items,
            query: text_area(""),
            shown,
            at,
            ticked: false,
        }
    }

    /// The lines that pass what was typed.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.shown.iter().map(|at| &self.items[*at])
    }

    /// The marked line.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What was typed to narrow it down.
    pub fn query(&self) -> String {
        self.query.lines().concat()
    }

    /// Whether letters pick instead of narrowing down.
    pub fn by_letter(&self) -> bool {
        self.kind == Kind::Copy
    }

    /// Whether several can be ticked.
    pub fn ticks(&self) -> bool {
        self.kind == Kind::Values(Field::Ratio)
    }

    /// A key; `page` is how many lines are seen.
    pub fn press(&mut self, key: Key, keys: &KeyMap, page: usize) -> Did {
        if let Some(c) = key.printable() {
            return self.letter(c);
        }
        let last = self.shown.len().saturating_sub(1);
        match keys.action(&[Scope::Text, Scope::Anywhere], key) {
            Some(Action::TextEnter) => return self.pick(),
            Some(Action::TextLeave | Action::Quit | Action::Palette) => return Did::Closes,
            Some(Action::TextUp | Action::TextPreviousName | Action::Previous) => {
                self.at = self.at.saturating_sub(1);
            }
            Some(Action::TextDown | Action::TextNextName | Action::Next) => self.at = (self.at + 1).min(last),
            Some(Action::TextHome) => self.at = 0,
            Some(Action::TextEnd) => self.at = last,
            Some(Action::TextDelete) if self.kind == Kind::Presets && self.query().is_empty() => {
                return self.here().map_or(Did::Stays, |item| Did::Forgets(item.choice.clone()));
            }
            Some(action) => {
                if text_edit::change(&mut self.query, action) {
                    self.narrow();
                }
            }
            None => match keys.action(&[Scope::Lines], key) {
                Some(Action::PageUp) => self.at = self.at.saturating_sub(page.max(1)),
                Some(Action::PageDown) => self.at = (self.at + page.max(1)).min(last),
                _ => {}
            },
        }
        Did::Stays
    }

    fn letter(&mut self, c: char) -> Did {
        if self.by_letter() {
            // As in every list that is not typed into.
            let last = self.shown.len().saturating_sub(1);
            match c {
                'j' => self.at = (self.at + 1).min(last),
                'k' => self.at = self.at.saturating_sub(1),
                _ => {}
            }
            let found = self.shown.iter().position(|at| self.items[*at].key == c.to_string());
            let Some(at) = found else { return Did::Stays };
            self.at = at;
            return self.pick();
        }
        if self.ticks() && c == ' ' {
            if let Some(item) = self.shown.get(self.at).and_then(|at| self.items.get_mut(*at)) {
                item.on = !item.on;
                self.ticked = true;
            }
            return Did::Stays;
        }
        self.query.insert_char(c);
        self.narrow();
        Did::Stays
    }

    /// Text that was pasted narrows down, too.
    pub fn insert(&mut self, text: &str) {
        if !self.by_letter() {
            self.query.insert_str(text.replace('\n', " ").chars().take(100).collect::<String>());
            self.narrow();
        }
    }

    fn narrow(&mut self) {
        let query = self.query().to_lowercase();
        let words: Vec<_> = query.split_whitespace().collect();
        let passes = |item: &Item| {
            let text = format!("{} {} {}", item.label, item.note, item.key).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        // What begins with the words stands before what only holds them.
        let mut shown: Vec<_> = (0..self.items.len()).filter(|at| passes(&self.items[*at])).collect();
        shown.sort_by_key(|at| !self.items[*at].label.to_lowercase().contains(&query));
        self.shown = shown;
        self.at = 0;
    }

    fn here(&self) -> Option<&Item> {
        self.shown.get(self.at).and_then(|at| self.items.get(*at))
    }

    /// Puts the marker on a line and picks it.
    pub fn pick_shown(&mut self, row: usize) -> Did {
        if row >= self.shown.len() {
            return Did::Stays;
        }
        self.at = row;
        self.pick()
    }

    fn pick(&self) -> Did {
        let ticked: Vec<_> =
            self.items.iter().filter(|item| item.on).map(|item| item.choice.clone()).collect();
        // Ticks that were there before the list was opened are no choice of now.
        if self.ticked && !ticked.is_empty() {
            return Did::Picks(ticked);
        }
        match self.here() {
            None => Did::Stays,
            Some(Item { off: Some(reason), .. }) => Did::Refuses(reason.clone()),
            Some(item) => Did::Picks(vec![item.choice.clone()]),
        }
    }
}

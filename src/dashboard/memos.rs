//! What the screen has the journal remember: the form that is being filled in, presets, the order of the
//! rows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Effect, columns::Sort};
use crate::{engine::Command, job::Draft};

const DRAFT: &str = "draft";
const SORT: &str = "sort";
const PRESET: &str = "preset/";
/// A form that was changed is kept after so long without a further change.
const CALM: SignedDuration = SignedDuration::from_secs(2);
/// A name of a preset has so many characters at most.
pub const NAME_LIMIT: usize = 40;

/// The journal keeps values of this length at most, in bytes.
const VALUE_LIMIT: usize = 64 * 1024;
/// And so many of them; a few are ours.
const PRESETS: usize = 900;

/// A form as the journal keeps it; none where that is too long.
fn written(draft: &Draft) -> Option<String> {
    serde_json::to_string(draft).ok().filter(|value| value.len() <= VALUE_LIMIT)
}

/// What is remembered, as the journal told it and as it was changed since.
#[derive(Debug, Default)]
pub struct Memos {
    kept: BTreeMap<String, String>,
    /// The form as it was seen last, and since when it has been so, where it is not kept yet.
    seen: Option<Draft>,
    since: Option<Timestamp>,
}

impl Memos {
    /// What the journal remembers.
    pub fn take(&mut self, told: Vec<(String, String)>) {
        self.kept = told.into_iter().collect();
    }

    /// The form of an earlier run.
    pub fn draft(&self) -> Option<Draft> {
        serde_json::from_str(self.kept.get(DRAFT)?).ok()
    }

    /// The order of the rows.
    pub fn sort(&self) -> Option<Sort> {
        Sort::parse(self.kept.get(SORT)?)
    }

    /// The presets by name.
    pub fn presets(&self) -> Vec<(String, Draft)> {
        let preset = |(name, value): (&String, &String)| {
            Some((name.strip_prefix(PRESET)?.to_string(), serde_json::from_str(value).ok()?))
        };
        self.kept.iter().filter_map(preset).collect()
    }

    /// The preset of this name.
    pub fn preset(&self, name: &str) -> Option<Draft> {
        serde_json::from_str(self.kept.get(&format!("{PRESET}{name}"))?).ok()
    }

    /// Keeps the order of the rows.
    pub fn keep_sort(&mut self, sort: Sort) -> Effect {
        self.set(SORT, Some(sort.word()))
    }

    /// Keeps a form under a name.
    ///
    /// # Errors
    /// Why it cannot be kept; nothing is changed then.
    pub fn keep_preset(&mut self, name: &str, draft: &Draft) -> Result<Effect, String> {
        let name = format!("{PRESET}{name}");
        if !self.kept.contains_key(&name) && self.kept.len() >= PRESETS {
            return Err(format!("{PRESETS} forms are kept already: throw one away first (Alt-T, Del)"));
        }
        let value = written(draft).ok_or("it is too long to be kept: nothing was kept")?;
        Ok(self.set(&name, Some(value)))
    }

    /// Forgets a preset.
    pub fn forget_preset(&mut self, name: &str) -> Effect {
        self.set(&format!("{PRESET}{name}"), None)
    }

    /// Looks at the form: one that stands changed for a while, or is to be kept at once, is kept, if it may be.
    pub fn see(
        &mut self,
        draft: &Draft,
        now: Timestamp,
        at_once: bool,
        may_be_kept: impl FnOnce(&Draft) -> bool,
    ) -> Option<Effect> {
        let seen = self.seen.get_or_insert_with(|| draft.clone());
        if seen != draft {
            seen.clone_from(draft);
            self.since = Some(now);
        }
        let calm = self.since.is_some_and(|since| now.duration_since(since) >= CALM);
        if !(calm || at_once && self.since.is_some()) {
            return None;
        }
        self.since = None;
        let value = may_be_kept(draft).then(|| written(draft)).flatten()?;
        (self.kept.get(DRAFT) != Some(&value)).then(|| self.set(DRAFT, Some(value)))
    }

    /// When a changed form is to be looked at again.
    pub fn next_look(&self) -> Option<Timestamp> {
        self.since?.checked_add(CALM).ok()
    }

    fn set(&mut self, name: &str, value: Option<String>) -> Effect {
        match &value {
            Some(value) => self.kept.insert(name.into(), value.clone()),
            None => self.kept.remove(name),
        };
        Effect::Command(Command::Remember { name: name.into(), value })
    }
}

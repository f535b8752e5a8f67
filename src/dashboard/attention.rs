//! That nobody says yes to what they have not read: keys that were typed ahead, held down or pasted answer no
//! question that binds, and no key is for a row that took the place of the one it was pressed for.

use std::mem::{Discriminant, discriminant};

use jiff::{SignedDuration, Timestamp};

use super::{
    question::Question,
    unsure::{Stage, Unsure},
};

/// Within so long after a question came up by itself, or the selection moved by itself, a key is one that was
/// meant for something else.
const UNREAD: SignedDuration = SignedDuration::from_millis(700);
/// Within so long after one came up at a key, a key is one that was typed before it could be read.
const TYPED_AHEAD: SignedDuration = SignedDuration::from_millis(200);
/// A yes counts when no further key came within so long: a pasted text goes on at once.
const ALONE: SignedDuration = SignedDuration::from_millis(30);

#[derive(Clone, Copy, Debug)]
struct Asked {
    kind: Discriminant<Question>,
    since: Timestamp,
    /// How long it takes no answer.
    unread: SignedDuration,
}

/// How long the question stands, and whether its yes was typed.
#[derive(Debug, Default)]
pub struct Attention {
    asked: Option<Asked>,
    yes: Option<Timestamp>,
    /// When the selection last moved by itself.
    moved: Option<Timestamp>,
}

/// What a key is to a question that binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer, but for a yes.
    Answer,
    /// A yes, if nothing follows.
    Yes,
    /// Nothing: typed ahead, held down, or part of a paste.
    Nothing,
}

impl Attention {
    /// Looks at the question that stands after something happened.
    pub fn see(&mut self, question: Option<&Question>, now: Timestamp) {
        let question = question.filter(|question| binds(question));
        let kind = question.map(discriminant);
        if self.asked.map(|asked| asked.kind) != kind {
            let by_itself = question.is_some_and(Question::comes_by_itself);
            let unread = if by_itself { UNREAD } else { TYPED_AHEAD };
            self.asked = kind.map(|kind| Asked { kind, since: now, unread });
            self.yes = None;
        }
    }

    /// The question that stands was not seen before now.
    pub fn begin_anew(&mut self, now: Timestamp) {
        if let Some(asked) = &mut self.asked {
            asked.since = now;
        }
    }

    /// What a key means to it.
    pub fn hear(&mut self, is_yes: bool, now: Timestamp) -> Heard {
        let Some(asked) = &mut self.asked else { return Heard::Answer };
        let followed = self.yes.take().is_some();
        if followed || now.duration_since(asked.since) < asked.unread {
            // One that is held down repeats far quicker than that, and says nothing until it is let go.
            asked.since = now;
            return Heard::Nothing;
        }
        if is_yes {
            self.yes = Some(now);
            return Heard::Yes;
        }
        Heard::Answer
    }

    /// When a yes that was typed counts.
    pub fn due(&self) -> Option<Timestamp> {
        self.yes?.checked_add(ALONE).ok()
    }

    /// From when on a key counts as an answer.
    #[cfg(test)]
    pub fn readable(&self) -> Option<Timestamp> {
        let asked = self.asked?;
        asked.since.checked_add(asked.unread).ok()
    }

    /// Another row is selected than the one that a key may be meant for.
    pub fn selection_moved(&mut self, now: Timestamp) {
        self.moved = Some(now);
    }

    /// Whether a key is one for the row that was selected before; only the first is.
    pub fn is_for_row_before(&mut self, now: Timestamp) -> bool {
        self.moved.take().is_some_and(|at| now.duration_since(at) < UNREAD)
    }

    /// Whether a yes counts now; it does once.
    pub fn is_yes(&mut self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| due <= now) && self.yes.take().is_some()
    }
}

/// Whether a yes to a question spends, sends or throws something away.
fn binds(question: &Question) -> bool {
    match question {
        Question::Send(_)
        | Question::Duplicate { .. }
        | Question::Held { .. }
        | Question::Drop(_)
        | Question::Replace(_)
        | Question::Forget(_)
        | Question::Unsure(Unsure { stage: Stage::NotCreated, .. }) => true,
        Question::Unsure(_) | Question::Leave | Question::KeepKey(_) | Question::Blocked => false,
    }
}

//! That nobody says yes to what they have not read: keys that were typed ahead, held down or pasted answer no
//! question that binds.

use jiff::{SignedDuration, Timestamp};

use super::{
    question::Question,
    unsure::{Stage, Unsure},
};

/// Within so long after a question came up at a key, a key is one that was typed before it could be read.
const TYPED_AHEAD: SignedDuration = SignedDuration::from_millis(200);
/// A yes counts when no further key came within so long: a pasted text goes on at once.
const ALONE: SignedDuration = SignedDuration::from_millis(30);

/// What the question asks that stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Send,
    Duplicate,
    Held,
    Drop,
    NotCreated,
    Preset,
}

/// How long the question stands, and whether its yes was typed.
#[derive(Debug, Default)]
pub struct Attention {
    asked: Option<(Kind, Timestamp)>,
    yes: Option<Timestamp>,
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
        let kind = question.and_then(kind);
        if self.asked.map(|(kind, _)| kind) != kind {
            self.asked = kind.map(|kind| (kind, now));
            self.yes = None;
        }
    }

    /// Whether the question that stands is one that binds.
    pub fn binds(&self) -> bool {
        self.asked.is_some()
    }

    /// What a key means to it.
    pub fn hear(&mut self, is_yes: bool, now: Timestamp) -> Heard {
        let Some((_, since)) = &mut self.asked else { return Heard::Answer };
        let followed = self.yes.take().is_some();
        if followed || now.duration_since(*since) < TYPED_AHEAD {
            // One that is held down repeats far quicker than that, and says nothing until it is let go.
            *since = now;
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
        let (_, since) = self.asked?;
        since.checked_add(TYPED_AHEAD).ok()
    }

    /// Whether a yes counts now; it does once.
    pub fn is_yes(&mut self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| due <= now) && self.yes.take().is_some()
    }
}

fn kind(question: &Question) -> Option<Kind> {
    match question {
        Question::Send(_) => Some(Kind::Send),
        Question::Duplicate { .. } => Some(Kind::Duplicate),
        Question::Held { .. } => Some(Kind::Held),
        Question::Drop(_) => Some(Kind::Drop),
        Question::Replace(_) | Question::Forget(_) => Some(Kind::Preset),
        Question::Unsure(Unsure { stage: Stage::NotCreated, .. }) => Some(Kind::NotCreated),
        Question::Unsure(_) | Question::Leave | Question::KeepKey(_) | Question::Blocked => None,
    }
}

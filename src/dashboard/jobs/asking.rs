use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::job::JobId;

/// Where the journal has to say again who passes or in which order, it is asked so long after the change: what polls bring
/// is told at once, and written a second later at the most.
const AGAIN: SignedDuration = SignedDuration::from_millis(1_200);

/// How far the journal has answered who passes the filter.
#[derive(Debug, Default)]
pub struct Asking {
    /// The number of the question; answers to earlier ones are of no use.
    seq: u64,
    stage: Stage,
    /// The rows that are shown are an answer to it, as far as that has come.
    shown: bool,
    /// It was asked once more, while the last answer is shown; what comes takes its place when all has come.
    behind: bool,
    /// When it is to be asked once more.
    again: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    /// Jobs that changed since it was asked: the answer may not know how they are now.
    pub touched: BTreeSet<JobId>,
    /// What has come of the answer that is to take the place of the last one.
    coming: Vec<JobId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// It is to be asked, at once.
    #[default]
    Wanted,
    /// It was asked, and more is to come.
    Runs,
    /// All has come.
    Over,
}

/// What becomes of rows that have come.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// They are the rows.
    First(Vec<JobId>),
    /// They come after the rows.
    Further(Vec<JobId>),
}

impl Asking {
    /// Another question: what is shown is the answer to an older one.
    pub fn begin(&mut self) {
        (self.stage, self.shown, self.again) = (Stage::Wanted, false, None);
    }

    /// What is shown may not be right any more.
    pub fn ask_again(&mut self, now: Timestamp) {
        self.ask_in(now, AGAIN);
    }

    /// It is asked once more now, or when the answer that is under way is there.
    pub fn ask_now(&mut self, now: Timestamp) {
        self.ask_in(now, SignedDuration::ZERO);
    }

    fn ask_in(&mut self, now: Timestamp, wait: SignedDuration) {
        let at = now.checked_add(wait).unwrap_or(now);
        // Never put off; but a clock that was set back does not put it off for hours either.
        self.again = Some(self.again.map_or(at, |again| again.min(at)));
    }

    /// The number of the question, where it is to be asked now.
    pub fn ask(&mut self, now: Timestamp) -> Option<u64> {
        if self.stage != Stage::Wanted && self.next().is_none_or(|at| at > now) {
            return None;
        }
        self.seq += 1;
        (self.stage, self.again, self.behind) = (Stage::Runs, None, self.shown);
        self.asked_at = Some(now);
        self.touched.clear();
        self.coming.clear();
        Some(self.seq)
    }

    /// Nobody had time for it: it is asked again in a while.
    pub fn refused(&mut self, seq: u64, now: Timestamp) {
        if seq == self.seq {
            self.stage = Stage::Over;
            self.ask_again(now);
        }
    }

    /// When the same is to be asked again.
    pub fn next(&self) -> Option<Timestamp> {
        self.again.filter(|_| self.stage == Stage::Over)
    }

    /// When the question was last asked.
    pub const fn asked_at(&self) -> Option<Timestamp> {
        self.asked_at
    }

    /// Rows have come, the last ones or not; says what becomes of them. What changed meanwhile is not among them.
    pub fn answered(&mut self, seq: u64, mut ids: Vec<JobId>, is_last: bool) -> Option<Answer> {
        if seq != self.seq || self.stage != Stage::Runs {
            return None;
        }
        if is_last {
            self.stage = Stage::Over;
        }
        if !self.touched.is_empty() {
            ids.retain(|id| !self.touched.contains(id));
        }
        if self.behind {
            self.coming.append(&mut ids);
            return is_last.then(|| Answer::First(std::mem::take(&mut self.coming)));
        }
        let is_first = !std::mem::replace(&mut self.shown, true);
        Some(if is_first { Answer::First(ids) } else { Answer::Further(ids) })
    }

    /// Whether the rows that are shown are an answer to the question.
    pub const fn is_shown(&self) -> bool {
        self.shown
    }

    /// Whether an answer is to come that takes the place of the one that is shown.
    pub fn is_asked_again(&self) -> bool {
        self.stage == Stage::Runs && self.behind
    }

    /// Whether more rows are to come.
    pub fn is_under_way(&self) -> bool {
        self.stage == Stage::Wanted || self.stage == Stage::Runs && !self.behind
    }
}

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use super::needle::Needle;
use crate::job::{Facts, JobId, Money, State, Text};

/// What one word of a filter asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    /// The jobs that pass the test are the ones that are not wanted.
    pub excludes: bool,
    pub test: Test,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// A plain word, which may be a job's number, too.
    Word(Needle, Option<JobId>),
    Text(Place, Needle),
    /// Names of states, and of what the screen calls them; any of them.
    State(Vec<&'static str>),
    Id(Vec<IdTest>),
    Parent(Vec<RangeInclusive<i64>>),
    Duration(Limit<u64>),
    Seed(Limit<u64>),
    Cost(Limit<Money>),
    Age(Limit<SignedDuration>),
    Saved(bool),
    /// None for both.
    Archived(Option<bool>),
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Wherever a plain word is looked for.
    Row,
    Model,
    Prompt,
    Ratio,
    Profile,
    Tags,
    Group,
    /// What the service or we say that went wrong.
    Error,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum IdTest {
    Number(RangeInclusive<i64>),
    Task(Needle),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

/// What a number is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit<T> {
    pub sign: Sign,
    pub value: T,
}

impl Term {
    pub(super) fn holds(&self, job: &impl Facts, now: Timestamp) -> bool {
        self.test.holds(job, now) != self.excludes
    }

    pub(super) fn asks_for_age(&self) -> bool {
        matches!(self.test, Test::Age(_))
    }

    /// Whether it asks for archived jobs, alone or among others.
    pub(super) fn shows_archived(&self) -> bool {
        matches!(self.test, Test::Archived(which) if (which != Some(false)) != self.excludes)
    }
}

impl Test {
    fn holds(&self, job: &impl Facts, now: Timestamp) -> bool {
        match self {
            Self::Word(needle, number) => *number == Some(job.id()) || Place::Row.holds(job, needle),
            Self::Text(place, needle) => place.holds(job, needle),
            Self::State(words) => words.iter().any(|word| match *word {
                "live" => job.is_live(),
                "ended" => !job.is_live(),
                word => is_state(job.state(), job.label(), word),
            }),
            Self::Id(tests) => tests.iter().any(|test| test.holds(job)),
            Self::Parent(ranges) => {
                job.parent().is_some_and(|JobId(parent)| ranges.iter().any(|range| range.contains(&parent)))
            }
            Self::Duration(limit) => job.duration().is_some_and(|seconds| limit.allows(&seconds.into())),
            Self::Seed(limit) => job.seed().is_some_and(|seed| limit.allows(&seed)),
            Self::Cost(limit) => job.cost().is_some_and(|cost| limit.allows(&cost)),
            Self::Age(limit) => limit.allows(&now.duration_since(job.created_at())),
            Self::Saved(saved) => job.is_saved() == *saved,
            Self::Archived(archived) => archived.is_none_or(|archived| job.is_archived() == archived),
        }
    }
}

/// Whether a state, or what the screen calls it, is this word of a filter.
pub(super) fn is_state(state: State, label: &str, word: &str) -> bool {
    let is_label = || {
        let label = label.bytes().map(|b| if b == b' ' { b'_' } else { b.to_ascii_lowercase() });
        label.eq(word.bytes())
    };
    state.word() == word || is_label()
}

impl Place {
    fn holds(self, job: &impl Facts, needle: &Needle) -> bool {
        let found = |which| job.text(which).is_some_and(|text| needle.is_in(text));
        let in_tags = || job.tags().any(|tag| needle.is_in(tag));
        match self {
            Self::Row => {
                found(Text::Model)
                    || found(Text::Prompt)
                    || found(Text::Task)
                    || needle.is_in(job.state().word())
                    || needle.is_in(job.label())
                    || in_tags()
            }
            Self::Model => found(Text::Model),
            Self::Prompt => found(Text::Prompt),
            Self::Ratio => found(Text::Ratio),
            Self::Profile => found(Text::Profile),
            Self::Tags => in_tags(),
            Self::Group => found(Text::Group),
            Self::Error => job.faults().any(|fault| needle.is_in(fault)),
        }
    }
}

impl IdTest {
    fn holds(&self, job: &impl Facts) -> bool {
        match self {
            Self::Number(range) => range.contains(&job.id().0),
            Self::Task(needle) => job.text(Text::Task).is_some_and(|task_id| needle.is_in(task_id)),
        }
    }
}

impl<T: PartialOrd> Limit<T> {
    fn allows(&self, value: &T) -> bool {
        match self.sign {
            Sign::Less => *value < self.value,
            Sign::AtMost => *value <= self.value,
            Sign::Equal => *value == self.value,
            Sign::AtLeast => *value >= self.value,
            Sign::More => *value > self.value,
        }
    }
}

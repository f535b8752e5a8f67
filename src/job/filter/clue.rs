use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use super::{
    Filter,
    needle::Needle,
    term::{IdTest, Limit, Place, Sign, Term, Test, is_state},
};
use crate::job::{Job, JobId};

/// Something that every job has that a filter wants. Where an index knows who has it, only those need be
/// asked whether the filter wants them.
#[derive(Clone, Debug, PartialEq)]
pub enum Clue {
    /// All these texts, each in one of its model, prompt, task id and tags. In lower case.
    Texts(Vec<String>),
    /// This text in one of those, or one of these labels, or this number.
    Word(String, Vec<&'static str>, Option<JobId>),
    /// One of these labels.
    Labels(Vec<&'static str>),
    /// [`Job::is_live`].
    Live,
    /// It is out of sight.
    Archived,
    /// Something went wrong with it.
    Faulty,
    /// It is a clone of one of these.
    Parents(Vec<RangeInclusive<i64>>),
    /// It has a number from here to there.
    Numbers(RangeInclusive<i64>),
    /// It was made from then to then.
    Made(Timestamp, Timestamp),
}

impl Filter {
    /// What all jobs have that are wanted at `now`, as far as its words say so.
    pub fn clues(&self, now: Timestamp) -> Vec<Clue> {
        let (mut texts, mut clues) = (Vec::new(), Vec::new());
        for clue in self.terms.iter().filter_map(|term| term.clue(now)) {
            match clue {
                Clue::Texts(more) => texts.extend(more),
                clue => clues.push(clue),
            }
        }
        clues.extend((!texts.is_empty()).then_some(Clue::Texts(texts)));
        clues
    }
}

impl Term {
    fn clue(&self, now: Timestamp) -> Option<Clue> {
        match &self.test {
            Test::Archived(Some(archived)) if *archived != self.excludes => Some(Clue::Archived),
            _ if self.excludes => None,
            Test::Word(needle, id) => {
                let labels = labels(|state, label| needle.is_in(state.word()) || needle.is_in(label));
                Some(match needle.plain()?.to_owned() {
                    text if labels.is_empty() && id.is_none() => Clue::Texts(vec![text]),
                    text => Clue::Word(text, labels, *id),
                })
            }
            Test::Text(Place::Model | Place::Prompt | Place::Tags, needle) => texts(needle),
            Test::Text(Place::Error, _) => Some(Clue::Faulty),
            Test::State(words) if words == &["live"] => Some(Clue::Live),
            Test::State(words) if !words.iter().any(|word| matches!(*word, "live" | "ended")) => {
                Some(Clue::Labels(labels(|state, label| {
                    words.iter().any(|word| is_state(state, label, word))
                })))
            }
            Test::Id(tests) => numbers(tests),
            Test::Parent(ranges) => Some(Clue::Parents(ranges.clone())),
            Test::Age(limit) => Some(made(limit, now)),
            _ => None,
        }
    }
}

fn labels(which: impl Fn(crate::job::State, &str) -> bool) -> Vec<&'static str> {
    Job::LABELS.into_iter().filter(|(state, label)| which(*state, label)).map(|(_, label)| label).collect()
}

fn texts(needle: &Needle) -> Option<Clue> {
    Some(Clue::Texts(vec![needle.plain()?.to_owned()]))
}

fn numbers(tests: &[IdTest]) -> Option<Clue> {
    if let [IdTest::Task(needle)] = tests {
        return texts(needle);
    }
    let mut ranges = tests.iter().map(|test| match test {
        IdTest::Number(range) => Some(range.clone()),
        IdTest::Task(_) => None,
    });
    let first = ranges.next()??;
    let hull = |one: RangeInclusive<i64>, two: Option<RangeInclusive<i64>>| {
        let two = two?;
        Some(*one.start().min(two.start())..=*one.end().max(two.end()))
    };
    ranges.try_fold(first, hull).map(Clue::Numbers)
}

fn made(limit: &Limit<SignedDuration>, now: Timestamp) -> Clue {
    let then = now.saturating_sub(limit.value).unwrap_or(Timestamp::MIN);
    match limit.sign {
        Sign::Less | Sign::AtMost => Clue::Made(then, Timestamp::MAX),
        Sign::Equal => Clue::Made(then, then),
        Sign::AtLeast | Sign::More => Clue::Made(Timestamp::MIN, then),
    }
}

//! The filter language: a few words that say which jobs are wanted. The same in the dashboard and on the
//! command line.

mod clue;
mod complete;
mod facts;
mod needle;
mod read;
mod term;
mod words;

use std::fmt;

use jiff::Timestamp;

use super::Job;
pub use clue::Clue;
pub use facts::{Facts, Text};
pub use needle::lower;
use term::Term;

/// Which jobs are wanted. Words with blanks between them must all hold, `"two words"` is one, `!` before a
/// word excludes, `~` finds letters with others between. `key:value` asks for one thing:
/// [`Filter::KEYS`]. Archived jobs are wanted only where `archived:` asks for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    terms: Vec<Term>,
    shows_archived: bool,
}

/// A word of a filter that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FilterError {
    /// The word, as it was typed.
    pub word: String,
    /// What is wrong with it, and what was expected.
    pub message: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filter `{}`: {}", self.word, self.message)
    }
}

impl Filter {
    /// Every key: its name, what it asks for, an example.
    pub const KEYS: [(&'static str, &'static str, &'static str); 16] = [
        ("state", "any of these states or labels; live and ended, too", "state:failed,rejected"),
        ("model", "the model's name holds this", "model:gen4"),
        ("prompt", "the prompt holds this", "prompt:\"a cat\""),
        ("id", "the job's number, a list or a range; or how its task id begins", "id:3,7..9"),
        ("tag", "a tag begins so", "tag:client"),
        ("ratio", "the ratio holds this", "ratio:1280:720"),
        ("duration", "the length in seconds that was asked for", "duration:>5"),
        ("seed", "the seed that was asked for", "seed:42"),
        ("cost", "what it costs in dollars, as far as is known", "cost:>0.5"),
        ("age", "how long ago it was made, in s, m, h or d; without a sign at most", "age:<2h"),
        ("saved", "whether its video is on disk: yes or no", "saved:no"),
        ("archived", "whether it is archived: yes, no or any; no without this key", "archived:any"),
        ("group", "the sweep it belongs to begins so", "group:3d95"),
        ("parent", "the number of the job that it was cloned from", "parent:12"),
        ("profile", "the name of the profile that made it holds this", "profile:work"),
        ("error", "what went wrong, in the service's words or ours, holds this", "error:safety"),
    ];

    /// Reads a filter. What is half typed (`state:`, `age:<`, `!`) asks for nothing yet.
    ///
    /// # Errors
    /// The first word that cannot be understood: an unknown key, or a value that its key does not take.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::parse_as(text, false)
    }

    /// The same; where it is `loose`, each plain word means what it means behind a `~`.
    ///
    /// # Errors
    /// As [`Filter::parse`].
    pub fn parse_as(text: &str, loose: bool) -> Result<Self, FilterError> {
        let mut terms = Vec::new();
        for mut word in words::words(text) {
            word.is_loose |= loose && word.key.is_none();
            terms.extend(read::read(&word)?);
        }
        let shows_archived = terms.iter().any(Term::shows_archived);
        Ok(Self { terms, shows_archived })
    }

    /// Whether a job is wanted. `now` is for its age.
    pub fn matches(&self, job: &Job, now: Timestamp) -> bool {
        self.wants(job, now)
    }

    /// The same of whatever tells what a filter asks for.
    pub fn wants(&self, job: &impl Facts, now: Timestamp) -> bool {
        (self.shows_archived || !job.is_archived()) && self.terms.iter().all(|term| term.holds(job, now))
    }

    /// Whether it asks for nothing: every job that is not archived is wanted.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it asks for the ages of jobs, so that who passes changes with time.
    pub fn asks_for_age(&self) -> bool {
        self.terms.iter().any(Term::asks_for_age)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::{Account, Failure, JobId, Money, Outcome, Problem, Request, ResultState, State};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn bare(id: i64) -> Job {
        Job::of_task(JobId(id), "u".into(), Account::default(), format!("task-{id}"), at(0))
    }

    fn outcome(state: ResultState) -> Outcome {
        Outcome {
            state,
            urls: Vec::new(),
            expires_at: None,
            files: Vec::new(),
            problem: None,
            blocked: false,
        }
    }

    /// Five jobs that differ in about everything.
    fn jobs() -> Vec<Job> {
        let request = |model: &str, prompt: &str, duration, seed| Request {
            model: model.into(),
            prompt_text: Some(prompt.into()),
            ratio: Some("1280:720".into()),
            duration,
            seed,
            ..Request::default()
        };
        let mut jobs: Vec<_> = (1..=5).map(bare).collect();
        jobs[0].request = request("gen4_turbo", "A cat yawns", Some(5), Some(42));
        jobs[0].state = State::Running;
        jobs[0].account.profile = "work".into();
        jobs[1].request = request("gen3a_turbo", "un été à Paris", Some(10), None);
        jobs[1].state = State::Succeeded;
        jobs[1].result = Some(outcome(ResultState::Saved));
        jobs[1].estimate = Some(Money::from_micros(320_000));
        jobs[1].tags = vec!["client".into(), "late".into()];
        jobs[2].state = State::Failed;
        jobs[2].failure = Some(Failure { code: "SAFETY.INPUT.TEXT".into(), message: "no".into() });
        jobs[2].parent = Some(JobId(1));
        jobs[2].created_at = at(-7200);
        jobs[3].state = State::Succeeded;
        jobs[3].result = Some(outcome(ResultState::Failed));
        jobs[3].problem = Some(Problem::new("x", "no room on the disk"));
        jobs[3].task_id = Some("3d957031-aa".into());
        jobs[4].archived = true;
        jobs[4].state = State::Failed;
        jobs
    }

    fn found(text: &str) -> Vec<i64> {
        let filter = Filter::parse(text).unwrap();
        jobs().iter().filter(|job| filter.matches(job, at(60))).map(|job| job.id.0).collect()
    }

    #[test]
    fn words_are_looked_for_in_the_row() {
        for (text, expected) in [
            ("", &[1, 2, 3, 4][..]),
            ("CAT", &[1]),
            ("turbo", &[1, 2]),
            ("turbo yawns", &[1]),
            ("\"cat yawns\"", &[1]),
            ("\"yawns cat\"", &[]),
            ("ÉTÉ", &[2]),
            ("moderated", &[3]),
            ("failed", &[3]),
            ("client", &[2]),
            ("3d95", &[4]),
            ("#2", &[2]),
            // A number is looked for as text, too: here in the task id of the fourth.
            ("1", &[1, 4]),
            ("!turbo", &[3, 4]),
            ("turbo !cat", &[2]),
            ("~ywns", &[1]),
            ("!~ywns", &[2, 3, 4]),
            ("~gtrb ~yw", &[1]),
            ("1280:720", &[]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn keys_ask_for_one_thing() {
        for (text, expected) in [
            ("state:failed", &[3][..]),
            ("state:FAILED,running", &[1, 3]),
            ("state:moderated", &[3]),
            ("state:saved", &[2]),
            ("state:\"not saved\"", &[4]),
            ("state:not-saved", &[4]),
            ("state:succ", &[2, 4]),
            ("state:live", &[1]),
            ("state:ended !state:failed", &[2, 4]),
            ("model:gen4", &[1]),
            ("prompt:\"cat y\"", &[1]),
            ("id:2,3..4", &[2, 3, 4]),
            ("id:4..3", &[3, 4]),
            ("id:..2", &[1, 2]),
            ("id:3..", &[3, 4]),
            ("id:3d95", &[4]),
            ("id:TASK-1", &[1]),
            ("tag:cli", &[2]),
            ("tag:ent", &[]),
            ("ratio:1280:720", &[1, 2]),
            ("duration:5s", &[1]),
            ("duration:>=5 duration:<10", &[1]),
            ("seed:42", &[1]),
            ("!seed:>0", &[2, 3, 4]),
            ("cost:>0.3", &[2]),
            ("cost:$0.32", &[2]),
            ("cost:<0.32", &[]),
            ("age:<2h", &[1, 2, 4]),
            ("age:1m", &[1, 2, 4]),
            ("age:>1h", &[3]),
            ("saved:yes", &[2]),
            ("saved:no", &[1, 3, 4]),
            ("archived:yes", &[5]),
            ("archived:any state:failed", &[3, 5]),
            ("archived:no", &[1, 2, 3, 4]),
            ("!archived:no", &[5]),
            ("!archived:yes", &[1, 2, 3, 4]),
            ("parent:1", &[3]),
            ("parent:#1..5", &[3]),
            ("profile:WORK", &[1]),
            ("error:safety", &[3]),
            ("error:\"no room\"", &[4]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_half_typed_asks_for_nothing() {
        for text in
            ["state:", "!state:", "age:<", "!age:>=", "id:,", "!", "~", "!~", "\"", "saved:", "tag:\"", " "]
        {
            let filter = Filter::parse(text).unwrap();
            assert!(filter.is_empty() && !filter.shows_archived, "{text}");
            assert_eq!(found(text), [1, 2, 3, 4], "{text}");
        }
        assert_eq!(found("archived:"), [1, 2, 3, 4]);
        assert!(Filter::parse("archived:y").unwrap().shows_archived);
        assert!(!Filter::parse("archived:no").unwrap().shows_archived);
    }

    #[test]
    fn a_fault_names_the_word_and_what_was_meant() {
        for (text, told) in [
            (
                "cat stat:failed",
                "filter `stat:failed`: `stat:` is no key of a filter; did you mean `state:`?",
            ),
            ("colour:", "there are state, model, "),
            ("state:faled", "did you mean `failed`?"),
            ("!state:on_fire", "none of its words: held, sending"),
            ("saved:maybe", "none of its words: yes, no"),
            ("seed:lucky", "`lucky` is not a whole number"),
            ("cost:>cheap", "`cheap` is not an amount of dollars"),
            ("age:<2", "`2` is not an age such as 30m"),
            ("age:<2w", "not an age"),
            ("age:9999999999999999999d", "not an age"),
            ("age:é", "not an age"),
            ("parent:x", "`x` is not the number of a job"),
        ] {
            let fault = Filter::parse(text).unwrap_err().to_string();
            assert!(fault.contains(told), "{text}: {fault}");
        }
    }

    #[test]
    fn every_example_is_a_filter() {
        for (key, _, example) in Filter::KEYS {
            assert!(example.starts_with(&format!("{key}:")), "{example}");
            assert!(!Filter::parse(example).unwrap().is_empty(), "{example}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_filter_or_a_fault(text in "([a-z]{2,8}:)?[!~\"<>=.,0-9a-z é#:]{0,20}") {
            if let Ok(filter) = Filter::parse(&text) {
                let _ = jobs().iter().filter(|job| filter.matches(job, at(60))).count();
            }
            let _ = Filter::complete(&text, true);
        }

        /// A word and the same with `!` part the jobs, whatever it asks for.
        #[test]
        fn what_is_excluded_is_all_the_rest(
            word in prop::sample::select(vec!["cat", "~tb", "state:failed", "age:<2h", "seed:>=0", "id:2..3", "error:no"])
        ) {
            let mut both = found(word);
            both.extend(found(&format!("!{word}")));
            both.sort_unstable();
            prop_assert_eq!(both, [1, 2, 3, 4]);
        }
    }
}

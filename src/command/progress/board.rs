//! Which jobs stand where, and how many: every change costs what it changes, however many jobs there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::job::{Certainty, Job, JobId, Money, ResultState, State};

/// Where a job stands, as it is counted. In this order they are shown: what moves first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Fetching,
    Running,
    Queued,
    Sending,
    Done,
    ToSend,
    Saved,
    Unsaved,
    Failed,
    Rejected,
    Cancelled,
    Held,
    Unsure,
    NotFound,
    NotCreated,
}

impl Kind {
    pub fn of(job: &Job) -> Self {
        match (job.state, job.result.as_ref().map(|result| result.state)) {
            (State::Held, _) if job.consent.is_some() => Self::ToSend,
            (State::Held, _) => Self::Held,
            (State::Sending, _) => Self::Sending,
            (State::Unsure, _) => Self::Unsure,
            (State::Rejected, _) => Self::Rejected,
            (State::Submitted | State::Queued, _) => Self::Queued,
            (State::Running, _) => Self::Running,
            (State::Succeeded, Some(ResultState::Fetching)) => Self::Fetching,
            (State::Succeeded, Some(ResultState::Saved)) => Self::Saved,
            (State::Succeeded, Some(ResultState::Expired | ResultState::Failed)) => Self::Unsaved,
            (State::Succeeded, _) => Self::Done,
            (State::Failed, _) => Self::Failed,
            (State::Cancelled, _) => Self::Cancelled,
            (State::NotFound, _) => Self::NotFound,
            (State::NotCreated, _) => Self::NotCreated,
        }
    }

    /// Behind a number.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fetching => "downloading",
            Self::Running => "running",
            Self::Queued => "queued",
            Self::Sending => "being sent",
            Self::Done => "done",
            Self::ToSend => "to be sent",
            Self::Saved => "saved",
            Self::Unsaved => "not saved",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
            Self::Unsure => "unsure",
            Self::NotFound => "not found",
            Self::NotCreated => "not created",
        }
    }

    /// Whether its line shows for how long.
    const fn ages(self) -> bool {
        matches!(self, Self::Fetching | Self::Running | Self::Queued | Self::Sending)
    }
}

/// What was, or may have been, spent on a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cost {
    Nothing,
    /// By the account's own record.
    Charged(Money),
    /// By the table of prices.
    Estimated(Money),
    Unknown,
}

impl Cost {
    fn of(job: &Job) -> Self {
        match (job.certainty(), job.charged, job.estimate) {
            (Certainty::None, ..) => Self::Nothing,
            (_, Some(charged), _) => Self::Charged(charged),
            (_, None, Some(estimate)) => Self::Estimated(estimate),
            (_, None, None) => Self::Unknown,
        }
    }
}

/// The jobs of a command.
#[derive(Debug, Default)]
pub struct Board {
    rows: HashMap<JobId, (Kind, Cost)>,
    counts: BTreeMap<Kind, usize>,
    /// Those that are waited for.
    waiting: BTreeSet<(Kind, JobId)>,
    micros: u64,
    estimated: usize,
    unpriced: usize,
}

impl Board {
    /// Takes in a job that is new or has changed. `waits` says whether it is waited for.
    pub fn take(&mut self, job: &Job, waits: bool) {
        let (kind, cost) = (Kind::of(job), Cost::of(job));
        if let Some((before, spent)) = self.rows.insert(job.id, (kind, cost)) {
            self.waiting.remove(&(before, job.id));
            self.tally(before, spent, false);
        }
        self.tally(kind, cost, true);
        if waits {
            self.waiting.insert((kind, job.id));
        }
    }

    fn tally(&mut self, kind: Kind, cost: Cost, comes: bool) {
        let step = |count: usize| if comes { count + 1 } else { count.saturating_sub(1) };
        let counted = self.counts.entry(kind).or_default();
        *counted = step(*counted);
        match cost {
            Cost::Nothing => {}
            Cost::Unknown => self.unpriced = step(self.unpriced),
            Cost::Charged(money) | Cost::Estimated(money) => {
                let (sum, micros) = (self.micros, money.micros());
                self.micros = if comes { sum.saturating_add(micros) } else { sum.saturating_sub(micros) };
                if matches!(cost, Cost::Estimated(_)) {
                    self.estimated = step(self.estimated);
                }
            }
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many are to have a line: those that are waited for. What only waits for its turn has one where
    /// nothing else has.
    pub fn for_lines(&self) -> usize {
        match self.waiting.range(..(Kind::ToSend, JobId(i64::MIN))).count() {
            0 => self.waiting.len(),
            moving => moving,
        }
    }

    /// Whether a line changes by the clock alone.
    pub fn ages(&self) -> bool {
        self.waiting.first().is_some_and(|(kind, _)| kind.ages())
    }

    /// Of those that are waited for so many, what moves before what rests, in the order of their numbers.
    pub fn foremost(&self, count: usize) -> Vec<JobId> {
        let mut ids: Vec<_> = self.waiting.iter().take(count).map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// `3 running`, `2 queued`, `5 saved`.
    pub fn counts(&self) -> impl Iterator<Item = (Kind, usize)> {
        self.counts.iter().map(|(kind, count)| (*kind, *count)).filter(|(_, count)| *count > 0)
    }

    /// `$1.25` where the account's record tells it, else `about $1.25`; and how many have no price.
    pub fn money(&self) -> Option<String> {
        let about = if self.estimated > 0 { "about " } else { "" };
        let known = (self.micros > 0).then(|| format!("{about}${}", Money::from_micros(self.micros)));
        let unknown = (self.unpriced > 0).then(|| format!("{} of unknown price", self.unpriced));
        let told: Vec<_> = known.into_iter().chain(unknown).collect();
        (!told.is_empty()).then(|| told.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::job::{Account, Consent, NewJob};

    fn job(id: i64, state: State) -> Job {
        let mut job = Job::new(JobId(id), "u".into(), NewJob::default(), Timestamp::UNIX_EPOCH);
        (job.state, job.estimate) = (state, Some(Money::from_micros(250_000)));
        job
    }

    fn told(board: &Board) -> String {
        let counts: Vec<_> = board.counts().map(|(kind, count)| format!("{count} {}", kind.word())).collect();
        counts.join(" ")
    }

    #[test]
    fn a_job_is_counted_once_wherever_it_goes() {
        let mut board = Board::default();
        for id in 1..=3 {
            board.take(&job(id, State::Queued), true);
        }
        board.take(&job(2, State::Running), true);
        board.take(&job(2, State::Running), true);
        assert_eq!(told(&board), "1 running 2 queued");
        assert_eq!(board.foremost(2), [JobId(1), JobId(2)], "the one that runs is among the first");
        assert_eq!(board.foremost(1), [JobId(2)]);
        assert_eq!(board.money().unwrap(), "about $0.75");
        board.take(&job(2, State::Failed), false);
        board.take(&job(1, State::Rejected), false);
        assert_eq!(told(&board), "1 queued 1 failed 1 rejected");
        assert_eq!((board.for_lines(), board.len()), (1, 3));
        assert_eq!(board.money().unwrap(), "about $0.50", "a refused request costs nothing");
        assert!(board.ages());
        board.take(&job(3, State::Held), false);
        assert!(!board.ages());
    }

    #[test]
    fn what_waits_for_its_turn_has_a_line_where_nothing_moves() {
        let consent = Consent { until: Timestamp::MAX, holder: 1, patience: 1, born: None };
        let mut board = Board::default();
        for id in 1..=9 {
            board.take(&Job { consent: Some(consent), ..job(id, State::Held) }, true);
        }
        assert_eq!((board.for_lines(), told(&board).as_str()), (9, "9 to be sent"));
        board.take(&job(5, State::Queued), true);
        assert_eq!((board.for_lines(), board.foremost(1)), (1, vec![JobId(5)]));
    }

    #[test]
    fn money_says_how_sure_it_is() {
        let mut board = Board::default();
        assert_eq!(board.money(), None);
        let mut charged = job(1, State::Succeeded);
        charged.charged = Some(Money::from_micros(320_000));
        board.take(&charged, false);
        assert_eq!(board.money().unwrap(), "$0.32");
        let task = Job::of_task(JobId(2), "u".into(), Account::default(), "t".into(), Timestamp::UNIX_EPOCH);
        board.take(&task, true);
        assert_eq!(board.money().unwrap(), "$0.32 and 1 of unknown price");
    }
}

use std::{fmt, iter::Sum, ops::Add};

use jiff::{SignedDuration, Timestamp};

use super::{Certainty, Job, JobId, Money, Problem, Request, State};

/// The day of a budget: not the calendar's, the last 24 hours.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A request that is the same as one that was made within so long is a duplicate, whatever became of it.
pub const DUPLICATE_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// What was spent, as far as anyone knows: a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// At least this, by the estimates.
    pub sure: Money,
    /// At most this.
    pub possible: Money,
}

impl Spend {
    /// What a job has cost or may still cost. One that is held with the user's word is as good as under way,
    /// so it is possible spending already; one whose price is unknown may have cost `unknown_price`.
    pub fn of(job: &Job, unknown_price: Money) -> Self {
        let nothing = Money::default();
        let sure = job.cost().unwrap_or_default();
        let possible = job.cost().unwrap_or(unknown_price);
        match job.certainty() {
            Certainty::None if job.waits_to_be_sent() => Self { sure: nothing, possible },
            Certainty::None => Self::default(),
            Certainty::FailedMaybeBilled if !job.is_moderated() => Self { sure: nothing, possible },
            Certainty::Unsure => Self { sure: nothing, possible },
            // Moderated input is billed (`reference/api.md §3`); the rest of them counts so, too.
            Certainty::Estimated | Certainty::FailedMaybeBilled | Certainty::Confirmed => {
                Self { sure, possible }
            }
        }
    }

    /// Whether the job's spending belongs to the 24 hours before `now`: by the moment of its sending; what
    /// is still to be sent belongs to them in any case.
    pub fn is_todays(job: &Job, now: Timestamp) -> bool {
        job.waits_to_be_sent() || job.sent_at.is_some_and(|at| now.duration_since(at) < DAY)
    }
}

impl Add for Spend {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { sure: self.sure + other.sure, possible: self.possible + other.possible }
    }
}

impl Sum for Spend {
    fn sum<I: Iterator<Item = Self>>(spends: I) -> Self {
        spends.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Spend {
    /// `$0.25–0.75`, or `$0.25` where both ends are one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sure == self.possible {
            write!(f, "${}", self.sure)
        } else {
            write!(f, "${}–{}", self.sure, self.possible)
        }
    }
}

/// How much may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// In any 24 hours, by all jobs of an account.
    pub day: Option<Money>,
    /// By one run of the program, with the jobs that it was told to send.
    pub session: Option<Money>,
    /// What a job of unknown price counts as.
    pub unknown_price: Money,
}

impl Default for Budget {
    /// No limit.
    fn default() -> Self {
        Self { day: None, session: None, unknown_price: Money::from_micros(1_000_000) }
    }
}

impl Budget {
    /// What `count` jobs with this estimate count as.
    pub fn cost(&self, estimate: Option<Money>, count: u32) -> Money {
        estimate.unwrap_or(self.unknown_price).times(count.into())
    }

    /// Whether jobs that cost `batch` together may be sent, all or none, after what was spent so far. What
    /// is only possibly spent counts in full. The words are a warning: a budget is used to 80 % or more.
    ///
    /// # Errors
    /// `budget_exceeded`, with the sums.
    pub fn check(&self, day: Spend, session: Spend, batch: Money) -> Result<Option<String>, Problem> {
        let day_hint = "budget.day_usd in the config sets it; what was spent 24 hours ago counts no more";
        let session_hint = "budget.session_usd in the config sets it; it is counted anew at each start";
        let limits = [("day", day_hint, self.day, day), ("session", session_hint, self.session, session)];
        let mut warning = None;
        for (name, hint, limit, spent) in limits {
            let Some(limit) = limit else { continue };
            let sum = spent.possible + batch;
            let counts = format!("{spent} spent and ${batch} for this");
            if sum > limit {
                let told = format!(
                    "the {name}'s budget is ${limit}: {counts} would be up to ${sum} (an estimate); nothing was sent"
                );
                return Err(Problem::new("budget_exceeded", told).hint(hint));
            }
            if u128::from(sum.micros()) * 5 >= u128::from(limit.micros()) * 4 && warning.is_none() {
                warning =
                    Some(format!("{counts} come to ${sum} of the {name}'s budget of ${limit} (an estimate)"));
            }
        }
        Ok(warning)
    }
}

/// What is checked in the same write that puts jobs in or gives them their consent, so that several
/// programs cannot pass it together.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// How much may be spent.
    pub budget: Budget,
    /// The jobs that this run of the program was told to send so far.
    pub session: Vec<JobId>,
    /// The user knows of a duplicate and wants it.
    pub duplicate_ok: bool,
}

/// Whether `request`, made now, would be a duplicate of `job`: that asks for the same in every field, and
/// [`may_be_duplicated`]. The caller looks only at jobs of one account, and before it makes its own: those of one `--count` are no
/// duplicates of each other.
pub fn is_duplicate(job: &Job, request: &Request, now: Timestamp) -> bool {
    may_be_duplicated(job, now) && job.request == *request
}

/// Whether a request made now that asks for the same as `job` is its duplicate: it is under way or was made
/// within ten minutes. Of jobs of which nothing was made or will be (rejected, cancelled before they were
/// sent, not created, held without consent) there are none.
pub fn may_be_duplicated(job: &Job, now: Timestamp) -> bool {
    match job.state {
        State::Held => job.waits_to_be_sent(),
        State::Rejected | State::Cancelled | State::NotCreated => false,
        // A held one may have been made long before it was sent.
        State::Succeeded | State::Failed => {
            let made = job.sent_at.map_or(job.created_at, |sent| sent.max(job.created_at));
            now.duration_since(made) < DUPLICATE_WITHIN
        }
        State::Sending
        | State::Unsure
        | State::Submitted
        | State::Queued
        | State::Running
        | State::NotFound => true,
    }
}

/// Says that a request is the same as a job's.
pub fn duplicate(job: &Job) -> Problem {
    let likely = match job.request.seed {
        Some(seed) => format!("with the seed {seed}, likely the same video again"),
        None => "without a seed, so it makes a new variation".into(),
    };
    let state = job.label();
    let moderated = if job.is_moderated() {
        " It was refused by moderation and billed: repeats can suspend the account; change the request."
    } else {
        ""
    };
    let told = format!("job {} ({state}) asks for the same; this would be {likely}, paid for again.", job.id);
    Problem::new("duplicate", told + moderated)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::{Consent, Failure, NewJob};

    const UNKNOWN: Money = Money::from_micros(1_000_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn job(state: State) -> Job {
        let new = NewJob {
            request: Request { model: "m".into(), ..Request::default() },
            estimate: Some(Money::from_micros(250_000)),
            ..NewJob::default()
        };
        Job { state, task_id: Some("t".into()), ..Job::new(JobId(7), "u".into(), new, at(0)) }
    }

    fn ends(job: &Job) -> (u64, u64) {
        let spend = Spend::of(job, UNKNOWN);
        (spend.sure.micros() / 10_000, spend.possible.micros() / 10_000)
    }

    #[test]
    fn each_state_costs_what_is_known_of_it() {
        use State as S;
        for (state, range) in [
            (S::Held, (0, 0)),
            (S::Sending, (0, 25)),
            (S::Unsure, (0, 25)),
            (S::Rejected, (0, 0)),
            (S::Submitted, (25, 25)),
            (S::Queued, (25, 25)),
            (S::Running, (25, 25)),
            (S::Succeeded, (25, 25)),
            (S::Failed, (0, 25)),
            (S::Cancelled, (0, 25)),
            (S::NotFound, (25, 25)),
            (S::NotCreated, (0, 0)),
        ] {
            assert_eq!(ends(&job(state)), range, "{state}");
        }
        let consent = Consent { until: at(600), holder: 1, patience: 1, born: None };
        assert_eq!(ends(&Job { consent: Some(consent), ..job(S::Held) }), (0, 25));
        let failure = Failure { code: "SAFETY.INPUT.TEXT".into(), message: String::new() };
        assert_eq!(ends(&Job { failure: Some(failure), ..job(S::Failed) }), (25, 25), "moderated is billed");
        assert_eq!(ends(&Job { estimate: None, ..job(S::Running) }), (0, 100), "an unknown price");
        let charged = Some(Money::from_micros(320_000));
        assert_eq!(ends(&Job { charged, ..job(S::Succeeded) }), (32, 32), "by the account's record");
    }

    #[test]
    fn the_day_is_the_last_24_hours() {
        let sent = Job { sent_at: Some(at(0)), ..job(State::Succeeded) };
        assert!(Spend::is_todays(&sent, at(86_399)) && !Spend::is_todays(&sent, at(86_400)));
        assert!(!Spend::is_todays(&job(State::Held), at(0)), "never sent");
    }

    #[test]
    fn a_budget_is_told_with_its_sums() {
        let money = |cents: u64| Money::from_micros(cents * 10_000);
        let budget = Budget { day: Some(money(100)), ..Budget::default() };
        let spent = |sure, possible| Spend { sure: money(sure), possible: money(possible) };
        let none = Spend::default();
        assert_eq!(budget.check(spent(25, 54), none, money(25)), Ok(None));
        let told = budget.check(spent(25, 55), none, money(25)).unwrap().unwrap();
        assert_eq!(
            told,
            "$0.25–0.55 spent and $0.25 for this come to $0.80 of the day's budget of $1.00 (an estimate)"
        );
        assert!(budget.check(spent(75, 75), none, money(25)).is_ok(), "exactly all of it");
        let refused = budget.check(spent(25, 80), none, money(25)).unwrap_err();
        assert_eq!(refused.code, "budget_exceeded");
        assert!(refused.message.contains("$1.05") && refused.message.contains("$0.25–0.80"), "{refused:?}");
        let session = Budget { session: Some(money(30)), ..Budget::default() };
        assert!(session.check(none, none, money(50)).unwrap_err().hint.unwrap().contains("session_usd"));
    }

    #[test]
    fn what_is_under_way_or_fresh_is_a_duplicate() {
        use State as S;
        let same = job(S::Held).request;
        let late = at(600);
        for state in State::ALL {
            let now = is_duplicate(&job(state), &same, at(599));
            let later = is_duplicate(&job(state), &same, late);
            let expected = match state {
                S::Held | S::Rejected | S::Cancelled | S::NotCreated => (false, false),
                S::Succeeded | S::Failed => (true, false),
                _ => (true, true),
            };
            assert_eq!((now, later), expected, "{state}");
        }
        let consent = Consent { until: at(600), holder: 1, patience: 1, born: None };
        assert!(is_duplicate(&Job { consent: Some(consent), ..job(S::Held) }, &same, late));
        let other = Request { watermark: Some(false), ..same };
        assert!(!is_duplicate(&job(S::Running), &other, at(0)), "what is sent differs");
    }

    #[test]
    fn a_seed_decides_what_a_duplicate_is_likely_to_be() {
        let mut same = job(State::Running);
        assert!(duplicate(&same).message.contains("job 7 (RUNNING)"));
        assert!(duplicate(&same).message.contains("a new variation"));
        same.request.seed = Some(4);
        assert!(duplicate(&same).message.contains("likely the same video again"));
        assert!(!duplicate(&same).message.contains("suspend"));
        let failure = Failure { code: "SAFETY.INPUT.TEXT".into(), message: String::new() };
        let refused = duplicate(&Job { failure: Some(failure), ..job(State::Failed) }).message;
        assert!(refused.contains("(MODERATED)") && refused.contains("suspend the account"), "{refused}");
    }

    fn spends() -> impl Strategy<Value = Vec<Spend>> {
        let amount = prop_oneof![0..2_000_000u64, any::<u64>()];
        let spend = (amount.clone(), amount).prop_map(|(a, b)| Spend {
            sure: Money::from_micros(a.min(b)),
            possible: Money::from_micros(a.max(b)),
        });
        prop::collection::vec(spend, 0..20)
    }

    proptest! {
        #[test]
        fn a_sum_is_a_range_and_knows_no_order(spends in spends(), turn in 0..20usize) {
            let sum: Spend = spends.iter().copied().sum();
            prop_assert!(sum.sure <= sum.possible);
            let mut turned = spends.clone();
            turned.rotate_left(turn.min(spends.len()));
            prop_assert_eq!(turned.into_iter().sum::<Spend>(), sum);
        }

        /// What is admitted never passes the limit, and in two halves no more is admitted than at once.
        #[test]
        fn a_budget_is_never_passed(
            spent in spends(), limit in any::<u64>(), price in any::<u64>(), (one, two) in (1..50u32, 1..50u32)
        ) {
            let spent: Spend = spent.into_iter().sum();
            let budget = Budget { day: Some(Money::from_micros(limit)), ..Budget::default() };
            let cost = |count| budget.cost(Some(Money::from_micros(price)), count);
            let admits = |spent, count| budget.check(spent, Spend::default(), cost(count)).is_ok();
            let whole = admits(spent, one + two);
            if whole {
                prop_assert!(u128::from(spent.possible.micros()) + u128::from(price) * u128::from(one + two)
                    <= u128::from(limit) || limit == u64::MAX);
            }
            let after = Spend { possible: spent.possible + cost(one), ..spent };
            prop_assert_eq!(admits(spent, one) && admits(after, two), whole);
        }
    }
}

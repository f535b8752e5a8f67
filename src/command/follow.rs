//! Following jobs until they have their answer, or their end.
//!
//! An update costs what it changes, however many jobs are followed: a batch has thousands.

mod ending;
mod step;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use clap::Args;
use jiff::Timestamp;

pub(super) use step::{at_service, goes_on_at, step, step_of, summary};

use super::{
    Exit, Output,
    progress::Progress,
    session::{Session, Signals, ended},
};
use crate::{
    config::Config,
    engine::{self, Command, Ticket, Update},
    job::{Account, Job, JobId, Problem, ResultState, State},
};

/// For how long a request that was provably not accepted is tried again without `--wait`, in seconds.
pub(super) const PATIENCE: u32 = 15;
/// With `--wait` and no `--timeout`.
pub(super) const PATIENCE_WAITING: u32 = 600;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The service's answer to the request.
    Answered,
    /// A final state, and the video saved or given up where it is fetched by itself.
    Ended {
        /// Whether videos are fetched by themselves.
        auto: bool,
    },
    /// The same of any one of the jobs.
    OneEnded {
        /// Whether videos are fetched by themselves.
        auto: bool,
    },
    /// The video saved or given up.
    Fetched,
}

impl Until {
    /// Whether there is nothing more to wait for with this job. For a success that shows no URL, time alone
    /// may change that.
    pub(super) fn holds(self, job: &Job) -> bool {
        let result = job.result.as_ref().map(|result| result.state);
        let fetching = match result {
            Some(ResultState::Pending | ResultState::Fetching) => true,
            Some(ResultState::NoUrl) => engine::waits_for_url(job, Timestamp::now()),
            _ => false,
        };
        match self {
            Self::Answered => is_answered(job),
            Self::Ended { auto } | Self::OneEnded { auto } => {
                is_answered(job) && has_ended(job) && !(auto && fetching)
            }
            Self::Fetched => !fetching,
        }
    }

    /// Whether nothing more happens to the job: what is held, unsure or not found goes nowhere by itself, but
    /// has not ended.
    pub(super) fn has_ended(self, job: &Job) -> bool {
        job.state.is_final() && self.holds(job)
    }

    const fn is_for_the_end(self) -> bool {
        matches!(self, Self::Ended { .. } | Self::OneEnded { .. })
    }
}

fn is_answered(job: &Job) -> bool {
    let to_be_sent = job.state == State::Held && job.consent.is_some();
    job.state != State::Sending && !to_be_sent
}

/// `unsure`, `held` and `not_found` go nowhere by themselves.
fn has_ended(job: &Job) -> bool {
    job.state.is_final() || matches!(job.state, State::Unsure | State::Held | State::NotFound)
}

/// Why a wait ended before its time.
enum Cut {
    TimedOut,
    Signal(Exit),
    /// A wrong key: nothing moves until the user mends it.
    Paused(Problem),
    Engine,
}

/// How long a command that has jobs sent stays with them.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct WaitArgs {
    /// Wait until the jobs have ended and their videos are saved
    #[arg(long)]
    pub wait: bool,
    /// Stop waiting after so many seconds; the jobs go on
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    pub timeout: Option<u32>,
}

impl WaitArgs {
    /// What is waited for, shown `as_list` or alone.
    pub(super) fn how(self, config: &Config, as_list: bool) -> Wait {
        let until = if self.wait { Until::Ended { auto: config.download.auto } } else { Until::Answered };
        Wait { until, timeout: self.timeout, as_list }
    }

    /// For how many seconds a request that was provably not accepted is tried again.
    pub(super) fn patience(self) -> u32 {
        if self.wait { self.timeout.unwrap_or(PATIENCE_WAITING) } else { PATIENCE }
    }
}

/// How a command waits, and how it shows what it waited for.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    pub(super) until: Until,
    /// At most so many seconds.
    pub(super) timeout: Option<u32>,
    /// In JSON as a list, even of one.
    pub(super) as_list: bool,
}

/// Has a command carried out, follows its jobs, and tells how it ended, once nothing more of it is in
/// our hands.
pub(super) async fn carry_out(
    (mut session, mut signals): (Session, Signals),
    output: &mut Output,
    command: impl FnOnce(Ticket) -> Command,
    wait: Wait,
) -> Result<Exit, Problem> {
    engine::reach("before-command");
    if let Some(exit) = signals.arrived().await {
        session.leave(&mut signals, output, true).await;
        output.say("stopped before anything was done");
        return Ok(exit);
    }
    let ids = match session.ask(command).await {
        Ok(ids) => ids,
        Err(problem) => {
            // The engine may be sending for another process.
            session.leave(&mut signals, output, false).await;
            return Err(problem);
        }
    };
    engine::reach("after-command");
    Ok(see_through((session, signals), output, &ids, wait).await)
}

/// Follows jobs that the session knows, and tells how they ended, once nothing more of them is in our hands.
pub(super) async fn see_through(
    (mut session, mut signals): (Session, Signals),
    output: &mut Output,
    ids: &[JobId],
    wait: Wait,
) -> Exit {
    let mut walk = Walk::begin(&session, output, ids, wait.until).await;
    let cut = follow(&mut walk, &mut session, &mut signals, output, wait).await.err();
    walk.progress.end(output, cut.is_none() && wait.until != Until::Answered);
    if let Some(Cut::Signal(_)) = cut {
        output.say(&ending::goes_on_without_us("stopped waiting", &session, ids, wait));
    }
    session.leave(&mut signals, output, cut.is_some()).await;
    ending::conclude(output, &session, ids, wait, cut.as_ref())
}

/// As [`see_through`], for jobs that are waited for no more, without an engine.
pub(super) fn tell_ended(output: &mut Output, jobs: Vec<Job>, wait: Wait) -> Exit {
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let jobs = jobs.into_iter().map(|job| (job.id, job)).collect();
    ending::Ending { jobs: &jobs, account: None, wait, cut: None, was_shown: false }.tell(output, &ids)
}

/// Follows the jobs until there is no more to wait for, telling every step on the talk stream.
async fn follow(
    walk: &mut Walk,
    session: &mut Session,
    signals: &mut Signals,
    output: &mut Output,
    wait: Wait,
) -> Result<(), Cut> {
    let limit = wait.timeout.map_or(Duration::MAX, |seconds| Duration::from_secs(seconds.into()));
    let work = tokio::time::timeout(limit, walk.go(session, output));
    match signals.or(work).await {
        Ok(Ok(walked)) => walked,
        Ok(Err(_)) => Err(Cut::TimedOut),
        Err(exit) => Err(Cut::Signal(exit)),
    }
}

/// The way to the end of the jobs that are followed.
struct Walk {
    until: Until,
    /// Whose jobs are polled and fetched, where that matters.
    account: Option<Account>,
    followed: HashSet<JobId>,
    waiting: HashSet<JobId>,
    /// Any has ended.
    one_ended: bool,
    /// Of those the ones that time alone may end.
    by_the_clock: BTreeSet<JobId>,
    said: HashMap<JobId, String>,
    progress: Progress,
}

impl Walk {
    async fn begin(session: &Session, output: &mut Output, ids: &[JobId], until: Until) -> Self {
        let mut walk = Self {
            until,
            account: session.account.clone(),
            followed: ids.iter().copied().collect(),
            // A job that was not told of yet is waited for.
            waiting: ids.iter().copied().collect(),
            one_ended: false,
            by_the_clock: BTreeSet::new(),
            said: HashMap::new(),
            progress: Progress::begin(output, session).await,
        };
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        for job in ids.iter().filter_map(|id| session.jobs.get(id)) {
            walk.see(job, output);
        }
        walk
    }

    async fn go(&mut self, session: &mut Session, output: &mut Output) -> Result<(), Cut> {
        while !self.is_over() {
            // What waits for its answer gets it, or is held.
            if let Some(problem) = session.status.paused.clone().filter(|_| self.until != Until::Answered) {
                return Err(Cut::Paused(problem));
            }
            match self.progress.next(session, output).await.ok_or(Cut::Engine)? {
                Update::Jobs(mut jobs) => {
                    jobs.retain(|job| self.followed.contains(&job.id));
                    jobs.sort_by_key(|job| job.id);
                    for job in &jobs {
                        self.see(job, output);
                    }
                }
                Update::Status(status) => {
                    self.progress.note(status.network.map(|problem| problem.message));
                }
                _ => {}
            }
            for id in self.by_the_clock.clone() {
                if let Some(job) = session.jobs.get(&id) {
                    self.see(job, output);
                }
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.waiting.is_empty() || self.one_ended && matches!(self.until, Until::OneEnded { .. })
    }

    /// Takes in a followed job as it is now, and says its step once. Where a display shows all the others, only
    /// the last step and what went wrong stay in words.
    fn see(&mut self, job: &Job, output: &mut Output) {
        let waits = !self.until.holds(job) && !is_stranger(self.account.as_ref(), self.until, job);
        let no_url = job.result.as_ref().is_some_and(|result| result.state == ResultState::NoUrl);
        // Who waits for answers alone is not told what comes after them.
        let is_over = self.until == Until::Answered && !waits && !self.waiting.contains(&job.id);
        if waits {
            self.waiting.insert(job.id)
        } else {
            self.waiting.remove(&job.id)
        };
        if waits && no_url {
            self.by_the_clock.insert(job.id)
        } else {
            self.by_the_clock.remove(&job.id)
        };
        self.one_ended |= self.until.has_ended(job);
        self.progress.take(job, waits);
        if is_over && self.said.contains_key(&job.id) {
            return;
        }
        let failed = || job.problem.is_some() || job.result.as_ref().is_some_and(|r| r.problem.is_some());
        if self.progress.is_shown() && waits && !failed() {
            return;
        }
        let step = step_of(job);
        if self.said.get(&job.id) != Some(&step) {
            self.progress.say(output, step.clone());
            self.said.insert(job.id, step);
        }
    }
}

/// Whether a job goes nowhere here, since it was made with another key or elsewhere.
fn is_stranger(account: Option<&Account>, until: Until, job: &Job) -> bool {
    let ours = account.is_none_or(|account| account.is_same(&job.account));
    until.is_for_the_end() && !ours && !until.holds(job)
}

//! Following jobs until they have their answer, or their end.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    Exit, Output,
    session::{Session, Signals},
};
use crate::{
    engine::{self, Command, Ticket},
    job::{Job, JobId, JobJson, Problem, ResultState, State},
};

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
    /// The video saved or given up.
    Fetched,
}

impl Until {
    fn holds(self, job: &Job) -> bool {
        let result = job.result.as_ref().map(|result| result.state);
        let fetching = match result {
            Some(ResultState::Pending | ResultState::Fetching) => true,
            Some(ResultState::NoUrl) => engine::waits_for_url(job, Timestamp::now()),
            _ => false,
        };
        match self {
            Self::Answered => is_answered(job),
            Self::Ended { auto } => is_answered(job) && has_ended(job) && !(auto && fetching),
            Self::Fetched => !fetching,
        }
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

/// How long a command waits, and how it shows what it waited for.
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
    let cut = follow(&mut session, &mut signals, output, &ids, wait).await.err();
    if let Some(Cut::Signal(_)) = cut {
        output.say("stopped waiting; what was sent goes on at the service: `taxiway watch` brings it home");
    }
    session.leave(&mut signals, output, cut.is_some()).await;
    let jobs: Vec<_> = ids.iter().filter_map(|id| session.jobs.get(id)).collect();
    Ok(conclude(output, &jobs, wait, cut.as_ref()))
}

/// Follows `ids` until there is no more to wait for, telling every step on the talk stream.
async fn follow(
    session: &mut Session,
    signals: &mut Signals,
    output: &mut Output,
    ids: &[JobId],
    wait: Wait,
) -> Result<(), Cut> {
    let limit = wait.timeout.map_or(Duration::MAX, |seconds| Duration::from_secs(seconds.into()));
    let work = tokio::time::timeout(limit, walk(session, output, ids, wait.until));
    match signals.or(work).await {
        Ok(Ok(walked)) => walked,
        Ok(Err(_)) => Err(Cut::TimedOut),
        Err(exit) => Err(Cut::Signal(exit)),
    }
}

async fn walk(session: &mut Session, output: &mut Output, ids: &[JobId], until: Until) -> Result<(), Cut> {
    let mut teller = Teller::new(ids);
    loop {
        teller.tell(session, output);
        if ids.iter().all(|id| session.jobs.get(id).is_some_and(|job| until.holds(job))) {
            return Ok(());
        }
        // What waits for its answer gets it, or is held.
        if let Some(problem) = session.status.paused.clone().filter(|_| until != Until::Answered) {
            return Err(Cut::Paused(problem));
        }
        session.next().await.ok_or(Cut::Engine)?;
    }
}

/// Says each step of the followed jobs once.
pub(super) struct Teller {
    followed: HashSet<JobId>,
    said: HashMap<JobId, String>,
}

impl Teller {
    pub(super) fn new(ids: &[JobId]) -> Self {
        Self { followed: ids.iter().copied().collect(), said: HashMap::new() }
    }

    fn tell(&mut self, session: &Session, output: &mut Output) {
        let mut jobs: Vec<_> = self.followed.iter().filter_map(|id| session.jobs.get(id)).collect();
        jobs.sort_by_key(|job| job.id);
        for job in jobs {
            let step = step_of(job);
            if self.said.get(&job.id) != Some(&step) {
                output.say(&step);
                self.said.insert(job.id, step);
            }
        }
    }
}

/// One line on where a job stands.
pub(super) fn step_of(job: &Job) -> String {
    let (stands, told) = step(job);
    let told = told.map_or_else(String::new, |text| format!(": {text}"));
    format!("job {}  {stands}{told}", job.id)
}

/// Where a job stands, and what there is to say of that.
pub(super) fn step(job: &Job) -> (String, Option<String>) {
    let progress = job.progress.filter(|_| job.state == State::Running);
    let progress = progress.map_or_else(String::new, |part| format!(" {:.0}%", part * 100.0));
    let told = match job.state {
        State::Held if job.consent.is_some() && job.problem.is_none() => Some("waits to be sent".into()),
        State::Held | State::Unsure | State::Rejected => {
            job.problem.as_ref().map(|problem| problem.message.clone())
        }
        State::Failed => job.failure.as_ref().map(|f| format!("{} {}", f.code, f.message).trim().to_string()),
        State::Submitted => job.task_id.clone(),
        _ => job.result.as_ref().and_then(|result| {
            let saved = result.files.iter().map(|file| file.path.display().to_string()).next();
            result.problem.clone().or(saved)
        }),
    };
    (format!("{}{progress}", job.label()), told)
}

/// How a command that followed `jobs` ends, and what it says of them.
fn conclude(output: &mut Output, jobs: &[&Job], wait: Wait, cut: Option<&Cut>) -> Exit {
    let goes_on = |job: &Job| !wait.until.holds(job) && job.state != State::Sending;
    let (early, told) = match cut {
        None => (Exit::Done, None),
        Some(Cut::TimedOut) => {
            (Exit::TimedOut, Some(Problem::new("timed_out", "the wait ended; the job goes on")))
        }
        Some(Cut::Signal(exit)) => {
            (*exit, Some(Problem::new("interrupted", "stopped waiting; the job goes on")))
        }
        Some(Cut::Paused(problem)) => (Exit::of_problem(problem), Some(problem.clone())),
        Some(Cut::Engine) => {
            (Exit::Machine, Some(Problem::new("machine", "the engine has ended; the log says why")))
        }
    };
    let exit_of = |job: &&Job| if goes_on(job) { early } else { Exit::of_job(job) };
    let exit = match cut {
        Some(Cut::Signal(_) | Cut::Engine) => early,
        // What was never sent, or has ended, does not go on.
        _ => Exit::worst(jobs.iter().map(exit_of)),
    };
    if matches!(cut, Some(Cut::TimedOut)) && jobs.iter().any(|job| goes_on(job)) {
        output.say("the wait ended; the jobs go on at the service: `taxiway watch` brings their videos home");
    }
    if output.is_json() {
        let shown = jobs.iter().map(|job| JobJson::new(job, told.clone().filter(|_| goes_on(job))));
        output.jobs_json(&shown.collect::<Vec<_>>(), wait.as_list);
    } else {
        for job in jobs {
            output.line(&summary(job));
        }
    }
    let faults = jobs.iter().filter_map(|job| job.fault()).filter(|_| exit != Exit::Done);
    for problem in faults.chain(told.filter(|_| matches!(cut, Some(Cut::Paused(_) | Cut::Engine)))) {
        output.say_problem(&problem);
    }
    exit
}

/// What a script without `--json` reads of a job: its number, its state, its task id or file.
pub(super) fn summary(job: &Job) -> String {
    let file = job.result.as_ref().and_then(|result| result.files.first());
    let last = file.map(|file| file.path.display().to_string()).or_else(|| job.task_id.clone());
    format!("{}\t{}\t{}", job.id, job.label(), last.unwrap_or_default())
}

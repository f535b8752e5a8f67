//! Following jobs until they have their answer, or their end.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{
    Exit, Output,
    session::{Session, unless_signalled},
};
use crate::job::{Job, JobId, Problem, ResultState, State};

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
        let fetching =
            matches!(result, Some(ResultState::Pending | ResultState::Fetching | ResultState::NoUrl));
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
pub(super) enum Cut {
    TimedOut,
    Signal(Exit),
    Engine,
}

/// Follows `ids` until `until` holds for each, telling every step on the talk stream.
pub(super) async fn follow(
    session: &mut Session,
    output: &mut Output,
    ids: &[JobId],
    until: Until,
    timeout: Option<u32>,
) -> Result<(), Cut> {
    let limit = timeout.map_or(Duration::MAX, |seconds| Duration::from_secs(seconds.into()));
    let work = tokio::time::timeout(limit, walk(session, output, ids, until));
    match unless_signalled(work).await {
        Ok(Ok(Some(()))) => Ok(()),
        Ok(Ok(None)) => Err(Cut::Engine),
        Ok(Err(_)) => Err(Cut::TimedOut),
        Err(exit) => Err(Cut::Signal(exit)),
    }
}

async fn walk(session: &mut Session, output: &mut Output, ids: &[JobId], until: Until) -> Option<()> {
    let mut teller = Teller::new(ids);
    loop {
        teller.tell(session, output);
        let open = |id: &&JobId| session.jobs.get(id).is_none_or(|job| !until.holds(job));
        let paused = session.status.paused.is_some();
        let waiting: Vec<_> = ids.iter().filter(open).collect();
        // A wrong key ends every wait: nothing will move until the user mends it.
        if waiting.is_empty() || (paused && until != Until::Answered) {
            return Some(());
        }
        session.next().await?;
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
    let told = told.map_or_else(String::new, |text| format!(": {text}"));
    format!("job {}  {}{progress}{told}", job.id, job.label())
}

/// How a command that followed `ids` ends, and what it says of it.
pub(super) fn conclude(session: &Session, output: &mut Output, ids: &[JobId], cut: &Result<(), Cut>) -> Exit {
    let jobs: Vec<_> = ids.iter().filter_map(|id| session.jobs.get(id)).collect();
    let paused = session.status.paused.clone();
    let (exit, error) = match cut {
        Ok(()) => {
            let exit = Exit::worst(jobs.iter().map(|job| Exit::of_job(job)));
            (if exit == Exit::Done { paused.as_ref().map_or(exit, Exit::of_problem) } else { exit }, paused)
        }
        // What was never sent does not go on.
        Err(Cut::TimedOut) if jobs.iter().any(|job| job.state == State::Held) => {
            output.say("the wait ended before the service took the request: it is held, nothing was spent");
            (Exit::Network, jobs.iter().find_map(|job| job.problem.clone()))
        }
        Err(Cut::TimedOut) => {
            output.say(
                "the wait ended; the jobs go on at the service: `taxiway watch` brings their videos home",
            );
            (Exit::TimedOut, Some(Problem::new("timed_out", "the wait ended; the job goes on")))
        }
        Err(Cut::Signal(exit)) => {
            output
                .say("stopped waiting; what was sent goes on at the service: `taxiway watch` brings it home");
            (*exit, Some(Problem::new("interrupted", "stopped waiting; the job goes on")))
        }
        Err(Cut::Engine) => {
            (Exit::Machine, Some(Problem::new("machine", "the engine has ended; the log says why")))
        }
    };
    if output.is_json() {
        output.jobs_json(&jobs, error.as_ref());
    } else {
        for job in &jobs {
            output.line(&summary(job));
        }
    }
    for problem in jobs.iter().filter_map(|job| job.problem.as_ref()).filter(|_| exit != Exit::Done) {
        output.say_problem(problem);
    }
    exit
}

/// What a script without `--json` reads of a job: its number, its state, its task id or file.
fn summary(job: &Job) -> String {
    let file = job.result.as_ref().and_then(|result| result.files.first());
    let last = file.map(|file| file.path.display().to_string()).or_else(|| job.task_id.clone());
    format!("{}\t{}\t{}", job.id, job.label(), last.unwrap_or_default())
}

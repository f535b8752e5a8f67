//! How a command that followed jobs ends, and what it says of them.

use std::collections::{HashMap, HashSet};

use super::{
    super::{Exit, Output, count_of, session::Session},
    Cut, Until, Wait, at_service, ended, goes_on_at, is_stranger,
};
use crate::{
    engine::Role,
    job::{Account, Job, JobId, JobJson, Problem, State, named},
};

/// More different faults than this are not told one by one.
const FAULTS: usize = 10;

/// What goes on without us, as the wait `ends` before them.
pub(super) fn goes_on_without_us(ends: &str, session: &Session, ids: &[JobId], wait: Wait) -> String {
    let going = going(&session.jobs, ids, wait);
    let told = match (wait.until, going.as_slice()) {
        (_, []) => return ends.into(),
        (Until::Fetched, [id]) => format!("`taxiway download {id}` goes on where it stopped"),
        (Until::Fetched, _) => "`taxiway download` goes on where it stopped".into(),
        (_, going) => format!("{}: {}", goes_on_at(going), who_brings(session, going.len())),
    };
    format!("{ends}; {told}")
}

fn who_brings(session: &Session, jobs: usize) -> String {
    let what = if jobs == 1 { "its video" } else { "their videos" };
    match session.status.role {
        Role::View { owner: Some(pid) } => format!("process {pid} brings {what} home"),
        _ => format!("`taxiway watch` brings {what} home"),
    }
}

/// Those that are not over, and are the service's matter.
fn going(jobs: &HashMap<JobId, Job>, ids: &[JobId], wait: Wait) -> Vec<JobId> {
    let goes = |id: &&JobId| jobs.get(id).is_some_and(|job| !wait.until.holds(job) && at_service(job.state));
    ids.iter().filter(goes).copied().collect()
}

/// How a command that followed these jobs ends; says it, and shows the jobs.
pub(super) fn conclude(
    output: &mut Output,
    session: &Session,
    ids: &[JobId],
    wait: Wait,
    cut: Option<&Cut>,
) -> Exit {
    if let Some(Cut::TimedOut) = cut {
        output.say(&goes_on_without_us("the wait ended", session, ids, wait));
    }
    let was_shown = output.data_is_shown();
    Ending { jobs: &session.jobs, account: session.account.as_ref(), wait, cut, was_shown }.tell(output, ids)
}

/// What is known at the end.
pub(super) struct Ending<'a> {
    pub(super) jobs: &'a HashMap<JobId, Job>,
    pub(super) account: Option<&'a Account>,
    pub(super) wait: Wait,
    pub(super) cut: Option<&'a Cut>,
    /// The end of each job stands on the user's terminal already.
    pub(super) was_shown: bool,
}

impl Ending<'_> {
    pub(super) fn tell(&self, output: &mut Output, ids: &[JobId]) -> Exit {
        let mut seen = HashSet::new();
        let mut jobs: Vec<_> =
            ids.iter().filter(|id| seen.insert(**id)).filter_map(|id| self.jobs.get(id)).collect();
        let until = self.wait.until;
        let ended = || jobs.iter().copied().find(|job| until.holds(job));
        if let Until::OneEnded { .. } = until
            && let Some(first) = ended().or_else(|| jobs.iter().copied().find(|job| self.is_over(job)))
        {
            let others = jobs.iter().filter(|job| !self.is_over(job)).count();
            if others > 0 {
                let word = if others == 1 { "goes" } else { "go" };
                output.say(&format!("job {} ended first; {} {word} on", first.id, count_of(others, "other")));
            }
            jobs = vec![first];
        }
        let exit = self.exit(&jobs);
        if output.is_json() {
            let shown: Vec<_> = jobs.iter().map(|job| JobJson::new(job, self.problem(job))).collect();
            output.jobs_json(&shown, self.wait.as_list);
        } else if !self.was_shown {
            for job in &jobs {
                output.line(&summary(job));
            }
        }
        if exit != Exit::Done {
            self.say_faults(output, &jobs);
        }
        if let Some(problem) = self.cut.and_then(Cut::fault) {
            output.say_problem(&problem);
        }
        exit
    }

    fn is_over(&self, job: &Job) -> bool {
        self.wait.until.holds(job) || is_stranger(self.account, self.wait.until, job)
    }

    /// Whether it was left before its time. What is on its way still has its answer to come.
    fn goes_on(&self, job: &Job) -> bool {
        self.cut.is_some() && !self.is_over(job) && job.state != State::Sending
    }

    fn exit(&self, jobs: &[&Job]) -> Exit {
        let early = self.cut.map_or(Exit::Done, Cut::exit);
        if let Some(Cut::Signal(_) | Cut::Engine) = self.cut {
            return early;
        }
        // What was never sent, or has ended, does not go on.
        Exit::worst(jobs.iter().map(|job| match self.stuck(job) {
            _ if self.goes_on(job) => early,
            Some(problem) => Exit::of_problem(&problem),
            None => Exit::of_job(job),
        }))
    }

    /// What is wrong with a job, beside what the job itself tells.
    fn problem(&self, job: &Job) -> Option<Problem> {
        self.cut.filter(|_| self.goes_on(job)).map(Cut::problem).or_else(|| self.stuck(job))
    }

    /// Why a job goes nowhere by itself, and what to do, where the job itself does not say.
    fn stuck(&self, job: &Job) -> Option<Problem> {
        let id = job.id;
        match job.state {
            _ if is_stranger(self.account, self.wait.until, job) => {
                let told = format!("job {id} was {}: it is polled and fetched only there", job.account);
                let hint = "wait with the profile that has this key, or say --read-only while another Taxiway polls it";
                Some(Problem::new("other_account", told).hint(hint))
            }
            State::Held if job.problem.is_none() && job.consent.is_none() => {
                let told = format!("job {id} is held: nothing was sent, nothing spent");
                let hint = format!("`taxiway send {id}` sends it, `taxiway cancel {id}` drops it");
                Some(Problem::new("no_consent", told).hint(hint))
            }
            State::NotFound => job.fault().map(|fault| match fault.hint {
                Some(_) => fault,
                None => fault.hint(format!(
                    "`taxiway watch` goes on looking for it; `taxiway show {id}` tells its task id"
                )),
            }),
            _ => None,
        }
    }

    /// Of one job its fault; of several each fault once, with the jobs that have it.
    fn say_faults(&self, output: &mut Output, jobs: &[&Job]) {
        let mut faults: Vec<(Problem, Vec<JobId>)> = Vec::new();
        let mut known: HashMap<(String, Option<String>), usize> = HashMap::new();
        for job in jobs.iter().filter(|job| !self.goes_on(job)) {
            let Some(fault) = self.stuck(job).or_else(|| job.fault()) else { continue };
            let place = *known.entry((fault.message.clone(), fault.hint.clone())).or_insert(faults.len());
            match faults.get_mut(place) {
                Some((_, ids)) => ids.push(job.id),
                None => faults.push((fault, vec![job.id])),
            }
        }
        for (fault, ids) in faults.iter().take(FAULTS) {
            let names_itself = fault.message.starts_with(&format!("job {}", ids[0]));
            let whose = if jobs.len() == 1 || names_itself { String::new() } else { named(ids) + ": " };
            output.say_problem(&Problem { message: whose + &fault.message, ..fault.clone() });
        }
        if let Some(more @ 1..) = faults.len().checked_sub(FAULTS) {
            output.say(&format!("and {}: `taxiway list` shows the jobs", count_of(more, "other fault")));
        }
    }
}

impl Cut {
    fn exit(&self) -> Exit {
        match self {
            Self::TimedOut => Exit::TimedOut,
            Self::Signal(exit) => *exit,
            Self::Paused(problem) => Exit::of_problem(problem),
            Self::Engine => Exit::Machine,
        }
    }

    /// What a job that goes on tells of it.
    fn problem(&self) -> Problem {
        match self {
            Self::TimedOut => Problem::new("timed_out", "the wait ended; the job goes on"),
            Self::Signal(_) => Problem::new("interrupted", "stopped waiting; the job goes on"),
            Self::Paused(problem) => problem.clone(),
            Self::Engine => ended(),
        }
    }

    /// Where something went wrong.
    fn fault(&self) -> Option<Problem> {
        matches!(self, Self::Paused(_) | Self::Engine).then(|| self.problem())
    }
}

/// What a script without `--json` reads of a job: its number, its state, its task id or file.
fn summary(job: &Job) -> String {
    let file = job.result.as_ref().and_then(|result| result.files.first());
    let last = file.map(|file| file.path.display().to_string()).or_else(|| job.task_id.clone());
    format!("{}\t{}\t{}", job.id, job.label(), last.unwrap_or_default())
}

//! How a command that followed jobs ends, and what it says of them.

use std::{
    collections::{HashMap, HashSet},
    process,
};

use super::{
    super::{Exit, Output, count_of, session::Session},
    Cut, Until, Wait, at_service, ended, goes_on_at, is_stranger, summary,
};
use crate::{
    engine::Role,
    job::{Account, Job, JobId, JobJson, Problem, State, named},
    journal::is_held,
};

/// More different faults than this are not told one by one.
const FAULTS: usize = 10;

/// What goes on without us, as the wait `ends` before them.
pub(super) fn goes_on_without_us(ends: &str, session: &Session, ids: &[JobId], wait: Wait) -> String {
    let going = going(&session.jobs, ids, wait);
    let ends = match sent_by_another(&session.jobs, ids) {
        0 => ends.to_string(),
        more => format!("{ends}; {} still be sent by {}", will(more), owner(session)),
    };
    let told = match (wait.until, going.as_slice()) {
        (_, []) => return ends,
        (Until::Fetched, [id]) => format!("`taxiway download {id}` goes on where it stopped"),
        (Until::Fetched, _) => "`taxiway download` goes on where it stopped".into(),
        (_, going) => format!("{}: {}", goes_on_at(going), who_brings(session, going.len())),
    };
    format!("{ends}; {told}")
}

/// The jobs that wait for their turn in the hands of another process that lives.
fn sent_by_another(jobs: &HashMap<JobId, Job>, ids: &[JobId]) -> usize {
    let is_anothers = |job: &Job| {
        let consent = job.consent.filter(|consent| consent.holder != process::id() && is_held(consent));
        job.state == State::Held && consent.is_some()
    };
    ids.iter().filter_map(|id| jobs.get(id)).filter(|job| is_anothers(job)).count()
}

fn will(jobs: usize) -> String {
    if jobs == 1 { "1 held job will".into() } else { format!("{jobs} held jobs will") }
}

fn owner(session: &Session) -> String {
    match session.status.role {
        Role::View { owner: Some(pid) } => format!("process {pid} (`taxiway cancel` drops them)"),
        _ => "another Taxiway (`taxiway cancel` drops them)".into(),
    }
}

fn who_brings(session: &Session, jobs: usize) -> String {
    let what = if jobs == 1 { "its video" } else { "their videos" };
    match session.status.role {
        Role::View { owner: Some(pid) } => format!("process {pid} brings {what} home"),
        _ => format!("`taxiway watch` brings {what} home"),
    }
}

/// The one whose task ended first; several may have ended before anybody looked.
fn first_ended<'j>(jobs: &[&'j Job], until: Until) -> Option<&'j Job> {
    let ended = jobs.iter().copied().filter(|job| until.has_ended(job));
    ended.min_by_key(|job| (job.finished_at, job.id))
}

/// Those that are not over, and are the service's matter.
fn going(jobs: &HashMap<JobId, Job>, ids: &[JobId], wait: Wait) -> Vec<JobId> {
    // Who waited for answers only learns here what the answered ones do.
    let is_open = |job: &Job| wait.until == Until::Answered || !wait.until.holds(job);
    let goes = |id: &&JobId| jobs.get(id).is_some_and(|job| is_open(job) && at_service(job.state));
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
        if let Until::OneEnded { .. } = self.wait.until
            && let Some(first) = first_ended(&jobs, self.wait.until)
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
                let told = format!("it was {}: it is polled and fetched only there", job.account);
                let hint = "wait with the profile that has this key, or say --read-only while another Taxiway polls it";
                Some(Problem::new("other_account", told).hint(hint))
            }
            State::Held if job.problem.is_none() && job.consent.is_none() => {
                let told = "nobody has said that it may be sent: nothing was sent, nothing spent";
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
            let place = *known.entry(kind_of(&fault, job.id)).or_insert(faults.len());
            match faults.get_mut(place) {
                Some((_, ids)) => ids.push(job.id),
                None => faults.push((fault, vec![job.id])),
            }
        }
        for (fault, ids) in faults.iter().take(FAULTS) {
            let whose = if jobs.len() == 1 { String::new() } else { named(ids) + ": " };
            let hint = match ids.as_slice() {
                [id, _, ..] => kind_of(fault, *id).1,
                _ => fault.hint.clone(),
            };
            output.say_problem(&Problem { message: whose + &fault.message, hint, code: fault.code.clone() });
        }
        if let Some(more @ 1..) = faults.len().checked_sub(FAULTS) {
            output.say(&format!("and {}: `taxiway list` shows the jobs", count_of(more, "other fault")));
        }
    }
}

/// Message and hint as they are the same for all jobs that have the fault.
fn kind_of(fault: &Problem, id: JobId) -> (String, Option<String>) {
    let own = format!(" {id}`");
    (fault.message.clone(), fault.hint.as_ref().map(|hint| hint.replace(&own, " JOB`")))
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::job::NewJob;

    #[test]
    fn of_several_that_ended_the_first_is_told() {
        let ended = |id, second| Job {
            finished_at: Some(Timestamp::from_second(second).unwrap()),
            ..job(id, State::Failed, "k")
        };
        let jobs = [job(1, State::Running, "k"), ended(2, 9), ended(3, 5)];
        let jobs: Vec<_> = jobs.iter().collect();
        assert_eq!(first_ended(&jobs, Until::OneEnded { auto: true }).map(|job| job.id), Some(JobId(3)));
    }

    fn job(id: i64, state: State, key: &str) -> Job {
        let account = Account { key_hash: key.into(), ..Account::default() };
        let new = NewJob { account, ..NewJob::default() };
        Job { state, ..Job::new(JobId(id), "u".into(), new, Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn what_goes_nowhere_says_what_to_do() {
        let ours = job(1, State::Running, "ours").account;
        let wait = Wait { until: Until::Ended { auto: true }, timeout: None, as_list: false };
        let jobs = HashMap::new();
        let ending =
            Ending { jobs: &jobs, account: Some(&ours), wait, cut: Some(&Cut::TimedOut), was_shown: false };
        for (state, key, code, hint) in [
            (State::Held, "ours", "no_consent", "taxiway send 7"),
            (State::NotFound, "ours", "not_found", "taxiway show 7"),
            (State::Running, "theirs", "other_account", "--read-only"),
        ] {
            let problem = ending.problem(&job(7, state, key)).unwrap();
            assert_eq!(problem.code, code);
            assert!(problem.hint.unwrap().contains(hint), "{code}");
        }
        let running = job(7, State::Running, "ours");
        assert_eq!(ending.problem(&running).unwrap().code, "timed_out");
        assert_eq!(ending.exit(&[&running]), Exit::TimedOut);
        assert_eq!(ending.exit(&[&running, &job(8, State::Failed, "theirs")]), Exit::TimedOut);
        assert_eq!(ending.problem(&job(7, State::Failed, "theirs")), None, "how it ended is known");
    }

    #[test]
    fn the_same_fault_of_several_jobs_is_one() {
        let fault = |id: i64| Problem::new("x", "left").hint(format!("`taxiway send {id}` sends it"));
        assert_eq!(kind_of(&fault(8), JobId(8)), kind_of(&fault(12), JobId(12)));
        assert_eq!(kind_of(&fault(8), JobId(8)).1.unwrap(), "`taxiway send JOB` sends it");
    }
}

use jiff::Timestamp;

use super::{
    Consent, Event, Failure, Illegal, Job, Outcome, Phase, Problem, ResultEvent, ResultState, SavedFile,
    State, advice, expiry_of,
};

/// What the service said of a task, whatever shape its reply had.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it means.
    pub phase: Phase,
    /// The service's own word, where it used one.
    pub raw_status: Option<String>,
    /// 0 to 1.
    pub progress: Option<f64>,
    /// Why it failed; on failure only.
    pub failure: Option<Failure>,
    /// Where the video is; on success only, http(s) only.
    pub urls: Vec<String>,
    /// When the task began to run, by the service's clock.
    pub started_at: Option<Timestamp>,
    /// When it ended, by the service's clock.
    pub finished_at: Option<Timestamp>,
}

/// Something that happens to a job. The journal stores the job as [`Job::apply`] leaves it, and the
/// change itself, with its evidence, in the job's timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The user's word that it may be sent.
    Consented(Consent),
    /// The owner keeps that word for a job that waits for its turn; one that has ended is not revived.
    ConsentKept(Consent),
    /// That word ended; the job stays held.
    ConsentEnded(Problem),
    /// About to be sent.
    Intent,
    /// The service gave an id.
    Accepted {
        /// The id, opaque.
        task_id: String,
        /// The service's name for the call.
        request_id: Option<String>,
    },
    /// Provably not accepted; the job is held again, its consent kept.
    NotSent(Problem),
    /// The service refused it.
    Refused {
        /// In the service's words.
        failure: Failure,
        /// What it means to the user.
        problem: Problem,
        /// The service's name for the call.
        request_id: Option<String>,
    },
    /// The reply was lost or could not be read.
    Lost {
        /// What came back, or what did not.
        problem: Problem,
        /// The service's name for the call.
        request_id: Option<String>,
    },
    /// The service told of the task.
    Reported(Report),
    /// The service has not known the task for 15 minutes.
    Vanished,
    /// A held job was given up by the user.
    Dropped,
    /// The download begins.
    Fetching,
    /// The videos are on disk; nearly always it is one.
    Saved(Vec<SavedFile>),
    /// The download broke off; it will be tried again.
    FetchAgain(String),
    /// The link is dead, for this reason.
    Expired(String),
    /// The download was given up, for this reason.
    GivenUp(String),
}

impl Change {
    /// A stable word for the timeline.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Consented(_) => "consented",
            Self::ConsentKept(_) => "consent_kept",
            Self::ConsentEnded(_) => "consent_ended",
            Self::Intent => "intent",
            Self::Accepted { .. } => "accepted",
            Self::NotSent(_) => "not_sent",
            Self::Refused { .. } => "refused",
            Self::Lost { .. } => "lost",
            Self::Reported(_) => "reported",
            Self::Vanished => "vanished",
            Self::Dropped => "dropped",
            Self::Fetching => "fetching",
            Self::Saved(_) => "saved",
            Self::FetchAgain(_) => "fetch_again",
            Self::Expired(_) => "expired",
            Self::GivenUp(_) => "given_up",
        }
    }

    /// What happened, for people, with the evidence.
    pub fn tell(&self) -> String {
        let called =
            |id: &Option<String>| id.as_ref().map_or_else(String::new, |id| format!(" (request {id})"));
        match self {
            Self::Consented(consent) | Self::ConsentKept(consent) => {
                format!("may be sent (by process {})", consent.holder)
            }
            Self::ConsentEnded(problem) => format!("held: {}", problem.message),
            Self::Intent => "being sent".into(),
            Self::Accepted { task_id, request_id } => format!("accepted as {task_id}{}", called(request_id)),
            Self::NotSent(problem) => format!("not accepted: {}", problem.message),
            Self::Refused { problem, request_id, .. } => {
                format!("refused: {}{}", problem.message, called(request_id))
            }
            Self::Lost { problem, request_id } => {
                format!("unsure: {}{}", problem.message, called(request_id))
            }
            Self::Reported(report) => report.tell(),
            Self::Vanished => "the service has not known the task for 15 minutes; still looking".into(),
            Self::Dropped => "dropped before it was sent".into(),
            Self::Fetching => "fetching the video".into(),
            Self::Saved(files) => files.iter().map(SavedFile::tell).collect::<Vec<_>>().join("; "),
            Self::FetchAgain(why) => format!("the download will be tried again: {why}"),
            Self::Expired(why) => format!("the video expired: {why}"),
            Self::GivenUp(why) => format!("the download was given up: {why}"),
        }
    }
}

impl Report {
    fn tell(&self) -> String {
        let word = self.raw_status.as_deref().unwrap_or("no status word");
        let mut text = format!("the service says {word}");
        if let Some(progress) = self.progress.filter(|_| self.phase == Phase::Running) {
            text += &format!(", {:.0} %", progress * 100.0);
        }
        if let Some(failure) = &self.failure {
            let told = format!("{} {}", failure.code, failure.message.trim_end_matches('.'));
            text += &format!(": {}. {}", told.trim(), advice(&failure.code));
        }
        if self.phase == Phase::Succeeded && self.urls.is_empty() {
            text += ", and shows no URL yet";
        }
        text
    }
}

impl Job {
    /// Lets `change` happen at `at`. Says whether anything but the age of the news is different now:
    /// only then is it worth a write.
    ///
    /// # Errors
    /// [`Illegal`] where the life cycle has no such step; the job is left as it was.
    pub fn apply(&mut self, change: &Change, at: Timestamp) -> Result<bool, Illegal> {
        match change {
            Change::Consented(consent) => self.take_consent(*consent)?,
            Change::ConsentKept(consent) => {
                self.must_have_consent("a longer consent")?;
                self.take_consent(*consent)?;
            }
            Change::ConsentEnded(problem) => self.end_consent(problem.clone())?,
            Change::Intent => {
                // The word may have been taken back by a process that wrote it down before us.
                self.must_have_consent("an intent to send")?;
                self.state = self.state.after(Event::Intent)?;
                self.sent_at = Some(at);
                self.problem = None;
            }
            Change::Accepted { task_id, request_id } => {
                self.state = self.state.after(Event::Accepted)?;
                self.task_id = Some(task_id.clone());
                self.answered(None, request_id.as_ref());
                self.submitted_at = Some(at);
            }
            Change::NotSent(problem) => {
                self.state = self.state.after(Event::NotSent)?;
                self.problem = Some(problem.clone());
            }
            Change::Refused { failure, problem, request_id } => {
                self.state = self.state.after(Event::Refused)?;
                self.failure = Some(failure.clone());
                self.answered(Some(problem), request_id.as_ref());
                self.finished_at = Some(at);
            }
            Change::Lost { problem, request_id } => {
                self.state = self.state.after(Event::Lost)?;
                self.answered(Some(problem), request_id.as_ref());
            }
            Change::Reported(report) => return self.take_report(report, at),
            Change::Vanished => {
                let before = self.state;
                self.state = before.after(Event::Vanished)?;
                return Ok(self.state != before);
            }
            Change::Dropped => {
                self.state = self.state.after(Event::Dropped)?;
                self.consent = None;
                self.problem = None;
                self.finished_at = Some(at);
            }
            Change::Fetching => self.result_step(ResultEvent::Start, None)?,
            Change::Saved(files) => {
                self.result_step(ResultEvent::Saved, None)?;
                if let Some(result) = &mut self.result {
                    result.files.clone_from(files);
                }
            }
            Change::FetchAgain(why) => self.result_step(ResultEvent::Again, Some(why))?,
            Change::Expired(why) => self.result_step(ResultEvent::Expired, Some(why))?,
            Change::GivenUp(why) => self.result_step(ResultEvent::GivenUp, Some(why))?,
        }
        Ok(true)
    }

    fn take_consent(&mut self, consent: Consent) -> Result<(), Illegal> {
        self.must_be_held("a consent")?;
        self.consent = Some(consent);
        self.problem = None;
        Ok(())
    }

    fn end_consent(&mut self, problem: Problem) -> Result<(), Illegal> {
        self.must_be_held("the end of a consent")?;
        self.consent = None;
        self.problem = Some(problem);
        Ok(())
    }

    fn must_be_held(&self, event: &'static str) -> Result<(), Illegal> {
        if self.state == State::Held { Ok(()) } else { Err(Illegal { from: self.state.word(), event }) }
    }

    /// A held job needs the user's word; in any other state the life cycle tells what may happen.
    fn must_have_consent(&self, event: &'static str) -> Result<(), Illegal> {
        let lacks = self.state == State::Held && self.consent.is_none();
        if lacks { Err(Illegal { from: "held without consent", event }) } else { Ok(()) }
    }

    /// The service's answer to the request, good or bad, uses up the consent.
    fn answered(&mut self, problem: Option<&Problem>, request_id: Option<&String>) {
        self.consent = None;
        self.problem = problem.cloned();
        self.request_id = request_id.cloned().or_else(|| self.request_id.take());
    }

    fn take_report(&mut self, report: &Report, at: Timestamp) -> Result<bool, Illegal> {
        let state = self.state.after(Event::Reported(report.phase))?;
        let before = Self { last_polled_at: Some(at), ..self.clone() };
        self.state = state;
        self.last_polled_at = Some(at);
        self.first_seen_at.get_or_insert(at);
        self.raw_status.clone_from(&report.raw_status);
        if let Some(progress) = report.progress {
            self.progress = Some(self.progress.unwrap_or(0.0).max(progress.clamp(0.0, 1.0)));
        }
        // The service's clock may be off, or count in whole seconds: its moments lie within ours.
        let within = |told: Timestamp| told.min(at).max(self.submitted_at.unwrap_or(told));
        let (started, finished) = (report.started_at.map(within), report.finished_at.map(within));
        if state != State::Queued {
            self.started_at = self.started_at.or(started);
        }
        if state == State::Running {
            self.started_at.get_or_insert(at);
        }
        if state.is_final() {
            self.finished_at.get_or_insert(finished.unwrap_or(at));
            self.failure.clone_from(&report.failure);
        }
        if state == State::Succeeded {
            self.progress = Some(1.0);
            self.take_urls(&report.urls, at);
        }
        Ok(*self != before)
    }

    fn take_urls(&mut self, urls: &[String], at: Timestamp) {
        let result = self.result.get_or_insert_with(|| Outcome {
            state: ResultState::NoUrl,
            urls: Vec::new(),
            expires_at: None,
            files: Vec::new(),
            problem: None,
        });
        if urls.is_empty() || result.urls == urls {
            return;
        }
        // `Found` is a legal step from every state of a result.
        result.state = result.state.after(ResultEvent::Found).unwrap_or(result.state);
        result.expires_at = urls.iter().map(|url| expiry_of(url, at)).min();
        result.urls = urls.to_vec();
    }

    fn result_step(&mut self, event: ResultEvent, problem: Option<&String>) -> Result<(), Illegal> {
        let Some(result) = &mut self.result else {
            return Err(Illegal { from: self.state.word(), event: "a step of a download" });
        };
        result.state = result.state.after(event)?;
        result.problem = problem.cloned();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{JobId, NewJob, Request};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn problem(code: &str) -> Problem {
        Problem { code: code.into(), message: code.into(), hint: None }
    }

    fn job() -> Job {
        let consent = Consent { until: at(600), holder: 1, patience: 15 };
        let new = NewJob {
            request: Request::default(),
            account: crate::job::Account::default(),
            estimate: None,
            consent: Some(consent),
        };
        Job::new(JobId(1), "u".into(), new, at(0))
    }

    fn accepted() -> Job {
        let mut job = job();
        job.apply(&Change::Intent, at(1)).unwrap();
        job.apply(&Change::Accepted { task_id: "t".into(), request_id: None }, at(2)).unwrap();
        job
    }

    fn report(phase: Phase) -> Report {
        Report {
            phase,
            raw_status: None,
            progress: None,
            failure: None,
            urls: Vec::new(),
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn an_answer_uses_up_the_consent_and_a_refusal_to_connect_does_not() {
        assert_eq!(accepted().consent, None);
        let mut job = job();
        job.apply(&Change::Intent, at(1)).unwrap();
        job.apply(&Change::NotSent(problem("not_sent")), at(2)).unwrap();
        assert!(job.consent.is_some() && job.state == State::Held);
        let mut job = self::job();
        job.apply(&Change::Intent, at(1)).unwrap();
        job.apply(&Change::Lost { problem: problem("unsure"), request_id: None }, at(2)).unwrap();
        assert!(job.consent.is_none() && job.state == State::Unsure);
    }

    #[test]
    fn without_consent_there_is_no_intent() {
        let mut job = job();
        job.apply(&Change::ConsentEnded(problem("not_taken")), at(1)).unwrap();
        assert!(job.apply(&Change::Intent, at(2)).is_err());
        let longer = Consent { until: at(9000), holder: 2, patience: 15 };
        assert!(job.apply(&Change::ConsentKept(longer), at(2)).is_err());
        assert_eq!(job.consent, None);
        assert_eq!((job.state, job.sent_at), (State::Held, None));
    }

    #[test]
    fn the_same_news_again_is_no_change() {
        let mut job = accepted();
        assert_eq!(job.apply(&Change::Reported(report(Phase::Queued)), at(3)), Ok(true));
        assert_eq!(job.apply(&Change::Reported(report(Phase::Queued)), at(9)), Ok(false));
        assert_eq!(job.last_polled_at, Some(at(9)));
    }

    #[test]
    fn progress_never_goes_backwards() {
        let mut job = accepted();
        let running =
            |progress| Change::Reported(Report { progress: Some(progress), ..report(Phase::Running) });
        job.apply(&running(0.5), at(3)).unwrap();
        assert_eq!(job.apply(&running(0.3), at(4)), Ok(false));
        assert_eq!(job.progress, Some(0.5));
        job.apply(&running(7.0), at(5)).unwrap();
        assert_eq!(job.progress, Some(1.0));
    }

    #[test]
    fn success_without_a_url_waits_for_one() {
        let mut job = accepted();
        job.apply(&Change::Reported(report(Phase::Succeeded)), at(3)).unwrap();
        assert_eq!(job.result.as_ref().unwrap().state, ResultState::NoUrl);
        let urls = vec!["https://h/v.mp4".to_string()];
        job.apply(&Change::Reported(Report { urls, ..report(Phase::Succeeded) }), at(4)).unwrap();
        let result = job.result.as_ref().unwrap();
        assert_eq!((result.state, result.expires_at), (ResultState::Pending, Some(at(4 + 86_400))));
    }

    #[test]
    fn an_illegal_change_leaves_the_job_as_it_was() {
        let mut job = accepted();
        let before = job.clone();
        for change in [Change::Intent, Change::Dropped, Change::Fetching, Change::NotSent(problem("x"))] {
            assert!(job.apply(&change, at(9)).is_err());
            assert_eq!(job, before);
        }
    }
}

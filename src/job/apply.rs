use std::mem::replace;

use jiff::Timestamp;

use super::{
    Change, Consent, Event, Illegal, Job, JobId, Outcome, Problem, Report, ResultEvent, ResultState, State,
    change::UNCONFIRMED, expiry_of, tags::retagged,
};

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
                if self.consent.is_some_and(|consent| consent.until < at) {
                    return Err(Illegal {
                        from: "held with a consent that ran out",
                        event: "an intent to send",
                    });
                }
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
            Change::Adopted { task_id, .. } => self.take_task(task_id, self.wants_task(), at)?,
            Change::Found { task_id, .. } => self.take_task(task_id, self.state == State::Unsure, at)?,
            Change::NotCreated(_) => {
                if !self.is_unsettled() {
                    return Err(Illegal { from: self.state.word(), event: "word that no task was created" });
                }
                self.state = self.state.after(Event::NotCreated)?;
                self.answered(None, None);
                self.task_id = None;
                self.submitted_at = None;
                self.finished_at = Some(at);
            }
            Change::Reported(report) => return self.take_report(report, at),
            Change::Charged(cost) => {
                if self.state != State::Succeeded {
                    return Err(Illegal { from: self.state.word(), event: "what it cost" });
                }
                return Ok(self.charged.replace(*cost) != Some(*cost));
            }
            Change::Vanished => {
                let before = self.state;
                self.state = before.after(Event::Vanished)?;
                return Ok(self.state != before);
            }
            Change::StopWished(_) => {
                if !self.state.is_polled() {
                    return Err(Illegal { from: self.state.word(), event: "a wish to stop its task" });
                }
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
            Change::Blocked(why) => {
                self.result_step(ResultEvent::GivenUp, Some(why))?;
                self.result.iter_mut().for_each(|result| result.blocked = true);
            }
            Change::Archived(archived) => return self.archive(*archived),
            Change::Tagged { add, remove } => return self.retag(add, remove),
        }
        // What the service or we have something to do for is in sight.
        self.archived &= !self.is_live();
        Ok(true)
    }

    /// Says of a job whose task was named by hand that the service has not shown it yet.
    pub fn doubt(&mut self) {
        self.problem = Some(unconfirmed(self.id));
    }

    fn take_task(&mut self, task_id: &str, is_wanted: bool, at: Timestamp) -> Result<(), Illegal> {
        if !is_wanted {
            return Err(Illegal { from: self.state.word(), event: "the id of another task" });
        }
        self.state = self.state.after(Event::Adopted)?;
        self.task_id = Some(task_id.into());
        self.answered(Some(&unconfirmed(self.id)), None);
        self.submitted_at = Some(at);
        self.finished_at = None;
        Ok(())
    }

    fn archive(&mut self, archived: bool) -> Result<bool, Illegal> {
        if archived && self.is_live() {
            return Err(Illegal { from: self.state.word(), event: "being archived before it has ended" });
        }
        Ok(replace(&mut self.archived, archived) != archived)
    }

    fn retag(&mut self, add: &[String], remove: &[String]) -> Result<bool, Illegal> {
        let too_many = Illegal { from: self.state.word(), event: "more than 20 tags" };
        let tags = retagged(&self.tags, add, remove).ok_or(too_many)?;
        let changed = tags != self.tags;
        self.tags = tags;
        Ok(changed)
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
        self.last_polled_at = Some(at);
        // The service's clock may be off, or count in whole seconds: its moments lie within ours.
        let within = |told: Timestamp| told.min(at).max(self.submitted_at.unwrap_or(told));
        let (started, finished) = (report.started_at.map(within), report.finished_at.map(within));
        let started = started.filter(|_| state != State::Queued);
        let started = started.or_else(|| (state == State::Running).then_some(at));
        // Ten thousand tasks are asked about, and nearly every reply tells nothing new: nothing is copied then.
        let mut changed = put(&mut self.state, state)
            | fill(&mut self.first_seen_at, Some(at))
            | self.problem.take_if(|problem| problem.code == UNCONFIRMED).is_some()
            | put_clone(&mut self.raw_status, &report.raw_status)
            | fill(&mut self.started_at, started);
        if let Some(progress) = report.progress {
            let furthest = self.progress.unwrap_or(0.0).max(progress.clamp(0.0, 1.0));
            changed |= put(&mut self.progress, Some(furthest));
        }
        if state.is_final() {
            changed |= fill(&mut self.finished_at, finished.or(Some(at)));
            changed |= put_clone(&mut self.failure, &report.failure);
        }
        if state == State::Succeeded {
            changed |= put(&mut self.progress, Some(1.0));
            changed |= self.take_urls(&report.urls, at);
        }
        Ok(changed)
    }

    /// Says whether they are new.
    fn take_urls(&mut self, urls: &[String], at: Timestamp) -> bool {
        let is_new = self.result.is_none();
        let result = self.result.get_or_insert_with(|| Outcome {
            state: ResultState::NoUrl,
            urls: Vec::new(),
            expires_at: None,
            files: Vec::new(),
            problem: None,
            blocked: false,
        });
        if urls.is_empty() || result.urls == urls {
            return is_new;
        }
        // `Found` is a legal step from every state of a result.
        result.state = result.state.after(ResultEvent::Found).unwrap_or(result.state);
        result.expires_at = urls.iter().map(|url| expiry_of(url, at)).min();
        result.urls = urls.to_vec();
        true
    }

    fn result_step(&mut self, event: ResultEvent, problem: Option<&String>) -> Result<(), Illegal> {
        let Some(result) = &mut self.result else {
            return Err(Illegal { from: self.state.word(), event: "a step of a download" });
        };
        result.state = result.state.after(event)?;
        result.blocked = false;
        result.problem = problem.cloned();
        Ok(())
    }
}

/// Puts a value in, and says whether it is another one.
fn put<T: PartialEq>(place: &mut T, value: T) -> bool {
    let is_other = *place != value;
    *place = value;
    is_other
}

/// The same, copied only where it is another one.
fn put_clone<T: PartialEq + Clone>(place: &mut T, value: &T) -> bool {
    let is_other = place != value;
    if is_other {
        place.clone_from(value);
    }
    is_other
}

/// Puts a value where there was none, and says whether it did.
fn fill<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let is_filled = place.is_none() && value.is_some();
    if is_filled {
        *place = value;
    }
    is_filled
}

/// A task of which only its user has told so far.
fn unconfirmed(id: JobId) -> Problem {
    Problem::new(UNCONFIRMED, "the service has not shown this task yet").hint(format!(
        "if the id is wrong, `taxiway adopt TASK_ID --job {id}` gives it another, and `taxiway resolve {id} \
         --not-created` takes it back"
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::{Certainty, Failure, Money, NewJob, Phase};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn problem(code: &str) -> Problem {
        Problem { code: code.into(), message: code.into(), hint: None }
    }

    fn job() -> Job {
        let consent = Consent { until: at(600), holder: 1, patience: 15, born: None };
        let new = NewJob { consent: Some(consent), ..NewJob::default() };
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
    fn a_consent_that_ran_out_meanwhile_is_worth_nothing() {
        let mut job = job();
        let consent = Consent { until: at(100), holder: 1, patience: 15, born: None };
        job.apply(&Change::Consented(consent), at(1)).unwrap();
        assert!(job.apply(&Change::Intent, at(101)).is_err() && job.state == State::Held);
        job.apply(&Change::Intent, at(100)).unwrap();
    }

    #[test]
    fn without_consent_there_is_no_intent() {
        let mut job = job();
        job.apply(&Change::ConsentEnded(problem("not_taken")), at(1)).unwrap();
        assert!(job.apply(&Change::Intent, at(2)).is_err());
        let longer = Consent { until: at(9000), holder: 2, patience: 15, born: None };
        assert!(job.apply(&Change::ConsentKept(longer), at(2)).is_err());
        assert_eq!(job.consent, None);
        assert_eq!((job.state, job.sent_at), (State::Held, None));
    }

    /// What the reconciler finds is a guess, if a good one: what the user has said meanwhile stays.
    #[test]
    fn the_users_word_goes_before_what_is_found() {
        let found = Change::Found { task_id: "found".into(), evidence: String::new() };
        let mut job = job();
        job.apply(&Change::Intent, at(1)).unwrap();
        job.apply(&Change::Lost { problem: problem("unsure"), request_id: None }, at(2)).unwrap();
        let (mut adopted, mut none) = (job.clone(), job.clone());
        adopted.apply(&Change::Adopted { task_id: "said".into(), evidence: String::new() }, at(3)).unwrap();
        none.apply(&Change::NotCreated(String::new()), at(3)).unwrap();
        for said in [&mut adopted, &mut none] {
            assert!(said.apply(&found, at(4)).is_err());
        }
        job.apply(&found, at(4)).unwrap();
        assert_eq!(job.task_id.as_deref(), Some("found"));
        // An answer that comes late holds the very id.
        none.apply(&Change::Accepted { task_id: "late".into(), request_id: None }, at(5)).unwrap();
        assert_eq!((none.state, none.task_id.as_deref()), (State::Submitted, Some("late")));
    }

    #[test]
    fn a_task_that_the_service_gave_or_showed_is_never_said_not_to_be() {
        let none = Change::NotCreated("the user says so".into());
        assert!(accepted().apply(&none, at(3)).is_err());
        let mut job = job();
        job.apply(&Change::Intent, at(1)).unwrap();
        job.apply(&Change::Lost { problem: problem("unsure"), request_id: None }, at(2)).unwrap();
        job.apply(&Change::Adopted { task_id: "a slip".into(), evidence: String::new() }, at(3)).unwrap();
        let mut taken_back = job.clone();
        taken_back.apply(&none, at(4)).unwrap();
        assert_eq!((taken_back.state, taken_back.task_id), (State::NotCreated, None));
        job.apply(&Change::Reported(report(Phase::Queued)), at(4)).unwrap();
        assert!(job.apply(&none, at(5)).is_err());
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
        assert!(result.expiry_is_assumed());
        let urls = vec!["https://h/v.mp4?_jwt=e30.eyJleHAiOjEwMDA1MDB9.sig".to_string()];
        job.apply(&Change::Reported(Report { urls, ..report(Phase::Succeeded) }), at(5)).unwrap();
        let result = job.result.as_ref().unwrap();
        assert_eq!(result.expires_at, Some(at(1_000_500)));
        assert!(!result.expiry_is_assumed(), "the link itself tells");
    }

    #[test]
    fn only_what_succeeded_has_a_price_that_is_sure() {
        let cost = Change::Charged(Money::from_micros(320_000));
        let mut job = accepted();
        assert!(job.apply(&cost, at(3)).is_err() && job.certainty() == Certainty::Estimated);
        job.apply(&Change::Reported(report(Phase::Succeeded)), at(4)).unwrap();
        assert_eq!(job.apply(&cost, at(5)), Ok(true));
        assert_eq!(job.apply(&cost, at(6)), Ok(false), "the same again");
        assert_eq!((job.certainty(), job.cost()), (Certainty::Confirmed, Some(Money::from_micros(320_000))));
    }

    #[test]
    fn only_what_has_ended_is_archived_and_what_lives_again_comes_back() {
        let mut job = job();
        for change in [Change::Intent, Change::Lost { problem: problem("unsure"), request_id: None }] {
            assert!(job.apply(&Change::Archived(true), at(1)).is_err(), "{}", job.state);
            assert_eq!(job.apply(&Change::Archived(false), at(1)), Ok(false), "it is in sight");
            job.apply(&change, at(1)).unwrap();
        }
        job.apply(&Change::NotCreated(String::new()), at(2)).unwrap();
        assert_eq!(job.apply(&Change::Archived(true), at(3)), Ok(true));
        assert_eq!(job.apply(&Change::Archived(true), at(4)), Ok(false), "the same again");
        assert!(job.archived);
        let adopted = Change::Adopted { task_id: "t".into(), evidence: String::new() };
        job.apply(&adopted, at(5)).unwrap();
        assert!(!job.archived, "a paid task is never out of sight");
    }

    #[test]
    fn tags_come_and_go_in_any_state() {
        let tag = |add: &[&str], remove: &[&str]| {
            let words = |tags: &[&str]| tags.iter().map(ToString::to_string).collect();
            Change::Tagged { add: words(add), remove: words(remove) }
        };
        for mut job in [job(), accepted()] {
            let state = job.state;
            assert_eq!(job.apply(&tag(&["cat", "Best"], &[]), at(3)), Ok(true));
            assert_eq!(job.apply(&tag(&["cat"], &["dog"]), at(4)), Ok(false));
            assert_eq!(job.apply(&tag(&[], &["cat"]), at(5)), Ok(true));
            assert_eq!((job.tags.as_slice(), job.state), (["Best".to_owned()].as_slice(), state));
            let many: Vec<_> = (0..20).map(|n| n.to_string()).collect();
            let many: Vec<_> = many.iter().map(String::as_str).collect();
            assert!(job.apply(&tag(&many, &[]), at(6)).unwrap_err().to_string().contains("20 tags"));
            assert_eq!(job.tags, ["Best"]);
        }
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

    fn reports() -> impl Strategy<Value = Report> {
        let phases =
            [Phase::Queued, Phase::Running, Phase::Succeeded, Phase::Failed, Phase::Cancelled, Phase::Other];
        let moment = || prop::option::of((0..20_i64).prop_map(at));
        let failure = prop::option::of(Just(Failure { code: "INTERNAL".into(), message: String::new() }));
        let urls = prop::collection::vec(
            prop::sample::select(vec!["https://h/a".into(), "https://h/b".into()]),
            0..2,
        );
        let word = prop::option::of(prop::sample::select(vec!["RUNNING".into(), "QUEUED".into()]));
        let progress = prop::option::of(0..4_u8).prop_map(|part| part.map(|part| f64::from(part) / 3.0));
        let parts =
            (prop::sample::select(phases.to_vec()), word, progress, failure, urls, moment(), moment());
        parts.prop_map(|(phase, raw_status, progress, failure, urls, started_at, finished_at)| Report {
            phase,
            raw_status,
            progress,
            failure,
            urls,
            started_at,
            finished_at,
        })
    }

    proptest! {
        /// Only what is said to be new is written and told; what is said to be old must be.
        #[test]
        fn news_is_said_to_be_new_exactly_where_more_than_its_age_is(
            reports in prop::collection::vec(reports(), 1..8), doubted in any::<bool>(),
        ) {
            let mut job = accepted();
            if doubted {
                job.doubt();
            }
            for (report, second) in reports.into_iter().zip(3..) {
                let before = job.clone();
                let said = job.apply(&Change::Reported(report), at(second));
                let aged = Job { last_polled_at: said.is_ok().then(|| at(second)).or(before.last_polled_at), ..before };
                prop_assert_eq!(said.unwrap_or(false), job != aged);
            }
        }
    }
}

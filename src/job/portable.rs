//! Whole jobs as JSON, from one journal to another.

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::{
    Account, Failure, Job, JobId, JobJson, Money, NewJob, Outcome, Problem, Request, ResultState, SavedFile,
    State, TAGS_MAX, tag_fault, task_id_fault,
};

/// The number of the form that [`ExportJson`] has and [`exported_job`] reads; another form gets the next one.
pub const EXPORT_FORMAT: u64 = 1;

/// A job with all that another journal needs to take it in: what [`JobJson`] shows, and what that leaves out.
/// The links to the video are not in it, since who has one can fetch it, nor is the consent, nor the timeline.
#[derive(Debug, Serialize)]
pub struct ExportJson<'a> {
    format: u64,
    #[serde(flatten)]
    job: JobJson<'a>,
    key_hash: &'a str,
    key_tail: &'a str,
    problem: Option<&'a Problem>,
    result_problem: Option<&'a str>,
    result_blocked: bool,
}

impl<'a> ExportJson<'a> {
    /// The job as it is now.
    pub fn new(job: &'a Job) -> Self {
        Self {
            format: EXPORT_FORMAT,
            job: JobJson::new(job, None),
            key_hash: &job.account.key_hash,
            key_tail: &job.account.key_tail,
            problem: job.problem.as_ref(),
            result_problem: job.result.as_ref().and_then(|result| result.problem.as_deref()),
            result_blocked: job.result.as_ref().is_some_and(|result| result.blocked),
        }
    }
}

/// The job that an export tells of, with the numbers that it and its parent had there. What was under way there
/// is not here: it has no consent, a request that was on its way is unsure, and a download begins anew. Fields
/// that are not known are left aside.
///
/// # Errors
/// What is wrong, beginning with the field.
pub fn exported_job(value: &Value) -> Result<Job, String> {
    let Value::Object(map) = value else { return Err("is no JSON object".into()) };
    let fields = Fields { name: String::new(), map };
    match fields.must::<u64>("format")? {
        EXPORT_FORMAT => {}
        newer if newer > EXPORT_FORMAT => {
            return Err(format!(
                "format: {newer} is of a newer Taxiway, this one reads {EXPORT_FORMAT}: import it with that"
            ));
        }
        other => return Err(format!("format: {other} is none that Taxiway ever wrote")),
    }
    let mut job = read(&fields)?;
    // However it is written, one job has one.
    job.uuid.make_ascii_lowercase();
    check(&job)?;
    Ok(settled(job))
}

fn read(fields: &Fields<'_>) -> Result<Job, String> {
    let cost = fields.inner("cost")?;
    let account = Account {
        profile: fields.must("profile")?,
        service: fields.must("service")?,
        key_hash: fields.must("key_hash")?,
        key_tail: fields.must("key_tail")?,
    };
    let new = NewJob {
        request: fields.must::<Request>("request")?,
        account,
        estimate: cost.as_ref().map(|cost| cost.get::<Money>("estimate")).transpose()?.flatten(),
        consent: None,
        parent: fields.get::<i64>("parent")?.map(JobId),
        group: fields.get("group")?,
    };
    let job = Job::new(JobId(fields.must("id")?), fields.must("uuid")?, new, fields.must("created_at")?);
    let failure = fields.inner("failure")?.map(|failure| {
        Ok::<_, String>(Failure { code: failure.must("code")?, message: failure.must("message")? })
    });
    Ok(Job {
        task_id: fields.get("task_id")?,
        state: word(fields, "state")?,
        raw_status: fields.get("raw_status")?,
        progress: fields.get("progress")?,
        sent_at: fields.get("sent_at")?,
        submitted_at: fields.get("submitted_at")?,
        first_seen_at: fields.get("first_seen_at")?,
        started_at: fields.get("started_at")?,
        finished_at: fields.get("finished_at")?,
        last_polled_at: fields.get("last_polled_at")?,
        failure: failure.transpose()?,
        result: fields.inner("result")?.map(|result| outcome(fields, &result)).transpose()?,
        charged: cost.as_ref().map(|cost| cost.get::<Money>("charged")).transpose()?.flatten(),
        problem: fields.get("problem")?,
        request_id: fields.get("request_id")?,
        tags: fields.must("tags")?,
        archived: fields.must("archived")?,
        ..job
    })
}

fn outcome(fields: &Fields<'_>, result: &Fields<'_>) -> Result<Outcome, String> {
    Ok(Outcome {
        state: word(result, "state")?,
        urls: Vec::new(),
        expires_at: result.get::<Timestamp>("expires_at")?,
        files: result.must::<Vec<SavedFile>>("files")?,
        problem: fields.get("result_problem")?,
        blocked: fields.get("result_blocked")?.unwrap_or(false),
    })
}

/// What no journal could hold, or what would do harm here.
fn check(job: &Job) -> Result<(), String> {
    let service =
        Url::parse(&job.account.service).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let file = |fault: fn(&SavedFile) -> bool| {
        job.result.as_ref().is_some_and(|result| result.files.iter().any(fault))
    };
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let faults = [
        (job.id.0 < 1, "id: is not the number of a job".into()),
        (!is_uuid(&job.uuid), format!("uuid: `{}` is none", job.uuid)),
        (service.is_none(), format!("service: `{}` is no web address", job.account.service)),
        (
            job.progress.is_some_and(|part| !(0.0..=1.0).contains(&part)),
            "progress: is not from 0 to 1".into(),
        ),
        (job.state.is_polled() && job.task_id.is_none(), format!("task_id: a {} job has one", job.state)),
        // Sent, or sent again, such a job would lose it, and what was paid for with it.
        (
            job.task_id.is_some() && has_no_task(job.state),
            format!("task_id: a job that is {} has none", job.state),
        ),
        (
            (job.state == State::Succeeded) != job.result.is_some(),
            "result: it goes with `succeeded` alone".into(),
        ),
        (file(|file| !file.path.is_absolute()), "result.files: a path is not absolute".into()),
        (
            job.result.iter().flat_map(|result| &result.files).any(|file| !is_hash(&file.sha256)),
            "result.files: a sha256 is none".into(),
        ),
        (job.tags.len() > TAGS_MAX, format!("tags: there are more than {TAGS_MAX}")),
        (job.archived && job.is_live(), "archived: only an ended job is".into()),
    ];
    if let Some((_, fault)) = faults.into_iter().find(|(is_so, _)| *is_so) {
        return Err(fault);
    }
    if let Some(fault) = job.task_id.as_deref().and_then(task_id_fault) {
        return Err(format!("task_id: {fault}"));
    }
    match job.tags.iter().find_map(|tag| Some((tag, tag_fault(tag)?))) {
        Some((tag, fault)) => Err(format!("tags: {tag:?} {fault}")),
        None => Ok(()),
    }
}

/// Whether no id of a task goes with this state.
fn has_no_task(state: State) -> bool {
    matches!(state, State::Held | State::Sending | State::Unsure | State::Rejected | State::NotCreated)
}

/// Whether it is a uuid with hyphens and in lower case; there are other ways to write the same.
fn is_uuid(text: &str) -> bool {
    Uuid::parse_str(text).is_ok_and(|uuid| uuid.to_string() == text)
}

/// A job whose work nobody here has in hand.
fn settled(mut job: Job) -> Job {
    if job.state == State::Sending {
        job.state = State::Unsure;
        let told = "its request was on its way when it was exported; the task may exist and be billed";
        job.problem = Some(Problem::new("unsure", told).hint(
            "It is not sent again by itself. Look at the journal that it came from, or for its task in the account's \
             task list, then settle it: a in the dashboard, `taxiway adopt` or `taxiway resolve`.",
        ));
    }
    if let Some(result) = job.result.as_mut().filter(|result| result.state == ResultState::Fetching) {
        result.state = ResultState::Pending;
    }
    job
}

/// The fields of an object, and what it is called.
struct Fields<'a> {
    name: String,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    fn called(&self, name: &str) -> String {
        format!("{}{name}", self.name)
    }

    /// What is null, or not there, is none.
    fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, String> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                T::deserialize(value).map(Some).map_err(|fault| format!("{}: {fault}", self.called(name)))
            }
        }
    }

    fn must<T: DeserializeOwned>(&self, name: &str) -> Result<T, String> {
        self.get(name)?.ok_or_else(|| format!("{}: is missing", self.called(name)))
    }

    fn inner(&self, name: &str) -> Result<Option<Fields<'a>>, String> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Fields { name: format!("{}.", self.called(name)), map })),
            Some(_) => Err(format!("{}: is no JSON object", self.called(name))),
        }
    }
}

fn word<T: std::str::FromStr<Err = String>>(fields: &Fields<'_>, name: &str) -> Result<T, String> {
    let word: String = fields.must(name)?;
    word.parse().map_err(|fault| format!("{}: {fault}", fields.called(name)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::Consent;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_microsecond(1_800_000_000_000_000 + second).unwrap()
    }

    fn exported(job: &Job) -> Value {
        serde_json::from_str(&serde_json::to_string(&ExportJson::new(job)).unwrap()).unwrap()
    }

    fn maybe<T: Clone + std::fmt::Debug>(
        value: impl Strategy<Value = T>,
    ) -> impl Strategy<Value = Option<T>> {
        prop_oneof![Just(None), value.prop_map(Some)]
    }

    fn moment() -> impl Strategy<Value = Option<Timestamp>> {
        maybe((0..10_000_000_000i64).prop_map(at))
    }

    fn text() -> impl Strategy<Value = String> {
        "[\\PC\u{0}-\u{1f}\u{202e}\u{1f6eb}]{0,12}"
    }

    fn request() -> impl Strategy<Value = Request> {
        let fields = (text(), text(), maybe(text()), maybe(text()), maybe(any::<u32>()), maybe(any::<u64>()));
        (fields, maybe(any::<bool>())).prop_map(
            |((prompt_image, model, prompt_text, ratio, duration, seed), watermark)| Request {
                prompt_image,
                model,
                prompt_text,
                ratio,
                duration,
                seed,
                watermark,
            },
        )
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        let file = (text(), any::<u64>()).prop_map(|(name, bytes)| SavedFile {
            path: format!("/v/{name}").into(),
            bytes,
            sha256: "ab".repeat(32),
        });
        let state = prop::sample::select(ResultState::ALL.to_vec());
        (state, moment(), prop::collection::vec(file, 0..3), maybe(text()), any::<bool>()).prop_map(
            |(state, expires_at, files, problem, blocked)| {
                let urls = vec!["https://h/v.mp4?_jwt=secret".into()];
                Outcome { state, urls, expires_at, files, problem, blocked }
            },
        )
    }

    prop_compose! {
        fn job()(
            state in prop::sample::select(State::ALL.to_vec()),
            request in request(),
            result in outcome(),
            times in prop::collection::vec(moment(), 6),
            words in prop::collection::vec(maybe(text()), 6),
            money in prop::collection::vec(maybe(any::<u64>().prop_map(Money::from_micros)), 2),
            thousandths in maybe(0..=1000u32),
            numbers in (1..i64::MAX, maybe(1..i64::MAX), 0..1_000_000i64),
            tags in prop::collection::vec("[a-zé#]{1,5}", 0..3),
            archived in any::<bool>(),
        ) -> Job {
            let account = Account {
                profile: words[0].clone().unwrap_or_default(),
                service: "https://api.cometapi.com".into(),
                key_hash: words[1].clone().unwrap_or_default(),
                key_tail: words[2].clone().unwrap_or_default(),
            };
            let consent = Some(Consent { until: at(1), holder: 1, patience: 1, born: None });
            let new = NewJob { request, account, estimate: money[0], consent, parent: numbers.1.map(JobId), group: words[3].clone() };
            let failure = words[4].clone().map(|code| Failure { message: code.clone(), code });
            let job = Job {
                task_id: state.is_polled().then(|| "task-1".into()),
                state,
                raw_status: words[5].clone(),
                progress: thousandths.map(|part| f64::from(part) / 1000.0),
                sent_at: times[0],
                submitted_at: times[1],
                first_seen_at: times[2],
                started_at: times[3],
                finished_at: times[4],
                last_polled_at: times[5],
                failure,
                result: (state == State::Succeeded).then_some(result),
                charged: money[1],
                problem: words[4].clone().map(|code| Problem::new(&code, "why").hint("do")),
                request_id: words[3].clone(),
                tags,
                ..Job::new(JobId(numbers.0), Uuid::new_v4().to_string(), new, at(numbers.2))
            };
            Job { archived: archived && !job.is_live(), ..job }
        }
    }

    proptest! {
        /// What goes out comes in as it was, but for what must not.
        #[test]
        fn an_export_reads_back(job in job()) {
            let value = exported(&job);
            prop_assert!(!value.to_string().contains("secret"), "a link opens the video");
            let mut there = job.clone();
            there.consent = None;
            there.result.iter_mut().for_each(|result| result.urls.clear());
            let here = exported_job(&value).unwrap();
            prop_assert!(here.state != State::Sending && !here.waits_to_be_sent());
            prop_assert_eq!(&here, &settled(there));
            // And out again, and in again.
            prop_assert_eq!(exported_job(&exported(&here)).unwrap(), here);
        }
    }

    #[test]
    fn a_field_that_makes_no_sense_is_named() {
        let job = Job::of_task(
            JobId(7),
            Uuid::new_v4().to_string(),
            Account { service: "https://h".into(), ..Account::default() },
            "t".into(),
            at(0),
        );
        assert_eq!(exported_job(&exported(&job)), Ok(job.clone()));
        for (field, value, told) in [
            ("state", "walking".into(), "state: `walking` is not a state of a job"),
            ("state", Value::Null, "state: is missing"),
            ("state", "succeeded".into(), "result: it goes with `succeeded` alone"),
            ("uuid", "7".into(), "uuid: `7` is none"),
            ("uuid", job.uuid.replace('-', "").into(), "uuid: `"),
            ("uuid", format!("{{{}}}", job.uuid).into(), "uuid: `"),
            ("uuid", format!("urn:uuid:{}", job.uuid).into(), "uuid: `"),
            ("state", "held".into(), "task_id: a job that is held has none"),
            ("state", "sending".into(), "task_id: a job that is sending has none"),
            ("state", "unsure".into(), "task_id: a job that is unsure has none"),
            ("state", "rejected".into(), "task_id: a job that is rejected has none"),
            ("state", "not_created".into(), "task_id: a job that is not_created has none"),
            ("id", 0.into(), "id: is not the number of a job"),
            ("task_id", Value::Null, "task_id: a submitted job has one"),
            ("task_id", "a b".into(), "task_id: holds a blank: it is one word, as the service shows it"),
            ("service", "ftp://h".into(), "service: `ftp://h` is no web address"),
            ("progress", 1.5.into(), "progress: is not from 0 to 1"),
            ("tags", serde_json::json!(["a,b"]), "tags: \"a,b\" holds a comma, which stands between tags"),
            ("archived", true.into(), "archived: only an ended job is"),
            ("created_at", "yesterday".into(), "created_at: "),
            ("request", serde_json::json!({"model": "m"}), "request: missing field `promptImage`"),
            (
                "cost",
                serde_json::json!({"estimate": "-1"}),
                "cost.estimate: `-1` is not an amount of dollars such as 0.25",
            ),
            ("format", 2.into(), "format: 2 is of a newer Taxiway"),
        ] {
            let mut wrong = exported(&job);
            wrong[field] = value;
            let fault = exported_job(&wrong).unwrap_err();
            assert!(fault.starts_with(told), "{fault}");
        }
        let mut loud = exported(&job);
        loud["uuid"] = job.uuid.to_uppercase().into();
        assert_eq!(exported_job(&loud), Ok(job.clone()), "one job has one uuid");
        let mut more = exported(&job);
        more["of_later"] = 1.into();
        assert!(exported_job(&more).is_ok(), "what is not known is left aside");
    }
}

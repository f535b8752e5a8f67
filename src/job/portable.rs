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
    let job = read(&fields)?;
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
        (Uuid::parse_str(&job.uuid).is_err(), format!("uuid: `{}` is none", job.uuid)),
        (service.is_none(), format!("service: `{}` is no web address", job.account.service)),
        (
            job.progress.is_some_and(|part| !(0.0..=1.0).contains(&part)),
            "progress: is not from 0 to 1".into(),
        ),
        (job.state.is_polled() && job.task_id.is_none(), format!("task_id: a {} job has one", job.state)),
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

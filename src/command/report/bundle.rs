//! What stands in a report.

use std::{
    collections::BTreeSet,
    env::{
        self,
        consts::{ARCH, OS},
    },
    ops::ControlFlow,
};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{FORMAT, Report, VERSION, redact::Redactor};
use crate::{
    command::{
        Context,
        context::{each_job, find_each, run},
        dashboard::set,
        doctor,
        logging::tail,
    },
    config::Setting,
    job::{Job, JobId, JobJson, Problem, ResultState, State, TimelineEntry},
    journal::{Journal, Reply},
};

/// So many of the log's last lines are in it.
const LINES: usize = 200;
/// So many jobs are in it where none was named.
const JOBS: usize = 5;

/// A report, and what is told of it before it is written.
pub struct Bundle {
    /// All of it.
    pub value: Value,
    /// What is in it, as lines.
    pub told: Vec<String>,
}

#[derive(Serialize)]
struct Entry {
    at: Timestamp,
    kind: String,
    text: String,
}

/// Gathers everything, and takes out what is private.
///
/// # Errors
/// A job that was named is not there; or a secret would stand in it, which is a fault of ours.
pub fn gather(context: &Context, args: &Report) -> Result<Bundle, Problem> {
    let config = &context.config;
    let secrets = config.key.iter().chain(&config.access_token).cloned();
    let home = env::home_dir();
    let last = || Some(home.as_ref()?.file_name()?.to_string_lossy().into_owned());
    let user = ["USER", "LOGNAME"].into_iter().find_map(set).or_else(last);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut redactor = Redactor::new(secrets, args.with_prompts)
        .of_machine(home.as_ref().map(|home| home.display().to_string()), user, host)
        .of_videos(config.download.dir.display().to_string());
    // A log that is not there or cannot be read is a line of the doctor's.
    let log = tail(&config.data_dir, LINES).unwrap_or_default();
    let (jobs, trouble) = match jobs(context, args, &log, &mut redactor) {
        Ok(jobs) => (jobs, None),
        Err(problem) if args.jobs.is_empty() => (Vec::new(), Some(problem)),
        Err(problem) => return Err(problem),
    };
    let checks = doctor::look(context, false);
    let settings: Vec<_> = config.settings.iter().map(setting).collect();
    let left_out = left_out(args.with_prompts);
    let told = vec![
        format!(
            "in it: versions and terminal, {} checks of `taxiway doctor`, {} settings, {} lines of the log, {}",
            checks.len(),
            settings.len(),
            log.len(),
            tell(&jobs)
        ),
        format!("left out: {}", left_out.join("; ")),
    ];
    let mut value = json!({
        "format": FORMAT,
        "version": VERSION,
        "made_at": Timestamp::now(),
        "program": { "version": env!("CARGO_PKG_VERSION"), "os": OS, "arch": ARCH, "debug": cfg!(debug_assertions) },
        "left_out": left_out,
        "checks": checks,
        "settings": settings,
        "log": log,
        "jobs": jobs,
        "error": trouble,
    });
    redactor.value(&mut value);
    let text = value.to_string();
    if redactor.finds(&text) {
        return Err(Problem::new("machine", "a secret would stand in the report: nothing was written")
            .hint("this is a bug in Taxiway: please tell of it, without the report"));
    }
    Ok(Bundle { value, told })
}

fn left_out(with_prompts: bool) -> Vec<&'static str> {
    let mut all = vec![
        "keys, tokens and passwords",
        "what stands behind ? or # in links",
        "pictures that were sent within a request",
        "the names of user and machine, of the home folder and of videos",
    ];
    if !with_prompts {
        all.push("prompts (--with-prompts keeps them)");
    }
    all
}

/// A setting; programs may be given secrets in their words.
fn setting(setting: &Setting) -> Value {
    let is_program = setting.name.ends_with("command") && setting.value != "[]";
    let value = if is_program { "[left out]" } else { &setting.value };
    json!({ "name": setting.name, "value": value, "origin": setting.origin.to_string() })
}

fn tell(jobs: &[Value]) -> String {
    let ids: Vec<_> = jobs.iter().filter_map(|job| job["job"]["id"].as_i64()).map(JobId).collect();
    if ids.is_empty() { "no job".into() } else { crate::job::named(&ids) + " with timeline and last reply" }
}

/// The jobs that were named, else the newest that went wrong, else the newest. Whatever they asked for, and
/// what those jobs asked for that the log tells of, is private.
fn jobs(
    context: &Context,
    args: &Report,
    log: &[String],
    redactor: &mut Redactor,
) -> Result<Vec<Value>, Problem> {
    let journal = context.journal_read_only()?;
    run(async {
        for id in of_log(log) {
            if let Some(job) = journal.job(id).await.map_err(|error| error.problem())? {
                redactor.hide(&job);
            }
        }
        let mut jobs = find_each(&journal, &args.jobs).await?;
        if jobs.is_empty() {
            jobs = newest(&journal, is_trouble).await?;
        }
        if jobs.is_empty() {
            jobs = newest(&journal, |_| true).await?;
        }
        let mut told = Vec::new();
        for job in jobs {
            redactor.hide(&job);
            let detail = journal.detail(job.id).await.map_err(|error| error.problem())?;
            if let Some((job, timeline, reply)) = detail {
                told.push(job_value(&job, timeline, reply));
            }
        }
        Ok(told)
    })?
}

fn job_value(job: &Job, timeline: Vec<TimelineEntry>, reply: Option<Reply>) -> Value {
    let entry = |TimelineEntry { at, kind, text }| Entry { at, kind, text };
    let timeline: Vec<_> = timeline.into_iter().map(entry).collect();
    let reply = reply.map(|(at, status, body)| json!({ "at": at, "status": status, "body": body }));
    json!({ "job": JobJson::new(job, None), "timeline": timeline, "reply": reply })
}

fn is_trouble(job: &Job) -> bool {
    let lost = job.result.as_ref().is_some_and(|result| {
        matches!(result.state, ResultState::Failed | ResultState::Expired | ResultState::NoUrl)
    });
    lost || matches!(job.state, State::Failed | State::Unsure | State::Rejected | State::NotFound)
}

/// The newest jobs that are `wanted`, the oldest of them first.
async fn newest(journal: &Journal, wanted: impl Fn(&Job) -> bool) -> Result<Vec<Job>, Problem> {
    let mut found = Vec::new();
    each_job(journal, |job| {
        found.extend(Some(job).filter(&wanted));
        if found.len() < JOBS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .await?;
    found.reverse();
    Ok(found)
}

/// The jobs that lines of the log are about.
fn of_log(lines: &[String]) -> BTreeSet<JobId> {
    let number = |line: &String| line.rsplit_once("job=")?.1.split_whitespace().next()?.parse().ok();
    lines.iter().filter_map(number).map(JobId).collect()
}

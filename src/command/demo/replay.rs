//! The jobs of a report, as they were before the service's last reply to each, and that reply.

use std::{fs::File, path::Path, process};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{PATIENCE, Script};
use crate::{
    command::{
        context::INPUT_MAX,
        report::{FORMAT, VERSION},
    },
    config::read_at_most,
    job::{Change, Consent, Failure, Job, JobId, NewJob, Problem, Request, is_harmful, tag_fault},
    journal::JournalError,
};

/// So many of a job's own tags are taken over; one of ours comes to them.
const TAGS: usize = 10;

/// What a report tells of jobs.
#[derive(Debug)]
pub struct Replay {
    /// The file's name, for the screen.
    pub name: String,
    jobs: Vec<Reported>,
}

#[derive(Debug, Deserialize)]
struct Reported {
    job: Told,
    reply: Option<Answer>,
}

/// As much of a job's JSON as is played. Fields that are missing were null.
#[derive(Debug, Deserialize)]
struct Told {
    id: i64,
    task_id: Option<String>,
    state: String,
    request: Request,
    created_at: Timestamp,
    sent_at: Option<Timestamp>,
    submitted_at: Option<Timestamp>,
    failure: Option<Failure>,
    group: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    request_id: Option<String>,
    error: Option<Problem>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    status: u16,
    body: String,
}

impl Replay {
    /// Reads a report.
    ///
    /// # Errors
    /// `bad_input`: it cannot be read, is no report, a newer program's, or tells of no job.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let fault = |what: String| Problem::new("bad_input", format!("{}: {what}", path.display()));
        let read = File::open(path).and_then(|file| read_at_most(file, INPUT_MAX));
        let text = read.map_err(|error| fault(format!("it cannot be read: {error}")))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let jobs = jobs(&text).map_err(|(what, hint)| fault(what).hint(hint))?;
        Ok(Self { name, jobs })
    }

    /// Puts the jobs into the journal, and the replies to where they are polled from.
    pub async fn seed(&self, script: &Script<'_>) -> Result<(), JournalError> {
        for reported in &self.jobs {
            reported.seed(script).await?;
        }
        Ok(())
    }
}

/// The jobs of a report, by their numbers; or what is wrong with it, and what to do.
fn jobs(text: &str) -> Result<Vec<Reported>, (String, &'static str)> {
    const MAKE: &str = "`taxiway report` makes one";
    const NEWER: &str = "use the Taxiway that made it, or a newer one";
    let report: Value = serde_json::from_str(text).map_err(|_| ("it is no report".into(), MAKE))?;
    if report["format"] != FORMAT {
        return Err(("it is no report".into(), MAKE));
    }
    match report["version"].as_u64() {
        Some(version) if version <= VERSION => {}
        Some(version) => {
            let what =
                format!("a newer Taxiway made it: its version is {version}, this program reads {VERSION}");
            return Err((what, NEWER));
        }
        None => return Err(("it does not tell its version".into(), MAKE)),
    }
    let listed = report["jobs"].as_array().map(Vec::as_slice).unwrap_or_default();
    if listed.is_empty() {
        return Err((
            "it tells of no job: there is nothing to replay".into(),
            "`taxiway report JOB` names one",
        ));
    }
    let read = |(at, job): (usize, &Value)| {
        let fault = |error| (format!("number {} of its jobs cannot be read: {error}", at + 1), MAKE);
        Reported::deserialize(job).map_err(fault)
    };
    let mut jobs = listed.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    jobs.sort_by_key(|reported| reported.job.id);
    Ok(jobs)
}

impl Reported {
    async fn seed(&self, script: &Script<'_>) -> Result<(), JournalError> {
        let told = &self.job;
        let sent = told.sent_at.unwrap_or(told.created_at).max(told.created_at);
        let job = self.create(script, sent).await?;
        if told.state == "held" {
            let problem = told.problem("consent_ended", "it was held when the report was made");
            return script.step(&job, Change::ConsentEnded(problem), sent).await;
        }
        if told.task_id.is_none() && told.state == "cancelled" {
            return script.step(&job, Change::Dropped, sent).await;
        }
        script.step(&job, Change::Intent, sent).await?;
        let request_id = told.request_id.clone();
        let Some(task_id) = told.task_id.clone() else {
            return self.seed_without_task(script, &job, sent).await;
        };
        if let Some(Answer { status, body }) = &self.reply {
            script.service.set_reply(&task_id, *status, led_here(body, &script.service.base_url()));
        }
        let at = told.submitted_at.unwrap_or(sent).max(sent);
        script.step(&job, Change::Accepted { task_id, request_id }, at).await
    }

    async fn create(&self, script: &Script<'_>, sent: Timestamp) -> Result<Job, JournalError> {
        let told = &self.job;
        let until = sent.saturating_add(Consent::LASTS).unwrap_or(sent);
        let consent = Some(Consent { until, holder: process::id(), patience: PATIENCE, born: None });
        let request = told.request.clone();
        let estimate = script.config.models.estimate(&request);
        let (account, group) = (script.account.clone(), told.group.clone());
        let new = NewJob { request, account, estimate, consent, group, parent: None };
        let mut jobs = script.journal.create(vec![new], told.created_at).await?;
        let job = jobs.pop().ok_or(JournalError::NoSuchJob(JobId(told.id)))?;
        // Its number here is another than in the report.
        let tags = told.tags.iter().filter(|tag| tag_fault(tag).is_none()).take(TAGS).cloned();
        let add = [format!("job-{}", told.id)].into_iter().chain(tags).collect();
        script.step(&job, Change::Tagged { add, remove: Vec::new() }, told.created_at).await?;
        Ok(job)
    }

    /// What the service never gave an id to is as it was left: there is nothing to poll.
    async fn seed_without_task(
        &self,
        script: &Script<'_>,
        job: &Job,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let told = &self.job;
        let request_id = told.request_id.clone();
        if told.state == "rejected" {
            let problem = told.problem("rejected", "the service refused the request");
            let failure = Failure { code: problem.code.clone(), message: problem.message.clone() };
            let failure = told.failure.clone().unwrap_or(failure);
            return script.step(job, Change::Refused { failure, problem, request_id }, at).await;
        }
        let problem = told.problem("unsure", "the reply was lost: the task may exist and be billed");
        script.step(job, Change::Lost { problem, request_id }, at).await?;
        if told.state == "not_created" {
            script.step(job, Change::NotCreated("the report says so".into()), at).await?;
        }
        Ok(())
    }
}

impl Told {
    /// What was wrong with it, in the report's words where it has some.
    fn problem(&self, code: &str, message: &str) -> Problem {
        self.error.clone().unwrap_or_else(|| Problem::new(code, message))
    }
}

/// A reply whose links lead to the stand-in, for a demo asks nobody on the network; byte for byte where it has none.
fn led_here(body: &str, base_url: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    if lead(&mut value, base_url) { value.to_string() } else { body.to_owned() }
}

/// Says whether there was any link.
fn lead(value: &mut Value, base_url: &str) -> bool {
    match value {
        Value::String(text) => {
            let Some(link) = link(text) else { return false };
            let (host, path) = (link.host_str().unwrap_or_default(), link.path());
            *text = format!("{base_url}/replayed/{host}{path}");
            true
        }
        Value::Array(items) => items.iter_mut().fold(false, |found, item| lead(item, base_url) | found),
        Value::Object(fields) => {
            fields.values_mut().fold(false, |found, field| lead(field, base_url) | found)
        }
        _ => false,
    }
}

/// A text that would be taken for the address of a video: read as generously as the wire reads it.
fn link(text: &str) -> Option<Url> {
    let visible: String = text.chars().filter(|&c| !is_harmful(c)).collect();
    let url = Url::parse(visible.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_of_a_reply_leads_into_the_network() {
        let base = "http://127.0.0.1:1";
        let plain = r#"{ "status":"FAILED", "failure":"\u0065rror: see https://h", "n": 0.50 }"#;
        assert_eq!(led_here(plain, base), plain, "byte for byte");
        assert_eq!(led_here("<html>https://h</html>", base), "<html>https://h</html>");
        for link in [
            "https://h.example/x.mp4?…",
            " HTTPS:h.example/x",
            r"http:\/\/h.example\/x",
            r"ht\u200btps://h.example/x",
        ] {
            let body = format!(r#"{{"data":{{"output":["{link}"]}}}}"#);
            let told = led_here(&body, base);
            let url = serde_json::from_str::<Value>(&told).unwrap()["data"]["output"][0].clone();
            assert!(url.as_str().unwrap().starts_with("http://127.0.0.1:1/replayed/h.example/x"), "{told}");
        }
    }

    #[test]
    fn what_is_no_report_is_refused_with_words() {
        for (text, words) in [
            ("", "no report"),
            ("{}", "no report"),
            (r#"{"format":"taxiway-report"}"#, "version"),
            (r#"{"format":"taxiway-report","version":2}"#, "a newer Taxiway made it"),
            (r#"{"format":"taxiway-report","version":1,"jobs":[]}"#, "no job"),
            (r#"{"format":"taxiway-report","version":1,"jobs":[{"job":{}}]}"#, "number 1 of its jobs"),
        ] {
            let (what, hint) = jobs(text).unwrap_err();
            assert!(what.contains(words) && !hint.is_empty(), "{text}: {what}");
        }
    }
}

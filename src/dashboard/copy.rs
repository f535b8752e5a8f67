//! What of a job can be copied.

use super::{
    Model,
    picker::{Choice, Item},
};
use crate::job::{Job, JobJson, to_curl};

/// The ways to copy, each with its letter and what it makes of a job, or why it cannot.
type Way = (&'static str, &'static str, &'static str, fn(&Model, &Job) -> Result<String, &'static str>);

static WAYS: [Way; 7] = [
    ("u", "video address", "whoever has it can fetch the video while it lives", url),
    ("i", "task id", "what the service calls it", task),
    ("f", "file", "the path of the video on this machine", path),
    ("s", "scp line", "fetches the file when typed on your own machine", scp),
    ("p", "prompt", "the text of the request", prompt),
    ("c", "curl command", "the same request; the key stays $COMETAPI_KEY", curl),
    ("j", "JSON", "all about the job, as `taxiway show --json` tells it", json),
];

/// The list for these jobs: of several, one text a line. What none of them has cannot be picked.
pub fn items(model: &Model, jobs: &[&Job]) -> Vec<Item> {
    WAYS.iter()
        .map(|(key, what, help, make)| {
            let made: Vec<_> = jobs.iter().map(|job| make(model, job)).collect();
            let text: Vec<_> = made.iter().filter_map(|made| made.as_ref().ok()).cloned().collect();
            let off =
                made.into_iter().find_map(Result::err).filter(|_| text.is_empty()).map(ToString::to_string);
            let note = match jobs.len() {
                1 => (*help).to_string(),
                all => format!("{help} ({} of {all})", text.len()),
            };
            let text = text.join("\n");
            let choice = Choice::Copy { what, text };
            Item { label: (*what).into(), note, key: (*key).into(), off, on: false, choice }
        })
        .collect()
}

/// The text of one way for one job, by its name in `:copy`.
pub fn named(name: &str) -> Option<usize> {
    let short = ["url", "id", "file", "scp", "prompt", "curl", "json"];
    short.iter().position(|known| *known == name)
}

fn url(_: &Model, job: &Job) -> Result<String, &'static str> {
    let urls = job.result.as_ref().map(|result| result.urls.join("\n")).filter(|urls| !urls.is_empty());
    urls.ok_or("it has no video address (yet)")
}

fn task(_: &Model, job: &Job) -> Result<String, &'static str> {
    job.task_id.clone().ok_or("the service gave it no id")
}

fn files(job: &Job) -> Result<Vec<String>, &'static str> {
    let files = job.result.as_ref().map(|result| &result.files).filter(|files| !files.is_empty());
    let files = files.ok_or("its video is not on this machine (yet)")?;
    Ok(files.iter().map(|file| file.path.display().to_string()).collect())
}

fn path(_: &Model, job: &Job) -> Result<String, &'static str> {
    files(job).map(|files| files.join("\n"))
}

/// Quoted for the shell here; the one that scp runs on the other side takes the name as it is.
fn scp(model: &Model, job: &Job) -> Result<String, &'static str> {
    let from = &model.facts.remote;
    let files = files(job)?;
    let line = |file: &String| format!("scp {} .", shell_words::quote(&format!("{from}:{file}")));
    Ok(files.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn prompt(_: &Model, job: &Job) -> Result<String, &'static str> {
    job.request.prompt_text.clone().ok_or("it has no prompt")
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the ways")]
fn curl(model: &Model, job: &Job) -> Result<String, &'static str> {
    Ok(to_curl(&job.request, &job.account.service, &model.facts.config.runway_version))
}

fn json(_: &Model, job: &Job) -> Result<String, &'static str> {
    serde_json::to_string_pretty(&JobJson::new(job, None)).map_err(|_| "it cannot be written as JSON")
}

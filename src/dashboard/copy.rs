//! What of a job can be copied.

use super::{
    Model,
    picker::{Choice, Item},
};
use crate::job::{Job, JobId, JobJson, to_curl};

/// A way to copy.
pub struct Way {
    /// Its word in `:copy`.
    pub word: &'static str,
    key: &'static str,
    what: &'static str,
    help: &'static str,
    /// Whether a job has it, or why not.
    has: fn(&Job) -> Result<(), &'static str>,
    make: fn(&Model, &Job) -> String,
}

const fn way(
    (word, key, what): (&'static str, &'static str, &'static str),
    help: &'static str,
    has: fn(&Job) -> Result<(), &'static str>,
    make: fn(&Model, &Job) -> String,
) -> Way {
    Way { word, key, what, help, has, make }
}

/// All of them, each with its letter in the list.
#[rustfmt::skip]
pub static WAYS: [Way; 7] = [
    way(("url", "u", "video address"), "whoever has it can fetch the video while it lives", has_url, url),
    way(("id", "i", "task id"), "what the service calls it", has_task, |_, job| job.task_id.clone().unwrap_or_default()),
    way(("file", "f", "file"), "the path of the video on this machine", has_file, |_, job| files(job).join("\n")),
    way(("scp", "s", "scp line"), "fetches the file when typed on your own machine", has_file, scp),
    way(("prompt", "p", "prompt"), "the text of the request", has_prompt, |_, job| job.request.prompt_text.clone().unwrap_or_default()),
    way(("curl", "c", "curl command"), "the same request; the key stays $COMETAPI_KEY", |_| Ok(()), curl),
    way(("json", "a", "all of it as JSON"), "as `taxiway show --json` tells it", |_| Ok(()), json),
];

/// The words of all ways, for people.
pub fn words() -> String {
    WAYS.iter().map(|way| way.word).collect::<Vec<_>>().join(", ")
}

/// The list for these jobs. What none of them has cannot be picked.
pub fn items(jobs: &[&Job]) -> Vec<Item> {
    let item = |(at, way): (usize, &Way)| {
        let (have, why_not) = having(way, jobs);
        let note = match jobs.len() {
            1 => way.help.to_string(),
            all => format!("{} ({} of {all})", way.help, have.len()),
        };
        let off = why_not.filter(|_| have.is_empty()).map(ToString::to_string);
        Item {
            label: way.what.into(),
            note,
            key: way.key.into(),
            off,
            on: false,
            choice: Choice::Copy(at, have),
        }
    };
    WAYS.iter().enumerate().map(item).collect()
}

/// The jobs that have what a way copies, and why not of the first that does not.
fn having(way: &Way, jobs: &[&Job]) -> (Vec<JobId>, Option<&'static str>) {
    let have = jobs.iter().filter(|job| (way.has)(job).is_ok()).map(|job| job.id).collect();
    (have, jobs.iter().find_map(|job| (way.has)(job).err()))
}

/// What it is, and the text: of several jobs, one after the other on lines of their own.
pub fn text(model: &Model, at: usize, ids: &[JobId]) -> Option<(&'static str, String)> {
    let way = WAYS.get(at)?;
    let texts: Vec<_> =
        ids.iter().filter_map(|id| model.jobs.get(*id)).map(|job| (way.make)(model, job)).collect();
    Some((way.what, texts.join("\n")))
}

fn has_url(job: &Job) -> Result<(), &'static str> {
    let has = job.result.as_ref().is_some_and(|result| !result.urls.is_empty());
    if has { Ok(()) } else { Err("it has no video address (yet)") }
}

fn url(_: &Model, job: &Job) -> String {
    job.result.as_ref().map_or_else(String::new, |result| result.urls.join("\n"))
}

fn has_task(job: &Job) -> Result<(), &'static str> {
    job.task_id.as_ref().map(|_| ()).ok_or("the service gave it no id")
}

fn has_file(job: &Job) -> Result<(), &'static str> {
    if files(job).is_empty() { Err("its video is not on this machine (yet)") } else { Ok(()) }
}

fn files(job: &Job) -> Vec<String> {
    let files = job.result.iter().flat_map(|result| &result.files);
    files.map(|file| file.path.display().to_string()).collect()
}

/// Quoted for the shell here; the one that scp runs on the other side takes the name as it is.
fn scp(model: &Model, job: &Job) -> String {
    let from = &model.facts.remote;
    let line = |file: &String| format!("scp {} .", shell_words::quote(&format!("{from}:{file}")));
    files(job).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn has_prompt(job: &Job) -> Result<(), &'static str> {
    job.request.prompt_text.as_ref().map(|_| ()).ok_or("it has no prompt")
}

fn curl(model: &Model, job: &Job) -> String {
    to_curl(&job.request, &job.account.service, &model.facts.config.runway_version)
}

fn json(_: &Model, job: &Job) -> String {
    serde_json::to_string_pretty(&JobJson::new(job, None)).unwrap_or_default()
}

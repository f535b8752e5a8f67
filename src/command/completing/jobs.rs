use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use clap_complete::engine::CompletionCandidate;

use super::{
    beginning,
    line::{Line, glance},
};
use crate::{
    engine::is_home,
    job::{Job, State},
    journal::Reader,
};

/// More jobs than these are not read through, nor offered.
const NEWEST: usize = 200;
const OFFERED: usize = 50;
/// So much of a prompt tells jobs apart, in characters.
const PROMPT: usize = 40;
/// A journal that does not answer so soon is busy; a Tab waits no longer.
const PATIENCE: Duration = Duration::from_millis(500);

/// The jobs that a command can do something with, the newest first: their numbers, and their task ids for
/// who began to type one. Those that stand on the line already are left out.
pub(super) fn jobs(line: &Line, command: &str, typed: &str) -> Vec<CompletionCandidate> {
    let brings_back = line.words.iter().any(|word| word == "--undo");
    let mut wanted = read(&glance(line).data_dir);
    wanted.retain(|job| {
        let is_given = || line.before().iter().any(|word| *word == job.id.to_string());
        makes_sense(command, brings_back, job) && !is_given()
    });
    let ids: Vec<_> = wanted.iter().map(|job| job.id.to_string()).collect();
    let numbers = ids.iter().zip(&wanted).map(|(id, job)| (id.as_str(), about(job)));
    let mut found = beginning(numbers, typed);
    let tasks = wanted.iter().filter_map(|job| {
        let about = || format!("job {}  {}", job.id, about(job));
        job.task_id.as_deref().filter(|_| !typed.is_empty()).map(|task| (task, about()))
    });
    found.extend(beginning(tasks, typed));
    if command == "adopt" {
        found.extend(beginning([("new", "none of the unsure jobs".into())], typed));
    }
    found.truncate(OFFERED);
    // Else they would be put in the order of their letters.
    let ordered = found.into_iter().enumerate();
    ordered.map(|(place, offer)| offer.display_order(Some(place))).collect()
}

/// The labels of the newest jobs.
pub(super) fn tags(data_dir: &Path) -> Vec<String> {
    let tags: BTreeSet<_> = read(data_dir).into_iter().flat_map(|job| job.tags).collect();
    tags.into_iter().collect()
}

fn makes_sense(command: &str, brings_back: bool, job: &Job) -> bool {
    match command {
        "send" => job.state == State::Held,
        "cancel" => matches!(job.state, State::Held | State::Submitted | State::Queued | State::Running),
        "resolve" | "adopt" => job.state == State::Unsure,
        "archive" => job.state.is_final() && job.archived == brings_back,
        "download" => job.state == State::Succeeded && !is_home(job),
        "wait" => job.is_live(),
        _ => true,
    }
}

fn about(job: &Job) -> String {
    let prompt = job.request.prompt_text.as_deref().unwrap_or(&job.request.model);
    let prompt = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = prompt.chars().take(PROMPT).collect();
    format!("{:<9}  {cut}", job.label())
}

/// The newest jobs and all that have not ended, the newest first; none, where the journal does not answer.
fn read(data_dir: &Path) -> Vec<Job> {
    // One answer at most, for which there is room: it is given also where nobody waits any more.
    let (tell, told) = mpsc::sync_channel(1);
    let data_dir = PathBuf::from(data_dir);
    let read = move || {
        let reader = Reader::open(&data_dir).ok()?;
        let mut jobs = reader.page(None, NEWEST).ok()?;
        jobs.extend(reader.unfinished().ok()?);
        jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
        jobs.dedup_by_key(|job| job.id);
        // Who waited has gone when this comes too late.
        tell.send(jobs).ok()
    };
    // It ends with the process, which does not wait for it.
    thread::spawn(read);
    told.recv_timeout(PATIENCE).unwrap_or_default()
}

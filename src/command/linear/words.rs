//! What is said by itself: the greeting, who sends and polls, what goes on when one leaves.

use super::{money::spent, talk::Talk};
use crate::{
    command::{count_of, watch::pause_text},
    engine::Role,
    job::{Job, JobId, Problem, State},
};

/// So many numbers of jobs are told; the rest is counted.
const NAMED: usize = 10;

/// Where one is, and what waits for a word.
pub(super) fn greeting(talk: &Talk) -> Vec<String> {
    let (config, status) = (&talk.config, &talk.session.status);
    let mut lines = vec!["Taxiway, in plain lines.".to_string()];
    lines.extend(talk.demo.as_ref().map(|dir| format!("DEMO: nothing is spent; its files are in {dir}")));
    let key = config.key.as_ref().map_or_else(|| "no key".into(), |key| format!("key ...{}", key.tail()));
    lines.push(format!("profile {}, service {}, {key}", config.profile, config.service));
    // Without a key it takes no part, whoever does.
    if talk.config.key.is_some() {
        lines.push(role(status.role));
    }
    lines.push(counts(talk));
    lines.push(format!("money: {}", spent(status, &config.budget)));
    lines.extend(config.faults.iter().map(|fault| format!("fault: {fault}")));
    lines.extend(config.warnings.iter().map(|warning| format!("warning: {warning}")));
    // In read-only the role says it.
    lines.extend(talk.blocked().filter(|_| !talk.read_only));
    lines.extend(status.paused.as_ref().map(|problem| pause_text(Some(problem))));
    lines.extend(status.network.as_ref().map(|problem| network(Some(problem))));
    lines.extend(standing_still(talk));
    lines
}

/// What goes nowhere without a word of the user's.
fn standing_still(talk: &Talk) -> Vec<String> {
    let those = |wanted: fn(&Job) -> bool| {
        let jobs = talk.session.jobs.values().filter(|job| wanted(job) && talk.is_ours(job));
        Some(sorted(jobs.map(|job| job.id))).filter(|ids| !ids.is_empty())
    };
    let held = those(|job| job.state == State::Held && !job.waits_to_be_sent());
    let unsure = those(|job| job.state == State::Unsure);
    let held = held.map(|ids| format!("held, nothing was sent or spent: {}; 4 sends", named(&ids)));
    let unsure =
        unsure.map(|ids| format!("unsure, may have been created and billed: {}; 7 settles", named(&ids)));
    held.into_iter().chain(unsure).collect()
}

fn counts(talk: &Talk) -> String {
    let jobs: Vec<_> = talk.session.jobs.values().filter(|job| !job.archived).collect();
    let count = |wanted: fn(State) -> bool| jobs.iter().filter(|job| wanted(job.state)).count();
    let parts = [
        (count(|state| state == State::Running), "running"),
        (count(|state| matches!(state, State::Submitted | State::Queued)), "queued"),
        (count(|state| state == State::Unsure), "unsure"),
        (count(|state| state == State::Held), "held"),
    ];
    let parts = parts.map(|(count, word)| format!("{count} {word}")).join(", ");
    format!("{}: {parts}", count_of(jobs.len(), "job"))
}

/// `job 3`, `jobs 3, 4`; of many the first, and how many more.
pub(super) fn named(ids: &[JobId]) -> String {
    let shown = ids.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let word = if ids.len() == 1 { "job" } else { "jobs" };
    match ids.len().saturating_sub(NAMED) {
        0 => format!("{word} {shown}"),
        more => format!("{word} {shown} and {more} more"),
    }
}

/// By number.
pub(super) fn sorted(ids: impl Iterator<Item = JobId>) -> Vec<JobId> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids
}

/// What this process is among those that share the journal.
pub(super) fn role(role: Role) -> String {
    match role {
        Role::Starting => "it is not known yet who sends and polls".into(),
        Role::Owner => "owner: this process sends, polls and downloads".into(),
        Role::View { owner } => {
            let owner = owner.map_or_else(|| "another process".into(), |pid| format!("process {pid}"));
            format!("view: {owner} sends, polls and downloads; this one hands its jobs over")
        }
        Role::ReadOnly => "read-only: nothing is sent, polled, fetched or written".into(),
    }
}

/// Why the service cannot be reached, or that it can be again.
pub(super) fn network(problem: Option<&Problem>) -> String {
    problem.map_or_else(
        || "the service answers again".into(),
        |problem| format!("the service cannot be reached: {}; it is tried again", problem.message),
    )
}

/// What goes on, or does not, when this process leaves; empty where it may leave without a word.
pub(super) fn leaving(talk: &Talk) -> Vec<String> {
    let status = &talk.session.status;
    let mut lines = Vec::new();
    if talk.read_only {
        return lines;
    }
    if status.posting > 0 {
        let requests = count_of(status.posting, "request");
        lines.push(format!("{requests} under way: Taxiway stays up to 20 s to store what comes back"));
    }
    let under_way = status.tracked + status.fetching;
    if let Role::View { .. } = status.role {
        let jobs = status.to_send + under_way;
        if jobs > 0 {
            lines.push(format!("{} under way: the owner goes on with that", count_of(jobs, "job")));
        }
        return lines;
    }
    if status.to_send > 0 {
        lines.push(format!("{} will not be sent", count_of(status.to_send, "held job")));
    }
    if talk.demo.is_some() && under_way > 0 {
        lines.push(format!("the demo ends, and with it {} under way", count_of(under_way, "job")));
    } else if under_way > 0 {
        let jobs = count_of(under_way, "job");
        lines.push(format!(
            "{jobs} under way: what was sent goes on at the service; videos are fetched when Taxiway runs again, \
             within about 24 h"
        ));
    }
    lines
}

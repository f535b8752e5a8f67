//! What is said by itself: the greeting, who sends and polls, what goes on when one leaves.

use super::{money::spent, talk::Talk};
use crate::{
    command::{
        count_of,
        demo::Shown,
        watch::{network_text, pause_text},
    },
    dashboard::Leaving,
    engine::Role,
    job::{Job, JobId, State, named},
};

/// Where one is, and what waits for a word.
pub(super) fn greeting(talk: &Talk) -> Vec<String> {
    let (config, status) = (&talk.config, &talk.session.status);
    let mut lines = vec!["Taxiway, in plain lines.".to_string()];
    if let Some(Shown { folder, replay }) = &talk.demo {
        lines.push(format!("DEMO: nothing is spent; its files are in {folder}"));
        lines.extend(
            replay.as_ref().map(|file| {
                format!("REPLAY of {file}: each task answers as it did when the report was made")
            }),
        );
    }
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
    lines.extend(status.network.as_ref().map(|problem| network_text(Some(problem))));
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
    let ours: Vec<_> = jobs.iter().filter(|job| talk.is_ours(job)).collect();
    let count = |wanted: fn(State) -> bool| ours.iter().filter(|job| wanted(job.state)).count();
    let parts = [
        (count(|state| state == State::Running), "running"),
        (count(|state| matches!(state, State::Submitted | State::Queued)), "queued"),
        (count(|state| state == State::Unsure), "unsure"),
        (count(|state| state == State::Held), "held"),
    ];
    let parts = parts.map(|(count, word)| format!("{count} {word}")).join(", ");
    format!("{}: {parts}", count_of(jobs.len(), "job"))
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

/// What to say before it is left.
pub(super) fn leaving(talk: &Talk) -> Vec<String> {
    let leaving = Leaving {
        status: &talk.session.status,
        read_only: talk.read_only,
        demo: talk.demo.is_some(),
        fetches: talk.config.download.auto,
        // Here an answer is waited for before anything else is asked.
        writing: false,
    };
    leaving.lines()
}

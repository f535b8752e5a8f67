//! What was read of the journal, and what is to be read next.

use super::{
    super::{
        Effect, Model,
        actions::{Action, Scope},
        commands,
        model::{Asked, Focus},
        question::{Question, Tone},
        text::count,
        view,
    },
    able, ask_about_what_stands_still, typed,
};
use crate::{
    engine::{Command, Found},
    job::{Job, JobId},
};

impl Model {
    /// Asks the journal for what is shown and not here.
    pub(in crate::dashboard) fn read_on(&mut self, effects: &mut Vec<Effect>) {
        let (now, open) = (self.now(), self.detail_id());
        let wanted = self.jobs.wanted(now, open);
        effects.extend(wanted.into_iter().map(Effect::Find));
    }
}

/// Takes in what was read.
pub fn found(model: &mut Model, found: Found, effects: &mut Vec<Effect>) {
    match found {
        Found::Rows { seq, ids, last, total, .. } => {
            let (now, was_loaded) = (model.now(), model.jobs.is_loaded());
            model.jobs.take_rows(seq, ids, last, total, now);
            if !was_loaded && model.jobs.is_loaded() {
                begun(model);
            }
        }
        Found::Jobs { jobs, gone } => model.jobs.read(jobs, &gone),
        Found::Sweep { group, members } => model.jobs.fold_sweep(group, members),
        Found::Usual(history) => model.jobs.learn(history),
        Found::NotNow(wanted) => {
            let now = model.now();
            model.jobs.refused(&wanted, now);
        }
        Found::Named { ticket, found } => {
            if let Some((Asked::Line(text), _)) = model.asked.remove(&ticket) {
                named(model, &text, found, effects);
            }
        }
        Found::Passing { ticket, ids, jobs } => match model.asked.remove(&ticket) {
            Some((Asked::Mark, _)) => {
                model.jobs.mark_only(&ids);
                let marked = count(model.jobs.marked().len(), "job");
                model.tell(Tone::Good, format!("{marked} marked; Esc takes the marks away"));
            }
            Some((Asked::DownloadAll, _)) => download_all(model, &jobs, effects),
            _ => {}
        },
    }
}

/// The first rows are there.
fn begun(model: &mut Model) {
    ask_about_what_stands_still(model);
    if model.jobs.counts().all == 0 && !model.went {
        model.focus = Focus::Form;
        // Where the table is not to be seen, what it would say about a missing key is told here.
        if model.blocked().is_some() && !model.facts.read_only && !view::shows_jobs(model, model.area()) {
            model.question = Some(Question::Blocked);
        }
    }
}

/// The jobs that a typed command names are known: it is carried out.
fn named(model: &mut Model, text: &str, found: Vec<(String, Vec<Job>)>, effects: &mut Vec<Effect>) {
    model.jobs.pin(found.iter().flat_map(|(_, jobs)| jobs).map(|job| job.id).collect());
    model.looked_up = found.iter().map(|(word, jobs)| (word.clone(), numbers(jobs))).collect();
    model.jobs.read(found.into_iter().flat_map(|(_, jobs)| jobs).collect(), &[]);
    if let Err(fault) = commands::run(model, text, effects) {
        typed::mend(model, text, fault);
    }
    model.looked_up.clear();
}

fn numbers(jobs: &[Job]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

fn download_all(model: &mut Model, jobs: &[Job], effects: &mut Vec<Effect>) {
    let wants = |job: &&Job| able::can_download(model, job).is_ok();
    let mut ids: Vec<_> = jobs.iter().filter(wants).map(|job| job.id).collect();
    if ids.is_empty() {
        return typed::mend(model, "download --all", "no video waits to be fetched".into());
    }
    ids.sort_unstable();
    let ticket = model.ticket(Asked::Download);
    effects.push(Effect::Command(Command::Download { ticket, ids }));
}

/// What there is to say where jobs that an action is about are still being looked for or read in the journal: it would be
/// done with fewer than are shown.
pub fn still_read(model: &Model, action: Action) -> Option<String> {
    if action == Action::MarkAll && model.jobs.is_searching() {
        return Some("the journal is still being looked through: press the key again".into());
    }
    let is_about_jobs = action.spec().is_some_and(|spec| spec.scope == Scope::Job)
        || matches!(action, Action::Palette | Action::Copy);
    if is_about_jobs { unread_targets(model) } else { None }
}

/// The same for what is done with marked jobs or a folded sweep, however it is said.
pub fn unread_targets(model: &Model) -> Option<String> {
    if model.page.is_some() || !model.named.is_empty() {
        return None;
    }
    let jobs = &model.jobs;
    let selected = jobs.selected_id();
    let targets = match (jobs.marked(), &selected) {
        ([], None) => return None,
        ([], Some(row)) => jobs.behind(row),
        (marked, _) => marked,
    };
    if jobs.has_marks() && jobs.is_searching() {
        return Some("marked jobs are still being looked for: press the key again".into());
    }
    let unread = jobs.unread_of(targets);
    let words = || format!("{unread} of these jobs are still being read: press the key again");
    (targets.len() > 1 && unread > 0).then(words)
}

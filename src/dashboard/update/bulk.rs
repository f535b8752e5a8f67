//! What actions do with the selected or marked jobs, and with the rows of the table.

use super::{
    super::{
        Effect, Model,
        actions::Action,
        columns::Sort,
        line::{Kind as LineKind, Line},
        model::Asked,
        page::DetailPage,
        picker::Kind as PickerKind,
        question::{Question, Tone},
        text::count,
    },
    able, pick, submit,
};
use crate::{
    engine::{Command, Role},
    job::{Filter, Job, JobId},
};

/// Does an action of the table or of its jobs.
pub fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::PollNow => poll(model, effects),
        Action::Filter => {
            let before = (model.jobs.filter().clone(), model.filter.clone());
            let selected = model.jobs.selected_id();
            model.line = Some(Line::new(LineKind::Filter { before, selected }, &model.filter));
        }
        Action::Sort => pick::open(model, PickerKind::Sort),
        Action::SortTurn => {
            let sort = model.jobs.sort();
            sort_by(model, Sort { falling: !sort.falling, ..sort }, effects);
        }
        Action::Mark => model.jobs.mark(),
        Action::MarkRange => model.jobs.mark_range(),
        Action::MarkAll => model.jobs.mark_all(),
        Action::Fold => {
            if let Some(id) = model.jobs.selected_id() {
                model.jobs.fold(id);
            }
        }
        Action::Clear => clear(model),
        Action::Undo => undo(model, effects),
        Action::Dock => dock(model, effects),
        Action::Send => {
            let ids = those(model, able::can_send);
            submit::send_held(model, ids, effects);
        }
        Action::Download => {
            let ids = those(model, able::can_download);
            let ticket = model.ticket(Asked::Download);
            effects.push(Effect::Command(Command::Download { ticket, ids }));
        }
        Action::Drop => model.question = Some(Question::Drop(those(model, able::can_drop))),
        Action::Archive => {
            let ids = those(model, able::can_archive);
            archive(model, ids, true, effects);
        }
        Action::Tag => {
            let ids: Vec<_> = model.targets().iter().map(|job| job.id).collect();
            model.line = Some(Line::new(LineKind::Tags(ids), ""));
        }
        _ => {}
    }
}

/// Those of the targets with which it can be done; what is left out is told.
fn those(model: &mut Model, can: fn(&Model, &Job) -> Result<(), String>) -> Vec<JobId> {
    let all = model.targets().len();
    let (ids, why_not) = able::those_that_can(model, can);
    model.left_out = why_not.map(|reason| format!("{} of {all} left out: {reason}", all - ids.len()));
    if let Some(words) = model.left_out.clone() {
        model.tell(Tone::Warn, words);
    }
    ids
}

/// Asks for news of the marked jobs, or of all.
fn poll(model: &mut Model, effects: &mut Vec<Effect>) {
    let marked = if model.named.is_empty() { model.jobs.marked().to_vec() } else { model.named.clone() };
    let tasks = match marked.len() {
        0 => model.tasks_under_way(),
        _ => marked.iter().filter_map(|id| model.jobs.get(*id)).filter(|job| model.is_asked(job)).count(),
    };
    effects.push(Effect::Command(Command::PollNow(marked)));
    let words = match tasks {
        0 if model.status.paused.is_some() => {
            "sending is allowed again: the next request tells whether it is taken".into()
        }
        0 => "none of these jobs is under way: there is nothing to ask about".into(),
        _ if matches!(model.status.role, Role::View { .. }) => {
            "the owner asks the service about all its tasks".into()
        }
        tasks => format!("asking the service about {}", count(tasks, "task")),
    };
    model.tell(Tone::Good, words);
}

/// Orders the rows, and keeps that for the next start.
pub fn sort_by(model: &mut Model, sort: Sort, effects: &mut Vec<Effect>) {
    model.jobs.set_sort(sort);
    if !model.facts.read_only {
        effects.push(model.memos.keep_sort(sort));
    }
}

/// Shows what passes the filter; where it is none, says so and leaves all as it is.
pub fn filter_by(model: &mut Model, text: &str) -> Result<(), String> {
    let loose = model.facts.config.ui.fuzzy;
    let filter = Filter::parse_as(text, loose).map_err(|fault| fault.to_string())?;
    model.jobs.set_filter(filter);
    text.trim().clone_into(&mut model.filter);
    Ok(())
}

/// Marks go first, then the filter.
fn clear(model: &mut Model) {
    if model.jobs.unmark() {
        return;
    }
    if model.filter.is_empty() {
        return model.tell(Tone::Good, "no mark and no filter to take away; q leaves Taxiway");
    }
    // Nothing is no wrong filter.
    let _ = filter_by(model, "");
}

/// Puts jobs out of sight, or back.
pub fn archive(model: &mut Model, ids: Vec<JobId>, archived: bool, effects: &mut Vec<Effect>) {
    if archived {
        if model.named.is_empty() && model.page.is_none() {
            model.jobs.unmark();
        }
        // The next row is what comes after it, not the one before.
        model.page = None;
    }
    let ticket = model.ticket(Asked::Archive { archived });
    effects.push(Effect::Command(Command::Archive { ticket, ids, archived }));
}

fn undo(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(ids) = model.archived.last().cloned() {
        ids.first().iter().for_each(|first| model.jobs.select(**first));
        archive(model, ids, false, effects);
    }
}

fn dock(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.dock.take().is_some() {
        return;
    }
    let Some(id) = model.jobs.selected_id() else { return };
    model.dock = Some(Box::new(DetailPage { id, told: None, top: 0 }));
    effects.push(Effect::Command(Command::Inspect(id)));
    if !super::view::has_room_beside(model.area()) {
        model.tell(Tone::Warn, "the detail stands beside the table as soon as the window is wide enough");
    }
}

/// What stands beside the table is about the selected job.
pub fn dock_follows(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(id) = model.jobs.selected_id() else { return };
    if let Some(dock) = model.dock.as_mut().filter(|dock| dock.id != id) {
        **dock = DetailPage { id, told: None, top: 0 };
        effects.push(Effect::Command(Command::Inspect(id)));
    }
}

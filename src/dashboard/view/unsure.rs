//! The question on an unsure job.

use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};
use tui_textarea::{DataCursor, TextArea};

use super::{
    super::{
        Model, clock, text,
        unsure::{Stage, Unsure},
    },
    question::paragraph,
    theme::bold,
};
use crate::job::{Candidate, Job, State};

/// What is asked.
pub fn title(model: &Model, asked: &Unsure) -> String {
    let id = asked.id;
    let job = model.jobs.get(id);
    match asked.stage {
        Stage::Ways => match job.and_then(|job| job.task_id.as_ref()) {
            Some(task_id) => format!("Job {id} has task {task_id}, not seen yet: another?"),
            None if job.is_some_and(|job| job.state == State::NotCreated) => {
                format!("Job {id} was said to have no task: which is it?")
            }
            None => format!("Job {id} is unsure: which task is it?"),
        },
        Stage::TaskId(_) => format!("The task of job {id}"),
        Stage::NotCreated => format!("No task was created for job {id}?"),
    }
}

/// What is known of the job, and the ways on.
pub fn lines(model: &Model, asked: &Unsure, width: usize) -> Vec<Line<'static>> {
    let plain = |words: &str| paragraph(words, width, Style::new());
    match &asked.stage {
        Stage::Ways => {
            let found = candidates(model, asked, width);
            let picks = found.len().checked_sub(1).map(|_| format!("1–{} picks a task, ", found.len()));
            // Where the list is there, it is what matters; in a low window nothing may cover it.
            let mut lines = if found.is_empty() { evidence(model, asked, width) } else { Vec::new() };
            lines.extend(hint(model, asked, width));
            if !model.candidates.contains_key(&asked.id) {
                lines.extend(plain(if model.facts.config.access_token.is_some() {
                    "Taxiway never sends it again by itself, and looks for its task in the account's list from \
                     time to time; l looks now."
                } else {
                    "Taxiway never sends it again by itself. Look at your tasks on the CometAPI site; with an \
                     account token (COMETAPI_ACCESS_TOKEN) Taxiway looks itself."
                }));
            } else if found.is_empty() {
                lines.extend(plain("The account's task list shows none that fits."));
            }
            lines.extend(found);
            let none = if model.jobs.get(asked.id).is_some_and(Job::is_unsettled) {
                ", n says that none was created"
            } else {
                ""
            };
            let words = format!(
                "{}i types the task's id{none}. Every other key leaves it as it is.",
                picks.unwrap_or_default()
            );
            lines.extend(paragraph(&words, width, bold()));
            lines
        }
        Stage::TaskId(area) => {
            let mut lines = plain("Type or paste the task's id, as the service shows it:");
            lines.push(typed(area, width));
            lines.extend(paragraph("Enter takes it, Esc goes back.", width, bold()));
            lines
        }
        Stage::NotCreated => {
            let words = "If a task was created after all, it is billed, and its video is lost unless its id is \
                         given later (taxiway adopt).";
            let mut lines = plain(words);
            let found = model.candidates.get(&asked.id).map_or(0, Vec::len);
            if found > 0 {
                let words =
                    format!("The account's list shows {} that it could be.", text::count(found, "task"));
                lines.extend(paragraph(&words, width, bold()));
            }
            lines.extend(paragraph(
                "y says that none was created. Every other key leaves it unsure.",
                width,
                bold(),
            ));
            lines
        }
    }
}

/// What the account's task list shows that may be the job's; nine at most, a digit takes one.
fn candidates(model: &Model, asked: &Unsure, width: usize) -> Vec<Line<'static>> {
    let Some(found) = model.candidates.get(&asked.id) else { return Vec::new() };
    let line = |(number, task): (usize, &Candidate)| {
        // The day is the one of its sending. What one chooses by comes first, the id may be cut.
        let at = task.submitted_at.map(|at| clock::second(at, &model.facts.tz));
        let cost = task.cost().map(|cost| format!("${cost}"));
        let words = [at, cost, task.model_name.clone(), task.status.clone()];
        let words = words.into_iter().flatten().collect::<Vec<_>>().join("  ");
        Line::raw(text::cut(&format!("  {number} {words}  {}", task.task_id), width))
    };
    (1..).zip(found.iter().take(9)).map(line).collect()
}

fn evidence(model: &Model, asked: &Unsure, width: usize) -> Vec<Line<'static>> {
    let Some(job) = model.jobs.get(asked.id) else { return Vec::new() };
    let sent = job.sent_at.map(|at| format!("Sent {}. ", clock::full(at, &model.facts.tz)));
    let problem = job.problem.as_ref().map(|problem| format!("What came back: {}.", problem.message));
    let words = sent.into_iter().chain(problem).collect::<String>();
    paragraph(&words, width, Style::new())
}

/// What the key had used before and after, where that is known.
fn hint(model: &Model, asked: &Unsure, width: usize) -> Vec<Line<'static>> {
    let Some(((asked, before), (again, after))) = model.usage.get(&asked.id) else { return Vec::new() };
    let tz = &model.facts.tz;
    let words = format!(
        "A hint: the key had used ${before} at {}, and ${after} at {}. Other jobs count there, too.",
        clock::second(*asked, tz),
        clock::second(*again, tz)
    );
    paragraph(&words, width, Style::new())
}

/// The text and its cursor on one line; of a longer one its end.
fn typed(area: &TextArea<'static>, width: usize) -> Line<'static> {
    let line: Vec<char> = area.lines().first().map(|line| line.chars().collect()).unwrap_or_default();
    let DataCursor(_, at) = area.cursor();
    let (before, rest) = line.split_at(at.min(line.len()));
    let here = rest.first().map_or_else(|| " ".into(), char::to_string);
    let behind: String = rest.iter().skip(1).collect();
    let before = text::cut_left(&before.iter().collect::<String>(), width.saturating_sub(6));
    let underlined = Style::new().add_modifier(Modifier::UNDERLINED);
    Line::from(vec![
        Span::raw("  "),
        Span::styled(before, underlined),
        Span::styled(here, Style::new().add_modifier(Modifier::REVERSED)),
        Span::styled(behind, underlined),
    ])
}

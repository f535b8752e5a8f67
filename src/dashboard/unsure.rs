//! The question on an unsure job: which task it is, or that none was created.

use tui_textarea::TextArea;

use super::{
    Effect, Model,
    actions::{Action, Scope},
    key::Key,
    model::Asked,
    paste::clean_paste,
    question::{Question, Tone},
    text::count,
    text_edit,
};
use crate::{
    engine::{Command, Reconciliation, Ticket},
    job::{Job, JobId, Problem, TASK_ID_MAX, task_id_fault},
};

/// The question, as far as it is answered.
#[derive(Debug)]
pub struct Unsure {
    /// The job.
    pub id: JobId,
    /// Where it stands.
    pub stage: Stage,
}

/// Where the question stands.
#[derive(Debug)]
pub enum Stage {
    /// The ways are shown.
    Ways,
    /// The id of its task is being typed.
    TaskId(Box<TextArea<'static>>),
    /// Whether it is sure that none was created.
    NotCreated,
}

impl Unsure {
    /// The question at its beginning.
    pub const fn new(id: JobId) -> Self {
        Self { id, stage: Stage::Ways }
    }
}

/// A key while it stands.
pub fn answer(model: &mut Model, mut asked: Unsure, key: Key, effects: &mut Vec<Effect>) {
    let id = asked.id;
    match &mut asked.stage {
        Stage::Ways => match key.printable() {
            Some('l') => {
                let ticket = model.ticket(Asked::Reconcile);
                effects.push(Effect::Command(Command::Reconcile { ticket }));
            }
            Some(digit) if candidate(model, id, digit).is_some() => {
                let mut area = Box::<TextArea>::default();
                insert(&mut area, &candidate(model, id, digit).unwrap_or_default());
                asked.stage = Stage::TaskId(area);
            }
            Some('i') => asked.stage = Stage::TaskId(Box::default()),
            Some('n') if model.jobs.get(id).is_some_and(Job::is_unsettled) => {
                asked.stage = Stage::NotCreated;
            }
            _ => return,
        },
        Stage::TaskId(area) => match (key.printable(), model.keys.action(&[Scope::Text], key)) {
            (Some(c), _) => insert(area, &c.to_string()),
            (_, Some(Action::TextEnter)) => {
                let task_id = area.lines().concat().trim().to_string();
                let known = model.jobs.at_hand().find(|job| job.task_id.as_ref() == Some(&task_id));
                let known = known.map(|job| format!("is the one of job {} already", job.id));
                let Some(fault) = task_id_fault(&task_id).map(str::to_owned).or(known) else {
                    let ticket = model.ticket(Asked::Adopt);
                    effects.push(Effect::Command(Command::Adopt { ticket, task_id, job: Some(id) }));
                    return;
                };
                model.tell(Tone::Warn, format!("the task id {fault}; Esc goes back"));
            }
            (_, Some(Action::TextLeave)) => asked.stage = Stage::Ways,
            (_, Some(action)) => {
                let _ = text_edit::step(area, action) || text_edit::change(area, action);
            }
            _ => {}
        },
        Stage::NotCreated => {
            if key.printable() == Some('y') {
                let ticket = model.ticket(Asked::Resolve);
                effects.push(Effect::Command(Command::Resolve { ticket, id }));
            }
            return;
        }
    }
    model.question = Some(Question::Unsure(asked));
}

/// The task behind a digit of the list.
fn candidate(model: &Model, id: JobId, digit: char) -> Option<String> {
    let at = digit.to_digit(10)?.checked_sub(1)?;
    model.candidates.get(&id)?.get(at as usize).map(|task| task.task_id.clone())
}

/// What a look at the account's task list brought.
pub fn reconciled(model: &mut Model, ticket: Ticket, outcome: Result<Reconciliation, Problem>) {
    if model.asked.remove(&ticket).is_none() {
        return;
    }
    match outcome {
        Ok(Reconciliation { adopted, open, .. }) => {
            let found = adopted.iter().map(|(id, _)| format!("job {id}")).collect::<Vec<_>>().join(", ");
            let here = match &model.question {
                Some(Question::Unsure(asked)) => Some(asked.id),
                _ => None,
            };
            model.candidates = open.into_iter().collect();
            if here.is_some_and(|here| adopted.iter().any(|(id, _)| *id == here)) {
                model.question = None;
            }
            match (found.is_empty(), model.candidates.len()) {
                (false, _) => model.tell(Tone::Good, format!("found in the account: {found}")),
                (true, 0) => model.tell(Tone::Good, "no job is unsure any more"),
                (true, open) => {
                    let here = here.and_then(|id| Some((id, model.candidates.get(&id)?.len())));
                    let words = match here {
                        Some((id, 0)) => format!("job {id}: the account's list shows no task that fits"),
                        Some((id, tasks)) => {
                            format!("job {id}: {} could be it, a digit picks one", count(tasks, "task"))
                        }
                        None => format!("no task could be given to {} for sure", count(open, "job")),
                    };
                    model.tell(Tone::Warn, words);
                }
            }
        }
        Err(problem) => {
            model.tell(
                Tone::Bad,
                match problem.code.as_str() {
                    "no_token" => "no account token (COMETAPI_ACCESS_TOKEN): i or n settle it without".into(),
                    _ => problem.message,
                },
            );
        }
    }
}

/// A paste goes into the id that is being typed; says whether there was one.
pub fn paste(model: &mut Model, pasted: &str) -> bool {
    let Some(Question::Unsure(Unsure { stage: Stage::TaskId(area), .. })) = &mut model.question else {
        return false;
    };
    let (text, _) = clean_paste(pasted);
    // A command, say, which may hold a key.
    if text.trim().contains(char::is_whitespace) {
        model.tell(Tone::Warn, "nothing was pasted: a task id is a single word");
    } else {
        insert(area, text.trim());
    }
    true
}

fn insert(area: &mut TextArea, text: &str) {
    let held: usize = area.lines().iter().map(|line| line.chars().count()).sum();
    let fits: String =
        text.chars().filter(|c| *c != '\n').take((TASK_ID_MAX + 1).saturating_sub(held)).collect();
    area.insert_str(fits);
}

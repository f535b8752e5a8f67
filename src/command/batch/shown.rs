//! A plan as people and scripts see it.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::plan::{Fate, Plan, Planned};
use crate::{
    command::{Exit, Output, count_of, list::fit},
    job::{JobId, JobJson, Money, Problem, Request, State},
};

/// So many rows are shown before the question; all of them with `--dry-run`.
const ROWS_SHOWN: usize = 20;

/// The whole plan, as data.
pub(super) fn show(output: &mut Output, plan: &Plan) {
    if output.is_json() {
        output.json(&PlanJson::new(plan));
        return;
    }
    let width = output.width();
    for line in table(plan.rows.iter(), width).into_iter().chain(sums(plan)) {
        output.line(&line);
    }
    let problems = plan.refused.iter().chain(&plan.duplicate).map(|problem| problem.message.clone());
    for words in plan.warnings().into_iter().chain(problems) {
        output.say(&format!("warning: {words}"));
    }
}

/// The plan before the question: what is to be sent, in at most `width` cells, and the sums.
pub(super) fn lines(plan: &Plan, width: Option<usize>) -> Vec<String> {
    let mut lines = table(plan.sending().take(ROWS_SHOWN), width);
    let more = plan.to_send().saturating_sub(ROWS_SHOWN);
    if more > 0 {
        lines.push(format!("… and {more} more: --dry-run shows all"));
    }
    lines.extend(sums(plan));
    lines.extend(plan.warnings().into_iter().map(|words| format!("warning: {words}")));
    lines
}

/// The jobs of a file of which nothing is left to be sent, and how they have ended so far.
pub(super) fn show_jobs(output: &mut Output, plan: &Plan) -> Exit {
    if output.is_json() {
        let jobs: Vec<_> = plan.left().map(|job| JobJson::new(job, None)).collect();
        output.jobs_json(&jobs, true);
    } else {
        for job in plan.left() {
            output.line(&crate::command::follow::summary(job));
        }
    }
    let unsure = plan.left().filter(|job| job.state == State::Unsure).count();
    if unsure > 0 {
        let jobs = count_of(unsure, "job");
        output.say(&format!(
            "{jobs} of it may have a task that nobody knows: `taxiway reconcile` looks, or `taxiway adopt` and `taxiway resolve`"
        ));
    }
    let over = plan.left().filter(|job| job.state.is_final() || job.state == State::Unsure);
    Exit::worst(over.map(Exit::of_job))
}

const HEAD: [&str; 9] = ["LINE", "JOB", "IMAGE", "MODEL", "RATIO", "LEN", "SEED", "PRICE", "PROMPT"];
/// The most cells of each column but the last, which has the rest of the line.
const WIDEST: [usize; 8] = [6, 16, 16, 14, 9, 4, 9, 8];
const JOB: usize = 1;

/// Rows as lines of at most `width` cells, their head first; of any length where that is none. A column in
/// which nothing stands is left out.
fn table<'p>(rows: impl Iterator<Item = &'p Planned> + Clone, width: Option<usize>) -> Vec<String> {
    let all_new = rows.clone().all(|row| matches!(row.fate, Fate::New { before: None }));
    let mut widths = [0; 8];
    for cells in rows.clone().map(cells) {
        for (widest, (cell, most)) in widths.iter_mut().zip(cells.iter().zip(WIDEST)) {
            *widest = cell.width().min(most).max(*widest);
        }
    }
    for (index, (widest, head)) in widths.iter_mut().zip(HEAD).enumerate() {
        let is_bare = *widest == 0 || (index == JOB && all_new);
        *widest = if is_bare { 0 } else { head.len().max(*widest) };
    }
    let line = |cells: [&str; 9]| {
        let shown = cells.into_iter().zip(widths).filter(|(_, width)| *width > 0);
        let mut line: String = shown.map(|(cell, width)| fit(cell, width) + "  ").collect();
        line += cells[8];
        let line = width.map_or_else(|| line.clone(), |width| fit(&line, width));
        line.trim_end().to_string()
    };
    let rows = rows.map(cells);
    std::iter::once(line(HEAD)).chain(rows.map(|cells| line(cells.each_ref().map(String::as_str)))).collect()
}

fn cells(planned: &Planned) -> [String; 9] {
    let Request { model, ratio, duration, seed, prompt_text, .. } = &planned.request;
    let job = match &planned.fate {
        Fate::New { before: None } => "new".into(),
        Fate::New { before: Some(job) } => format!("new, for {}", job.id),
        Fate::Again(job) | Fate::Left(job) => format!("{} {}", job.id, job.label()),
    };
    let random = || if planned.drawn { "random" } else { "" }.to_string();
    let price = match &planned.fate {
        Fate::Left(_) => String::new(),
        _ => planned.estimate.map_or_else(|| "unknown".into(), |price| format!("${price}")),
    };
    let picture = planned.request.picture();
    let name = picture.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(&picture);
    [
        planned.line.to_string(),
        job,
        name.into(),
        model.clone(),
        ratio.clone().unwrap_or_default(),
        duration.map_or_else(String::new, |seconds| format!("{seconds}s")),
        seed.map_or_else(random, |seed| seed.to_string()),
        price,
        prompt_text.as_deref().unwrap_or_default().replace('\n', " "),
    ]
}

/// What it comes to.
fn sums(plan: &Plan) -> Vec<String> {
    let mut lines = vec![String::new(), plan.tell()];
    if plan.to_send() == 0 {
        return lines;
    }
    lines.push(format!("price        {}", price(plan)));
    if let (Some(today), Some(limit)) = (plan.today, plan.budget.day) {
        let left = match plan.left_of_day() {
            Some(left) if plan.refused.is_none() => format!("; ${left} are left after this"),
            _ => "; this would pass it".into(),
        };
        lines.push(format!("budget       {today} of ${limit} spent in the last 24 hours{left}"));
    }
    if let Some(limit) = plan.budget.session {
        lines.push(format!("budget       at most ${limit} by one run"));
    }
    if plan.max_active > 0 {
        lines.push(format!(
            "at once      {} (submit.max_active); the others are held until their turn",
            plan.max_active
        ));
    }
    lines
}

fn price(plan: &Plan) -> String {
    let jobs = |count| count_of(count, "job");
    match plan.price() {
        (_, unknown) if unknown == plan.to_send() => format!("unknown for {}", jobs(unknown)),
        (known, 0) => format!("about ${known} for {} (an estimate)", jobs(plan.to_send())),
        (known, unknown) => {
            format!("about ${known} (an estimate), and {} of unknown price", jobs(unknown))
        }
    }
}

/// What `--dry-run --json` prints.
#[derive(Serialize)]
struct PlanJson<'a> {
    file: &'a str,
    /// The file has changed since it was run.
    changed: bool,
    to_send: usize,
    /// None where a price is unknown.
    estimate: Option<String>,
    budget: Option<BudgetJson>,
    max_active: usize,
    refused: Option<&'a Problem>,
    duplicate: Option<&'a Problem>,
    warnings: Vec<String>,
    rows: Vec<RowJson<'a>>,
}

#[derive(Serialize)]
struct BudgetJson {
    day: String,
    spent: String,
    left: Option<String>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    line: u64,
    /// `new`, `held` (sent again) or `left` (sent before, or given up).
    fate: &'static str,
    /// The job that the row is; of a new one, the one before it that came to nothing.
    job: Option<JobId>,
    state: Option<&'static str>,
    estimate: Option<String>,
    request: &'a Request,
}

impl<'a> PlanJson<'a> {
    fn new(plan: &'a Plan) -> Self {
        let text = |money: Money| money.to_string();
        let budget = plan.today.zip(plan.budget.day).map(|(today, day)| BudgetJson {
            day: text(day),
            spent: text(today.possible),
            left: plan.left_of_day().map(text),
        });
        Self {
            file: &plan.file,
            changed: plan.changed,
            to_send: plan.to_send(),
            estimate: plan.total().map(text),
            budget,
            max_active: plan.max_active,
            refused: plan.refused.as_ref(),
            duplicate: plan.duplicate.as_ref(),
            warnings: plan.warnings(),
            rows: plan.rows.iter().map(RowJson::new).collect(),
        }
    }
}

impl<'a> RowJson<'a> {
    fn new(planned: &'a Planned) -> Self {
        let (fate, job) = match &planned.fate {
            Fate::New { before } => ("new", before.as_ref()),
            Fate::Again(job) => ("held", Some(job)),
            Fate::Left(job) => ("left", Some(job)),
        };
        Self {
            line: planned.line,
            fate,
            job: job.map(|job| job.id),
            state: job.map(|job| job.state.word()),
            estimate: planned.estimate.map(|money| money.to_string()),
            request: &planned.request,
        }
    }
}

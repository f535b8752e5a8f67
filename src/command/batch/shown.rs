//! A plan as people and scripts see it.

use serde::Serialize;

use super::plan::{Fate, Plan, Planned};
use crate::{
    command::{Output, count_of, list::fit},
    job::{JobId, JobJson, Money, Problem, Request},
};

/// So many rows are shown before the question; all of them with `--dry-run`.
const ROWS_SHOWN: usize = 20;

/// The whole plan, as data.
pub(super) fn show(output: &mut Output, plan: &Plan) {
    if output.is_json() {
        output.json(&PlanJson::new(plan));
        return;
    }
    output.line(&head());
    for planned in &plan.rows {
        output.line(&row(planned));
    }
    for line in sums(plan) {
        output.line(&line);
    }
    let problems = plan.refused.iter().chain(&plan.duplicate).map(|problem| problem.message.clone());
    for words in plan.warnings().into_iter().chain(problems) {
        output.say(&format!("warning: {words}"));
    }
}

/// The plan before the question: what is to be sent, and the sums.
pub(super) fn say(output: &mut Output, plan: &Plan) {
    output.say(&head());
    for planned in plan.sending().take(ROWS_SHOWN) {
        output.say(&row(planned));
    }
    let more = plan.to_send().saturating_sub(ROWS_SHOWN);
    if more > 0 {
        output.say(&format!("       … and {more} more: --dry-run shows all"));
    }
    for line in sums(plan) {
        output.say(&line);
    }
    for words in plan.warnings() {
        output.say(&format!("warning: {words}"));
    }
}

/// The jobs of a file of which nothing is left to be sent.
pub(super) fn show_jobs(output: &mut Output, plan: &Plan) {
    if output.is_json() {
        let jobs: Vec<_> = plan.left().map(|job| JobJson::new(job, None)).collect();
        output.jobs_json(&jobs, true);
    } else {
        for job in plan.left() {
            output.line(&crate::command::follow::summary(job));
        }
    }
}

fn head() -> String {
    cells(["LINE", "JOB", "IMAGE", "MODEL", "RATIO", "LEN", "SEED", "PRICE", "PROMPT"])
}

fn row(planned: &Planned) -> String {
    let Request { model, ratio, duration, seed, prompt_text, .. } = &planned.request;
    let job = match &planned.fate {
        Fate::New { before: None } => "new".into(),
        Fate::New { before: Some(job) } => format!("new, for {}", job.id),
        Fate::Again(job) | Fate::Left(job) => format!("{} {}", job.id, job.label()),
    };
    let seconds = duration.map_or_else(String::new, |seconds| format!("{seconds}s"));
    let random = || if planned.drawn { "random" } else { "" }.to_string();
    let seed = seed.map_or_else(random, |seed| seed.to_string());
    let price = match &planned.fate {
        Fate::Left(_) => String::new(),
        _ => planned.estimate.map_or_else(|| "unknown".into(), |price| format!("${price}")),
    };
    let picture = planned.request.picture();
    let name = picture.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(&picture);
    cells([
        &planned.line.to_string(),
        &job,
        name,
        model,
        ratio.as_deref().unwrap_or_default(),
        &seconds,
        &seed,
        &price,
        prompt_text.as_deref().unwrap_or_default(),
    ])
}

fn cells(cells: [&str; 9]) -> String {
    const WIDTHS: [usize; 9] = [5, 12, 14, 11, 9, 4, 9, 7, 40];
    let line: Vec<_> = cells.into_iter().zip(WIDTHS).map(|(cell, width)| fit(cell, width)).collect();
    line.join(" ").trim_end().to_string()
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

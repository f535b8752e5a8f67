//! `show`: all about one job; no network, no lock.

use clap::Args;

use super::{
    Context, Exit,
    context::{find, run, settle},
    list::{moment, second},
    submit::{describe, field},
};
use crate::{
    engine::Detail,
    job::{Job, JobJson, Outcome, Problem, without_tokens},
};

/// Show all about a job
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway show 12 --json")]
pub struct Show {
    /// Its number, its task id, or the beginning of one
    #[arg(value_name = "JOB")]
    pub job: String,
}

/// Runs the command.
pub(super) fn show(mut context: Context, args: &Show) -> Exit {
    context.say_all_warnings();
    let outcome = show_job(&mut context, args);
    settle(outcome, &mut context.output)
}

fn show_job(context: &mut Context, args: &Show) -> Result<Exit, Problem> {
    let journal = context.journal_read_only()?;
    let job = run(find(&journal, &args.job))??;
    let output = &mut context.output;
    if output.is_json() {
        output.json(&JobJson::new(&job, None));
        return Ok(Exit::Done);
    }
    let gone = || Problem::new("no_such_job", format!("the journal holds no job {}", job.id));
    let found = run(journal.detail(job.id))?.map_err(|error| error.problem())?;
    let (job, timeline, reply) = found.ok_or_else(gone)?;
    let kin = run(journal.kin(job.id))?.map_err(|error| error.problem())?;
    let detail = Detail { job, timeline, reply, kin };
    for line in lines(&detail) {
        output.line(&line);
    }
    Ok(Exit::Done)
}

/// All about a job, as lines.
pub(super) fn lines(detail: &Detail) -> Vec<String> {
    let job = &detail.job;
    let price =
        job.estimate.map_or_else(|| "price unknown".into(), |money| format!("about ${money} (an estimate)"));
    let mut lines = vec![format!("job {}  {}", job.id, job.label())];
    lines.extend(describe(&job.request, &price));
    lines.extend(facts(job).into_iter().filter_map(|(name, value)| Some(field(name, &value?))));
    lines.push(String::new());
    lines.extend(detail.timeline.iter().map(|entry| format!("{}  {}", second(entry.at), entry.text)));
    if let Some((at, status, body)) = &detail.reply {
        lines.extend([
            String::new(),
            format!("last reply, {} (HTTP {status}):", moment(*at)),
            without_tokens(body),
        ]);
    }
    lines
}

fn facts(job: &Job) -> Vec<(&'static str, Option<String>)> {
    let result = job.result.as_ref();
    let failure = job.failure.as_ref();
    let hint = job.problem.as_ref().and_then(|problem| problem.hint.as_ref());
    let mut facts = vec![
        ("task", job.task_id.clone()),
        ("made", Some(job.account.to_string().trim_start_matches("made ").to_string())),
        ("status", job.raw_status.clone()),
        ("request id", job.request_id.clone()),
        ("problem", job.problem.as_ref().map(|problem| problem.message.clone())),
        ("next", hint.cloned()),
        ("failure", failure.map(|f| format!("{} {}", f.code, f.message).trim().to_string())),
        // What the problem tells to do next stands above.
        ("advice", job.advice().filter(|_| hint.is_none()).map(str::to_string)),
        ("result", result.map(|result| result.state.word().to_string())),
        ("expires", result.and_then(expiry)),
        ("trouble", result.and_then(|result| result.problem.clone())),
    ];
    for file in result.map(|result| result.files.as_slice()).unwrap_or_default() {
        facts.push(("file", Some(file.path.display().to_string())));
        facts.push(("sha256", Some(file.sha256.clone())));
    }
    facts.extend(
        result.into_iter().flat_map(|result| &result.urls).map(|url| ("url", Some(without_tokens(url)))),
    );
    facts
}

/// When the links die, and whether that is sure.
fn expiry(result: &Outcome) -> Option<String> {
    let latest = if result.expiry_is_assumed() { ", at the latest" } else { "" };
    result.expires_at.map(|at| moment(at) + latest)
}

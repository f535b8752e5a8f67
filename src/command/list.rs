//! `list`: jobs from the journal; no network, no lock.

use jiff::{Timestamp, tz::TimeZone};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use clap::Args;

use super::{
    Context, Exit,
    context::{run, settle},
};
use crate::job::{Job, JobJson, Problem, State};

/// List jobs of the journal, the newest first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway list --limit 5")]
pub struct List {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
}

/// Runs the command.
pub(super) fn list(mut context: Context, args: &List) -> Exit {
    let outcome = list_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn list_jobs(context: &mut Context, args: &List) -> Result<Exit, Problem> {
    let journal = context.journal_read_only()?;
    let jobs = run(journal.page(None, args.limit))?.map_err(|error| error.problem())?;
    let output = &mut context.output;
    if output.is_json() {
        let list: Vec<_> = jobs.iter().map(|job| JobJson::new(job, None)).collect();
        output.json(&list);
    } else if jobs.is_empty() {
        output.say("no jobs yet: `taxiway submit --image https://…` makes the first");
    } else {
        output.line(&head());
        for job in &jobs {
            output.line(&job_row(job));
        }
    }
    Ok(Exit::Done)
}

/// What stands over the rows.
pub(super) fn head() -> String {
    row(["ID", "STATE", "CREATED", "MODEL", "LEN", "PROMPT", "FILE, OR WHY NONE"])
}

/// A job on a line.
pub(super) fn job_row(job: &Job) -> String {
    let progress = job.progress.filter(|_| job.state == State::Running);
    let state = match progress {
        Some(part) => format!("{} {:.0}%", job.label(), part * 100.0),
        None => job.label().into(),
    };
    let file = job.result.as_ref().and_then(|result| result.files.first());
    let file = file.map(|file| file.path.display().to_string()).or_else(|| why_none(job)).unwrap_or_default();
    let seconds = job.request.duration.map_or_else(String::new, |seconds| format!("{seconds}s"));
    let prompt = job.request.prompt_text.as_deref().unwrap_or_default();
    row([&job.id.to_string(), &state, &moment(job.created_at), &job.request.model, &seconds, prompt, &file])
}

/// Why a job has no file, where there is a reason.
fn why_none(job: &Job) -> Option<String> {
    let problem = job.problem.as_ref().map(|problem| problem.message.clone());
    let failure = || job.failure.as_ref().map(|failure| format!("{} {}", failure.code, failure.message));
    problem.or_else(failure).or_else(|| job.result.as_ref()?.problem.clone())
}

fn row(cells: [&str; 7]) -> String {
    let [id, state, created, model, seconds, prompt, file] = cells;
    let cell = |text: &str, width| fit(text, width);
    let line = [
        cell(id, 5),
        cell(state, 12),
        cell(created, 16),
        cell(model, 13),
        cell(seconds, 4),
        cell(prompt, 32),
        file.to_string(),
    ];
    line.join("  ").trim_end().to_string()
}

/// A moment on the user's own clock.
pub(super) fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The same to the second.
pub(super) fn second(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A text in exactly `width` cells, cut between graphemes.
pub(super) fn fit(text: &str, width: usize) -> String {
    let (mut fitted, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        let grapheme = if grapheme.contains(char::is_control) { " " } else { grapheme };
        let cells = grapheme.width();
        if used + cells > width {
            break;
        }
        fitted.push_str(grapheme);
        used += cells;
    }
    fitted + &" ".repeat(width - used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_not_characters() {
        assert_eq!(fit("日本語", 5), "日本 ");
        assert_eq!(fit("e\u{301}\nb", 3), "e\u{301} b");
        assert_eq!(fit("ab", 4), "ab  ");
    }
}

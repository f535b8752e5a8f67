//! `list`: jobs from the journal; no network, no lock.

use std::{env, ops::ControlFlow};

use clap::{
    Args,
    error::{ContextKind, ErrorKind},
};
use jiff::Timestamp;

use super::{
    Context, Exit, Output,
    context::{each_job, run, settle},
};
pub(super) use crate::dashboard::text::fit;
use crate::{
    config::local_zone,
    job::{Filter, Job, JobJson, Problem, State},
};

/// List jobs of the journal, the newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway list                              the newest 50
  taxiway list state:failed,moderated --limit 0
  taxiway list 'prompt:\"a cat\"' '!veo' 'age:<2h'
  taxiway list archived:any tag:client --json

A filter is what / takes in the dashboard: words that must all be found, `!` before one leaves out what
holds it, `~` finds its letters with others between, and key:value asks for one thing: state, model,
prompt, id, tag, ratio, duration, seed, cost, age, saved, archived, group, parent, profile, error.
Quote what your shell would read itself. Archived jobs are shown only where `archived:` asks for them.")]
pub struct List {
    /// Only the jobs that all these words hold for, as `state:failed` or `cat`
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// At most this many; 0 for all
    #[arg(long, value_name = "N", default_value = "50", allow_hyphen_values = true)]
    pub limit: String,
}

/// The cells of a number, which may be longer.
const ID: usize = 5;

/// Runs the command.
pub(super) fn list(mut context: Context, args: &List) -> Exit {
    context.say_all_warnings();
    let outcome = list_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn list_jobs(context: &mut Context, args: &List) -> Result<Exit, Problem> {
    let filter = filter_of(&args.filter)?;
    let limit = limit(&args.limit)?;
    let journal = context.journal_read_only()?;
    let now = Timestamp::now();
    let output = &mut context.output;
    let (mut rows, mut shown, mut more, mut hidden) = (Rows::new(output), 0, false, false);
    let walked = run(each_job(&journal, |job| {
        if !filter.matches(&job, now) {
            hidden = true;
        } else if shown == limit {
            more = true;
            return ControlFlow::Break(());
        } else {
            rows.show(output, &job, shown == 0);
            shown += 1;
        }
        ControlFlow::Continue(())
    }))?;
    if let Err(problem) = walked {
        return Ok(broken_off(output, &problem, shown == 0));
    }
    if output.is_json() {
        output.json_end(shown == 0);
    }
    match () {
        () if more => output.say(&format!("{shown} shown, there are more: --limit 0 shows all")),
        () if shown > 0 => {}
        () if !hidden => output.say("no jobs yet: `taxiway submit --image https://…` makes the first"),
        () if filter.is_empty() => output.say("all jobs are archived: `taxiway list archived:yes` shows them"),
        () => output.say(
            "no job matches: `taxiway list` shows all but archived ones, `taxiway list archived:any` those, too",
        ),
    }
    Ok(Exit::Done)
}

/// Tells that the journal could not be read on. What is on standard output already stays a list without an
/// end, which no reader takes for a whole one.
pub(super) fn broken_off(output: &mut Output, problem: &Problem, nothing_shown: bool) -> Exit {
    if nothing_shown {
        return output.fail(problem);
    }
    output.say_problem(problem);
    Exit::of_problem(problem)
}

/// What is wrong with a command line where a word of a filter was taken for a flag. A positional that took
/// such words would take the flags behind it, too.
pub(super) fn misused(error: &clap::Error) -> Option<Problem> {
    let text = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let is_list = text(ContextKind::Usage).contains("taxiway list ");
    let flag = text(ContextKind::InvalidArg);
    if error.kind() != ErrorKind::UnknownArgument || !is_list || flag.starts_with("--") {
        return None;
    }
    // Of `-veo` the first letter is told.
    let word = env::args().find(|word| word.starts_with(&flag)).unwrap_or(flag);
    filter_of(&[word]).err()
}

/// The filter that words of the command line are.
pub(super) fn filter_of(words: &[String]) -> Result<Filter, Problem> {
    if let Some(word) = words.iter().find(|word| word.starts_with('-')) {
        let told = format!("filter `{word}`: no word of a filter begins with -");
        let bare = word.trim_start_matches('-');
        let hint =
            format!("`!{bare}` leaves out what holds it, `\"{word}\"` with its quotes looks for it as text");
        return Err(Problem::new("bad_input", told).hint(hint));
    }
    Filter::parse(&words.join(" ")).map_err(|fault| {
        Problem::new("bad_input", fault.to_string())
            .hint("`taxiway list --help` tells what a filter can ask for")
    })
}

fn limit(text: &str) -> Result<usize, Problem> {
    let wrong = |_| {
        Problem::new("bad_input", format!("limit: `{text}` is not a whole number such as 50, or 0 for all"))
    };
    let limit = text.parse().map_err(wrong)?;
    Ok(if limit == 0 { usize::MAX } else { limit })
}

/// How jobs are shown: each as soon as it is read.
struct Rows {
    width: Option<usize>,
    columns: Columns,
}

impl Rows {
    fn new(output: &Output) -> Self {
        Self { width: output.width(), columns: Columns::Open }
    }

    fn show(&mut self, output: &mut Output, job: &Job, is_first: bool) {
        if output.is_json() {
            return output.json_item(&JobJson::new(job, None), is_first);
        }
        let cells = Cells::of(job);
        if is_first {
            // The newest has the longest number.
            let more = cells.id.len().saturating_sub(ID);
            self.columns =
                self.width.map_or(Columns::Open, |width| Columns::of_width(width.saturating_sub(more)));
            let head = Cells::head();
            output.line(&self.columns.row(&Cells { id: format!("{:<1$}", head.id, ID + more), ..head }));
        }
        output.line(&self.columns.row(&cells));
    }
}

/// What stands over the rows, in lines of any length.
pub(super) fn head() -> String {
    Columns::Open.row(&Cells::head())
}

/// A job on a line of any length.
pub(super) fn job_row(job: &Job) -> String {
    Columns::Open.row(&Cells::of(job))
}

/// What is told of a job on its row.
struct Cells {
    id: String,
    state: String,
    created: String,
    model: String,
    seconds: String,
    prompt: String,
    /// The file, or why there is none.
    file: String,
    is_path: bool,
}

impl Cells {
    fn head() -> Self {
        let [id, state, created, model, seconds, prompt, file] =
            ["ID", "STATE", "CREATED", "MODEL", "LEN", "PROMPT", "FILE, OR WHY NONE"].map(String::from);
        Self { id, state, created, model, seconds, prompt, file, is_path: false }
    }

    fn of(job: &Job) -> Self {
        let progress = job.progress.filter(|_| job.state == State::Running);
        let state = match progress {
            Some(part) => format!("{} {:.0}%", job.label(), part * 100.0),
            None => job.label().into(),
        };
        let saved = job.result.as_ref().and_then(|result| result.files.first());
        let file = saved.map(|file| file.path.display().to_string());
        Self {
            id: job.id.to_string(),
            state,
            created: moment(job.created_at),
            model: job.request.model.clone(),
            seconds: job.request.duration.map_or_else(String::new, |seconds| format!("{seconds}s")),
            prompt: job.request.prompt_text.clone().unwrap_or_default(),
            file: file.or_else(|| why_none(job)).unwrap_or_default(),
            is_path: saved.is_some(),
        }
    }
}

/// Why a job has no file, where there is a reason.
fn why_none(job: &Job) -> Option<String> {
    let problem = job.problem.as_ref().map(|problem| problem.message.clone());
    let failure = || job.failure.as_ref().map(|failure| format!("{} {}", failure.code, failure.message));
    problem.or_else(failure).or_else(|| job.result.as_ref()?.problem.clone())
}

/// How wide the columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    /// Lines of any length: the last cell is whole.
    Open,
    /// All columns, with so many cells for the prompt and for the file.
    Wide(usize, usize),
    /// Without year, model and length.
    Narrow(usize, usize),
}

impl Columns {
    fn of_width(width: usize) -> Self {
        let halves = |rest: usize| (rest.div_ceil(2), rest / 2);
        // The other columns, and two blanks behind each.
        let (wide, narrow) = (ID + 12 + 16 + 13 + 4 + 6 * 2, ID + 12 + 11 + 4 * 2);
        if width >= wide + 40 {
            let (prompt, file) = halves(width - wide);
            Self::Wide(prompt, file)
        } else {
            let (prompt, file) = halves(width.saturating_sub(narrow).max(10));
            Self::Narrow(prompt, file)
        }
    }

    fn row(self, cells: &Cells) -> String {
        let Cells { id, state, created, model, seconds, prompt, file, is_path } = cells;
        // A number is never cut: it names the job.
        let (first, wide) = ([format!("{id:<ID$}"), fit(state, 12)], [fit(model, 13), fit(seconds, 4)]);
        let last = |width| if *is_path { fit(&file_name(file), width) } else { fit(file, width) };
        let row: Vec<String> = match self {
            Self::Open => {
                let rest = [fit(created, 16)].into_iter().chain(wide);
                first.into_iter().chain(rest).chain([fit(prompt, 32), file.replace('\n', " ")]).collect()
            }
            Self::Wide(for_prompt, for_file) => {
                let rest = [fit(created, 16)].into_iter().chain(wide);
                first.into_iter().chain(rest).chain([fit(prompt, for_prompt), last(for_file)]).collect()
            }
            Self::Narrow(for_prompt, for_file) => {
                // The day without its year.
                let day = created.strip_prefix(|c: char| c.is_ascii_digit()).and(created.get(5..));
                let day = fit(day.unwrap_or(created), 11);
                first.into_iter().chain([day, fit(prompt, for_prompt), last(for_file)]).collect()
            }
        };
        row.join("  ").trim_end().to_string()
    }
}

/// On a narrow line the name of a file tells more than the folders before it.
fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_string()
}

/// A moment on the user's own clock.
pub(super) fn moment(at: Timestamp) -> String {
    at.to_zoned(local_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The same to the second.
pub(super) fn second(at: Timestamp) -> String {
    at.to_zoned(local_zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::{
        command::output::clean,
        job::{JobId, NewJob, Request},
    };

    #[test]
    fn rows_fit_the_terminal() {
        let prompt_text = Some("a cat yawns in the morning sun, and the sun yawns back at it".into());
        let request =
            Request { model: "gen3a_turbo".into(), prompt_text, duration: Some(10), ..Request::default() };
        let mut job =
            Job::new(JobId(12), "u".into(), NewJob { request, ..NewJob::default() }, Timestamp::UNIX_EPOCH);
        job.problem =
            Some(Problem::new("x", "no connection to the service, and so nothing was sent to it at all"));
        for (width, cells) in [(80, 80), (100, 100), (120, 120), (200, 200), (46, 46), (20, 46)] {
            let columns = Columns::of_width(width);
            for row in [columns.row(&Cells::of(&job)), columns.row(&Cells::head())] {
                assert!(row.width() <= cells, "{width}: {} {row}", row.width());
            }
            assert!(columns.row(&Cells::of(&job)).contains("a ca"), "{width}");
        }
        assert!(
            matches!(Columns::of_width(80), Columns::Narrow(..))
                && matches!(Columns::of_width(120), Columns::Wide(..))
        );
        assert!(job_row(&job).ends_with("nothing was sent to it at all"));
    }

    /// What no line keeps takes no room in a column.
    #[test]
    fn columns_stand_whatever_a_prompt_holds() {
        let row = |prompt: &str| {
            let cells = Cells { prompt: prompt.into(), file: "file".into(), ..Cells::head() };
            clean(&Columns::of_width(120).row(&cells))
        };
        let (plain, odd) = (row("a cat"), row("a \u{202e}\u{200b}c\u{ad}at"));
        assert_eq!(plain, odd);
        assert!(row(&"long ".repeat(20)).contains("…  file"));
    }

    #[test]
    fn a_file_is_told_by_its_name_where_room_is_short() {
        let cells = Cells { file: "/home/me/Videos/taxiway/cat.mp4".into(), is_path: true, ..Cells::head() };
        assert!(Columns::of_width(80).row(&cells).ends_with("  cat.mp4"));
        assert!(Columns::Open.row(&cells).ends_with("  /home/me/Videos/taxiway/cat.mp4"));
    }

    #[test]
    fn a_word_that_begins_with_a_dash_is_refused_in_our_words() {
        let problem = filter_of(&["cat".into(), "-veo".into()]).unwrap_err();
        assert!(problem.message.contains("`-veo`") && problem.hint.unwrap().contains("`!veo`"));
        assert_eq!(filter_of(&["stat:failed".into()]).unwrap_err().code, "bad_input");
        assert!(filter_of(&["!~veo".into(), "~ct".into(), "prompt:\"a cat\"".into()]).is_ok());
    }
}

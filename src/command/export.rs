//! `export`: print jobs as JSON, as CSV, or as curl commands without the key; no network, no lock.

mod cells;

use std::ops::ControlFlow;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{
    Context, Exit, Output,
    context::{each_job, find_each, run, settle},
    list::{broken_off, filter_of},
    output::visible,
};
use crate::job::{ExportJson, FileRef, Filter, Job, Problem, to_curl};

/// Print jobs as JSON, as CSV, or as curl commands without the key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway export > jobs.json
  taxiway export --filter 'state:saved age:<7d' --format csv > week.csv
  taxiway export --format curl 12

As json all that is known of each job is printed, for `taxiway import` on another machine: a list of jobs as `list
--json` shows them, with what that leaves out. Not in it: the links to videos, since who has one can fetch it, what
happened to a job when, and which file of a batch it came from: run there, that file is sent whole.

As csv there is one row for each job under a row of names, for a spreadsheet. A text that a spreadsheet would take for a
formula (beginning with = + - @) has ' before it; pictures within a request are cut.

As curl there are the requests as commands for a shell, with $COMETAPI_KEY in place of the key.

Without FILTER and JOB these are all jobs, the archived ones, too; a filter is what `taxiway list` takes.")]
pub struct Export {
    /// Numbers, task ids, or the beginnings of some; all jobs without any
    #[arg(value_name = "JOB", conflicts_with = "filter")]
    pub jobs: Vec<String>,
    /// How to print them
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Only the jobs that this holds for, as `state:saved tag:client`
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,
}

/// What jobs are printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// What `import` reads.
    Json,
    /// For a spreadsheet.
    Csv,
    /// For a shell.
    Curl,
}

/// Runs the command.
pub(super) fn export(mut context: Context, args: &Export) -> Exit {
    let outcome = export_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn export_jobs(context: &mut Context, args: &Export) -> Result<Exit, Problem> {
    if context.output.is_json() && args.format != Format::Json {
        return Err(Problem::new("bad_input", "format: --json prints JSON: leave one of both out"));
    }
    let filter = args.filter.as_ref().map(|text| filter_of(std::slice::from_ref(text))).transpose()?;
    let journal = context.journal_read_only()?;
    let mut printer =
        Printer { format: args.format, version: context.config.runway_version.clone(), printed: 0 };
    let (output, now) = (&mut context.output, Timestamp::now());
    let is_wanted = |job: &Job| filter.as_ref().is_none_or(|filter: &Filter| filter.matches(job, now));
    if args.jobs.is_empty() {
        let walked = run(each_job(&journal, |job| {
            if is_wanted(&job) {
                printer.print(output, &job);
            }
            ControlFlow::Continue(())
        }))?;
        if let Err(problem) = walked {
            return Ok(broken_off(output, &problem, printer.printed == 0));
        }
    } else {
        let jobs = run(find_each(&journal, &args.jobs))??;
        for job in &jobs {
            printer.print(output, job);
        }
    }
    printer.end(output);
    Ok(Exit::Done)
}

/// Prints jobs one by one, so that a large journal is never in memory.
struct Printer {
    format: Format,
    /// Of Runway's API, for curl.
    version: String,
    printed: usize,
}

impl Printer {
    fn print(&mut self, output: &mut Output, job: &Job) {
        let is_first = self.printed == 0;
        self.printed += 1;
        match self.format {
            Format::Json => output.json_item(&ExportJson::new(job), is_first),
            Format::Csv => {
                if is_first {
                    output.raw(&cells::head());
                }
                output.raw(&cells::row(job));
            }
            Format::Curl => {
                let break_before = if is_first { "" } else { "\n" };
                output.line(&format!("{break_before}{}", command(job, &self.version)));
            }
        }
    }

    fn end(&self, output: &mut Output) {
        match self.format {
            Format::Json => output.json_end(self.printed == 0),
            Format::Csv if self.printed == 0 => output.raw(&cells::head()),
            Format::Csv | Format::Curl => {}
        }
        if self.printed == 0 {
            output.say("no job to export");
        }
    }
}

/// The job's request as a command, under a comment that says whose it is.
fn command(job: &Job, version: &str) -> String {
    let (id, label) = (job.id, job.label());
    if job.request.model.is_empty() {
        return format!(
            "# job {id}  {label}: it was taken in by its task id, what was asked for is not known"
        );
    }
    let picture = job.request.prompt_image.parse::<FileRef>().map_or_else(
        |_| String::new(),
        |file| format!("\n# its picture is a file here, which no service can read: {}", file.path.display()),
    );
    let command = to_curl(&job.request, &job.account.service, version);
    format!("# job {id}  {label}{picture}\n{}", visible(&command))
}

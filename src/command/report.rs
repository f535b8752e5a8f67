//! `report`: gather what a bug report needs in a file, without secrets; shown before it is written.

mod bundle;
mod redact;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{Context, Exit, context::settle};
use crate::{config::local_zone, job::Problem};

use bundle::Bundle;

/// What a report says that it is.
pub(super) const FORMAT: &str = "taxiway-report";
/// How its fields are laid out. A change that an older program would misread makes it another.
pub(super) const VERSION: u64 = 1;
/// So many names are tried where reports of this day are there already.
const NAMESAKES: u32 = 100;

/// Gather what a bug report needs in a file, without secrets; shown before it is written
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct Report {
    /// Jobs to tell of: numbers, task ids, or the beginnings of some. Without any: the newest five that
    /// failed, are unsure or lost their video, else the newest five
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
    /// Write it here; a file that is there is never replaced. `-` prints it and writes nothing. Default:
    /// taxiway-report-DATE.json in the current folder
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write it without showing it and asking first; needed where there is no terminal to ask on
    #[arg(long)]
    pub yes: bool,
    /// Keep prompts in it, which may be private
    #[arg(long)]
    pub with_prompts: bool,
}

const AFTER: &str = "\
In it: versions, what `taxiway doctor` finds, all settings and where they came from, the end of the log,
and of each job its data, its timeline and the service's last reply. Left out: keys and tokens, what
stands behind the ? of a link, pictures, the names of user, machine, home folder and videos, prompts.
Nothing is sent anywhere: the file is for you to read and to attach.

`taxiway demo --replay FILE` shows the jobs of a report as they were answered.

Examples:
  taxiway report
  taxiway report 12 --output -
  taxiway report 12 13 --output report.json --yes";

/// Runs the command.
pub(super) fn report(mut context: Context, args: &Report) -> Exit {
    let outcome = make(&mut context, args);
    settle(outcome, &mut context.output)
}

fn make(context: &mut Context, args: &Report) -> Result<Exit, Problem> {
    let prints = args.output.as_deref() == Some(Path::new("-"));
    if context.global.read_only && !prints {
        return Err(Problem::new("read_only", "read-only: no file is written")
            .hint("`--output -` prints the report instead"));
    }
    if !prints && !args.yes && !context.output.can_ask {
        return Err(Problem::new("no_consent", "there is nobody to ask, and so no report was written")
            .hint("--yes writes it without asking; `--output -` prints it"));
    }
    let Bundle { value, told } = bundle::gather(context, args)?;
    let text = serde_json::to_string_pretty(&value)
        .map_err(|error| Problem::new("machine", format!("the report cannot be written as JSON: {error}")))?;
    let output = &mut context.output;
    if prints {
        output.line(&text);
        return Ok(Exit::Done);
    }
    let name =
        || format!("taxiway-report-{}.json", Timestamp::now().to_zoned(local_zone()).strftime("%Y-%m-%d"));
    let path = args.output.clone().unwrap_or_else(|| name().into());
    if !args.yes {
        // Where data is JSON, that is the path alone.
        if output.is_json() {
            output.say(&text);
        } else {
            output.line(&text);
        }
    }
    for line in &told {
        output.say(line);
    }
    if !args.yes && !output.ask(&format!("Write it to {}? [y/N] ", path.display())) {
        return Err(Problem::new("no_consent", "not written"));
    }
    let written = write(&path, args.output.is_none(), &(text + "\n"))?;
    let shown = std::path::absolute(&written).unwrap_or(written).display().to_string();
    if output.is_json() {
        output.json(&json!({ "path": shown }));
    } else {
        output.line(&shown);
    }
    Ok(Exit::Done)
}

/// Writes a file of the user's alone, never over another: where its name is ours, under the next free one.
fn write(path: &Path, is_ours: bool, text: &str) -> Result<PathBuf, Problem> {
    let (mut file, path) = make_file(path, is_ours)?;
    match file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(path),
        Err(error) => {
            // Half a report is of no use; where it cannot be removed, the words name it.
            let _ = fs::remove_file(&path);
            Err(fault(&path, &error))
        }
    }
}

fn make_file(path: &Path, is_ours: bool) -> Result<(File, PathBuf), Problem> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let next = (2..NAMESAKES).map(|count| path.with_file_name(format!("{stem}-{count}.json")));
    let names = [path.to_path_buf()].into_iter().chain(next.filter(|_| is_ours));
    for name in names {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&name) {
            Ok(file) => return Ok((file, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fault(&name, &error)),
        }
    }
    Err(Problem::new("file_exists", format!("{} is there already: it was left as it is", path.display()))
        .hint("name another file with --output"))
}

fn fault(path: &Path, error: &io::Error) -> Problem {
    Problem::new("folder", format!("{} cannot be written: {error}", path.display()))
        .hint("name another file with --output, or print the report with `--output -`")
}

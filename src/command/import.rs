//! `import`: take jobs into the journal from what `export` wrote as JSON.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Context, Exit,
    context::{read_input, run, settle},
    count_of,
    session::Session,
};
use crate::{
    job::{Job, Problem, exported_job},
    journal::Imports,
};

/// Take jobs into the journal from what `export` wrote as JSON
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway import jobs.json
  ssh host taxiway export | taxiway import -

Jobs keep all that is known of them but their number. Those that this journal has already, by their uuid or
their task, are left out, so that importing again does no harm. All are taken in, or none where one of them
makes no sense. Nothing is sent by it: held jobs come without consent. Tasks that still run are followed from
here on if they were made with the key of today; the videos themselves are not in the file.")]
pub struct Import {
    /// The file, or `-` for standard input
    #[arg(value_name = "FILE", allow_hyphen_values = true)]
    pub file: PathBuf,
}

/// Why nothing happened, for every refusal.
const NOTHING: &str = "nothing was taken in";

/// Runs the command.
pub(super) fn import(mut context: Context, args: &Import) -> Exit {
    context.say_warnings();
    let outcome = import_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn import_jobs(context: &mut Context, args: &Import) -> Result<Exit, Problem> {
    context.check_writable()?;
    let jobs = jobs_of(&read(&args.file)?)?;
    let journal = context.journal_to_write()?;
    let Context { config, output, .. } = context;
    let imports = run(async {
        let (mut session, mut signals) = Session::start(config, journal, false)?;
        let asked = session.import(jobs).await;
        session.leave(&mut signals, output, false).await;
        asked
    })??;
    tell(context, &imports);
    Ok(Exit::Done)
}

fn read(file: &Path) -> Result<String, Problem> {
    read_input(file).map_err(|error| {
        let told = format!("{}: cannot be read: {error}; {NOTHING}", file.display());
        Problem::new("bad_input", told)
    })
}

/// The jobs of an export, all of them good.
fn jobs_of(text: &str) -> Result<Vec<Job>, Problem> {
    let bad = |told: String| {
        Problem::new("bad_input", format!("{told}; {NOTHING}"))
            .hint("`taxiway export` writes what can be imported")
    };
    let values: Value =
        serde_json::from_str(text).map_err(|fault| bad(format!("the file is no JSON: {fault}")))?;
    let Value::Array(values) = values else { return Err(bad("the file is no list of jobs".into())) };
    let mut jobs: Vec<Job> = Vec::new();
    let mut rows = HashMap::new();
    for (row, value) in (1..).zip(&values) {
        let number = value.get("id").map_or_else(String::new, |id| format!(" (job {id})"));
        let place = format!("row {row}{number}");
        let job = exported_job(value).map_err(|fault| bad(format!("{place}: {fault}")))?;
        // A job's number is what its clones know it by.
        match rows.insert(job.id, (row, job.uuid.clone())) {
            Some((before, uuid)) if uuid != job.uuid => {
                return Err(bad(format!(
                    "{place}: id: row {before} has the same: import one journal's jobs at a time"
                )));
            }
            _ => jobs.push(job),
        }
    }
    Ok(jobs)
}

fn tell(context: &mut Context, imports: &Imports) {
    let output = &mut context.output;
    if output.is_json() {
        let taken =
            imports.jobs.iter().map(|(from, job)| json!({ "from": from, "id": job.id, "uuid": job.uuid }));
        let known = imports.known.iter().map(|(from, id)| json!({ "from": from, "id": id }));
        return output.json(&json!({
            "imported": taken.collect::<Vec<_>>(), "known": known.collect::<Vec<_>>()
        }));
    }
    for (from, job) in &imports.jobs {
        output.line(&format!("{from}\t{}\t{}", job.id, job.label()));
    }
    for (from, id) in &imports.known {
        output.say(&format!("job {from} of the file is job {id} here already: left out"));
    }
    let left_out = match imports.known.len() {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    let taken = count_of(imports.jobs.len(), "job");
    let numbers = if imports.jobs.is_empty() { "" } else { " (number there, number here, state)" };
    output.say(&format!("{taken} taken in{left_out}{numbers}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_export_is_refused_with_its_place() {
        for (text, told) in [
            ("", "the file is no JSON: EOF while parsing a value at line 1 column 0"),
            ("{}", "the file is no list of jobs"),
            ("[1]", "row 1: is no JSON object"),
            (r#"[{"id":3}]"#, "row 1 (job 3): format: is missing"),
            (
                r#"[{"format":2}]"#,
                "row 1: format: 2 is of a newer Taxiway, this one reads 1: import it with that",
            ),
            (r#"[{"format":0}]"#, "row 1: format: 0 is none that Taxiway ever wrote"),
            (r#"[{"format":1,"id":3,"cost":5}]"#, "row 1 (job 3): cost: is no JSON object"),
        ] {
            assert_eq!(jobs_of(text).unwrap_err().message, format!("{told}; {NOTHING}"));
        }
        assert_eq!(jobs_of("[]").unwrap(), []);
    }
}

//! `import`: take jobs into the journal from what `export` wrote as JSON.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Value, json};

use super::{
    Context, Exit,
    context::{read_input, run, settle},
    count_of,
    session::Session,
};
use crate::{
    job::{Job, JobId, Problem, exported_job},
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
    let text = read(&args.file)?;
    // To know them where they stand; without them the jobs are taken in all the same.
    if let Err(problem) = context.ask_for_key() {
        context.output.say(&format!("warning: {}", problem.message));
    }
    context.ask_for_token();
    let jobs = jobs_of(&text, &|text| context.config.is_secret_in(text))?;
    drop(text);
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

/// The jobs of an export, all of them good, and none with a text that `is_secret`.
fn jobs_of(text: &str, is_secret: &dyn Fn(&str) -> bool) -> Result<Vec<Job>, Problem> {
    let mut rows = Rows { is_secret, jobs: Vec::new(), numbers: HashMap::new(), fault: None };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = (&mut rows).deserialize(&mut reader).and_then(|()| reader.end());
    let told = match (rows.fault, read) {
        (Some(fault), _) => fault,
        (None, Err(fault)) if fault.is_data() => "the file is no list of jobs".into(),
        (None, Err(fault)) => format!("the file is no JSON: {fault}"),
        (None, Ok(())) => return Ok(rows.jobs),
    };
    Err(Problem::new("bad_input", format!("{told}; {NOTHING}"))
        .hint("`taxiway export` writes what can be imported"))
}

/// The jobs of a file as it is read: of its JSON no more than one job is in memory at once.
struct Rows<'a> {
    is_secret: &'a dyn Fn(&str) -> bool,
    jobs: Vec<Job>,
    /// The row and uuid of each number.
    numbers: HashMap<JobId, (usize, String)>,
    /// What is wrong with a job, after which nothing more is read.
    fault: Option<String>,
}

impl Rows<'_> {
    fn take(&mut self, row: usize, value: &Value) -> Result<(), String> {
        let number = value.get("id").and_then(Value::as_i64);
        let number = number.map_or_else(String::new, |id| format!(" (job {id})"));
        let place = format!("row {row}{number}");
        if let Some(field) = secret_field(value, self.is_secret) {
            return Err(format!("row {row}: {field}: holds your API key or account token: take it out"));
        }
        let job = exported_job(value).map_err(|fault| format!("{place}: {fault}"))?;
        // A job's number is what its clones know it by.
        match self.numbers.insert(job.id, (row, job.uuid.clone())) {
            Some((before, uuid)) if uuid != job.uuid => {
                Err(format!("{place}: id: row {before} has the same: import one journal's jobs at a time"))
            }
            _ => {
                self.jobs.push(job);
                Ok(())
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of jobs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut row = 0;
        while let Some(value) = items.next_element::<Value>()? {
            row += 1;
            if let Err(fault) = self.take(row, &value) {
                self.fault = Some(fault);
                return Err(A::Error::custom("a job makes no sense"));
            }
        }
        Ok(())
    }
}

/// The path to a text that `is_secret`, or to what has such a name.
fn secret_field(value: &Value, is_secret: &dyn Fn(&str) -> bool) -> Option<String> {
    match value {
        Value::String(text) => is_secret(text).then(String::new),
        Value::Array(items) => items.iter().find_map(|item| secret_field(item, is_secret)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            if is_secret(name) {
                return Some("a field's name".into());
            }
            let within = secret_field(value, is_secret)?;
            Some(if within.is_empty() { name.clone() } else { format!("{name}.{within}") })
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
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
            ("[] x", "the file is no JSON: trailing characters at line 1 column 4"),
            ("[", "the file is no JSON: EOF while parsing a list at line 1 column 1"),
            ("[3, x", "row 1: is no JSON object"),
        ] {
            assert_eq!(jobs_of(text, &|_| false).unwrap_err().message, format!("{told}; {NOTHING}"));
        }
        assert_eq!(jobs_of("[]", &|_| false).unwrap(), []);
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands_and_not_shown() {
        for (text, place) in [
            (r#"[{"id":3,"request":{"promptText":"my geheim!"}}]"#, "request.promptText"),
            (r#"[{"tags":["a","geheim"]}]"#, "tags"),
            (r#"[{"failure":{"message":"g\u0065heim"}}]"#, "failure.message"),
            (r#"[{"geheim":1}]"#, "a field's name"),
            (r#"[{"id":"geheim"}]"#, "id"),
        ] {
            let told = jobs_of(text, &|text| text.contains("geheim")).unwrap_err().message;
            let wanted =
                format!("row 1: {place}: holds your API key or account token: take it out; {NOTHING}");
            assert_eq!(told, wanted);
        }
    }
}

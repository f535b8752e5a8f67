//! `batch`: the jobs of a file. A file that was run before goes on where it stopped.

mod pictures;
mod plan;
mod shown;

use std::{
    fs,
    path::{Path, PathBuf, absolute},
};

use clap::{Args, ValueEnum};
use sha2::{Digest, Sha256};

use super::{
    Context, Exit,
    context::{read_input, run, settle},
    count_of,
    follow::{PATIENCE_WAITING, WaitArgs, carry_out},
    money::{self, consent_to_duplicate, must_be_able_to_ask},
    session::Session,
};
use crate::{
    config::Config,
    engine::Command,
    job::{BatchFault, BatchFormat, BatchJob, BatchRow, Problem, batch_jobs, batch_warnings, read_batch},
    journal::{Batch, Journal},
};

use pictures::Resolved;
use plan::Plan;

/// Send the jobs of a file: CSV, JSON lines, or TOML with sweeps
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct BatchArgs {
    /// The file: .csv, .jsonl or .toml; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What the file is, where its name does not tell
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
    /// Run the file as if it never had been: what was sent before is sent, and paid for, again
    #[arg(long)]
    pub anew: bool,
    /// Show all that would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Spend without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// How long to stay with them.
    #[command(flatten)]
    pub wait: WaitArgs,
}

/// What a file of requests can be.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// A header of field names, a job to a line
    Csv,
    /// A JSON object to a line
    Jsonl,
    /// Fields with lists, maybe in a table for each job
    Toml,
}

const AFTER: &str = "\
The fields are those of a request: image, prompt, model, ratio, duration, seed, watermark. Only what is
given is sent, and the model. A seed may be 1..4 or `random x3`, an image of this machine a pattern such as
shots/*.png (beside the file); in JSON and TOML every field may be a list: each makes jobs of its own.

shots.csv:   image,prompt,model,ratio,duration,seed
             https://example.com/cat.jpg,yawns,gen4_turbo,1280:720,5,1..3

shots.toml:  model = \"gen4_turbo\"
             ratio = [\"1280:720\", \"720:1280\"]
             duration = 5
             [[job]]
             image = \"shots/*.png\"
             seed = [1, 2, 3]

The same file, known by its content or its path, goes on where it stopped and sends no row twice. A row that
was rejected, or of which no task was made, is sent again. A request that was provably not sent is tried again
for ten minutes, with --timeout for so long; then its job is held.

Examples:
  taxiway batch shots.csv --dry-run
  taxiway batch shots.toml --yes --wait";

/// So many faults are told.
const FAULTS_SHOWN: usize = 20;

/// Runs the command.
pub(super) fn batch(mut context: Context, args: &BatchArgs) -> Exit {
    context.say_warnings();
    let outcome = if args.dry_run { look(&mut context, args) } else { carry_on(&mut context, args) };
    settle(outcome, &mut context.output)
}

fn look(context: &mut Context, args: &BatchArgs) -> Result<Exit, Problem> {
    let journal = context.journal_read_only()?;
    let plan = plan(context, args, &journal)?;
    shown::show(&mut context.output, &plan.without_luck());
    context.output.say("dry run: nothing was sent");
    Ok(Exit::Done)
}

/// Everything that is looked at before a job exists.
fn plan(context: &mut Context, args: &BatchArgs, journal: &Journal) -> Result<Plan, Problem> {
    context.check_config()?;
    let file = File::read(args)?;
    let rows = read_batch(file.format, &file.text).map_err(|faults| wrong(&file, &faults))?;
    let Resolved { rows, faults, told } = pictures::resolve(rows, &file.folder);
    let jobs = jobs(context, &rows, faults).map_err(|faults| wrong(&file, &faults))?;
    jobs.iter().try_for_each(|job| context.config.check_no_secret(&job.request))?;
    for words in told {
        context.output.say(&words);
    }
    for words in batch_warnings(&rows, &context.config.defaults.model, &context.config.models) {
        context.output.say(&format!("warning: {words}"));
    }
    let batch = context.config.account().map(|account| file.batch(account, args.anew));
    Plan::make(context, journal, file.name, batch, jobs)
}

/// The jobs that rows make, or all that is wrong in them and with their pictures.
fn jobs(
    context: &Context,
    rows: &[BatchRow],
    pictures: Vec<BatchFault>,
) -> Result<Vec<BatchJob>, Vec<BatchFault>> {
    let Config { defaults, models, .. } = &context.config;
    let made = batch_jobs(rows, &defaults.model, models, |max| fastrand::u64(0..=max));
    if pictures.is_empty() {
        return made;
    }
    let mut faults = made.err().unwrap_or_default();
    // A picture that could not be read has told why.
    faults.retain(|fault| {
        !pictures.iter().any(|known| (known.line, &known.column) == (fault.line, &fault.column))
    });
    faults.extend(pictures);
    faults.sort_by_key(|fault| fault.line);
    Err(faults)
}

/// Tells the first faults of a file.
fn wrong(file: &File, faults: &[BatchFault]) -> Problem {
    let mut told: Vec<_> = faults.iter().take(FAULTS_SHOWN).map(|fault| format!("  {fault}")).collect();
    if faults.len() > FAULTS_SHOWN {
        told.push(format!("  … and {} more", faults.len() - FAULTS_SHOWN));
    }
    let message = format!("{}: {} in it:\n{}", file.name, count_of(faults.len(), "fault"), told.join("\n"));
    Problem::new("bad_input", message).hint("nothing was sent, nothing spent: mend the file and run it again")
}

/// A file of requests as it is on disk.
struct File {
    /// As the user named it.
    name: String,
    /// Where it lies.
    path: String,
    /// What the paths of pictures in it are relative to.
    folder: PathBuf,
    format: BatchFormat,
    text: String,
}

impl File {
    fn read(args: &BatchArgs) -> Result<Self, Problem> {
        let is_stdin = args.file == Path::new("-");
        let name = if is_stdin { "standard input".into() } else { args.file.display().to_string() };
        let given = args.format.map(|format| match format {
            Format::Csv => BatchFormat::Csv,
            Format::Jsonl => BatchFormat::JsonLines,
            Format::Toml => BatchFormat::Toml,
        });
        let Some(format) = given.or_else(|| BatchFormat::of(&args.file)) else {
            let told = format!("{name}: what it is cannot be told by its name");
            return Err(Problem::new("bad_input", told)
                .hint("name it .csv, .jsonl or .toml, or say --format csv, jsonl or toml"));
        };
        // Through links and whatever way, one file has one place.
        let path = fs::canonicalize(&args.file).or_else(|_| absolute(&args.file));
        let path = path.unwrap_or_else(|_| args.file.clone());
        let text = read_input(&args.file).map_err(|error| {
            Problem::new("bad_input", format!("{name} cannot be read: {error}")).hint("nothing was sent")
        })?;
        // What lies beside a link is what its user sees beside the file.
        let beside = absolute(&args.file).ok().and_then(|path| path.parent().map(Path::to_path_buf));
        let folder = if is_stdin { std::env::current_dir().ok() } else { beside };
        // What was read from a pipe is known by its content alone.
        let path = if is_stdin { digest(&text) } else { path.to_string_lossy().into_owned() };
        Ok(Self { name, path, folder: folder.unwrap_or_default(), format, text })
    }

    fn batch(&self, account: crate::job::Account, anew: bool) -> Batch {
        Batch { account, path: self.path.clone(), digest: digest(&self.text), anew }
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Asks for the word to spend, and sends what is left of the file.
fn carry_on(context: &mut Context, args: &BatchArgs) -> Result<Exit, Problem> {
    let journal = context.journal_to_work_with()?;
    let plan = plan(context, args, &journal)?;
    if plan.to_send() == 0 {
        context.output.say(&format!("{}: nothing is left to be sent", plan.tell()));
        if !args.wait.wait {
            plan.note(&journal)?;
            return Ok(shown::show_jobs(&mut context.output, &plan));
        }
    } else {
        consent(context, args, &plan)?;
    }
    let duplicate_ok = consent_to_duplicate(context, args.yes, plan.duplicate.clone())?;
    let also: Vec<_> = plan.left().cloned().collect();
    let (batch, rows, again) = plan.orders()?;
    let Context { config, output, .. } = context;
    let wait = args.wait.how(config, true);
    run(async {
        let file = Batch { anew: false, ..batch.clone() };
        let (mut session, signals) = Session::start(config, journal.clone(), false)?;
        session.jobs.extend(also.iter().map(|job| (job.id, job.clone())));
        let also = also.into_iter().map(|job| job.id).collect();
        let patience = args.wait.timeout.unwrap_or(PATIENCE_WAITING);
        let command = |ticket| Command::Batch { ticket, batch, rows, again, also, patience, duplicate_ok };
        let exit = carry_out((session, signals), output, command, wait).await?;
        let unsent = unsent(&journal, file).await?;
        if unsent > 0 {
            let (jobs, file) = (count_of(unsent, "job"), args.file.display());
            output.say(&format!("not sent so far: {jobs}; `taxiway batch {file}` goes on with what is left"));
        } else if exit == Exit::Done && !args.wait.wait {
            output.say("`taxiway watch` or the dashboard brings the videos home");
        }
        Ok(exit)
    })?
}

/// How many jobs of a file the next run of it would send.
async fn unsent(journal: &Journal, file: Batch) -> Result<usize, Problem> {
    let known = journal.batch(file).await.map_err(|error| error.problem())?;
    let jobs = known.map(|known| known.jobs).unwrap_or_default();
    Ok(jobs.into_values().filter(plan::is_left).count())
}

fn consent(context: &mut Context, args: &BatchArgs, plan: &Plan) -> Result<(), Problem> {
    let shown = shown::lines(plan, context.output.talk_width());
    if let Some(problem) = &plan.refused {
        for line in shown {
            context.output.say(&line);
        }
        return Err(problem.clone());
    }
    must_be_able_to_ask(context, args.yes, plan.duplicate.as_ref())?;
    if args.yes {
        for words in plan.warnings() {
            context.output.say(&format!("warning: {words}"));
        }
        context.output.say(&plan.tell());
    }
    let question = format!("Send {}? [y/N] ", count_of(plan.to_send(), "job"));
    money::consent(context, args.yes, plan.total(), &shown, &question)
}

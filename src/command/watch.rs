//! `watch`: the engine without a screen.

use std::collections::{HashMap, HashSet};

use clap::Args;

use super::{
    Context, Exit, Output,
    context::{keep_log, run, settle},
    count_of,
    follow::{at_service, step},
    progress::Progress,
    session::{Session, ended},
};
use crate::{
    engine::{Role, Status, Update},
    job::{Account, Job, JobId, JobJson, Problem, State},
};

/// The engine without a screen: sends, polls and downloads; a line for every change
///
/// On a terminal it shows the jobs under way in place, and a line for each that has moved on. In a pipe every
/// change is a line; with --json each is a job as one line of JSON.
///
/// Beside another Taxiway that does the work, and with --read-only, it shows what that one does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  taxiway watch
  taxiway watch --until-idle --json | jq -r '.result.files[]?.path'

Ctrl-C leaves the jobs going at the service. With --until-idle it ends with 0 when no job is to be sent, is under
way or is to be fetched, and with 3 when the service does not take the key.")]
pub struct Watch {
    /// End when nothing is left to do
    #[arg(long)]
    pub until_idle: bool,
}

/// Runs the command.
pub(super) fn watch(mut context: Context, args: &Watch) -> Exit {
    context.say_warnings();
    let outcome = watch_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn watch_jobs(context: &mut Context, args: &Watch) -> Result<Exit, Problem> {
    context.check_config()?;
    let read_only = context.global.read_only;
    if !read_only {
        context.check_key()?;
    }
    let journal = context.journal_to_show()?;
    if !read_only {
        keep_log(&context.config.data_dir)?;
    }
    let Context { config, output, .. } = context;
    run(async {
        let (mut session, mut signals) = Session::start(config, journal, read_only)?;
        let mut watcher = Watcher {
            progress: Progress::begin(output, &session).await,
            until_idle: args.until_idle,
            said: HashMap::new(),
            at_service: HashSet::new(),
            has_looked: false,
            account: session.account.clone(),
            told: Status::default(),
        };
        let walked = signals.or(watcher.walk(&mut session, output)).await;
        watcher.progress.end(output, walked.is_ok());
        let hurries = walked.is_err();
        if hurries {
            output.say(&stopped(watcher.going()));
        }
        session.leave(&mut signals, output, hurries).await;
        Ok(match walked {
            Ok(Err(problem)) => output.fail(&problem),
            Ok(Ok(exit)) | Err(exit) => exit,
        })
    })?
}

/// Says how many jobs go on without us; of none where nothing is known of them yet.
fn stopped(going: Option<usize>) -> String {
    match going {
        None => "stopped watching; what was sent goes on at the service".into(),
        Some(0) => "stopped watching; nothing was under way".into(),
        Some(count) => {
            let word = if count == 1 { "goes" } else { "go" };
            format!("stopped watching; {} {word} on at the service", count_of(count, "job"))
        }
    }
}

struct Watcher {
    progress: Progress,
    until_idle: bool,
    said: HashMap<JobId, String>,
    /// The jobs of this account that the service works on, or whose video is to be fetched.
    at_service: HashSet<JobId>,
    has_looked: bool,
    account: Option<Account>,
    /// The engine's state, as it was last told.
    told: Status,
}

impl Watcher {
    async fn walk(&mut self, session: &mut Session, output: &mut Output) -> Result<Exit, Problem> {
        while let Some(update) = self.progress.next(session, output).await {
            match update {
                Update::Loaded => self.look(session).await?,
                Update::Jobs(jobs) => jobs.iter().for_each(|job| self.see(job, output)),
                Update::Status(status) => {
                    if self.has_ended(&status, output)? {
                        return Ok(Exit::Done);
                    }
                    self.told = status;
                }
                _ => {}
            }
        }
        Err(ended())
    }

    /// What is under way already has not changed, but is to be seen.
    async fn look(&mut self, session: &mut Session) -> Result<(), Problem> {
        let journal = session.journal_to_look_at()?;
        for job in journal.unfinished().await.map_err(|error| error.problem())? {
            // What the engine has told meanwhile is no older.
            let job = session.jobs.entry(job.id).or_insert(job);
            self.take(job);
        }
        self.has_looked = true;
        Ok(())
    }

    fn take(&mut self, job: &Job) {
        self.progress.take(job, moves(job));
        let ours = self.account.as_ref().is_none_or(|account| account.is_same(&job.account));
        if ours && moves(job) && at_service(job.state) {
            self.at_service.insert(job.id);
        } else {
            self.at_service.remove(&job.id);
        }
    }

    fn going(&self) -> Option<usize> {
        self.has_looked.then_some(self.at_service.len())
    }

    /// Says what is new of the engine's own state. Says whether that is the end, or why it is.
    fn has_ended(&mut self, status: &Status, output: &mut Output) -> Result<bool, Problem> {
        let begins = self.told.role == Role::Starting;
        if status.role != self.told.role
            && let Some(told) = role_text(status.role)
        {
            self.progress.say(output, told);
        }
        if let Some(problem) = status.paused.as_ref().filter(|_| self.until_idle) {
            return Err(problem.clone());
        }
        if status.paused != self.told.paused {
            self.progress.say(output, pause_text(status.paused.as_ref()));
        }
        if status.network.is_some() != self.told.network.is_some() {
            self.progress.say(output, network_text(status.network.as_ref()));
        }
        let note = status.paused.as_ref().map(|_| "paused");
        self.progress.note(note.or_else(|| status.network.as_ref().map(|_| "no answer")).map(Into::into));
        if status.idle && self.until_idle {
            self.progress.say(output, "nothing is left to do".into());
            return Ok(true);
        }
        if status.idle && begins {
            self.progress.say(output, "nothing is under way; waiting".into());
        }
        Ok(false)
    }

    /// Says a job's step once. Where a display shows how far it is, that is no step.
    fn see(&mut self, job: &Job, output: &mut Output) {
        self.take(job);
        let (stands, told) = step(job);
        let is_short = self.progress.is_shown() && output.data_is_shown() && !output.is_json();
        let stands = if is_short { job.label().into() } else { stands };
        let told = told.map_or_else(String::new, |text| format!(": {text}"));
        let step = format!("job {}  {stands}{told}", job.id);
        if self.said.get(&job.id) == Some(&step) {
            return;
        }
        if output.is_json() {
            output.json(&JobJson::new(job, None));
        } else {
            self.progress.data(output, step.clone());
        }
        self.said.insert(job.id, step);
    }
}

/// Whether there is something to be seen of it: it moves, or waits for its turn.
fn moves(job: &Job) -> bool {
    let rests = matches!(job.state, State::Unsure | State::NotFound)
        || (job.state == State::Held && job.consent.is_none());
    job.is_live() && !rests
}

/// Why nothing is sent and polled, or that it is again.
pub(super) fn pause_text(paused: Option<&Problem>) -> String {
    match paused {
        Some(problem) => {
            format!("paused: {}; asked again each minute while a task is under way", problem.message)
        }
        None => "sending and polling go on".into(),
    }
}

/// Why the service cannot be reached, or that it can be again.
pub(super) fn network_text(problem: Option<&Problem>) -> String {
    problem.map_or_else(
        || "the service answers again".into(),
        |problem| format!("the service cannot be reached: {}; it is tried again", problem.message),
    )
}

fn role_text(role: Role) -> Option<String> {
    Some(match role {
        Role::Starting => return None,
        Role::Owner => "watching: sends, polls and downloads".into(),
        Role::View { owner: Some(pid) } => format!("watching what process {pid} does"),
        Role::View { owner: None } => "watching what another process does".into(),
        Role::ReadOnly => "watching, read-only".into(),
    })
}

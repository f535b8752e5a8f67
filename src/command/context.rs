//! What every command starts from: the settings, the journal, the streams.

use std::{collections::HashSet, fs::File, future::Future, io, ops::ControlFlow, path::Path};

use tokio::runtime;

use super::{
    Exit, Output,
    args::Global,
    dashboard::{colors, draws_in_ascii},
    progress::Look,
};
use crate::{
    config::{Config, Flags, SecretCommand, Sources, process_env, read_at_most},
    job::{Job, Problem},
    journal::Journal,
};

/// The settings and streams of one run of the program.
pub struct Context {
    /// The flags that every command takes.
    pub global: Global,
    /// All settings.
    pub config: Config,
    /// The streams.
    pub output: Output,
}

impl Context {
    /// Reads flags, environment and config file.
    pub fn of_process(global: Global) -> Self {
        let config = Config::load(&Sources { flags: flags(&global), env: &process_env });
        let look = Look { ascii: draws_in_ascii(&config), color: colors(global.color) };
        Self { output: Output::of_process(global.json).painting(look), config, global }
    }

    /// Says what in the config is odd but forbids nothing.
    pub(super) fn say_warnings(&mut self) {
        for warning in &self.config.warnings {
            self.output.say(&format!("warning: {warning}"));
        }
    }

    /// The same for a command that looks only, and does so whatever is wrong with the config.
    pub(super) fn say_all_warnings(&mut self) {
        self.say_warnings();
        for fault in &self.config.faults {
            self.output.say(&format!("warning: {fault}"));
        }
    }

    /// Whether the config lets commands run.
    pub(super) fn check_config(&self) -> Result<(), Problem> {
        let Some(first) = self.config.faults.first() else { return Ok(()) };
        let more = self.config.faults.len() - 1;
        let more =
            if more == 0 { String::new() } else { format!(" (and {more} more: `taxiway config check`)") };
        Err(Problem::new("bad_config", format!("{first}{more}"))
            .hint("nothing was sent; mend it and try again"))
    }

    /// Whether commands that write may run.
    pub(super) fn check_writable(&self) -> Result<(), Problem> {
        if self.global.read_only {
            return Err(Problem::new("read_only", "read-only: nothing is sent, fetched or written"));
        }
        self.check_config()
    }

    /// The journal, for a command that has the engine work with it: it writes, and may ask the service. From
    /// here on there is a log.
    pub(super) fn journal_to_work_with(&mut self) -> Result<Journal, Problem> {
        self.check_writable()?;
        self.check_key()?;
        let journal = self.journal()?;
        keep_log(&self.config.data_dir)?;
        Ok(journal)
    }

    /// The same for what the journal alone can take: no key is needed.
    pub(super) fn journal_to_write(&self) -> Result<Journal, Problem> {
        self.check_writable()?;
        let journal = self.journal()?;
        keep_log(&self.config.data_dir)?;
        Ok(journal)
    }

    /// Whether commands that ask the service may run. A program that tells the key is run here and not before,
    /// and so is one that tells the account token: a command that looks only needs neither.
    pub(super) fn check_key(&mut self) -> Result<(), Problem> {
        self.ask_for_key()?;
        self.ask_for_token();
        if self.config.key.is_some() {
            return Ok(());
        }
        Err(no_key())
    }

    /// Has the profile's program tell the key, where it names one.
    pub(super) fn ask_for_key(&mut self) -> Result<(), Problem> {
        let Self { config, output, .. } = self;
        let asked = config.ask_for_key(&mut |command| say_slow(output, "key", command));
        asked.map_err(|fault| Problem::new("no_key", fault.to_string()).hint(MEND_COMMAND))
    }

    /// The same with the account token, which is a help and no need: that there is none is said, and that is all.
    pub(super) fn ask_for_token(&mut self) {
        let Self { config, output, .. } = self;
        let asked = config.ask_for_token(&mut |command| say_slow(output, "account token", command));
        if let Err(fault) = asked {
            output.say(&format!("warning: {fault}"));
        }
    }

    /// The same before a screen is shown, or a conversation begun, which tells what is wrong. While the program
    /// runs, the terminal is still the shell's: should it ask for something there, it spoils no screen.
    pub(super) fn ask_for_secrets(&mut self) {
        if !self.global.read_only && self.config.faults.is_empty() {
            // It is among the faults of the config now.
            let _ = self.ask_for_key();
            self.ask_for_token();
        }
    }

    /// The journal for who shows all of it: opened only for looking where nothing may be written.
    pub(super) fn journal_to_show(&self) -> Result<Journal, Problem> {
        if self.global.read_only { self.journal_read_only() } else { self.journal() }
    }

    pub(super) fn journal(&self) -> Result<Journal, Problem> {
        Journal::open(&self.config.data_dir).map_err(|error| error.problem())
    }

    pub(super) fn journal_read_only(&self) -> Result<Journal, Problem> {
        Journal::open_read_only(&self.config.data_dir).map_err(|error| error.problem())
    }
}

pub(super) fn no_key() -> Problem {
    Problem::new("no_key", "there is no API key: nothing was sent")
        .hint("export COMETAPI_KEY=…, or try `taxiway demo`")
}

const MEND_COMMAND: &str =
    "nothing was sent; run the command by hand to see what it wants, or export COMETAPI_KEY=…";

fn say_slow(output: &mut Output, what: &str, command: &SecretCommand) {
    output.say(&format!("waiting for the command {} to tell the {what}; 10 s at most", command.name()));
}

/// The flags as the config room takes them.
pub(super) fn flags(global: &Global) -> Flags {
    Flags {
        config: global.config.clone(),
        data_dir: global.data_dir.clone(),
        profile: global.profile.clone(),
        ascii: global.ascii.then_some(true),
    }
}

/// A larger file was not meant, in bytes.
pub(super) const INPUT_MAX: u64 = 64 << 20;

/// The text of a file that the user names, or of standard input for `-`; [`INPUT_MAX`] at most.
pub(super) fn read_input(file: &Path) -> io::Result<String> {
    if file.as_os_str() == "-" {
        read_at_most(io::stdin(), INPUT_MAX)
    } else {
        read_at_most(File::open(file)?, INPUT_MAX)
    }
}

/// Runs `work` on this thread.
pub(super) fn run<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Problem::new("machine", format!("no runtime: {error}")))?;
    Ok(runtime.block_on(work))
}

/// The one job that `reference` names.
pub(super) async fn find(journal: &Journal, reference: &str) -> Result<Job, Problem> {
    let mut found = journal.find(reference).await.map_err(|error| error.problem())?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Problem::new("no_such_job", format!("no job is named `{reference}`"))
            .hint("`taxiway list` shows the jobs")),
        _ => {
            let names: Vec<_> = found.iter().take(5).map(|job| job.id.to_string()).collect();
            let told = format!("`{reference}` could be any of the jobs {}", names.join(", "));
            Err(Problem::new("ambiguous", told).hint("give its number, or more of its task id"))
        }
    }
}

/// The jobs that `references` name, in their order, each once.
pub(super) async fn find_each(journal: &Journal, references: &[String]) -> Result<Vec<Job>, Problem> {
    let (mut seen, mut jobs) = (HashSet::new(), Vec::new());
    for reference in references {
        let job = find(journal, reference).await?;
        if seen.insert(job.id) {
            jobs.push(job);
        }
    }
    Ok(jobs)
}

/// The jobs of the journal that are `wanted`, the newest first, read a page at a time.
pub(super) async fn all_jobs(journal: &Journal, wanted: impl Fn(&Job) -> bool) -> Result<Vec<Job>, Problem> {
    let mut jobs = Vec::new();
    each_job(journal, |job| {
        jobs.extend(Some(job).filter(&wanted));
        ControlFlow::Continue(())
    })
    .await?;
    Ok(jobs)
}

/// Shows `see` the jobs of the journal, the newest first, until it has enough. So many are in memory at once
/// as a page has, whatever the journal holds.
pub(super) async fn each_job(
    journal: &Journal,
    mut see: impl FnMut(Job) -> ControlFlow<()>,
) -> Result<(), Problem> {
    let mut before = None;
    loop {
        let page = journal.page(before, 500).await.map_err(|error| error.problem())?;
        let Some(last) = page.last() else { return Ok(()) };
        before = Some(last.id);
        if page.into_iter().try_for_each(&mut see).is_break() {
            return Ok(());
        }
    }
}

/// Keeps a log of what a command does, for the rotating file in the data folder.
pub(super) fn keep_log(dir: &Path) -> Result<(), Problem> {
    super::logging::init(Some(dir), None).map_err(|error| {
        Problem::new("folder", format!("the log in {} cannot be written: {error}", dir.display()))
    })
}

/// Ends a command: done, or what went wrong.
pub(super) fn settle(outcome: Result<Exit, Problem>, output: &mut Output) -> Exit {
    let exit = outcome.unwrap_or_else(|problem| output.fail(&problem));
    output.ended(exit)
}

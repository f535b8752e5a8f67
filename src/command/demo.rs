//! `demo`: the dashboard on the embedded stand-in, with jobs already under way.

mod replay;

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::runtime;

use clap::Args;

use super::{
    Context, Exit, Output, args::Global, context::flags, context::settle, dashboard, follow::PATIENCE, linear,
};
use crate::{
    config::{Config, Sources, process_env},
    job::{Account, Change, Consent, Draft, Failure, Job, NewJob, Problem, Request},
    journal::{Entry, Journal, JournalError},
    stand_in::{Fate, Options, Seed, Service},
};

use replay::Replay;

/// The stand-in takes any key; this one looks like what it is.
const KEY: &str = "sk-nothing-is-spent-in-a-demo";
/// The name of the one sweep that is there at the start.
const SWEEP: &str = "5f0c6c1e-2f6b-4a62-9d0b-3a8f1c7de001";
/// A folder with this file in it is a demo's own, and may be used again.
const MARK: &str = "taxiway-demo";

/// The dashboard on an embedded stand-in service: no key, no network, nothing is spent
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  taxiway demo\n  taxiway demo --linear\n  taxiway demo --replay report.json"
)]
pub struct Demo {
    /// Ask and tell in plain lines, without a screen: for screen readers and dumb terminals
    #[arg(long)]
    pub linear: bool,
    /// Show the jobs of a report, with the service's last reply to each as it was recorded
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

/// What is said of a demo on its screen.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Where its files go.
    pub folder: String,
    /// The report whose replies are replayed.
    pub replay: Option<String>,
}

/// Runs the command.
pub(super) fn demo(global: Global, args: &Demo, as_lines: bool) -> Exit {
    let mut output = Output::of_process(global.json);
    let outcome = play(global, args.replay.as_deref(), as_lines || args.linear);
    settle(outcome, &mut output)
}

fn play(global: Global, replay: Option<&Path>, as_lines: bool) -> Result<Exit, Problem> {
    let replay = replay.map(Replay::read).transpose()?;
    if !as_lines {
        dashboard::check_terminal()?;
    }
    if global.read_only {
        return Err(Problem::new("read_only", "a demo writes its own journal: it cannot be read-only"));
    }
    let folder = Folder::make(&global)?;
    let machine = |error: std::io::Error| {
        Problem::new("machine", format!("the stand-in could not be started: {error}"))
    };
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(machine)?;
    let options = Options { scenario: crate::stand_in::Scenario::Demo, ..Options::default() };
    let service = runtime.block_on(Service::start(options)).map_err(machine)?;
    let sources = Sources { flags: flags(&global), env: &process_env };
    let mut config = Config::demo(&sources, folder.path(), &service.base_url(), KEY);
    // The stand-in is on this machine: news every second does no harm, and nobody waits long.
    config.poll.interval = Duration::from_secs(1);
    config.poll.jitter = Duration::from_millis(300);
    let journal = Journal::open(folder.path()).map_err(|error| error.problem())?;
    let account = config.account().unwrap_or_default();
    let script = Script { journal: &journal, service: &service, config: &config, account: &account };
    let seeded = runtime.block_on(async {
        match &replay {
            Some(replay) => replay.seed(&script).await,
            None => seed(&script).await,
        }
    });
    seeded.map_err(|error| error.problem())?;
    // Whoever made the report had the videos; here there are none to fetch.
    config.download.auto &= replay.is_none();
    let shown =
        Shown { folder: folder.path().display().to_string(), replay: replay.map(|replay| replay.name) };
    let mut context = Context { output: Output::of_process(global.json), config, global };
    let show = if as_lines { linear::show } else { dashboard::show };
    let exit = show(&mut context, journal, Some(shown))?;
    if exit != Exit::Signal(1) {
        context.output.say(&match &folder {
            Folder::Temporary(_) => "the demo is over; its journal and videos were thrown away".to_string(),
            Folder::Kept(dir) => format!("the demo is over; its journal and videos are in {}", dir.display()),
        });
    }
    Ok(exit)
}

/// Where a demo's files go: a temporary folder thrown away at the end, or the one that was asked for.
enum Folder {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn make(global: &Global) -> Result<Self, Problem> {
        let fault = |path: &Path, error: std::io::Error| {
            Problem::new("folder", format!("{} cannot be used for the demo: {error}", path.display()))
        };
        let Some(dir) = &global.data_dir else {
            let made = tempfile::Builder::new().prefix("taxiway-demo-").tempdir();
            return made.map(Self::Temporary).map_err(|error| fault(&std::env::temp_dir(), error));
        };
        let dir = std::path::absolute(dir).map_err(|error| fault(dir, error))?;
        fs::create_dir_all(&dir).map_err(|error| fault(&dir, error))?;
        let mut entries = fs::read_dir(&dir).map_err(|error| fault(&dir, error))?;
        if entries.next().is_some() && !dir.join(MARK).exists() {
            let told = format!("{} is not empty and not a demo's: the demo leaves it alone", dir.display());
            return Err(
                Problem::new("bad_input", told).hint("name an empty folder, or none for a temporary one")
            );
        }
        fs::write(dir.join(MARK), "made by `taxiway demo`; nothing in here was paid for\n")
            .map_err(|error| fault(&dir, error))?;
        Ok(Self::Kept(dir))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }
}

/// Jobs in different states, as a day's work would leave them.
async fn seed(script: &Script<'_>) -> Result<(), JournalError> {
    script.lost("A paper boat drifts down a rainy street", 41).await?;
    script.task("Fog rolls over a harbour at dawn, slow pan", 30, 5, 40, Fate::Succeed).await?;
    script.refused("A neon sign flickers on", 22).await?;
    let moderated =
        Fate::Fail { code: "SAFETY.INPUT.TEXT".into(), text: "The prompt was refused by moderation.".into() };
    script.task("Two knights duel in the rain", 16, 4, 20, moderated).await?;
    script.task("A cat yawns and stretches in the sun", 9, 6, 60, Fate::Succeed).await?;
    script.sweep("A balloon rises over green hills", 7).await?;
    script.held("Runway lights at dusk, a plane lifts off").await?;
    script.running("Waves break on black sand, aerial view", 25, 5, 60).await?;
    script.running("A lighthouse turns, stars wheel overhead", 12, 4, 30).await?;
    script.running("Steam rises from a cup by the window", 3, 20, 40).await?;
    script.preset("three takes").await
}

struct Script<'a> {
    journal: &'a Journal,
    service: &'a Service,
    config: &'a Config,
    account: &'a Account,
}

impl Script<'_> {
    async fn make(&self, prompt: &str, at: Timestamp) -> Result<Job, JournalError> {
        self.make_one_of(prompt, None, at).await
    }

    fn request(prompt: &str, seed: Option<u64>) -> Request {
        Request {
            seed,
            prompt_image: "https://example.com/still.jpg".into(),
            model: "gen4_turbo".into(),
            prompt_text: Some(prompt.into()),
            ratio: Some("1280:720".into()),
            duration: Some(5),
            ..Request::default()
        }
    }

    /// A job that is one of a sweep, with a seed, or alone.
    async fn make_one_of(&self, prompt: &str, seed: Option<u64>, at: Timestamp) -> Result<Job, JournalError> {
        let request = Self::request(prompt, seed);
        let group = seed.map(|_| SWEEP.to_string());
        let estimate = self.config.models.estimate(&request);
        let until = at.saturating_add(Consent::LASTS).unwrap_or(at);
        let consent = Some(Consent { until, holder: process::id(), patience: PATIENCE, born: None });
        let new =
            NewJob { request, account: self.account.clone(), estimate, consent, group, ..NewJob::default() };
        let mut jobs = self.journal.create(vec![new], at).await?;
        jobs.pop().ok_or(JournalError::NoSuchJob(crate::job::JobId(0)))
    }

    async fn step(&self, job: &Job, change: Change, at: Timestamp) -> Result<(), JournalError> {
        self.journal.apply(Entry { id: job.id, change, at, reply: None }).await.map(drop)
    }

    async fn held(&self, prompt: &str) -> Result<(), JournalError> {
        let job = self.make(prompt, ago(SignedDuration::from_mins(5))).await?;
        let problem = Problem::new("consent_ended", "Taxiway was left before it was sent").hint("r sends it");
        self.step(&job, Change::ConsentEnded(problem), ago(SignedDuration::from_mins(5))).await
    }

    async fn lost(&self, prompt: &str, minutes: i64) -> Result<(), JournalError> {
        let at = ago(SignedDuration::from_mins(minutes));
        let job = self.make(prompt, at).await?;
        self.step(&job, Change::Intent, at).await?;
        let told = "the connection was reset before the answer came: the task may exist and be billed";
        let problem = Problem::new("unsure", told).hint(
            "look into your account's list of tasks before you send it anew: it may be paid for already",
        );
        self.step(&job, Change::Lost { problem, request_id: None }, at).await
    }

    async fn refused(&self, prompt: &str, minutes: i64) -> Result<(), JournalError> {
        let at = ago(SignedDuration::from_mins(minutes));
        let job = self.make(prompt, at).await?;
        self.step(&job, Change::Intent, at).await?;
        let told = "Model variant gen4_turbo is not available";
        let failure = Failure { code: "model_not_available".into(), message: told.into() };
        let problem = Problem::new("model_not_available", told).hint("choose another model");
        self.step(&job, Change::Refused { failure, problem, request_id: None }, at).await
    }

    async fn task(
        &self,
        prompt: &str,
        minutes: i64,
        queue: u64,
        run: u64,
        fate: Fate,
    ) -> Result<(), JournalError> {
        self.under_way(prompt, Duration::from_secs(minutes.unsigned_abs() * 60), queue, run, fate).await
    }

    async fn running(&self, prompt: &str, seconds: u64, queue: u64, run: u64) -> Result<(), JournalError> {
        self.under_way(prompt, Duration::from_secs(seconds), queue, run, Fate::Succeed).await
    }

    async fn under_way(
        &self,
        prompt: &str,
        age: Duration,
        queue: u64,
        run: u64,
        fate: Fate,
    ) -> Result<(), JournalError> {
        let at = ago(SignedDuration::try_from(age).unwrap_or_default());
        let job = self.make(prompt, at).await?;
        self.follow(&job, age, (queue, run), fate).await
    }

    /// Three seeds in one go, of which one failed.
    async fn sweep(&self, prompt: &str, minutes: u64) -> Result<(), JournalError> {
        let age = Duration::from_secs(minutes * 60);
        let at = ago(SignedDuration::try_from(age).unwrap_or_default());
        let fault = "An unexpected error occurred.".to_string();
        let failed = Fate::Fail { code: "INTERNAL.BAD_OUTPUT.CODE01".into(), text: fault };
        for (seed, run, fate) in [(12, 44, Fate::Succeed), (13, 20, failed), (14, 52, Fate::Succeed)] {
            let job = self.make_one_of(prompt, Some(seed), at).await?;
            self.follow(&job, age, (5, run), fate).await?;
        }
        Ok(())
    }

    /// A form to begin from: three seeds, one of which will fail ([`UNLUCKY`](crate::stand_in::UNLUCKY)).
    async fn preset(&self, name: &str) -> Result<(), JournalError> {
        // Not the sweep's own: that would be asked about as a duplicate.
        let request = Self::request("A kite climbs over the dunes", None);
        let draft = Draft { seed: "12..14".into(), ..Draft::from(&request) };
        let value = serde_json::to_string(&draft).ok();
        self.journal.remember(format!("preset/{name}"), value).await
    }

    async fn follow(
        &self,
        job: &Job,
        age: Duration,
        (queue, run): (u64, u64),
        fate: Fate,
    ) -> Result<(), JournalError> {
        let at = job.created_at;
        self.step(job, Change::Intent, at).await?;
        let task_id = self.service.add_task(Seed {
            prompt: job.request.prompt_text.clone().unwrap_or_default(),
            model: "gen4_turbo".into(),
            age,
            queue: Duration::from_secs(queue),
            run: Duration::from_secs(run),
            fate,
        });
        self.step(job, Change::Accepted { task_id, request_id: None }, at).await
    }
}

fn ago(span: SignedDuration) -> Timestamp {
    Timestamp::now().saturating_sub(span).unwrap_or(Timestamp::UNIX_EPOCH)
}

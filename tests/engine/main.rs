//! The engine against the stand-in over real HTTP, with every fault that it has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper of a test may fail it")]

mod faults;
mod filing;
mod images;
mod money;
mod reconciling;
mod sending;
mod sharing;
mod sweeps;
mod troubles;
mod videos;
mod whole;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};
use taxiway::{
    config::{Config, Flags, Sources},
    engine::{
        self, Command, Engine, ImageFacts, Note, Reconciliation, Setup, Status, Told, Update, sidecar_path,
    },
    job::{Draft, Job, JobId, ModelTable, Problem, Request, ResultState, State},
    journal::Journal,
    stand_in::{self, Options, Scenario, Service},
};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// Nothing here takes a tenth of it; a test that meets it has failed.
const DEADLINE: Duration = Duration::from_secs(30);

/// A service with a scenario, and a data folder.
struct Stage {
    dir: TempDir,
    service: Service,
    config: Config,
}

impl Stage {
    async fn new(scenario: &str) -> Self {
        let scenario: Scenario = scenario.parse().unwrap();
        let service = Service::start(Options { scenario, ..Options::default() }).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path(), &service.base_url(), "sk-test-key-of-the-engine-1234");
        Self { dir, service, config }
    }

    fn scene(&self, name: &str) {
        self.service.set_scenario(name.parse().unwrap());
    }

    fn start(&self) -> Play {
        Play::start(&self.config)
    }

    fn posts(&self) -> usize {
        self.service.seen().iter().filter(|seen| seen.method == "POST").count()
    }
}

/// Settings that hurry: the stand-in is on this machine.
fn config(dir: &Path, service: &str, key: &str) -> Config {
    let env = |name: &str| match name {
        "COMETAPI_BASE_URL" => Some(service.to_string()),
        "COMETAPI_KEY" => Some(key.to_string()),
        "HOME" => Some(dir.display().to_string()),
        _ => None,
    };
    let flags = Flags { data_dir: Some(dir.join("data")), config: None, ..Flags::default() };
    let mut config = Config::load(&Sources { flags, env: &env });
    assert_eq!(config.faults, []);
    config.poll.interval = Duration::from_millis(20);
    config.poll.jitter = Duration::ZERO;
    config.poll.max_backoff = Duration::from_millis(80);
    config.poll.requests_per_second = 500;
    config.submit.connect_timeout = Duration::from_millis(500);
    config.submit.reply_timeout = Duration::from_secs(1);
    config.download.dir = dir.join("videos");
    config
}

fn request() -> Request {
    let draft = Draft {
        image: "https://example.com/cat.jpg".into(),
        prompt: "yawns".into(),
        model: "gen4_turbo".into(),
        ratio: "1280:720".into(),
        duration: "5".into(),
        ..Draft::default()
    };
    draft.parse(&ModelTable::default()).unwrap()
}

fn send_all(requests: Vec<Request>, count: u32, patience: u32, duplicate_ok: bool) -> Command {
    Command::Submit { ticket: 1, requests, count, parent: None, patience, duplicate_ok }
}

/// An engine and what it told.
struct Play {
    commands: mpsc::Sender<Command>,
    updates: mpsc::Receiver<Update>,
    jobs: HashMap<JobId, Job>,
    status: Status,
    answers: Vec<Result<Vec<JobId>, Problem>>,
    reconciled: Vec<Result<Reconciliation, Problem>>,
    /// What the key had used before and after a lost reply, in micro-dollars.
    used: HashMap<JobId, (u64, u64)>,
    /// What the screen had the journal remember.
    memos: Option<Vec<(String, String)>>,
    images: Vec<Result<ImageFacts, Problem>>,
    left: bool,
}

impl Play {
    fn start(config: &Config) -> Self {
        let journal = Journal::open(&config.data_dir).unwrap();
        let setup = Setup { journal, config: config.clone(), read_only: false, told: Told::All };
        Self::of(engine::start(setup).unwrap())
    }

    fn of(Engine { commands, updates, .. }: Engine) -> Self {
        let (jobs, status, answers) = (HashMap::new(), Status::default(), Vec::new());
        Self {
            commands,
            updates,
            jobs,
            status,
            answers,
            reconciled: Vec::new(),
            used: HashMap::new(),
            memos: None,
            images: Vec::new(),
            left: false,
        }
    }

    async fn take(&mut self) {
        match self.updates.recv().await {
            Some(Update::Jobs(jobs)) => self.jobs.extend(jobs.into_iter().map(|job| (job.id, job))),
            Some(Update::Status(status)) => self.status = status,
            Some(Update::Answer { outcome, .. }) => self.answers.push(outcome),
            Some(Update::Reconciled { outcome, .. }) => self.reconciled.push(outcome),
            Some(Update::Usage { id, before, after }) => {
                self.used.insert(id, (before.1.micros(), after.1.micros()));
            }
            Some(Update::Image { outcome, .. }) => self.images.push(outcome),
            Some(Update::Memos(memos)) => self.memos = Some(memos),
            Some(Update::Loaded) => assert!(self.memos.is_some(), "told before"),
            Some(Update::Left) | None => self.left = true,
            Some(_) => {}
        }
    }

    /// Takes updates in until `holds`; fails the test with what was told so far at the deadline.
    async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let wait = async {
            while !holds(self) {
                self.take().await;
                assert!(!self.left || holds(self), "the engine left before {what}");
            }
        };
        let came = tokio::time::timeout(DEADLINE, wait).await.is_ok();
        assert!(came, "{what} never came; jobs: {:#?}\nstatus: {:?}", self.jobs, self.status);
    }

    /// As `until`, for what the engine does not tell: looked at after each update, and every 10 ms.
    async fn until_true(&mut self, what: &str, holds: impl Fn() -> bool) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while !holds() {
            assert!(tokio::time::Instant::now() < deadline, "{what} never came");
            let _ = tokio::time::timeout(Duration::from_millis(10), self.take()).await;
        }
    }

    async fn ask(&mut self, command: Command) -> Result<Vec<JobId>, Problem> {
        let before = self.answers.len();
        self.commands.send(command).await.unwrap();
        self.until("the answer", |play| play.answers.len() > before).await;
        self.answers.pop().unwrap()
    }

    async fn submit_many(&mut self, count: u32, patience: u32) -> Vec<JobId> {
        self.ask(send_all(vec![request()], count, patience, true)).await.unwrap()
    }

    async fn submit(&mut self) -> JobId {
        self.submit_many(1, 1).await[0]
    }

    async fn until_state(&mut self, id: JobId, state: State) {
        self.until(state.word(), |play| play.jobs.get(&id).is_some_and(|job| job.state == state)).await;
    }

    async fn until_result(&mut self, id: JobId, state: ResultState) {
        let result = |job: &Job| job.result.as_ref().map(|result| result.state);
        self.until(state.word(), |play| play.jobs.get(&id).and_then(result) == Some(state)).await;
    }

    async fn leave(mut self) {
        self.commands.send(Command::Leave).await.unwrap();
        self.until("the end", |play| play.left).await;
        self.commands.closed().await;
    }

    fn problem(&self, id: JobId) -> &str {
        self.jobs[&id].problem.as_ref().map_or("", |problem| problem.code.as_str())
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The files in the folder of the videos, without the notes beside them.
fn video_files(config: &Config) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(&config.download.dir) else { return Vec::new() };
    let is_note = |path: &PathBuf| path.to_string_lossy().ends_with(".mp4.json");
    let mut files: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| !is_note(path)).collect();
    files.sort();
    files
}

/// The job's video is on disk, whole, with its note, and nothing of its making lies about.
fn assert_home(job: &Job) {
    let result = job.result.as_ref().unwrap();
    assert!(!result.files.is_empty());
    for file in &result.files {
        let bytes = std::fs::read(&file.path).unwrap();
        assert!(file.path.is_absolute());
        assert_eq!(bytes, stand_in::clip());
        assert_eq!((file.bytes, file.sha256.clone()), (bytes.len() as u64, sha256(&bytes)));
        let note = Note::read(&sidecar_path(&file.path)).unwrap();
        assert_eq!((note.uuid, note.bytes, note.sha256), (job.uuid.clone(), file.bytes, file.sha256.clone()));
        let left: Vec<_> = std::fs::read_dir(file.path.parent().unwrap()).unwrap().collect();
        let is_ours = |path: PathBuf| {
            let video = if path.extension().unwrap() == "json" { path.with_extension("") } else { path };
            video.extension().unwrap() == "mp4"
        };
        assert!(left.iter().all(|entry| is_ours(entry.as_ref().unwrap().path())), "{left:?}");
    }
}

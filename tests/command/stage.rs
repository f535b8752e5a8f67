//! A service, a machine for the program, and the program run on it.

use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::process::CommandExt,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use rustix::process::Signal;
use serde_json::Value;
use sha2::{Digest, Sha256};
use taxiway::stand_in::{Fate, Options, Seed, Service, clip};
use tokio::runtime::{self, Runtime};

use crate::common::{Home, PATIENCE, signal, wait_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_taxiway");
/// Nobody may ever see more of it than its end.
pub const KEY: &str = "sk-a-key-that-nobody-sees-7351";
/// A request that the service takes.
pub const GOOD: [&str; 5] = ["submit", "--image", "https://example.com/cat.jpg", "--prompt", "yawns"];

/// The stand-in service with a scenario, and a machine whose config names it.
pub struct Stage {
    pub service: Service,
    runtime: Runtime,
    pub home: Home,
    runs: AtomicU32,
}

impl Stage {
    pub fn new(scenario: &str) -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = Options { scenario: scenario.parse().unwrap(), ..Options::default() };
        let service = runtime.block_on(Service::start(options)).unwrap();
        let stage = Self { service, runtime, home: Home::new(), runs: AtomicU32::new(0) };
        stage.configure("");
        stage
    }

    /// A config file that hurries, since the service is on this machine, with `more` behind it.
    pub fn configure(&self, more: &str) {
        let file = self.config_file();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let poll = "[poll]\ninterval = \"50ms\"\njitter = \"0ms\"\nmax_backoff = \"200ms\"\n\
                    requests_per_second = 500\n";
        fs::write(file, format!("{poll}{more}")).unwrap();
    }

    pub fn config_file(&self) -> PathBuf {
        self.home.path().join("config/taxiway/config.toml")
    }

    pub fn videos(&self) -> PathBuf {
        self.home.path().join("Videos/taxiway")
    }

    /// Where the service listens.
    #[allow(dead_code, reason = "the chaos uses no TLS")]
    pub fn address(&self) -> SocketAddr {
        self.service.base_url().trim_start_matches("http://").parse().unwrap()
    }

    /// Waits for what is done beside the service.
    #[allow(dead_code, reason = "the chaos uses no TLS")]
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn scene(&self, scenario: &str) {
        self.service.set_scenario(scenario.parse().unwrap());
    }

    /// A task that the service knows, which has ended well; the journal does not know it.
    #[allow(dead_code, reason = "the chaos makes its own")]
    pub fn ended_task(&self) -> String {
        self.service.add_task(Seed {
            prompt: "yawns".into(),
            model: "gen4_turbo".into(),
            age: Duration::from_secs(60),
            queue: Duration::from_secs(5),
            run: Duration::from_secs(30),
            fate: Fate::Succeed,
        })
    }

    pub fn posts(&self) -> usize {
        self.service.seen().iter().filter(|seen| seen.method == "POST").count()
    }

    /// Waits until the service has seen so many requests with this method and this in their path.
    pub fn wait_for_requests(&self, count: usize, method: &str, path: &str) {
        let seen = self.service.wait_for(count, |seen| seen.method == method && seen.path.contains(path));
        let waited = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, seen).await });
        assert!(waited.is_ok(), "waited for {count} {method} of {path}");
    }

    /// Waits until the service has seen so many requests of any kind, but no longer than this.
    pub fn wait_for_any_requests(&self, count: usize, patience: Duration) {
        let seen = self.service.wait_for(count, |_| true);
        // That the time ran out is one of the two things waited for.
        let _ = self.runtime.block_on(async { tokio::time::timeout(patience, seen).await });
    }

    /// The program's whole environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let own = [("COMETAPI_BASE_URL", self.service.base_url()), ("COMETAPI_KEY", KEY.into())];
        self.home.environment().into_iter().chain(own.map(|(name, value)| (name.to_owned(), value))).collect()
    }

    /// Starts the program with other variables than usual; an empty value unsets one.
    pub fn start_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        self.spawn(arguments, variables, Stdio::null())
    }

    /// Starts the program with a pipe to its standard input.
    #[allow(dead_code, reason = "the chaos asks nothing")]
    pub fn start_talking(&self, arguments: &[&str]) -> (Running, ChildStdin) {
        let mut running = self.spawn(arguments, &[], Stdio::piped());
        let pipe = running.child.stdin.take().unwrap();
        (running, pipe)
    }

    fn spawn(&self, arguments: &[&str], variables: &[(&str, &str)], stdin: Stdio) -> Running {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let stream = |name: &str| self.home.path().join(format!("run-{run}.{name}"));
        let (out, err) = (stream("out"), stream("err"));
        let child = Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .envs(self.environment())
            .envs(variables.iter().copied())
            .current_dir(self.home.path())
            .stdin(stdin)
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            // As a shell with job control starts it.
            .process_group(0)
            .spawn()
            .unwrap();
        Running { command: arguments.join(" "), child, out, err }
    }

    pub fn start(&self, arguments: &[&str]) -> Running {
        self.start_with(arguments, &[])
    }

    /// Runs the program to its end with other variables than usual.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        self.start_with(arguments, variables).end()
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Runs a good request with these flags behind it.
    pub fn submit(&self, flags: &[&str]) -> Ran {
        self.run(&[&GOOD[..], flags].concat())
    }

    /// A running `watch` that owns the engine.
    pub fn owner(&self) -> Running {
        let owner = self.start(&["watch"]);
        owner.wait_for_talk("watching: sends, polls and downloads");
        owner
    }

    /// All jobs of the journal, the newest first.
    pub fn jobs(&self) -> Vec<Value> {
        let ran = self.run(&["list", "--json", "--limit", "10000"]);
        ran.ends(0);
        ran.json().as_array().unwrap().clone()
    }

    pub fn job(&self, id: u32) -> Value {
        let ran = self.run(&["show", &id.to_string(), "--json"]);
        ran.ends(0);
        ran.json()
    }

    /// Waits until the job is in this state, as the journal tells it.
    pub fn wait_for_state(&self, id: u32, state: &str) -> Value {
        wait_for(&format!("job {id} to be {state}"), PATIENCE, || {
            let jobs = self.jobs();
            jobs.into_iter().find(|job| job["id"] == id && job["state"] == state)
        })
    }

    /// Lets the program do all that is left to do.
    pub fn finish(&self) -> Ran {
        let ran = self.run(&["watch", "--until-idle"]);
        ran.ends(0);
        ran
    }

    /// Nothing was sent, and nothing would have been billed.
    pub fn assert_nothing_sent(&self) {
        assert_eq!((self.posts(), self.service.tasks_created()), (0, 0));
    }

    /// The files in the folder of the videos, without the notes beside them.
    pub fn video_files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.videos()) else { return Vec::new() };
        let is_note = |path: &PathBuf| path.to_string_lossy().ends_with(".mp4.json");
        entries.map(|entry| entry.unwrap().path()).filter(|path| !is_note(path)).collect()
    }
}

/// The job's video is on disk, whole, where and as the job says.
pub fn assert_home(job: &Value) {
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["result"]["state"], "saved", "{job}");
    let files = job["result"]["files"].as_array().unwrap();
    assert!(!files.is_empty(), "{job}");
    for file in files {
        let path = PathBuf::from(file["path"].as_str().unwrap());
        assert!(path.is_absolute(), "{job}");
        let bytes = fs::read(path).unwrap();
        assert_eq!(bytes, clip());
        assert_eq!(file["bytes"], bytes.len());
        assert_eq!(file["sha256"], hex::encode(Sha256::digest(&bytes)));
    }
}

pub fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

/// The program while it runs; killed when this goes.
pub struct Running {
    command: String,
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Running {
    /// What stands on standard output so far.
    pub fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// What stands on standard error so far.
    pub fn err(&self) -> String {
        fs::read_to_string(&self.err).unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn wait_for_talk(&self, words: &str) {
        wait_for(&format!("{words:?} from {}", self.command), PATIENCE, || {
            self.err().contains(words).then_some(())
        });
    }

    pub fn wait_for_data(&self, words: &str) {
        wait_for(&format!("{words:?} from {}", self.command), PATIENCE, || {
            self.out().contains(words).then_some(())
        });
    }

    pub fn signal(&self, sent: Signal) {
        signal(self.pid(), sent);
    }

    /// Whether it is no more.
    #[allow(dead_code, reason = "the chaos uses it")]
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills it, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills it, and says whether it was still there to be killed.
    pub fn kill_now(mut self) -> bool {
        let lives = self.child.try_wait().unwrap().is_none();
        self.kill();
        lives
    }

    /// Waits for its end.
    pub fn end(self) -> Ran {
        self.end_within(PATIENCE)
    }

    /// Waits for its end, but no longer than this.
    pub fn end_within(mut self, patience: Duration) -> Ran {
        let command = self.command.clone();
        let status = wait_for(&format!("the end of {command}"), patience, || self.child.try_wait().unwrap());
        let ran = Ran { command, status, out: self.out(), err: self.err() };
        // No command, whatever it is and however it ends, shows the key.
        assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY), "the key is shown: {ran:#?}");
        ran
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago, and that is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program once it has ended.
#[derive(Debug)]
pub struct Ran {
    command: String,
    status: ExitStatus,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// The code that it ended with by itself.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Fails unless it ended by itself with this code.
    #[track_caller]
    pub fn ends(&self, code: i32) {
        assert_eq!(self.status.code(), Some(code), "{}: {self:#?}", self.command);
    }

    /// Fails unless it was ended by signal 9.
    #[track_caller]
    pub fn was_killed(&self) {
        assert_eq!(self.status.signal(), Some(9), "{}: {self:#?}", self.command);
    }

    /// Fails unless all of these stand on standard error.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not said: {self:#?}");
        }
    }

    /// The one value on standard output; there is nothing else.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Fails unless standard output holds an error of this code, with its message, and nothing else.
    #[track_caller]
    pub fn fails_in_json(&self, code: &str) -> Value {
        let error = self.json();
        assert_eq!(error.as_object().unwrap().len(), 1, "{error}");
        let error = &error["error"];
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        assert!(error.as_object().unwrap().contains_key("hint"), "{error}");
        error.clone()
    }
}

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::SystemTime,
};

use jiff::Timestamp;
use taxiway::{
    job::{Account, Change, Consent, Job, JobId, NewJob, Phase, Problem, Report, Request},
    journal::{Entry, Journal},
};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_763_830_000 + second).unwrap()
}

/// A new job with a consent that `holder` holds until second 600.
pub fn held_by(holder: u32) -> NewJob {
    NewJob {
        request: Request {
            prompt_image: "https://example.com/cat.jpg".into(),
            model: "gen3a_turbo".into(),
            ..Request::default()
        },
        account: Account { service: "https://api.cometapi.com".into(), ..Account::default() },
        consent: Some(Consent { until: at(600), holder, patience: 15, born: None }),
        ..NewJob::default()
    }
}

pub fn new_job() -> NewJob {
    held_by(std::process::id())
}

pub async fn one(journal: &Journal) -> Job {
    journal.create(vec![new_job()], at(0)).await.unwrap().remove(0)
}

pub fn accepted(task_id: &str) -> Change {
    Change::Accepted { task_id: task_id.into(), request_id: Some("req-1".into()) }
}

pub fn lost() -> Change {
    Change::Lost { problem: Problem::new("unsure", "no reply"), request_id: None }
}

pub fn report(phase: Phase, progress: Option<f64>) -> Report {
    Report {
        phase,
        raw_status: Some(format!("{phase:?}")),
        progress,
        failure: None,
        urls: Vec::new(),
        started_at: None,
        finished_at: None,
    }
}

pub fn running(progress: f64) -> Change {
    Change::Reported(report(Phase::Running, Some(progress)))
}

pub fn succeeded() -> Change {
    let urls = vec!["https://h/v.mp4".into()];
    Change::Reported(Report { urls, ..report(Phase::Succeeded, None) })
}

/// Lets all of it happen to the job, a second apart from second 1 on.
pub async fn walk(journal: &Journal, id: JobId, changes: Vec<Change>) -> Job {
    let mut job = journal.job(id).await.unwrap().unwrap();
    for (second, change) in (1..).zip(changes) {
        job = journal.apply(Entry::new(id, change, at(second))).await.unwrap();
    }
    job
}

/// Every file of a folder: bytes, mode, time of the last write. Only while no journal is open in this
/// process: reading the database closes it again, which would drop SQLite's locks.
pub fn snapshot(dir: &Path) -> BTreeMap<String, (Vec<u8>, u32, SystemTime)> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let meta = entry.metadata().unwrap();
            let about =
                (fs::read(entry.path()).unwrap(), meta.permissions().mode(), meta.modified().unwrap());
            (entry.file_name().into_string().unwrap(), about)
        })
        .collect()
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Where a process of [`spawn`] finds the data folder.
const CHILD_DIR: &str = "JOURNAL_TEST_CHILD_DIR";

/// The data folder, in a process of [`spawn`]; none where the test was picked by hand.
pub fn child_dir() -> Option<std::path::PathBuf> {
    std::env::var_os(CHILD_DIR).map(Into::into)
}

/// A process of ours, killed with SIGKILL at the end.
pub struct Killed(Child);

impl Killed {
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Runs the ignored test `name` of this file in a process of its own, until it has said "ready".
pub fn spawn(name: &str, dir: &Path) -> Killed {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--ignored", "--nocapture"])
        .env(CHILD_DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("ready")), "{name} ended early");
    // Not closed before the child ends, so that it may go on to print.
    std::thread::spawn(move || lines.count());
    Killed(child)
}

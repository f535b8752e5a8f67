//! Submissions through random faults, with random kill -9 and restarts of the real program; then the books
//! of both sides are compared. `TAXIWAY_CHAOS_SEED` repeats the decisions of a run, `TAXIWAY_CHAOS_JOBS`
//! says how many jobs it makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a helper of a test may fail it"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../command/stage.rs"]
#[allow(dead_code, reason = "the tests of the command line use the rest")]
mod stage;

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;
use taxiway::stand_in::{Taken, clip};

use stage::{Ran, Running, Stage, assert_home, has_ending};

/// What the service takes to answer, or not, is what a run lasts: everything else hurries. With the account's
/// token each unsure job is looked for, while others are being sent, lost and killed.
const SETTINGS: &str = "timeout = \"1s\"\n[submit]\nconnect_timeout = \"1s\"\nreply_timeout = \"1s\"\n\
                        [profiles.default]\naccess_token = \"token-of-the-account-4711\"\n";
/// Known ones tell a task of the account's list from another job's, so that some are found again.
const MODELS: usize = 40;
/// Programs at work at once, beside a `watch`.
const PROGRAMS: usize = 5;
/// What the log says of a job that was given its task.
const FOUND: &str = "found in the account's task list";
/// Enough for the last `watch` of a long run.
const LONG: Duration = Duration::from_secs(600);

#[test]
fn a_short_run() {
    run(jobs_wanted(120));
}

#[test]
#[ignore = "takes minutes: cargo test --test chaos -- --ignored --nocapture"]
fn a_long_run() {
    // Some of them are killed before they made their jobs.
    run(jobs_wanted(1_100));
}

fn jobs_wanted(usual: usize) -> usize {
    std::env::var("TAXIWAY_CHAOS_JOBS").ok().map_or(usual, |count| count.parse().unwrap())
}

fn run(wanted: usize) {
    let seed = std::env::var("TAXIWAY_CHAOS_SEED").ok();
    let seed = seed.map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    eprintln!("TAXIWAY_CHAOS_SEED={seed} TAXIWAY_CHAOS_JOBS={wanted}");
    let begun = Instant::now();
    let mut chaos = Chaos::new(seed);
    while chaos.asked.values().sum::<usize>() < wanted {
        chaos.step();
    }
    chaos.running.drain(..).for_each(Running::kill);
    // A kill before the job was in the journal leaves none; all others are accounted for.
    let Chaos { stage, asked, killed, .. } = chaos;
    stage.scene("quick");
    finish(&stage);
    let held = compare(&stage, &asked);
    if !held.is_empty() {
        // What was provably never taken goes out at a new word.
        // By the time the last has its answer, the service may have called the first failed.
        assert!(matches!(command(&stage, &["send", "--yes"], &held).code(), Some(0 | 1)));
        finish(&stage);
        assert!(compare(&stage, &asked).is_empty());
    }
    let unsure = settle(&stage);
    finish(&stage);
    assert!(compare(&stage, &asked).is_empty());
    assert_eq!(unsure_jobs(&stage).len(), 0);
    let told_why = assert_videos(&stage, false);
    if !told_why.is_empty() {
        // That was the service's doing, and can be mended now.
        command(&stage, &["download"], &told_why).ends(0);
    }
    assert!(assert_videos(&stage, true).is_empty());
    assert_eq!(stage.service.leaked_keys(), 0);

    let jobs = stage.jobs();
    let count = |state: &str| jobs.iter().filter(|job| job["state"] == state).count();
    eprintln!(
        "{} jobs in {:.0} s: {} tasks, {} programs killed, {} held and sent again, {} unsure, {} saved of which {} \
         on a second word, {} failed as the service said, {} found again",
        jobs.len(),
        begun.elapsed().as_secs_f64(),
        stage.service.tasks_created(),
        killed,
        held.len(),
        unsure,
        count("succeeded"),
        told_why.len(),
        count("failed"),
        fs::read_to_string(stage.home.data_dir().join("taxiway.log")).unwrap().matches(FOUND).count(),
    );
}

/// A run under way.
struct Chaos {
    stage: Stage,
    rng: fastrand::Rng,
    /// How many jobs were asked for with each prompt; no two commands share one.
    asked: HashMap<String, usize>,
    /// The programs at work; a `watch` is one of them now and then.
    running: Vec<Running>,
    killed: usize,
}

impl Chaos {
    fn new(seed: u64) -> Self {
        let stage = Stage::new("chaos");
        let models = (0..MODELS).map(|model| format!("[models.m{model}]\nprice_per_task = 0.25\n"));
        stage.configure(&models.fold(SETTINGS.to_owned(), |settings, model| settings + &model));
        stage.service.set_seed(seed);
        let rng = fastrand::Rng::with_seed(seed);
        Self { stage, rng, asked: HashMap::new(), running: Vec::new(), killed: 0 }
    }

    /// One decision, and a while in which it may take effect.
    fn step(&mut self) {
        self.running.retain_mut(|program| !program.has_ended());
        match self.rng.u32(0..100) {
            0..60 if self.running.len() <= PROGRAMS => self.submit(),
            60..70 if self.running.len() <= PROGRAMS => self.running.push(self.stage.start(&["watch"])),
            70..90 => {
                if let Some(program) = self.any() {
                    self.killed += usize::from(program.kill_now());
                }
            }
            90..94 => {
                if let Some(mut program) = self.any() {
                    if !program.has_ended() {
                        program.signal(Signal::TERM);
                    }
                    self.running.push(program);
                }
            }
            _ => {}
        }
        let requests = self.stage.service.seen().len() + self.rng.usize(1..40);
        let patience = Duration::from_millis(self.rng.u64(10..200));
        self.stage.wait_for_any_requests(requests, patience);
    }

    fn any(&mut self) -> Option<Running> {
        let count = self.running.len();
        (count > 0).then(|| self.running.swap_remove(self.rng.usize(..count)))
    }

    fn submit(&mut self) {
        let fate = match self.rng.u32(0..12) {
            0 => " [fail]",
            1 => " [moderated]",
            _ => "",
        };
        let prompt = format!("flight {}{fate}", self.asked.len() + 1);
        // Of one job alone it is seen that none but it was sent.
        let count = if self.rng.u32(0..4) > 0 { 1 } else { self.rng.usize(2..6) };
        let number = count.to_string();
        let model = format!("m{}", self.rng.usize(..MODELS));
        let mut arguments = vec![
            "submit",
            "--image",
            "https://example.com/cat.jpg",
            "--prompt",
            &prompt,
            "--yes",
            "--count",
            &number,
            "--model",
            &model,
        ];
        if self.rng.u32(0..3) == 0 {
            arguments.push("--wait");
        }
        self.running.push(self.stage.start(&arguments));
        self.asked.insert(prompt, count);
    }
}

/// Runs a command with jobs behind it, each a word.
fn command(stage: &Stage, words: &[&str], ids: &[String]) -> Ran {
    let words: Vec<_> = words.iter().copied().chain(ids.iter().map(String::as_str)).collect();
    stage.start(&words).end_within(LONG)
}

fn finish(stage: &Stage) {
    stage.start(&["watch", "--until-idle"]).end_within(LONG).ends(0);
}

/// The journal against the ledger of the service. Gives the jobs that are held.
fn compare(stage: &Stage, asked: &HashMap<String, usize>) -> Vec<String> {
    let (jobs, ledger) = (stage.jobs(), stage.service.ledger());
    let tasks = ledger.iter().filter(|taken| taken.task.is_some()).count();
    assert_eq!(tasks, stage.service.tasks_created());
    let known: Vec<_> = jobs.iter().filter_map(|job| job["task_id"].as_str()).collect();
    assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len(), "two jobs share a task");

    let mut jobs_of: HashMap<&str, Vec<&Value>> = HashMap::new();
    for job in &jobs {
        jobs_of.entry(job["request"]["promptText"].as_str().unwrap()).or_default().push(job);
    }
    let mut taken_of: HashMap<&str, Vec<&Taken>> = HashMap::new();
    for taken in &ledger {
        taken_of.entry(&taken.prompt).or_default().push(taken);
    }
    assert!(jobs_of.keys().chain(taken_of.keys()).all(|prompt| asked.contains_key(*prompt)));
    for (prompt, count) in asked {
        let jobs = jobs_of.remove(prompt.as_str()).unwrap_or_default();
        let taken = taken_of.remove(prompt.as_str()).unwrap_or_default();
        compare_one(prompt, *count, &jobs, &taken);
    }
    jobs.iter().filter(|job| job["state"] == "held").map(|job| job["id"].to_string()).collect()
}

/// The jobs of one command against the requests that the service took for them.
fn compare_one(prompt: &str, count: usize, jobs: &[&Value], taken: &[&Taken]) {
    assert!(jobs.is_empty() || jobs.len() == count, "{prompt}: {} of {count} jobs", jobs.len());
    assert!(
        taken.len() <= jobs.len(),
        "{prompt}: {} requests for {} jobs: paid twice",
        taken.len(),
        jobs.len()
    );
    let tasks: BTreeSet<_> = taken.iter().filter_map(|taken| taken.task.as_deref()).collect();
    let known: BTreeSet<_> = jobs.iter().filter_map(|job| job["task_id"].as_str()).collect();
    assert!(known.is_subset(&tasks), "{prompt}: an id that the service never gave");
    let in_state = |state: &str| jobs.iter().filter(|job| job["state"] == state).count();
    // What was heard and made no task is unsure until the user settles it.
    let unsure = in_state("unsure") + in_state("not_created");
    assert!(taken.len() <= known.len() + unsure, "{prompt}: a task is lost: {jobs:#?}\n{taken:#?}");
    assert!(
        tasks.len() <= known.len() + in_state("unsure"),
        "{prompt}: a task is lost: {jobs:#?}\n{taken:#?}"
    );
    assert_eq!(known.len() + unsure + in_state("held"), jobs.len(), "{prompt}: {jobs:#?}");
    // Nothing is called failed that the service did not call failed, and the other way round.
    let fails = prompt.contains('[');
    for job in jobs.iter().filter(|job| job["task_id"].is_string()) {
        assert_eq!(job["state"], if fails { "failed" } else { "succeeded" }, "{job}");
    }
}

fn unsure_jobs(stage: &Stage) -> Vec<Value> {
    stage.jobs().into_iter().filter(|job| job["state"] == "unsure").collect()
}

/// As a user does who looks into the account: says which unsure jobs were never made, and gives one after
/// the other its task, until the program can tell the rest apart. Gives how many were unsure.
fn settle(stage: &Stage) -> usize {
    let unsure = unsure_jobs(stage);
    for job in &unsure {
        if lost_tasks(stage, job).is_empty() {
            command(stage, &["resolve", "--not-created"], &[job["id"].to_string()]).ends(0);
        }
    }
    loop {
        // Ends otherwise than with 0 as long as it leaves some open.
        command(stage, &["reconcile"], &[]);
        let open = unsure_jobs(stage);
        let Some(job) = open.first() else { break };
        let id = job["id"].to_string();
        match lost_tasks(stage, job).first() {
            Some(task) => command(stage, &["adopt", task, "--job"], &[id]).ends(0),
            None => command(stage, &["resolve", "--not-created"], &[id]).ends(0),
        }
    }
    unsure.len()
}

/// The tasks that were made with the job's prompt, and that no job has.
fn lost_tasks(stage: &Stage, job: &Value) -> Vec<String> {
    let known: BTreeSet<_> =
        stage.jobs().iter().filter_map(|job| job["task_id"].as_str().map(str::to_owned)).collect();
    let made =
        stage.service.ledger().into_iter().filter(|taken| job["request"]["promptText"] == taken.prompt);
    made.filter_map(|taken| taken.task).filter(|task| !known.contains(task)).collect()
}

/// Every video is on disk, whole, or its job says why not. Gives those that are not.
fn assert_videos(stage: &Stage, all: bool) -> Vec<String> {
    let mut without = Vec::new();
    let mut saved = 0;
    for job in stage.jobs().iter().filter(|job| job["state"] == "succeeded") {
        if job["result"]["state"] == "saved" {
            assert_home(job);
            saved += 1;
        } else {
            let why = job["error"]["message"].as_str().unwrap_or_default();
            assert!(!all && !why.is_empty(), "{job}");
            without.push(job["id"].to_string());
        }
    }
    let files = stage.video_files();
    let videos: Vec<_> = files.iter().filter(|path| has_ending(path, "mp4")).collect();
    assert_eq!(videos.len(), saved);
    for path in videos {
        assert_eq!(fs::read(path).unwrap(), clip(), "{}", path.display());
    }
    assert!(!all || !files.iter().any(|path| has_ending(path, "part")), "{files:?}");
    without
}

//! The poller: its schedule and its reader by themselves, and a whole engine under load.
//!
//!     cargo bench --bench poller
//!     cargo bench --bench poller -- live [jobs=10000] [secs=20] [change=0]
//!
//! `live` has an engine ask a server of this machine about `jobs` running tasks, each every 10 s, and tells what a
//! poll cost, how late it was, and what a tracked task takes in memory. With `change=100` a task has news every 100 s,
//! which with 10 s between polls is one poll in ten; with 0 it never has. Linux only: it reads `/proc`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench may fail, and tells on stdout"
)]

use std::{
    env, fs,
    hint::black_box,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use criterion::Criterion;
use jiff::Timestamp;
use taxiway::{
    comet::read_reply,
    config::{Config, Flags, Sources},
    engine::{self, Schedule, Setup, Told},
    job::{Job, JobId, Money, NewJob, Request, State},
    journal::Journal,
};

const KEY: &str = "sk-bench-key-of-the-poller-1234";
/// Between two polls of a task.
const INTERVAL: Duration = Duration::from_secs(10);

fn main() {
    let args: Vec<String> = env::args().collect();
    match args.get(1).map(String::as_str) {
        Some("live") => live(),
        Some("serve") => serve(),
        Some("fill") => fill(Path::new(&args[2]), &args[3], args[4].parse().unwrap()),
        Some("track") => track(Path::new(&args[2]), &args[3], args[4].parse().unwrap()),
        _ => {
            let mut criterion = Criterion::default().configure_from_args();
            schedule(&mut criterion);
            reader(&mut criterion);
            criterion.final_summary();
        }
    }
}

/// Ten thousand tasks in a hundred slots: the first is taken and gets its next turn.
fn schedule(criterion: &mut Criterion) {
    let base = tokio::time::Instant::now();
    let mut schedule = Schedule::new(base);
    (0..10_000).for_each(|id| schedule.set(JobId(id), base + INTERVAL * u32::try_from(id).unwrap() / 10_000));
    criterion.bench_function("schedule: take and set again, of 10,000", |bencher| {
        bencher.iter(|| {
            let due = schedule.next().unwrap();
            let id = schedule.pop_due(due).unwrap();
            schedule.set(id, due + INTERVAL);
        });
    });
}

fn reader(criterion: &mut Criterion) {
    let wrapped = reply(4711, 37);
    criterion.bench_function("reader: a wrapped reply of a running task", |bencher| {
        bencher.iter(|| read_reply(200, black_box(wrapped.as_bytes())));
    });
    let bare =
        r#"{"id":"task-4711","status":"RUNNING","createdAt":"2026-05-01T12:00:00.000Z","progress":0.37}"#;
    criterion.bench_function("reader: a bare reply of a running task", |bencher| {
        bencher.iter(|| read_reply(200, black_box(bare.as_bytes())));
    });
}

fn reply(id: usize, percent: u64) -> String {
    format!(
        r#"{{"code":"success","message":"","data":{{"task_id":"task-{id}","action":"IMAGE_TO_VIDEO","status":"IN_PROGRESS","fail_reason":"","submit_time":1777636800,"start_time":1777636810,"finish_time":0,"progress":"{percent}%","data":{{"id":"task-{id}","status":"RUNNING","createdAt":"2026-05-01T12:00:00.000Z","progress":0.{percent}}}}}}}"#
    )
}

fn arg(name: &str, default: u64) -> u64 {
    let found = env::args().find_map(|arg| arg.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
    found.unwrap_or(default)
}

fn own(args: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(args);
    command
}

/// Ends a helper however this process ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn live() {
    let (jobs, secs) = (arg("jobs", 10_000), arg("secs", 20).to_string());
    let mut server = own(&["serve", &format!("change={}", arg("change", 0))]);
    let mut server = Server(server.stdout(Stdio::piped()).spawn().unwrap());
    let mut address = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let mut pss = Vec::new();
    for count in [0, jobs] {
        let dir = tempfile::tempdir().unwrap();
        let (path, count) = (dir.path().to_str().unwrap(), count.to_string());
        assert!(own(&["fill", path, address.trim(), &count]).status().unwrap().success());
        let secs = if count == "0" { "2" } else { &secs };
        let told = own(&["track", path, address.trim(), secs]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let (figures, kib) = told.trim().rsplit_once(' ').unwrap();
        if count != "0" {
            println!("{figures}");
        }
        pss.push(kib.parse::<f64>().unwrap());
    }
    println!("memory: {:.2} KiB a task", (pss[1] - pss[0]) / jobs as f64);
}

fn config(dir: &Path, address: &str) -> Config {
    let env = |name: &str| match name {
        "COMETAPI_BASE_URL" => Some(format!("http://{address}")),
        "COMETAPI_KEY" => Some(KEY.into()),
        "HOME" => Some(dir.display().to_string()),
        _ => None,
    };
    let flags = Flags { data_dir: Some(dir.join("data")), ..Flags::default() };
    let mut config = Config::load(&Sources { flags, env: &env });
    config.poll.interval = INTERVAL;
    config.poll.jitter = Duration::ZERO;
    // A little more than is due, so that the slots and not the limit give the pace.
    config.poll.requests_per_second = 1_100;
    config
}

/// Puts running jobs into a journal.
fn fill(dir: &Path, address: &str, count: i64) {
    let config = config(dir, address);
    let now = Timestamp::now();
    let job = |id: i64| {
        let request = Request {
            prompt_image: format!("https://images.example.org/holiday/2026/beach-{id:05}.jpg"),
            model: "gen4_turbo".into(),
            prompt_text: Some(format!(
                "A slow dolly shot along the beach at dawn, take {id}, the waves roll in and gulls rise"
            )),
            ratio: Some("1280:720".into()),
            duration: Some(5),
            ..Request::default()
        };
        let (account, estimate) = (config.account().unwrap(), Some(Money::from_micros(250_000)));
        let new = NewJob { request, account, estimate, ..NewJob::default() };
        let mut job = Job::new(JobId(id + 1), format!("01234567-89ab-cdef-0123-{id:012}"), new, now);
        (job.state, job.task_id) = (State::Running, Some(format!("task-{id}")));
        (job.sent_at, job.submitted_at, job.first_seen_at) = (Some(now), Some(now), Some(now));
        (job.started_at, job.raw_status) = (Some(now), Some("IN_PROGRESS".into()));
        job
    };
    let jobs = (0..count).map(job).collect();
    let journal = Journal::open(&config.data_dir).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(journal.import(jobs, now)).unwrap();
}

/// Runs an engine, and tells what its polls cost and, as the last word, its memory in KiB.
fn track(dir: &Path, address: &str, secs: u64) {
    let config = config(dir, address);
    let journal = Journal::open(&config.data_dir).unwrap();
    let mut engine = engine::start(Setup { journal, config, read_only: false, told: Told::News }).unwrap();
    let told = Arc::new(Mutex::new(0_u64));
    let heard = Arc::clone(&told);
    thread::spawn(move || {
        while engine.updates.blocking_recv().is_some() {
            *heard.lock().unwrap() += 1;
        }
    });
    // The first polls come after an interval, all together; a second round finds them spread.
    thread::sleep(if secs > 2 { INTERVAL * 5 / 2 } else { Duration::from_secs(1) });
    ask(address, "/stats");
    let (cpu, wakes, updates) = (usage(0), usage(1), *told.lock().unwrap());
    let begun = Instant::now();
    thread::sleep(Duration::from_secs(secs));
    let (cpu, wakes, updates) = (usage(0) - cpu, usage(1) - wakes, *told.lock().unwrap() - updates);
    let wall = begun.elapsed().as_secs_f64();
    let stats = ask(address, "/stats");
    let polls: f64 = stats.split_once(' ').unwrap().0.parse::<f64>().unwrap().max(1.0);
    println!(
        "polls a second: {:.0}, CPU a poll: {:.1} us, wake-ups a poll: {:.3}, updates a second: {:.0}, {} {}",
        polls / wall,
        cpu as f64 / 1e3 / polls,
        wakes as f64 / polls,
        updates as f64 / wall,
        stats.split_once(' ').unwrap().1,
        pss()
    );
}

/// Of all threads so far: nanoseconds of CPU, or how often they went to sleep and were woken.
fn usage(kind: usize) -> u64 {
    let of = |task: &Path| -> Option<u64> {
        if kind == 0 {
            return fs::read_to_string(task.join("schedstat")).ok()?.split(' ').next()?.parse().ok();
        }
        let status = fs::read_to_string(task.join("status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?.trim().parse().ok()
    };
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks.filter_map(|task| of(&task.ok()?.path())).sum()
}

fn pss() -> u64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What a server of ours answers.
fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// When each task was asked about last, and the pauses between its polls in microseconds.
#[derive(Default)]
struct Seen {
    last: Vec<Option<Instant>>,
    pauses: Vec<u128>,
}

/// Answers polls, on a port that it tells, a thread for each connection.
fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    let (seen, begun, change) = (Arc::new(Mutex::new(Seen::default())), Instant::now(), arg("change", 0));
    for stream in listener.incoming() {
        let seen = Arc::clone(&seen);
        thread::spawn(move || answer(stream.unwrap(), &seen, begun, change));
    }
}

fn answer(mut stream: TcpStream, seen: &Mutex<Seen>, begun: Instant, change: u64) {
    stream.set_nodelay(true).unwrap();
    let mut buffer = [0; 4096];
    let mut filled = 0;
    while let Ok(count @ 1..) = stream.read(&mut buffer[filled..]) {
        filled += count;
        if !buffer[..filled].ends_with(b"\r\n\r\n") {
            continue;
        }
        let head = str::from_utf8(&buffer[..filled]).unwrap();
        let path = head.split(' ').nth(1).unwrap();
        let is_last = path == "/stats";
        let body = match path.rsplit_once("/task-").and_then(|(_, id)| id.parse().ok()) {
            Some(id) => {
                note(&mut seen.lock().unwrap(), id);
                let moved =
                    (begun.elapsed().as_secs() * 10_000 + id as u64 * change).checked_div(change * 10_000);
                reply(id, 10 + moved.unwrap_or(0) % 80)
            }
            None if is_last => tell(&mut seen.lock().unwrap()),
            None => "{}".into(),
        };
        let reply = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(reply.as_bytes()).is_err() || is_last {
            return;
        }
        filled = 0;
    }
}

fn note(seen: &mut Seen, id: usize) {
    let now = Instant::now();
    if seen.last.len() <= id {
        seen.last.resize(id + 1, None);
    }
    if let Some(last) = seen.last[id].replace(now) {
        seen.pauses.push(now.duration_since(last).as_micros());
    }
}

/// How many polls there were since the last telling, and between those of a task the shortest and longest pause.
fn tell(seen: &mut Seen) -> String {
    let mut pauses = std::mem::take(&mut seen.pauses);
    pauses.sort_unstable();
    let at = |percent: usize| pauses.get(pauses.len() * percent / 100).map_or(0.0, |us| *us as f64 / 1e6);
    let longest = pauses.last().map_or(0.0, |us| *us as f64 / 1e6);
    let oldest = seen.last.iter().flatten().map(Instant::elapsed).max().unwrap_or_default().as_secs_f64();
    format!(
        "{} seconds between polls of a task: least {:.3}, median {:.3}, p99 {:.3}, most {longest:.3}; {} tasks seen, \
         the longest ago {oldest:.1} s;",
        pauses.len(),
        at(0),
        at(50),
        at(99),
        seen.last.iter().flatten().count()
    )
}

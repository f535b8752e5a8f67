//! What the journal's writes cost, each on disk when it counts, and its windows among 100,000 jobs.
//!
//! The 100,000 are made once and kept in cargo's folder for such things.
#![allow(missing_docs, reason = "the macros of criterion make functions without")]
#![allow(clippy::unwrap_used, reason = "where the disk does not do its part there is nothing to measure")]

#[path = "common/fill.rs"]
mod fill;

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::Duration,
};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use taxiway::{
    job::{Change, Consent, Filter, Job, JobId, NewJob, Order, Phase, Report, Request},
    journal::{Entry, Journal, Reader, Search, standing},
};
use tokio::runtime::{Builder, Runtime};

const JOBS: usize = 100_000;
/// A journal of another number is made anew.
const VERSION: u32 = 1;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn filled(dir: &Path, jobs: usize, live: usize) {
    let journal = Journal::open(dir).unwrap();
    runtime()
        .block_on(fill::fill(&journal, fill::Filling { jobs, live, seed: 1, now: now() }, |_| {}))
        .unwrap();
}

/// The folder of a journal with [`JOBS`], 1,000 of them live.
fn large() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("journal-{JOBS}-{VERSION}"));
    if !dir.exists() {
        // Under its name it is whole, whatever ends us.
        let making = dir.with_extension("making");
        let _ = fs::remove_dir_all(&making);
        filled(&making, JOBS, 1_000);
        fs::rename(making, &dir).unwrap();
    }
    // Brings an older schema up to date.
    drop(Journal::open(&dir).unwrap());
    dir
}

fn new_job() -> NewJob {
    let request = Request {
        prompt_image: "https://images.example.com/cat.jpg".into(),
        model: "gen4_turbo".into(),
        prompt_text: Some("a cat yawns in the morning sun".into()),
        ratio: Some("1280:720".into()),
        duration: Some(5),
        ..Request::default()
    };
    let consent = Consent { until: now() + Consent::LASTS, holder: 1, patience: 15, born: None };
    NewJob { request, account: fill::account(), consent: Some(consent), ..NewJob::default() }
}

/// What stands between the user's word and the first poll: the job, the intent and the id, each a commit.
async fn submit(journal: &Journal, number: u64) {
    let id = journal.create(vec![new_job()], now()).await.unwrap().first().unwrap().id;
    journal.apply(Entry::new(id, Change::Intent, now())).await.unwrap();
    let accepted = Change::Accepted { task_id: format!("bench-{number}"), request_id: None };
    journal.apply(Entry::new(id, accepted, now())).await.unwrap();
}

fn writes(criterion: &mut Criterion) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    filled(dir.path(), 10_000, 1_000);
    let journal = Journal::open(dir.path()).unwrap();
    let runtime = runtime();
    let live: Vec<JobId> = runtime
        .block_on(journal.unfinished())
        .unwrap()
        .iter()
        .filter(|job| job.state.is_polled())
        .map(|job| job.id)
        .collect();
    let mut group = criterion.benchmark_group("journal write");
    group.sample_size(20);
    let mut number = 0;
    group.bench_function("a submission: job, intent, id", |bench| {
        bench.iter(|| {
            number += 1;
            runtime.block_on(submit(&journal, number));
        });
    });
    // Another word each time, so that it is news each time.
    let mut round = 0_u32;
    for count in [1, 100, 1_000] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("news", count), |bench| {
            bench.iter_batched(
                || {
                    round += 1;
                    let raw_status = Some(format!("RUNNING {round}"));
                    let report = Report { raw_status, ..fill::report(Phase::Running) };
                    let entry = |id: &JobId| {
                        Entry::new(*id, Change::Reported(report.clone()), now())
                            .reply(200, r#"{"status":"RUNNING"}"#)
                    };
                    live.iter().take(count).map(entry).collect::<Vec<_>>()
                },
                |entries| black_box(runtime.block_on(journal.apply_all(entries)).unwrap()),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn windows(criterion: &mut Criterion) {
    let dir = large();
    let reader = Reader::open(&dir).unwrap();
    let middle = JobId(i64::try_from(JOBS / 2).unwrap());
    let mut group = criterion.benchmark_group("journal window");
    group.bench_function("newest 50", |bench| bench.iter(|| reader.page(None, 50).unwrap()));
    group.bench_function("50 in the middle", |bench| bench.iter(|| reader.page(Some(middle), 50).unwrap()));
    group.bench_function("all of a job", |bench| bench.iter(|| reader.detail(middle).unwrap()));
    group.bench_function("the unfinished", |bench| bench.iter(|| reader.unfinished().unwrap()));
    let account = fill::account();
    group.bench_function("how everything stands", |bench| {
        bench.iter(|| standing(&dir, Some(&account), taxiway::job::Money::default(), now()).unwrap());
    });
    group.finish();
}

fn searches(criterion: &mut Criterion) {
    let reader = Reader::open(&large()).unwrap();
    let mut group = criterion.benchmark_group("journal search");
    group.sample_size(10);
    // Many hits, some, none.
    for words in ["harbour", "harbour canal", "state:failed", "zeppelin"] {
        let search = || Search::new(Filter::parse(words).unwrap(), Order::default(), now());
        group.bench_function(BenchmarkId::new("first window", words), |bench| {
            bench.iter_batched_ref(search, |search| reader.search(search).unwrap(), BatchSize::SmallInput);
        });
        group.bench_function(BenchmarkId::new("all", words), |bench| {
            bench.iter_batched_ref(
                search,
                |search| {
                    let mut count = 0;
                    while !search.is_done() {
                        count += reader.search(search).unwrap().len();
                    }
                    count
                },
                BatchSize::SmallInput,
            );
        });
    }
    let ids: Vec<JobId> = reader.page(None, 50).unwrap().iter().map(|job: &Job| job.id).collect();
    group.bench_function("50 jobs by number", |bench| bench.iter(|| reader.jobs(&ids).unwrap()));
    group.bench_function("a filter read", |bench| {
        bench
            .iter(|| Filter::parse(black_box("state:failed model:gen4 harbour !tag:keep age:<30d")).unwrap());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3));
    targets = writes, windows, searches
}
criterion_main!(benches);

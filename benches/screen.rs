//! What a draw, a key, a burst of news, a word in the filter and a paste cost the screen's thread.
#![allow(missing_docs, reason = "the macros of criterion make functions without")]

#[path = "common/fill.rs"]
mod fill;

use std::{
    collections::BTreeMap,
    hint::black_box,
    io,
    time::{Duration, Instant},
};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::layout::Size;
use taxiway::{
    config::{Config, Flags, Sources},
    dashboard::{Effect, Facts, Message, Model, Screen, frames::Frames, update},
    engine::{Found, Role, Status, Update, Wanted},
    job::{Change, Filter, Job, JobId, Order, Phase, Report},
};

const SIZE: (u16, u16) = (120, 40);
/// The newest jobs that the engine tells at the start, beside those that are live.
const NEWEST: usize = 100;
/// As the event loop takes updates.
const BATCH: usize = 256;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap_or_default()
}

fn config() -> Config {
    let env = |name: &str| {
        Some(match name {
            "HOME" => "/home/u".into(),
            "COMETAPI_KEY" => fill::known::KEY.into(),
            "COMETAPI_BASE_URL" => fill::known::SERVICE.into(),
            _ => return None,
        })
    };
    Config::load(&Sources { flags: Flags::default(), env: &env })
}

fn facts() -> Facts {
    Facts {
        now: now(),
        tz: TimeZone::UTC,
        config: config(),
        size: SIZE,
        ascii: false,
        color: true,
        demo: None,
        replay: None,
        read_only: false,
        remote: "u@host".into(),
        plain_locale: false,
        told: None,
        luck: 7,
    }
}

fn jobs(count: usize, live: usize) -> Vec<Job> {
    fill::jobs(fill::Filling { jobs: count, live, seed: 1, now: now() })
}

/// A screen and what stands around it: a terminal whose bytes go nowhere, and the journal that it reads.
struct Stage {
    model: Model,
    frames: Frames<io::Sink>,
    journal: BTreeMap<JobId, Job>,
    /// How long the screen's own thread was at work.
    busy: Duration,
}

impl Stage {
    /// One that was told of so many jobs as the engine tells of them.
    fn new(count: usize, live: usize) -> Self {
        let size = Box::new(|| Ok(Size::new(SIZE.0, SIZE.1)));
        let journal: BTreeMap<_, _> = jobs(count, live).into_iter().map(|job| (job.id, job)).collect();
        let frames = Frames::new(io::sink(), size);
        let mut stage = Self { model: Model::new(facts()), frames, journal, busy: Duration::ZERO };
        let newest = stage.journal.values().rev().take(NEWEST);
        let told = stage.journal.values().filter(|job| job.is_live()).chain(newest).cloned().collect();
        stage.send(Message::Updates(vec![
            Update::Status(Status { role: Role::Owner, ..Status::default() }),
            Update::Found(Found::Jobs { jobs: told, gone: Vec::new() }),
            Update::Loaded,
        ]));
        stage.press(KeyCode::Char('2'));
        stage.draw();
        stage
    }

    /// Lets this happen, and answers what the screen asks of the journal then.
    fn send(&mut self, message: Message) {
        let mut next = Some(message);
        while let Some(message) = next.take() {
            let begun = Instant::now();
            let effects = black_box(update(&mut self.model, message));
            self.busy += begun.elapsed();
            let answers: Vec<_> = effects.into_iter().filter_map(|effect| self.answer(effect)).collect();
            next = (!answers.is_empty()).then_some(Message::Updates(answers));
        }
    }

    fn answer(&self, effect: Effect) -> Option<Update> {
        let found = match effect {
            Effect::Find(Wanted::Rows { seq, filter, order }) => {
                let total = self.journal.values().filter(|job| !job.archived).count();
                let newest = self.journal.keys().next_back().copied().unwrap_or(JobId(0));
                Found::Rows {
                    seq,
                    ids: self.passing(&filter, order),
                    first: true,
                    last: true,
                    total: (total, newest),
                }
            }
            Effect::Find(Wanted::Jobs(ids)) => {
                let jobs = ids.iter().filter_map(|id| self.journal.get(id)).cloned().collect();
                Found::Jobs { jobs, gone: Vec::new() }
            }
            _ => return None,
        };
        Some(Update::Found(found))
    }

    fn passing(&self, filter: &Filter, order: Order) -> Vec<JobId> {
        let mut jobs: Vec<_> = self.journal.values().filter(|job| filter.matches(job, now())).collect();
        jobs.sort_by(|one, two| order.compare(one, two));
        jobs.iter().map(|job| job.id).collect()
    }

    fn press(&mut self, code: KeyCode) {
        self.send(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    fn draw(&mut self) {
        let begun = Instant::now();
        let (model, size) = (&self.model, Size::new(SIZE.0, SIZE.1));
        // A sink does not fail.
        let _ = black_box(self.frames.draw(size, |buffer| model.draw(buffer)));
        self.busy += begun.elapsed();
    }

    /// How long the screen's own thread is at work with this, so many times over; the journal's part is not in it.
    fn busy_with(&mut self, times: u64, mut what: impl FnMut(&mut Self)) -> Duration {
        self.busy = Duration::ZERO;
        (0..times).for_each(|_| what(self));
        self.busy
    }
}

fn draws(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw");
    for count in [10, 10_000, 100_000] {
        let mut stage = Stage::new(count, count / 100);
        group.bench_function(BenchmarkId::from_parameter(count), |bench| {
            bench.iter_custom(|times| stage.busy_with(times, Stage::draw));
        });
    }
    group.finish();
}

/// Moves the selection, which is not at the window's end.
fn keys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("key");
    for count in [10, 1_000, 10_000, 100_000] {
        let mut stage = Stage::new(count, count / 100);
        let mut keys = ['j', 'k'].into_iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(count), |bench| {
            bench.iter_custom(|times| {
                stage.busy_with(times, |stage| {
                    stage.press(KeyCode::Char(keys.next().unwrap_or('j')));
                    stage.draw();
                })
            });
        });
    }
    group.finish();
}

/// A row further down with each key, at the window's end, with the jobs that have to be read for it.
fn scrolling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scroll a row");
    let mut stage = Stage::new(100_000, 1_000);
    for _ in 0..SIZE.1 {
        stage.press(KeyCode::Char('j'));
    }
    let mut down = 0;
    group.bench_function(BenchmarkId::from_parameter(100_000), |bench| {
        bench.iter_custom(|times| {
            stage.busy_with(times, |stage| {
                down += 1;
                // Again from the top before the end is reached.
                if down % 90_000 == 0 {
                    stage.press(KeyCode::Char('g'));
                }
                stage.press(KeyCode::Char('j'));
                stage.draw();
            })
        });
    });
    group.finish();
}

/// News of so many live jobs, each of which is a little further.
fn news(live: &[Job], round: u32) -> Vec<Update> {
    let report =
        Report { progress: Some(f64::from(round % 1_000) / 1_000.0), ..fill::report(Phase::Running) };
    let further = |job: &Job| {
        let mut job = job.clone();
        // A queued or running job takes this report.
        let _ = job.apply(&Change::Reported(report.clone()), now());
        Update::Jobs(vec![job])
    };
    live.iter().map(further).collect()
}

/// 10,000 updates in batches as the loop takes them; the draws between are not in it, for there are 30 a second
/// whatever comes.
fn bursts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("burst");
    group.throughput(Throughput::Elements(10_000)).sample_size(10);
    for count in [10_000, 100_000] {
        let mut stage = Stage::new(count, 1_000);
        let live: Vec<Job> = stage.journal.values().filter(|job| job.state.is_polled()).cloned().collect();
        let mut round = 0;
        group.bench_function(BenchmarkId::new("10000 updates", count), |bench| {
            bench.iter_custom(|times| {
                stage.busy_with(times, |stage| {
                    round += 10;
                    let updates: Vec<_> = (0..10).flat_map(|step| news(&live, round + step)).collect();
                    for batch in updates.chunks(BATCH) {
                        stage.send(Message::Updates(batch.to_vec()));
                    }
                })
            });
        });
    }
    group.finish();
}

/// Each letter of a word in the filter's line, what the journal answers, and the draw after it.
fn filter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filter");
    group.sample_size(10);
    let mut stage = Stage::new(100_000, 1_000);
    group.bench_function("a word typed among 100000", |bench| {
        bench.iter_custom(|times| {
            stage.busy_with(times, |stage| {
                for key in "/harbour".chars() {
                    stage.press(KeyCode::Char(key));
                    stage.draw();
                }
                stage.press(KeyCode::Esc);
            })
        });
    });
    group.finish();
}

fn paste(criterion: &mut Criterion) {
    let words = (0..).flat_map(|number| format!("w{number:05} ").into_bytes());
    let text: String = words.take(20_000).map(char::from).collect();
    criterion.bench_function("paste of 20000 characters", |bench| {
        bench.iter_batched_ref(
            || {
                let mut stage = Stage::new(10, 0);
                stage.press(KeyCode::Char('1'));
                stage.press(KeyCode::Tab);
                stage
            },
            |stage| {
                stage.send(Message::Paste(text.clone()));
                stage.draw();
            },
            BatchSize::LargeInput,
        );
    });
}

/// With so much in the prompt, what each further key costs.
fn keys_beside_a_long_prompt(criterion: &mut Criterion) {
    let mut stage = Stage::new(1_000, 10);
    stage.press(KeyCode::Char('1'));
    stage.press(KeyCode::Tab);
    stage.send(Message::Paste("a cat ".repeat(3_333)));
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('2'));
    let mut keys = ['j', 'k'].into_iter().cycle();
    criterion.bench_function("key beside a prompt of 20000 characters", |bench| {
        bench.iter_custom(|times| {
            stage.busy_with(times, |stage| {
                stage.press(KeyCode::Char(keys.next().unwrap_or('j')));
                stage.draw();
            })
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3));
    targets = draws, keys, scrolling, bursts, filter, paste, keys_beside_a_long_prompt
}
criterion_main!(benches);

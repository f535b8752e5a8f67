//! What a draw, a key, a burst of news, a word in the filter and a paste cost the screen's thread.
#![allow(missing_docs, reason = "the macros of criterion make functions without")]

#[path = "common/fill.rs"]
mod fill;

use std::{hint::black_box, io, time::Duration};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use taxiway::{
    config::{Config, Flags, Sources},
    dashboard::{Facts, Message, Model, update, view},
    engine::{Role, Status, Update},
    job::{Change, Job, Phase, Report},
};

const SIZE: (u16, u16) = (120, 40);
/// As the engine tells the history.
const PIECE: usize = 1_000;
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

/// A screen that was told of so many jobs.
fn screen(count: usize, live: usize) -> Model {
    let mut model = Model::new(facts());
    let status = Status { role: Role::Owner, ..Status::default() };
    let mut told = vec![Update::Status(status)];
    told.extend(jobs(count, live).chunks(PIECE).map(|piece| Update::Jobs(piece.to_vec())));
    told.push(Update::Loaded);
    update(&mut model, Message::Updates(told));
    press(&mut model, KeyCode::Char('2'));
    model
}

fn press(model: &mut Model, code: KeyCode) {
    black_box(update(model, Message::Key(KeyEvent::new(code, KeyModifiers::NONE))));
}

/// A terminal whose bytes go nowhere.
fn terminal() -> Terminal<CrosstermBackend<io::Sink>> {
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    Terminal::with_options(CrosstermBackend::new(io::sink()), options).unwrap_or_else(|error| {
        // A sink does not fail.
        unreachable!("{error}")
    })
}

fn draw(terminal: &mut Terminal<CrosstermBackend<io::Sink>>, model: &Model) {
    // A sink does not fail.
    let _ = black_box(terminal.draw(|frame| view(model, frame)));
}

fn draws(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw");
    for count in [10, 10_000, 100_000] {
        let model = screen(count, count / 100);
        let mut terminal = terminal();
        group.bench_with_input(BenchmarkId::from_parameter(count), &model, |bench, model| {
            bench.iter(|| draw(&mut terminal, model));
        });
    }
    group.finish();
}

fn keys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("key");
    for count in [10, 10_000, 100_000] {
        let mut model = screen(count, count / 100);
        let mut terminal = terminal();
        let mut keys = ['j', 'k'].into_iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(count), |bench| {
            bench.iter(|| {
                press(&mut model, KeyCode::Char(keys.next().unwrap_or('j')));
                draw(&mut terminal, &model);
            });
        });
    }
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
        let live: Vec<Job> = jobs(count, 1_000).into_iter().filter(|job| job.state.is_polled()).collect();
        let mut model = screen(count, 1_000);
        let mut round = 0;
        group.bench_function(BenchmarkId::new("10000 updates", count), |bench| {
            bench.iter_batched(
                || {
                    round += 10;
                    (0..10).flat_map(|step| news(&live, round + step)).collect::<Vec<_>>()
                },
                |updates| {
                    for batch in updates.chunks(BATCH) {
                        black_box(update(&mut model, Message::Updates(batch.to_vec())));
                    }
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Each letter of a word in the filter's line, and the draw after it.
fn filter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filter");
    group.sample_size(20);
    let mut model = screen(100_000, 1_000);
    let mut terminal = terminal();
    group.bench_function("a word typed among 100000", |bench| {
        bench.iter(|| {
            for key in "/harbour".chars() {
                press(&mut model, KeyCode::Char(key));
                draw(&mut terminal, &model);
            }
            press(&mut model, KeyCode::Esc);
            press(&mut model, KeyCode::Esc);
        });
    });
    group.finish();
}

fn paste(criterion: &mut Criterion) {
    let text: String =
        (0..).flat_map(|number| format!("w{number:05} ").into_bytes()).take(20_000).map(char::from).collect();
    criterion.bench_function("paste of 20000 characters", |bench| {
        bench.iter_batched_ref(
            || {
                let mut model = screen(10, 0);
                press(&mut model, KeyCode::Char('1'));
                press(&mut model, KeyCode::Tab);
                (model, terminal())
            },
            |(model, terminal)| {
                black_box(update(model, Message::Paste(text.clone())));
                draw(terminal, model);
            },
            BatchSize::LargeInput,
        );
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3));
    targets = draws, keys, bursts, filter, paste
}
criterion_main!(benches);

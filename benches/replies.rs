//! What it costs to read the service's answer to a poll, in both of its shapes.
#![allow(missing_docs, reason = "the macros of criterion make functions without")]

#[path = "common/fill.rs"]
mod fill;

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use taxiway::{
    comet::{Answer, read_reply},
    job::{Phase, Report},
};

fn replies(criterion: &mut Criterion) {
    let at = Timestamp::from_second(1_790_000_000).unwrap_or_default();
    let task = "3d957031-9706-4079-b648-51d088f9be52";
    let running =
        Report { raw_status: Some("RUNNING".into()), progress: Some(0.42), ..fill::report(Phase::Running) };
    let succeeded = Report {
        raw_status: Some("SUCCEEDED".into()),
        urls: vec![fill::replies::link(task, at)],
        ..fill::report(Phase::Succeeded)
    };
    let mut group = criterion.benchmark_group("reply");
    for (name, report) in [("running", running), ("succeeded", succeeded)] {
        for (shape, wrapped) in [("bare", false), ("wrapped", true)] {
            let body = fill::replies::body(task, &report, at, wrapped);
            assert!(matches!(read_reply(200, body.as_bytes()), Answer::Task(_)), "{body}");
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(BenchmarkId::new(name, shape), |bench| {
                bench.iter(|| read_reply(200, black_box(body.as_bytes())));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    targets = replies
}
criterion_main!(benches);

//! The poller's manners over ten thousand tasks, in time that passes only here.

use std::collections::VecDeque;

use proptest::prelude::*;
use tokio::{runtime, time};

use super::*;

const TASKS: u32 = 10_000;

/// How the service answers a poll.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reply {
    Good,
    Bad,
    SlowDown(Duration),
}

/// What is known of a task from outside: when it was asked last, and how long it must be left alone from
/// the answer on.
#[derive(Clone, Copy)]
struct Seen {
    asked: Option<Instant>,
    not_before: Option<Instant>,
    failures: u32,
}

fn place(id: JobId) -> usize {
    usize::try_from(id.0).unwrap()
}

/// Lets so many seconds pass, and looks at every poll. Gives how often the tasks were asked in all.
async fn watch(poll: Poll, seconds: u64, seed: u64) -> usize {
    let rng = &mut fastrand::Rng::with_seed(seed);
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let mut polling = Polling::new(&poll);
    let mut tasks = vec![Seen { asked: None, not_before: None, failures: 0 }; TASKS as usize];
    (0..TASKS).for_each(|id| polling.follow(JobId(id.into()), true));
    let rate = poll.requests_per_second as usize;
    // Every turn of all tasks, and what the service and the back-off may add to it.
    let turn = Duration::from_secs(1) * TASKS / poll.requests_per_second;
    let mut in_last_second = VecDeque::new();
    let mut under_way: Vec<(Instant, JobId, Reply)> = Vec::new();
    let (mut closed_until, mut closed, mut asked) = (begun, Duration::ZERO, 0);
    loop {
        let now = Instant::now();
        if now >= end {
            break;
        }
        while let Some(id) = polling.take_due(now) {
            asked += 1;
            let task = &mut tasks[place(id)];
            assert!(now >= closed_until, "task {} was asked while the service wanted peace", id.0);
            assert!(task.not_before.is_none_or(|limit| now >= limit), "task {} was asked too soon", id.0);
            (task.asked, task.not_before) = (Some(now), None);
            in_last_second.push_back(now);
            while in_last_second.front().is_some_and(|at| *at + Duration::from_secs(1) <= now) {
                in_last_second.pop_front();
            }
            // A full bucket, and what drops into it meanwhile.
            assert!(in_last_second.len() <= 2 * rate, "{} polls in a second", in_last_second.len());
            assert!(asked as f64 <= rate as f64 * (1.0 + (now - begun).as_secs_f64()) + 1.0, "{asked} polls");
            let reply = match rng.u32(0..10_000) {
                0..2 => Reply::SlowDown(Duration::from_millis(rng.u64(500..3_000))),
                2..500 => Reply::Bad,
                _ => Reply::Good,
            };
            under_way.push((now + Duration::from_millis(rng.u64(5..60)), id, reply));
            assert!(under_way.len() <= POLLS);
        }
        let answered = under_way.iter().map(|(at, ..)| *at).min();
        let next = polling.next().filter(|at| *at > now).into_iter().chain(answered).min();
        time::sleep_until(next.unwrap_or(end).min(end)).await;
        let now = Instant::now();
        for (_, id, reply) in under_way.extract_if(.., |(at, ..)| *at <= now) {
            polling.under_way.remove(&id);
            let task = &mut tasks[place(id)];
            let pause = if reply == Reply::Good {
                task.failures = 0;
                polling.went_well(id, &poll)
            } else {
                task.failures += 1;
                polling.failed(id, &poll)
            };
            polling.schedule.set(id, now + pause);
            let doubled = poll.interval * 2_u32.pow(task.failures.saturating_sub(1).min(8));
            task.not_before = Some(now + doubled.min(poll.max_backoff));
            if let Reply::SlowDown(wish) = reply {
                polling.slow_down(now + wish);
                let until = now + wish;
                closed += until.saturating_duration_since(closed_until.max(now));
                closed_until = closed_until.max(until);
            }
        }
    }
    let patience = turn * 2 + poll.max_backoff + poll.jitter + closed + Duration::from_secs(2);
    for (id, task) in tasks.iter().enumerate() {
        let since = task.asked.map_or(end - begun, |at| end - at);
        assert!(since <= patience, "task {id} was last asked {since:?} ago, {patience:?} is allowed");
    }
    asked
}

/// Lets the clock of this run jump from one moment to the next.
fn watch_paused(poll: Poll, seconds: u64, seed: u64) -> usize {
    let paused = runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    paused.block_on(watch(poll, seconds, seed))
}

/// There is room for more polls than the interval allows.
#[test]
fn where_there_is_room_the_interval_rules() {
    let poll = Poll {
        interval: Duration::from_secs(60),
        jitter: Duration::from_secs(3),
        timeout: Duration::from_secs(30),
        max_backoff: Duration::from_secs(120),
        requests_per_second: 400,
    };
    let asked = watch_paused(poll, 300, 1);
    assert!(asked >= 4 * TASKS as usize, "{asked}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    #[test]
    fn no_task_is_asked_too_soon_and_none_is_forgotten(
        rate in 60_u32..400, interval in 1_u64..60, jitter in 0_u64..4_000, max_backoff in 60_u64..90, seed in any::<u64>(),
    ) {
        let poll = Poll {
            interval: Duration::from_secs(interval),
            jitter: Duration::from_millis(jitter),
            timeout: Duration::from_secs(30),
            max_backoff: Duration::from_secs(max_backoff),
            requests_per_second: rate,
        };
        let asked = watch_paused(poll, 400, seed);
        // Nor are they left alone for no reason: each had its turns.
        prop_assert!(asked >= 2 * TASKS as usize, "{asked} polls");
    }
}

/// What is due in the same slot, and what the limit held back, leaves together: a wake-up for each slot, not for each
/// poll.
#[test]
fn ten_thousand_tasks_are_asked_about_in_slots() {
    let poll = Poll {
        interval: Duration::from_secs(10),
        jitter: Duration::ZERO,
        timeout: Duration::from_secs(30),
        max_backoff: Duration::from_secs(60),
        requests_per_second: 1_000,
    };
    let paused = runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    paused.block_on(async {
        let mut polling = Polling::new(&poll);
        (0..TASKS).for_each(|id| polling.follow(JobId(id.into()), true));
        let (begun, mut asked, mut wake_ups) = (Instant::now(), 0, 0);
        while begun.elapsed() < Duration::from_secs(60) {
            while let Some(id) = polling.take_due(Instant::now()) {
                asked += 1;
                polling.under_way.clear();
                let pause = polling.went_well(id, &poll);
                polling.schedule.set(id, Instant::now() + pause);
            }
            wake_ups += 1;
            let next = polling.next().filter(|at| *at > Instant::now());
            time::sleep_until(next.expect("there is always a next poll")).await;
        }
        assert!(asked > 5 * TASKS, "{asked} polls");
        assert!(wake_ups <= 600, "{wake_ups} wake-ups for {asked} polls");
    });
}

/// Neither the user nor a dead link makes a task be asked about sooner than its interval.
#[test]
fn what_is_asked_for_at_once_keeps_the_interval() {
    let poll = Poll {
        interval: Duration::from_secs(5),
        jitter: Duration::ZERO,
        timeout: Duration::from_secs(30),
        max_backoff: Duration::from_secs(60),
        requests_per_second: 10,
    };
    let paused = runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    paused.block_on(async {
        let mut polling = Polling::new(&poll);
        polling.follow(JobId(1), true);
        let first = Instant::now();
        assert_eq!(polling.take_due(first), Some(JobId(1)));
        polling.under_way.clear();
        polling.ask_soon(JobId(1), &poll);
        // What is known of its pace is kept when it has nothing to be asked for a while.
        polling.follow(JobId(1), false);
        polling.ask_soon(JobId(1), &poll);
        assert_eq!(polling.next(), Some(first + poll.interval));
        time::advance(Duration::from_secs(7)).await;
        polling.ask_soon(JobId(1), &poll);
        assert!(polling.next().is_some_and(|at| at < Instant::now() + Duration::from_millis(100)));
    });
}

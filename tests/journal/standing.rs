//! How everything stands, against what reading every job tells.

use std::time::Instant;

use jiff::SignedDuration;
use taxiway::{
    job::{Account, Change, Failure, Job, Money, NewJob, Phase, Report, ResultState, Spend, State},
    journal::{Entry, Journal, Tally, standing},
};

use crate::{
    filling::fill::{Filling, account, fill},
    help::*,
};

const UNKNOWN: Money = Money::from_micros(1_000_000);

fn other() -> Account {
    Account { key_hash: "other".into(), ..new_job().account }
}

/// A job of every kind, made one after the other, and some twice.
async fn one_of_each(journal: &Journal) -> Vec<Job> {
    let failed = |code: &str| {
        let failure = Some(Failure { code: code.into(), message: String::new() });
        Change::Reported(Report { failure, ..report(Phase::Failed, None) })
    };
    let sent = |rest: Vec<Change>| [vec![Change::Intent, accepted("t")], rest].concat();
    let problem = taxiway::job::Problem::new("x", "x");
    let ways = [
        vec![],
        vec![Change::ConsentEnded(problem.clone())],
        vec![Change::Intent, Change::NotSent(problem)],
        vec![Change::Dropped, Change::Archived(true)],
        vec![Change::Intent],
        vec![Change::Intent, lost()],
        vec![Change::Intent, lost()],
        vec![Change::Intent, lost(), Change::NotCreated(String::new())],
        sent(vec![]),
        sent(vec![running(0.5)]),
        sent(vec![Change::Vanished]),
        sent(vec![failed("INTERNAL")]),
        sent(vec![failed("SAFETY.INPUT.TEXT"), Change::Archived(true)]),
        sent(vec![Change::Reported(report(Phase::Succeeded, None))]),
        sent(vec![succeeded()]),
        sent(vec![succeeded(), Change::Charged(Money::from_micros(7)), Change::Fetching]),
        sent(vec![succeeded(), Change::GivenUp("no".into())]),
    ];
    let mut jobs = Vec::new();
    for (number, way) in (0..).zip(ways) {
        for (twice, price) in [(0, None), (1, Some(Money::from_micros(100 + number)))] {
            let account = if number % 5 == 4 && twice == 1 { other() } else { new_job().account };
            let new = NewJob { account, estimate: price, ..new_job() };
            let job = journal.create(vec![new], at(0)).await.unwrap().remove(0);
            let mut last = job.clone();
            for (second, change) in (1..).zip(way.clone()) {
                let change = match change {
                    Change::Accepted { .. } => accepted(&format!("t{}", job.id)),
                    change => change,
                };
                last = journal.apply(Entry::new(job.id, change, at(second))).await.unwrap();
            }
            jobs.push(last);
        }
    }
    jobs
}

#[tokio::test]
async fn it_tells_what_reading_every_job_tells() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let jobs = one_of_each(&journal).await;
    for account in [None, Some(new_job().account), Some(other())] {
        for hours in [0, 23, 25] {
            let now = at(30) + SignedDuration::from_hours(hours);
            let found = standing(dir.path(), account.as_ref(), UNKNOWN, now).unwrap();
            for state in State::ALL {
                let count = |archived| {
                    jobs.iter().filter(|job| (job.state, job.archived) == (state, archived)).count() as u64
                };
                for archived in [true, false] {
                    assert_eq!(
                        found.count(|tally| (tally.state, tally.archived) == (state, archived)),
                        count(archived),
                        "{state}"
                    );
                }
            }
            for result in ResultState::ALL {
                let is = |job: &&Job| job.result.as_ref().is_some_and(|found| found.state == result);
                let count = jobs.iter().filter(is).count() as u64;
                assert_eq!(found.count(|tally| tally.result == Some(result)), count, "{result:?}");
            }
            let waits = jobs.iter().filter(|job| job.waits_to_be_sent()).count() as u64;
            let held = |tally: &Tally| tally.state == State::Held && tally.has_consent;
            assert_eq!(found.count(held), waits);
            let ours = |job: &&Job| account.as_ref().is_none_or(|account| account.is_same(&job.account));
            let todays = jobs.iter().filter(ours).filter(|job| Spend::is_todays(job, now));
            assert_eq!(found.spent, todays.map(|job| Spend::of(job, UNKNOWN)).sum(), "{account:?} {hours}");
            let unsure = jobs.iter().find(|job| job.state == State::Unsure).unwrap();
            assert_eq!(found.oldest_unsure, Some((unsure.id, unsure.created_at)));
            let expiry = |job: &Job| {
                job.result.as_ref().filter(|_| job.is_live()).and_then(|result| result.expires_at)
            };
            assert_eq!(found.first_expiry, jobs.iter().filter_map(expiry).min());
        }
    }
}

#[test]
fn a_journal_that_is_not_there_is_empty_and_stays_so() {
    let dir = tempfile::tempdir().unwrap();
    let found = standing(&dir.path().join("none"), None, UNKNOWN, at(0)).unwrap();
    assert_eq!((found.count(|_| true), found.spent), (0, Spend::default()));
    assert!(!dir.path().join("none").exists());
}

/// Run by hand, with the folder to fill in the variable.
#[tokio::test]
#[ignore = "takes a minute; tells how long a look at 100,000 jobs takes"]
async fn a_look_at_a_hundred_thousand_jobs() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = child_dir().unwrap_or_else(|| temporary.path().into());
    let now = jiff::Timestamp::now();
    let journal = Journal::open(&dir).unwrap();
    fill(&journal, Filling { jobs: 100_000, live: 100, seed: 1, now }, |_| {}).await.unwrap();
    drop(journal);
    let mut times = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let found = standing(&dir, Some(&account()), UNKNOWN, now).unwrap();
        times.push(begun.elapsed());
        assert_eq!(found.count(|_| true), 100_000);
    }
    times.sort();
    println!("a look takes {:?} as a rule, {:?} at most", times[10], times[19]);
}

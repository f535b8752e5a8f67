use proptest::prelude::*;
use taxiway::{
    job::{Change, Consent, Failure, Job, Phase, Problem, Report, SavedFile},
    journal::{Entry, Journal},
};

use crate::help::*;

/// All that can happen to a job; `text` and `number` vary it.
fn change(kind: usize, text: String, number: f64) -> Change {
    let problem = Problem::new("code", text.clone());
    let failure = Failure { code: "INTERNAL".into(), message: text.clone() };
    let report = |phase| Report { raw_status: Some(text.clone()), ..report(phase, Some(number)) };
    match kind {
        0 => Change::Consented(Consent { until: at(600), holder: 1, patience: 15, born: None }),
        1 => Change::ConsentEnded(problem),
        2 => Change::Intent,
        3 => Change::Accepted { task_id: text, request_id: None },
        4 => Change::NotSent(problem),
        5 => Change::Refused { failure, problem, request_id: Some(text) },
        6 => Change::Lost { problem, request_id: Some(text) },
        7 => Change::Reported(report(Phase::Queued)),
        8 => Change::Reported(report(Phase::Running)),
        9 => Change::Reported(report(Phase::Other)),
        10 => {
            Change::Reported(Report { urls: vec![format!("https://h/{text}")], ..report(Phase::Succeeded) })
        }
        11 => Change::Reported(report(Phase::Succeeded)),
        12 => Change::Reported(Report { failure: Some(failure), ..report(Phase::Failed) }),
        13 => Change::Reported(report(Phase::Cancelled)),
        14 => Change::Vanished,
        15 => Change::Dropped,
        16 => Change::Fetching,
        17 => Change::Saved(vec![SavedFile { path: text.into(), bytes: 7, sha256: "ab".into() }]),
        18 => Change::FetchAgain(text),
        19 => Change::Expired(text),
        20 => Change::NotCreated(text),
        _ => Change::GivenUp(text),
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // The few that lead to a running task come often, so that the rest of the life is reached.
    let kind = prop_oneof![3 => 0..22usize, 1 => Just(2usize), 1 => Just(3), 1 => Just(8), 1 => Just(10), 1 => Just(16)];
    let one = (kind, "\\PC{0,12}", -0.5..1.5f64).prop_map(|(kind, text, number)| change(kind, text, number));
    prop::collection::vec(one, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The journal holds exactly what the life cycle says, change by change, in a batch, and after a
    /// restart.
    #[test]
    fn the_journal_holds_what_the_life_cycle_says(changes in changes()) {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let journal = Journal::open(dir.path()).unwrap();
            let jobs = journal.create(vec![new_job(); 2], at(0)).await.unwrap();
            // What is stored, what memory says, how many changes were worth a write.
            let (mut stored, mut memory, mut told) = (jobs[0].clone(), jobs[0].clone(), 2);
            for (second, change) in (1..).zip(&changes) {
                let expected = memory.apply(change, at(second));
                let got = journal.apply(Entry::new(jobs[0].id, change.clone(), at(second))).await;
                match expected {
                    Ok(new) => {
                        assert_eq!(got.unwrap(), memory);
                        if new {
                            stored = memory.clone();
                            told += 1;
                        }
                    }
                    Err(_) => assert_eq!(got.unwrap_err().code(), "illegal"),
                }
                // The age of news that was none is not worth a write.
                memory = stored.clone();
                assert_eq!(journal.job(jobs[0].id).await.unwrap().as_ref(), Some(&stored));
            }
            let entries =
                (1..).zip(changes).map(|(second, change)| Entry::new(jobs[1].id, change, at(second)));
            let written = journal.apply_all(entries.collect()).await.unwrap();
            assert_eq!(written.len() + 2, told);
            drop(journal);

            let journal = Journal::open(dir.path()).unwrap();
            for original in &jobs {
                let (job, timeline, _) = journal.detail(original.id).await.unwrap().unwrap();
                let expected = Job { id: original.id, uuid: original.uuid.clone(), ..stored.clone() };
                assert_eq!((job, timeline.len()), (expected, told));
            }
        });
    }
}

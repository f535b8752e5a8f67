//! What was spent and what is asked for twice, as the journal finds it.

use jiff::SignedDuration;
use rusqlite::Connection;
use taxiway::{
    job::{Account, Budget, Change, Gate, Money, NewJob, Request, State},
    journal::{Journal, standing},
};

use crate::help::{accepted, at, lost, new_job, succeeded, walk};

fn priced(seed: u64) -> NewJob {
    let request = Request { seed: Some(seed), ..new_job().request };
    NewJob { request, estimate: Some(Money::from_micros(250_000)), ..new_job() }
}

fn dollar_a_day() -> Gate {
    let budget = Budget { day: Some(Money::from_micros(1_000_000)), ..Budget::default() };
    Gate { budget, ..Gate::default() }
}

async fn spent(journal: &Journal, account: &Account, second: i64) -> Vec<i64> {
    let jobs = journal.spending(account, at(second)).await.unwrap();
    jobs.iter().map(|job| job.id.0).collect()
}

#[tokio::test]
async fn the_day_holds_what_was_sent_in_it_and_what_is_to_be_sent() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let new = vec![priced(1), priced(2), priced(3), NewJob { consent: None, ..priced(4) }];
    let elsewhere = Account { key_hash: "another".into(), ..new_job().account };
    let jobs = journal.create(new, at(0)).await.unwrap();
    journal.create(vec![NewJob { account: elsewhere.clone(), ..priced(5) }], at(0)).await.unwrap();
    walk(&journal, jobs[0].id, vec![Change::Intent, accepted("t1")]).await;
    walk(&journal, jobs[1].id, vec![Change::Intent, lost()]).await;
    let account = new_job().account;
    assert_eq!(spent(&journal, &account, 100).await, [1, 2, 3]);
    assert_eq!(spent(&journal, &account, 86_400).await, [1, 2, 3], "sent at second 1");
    assert_eq!(spent(&journal, &account, 86_401).await, [3], "a day later, what is still to be sent");
    assert_eq!(spent(&journal, &elsewhere, 100).await, [5]);
}

#[tokio::test]
async fn a_batch_is_put_in_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let five = journal.create_within(dollar_a_day(), vec![priced(1); 5], at(0)).await.unwrap();
    assert_eq!(five.unwrap_err().code, "budget_exceeded");
    assert!(journal.page(None, 10).await.unwrap().is_empty());
    let four = journal.create_within(dollar_a_day(), vec![priced(1); 4], at(0)).await.unwrap().unwrap();
    assert_eq!(four.len(), 4);
    let more = journal.create_within(dollar_a_day(), vec![priced(2)], at(1)).await.unwrap();
    assert_eq!(more.unwrap_err().code, "budget_exceeded");
    // Those that are in the sum already do not count twice when they get a new consent.
    let (ids, consent) = (four.iter().map(|job| job.id).collect(), new_job().consent.unwrap());
    let again = journal.consent_within(dollar_a_day(), ids, consent, at(2)).await.unwrap().unwrap();
    assert_eq!(again.len(), 4);
}

/// Each has its own connection, as each program has: what one asks about is still so when it writes.
#[tokio::test]
async fn many_that_write_at_once_cannot_pass_a_budget_together() {
    let dir = tempfile::tempdir().unwrap();
    let journals: Vec<_> = (0..8).map(|_| Journal::open(dir.path()).unwrap()).collect();
    for round in 0..10 {
        let account = Account { key_hash: format!("key {round}"), ..new_job().account };
        let all: Vec<_> = journals
            .iter()
            .cloned()
            .zip(0u64..)
            .map(|(journal, seed)| {
                let new = vec![NewJob { account: account.clone(), ..priced(seed) }; 2];
                tokio::spawn(async move { journal.create_within(dollar_a_day(), new, at(0)).await.unwrap() })
            })
            .collect();
        let mut passed = 0;
        for one in all {
            passed += usize::from(one.await.unwrap().is_ok());
        }
        assert_eq!(passed, 2, "round {round}");
        assert_eq!(journals[0].spending(&account, at(1)).await.unwrap().len(), 4);
    }
}

#[tokio::test]
async fn a_duplicate_is_found_while_it_lives_or_is_fresh() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let first = journal.create(vec![priced(1)], at(0)).await.unwrap().remove(0);
    let (request, account) = (first.request.clone(), first.account.clone());
    let found = async |request: &Request, account: &Account, moment| {
        let found = journal.duplicate_of(account, request, moment).await.unwrap();
        found.map(|job| job.id)
    };
    let late = at(0) + SignedDuration::from_hours(50);
    assert_eq!(found(&request, &account, late).await, Some(first.id), "it will be sent");
    assert_eq!(found(&priced(2).request, &account, at(1)).await, None);
    let elsewhere = Account { key_hash: "another".into(), ..account.clone() };
    assert_eq!(found(&request, &elsewhere, at(1)).await, None);
    walk(&journal, first.id, vec![Change::Intent, lost()]).await;
    assert_eq!(found(&request, &account, late).await, Some(first.id), "unsure");
    // One that has ended counts for ten minutes.
    walk(&journal, first.id, vec![Change::Adopted { task_id: "t".into(), evidence: String::new() }]).await;
    walk(&journal, first.id, vec![succeeded()]).await;
    let fresh = at(1) + SignedDuration::from_mins(9);
    assert_eq!(found(&request, &account, fresh).await, Some(first.id), "made nine minutes ago");
    walk(&journal, first.id, vec![Change::Fetching, Change::Saved(Vec::new())]).await;
    assert_eq!(found(&request, &account, fresh).await, Some(first.id), "and saved");
    // By the moment of its sending, a second after it was made.
    assert_eq!(found(&request, &account, at(0) + SignedDuration::from_mins(10)).await, Some(first.id));
    assert_eq!(found(&request, &account, at(1) + SignedDuration::from_mins(10)).await, None);
    let again = journal.create(vec![priced(1)], late).await.unwrap().remove(0);
    let refused = journal.create_within(Gate::default(), vec![priced(1)], late).await.unwrap();
    assert_eq!(refused.unwrap_err().code, "duplicate");
    let wanted = Gate { duplicate_ok: true, ..Gate::default() };
    journal.create_within(wanted, vec![priced(1); 2], late).await.unwrap().unwrap();
    assert!(again.id > first.id);
}

#[tokio::test]
async fn journals_of_older_schemas_are_brought_up_to_date_with_all_their_jobs() {
    let added = ["consent", "result", "link_ends", "sent_at", "estimate", "charged", "failure"];
    let fifth = "DROP TABLE cards; DROP TABLE card_words; PRAGMA user_version = 5;";
    let fourth = "DROP INDEX jobs_standing; DROP INDEX jobs_spent; DROP TRIGGER jobs_counted; \
                  DROP TRIGGER jobs_recounted; DROP TABLE tallies; PRAGMA user_version = 4;";
    let fourth = added.iter().fold(format!("{fifth} {fourth}"), |undo, column| {
        undo + &format!("ALTER TABLE jobs DROP COLUMN {column};")
    });
    let third = format!(
        "{fourth} DROP TABLE batch_rows; DROP TABLE batch_places; DROP TABLE batches; PRAGMA user_version = 3;"
    );
    let second = format!("{third} DROP TABLE memos; PRAGMA user_version = 2;");
    let first = format!(
        "{second} DROP INDEX jobs_sent; DROP INDEX jobs_created; DROP INDEX jobs_held; PRAGMA user_version = 1;"
    );
    for undo in [fifth.to_owned(), fourth, third, second, first] {
        is_brought_up_to_date(&undo).await;
    }
}

/// `undo` makes the newest schema an older one.
async fn is_brought_up_to_date(undo: &str) {
    let dir = tempfile::tempdir().unwrap();
    let (before, id) = {
        let journal = Journal::open(dir.path()).unwrap();
        let jobs = journal.create(vec![priced(1), priced(2)], at(0)).await.unwrap();
        walk(&journal, jobs[0].id, vec![Change::Intent, accepted("t1")]).await;
        (journal.page(None, 10).await.unwrap(), jobs[0].id)
    };
    let conn = Connection::open(dir.path().join("journal.db")).unwrap();
    conn.execute_batch(undo).unwrap();
    drop(conn);
    assert_eq!(Journal::open_read_only(dir.path()).map(drop).unwrap_err().code(), "journal_older");
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.page(None, 10).await.unwrap(), before);
    assert_eq!(journal.detail(id).await.unwrap().unwrap().1.len(), 4, "its timeline");
    assert_eq!(spent(&journal, &new_job().account, 100).await, [1, 2]);
    journal.remember("a".into(), Some("memo".into())).await.unwrap();
    assert_eq!(journal.memos().await.unwrap().len(), 1);
    let counts = |state| {
        standing(dir.path(), None, Money::default(), at(100)).unwrap().count(|tally| tally.state == state)
    };
    assert_eq!((counts(State::Held), counts(State::Submitted)), (1, 1));
    let spent = standing(dir.path(), None, Money::default(), at(100)).unwrap().spent;
    assert_eq!((spent.sure.micros(), spent.possible.micros()), (250_000, 500_000));
}

#[tokio::test]
async fn of_several_requests_the_first_duplicate_is_named_and_the_others_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal.create((1..=3).map(priced).collect(), at(0)).await.unwrap();
    let refusal = async |seeds: &[u64]| {
        let new = seeds.iter().copied().map(priced).collect();
        let refused = journal.create_within(Gate::default(), new, at(1)).await.unwrap().unwrap_err();
        assert_eq!(refused.code, "duplicate");
        refused.message
    };
    let told = refusal(&[9, 2, 2, 3, 1]).await;
    assert!(told.starts_with("job 2 (HELD)"), "{told}");
    assert!(told.ends_with(" 2 more of these requests are duplicates, too."), "{told}");
    let told = refusal(&[3, 1]).await;
    assert!(
        told.starts_with("job 3 (HELD)") && told.ends_with(" Another of these requests is a duplicate, too.")
    );
    assert!(refusal(&[9, 3, 3]).await.ends_with("paid for again."));
    assert_eq!(journal.page(None, 10).await.unwrap().len(), 3, "all or none");
    // Of each other they are none.
    let new = vec![priced(9), priced(9), priced(8)];
    assert_eq!(journal.create_within(Gate::default(), new, at(1)).await.unwrap().unwrap().len(), 3);
}

#[tokio::test]
async fn of_held_jobs_with_one_request_each_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let held = NewJob { consent: None, ..priced(1) };
    let together = journal.create(vec![held.clone(), priced(1)], at(0)).await.unwrap();
    let later = journal.create(vec![held], at(5)).await.unwrap();
    walk(&journal, together[1].id, vec![Change::Intent, accepted("t1")]).await;
    let send = |ids: Vec<_>| journal.consent_within(Gate::default(), ids, new_job().consent.unwrap(), at(9));
    // What one command made is no duplicate of each other; what another made of the same is.
    let refused = send(vec![together[0].id, later[0].id]).await.unwrap().unwrap_err();
    assert!(refused.code == "duplicate" && refused.message.starts_with("job 2 "), "{refused:?}");
    assert_eq!(send(vec![together[0].id]).await.unwrap().unwrap().len(), 1);
}

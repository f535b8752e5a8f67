//! Budgets, duplicates, and what is told of spending.

use taxiway::{
    engine::Command,
    job::{JobId, Money, Problem, State},
};

use super::{Play, Stage, request, send_all};

const fn cents(cents: u64) -> Money {
    Money::from_micros(cents * 10_000)
}

impl Play {
    /// Submits requests of $0.25 each.
    async fn try_submit(&mut self, count: u32, duplicate_ok: bool) -> Result<Vec<JobId>, Problem> {
        self.ask(send_all(vec![request()], count, 1, duplicate_ok)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_counts_its_own_jobs_only() {
    let mut stage = Stage::new("quick").await;
    stage.config.budget.session = Some(cents(60));
    let mut play = stage.start();
    play.try_submit(2, true).await.unwrap();
    let refused = play.try_submit(1, true).await.unwrap_err();
    assert_eq!(refused.code, "budget_exceeded");
    assert!(refused.message.contains("session's budget is $0.60"), "{refused:?}");
    play.until("both", |play| play.status.idle && play.jobs.len() == 2).await;
    play.leave().await;
    let mut again = stage.start();
    again.try_submit(2, true).await.unwrap();
    again.leave().await;
    assert_eq!(stage.posts(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn held_jobs_that_were_given_a_consent_count_before_they_are_sent() {
    let mut stage = Stage::new("hidden").await;
    stage.config.budget.day = Some(cents(60));
    stage.config.submit.max_active = 1;
    let mut play = stage.start();
    play.try_submit(2, true).await.unwrap();
    assert_eq!(play.try_submit(1, true).await.unwrap_err().code, "budget_exceeded");
    play.until_state(JobId(1), State::Submitted).await;
    assert_eq!(play.try_submit(1, true).await.unwrap_err().code, "budget_exceeded");
    assert_eq!(play.jobs.len(), 2, "nothing was created");
    play.until("the sum", |play| play.status.today.to_string() == "$0.25–0.50").await;
    play.ask(Command::Send { ticket: 2, ids: vec![JobId(2)], patience: 1, duplicate_ok: false })
        .await
        .unwrap();
    play.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spent_is_told_again_after_a_start() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    play.submit().await;
    play.until("the sum", |play| play.status.idle && play.status.today.to_string() == "$0.25").await;
    play.leave().await;
    let mut again = stage.start();
    again.until("the sum", |play| play.status.today.to_string() == "$0.25").await;
    again.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_created_only_when_it_is_wanted() {
    let stage = Stage::new("hidden").await;
    let mut play = stage.start();
    assert_eq!(play.try_submit(2, false).await.unwrap().len(), 2, "of one batch none is a duplicate");
    let refused = play.try_submit(1, false).await.unwrap_err();
    assert_eq!(refused.code, "duplicate");
    assert!(refused.message.contains("job 2") && refused.message.contains("new variation"), "{refused:?}");
    play.try_submit(1, true).await.unwrap();
    play.until_state(JobId(3), State::Submitted).await;
    play.leave().await;
    assert_eq!(stage.posts(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_refused_is_no_duplicate_and_costs_nothing() {
    let mut stage = Stage::new("html-404").await;
    stage.config.budget.day = Some(cents(30));
    let mut play = stage.start();
    let first = play.try_submit(1, false).await.unwrap()[0];
    play.until_state(first, State::Rejected).await;
    stage.scene("quick");
    play.try_submit(1, false).await.unwrap();
    play.leave().await;
}

/// It was held, the same was sent anew, and now it is given its word, too: that asks, as any duplicate.
#[tokio::test(flavor = "multi_thread")]
async fn a_held_job_whose_twin_was_sent_asks_again() {
    let stage = Stage::new("too-many").await;
    let mut play = stage.start();
    let first = play.ask(submit(2)).await.unwrap();
    play.until("held", |play| first.iter().all(|id| play.jobs[id].consent.is_none())).await;
    stage.scene("hidden");
    let send = |ticket, id, duplicate_ok| Command::Send { ticket, ids: vec![id], patience: 1, duplicate_ok };
    // One command made both, so the first is no duplicate of the second.
    play.ask(send(2, first[0], false)).await.unwrap();
    play.until_state(first[0], State::Submitted).await;
    play.ask(send(3, first[1], false)).await.unwrap();
    play.until_state(first[1], State::Submitted).await;

    stage.scene("too-many");
    let held = play.ask(submit(1)).await.unwrap()[0];
    play.until("held", |play| play.jobs[&held].consent.is_none()).await;
    stage.scene("hidden");
    let refused = play.ask(send(4, held, false)).await.unwrap_err();
    assert_eq!(refused.code, "duplicate");
    assert_eq!(play.jobs[&held].state, State::Held);
    play.ask(send(5, held, true)).await.unwrap();
    play.until_state(held, State::Submitted).await;
    play.leave().await;
}

fn submit(count: u32) -> Command {
    send_all(vec![request()], count, 0, true)
}

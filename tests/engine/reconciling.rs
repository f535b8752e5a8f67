//! Finding it again: a task whose id was lost, by the account's list.

use std::time::Duration;

use taxiway::{
    config::{ApiKey, Origin},
    engine::{Command, Reconciliation},
    job::{Certainty, JobId, Problem, Request, ResultState, State},
    journal::Journal,
    stand_in::{Fate, Seed},
};

use super::{Play, Stage, request, send_all};

const TOKEN: &str = "an-account-token-4711";

fn lost() -> Request {
    Request { prompt_text: Some("[lost] yawns".into()), ..request() }
}

impl Stage {
    /// From now on engines start with this account token.
    fn with_token(&mut self, token: &str) {
        self.config.access_token = Some(ApiKey::new(token.into(), Origin::Env("TOKEN".into())));
    }
}

impl Play {
    async fn lose(&mut self, count: u32) -> Vec<JobId> {
        let command = send_all(vec![lost()], count, 1, true);
        let ids = self.ask(command).await.unwrap();
        for id in &ids {
            self.until_state(*id, State::Unsure).await;
        }
        ids
    }

    async fn reconcile(&mut self) -> Result<Reconciliation, Problem> {
        let before = self.reconciled.len();
        self.commands.send(Command::Reconcile { ticket: 7 }).await.unwrap();
        self.until("the look", |play| play.reconciled.len() > before).await;
        self.reconciled.pop().unwrap()
    }
}

/// Nobody asks, and nothing is paid twice: a job of before stays the owner of its own task.
#[tokio::test]
async fn a_lost_task_is_found_by_itself() {
    let mut stage = Stage::new("quick").await;
    stage.with_token(TOKEN);
    let mut play = stage.start();
    let known = play.submit().await;
    play.until_result(known, ResultState::Saved).await;
    let command = send_all(vec![lost()], 1, 1, true);
    let id = play.ask(command).await.unwrap()[0];
    play.until_result(id, ResultState::Saved).await;
    super::assert_home(&play.jobs[&id]);
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2));
    assert_ne!(play.jobs[&id].task_id, play.jobs[&known].task_id);
    play.leave().await;

    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let (_, timeline, _) = journal.detail(id).await.unwrap().unwrap();
    let adopted = timeline.iter().find(|entry| entry.kind == "found").unwrap();
    assert!(adopted.text.contains("IMAGE_TO_VIDEO"), "the evidence is kept: {}", adopted.text);
}

/// Which is whose, nobody can tell: both stay unsure. Once the user picked one, the other is clear.
#[tokio::test]
async fn two_that_could_be_each_other_are_left_to_the_user() {
    let mut stage = Stage::new("quick").await;
    let mut play = stage.start();
    let ids = play.lose(2).await;
    play.leave().await;

    stage.with_token(TOKEN);
    let mut play = stage.start();
    let found = play.reconcile().await.unwrap();
    assert_eq!(found.adopted, []);
    let told: Vec<_> = found.open.iter().map(|(id, tasks)| (*id, tasks.len())).collect();
    assert_eq!(told, vec![(ids[0], 2), (ids[1], 2)]);
    // 320,000 micro-dollars for each.
    assert_eq!(found.balance.unwrap().used.micros(), 640_000);
    // The engine looked by itself, too.
    stage.service.wait_for(6, |seen| seen.path == "/api/task/self").await;
    assert!(ids.iter().all(|id| play.jobs[id].state == State::Unsure));

    let task_id = found.open[0].1[0].task_id.clone();
    play.ask(Command::Adopt { ticket: 2, task_id, job: Some(ids[0]) }).await.unwrap();
    let found = play.reconcile().await.unwrap();
    assert!(found.open.is_empty(), "{found:?}");
    for id in ids {
        play.until_result(id, ResultState::Saved).await;
    }
    assert_eq!((stage.posts(), stage.service.tasks_created()), (2, 2));
    play.leave().await;
}

/// Another program of the same account may have made a task in the same minute.
#[tokio::test]
async fn a_stranger_in_the_list_leaves_it_open() {
    let mut stage = Stage::new("quick").await;
    stage.with_token(TOKEN);
    let short = Duration::from_millis(10);
    stage.service.add_task(Seed {
        prompt: "another's".into(),
        model: "gen4_turbo".into(),
        age: Duration::ZERO,
        queue: short,
        run: short,
        fate: Fate::Succeed,
    });
    let mut play = stage.start();
    let id = play.lose(1).await[0];
    let found = play.reconcile().await.unwrap();
    assert_eq!((found.adopted.len(), found.open[0].0, found.open[0].1.len()), (0, id, 2));
    play.leave().await;
}

#[tokio::test]
async fn a_missing_or_wrong_token_says_so_and_changes_nothing() {
    let mut stage = Stage::new("quick").await;
    let mut play = stage.start();
    let id = play.lose(1).await[0];
    let problem = play.reconcile().await.unwrap_err();
    assert_eq!(problem.code, "no_token");
    let hint = problem.hint.unwrap();
    for way in ["COMETAPI_ACCESS_TOKEN", "taxiway adopt", "taxiway resolve"] {
        assert!(hint.contains(way), "{hint}");
    }
    play.leave().await;
    stage.with_token("wrong-token-0815");
    let mut play = stage.start();
    assert_eq!(play.reconcile().await.unwrap_err().code, "wrong_token");
    assert_eq!(play.jobs[&id].state, State::Unsure);
    play.leave().await;
}

/// A view looks up as well as the owner does; the journal decides who was first.
#[tokio::test]
async fn a_second_window_can_look_too() {
    let mut stage = Stage::new("quick").await;
    let mut owner = stage.start();
    let id = owner.lose(1).await[0];
    stage.with_token(TOKEN);
    let mut view = stage.start();
    let found = view.reconcile().await.unwrap();
    assert_eq!((found.adopted[0].0, found.open.len()), (id, 0));
    owner.until_result(id, ResultState::Saved).await;
    view.leave().await;
    owner.leave().await;
}

/// The table says $0.25; the account's own record says what it was.
#[tokio::test]
async fn what_a_video_cost_is_told_by_the_account() {
    let mut stage = Stage::new("quick").await;
    stage.with_token(TOKEN);
    let mut play = stage.start();
    let id = play.submit().await;
    play.until("its price", |play| play.jobs[&id].charged.is_some()).await;
    let job = &play.jobs[&id];
    assert_eq!((job.cost().unwrap().to_string().as_str(), job.certainty()), ("0.32", Certainty::Confirmed));
    play.until("the sum", |play| play.status.today.to_string() == "$0.32").await;
    play.leave().await;
    // Without a token the estimate is all there is.
    stage.config.access_token = None;
    let mut again = stage.start();
    let other = again.submit().await;
    again.until_result(other, ResultState::Saved).await;
    assert_eq!(again.jobs[&other].charged, None);
    let asked = stage.service.seen().iter().filter(|seen| seen.path == "/api/task/self").count();
    assert_eq!(asked, 1);
    again.leave().await;
}

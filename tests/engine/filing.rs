//! Archive and labels, by owner and view.

use taxiway::{
    engine::{self, Command, Role, Setup, Told},
    job::{JobId, ResultState, State, TAGS_MAX},
    journal::Journal,
};

use super::{Play, Stage};

fn archive(ids: &[JobId], archived: bool) -> Command {
    Command::Archive { ticket: 5, ids: ids.to_vec(), archived }
}

fn tag(ids: &[JobId], add: &[&str], remove: &[&str]) -> Command {
    let words = |tags: &[&str]| tags.iter().map(ToString::to_string).collect();
    Command::Tag { ticket: 6, ids: ids.to_vec(), add: words(add), remove: words(remove) }
}

#[tokio::test]
async fn only_ended_jobs_are_archived_all_or_none() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    let home = play.submit().await;
    play.until_result(home, ResultState::Saved).await;
    stage.scene("too-many");
    let held = play.submit_many(1, 0).await[0];
    play.until("held", |play| play.jobs[&held].consent.is_none()).await;
    let refused = play.ask(archive(&[home, held], true)).await.unwrap_err();
    assert_eq!(refused.code, "not_ended");
    let told = format!("job {held} is HELD: only an ended job can be archived; nothing was changed");
    assert_eq!(refused.message, told);
    assert!(refused.hint.unwrap().contains("drop it first"));
    assert!(!play.jobs[&home].archived);
    assert_eq!(play.ask(archive(&[home, JobId(99)], true)).await.unwrap_err().code, "no_such_job");

    play.ask(Command::Drop { ticket: 3, ids: vec![held] }).await.unwrap();
    assert_eq!(play.ask(archive(&[home, held], true)).await.unwrap(), [home, held]);
    assert!(play.jobs[&home].archived && play.jobs[&held].archived);
    play.ask(archive(&[held], false)).await.unwrap();
    assert!(play.jobs[&home].archived && !play.jobs[&held].archived);
    play.leave().await;
}

#[tokio::test]
async fn a_view_tags_and_archives_and_the_owner_sees_it() {
    let stage = Stage::new("hidden").await;
    let mut owner = stage.start();
    owner.until("the role", |play| play.status.role == Role::Owner).await;
    let id = owner.submit().await;
    owner.until_state(id, State::Submitted).await;
    let mut view = stage.start();
    view.until("the job", |play| {
        matches!(play.status.role, Role::View { .. }) && play.jobs.contains_key(&id)
    })
    .await;
    view.ask(tag(&[id], &["cat", "cat", "Best"], &["none"])).await.unwrap();
    owner.until("its tags", |play| play.jobs[&id].tags == ["cat", "Best"]).await;
    let refused = view.ask(archive(&[id], true)).await.unwrap_err();
    assert!(refused.message.starts_with(&format!("job {id} is SUBMITTED: ")), "{refused:?}");
    // They outlive what the service tells.
    stage.scene("quick");
    owner.until_result(id, ResultState::Saved).await;
    assert_eq!(owner.jobs[&id].tags, ["cat", "Best"]);
    view.until_result(id, ResultState::Saved).await;
    view.ask(archive(&[id], true)).await.unwrap();
    owner.until("its archive", |play| play.jobs[&id].archived).await;
    owner.leave().await;
    view.leave().await;
}

#[tokio::test]
async fn labels_that_are_none_are_refused() {
    let stage = Stage::new("hidden").await;
    let mut play = stage.start();
    let ids = play.submit_many(2, 1).await;
    for (wrong, word) in [("", "empty"), ("a b", "blank"), ("a,b", "comma"), ("\u{202e}", "not to be seen")] {
        let refused = play.ask(tag(&ids, &["good", wrong], &[])).await.unwrap_err();
        assert_eq!(refused.code, "bad_input");
        assert!(refused.message.contains(word) && refused.message.contains("nothing was changed"));
    }
    let many: Vec<_> = (0..TAGS_MAX).map(|number| number.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    play.ask(tag(&ids[1..], &many, &[])).await.unwrap();
    let refused = play.ask(tag(&ids, &["more"], &[])).await.unwrap_err();
    assert!(refused.message.contains(&format!("job {} would have more than 20 tags", ids[1])), "{refused:?}");
    assert!(play.jobs[&ids[0]].tags.is_empty(), "all or none");
    play.leave().await;
}

#[tokio::test]
async fn read_only_changes_nothing() {
    let stage = Stage::new("hidden").await;
    let mut play = stage.start();
    let id = play.submit().await;
    play.until_state(id, State::Submitted).await;
    play.leave().await;
    let journal = Journal::open_read_only(&stage.config.data_dir).unwrap();
    let setup = Setup { journal, config: stage.config.clone(), read_only: true, told: Told::All };
    let mut play = Play::of(engine::start(setup).unwrap());
    for command in [tag(&[id], &["a"], &[]), archive(&[id], false)] {
        assert_eq!(play.ask(command).await.unwrap_err().code, "read_only");
    }
    play.leave().await;
}

#[tokio::test]
async fn what_the_screen_has_remembered_is_told_at_the_next_start() {
    let stage = Stage::new("quick").await;
    let mut play = stage.start();
    play.until("the memos", |play| play.memos.as_ref().is_some_and(Vec::is_empty)).await;
    let remember = |name: &str, value: Option<&str>| Command::Remember {
        name: name.into(),
        value: value.map(Into::into),
    };
    for command in [remember("draft", Some("a cat")), remember("sort", Some("age")), remember("sort", None)] {
        play.commands.send(command).await.unwrap();
    }
    play.leave().await;
    let kept = [("draft".to_owned(), "a cat".to_owned())];
    let mut again = stage.start();
    again.until("the memos", |play| play.memos.as_ref().is_some_and(|memos| *memos == kept)).await;
    again.leave().await;
    let journal = Journal::open_read_only(&stage.config.data_dir).unwrap();
    let setup = Setup { journal, config: stage.config.clone(), read_only: true, told: Told::All };
    let mut looking = Play::of(engine::start(setup).unwrap());
    looking.until("the memos", |play| play.memos.as_ref().is_some_and(|memos| *memos == kept)).await;
    looking.leave().await;
}

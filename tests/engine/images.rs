//! Pictures of this machine.

use std::{fs, path::Path};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use taxiway::{
    engine::{self, Command, ImageFacts, Role, Setup, Told, read_image},
    job::{Problem, Request, State},
    journal::Journal,
};

use super::{Play, Stage, request, send_all};

/// As much of a picture as anyone looks at, and so many bytes behind it.
fn png(more: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\0\0\0\x02\xd0\x08\x02\0\0\0".to_vec();
    bytes.resize(bytes.len() + more, 7);
    bytes
}

fn with_picture(path: &Path) -> Request {
    Request { prompt_image: read_image(path).unwrap().reference, ..request() }
}

#[tokio::test]
async fn a_picture_goes_out_in_the_request_and_the_journal_keeps_its_name() {
    let stage = Stage::new("quick").await;
    let picture = stage.dir.path().join("a cat.png");
    let bytes = png(3_900_000);
    fs::write(&picture, &bytes).unwrap();
    let image = read_image(&picture).unwrap();
    assert_eq!((image.width, image.height), (1280, 720));
    let mut play = stage.start();
    let id = play.ask(send_all(vec![with_picture(&picture)], 1, 1, false)).await.unwrap()[0];
    play.until_state(id, State::Succeeded).await;
    play.leave().await;
    let seen = stage.service.seen();
    let post = seen.iter().find(|seen| seen.method == "POST").unwrap();
    let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
    let sent = body["promptImage"].as_str().unwrap();
    assert_eq!(sent.len(), image.uri_characters);
    let code = sent.strip_prefix("data:image/png;base64,").unwrap();
    assert!(BASE64_STANDARD.decode(code).unwrap() == bytes, "other bytes were sent");

    let journal = Journal::open(&stage.config.data_dir).unwrap();
    let (job, timeline, reply) = journal.detail(id).await.unwrap().unwrap();
    assert_eq!(job.request.prompt_image, image.reference);
    assert!(timeline.iter().all(|entry| entry.text.len() < 1000) && reply.unwrap().2.len() < 10_000);
    let size = fs::metadata(stage.config.data_dir.join("journal.db")).unwrap().len();
    assert!(size < 1_000_000, "the journal has {size} bytes");
}

/// What the user said yes to is sent, or nothing.
#[tokio::test]
async fn a_picture_that_is_not_the_same_any_more_holds_the_job() {
    let stage = Stage::new("quick").await;
    let picture = stage.dir.path().join("cat.png");
    fs::write(&picture, png(10)).unwrap();
    let wish = with_picture(&picture);
    let mut play = stage.start();
    fs::write(&picture, png(11)).unwrap();
    let id = play.ask(send_all(vec![wish], 1, 15, false)).await.unwrap()[0];
    play.until("the refusal", |play| play.problem(id) == "image_changed").await;
    let job = &play.jobs[&id];
    assert_eq!((job.state, job.consent, job.sent_at), (State::Held, None, None));
    let told = job.problem.as_ref().unwrap();
    assert!(told.message.contains("cat.png has changed since you said yes: nothing was sent"), "{told:?}");

    let send = |ticket| Command::Send { ticket, ids: vec![id], patience: 15, duplicate_ok: false };
    fs::remove_file(&picture).unwrap();
    play.ask(send(2)).await.unwrap();
    play.until("the refusal", |play| play.problem(id) == "image_unreadable").await;
    assert_eq!((play.jobs[&id].state, play.jobs[&id].consent), (State::Held, None));
    play.until("idle", |play| play.status.idle).await;
    assert_eq!(stage.posts(), 0);

    fs::write(&picture, png(10)).unwrap();
    play.ask(send(3)).await.unwrap();
    play.until_state(id, State::Succeeded).await;
    assert_eq!(stage.posts(), 1);
    play.leave().await;
}

impl Play {
    async fn check(&mut self, image: &str) -> Result<ImageFacts, Problem> {
        self.commands.send(Command::CheckImage { ticket: 4, image: image.into() }).await.unwrap();
        self.until("the facts", |play| !play.images.is_empty()).await;
        self.images.remove(0)
    }
}

#[tokio::test]
async fn a_picture_is_looked_at_on_demand_by_owner_and_view() {
    let stage = Stage::new("quick").await;
    let picture = stage.dir.path().join("cat.png");
    fs::write(&picture, png(10)).unwrap();
    let path = picture.to_str().unwrap();
    let mut owner = stage.start();
    owner.until("the role", |play| play.status.role == Role::Owner).await;
    let mut view = stage.start();
    view.until("the role", |play| matches!(play.status.role, Role::View { .. })).await;
    let address = format!("{}/cat.png", stage.service.base_url());
    for play in [&mut owner, &mut view] {
        let Ok(ImageFacts::Local(found)) = play.check(path).await else { panic!("a file") };
        assert_eq!((found.width, found.height, found.warnings.as_slice()), (1280, 720, [].as_slice()));
        assert_eq!(play.check(&found.reference).await, Ok(ImageFacts::Local(found)));
        assert_eq!(play.check("data:image/png;base64,AA").await.unwrap_err().code, "bad_input");
        assert_eq!(play.check("/no/such.png").await.unwrap_err().code, "bad_input");
        // The stand-in has no pictures, which its answer says.
        assert_eq!(play.check(&address).await.unwrap_err().code, "no_image");
    }
    let reference = read_image(&picture).unwrap().reference;
    fs::write(&picture, png(11)).unwrap();
    let Ok(ImageFacts::Local(found)) = owner.check(&reference).await else { panic!("a file") };
    assert!(found.warnings[0].contains("has changed since it was chosen"), "{found:?}");
    view.leave().await;
    owner.leave().await;

    let asked = stage.service.seen().len();
    let journal = Journal::open_read_only(&stage.config.data_dir).unwrap();
    let setup = Setup { journal, config: stage.config.clone(), read_only: true, told: Told::All };
    let mut looking = Play::of(engine::start(setup).unwrap());
    assert_eq!(looking.check(&address).await.unwrap_err().code, "read_only");
    assert!(matches!(looking.check(path).await, Ok(ImageFacts::Local(_))));
    assert_eq!(stage.service.seen().len(), asked);
    looking.leave().await;
}

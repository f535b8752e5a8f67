//! `download`, and videos that do not come home at once.

use std::fs;

use crate::stage::{Stage, assert_home, has_ending};

fn path_of(job: &serde_json::Value) -> String {
    job["result"]["files"][0]["path"].as_str().unwrap().to_owned()
}

#[test]
fn a_deleted_video_is_fetched_again() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let file = path_of(&stage.job(1));
    assert_eq!(stage.job(1)["result"]["expiry"], "exact", "the link tells when it dies");
    let ran = stage.run(&["download", "1"]);
    ran.ends(0);
    assert_eq!(stage.video_files().len(), 1, "what is there is not fetched again");
    fs::remove_file(&file).unwrap();
    let ran = stage.run(&["download", "1", "--json"]);
    ran.ends(0);
    assert_home(&ran.json());
    assert_eq!(path_of(&ran.json()), file);
    assert_eq!((stage.posts(), stage.service.leaked_keys()), (1, 0));
}

#[test]
fn all_that_is_missing_is_fetched() {
    let stage = Stage::new("quick");
    stage.configure("[download]\nauto = false\n");
    let ran = stage.submit(&["--count", "3", "--yes", "--wait", "--json"]);
    ran.ends(0);
    for job in ran.json().as_array().unwrap() {
        assert_eq!((&job["state"], &job["result"]["state"]), (&"succeeded".into(), &"pending".into()));
    }
    assert!(stage.video_files().is_empty());
    let ran = stage.run(&["download", "--all", "--json"]);
    ran.ends(0);
    assert_eq!(ran.json().as_array().unwrap().len(), 3);
    stage.jobs().iter().for_each(assert_home);
    let ran = stage.run(&["download", "--all"]);
    ran.ends(0);
    ran.says(&["every video is on disk"]);
    let ran = stage.run(&["download", "--all", "--json"]);
    ran.ends(0);
    assert_eq!(ran.json(), serde_json::json!([]));
    assert_eq!(stage.video_files().len(), 3);
}

/// Beside an owner that fetches nothing by itself, one is asked for.
#[test]
fn a_download_is_handed_to_the_owner() {
    let stage = Stage::new("quick");
    stage.configure("[download]\nauto = false\n");
    let owner = stage.owner();
    stage.submit(&["--yes", "--wait"]).ends(0);
    assert!(stage.video_files().is_empty());
    stage.run(&["download", "1"]).ends(0);
    assert_home(&stage.job(1));
    fs::remove_file(path_of(&stage.job(1))).unwrap();
    stage.run(&["download", "1"]).ends(0);
    assert_home(&stage.job(1));
    owner.kill();
}

#[test]
fn a_dead_link_is_renewed_and_a_dead_video_told() {
    let stage = Stage::new("gone-video");
    stage.submit(&["--yes", "--wait"]).ends(0);
    assert_home(&stage.job(1));

    let stage = Stage::new("expired-video");
    let ran = stage.submit(&["--yes", "--wait", "--json"]);
    ran.ends(7);
    let job = ran.json();
    assert_eq!(
        (&job["result"]["state"], &job["error"]["code"]),
        (&"expired".into(), &"expired".into()),
        "{job}"
    );
    assert!(stage.video_files().is_empty());
}

#[test]
fn what_is_no_video_is_kept_and_told() {
    let stage = Stage::new("not-mp4");
    let ran = stage.submit(&["--yes", "--wait", "--json"]);
    ran.ends(8);
    let job = ran.json();
    assert_eq!((&job["state"], &job["result"]["state"]), (&"succeeded".into(), &"failed".into()));
    assert!(job["error"]["message"].as_str().unwrap().contains("no MP4 video"), "{job}");
    assert!(
        matches!(stage.video_files().as_slice(), [file] if has_ending(file, "bad")),
        "{:?}",
        stage.video_files()
    );
}

#[test]
fn a_folder_for_videos_that_cannot_be_made() {
    let stage = Stage::new("quick");
    fs::write(stage.home.path().join("Videos"), "mine").unwrap();
    let ran = stage.submit(&["--yes", "--wait", "--json"]);
    ran.ends(8);
    let job = ran.json();
    assert_eq!((&job["state"], &job["result"]["state"]), (&"succeeded".into(), &"failed".into()));
    assert!(job["error"]["message"].as_str().unwrap().contains("Videos"), "{job}");
    fs::remove_file(stage.home.path().join("Videos")).unwrap();
    stage.run(&["download", "1"]).ends(0);
    assert_home(&stage.job(1));
    assert_eq!(stage.service.tasks_created(), 1);
}

/// The journal keeps which file it was; what is sent is its content.
#[test]
fn a_picture_of_this_machine_is_sent_within_the_request() {
    let stage = Stage::new("quick");
    let picture = stage.home.path().join("cat.png");
    fs::write(&picture, picture_of(32, 18)).unwrap();
    let image = picture.to_str().unwrap();
    let ran = stage.run(&["submit", "--image", image, "--yes", "--json"]);
    ran.ends(0);
    assert!(ran.err.contains("image/png, 32×18, 33 bytes"), "{}", ran.err);
    let kept = ran.json()["request"]["promptImage"].as_str().unwrap().to_owned();
    assert!(kept.starts_with("file:///") && kept.contains("cat.png#sha256="), "{kept}");
    let seen = stage.service.seen();
    let body = seen.iter().find(|seen| seen.method == "POST").unwrap().body.clone();
    let sent: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert!(sent["promptImage"].as_str().unwrap().starts_with("data:image/png;base64,"), "{sent}");
    fs::write(&picture, "no picture").unwrap();
    stage.run(&["submit", "--image", image, "--yes"]).ends(2);
    assert_eq!(stage.posts(), 1);
}

/// As much of a PNG as tells its size.
pub fn picture_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes().into_iter().chain(height.to_be_bytes()));
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

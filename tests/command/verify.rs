//! `verify`: what is on disk, against what the journal says of it.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
};

use serde_json::Value;
use taxiway::{engine::sidecar_path, stand_in::clip};

use crate::stage::{Stage, assert_home};

fn path_of(job: &Value) -> PathBuf {
    job["result"]["files"][0]["path"].as_str().unwrap().into()
}

/// Every file under a folder, with its bytes.
fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

#[test]
fn videos_that_are_whole_are_well_and_nothing_is_touched() {
    let stage = Stage::new("quick");
    stage.submit(&["--count", "2", "--yes", "--wait"]).ends(0);
    fs::write(stage.videos().join("holiday.jpg"), "mine").unwrap();
    let folders = || [contents(stage.home.data_dir().as_path()), contents(&stage.videos())];
    let (before, requests) = (folders(), stage.service.seen().len());
    let ran = stage.run(&["verify", "--json", "--read-only"]);
    ran.ends(0);
    assert_eq!(ran.json(), serde_json::json!({"checked": 2, "whole": 2, "jobs": [], "files": []}));
    let ran = stage.run(&["verify"]);
    ran.ends(0);
    assert_eq!(ran.out, "2 of 2 saved videos whole\n");
    assert_eq!(folders(), before);
    assert_eq!(stage.service.seen().len(), requests, "no network");
    // Its owner does not hinder it, and what is not there yet is no fault.
    let owner = stage.owner();
    stage.run(&["verify", "2"]).ends(0);
    owner.kill();
    let empty = Stage::new("quick");
    empty.run(&["verify"]).ends(0);
    empty.run(&["verify", "7"]).ends(7);
    assert!(!empty.videos().exists());
}

#[test]
fn what_is_not_as_it_was_saved_is_told_with_its_mend() {
    let stage = Stage::new("quick");
    stage.submit(&["--count", "4", "--yes", "--wait"]).ends(0);
    let files: Vec<_> = (1..=4).map(|id| path_of(&stage.job(id))).collect();
    fs::remove_file(&files[0]).unwrap();
    fs::write(&files[1], "cut").unwrap();
    let mut altered = clip().to_vec();
    altered[1000] ^= 1;
    fs::write(&files[2], &altered).unwrap();
    let ran = stage.run(&["verify", "--json"]);
    ran.ends(7);
    let told = ran.json();
    assert_eq!((&told["checked"], &told["whole"]), (&4.into(), &1.into()), "{told}");
    let lacks = told["jobs"].as_array().unwrap();
    let of = |id: u32| lacks.iter().find(|lack| lack["job"] == id).unwrap();
    assert_eq!(lacks.len(), 3, "{told}");
    for (id, problem) in [(1, "missing"), (2, "wrong_size"), (3, "altered")] {
        let lack = of(id);
        assert_eq!((&lack["problem"], &lack["fetch"]), (&problem.into(), &"yes".into()), "{lack}");
        assert_eq!(lack["path"], files[id as usize - 1].to_str().unwrap());
        assert!(lack["expires_at"].is_string(), "{lack}");
        assert!(lack["hint"].as_str().unwrap().contains(&format!("taxiway download {id}")), "{lack}");
    }
    assert_eq!(of(2)["found_bytes"], 3);
    assert_ne!(of(3)["found_sha256"], of(3)["sha256"]);
    for id in [2, 3] {
        assert!(of(id)["hint"].as_str().unwrap().contains("move it away"), "{}", of(id));
    }
    let ran = stage.run(&["verify"]);
    ran.ends(7);
    for words in ["job 1  MISSING", "job 2  WRONG SIZE", "job 3  ALTERED", "3 videos not on disk as saved"] {
        assert!(ran.out.contains(words), "{ran:#?}");
    }
    stage.run(&["verify", "4"]).ends(0);
    stage.run(&["verify", "1", "4"]).ends(7);

    // The advice is good: what is fetched again is whole, under its own name where that is free.
    fs::remove_file(&files[1]).unwrap();
    fs::rename(&files[2], files[2].with_extension("old")).unwrap();
    stage.run(&["download", "1", "2", "3"]).ends(0);
    for id in 1..=4 {
        assert_home(&stage.job(id));
        assert_eq!(path_of(&stage.job(id)), files[id as usize - 1]);
    }
    stage.run(&["verify"]).ends(0);
    assert_eq!((stage.posts(), stage.service.leaked_keys()), (4, 0));
}

#[test]
fn what_never_came_is_told_with_its_prospect() {
    let stage = Stage::new("expired-video");
    stage.submit(&["--yes", "--wait"]).ends(7);
    stage.configure("[download]\nauto = false\n");
    stage.scene("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let ran = stage.run(&["verify", "--json"]);
    ran.ends(7);
    let told = ran.json();
    let lacks: Vec<_> =
        told["jobs"].as_array().unwrap().iter().map(|l| (&l["job"], &l["problem"], &l["fetch"])).collect();
    let (no, yes) =
        ((&1.into(), &"not_saved".into(), &"no".into()), (&2.into(), &"not_saved".into(), &"yes".into()));
    assert_eq!(lacks, [yes, no], "{told}");
    assert!(told["jobs"][1]["hint"].as_str().unwrap().contains("its link died"), "{told}");
}

#[test]
fn files_without_a_job_are_listed() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    stage.configure("[download]\nauto = false\n");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let file = path_of(&stage.job(1));
    let dir = stage.videos();
    let tag = |id| stage.job(id)["uuid"].as_str().unwrap().split('-').next().unwrap().to_owned();
    // A copy with its note, a note whose video is gone, parts of a job that is done, of one that still
    // wants it, and of none; something that was no video.
    fs::copy(&file, dir.join("copy.mp4")).unwrap();
    fs::copy(sidecar_path(&file), dir.join("copy.mp4.json")).unwrap();
    fs::copy(sidecar_path(&file), dir.join("gone.mp4.json")).unwrap();
    fs::write(dir.join("somebodys.mp4.json"), "{}").unwrap();
    let parts = [format!("a.{}.part", tag(1)), format!("b.{}.part", tag(2)), "c.01234567.part".into()];
    for name in parts.iter().chain([&"page.bad".to_owned(), &"holiday.jpg".to_owned()]) {
        fs::write(dir.join(name), "x").unwrap();
    }
    let ran = stage.run(&["verify", "--json"]);
    ran.ends(7);
    let told = ran.json();
    let found: Vec<_> = told["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            let name = Path::new(file["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
            (name.to_owned(), file["kind"].as_str().unwrap().to_owned(), file["job"].as_i64())
        })
        .collect();
    let expected = [
        (parts[0].as_str(), "part", Some(1)),
        (&parts[2], "part", None),
        ("copy.mp4", "video", Some(1)),
        ("copy.mp4.json", "note", Some(1)),
        ("gone.mp4.json", "note", Some(1)),
        ("page.bad", "bad", None),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(name, kind, job)| ((*name).to_owned(), (*kind).to_owned(), *job)).collect();
    assert_eq!(found, expected, "{told}");
    let ran = stage.run(&["verify"]);
    assert!(
        ran.out.contains("copy.mp4  (made for job 1)") && ran.out.contains("6 files without a job"),
        "{ran:#?}"
    );
    assert!(stage.run(&["verify", "1", "--json"]).json()["files"].as_array().unwrap().is_empty());
    // They alone are no fault, whatever their names are made of.
    stage.run(&["download", "2"]).ends(0);
    fs::write(dir.join(OsStr::from_bytes(b"\xff.mp4")), "x").unwrap();
    let ran = stage.run(&["verify", "--json"]);
    ran.ends(0);
    assert_eq!(ran.json()["files"].as_array().unwrap().len(), 8, "{ran:#?}");
    // A folder by another name is the same folder.
    let other = stage.home.path().join("other");
    symlink(&dir, &other).unwrap();
    stage.configure(&format!("[download]\ndir = \"{}\"\n", other.display()));
    let ran = stage.run(&["verify", "--json"]);
    assert_eq!(ran.json()["files"].as_array().unwrap().len(), 8, "{ran:#?}");
}

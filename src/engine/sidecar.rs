//! The note `<video>.json` beside a saved video: where it came from, and the hash of its bytes.
//!
//! It takes its name before the video does. So a program that was killed between the two, or before the
//! journal's word, finds its own note again, and with it the video: nothing is fetched twice.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::files::{names, open_file, rename_to_free, sync_folder};
use crate::job::{Job, JobId, Request, without_tokens};

/// More than a note ever has.
const NOTE_MAX: u64 = 1 << 20;

/// What is in a note.
#[derive(Serialize)]
pub(super) struct Sidecar<'a> {
    /// The form of the note.
    taxiway: u32,
    job: JobId,
    uuid: &'a str,
    task_id: Option<&'a str>,
    request_id: Option<&'a str>,
    service: &'a str,
    request: Request,
    /// Which of the task's videos, from 1.
    video: usize,
    /// Where it came from, without what opens it.
    url: Option<String>,
    created_at: Timestamp,
    sent_at: Option<Timestamp>,
    submitted_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    saved_at: Timestamp,
    file: String,
    bytes: u64,
    sha256: String,
}

impl<'a> Sidecar<'a> {
    pub(super) fn new(job: &'a Job, video: usize, bytes: u64, sha256: String, at: Timestamp) -> Self {
        let mut request = job.request.clone();
        request.prompt_image = request.picture();
        let url = job.result.as_ref().and_then(|result| result.urls.get(video.saturating_sub(1)));
        Self {
            taxiway: 1,
            job: job.id,
            uuid: &job.uuid,
            task_id: job.task_id.as_deref(),
            request_id: job.request_id.as_deref(),
            service: &job.account.service,
            request,
            video,
            url: url.map(|url| without_tokens(url)),
            created_at: job.created_at,
            sent_at: job.sent_at,
            submitted_at: job.submitted_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            saved_at: at,
            file: String::new(),
            bytes,
            sha256,
        }
    }

    /// Puts it at `to` in one step, by way of `temp`. Says whether it could: a file there that is not the
    /// note of this same video is left as it is.
    fn write(&self, temp: &Path, to: &Path) -> io::Result<bool> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(temp)?;
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.sync_all()?;
        if Note::read(to).is_some_and(|note| note.is_of(self.uuid, self.video)) {
            fs::rename(temp, to)?;
            return Ok(true);
        }
        match rename_to_free(temp, to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(temp)?;
                Ok(false)
            }
            other => other.map(|()| true),
        }
    }
}

/// A note as it is found on disk, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Note {
    /// The job's number in its journal.
    pub job: i64,
    /// The job's name among all journals.
    pub uuid: String,
    /// Which of the task's videos, from 1.
    pub video: usize,
    /// The video's size.
    pub bytes: u64,
    /// The hash of the video's bytes, in hex.
    pub sha256: String,
}

impl Note {
    /// The note at `path`, if there is one of ours.
    pub fn read(path: &Path) -> Option<Self> {
        let mut text = String::new();
        open_file(path).ok()?.take(NOTE_MAX).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub(super) fn is_of(&self, uuid: &str, video: usize) -> bool {
        self.uuid == uuid && self.video == video
    }
}

/// Where the note of a video is.
pub fn sidecar_path(video: &Path) -> PathBuf {
    let mut name = video.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

/// Moves the whole part at `from` to the first name of `stem` that is free for it and its note; the note
/// goes first. Never replaces a file. The folder is flushed, so that the names survive a loss of power.
pub(super) fn place_with_note(
    from: &Path,
    dir: &Path,
    stem: &str,
    mut note: Sidecar<'_>,
) -> io::Result<PathBuf> {
    let temp = sidecar_path(from);
    for name in names(stem, "mp4") {
        let to = dir.join(&name);
        note.file = name;
        if fs::symlink_metadata(&to).is_ok() || !note.write(&temp, &sidecar_path(&to))? {
            continue;
        }
        sync_folder(dir)?;
        match rename_to_free(from, &to) {
            Ok(()) => {
                sync_folder(dir)?;
                return Ok(to);
            }
            // Somebody put a file there this moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(sidecar_path(&to))?;
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{} holds too many files named {stem}", dir.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Account, NewJob};

    fn job() -> Job {
        let request = Request {
            prompt_image: "https://h/i.png?_jwt=a.secret.c&w=1".into(),
            model: "gen4_turbo".into(),
            ..Request::default()
        };
        let account = Account {
            service: "https://api.cometapi.com".into(),
            key_hash: "hash-of-the-key".into(),
            key_tail: "7351".into(),
            ..Account::default()
        };
        let new = NewJob { request, account, ..NewJob::default() };
        Job::new(JobId(7), "u-7".into(), new, "2026-05-01T12:00:00Z".parse().unwrap())
    }

    fn put(dir: &Path, job: &Job, video: usize, text: &str) -> PathBuf {
        let part = dir.join("x.part");
        fs::write(&part, text).unwrap();
        let note = Sidecar::new(job, video, text.len() as u64, "sha".into(), job.created_at);
        let placed = place_with_note(&part, dir, "v", note).unwrap();
        assert!(!part.exists() && !sidecar_path(&part).exists(), "nothing of its making lies about");
        placed
    }

    #[test]
    fn a_note_tells_all_but_secrets_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let video = put(dir.path(), &job(), 1, "bytes");
        assert_eq!(fs::read(&video).unwrap(), b"bytes");
        let path = sidecar_path(&video);
        let text = fs::read_to_string(&path).unwrap();
        for secret in ["secret", "hash-of-the-key", "7351"] {
            assert!(!text.contains(secret), "{text}");
        }
        let told: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&told["job"], &told["uuid"], &told["file"]), (&7.into(), &"u-7".into(), &"v.mp4".into()));
        assert_eq!(told["request"]["promptImage"], "https://h/i.png?_jwt=…&w=1");
        assert_eq!((&told["bytes"], &told["sha256"]), (&5.into(), &"sha".into()));
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_not_ours_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("v.mp4.json"), "{\"of\":\"somebody\"}").unwrap();
        fs::write(dir.path().join("v-2.mp4"), "somebody's").unwrap();
        let first = put(dir.path(), &job(), 1, "one");
        assert_eq!(first, dir.path().join("v-3.mp4"));
        // Another video of the same job, and the same video of another, are not this one.
        let other = Job { uuid: "u-8".into(), ..job() };
        fs::remove_file(&first).unwrap();
        assert_eq!(put(dir.path(), &job(), 2, "two"), dir.path().join("v-4.mp4"));
        assert_eq!(put(dir.path(), &other, 1, "three"), dir.path().join("v-5.mp4"));
        // Its own name was kept for it by its note.
        assert_eq!(put(dir.path(), &job(), 1, "again"), first);
        assert_eq!(fs::read_to_string(dir.path().join("v.mp4.json")).unwrap(), "{\"of\":\"somebody\"}");
        assert_eq!(fs::read_to_string(dir.path().join("v-2.mp4")).unwrap(), "somebody's");
        assert_eq!(Note::read(&sidecar_path(&first)).unwrap().bytes, 5);
    }
}

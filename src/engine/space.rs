//! What this machine lacks to take a video, room above all: looked at before and while it comes, and waited
//! for.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{desk::Desk, download::FetchEnd, schedule::doubled};
use crate::{
    job::{Change, JobId, ResultState},
    journal::JournalError,
};

/// Kept free beside a video, so that the journal and everybody else can still write.
const RESERVE: u64 = 16 << 20;
/// The free room is looked at again after so many bytes.
pub(super) const LOOK_EVERY: u64 = 8 << 20;
/// The pause before the room is looked at again; it doubles up to `PAUSE_MAX`.
const PAUSE_MIN: Duration = Duration::from_secs(2);
const PAUSE_MAX: Duration = Duration::from_secs(60 * 60);

/// The room in a folder, as far as the system tells.
#[derive(Clone, Debug)]
pub(super) struct Space {
    dir: PathBuf,
    free: fn(&Path) -> Option<u64>,
    unseen: u64,
}

impl Space {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.into(), free: free_space, unseen: 0 }
    }

    #[cfg(test)]
    pub(super) fn with_free(dir: &Path, free: fn(&Path) -> Option<u64>) -> Self {
        Self { free, ..Self::new(dir) }
    }

    /// Whether so many bytes more have room.
    ///
    /// # Errors
    /// [`FetchEnd::Blocked`] where they have not.
    pub(super) fn must_hold(&self, more: u64) -> Result<(), FetchEnd> {
        let needed = more.saturating_add(RESERVE);
        if self.has(needed) { Ok(()) } else { Err(self.none_left(needed)) }
    }

    /// The same, now and then, as `count` bytes came and `more` are still to come.
    pub(super) fn grew(&mut self, count: u64, more: u64) -> Result<(), FetchEnd> {
        self.unseen += count;
        if self.unseen < LOOK_EVERY {
            return Ok(());
        }
        self.unseen = 0;
        self.must_hold(more)
    }

    /// A fault of this machine, as the end of a download with `more` bytes to come.
    pub(super) fn fault(&self, path: &Path, error: &io::Error, more: u64) -> FetchEnd {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                self.none_left(more.saturating_add(RESERVE))
            }
            // Another try would meet these again until somebody mends them.
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::InvalidFilename => {
                let why = format!("{}: {error}; mend that, and it goes on by itself", path.display());
                FetchEnd::Blocked { why, needed: 0 }
            }
            _ => FetchEnd::Again(format!("{}: {error}", path.display())),
        }
    }

    fn has(&self, needed: u64) -> bool {
        (self.free)(&self.dir).is_none_or(|free| free >= needed)
    }

    fn none_left(&self, needed: u64) -> FetchEnd {
        let free = (self.free)(&self.dir).map_or_else(String::new, |free| format!(", and {free} are free"));
        let why = format!(
            "no space left in {}: {needed} bytes are needed ({RESERVE} of them to spare){free}; what came is \
             kept, and it goes on by itself when there is room",
            self.dir.display()
        );
        FetchEnd::Blocked { why, needed }
    }
}

/// The bytes that may be written to the file system of `dir`, where it tells.
pub fn free_space(dir: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(dir).ok()?;
    // A file system that counts no blocks knows no limit.
    (told.f_blocks > 0).then(|| told.f_bavail.saturating_mul(told.f_frsize))
}

/// Links live for two days at most; a job that was put in before this has none that lives.
const LIVES: SignedDuration = SignedDuration::from_hours(72);

/// A download that waits for room, or for whatever else was missing.
pub(super) struct Waiting {
    next: Instant,
    failures: u32,
    needed: u64,
}

impl Waiting {
    fn put_off(&mut self, now: Instant) {
        self.next = now + doubled(PAUSE_MIN, self.failures).min(PAUSE_MAX);
        self.failures += 1;
    }
}

impl Desk {
    /// A download ended for what this machine lacks: told as given up, and looked at again from time to time.
    pub(super) async fn blocked(&mut self, id: JobId, why: String, needed: u64) {
        tracing::error!(job = id.0, "the video was not saved: {why}");
        let now = Instant::now();
        let waiting = self.fetching.full.entry(id).or_insert(Waiting { next: now, failures: 0, needed });
        waiting.needed = needed;
        waiting.put_off(now);
        self.end_fetch(id, Change::Blocked(why)).await;
    }

    /// As a new owner: what the last one could not take may have room by now.
    pub(super) async fn remember_blocked(&mut self) -> Result<(), JournalError> {
        let now = Timestamp::now();
        let since = now.saturating_sub(LIVES).unwrap_or(now);
        for job in self.journal.blocked(since).await?.iter().filter(|job| self.book.is_ours(job)) {
            let waiting = Waiting { next: Instant::now(), failures: 0, needed: 0 };
            self.fetching.full.insert(job.id, waiting);
        }
        Ok(())
    }

    /// Fetches again what has room by now.
    pub(super) async fn look_for_room(&mut self, now: Instant) {
        let due = self.fetching.full.iter_mut().filter(|(_, waiting)| waiting.next <= now);
        let due: Vec<_> = due
            .map(|(id, waiting)| {
                waiting.put_off(now);
                (*id, waiting.needed)
            })
            .collect();
        for (id, needed) in due {
            let Ok(Some(job)) = self.journal.job(id).await else { continue };
            let Some(result) = job.result else { continue };
            match result.state {
                ResultState::Failed if !result.blocked => {
                    self.fetching.full.remove(&id);
                }
                ResultState::Failed if Space::new(&self.config.download.dir).has(needed) => {
                    self.record(id, Change::FetchAgain("it may have room now".into())).await;
                    self.fetching.want(id);
                }
                ResultState::Failed | ResultState::Pending | ResultState::Fetching => {}
                _ => {
                    self.fetching.full.remove(&id);
                }
            }
        }
    }

    pub(super) fn next_look_for_room(&self) -> Option<Instant> {
        self.fetching.full.values().map(|waiting| waiting.next).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(free: fn(&Path) -> Option<u64>) -> Space {
        Space::with_free(Path::new("/videos"), free)
    }

    #[test]
    fn what_has_no_room_is_told_with_folder_and_numbers() {
        let told = |end| match end {
            Err(FetchEnd::Blocked { why, needed }) => (why, needed),
            other => panic!("{other:?}"),
        };
        let full = space(|_| Some(20 << 20));
        assert!(full.must_hold(4 << 20).is_ok());
        let (why, needed) = told(full.must_hold((4 << 20) + 1));
        assert_eq!(needed, (20 << 20) + 1);
        for word in ["/videos", "20971521 bytes are needed", "20971520 are free", "kept"] {
            assert!(why.contains(word), "{why}");
        }
        let error = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(told(Err(full.fault(Path::new("/videos/x.part"), &error, 5))).1, RESERVE + 5);
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        let end = full.fault(Path::new("/videos/x.part"), &error, 5);
        assert!(matches!(end, FetchEnd::Blocked { needed: 0, .. }), "{end:?}");
        for passing in [io::ErrorKind::NotFound, io::ErrorKind::Other, io::ErrorKind::TimedOut] {
            let end = full.fault(Path::new("/videos/x.part"), &passing.into(), 5);
            assert!(matches!(end, FetchEnd::Again(_)), "{passing}: {end:?}");
        }
        assert!(space(|_| None).must_hold(u64::MAX).is_ok(), "a disk that tells nothing is tried");
    }

    #[test]
    fn a_video_of_unknown_length_is_watched_as_it_grows() {
        let mut full = space(|_| Some(RESERVE - 1));
        assert!(full.grew(LOOK_EVERY - 1, 0).is_ok());
        assert!(matches!(full.grew(1, 0), Err(FetchEnd::Blocked { .. })));
        let mut wide = space(|_| Some(RESERVE));
        assert!((0..4).all(|_| wide.grew(LOOK_EVERY, 0).is_ok()));
    }

    #[test]
    fn the_system_tells_the_free_room() {
        assert!(free_space(&std::env::temp_dir()).is_some_and(|free| free > 0));
        assert_eq!(free_space(Path::new("/no/such/folder")), None);
    }

    #[test]
    fn room_is_looked_for_ever_more_rarely() {
        let now = Instant::now();
        let mut waiting = Waiting { next: now, failures: 0, needed: 0 };
        let mut pauses = Vec::new();
        for _ in 0..40 {
            waiting.put_off(now);
            pauses.push((waiting.next - now).as_secs());
        }
        assert_eq!(pauses.get(..3), Some(&[2, 4, 8][..]));
        assert_eq!(pauses.last(), Some(&3600));
    }
}

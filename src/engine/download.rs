//! One video, from its URL to its place on disk.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncReadExt, AsyncWriteExt},
};

use super::{
    failpoint::reach,
    files::{names, open_file, part_path, place, validator_path},
    mp4::{is_cut, is_mp4},
    sidecar::{Note, Sidecar, place_with_note, sidecar_path},
    space::Space,
};
use crate::{
    comet::{Client, FetchError, Resume, Video},
    job::{Job, SavedFile},
};

/// More than a validator and a size ever have, in bytes.
const VALIDATOR_MAX: u64 = 64 * 1024;

/// What to fetch and where to put it.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) job: Job,
    pub(super) dir: PathBuf,
    pub(super) stem: String,
    pub(super) max_bytes: u64,
    /// The room in `dir`.
    pub(super) space: Space,
}

/// Why a download ended without a file.
#[derive(Debug)]
pub(super) enum FetchEnd {
    /// The link is dead: ask the task for a fresh one.
    Gone(String),
    /// It broke off; the part is kept, and another try may go on from there.
    Again(String),
    /// This machine cannot take it as it is: the part is kept.
    Blocked {
        /// In words.
        why: String,
        /// So many bytes of room are needed, with the reserve; 0 where room is not what is missing.
        needed: u64,
    },
    /// Another try would end the same way.
    GiveUp(String),
}

/// A download under way: the part on disk and the hash of what is in it.
struct Part {
    path: PathBuf,
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Part {
    fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}

/// A video that is here: in its place by now, or whole and still to be put there.
enum Got {
    Home(SavedFile),
    Whole(Part),
}

/// Fetches all videos of an order. `moved` hears how many bytes of how many are on disk.
pub(super) async fn fetch(
    client: &Client,
    order: &Order,
    moved: impl Fn(u64, Option<u64>),
) -> Result<Vec<SavedFile>, FetchEnd> {
    fs::create_dir_all(&order.dir).map_err(|e| order.space.fault(&order.dir, &e, 0))?;
    // All of them first, then their names. What is whole gets its own even where another is not to be had.
    let (mut all, mut missing) = (Vec::new(), None);
    let urls = order.job.result.as_ref().map(|result| result.urls.as_slice()).unwrap_or_default();
    for (url, number) in urls.iter().zip(1..) {
        let stem = if number == 1 { order.stem.clone() } else { format!("{}-part{number}", order.stem) };
        let got = match of_an_earlier_try(order, &stem, number).await {
            Some(got) => got,
            None => match fetch_one(client, order, url, &stem, &moved).await {
                Ok(part) => Got::Whole(part),
                Err(end) => {
                    missing = Some(end);
                    break;
                }
            },
        };
        all.push((got, stem, number));
    }
    let mut files = Vec::new();
    for (got, stem, number) in all {
        files.push(match got {
            Got::Home(file) => file,
            Got::Whole(part) => finish(part, order, &stem, number).await?,
        });
    }
    missing.map_or(Ok(files), Err)
}

/// What a try brought home that was killed before the journal took its word: its note tells.
async fn of_an_earlier_try(order: &Order, stem: &str, number: usize) -> Option<Got> {
    let part = part_path(&order.dir, stem, &order.job.uuid);
    for name in names(stem, "mp4") {
        let path = order.dir.join(name);
        let note = Note::read(&sidecar_path(&path));
        if note.is_none() && !path.exists() {
            return None;
        }
        let Some(note) = note.filter(|note| note.is_of(&order.job.uuid, number)) else { continue };
        if as_noted(&path, &note).await.is_some() {
            // Only the validator may be left over; that it stays does no harm.
            let _ = remove_if_there(&validator_path(&part));
            return Some(Got::Home(SavedFile { path, bytes: note.bytes, sha256: note.sha256 }));
        }
        if let Some(part) = as_noted(&part, &note).await {
            return Some(Got::Whole(part));
        }
    }
    None
}

/// The file, if its bytes are the ones that the note tells of.
async fn as_noted(path: &Path, note: &Note) -> Option<Part> {
    let is_as_long = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == note.bytes);
    let part = if is_as_long { kept_part(path).await.ok()? } else { return None };
    (part.sha256() == note.sha256).then_some(part)
}

async fn fetch_one(
    client: &Client,
    order: &Order,
    url: &str,
    stem: &str,
    moved: &impl Fn(u64, Option<u64>),
) -> Result<Part, FetchEnd> {
    let path = part_path(&order.dir, stem, &order.job.uuid);
    let space = order.space.clone();
    let kept = resume_point(&path);
    match client.open(url, kept.as_ref()).await {
        Ok(video) if kept.is_some() && video.start == 0 && is_page(&video) => {
            Err(FetchEnd::Again("the server sent a page in place of the rest; what came is kept".into()))
        }
        Ok(video) => {
            refuse_too_large(video.total.unwrap_or(0), order.max_bytes)?;
            let more = video.total.map_or(0, |total| total.saturating_sub(video.start));
            space.must_hold(more)?;
            let part = start_part(&path, &video).await.map_err(|e| space.fault(&path, &e, more))?;
            receive(video, part, order.max_bytes, space, moved).await
        }
        Err(FetchError::Complete) => kept_part(&path).await.map_err(|e| space.fault(&path, &e, 0)),
        Err(FetchError::Gone(why)) => Err(FetchEnd::Gone(why)),
        Err(FetchError::Passing(why)) => Err(FetchEnd::Again(why)),
        Err(FetchError::Refused(why)) => Err(FetchEnd::GiveUp(why)),
    }
}

fn refuse_too_large(bytes: u64, max_bytes: u64) -> Result<(), FetchEnd> {
    if bytes <= max_bytes {
        return Ok(());
    }
    Err(FetchEnd::GiveUp(format!("it has {bytes} bytes or more, and download.max_bytes is {max_bytes}")))
}

/// Whether a reply says of itself that it is text.
fn is_page(video: &Video) -> bool {
    let kind = video.content_type.as_deref().unwrap_or_default();
    kind.starts_with("text/") || kind.starts_with("application/json")
}

/// Where an earlier try broke off, if the server can be asked to go on from there.
fn resume_point(part: &Path) -> Option<Resume> {
    let start = fs::metadata(part).ok()?.len();
    let mut known = String::new();
    open_file(&validator_path(part)).ok()?.take(VALIDATOR_MAX).read_to_string(&mut known).ok()?;
    let (validator, total) = known.split_once('\n').unwrap_or((&known, ""));
    Resume::new(start, validator, total.trim().parse().ok())
}

async fn start_part(path: &Path, video: &Video) -> io::Result<Part> {
    if video.start > 0 {
        let mut part = kept_part(path).await?;
        // A part that grew or shrank since it was measured cannot be gone on with.
        if part.bytes == video.start {
            part.file = OpenOptions::new().append(true).open(path).await?;
            return Ok(part);
        }
        return Err(io::Error::other("the part changed while it was asked for"));
    }
    // Emptied first: a kill between the two must not leave the bytes of one file with the name of another.
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path).await?;
    match &video.validator {
        Some(validator) => {
            let total = video.total.map_or_else(String::new, |total| format!("\n{total}"));
            fs::write(validator_path(path), format!("{validator}{total}"))?;
        }
        None => remove_if_there(&validator_path(path))?,
    }
    Ok(Part { path: path.into(), file, hash: Sha256::new(), bytes: 0 })
}

/// The part as an earlier try left it, its hash made again.
async fn kept_part(path: &Path) -> io::Result<Part> {
    let mut file = File::open(path).await?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer).await?;
        let Some(block @ [_, ..]) = buffer.get(..count) else { break };
        hash.update(block);
        bytes += count as u64;
    }
    Ok(Part { path: path.into(), file, hash, bytes })
}

async fn receive(
    mut video: Video,
    mut part: Part,
    max_bytes: u64,
    mut space: Space,
    moved: &impl Fn(u64, Option<u64>),
) -> Result<Part, FetchEnd> {
    loop {
        let more = video.total.map_or(0, |total| total.saturating_sub(part.bytes));
        let chunk = match video.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                part.file.flush().await.map_err(|e| space.fault(&part.path, &e, more))?;
                return Err(match error {
                    FetchError::Gone(why) => FetchEnd::Gone(why),
                    FetchError::Refused(why) => FetchEnd::GiveUp(why),
                    FetchError::Passing(why) => {
                        FetchEnd::Again(format!("{why}; {} bytes are kept", part.bytes))
                    }
                    FetchError::Complete => FetchEnd::Again("the server ended early".into()),
                });
            }
        };
        let count = chunk.len() as u64;
        refuse_too_large(part.bytes + count, max_bytes)?;
        part.file.write_all(&chunk).await.map_err(|e| space.fault(&part.path, &e, more))?;
        part.bytes += count;
        part.hash.update(&chunk);
        reach("part-begun");
        moved(part.bytes, video.total);
        if let Err(full) = space.grew(count, more.saturating_sub(count)) {
            part.file.flush().await.map_err(|e| space.fault(&part.path, &e, more))?;
            return Err(full);
        }
    }
    part.file.flush().await.map_err(|e| space.fault(&part.path, &e, 0))?;
    match video.total {
        Some(total) if total != part.bytes => {
            Err(FetchEnd::Again(format!("the server sent {} of {total} bytes; they are kept", part.bytes)))
        }
        _ if part.bytes == 0 => Err(FetchEnd::Again("the server sent an empty file".into())),
        // Where only the end of the connection ends the file, its own boxes tell whether it is all of it.
        None if is_cut(&part.path).map_err(|e| space.fault(&part.path, &e, 0))? => {
            Err(FetchEnd::Again(format!("the file ends early, after {} bytes", part.bytes)))
        }
        _ => Ok(part),
    }
}

/// Looks whether it is a video, flushes it, and moves it into place, its note first.
async fn finish(part: Part, order: &Order, stem: &str, number: usize) -> Result<SavedFile, FetchEnd> {
    let failed = |e: io::Error| order.space.fault(&part.path, &e, 0);
    part.file.sync_all().await.map_err(failed)?;
    if !is_mp4(&part.path).map_err(failed)? {
        let path = place(&part.path, &order.dir, stem, "bad").map_err(failed)?;
        remove_if_there(&validator_path(&part.path)).map_err(failed)?;
        let told =
            format!("the server sent something that is no MP4 video; it is kept as {}", path.display());
        return Err(FetchEnd::GiveUp(told));
    }
    let (bytes, sha256) = (part.bytes, part.sha256());
    let note = Sidecar::new(&order.job, number, bytes, sha256.clone(), Timestamp::now());
    reach("before-rename");
    let path = place_with_note(&part.path, &order.dir, stem, note).map_err(failed)?;
    reach("after-rename");
    // It is in place: that the validator stays does no harm.
    let _ = remove_if_there(&validator_path(&part.path));
    Ok(SavedFile { path, bytes, sha256 })
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::{
        comet::Settings,
        engine::space::LOOK_EVERY,
        job::{JobId, NewJob, Outcome, ResultState},
    };

    /// Sends `head`, then zeros until the other side has enough.
    async fn endless(head: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut peer, _) = listener.accept().await.unwrap();
            let _ = peer.read(&mut [0; 4096]).await;
            let mut sent = peer.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                sent = peer.write_all(&[0; 1 << 13]).await;
            }
        });
        url
    }

    async fn fetch_from(url: &str, dir: &Path, max_bytes: u64, free: fn(&Path) -> Option<u64>) -> FetchEnd {
        let client = Client::new(Settings {
            base_url: url.into(),
            key: "sk-test".to_owned().into(),
            access_token: None,
            runway_version: "2024-11-06".into(),
            connect_timeout: Duration::from_secs(5),
            reply_timeout: Duration::from_secs(5),
            poll_timeout: Duration::from_secs(5),
            ca: None,
        });
        let mut job = Job::new(JobId(1), "01234567".into(), NewJob::default(), Timestamp::UNIX_EPOCH);
        job.result = Some(Outcome {
            state: ResultState::Fetching,
            urls: vec![format!("{url}/v.mp4")],
            expires_at: None,
            files: Vec::new(),
            problem: None,
            blocked: false,
        });
        let space = Space::with_free(dir, free);
        let order = Order { job, dir: dir.into(), stem: "v".into(), max_bytes, space };
        fetch(&client.unwrap(), &order, |_, _| {}).await.unwrap_err()
    }

    /// Else a kill between the two would have the rest of the new file put behind bytes of the old one.
    #[tokio::test]
    async fn an_old_part_is_gone_before_the_new_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("v.01234567.part");
        fs::write(&part, "of another file").unwrap();
        // Where the name cannot be written, it is seen what came first.
        fs::create_dir(validator_path(&part)).unwrap();
        let url = endless("HTTP/1.1 200 OK\r\netag: \"new\"\r\n\r\n").await;
        let end = fetch_from(&url, dir.path(), u64::MAX, |_| Some(u64::MAX)).await;
        assert!(matches!(&end, FetchEnd::Blocked { .. }), "{end:?}");
        assert_eq!(fs::read(&part).unwrap(), b"");
    }

    #[tokio::test]
    async fn what_tells_no_length_is_given_up_at_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let url = endless("HTTP/1.1 200 OK\r\n\r\n").await;
        let end = fetch_from(&url, dir.path(), 1 << 16, |_| Some(u64::MAX)).await;
        assert!(
            matches!(&end, FetchEnd::GiveUp(why) if why.contains("download.max_bytes is 65536")),
            "{end:?}"
        );
        assert!(fs::metadata(dir.path().join("v.01234567.part")).unwrap().len() <= 1 << 16);
    }

    #[tokio::test]
    async fn what_has_no_room_is_not_begun() {
        let dir = tempfile::tempdir().unwrap();
        let url = endless("HTTP/1.1 200 OK\r\ncontent-length: 5000000000\r\n\r\n").await;
        let end = fetch_from(&url, dir.path(), u64::MAX, |_| Some(5_000_000_000)).await;
        assert!(matches!(&end, FetchEnd::Blocked { needed, .. } if *needed > 5_000_000_000), "{end:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_grows_without_end_stops_where_the_room_ends() {
        static LOOKS: AtomicUsize = AtomicUsize::new(0);
        let dir = tempfile::tempdir().unwrap();
        let url = endless("HTTP/1.1 200 OK\r\n\r\n").await;
        let fills = |_: &Path| Some(if LOOKS.fetch_add(1, Ordering::Relaxed) < 2 { u64::MAX } else { 0 });
        let end = fetch_from(&url, dir.path(), 8 * LOOK_EVERY, fills).await;
        assert!(matches!(&end, FetchEnd::Blocked { .. }), "{end:?}");
        let kept = fs::metadata(dir.path().join("v.01234567.part")).unwrap().len();
        assert!((2 * LOOK_EVERY..4 * LOOK_EVERY).contains(&(kept + LOOK_EVERY)), "{kept} bytes are kept");
    }
}

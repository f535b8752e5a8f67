//! One video, from its URL to its place on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncReadExt, AsyncWriteExt},
};

use super::files::{part_path, place, validator_path};
use crate::{
    comet::{Client, FetchError, Resume, Video},
    job::SavedFile,
};

/// What to fetch and where to put it.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) urls: Vec<String>,
    pub(super) dir: PathBuf,
    pub(super) stem: String,
    pub(super) uuid: String,
    pub(super) max_bytes: u64,
}

/// Why a download ended without a file.
#[derive(Debug)]
pub(super) enum FetchEnd {
    /// The link is dead: ask the task for a fresh one.
    Gone(String),
    /// It broke off; the part is kept, and another try may go on from there.
    Again(String),
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

/// Fetches all videos of an order. `moved` hears how many bytes of how many are on disk.
pub(super) async fn fetch(
    client: &Client,
    order: &Order,
    moved: impl Fn(u64, Option<u64>),
) -> Result<Vec<SavedFile>, FetchEnd> {
    fs::create_dir_all(&order.dir).map_err(|e| on_disk(&order.dir, &e))?;
    // All of them first, then their names: another try goes on from the parts, and would not know of a
    // video that has its name already.
    let mut parts = Vec::new();
    for (index, url) in order.urls.iter().enumerate() {
        let stem = if index == 0 { order.stem.clone() } else { format!("{}-part{}", order.stem, index + 1) };
        parts.push((fetch_one(client, order, url, &stem, &moved).await?, stem));
    }
    let mut files = Vec::new();
    for (part, stem) in parts {
        files.push(finish(part, order, &stem).await?);
    }
    Ok(files)
}

async fn fetch_one(
    client: &Client,
    order: &Order,
    url: &str,
    stem: &str,
    moved: &impl Fn(u64, Option<u64>),
) -> Result<Part, FetchEnd> {
    let path = part_path(&order.dir, stem, &order.uuid);
    match client.open(url, resume_point(&path).as_ref()).await {
        Ok(video) => {
            let part = start_part(&path, &video).await.map_err(|e| on_disk(&path, &e))?;
            receive(video, part, order.max_bytes, moved).await
        }
        Err(FetchError::Complete) => kept_part(&path).await.map_err(|e| on_disk(&path, &e)),
        Err(FetchError::Gone(why)) => Err(FetchEnd::Gone(why)),
        Err(FetchError::Passing(why)) => Err(FetchEnd::Again(why)),
        Err(FetchError::Refused(why)) => Err(FetchEnd::GiveUp(why)),
    }
}

/// Where an earlier try broke off, if the server can be asked to go on from there.
fn resume_point(part: &Path) -> Option<Resume> {
    let start = fs::metadata(part).ok()?.len();
    let validator = fs::read_to_string(validator_path(part)).ok()?;
    (start > 0).then_some(Resume { start, validator })
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
    match &video.validator {
        Some(validator) => fs::write(validator_path(path), validator)?,
        None => remove_if_there(&validator_path(path))?,
    }
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path).await?;
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
    moved: &impl Fn(u64, Option<u64>),
) -> Result<Part, FetchEnd> {
    let too_large = |bytes: u64| {
        FetchEnd::GiveUp(format!("it has {bytes} bytes or more, and download.max_bytes is {max_bytes}"))
    };
    if let Some(total) = video.total.filter(|total| *total > max_bytes) {
        return Err(too_large(total));
    }
    loop {
        let chunk = match video.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                part.file.flush().await.map_err(|e| on_disk(&part.path, &e))?;
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
        part.bytes += chunk.len() as u64;
        if part.bytes > max_bytes {
            return Err(too_large(part.bytes));
        }
        part.file.write_all(&chunk).await.map_err(|e| on_disk(&part.path, &e))?;
        part.hash.update(&chunk);
        moved(part.bytes, video.total);
    }
    part.file.flush().await.map_err(|e| on_disk(&part.path, &e))?;
    match video.total {
        Some(total) if total != part.bytes => {
            Err(FetchEnd::Again(format!("the server sent {} of {total} bytes; they are kept", part.bytes)))
        }
        _ => Ok(part),
    }
}

/// Looks whether it is a video, flushes it, and moves it into place.
async fn finish(part: Part, order: &Order, stem: &str) -> Result<SavedFile, FetchEnd> {
    let failed = |e: io::Error| on_disk(&part.path, &e);
    part.file.sync_all().await.map_err(failed)?;
    remove_if_there(&validator_path(&part.path)).map_err(failed)?;
    let ending = if is_mp4(&part.path).map_err(failed)? { "mp4" } else { "bad" };
    let path = place(&part.path, &order.dir, stem, ending).map_err(failed)?;
    if ending == "bad" {
        let told =
            format!("the server sent something that is no MP4 video; it is kept as {}", path.display());
        return Err(FetchEnd::GiveUp(told));
    }
    Ok(SavedFile { path, bytes: part.bytes, sha256: hex::encode(part.hash.finalize()) })
}

/// Whether a file begins as an MP4 does: with a box named `ftyp`.
fn is_mp4(path: &Path) -> io::Result<bool> {
    use io::Read;
    let mut head = Vec::new();
    fs::File::open(path)?.take(8).read_to_end(&mut head)?;
    Ok(head.get(4..8) == Some(b"ftyp"))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A fault of this machine: another try would meet it again until the user mends it.
fn on_disk(path: &Path, error: &io::Error) -> FetchEnd {
    FetchEnd::GiveUp(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("no space left for {}; what came is kept: make room, then fetch it again", path.display())
        }
        _ => format!("{}: {error}; mend that, then fetch it again", path.display()),
    })
}

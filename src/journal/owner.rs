use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{alive::is_alive, folder};

/// The answer to [`claim`].
#[derive(Debug)]
pub enum Claim {
    /// The engine is this process's, as long as the lock is kept.
    Mine(OwnerLock),
    /// Another process has it.
    Held {
        /// Its process id, where it told.
        pid: Option<u32>,
    },
}

/// The right to send, poll and download for a data folder: one process has it. It ends when this is dropped,
/// or with the process, however that ends.
#[derive(Debug)]
pub struct OwnerLock {
    file: File,
    data_dir: PathBuf,
}

/// Takes the owner lock of `data_dir` if it is free. Makes the folder where it is missing.
///
/// # Errors
/// The system's, naming the file, where the folder or the lock's file cannot be made.
pub fn claim(data_dir: &Path) -> io::Result<Claim> {
    loop {
        let file = open(data_dir)?;
        match file.try_lock() {
            Ok(()) => {
                let lock = OwnerLock::taken(file, data_dir);
                if lock.is_in_place() {
                    return Ok(Claim::Mine(lock));
                }
            }
            Err(TryLockError::WouldBlock) => return Ok(Claim::Held { pid: owner_pid(data_dir) }),
            Err(TryLockError::Error(error)) => return Err(named(data_dir, &error)),
        }
    }
}

/// Waits until the owner lock of `data_dir` is free and takes it, within milliseconds of its owner's end.
/// Blocks without bound and cannot be called off: for a thread of its own.
///
/// # Errors
/// As [`claim`].
pub fn wait_for_claim(data_dir: &Path) -> io::Result<OwnerLock> {
    loop {
        let file = open(data_dir)?;
        match file.lock() {
            Ok(()) => {
                let lock = OwnerLock::taken(file, data_dir);
                if lock.is_in_place() {
                    return Ok(lock);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(named(data_dir, &error)),
        }
    }
}

/// The file is never removed: a second one of that name would be a second lock.
fn open(data_dir: &Path) -> io::Result<File> {
    folder::make(data_dir).map_err(|error| named(data_dir, &error))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(lock_file(data_dir)).map_err(|error| named(data_dir, &error))
}

fn lock_file(data_dir: &Path) -> PathBuf {
    data_dir.join("owner.lock")
}

fn named(data_dir: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", lock_file(data_dir).display()))
}

/// The process that wrote itself into the file, if it lives: one that was killed leaves its number behind.
pub fn owner_pid(data_dir: &Path) -> Option<u32> {
    let pid = fs::read_to_string(lock_file(data_dir)).ok()?.trim().parse().ok()?;
    is_alive(pid).then_some(pid)
}

impl OwnerLock {
    fn taken(mut file: File, data_dir: &Path) -> Self {
        let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        if let Err(error) = written {
            // The number only helps others to name us.
            tracing::warn!("{}", named(data_dir, &error));
        }
        Self { file, data_dir: data_dir.into() }
    }

    /// Whether the locked file still has its name: were it removed, somebody else could lock another.
    pub fn is_in_place(&self) -> bool {
        let ours = self.file.metadata().map(|meta| (meta.dev(), meta.ino()));
        folder::identity(&lock_file(&self.data_dir)).is_ok_and(|there| ours.is_ok_and(|ours| ours == there))
    }
}

impl Drop for OwnerLock {
    fn drop(&mut self) {
        // The number only helps others to name the owner; the lock itself goes with the file.
        let _ = self.file.set_len(0);
    }
}

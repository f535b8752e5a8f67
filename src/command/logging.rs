//! Where log records go: a rotating file in the data folder, and the screen.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::dashboard::RingLayer;

/// The log's name in the data folder; older ones have a number behind it.
pub const LOG_FILE: &str = "taxiway.log";

/// A file above this size is put away when the log is opened.
const LARGEST: u64 = 1024 * 1024;

/// How many older files are kept.
const KEPT: u32 = 3;

/// Sends log records to `taxiway.log` in the data folder, where there is one, and into the ring of the
/// screen, where there is one. `TAXIWAY_LOG` says from which level on (error, warn, info, debug,
/// trace or off); it is info when unset, and also when it holds another word, which is then told in
/// the log.
///
/// Called once; an error means that nothing is logged.
pub fn init(data_dir: Option<&Path>, ring: Option<RingLayer>) -> io::Result<()> {
    let word = std::env::var_os("TAXIWAY_LOG");
    let level = level(word.as_deref());
    let file = data_dir.map(open).transpose()?.map(|file| {
        // The file gets each record in one write, so that the records of several processes do not mix.
        fmt::layer().with_ansi(false).with_target(false).with_writer(Arc::new(file))
    });
    tracing_subscriber::registry()
        .with(level.unwrap_or(LevelFilter::INFO))
        .with(file)
        .with(ring)
        .try_init()
        .map_err(io::Error::other)?;
    if level.is_none() {
        tracing::warn!(
            "TAXIWAY_LOG is {word:?}: expected error, warn, info, debug, trace or off; info stands in"
        );
    }
    Ok(())
}

/// The level that a word names; `None` when it names none.
fn level(word: Option<&OsStr>) -> Option<LevelFilter> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Some(LevelFilter::INFO) };
    match word.to_str()?.to_ascii_lowercase().as_str() {
        "off" => Some(LevelFilter::OFF),
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        "debug" => Some(LevelFilter::DEBUG),
        "trace" => Some(LevelFilter::TRACE),
        _ => None,
    }
}

/// Opens the log for this process, after having put a large one away. The folder is made where it is
/// missing (0700), and the file is 0600.
fn open(folder: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(LOG_FILE);
    if fs::metadata(&path).is_ok_and(|file| file.len() > LARGEST) {
        put_away(folder)?;
    }
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Makes room: each older file gets the next number, and the last one is replaced.
fn put_away(folder: &Path) -> io::Result<()> {
    for n in (0..KEPT).rev() {
        match fs::rename(numbered(folder, n), numbered(folder, n + 1)) {
            // There is none yet, or another process was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

/// The longest end of the log that is read, in bytes.
const LONGEST_TAIL: u64 = 256 * 1024;

/// The last lines of the log, at most `most` and at most 256 KiB of them, oldest first.
///
/// # Errors
/// The system's, where there is no log or it cannot be read.
pub fn tail(folder: &Path, most: usize) -> io::Result<Vec<String>> {
    let mut file = File::open(folder.join(LOG_FILE))?;
    let start = file.metadata()?.len().saturating_sub(LONGEST_TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // What is cut off at its beginning is no line.
    let lines: Vec<_> = text.lines().skip(usize::from(start > 0)).collect();
    let first = lines.len().saturating_sub(most);
    Ok(lines.into_iter().skip(first).map(str::to_owned).collect())
}

/// The log itself is number 0.
fn numbered(folder: &Path, n: u32) -> PathBuf {
    folder.join(if n == 0 { LOG_FILE.into() } else { format!("{LOG_FILE}.{n}") })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folder_and_file_are_the_users_alone() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("a").join("b");
        open(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join(LOG_FILE)), 0o600);
        fs::set_permissions(folder.join(LOG_FILE), Permissions::from_mode(0o644)).unwrap();
        open(&folder).unwrap();
        assert_eq!(mode(&folder.join(LOG_FILE)), 0o600);
    }

    #[test]
    fn a_small_log_goes_on_and_a_large_one_is_put_away() {
        let temp = tempfile::tempdir().unwrap();
        let read = |n| fs::read_to_string(numbered(temp.path(), n)).unwrap();
        for round in 1..=5 {
            let mut file = open(temp.path()).unwrap();
            writeln!(file, "round {round}").unwrap();
            drop(file);
            let mut file = open(temp.path()).unwrap();
            assert!(read(0).starts_with(&format!("round {round}\n")), "a small one is kept");
            file.write_all(&vec![b'x'; usize::try_from(LARGEST).unwrap()]).unwrap();
        }
        open(temp.path()).unwrap();
        assert_eq!(read(0), "");
        for n in 1..=KEPT {
            assert!(read(n).starts_with(&format!("round {}\n", 6 - n)));
            assert_eq!(mode(&numbered(temp.path(), n)), 0o600);
        }
        assert!(!numbered(temp.path(), KEPT + 1).exists());
    }

    #[test]
    fn the_end_of_a_log_is_whole_lines() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(tail(temp.path(), 3).unwrap_err().kind(), io::ErrorKind::NotFound);
        let mut file = open(temp.path()).unwrap();
        writeln!(file, "first\nsecond\nthird").unwrap();
        assert_eq!(tail(temp.path(), 2).unwrap(), ["second", "third"]);
        assert_eq!(tail(temp.path(), 9).unwrap().len(), 3);
        write!(file, "{}", "0123456789abcde\n".repeat(30_000)).unwrap();
        let all = tail(temp.path(), usize::MAX).unwrap();
        assert!(all.len() < 20_000 && all.iter().all(|line| line == "0123456789abcde"));
    }

    #[test]
    fn a_level_is_a_plain_word() {
        let of = |word: &str| level(Some(OsStr::new(word)));
        assert_eq!(level(None), Some(LevelFilter::INFO));
        assert_eq!(of(""), Some(LevelFilter::INFO));
        assert_eq!(of("DEBUG"), Some(LevelFilter::DEBUG));
        assert_eq!(of("off"), Some(LevelFilter::OFF));
        assert_eq!(of("hyper=debug"), None);
    }

    #[test]
    fn a_record_is_a_plain_line_in_the_file() {
        let temp = tempfile::tempdir().unwrap();
        let file = open(temp.path()).unwrap();
        let layer = fmt::layer().with_ansi(false).with_target(false).with_writer(Arc::new(file));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!(job = 7_i64, "sent");
        });
        let text = fs::read_to_string(temp.path().join(LOG_FILE)).unwrap();
        assert!(text.ends_with("INFO sent job=7\n"), "{text:?}");
        assert!(!text.contains('\x1b'));
    }
}

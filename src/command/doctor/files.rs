//! The folders, the journal and the log, looked at without opening anything for writing.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use rustix::fs::{Access, access};

use super::Check;
use crate::{
    command::{
        Exit, count_of,
        logging::{LOG_FILE, tail},
    },
    config::Config,
    dashboard::text::size,
    engine::free_space,
    job::without_tokens,
    journal::{self, JournalError},
};

/// With less room than this, journal and videos will soon fail, in bytes.
const LITTLE: u64 = 64 << 20;
/// So many of the log's last lines are looked at.
const LINES: usize = 500;

pub fn look(config: &Config) -> Vec<Check> {
    let dir = &config.data_dir;
    vec![data_folder(dir), journal(dir), engine(dir), download_folder(config), log(dir)]
}

fn data_folder(dir: &Path) -> Check {
    const NAME: &str = "data_folder";
    let path = dir.display();
    if let Some(kind) = journal::network_file_system(dir) {
        let found = format!("{path} is on a network file system ({kind}), where no journal can be trusted");
        return Check::fault(NAME, Exit::Machine, found)
            .advice("name a local folder: --data-dir or TAXIWAY_DATA_DIR");
    }
    let (there, room) = match writable(dir) {
        Ok(found) => found,
        Err(why) => {
            return Check::fault(NAME, Exit::Machine, why)
                .advice("mend its permissions, or name another folder: --data-dir or TAXIWAY_DATA_DIR");
        }
    };
    if !there {
        return Check::ok(NAME, format!("{path} will be made when it is needed; {room}"));
    }
    if let Some(open) = open_to_others(dir) {
        return Check::warning(NAME, format!("others can read {open}; {room}"))
            .advice(format!("chmod -R go= {}", shell_words::quote(&path.to_string())));
    }
    let found = format!("{path}, for you alone; {room}");
    if is_little(dir) {
        return Check::warning(NAME, found).advice("free some space: without it nothing is sent");
    }
    Check::ok(NAME, found)
}

/// The first thing of ours in the data folder that is not its user's alone.
fn open_to_others(dir: &Path) -> Option<String> {
    let files = ["journal.db", "journal.db-wal", LOG_FILE, "owner.lock"].map(|name| dir.join(name));
    let open = |path: &&Path| fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    let first = [dir].into_iter().chain(files.iter().map(AsRef::as_ref)).find(open)?;
    Some(first.display().to_string())
}

/// Whether a folder is there, and the room in it, where it can be written or made.
fn writable(dir: &Path) -> Result<(bool, String), String> {
    // A broken link is there, too, and nothing can be made in its place.
    let is_there = |path: &&Path| fs::symlink_metadata(path).is_ok();
    let Some(nearest) = dir.ancestors().find(is_there) else {
        return Err(format!("{} cannot be looked for", dir.display()));
    };
    let told = |why: &str| format!("{} cannot be written: {} {why}", dir.display(), nearest.display());
    if !nearest.is_dir() {
        return Err(told("is no folder"));
    }
    access(nearest, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| told(&format!("refuses it ({})", std::io::Error::from(error))))?;
    let room = free_space(nearest).map_or_else(|| "free space unknown".into(), |free| size(free) + " free");
    Ok((nearest == dir, room))
}

fn is_little(dir: &Path) -> bool {
    dir.ancestors().find_map(free_space).is_some_and(|free| free < LITTLE)
}

fn journal(dir: &Path) -> Check {
    const NAME: &str = "journal";
    const KEEP: &str =
        "keep it, it may hold ids of paid tasks: copy the whole data folder before anything else";
    match journal::health(dir) {
        Ok(None) => Check::ok(NAME, "there is none yet: the first job makes it"),
        Ok(Some(health)) => {
            let jobs = usize::try_from(health.jobs).unwrap_or(usize::MAX);
            let found = format!("{}, schema {}", count_of(jobs, "job"), health.schema);
            match &health.faults {
                Some(faults) if !faults.is_empty() => Check::fault(
                    NAME,
                    Exit::Machine,
                    format!("{found}; it is damaged: {}", faults.join("; ")),
                )
                .advice(KEEP),
                _ if health.schema < health.known => {
                    let found = format!("{found}, from an older Taxiway; this one writes {}", health.known);
                    Check::note(NAME, found).advice("start `taxiway` once: that brings it up to date")
                }
                Some(_) => Check::ok(NAME, format!("{found}, nothing damaged")),
                None => Check::ok(NAME, format!("{found}; too large to be looked through here")),
            }
        }
        Err(error) => {
            let advice = match error {
                JournalError::Corrupt { .. } => Some(KEEP.into()),
                JournalError::Newer { .. } => Some("use the newer Taxiway".into()),
                JournalError::Older { .. } => Some("start `taxiway` once: that brings it up to date".into()),
                _ => None,
            };
            Check { advice, ..Check::fault(NAME, Exit::Machine, error.to_string()) }
        }
    }
}

fn engine(dir: &Path) -> Check {
    let found = match journal::owner_pid(dir) {
        Some(pid) => format!("process {pid} sends, polls and downloads"),
        None => "no Taxiway runs with this data folder: nothing is sent or polled at the moment".into(),
    };
    Check::ok("engine", found)
}

fn download_folder(config: &Config) -> Check {
    const NAME: &str = "download_folder";
    let (dir, most) = (&config.download.dir, config.download.max_bytes);
    let (there, room) = match writable(dir) {
        Ok(found) => found,
        Err(why) => {
            return Check::fault(NAME, Exit::Machine, why)
                .advice("mend its permissions, or name another folder as download.dir in the config file");
        }
    };
    let made = if there { "" } else { " will be made when it is needed" };
    let found = format!("{}{made}; {room}", dir.display());
    let free = dir.ancestors().find_map(free_space);
    if is_little(dir) {
        return Check::warning(NAME, found).advice("free some space, or name another folder as download.dir");
    }
    if free.is_some_and(|free| free < most) {
        return Check::note(NAME, format!("{found}; a video may have {} (download.max_bytes)", size(most)));
    }
    Check::ok(NAME, found)
}

fn log(dir: &Path) -> Check {
    const NAME: &str = "log";
    let path = dir.join(LOG_FILE);
    let lines = match tail(dir, LINES) {
        Ok(lines) => lines,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Check::ok(NAME, "there is none yet");
        }
        Err(error) => return Check::warning(NAME, format!("{} cannot be read: {error}", path.display())),
    };
    let errors: Vec<_> = lines.iter().filter(|line| is_error(line)).collect();
    let Some(last) = errors.last() else {
        return Check::ok(NAME, format!("no error among its last {}", count_of(lines.len(), "line")));
    };
    let all = count_of(lines.len(), "line");
    let found =
        format!("{} in its last {all}; the last: {}", count_of(errors.len(), "error"), without_tokens(last));
    Check::note(NAME, found).advice(format!("read {}", path.display()))
}

/// Whether the level of a record is ERROR: the word behind its moment.
fn is_error(line: &str) -> bool {
    line.split_whitespace().nth(1) == Some("ERROR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_folder_can_be_made_is_found_without_making_it() {
        let temp = tempfile::tempdir().unwrap();
        let (there, room) = writable(temp.path()).unwrap();
        assert!(there && room.ends_with(" free"), "{room}");
        let deep = temp.path().join("a/b");
        assert!(!writable(&deep).unwrap().0 && !temp.path().join("a").exists());
        let file = temp.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(writable(&file.join("a")).unwrap_err().ends_with("file is no folder"));
        std::os::unix::fs::symlink("nowhere", temp.path().join("link")).unwrap();
        assert!(writable(&temp.path().join("link/a")).is_err(), "a link that leads nowhere");
    }

    #[test]
    fn only_the_level_makes_an_error() {
        assert!(is_error("2026-05-01T00:00:00Z ERROR refused: no job=3"));
        assert!(!is_error("2026-05-01T00:00:00Z  WARN no news: ERROR"));
    }
}

//! Where a video goes: its name, and the last step into place.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};

use crate::job::{Job, is_harmful};

/// The longest piece of a prompt in a file name, in characters.
const SLUG_LIMIT: usize = 40;
/// The longest name, in bytes: file systems take 255, and `-part2`, the tag and `.part.json` go behind it.
const STEM_LIMIT: usize = 180;
/// What parts paths, here or elsewhere, or means something to a shell.
const UNSAFE: &str = "/\\:*?\"'<>|$`;&(){}[]!";
/// Names to try before a folder full of namesakes is given up.
const NAMESAKES: u32 = 10_000;

/// The name of a job's video without its ending, from the config's template; safe as a file name
/// whatever the prompt holds.
pub(super) fn stem(template: &str, job: &Job, zone: &TimeZone) -> String {
    let date = job.created_at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string();
    let seed = job.request.seed.map_or_else(|| "random".into(), |seed| seed.to_string());
    let name = template
        .replace("{date}", &date)
        .replace("{id}", &job.id.to_string())
        .replace("{slug}", &slug(job.request.prompt_text.as_deref().unwrap_or_default()))
        .replace("{model}", &job.request.model)
        .replace("{seed}", &seed);
    let safe: String =
        name.chars().map(|c| if is_harmful(c) || UNSAFE.contains(c) { '-' } else { c }).collect();
    let safe = safe.trim_start_matches(['.', '-']).trim_end_matches(['.', '-', ' ']);
    if safe.is_empty() { format!("video-{}", job.id) } else { cut(safe, STEM_LIMIT).into() }
}

/// The longest beginning of a text that has at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    text.get(..ends.take_while(|end| *end <= bytes).last().unwrap_or(0)).unwrap_or_default()
}

/// A prompt as a piece of a file name: letters and digits, the rest as single dashes.
fn slug(prompt: &str) -> String {
    let words = prompt.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-").to_lowercase();
    joined.chars().take(SLUG_LIMIT).collect()
}

/// Where a download grows: its own for each job of each journal, the same after a restart.
pub(super) fn part_path(dir: &Path, stem: &str, uuid: &str) -> PathBuf {
    let tag: String = uuid.chars().take(8).collect();
    dir.join(format!("{stem}.{tag}.part"))
}

/// Where the validator of a growing download is kept, for `If-Range`.
pub(super) fn validator_path(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".etag");
    name.into()
}

/// Moves `from` to `dir/stem.ending`, or the first free namesake `stem-2.ending`, …; never replaces
/// a file. The folder is flushed, so that the name survives a loss of power.
pub(super) fn place(from: &Path, dir: &Path, stem: &str, ending: &str) -> io::Result<PathBuf> {
    for name in names(stem, ending) {
        let to = dir.join(name);
        match rename_to_free(from, &to) {
            Ok(()) => {
                sync_folder(dir)?;
                return Ok(to);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{} holds too many files named {stem}", dir.display())))
}

/// The names that a file may take, in order.
pub(super) fn names(stem: &str, ending: &str) -> impl Iterator<Item = String> {
    (1..NAMESAKES).map(move |number| {
        if number == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{number}.{ending}") }
    })
}

/// Moves a file to a name that nobody has.
pub(super) fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // A file system that cannot rename so can still link so.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            match fs::hard_link(from, to) {
                Ok(()) => fs::remove_file(from),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
                // Nor link: the name is taken by an empty file of ours first.
                Err(_) => File::create_new(to).and_then(|_| fs::rename(from, to)),
            }
        }
        other => Ok(other?),
    }
}

/// Has the names in a folder survive a loss of power, where its file system can do that.
pub(super) fn sync_folder(dir: &Path) -> io::Result<()> {
    match File::open(dir)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        other => other,
    }
}

/// Opens a plain file to read it. Anything else that lies there, as a pipe that nobody writes to, is refused
/// instead of waited for.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    let no_wait = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(no_wait).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no plain file")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{JobId, NewJob, Request};

    fn job(prompt: &str) -> Job {
        let request =
            Request { prompt_text: Some(prompt.into()), model: "gen4_turbo".into(), ..Request::default() };
        let new = NewJob { request, ..NewJob::default() };
        Job::new(JobId(7), "0123456789ab".into(), new, "2026-05-01T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn names_are_safe_whatever_the_prompt() {
        let name = |template, prompt| stem(template, &job(prompt), &TimeZone::UTC);
        assert_eq!(name("{date}-{id}-{slug}", "A cat, yawning!"), "2026-05-01-7-a-cat-yawning");
        assert_eq!(name("{date}-{id}-{slug}", ""), "2026-05-01-7");
        assert_eq!(name("{slug}", "../../etc/passwd"), "etc-passwd");
        assert_eq!(name("../{slug}", "\u{1b}[31m\n"), "31m");
        assert_eq!(name("{slug}", "🛫"), "video-7");
        assert_eq!(name("{model}-{seed}", ""), "gen4_turbo-random");
        assert_eq!(name(&"{slug}".repeat(4), &"字".repeat(100)).len(), STEM_LIMIT);
        assert_eq!(slug(&"é".repeat(100)).chars().count(), SLUG_LIMIT);
    }

    #[test]
    fn a_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        for expected in ["v.mp4", "v-2.mp4", "v-3.mp4"] {
            let part = dir.path().join("x.part");
            fs::write(&part, expected).unwrap();
            assert_eq!(place(&part, dir.path(), "v", "mp4").unwrap(), dir.path().join(expected));
            assert!(!part.exists());
        }
        assert_eq!(fs::read_to_string(dir.path().join("v.mp4")).unwrap(), "v.mp4");
    }
}

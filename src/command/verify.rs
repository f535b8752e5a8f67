//! `verify`: whether the saved videos are whole; no network, no lock, nothing is written.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use clap::Args;

use super::{
    Context, Exit,
    context::{all_jobs, find_each, run, settle},
    count_of,
    list::moment,
};
use crate::{
    engine::{Note, sidecar_path},
    job::{Job, JobId, Outcome, Problem, ResultState, SavedFile, State},
};

/// All that was found.
#[derive(Debug, Default, Serialize)]
struct Findings {
    /// Saved videos that were hashed again.
    checked: usize,
    /// Those of them that are as they were saved.
    whole: usize,
    /// Jobs that lack a video, a line for each.
    jobs: Vec<Lack>,
    /// Files in the download folder that belong to no job as they are.
    files: Vec<Stray>,
}

/// A video that a job should have and has not.
#[derive(Debug, Serialize)]
struct Lack {
    job: JobId,
    uuid: String,
    task_id: Option<String>,
    /// `missing`, `wrong_size`, `altered`, `unreadable`, or `not_saved`.
    problem: &'static str,
    path: Option<String>,
    bytes: Option<u64>,
    found_bytes: Option<u64>,
    sha256: Option<String>,
    found_sha256: Option<String>,
    /// Whether it can be fetched: `yes`, `perhaps` or `no`.
    fetch: &'static str,
    expires_at: Option<Timestamp>,
    hint: String,
}

/// A file without a job.
#[derive(Debug, Serialize)]
struct Stray {
    /// A name that is no text is shown as well as it can be.
    path: String,
    /// `video`, `note`, `part`, or `bad`.
    kind: &'static str,
    /// The job that it was made for, where its note or name tells.
    job: Option<JobId>,
}

/// How a saved file is found.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Whole,
    Missing,
    WrongSize(u64),
    Altered(String),
    Unreadable(String),
}

/// Check the saved videos: missing or altered ones, and files without a job
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway verify\n  taxiway verify 12 --json")]
pub struct Verify {
    /// Numbers, task ids, or the beginnings of some; without any, all jobs and the download folder
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
}

/// Runs the command.
pub(super) fn verify(mut context: Context, args: &Verify) -> Exit {
    context.say_warnings();
    let outcome = look(&mut context, args);
    settle(outcome, &mut context.output)
}

fn look(context: &mut Context, args: &Verify) -> Result<Exit, Problem> {
    context.check_config()?;
    let journal = context.journal_read_only()?;
    let all = args.jobs.is_empty();
    let jobs = run(async {
        if all { all_jobs(&journal, |_| true).await } else { find_each(&journal, &args.jobs).await }
    })??;
    let now = Timestamp::now();
    let mut findings = Findings::default();
    for job in &jobs {
        findings.look_at(job, now);
    }
    if all {
        findings.files = strays(&context.config.download.dir, &jobs)?;
    }
    let output = &mut context.output;
    if output.is_json() {
        output.json(&findings);
    } else {
        findings.lines().iter().for_each(|line| output.line(line));
    }
    Ok(findings.exit())
}

impl Findings {
    fn look_at(&mut self, job: &Job, now: Timestamp) {
        if job.state != State::Succeeded {
            return;
        }
        let result = job.result.as_ref();
        let Some(result) = result.filter(|r| r.state == ResultState::Saved && !r.files.is_empty()) else {
            self.jobs.push(Lack::new(job, None, "not_saved", now));
            return;
        };
        for file in &result.files {
            self.checked += 1;
            let lack = |problem| Lack::new(job, Some(file), problem, now);
            let lack = match check(file) {
                Found::Whole => {
                    self.whole += 1;
                    continue;
                }
                Found::Missing => lack("missing"),
                Found::WrongSize(bytes) => Lack { found_bytes: Some(bytes), ..lack("wrong_size").aside() },
                Found::Altered(sha256) => Lack { found_sha256: Some(sha256), ..lack("altered").aside() },
                Found::Unreadable(why) => {
                    Lack { hint: format!("it cannot be read: {why}"), ..lack("unreadable") }
                }
            };
            self.jobs.push(lack);
        }
    }

    fn exit(&self) -> Exit {
        if self.jobs.iter().any(|lack| lack.problem == "unreadable") {
            Exit::Machine
        } else if self.jobs.is_empty() {
            Exit::Done
        } else {
            Exit::NotFound
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.checked == 0 && self.jobs.is_empty() && self.files.is_empty() {
            return vec!["no video was saved yet: there is nothing to check".into()];
        }
        for lack in &self.jobs {
            let path = lack.path.as_ref().map_or_else(String::new, |path| format!("  {path}"));
            let sizes = match (lack.bytes, lack.found_bytes) {
                (Some(bytes), Some(found)) => format!(" ({found} of {bytes} bytes)"),
                _ => String::new(),
            };
            let problem = lack.problem.replace('_', " ").to_uppercase();
            lines.push(format!("job {}  {problem}{path}{sizes}", lack.job));
            lines.push(format!("    {}", lack.hint));
        }
        for stray in &self.files {
            let whose = stray.job.map_or_else(|| "no job".into(), |id| format!("made for job {id}"));
            lines.push(format!("{}  {}  ({whose})", stray.kind, stray.path));
        }
        let strays = match self.files.len() {
            0 => String::new(),
            count => format!(", {} without a job", count_of(count, "file")),
        };
        let lacks = match self.jobs.len() {
            0 => String::new(),
            count => format!(", {} not on disk as saved", count_of(count, "video")),
        };
        lines.push(format!(
            "{} of {} whole{lacks}{strays}",
            self.whole,
            count_of(self.checked, "saved video")
        ));
        lines
    }
}

impl Lack {
    fn new(job: &Job, file: Option<&SavedFile>, problem: &'static str, now: Timestamp) -> Self {
        let (fetch, hint) = prospect(job, now);
        Self {
            job: job.id,
            uuid: job.uuid.clone(),
            task_id: job.task_id.clone(),
            problem,
            path: file.map(|file| file.path.to_string_lossy().into_owned()),
            bytes: file.map(|file| file.bytes),
            found_bytes: None,
            sha256: file.map(|file| file.sha256.clone()),
            found_sha256: None,
            fetch,
            expires_at: job.result.as_ref().and_then(|result| result.expires_at),
            hint,
        }
    }

    /// For a file that is there, if not as it was saved: it has to make way first.
    fn aside(mut self) -> Self {
        self.hint = format!("to have it as it was, move it away first; {}", self.hint);
        self
    }
}

/// Whether a video can still be fetched, and what to do for it.
fn prospect(job: &Job, now: Timestamp) -> (&'static str, String) {
    let id = job.id;
    let result = job.result.as_ref();
    let state = result.map(|result| result.state);
    let when = |result: &Outcome| {
        let latest = if result.expiry_is_assumed() { " at the latest" } else { "" };
        result.expires_at.map(|at| format!("{}{latest}", moment(at)))
    };
    let expiry = result.and_then(when);
    let past = result.and_then(|result| result.expires_at).is_some_and(|at| at < now);
    let why = result.and_then(|result| result.problem.as_ref());
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    match (state, expiry) {
        (Some(ResultState::NoUrl) | None, _) => {
            ("perhaps", format!("the service has shown no link yet: `taxiway watch` asks for it{why}"))
        }
        (Some(ResultState::Expired), expiry) => {
            // A link may die before its date.
            let at = expiry.filter(|_| past).map_or_else(String::new, |at| format!(" at {at}"));
            (
                "no",
                format!(
                    "its link died{at}, and the task gave no fresh one{why}; `taxiway download {id}` asks once more"
                ),
            )
        }
        (_, Some(at)) if past => (
            "perhaps",
            format!("its link expired at {at}; `taxiway download {id}` asks the task for a fresh one{why}"),
        ),
        (_, expiry) => {
            let until = expiry.map_or_else(String::new, |at| format!(" until {at}"));
            (
                "yes",
                format!(
                    "`taxiway download {id}` fetches it, by its link{until} or a fresh one of its task{why}"
                ),
            )
        }
    }
}

/// Hashes a saved file again.
fn check(file: &SavedFile) -> Found {
    // Looked at first: to open a pipe would be to wait for its writer.
    let plain = fs::metadata(&file.path).and_then(|found| {
        if found.is_file() { Ok(()) } else { Err(io::Error::other("it is no plain file")) }
    });
    let hashed = plain.and_then(|()| File::open(&file.path)).and_then(|mut open| {
        if open.metadata()?.len() != file.bytes {
            return Ok((open.metadata()?.len(), String::new()));
        }
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
        loop {
            let count = open.read(&mut buffer)?;
            let Some(block @ [_, ..]) = buffer.get(..count) else { break };
            hash.update(block);
            bytes += count as u64;
        }
        Ok((bytes, hex::encode(hash.finalize())))
    });
    match hashed {
        Ok((bytes, _)) if bytes != file.bytes => Found::WrongSize(bytes),
        Ok((_, sha256)) if sha256 != file.sha256 => Found::Altered(sha256),
        Ok(_) => Found::Whole,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Found::Missing
        }
        Err(error) => Found::Unreadable(error.to_string()),
    }
}

/// What lies in the download folder and belongs to no job as it is. Files that are nothing of ours are
/// passed over.
fn strays(dir: &Path, jobs: &[Job]) -> Result<Vec<Stray>, Problem> {
    let unreadable = |error: io::Error| {
        Problem::new("folder", format!("the folder {} cannot be read: {error}", dir.display()))
            .hint("`taxiway config show` tells where download.dir comes from")
    };
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    let of = Owners::new(jobs);
    Ok(paths.iter().filter_map(|path| of.stray(path)).collect())
}

/// Who owns what in the folder.
struct Owners<'a> {
    saved: HashSet<PathBuf>,
    by_uuid: HashMap<&'a str, JobId>,
    /// The jobs that a part may belong to, by the tag in its name, and whether they still want it.
    by_tag: HashMap<&'a str, (JobId, bool)>,
}

impl<'a> Owners<'a> {
    fn new(jobs: &'a [Job]) -> Self {
        let files = jobs.iter().filter_map(|job| job.result.as_ref()).flat_map(|result| &result.files);
        let wants = |job: &Job| job.result.as_ref().is_some_and(|result| result.state != ResultState::Saved);
        let tagged = |job: &'a Job| Some((job.uuid.get(..8)?, (job.id, wants(job))));
        Self {
            saved: files.map(|file| canonical(&file.path)).collect(),
            by_uuid: jobs.iter().map(|job| (job.uuid.as_str(), job.id)).collect(),
            by_tag: jobs.iter().filter_map(tagged).collect(),
        }
    }

    fn stray(&self, path: &Path) -> Option<Stray> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let noted =
            |note: &Path| Note::read(note).and_then(|note| self.by_uuid.get(note.uuid.as_str()).copied());
        let (kind, job) = if let Some(begin) =
            ["", ".etag", ".json"].iter().find_map(|ending| name.strip_suffix(ending)?.strip_suffix(".part"))
        {
            let owner = begin.rsplit_once('.').and_then(|(_, tag)| self.by_tag.get(tag));
            if owner.is_some_and(|(_, wants)| *wants) {
                return None;
            }
            ("part", owner.map(|(id, _)| *id))
        } else if let Some(video) = name.strip_suffix(".json").filter(|video| has_ending(video, "mp4")) {
            if self.saved.contains(&canonical(&path.with_file_name(video))) {
                return None;
            }
            Note::read(path)?;
            ("note", noted(path))
        } else if has_ending(&name, "mp4") {
            if self.saved.contains(&canonical(path)) {
                return None;
            }
            ("video", noted(&sidecar_path(path)))
        } else if has_ending(&name, "bad") {
            ("bad", None)
        } else {
            return None;
        };
        Some(Stray { path: path.to_string_lossy().into_owned(), kind, job })
    }
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}

/// A path in a form of which there is one: the folder may have been named by another way when it was saved.
fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.into())
}

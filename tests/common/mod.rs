//! What the tests of the real program share: a terminal to run it in, tmux, and one way to wait.
#![allow(dead_code, reason = "each test file is a program of its own and uses its part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a failed step of a test shall end it"
)]

pub mod pty;
pub mod tmux;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Long enough for a busy machine; a test that passes never waits so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The one way to wait for something that does not tell by itself: looks until there is an answer, and
/// fails with what it was waiting for.
pub fn wait_for<T>(what: &str, deadline: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < deadline, "waited {deadline:?} for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A machine of its own for the program: home, config and data in a folder that goes away.
pub struct Home(tempfile::TempDir);

impl Home {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where the journal is.
    pub fn data_dir(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The whole environment of the program: nothing of ours gets through, not even by chance.
    pub fn environment(&self) -> Vec<(String, String)> {
        let home = self.path().to_string_lossy().into_owned();
        let path = std::env::var("PATH").unwrap_or_default();
        [
            ("HOME", home.clone()),
            ("XDG_CONFIG_HOME", format!("{home}/config")),
            ("XDG_DATA_HOME", format!("{home}/share")),
            ("TAXIWAY_DATA_DIR", format!("{home}/data")),
            ("TMPDIR", home),
            ("PATH", path),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// Whether everything that a test wants has to be there.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true")
}

/// Whether a program is on this machine. Without it: fails where CI=true, else says what was not run.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    assert!(found || !in_ci(), "CI has to have {program}");
    if !found {
        eprintln!("not run: no {program}");
    }
    found
}

/// Whether a process still runs; one that has ended and only waits to be asked for its end does not.
pub fn is_running(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The name in parentheses may hold anything, so the state is looked for behind it.
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Sends a signal to a process.
pub fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid =
        rustix::process::Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id");
    rustix::process::kill_process(pid, signal).expect("a process to signal");
}

/// Makes a shell script that can be run. Another process writes it: a file that is open for writing in this one, or
/// in a child that another test starts at this moment, could not be run.
pub fn script(path: &Path, text: &str) {
    let write = "printf '%s\\n' '#!/bin/sh' \"$1\" > \"$0\" && chmod 700 \"$0\"";
    let written = std::process::Command::new("sh").args(["-c", write]).arg(path).arg(text).status();
    assert!(written.expect("a shell").success(), "{} could not be written", path.display());
}

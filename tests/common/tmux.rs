//! A tmux server of our own, with nobody's settings.

use std::{
    process::{Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{Home, PATIENCE, in_ci, pty::Pty, signal, wait_for};

/// What the program says to a yes that nobody can have meant.
const TOO_SOON: &str = "too soon to be an answer";
/// Longer than a question takes no yes, after it was shown or after a yes that came too soon.
const READ: Duration = Duration::from_millis(300);

/// One server with one session of one pane; it is killed when this is dropped.
pub struct Tmux {
    name: String,
    home: Home,
}

impl Tmux {
    /// Starts a program in a pane of this size. Without tmux on this machine: fails where CI=true, else
    /// says so and gives nothing.
    pub fn start(home: Home, argv: &[&str], columns: u16, rows: u16) -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        if Command::new("tmux").arg("-V").output().is_err() {
            assert!(!in_ci(), "CI has to have tmux");
            eprintln!("not run: no tmux");
            return None;
        }
        // The one option that differs from tmux's own: the pane stays, so that its end can be looked at.
        let settings = home.path().join("tmux.conf");
        std::fs::write(&settings, "set -g remain-on-exit on\n").expect("tmux's settings");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let tmux = Self { name: format!("taxiway-{}-{count}", std::process::id()), home };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let settings = settings.to_string_lossy();
        let session = ["-f", &*settings, "new-session", "-d", "-x", &columns, "-y", &rows, "--"];
        tmux.run(&session.into_iter().chain(argv.iter().copied()).collect::<Vec<_>>());
        Some(tmux)
    }

    /// Gives tmux a command, and what it says back.
    pub fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command().args(arguments).output().expect("tmux");
        assert!(status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8_lossy(&stdout).into_owned()
    }

    /// Presses keys by tmux's names (`Enter`, `M-1`, `F5`), one by one.
    pub fn keys(&self, keys: &[&str]) {
        for key in keys {
            self.run(&["send-keys", key]);
        }
    }

    /// Presses Enter as a person does. Right behind typed text it would be part of a paste; a key that does
    /// nothing parts them.
    pub fn enter(&self) {
        self.keys(&["F12", "Enter"]);
    }

    /// Types text as it is.
    pub fn text(&self, text: &str) {
        self.run(&["send-keys", "-l", "--", text]);
    }

    /// Pastes text as a terminal does, between the marks where the program asked for them.
    pub fn paste(&self, text: &str) {
        self.run(&["set-buffer", "--", text]);
        self.run(&["paste-buffer", "-p"]);
    }

    /// Says yes to the question that shows these words, as a person does: when told that it came too soon,
    /// once more.
    pub fn yes(&self, question: &str) {
        self.wait_for(question);
        self.keys(&["y"]);
        let told =
            self.wait_until("an answer", |screen| !screen.contains(question) || screen.contains(TOO_SOON));
        if told.contains(question) {
            let seen = Instant::now();
            wait_for("the question to be read", PATIENCE, || (seen.elapsed() > READ).then_some(()));
            self.keys(&["y"]);
            self.wait_until("an answer", |screen| !screen.contains(question));
        }
    }

    /// What the pane shows.
    pub fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// Waits until the pane shows this text.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the pane is as wanted: what it shows then. Fails with what it shows instead.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut shown = String::new();
        let begun = Instant::now();
        wait_for(what, PATIENCE * 2, || {
            shown = self.screen();
            if wanted(&shown) {
                return Some(shown.clone());
            }
            assert!(begun.elapsed() < PATIENCE, "waited for {what}; the pane shows\n{shown}");
            None
        })
    }

    /// Attaches a client of this size, in a terminal of its own.
    pub fn attach(&self, columns: u16, rows: u16) -> Pty {
        let mut environment = self.home.environment();
        environment.push(("TMUX_TMPDIR".into(), self.home.path().to_string_lossy().into_owned()));
        Pty::start(&["tmux", "-u", "-L", &self.name, "attach-session"], &environment, columns, rows)
    }

    /// Gives the window another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.run(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// The process in the pane.
    pub fn pid(&self) -> u32 {
        self.format("#{pane_pid}").parse().expect("a process id")
    }

    /// What tmux knows, in its format language.
    pub fn format(&self, format: &str) -> String {
        self.run(&["display-message", "-p", format]).trim_end().to_owned()
    }

    /// Waits for the end of the program: its exit code.
    pub fn end(&self) -> u8 {
        wait_for("the program to end", PATIENCE, || {
            // tmux may see the terminal close before it can reap the program, and then not look again.
            if self.format("#{pane_dead}") == "1" {
                signal(self.format("#{pid}").parse().expect("the server's pid"), Signal::CHILD);
            }
            self.format("#{pane_dead_status}").parse().ok()
        })
    }

    /// The machine that it runs on.
    pub const fn home(&self) -> &Home {
        &self.home
    }

    /// Ends the server and with it the terminal of the program.
    pub fn kill(&self) {
        // Already gone is as good.
        let _ = self.command().arg("kill-server").output();
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", &self.name]).env_clear().envs(self.home.environment());
        command.env("TMUX_TMPDIR", self.home.path());
        command
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.kill();
    }
}

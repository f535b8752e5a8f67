//! A program in a terminal that we are the other end of.

use std::{
    collections::HashMap,
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use rustix::process::Signal;

use super::{PATIENCE, signal, wait_for};

/// A running program and its terminal, of which a thread reads all that is written.
pub struct Pty {
    /// `None` once it was hung up.
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Shared>,
    modes_before: String,
}

#[derive(Default)]
struct Shared {
    output: Mutex<Output>,
    changed: Condvar,
}

#[derive(Default)]
struct Output {
    parser: vt100::Parser,
    /// All that was written.
    raw: Vec<u8>,
    ended: bool,
    hung_up: bool,
    paused: bool,
}

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this code.
    Code(u32),
    /// By a signal, in the system's words.
    Signal(String),
}

impl Pty {
    /// Starts a program with exactly this environment in a terminal of so many columns and rows.
    pub fn start(argv: &[&str], environment: &[(String, String)], columns: u16, rows: u16) -> Self {
        let size = size(columns, rows);
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::from_argv(argv.iter().map(Into::into).collect());
        command.env_clear();
        let environment: HashMap<_, _> = environment.iter().cloned().collect();
        for (name, value) in &environment {
            command.env(name, value);
        }
        if let Some(home) = environment.get("HOME") {
            command.cwd(home);
        }
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        // Only the program holds the terminal now, so that its end is the end of the output.
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let shared = Arc::new(Shared::default());
        shared.lock().parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || theirs.read(reader));
        let writer = pair.master.take_writer().expect("a writer");
        Self { master: Some(pair.master), writer: Some(writer), child, shared, modes_before }
    }

    /// The process id of the program.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process id")
    }

    /// Types or pastes these bytes.
    pub fn send(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("a terminal that was not hung up");
        writer.write_all(keys.as_bytes()).and_then(|()| writer.flush()).expect("the terminal takes keys");
    }

    /// Gives the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.shared.lock().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.as_ref().expect("a terminal").resize(size(columns, rows)).expect("a new size");
    }

    /// What stands on the screen.
    pub fn screen(&self) -> String {
        self.shared.lock().parser.screen().contents()
    }

    /// All that was ever written.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shared.lock().raw).into_owned()
    }

    /// How many bytes were ever written.
    pub fn bytes(&self) -> usize {
        self.shared.lock().raw.len()
    }

    /// Waits until the screen is as wanted; fails with what it shows instead.
    pub fn wait(&self, what: &str, mut wanted: impl FnMut(&vt100::Screen) -> bool) {
        let output = self.shared.wait(PATIENCE, |output| wanted(output.parser.screen()) || output.ended);
        let shown = output.parser.screen().contents();
        assert!(wanted(output.parser.screen()), "waited for {what}; the screen shows\n{shown}");
    }

    /// Waits until this text stands on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait(&format!("{text:?}"), |screen| screen.contents().contains(text));
    }

    /// Waits until more than so many bytes were ever written.
    pub fn wait_past(&self, bytes: usize) {
        let output = self.shared.wait(PATIENCE, |output| output.raw.len() > bytes);
        assert!(output.raw.len() > bytes, "waited for more than {bytes} bytes");
    }

    /// How many bytes are written within this time; returns early when there is one.
    pub fn written_within(&self, time: Duration) -> usize {
        let before = self.bytes();
        let output = self.shared.wait(time, |output| output.raw.len() > before);
        output.raw.len() - before
    }

    /// Waits until nothing was written for this long.
    pub fn wait_until_still(&self, for_so_long: Duration) {
        let begun = Instant::now();
        while self.written_within(for_so_long) > 0 {
            assert!(begun.elapsed() < PATIENCE, "it never stops writing");
        }
    }

    /// Reads one more piece and then no more: to the program it is a terminal whose line is stuck.
    pub fn stop_reading(&self) {
        self.shared.lock().paused = true;
    }

    /// Waits until that piece was read.
    pub fn wait_until_unread(&self) {
        assert!(self.shared.wait(PATIENCE, |output| output.ended).ended, "it wrote nothing");
    }

    /// Closes our end while the program lives, as sshd does when the line is dead. The kernel tells it
    /// with SIGHUP only where it is its controlling terminal.
    pub fn hang_up(&mut self, pid: u32) {
        // The writer says goodbye with keys, and the program shall not be busy with them afterwards.
        self.writer = None;
        self.wait_until_still(Duration::from_millis(200));
        // Our reader lets go when the next byte comes, so the program is made to draw.
        self.shared.lock().hung_up = true;
        let now = self.master.as_ref().and_then(|master| master.get_size().ok()).expect("a size");
        self.resize(now.cols + 1, now.rows);
        signal(pid, Signal::WINCH);
        assert!(self.shared.wait(PATIENCE, |output| output.ended).ended, "it wrote nothing");
        self.master = None;
    }

    /// Waits for the end of the program and of its output.
    pub fn end(&mut self) -> Ended {
        let status = wait_for("the program to end", PATIENCE, || self.child.try_wait().expect("a child"));
        if !self.shared.lock().paused {
            drop(self.shared.wait(PATIENCE, |output| output.ended));
        }
        match status.signal() {
            Some(signal) => Ended::Signal(signal.to_owned()),
            None => Ended::Code(status.exit_code()),
        }
    }

    /// Fails unless the line has the modes that it had before the program.
    pub fn assert_line_as_found(&self) {
        let master = self.master.as_ref().expect("a terminal");
        assert_eq!(modes(&**master), self.modes_before, "the modes of the line");
    }

    /// Fails unless the terminal is as it was before the program: line modes, screen, paste, cursor.
    pub fn assert_as_found(&self) {
        self.assert_line_as_found();
        self.wait("the terminal as it was found", |screen| {
            !screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor()
        });
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended long ago, and that is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Output> {
        self.output.lock().expect("the reader lives")
    }

    /// Waits, at most so long, until the output is as wanted.
    fn wait(&self, time: Duration, mut wanted: impl FnMut(&Output) -> bool) -> MutexGuard<'_, Output> {
        self.changed
            .wait_timeout_while(self.lock(), time, |output| !wanted(output))
            .expect("the reader lives")
            .0
    }

    fn read(&self, mut reader: Box<dyn Read + Send>) {
        let mut bytes = [0; 4096];
        loop {
            // A pty whose other end was closed says so with an error.
            let count = reader.read(&mut bytes).unwrap_or_default();
            let mut output = self.lock();
            output.parser.process(&bytes[..count]);
            output.raw.extend_from_slice(&bytes[..count]);
            if count == 0 || output.hung_up || output.paused {
                break;
            }
            drop(output);
            self.changed.notify_all();
        }
        if self.lock().paused {
            // The terminal must stay open, though nobody reads it.
            std::mem::forget(reader);
        } else {
            drop(reader);
        }
        self.lock().ended = true;
        self.changed.notify_all();
    }
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("the modes of the line"))
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal of at least one cell")
}

const fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

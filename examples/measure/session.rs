//! One run of a program in a terminal that we are the other end of.
//!
//! A thread stamps what the program writes when it is read; it is put on the emulated screen later, so that
//! the emulator's time is in no figure.

use std::{
    error::Error,
    io::{Read, Write},
    num::NonZeroU16,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::{keys::Step, modes};

/// A reader that is so many pieces ahead waits, and so does the program; each is at most [`PIECE`].
const AHEAD: usize = 4_096;
const PIECE: usize = 65_536;

pub type Failed = Box<dyn Error>;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Program {
    pub argv: Vec<String>,
    /// All of it.
    pub environment: Vec<(String, String)>,
    pub folder: PathBuf,
    pub columns: u16,
    pub rows: u16,
}

/// A piece of output.
pub struct Chunk {
    pub at: Instant,
    pub bytes: Vec<u8>,
    /// Whether some cell of the screen looks different after it.
    pub paints: bool,
}

enum Event {
    Wrote(Instant, Vec<u8>),
    Ended(Instant, ExitStatus),
}

pub struct Session {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    events: Receiver<Event>,
    parser: vt100::Parser,
    line_before: String,
    terminal: PathBuf,
    pub pid: u32,
    pub started: Instant,
    /// All that was written.
    pub output: Vec<Chunk>,
    shown: usize,
    pub ended: Option<(Instant, ExitStatus)>,
}

impl Session {
    pub fn start(program: &Program) -> Result<Self, Failed> {
        let size = PtySize { rows: program.rows, cols: program.columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::from_argv(program.argv.iter().map(Into::into).collect());
        command.env_clear();
        for (name, value) in &program.environment {
            command.env(name, value);
        }
        command.cwd(&program.folder);
        let (sender, events) = sync_channel(AHEAD);
        let line_before = line(&*pair.master);
        let terminal = pair.master.tty_name().ok_or("the terminal has no name")?;
        let reader = pair.master.try_clone_reader()?;
        let writer = pair.master.take_writer()?;
        let theirs = sender.clone();
        thread::spawn(move || read(reader, &theirs));
        let started = Instant::now();
        let mut child = pair.slave.spawn_command(command)?;
        // Only the program holds it now.
        drop(pair.slave);
        let pid = child.process_id().ok_or("it has no process id")?;
        let killer = child.clone_killer();
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                // Nobody may want to know any more.
                let _ = sender.send(Event::Ended(Instant::now(), status));
            }
        });
        Ok(Self {
            master: pair.master,
            writer,
            killer,
            events,
            parser: vt100::Parser::new(cells(program.rows)?, cells(program.columns)?, 0),
            line_before,
            terminal,
            pid,
            started,
            output: Vec::new(),
            shown: 0,
            ended: None,
        })
    }

    /// Waits for output at most so long; says whether some came.
    pub fn pump(&mut self, time: Duration) -> bool {
        match self.events.recv_timeout(time) {
            Ok(Event::Wrote(at, bytes)) => self.output.push(Chunk { at, bytes, paints: false }),
            Ok(Event::Ended(at, status)) => {
                self.ended = Some((at, status));
                return false;
            }
            Err(RecvTimeoutError::Timeout) => return false,
            // Both threads have ended, and nothing more will come.
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(time);
                return false;
            }
        }
        true
    }

    pub fn read_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.pump(left);
        }
    }

    /// Reads until nothing came for so long, at most until the deadline.
    pub fn read_until_quiet(&mut self, quiet: Duration, limit: Duration) {
        let until = Instant::now() + limit;
        while Instant::now() < until && self.pump(quiet) {}
    }

    /// Puts what was read on the screen.
    pub fn show(&mut self) {
        for chunk in self.output.iter_mut().skip(self.shown) {
            let before = self.parser.screen().clone();
            self.parser.process(&chunk.bytes);
            chunk.paints = differs(&before, self.parser.screen());
        }
        self.shown = self.output.len();
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// The screen as text, to tell what stood there when something went wrong.
    pub fn text(&mut self) -> String {
        self.show();
        self.screen().contents()
    }

    pub fn bytes_since(&self, first: usize) -> usize {
        self.output.iter().skip(first).map(|chunk| chunk.bytes.len()).sum()
    }

    /// When the screen changed, from the chunk with this number on.
    pub fn paints_since(&mut self, first: usize) -> Vec<Instant> {
        self.show();
        self.output.iter().skip(first).filter(|chunk| chunk.paints).map(|chunk| chunk.at).collect()
    }

    pub fn must_run(&mut self) -> Result<(), Failed> {
        match self.ended.clone() {
            None => Ok(()),
            Some((_, status)) => {
                let told = format!("it ended too early: {status:?}; its screen:\n{}", self.text());
                Err(told.into())
            }
        }
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.writer.write_all(bytes)?;
        Ok(self.writer.flush()?)
    }

    /// Sends as fast as the program takes it; what it writes meanwhile is kept.
    pub fn press(&mut self, step: &Step) -> Result<(), Failed> {
        match step {
            Step::Send(bytes) => self.send(bytes.as_bytes()),
            Step::Arrow(letter) => {
                let form = if self.screen().application_cursor() { 'O' } else { '[' };
                self.send(format!("\x1b{form}{letter}").as_bytes())
            }
            Step::Wait(time) => {
                self.read_for(*time);
                Ok(())
            }
        }
    }

    /// Presses keys one after the other, each when the one before was answered.
    pub fn press_all(&mut self, steps: &[Step]) -> Result<(), Failed> {
        for step in steps {
            self.press(step)?;
            self.read_until_quiet(Duration::from_millis(100), Duration::from_secs(3));
            self.show();
        }
        self.must_run()
    }

    pub fn signal(&self, signal: Signal) -> Result<(), Failed> {
        let pid = Pid::from_raw(i32::try_from(self.pid)?).ok_or("no process")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Whether the line has the modes that it had before the program.
    pub fn line_is_as_found(&self) -> bool {
        line(&*self.master) == self.line_before
    }

    pub fn terminal(&self) -> &Path {
        &self.terminal
    }

    /// The modes that the program set on the terminal and has not taken back.
    pub fn left_behind(&self) -> Vec<String> {
        let all: Vec<u8> = self.output.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect();
        modes::left_behind(&all)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // It may have ended this moment, and that is fine.
            let _ = self.killer.kill();
        }
    }
}

fn read(mut reader: Box<dyn Read + Send>, events: &SyncSender<Event>) {
    let mut bytes = vec![0; PIECE];
    // A pty whose other end was closed says so with an error.
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        let at = Instant::now();
        let piece = bytes.get(..count).unwrap_or_default().to_vec();
        if events.send(Event::Wrote(at, piece)).is_err() {
            return;
        }
    }
}

fn differs(before: &vt100::Screen, after: &vt100::Screen) -> bool {
    let (rows, columns) = after.size();
    (0..rows.get())
        .any(|row| (0..columns.get()).any(|column| before.cell(row, column) != after.cell(row, column)))
}

fn line(master: &dyn MasterPty) -> String {
    master.get_termios().map_or_else(String::new, |modes| format!("{modes:?}"))
}

fn cells(count: u16) -> Result<NonZeroU16, Failed> {
    Ok(NonZeroU16::new(count).ok_or("a terminal has at least one cell")?)
}

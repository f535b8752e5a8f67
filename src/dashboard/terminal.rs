//! Taking the terminal, and giving it back as it was found.

use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    panic::{self, PanicHookInfo},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
    time::Duration,
};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    queue,
    style::ResetColor,
    terminal::{
        EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::layout::Size;
use rustix::{
    process::{Signal, getpgrp, getpid, kill_process},
    termios::{self, OptionalActions, QueueSelector, Termios},
};

use super::{DashboardError, Stop, editor::Lender, input::Gate, modes::InForce, outlet::Outlet};

/// A terminal that has not taken what gives it back in this time is stuck.
const STUCK: Duration = Duration::from_millis(50);

/// Refuses what cannot show a dashboard: standard input or output that is no terminal, and a terminal
/// that calls itself dumb or nothing at all.
pub fn check() -> Result<(), DashboardError> {
    let term = std::env::var_os("TERM").map(|term| term.to_string_lossy().into_owned());
    fits(io::stdin().is_terminal(), io::stdout().is_terminal(), term.as_deref())
}

fn fits(input: bool, output: bool, term: Option<&str>) -> Result<(), DashboardError> {
    match term {
        _ if !input => Err(DashboardError::NoTerminal("input")),
        _ if !output => Err(DashboardError::NoTerminal("output")),
        None | Some("") => Err(DashboardError::DumbTerminal("TERM is not set".into())),
        Some("dumb") => Err(DashboardError::DumbTerminal("TERM is \"dumb\"".into())),
        Some(_) => Ok(()),
    }
}

/// The size of the terminal. Asks the terminal's driver, not the terminal.
pub fn size() -> io::Result<Size> {
    let size = termios::tcgetwinsize(io::stdout())?;
    // A line without a size (a serial console) says 0×0.
    if size.ws_col == 0 || size.ws_row == 0 {
        return Ok(Size::new(80, 24));
    }
    Ok(Size::new(size.ws_col, size.ws_row))
}

/// Whether the terminal is still there; the error is what it says instead (EIO when it is dead).
pub fn probe() -> io::Result<()> {
    termios::tcgetattr(io::stdin())?;
    Ok(())
}

/// The taken terminal: raw mode, alternate screen, bracketed paste, no cursor, and the modes in force. It is given back
/// exactly once: by [`Held::restore`], by [`Held::abandon`], by a panic of the thread that took it, or
/// when this is dropped.
pub struct Held {
    keeper: Arc<Keeper>,
    previous_hook: Arc<Hook>,
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

impl Held {
    /// Takes the terminal, which has `in_force` beside. On an error it is as it was.
    pub fn take(in_force: InForce) -> io::Result<Self> {
        let keeper = Arc::new(Keeper {
            taken: AtomicBool::new(true),
            owner: thread::current().id(),
            outlet: Outlet::start(File::from(io::stdout().as_fd().try_clone_to_owned()?))?,
            stderr_is_terminal: io::stderr().is_terminal(),
            in_force,
            lent: Mutex::default(),
        });
        let held = Self { previous_hook: hook_panics(&keeper), keeper };
        held.keeper.enter()?;
        Ok(held)
    }

    /// What Ctrl-Z does: it asks the process to stop, and, when the engine is handed over, stops it with
    /// the terminal as it was found. On return the terminal is taken again.
    pub fn stopper(&self) -> impl Fn(Stop) -> io::Result<()> + use<> {
        let keeper = Arc::clone(&self.keeper);
        move |step| match step {
            Stop::Ask => Ok(kill_process(getpid(), Signal::TSTP)?),
            Stop::Now => keeper.stop(),
        }
    }

    /// Lends the terminal to an editor, and with it what is typed.
    pub fn lender(&self, gate: Gate) -> Loan {
        Loan { keeper: Arc::clone(&self.keeper), gate }
    }

    /// Where frames go: standard output.
    pub fn output(&self) -> Outlet {
        self.keeper.outlet.clone()
    }

    /// Gives the terminal back as it was found. Where the line is stuck, that is tried for 50 ms, and
    /// then the terminal is let go as with [`Held::abandon`].
    pub fn restore(&self) -> io::Result<()> {
        self.keeper.restore()
    }

    /// Lets a terminal go that is dead or about to die: writes nothing to it, and takes its place at
    /// the standard streams, so that neither a late message nor the reader of its keys meets it again.
    pub fn abandon(&self) -> io::Result<()> {
        self.keeper.abandon()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Err(error) = self.keeper.restore() {
            tracing::error!(%error, "the terminal could not be restored");
        }
        // The hook cannot be changed while a panic is under way.
        if !thread::panicking() {
            let previous = Arc::clone(&self.previous_hook);
            panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}

/// The terminal, to be lent.
#[derive(Clone)]
pub struct Loan {
    keeper: Arc<Keeper>,
    gate: Gate,
}

impl Lender for Loan {
    async fn lend(&self) -> io::Result<()> {
        self.gate.close().await;
        self.keeper.lend()
    }

    async fn take_back(&self) -> io::Result<()> {
        let taken = self.keeper.take_back();
        self.gate.open().await;
        taken
    }
}

/// What the guard and the panic hook share.
struct Keeper {
    /// Still to be given back.
    taken: AtomicBool,
    owner: ThreadId,
    outlet: Outlet,
    stderr_is_terminal: bool,
    in_force: InForce,
    /// How the line was when it was lent; none while the terminal is ours.
    lent: Mutex<Option<Termios>>,
}

impl Keeper {
    fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        let mut bytes = Vec::new();
        queue!(bytes, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
        bytes.extend(self.in_force.enter().into_bytes());
        self.outlet.clone().write_all(&bytes)
    }

    fn write_leave(&self) -> io::Result<()> {
        let mut bytes = Vec::new();
        queue!(bytes, EndSynchronizedUpdate, ResetColor)?;
        bytes.extend(self.in_force.leave().into_bytes());
        queue!(bytes, DisableBracketedPaste, Show, LeaveAlternateScreen)?;
        self.outlet.clone().write_all(&bytes)
    }

    fn leave(&self) -> io::Result<()> {
        self.write_leave()?;
        self.outlet.drain(STUCK);
        disable_raw_mode()
    }

    fn lend(&self) -> io::Result<()> {
        self.leave()?;
        let line = termios::tcgetattr(io::stdin())?;
        *self.lent.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
        Ok(())
    }

    fn take_back(&self) -> io::Result<()> {
        self.mend_line()?;
        self.enter()?;
        // What was typed meanwhile was not meant for what is seen now.
        Ok(termios::tcflush(io::stdin(), QueueSelector::IFlush)?)
    }

    /// Whoever had the terminal may have left the line as no one wants it.
    fn mend_line(&self) -> io::Result<()> {
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner).take();
        match lent {
            Some(line) => Ok(termios::tcsetattr(io::stdin(), OptionalActions::Now, &line)?),
            None => Ok(()),
        }
    }

    fn is_lent(&self) -> bool {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn stop(&self) -> io::Result<()> {
        // An editor that has the terminal stops with us, and leaves and takes it by itself.
        let is_ours = !self.is_lent();
        if is_ours {
            self.leave()?;
        }
        loop {
            kill_process(getpid(), Signal::STOP)?;
            // `bg` lets it go on without the terminal: to touch that would stop it in the middle of its work.
            if termios::tcgetpgrp(io::stdin()).is_ok_and(|group| group != getpgrp()) {
                continue;
            }
            return if is_ours { self.enter() } else { Ok(()) };
        }
    }

    fn restore(&self) -> io::Result<()> {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let mended = self.mend_line();
        let written = self.write_leave();
        let gone_out = self.outlet.close(STUCK);
        // Whatever became of the bytes, a raw terminal is worse than a wrong screen.
        let restored = disable_raw_mode().and(mended).and(written);
        if gone_out { restored } else { self.let_go() }
    }

    fn abandon(&self) -> io::Result<()> {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        // No byte is written for this. A dead terminal refuses it, which changes nothing any more.
        let _ = self.mend_line().and(disable_raw_mode());
        self.outlet.close(Duration::ZERO);
        self.let_go()
    }

    fn let_go(&self) -> io::Result<()> {
        let null = OpenOptions::new().write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(&null)?;
        if self.stderr_is_terminal {
            rustix::stdio::dup2_stderr(&null)?;
        }
        // crossterm reads a dead terminal over and over, at the cost of a whole core, since it takes "no
        // more" for "nothing yet". A socket on which nothing ever comes makes it wait.
        let (silent, other_end) = UnixStream::pair()?;
        silent.set_nonblocking(true)?;
        rustix::stdio::dup2_stdin(&silent)?;
        // Closed, it would say "no more" as well, so it stays open as long as the process lives.
        std::mem::forget(other_end);
        Ok(())
    }
}

/// The screen's own panic gives the terminal back before anything is said; that of any other thread
/// becomes a log record, for the dashboard lives on. Gives back the hook that was there before.
fn hook_panics(keeper: &Arc<Keeper>) -> Arc<Hook> {
    let previous: Arc<Hook> = Arc::from(panic::take_hook());
    let (keeper, before) = (Arc::clone(keeper), Arc::clone(&previous));
    panic::set_hook(Box::new(move |info| {
        let ours = thread::current().id() == keeper.owner;
        if !ours && keeper.taken.load(Ordering::SeqCst) {
            record(info);
            return;
        }
        if ours && let Err(error) = keeper.restore() {
            tracing::error!(%error, "the terminal could not be restored");
        }
        before(info);
    }));
    previous
}

fn record(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let payload = info.payload();
    let words = payload.downcast_ref::<&str>().copied();
    let words = words.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(thread = thread.name().unwrap_or("without a name"), place, "a part panicked: {words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_or_a_dumb_terminal_is_refused_with_the_commands_to_use() {
        let cases = [
            (false, true, Some("xterm"), "standard input"),
            (true, false, Some("xterm"), "standard output"),
            (true, true, None, "TERM is not set"),
            (true, true, Some(""), "TERM is not set"),
            (true, true, Some("dumb"), "TERM is \"dumb\""),
        ];
        for (input, output, term, words) in cases {
            let error = fits(input, output, term).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
            for command in ["taxiway submit", "taxiway list", "taxiway watch"] {
                assert!(text.contains(command), "{text}");
            }
            assert_eq!(error.exit_code(), 2);
        }
        assert!(fits(true, true, Some("tmux-256color")).is_ok());
    }
}

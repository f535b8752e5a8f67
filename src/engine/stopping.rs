//! Ctrl-Z: a process that is about to be stopped hands the engine over first, and takes part again when
//! it goes on.

use std::{future, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Update, desk::Desk};
use crate::journal::has_job_control;

/// The signals of job control.
pub(super) struct JobControl(Option<(Signal, Signal)>);

/// What a shell asks of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// SIGTSTP.
    Stop,
    /// SIGCONT.
    GoOn,
}

impl JobControl {
    /// Listens from now on: SIGTSTP does not stop the process by itself any more.
    pub(super) fn listen() -> Self {
        let listen = || -> io::Result<_> {
            let go_on = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
            Ok((signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?, go_on))
        };
        Self(listen().map_err(|error| tracing::warn!("Ctrl-Z cannot be heard: {error}")).ok())
    }

    pub(super) async fn next(&mut self) -> Ask {
        let Some((stop, go_on)) = &mut self.0 else { return future::pending().await };
        tokio::select! {
            Some(()) = stop.recv() => Ask::Stop,
            Some(()) = go_on.recv() => Ask::GoOn,
            else => future::pending().await,
        }
    }
}

impl Desk {
    pub(super) async fn heed(&mut self, ask: Ask) {
        match ask {
            Ask::Stop if !has_job_control() => {
                tracing::warn!("Ctrl-Z: not stopped, for there is no shell here that could let it go on");
            }
            Ask::Stop if self.sharing.is_owner() => {
                self.stopping = true;
                self.let_work_end().await;
            }
            Ask::Stop => {
                self.sharing.pause(true, self.journal.dir());
                self.tell(Update::MayStop).await;
            }
            // The shell changed its mind while a request was waited for.
            Ask::GoOn if self.stopping => self.stopping = false,
            // A screen says itself when it has its terminal back: with `bg` it is stopped again first.
            Ask::GoOn if self.has_screen() => {}
            Ask::GoOn => self.go_on().await,
        }
    }

    /// The process goes on: it takes part again.
    pub(super) async fn go_on(&mut self) {
        self.sharing.pause(false, self.journal.dir());
        if self.sharing.has_handed_over() {
            self.take_part().await;
        } else {
            self.look().await;
        }
    }

    /// Hands the engine over once no request is on its way: its id is worth the wait, which is no longer than
    /// `submit.reply_timeout`. Until then nothing is begun, and all else is heard as ever.
    pub(super) async fn stop_if_done(&mut self) {
        if self.stopping && self.sending.posting() == 0 {
            self.stopping = false;
            self.let_work_end().await;
            self.sharing.pause(true, self.journal.dir());
            self.sharing.hand_over().await;
            self.tell(Update::MayStop).await;
        }
    }
}

//! The signals that end the dashboard.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::Stream;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP: the terminal's other end is gone.
pub const HANGUP: i32 = 1;
/// SIGINT: only ever sent by another process, for in raw mode Ctrl-C is a key.
pub const INTERRUPT: i32 = 2;
/// SIGTERM: somebody asks us to end.
pub const TERMINATE: i32 = 15;

/// A stream of signal numbers. Once listened to, these signals no longer end the process by
/// themselves, not even after the stream was dropped.
#[derive(Debug)]
pub struct Signals([(i32, Signal); 3]);

impl Signals {
    /// Listens from now on; needs a tokio runtime with I/O.
    pub fn listen() -> io::Result<Self> {
        Ok(Self([
            (TERMINATE, signal(SignalKind::terminate())?),
            (HANGUP, signal(SignalKind::hangup())?),
            (INTERRUPT, signal(SignalKind::interrupt())?),
        ]))
    }
}

impl Stream for Signals {
    type Item = i32;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<i32>> {
        for (number, signal) in &mut self.0 {
            if signal.poll_recv(context) == Poll::Ready(Some(())) {
                return Poll::Ready(Some(*number));
            }
        }
        Poll::Pending
    }
}

//! The way to the terminal that never waits.
//!
//! A line can be stuck for minutes before it is dead, and a write into it waits as long. So a thread of
//! its own writes, and the loop draws no frame before the last one has gone out.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::watch;

/// Takes bytes at once and has them written in their order. It holds one frame and what goes beside it, since no other is drawn
/// before [`Outlet::idle`], and what gives the terminal back.
#[derive(Clone)]
pub struct Outlet(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    idle: watch::Sender<bool>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<u8>,
    writing: bool,
    closed: bool,
    failure: Option<io::Error>,
}

impl Queue {
    const fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.writing
    }
}

impl Outlet {
    /// Starts the thread, which ends when the outlet is closed.
    pub fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let queue = Mutex::new(Queue::default());
        let outlet =
            Self(Arc::new(Shared { queue, changed: Condvar::new(), idle: watch::Sender::new(true) }));
        let shared = Arc::clone(&outlet.0);
        thread::Builder::new().name("terminal".into()).spawn(move || shared.write_all(out))?;
        Ok(outlet)
    }

    /// Whether everything has gone out.
    pub fn idle(&self) -> watch::Receiver<bool> {
        self.0.idle.subscribe()
    }

    /// Takes no more, and waits, at most so long, until everything has gone out; says whether it has.
    pub fn close(&self, limit: Duration) -> bool {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
        self.drain(limit)
    }

    /// Waits, at most so long, until everything has gone out; says whether it has.
    pub fn drain(&self, limit: Duration) -> bool {
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), limit, |queue| !queue.is_idle());
        waited.unwrap_or_else(PoisonError::into_inner).0.is_idle()
    }
}

impl Write for Outlet {
    /// Takes all of it; an error is that of an earlier write.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut queue = self.0.lock();
        if let Some(failure) = queue.failure.take() {
            return Err(failure);
        }
        queue.waiting.extend_from_slice(bytes);
        self.0.idle.send_replace(queue.is_idle());
        self.0.changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing is ever half done in it, so a panic while it was locked has left no harm.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self, mut out: impl Write) {
        loop {
            let nothing = |queue: &mut Queue| queue.waiting.is_empty() && !queue.closed;
            let waited = self.changed.wait_while(self.lock(), nothing);
            let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
            let bytes = std::mem::take(&mut queue.waiting);
            if bytes.is_empty() {
                return;
            }
            queue.writing = true;
            drop(queue);
            let written = out.write_all(&bytes).and_then(|()| out.flush());
            let mut queue = self.lock();
            queue.writing = false;
            queue.failure = written.err();
            self.idle.send_replace(queue.is_idle());
            self.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    /// Each write waits for the word to go on, and is then told.
    struct Stuck(mpsc::Receiver<io::Result<()>>, mpsc::Sender<Vec<u8>>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(io::Error::other)??;
            self.1.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn stuck() -> (Outlet, mpsc::Sender<io::Result<()>>, mpsc::Receiver<Vec<u8>>) {
        let (go, going) = mpsc::channel();
        let (write, written) = mpsc::channel();
        (Outlet::start(Stuck(going, write)).unwrap(), go, written)
    }

    #[tokio::test]
    async fn a_stuck_line_holds_nobody_up_and_gets_everything_in_order() {
        let (mut outlet, go, written) = stuck();
        let mut idle = outlet.idle();
        assert!(*idle.borrow());
        outlet.write_all(b"one").unwrap();
        assert!(!*idle.borrow());
        go.send(Ok(())).unwrap();
        idle.wait_for(|idle| *idle).await.unwrap();
        assert_eq!(written.recv().unwrap(), b"one");
        outlet.write_all(b"two").unwrap();
        assert!(!outlet.close(Duration::from_millis(1)));
        go.send(Ok(())).unwrap();
        assert!(outlet.close(LONG));
        assert_eq!(written.recv().unwrap(), b"two");
        assert!(written.recv().is_err(), "the thread has ended");
    }

    #[tokio::test]
    async fn a_failure_is_told_at_the_next_write() {
        let (mut outlet, go, _written) = stuck();
        go.send(Err(io::Error::other("EIO"))).unwrap();
        outlet.write_all(b"one").unwrap();
        outlet.idle().wait_for(|idle| *idle).await.unwrap();
        assert_eq!(outlet.write_all(b"two").unwrap_err().to_string(), "EIO");
    }
}

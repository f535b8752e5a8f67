//! The socket beside the owner lock. Who writes to the journal rings the others: a view rings the
//! owner to have its job taken, the owner rings the views to show what changed.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::sleep,
};

/// The socket's name in the data folder.
pub(super) const SOCKET: &str = "owner.sock";
/// "Look into the journal."
const CHANGED: u8 = b'c';
/// "Ask the service now."
const POLL_NOW: u8 = b'p';

/// What comes in over the socket, or about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ring {
    /// Somebody else wrote to the journal.
    Changed,
    /// A view asks for news now.
    PollNow,
    /// The owner has gone, or cannot be reached.
    Lost,
}

/// One end of the socket; its tasks end with it.
pub(super) struct Hub {
    changed: watch::Sender<u64>,
    poll_now: watch::Sender<u64>,
    task: JoinHandle<()>,
    /// Dropped to have the task end in order.
    stay: Option<oneshot::Sender<()>>,
}

/// Tells the other side that the journal has changed, as [`Hub::tell_changed`] does.
pub(super) struct Bell(watch::Sender<u64>);

impl Bell {
    pub(super) fn ring(&self) {
        self.0.send_modify(|count| *count += 1);
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hub {
    /// Listens, as the owner. The caller holds the owner lock, so a socket that lies there is dead.
    pub(super) fn listen(dir: &Path, rings: mpsc::Sender<Ring>) -> io::Result<Self> {
        let path = dir.join(SOCKET);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let (changed, poll_now) = (watch::channel(0).0, watch::channel(0).0);
        let (news, asks) = (changed.clone(), poll_now.clone());
        let (stay, mut left) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            loop {
                tokio::select! {
                    _ = &mut left => return talks.shutdown().await,
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => {
                            talks.spawn(talk(stream, news.subscribe(), asks.subscribe(), rings.clone()));
                        }
                        // Most often too many open files; the next may go well.
                        Err(error) => {
                            tracing::warn!(%error, "another window could not connect");
                            sleep(Duration::from_secs(1)).await;
                        }
                    },
                    Some(_) = talks.join_next() => {}
                }
            }
        });
        Ok(Self { changed, poll_now, task, stay: Some(stay) })
    }

    /// Connects to the owner, as a view. [`Ring::Lost`] comes when that fails or ends.
    pub(super) fn connect(dir: &Path, rings: mpsc::Sender<Ring>) -> Self {
        let path = dir.join(SOCKET);
        let (changed, poll_now) = (watch::channel(0).0, watch::channel(0).0);
        let (news, asks) = (changed.subscribe(), poll_now.subscribe());
        let task = tokio::spawn(async move {
            if let Ok(stream) = UnixStream::connect(&path).await {
                // What was written before the connection stood is told by nobody: look once.
                let _ = rings.send(Ring::Changed).await;
                talk(stream, news, asks, rings.clone()).await;
            }
            let _ = rings.send(Ring::Lost).await;
        });
        Self { changed, poll_now, task, stay: None }
    }

    /// Ends the owner's side, and returns when every connection is closed: a stopped process would keep
    /// them open, and nobody at their other ends would know.
    pub(super) async fn close(mut self) {
        self.stay = None;
        if let Err(error) = (&mut self.task).await {
            tracing::warn!("the socket was not closed in order: {error}");
        }
    }

    /// Tells the other side that the journal has changed. Many in a row may be told as one.
    pub(super) fn tell_changed(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// A hand on the same bell, for a task beside the desk.
    pub(super) fn bell(&self) -> Bell {
        Bell(self.changed.clone())
    }

    /// Asks the owner to ask the service now.
    pub(super) fn ask_poll(&self) {
        self.poll_now.send_modify(|count| *count += 1);
    }
}

async fn talk(
    stream: UnixStream,
    mut news: watch::Receiver<u64>,
    mut asks: watch::Receiver<u64>,
    rings: mpsc::Sender<Ring>,
) {
    let (mut from, mut to) = stream.into_split();
    let mut buffer = [0; 64];
    loop {
        let sent = tokio::select! {
            read = from.read(&mut buffer) => {
                let Ok(count @ 1..) = read else { return };
                let bytes = buffer.get(..count).unwrap_or_default();
                let told = [(POLL_NOW, Ring::PollNow), (CHANGED, Ring::Changed)];
                for (_, ring) in told.into_iter().filter(|(byte, _)| bytes.contains(byte)) {
                    if rings.send(ring).await.is_err() { return }
                }
                Ok(())
            }
            Ok(()) = news.changed() => to.write_all(&[CHANGED]).await,
            Ok(()) = asks.changed() => to.write_all(&[POLL_NOW]).await,
            else => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_sides_hear_each_other_and_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let (owner_rings, mut owner_hears) = mpsc::channel(8);
        let (view_rings, mut view_hears) = mpsc::channel(8);
        let owner = Hub::listen(dir.path(), owner_rings).unwrap();
        let view = Hub::connect(dir.path(), view_rings);
        assert_eq!(view_hears.recv().await, Some(Ring::Changed));
        view.tell_changed();
        assert_eq!(owner_hears.recv().await, Some(Ring::Changed));
        view.ask_poll();
        assert_eq!(owner_hears.recv().await, Some(Ring::PollNow));
        owner.tell_changed();
        assert_eq!(view_hears.recv().await, Some(Ring::Changed));
        drop(owner);
        assert_eq!(view_hears.recv().await, Some(Ring::Lost));
    }

    #[tokio::test]
    async fn the_socket_is_the_users_alone_and_replaces_a_dead_one() {
        let dir = tempfile::tempdir().unwrap();
        let (rings, _hears) = mpsc::channel(8);
        drop(Hub::listen(dir.path(), rings.clone()).unwrap());
        let _owner = Hub::listen(dir.path(), rings).unwrap();
        let mode = fs::metadata(dir.path().join(SOCKET)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

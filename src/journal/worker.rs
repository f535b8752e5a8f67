use std::{
    io,
    path::PathBuf,
    thread::{self, JoinHandle},
};

use tokio::sync::{mpsc, oneshot};

use super::JournalError;

type Task<T> = Box<dyn FnOnce(&mut T) + Send>;

/// A thread that owns a connection and does what it is given, in order. When it is dropped, what was given
/// is done first.
pub(super) struct Worker<T> {
    path: PathBuf,
    /// 64 tasks: each is one transaction, and whoever has more to say waits for its turn here.
    tasks: Option<mpsc::Sender<Task<T>>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts the thread; `path` is for its errors.
    pub(super) fn start(name: &str, path: PathBuf, mut owned: T) -> io::Result<Self> {
        let (tasks, mut queue) = mpsc::channel::<Task<T>>(64);
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            while let Some(task) = queue.blocking_recv() {
                task(&mut owned);
            }
        })?;
        Ok(Self { path, tasks: Some(tasks), thread: Some(thread) })
    }

    /// Has `work` done. Once it was taken it is done, even if nobody waits for the answer any more.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut T) -> Result<R, JournalError> + Send + 'static,
    ) -> Result<R, JournalError> {
        let ended = || JournalError::Ended { path: self.path.clone() };
        let (reply, answer) = oneshot::channel();
        let task: Task<T> = Box::new(move |owned| {
            // The one error there is: nobody waits any more.
            let _ = reply.send(work(owned));
        });
        let tasks = self.tasks.as_ref().ok_or_else(ended)?;
        tasks.send(task).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("{}: the journal's thread had ended in a panic", self.path.display());
        }
    }
}

//! What the loop does beyond its frames: clipboard, notices, modes of the terminal, the user's programs, the
//! config file. Nothing in it waits; what takes time ends as a message.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Semaphore, mpsc};

use super::{
    Effect, Message, Surroundings, clipboard,
    modes::{InForce, Modes},
    notices, tmux,
};
use crate::config::{Config, Desktop, Notify};

/// Reads the config file again: see [`Config::reload`]. Called on a thread of its own.
pub type Reload = Arc<dyn Fn() -> Config + Send + Sync>;

/// How many finished effects wait for the loop; at the bound the task of the next one waits.
const WAITING: usize = 64;

/// How many bytes beside the frames wait for the terminal; at the bound a text is not copied, a notice is lost.
const LONGEST: usize = 256 * 1024;

/// Carries out what is asked for outside of the screen.
pub struct Outside {
    surroundings: Surroundings,
    notify: Notify,
    reload: Reload,
    done: mpsc::Sender<Message>,
    in_force: InForce,
    /// What the terminal was told, and what it is to be told.
    told: Modes,
    wanted: Modes,
    rings: bool,
    /// Copies and notices on their way to the terminal.
    waiting: String,
    /// tmux lets wrapped sequences through; it is asked once, when that first matters.
    passes: Arc<AtomicBool>,
    asked_tmux: bool,
    runs: Arc<Semaphore>,
}

impl Outside {
    /// With these settings; the other end is where the messages of finished effects come out. `in_force` is kept
    /// true for whoever gives the terminal back.
    pub fn new(
        surroundings: Surroundings,
        notify: Notify,
        reload: Reload,
        in_force: InForce,
    ) -> (Self, mpsc::Receiver<Message>) {
        let (done, finished) = mpsc::channel(WAITING);
        let outside = Self {
            surroundings,
            notify,
            reload,
            done,
            in_force,
            told: Modes::default(),
            wanted: Modes::default(),
            rings: false,
            waiting: String::new(),
            passes: Arc::default(),
            asked_tmux: false,
            runs: Arc::new(Semaphore::new(notices::RUN_AT_ONCE)),
        };
        (outside, finished)
    }

    /// Asks tmux what it lets through, where that matters and was not asked yet. Needs a runtime, as does
    /// [`Self::carry_out`].
    pub fn ask_tmux(&mut self) {
        let Some(tmux) = self.surroundings.tmux.clone() else { return };
        if self.asked_tmux || self.notify.desktop != Desktop::Auto {
            return;
        }
        self.asked_tmux = true;
        let passes = Arc::clone(&self.passes);
        tokio::spawn(async move { passes.store(tmux::passes_through(&tmux).await, Ordering::Relaxed) });
    }

    /// Does what it says, at once or by and by. Those of the loop itself are nothing here.
    pub fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Copy { what, text } => self.copy(what, text),
            Effect::Bell => self.rings |= self.notify.bell,
            Effect::Title(text) => self.wanted.title = self.notify.title.then_some(text),
            Effect::Notify { title, body } => self.notify(&title, &body),
            Effect::Progress(progress) => self.wanted.progress = progress,
            Effect::Run { job_env, argv } => self.run(job_env, argv),
            Effect::Mouse(on) => self.wanted.mouse = on,
            Effect::Reload => self.read_config(),
            Effect::Command(_)
            | Effect::Find(_)
            | Effect::Leave
            | Effect::Redraw
            | Effect::Stop(_)
            | Effect::Edit(_)
            | Effect::UseKey { .. } => {}
        }
    }

    /// A message that the screen is told: fresh settings count here, too.
    pub fn heed(&mut self, message: &Message) {
        let Message::Reloaded(config) = message else { return };
        self.notify = config.notify.clone();
        if !self.notify.title {
            self.wanted.title = None;
        }
        self.ask_tmux();
    }

    /// Whether there is something to be written beside the frames.
    pub fn has_bytes(&self) -> bool {
        self.rings || !self.waiting.is_empty() || self.told != self.to_tell()
    }

    /// What is wanted, as far as it reaches the terminal: whether tmux lets it through may be learned later.
    fn to_tell(&self) -> Modes {
        let passes = self.passes.load(Ordering::Relaxed);
        let shows = self.surroundings.takes_progress(self.notify.desktop, passes);
        let progress = self.wanted.progress.filter(|_| shows);
        Modes { progress, ..self.wanted.clone() }
    }

    /// What is to be written now.
    pub fn take_bytes(&mut self) -> String {
        let mut bytes = std::mem::take(&mut self.waiting);
        if std::mem::take(&mut self.rings) {
            bytes.push('\x07');
        }
        let wanted = self.to_tell();
        if self.told != wanted {
            bytes += &self.told.change(&wanted, &self.surroundings);
            self.told = wanted;
            self.in_force.set(&self.told, &self.surroundings);
        }
        bytes
    }

    fn copy(&mut self, what: String, text: String) {
        let Some(tmux) = self.surroundings.tmux.clone() else {
            let way = self.send_to_clipboard(&text);
            return self.finish(async move { Message::Copied { what, way } });
        };
        self.finish(async move {
            let way = clipboard::to_tmux(&tmux, &text).await;
            Message::Copied { what, way }
        });
    }

    fn send_to_clipboard(&mut self, text: &str) -> Result<clipboard::Copied, String> {
        let sequence = clipboard::osc52(text, &self.surroundings)?;
        if self.put(&sequence) {
            Ok(clipboard::Copied::Osc52)
        } else {
            Err("the terminal has not taken the last copies yet: nothing was copied, try again in a moment"
                .into())
        }
    }

    /// Has it written soon; says whether there is room for it.
    fn put(&mut self, sequence: &str) -> bool {
        let fits = self.waiting.len() + sequence.len() <= LONGEST;
        if fits {
            self.waiting += sequence;
        }
        fits
    }

    fn notify(&mut self, title: &str, body: &str) {
        let passes = self.passes.load(Ordering::Relaxed);
        let Some(how) = self.surroundings.language(self.notify.desktop, passes) else { return };
        let sequence = notices::notice(title, body, how, &self.surroundings);
        if !self.put(&sequence) {
            tracing::warn!("a notice was lost: the terminal takes nothing at the moment");
        }
    }

    fn run(&self, job_env: Vec<(String, String)>, argv: Vec<String>) {
        if self.notify.command.is_empty() {
            return;
        }
        let Ok(permit) = Arc::clone(&self.runs).try_acquire_owned() else {
            tracing::warn!("notify.command was not run: {} of it run already", notices::RUN_AT_ONCE);
            return;
        };
        tokio::spawn(async move {
            notices::run_command(&argv, &job_env, notices::RUN_LIMIT).await;
            drop(permit);
        });
    }

    fn read_config(&self) {
        let reload = Arc::clone(&self.reload);
        let done = self.done.clone();
        // A file can be on a disk that is slow to answer.
        tokio::task::spawn_blocking(move || {
            // Nobody hears it when the loop has ended.
            let _ = done.blocking_send(Message::Reloaded(Box::new(reload())));
        });
    }

    /// Tells the screen when that has ended.
    fn finish(&self, effect: impl Future<Output = Message> + Send + 'static) {
        let done = self.done.clone();
        tokio::spawn(async move {
            // Nobody hears it when the loop has ended.
            let _ = done.send(effect.await).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::{
        config::{Flags, Sources},
        dashboard::log_ring,
    };

    #[tokio::test]
    async fn no_more_than_four_programs_run_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let command = vec!["sh".to_owned(), "-c".to_owned(), "echo \"$JOB\" > \"$JOB\"".to_owned()];
        let notify = Notify { command: command.clone(), ..Notify::default() };
        let reload: Reload = Arc::new(|| Config::load(&Sources { flags: Flags::default(), env: &|_| None }));
        let (mut outside, _done) = Outside::new(Surroundings::default(), notify, reload, InForce::default());
        let (layer, mut log) = log_ring();
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        let file = |n: usize| folder.path().join(n.to_string());
        for n in 1..=5 {
            let job_env = vec![("JOB".to_owned(), file(n).display().to_string())];
            outside.carry_out(Effect::Run { job_env, argv: command.clone() });
        }
        drop(guard);
        let (lines, _) = log.ready().unwrap();
        assert_eq!(lines[0].text, "notify.command was not run: 4 of it run already");
        // All permits come back when all have ended.
        let all = u32::try_from(notices::RUN_AT_ONCE).unwrap();
        let ended = outside.runs.acquire_many(all);
        tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.unwrap().unwrap().forget();
        assert!((1..=4).all(|n| file(n).exists()) && !file(5).exists());
    }
}

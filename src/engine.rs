//! The async side: it sends, polls, downloads, and finds lost tasks again. [`Command`]s come in, [`Update`]s go out.
//!
//! The engine owns the life of a paid task from the consent to the file on disk. It has a runtime of
//! its own, so that nothing it waits for is ever waited for by the screen, of which it knows nothing.
//! One actor, the desk, owns all its state; what takes time runs as tasks beside it and reports back.

mod batching;
mod book;
mod browsing;
mod cancelling;
mod connecting;
mod consent;
mod desk;
mod download;
mod failpoint;
mod fetching;
mod files;
mod filing;
mod handing_in;
mod hub;
mod images;
mod messages;
mod mp4;
mod polling;
mod pricing;
mod purse;
mod reconciling;
mod resolving;
mod schedule;
mod sending;
mod sharing;
mod sidecar;
mod space;
mod stopping;
mod usage;

use std::{io, thread};

use tokio::{runtime, sync::mpsc};

pub use book::waits_for_url;
pub use browsing::{Finds, Found, Wanted};
pub use cancelling::{Stop, task_to_stop};
pub use failpoint::reach;
pub use fetching::is_home;
pub use images::{ImageFacts, LocalImage, at_home, read_image};
pub use messages::{BatchOrder, Command, Detail, Reconciliation, Role, Status, Ticket, Update};
pub use schedule::Schedule;
pub use sidecar::{Note, sidecar_path};
pub use space::free_space;

pub use crate::journal::Kin;
use crate::{config::Config, journal::Journal};

/// At most this many commands wait for the desk; a sender that finds it full is told so.
const COMMANDS: usize = 64;
/// At most this many updates wait for the screen; then the desk waits, and news gathers.
const UPDATES: usize = 1024;

/// What an engine needs to run.
pub struct Setup {
    /// Opened for writing, or read-only with `read_only`.
    pub journal: Journal,
    /// Settings, key and account.
    pub config: Config,
    /// Look, but send, poll, fetch and write nothing.
    pub read_only: bool,
    /// What is told of the journal beside what happens from now on.
    pub told: Told,
}

/// What an engine tells of the journal beside what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing: for a command that follows jobs of its own.
    News,
    /// Live jobs and the newest at the start, then what is asked for through [`Engine::finds`]: for a screen.
    Windows,
    /// All jobs at the start: for a talk line by line.
    All,
}

/// A running engine. It ends after [`Command::Leave`], or when `commands` is dropped.
pub struct Engine {
    /// Its ear.
    pub commands: mpsc::Sender<Command>,
    /// Its mouth; must be listened to.
    pub updates: mpsc::Receiver<Update>,
    /// Reads of the journal what a screen shows, beside all that the engine does, and answers with
    /// [`Update::Found`]; only with [`Told::Windows`].
    pub finds: Option<Finds>,
}

/// Starts an engine on threads of its own.
///
/// # Errors
/// When the system gives no thread.
pub fn start(setup: Setup) -> io::Result<Engine> {
    let (commands, ear) = mpsc::channel(COMMANDS);
    let (mouth, updates) = mpsc::channel(UPDATES);
    // First of all, so that the screen has its jobs as soon as may be.
    let (browsing, finds) = match setup.told {
        Told::Windows => Some(browsing::Browsing::start(setup.journal.clone(), mouth.clone())?).unzip(),
        Told::News | Told::All => (None, None),
    };
    // All on one thread: a poll that hops from one to another costs a wake-up at each hop.
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    // But for downloads, which hash, and wait for the disk: two, so that one does not wait for the other.
    let downloads = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("download")
        .enable_all()
        .build()?;
    let beside = downloads.handle().clone();
    // Before the terminal is anybody's: from here on Ctrl-Z waits until all is in order.
    let job_control = {
        let _context = runtime.enter();
        stopping::JobControl::listen()
    };
    thread::Builder::new().name("engine".into()).spawn(move || {
        runtime.block_on(desk::Desk::new(setup, mouth, beside, browsing).run(ear, job_control));
        // Blocking leftovers (a name being resolved) must not hold the process.
        runtime.shutdown_background();
        downloads.shutdown_background();
    })?;
    Ok(Engine { commands, updates, finds })
}

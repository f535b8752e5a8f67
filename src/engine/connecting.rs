//! The clients are made at the start, while the screen reads the journal.

use tokio::{sync::mpsc, task};

use super::{Command, desk::Desk, reconciling::Reconciling};
use crate::{
    comet::{Client, Settings},
    config::Config,
    job::Problem,
};

/// What is made: none where there is no key, and an error where they cannot be made.
type Made = (Result<Option<Client>, Problem>, Reconciling);

impl Desk {
    /// Makes the clients. That reads some hundred files with certificates, so it is done on a thread beside. A
    /// command that comes meanwhile is told back, to be obeyed when this process has taken part; [`Command::Leave`]
    /// waits for nothing.
    pub(super) async fn connect(&mut self, commands: &mut mpsc::Receiver<Command>) -> Option<Command> {
        let config = self.config.clone();
        let mut making = task::spawn_blocking(move || make(&config));
        let mut first = None;
        while !matches!(first, Some(Command::Leave)) {
            tokio::select! {
                made = &mut making => {
                    self.connected(made.unwrap_or_else(|error| {
                        let told = format!("the clients could not be made; this is a bug in Taxiway: {error}");
                        (Err(Problem::new("machine", told)), Reconciling::default())
                    }));
                    break;
                }
                command = commands.recv(), if first.is_none() => {
                    first = Some(command.unwrap_or(Command::Leave));
                }
            }
        }
        first
    }

    fn connected(&mut self, (client, reconciling): Made) {
        self.reconciling = reconciling;
        match client {
            Ok(client) => self.client = client,
            Err(problem) => self.forbidden = self.forbidden.take().or(Some(problem)),
        }
    }
}

fn make(config: &Config) -> Made {
    let settings = Settings::of(config).filter(|_| config.faults.is_empty());
    let reconciling = Reconciling::new(settings.as_ref(), config);
    (settings.map(Client::new).transpose(), reconciling)
}

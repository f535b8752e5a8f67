//! A hint for a job whose reply was lost: what the key had used before it was sent, and after.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    Update,
    desk::{Desk, Done, Work},
};
use crate::job::{Job, JobId, Money, Problem, State};

/// What the service counted when it was last asked.
#[derive(Default)]
pub(super) struct Usage {
    reading: Option<(Timestamp, Money)>,
    asking: bool,
    /// Asked for while a reply was still to come: that one may be older.
    again: bool,
    /// The jobs whose reply was lost, with the last reading before they were sent.
    lost: HashMap<JobId, (Timestamp, Money)>,
}

impl Desk {
    /// Asks what the key has used. Only for a screen, which lives long enough to have asked before.
    pub(super) fn ask_usage(&mut self) {
        let Some(client) = self.client.clone().filter(|_| self.has_screen() && self.paused.is_none()) else {
            return;
        };
        if self.usage.asking {
            self.usage.again = true;
            return;
        }
        self.usage.asking = true;
        let task = self.tasks.spawn(async move {
            let used = client.used().await;
            // By now it was counted; a request that leaves later is not in it.
            Done::Used(Timestamp::now(), used)
        });
        self.work.insert(task.id(), Work::Used);
    }

    /// A request has its outcome: what was used changes with it.
    pub(super) fn weigh(&mut self, job: &Job) {
        let before = self.usage.reading.filter(|(at, _)| job.sent_at.is_some_and(|sent| *at < sent));
        if let (State::Unsure, Some(before)) = (job.state, before) {
            self.usage.lost.insert(job.id, before);
        }
        self.ask_usage();
    }

    pub(super) async fn used(&mut self, asked: Timestamp, used: Result<Money, Problem>) {
        self.usage.asking = false;
        match used {
            Ok(used) => {
                self.usage.reading = Some((asked, used));
                if !self.usage.again {
                    for (id, before) in std::mem::take(&mut self.usage.lost) {
                        tracing::info!(
                            job = id.0,
                            "the key had used ${} before it was sent, and ${used} after",
                            before.1
                        );
                        self.tell(Update::Usage { id, before, after: (asked, used) }).await;
                    }
                }
            }
            // A hint: without it the rest is as good, and not every service has it.
            Err(problem) => tracing::debug!("{}", problem.message),
        }
        if std::mem::take(&mut self.usage.again) {
            self.ask_usage();
        }
    }
}

//! What a video really cost: with an account token, the account's own record is asked once its task has
//! succeeded. What a failed task costs is not documented, and is not asked for.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::desk::{Desk, Done, Work};
use crate::job::{Change, JobId, Money, Problem, State};

/// The pauses before the looks for a price, as multiples of the interval of polls: with its 5 s at once,
/// after a minute, and after ten. Then the estimate stays.
const PAUSES: [u32; 3] = [0, 12, 120];

/// Which prices are not known yet.
#[derive(Default)]
pub(super) struct Pricing {
    /// How often each was looked for, and when to look next.
    plan: HashMap<JobId, (usize, Instant)>,
    /// One at a time.
    under_way: bool,
}

/// What came of a look.
pub(super) type Priced = (JobId, Result<Option<Money>, Problem>);

impl Pricing {
    pub(super) fn next(&self) -> Option<Instant> {
        self.plan.values().map(|(_, at)| *at).min().filter(|_| !self.under_way)
    }

    fn look_later(&mut self, id: JobId, looks: usize, interval: Duration) {
        match PAUSES.get(looks) {
            Some(pause) => self.plan.insert(id, (looks, Instant::now() + interval.saturating_mul(*pause))),
            None => self.plan.remove(&id),
        };
    }
}

impl Desk {
    /// A task has succeeded: what it cost can be asked for.
    pub(super) fn price_later(&mut self, id: JobId) {
        if self.reconciling.looks() {
            self.pricing.look_later(id, 0, self.config.poll.interval);
        }
    }

    pub(super) fn start_pricing(&mut self, now: Instant) {
        let Some(account) = self.reconciling.account().filter(|_| !self.pricing.under_way) else { return };
        let due = self.pricing.plan.iter().filter(|(_, (_, at))| *at <= now);
        let Some(id) = due.min_by_key(|(id, (_, at))| (*at, **id)).map(|(id, _)| *id) else { return };
        self.pricing.under_way = true;
        let journal = self.journal.clone();
        let task = self.tasks.spawn(async move {
            let cost = match journal.job(id).await {
                Ok(Some(job)) if job.state == State::Succeeded => {
                    account.cost_of(job.task_id.as_deref().unwrap_or_default()).await
                }
                Ok(_) => Ok(None),
                Err(error) => Err(error.problem()),
            };
            Done::Priced((id, cost))
        });
        self.work.insert(task.id(), Work::Price(id));
    }

    pub(super) async fn priced(&mut self, (id, cost): Priced) {
        self.pricing.under_way = false;
        let looks = self.pricing.plan.get(&id).map_or(0, |(looks, _)| *looks);
        match cost {
            Ok(Some(cost)) if self.record(id, Change::Charged(cost)).await.is_some() => {
                self.pricing.plan.remove(&id);
                tracing::info!(job = id.0, "it cost ${cost}, by the account's own record");
                return;
            }
            Ok(_) => {}
            // The estimate is as good as it was.
            Err(problem) => tracing::debug!(job = id.0, "its price is not known: {}", problem.message),
        }
        self.pricing.look_later(id, looks + 1, self.config.poll.interval);
    }

    /// The task that asked has died.
    pub(super) fn pricing_failed(&mut self, id: JobId) {
        self.pricing.under_way = false;
        self.pricing.plan.remove(&id);
    }
}
